//! Presets: rigs saved by name, one file each. Any name is safe, two names
//! never share a file, and a damaged preset loses only what is broken.
//!
//! Listing and importing leave every file as it is; only [`Presets::load`]
//! keeps a copy of a damaged one, as `rig.toml` does.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    atomic::{self, StoreError},
    document::Loaded,
    paths,
    rig_file::RigFile,
};
use crate::rig::Rig;

/// The directory of presets. It need not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presets {
    dir: PathBuf,
}

/// A preset as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetInfo {
    /// What the user calls it.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// How many speakers it knows.
    pub speakers: usize,
    /// How many zones it has.
    pub zones: usize,
    /// What could not be read of it, one sentence each.
    pub said: Vec<String>,
}

impl Presets {
    /// The presets in this directory.
    #[must_use]
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// All of them, by name.
    #[must_use]
    pub fn list(&self) -> Vec<PresetInfo> {
        let mut presets: Vec<_> = self.files().iter().map(|path| info(path)).collect();
        presets.sort_by_key(|preset| (preset.name.to_lowercase(), preset.path.clone()));
        presets
    }

    /// Reads one, as far as it can be read.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such file, or that it cannot be read.
    pub fn load(&self, path: &Path) -> Result<Loaded<Rig>, StoreError> {
        there(path)?;
        Ok(RigFile::load(path)?.1)
    }

    /// Saves a rig under a name. A preset of that name is replaced; what a newer
    /// version wrote into it stays.
    ///
    /// # Errors
    /// [`StoreError`]; an earlier preset is then as it was.
    pub fn save(&self, name: &str, rig: &Rig) -> Result<PathBuf, StoreError> {
        let file = match self.named(name) {
            Some(path) => RigFile::peek(&path).0,
            None => RigFile::new(self.free(name)),
        };
        file.save(&renamed(rig, name))?;
        Ok(file.path().to_owned())
    }

    /// Removes one for good.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there or cannot be removed.
    pub fn delete(&self, path: &Path) -> Result<(), StoreError> {
        fs::remove_file(path).map_err(|error| reading(path, &error))
    }

    /// Gives one another name, and its file too.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when another preset has that name, or what the
    /// system says; the preset is then as it was.
    pub fn rename(&self, path: &Path, name: &str) -> Result<PathBuf, StoreError> {
        there(path)?;
        if self.named(name).is_some_and(|other| other != path) {
            return Err(StoreError::Taken { name: name.into() });
        }
        let (file, loaded) = RigFile::peek(path);
        let wanted = paths::preset_in(&self.dir, name);
        let target = if wanted == path {
            wanted
        } else {
            self.free(name)
        };
        file.at(&target).save(&renamed(&loaded.value, name))?;
        if target != path {
            self.delete(path)?;
        }
        Ok(target)
    }

    /// Takes over a rig from anywhere, under its own name or, where that is
    /// taken, under one with a number.
    ///
    /// # Errors
    /// [`StoreError::NotARig`] when nothing of a rig is in the file.
    pub fn import(&self, from: &Path) -> Result<PathBuf, StoreError> {
        there(from)?;
        let (file, loaded) = RigFile::peek(from);
        if loaded.value == Rig::default() {
            return Err(StoreError::NotARig { path: from.into() });
        }
        let name = self.free_name(&loaded.value.name);
        let target = self.free(&name);
        file.at(&target).save(&renamed(&loaded.value, &name))?;
        Ok(target)
    }

    /// Writes a preset's file to a place of the user's choice.
    ///
    /// # Errors
    /// [`StoreError`]; a file that was there is then as it was.
    pub fn export(&self, path: &Path, to: &Path) -> Result<(), StoreError> {
        let content = fs::read(path).map_err(|error| reading(path, &error))?;
        atomic::write(to, &content)
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.dir) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
            .collect()
    }

    /// The file of the preset with this name.
    fn named(&self, name: &str) -> Option<PathBuf> {
        let found = self.list().into_iter().find(|preset| preset.name == name);
        found.map(|preset| preset.path)
    }

    /// A file for this name that is not there yet.
    fn free(&self, name: &str) -> PathBuf {
        let first = paths::preset_in(&self.dir, name);
        let stem = first.file_stem().unwrap_or_default().to_os_string();
        let numbered = (2_u32..).map(|number| {
            let mut stem = stem.clone();
            stem.push(format!("-{number}.toml"));
            first.with_file_name(stem)
        });
        std::iter::once(first.clone())
            .chain(numbered)
            .find(|path| fs::symlink_metadata(path).is_err())
            .unwrap_or(first)
    }

    fn free_name(&self, name: &str) -> String {
        let taken: Vec<String> = self.list().into_iter().map(|of| of.name).collect();
        let numbered = (2_u32..).map(|number| format!("{name} {number}"));
        std::iter::once(name.to_owned())
            .chain(numbered)
            .find(|name| !taken.contains(name))
            .unwrap_or_default()
    }
}

fn info(path: &Path) -> PresetInfo {
    let loaded = RigFile::peek(path).1;
    PresetInfo {
        name: loaded.value.name,
        path: path.to_owned(),
        speakers: loaded.value.speakers.len(),
        zones: loaded.value.zones.len(),
        said: loaded.said,
    }
}

fn renamed(rig: &Rig, name: &str) -> Rig {
    Rig {
        name: name.into(),
        ..rig.clone()
    }
}

fn there(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(reading(path, &error)),
    }
}

fn reading(path: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::NotFound => StoreError::Gone { path: path.into() },
        _ => StoreError::of(path, error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::rig::{Speaker, Zone};

    fn presets() -> (tempfile::TempDir, Presets) {
        let dir = tempfile::tempdir().unwrap();
        let presets = Presets::at(dir.path().join("presets"));
        (dir, presets)
    }

    fn rig() -> Rig {
        Rig {
            name: "Home".into(),
            speakers: vec![Speaker {
                id: "left".into(),
                name: "Left".into(),
                output: "room:left".parse().unwrap(),
                slot: 1,
                ..Speaker::default()
            }],
            zones: vec![Zone {
                id: "living".into(),
                name: "Living room".into(),
                speakers: vec!["left".into()],
                ..Zone::default()
            }],
            ..Rig::default()
        }
    }

    fn names(presets: &Presets) -> Vec<String> {
        presets.list().into_iter().map(|of| of.name).collect()
    }

    #[test]
    fn what_was_saved_is_listed_and_loaded_under_its_name() {
        let (_dir, presets) = presets();
        assert!(presets.list().is_empty());
        let path = presets.save("Movie night", &rig()).unwrap();
        let listed = presets.list();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].name, "Movie night");
        assert_eq!((listed[0].speakers, listed[0].zones), (1, 1));
        assert!(listed[0].said.is_empty(), "{listed:?}");
        let loaded = presets.load(&path).unwrap();
        assert_eq!(loaded.value, renamed(&rig(), "Movie night"));
    }

    #[test]
    fn the_same_name_replaces_and_names_that_look_alike_do_not() {
        let (_dir, presets) = presets();
        let one = presets.save("Party!", &Rig::default()).unwrap();
        assert_eq!(presets.save("Party!", &rig()).unwrap(), one);
        let other = presets.save("party", &rig()).unwrap();
        assert_ne!(other, one);
        let _path = presets.save("日本", &rig()).unwrap();
        let _path = presets.save("日本語", &rig()).unwrap();
        let _path = presets.save("../../etc/passwd", &rig()).unwrap();
        assert_eq!(presets.list().len(), 5);
        assert!(
            presets
                .list()
                .iter()
                .all(|of| of.path.starts_with(&presets.dir))
        );
    }

    #[test]
    fn a_damaged_preset_loses_only_what_is_broken_and_what_is_new_stays() {
        let (_dir, presets) = presets();
        let path = presets.save("Home", &rig()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("slot = 1", "slot = \"one\"\nfuture = 7");
        fs::write(&path, &text).unwrap();
        assert_eq!(presets.list()[0].said.len(), 3, "{:?}", presets.list());
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            text,
            "listing changes nothing"
        );
        assert_eq!(fs::read_dir(&presets.dir).unwrap().count(), 1);
        let loaded = presets.load(&path).unwrap();
        assert_eq!(loaded.value.speakers[0].id, "left");
        assert!(loaded.backup.is_some());
        let moved = presets.rename(&path, "Home again").unwrap();
        assert!(fs::read_to_string(moved).unwrap().contains("future = 7"));
    }

    #[test]
    fn renaming_moves_the_file_and_refuses_a_name_that_is_taken() {
        let (_dir, presets) = presets();
        let one = presets.save("One", &rig()).unwrap();
        let _two = presets.save("Two", &rig()).unwrap();
        let error = presets.rename(&one, "Two").unwrap_err();
        assert_eq!(
            error.to_string(),
            "A preset named Two exists already. Choose another name."
        );
        let moved = presets.rename(&one, "Three").unwrap();
        assert_eq!(names(&presets), ["Three", "Two"]);
        assert!(!one.exists() && moved.ends_with("three.toml"));
        assert_eq!(presets.rename(&moved, "THREE").unwrap(), moved);
        assert_eq!(names(&presets), ["THREE", "Two"]);
        presets.delete(&moved).unwrap();
        assert_eq!(names(&presets), ["Two"]);
        let gone = presets.delete(&moved).unwrap_err();
        assert!(matches!(gone, StoreError::Gone { .. }), "{gone}");
        assert!(presets.rename(&moved, "Four").is_err());
        assert!(presets.load(&moved).is_err());
    }

    #[test]
    fn an_exported_preset_can_be_imported_beside_the_first() {
        let (dir, presets) = presets();
        let path = presets.save("Home", &rig()).unwrap();
        let out = dir.path().join("out.toml");
        presets.export(&path, &out).unwrap();
        let _second = presets.import(&out).unwrap();
        assert_eq!(names(&presets), ["Home", "Home 2"]);
        assert!(
            presets
                .export(&path, Path::new("/proc/nowhere/x.toml"))
                .is_err()
        );
    }

    #[test]
    fn what_is_no_rig_is_not_imported() {
        let (dir, presets) = presets();
        let picture = dir.path().join("picture.png");
        fs::write(&picture, [0x89, b'P', b'N', b'G', 0, 255, 10, 13]).unwrap();
        let error = presets.import(&picture).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("is no rig of Inphase. Choose a file that was exported here."),
            "{error}"
        );
        assert!(presets.list().is_empty());
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        assert!(presets.import(&dir.path().join("nothing")).is_err());
    }
}
