//! What there is to show, in the words of the interface: made from rig,
//! snapshot and devices 5 times a second, so that numbers can be read. Pure.
//!
//! Meters and needles move faster and are read from the snapshot itself.

use super::drag::Payload;
use super::icon::{self, Icon};
use super::radio::{self, Standing};
use crate::bluetooth::state::{Address, Device, Player, PlayerStatus, State};
use crate::bluetooth::words::{self, Agreed};
use crate::devices::{DeviceInfo, DeviceKind, Direction, Presence, Radio};
use crate::engine::health::{HealthLine, severity};
use crate::engine::snapshot::{
    GroupState, Health, OffsetSource, Provenance, Snapshot, SpeakerState, Stage, Transport,
};
use crate::engine::{format, history};
use crate::rig::{Rig, Role, Source, Speaker, SpeakerId, TestSignal, Timing, Zone, ZoneId};
use crate::sync::time::Nanos;

/// Everything there is to show.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// The source.
    pub source: SourceView,
    /// The zones in the user's order.
    pub zones: Vec<ZoneView>,
    /// What is in no zone, by family; families without rows are there too.
    pub rail: Vec<RailGroup>,
    /// The one line that says it all.
    pub line: HealthLine,
    /// Whether sound is wanted: playing, starting or waiting for the source.
    pub active: bool,
    /// Whether something goes on over Bluetooth that shall be seen going on.
    pub busy: bool,
}

/// The source.
#[derive(Debug, Clone)]
pub struct SourceView {
    /// What it looks like.
    pub icon: Icon,
    /// Its name, or what to do when there is none.
    pub name: String,
    /// Format and kind, such as `File · 44.1 kHz · stereo`.
    pub detail: String,
    /// What it does: `Playing`, `Paused`, …; empty when none is chosen.
    pub word: &'static str,
    /// What the transport does.
    pub transport: Transport,
    /// Whether one is chosen.
    pub chosen: bool,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Zones that have speakers.
    pub zones: usize,
    /// Where it is, when it plays over Bluetooth.
    pub address: Option<Address>,
    /// Its player, where it has one.
    pub player: Option<Player>,
    /// Title and artist, such as `Blue Monday · New Order`; empty when not told.
    pub track: String,
}

impl Default for SourceView {
    fn default() -> Self {
        Self {
            icon: Icon::Plug,
            name: String::new(),
            detail: String::new(),
            word: "",
            transport: Transport::Stopped,
            chosen: false,
            problem: None,
            zones: 0,
            address: None,
            player: None,
            track: String::new(),
        }
    }
}

/// A zone.
#[derive(Debug, Clone)]
pub struct ZoneView {
    /// Its id.
    pub id: ZoneId,
    /// What the user calls it.
    pub name: String,
    /// Its gain, such as `−4 dB`.
    pub gain: String,
    /// Silenced by the user.
    pub muted: bool,
    /// With the others or on its own.
    pub timing: Timing,
    /// Its worst speaker; `Ready` when it is empty.
    pub mark: Mark,
    /// Spread such as `16 µs`, or `1 of 2` when not all play, or `empty`.
    pub note: String,
    /// Latency of its group, such as `24.0 ms`; empty while nothing plays.
    pub latency: String,
    /// Sound flows to it.
    pub flows: bool,
    /// Its speakers in the user's order.
    pub nodes: Vec<NodeView>,
}

/// A speaker in a zone.
#[derive(Debug, Clone)]
pub struct NodeView {
    /// Its id.
    pub id: SpeakerId,
    /// What the user calls it.
    pub name: String,
    /// Identity colour, 1 and up.
    pub slot: u8,
    /// What it plays.
    pub role: Role,
    /// What its device looks like.
    pub icon: Icon,
    /// How it is.
    pub mark: Mark,
    /// How far it is off, without the user's trim, µs.
    pub error_us: Option<f64>,
    /// One standard deviation of it, µs.
    pub sd_us: f64,
    /// The same as text, such as `+6 µs`.
    pub offset: String,
    /// Latency from source to ear, such as `24.0 ms`.
    pub latency: String,
    /// What is wrong, short, in place of the latency.
    pub problem: Option<String>,
    /// Silenced by the user.
    pub muted: bool,
    /// The only one that sounds, by the user.
    pub solo: bool,
    /// Bit-exact on the source's clock.
    pub locked: bool,
    /// Meters: 1 for a mono role, 2 for stereo.
    pub meters: u8,
}

/// How something is: which of the shapes stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// Filled disc with a tick.
    InPhase,
    /// Ring with a dot: in phase as far as can be known without a microphone.
    Estimated,
    /// Triangle with an exclamation mark.
    Drifting,
    /// Diamond with a cross.
    Out,
    /// Open ring, turning.
    Connecting,
    /// Ring.
    #[default]
    Ready,
    /// Ring with a slash.
    Off,
}

impl Mark {
    /// The word that goes with the shape.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::InPhase => "in phase",
            Self::Estimated => "in phase, estimated",
            Self::Drifting => "drifting",
            Self::Out => "out or lost",
            Self::Connecting => "connecting",
            Self::Ready => "ready",
            Self::Off => "muted or off",
        }
    }

    /// Of a speaker.
    #[must_use]
    pub fn of(state: &SpeakerState) -> Self {
        match state.state {
            Health::InPhase if is_estimated(state) => Self::Estimated,
            Health::InPhase => Self::InPhase,
            Health::Drifting => Self::Drifting,
            Health::Out | Health::Lost => Self::Out,
            Health::Connecting => Self::Connecting,
            Health::Ready => Self::Ready,
            Health::Muted => Self::Off,
        }
    }
}

/// What the rail sorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Over the air.
    Bluetooth,
    /// USB, HDMI, line-out and sinks of the sound server.
    Wired,
    /// Over the network.
    Network,
}

impl Family {
    /// In the order of the rail.
    pub const ALL: [Self; 3] = [Self::Bluetooth, Self::Wired, Self::Network];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Bluetooth => "Bluetooth",
            Self::Wired => "USB and wired",
            Self::Network => "Network",
        }
    }

    /// Its icon.
    #[must_use]
    pub fn icon(self) -> Icon {
        match self {
            Self::Bluetooth => Icon::Bluetooth,
            Self::Wired => Icon::Cable,
            Self::Network => Icon::Network,
        }
    }

    fn of(device: &DeviceInfo) -> Self {
        match device.kind {
            DeviceKind::Bluetooth => Self::Bluetooth,
            DeviceKind::Network => Self::Network,
            _ => Self::Wired,
        }
    }
}

/// A family of the rail.
#[derive(Debug, Clone)]
pub struct RailGroup {
    /// Which one.
    pub family: Family,
    /// What is in no zone.
    pub rows: Vec<RailRow>,
}

/// Something that can be dragged into a zone, or says why not.
#[derive(Debug, Clone)]
pub struct RailRow {
    /// What is carried when it is dragged.
    pub payload: Payload,
    /// What it is called.
    pub name: String,
    /// State, and the latency to expect where it is known.
    pub detail: String,
    /// Its kind's icon.
    pub icon: Icon,
    /// How it is.
    pub mark: Mark,
    /// Whether it can be used, and so dragged.
    pub presence: Presence,
    /// Battery and signal.
    pub radio: Radio,
    /// Its identity colour, if it has one already.
    pub slot: Option<u8>,
    /// Where it is, when it is a device that Bluetooth knows.
    pub address: Option<Address>,
    /// It was taken out and is tried again later.
    pub aside: bool,
}

impl RailRow {
    /// The address to pair, while that is what is to be done with it.
    #[must_use]
    pub fn pairable(&self) -> Option<Address> {
        let free = self.presence == Presence::Unpaired && self.mark != Mark::Connecting;
        self.address.filter(|_| free)
    }
}

impl Scene {
    /// Makes it. `silent` is for how long the source has delivered nothing.
    #[must_use]
    pub fn new(rig: &Rig, snapshot: &Snapshot, devices: &[DeviceInfo], silent: Nanos) -> Self {
        let active = !matches!(snapshot.transport, Transport::Stopped | Transport::Paused);
        Self {
            source: source(rig, snapshot, devices),
            zones: rig
                .zones
                .iter()
                .map(|of| zone(rig, of, snapshot, devices, active))
                .collect(),
            rail: rail(rig, devices, snapshot.bluetooth.as_deref()),
            line: HealthLine::new(snapshot, rig, silent),
            active,
            busy: snapshot.bluetooth.as_deref().is_some_and(radio::is_busy),
        }
    }

    /// The node of this speaker, and its zone.
    #[must_use]
    pub fn node(&self, speaker: &str) -> Option<(&ZoneView, &NodeView)> {
        self.zones.iter().find_map(|zone| {
            let node = zone.nodes.iter().find(|node| node.id == speaker)?;
            Some((zone, node))
        })
    }

    /// The row of the rail that carries this.
    #[must_use]
    pub fn row(&self, payload: &Payload) -> Option<&RailRow> {
        let mut rows = self.rail.iter().flat_map(|group| &group.rows);
        rows.find(|row| row.payload == *payload)
    }
}

/// A path in milliseconds, all stages.
#[must_use]
pub fn path_ms(state: &SpeakerState) -> f64 {
    state.path.iter().map(|stage| stage.ms).sum()
}

fn is_estimated(state: &SpeakerState) -> bool {
    let assumed = |stage: &Stage| stage.provenance == Provenance::Assumed;
    state.offset_source == OffsetSource::Estimate
        || (state.offset_source != OffsetSource::Microphone && state.path.iter().any(assumed))
}

fn source(rig: &Rig, snapshot: &Snapshot, devices: &[DeviceInfo]) -> SourceView {
    let zones = rig.zones.iter().filter(|zone| !zone.speakers.is_empty());
    let Some(chosen) = &rig.source else {
        return SourceView {
            name: "Choose a source".into(),
            detail: if snapshot.bluetooth.is_some() {
                "Echo, line in, desktop, file or test signal".into()
            } else {
                "Line in, desktop, file or test signal".into()
            },
            zones: zones.count(),
            ..SourceView::default()
        };
    };
    let state = snapshot.source.as_ref();
    let address = radio::of_source(chosen);
    let device = address.and_then(|address| snapshot.bluetooth.as_ref()?.device(address));
    let player = device.and_then(|device| device.player.clone());
    let mut detail = vec![kind_words(chosen).to_owned()];
    detail.extend(device.and_then(codec));
    if let Some(state) = state.filter(|state| state.rate > 0) {
        detail.push(rate(state.rate));
        detail.push(channel_words(state.channels));
    }
    SourceView {
        icon: icon::of_source(chosen),
        name: source_name(chosen, snapshot, devices),
        detail: detail.join(" · "),
        word: match snapshot.transport {
            Transport::Playing | Transport::Waiting if halts(player.as_ref()) => "Paused",
            Transport::Stopped => "Stopped",
            Transport::Starting => "Starting",
            Transport::Playing => "Playing",
            Transport::Paused => "Paused",
            Transport::Waiting => "Silent",
        },
        transport: snapshot.transport,
        chosen: true,
        problem: state.and_then(|state| state.problem.clone()),
        zones: zones.count(),
        address,
        track: player.as_ref().map_or_else(String::new, track),
        player,
    }
}

/// The source's own player was paused.
fn halts(player: Option<&Player>) -> bool {
    player.is_some_and(|player| player.status == PlayerStatus::Paused)
}

/// `SBC 328 kb/s`.
fn codec(device: &Device) -> Option<String> {
    device.transport.as_ref().map(|of| Agreed::of(of).codec())
}

/// Title and artist, as far as they are told.
fn track(player: &Player) -> String {
    let told = [&player.title, &player.artist].into_iter();
    let told: Vec<&str> = told
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
        .collect();
    told.join(" · ")
}

fn source_name(source: &Source, snapshot: &Snapshot, devices: &[DeviceInfo]) -> String {
    let device_name = |id: &str| {
        let device = devices.iter().find(|device| device.id == *id);
        device.map_or_else(|| id.to_owned(), |device| device.name.clone())
    };
    let told =
        radio::of_source(source).and_then(|address| snapshot.bluetooth.as_ref()?.device(address));
    match source {
        Source::Capture { .. } if told.is_some() => told.map(radio::name).unwrap_or_default(),
        Source::Capture { .. } if radio::of_source(source).is_some() => {
            let title = snapshot.source.as_ref().map(|state| state.title.clone());
            let title = title.filter(|title| !title.is_empty());
            title.unwrap_or_else(|| "Bluetooth".into())
        }
        Source::Capture { device } => device_name(device),
        Source::Monitor { sink } => device_name(sink),
        Source::Desktop => "Desktop audio".into(),
        Source::Pipe { path, .. } if path == "-" => "Standard input".into(),
        Source::Pipe { path, .. } => file_name(path),
        Source::Files { paths, .. } => {
            let title = snapshot.source.as_ref().map(|state| state.title.clone());
            title
                .filter(|title| !title.is_empty())
                .or_else(|| paths.first().map(|path| file_name(path)))
                .unwrap_or_default()
        }
        Source::Test { signal } => test_name(*signal).into(),
    }
}

/// What a test signal is called.
#[must_use]
pub fn test_name(signal: TestSignal) -> &'static str {
    match signal {
        TestSignal::Clicks => "Clicks",
        TestSignal::Pink => "Pink noise",
        TestSignal::Sine => "Sine, 997 Hz",
        TestSignal::Left => "Left channel only",
        TestSignal::Right => "Right channel only",
        TestSignal::Both => "Both channels alike",
        TestSignal::AntiPhase => "Right channel inverted",
        TestSignal::Sweep => "Sweep, 20 Hz to 20 kHz",
    }
}

fn kind_words(source: &Source) -> &'static str {
    match source {
        Source::Files { .. } => "File",
        Source::Capture { .. } if radio::of_source(source).is_some() => "Bluetooth",
        Source::Capture { .. } => "Line in",
        Source::Desktop => "All programs",
        Source::Monitor { .. } => "What a sink plays",
        Source::Pipe { .. } => "Pipe",
        Source::Test { .. } => "Test signal",
    }
}

fn rate(hz: u32) -> String {
    format!("{} kHz", f64::from(hz) / 1000.0)
}

fn channel_words(channels: u16) -> String {
    match channels {
        1 => "mono".into(),
        2 => "stereo".into(),
        more => format!("{more} channels"),
    }
}

fn file_name(path: &str) -> String {
    let name = std::path::Path::new(path).file_name();
    name.map_or_else(|| path.into(), |name| name.to_string_lossy().into_owned())
}

fn zone(
    rig: &Rig,
    zone: &Zone,
    snapshot: &Snapshot,
    devices: &[DeviceInfo],
    active: bool,
) -> ZoneView {
    let group = snapshot
        .groups
        .iter()
        .find(|group| group.zones.contains(&zone.id));
    let nodes: Vec<NodeView> = zone
        .speakers
        .iter()
        .filter_map(|id| {
            let target = group.map(|group| group.target_ms);
            Some(node(rig.speaker(id)?, snapshot, devices, target))
        })
        .collect();
    let states = || {
        let of_zone = |state: &&SpeakerState| zone.speakers.contains(&state.id);
        snapshot.speakers.iter().filter(of_zone)
    };
    let worst = states().max_by_key(|state| severity(state.state));
    let estimated = nodes.iter().any(|node| node.mark == Mark::Estimated);
    let mark = match worst.map(Mark::of) {
        Some(Mark::InPhase) if estimated => Mark::Estimated,
        other => other.unwrap_or_default(),
    };
    let state = snapshot.zones.iter().find(|state| state.id == zone.id);
    let playing = states().filter(|state| matches!(state.state, Health::InPhase | Health::Muted));
    let (playing, total) = (playing.count(), zone.speakers.len());
    // As in the health line, what the user silenced is not missing.
    let muted = states().filter(|state| state.state == Health::Muted);
    let muted = muted.count();
    let (heard, wanted) = (playing - muted, total.saturating_sub(muted));
    let note = if total == 0 {
        "empty".into()
    } else if !active || wanted == 0 {
        String::new()
    } else if heard < wanted {
        format!("{heard} of {wanted}")
    } else {
        let spread = state.and_then(|state| state.spread_us);
        spread.map_or_else(String::new, format::spread)
    };
    ZoneView {
        id: zone.id.clone(),
        name: zone.label().to_owned(),
        gain: format::level(zone.gain_db),
        muted: zone.muted,
        timing: zone.timing,
        mark,
        note,
        latency: group
            .filter(|_| active && total > 0)
            .map_or_else(String::new, |group| format::latency(group.target_ms)),
        flows: active && total > 0 && playing > 0,
        nodes,
    }
}

fn node(
    speaker: &Speaker,
    snapshot: &Snapshot,
    devices: &[DeviceInfo],
    target_ms: Option<f64>,
) -> NodeView {
    let blank = SpeakerState::default();
    let state = snapshot.speakers.iter().find(|of| of.id == speaker.id);
    let state = state.unwrap_or(&blank);
    let device = devices.iter().find(|of| of.id == speaker.output.device);
    let kind = device.map_or(DeviceKind::Unknown, |device| device.kind);
    let sounds = !matches!(
        state.state,
        Health::Ready | Health::Lost | Health::Connecting
    );
    // The user's own trim is no error.
    let error_us = state.offset_us.map(|us| us - state.trim_us);
    let mark = Mark::of(state);
    let source = if mark == Mark::Estimated {
        OffsetSource::Estimate
    } else {
        state.offset_source
    };
    NodeView {
        id: speaker.id.clone(),
        name: speaker.label().to_owned(),
        slot: speaker.slot,
        role: speaker.role,
        icon: icon::of_device(kind),
        mark,
        error_us: error_us.filter(|_| sounds),
        sd_us: state.offset_sd_us,
        offset: format::offset(error_us.filter(|_| sounds), source),
        latency: target_ms
            .filter(|_| sounds)
            .map_or_else(|| format!("{} ms", format::MISSING), format::latency),
        problem: reconnecting(speaker, state, snapshot, devices).or_else(|| short_problem(state)),
        muted: speaker.muted,
        solo: speaker.solo,
        locked: state.locked,
        meters: if speaker.role == Role::Stereo { 2 } else { 1 },
    }
}

/// `Reconnecting, try 2`, or `Set aside until 12:31`, while a lost Bluetooth speaker is tried again.
fn reconnecting(
    speaker: &Speaker,
    state: &SpeakerState,
    snapshot: &Snapshot,
    devices: &[DeviceInfo],
) -> Option<String> {
    let told = snapshot.bluetooth.as_ref()?;
    let address = radio::of_speaker(speaker, devices).filter(|_| state.state == Health::Lost)?;
    let retry = told.device(address)?.retry?;
    if let Some((until, _)) = words::set_aside(&retry) {
        return Some(until);
    }
    Some(format!("Reconnecting, try {}", retry.failed + 1))
}

/// What fits on a node.
fn short_problem(state: &SpeakerState) -> Option<String> {
    match state.state {
        Health::Lost => Some(state.problem.as_deref().map_or_else(
            || "Link lost, reconnecting".into(),
            |problem| radio::first_sentence(problem).to_owned(),
        )),
        _ => state
            .problem
            .as_deref()
            .map(|problem| radio::first_sentence(problem).to_owned()),
    }
}

fn rail(rig: &Rig, devices: &[DeviceInfo], bluetooth: Option<&State>) -> Vec<RailGroup> {
    let mut groups: Vec<RailGroup> = Family::ALL
        .map(|family| RailGroup {
            family,
            rows: Vec::new(),
        })
        .into();
    let mut add = |family: Family, row: RailRow| {
        let group = groups.iter_mut().find(|group| group.family == family);
        if let Some(group) = group {
            group.rows.push(row);
        }
    };
    for speaker in rig.on_the_rail() {
        let device = devices.iter().find(|of| of.id == speaker.output.device);
        let payload = Payload::Speaker(speaker.id.clone());
        let mut row = row(payload, speaker.label().to_owned(), device);
        row.slot = Some(speaker.slot);
        row.address = radio::of_speaker(speaker, devices);
        let family = match row.address {
            Some(_) => Family::Bluetooth,
            None => device.map_or(Family::Wired, Family::of),
        };
        add(family, told(row, bluetooth));
    }
    let used = |id: &str| rig.speakers.iter().any(|of| of.output.device == id);
    for device in devices {
        if device.direction == Direction::Output && !used(&device.id) {
            let payload = Payload::Device(device.id.clone());
            let mut row = row(payload, device.name.clone(), Some(device));
            row.address = radio::of_info(device);
            add(Family::of(device), told(row, bluetooth));
        }
    }
    groups
}

/// The same, as Bluetooth tells it: that is newer than the list of devices.
fn told(row: RailRow, bluetooth: Option<&State>) -> RailRow {
    let known = bluetooth.and_then(|state| Some((state, state.device(row.address?)?)));
    let Some((state, device)) = known else {
        return RailRow {
            address: None,
            ..row
        };
    };
    let standing = Standing::of(device, state);
    let latency = row.detail.split_once(" · ").map(|(_, latency)| latency);
    RailRow {
        detail: match latency {
            Some(latency) if standing.mark == Mark::Ready && device.paired => {
                format!("{} · {latency}", standing.words)
            }
            _ => standing.words,
        },
        mark: standing.mark,
        presence: radio::presence(device),
        aside: radio::is_aside(device),
        radio: Radio {
            battery: device.battery.or(row.radio.battery),
            signal_dbm: device.rssi.or(row.radio.signal_dbm),
        },
        ..row
    }
}

fn row(payload: Payload, name: String, device: Option<&DeviceInfo>) -> RailRow {
    let presence = device.map_or(Presence::Offline, |device| device.presence);
    let (word, mark) = match presence {
        Presence::Ready => ("Ready", Mark::Ready),
        Presence::Unpaired => ("Not paired", Mark::Ready),
        Presence::Off => ("Switched off", Mark::Off),
        Presence::Offline if device.is_none() => ("Not connected", Mark::Off),
        Presence::Offline => ("Offline", Mark::Off),
    };
    let latency = device
        .filter(|_| presence == Presence::Ready)
        .and_then(|device| device.latency_ms);
    let kind = device.map_or(DeviceKind::Unknown, |device| device.kind);
    RailRow {
        payload,
        name,
        detail: latency.map_or_else(
            || word.to_owned(),
            |ms| {
                let about = if kind == DeviceKind::Bluetooth {
                    "≈ "
                } else {
                    ""
                };
                format!("{word} · {about}{}", format::latency(ms))
            },
        ),
        icon: icon::of_device(kind),
        mark,
        presence,
        radio: device.map_or_else(Radio::default, |device| device.radio),
        slot: None,
        address: None,
        aside: false,
    }
}

/// How the group of a zone is called in the history.
#[must_use]
pub fn group_of(snapshot: &Snapshot, zone: &str) -> Option<String> {
    let holds = |group: &&GroupState| group.zones.iter().any(|of| of == zone);
    snapshot.groups.iter().find(holds).map(history::group_id)
}
