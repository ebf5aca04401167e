//! What crosses the rings between a lane and the control side.

use super::slot::{Slot, SlotSettings};
use super::{LaneConfig, MAX_SLOTS, Plan};
use crate::sync::intake::Intake;
use crate::sync::time::{Nanos, Ppm};

/// Control to lane.
#[derive(Debug)]
pub enum LaneCommand {
    /// Read from another source, after a fade.
    Intake(Box<Intake>),
    /// Put a speaker into a slot, replacing what was there.
    Place(usize, Box<Slot>),
    /// Change the speaker in a slot; nothing clicks.
    Set(usize, SlotSettings),
    /// Take a speaker off the lane.
    Remove(usize),
    /// Let sound through, or fade out and hold.
    Gate(bool),
    /// Read bit-exactly: the device runs on the source's own clock.
    Lock(bool),
    /// Play the identify sound on a slot.
    Identify(usize),
}

/// Something that happened on the lane, lane to control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LaneEvent {
    /// The source was late and the lane silent for `length` from `at` on.
    Dropout {
        /// When it began.
        at: Nanos,
        /// How long it was.
        length: Nanos,
    },
    /// The device ran dry.
    Xrun {
        /// When it was noticed.
        at: Nanos,
    },
    /// The lane jumped to get back in sync.
    Resync {
        /// When it sounded again.
        at: Nanos,
        /// How late (+) it had been.
        by: Nanos,
    },
}

/// The lane's state, about 40 times a second, lane to control.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LaneReport {
    /// When.
    pub time: Nanos,
    /// Frames handed to the device since it was opened.
    pub frames: u64,
    /// The crystal's rate error.
    pub ppm: Ppm,
    /// One standard deviation of it, in ppm.
    pub ppm_sd: f64,
    /// One standard deviation of the device's time line, in seconds.
    pub clock_sd: f64,
    /// Scatter of the stamps, in seconds.
    pub jitter: f64,
    /// The clock is good enough to play by.
    pub settled: bool,
    /// Sound is let through.
    pub open: bool,
    /// The source is late.
    pub starved: bool,
    /// Bit-exact.
    pub locked: bool,
    /// How late (+) the lane reads against the clocks, in seconds.
    pub late: f64,
    /// Source frames per device frame against nominal.
    pub ratio: Ppm,
    /// Delay the device reported last, in seconds.
    pub delay: f64,
    /// The most a block's end has been ahead of now, in seconds.
    pub ahead: f64,
    /// The least source data in hand beyond a block's need, in seconds.
    pub slack: f64,
    /// The largest block, in frames.
    pub block: usize,
    /// Events that did not fit into their ring since the beginning.
    pub unreported: u32,
    /// One per slot in use.
    pub slots: [Option<SlotReport>; MAX_SLOTS],
}

/// One speaker's state.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SlotReport {
    /// Delay in force, in seconds.
    pub delay: f64,
    /// Peak of the last window, dBFS.
    pub peak_db: f32,
    /// RMS of the last window, dBFS.
    pub rms_db: f32,
}

/// Gathers a report over some blocks.
#[derive(Debug, Default)]
pub(super) struct Collector {
    report: LaneReport,
    gathered: usize,
    pub jumped: bool,
    pub by: f64,
    pub unreported: u32,
}

impl Collector {
    pub fn block(&mut self, now: Nanos, delay: Nanos, plan: &Plan, config: &LaneConfig) {
        let report = &mut self.report;
        if self.gathered == 0 {
            report.ahead = 0.0;
            report.block = 0;
            report.slack = f64::INFINITY;
        }
        let block = plan.frames as f64 / f64::from(config.rate);
        report.time = now;
        report.frames = plan.first + plan.frames as u64;
        report.delay = delay.secs();
        report.ahead = report.ahead.max(delay.secs() + block);
        report.slack = report.slack.min(plan.slack);
        report.block = report.block.max(plan.frames);
        report.late = plan.track.late;
        self.gathered += plan.frames;
    }

    pub fn is_due(&self, rate: f64) -> bool {
        self.gathered as f64 >= rate / REPORTS_PER_SECOND
    }

    pub fn take(&mut self) -> LaneReport {
        self.gathered = 0;
        LaneReport {
            unreported: self.unreported,
            ..self.report
        }
    }
}

const REPORTS_PER_SECOND: f64 = 40.0;
