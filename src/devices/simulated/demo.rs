//! The demo's home: six speakers in two rooms, a patio without any, and what
//! else is around. It lives: crystals wander, one speaker stumbles now and then,
//! a radio link breaks for some seconds, batteries run down.

use super::{LINK_MS, Mishap, Simulated};
use crate::devices::{DeviceKind, Presence, Radio};
use crate::rig::{Output, Rig, Role, Source, Speaker, TestSignal, Zone};
use crate::room::crystal::{CrystalSpec, Wander};

/// Everything that is there.
pub(super) fn demo_speakers() -> Vec<Simulated> {
    let mut all = wired();
    all.extend(wireless());
    all.extend(absent());
    all
}

fn wired() -> Vec<Simulated> {
    use DeviceKind::{Card, Hdmi, Usb};
    let stumbles = Mishap {
        first_s: 270.0,
        every_s: 660.0,
        length_s: 0.03,
    };
    vec![
        speaker("left-tower", "USB DAC", Usb, 12.4, 1.1),
        speaker("right-tower", "USB DAC 2", Usb, 13.6, 1.1),
        Simulated {
            channels: 1,
            ..speaker("sub", "Line out", Card, -3.8, 3.6)
        },
        speaker("tv-bar", "HDMI 1", Hdmi, -18.2, 2.4),
        speaker("shelf-left", "USB DAC 3", Usb, 6.3, 0.6),
        Simulated {
            stalls: Some(stumbles),
            ..speaker("shelf-right", "USB DAC 4", Usb, 4.2, 0.6)
        },
        speaker("line-out-rear", "Line out rear", Card, -3.8, 0.4),
    ]
}

fn wireless() -> Vec<Simulated> {
    let radio = |key, battery, signal_dbm, losses, speaker: Simulated| Simulated {
        key: Some(String::from(key)),
        reported_ms: LINK_MS,
        radio: Radio {
            battery: Some(battery),
            signal_dbm: Some(signal_dbm),
        },
        losses: Some(losses),
        ..speaker
    };
    let losses = |first_s, every_s| Mishap {
        first_s,
        every_s,
        length_s: 6.0,
    };
    let bluetooth = DeviceKind::Bluetooth;
    vec![
        radio(
            FLIP,
            82,
            -52,
            losses(480.0, 1020.0),
            speaker("flip-6", "JBL Flip 6", bluetooth, 9.6, 6.3),
        ),
        radio(
            SECOND_FLIP,
            64,
            -71,
            losses(210.0, 540.0),
            speaker("flip-6-2", "JBL Flip 6 (2)", bluetooth, -21.0, 7.2),
        ),
    ]
}

/// What is known and cannot be used now.
fn absent() -> Vec<Simulated> {
    let absent = |presence, speaker: Simulated| Simulated {
        presence,
        ..speaker
    };
    vec![
        Simulated {
            key: Some(BOOM.into()),
            reported_ms: LINK_MS,
            ..absent(
                Presence::Unpaired,
                speaker("boom-3", "UE Boom 3", DeviceKind::Bluetooth, 14.2, 7.6),
            )
        },
        absent(
            Presence::Off,
            speaker("hdmi-2", "HDMI 2 projector", DeviceKind::Hdmi, 0.0, 0.0),
        ),
        absent(
            Presence::Offline,
            speaker("bedroom-pi", "Bedroom Pi", DeviceKind::Network, 0.0, 0.0),
        ),
    ]
}

fn speaker(id: &str, name: &str, kind: DeviceKind, ppm: f64, hidden_ms: f64) -> Simulated {
    Simulated {
        id: id.into(),
        name: name.into(),
        key: None,
        kind,
        channels: 2,
        crystal: CrystalSpec {
            ppm,
            wander_ppm: 0.5,
            wander_s: 300.0,
            wander: Wander::Walk,
        },
        reported_ms: 0.0,
        hidden_ms,
        presence: Presence::Ready,
        radio: Radio::default(),
        stalls: None,
        losses: None,
    }
}

/// The demo's rig on [`Room::demo`](super::Room::demo)'s speakers, with pink
/// noise to hear and see that they are together.
#[must_use]
pub fn demo_rig() -> Rig {
    let place = |id: &str, name: &str, role, distance_m, slot| Speaker {
        id: id.into(),
        name: name.into(),
        output: Output {
            device: format!("room:{id}"),
            channels: Vec::new(),
            key: format!("room:{id}"),
        },
        role,
        distance_m,
        slot,
        ..Speaker::default()
    };
    let zone = |id: &str, name: &str, gain_db, speakers: &[&str]| Zone {
        id: id.into(),
        name: name.into(),
        gain_db,
        speakers: speakers.iter().map(|&id| id.into()).collect(),
        ..Zone::default()
    };
    let living = ["left-tower", "right-tower", "sub", "tv-bar"];
    Rig {
        name: "Demo home".into(),
        source: Some(Source::Test {
            signal: TestSignal::Pink,
        }),
        speakers: vec![
            place("left-tower", "Left tower", Role::L, 0.9, 1),
            place("right-tower", "Right tower", Role::R, 0.9, 2),
            place("sub", "Sub", Role::Sub, 0.7, 3),
            place("tv-bar", "TV bar", Role::Mono, 0.8, 4),
            place("shelf-left", "Shelf left", Role::L, 0.8, 5),
            place("shelf-right", "Shelf right", Role::R, 0.6, 6),
        ],
        zones: vec![
            zone("living-room", "Living room", -4.0, &living),
            zone("kitchen", "Kitchen", -9.0, &["shelf-left", "shelf-right"]),
            zone("patio", "Patio", 0.0, &[]),
        ],
        ..Rig::default()
    }
}

/// As the simulated Bluetooth knows the speakers that it can pair.
const FLIP: &str = "bt:F4:4E:FD:00:00:61";
const SECOND_FLIP: &str = "bt:F4:4E:FD:00:00:62";
const BOOM: &str = "bt:88:C6:26:00:00:03";
