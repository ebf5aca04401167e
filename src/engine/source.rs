//! The source that is playing: a reader with its feeder thread, or a capture
//! device with its callback. Opened and lost like an output, without holding
//! up the control task.

use std::collections::VecDeque;
use std::sync::mpsc::Sender;

use rtrb::Consumer;

use super::fan::{FanHandle, fan};
use super::feeder::{Feeder, FeederState};
use super::input::{InputReport, input};
use crate::bluetooth::state::Address;
use crate::devices::desktop::{self, DesktopSink};
use crate::devices::watch::Devices;
use crate::devices::{DeviceError, Direction, Fault, Stream, Want};
use crate::rig::Source;
use crate::sources::{Format, Reader};
use crate::sync::time::{Nanos, Ppm};

/// The source that is playing.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one exists at a time, and the large one is the usual one"
)]
pub enum Active {
    /// A file, a pipe or a test signal.
    Reading {
        /// Its thread.
        feeder: Feeder,
        /// Where lanes join.
        fan: FanHandle,
        /// What it told last.
        state: FeederState,
    },
    /// A capture device.
    Capturing(Box<Capturing>),
}

/// What is captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A capture device, by id.
    Device(String),
    /// What a sink plays, by the sink's id.
    Monitor(String),
    /// The sink named Inphase.
    Desktop,
}

/// A capture device as the source.
#[derive(Debug)]
pub struct Capturing {
    /// Where from.
    pub origin: Origin,
    /// What it told last.
    pub report: InputReport,
    ages: VecDeque<f64>,
    /// Why it is not open, as last told.
    pub error: Option<DeviceError>,
    prior: Option<Ppm>,
    phase: Phase,
    generation: u64,
}

enum Phase {
    Opening,
    Open(Box<Open>),
    Waiting(Nanos),
}

struct Open {
    format: Format,
    fan: FanHandle,
    reports: Consumer<InputReport>,
    stream: Box<dyn Stream>,
    since: Nanos,
    _sink: Option<DesktopSink>,
}

impl std::fmt::Debug for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Opening => "Opening",
            Self::Open(_) => "Open",
            Self::Waiting(_) => "Waiting",
        })
    }
}

/// What an opening thread answers.
pub struct InputOpened {
    generation: u64,
    result: Result<Parts, DeviceError>,
}

struct Parts {
    format: Format,
    fan: FanHandle,
    reports: Consumer<InputReport>,
    stream: Box<dyn Stream>,
    sink: Option<DesktopSink>,
}

/// What came of polling a source.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceEvent {
    /// A capture device was opened: lanes must be fed anew.
    Opened,
    /// It cannot be opened; told once per reason.
    Refused(DeviceError),
    /// It went away while open.
    Lost,
    /// It stopped sending and may begin again at any time.
    Paused,
    /// A damaged stretch, a skipped file.
    Problem(String),
}

impl Active {
    /// A source that is read ahead.
    ///
    /// # Errors
    /// When the system has no threads left.
    pub fn read(reader: Box<dyn Reader>) -> std::io::Result<Self> {
        let (pushing, fan) = fan();
        let feeder = Feeder::start(reader, pushing)?;
        // What it has to tell is taken by the first tick, not here.
        let state = FeederState::default();
        Ok(Self::Reading { feeder, fan, state })
    }

    /// A capture device; [`Active::tick`] opens it.
    #[must_use]
    pub fn capture(origin: Origin, prior: Option<Ppm>) -> Self {
        Self::Capturing(Box::new(Capturing {
            origin,
            report: InputReport::default(),
            ages: VecDeque::new(),
            error: None,
            prior,
            phase: Phase::Waiting(Nanos::ZERO),
            generation: 0,
        }))
    }

    /// Its format, once known.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        match self {
            Self::Reading { feeder, .. } => Some(feeder.format()),
            Self::Capturing(capturing) => match &capturing.phase {
                Phase::Open(open) => Some(open.format),
                _ => None,
            },
        }
    }

    /// Where lanes join, once it is open.
    pub fn fan(&mut self) -> Option<&mut FanHandle> {
        match self {
            Self::Reading { fan, .. } => Some(fan),
            Self::Capturing(capturing) => match &mut capturing.phase {
                Phase::Open(open) => Some(&mut open.fan),
                _ => None,
            },
        }
    }

    /// Whether it has a clock of its own that must be followed.
    #[must_use]
    pub fn has_clock(&self) -> bool {
        matches!(self, Self::Capturing(_))
    }

    /// Whether it comes over a radio whose own jitter buffer says how old sound may be.
    #[must_use]
    pub fn is_radio(&self) -> bool {
        match self {
            Self::Reading { .. } => false,
            Self::Capturing(capturing) => capturing.origin.is_radio(),
        }
    }

    /// How old the newest sound may be just before more of it comes, in
    /// seconds; 0 for sources that are read ahead.
    #[must_use]
    pub fn age(&self) -> f64 {
        match self {
            Self::Reading { .. } => 0.0,
            Self::Capturing(capturing) => capturing.age(),
        }
    }

    /// When the last frame is due on the timeline, once everything was sent.
    #[must_use]
    pub fn ends(&self) -> Option<Nanos> {
        match self {
            Self::Reading { state, .. } => state.ends,
            Self::Capturing(_) => None,
        }
    }

    /// Since when a pipe has had nothing.
    #[must_use]
    pub fn waiting_since(&self) -> Option<Nanos> {
        match self {
            Self::Reading { state, .. } => state.waiting_since,
            Self::Capturing(_) => None,
        }
    }

    /// The thread of a source that is read.
    #[must_use]
    pub fn feeder(&self) -> Option<&Feeder> {
        match self {
            Self::Reading { feeder, .. } => Some(feeder),
            Self::Capturing(_) => None,
        }
    }

    /// Whether sound could be played from it now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match self {
            Self::Reading { .. } => true,
            Self::Capturing(capturing) => {
                matches!(capturing.phase, Phase::Open(_)) && capturing.report.settled
            }
        }
    }

    /// Reads what it tells and tries again what failed. Never blocks.
    pub fn tick(
        &mut self,
        now: Nanos,
        devices: &Devices,
        want: Want,
        opened: &Sender<InputOpened>,
        mut tell: impl FnMut(SourceEvent),
    ) {
        match self {
            Self::Reading { feeder, fan, state } => {
                fan.sweep();
                *state = feeder.state();
                for problem in &state.problems {
                    tell(SourceEvent::Problem(problem.clone()));
                }
            }
            Self::Capturing(capturing) => {
                capturing.poll(now, &mut tell);
                if matches!(capturing.phase, Phase::Waiting(then) if now > then) {
                    capturing.open(devices, want, opened);
                }
            }
        }
    }

    /// Takes an opening's answer.
    pub fn opened(&mut self, opened: InputOpened, now: Nanos) -> Option<SourceEvent> {
        match self {
            Self::Capturing(capturing) => capturing.opened(opened, now),
            Self::Reading { .. } => None,
        }
    }
}

impl Capturing {
    /// Age of a block's first frame at delivery, in seconds: the largest of
    /// lately, but for the rare moment when the machine stood still.
    #[must_use]
    pub fn age(&self) -> f64 {
        let mut ages: Vec<f64> = self.ages.iter().copied().collect();
        ages.sort_by(f64::total_cmp);
        ages.get(ages.len() * 95 / 100).copied().unwrap_or(0.0)
    }

    fn open(&mut self, devices: &Devices, want: Want, opened: &Sender<InputOpened>) {
        self.phase = Phase::Opening;
        self.generation += 1;
        let (origin, generation, prior) = (self.origin.clone(), self.generation, self.prior);
        let (devices, answer) = (devices.clone(), opened.clone());
        let spawned = std::thread::Builder::new()
            .name("inphase-open".into())
            .spawn(move || {
                let result = open_input(&devices, &origin, want, prior);
                // The engine may have ended meanwhile; the stream is then dropped here.
                let _ended = answer.send(InputOpened { generation, result });
            });
        if spawned.is_err() {
            self.phase = Phase::Waiting(super::clock::now() + RETRY);
        }
    }

    fn opened(&mut self, opened: InputOpened, now: Nanos) -> Option<SourceEvent> {
        if opened.generation != self.generation || !matches!(self.phase, Phase::Opening) {
            return None;
        }
        match opened.result {
            Ok(parts) => {
                self.phase = Phase::Open(Box::new(Open {
                    format: parts.format,
                    fan: parts.fan,
                    reports: parts.reports,
                    stream: parts.stream,
                    since: now,
                    _sink: parts.sink,
                }));
                self.report = InputReport::default();
                self.error = None;
                self.ages.clear();
                Some(SourceEvent::Opened)
            }
            Err(error) => {
                self.phase = Phase::Waiting(now + RETRY);
                let told = self.error.as_ref() == Some(&error);
                self.error = Some(error.clone());
                (!told).then_some(SourceEvent::Refused(error))
            }
        }
    }

    fn poll(&mut self, now: Nanos, tell: &mut impl FnMut(SourceEvent)) {
        let Phase::Open(open) = &mut self.phase else {
            return;
        };
        open.fan.sweep();
        let mut peak = [0.0f32; 8];
        while let Ok(report) = open.reports.pop() {
            for (max, of) in peak.iter_mut().zip(report.peak) {
                *max = max.max(of);
            }
            self.ages.push_back(report.age);
            if self.ages.len() > AGES {
                let _oldest = self.ages.pop_front();
            }
            self.report = report;
        }
        self.report.peak = peak;
        let mut lost = None;
        for fault in open.stream.faults() {
            match fault {
                Fault::Gone | Fault::Reopen => lost = Some(SourceEvent::Lost),
                Fault::Paused => lost = Some(SourceEvent::Paused),
                Fault::Xrun | Fault::NoRealtime => {}
            }
        }
        let heard = if self.report.time == Nanos::ZERO {
            open.since
        } else {
            self.report.time
        };
        if now - heard > SILENT_MAX {
            lost = Some(SourceEvent::Lost);
        }
        if let Some(event) = lost {
            if self.report.settled {
                self.prior = Some(self.report.ppm);
            }
            let old = std::mem::replace(&mut self.phase, Phase::Waiting(now + RETRY));
            let closing = std::thread::Builder::new()
                .name("inphase-close".into())
                .spawn(move || drop(old));
            drop(closing);
            self.report.settled = false;
            tell(event);
        }
    }
}

fn open_input(
    devices: &Devices,
    origin: &Origin,
    want: Want,
    prior: Option<Ppm>,
) -> Result<Parts, DeviceError> {
    let (id, sink) = match origin {
        Origin::Device(id) => (id.clone(), None),
        Origin::Monitor(sink) => (desktop::monitor_of(sink)?, None),
        Origin::Desktop => {
            let sink = DesktopSink::open(want.rate, want.channels)?;
            (sink.source(), Some(sink))
        }
    };
    let format = devices.format(&id, Direction::Input, want)?;
    let (pushing, fan) = fan();
    let (capture, reports) = input(&format, prior, pushing);
    let stream = devices.record(&id, &format, Box::new(capture))?;
    Ok(Parts {
        format: Format {
            rate: format.rate,
            channels: format.channels,
        },
        fan,
        reports,
        stream,
        sink,
    })
}

impl Origin {
    /// The capture origin of a source, if it has one.
    #[must_use]
    pub fn of(source: &Source) -> Option<Self> {
        match source {
            Source::Capture { device } => Some(Self::Device(device.clone())),
            Source::Monitor { sink } => Some(Self::Monitor(sink.clone())),
            Source::Desktop => Some(Self::Desktop),
            Source::Files { .. } | Source::Pipe { .. } | Source::Test { .. } => None,
        }
    }

    /// Whether it is an Echo or a phone on Bluetooth.
    #[must_use]
    pub fn is_radio(&self) -> bool {
        matches!(self, Self::Device(id) if Address::of_id(id).is_some())
    }

    /// What a person calls it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Device(id) | Self::Monitor(id) => id,
            Self::Desktop => "Desktop audio",
        }
    }
}

/// Reports whose ages are kept: three seconds.
const AGES: usize = 120;
/// Between tries to open a device.
const RETRY: Nanos = Nanos(400_000_000);
/// A device that delivers nothing for so long is opened anew.
const SILENT_MAX: Nanos = Nanos(5_000_000_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bluetooth_devices_say_themselves_how_old_sound_may_be() {
        let radio = |id: &str| Origin::Device(id.into()).is_radio();
        assert!(radio("bt:02:00:00:00:02:01"));
        assert!(!radio("alsa:hw:CARD=DAC,DEV=0") && !radio("pulse:bt"));
        assert!(!Origin::Desktop.is_radio());
    }
}
