#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::rig::arbitrary;

fn rig() -> Rig {
    let mut rig = Rig::default();
    rig.speakers.push(Speaker {
        id: "left".into(),
        name: "Left".into(),
        ..Speaker::default()
    });
    rig.zones.push(Zone {
        id: "kitchen".into(),
        name: "Kitchen".into(),
        ..Zone::default()
    });
    rig
}

fn paths(rig: &Rig) -> Vec<String> {
    let mut paths = Vec::new();
    for field in FIELDS {
        let ids: Vec<&str> = match field.path.split('.').next() {
            Some("speakers") => rig.speakers.iter().map(|s| s.id.as_str()).collect(),
            Some("zones") => rig.zones.iter().map(|z| z.id.as_str()).collect(),
            _ => vec!["-"],
        };
        paths.extend(ids.iter().map(|id| field.path.replace("ID", id)));
    }
    paths
}

#[test]
fn every_example_of_the_table_works_and_changes_its_field_alone() {
    for field in FIELDS {
        let mut rig = rig();
        let path = field.path.replace("speakers.ID", "speakers.left");
        let path = path.replace("zones.ID", "zones.kitchen");
        let before: Vec<_> = paths(&rig).iter().map(|p| get(&rig, p).unwrap()).collect();
        let said = set(&mut rig, &path, field.example).unwrap();
        assert!(said.ends_with('.'), "{said}");
        for (other, old) in paths(&rig).iter().zip(before) {
            assert!(
                *other == path || get(&rig, other).unwrap() == old,
                "{path} changed {other}"
            );
        }
    }
}

#[test]
fn values_are_set_with_units() {
    let mut rig = rig();
    rig.settings.temperature_c = 0.0;
    for (value, micros) in [
        ("180us", 180),
        ("−1,5 ms", -1500),
        ("62 cm", 1871),
        ("0", 0),
        ("-250 ms", -250_000),
    ] {
        let said = set(&mut rig, "speakers.left.trim", value).unwrap();
        assert_eq!(rig.speakers[0].trim_us, micros, "{value}: {said}");
    }
    assert_eq!(
        set(&mut rig, "speakers.left.trim", "-1.5 ms").unwrap(),
        "Left now plays 1.5 ms earlier."
    );
    assert_eq!(
        set(&mut rig, "zones.kitchen.gain", "-3 dB").unwrap(),
        "Kitchen is now at −3 dB."
    );
    assert_eq!(
        set(&mut rig, "speakers.left.distance", "10 ft").unwrap(),
        "Left is 3.048 m from the listener."
    );
}

#[test]
fn what_is_for_bluetooth_is_set_and_said() {
    let mut rig = rig();
    for (path, value, says) in [
        (
            "speakers.left.keep_awake",
            "on",
            "Left is kept awake in silence.",
        ),
        (
            "speakers.left.keep-awake",
            "off",
            "Left may fall asleep in silence.",
        ),
        (
            "settings.jitter_min",
            "0,05 s",
            "At least 50 ms of a Bluetooth source are now kept against late packets.",
        ),
        (
            "settings.jitter_max",
            "200",
            "At most 200 ms of a Bluetooth source are now kept against late packets.",
        ),
    ] {
        assert_eq!(set(&mut rig, path, value).unwrap(), says);
    }
    let settings = &rig.settings;
    assert_eq!(
        (settings.jitter_min_ms, settings.jitter_max_ms),
        (50.0, 200.0)
    );
}

#[test]
fn out_of_range_says_the_range() {
    let mut rig = rig();
    for (path, value, says) in [
        ("speakers.left.trim", "251 ms", "Use −250 to +250 ms."),
        ("speakers.left.trim", "-100 m", "Use −250 to +250 ms."),
        ("speakers.left.gain", "13 dB", "Use −60 to +12 dB."),
        ("speakers.left.distance", "-1 m", "Use 0 to 100 m."),
        ("zones.kitchen.crossover", "300", "Use 40 to 250 Hz."),
        ("settings.temperature", "99", "Use −30 to +50 °C."),
        ("settings.target", "0 ms", "Use auto, or 1 to 5000 ms."),
        ("settings.period", "8", "Use 32 to 4096 frames."),
        ("settings.rate", "1 Hz", "Use auto, or 8 to 384 kHz."),
        ("settings.rate", "48", "Write the unit: 48 kHz, or 48000."),
        (
            "settings.rate",
            "44.1",
            "Write the unit: 44.1 kHz, or 44100.",
        ),
        ("settings.in_phase", "1 s", "Use 1 µs to 10 ms."),
        ("settings.jitter_min", "2 s", "Use 0 to 1000 ms."),
        ("settings.jitter_max", "-1 ms", "Use 0 to 1000 ms."),
        ("settings.jitter_max", "nan", "Use 0 to 1000 ms."),
        (
            "settings.jitter_min",
            "200",
            "Use 150 ms, the most that is kept, or less.",
        ),
        (
            "settings.jitter_max",
            "10 ms",
            "Use 15 ms, the least that is kept, or more.",
        ),
    ] {
        let before = rig.clone();
        assert_eq!(set(&mut rig, path, value).unwrap_err().to_string(), says);
        assert_eq!(rig, before);
    }
}

#[test]
fn unknown_names_suggest_near_ones() {
    let mut rig = rig();
    for (path, says) in [
        (
            "speakers.lfet.trim",
            "There is no speaker \"lfet\". Did you mean \"left\"?",
        ),
        (
            "speakers.left.trmi",
            "There is no speaker field \"trmi\". Did you mean \"trim\"?",
        ),
        (
            "zones.kitchn.gain",
            "There is no zone \"kitchn\". Did you mean \"kitchen\"?",
        ),
        (
            "setings.gain",
            "There is no setting \"setings\". Did you mean \"settings\"?",
        ),
        (
            "settings.temprature",
            "There is no setting \"temprature\". Did you mean \"temperature\"?",
        ),
    ] {
        assert_eq!(set(&mut rig, path, "1").unwrap_err().to_string(), says);
    }
    assert!(
        set(&mut rig, "speakers.left", "1")
            .unwrap_err()
            .to_string()
            .contains("speakers.ID.name")
    );
    assert!(set(&mut rig, "", "1").is_err());
}

proptest! {
    #[test]
    fn what_get_writes_set_reads_back(rig in arbitrary::rig()) {
        for path in paths(&rig) {
            let mut copy = rig.clone();
            let value = get(&rig, &path).unwrap();
            prop_assert!(set(&mut copy, &path, &value).is_ok(), "{} {}", path, value);
            for speaker in &mut copy.speakers {
                // The key is no part of the text.
                speaker.output.key = rig.speaker(&speaker.id).unwrap().output.key.clone();
            }
            prop_assert_eq!(&copy, &rig, "{} = {}", path, value);
        }
    }

    #[test]
    fn a_refused_value_changes_nothing(rig in arbitrary::rig(), value in "\\PC{0,12}", pick in any::<prop::sample::Index>()) {
        let paths = paths(&rig);
        let mut copy = rig.clone();
        let path: &String = pick.get(&paths);
        if set(&mut copy, path, &value).is_err() {
            prop_assert_eq!(copy, rig);
        }
    }
}
