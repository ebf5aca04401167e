//! Tells a pipe whose writer plays in real time from one that is always full.
//!
//! Each time the pipe runs empty, all frames written until then have arrived:
//! such moments are stamps of the writer's clock, late by at most the polling
//! interval and the writer's block. A writer that is faster than real time, or
//! keeps the pipe full, follows our clock. Time is an argument.

use super::Pacing;
use crate::sync::time::{Nanos, Stamp};

/// Watches how frames arrive.
#[derive(Debug, Clone)]
pub struct Pace {
    rate: f64,
    pacing: Kind,
    last: Option<Stamp>,
    /// First stamp of the second being judged.
    window: Option<Stamp>,
    /// Since when the pipe never ran empty.
    full_since: Option<Nanos>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unknown,
    Free,
    Paced,
}

impl Pace {
    /// For a stream of `rate` frames per second.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        Self {
            rate: f64::from(rate),
            pacing: Kind::Unknown,
            last: None,
            window: None,
            full_since: None,
        }
    }

    /// Notes a read: `frames` have been received in all by `now`, and the pipe
    /// ran empty or still held more.
    pub fn note(&mut self, now: Nanos, frames: u64, empty: bool) {
        if empty {
            self.full_since = None;
            self.note_empty(Stamp {
                frame: frames,
                time: now,
            });
            return;
        }
        let since = *self.full_since.get_or_insert(now);
        if now - since >= FULL {
            self.pacing = Kind::Free;
            self.window = None;
        }
    }

    /// The writer left: what comes next is another timeline.
    pub fn leave(&mut self) {
        self.pacing = Kind::Unknown;
        self.last = None;
        self.window = None;
        self.full_since = None;
    }

    /// What is known.
    #[must_use]
    pub fn pacing(&self) -> Pacing {
        match (self.pacing, self.last) {
            (Kind::Free, _) => Pacing::Free,
            (Kind::Paced, Some(stamp)) => Pacing::Paced(stamp),
            _ => Pacing::Unknown,
        }
    }

    fn note_empty(&mut self, stamp: Stamp) {
        let previous = *self.last.get_or_insert(stamp);
        if stamp.frame == previous.frame {
            if stamp.time - previous.time > PAUSE {
                self.leave();
            }
            return;
        }
        self.last = Some(stamp);
        let start = *self.window.get_or_insert(stamp);
        if stamp.time - start.time >= WINDOW {
            self.judge(start, stamp);
            self.window = Some(stamp);
        }
    }

    fn judge(&mut self, start: Stamp, end: Stamp) {
        let frames = (end.frame - start.frame) as f64;
        let speed = frames / ((end.time - start.time).secs() * self.rate);
        if speed > 1.0 + TOLERANCE {
            self.pacing = Kind::Free;
        } else if speed > 1.0 - TOLERANCE {
            self.pacing = Kind::Paced;
        }
    }
}

/// Long enough that a writer's block of 50 ms stays within the tolerance.
const WINDOW: Nanos = Nanos(1_000_000_000);
const FULL: Nanos = Nanos(2_000_000_000);
/// Longer than any writer's block; shorter than what a listener calls a pause.
const PAUSE: Nanos = Nanos(500_000_000);
/// Real-time writers are within 0.1 %; the rest is block and polling jitter.
const TOLERANCE: f64 = 0.1;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const POLL: i64 = 5_000_000;

    /// Frames a writer `ppm` fast has written by `now` in blocks.
    fn written(now: i64, ppm: f64, block: u64) -> u64 {
        let frames = now as f64 * 48e-6 * (1.0 + ppm * 1e-6);
        frames as u64 / block * block
    }

    #[test]
    fn a_real_time_writer_is_seen_and_its_rate_can_be_read() {
        for block in [240, 1024, 2400] {
            let mut pace = Pace::new(48_000);
            let mut stamps = Vec::new();
            for poll in 0..4000 {
                let now = poll * POLL;
                pace.note(Nanos(now), written(now, 200.0, block), true);
                if let Pacing::Paced(stamp) = pace.pacing() {
                    stamps.push(stamp);
                }
            }
            let (first, last) = (stamps[0], *stamps.last().unwrap());
            assert!(first.time < Nanos::from_secs(1.2), "{block}");
            let frames = (last.frame - first.frame) as f64;
            let ppm = (frames / (last.time - first.time).secs() / 48_000.0 - 1.0) * 1e6;
            assert!((ppm - 200.0).abs() < 400.0, "{block}: {ppm}");
        }
    }

    #[test]
    fn a_backlog_at_the_start_does_not_hide_a_real_time_writer() {
        let mut pace = Pace::new(48_000);
        for poll in 0..300 {
            let now = poll * POLL;
            pace.note(Nanos(now), 16_384 + written(now, 0.0, 512), true);
        }
        assert!(matches!(pace.pacing(), Pacing::Paced(_)));
    }

    #[test]
    fn a_pipe_that_is_always_full_is_free() {
        let mut pace = Pace::new(48_000);
        for poll in 0..500 {
            pace.note(Nanos(poll * POLL), poll as u64 * 240, false);
        }
        assert_eq!(pace.pacing(), Pacing::Free);
    }

    #[test]
    fn a_writer_faster_than_real_time_is_free() {
        let mut pace = Pace::new(48_000);
        for poll in 0..500 {
            pace.note(Nanos(poll * POLL), poll as u64 * 4000, true);
        }
        assert_eq!(pace.pacing(), Pacing::Free);
    }

    #[test]
    fn a_pause_makes_it_unknown_and_a_return_known_again() {
        let mut pace = Pace::new(48_000);
        let mut now = 0;
        let mut frames = 0;
        let mut run = |pace: &mut Pace, polls: i64, step: u64| {
            for _ in 0..polls {
                now += POLL;
                frames += step;
                pace.note(Nanos(now), frames, true);
            }
        };
        run(&mut pace, 400, 240);
        assert!(matches!(pace.pacing(), Pacing::Paced(_)));
        run(&mut pace, 200, 0);
        assert_eq!(pace.pacing(), Pacing::Unknown);
        run(&mut pace, 400, 240);
        assert!(matches!(pace.pacing(), Pacing::Paced(_)));
    }
}
