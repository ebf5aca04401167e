//! Edits: the only way to change a rig. Plain data, undoable by `history`.
//! An edit happens whole or not at all, and says what it did in one sentence.

use serde::{Deserialize, Serialize};

use super::{
    error::RigError,
    field, limits, lookup,
    model::{Rig, Source, Speaker, SpeakerId, Zone, ZoneId},
};

/// One change of the rig.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Choose what is played.
    SetSource(Option<Source>),
    /// A new speaker. Its id must be free; an empty id, name or colour is
    /// filled in.
    AddSpeaker(Speaker),
    /// Forget a speaker.
    RemoveSpeaker(SpeakerId),
    /// A new zone at the end. Its id must be free; an empty id or name is
    /// filled in. Its members leave the zone they were in.
    AddZone(Zone),
    /// Remove a zone; its speakers stay known, in no zone.
    RemoveZone(ZoneId),
    /// Put a speaker into a zone at a position (clamped), or into none.
    MoveSpeaker {
        /// Which speaker.
        speaker: SpeakerId,
        /// Where to; `None` = back to the rail.
        zone: Option<ZoneId>,
        /// Position inside the zone, counted without the speaker itself.
        index: usize,
    },
    /// Move a zone to a position (clamped).
    MoveZone {
        /// Which zone.
        zone: ZoneId,
        /// Position among the zones, counted without the zone itself.
        index: usize,
    },
    /// Several edits as one: all of them or, when one is refused, none.
    All(Vec<Edit>),
    /// Set one field by its path and text, such as `speakers.left.trim` to
    /// `180us`, `zones.kitchen.gain` to `-3 dB`, `settings.temperature` to
    /// `21`; all of them in [`field::FIELDS`].
    Set {
        /// Dotted path.
        path: String,
        /// The value as a user writes it.
        value: String,
    },
}

impl Edit {
    /// Sets one field by its path and text.
    pub fn set(path: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Set {
            path: path.into(),
            value: value.into(),
        }
    }
}

/// Changes the rig and says what changed in one plain sentence. The rig is
/// unchanged on error.
///
/// # Errors
/// When a name is not known or taken, or a value is wrong.
pub fn apply(rig: &mut Rig, edit: &Edit) -> Result<String, RigError> {
    match edit {
        Edit::SetSource(source) => {
            if let Some(source) = source {
                source.check()?;
            }
            rig.source.clone_from(source);
            Ok(field::source_words(rig))
        }
        Edit::AddSpeaker(speaker) => add_speaker(rig, speaker.clone()),
        Edit::RemoveSpeaker(id) => {
            let index = rig.speaker_index(id)?;
            take_out(rig, id);
            let gone = rig.speakers.remove(index);
            Ok(format!("Removed {}.", gone.label()))
        }
        Edit::AddZone(zone) => add_zone(rig, zone.clone()),
        Edit::RemoveZone(id) => {
            let index = rig.zone_index(id)?;
            let gone = rig.zones.remove(index);
            let left = match gone.speakers.len() {
                0 => "",
                1 => "; its speaker is in no zone now",
                _ => "; its speakers are in no zone now",
            };
            Ok(format!("Removed {}{left}.", gone.label()))
        }
        Edit::MoveSpeaker {
            speaker,
            zone,
            index,
        } => move_speaker(rig, speaker, zone.as_deref(), *index),
        Edit::MoveZone { zone, index } => {
            let from = rig.zone_index(zone)?;
            let moved = rig.zones.remove(from);
            let index = (*index).min(rig.zones.len());
            let said = format!(
                "Moved {} to place {} of {}.",
                moved.label(),
                index + 1,
                rig.zones.len() + 1
            );
            rig.zones.insert(index, moved);
            Ok(said)
        }
        Edit::All(edits) => {
            let mut changed = rig.clone();
            let said: Result<Vec<String>, RigError> =
                edits.iter().map(|edit| apply(&mut changed, edit)).collect();
            let said = said?.join(" ");
            *rig = changed;
            Ok(said)
        }
        Edit::Set { path, value } => field::set(rig, path, value),
    }
}

fn add_speaker(rig: &mut Rig, mut speaker: Speaker) -> Result<String, RigError> {
    if speaker.id.is_empty() {
        speaker.id = rig.free_speaker_id(&speaker.name);
    }
    check_new_id("speaker", &speaker.id, rig.speaker(&speaker.id).is_some())?;
    if speaker.name.is_empty() {
        speaker.name.clone_from(&speaker.id);
    }
    speaker.name = field::name(&speaker.name)?;
    let _ = limits::GAIN_DB.check(speaker.gain_db)?;
    let _ = limits::TRIM_US.check(speaker.trim_us as f64)?;
    let _ = limits::DISTANCE_M.check(speaker.distance_m)?;
    check_channels(&speaker.output.channels)?;
    if !(1..=limits::SLOTS).contains(&speaker.slot) {
        speaker.slot = rig.free_slot();
    }
    let said = format!("Added {}.", speaker.label());
    rig.speakers.push(speaker);
    Ok(said)
}

fn add_zone(rig: &mut Rig, mut zone: Zone) -> Result<String, RigError> {
    if zone.id.is_empty() {
        zone.id = rig.free_zone_id(&zone.name);
    }
    check_new_id("zone", &zone.id, rig.zone(&zone.id).is_some())?;
    if zone.name.is_empty() {
        zone.name.clone_from(&zone.id);
    }
    zone.name = field::name(&zone.name)?;
    let _ = limits::GAIN_DB.check(zone.gain_db)?;
    let _ = limits::CROSSOVER_HZ.check(zone.crossover_hz)?;
    for (index, member) in zone.speakers.iter().enumerate() {
        let _ = rig.speaker_index(member)?;
        if zone.speakers[..index].contains(member) {
            return Err(RigError::value(format!(
                "\"{member}\" is named twice. Name each speaker of a zone once."
            )));
        }
    }
    for member in &zone.speakers {
        take_out(rig, member);
    }
    let said = format!("Added {}.", zone.label());
    rig.zones.push(zone);
    Ok(said)
}

fn move_speaker(
    rig: &mut Rig,
    id: &str,
    zone: Option<&str>,
    index: usize,
) -> Result<String, RigError> {
    let speaker = rig.speaker_index(id)?;
    let target = zone.map(|zone| rig.zone_index(zone)).transpose()?;
    take_out(rig, id);
    let label = rig.speakers[speaker].label().to_owned();
    let Some(target) = target else {
        return Ok(format!("{label} is in no zone now."));
    };
    let zone = &mut rig.zones[target];
    zone.speakers
        .insert(index.min(zone.speakers.len()), id.to_owned());
    Ok(format!("Moved {label} to {}.", zone.label()))
}

fn take_out(rig: &mut Rig, speaker: &str) {
    for zone in &mut rig.zones {
        zone.speakers.retain(|member| member != speaker);
    }
}

fn check_new_id(kind: &'static str, id: &str, taken: bool) -> Result<(), RigError> {
    if taken {
        return Err(RigError::Taken {
            kind,
            name: id.to_owned(),
        });
    }
    if lookup::is_id(id) {
        return Ok(());
    }
    let better = match lookup::slug(id) {
        slug if slug.is_empty() => kind.to_owned(),
        slug => slug,
    };
    Err(RigError::value(format!(
        "\"{id}\" cannot be an id. Use letters, digits, - and _, such as \"{better}\"."
    )))
}

/// One or two different channels in range, or none.
fn check_channels(channels: &[u16]) -> Result<(), RigError> {
    for channel in channels {
        let _ = limits::OUTPUT_CHANNEL.check(f64::from(*channel))?;
    }
    match channels {
        [] | [_] => Ok(()),
        [one, two] if one != two => Ok(()),
        _ => Err(RigError::value(
            "Choose one or two different channels of the device.",
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::rig::{arbitrary, model::Output, validate};

    fn speaker(id: &str) -> Edit {
        Edit::AddSpeaker(Speaker {
            id: id.into(),
            ..Speaker::default()
        })
    }

    fn zone(id: &str, members: &[&str]) -> Edit {
        Edit::AddZone(Zone {
            id: id.into(),
            speakers: members.iter().map(ToString::to_string).collect(),
            ..Zone::default()
        })
    }

    fn moved(id: &str, zone: Option<&str>, index: usize) -> Edit {
        Edit::MoveSpeaker {
            speaker: id.into(),
            zone: zone.map(Into::into),
            index,
        }
    }

    #[test]
    fn edits_together_happen_all_or_not_at_all() {
        let mut rig = Rig::default();
        let _ = apply(&mut rig, &zone("kitchen", &[])).unwrap();
        let before = rig.clone();
        let both = [speaker("sub"), moved("sub", Some("kitchen"), 0)];
        let said = apply(&mut rig, &Edit::All(both.to_vec())).unwrap();
        assert_eq!(members(&rig, "kitchen"), ["sub"]);
        assert!(said.contains("sub") && said.contains("kitchen"), "{said}");
        let mut again = before.clone();
        let broken = [speaker("sub"), moved("nobody", Some("kitchen"), 0)];
        assert!(apply(&mut again, &Edit::All(broken.to_vec())).is_err());
        assert_eq!(again, before);
        assert_eq!(apply(&mut again, &Edit::All(Vec::new())).unwrap(), "");
    }

    fn members(rig: &Rig, zone: &str) -> Vec<String> {
        rig.zone(zone).unwrap().speakers.clone()
    }

    #[test]
    fn speakers_are_added_moved_and_removed() {
        let mut rig = Rig::default();
        for edit in [
            speaker("a"),
            speaker("b"),
            speaker("c"),
            zone("kitchen", &["a", "b"]),
            zone("bath", &["c"]),
        ] {
            let _ = apply(&mut rig, &edit).unwrap();
        }
        assert_eq!(
            apply(&mut rig, &moved("c", Some("kitchen"), 1)).unwrap(),
            "Moved c to kitchen."
        );
        assert_eq!(members(&rig, "kitchen"), ["a", "c", "b"]);
        assert!(members(&rig, "bath").is_empty());
        let _ = apply(&mut rig, &moved("a", Some("kitchen"), 99)).unwrap();
        assert_eq!(members(&rig, "kitchen"), ["c", "b", "a"]);
        let _ = apply(&mut rig, &moved("b", None, 0)).unwrap();
        assert_eq!(rig.on_the_rail().count(), 1);
        let _ = apply(&mut rig, &zone("attic", &["a"])).unwrap();
        assert_eq!(members(&rig, "kitchen"), ["c"]);
        let _ = apply(
            &mut rig,
            &Edit::MoveZone {
                zone: "attic".into(),
                index: 0,
            },
        )
        .unwrap();
        assert_eq!(rig.zones[0].id, "attic");
        let far = Edit::MoveZone {
            zone: "attic".into(),
            index: 8,
        };
        let said = apply(&mut rig, &far).unwrap();
        assert_eq!(said, "Moved attic to place 3 of 3.");
        let _ = apply(&mut rig, &Edit::RemoveSpeaker("a".into())).unwrap();
        assert!(members(&rig, "attic").is_empty());
        let _ = apply(&mut rig, &Edit::RemoveZone("kitchen".into())).unwrap();
        assert!(rig.zone_of("c").is_none() && rig.speaker("c").is_some());
    }

    #[test]
    fn new_speakers_get_id_name_and_colour() {
        let mut rig = Rig::default();
        for _ in 0..2 {
            let _ = apply(
                &mut rig,
                &Edit::AddSpeaker(Speaker {
                    name: "Küche links".into(),
                    ..Speaker::default()
                }),
            )
            .unwrap();
        }
        let ids: Vec<_> = rig
            .speakers
            .iter()
            .map(|s| (s.id.as_str(), s.slot))
            .collect();
        assert_eq!(ids, [("kuche-links", 1), ("kuche-links-2", 2)]);
    }

    #[test]
    fn wrong_edits_are_refused_and_change_nothing() {
        let mut rig = Rig::default();
        let _ = apply(&mut rig, &speaker("left")).unwrap();
        let _ = apply(&mut rig, &zone("kitchen", &["left"])).unwrap();
        let before = rig.clone();
        let bad_channels = Edit::AddSpeaker(Speaker {
            output: Output {
                channels: vec![1, 1],
                ..Output::default()
            },
            ..Speaker::default()
        });
        let bad_gain = Edit::AddSpeaker(Speaker {
            gain_db: f64::NAN,
            ..Speaker::default()
        });
        for (edit, says) in [
            (speaker("left"), "already a speaker \"left\""),
            (speaker("Küche 1"), "such as \"kuche-1\""),
            (bad_channels, "two different channels"),
            (bad_gain, "−60 to +12 dB"),
            (zone("x", &["lfet"]), "Did you mean \"left\"?"),
            (zone("x", &["left", "left"]), "twice"),
            (zone("kitchen", &[]), "already a zone"),
            (moved("lfet", None, 0), "Did you mean \"left\"?"),
            (
                moved("left", Some("kitschen"), 0),
                "Did you mean \"kitchen\"?",
            ),
            (Edit::RemoveZone("bath".into()), "Use one of: kitchen."),
            (
                Edit::SetSource(Some(Source::Files {
                    paths: vec![],
                    repeat: false,
                })),
                "at least one file",
            ),
        ] {
            let error = apply(&mut rig, &edit).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
            assert_eq!(rig, before);
        }
    }

    proptest! {
        #[test]
        fn edits_keep_a_sound_rig_sound(rig in arbitrary::rig(), picks in prop::collection::vec(arbitrary::pick(), 1..20)) {
            let mut rig = rig;
            for pick in picks {
                let edit = arbitrary::edit(&rig, &pick);
                let before = rig.clone();
                if apply(&mut rig, &edit).is_err() {
                    prop_assert_eq!(&rig, &before);
                }
            }
            let mut same = rig.clone();
            prop_assert_eq!(validate::sanitise(&mut same), Vec::<String>::new());
            prop_assert_eq!(same, rig);
        }
    }
}
