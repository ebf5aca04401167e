#![allow(clippy::unwrap_used)]

use std::fs;

use proptest::{prelude::*, sample::Index};

use super::*;
use crate::rig::{Output, Role, Target, arbitrary};

fn example() -> Rig {
    let mut rig = Rig {
        source: Some("pipe:/tmp/music?rate=48000".parse().unwrap()),
        ..Rig::default()
    };
    rig.settings.target = Target::FixedMs(25.0);
    for (id, output) in [
        ("left", "alsa:hw:CARD=DAC,DEV=0#1"),
        ("right", "alsa:hw:CARD=DAC,DEV=0#2"),
        ("sub", "pulse:x"),
    ] {
        rig.speakers.push(Speaker {
            id: id.into(),
            name: format!("The {id} one"),
            output: output.parse().unwrap(),
            trim_us: -180,
            gain_db: -3.5,
            slot: rig.free_slot(),
            ..Speaker::default()
        });
    }
    rig.zones.push(Zone {
        id: "kitchen".into(),
        name: "Kitchen".into(),
        speakers: vec!["left".into(), "right".into()],
        ..Zone::default()
    });
    rig
}

fn text_of(rig: &Rig) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = RigFile::new(dir.path().join("rig.toml"));
    file.save(rig).unwrap();
    fs::read_to_string(file.path()).unwrap()
}

/// Loads a text, saves it, and gives what is in the file then.
fn load(content: impl AsRef<[u8]>) -> (Loaded<Rig>, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rig.toml");
    fs::write(&path, &content).unwrap();
    let (file, loaded) = RigFile::load(&path).unwrap();
    if let Some(backup) = &loaded.backup {
        assert_eq!(
            fs::read(backup).unwrap(),
            content.as_ref(),
            "the copy is the file as it was"
        );
        assert!(!loaded.said.is_empty(), "a copy is told");
    }
    file.save(&loaded.value).unwrap();
    let saved = fs::read_to_string(&path).unwrap();
    (loaded, saved)
}

fn parse_only(text: &str) -> Rig {
    let (table, _) = super::super::toml_lines::parse(text);
    read(table, &mut Findings::default()).0
}

fn said(loaded: &Loaded<Rig>, part: &str) -> bool {
    loaded.said.iter().any(|text| text.contains(part))
}

#[test]
fn a_rig_is_the_same_after_a_restart() {
    let (loaded, saved) = load(text_of(&example()));
    assert_eq!(
        loaded,
        Loaded {
            value: example(),
            said: vec![],
            backup: None
        }
    );
    assert_eq!(saved, text_of(&example()));
    let dir = tempfile::tempdir().unwrap();
    let (_, loaded) = RigFile::load(dir.path().join("rig.toml")).unwrap();
    assert_eq!(
        loaded,
        Loaded {
            value: Rig::default(),
            said: vec![],
            backup: None
        }
    );
}

#[test]
fn a_broken_field_has_its_default_and_nothing_else_is_lost() {
    let text = text_of(&example());
    for (from, to, says, mend) in [
        (
            "role = \"stereo\"",
            "role = \"sterio\"",
            "\"role\" of the speaker \"left\"",
            None,
        ),
        (
            "gain_db = -3.5",
            "gain_db = \"loud\"",
            "\"gain_db\" of the speaker \"left\"",
            Some("gain"),
        ),
        (
            "gain_db = -3.5",
            "gain_db = 1e9",
            "The gain of The left one was 1000000000",
            Some("12"),
        ),
        (
            "trim_us = -180",
            "trim_us = 1.5",
            "\"trim_us\" of the speaker \"left\"",
            Some("trim"),
        ),
        (
            "slot = 1",
            "slot = 4000",
            "\"slot\" of the speaker \"left\"",
            None,
        ),
    ] {
        let (loaded, _) = load(text.replacen(from, to, 1));
        let mut expected = example();
        match mend {
            Some("gain") => expected.speakers[0].gain_db = 0.0,
            Some("12") => expected.speakers[0].gain_db = 12.0,
            Some("trim") => expected.speakers[0].trim_us = 0,
            _ => {}
        }
        assert_eq!(loaded.value, expected, "{to}");
        assert!(said(&loaded, says), "{:?}", loaded.said);
        assert!(
            said(&loaded, "kept as rig.toml.damaged-1"),
            "{:?}",
            loaded.said
        );
    }
    let (loaded, _) = load(text.replacen("fixed_ms = 25", "fixed_ms = true", 1));
    assert_eq!(loaded.value.settings.target, Target::Auto);
    assert_eq!(loaded.value.speakers, example().speakers);
}

#[test]
fn missing_fields_have_their_defaults_silently() {
    let text = "[[speakers]]\nid = \"a\"\nname = \"A\"\nslot = 3\noutput = \"alsa:x#2\"\n";
    let (loaded, _) = load(text);
    assert!(loaded.said.is_empty(), "{:?}", loaded.said);
    let speaker = &loaded.value.speakers[0];
    assert_eq!(speaker.output, "alsa:x#2".parse::<Output>().unwrap());
    assert_eq!((speaker.role, speaker.slot), (Role::Stereo, 3));
}

#[test]
fn wrong_types_of_whole_parts_leave_the_other_parts() {
    let good = text_of(&example());
    let cut = good.find("[settings]").unwrap();
    let list = good.find("[[speakers]]").unwrap();
    let text = format!("settings = 3\n{}{}", &good[..cut], &good[list..]);
    let (loaded, _) = load(text);
    assert_eq!(loaded.value.settings, Settings::default());
    assert_eq!(loaded.value.speakers, example().speakers);
    let (loaded, _) =
        load("speakers = \"none\"\nzones = [1, {id = \"k\", name = \"K\"}]\nname = \"Home\"");
    assert_eq!(
        (loaded.value.name.as_str(), loaded.value.zones.len()),
        ("Home", 1)
    );
}

#[test]
fn damaged_sources_keep_what_can_be_kept() {
    for (text, source) in [
        (
            "kind = \"pipe\"\npath = \"/p\"\nformat = \"s17\"\nrate = -1\nchannels = 4",
            Some("pipe:/p?channels=4"),
        ),
        (
            "kind = \"files\"\npaths = [\"a\", 3, \"b\"]\nrepeat = 1",
            Some("\"a\" \"b\""),
        ),
        ("kind = \"capture\"", None),
        ("kind = \"telepathy\"", None),
    ] {
        let (loaded, _) = load(format!("[source]\n{text}\n"));
        assert_eq!(
            loaded.value.source,
            source.map(|text| text.parse().unwrap())
        );
        assert!(said(&loaded, "ource"), "{:?}", loaded.said);
    }
}

#[test]
fn what_a_newer_version_wrote_is_written_back() {
    let text = text_of(&example())
        .replacen("version = 1", "version = 2\nmood = \"calm\"", 1)
        .replacen("trim_us = -180", "trim_us = -180\ntilt = 3", 1)
        .replacen("crossover_hz = 80.0", "crossover_hz = 80.0\nfloor = 2", 1)
        .replacen("in_phase_us", "glow = true\nin_phase_us", 1)
        .replacen(
            "path = \"/tmp/music\"",
            "path = \"/tmp/music\"\ndither = true",
            1,
        );
    let (loaded, saved) = load(&text);
    assert_eq!(loaded.value, example());
    assert!(
        said(&loaded, "newer Inphase") && said(&loaded, "kept as rig.toml.newer-1"),
        "{:?}",
        loaded.said
    );
    for kept in [
        "mood = \"calm\"",
        "tilt = 3",
        "floor = 2",
        "glow = true",
        "dither = true",
    ] {
        assert!(saved.contains(kept), "{kept} in {saved}");
    }
    let (again, _) = load(&saved);
    assert_eq!(again.value, example());
    assert!(again.backup.is_none(), "{:?}", again.said);
}

#[test]
fn a_misspelt_field_is_told_with_the_right_one() {
    let (loaded, _) = load("[[speakers]]\nid = \"a\"\nname = \"A\"\nslot = 1\ngian_db = -3\n");
    assert!(
        said(&loaded, "Did you mean \"gain_db\"?"),
        "{:?}",
        loaded.said
    );
    assert!(loaded.backup.is_none());
}

#[test]
fn a_rig_that_is_there_and_cannot_be_read_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rig.toml");
    fs::write(&path, vec![b' '; 5 << 20]).unwrap();
    let error = RigFile::load(&path).unwrap_err().to_string();
    let place = path.display().to_string();
    assert!(
        error.starts_with(&place) && error.contains("larger than 4 MB"),
        "{error}"
    );
    assert_eq!(fs::metadata(&path).unwrap().len(), 5 << 20);

    let path = dir.path().join("other.toml");
    fs::create_dir(&path).unwrap();
    let error = RigFile::load(&path).unwrap_err().to_string();
    assert!(error.contains("it is a directory. Move it away"), "{error}");
    assert!(path.is_dir());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn the_same_damage_is_copied_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rig.toml");
    for (content, name) in [
        ("a=", "rig.toml.damaged-1"),
        ("b=", "rig.toml.damaged-2"),
        ("a=", "rig.toml.damaged-1"),
    ] {
        fs::write(&path, content).unwrap();
        let (_, loaded) = RigFile::load(&path).unwrap();
        assert_eq!(loaded.backup.unwrap(), dir.path().join(name));
    }
}

/// Everything before the cut is as it was, but for the part that was cut.
#[test]
fn a_file_cut_anywhere_keeps_every_speaker_before_the_cut() {
    let rig = example();
    let text = text_of(&rig);
    let starts: Vec<usize> = text.match_indices("[[").map(|(at, _)| at).collect();
    for cut in 0..text.len() {
        let loaded = parse_only(&text[..cut]);
        for (index, speaker) in rig.speakers.iter().enumerate() {
            if starts[index + 1] <= cut {
                assert_eq!(loaded.speakers.get(index), Some(speaker), "cut at {cut}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rig_is_the_same_after_a_restart(rig in arbitrary::rig()) {
        let (loaded, _) = load(text_of(&rig));
        prop_assert_eq!(loaded.said, Vec::<String>::new());
        prop_assert_eq!(loaded.value, rig);
    }

    /// Damage to one line costs at most the section that the line is in, and
    /// the section before it when the damaged line is a header.
    #[test]
    fn damaged_bytes_of_one_line_leave_the_speakers_elsewhere(
        rig in arbitrary::rig(),
        at in any::<Index>(),
        bytes in prop::collection::vec(any::<u8>(), 1..4),
    ) {
        let text = text_of(&rig);
        let mut damaged = text.clone().into_bytes();
        let start = at.index(damaged.len());
        for (offset, byte) in bytes.into_iter().enumerate() {
            let here = start + offset;
            if here >= damaged.len() || damaged[here] == b'\n' {
                break;
            }
            damaged[here] = if byte == b'\n' || byte == b'\r' { b'?' } else { byte };
        }
        let (loaded, _) = load(&damaged);
        let mut sound = loaded.value.clone();
        prop_assert_eq!(validate::sanitise(&mut sound), Vec::<String>::new());

        let starts: Vec<usize> = text.match_indices("\n[[speakers]]").map(|(at, _)| at + 1).collect();
        let list_end = text.find("\n[[zones]]").unwrap_or(text.len());
        for (index, speaker) in rig.speakers.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(list_end);
            let header = end..end + "[[speakers]]\n".len();
            let touched = (starts[index]..end).contains(&start) || header.contains(&start);
            if !touched {
                // Another speaker's id may have been damaged into this one's.
                let kept = loaded.value.speakers.iter().any(|other| Speaker { id: speaker.id.clone(), ..other.clone() } == *speaker);
                prop_assert!(kept, "lost {:?} in {}\n{:?}", speaker, String::from_utf8_lossy(&damaged), loaded.said);
            }
        }
    }

    #[test]
    fn a_broken_field_costs_no_other_speaker(rig in arbitrary::rig(), at in any::<Index>(), value in prop::sample::select(vec!["\"x\"", "-1", "[]", "{}", "nan", "true", "1979-05-27", "1e400"])) {
        let text = text_of(&rig);
        let starts: Vec<usize> = text.match_indices("[[speakers]]").map(|(at, _)| at).collect();
        prop_assume!(!starts.is_empty());
        let broken = at.index(starts.len());
        let end = starts.get(broken + 1).copied().unwrap_or(text.len());
        let part = &text[starts[broken]..end];
        let fields: Vec<&str> = part.lines().skip(1).filter(|line| line.contains(" = ")).collect();
        let line: &str = fields[at.index(fields.len())];
        let key = line.split(" = ").next().unwrap();
        let mended = part.replacen(line, &format!("{key} = {value}"), 1);
        let damaged = format!("{}{mended}{}", &text[..starts[broken]], &text[end..]);
        let loaded = parse_only(&damaged);
        prop_assert_eq!(loaded.speakers.len(), rig.speakers.len());
        for (index, speaker) in rig.speakers.iter().enumerate().filter(|(index, _)| *index != broken) {
            prop_assert_eq!(&loaded.speakers[index], speaker);
        }
    }

    #[test]
    fn garbage_never_stops_the_start(garbage in prop::collection::vec(any::<u8>(), 0..400), cut in any::<Index>(), rig in arbitrary::rig()) {
        let (_, _) = load(&garbage);
        let mut text = text_of(&rig).into_bytes();
        let at = cut.index(text.len());
        text.splice(at..at, garbage).for_each(drop);
        let (loaded, saved) = load(&text);
        let (again, _) = load(saved);
        prop_assert_eq!(loaded.value, again.value);
    }
}
