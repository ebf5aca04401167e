//! One output device over its whole life: opened on a thread of its own, lost,
//! tried again, given its speakers, feed and gate. A slow or dead device holds
//! up nobody else.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::devices::watch::Devices;
use crate::devices::{DeviceError, Direction, Fault, Render, Stream, StreamFormat, Want};
use crate::rig::SpeakerId;
use crate::sync::feed::feed;
use crate::sync::intake::Intake;
use crate::sync::kernel::Kernel;
use crate::sync::lane::{
    Lane, LaneCommand, LaneConfig, LaneEvent, LaneHandle, LaneReport, MAX_SLOTS, SlotSettings, lane,
};
use crate::sync::time::{Nanos, Ppm};

use super::fan::FanHandle;

/// An output device as the control task sees it.
#[derive(Debug)]
pub struct Output {
    /// Our device id.
    pub id: String,
    /// What it is doing.
    pub phase: Phase,
    /// The speakers on it by slot.
    pub slots: [Option<Seat>; MAX_SLOTS],
    /// The lane's newest report.
    pub report: Option<LaneReport>,
    /// The crystal's rate as known.
    pub prior: Option<Ppm>,
    /// Underruns since the engine started.
    pub xruns: u64,
    /// Dropouts since the engine started.
    pub dropouts: u64,
    /// Largest time ahead seen since then, in seconds.
    pub ahead: f64,
    /// When its clock was first good enough to play by.
    pub settled: Option<Nanos>,
    /// Whether the gate was told to be open.
    pub gate: bool,
    /// Why it is not open, as last told.
    pub error: Option<DeviceError>,
    generation: u64,
    failures: u32,
}

/// A speaker in a lane's slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    /// Which speaker.
    pub speaker: SpeakerId,
    /// What the lane was told last.
    pub settings: SlotSettings,
    /// Silent and to be taken off then.
    pub leaving: Option<Nanos>,
}

/// What a device is doing.
#[derive(Debug)]
pub enum Phase {
    /// Not wanted now.
    Closed,
    /// Being opened on its own thread.
    Opening,
    /// Open.
    Open(Box<Open>),
    /// Failed; tried again at this time.
    Waiting(Nanos),
}

/// The parts of an open device.
pub struct Open {
    /// The agreed format.
    pub format: StreamFormat,
    /// The lane's control side.
    pub lane: LaneHandle,
    stream: Box<dyn Stream>,
    since: Nanos,
    fed: bool,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// What an opening thread answers.
pub struct Opened {
    /// The device.
    pub id: String,
    generation: u64,
    result: Result<(StreamFormat, LaneHandle, Box<dyn Stream>), DeviceError>,
}

/// What came of polling a device.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// From its lane.
    Lane(LaneEvent),
    /// It was opened.
    Back,
    /// It could not be opened; told once per reason.
    Refused(DeviceError),
    /// It went away while open.
    Lost(String),
    /// Real-time priority was denied.
    NoRealtime,
}

/// A lane as a device callback.
struct Player(Lane);

impl Render for Player {
    fn render(&mut self, now: Nanos, delay: Nanos, out: &mut [f32]) {
        self.0.render(now, delay, out);
    }
    fn xrun(&mut self) {
        self.0.xrun();
    }
}

impl Output {
    /// A device that is not open yet.
    #[must_use]
    pub fn new(id: &str, prior: Option<Ppm>) -> Self {
        Self {
            id: id.into(),
            phase: Phase::Closed,
            slots: Default::default(),
            report: None,
            prior,
            xruns: 0,
            dropouts: 0,
            ahead: 0.0,
            settled: None,
            gate: false,
            error: None,
            generation: 0,
            failures: 0,
        }
    }

    /// Opens it on a thread of its own, which answers on `opened`.
    pub fn open(&mut self, devices: &Devices, want: Want, opened: &Sender<Opened>) {
        self.phase = Phase::Opening;
        self.generation += 1;
        let (id, generation, prior) = (self.id.clone(), self.generation, self.prior);
        let (devices, answer) = (devices.clone(), opened.clone());
        let spawned = std::thread::Builder::new()
            .name("inphase-open".into())
            .spawn(move || {
                let result = open_stream(&devices, &id, want, prior);
                // The engine may have ended meanwhile; the stream is then dropped here.
                let _ended = answer.send(Opened {
                    id,
                    generation,
                    result,
                });
            });
        if spawned.is_err() {
            self.phase = Phase::Waiting(super::clock::now() + RETRY);
        }
    }

    /// Takes an opening's answer.
    pub fn opened(&mut self, opened: Opened, now: Nanos) -> Option<Happening> {
        if opened.generation != self.generation || !matches!(self.phase, Phase::Opening) {
            return None;
        }
        match opened.result {
            Ok((format, lane, stream)) => {
                self.begin(Open {
                    format,
                    lane,
                    stream,
                    since: now,
                    fed: false,
                });
                None
            }
            Err(error) => {
                self.failures += 1;
                self.phase = Phase::Waiting(now + RETRY);
                let told = self.error.as_ref() == Some(&error);
                self.error = Some(error.clone());
                (!told).then_some(Happening::Refused(error))
            }
        }
    }

    fn begin(&mut self, open: Open) {
        self.phase = Phase::Open(Box::new(open));
        self.report = None;
        self.settled = None;
        self.gate = false;
        self.ahead = 0.0;
        let seats = std::mem::take(&mut self.slots);
        for seat in seats
            .into_iter()
            .flatten()
            .filter(|seat| seat.leaving.is_none())
        {
            let _seated = self.seat(&seat.speaker, seat.settings);
        }
    }

    /// Puts a speaker on the device or changes it. `false` when all slots are taken.
    pub fn seat(&mut self, speaker: &str, settings: SlotSettings) -> bool {
        let known = self.slots.iter().position(|seat| {
            seat.as_ref()
                .is_some_and(|seat| seat.speaker == speaker && seat.leaving.is_none())
        });
        let free = || self.slots.iter().position(Option::is_none);
        let Some(at) = known.or_else(free) else {
            return false;
        };
        let told = known.is_some_and(|at| {
            self.slots[at]
                .as_ref()
                .is_some_and(|seat| seat.settings == settings)
        });
        self.slots[at] = Some(Seat {
            speaker: speaker.into(),
            settings,
            leaving: None,
        });
        if let Phase::Open(open) = &mut self.phase
            && !told
        {
            if known.is_some() {
                let _fits = open.lane.send(LaneCommand::Set(at, settings));
            } else {
                let _fits = open.lane.slot(at, settings, open.format.rate);
            }
        }
        true
    }

    /// Fades a speaker out and takes it off a moment later.
    pub fn unseat(&mut self, speaker: &str, now: Nanos) {
        for at in 0..MAX_SLOTS {
            let Some(seat) = &mut self.slots[at] else {
                continue;
            };
            if seat.speaker != speaker || seat.leaving.is_some() {
                continue;
            }
            seat.leaving = Some(now + LEAVE);
            seat.settings.gain = 0.0;
            let settings = seat.settings;
            if let Phase::Open(open) = &mut self.phase {
                let _fits = open.lane.send(LaneCommand::Set(at, settings));
            } else {
                self.slots[at] = None;
            }
        }
    }

    /// The slot of a speaker.
    #[must_use]
    pub fn slot_of(&self, speaker: &str) -> Option<usize> {
        self.slots.iter().position(|seat| {
            seat.as_ref()
                .is_some_and(|seat| seat.speaker == speaker && seat.leaving.is_none())
        })
    }

    /// Speakers that are there to stay.
    pub fn speakers(&self) -> impl Iterator<Item = &Seat> {
        self.slots
            .iter()
            .flatten()
            .filter(|seat| seat.leaving.is_none())
    }

    /// Gives the lane a source: a feed from `fan` and a memory of the past.
    pub fn feed(
        &mut self,
        fan: &mut FanHandle,
        id: u64,
        kernel: Arc<Kernel>,
        rate: u32,
        channels: u16,
    ) {
        let Phase::Open(open) = &mut self.phase else {
            return;
        };
        let (writer, reader) = feed(channels, (f64::from(rate) * FEED) as usize);
        let intake = Box::new(Intake::new(reader, kernel, rate, PAST));
        if open.lane.send(LaneCommand::Intake(intake)) {
            fan.remove(id);
            fan.add(id, writer);
            open.fed = true;
        }
    }

    /// Whether it is open and has no source yet.
    #[must_use]
    pub fn wants_feed(&self) -> bool {
        matches!(&self.phase, Phase::Open(open) if !open.fed)
    }

    /// The source is gone; the lane keeps its last feed until it gets another.
    pub fn starve(&mut self) {
        if let Phase::Open(open) = &mut self.phase {
            open.fed = false;
        }
    }

    /// Opens or closes the lane's gate.
    pub fn gate(&mut self, open: bool) {
        if self.gate != open {
            self.gate = open;
            self.send(LaneCommand::Gate(open));
        }
    }

    /// Sends a command to the lane, if there is one.
    pub fn send(&mut self, command: LaneCommand) {
        if let Phase::Open(open) = &mut self.phase {
            let _fits = open.lane.send(command);
        }
    }

    /// The open device's format.
    #[must_use]
    pub fn format(&self) -> Option<&StreamFormat> {
        match &self.phase {
            Phase::Open(open) => Some(&open.format),
            _ => None,
        }
    }

    /// Reads reports, events and faults. Never blocks.
    pub fn poll(&mut self, now: Nanos, mut tell: impl FnMut(Happening)) {
        let mut lost = None;
        if let Phase::Open(open) = &mut self.phase {
            open.lane.sweep();
            if let Some(report) = open.lane.report() {
                // Only now is it sure: a Bluetooth stream opens its connection later.
                if std::mem::take(&mut self.failures) > 0 {
                    tell(Happening::Back);
                }
                self.error = None;
                self.ahead = self
                    .ahead
                    .max(if report.settled { report.ahead } else { 0.0 });
                self.report = Some(report);
            }
            while let Some(event) = open.lane.event() {
                match event {
                    LaneEvent::Dropout { .. } => self.dropouts += 1,
                    LaneEvent::Xrun { .. } => self.xruns += 1,
                    LaneEvent::Resync { .. } => {}
                }
                tell(Happening::Lane(event));
            }
            for fault in open.stream.faults() {
                match fault {
                    Fault::Gone => lost = Some("It is gone"),
                    Fault::Reopen | Fault::Paused => lost = Some("It failed"),
                    Fault::NoRealtime => tell(Happening::NoRealtime),
                    Fault::Xrun => {}
                }
            }
            let quiet = now - self.report.map_or(open.since, |report| report.time);
            if quiet > SILENT_MAX {
                lost = Some("It has not asked for sound for a while");
            }
        }
        self.finish_leaving(now);
        if self.settled.is_none() && self.report.is_some_and(|report| report.settled) {
            self.settled = Some(now);
        }
        if let Some(why) = lost {
            // One that never came to play was told before.
            if self.failures == 0 {
                tell(Happening::Lost(why.into()));
            }
            self.lose(now);
        }
    }

    fn finish_leaving(&mut self, now: Nanos) {
        for at in 0..MAX_SLOTS {
            let done = self.slots[at]
                .as_ref()
                .is_some_and(|seat| seat.leaving.is_some_and(|then| now > then));
            if done {
                self.slots[at] = None;
                self.send(LaneCommand::Remove(at));
            }
        }
    }

    fn lose(&mut self, now: Nanos) {
        let played = self.report.is_some();
        self.close();
        self.failures += 1;
        // One that opens and never plays is refused by the other side: ask less often.
        let times = if played {
            1
        } else {
            self.failures.min(RETRY_GROWS)
        };
        self.phase = Phase::Waiting(now + Nanos(RETRY.0 * i64::from(times)));
    }

    /// Closes the device without waiting for it.
    pub fn close(&mut self) {
        self.keep_rate();
        self.settled = None;
        self.gate = false;
        self.report = None;
        if let Phase::Open(open) = std::mem::replace(&mut self.phase, Phase::Closed) {
            // Closing may block for as long as the device likes.
            let closing = std::thread::Builder::new()
                .name("inphase-close".into())
                .spawn(move || drop(open));
            drop(closing);
        }
    }

    fn keep_rate(&mut self) {
        if let Some(report) = self
            .report
            .filter(|report| report.settled && report.ppm_sd < 1.0)
        {
            self.prior = Some(report.ppm);
        }
    }
}

fn open_stream(
    devices: &Devices,
    id: &str,
    want: Want,
    prior: Option<Ppm>,
) -> Result<(StreamFormat, LaneHandle, Box<dyn Stream>), DeviceError> {
    let format = devices.format(id, Direction::Output, want)?;
    let (lane, handle) = lane(LaneConfig {
        rate: format.rate,
        channels: format.channels,
        max_frames: MAX_FRAMES,
        noise: format.noise,
        prior,
        chirp: crate::sources::signal::chirp(format.rate).into(),
    });
    let stream = devices.play(id, &format, Box::new(Player(lane)))?;
    Ok((format, handle, stream))
}

/// Pieces a callback is rendered in.
const MAX_FRAMES: usize = 512;
/// Seconds of source a feed holds.
const FEED: f64 = 0.6;
/// Seconds of source a lane remembers: read-ahead, trim both ways, and the
/// slowest Bluetooth path.
const PAST: f64 = 1.5;
/// Between tries to open a device.
const RETRY: Nanos = Nanos(200_000_000);
/// It grows to so many times that where a device opens and never plays.
const RETRY_GROWS: u32 = 10;
/// From fading a speaker out to taking it off.
const LEAVE: Nanos = Nanos(60_000_000);
/// A device that asks for nothing for so long is opened anew.
const SILENT_MAX: Nanos = Nanos(5_000_000_000);
