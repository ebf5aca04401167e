//! Keeps boosted sound below −1 dBFS.
//!
//! A peak follower with instant attack, a hold longer than half a period of the
//! lowest bass and a slow release drives a soft knee: no latency, and no
//! distortion of a steady tone. Disarmed, and for everything below the knee, it
//! passes every bit. Real-time safe.

use super::gain::Gain;

/// No output sample is larger: −1 dBFS.
pub const CEILING: f32 = 0.891_250_9;

/// Levels up to here pass unchanged: −3 dBFS. Between here and the ceiling the
/// curve bends, with no kink.
pub const KNEE: f32 = 0.707_945_8;

/// Longer than half a period of 40 Hz: between two peaks of a tone the gain
/// stands still, so a bass note is not distorted.
const HOLD_SECS: f64 = 0.013;

/// Time constant of the release.
const RELEASE_SECS: f64 = 0.1;

/// Levels are clamped here, so that one broken sample is forgotten in a second.
const LOUDEST: f32 = 1.0e4;

/// A limiter for one speaker; its channels share one gain, so that the stereo
/// image stays.
#[derive(Debug, Clone, Copy)]
pub struct Limiter {
    armed: Gain,
    level: f32,
    held: u32,
    hold: u32,
    decay: f32,
    least_gain: f32,
}

impl Limiter {
    /// A disarmed limiter at `rate` frames per second.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self {
            armed: Gain::new(0.0, rate),
            level: 0.0,
            held: 0,
            hold: (HOLD_SECS * rate) as u32,
            decay: (-1.0 / (RELEASE_SECS * rate)).exp() as f32,
            least_gain: 1.0,
        }
    }

    /// Armed while some gain of the path exceeds unity; fades in and out over
    /// 10 ms, as gains do.
    pub fn arm(&mut self, armed: bool) {
        self.armed.set(if armed { 1.0 } else { 0.0 });
    }

    /// Whether it could change a sample at all.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        !self.armed.is_silent()
    }

    /// Whether it holds the ceiling: armed, and the fade in is over.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.armed.is_settled() && self.armed.target() == 1.0
    }

    /// The smallest gain applied since the last call, linear; 1 = it did not
    /// engage.
    #[must_use]
    pub fn take_least_gain(&mut self) -> f32 {
        std::mem::replace(&mut self.least_gain, 1.0)
    }

    /// Limits the given channels of interleaved frames of `stride` samples, in
    /// place; channels outside a frame are ignored.
    pub fn process(&mut self, samples: &mut [f32], stride: usize, channels: &[usize]) {
        if !self.is_armed() {
            self.level = 0.0;
            return;
        }
        for frame in samples.chunks_exact_mut(stride.max(1)) {
            let gain = self.gain(loudest(frame, channels));
            if gain < 1.0 {
                self.least_gain = self.least_gain.min(gain);
                self.turn_down(frame, channels, gain);
            }
        }
    }

    /// Follows the level and gives the gain for it.
    #[inline]
    fn gain(&mut self, peak: f32) -> f32 {
        if peak >= self.level {
            self.level = peak;
            self.held = self.hold;
        } else if self.held > 0 {
            self.held -= 1;
        } else {
            self.level *= self.decay;
        }
        let armed = self.armed.tick();
        if self.level <= KNEE {
            // Nothing to follow: also keeps the decay away from denormals.
            self.level = 0.0;
            return 1.0;
        }
        1.0 + armed * (curve(self.level) / self.level - 1.0)
    }

    fn turn_down(&self, frame: &mut [f32], channels: &[usize], gain: f32) {
        let sure = self.armed.is_settled();
        for &channel in channels {
            if let Some(sample) = frame.get_mut(channel) {
                let quiet = *sample * gain;
                // Rounding and infinities; the curve itself stays below.
                *sample = if sure {
                    quiet.clamp(-CEILING, CEILING)
                } else {
                    quiet
                };
            }
        }
    }
}

fn loudest(frame: &[f32], channels: &[usize]) -> f32 {
    channels
        .iter()
        .filter_map(|&channel| frame.get(channel))
        .fold(0.0f32, |peak, sample| peak.max(sample.abs()))
        .min(LOUDEST)
}

/// The output level for an input level above the knee: slope 1 at the knee,
/// towards the ceiling for ever.
fn curve(level: f32) -> f32 {
    let room = CEILING - KNEE;
    let over = (level - KNEE) / room;
    KNEE + room * over / (1.0 + over)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 48_000.0;

    fn tone(hz: f64, amplitude: f64, frames: usize) -> Vec<f32> {
        let omega = std::f64::consts::TAU * hz / RATE;
        (0..frames)
            .map(|n| (amplitude * (omega * n as f64).sin()) as f32)
            .collect()
    }

    fn armed() -> Limiter {
        let mut limiter = Limiter::new(RATE);
        limiter.arm(true);
        limiter.process(&mut [0.0; 960], 1, &[0]);
        limiter
    }

    fn peak(samples: &[f32]) -> f32 {
        samples.iter().fold(0.0, |peak, x| peak.max(x.abs()))
    }

    /// Everything but the fundamental, in dB against it; whole periods.
    fn distortion(samples: &[f32], hz: f64) -> f64 {
        let omega = std::f64::consts::TAU * hz / RATE;
        let (mut s, mut c, mut total) = (0.0, 0.0, 0.0);
        for (n, &x) in samples.iter().enumerate() {
            let (sin, cos) = (omega * n as f64).sin_cos();
            s += f64::from(x) * sin;
            c += f64::from(x) * cos;
            total += f64::from(x) * f64::from(x);
        }
        let fundamental = 2.0 * (s * s + c * c) / samples.len() as f64;
        10.0 * ((total - fundamental) / fundamental).log10()
    }

    #[test]
    fn a_boosted_tone_comes_out_below_the_ceiling_and_clean() {
        for (hz, limit) in [(50.0, -40.0), (100.0, -40.0), (1_000.0, -60.0)] {
            let mut out = tone(hz, 1.995_262, 48_000);
            armed().process(&mut out, 1, &[0]);
            assert!(peak(&out) <= CEILING, "{hz} Hz");
            let thd = distortion(&out[2_400..2_400 + 9_600], hz);
            assert!(thd < limit, "{hz} Hz: {thd} dB");
            assert!(peak(&out[24_000..]) > 0.75, "not quieter than needed");
        }
    }

    #[test]
    fn disarmed_passes_every_bit_at_any_level() {
        let wave = tone(997.0, 3.0, 4_800);
        let mut out = wave.clone();
        let mut limiter = Limiter::new(RATE);
        limiter.process(&mut out, 1, &[0]);
        assert_eq!(out, wave);
        limiter.arm(true);
        limiter.process(&mut out, 1, &[0]);
        limiter.arm(false);
        limiter.process(&mut out, 1, &[0]);
        out.clone_from(&wave);
        limiter.process(&mut out, 1, &[0]);
        assert_eq!(out, wave, "and again after it was armed");
    }

    #[test]
    fn armed_passes_every_bit_below_the_knee() {
        let wave = tone(997.0, 0.7, 48_000);
        let mut out = wave.clone();
        let mut limiter = armed();
        limiter.process(&mut out, 1, &[0]);
        assert_eq!(out, wave);
        assert_eq!(limiter.take_least_gain(), 1.0);
    }

    #[test]
    fn arming_and_disarming_do_not_click() {
        for start in 0..48 {
            let mut out = tone(997.0, 1.0, 9_600);
            let mut limiter = Limiter::new(RATE);
            let (before, rest) = out.split_at_mut(2_400 + start);
            let (during, after) = rest.split_at_mut(3_600);
            limiter.process(before, 1, &[0]);
            limiter.arm(true);
            limiter.process(during, 1, &[0]);
            limiter.arm(false);
            limiter.process(after, 1, &[0]);
            // The steepest step of the tone itself, and a little for the gain.
            let steepest = (std::f64::consts::TAU * 997.0 / RATE) as f32 * 1.01;
            for pair in out.windows(2) {
                assert!((pair[1] - pair[0]).abs() < steepest);
            }
        }
    }

    #[test]
    fn both_channels_of_a_speaker_share_the_gain_and_others_are_left_alone() {
        let loud = tone(400.0, 1.8, 9_600);
        let mut out: Vec<f32> = loud.iter().flat_map(|&x| [x * 0.25, x * 2.0, x]).collect();
        let mut limiter = armed();
        limiter.process(&mut out, 3, &[2, 0]);
        for (frame, &x) in out.chunks(3).zip(&loud) {
            assert!((frame[2] * 0.25 - frame[0]).abs() < 1e-6);
            assert_eq!(frame[1], x * 2.0);
        }
        assert!(limiter.take_least_gain() < 0.6);
    }

    #[test]
    fn the_gain_recovers_after_a_burst() {
        let mut limiter = armed();
        limiter.process(&mut tone(1_000.0, 2.0, 4_800), 1, &[0]);
        // Level 2 falls below the knee after 13 ms + 0.1·ln(2/0.708) s = 117 ms.
        limiter.process(&mut tone(1_000.0, 0.1, 5_760), 1, &[0]);
        let wave = tone(1_000.0, 0.1, 480);
        let mut out = wave.clone();
        limiter.process(&mut out, 1, &[0]);
        assert_eq!(out, wave);
    }

    #[test]
    fn a_broken_sample_is_forgotten() {
        let mut limiter = armed();
        let mut burst = [f32::INFINITY, f32::NAN, f32::NEG_INFINITY];
        limiter.process(&mut burst, 1, &[0]);
        assert_eq!(burst[0], CEILING);
        limiter.process(&mut vec![0.0; 96_000], 1, &[0]);
        let mut out = [0.5f32; 8];
        limiter.process(&mut out, 1, &[0]);
        assert_eq!(out, [0.5; 8]);
    }
}
