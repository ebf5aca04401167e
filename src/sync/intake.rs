//! What a lane reads from: the feed, the recent past of every source channel,
//! and the interpolator that fits the two rates. Built by the control side,
//! boxed into the lane, sent home to be freed.

use std::sync::Arc;

use super::feed::{Chunk, FeedReader};
use super::history::History;
use super::kernel::Kernel;
use super::time::Line;

/// A source as one lane sees it.
#[derive(Debug)]
pub struct Intake {
    feed: FeedReader,
    history: History,
    kernel: Arc<Kernel>,
    rate: u32,
    line: Option<Line>,
    /// First and past-the-last source frame at hand.
    start: u64,
    end: u64,
}

impl Intake {
    /// Reads a feed of `source_rate` through the `kernel` for the device's rate,
    /// remembering the last `seconds`.
    #[must_use]
    pub fn new(feed: FeedReader, kernel: Arc<Kernel>, source_rate: u32, seconds: f64) -> Self {
        let frames = (f64::from(source_rate) * seconds) as usize;
        let channels = feed.channels();
        Self {
            feed,
            history: History::new(channels, frames),
            kernel,
            rate: source_rate,
            line: None,
            start: 0,
            end: 0,
        }
    }

    /// The same without a past, for runs that only look at timing.
    #[must_use]
    pub fn timing_only(feed: FeedReader, kernel: Arc<Kernel>, source_rate: u32) -> Self {
        Self::new(feed, kernel, source_rate, 0.01)
    }

    /// Takes in everything the source has sent.
    pub fn absorb(&mut self) {
        let Self {
            feed,
            history,
            start,
            end,
            ..
        } = self;
        let mut line = None;
        while let Some(chunk) = feed.next(|chunk, samples| {
            if chunk.sounding {
                if history.end() != chunk.first && history.end() < chunk.first {
                    history.jump(chunk.first);
                }
                history.push_interleaved(samples);
            }
        }) {
            line = Some(chunk.line);
            take_range(&chunk, start, end);
        }
        if line.is_some() {
            self.line = line;
        }
    }

    /// The source's timeline as last told.
    #[must_use]
    pub fn line(&self) -> Option<Line> {
        self.line
    }

    /// Nominal frames per second.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// First source frame a read may want.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The source frame after the newest.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Frames wanted on each side of a read position.
    #[must_use]
    pub fn half(&self) -> usize {
        self.kernel.half()
    }

    /// The past and the interpolator.
    #[must_use]
    pub fn parts(&self) -> (&History, &Kernel) {
        (&self.history, &self.kernel)
    }
}

fn take_range(chunk: &Chunk, start: &mut u64, end: &mut u64) {
    if chunk.frames == 0 {
        return;
    }
    if chunk.first != *end {
        *start = chunk.first;
    }
    *end = chunk.first + u64::from(chunk.frames);
}
