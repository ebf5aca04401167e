//! The virtual source: what is played, and the clock it comes with, if any.

use std::f64::consts::TAU;

use super::chance::Chance;
use super::crystal::Crystal;
use crate::sync::time::{Line, Nanos, Stamp};

/// A source in virtual time. Frame 0 is captured (or due) at `origin`.
#[derive(Debug, Clone)]
pub struct Source {
    rate: f64,
    period: u32,
    origin: f64,
    kind: Kind,
    written: u64,
    next: f64,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Frames are due by true time and ready `ahead` seconds before.
    File { ahead: f64 },
    /// Frames are captured by a crystal of its own.
    Captured {
        crystal: Box<Crystal>,
        counted: f64,
        jitter_s: f64,
        error_s: f64,
        chance: Chance,
    },
}

/// A period that became available.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    /// Index of its first frame.
    pub first: u64,
    /// Its length in frames.
    pub frames: usize,
    /// When the first frame was captured, as the source reports it.
    pub stamp: Stamp,
}

impl Source {
    /// A source without a clock: frames are due at exactly `rate`, and ready
    /// `ahead` seconds before.
    #[must_use]
    pub fn file(rate: u32, period: u32, origin: f64, ahead: f64) -> Self {
        Self {
            rate: f64::from(rate),
            period,
            origin,
            kind: Kind::File { ahead },
            written: 0,
            next: origin - ahead,
        }
    }

    /// A source with a clock of its own. Periods arrive 0 to `jitter_s` after
    /// their last frame; their stamps are off by at most `error_s`.
    #[must_use]
    pub fn captured(
        rate: u32,
        period: u32,
        origin: f64,
        crystal: Crystal,
        (jitter_s, error_s): (f64, f64),
        chance: Chance,
    ) -> Self {
        let counted = crystal.counted(origin);
        let mut source = Self {
            rate: f64::from(rate),
            period,
            origin,
            kind: Kind::Captured {
                crystal: Box::new(crystal),
                counted,
                jitter_s,
                error_s,
                chance,
            },
            written: 0,
            next: 0.0,
        };
        source.plan();
        source
    }

    /// Whether it has a clock that must be learnt.
    #[must_use]
    pub fn has_clock(&self) -> bool {
        matches!(self.kind, Kind::Captured { .. })
    }

    /// The longest time from a frame's own time until it is available, seconds.
    #[must_use]
    pub fn latency_s(&self) -> f64 {
        match self.kind {
            Kind::File { ahead } => -ahead + f64::from(self.period) / self.rate,
            Kind::Captured { jitter_s, .. } => f64::from(self.period) / self.rate + jitter_s,
        }
    }

    /// The exact line of a source without a clock, and the best guess of one
    /// with a clock that has not been observed yet.
    #[must_use]
    pub fn nominal(&self) -> Line {
        Line {
            at: Nanos::from_secs(self.origin),
            frame: 0.0,
            rate: self.rate,
        }
    }

    /// When the (fractional) frame is captured or due, true time in seconds.
    #[must_use]
    pub fn time_of(&self, frame: f64) -> f64 {
        match &self.kind {
            Kind::File { .. } => self.origin + frame / self.rate,
            Kind::Captured {
                crystal, counted, ..
            } => crystal.time_of(counted + frame / self.rate),
        }
    }

    /// The rate error of its clock in ppm at true time `time`.
    #[must_use]
    pub fn ppm_at(&self, time: f64) -> f64 {
        match &self.kind {
            Kind::File { .. } => 0.0,
            Kind::Captured { crystal, .. } => crystal.ppm_at(time),
        }
    }

    /// When the next period becomes available.
    #[must_use]
    pub fn next_wake(&self) -> f64 {
        self.next
    }

    /// Takes the period that became available at [`Source::next_wake`].
    pub fn wake(&mut self) -> Period {
        let first = self.written;
        let truth = self.time_of(first as f64);
        let off = match &mut self.kind {
            Kind::File { .. } => 0.0,
            Kind::Captured {
                error_s, chance, ..
            } => chance.between(-*error_s, *error_s),
        };
        self.written += u64::from(self.period);
        self.plan();
        Period {
            first,
            frames: self.period as usize,
            stamp: Stamp {
                frame: first,
                time: Nanos::from_secs(truth + off),
            },
        }
    }

    fn plan(&mut self) {
        let end = self.time_of(self.written as f64 + f64::from(self.period));
        let begin = self.time_of(self.written as f64);
        self.next = match &mut self.kind {
            Kind::File { ahead } => begin - *ahead,
            Kind::Captured {
                jitter_s, chance, ..
            } => end + chance.between(0.0, *jitter_s),
        };
    }
}

/// What the source sounds like; the same on all its channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Frequency in Hz by the source's own clock.
    pub hz: f64,
    /// Peak amplitude, 1 = full scale.
    pub amplitude: f64,
    /// Source frames per second.
    pub rate: f64,
}

impl Tone {
    /// Writes frames `first..` into interleaved `out`.
    pub fn write(&self, first: u64, channels: u16, out: &mut [f32]) {
        let step = self.hz / self.rate;
        for (index, frame) in out.chunks_exact_mut(usize::from(channels)).enumerate() {
            let turns = ((first + index as u64) as f64 * step).fract();
            frame.fill((self.amplitude * (turns * TAU).sin()) as f32);
        }
    }

    /// The largest step between neighbouring samples that a 1 kHz sine of this
    /// level has at a device rate; anything above is a click. The slack of
    /// 10⁻⁶ is one rounding of `f32`.
    #[must_use]
    pub fn largest_step(&self, device_rate: f64) -> f64 {
        2.0 * self.amplitude * (TAU * 500.0 / device_rate).sin() + 1e-6
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::crystal::CrystalSpec;

    #[test]
    fn captured_periods_arrive_after_their_last_frame_with_honest_stamps() {
        let mut chance = Chance::new(2, 0);
        let spec = CrystalSpec {
            ppm: 20.0,
            ..CrystalSpec::default()
        };
        let crystal = Crystal::new(&spec, &mut chance);
        let mut source = Source::captured(48_000, 256, 3.0, crystal, (0.001, 20e-6), chance);
        let mut last = 0.0;
        for index in 0..1000_u64 {
            let wake = source.next_wake();
            let period = source.wake();
            let end = source.time_of((period.first + 256) as f64);
            assert_eq!(period.first, index * 256);
            assert!(wake >= end && wake <= end + 0.001 && wake > last);
            let truth = source.time_of(period.first as f64);
            assert!((period.stamp.time.secs() - truth).abs() < 21e-6);
            last = wake;
        }
    }

    #[test]
    fn a_steady_tone_has_no_click_by_its_own_measure() {
        let tone = Tone {
            hz: 997.0,
            amplitude: 0.25,
            rate: 48_000.0,
        };
        let mut samples = vec![0.0_f32; 96_000];
        tone.write(123_456_789, 1, &mut samples);
        let largest = samples
            .windows(2)
            .map(|w| (w[1] - w[0]).abs())
            .fold(0.0, f32::max);
        assert!(f64::from(largest) < tone.largest_step(48_000.0));
        assert!(f64::from(largest) > 0.99 * tone.largest_step(48_000.0));
    }
}
