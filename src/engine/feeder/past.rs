//! What was sent but may not have been heard: kept so that playing can go on
//! with exactly the frame at which it was held, on lanes that have forgotten it
//! or never had it.

use std::collections::VecDeque;

/// The newest stretch of sound on the timeline, interleaved.
#[derive(Debug)]
pub(super) struct Past {
    channels: usize,
    /// Samples kept at most.
    most: usize,
    first: u64,
    samples: VecDeque<f32>,
}

impl Past {
    /// Remembers `frames` frames.
    pub fn new(channels: usize, frames: usize) -> Self {
        Self {
            channels,
            most: frames * channels,
            first: 0,
            samples: VecDeque::new(),
        }
    }

    /// Forgets everything; what is pushed next stands at frame `first`.
    pub fn begin(&mut self, first: u64) {
        self.first = first;
        self.samples.clear();
    }

    /// Appends whole frames.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples.extend(samples);
        let over = self.samples.len().saturating_sub(self.most);
        drop(self.samples.drain(..over));
        self.first += (over / self.channels) as u64;
    }

    /// Takes the frames from `from` up to `to`, as far as they are kept, and
    /// forgets the rest.
    pub fn take(&mut self, from: u64, to: u64) -> VecDeque<f32> {
        let place = |frame: u64| {
            let at = frame.saturating_sub(self.first) as usize * self.channels;
            at.min(self.samples.len())
        };
        let (from, to) = (place(from), place(to));
        let mut taken = std::mem::take(&mut self.samples);
        taken.truncate(to);
        drop(taken.drain(..from.min(to)));
        taken
    }
}
