//! `rig.toml`: saved whole, loaded whatever happened to them.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{
    atomic::{self, StoreError},
    document::{Document, Loaded},
    salvage::{self, Findings},
};
use crate::rig::{Output, Rig, Settings, Source, Speaker, Zone, validate};

/// A saved rig. Remembers what a newer version wrote into it, so that saving
/// does not lose it.
#[derive(Debug, Clone, PartialEq)]
pub struct RigFile {
    path: PathBuf,
    unknown: Unknown,
}

/// Fields that this version does not know, where they were.
#[derive(Debug, Clone, PartialEq, Default)]
struct Unknown {
    rig: Table,
    speakers: Vec<(String, Table)>,
    zones: Vec<(String, Table)>,
}

impl RigFile {
    /// Loads a rig. A file that is not there is an empty rig.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it is there and cannot be read at all. It is
    /// then left alone: it may be whole.
    pub fn load(path: impl AsRef<Path>) -> Result<(Self, Loaded<Rig>), StoreError> {
        let path = path.as_ref().to_owned();
        let mut document = Document::read_precious(&path)?;
        let mut found = Findings::default();
        found.lose_all(std::mem::take(&mut document.said));
        let table = std::mem::take(&mut document.table);
        if newer(&table).is_some() {
            document.is_newer();
        }
        let (rig, unknown) = read(table, &mut found);
        document.said = found.said;
        Ok((Self { path, unknown }, document.finish(rig, found.lost)))
    }

    /// Reads a rig without keeping a copy of a damaged file: nothing on the disk
    /// changes.
    pub(super) fn peek(path: &Path) -> (Self, Loaded<Rig>) {
        let mut document = Document::read(path);
        let mut found = Findings::default();
        found.lose_all(std::mem::take(&mut document.said));
        let (value, unknown) = read(std::mem::take(&mut document.table), &mut found);
        let loaded = Loaded {
            value,
            said: found.said,
            backup: None,
        };
        let path = path.to_owned();
        (Self { path, unknown }, loaded)
    }

    /// The same file at another place.
    pub(super) fn at(self, path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            ..self
        }
    }

    /// A file that is not loaded before it is saved.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            unknown: Unknown::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Saves a rig, in one go.
    ///
    /// # Errors
    /// [`StoreError`]; the earlier file is then as it was.
    pub fn save(&self, rig: &Rig) -> Result<(), StoreError> {
        let text = if self.unknown == Unknown::default() {
            toml::to_string(rig)
        } else {
            toml::to_string(&self.unknown.added_to(rig))
        };
        let text = text.map_err(|error| StoreError::Other {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        atomic::write(&self.path, format!("{HEAD}{text}").as_bytes())
    }
}

impl Unknown {
    fn added_to(&self, rig: &Rig) -> Table {
        let mut table = salvage::to_table(rig);
        let mut top = self.rig.clone();
        // What belonged to another kind of source makes no sense any more.
        let kind = |table: &Table| Some(table.get("source")?.get("kind")?.clone());
        if kind(&table).is_none() || kind(&table) != kind(&top) {
            drop(top.remove("source"));
        }
        salvage::add_missing(&mut table, &top);
        for (key, unknown) in [("speakers", &self.speakers), ("zones", &self.zones)] {
            let items = table.get_mut(key).and_then(Value::as_array_mut);
            for item in items.into_iter().flatten().filter_map(Value::as_table_mut) {
                let mine = unknown
                    .iter()
                    .find(|(id, _)| item.get("id").and_then(Value::as_str) == Some(id));
                if let Some((_, more)) = mine {
                    salvage::add_missing(item, more);
                }
            }
        }
        table
    }
}

fn read(mut table: Table, found: &mut Findings) -> (Rig, Unknown) {
    let what = "The settings";
    let settings = salvage::take(&mut table, "settings", what, found, salvage::table);
    let source = salvage::take(&mut table, "source", "The source", found, Some);
    let speakers = items(&mut table, "speakers", "The list of speakers", found);
    let zones = items(&mut table, "zones", "The list of zones", found);
    check_version(&table, found);

    let (mut rig, mut top) = salvage::fields::<Rig>(table, "the rig", found);
    rig.version = Rig::VERSION;
    let unknown = salvage::fields::<Settings>(settings.unwrap_or_default(), "the settings", found);
    rig.settings = unknown.0;
    keep(&mut top, "settings", unknown.1);
    if let Some(source) = source {
        let (source, unknown) = read_source(source, found);
        rig.source = source;
        keep(&mut top, "source", unknown);
    }
    let mut of_speakers = Vec::new();
    for item in speakers {
        let (speaker, unknown) = read_speaker(item, found);
        rig.speakers.push(speaker);
        of_speakers.push(unknown);
    }
    let mut of_zones = Vec::new();
    for item in zones {
        let (zone, unknown) = read_zone(item, found);
        rig.zones.push(zone);
        of_zones.push(unknown);
    }
    found.lose_all(validate::sanitise(&mut rig));

    // Mending may have changed ids, but neither the number nor the order.
    let speaker_ids = rig.speakers.iter().map(|speaker| speaker.id.clone());
    let zone_ids = rig.zones.iter().map(|zone| zone.id.clone());
    let unknown = Unknown {
        rig: top,
        speakers: with_content(speaker_ids.zip(of_speakers)),
        zones: with_content(zone_ids.zip(of_zones)),
    };
    (rig, unknown)
}

fn check_version(table: &Table, found: &mut Findings) {
    if let Some(newer) = newer(table) {
        found.lose(format!(
            "A newer Inphase wrote this (version {newer}, this one writes {}). What is not known \
             here is kept as far as possible.",
            Rig::VERSION
        ));
    }
}

/// The version that wrote it, if that is newer than this one.
fn newer(table: &Table) -> Option<i64> {
    let version = table.get("version")?.as_integer()?;
    (version > i64::from(Rig::VERSION)).then_some(version)
}

fn items(table: &mut Table, key: &str, what: &str, found: &mut Findings) -> Vec<Table> {
    let list = salvage::take(table, key, what, found, salvage::list).unwrap_or_default();
    list.into_iter()
        .filter_map(|item| {
            let item = salvage::table(item);
            if item.is_none() {
                found.lose(format!("One of {key} could not be read and was left out."));
            }
            item
        })
        .collect()
}

fn read_speaker(mut table: Table, found: &mut Findings) -> (Speaker, Table) {
    let what = label(&table, "speaker");
    let output = table.remove("output");
    let (mut speaker, mut unknown) = salvage::fields::<Speaker>(table, &what, found);
    match output {
        Some(Value::Table(output)) => {
            let what = format!("the output of {what}");
            let (output, more) = salvage::fields(output, &what, found);
            speaker.output = output;
            keep(&mut unknown, "output", more);
        }
        // As on the command line, for files written by hand.
        Some(Value::String(text)) => match text.parse::<Output>() {
            Ok(output) => speaker.output = output,
            Err(error) => found.lose(format!("The output of {what} was left out. {error}")),
        },
        Some(_) => found.lose(format!("The output of {what} could not be read.")),
        None => {}
    }
    (speaker, unknown)
}

fn read_zone(mut table: Table, found: &mut Findings) -> (Zone, Table) {
    let what = label(&table, "zone");
    if let Some(Value::Array(members)) = table.get_mut("speakers") {
        let before = members.len();
        members.retain(Value::is_str);
        if members.len() < before {
            found.lose(format!(
                "A member of {what} could not be read and was left out."
            ));
        }
    }
    salvage::fields(table, &what, found)
}

fn read_source(value: Value, found: &mut Findings) -> (Option<Source>, Table) {
    if let Value::String(text) = &value {
        return match text.parse() {
            Ok(source) => (Some(source), Table::new()),
            Err(error) => {
                found.lose(format!("The source was left out. {error}"));
                (None, Table::new())
            }
        };
    }
    let read = |value: &Value| value.clone().try_into::<Source>().ok();
    let mended = || {
        let table = salvage::table(value.clone())?;
        read(&Value::Table(mend_source(table, &read)?))
    };
    let source = read(&value).or_else(|| {
        let mended = mended();
        found.lose(match &mended {
            Some(source) => format!("The source was damaged; it is {source} now."),
            None => "The source could not be read. Choose a source again.".into(),
        });
        mended
    });
    let Some(given) = salvage::table(value) else {
        return (source, Table::new());
    };
    let known = source.as_ref().map(salvage::to_table).unwrap_or_default();
    let mut unknown: Table = given
        .into_iter()
        .filter(|(key, _)| source.is_some() && !known.contains_key(key))
        .collect();
    if let Some(kind) = known.get("kind").filter(|_| !unknown.is_empty()) {
        drop(unknown.insert("kind".into(), kind.clone()));
    }
    (source, unknown)
}

/// Replaces what is broken in a source where a default makes sense: the format
/// of a pipe, single files of a playlist.
fn mend_source(mut table: Table, read: &impl Fn(&Value) -> Option<Source>) -> Option<Table> {
    if let Some(Value::Array(paths)) = table.get_mut("paths") {
        paths.retain(Value::is_str);
    }
    if !table.get("repeat").is_some_and(Value::is_bool) {
        drop(table.remove("repeat"));
    }
    if table.get("kind")?.as_str() != Some("pipe") {
        return Some(table);
    }
    let plain = salvage::to_table(&"pipe:x".parse::<Source>().ok()?);
    for key in ["format", "rate", "channels"] {
        let mut trial = plain.clone();
        let given = table.get(key).cloned();
        let fits = given.is_some_and(|given| {
            drop(trial.insert(key.into(), given));
            read(&Value::Table(trial)).is_some_and(|source| source.check().is_ok())
        });
        if !fits {
            drop(table.insert(key.into(), plain.get(key)?.clone()));
        }
    }
    Some(table)
}

fn label(table: &Table, kind: &str) -> String {
    let text = |key| table.get(key).and_then(Value::as_str);
    match text("id").or_else(|| text("name")) {
        Some(name) => format!("the {kind} \"{name}\""),
        None => format!("a {kind}"),
    }
}

fn keep(top: &mut Table, key: &str, unknown: Table) {
    if !unknown.is_empty() {
        drop(top.insert(key.into(), Value::Table(unknown)));
    }
}

fn with_content(all: impl Iterator<Item = (String, Table)>) -> Vec<(String, Table)> {
    all.filter(|(_, unknown)| !unknown.is_empty()).collect()
}

const HEAD: &str = "# What Inphase plays, and on which speakers. Inphase rewrites this file; change \
                    it while it does not run.\n\n";

#[cfg(test)]
mod tests;
