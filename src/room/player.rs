//! What the room asks of a lane.

use crate::sync::time::{Line, Nanos, Ppm};

use super::source::Period;

/// What a lane is to do; the same for its whole life, but for the trim.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    /// Source capture to ear.
    pub target: Nanos,
    /// From the converter and what the device reports to the ear.
    pub air: Nanos,
    /// The user's delay on top.
    pub trim: Nanos,
    /// Nothing sounds before this time.
    pub start: Nanos,
    /// What is known of the crystal from before.
    pub prior: Option<Ppm>,
}

/// Where in the source the frames of one callback are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Block {
    /// Source position of the first frame.
    pub start: f64,
    /// Source frames per device frame.
    pub step: f64,
    /// Whether it is to be heard at all.
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
    fn ppm(&self) -> Option<Ppm>;
}
