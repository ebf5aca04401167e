//! The timeline of a source that is read: nominal while we set the pace, bent
//! towards the writer's clock when a pipe is written in real time, or towards
//! a device's clock when that device plays bit-exactly.
//!
//! The line is continuous for ever except where [`Tempo::skip`] says so, and
//! its rate changes slowly: a lane reads a fraction of a second away from the
//! line's reference, so every change moves it by well under a microsecond.

use crate::sources::Pacing;
use crate::sync::clock::{Clock, Noise};
use crate::sync::time::{Line, Nanos, Ppm};

/// A device that plays the source bit-exactly: the timeline follows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Follow {
    /// The device's clock against this computer's.
    pub ppm: f64,
    /// How late (+) it reads against the timeline, in seconds.
    pub late: f64,
}

/// The timeline and what bends it.
#[derive(Debug)]
pub(super) struct Tempo {
    nominal: f64,
    line: Line,
    ppm: f64,
    bent: Nanos,
    writer: Clock,
    /// Newest frame count the writer's clock was told.
    stamped: u64,
    paced: bool,
    /// The least read ahead since the last bend, in seconds.
    least: f64,
    /// What it should be.
    goal: f64,
    follow: Option<Follow>,
}

impl Tempo {
    /// Frame 0 is due at `now`.
    pub fn new(rate: f64, now: Nanos) -> Self {
        Self {
            nominal: rate,
            line: Line {
                at: now,
                frame: 0.0,
                rate,
            },
            ppm: 0.0,
            bent: now,
            writer: Clock::new(rate, Noise::OneSided, None),
            stamped: 0,
            paced: false,
            least: f64::INFINITY,
            goal: GOAL,
            follow: None,
        }
    }

    /// The timeline in force.
    pub fn line(&self) -> Line {
        self.line
    }

    /// The writer's clock against this computer's, once it is known.
    pub fn writer(&self) -> Option<Ppm> {
        (self.paced && self.writer.ppm_sd() < KNOWN_SD).then(|| self.writer.ppm())
    }

    /// Seconds that should be read ahead of a real-time writer at the least.
    pub fn goal(&self) -> f64 {
        self.goal
    }

    /// Sets or takes away the device to follow.
    pub fn follow(&mut self, follow: Option<Follow>) {
        self.follow = follow;
    }

    /// Moves the timeline forward so that `frame` is due at `at`. Only while
    /// nothing sounds.
    pub fn skip(&mut self, at: Nanos, frame: f64) {
        self.line = Line {
            at,
            frame,
            rate: self.line.rate,
        };
    }

    /// Takes in what is known of the source's pace; `ahead` is what is read
    /// ahead in seconds just before more is read.
    pub fn watch(&mut self, pacing: Pacing, ahead: f64) {
        self.least = self.least.min(ahead);
        match pacing {
            Pacing::Paced(stamp) if stamp.frame != self.stamped => {
                self.paced = true;
                self.stamped = stamp.frame;
                self.writer.observe(stamp);
            }
            Pacing::Paced(_) => {}
            Pacing::Free | Pacing::Unknown => self.pause(),
        }
    }

    /// The writer stands or is not listened to: its next stamps are another
    /// line, at the same rate.
    pub fn pause(&mut self) {
        if std::mem::take(&mut self.paced) {
            self.writer.restart();
        }
        self.least = f64::INFINITY;
    }

    /// A real-time writer was late and there was a gap: more is read ahead.
    pub fn ran_dry(&mut self) {
        self.goal = (self.goal + GOAL_STEP).min(GOAL_MAX);
    }

    /// Changes the rate a little, twice a second; at once while nothing sounds.
    pub fn bend(&mut self, now: Nanos, sounding: bool) {
        let elapsed = (now - self.bent).secs();
        if elapsed < INTERVAL {
            return;
        }
        self.bent = now;
        let wanted = self.wanted().clamp(-PPM_MAX, PPM_MAX);
        self.least = f64::INFINITY;
        let change = wanted - self.ppm;
        let slope = if change.abs() > FAR { SLOPE_FAR } else { SLOPE };
        let most = if sounding {
            // A pause of the thread is no licence for a step.
            slope * elapsed.min(2.0 * INTERVAL)
        } else {
            f64::INFINITY
        };
        let ppm = self.ppm + change.clamp(-most, most);
        if ppm != self.ppm {
            self.ppm = ppm;
            self.line = self.line.moved_to(now);
            self.line.rate = self.nominal * Ppm(ppm).factor();
        }
    }

    fn wanted(&self) -> f64 {
        if let Some(Follow { ppm, late }) = self.follow {
            return ppm - (late / FOLLOW_PULL * 1e6).clamp(-FOLLOW_MAX, FOLLOW_MAX);
        }
        if !self.paced {
            return 0.0;
        }
        let writer = self.writer().map_or(self.ppm, |ppm| ppm.0);
        if self.least.is_finite() {
            let pull = (self.least - self.goal) / PULL * 1e6;
            writer + pull.clamp(-PULL_MAX, PULL_MAX)
        } else {
            writer
        }
    }
}

/// Seconds between two changes of the rate.
const INTERVAL: f64 = 0.5;
/// A crystal is within ±1000 ppm; the rest is for pulling.
const PPM_MAX: f64 = 1500.0;
/// ppm per second.
const SLOPE: f64 = 5.0;
/// ppm per second when the writer is far off. Still a third of a cent in 10 s.
const SLOPE_FAR: f64 = 20.0;
const FAR: f64 = 100.0;
/// The writer's rate counts from this uncertainty on, in ppm.
const KNOWN_SD: f64 = 60.0;
/// Least read-ahead of a real-time writer in seconds: the polling interval and
/// the delays of an ordinary thread fit in, and so does a late block.
const GOAL: f64 = 30e-3;
const GOAL_STEP: f64 = 10e-3;
const GOAL_MAX: f64 = 300e-3;
/// Seconds in which a wrong read-ahead shrinks to 1/e; with `SLOPE` it is not
/// overshot.
const PULL: f64 = 60.0;
/// ppm; half a cent, which nobody hears.
const PULL_MAX: f64 = 300.0;
/// The same for a device that is followed: it reads whole frames, and is
/// allowed a quarter of a millisecond.
const FOLLOW_PULL: f64 = 10.0;
const FOLLOW_MAX: f64 = 50.0;
