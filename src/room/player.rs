//! What the room asks of a lane, and the engine's lane behind it.

use std::sync::Arc;

use super::scenario::{Audio, Scenario, SpeakerSpec};
use super::source::Period;
use crate::sync::feed::{FeedWriter, feed};
use crate::sync::intake::Intake;
use crate::sync::kernel::{Kernel, Quality};
use crate::sync::lane::{
    Filter, Lane, LaneCommand, LaneConfig, LaneHandle, Plan, SlotSettings, lane,
};
use crate::sync::time::{Line, Nanos, Ppm};

/// What a lane is to do; the same for its whole life, but for the trim.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    /// Source capture to ear.
    pub target: Nanos,
    /// From the converter and what the device reports to the ear.
    pub air: Nanos,
    /// The user's delay on top.
    pub trim: Nanos,
    /// The lane may sound from this time on.
    pub start: Nanos,
    /// What is known of the crystal from before.
    pub prior: Option<Ppm>,
}

impl Task {
    /// From the source's timeline to the converter.
    pub fn delay(&self) -> Nanos {
        self.target - self.air + self.trim
    }
}

/// Where in the source the frames of one callback are.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Block {
    /// Source position of the first frame.
    pub start: f64,
    /// Source frames per device frame.
    pub step: f64,
    /// Whether all of it is to be heard.
    pub sounding: bool,
}

/// One device's player: the engine's lane, or a plain one in tests.
pub(super) trait Player {
    /// New source material; `samples` is empty where only timing matters.
    fn feed(&mut self, period: &Period, line: Line, samples: &[f32]);
    /// Plans the next callback.
    fn plan(&mut self, now: Nanos, delay: Nanos, frames: usize) -> Block;
    /// Renders what was just planned.
    fn fill(&mut self, out: &mut [f32]);
    /// The device ran dry.
    fn xrun(&mut self);
    /// A new trim.
    fn trim(&mut self, trim: Nanos);
    /// The device's rate error as learnt so far.
    fn ppm(&mut self) -> Option<Ppm>;
}

/// The engine's own lane with one speaker on it.
pub(super) struct EngineLane {
    lane: Lane,
    handle: LaneHandle,
    writer: FeedWriter,
    settings: SlotSettings,
    task: Task,
    plan: Option<Plan>,
    ppm: Option<Ppm>,
    open: bool,
}

/// Builds lanes and shares the interpolation kernels between them.
#[derive(Default)]
pub(super) struct Workshop {
    kernels: Vec<((u32, u32), Arc<Kernel>)>,
}

impl Workshop {
    fn kernel(&mut self, source: u32, device: u32) -> Arc<Kernel> {
        let rates = (source, device);
        if let Some((_, kernel)) = self.kernels.iter().find(|(of, _)| *of == rates) {
            return kernel.clone();
        }
        let kernel = Arc::new(Kernel::for_rates(source, device, Quality::default()));
        self.kernels.push((rates, kernel.clone()));
        kernel
    }

    /// A lane for a speaker, with its speaker in place.
    pub fn build(&mut self, spec: &SpeakerSpec, scenario: &Scenario, task: &Task) -> EngineLane {
        let source = &scenario.source;
        let (lane, mut handle) = lane(LaneConfig {
            rate: spec.rate,
            channels: spec.channels,
            max_frames: spec.period as usize,
            noise: spec.noise(),
            prior: task.prior,
            chirp: Box::default(),
        });
        let sound = scenario.audio != Audio::Off;
        let past = task.target.secs() + PAST;
        let room = if sound {
            FEED * f64::from(source.rate)
        } else {
            0.0
        };
        let (writer, reader) = feed(source.channels, room as usize);
        let kernel = self.kernel(source.rate, spec.rate);
        let intake = if sound {
            Intake::new(reader, kernel, source.rate, past)
        } else {
            Intake::timing_only(reader, kernel, source.rate)
        };
        let settings = settings(spec, source.channels, task);
        let placed = handle.send(LaneCommand::Intake(Box::new(intake)))
            && handle.slot(0, settings, spec.rate);
        debug_assert!(placed, "a new lane has room for two commands");
        EngineLane {
            lane,
            handle,
            writer,
            settings,
            task: *task,
            plan: None,
            ppm: task.prior,
            open: false,
        }
    }
}

/// Stereo in its channels, or everything summed into one.
fn settings(spec: &SpeakerSpec, source_channels: u16, task: &Task) -> SlotSettings {
    let last = usize::from(source_channels - 1).min(1);
    let mut rows = <[[f32; 8]; 2]>::default();
    rows[0][0] = 1.0;
    rows[1][last] = 1.0;
    SlotSettings {
        channels: [Some(0), (spec.channels > 1).then_some(1)],
        rows,
        gain: 1.0,
        delay: task.delay(),
        filter: Filter::Off,
        limit: false,
    }
}

impl Player for EngineLane {
    fn feed(&mut self, period: &Period, line: Line, samples: &[f32]) {
        // A device that stands still loses what does not fit; nobody waits.
        let _ = if samples.is_empty() {
            self.writer
                .push_timing(period.first, line, period.frames as u32)
        } else {
            self.writer.push(period.first, line, samples)
        };
    }

    fn plan(&mut self, now: Nanos, delay: Nanos, frames: usize) -> Block {
        if !self.open && now >= self.task.start {
            self.open = self.handle.send(LaneCommand::Gate(true));
        }
        let plan = self.lane.plan(now, delay, frames);
        self.plan = Some(plan);
        let Some(slot) = &plan.slots[0] else {
            return Block::default();
        };
        let voice = match slot.fade {
            Some((voice, from, to)) if from + to > 1.0 => voice,
            _ => slot.voice,
        };
        Block {
            start: voice.start,
            step: voice.step,
            sounding: plan.sounding && plan.until == plan.frames,
        }
    }

    fn fill(&mut self, out: &mut [f32]) {
        match &self.plan {
            Some(plan) => self.lane.fill(plan, out),
            None => out.fill(0.0),
        }
    }

    fn xrun(&mut self) {
        self.lane.xrun();
    }

    fn trim(&mut self, trim: Nanos) {
        self.task.trim = trim;
        self.settings.delay = self.task.delay();
        let _ = self.handle.send(LaneCommand::Set(0, self.settings));
    }

    fn ppm(&mut self) -> Option<Ppm> {
        while self.handle.event().is_some() {}
        self.handle.sweep();
        if let Some(report) = self.handle.report() {
            self.ppm = Some(report.ppm);
        }
        self.ppm
    }
}

/// Source material kept beyond the target latency, seconds: what is read
/// ahead, and the largest trim.
const PAST: f64 = 0.6;
/// What the feed holds, seconds.
const FEED: f64 = 1.0;
