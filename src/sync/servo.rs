//! Turns two clocks into a read position: where in the source each device
//! frame is read, so that it is heard when it should be.
//!
//! The position follows from the two lines alone (feed-forward), so there is
//! no integrator to wind up and nothing to slew in after a start. What is left
//! is a proportional pull towards the lines, smoothed so that the ratio never
//! steps by more than a crystal would: a ratio that jitters is audible as noise.

use super::time::Line;

/// The read position of one lane on the source's timeline.
#[derive(Debug, Clone, Default)]
pub struct Servo {
    position: Option<f64>,
    correction: f64,
    locked: bool,
}

/// The read positions of one block.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Track {
    /// Source frame, with fraction, for the block's first device frame.
    pub start: f64,
    /// Source frames per device frame.
    pub step: f64,
    /// How late (+) the lane reads against the lines, in seconds.
    pub late: f64,
}

impl Servo {
    /// Reads one source frame per device frame from now on, at whole frames:
    /// for devices on the source's own clock. Bit-exact.
    pub fn lock(&mut self, locked: bool) {
        self.locked = locked;
    }

    /// Whether it is told to read bit-exactly.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// Forgets the position; the next block begins where the lines say.
    pub fn release(&mut self) {
        self.position = None;
    }

    /// The positions for `frames` device frames from `first` on, and advances.
    pub fn advance(&mut self, device: &Line, source: &Line, first: u64, frames: usize) -> Track {
        let seconds = (device.at - source.at).secs() + device.secs_to(first as f64);
        let target = source.frame + seconds * source.rate;
        let ratio = source.rate / device.rate;
        let position = match self.position {
            Some(position) => position,
            None => self.begin(target),
        };
        let late = (target - position) / source.rate;
        let step = if self.locked {
            ratio.round().max(1.0)
        } else {
            ratio * (1.0 + self.correct(late, frames as f64 / device.rate))
        };
        self.position = Some(position + step * frames as f64);
        Track {
            start: position,
            step,
            late,
        }
    }

    fn begin(&mut self, target: f64) -> f64 {
        self.correction = 0.0;
        if self.locked { target.round() } else { target }
    }

    fn correct(&mut self, late: f64, seconds: f64) -> f64 {
        let wanted = (late / PULL).clamp(-PULL_MAX, PULL_MAX);
        self.correction += (wanted - self.correction) * (seconds / SMOOTH).min(1.0);
        self.correction
    }
}

/// Seconds in which an error shrinks to 1/e.
const PULL: f64 = 0.8;
/// Seconds over which the ratio changes; a quarter of `PULL` or less keeps the
/// loop free of overshoot (damping ≥ 1).
const SMOOTH: f64 = 0.15;
/// The most the pull may detune: 200 ppm = 0.35 cent, inaudible.
const PULL_MAX: f64 = 200e-6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::time::Nanos;

    fn line(frame: f64, rate: f64) -> Line {
        Line {
            at: Nanos::from_secs(10.0),
            frame,
            rate,
        }
    }

    #[test]
    fn exact_lines_are_followed_exactly_from_the_first_block() {
        let (device, source) = (line(500.0, 48_003.84), line(96_000.25, 47_999.0));
        let mut servo = Servo::default();
        let mut last = None;
        for block in 0..1000u64 {
            let track = servo.advance(&device, &source, 500 + block * 256, 256);
            assert!(track.late.abs() < 1e-9);
            if let Some(end) = last {
                assert_eq!(track.start, end);
            }
            last = Some(track.start + track.step * 256.0);
        }
    }

    #[test]
    fn an_error_is_pulled_in_without_overshoot_or_pitch_jump() {
        let device = line(0.0, 48_000.0);
        let mut servo = Servo::default();
        let _ = servo.advance(&device, &line(0.0, 48_000.0), 0, 256);
        let moved = line(4.8, 48_000.0);
        let (mut last, mut worst_step) = (1.0, 0.0f64);
        for block in 1..2000u64 {
            let track = servo.advance(&device, &moved, block * 256, 256);
            assert!(track.late > -1e-6, "overshoot {}", track.late);
            worst_step = worst_step.max((track.step - last).abs());
            last = track.step;
        }
        assert!(worst_step < 10e-6, "{worst_step}");
        let track = servo.advance(&device, &moved, 2000 * 256, 256);
        assert!(track.late.abs() < 0.5e-6, "{}", track.late);
    }

    #[test]
    fn locked_reads_whole_frames_one_by_one() {
        let mut servo = Servo::default();
        servo.lock(true);
        let source = line(0.4, 48_000.001);
        for block in 0..100u64 {
            let track = servo.advance(&line(0.0, 48_000.0), &source, block * 192, 192);
            assert_eq!(track.step, 1.0);
            assert_eq!(track.start.fract(), 0.0);
        }
    }
}
