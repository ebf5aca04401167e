//! Gain that moves without a click.
//!
//! Mute, gates, levels and polarity are all one signed linear gain that glides
//! to its target on half a cosine. A polarity change passes through zero. Once
//! there the gain is exactly the target: at 1 every bit passes.

use std::f32::consts::PI;

/// How long a glide takes: longer than any click, shorter than a reaction.
pub const GLIDE_SECS: f64 = 0.010;

/// A linear gain of a level in dB; exactly 1 at 0 dB.
#[must_use]
pub fn from_db(db: f64) -> f32 {
    10f64.powf(db / 20.0) as f32
}

/// The level in dB of a linear gain or amplitude, not below `floor`.
#[must_use]
pub fn to_db(amplitude: f64, floor: f64) -> f64 {
    if amplitude > 0.0 {
        (20.0 * amplitude.log10()).max(floor)
    } else {
        floor
    }
}

/// A gain and where it is going. Real-time safe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    from: f32,
    target: f32,
    done: u32,
    length: u32,
}

impl Gain {
    /// Stands at `gain` (linear, signed); glides take [`GLIDE_SECS`] at `rate`
    /// frames per second.
    #[must_use]
    pub fn new(gain: f32, rate: f64) -> Self {
        Self::with_glide(gain, rate, GLIDE_SECS)
    }

    /// Stands at `gain`; glides take `secs`.
    #[must_use]
    pub fn with_glide(gain: f32, rate: f64, secs: f64) -> Self {
        let length = ((rate * secs).round() as u32).max(1);
        Self {
            from: gain,
            target: gain,
            done: length,
            length,
        }
    }

    /// Glides to `target` from wherever it is; nothing happens if it already
    /// does. A target that is not finite counts as 0.
    pub fn set(&mut self, target: f32) {
        let target = if target.is_finite() { target } else { 0.0 };
        if target != self.target {
            self.from = self.now();
            self.target = target;
            self.done = 0;
        }
    }

    /// Stands at `gain` at once: only while nothing sounds.
    pub fn jump(&mut self, gain: f32) {
        self.from = gain;
        self.target = gain;
        self.done = self.length;
    }

    /// The gain of the next frame.
    #[must_use]
    pub fn now(&self) -> f32 {
        if self.is_settled() {
            return self.target;
        }
        let part = self.done as f32 / self.length as f32;
        self.from + (self.target - self.from) * (0.5 - 0.5 * (PI * part).cos())
    }

    /// Where it is going, or is.
    #[must_use]
    pub fn target(&self) -> f32 {
        self.target
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.done >= self.length
    }

    /// Whether it stands still at 0: nothing needs computing.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.is_settled() && self.target == 0.0
    }

    /// The gain of the next frame.
    #[must_use]
    pub fn tick(&mut self) -> f32 {
        let now = self.now();
        self.done = self.done.saturating_add(1).min(self.length);
        now
    }

    /// Moves on by a block: the gain of its first frame and of the first frame
    /// after it, for a linear slope in between.
    #[must_use]
    pub fn block(&mut self, frames: usize) -> (f32, f32) {
        let from = self.now();
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        self.done = self.done.saturating_add(frames).min(self.length);
        (from, self.now())
    }

    /// Multiplies `samples[0]`, `samples[stride]`, … and moves on.
    pub fn apply(&mut self, samples: &mut [f32], stride: usize) {
        if self.is_settled() && self.target == 1.0 {
            return;
        }
        for sample in samples.iter_mut().step_by(stride.max(1)) {
            *sample *= self.tick();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unity_is_bit_exact_before_and_after_a_glide() {
        let mut gain = Gain::new(1.0, 48_000.0);
        let wave: Vec<f32> = (0..480).map(|n| (n as f32 * 0.1).sin()).collect();
        let mut out = wave.clone();
        gain.apply(&mut out, 1);
        assert_eq!(out, wave);
        gain.set(0.3);
        gain.apply(&mut out, 1);
        gain.set(1.0);
        gain.apply(&mut out, 1);
        assert!(gain.is_settled());
        out.clone_from(&wave);
        gain.apply(&mut out, 1);
        assert_eq!(out, wave);
        assert_eq!(from_db(0.0), 1.0);
    }

    #[test]
    fn no_change_steps_more_than_a_glide_may() {
        // The steepest frame of half a cosine: range · π / (2 · length).
        for (first, second) in [(1.0, 0.0), (0.0, 1.0), (1.0, -1.0), (-0.5, 4.0)] {
            let mut gain = Gain::new(first, 48_000.0);
            let mut last = first;
            gain.set(second);
            let bound = (second - first).abs() * PI / 960.0 * 1.01;
            for frame in 0..1000 {
                if frame == 200 {
                    gain.set(first);
                }
                if frame == 320 {
                    gain.set(second);
                }
                let now = gain.tick();
                assert!((now - last).abs() <= bound, "{first} {second} {frame}");
                last = now;
            }
            assert_eq!(last, second);
        }
    }

    #[test]
    fn blocks_meet_exactly_and_end_at_the_target() {
        for frames in [1, 7, 64, 192, 4096] {
            let mut gain = Gain::new(0.25, 48_000.0);
            gain.set(-1.0);
            let mut last = 0.25;
            for _ in 0..=480 / frames {
                let (from, to) = gain.block(frames);
                assert_eq!(from, last);
                last = to;
            }
            assert_eq!(last, -1.0);
            assert_eq!(gain.block(frames), (-1.0, -1.0));
        }
    }

    #[test]
    fn nonsense_is_silence() {
        let mut gain = Gain::new(1.0, 48_000.0);
        gain.set(f32::NAN);
        let _ = gain.block(480);
        assert!(gain.is_silent());
    }
}
