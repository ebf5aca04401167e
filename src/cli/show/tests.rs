//! The text that people read.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    devices::{DeviceKind, Presence, Radio},
    engine::snapshot::{GroupState, Provenance, Stage, ZoneState},
    rig::{Role, Speaker, Timing, Zone},
    sync::time::Ppm,
};

fn speaker(id: &str, state: Health, offset_us: f64) -> SpeakerState {
    SpeakerState {
        id: id.into(),
        role: Role::L,
        state,
        offset_us: Some(offset_us),
        offset_sd_us: 3.0,
        offset_source: OffsetSource::Clock,
        path: vec![Stage {
            name: "device buffer".into(),
            ms: 24.04,
            provenance: Provenance::Reported,
        }],
        ppm: Some(Ppm(-12.44)),
        fill: 0.461,
        peak_db: -1.5,
        ..SpeakerState::default()
    }
}

fn scene() -> (Rig, Snapshot) {
    let named = |id: &str, name: &str| Speaker {
        id: id.into(),
        name: name.into(),
        ..Speaker::default()
    };
    let rig = Rig {
        speakers: vec![
            named("left", "Left"),
            named("right", "Küche rechts"),
            named("old", "Old"),
        ],
        zones: vec![Zone {
            id: "kitchen".into(),
            name: "Kitchen".into(),
            speakers: vec!["left".into(), "right".into()],
            ..Zone::default()
        }],
        ..Rig::default()
    };
    let snapshot = Snapshot {
        transport: Transport::Playing,
        groups: vec![GroupState {
            zones: vec!["kitchen".into()],
            timing: Timing::InSync,
            target_ms: 24.0,
            spread_us: Some(17.6),
        }],
        zones: vec![ZoneState {
            id: "kitchen".into(),
            spread_us: Some(17.6),
            playing: 2,
            total: 2,
        }],
        speakers: vec![
            speaker("left", Health::InPhase, 6.2),
            SpeakerState {
                problem: Some("Unplugged.".into()),
                ..speaker("right", Health::Lost, -1250.0)
            },
            SpeakerState {
                id: "old".into(),
                peak_db: -120.0,
                ..SpeakerState::default()
            },
        ],
        source: Some(SourceState {
            title: "song.flac".into(),
            rate: 44_100,
            channels: 2,
            position_s: Some(62.5),
            duration_s: Some(190.0),
            ..SourceState::default()
        }),
        ..Snapshot::default()
    };
    (rig, snapshot)
}

#[test]
fn the_status_is_an_aligned_table_under_a_health_line() {
    let (rig, mut snapshot) = scene();
    snapshot
        .notices
        .push("Real-time priority is denied.".into());
    let expected = "\
◆ 1 of 2 in sync | Küche rechts: Unplugged | spread 18 µs | latency 24.0 ms | 1:02 of 3:10
Source: song.flac | 44100 Hz | 2 channels | 1:02 of 3:10

SPEAKER       STATE       ROLE             OFFSET  LATENCY      DRIFT  BUFFER    LEVEL
Kitchen   in-sync   spread 18 µs   target 24.0 ms
Left          ✓ in phase  left          +6 ± 3 µs  24.0 ms  −12.4 ppm     46%  −1.5 dB
Küche rechts  ◆ lost      left    −1.25 ± 0.00 ms  24.0 ms  −12.4 ppm     46%  −1.5 dB
    Unplugged.
In no zone
Old           ○ ready     stereo                —        —          —      0%   silent

Note: Real-time priority is denied.
";
    assert_eq!(status(&rig, &snapshot), expected);
}

#[test]
fn a_row_of_long_names_and_large_numbers_fits_100_columns() {
    let (mut rig, mut snapshot) = scene();
    rig.speakers[0].name = "The loudspeaker behind the sofa".into();
    snapshot.speakers[0] = SpeakerState {
        role: Role::Fr,
        offset_sd_us: 99.0,
        ppm: Some(Ppm(-99.9)),
        peak_db: -99.9,
        fill: 1.0,
        ..speaker("left", Health::Connecting, -999.0)
    };
    snapshot.speakers.truncate(1);
    let text = status(&rig, &snapshot);
    assert!(text.contains("The loudspeaker beh…"), "{text}");
    let table = text.lines().skip_while(|line| !line.starts_with("SPEAKER"));
    let widest = table.map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{widest:?}\n{text}");
}

#[test]
fn an_empty_rig_says_so_in_one_line() {
    let text = status(&Rig::default(), &Snapshot::default());
    assert_eq!(text, "○ Nothing playing yet\n");
}

#[test]
fn offsets_never_show_more_than_is_known() {
    let shown = |us: Option<f64>, source| {
        offset(&SpeakerState {
            offset_us: us,
            offset_source: source,
            offset_sd_us: 2.0,
            ..SpeakerState::default()
        })
    };
    assert_eq!(shown(None, OffsetSource::Clock), "—");
    assert_eq!(shown(Some(-0.4), OffsetSource::Clock), "±0 ± 2 µs");
    assert_eq!(shown(Some(-9.2), OffsetSource::Microphone), "−9 ± 2 µs");
    assert_eq!(shown(Some(-92.0), OffsetSource::Estimate), "≈ −0.09 ms");
}

#[test]
fn devices_are_a_table_and_none_says_what_to_do() {
    let device = DeviceInfo {
        id: "alsa:lab1".into(),
        name: "Lab".into(),
        direction: Direction::Output,
        kind: DeviceKind::Usb,
        channels: 2,
        rates: vec![44_100, 48_000],
        is_default: true,
        key: String::new(),
        presence: Presence::Ready,
        radio: Radio::default(),
        latency_ms: None,
        inside: None,
    };
    let expected = "\
ID         NAME           KIND  CHANNELS  RATES
To play on
alsa:lab1  Lab (default)  usb   2         44100 48000
";
    assert_eq!(devices(&[device]), expected);
    assert!(devices(&[]).starts_with("No devices found."));
}
