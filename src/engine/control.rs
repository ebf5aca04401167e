//! The control task: takes commands, keeps devices and source as the rig wants
//! them, starts all speakers together, and tells the world what is. Runs on
//! one thread; nothing here blocks for longer than a tick.

mod commands;
mod compare;
mod latency;
mod radio;
mod relist;
mod start;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::clock::{now, unix_ms};
use super::handle::{Ends, Query};
use super::observer::{Observer, View};
use super::output::{Happening, Opened, Output, Phase};
use super::snapshot::{Event, EventKind, Snapshot, Transport};
use super::source::{Active, InputOpened, SourceEvent};
use crate::bluetooth::Bluetooth;
use crate::devices::watch::{Changes, Devices, Listing};
use crate::devices::{DeviceError, DeviceInfo, Want, realtime, stable};
use crate::rig::{Rig, Source, Speaker, SpeakerId, plan::lanes};
use crate::sync::kernel::{Kernel, Quality};
use crate::sync::lane::LaneEvent;
use crate::sync::time::Nanos;
pub use commands::Desk;
use latency::{Latency, inside};
use radio::{Outcome, Radio};
use relist::Relist;
use start::Progress;

/// The control task's state.
pub(super) struct Control {
    desk: Desk,
    ends: Ends,
    registry: Devices,
    changes: Option<Changes>,
    devices: Vec<DeviceInfo>,
    listed: (Sender<Listing>, Receiver<Listing>),
    relist: Relist,
    /// Why devices are missing in the last listing.
    unlisted: Vec<DeviceError>,
    /// When devices were listed last.
    asked: Nanos,
    outputs: BTreeMap<String, Output>,
    feed_ids: BTreeMap<String, u64>,
    opened: (Sender<Opened>, Receiver<Opened>),
    input_opened: (Sender<InputOpened>, Receiver<InputOpened>),
    source: Option<Active>,
    source_of: Option<Source>,
    retired: Option<(Nanos, Active)>,
    kernels: BTreeMap<(u32, u32), Arc<Kernel>>,
    transport: Transport,
    since: Nanos,
    progress: Progress,
    latency: Latency,
    observer: Observer,
    ticks: u64,
    quit: Option<Nanos>,
    demo: bool,
    comparing: Option<Comparison>,
    bluetooth: Option<Bluetooth>,
    radio: Radio,
    outcomes: (Sender<Outcome>, Receiver<Outcome>),
}

/// A speaker that is heard without its trim for a while.
#[derive(Debug)]
struct Comparison {
    speaker: SpeakerId,
    ends: Nanos,
}

impl Control {
    pub(super) fn new(
        desk: Desk,
        ends: Ends,
        registry: Devices,
        changes: Option<Changes>,
        observer: Observer,
        demo: bool,
        bluetooth: Option<Bluetooth>,
    ) -> Self {
        Self {
            desk,
            ends,
            registry,
            changes,
            devices: Vec::new(),
            listed: channel(),
            relist: Relist::default(),
            unlisted: Vec::new(),
            asked: Nanos::ZERO,
            outputs: BTreeMap::new(),
            feed_ids: BTreeMap::new(),
            opened: channel(),
            input_opened: channel(),
            source: None,
            source_of: None,
            retired: None,
            kernels: BTreeMap::new(),
            transport: Transport::Stopped,
            since: now(),
            progress: Progress::default(),
            latency: Latency::default(),
            observer,
            ticks: 0,
            quit: None,
            demo,
            comparing: None,
            bluetooth,
            radio: Radio::default(),
            outcomes: channel(),
        }
    }

    /// Tells what was `said` while loading, then runs until told to quit or until
    /// every handle is gone.
    pub(super) async fn run(mut self, said: Vec<String>) {
        for text in said {
            self.event(EventKind::Info, None, text);
        }
        if let Err(error) = realtime::catch_overruns() {
            tracing::debug!("SIGXCPU is not caught: {error}");
        }
        self.rescan();
        self.rig_changed();
        let mut tick = tokio::time::interval(Duration::from_millis(TICK_MS));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = tick.tick() => self.tick(),
                command = self.ends.commands.recv() => match command {
                    Some(envelope) => self.take(envelope),
                    None => return,
                },
                Some(query) = self.ends.queries.recv() => self.answer(query),
            }
            if self.quit.is_some_and(|then| now() > then) {
                let _told_too_late = self.desk.save_now(&self.outputs);
                return;
            }
            if self.is_idle() {
                self.doze(&mut tick).await;
            }
        }
    }

    /// Idle ticks are rare: nothing is open that wants looking after.
    async fn doze(&mut self, tick: &mut tokio::time::Interval) {
        let pause = if self.transport == Transport::Waiting {
            WAITING_TICK_MS
        } else {
            IDLE_TICK_MS
        };
        tokio::select! {
            biased;
            command = self.ends.commands.recv() => {
                if let Some(envelope) = command {
                    self.take(envelope);
                } else {
                    self.quit = Some(Nanos::ZERO);
                }
            }
            Some(query) = self.ends.queries.recv() => self.answer(query),
            () = tokio::time::sleep(Duration::from_millis(pause)) => {}
        }
        tick.reset_immediately();
    }

    fn is_idle(&self) -> bool {
        let calm = match self.transport {
            Transport::Stopped | Transport::Paused => true,
            Transport::Waiting => self.progress.resting(),
            Transport::Starting | Transport::Playing => false,
        };
        calm && self.quit.is_none()
            && self
                .outputs
                .values()
                .all(|output| matches!(output.phase, Phase::Closed))
    }

    fn tick(&mut self) {
        let time = now();
        self.ticks += 1;
        self.take_openings(time);
        self.poll_outputs(time);
        self.poll_source(time);
        self.follow_radio();
        self.poll_bluetooth(time);
        self.open_and_close(time);
        self.feed();
        self.advance(time);
        if self.retired.as_ref().is_some_and(|(then, _)| time > *then) {
            self.retired = None;
        }
        if self.demo && time - self.asked > DEMO_LISTS {
            self.rescan();
        }
        self.take_listing();
        self.end_comparison(time);
        if let Some(trouble) = self.desk.save_when_due(time, &self.outputs) {
            self.event(EventKind::Refused, None, trouble);
        }
        if self.ticks.is_multiple_of(SNAPSHOT_TICKS) {
            self.publish(time);
        }
    }

    fn take_openings(&mut self, time: Nanos) {
        while let Ok(opened) = self.opened.1.try_recv() {
            let id = opened.id.clone();
            if let Some(output) = self.outputs.get_mut(&id)
                && let Some(happening) = output.opened(opened, time)
            {
                self.happened(&id, &happening, time);
            }
            self.reseat();
        }
        while let Ok(opened) = self.input_opened.1.try_recv() {
            if let Some(source) = &mut self.source
                && let Some(event) = source.opened(opened, time)
            {
                self.source_event(&event, time);
            }
        }
    }

    fn poll_outputs(&mut self, time: Nanos) {
        let mut happenings = Vec::new();
        for (id, output) in &mut self.outputs {
            output.poll(time, |happening| happenings.push((id.clone(), happening)));
        }
        for (id, happening) in happenings {
            self.happened(&id, &happening, time);
        }
    }

    fn poll_source(&mut self, time: Nanos) {
        let want = self.input_want();
        let mut events = Vec::new();
        if let Some(source) = &mut self.source {
            source.tick(time, &self.registry, want, &self.input_opened.0, |event| {
                events.push(event);
            });
        }
        for event in events {
            self.source_event(&event, time);
        }
    }

    /// Opens what the rig wants while something is to be heard, closes the rest.
    fn open_and_close(&mut self, time: Nanos) {
        let wanted = self.is_wanted(time);
        let rate = self.output_rate();
        let rig = self.desk.rig();
        let lanes = lanes(&rig);
        let mut fresh = false;
        for lane in &lanes {
            let id = &lane.device;
            let output = self.outputs.entry(id.clone()).or_insert_with(|| {
                fresh = true;
                Output::new(id, self.desk.prior(id))
            });
            let due = match output.phase {
                Phase::Closed => true,
                Phase::Waiting(then) => time > then,
                Phase::Opening | Phase::Open(_) => false,
            };
            if let (true, true, Some(rate)) = (wanted, due, rate) {
                let want = Want {
                    rate,
                    channels: lane.channels,
                    period: period(&rig, rate),
                };
                output.open(&self.registry, want, &self.opened.0);
            }
        }
        let seats_on = |id: &str| lanes.iter().any(|lane| lane.device == id);
        for (id, output) in &mut self.outputs {
            let gone = !seats_on(id) && output.slots.iter().all(Option::is_none);
            if (gone || !wanted) && !matches!(output.phase, Phase::Closed) {
                output.close();
            }
        }
        self.outputs
            .retain(|id, output| seats_on(id) || !matches!(output.phase, Phase::Closed));
        if fresh {
            self.reseat();
        }
    }

    fn is_wanted(&self, time: Nanos) -> bool {
        match self.transport {
            Transport::Waiting => !self.progress.resting(),
            Transport::Starting | Transport::Playing => true,
            Transport::Stopped | Transport::Paused => {
                let open = |output: &Output| matches!(output.phase, Phase::Open(_));
                time - self.since < KEEP_OPEN && self.outputs.values().any(open)
            }
        }
    }

    fn feed(&mut self) {
        let Some(source) = &mut self.source else {
            return;
        };
        let Some(format) = source.format() else {
            return;
        };
        let Some(fan) = source.fan() else { return };
        for (id, output) in &mut self.outputs {
            let Some(rate) = output.format().map(|format| format.rate) else {
                continue;
            };
            if !output.wants_feed() {
                continue;
            }
            let kernel = self
                .kernels
                .entry((format.rate, rate))
                .or_insert_with(|| {
                    Arc::new(Kernel::for_rates(format.rate, rate, Quality::default()))
                })
                .clone();
            let next = self.feed_ids.len() as u64;
            let feed_id = *self.feed_ids.entry(id.clone()).or_insert(next);
            output.feed(fan, feed_id, kernel, format.rate, format.channels);
        }
    }

    fn happened(&mut self, device: &str, happening: &Happening, time: Nanos) {
        let name = self.names_on(device);
        let who = self
            .outputs
            .get(device)
            .and_then(|output| output.speakers().next().map(|seat| seat.speaker.clone()));
        match happening {
            Happening::Lane(LaneEvent::Dropout { at, length }) => {
                let text = format!(
                    "{name} was silent for {:.0} ms: the source was late.",
                    length.millis()
                );
                self.event_at(*at, EventKind::Dropout { length: *length }, who, text);
                self.source_was_late(time);
            }
            Happening::Lane(LaneEvent::Xrun { .. }) => {
                self.event(
                    EventKind::Xrun,
                    who,
                    format!("{name} ran out of sound for a moment: this computer was busy."),
                );
            }
            Happening::Lane(LaneEvent::Resync { by, .. }) => {
                let millis = by.millis();
                let text = if millis.abs() < 0.05 {
                    format!("{name} found its place again and is in sync.")
                } else {
                    let side = if millis > 0.0 { "late" } else { "early" };
                    format!(
                        "{name} was {:.1} ms {side} and is back in sync.",
                        millis.abs()
                    )
                };
                self.event(EventKind::Resync { by: *by }, who, text);
            }
            Happening::Back => self.event(EventKind::Back, who, format!("{name} is back.")),
            Happening::Refused(error) => self.event(
                EventKind::Refused,
                who,
                format!("{name} cannot play: {}", inner(error)),
            ),
            Happening::Lost(why) => {
                self.event(
                    EventKind::Lost,
                    who,
                    format!("{name} stopped: {}. Inphase keeps trying.", lower(why)),
                );
            }
            Happening::NoRealtime => {
                let text = realtime::sentence(realtime::limit());
                if self.observer.notice(text.clone()) {
                    self.event(EventKind::Refused, None, text);
                }
            }
        }
    }

    fn source_event(&mut self, event: &SourceEvent, time: Nanos) {
        match event {
            SourceEvent::Opened => {
                for output in self.outputs.values_mut() {
                    output.starve();
                }
                self.restart(time);
            }
            SourceEvent::Refused(error) => self.event(
                EventKind::Refused,
                None,
                format!("The source cannot be used: {}", inner(error)),
            ),
            SourceEvent::Lost => self.event(
                EventKind::Lost,
                None,
                "The source is gone. Inphase waits for it.".into(),
            ),
            SourceEvent::Paused => self.event(
                EventKind::Info,
                None,
                "The source paused. Inphase goes on when it does.".into(),
            ),
            SourceEvent::Problem(text) => self.event(EventKind::Info, None, text.clone()),
        }
    }

    fn names_on(&self, device: &str) -> String {
        let rig = self.desk.rig();
        let names: Vec<_> = rig
            .speakers
            .iter()
            .filter(|speaker| speaker.output.device == device)
            .map(Speaker::label)
            .collect();
        if names.is_empty() {
            device.to_owned()
        } else {
            names.join(" and ")
        }
    }

    fn event(&mut self, kind: EventKind, speaker: Option<SpeakerId>, text: String) {
        self.event_at(now(), kind, speaker, text);
    }

    fn event_at(&mut self, time: Nanos, kind: EventKind, speaker: Option<SpeakerId>, text: String) {
        let event = Event {
            time,
            unix_ms: unix_ms(),
            kind,
            speaker,
            text,
        };
        self.observer.event(&event);
        // Nobody listening is fine.
        let _listeners = self.ends.events.send(event);
    }

    fn publish(&mut self, time: Nanos) {
        let rig = self.heard();
        let devices = &self.devices;
        let snapshot = self.observer.observe(&View {
            time,
            rig: &rig,
            revision: self.desk.revision(),
            transport: self.transport,
            outputs: &self.outputs,
            source: self.source.as_ref(),
            line: &self.latency.line,
            inside: &|id| inside(devices, id),
            demo: self.demo,
            undo: self.desk.undoable(),
            redo: self.desk.redoable(),
            comparing: self.comparing.as_ref().map(|of| &of.speaker),
            bluetooth: self.bluetooth_state(),
            links: self.links(),
            air: self.air(),
        });
        // An idle engine has nothing new to tell, and nobody listening is fine.
        let _told = self.ends.snapshots.send_if_modified(|told| {
            let new = self.transport_moves() || !is_same(told, &snapshot);
            if new {
                *told = Arc::new(snapshot);
            }
            new
        });
    }

    fn transport_moves(&self) -> bool {
        !matches!(self.transport, Transport::Stopped | Transport::Paused)
    }

    fn answer(&mut self, query: Query) {
        match query {
            Query::Devices(answer) => drop(answer.send(self.devices.clone())),
            Query::Events(answer) => drop(answer.send(self.observer.events())),
            Query::Cost { edit, answer } => drop(answer.send(self.cost(&edit))),
            Query::HistoryCsv { range_secs, answer } => {
                drop(answer.send(self.observer.csv(range_secs, &self.desk.rig())));
            }
            Query::Report { format, answer, .. } => {
                drop(answer.send(self.observer.report(format, &self.desk.rig())));
            }
        }
    }

    /// Lists devices on a thread of its own; the answer comes with a later tick.
    fn rescan(&mut self) {
        if !self.relist.asked() {
            return;
        }
        self.asked = now();
        let (registry, answer) = (self.registry.clone(), self.listed.0.clone());
        let spawned = std::thread::Builder::new()
            .name("inphase-list".into())
            .spawn(move || {
                // The engine may have ended meanwhile.
                let _ended = answer.send(registry.list());
            });
        if spawned.is_err() {
            let _later = self.relist.over();
        }
    }

    fn take_listing(&mut self) {
        if self.changes.as_ref().is_some_and(Changes::take) {
            self.rescan();
        }
        let Ok(listing) = self.listed.1.try_recv() else {
            return;
        };
        if self.relist.over() {
            self.rescan();
        }
        let moved = insides_differ(&self.devices, &listing.devices);
        self.devices = listing.devices;
        if moved {
            self.replan();
        }
        self.unlisted = listing.problems;
        self.tell_unlisted();
        self.find_moved();
    }

    /// Tells which sound systems do not answer, as far as that matters to the rig.
    fn tell_unlisted(&mut self) {
        let rig = self.desk.rig();
        let problems = self.unlisted.iter().filter(|of| matters(of, &rig));
        let problems = problems.map(ToString::to_string).collect();
        for text in self.observer.unlisted(problems) {
            self.event(EventKind::Refused, None, text);
        }
    }

    /// Keeps what identifies every speaker's device for good, and follows
    /// devices that the system renumbered.
    fn find_moved(&mut self) {
        let rig = self.desk.rig();
        let found: Vec<_> = rig
            .speakers
            .iter()
            .filter_map(|speaker| {
                let device = stable::find(&self.devices, &speaker.output)?;
                let same = device.id == speaker.output.device && device.key == speaker.output.key;
                (!same).then(|| (speaker.id.clone(), device))
            })
            .collect();
        if !found.is_empty() {
            self.desk.adopt(&found);
            self.rig_changed();
        }
    }

    fn input_want(&self) -> Want {
        let rig = self.desk.rig();
        let rate = rig.settings.rate.unwrap_or(48_000);
        Want {
            rate,
            channels: 2,
            period: period(&rig, rate),
        }
    }

    /// The rate to open outputs at; `None` until the source is known.
    fn output_rate(&self) -> Option<u32> {
        let rig = self.desk.rig();
        match &self.source {
            Some(source) => match source.format() {
                Some(format) => Some(rig.settings.rate.unwrap_or(format.rate)),
                None => Some(rig.settings.rate.unwrap_or(48_000)),
            },
            None => None,
        }
    }
}

/// Whether a device takes longer or shorter inside than was known.
fn insides_differ(before: &[DeviceInfo], now: &[DeviceInfo]) -> bool {
    now.iter().any(|new| {
        let old = before.iter().find(|old| old.id == new.id);
        old.is_some_and(|old| old.inside != new.inside)
    })
}

/// Whether devices that cannot be listed are any of the rig's. A rig without
/// speakers is being set up, and each sound system is one to choose from.
fn matters(problem: &DeviceError, rig: &Rig) -> bool {
    let DeviceError::System { system, .. } = problem else {
        return true;
    };
    let source = match &rig.source {
        Some(Source::Capture { device } | Source::Monitor { sink: device }) => Some(&**device),
        Some(Source::Desktop) => Some("pulse:"),
        _ => None,
    };
    let outputs = rig.speakers.iter().map(|speaker| &*speaker.output.device);
    let mut families = outputs
        .chain(source)
        .filter_map(|id| Some(id.split_once(':')?.0));
    // PulseAudio's ids begin with `pulse`, PipeWire's with `pipewire`.
    let system = system.to_lowercase();
    rig.speakers.is_empty() || families.any(|family| system.starts_with(family))
}

/// A sentence behind a colon.
fn inner(error: &DeviceError) -> String {
    let text = error.to_string();
    match text.strip_prefix("The ") {
        Some(rest) => format!("the {rest}"),
        None => text,
    }
}

/// Whether two states differ in nothing but when they were made.
fn is_same(told: &Snapshot, new: &Snapshot) -> bool {
    told.time > Nanos::ZERO
        && *new
            == Snapshot {
                time: new.time,
                unix_ms: new.unix_ms,
                ..told.clone()
            }
}

/// The rig's period is meant at 48 kHz; at other rates it lasts as long.
fn period(rig: &Rig, rate: u32) -> u32 {
    let frames = f64::from(rig.settings.period) * f64::from(rate) / 48_000.0;
    ((frames / 16.0).round() as u32 * 16).clamp(32, 8192)
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

const TICK_MS: u64 = 20;
const IDLE_TICK_MS: u64 = 500;
/// While a pipe may begin at any time.
const WAITING_TICK_MS: u64 = 100;
/// A snapshot every second tick: 25 a second.
const SNAPSHOT_TICKS: u64 = 2;
/// Devices stay open for so long after the sound stopped.
const KEEP_OPEN: Nanos = Nanos(10_000_000_000);
/// The demo's batteries and links change, and nothing tells of it.
const DEMO_LISTS: Nanos = Nanos(10_000_000_000);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_sound_system_that_nothing_in_the_rig_uses_is_not_complained_of() {
        let silent = DeviceError::System {
            system: "PulseAudio".into(),
            reason: "there is no socket".into(),
        };
        let rig = |device: &str, source: Option<&str>| Rig {
            source: source.map(|text| text.parse().unwrap()),
            speakers: vec![Speaker {
                output: device.parse().unwrap(),
                ..Speaker::default()
            }],
            ..Rig::default()
        };
        assert!(!matters(&silent, &rig("alsa:a", Some("test:pink"))));
        assert!(!matters(&silent, &rig("room:a", None)));
        assert!(matters(&silent, &rig("pulse:a", None)));
        assert!(matters(&silent, &rig("room:a", Some("desktop"))));
        assert!(matters(&silent, &rig("room:a", Some("monitor:pulse:x"))));
        assert!(matters(&silent, &Rig::default()), "it may be set up for it");
        assert!(inner(&silent).starts_with("the PulseAudio"));
    }
}
