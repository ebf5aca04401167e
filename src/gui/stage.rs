//! An invented moment to look at: what an engine would tell of the rig in the
//! design's pictures. For tests, benches and screenshots; no engine runs.

use std::sync::Arc;

use iced::Size;

use super::app::{App, Message, Start};
use super::engines::Which;
use super::link;
use super::prefs::Prefs;
use super::radio;
use crate::bluetooth::simulated;
use crate::bluetooth::state::{Address, State, TransportState};
use crate::devices::{DeviceInfo, DeviceKind, Direction, Presence, Radio};
use crate::engine::Handle;
use crate::engine::handle::Ends;
use crate::engine::snapshot::{
    Event, EventKind, GroupState, Health, OffsetSource, Provenance, Snapshot, SourceState,
    SpeakerState, Stage as PathStage, Transport, ZoneState,
};
use crate::rig::{Output, Rig, Role, Source, Speaker, TestSignal, Timing, Zone};
use crate::store::Paths;
use crate::sync::time::{Nanos, Ppm};

/// A window on an invented engine.
#[derive(Debug)]
pub struct Stage {
    /// The window.
    pub app: App,
    /// The engine's side: what the window sends arrives here.
    pub ends: Ends,
    /// The state that is told next.
    pub snapshot: Snapshot,
}

impl Stage {
    /// A window of this size on this rig and state, themed by `theme`.
    #[must_use]
    pub fn new(rig: Rig, snapshot: Snapshot, devices: Vec<DeviceInfo>, size: Size) -> Self {
        let (handle, ends) = Handle::pair();
        let _old = ends.rigs.send_replace(Arc::new(rig));
        let _old = ends.snapshots.send_replace(Arc::new(snapshot.clone()));
        let mut stage = Self::on(handle, ends, snapshot, size);
        let _task = stage.app.update(Message::Listed(Ok(devices)));
        stage
    }

    fn on(handle: Handle, ends: Ends, snapshot: Snapshot, size: Size) -> Self {
        let prefs = Prefs {
            theme: "dark".into(),
            size: (size.width, size.height),
            ..Prefs::default()
        };
        let paths = Paths::at("/nonexistent");
        let (app, _recall) = App::new(Start {
            handle,
            paths,
            autostart: None,
            install: None,
            raises: None,
            prefs,
            file: None,
            said: Vec::new(),
            which: Which::Own,
            engines: None,
        });
        Self {
            app,
            ends,
            snapshot,
        }
    }

    /// Six speakers in two rooms, all in phase, and an empty third room.
    #[must_use]
    pub fn main(size: Size) -> Self {
        let rig = rig();
        let snapshot = snapshot(&rig, 24.0);
        Self::new(rig, snapshot, devices(), size)
    }

    /// The same after a minute of play, so that plots have something to show.
    #[must_use]
    pub fn after_a_minute(size: Size) -> Self {
        let mut stage = Self::main(size);
        for _ in 0..60 * 20 {
            stage.play(50);
        }
        stage
    }

    /// Nothing set up yet.
    #[must_use]
    pub fn first_run(size: Size) -> Self {
        let snapshot = Snapshot {
            time: Nanos::from_secs(1.0),
            ..Snapshot::default()
        };
        Self::new(Rig::default(), snapshot, devices(), size)
    }

    /// An Echo plays on two speakers in the patio too, over Bluetooth.
    #[must_use]
    pub fn bluetooth(size: Size) -> Self {
        let mut rig = rig();
        rig.source = Some(radio::as_source(simulated::ECHO));
        for (id, name, slot) in [
            ("flip-6", "Flip 6 left", 7),
            ("flip-6-2", "Flip 6 right", 8),
        ] {
            rig.speakers.push(Speaker {
                id: id.into(),
                name: name.into(),
                output: Output {
                    device: format!("room:{id}"),
                    ..Output::default()
                },
                role: Role::Mono,
                slot,
                distance_m: 4.6,
                ..Speaker::default()
            });
            rig.zones[2].speakers.push(id.into());
        }
        let mut snapshot = snapshot(&rig, 212.0);
        snapshot.source = Some(SourceState {
            id: simulated::ECHO.id(),
            title: "Echo Dot".into(),
            rate: 44_100,
            ppm: Some(Ppm(31.4)),
            position_s: None,
            ..snapshot.source.unwrap_or_default()
        });
        let mut home = simulated::home();
        for transport in home
            .devices
            .iter_mut()
            .filter_map(|of| of.transport.as_mut())
        {
            transport.state = TransportState::Active;
            transport.acquired = true;
        }
        snapshot.bluetooth = Some(Arc::new(home));
        let mut stage = Self::new(rig, snapshot, devices(), size);
        stage.play(50);
        stage
    }

    /// Changes what is known of Bluetooth, and tells it.
    pub fn radio(&mut self, change: impl FnOnce(&mut State)) {
        let mut state = self
            .snapshot
            .bluetooth
            .as_deref()
            .cloned()
            .unwrap_or_default();
        change(&mut state);
        self.snapshot.bluetooth = Some(Arc::new(state));
        self.tell();
    }

    /// Lets `ms` milliseconds go by with everything playing on.
    pub fn play(&mut self, ms: i64) {
        self.pass(ms);
        self.tell();
    }

    /// Lets `secs` seconds go by of which only the history hears, twice a second.
    pub fn recall(&mut self, secs: i64) {
        for _ in 0..secs * 2 {
            self.pass(500);
            let history = &mut self.app.shared.link.history;
            history.push_with(&self.snapshot, link::untrimmed);
        }
    }

    fn pass(&mut self, ms: i64) {
        let snapshot = &mut self.snapshot;
        snapshot.time += Nanos(ms * 1_000_000);
        snapshot.unix_ms += ms;
        let secs = snapshot.time.secs();
        for (index, speaker) in snapshot.speakers.iter_mut().enumerate() {
            let phase = secs * (0.31 + 0.07 * index as f64) + index as f64;
            if speaker.offset_us.is_some() {
                let jitter = (secs * 37.0 + index as f64 * 11.0).sin() * 1.8;
                let error = OFFSETS[index % 6] + 4.0 * phase.sin() + jitter;
                speaker.offset_us = Some(error + speaker.trim_us);
            }
            speaker.fill = 0.5 + 0.03 * (phase * 2.3).sin();
            // A lost speaker stays as silent as `lose` left it.
            if speaker.state != Health::Lost {
                speaker.peak_db = -14.0 + 5.0 * (phase * 5.0).sin();
                speaker.rms_db = speaker.peak_db - 6.0;
            }
        }
        if let Some(source) = &mut snapshot.source {
            let swell = (secs * 2.6).sin() * 7.0 + (secs * 9.1).sin() * 3.0;
            source.peak_db = vec![-14.0 + swell, -15.0 + swell];
        }
    }

    /// Tells the window the state and lets it tick.
    pub fn tell(&mut self) {
        let _old = self
            .ends
            .snapshots
            .send_replace(Arc::new(self.snapshot.clone()));
        let now = self.app.shared.now + std::time::Duration::from_millis(50);
        let _task = self.app.update(Message::Ticked(now));
    }

    /// Something happens to a speaker.
    pub fn event(&mut self, kind: EventKind, speaker: Option<&str>, text: &str) {
        let event = Event {
            time: self.snapshot.time,
            unix_ms: self.snapshot.unix_ms,
            kind,
            speaker: speaker.map(Into::into),
            text: text.into(),
        };
        // The window listens as long as the stage lives.
        let _listeners = self.ends.events.send(event);
        self.tell();
    }

    /// A speaker loses its link.
    pub fn lose(&mut self, id: &str) {
        for speaker in &mut self.snapshot.speakers {
            if speaker.id == id {
                speaker.state = Health::Lost;
                speaker.offset_us = None;
                speaker.problem = Some("Link lost, reconnecting. The signal was weak.".into());
                speaker.peak_db = -120.0;
            }
        }
        let name = id.replace('-', " ");
        self.event(EventKind::Lost, Some(id), &format!("{name} lost its link."));
    }
}

/// The rig of the design's pictures.
#[must_use]
pub fn rig() -> Rig {
    let speaker = |id: &str, name: &str, role, slot: u8| Speaker {
        id: id.into(),
        name: name.into(),
        output: Output {
            device: format!("room:{id}"),
            channels: Vec::new(),
            key: format!("room:{id}"),
        },
        role,
        slot,
        distance_m: 2.8,
        trim_us: if slot == 1 { 180 } else { 0 },
        gain_db: if slot == 1 { -1.5 } else { 0.0 },
        ..Speaker::default()
    };
    let zone = |id: &str, name: &str, gain_db, speakers: &[&str]| Zone {
        id: id.into(),
        name: name.into(),
        gain_db,
        speakers: speakers.iter().map(|&id| id.into()).collect(),
        ..Zone::default()
    };
    Rig {
        name: "Home".into(),
        source: Some(Source::Test {
            signal: TestSignal::Pink,
        }),
        speakers: vec![
            speaker("left-tower", "Left tower", Role::L, 1),
            speaker("right-tower", "Right tower", Role::R, 2),
            speaker("sub", "Sub", Role::Sub, 3),
            speaker("tv-bar", "TV bar", Role::Mono, 4),
            speaker("shelf-left", "Shelf left", Role::L, 5),
            speaker("shelf-right", "Shelf right", Role::R, 6),
        ],
        zones: vec![
            zone(
                "living-room",
                "Living room",
                -4.0,
                &["left-tower", "right-tower", "sub", "tv-bar"],
            ),
            zone("kitchen", "Kitchen", -9.0, &["shelf-left", "shelf-right"]),
            zone("patio", "Patio", 0.0, &[]),
        ],
        ..Rig::default()
    }
}

/// A house of 32 speakers in 6 zones.
#[must_use]
pub fn house() -> Rig {
    let speaker = |n: usize| Speaker {
        id: format!("s{n}"),
        name: format!("Speaker number {n} by the window"),
        output: Output {
            device: format!("room:s{n}"),
            channels: Vec::new(),
            key: format!("room:s{n}"),
        },
        role: Role::Stereo,
        slot: (n + 1) as u8,
        ..Speaker::default()
    };
    let zone = |z: usize| Zone {
        id: format!("z{z}"),
        name: format!("Room {z}"),
        speakers: (0..32)
            .filter(|n| n % 6 == z)
            .map(|n| format!("s{n}"))
            .collect(),
        ..Zone::default()
    };
    Rig {
        speakers: (0..32).map(speaker).collect(),
        zones: (0..6).map(zone).collect(),
        ..rig()
    }
}

/// All of a rig's placed speakers in phase at one target latency.
#[must_use]
pub fn snapshot(rig: &Rig, target_ms: f64) -> Snapshot {
    let stage = |name: &str, ms| PathStage {
        name: name.into(),
        ms,
        provenance: Provenance::Computed,
    };
    let speakers = rig.speakers.iter().enumerate().map(|(index, speaker)| {
        let placed = rig.zone_of(&speaker.id).is_some();
        let own = PATHS[index % PATHS.len()];
        SpeakerState {
            id: speaker.id.clone(),
            role: speaker.role,
            state: if placed {
                Health::InPhase
            } else {
                Health::Ready
            },
            offset_us: placed.then_some(OFFSETS[index % OFFSETS.len()] + speaker.trim_us as f64),
            offset_sd_us: 3.0,
            offset_source: OffsetSource::Clock,
            path: vec![
                stage("source buffer", own - 11.0),
                stage("device buffer", 2.8),
                stage("air", 8.2),
            ],
            alignment_us: (target_ms - own) * 1000.0,
            trim_us: speaker.trim_us as f64,
            ppm: Some(Ppm(DRIFTS[index % DRIFTS.len()])),
            ppm_sd: 0.4,
            fill: 0.5,
            peak_db: -14.0,
            rms_db: -20.0,
            ..SpeakerState::default()
        }
    });
    let zone = |zone: &Zone| ZoneState {
        id: zone.id.clone(),
        spread_us: (!zone.speakers.is_empty()).then_some(if zone.id == "kitchen" {
            11.0
        } else {
            16.0
        }),
        playing: zone.speakers.len() as u32,
        total: zone.speakers.len() as u32,
    };
    Snapshot {
        time: Nanos::from_secs(1000.0),
        unix_ms: 1_700_000_000_000,
        revision: 1,
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
            zones: rig
                .zones
                .iter()
                .filter(|zone| !zone.speakers.is_empty())
                .map(|zone| zone.id.clone())
                .collect(),
            timing: Timing::InSync,
            target_ms,
            spread_us: Some(18.0),
        }],
        zones: rig.zones.iter().map(zone).collect(),
        speakers: speakers.collect(),
        ..Snapshot::default()
    }
}

/// The devices of the design's pictures.
#[must_use]
pub fn devices() -> Vec<DeviceInfo> {
    let device = |id: &str, name: &str, kind, latency_ms| DeviceInfo {
        id: format!("room:{id}"),
        name: name.into(),
        direction: Direction::Output,
        kind,
        channels: 2,
        rates: vec![48_000],
        is_default: false,
        key: format!("room:{id}"),
        presence: Presence::Ready,
        radio: Radio::default(),
        latency_ms,
        inside: None,
    };
    let radio = |battery, signal_dbm, device: DeviceInfo| DeviceInfo {
        radio: Radio {
            battery: Some(battery),
            signal_dbm: Some(signal_dbm),
        },
        ..device
    };
    let absent = |presence, device: DeviceInfo| DeviceInfo { presence, ..device };
    let keyed = |address: Address, device: DeviceInfo| DeviceInfo {
        key: address.id(),
        ..device
    };
    vec![
        device("left-tower", "USB DAC", DeviceKind::Usb, Some(9.0)),
        device("right-tower", "USB DAC 2", DeviceKind::Usb, Some(9.0)),
        device("sub", "Line out", DeviceKind::Card, Some(4.0)),
        device("tv-bar", "HDMI 1", DeviceKind::Hdmi, Some(6.0)),
        device("shelf-left", "USB DAC 3", DeviceKind::Usb, Some(7.0)),
        device("shelf-right", "USB DAC 4", DeviceKind::Usb, Some(7.0)),
        keyed(
            simulated::FLIP,
            radio(
                82,
                -52,
                device("flip-6", "JBL Flip 6", DeviceKind::Bluetooth, Some(190.0)),
            ),
        ),
        keyed(
            simulated::SECOND_FLIP,
            radio(
                64,
                -71,
                device(
                    "flip-6-2",
                    "JBL Flip 6 (2)",
                    DeviceKind::Bluetooth,
                    Some(190.0),
                ),
            ),
        ),
        keyed(
            simulated::BOOM,
            absent(
                Presence::Unpaired,
                device("boom-3", "UE Boom 3", DeviceKind::Bluetooth, None),
            ),
        ),
        device(
            "line-out-rear",
            "Line out rear",
            DeviceKind::Card,
            Some(3.1),
        ),
        absent(
            Presence::Off,
            device("hdmi-2", "HDMI 2 projector", DeviceKind::Hdmi, None),
        ),
        absent(
            Presence::Offline,
            device("bedroom-pi", "Bedroom Pi", DeviceKind::Network, None),
        ),
    ]
}

const OFFSETS: [f64; 6] = [6.0, -4.0, 9.0, -7.0, 2.0, -9.0];
const PATHS: [f64; 6] = [19.8, 19.4, 12.2, 15.0, 13.6, 13.2];
const DRIFTS: [f64; 6] = [12.4, 13.6, -3.8, -18.2, 6.3, 4.2];
