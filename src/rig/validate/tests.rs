#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::rig::{arbitrary, model::Source};

fn speaker(id: &str, output: &str) -> Speaker {
    Speaker {
        id: id.into(),
        name: id.into(),
        output: output.parse().unwrap(),
        slot: 1,
        ..Speaker::default()
    }
}

fn zone(id: &str, members: &[&str]) -> Zone {
    Zone {
        id: id.into(),
        name: id.into(),
        speakers: members.iter().map(ToString::to_string).collect(),
        ..Zone::default()
    }
}

#[test]
fn an_empty_rig_says_what_to_do() {
    let mut rig = Rig::default();
    let kinds: Vec<_> = problems(&rig).iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [ProblemKind::NoSource, ProblemKind::NoSpeakers]);
    rig.source = Some(Source::Desktop);
    rig.speakers.push(speaker("a", "alsa:x"));
    assert_eq!(
        problems(&rig)[0].text,
        "No speaker is in a zone. Move the speakers that shall play into one."
    );
    rig.zones.push(zone("z", &["a"]));
    assert!(problems(&rig).is_empty());
    rig.speakers[0].output.device.clear();
    assert_eq!(problems(&rig)[0].kind, ProblemKind::NoOutput);
}

#[test]
fn two_speakers_on_one_channel_are_told_once() {
    let mut rig = Rig {
        source: Some(Source::Desktop),
        ..Rig::default()
    };
    rig.speakers = vec![
        speaker("a", "alsa:x"),
        speaker("b", "alsa:x#2"),
        speaker("c", "alsa:x#3"),
    ];
    rig.zones.push(zone("z", &["a", "b", "c"]));
    let found = problems(&rig);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].speaker.as_deref(), Some("b"));
    assert_eq!(
        found[0].text,
        "b stays silent because a already plays on channel 2 of alsa:x. Choose other channels \
         for one of them."
    );
    drop(rig.zones[0].speakers.remove(0));
    assert!(problems(&rig).is_empty());
}

#[test]
fn damage_is_mended_and_told() {
    let mut rig = Rig::default();
    rig.settings.temperature_c = f64::NAN;
    rig.settings.period = 1;
    rig.settings.jitter_min_ms = 300.0;
    rig.settings.jitter_max_ms = -5.0;
    rig.speakers = vec![
        speaker("a", "alsa:x"),
        speaker("a", "alsa:y"),
        speaker("", "alsa:z"),
    ];
    rig.speakers[0].gain_db = 99.0;
    rig.speakers[0].trim_us = i64::MIN;
    rig.speakers[1].output.channels = vec![3, 3];
    rig.speakers[1].slot = 200;
    rig.zones = vec![zone("z", &["a", "ghost", "a"]), zone("z", &["a", "a-2"])];
    let said = sanitise(&mut rig);
    assert_eq!(rig.settings.temperature_c, 20.0);
    assert_eq!(rig.settings.period, 32);
    let kept = (rig.settings.jitter_min_ms, rig.settings.jitter_max_ms);
    assert_eq!(kept, (300.0, 300.0));
    let ids: Vec<_> = rig.speakers.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["a", "a-2", "speaker"]);
    assert_eq!(
        (rig.speakers[0].gain_db, rig.speakers[0].trim_us),
        (12.0, -250_000)
    );
    assert!(rig.speakers[1].output.channels.is_empty());
    assert_eq!(rig.zones[0].speakers, ["a"]);
    assert_eq!(
        (rig.zones[1].id.as_str(), &rig.zones[1].speakers),
        ("z-2", &vec!["a-2".to_owned()])
    );
    assert_eq!(said.len(), 15, "{said:#?}");
    assert!(said.iter().all(|text| text.ends_with('.')));
    assert!(sanitise(&mut rig).is_empty());
}

proptest! {
    #[test]
    fn a_sound_rig_is_left_alone(rig in arbitrary::rig()) {
        let mut same = rig.clone();
        prop_assert_eq!(sanitise(&mut same), Vec::<String>::new());
        prop_assert_eq!(same, rig);
    }

    #[test]
    fn mending_once_is_enough(
        mut rig in arbitrary::rig(),
        gain in any::<f64>(),
        trim in any::<i64>(),
        id in "\\PC{0,80}",
        channels in prop::collection::vec(any::<u16>(), 0..4),
        members in prop::collection::vec("[a-z]{0,3}", 0..4),
    ) {
        if let Some(speaker) = rig.speakers.last_mut() {
            speaker.gain_db = gain;
            speaker.trim_us = trim;
            speaker.name.clone_from(&id);
            speaker.id = id;
            speaker.output.channels = channels;
        }
        if let Some(zone) = rig.zones.first_mut() {
            zone.speakers.extend(members);
        }
        let _ = sanitise(&mut rig);
        prop_assert_eq!(sanitise(&mut rig), Vec::<String>::new());
    }
}
