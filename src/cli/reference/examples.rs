//! A value of everything that goes over the control socket. What a page shows is
//! these, serialised; `control` checks that no request and no field is missing.

use std::sync::Arc;

use serde_json::{Value, json as literal};

use super::json;
use crate::bluetooth::airtime::{Advice, Report};
use crate::bluetooth::lines::Figures;
use crate::bluetooth::simulated::{ECHO, FLIP, VISITOR, home};
use crate::bluetooth::state::{
    Aside, Asked, Handover, Owner, PairingWindow, PlayerAction, Request as Asking, Retry, Standing,
    State, Verdict,
};
use crate::bluetooth::{Answer as Consent, Order};
use crate::devices::{DeviceInfo, DeviceKind, Direction, Inside, Known, Presence, Radio};
use crate::engine::snapshot::{
    GroupState, Health, OffsetSource, Provenance, SourceState, SpeakerState, Stage, Transport,
    ZoneState,
};
use crate::engine::{Command, Event, EventKind, ReportFormat, Snapshot};
use crate::remote::{Answer, Ask, Hello, Outcome, PROTOCOL, Push, Question, Request, Topic};
use crate::rig::edit::Edit;
use crate::rig::plan::{Cost, GroupId};
use crate::rig::{Output, Rig, Role, Source, Speaker, TestSignal, Timing, Zone};
use crate::sync::time::{Nanos, Ppm};

/// The server's first line.
pub(super) fn hello() -> Hello {
    Hello {
        inphase: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").into(),
        pid: 1234,
    }
}

/// Every command.
pub(super) fn commands() -> Vec<Command> {
    let set = || Edit::set("speakers.left.trim", "180us");
    vec![
        Command::Edit(set()),
        Command::Hold {
            edit: set(),
            gesture: 7,
        },
        Command::Compare(Some("left".into())),
        Command::Load(Box::new(Rig {
            source: Some(Source::Test {
                signal: TestSignal::Pink,
            }),
            ..Rig::default()
        })),
        Command::Undo,
        Command::Redo,
        Command::Play,
        Command::Pause,
        Command::Stop,
        Command::Identify("left".into()),
        Command::Rescan,
        Command::Bluetooth(Order::Scan { seconds: 12 }),
        Command::Quit,
    ]
}

/// Every edit.
pub(super) fn edits() -> Vec<Edit> {
    vec![
        Edit::SetSource(Some(Source::Desktop)),
        Edit::AddSpeaker(Speaker {
            id: "left".into(),
            name: "Left tower".into(),
            output: Output {
                device: "alsa:hw:CARD=DAC,DEV=0".into(),
                ..Output::default()
            },
            role: Role::L,
            ..Speaker::default()
        }),
        Edit::RemoveSpeaker("left".into()),
        Edit::AddZone(Zone {
            id: "kitchen".into(),
            name: "Kitchen".into(),
            ..Zone::default()
        }),
        Edit::RemoveZone("kitchen".into()),
        Edit::MoveSpeaker {
            speaker: "left".into(),
            zone: Some("kitchen".into()),
            index: 0,
        },
        Edit::MoveZone {
            zone: "kitchen".into(),
            index: 0,
        },
        Edit::All(vec![
            Edit::RemoveSpeaker("sub".into()),
            Edit::set("zones.kitchen.gain", "-3 dB"),
        ]),
        Edit::set("zones.kitchen.gain", "-3 dB"),
    ]
}

/// Every order to Bluetooth that a client may give.
pub(super) fn orders() -> Vec<Order> {
    vec![
        Order::Power {
            adapter: "hci0".into(),
            on: true,
        },
        Order::Scan { seconds: 12 },
        Order::StopScan,
        Order::Pair(FLIP),
        Order::PairThrough {
            address: FLIP,
            adapter: "hci1".into(),
        },
        Order::Trust {
            address: FLIP,
            trusted: true,
        },
        Order::Connect(FLIP),
        Order::Disconnect(FLIP),
        Order::Forget(FLIP),
        Order::Rename {
            address: FLIP,
            alias: "Left".into(),
        },
        Order::NameAdapter {
            adapter: "hci0".into(),
            name: "Salon".into(),
        },
        Order::OpenPairing {
            seconds: 180,
            adapter: None,
        },
        Order::ClosePairing,
        Order::Answer {
            request: 3,
            answer: Consent::Yes,
        },
        Order::SetVolume {
            address: FLIP,
            volume: 76,
        },
        Order::Player {
            address: ECHO,
            action: PlayerAction::Next,
        },
        Order::Move {
            address: FLIP,
            adapter: "hci1".into(),
        },
        Order::LookForOwners,
        Order::TakeOver,
        Order::GiveBack,
    ]
}

/// Every question, and what it is answered with.
pub(super) fn questions() -> Vec<(Question, &'static str)> {
    let report = Question::Report {
        format: ReportFormat::Markdown,
        last_s: 600.0,
    };
    vec![
        (Question::Snapshot, "a [snapshot](#snapshot)"),
        (
            Question::Rig,
            "the rig, with the keys of [rig.toml](rig.md)",
        ),
        (Question::Devices, "a list of [devices](#deviceinfo)"),
        (Question::Events, "a list of [events](#event)"),
        (
            Question::Cost(Edit::MoveSpeaker {
                speaker: "left".into(),
                zone: None,
                index: 0,
            }),
            "a list with one [cost](#cost) for each sync group",
        ),
        (Question::History { last_s: 600.0 }, "a text"),
        (report, "a text"),
    ]
}

/// Every topic, and what is sent from then on.
pub(super) fn topics() -> Vec<(Topic, Push)> {
    vec![
        (Topic::Snapshots, Push::Snapshot(snapshot())),
        (Topic::Rigs, Push::Rig(Rig::default())),
        (Topic::Events, Push::Event(event())),
    ]
}

/// A request as a line.
pub(super) fn request(ask: Ask) -> String {
    let hz = (ask == Ask::Watch(Topic::Snapshots)).then_some(10.0);
    crate::remote::line(&Request {
        id: Some(1),
        ask,
        hz,
    })
}

/// An answer as a line.
pub(super) fn answer(outcome: Outcome) -> String {
    crate::remote::line(&Answer {
        id: Some(1),
        outcome,
    })
}

/// A value of each type of which the page lists the fields.
pub(super) fn of_file(file: &str, name: &str) -> Value {
    let now = snapshot();
    let bluetooth = bluetooth();
    let device = || {
        let all = &bluetooth.devices;
        all.iter()
            .find(|of| of.address == ECHO)
            .expect("it is there")
    };
    let theirs = file.starts_with("bluetooth");
    match name {
        "Snapshot" => json(&now),
        "SourceState" => json(&now.source),
        "GroupState" => json(&now.groups[0]),
        "ZoneState" => json(&now.zones[0]),
        "SpeakerState" => json(&now.speakers[0]),
        "Stage" => json(&now.speakers[0].path[0]),
        "Event" => json(&event()),
        "Cost" => json(&Cost {
            group: GroupId::InSync,
            before: Some(Nanos::from_millis(24.0)),
            after: Some(Nanos::from_millis(212.0)),
        }),
        "DeviceInfo" => json(&device_info()),
        "Radio" => json(&device_info().radio),
        "Inside" => json(&device_info().inside),
        "State" => json(&bluetooth),
        "Adapter" => json(&bluetooth.adapters[0]),
        "Device" => json(device()),
        "Retry" => json(&Retry {
            failed: 2,
            at_ms: 1_767_225_604_000,
            aside: Some(Aside::Stalled),
        }),
        "Transport" if theirs => json(&device().transport),
        "Player" => json(&device().player),
        "PairingWindow" => json(&bluetooth.pairing),
        "Request" => json(&bluetooth.requests[0]),
        "Owner" => json(&bluetooth.owners[0]),
        "Handover" => json(&bluetooth.handover),
        "Figures" => json(&now.links[0]),
        "Report" => json(&now.air),
        _ => literal!({}),
    }
}

fn snapshot() -> Snapshot {
    Snapshot {
        time: Nanos::from_secs(1000.0),
        unix_ms: 1_767_225_600_000,
        revision: 12,
        transport: Transport::Playing,
        source: Some(SourceState {
            id: "test:pink".into(),
            title: "Pink noise".into(),
            rate: 48_000,
            channels: 2,
            buffer_ms: 9.6,
            peak_db: vec![-12.0, -13.0],
            position_s: Some(42.0),
            ..SourceState::default()
        }),
        groups: vec![GroupState {
            zones: vec!["living-room".into()],
            timing: Timing::InSync,
            target_ms: 24.4,
            spread_us: Some(4.0),
        }],
        zones: vec![ZoneState {
            id: "living-room".into(),
            spread_us: Some(4.0),
            playing: 1,
            total: 1,
        }],
        speakers: vec![SpeakerState {
            id: "left".into(),
            role: Role::L,
            state: Health::InPhase,
            offset_us: Some(2.0),
            offset_sd_us: 3.0,
            offset_source: OffsetSource::Clock,
            path: vec![Stage {
                name: "device buffer".into(),
                ms: 8.0,
                provenance: Provenance::Computed,
            }],
            ppm: Some(Ppm(12.5)),
            fill: 0.5,
            peak_db: -14.0,
            rms_db: -20.0,
            ..SpeakerState::default()
        }],
        undo: Some("Left tower now plays 180 µs later.".into()),
        bluetooth: Some(Arc::new(State::default())),
        links: vec![Figures {
            address: FLIP,
            adapter: "hci0".into(),
            incoming: false,
            packets: 4120,
            queued: 2,
            dropped: 0,
            lost: 0,
            bitpool: 53,
            depth_ms: 0.0,
            jitter_ms: 1.2,
        }],
        air: Report {
            shares: vec![0.45],
            advice: Some(Advice::Other {
                text: "Plug in another adapter.".into(),
            }),
            warnings: Vec::new(),
        },
        ..Snapshot::default()
    }
}

fn event() -> Event {
    Event {
        time: Nanos::from_secs(1000.0),
        unix_ms: 1_767_225_600_000,
        kind: EventKind::Dropout {
            length: Nanos::from_millis(10.0),
        },
        speaker: Some("left".into()),
        text: "Left tower was silent for 10 ms.".into(),
    }
}

/// Every kind of event.
pub(super) fn events() -> Vec<EventKind> {
    let time = Nanos::from_millis(10.0);
    vec![
        EventKind::Dropout { length: time },
        EventKind::Xrun,
        EventKind::Lost,
        EventKind::Back,
        EventKind::Resync { by: time },
        EventKind::Changed,
        EventKind::Refused,
        EventKind::Info,
    ]
}

fn device_info() -> DeviceInfo {
    DeviceInfo {
        id: FLIP.id(),
        name: "JBL Flip 6".into(),
        direction: Direction::Output,
        kind: DeviceKind::Bluetooth,
        channels: 2,
        rates: vec![44_100, 48_000],
        is_default: false,
        key: FLIP.id(),
        presence: Presence::Ready,
        radio: Radio {
            battery: Some(82),
            signal_dbm: Some(-52),
        },
        latency_ms: Some(190.0),
        inside: Some(Inside {
            ms: 150.0,
            sd_ms: 5.0,
            known: Known::Reported,
        }),
    }
}

fn bluetooth() -> State {
    State {
        pairing: Some(PairingWindow {
            ends_at_ms: 1_767_225_780_000,
            adapters: vec!["hci0".into()],
            paired: vec![VISITOR],
        }),
        requests: vec![Asking {
            id: 3,
            address: VISITOR,
            name: "Echo Show".into(),
            adapter: "hci0".into(),
            what: Asked::Pair,
            verdict: Verdict::Open,
            at_ms: 1_767_225_600_000,
        }],
        owners: vec![Owner {
            name: "WirePlumber".into(),
            pid: Some(1423),
            holds: vec![FLIP],
            evidence: vec!["It has registered for Bluetooth sound.".into()],
            restart_needed: false,
            restart: Some("systemctl --user restart wireplumber".into()),
        }],
        handover: Some(Handover {
            path: "/home/ada/.config/wireplumber/wireplumber.conf.d/51-inphase-bluetooth.conf"
                .into(),
            text: "wireplumber.profiles = { main = { monitor.bluez = disabled } }".into(),
            standing: Standing::Absent,
        }),
        ..home()
    }
}
