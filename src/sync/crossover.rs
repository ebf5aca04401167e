//! Splits a band between a subwoofer and the other speakers of its zone.
//!
//! Fourth-order Linkwitz-Riley: two Butterworth filters of second order in a
//! row (S. H. Linkwitz, "Active Crossover Networks for Noncoincident Drivers",
//! JAES 1976). Both sides are in phase at every frequency, −6 dB at the
//! crossover, and add up to a flat response. Switched off it passes every bit.
//! Real-time safe.

use std::f64::consts::{PI, SQRT_2};

use super::gain::Gain;

/// How long switching on or off takes: a few periods of the lowest crossover's
/// settling time, so that the filter's own start stays inaudible.
const SWITCH_SECS: f64 = 0.03;

/// Frames between two coefficient updates while the frequency moves.
const STRIDE: u32 = 8;

/// How fast the frequency moves: time constant in seconds.
const GLIDE_SECS: f64 = 0.02;

/// Close enough to the target frequency to stand still there; a ratio.
const ARRIVED: f64 = 1e-4;

/// State below this is set to zero, long before it is slow to compute with.
const TINY: f64 = 1e-30;

/// The side of the crossover a speaker plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Below the crossover: the subwoofer.
    Low,
    /// Above it: the others.
    High,
}

/// One side of a crossover, for one channel.
#[derive(Debug, Clone, Copy)]
pub struct Crossover {
    side: Side,
    rate: f64,
    now_hz: f64,
    target_hz: f64,
    stages: [Biquad; 2],
    wet: Gain,
    until_update: u32,
}

impl Crossover {
    /// A filter that is off, at `rate` frames per second.
    #[must_use]
    pub fn new(side: Side, rate: f64) -> Self {
        Self {
            side,
            rate,
            now_hz: 80.0,
            target_hz: 80.0,
            stages: [Biquad::default(); 2],
            wet: Gain::with_glide(0.0, rate, SWITCH_SECS),
            until_update: 0,
        }
    }

    /// Moves to a crossover frequency in Hz (clamped to 10 Hz … 45 % of the
    /// rate), or off with `None`; glides without a click.
    pub fn set(&mut self, hz: Option<f64>) {
        let Some(hz) = hz.filter(|hz| hz.is_finite()) else {
            self.wet.set(0.0);
            return;
        };
        self.target_hz = hz.clamp(10.0, self.rate * 0.45);
        if self.wet.is_silent() {
            self.now_hz = self.target_hz;
            self.stages = [Biquad::default(); 2];
            self.tune();
        }
        self.wet.set(1.0);
    }

    /// Is at its target at once: only while nothing sounds.
    pub fn jump(&mut self, hz: Option<f64>) {
        self.wet.jump(0.0);
        self.set(hz);
        self.wet.jump(self.wet.target());
    }

    /// Whether it is off and passes every bit.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.wet.is_silent()
    }

    /// Filters `samples[0]`, `samples[stride]`, … in place.
    pub fn process(&mut self, samples: &mut [f32], stride: usize) {
        if self.is_off() {
            return;
        }
        for sample in samples.iter_mut().step_by(stride.max(1)) {
            self.glide();
            let dry = f64::from(*sample);
            let [first, second] = &mut self.stages;
            let filtered = second.next(first.next(dry));
            *sample = if self.wet.is_settled() && self.wet.target() == 1.0 {
                filtered as f32
            } else if self.wet.is_silent() {
                *sample
            } else {
                (dry + f64::from(self.wet.tick()) * (filtered - dry)) as f32
            };
        }
        for stage in &mut self.stages {
            stage.settle();
        }
    }

    /// One frame of the frequency's way to its target, in octaves.
    fn glide(&mut self) {
        if self.now_hz == self.target_hz {
            return;
        }
        if self.until_update > 0 {
            self.until_update -= 1;
            return;
        }
        self.until_update = STRIDE - 1;
        let part = f64::from(STRIDE) / (GLIDE_SECS * self.rate);
        let left = self.target_hz / self.now_hz;
        self.now_hz = if (left - 1.0).abs() < ARRIVED {
            self.target_hz
        } else {
            self.now_hz * left.powf(part.min(1.0))
        };
        self.tune();
    }

    fn tune(&mut self) {
        for stage in &mut self.stages {
            stage.tune(self.side, self.now_hz, self.rate);
        }
    }
}

/// A second-order Butterworth filter, transposed direct form II.
#[derive(Debug, Clone, Copy, Default)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    /// The bilinear transform of 1/(s² + √2·s + 1) or s²/(…), exact at `hz`.
    fn tune(&mut self, side: Side, hz: f64, rate: f64) {
        let k = (PI * hz / rate).tan();
        let norm = 1.0 / (1.0 + SQRT_2 * k + k * k);
        self.b = match side {
            Side::Low => [k * k * norm, 2.0 * k * k * norm, k * k * norm],
            Side::High => [norm, -2.0 * norm, norm],
        };
        self.a = [
            2.0 * (k * k - 1.0) * norm,
            (1.0 - SQRT_2 * k + k * k) * norm,
        ];
    }

    #[inline]
    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    /// Forgets what is inaudible, and what is not a number.
    fn settle(&mut self) {
        for state in &mut self.state {
            if state.abs() < TINY || !state.is_finite() {
                *state = 0.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use realfft::RealFftPlanner;
    use realfft::num_complex::Complex;

    use super::*;

    const RATE: f64 = 48_000.0;
    const LENGTH: usize = 1 << 16;

    fn response(side: Side, hz: f64) -> Vec<Complex<f64>> {
        let mut filter = Crossover::new(side, RATE);
        filter.jump(Some(hz));
        let mut impulse = vec![0.0f32; LENGTH];
        impulse[0] = 1.0;
        filter.process(&mut impulse, 1);
        let mut input: Vec<f64> = impulse.iter().map(|&x| f64::from(x)).collect();
        let fft = RealFftPlanner::new().plan_fft_forward(LENGTH);
        let mut spectrum = fft.make_output_vec();
        assert!(fft.process(&mut input, &mut spectrum).is_ok());
        spectrum
    }

    fn bin(hz: f64) -> usize {
        (hz / RATE * LENGTH as f64).round() as usize
    }

    fn db(x: Complex<f64>) -> f64 {
        20.0 * x.norm().log10()
    }

    #[test]
    fn both_sides_add_up_to_a_flat_response() {
        for hz in [40.0, 80.0, 120.0, 250.0] {
            let (low, high) = (response(Side::Low, hz), response(Side::High, hz));
            for i in bin(20.0)..bin(20_000.0) {
                let sum = db(low[i] + high[i]);
                assert!(sum.abs() < 0.05, "{hz} Hz, bin {i}: {sum} dB");
            }
        }
    }

    #[test]
    fn both_sides_are_in_phase_and_6_db_down_at_the_crossover() {
        for hz in [40.0, 80.0, 250.0] {
            let at = bin(hz);
            // The nearest bin is not exactly at the crossover.
            let exact = at as f64 * RATE / LENGTH as f64;
            let (low, high) = (response(Side::Low, exact), response(Side::High, exact));
            assert!((low[at] / high[at]).arg().abs() < 1e-3);
            assert!((db(low[at]) + 6.0206).abs() < 0.01);
            assert!((db(high[at]) + 6.0206).abs() < 0.01);
        }
    }

    #[test]
    fn the_slopes_are_24_db_per_octave() {
        let (low, high) = (response(Side::Low, 100.0), response(Side::High, 100.0));
        assert!((db(low[bin(400.0)]) - db(low[bin(800.0)]) - 24.0).abs() < 0.5);
        assert!((db(high[bin(50.0)]) - db(high[bin(25.0)]) - 24.0).abs() < 0.7);
        assert!(db(low[bin(20.0)]).abs() < 0.1 && db(high[bin(5_000.0)]).abs() < 0.01);
    }

    /// What a listener hears of a click: the output above `corner`, where the
    /// 60 Hz test sine has nothing.
    fn residue(out: &[f32]) -> f64 {
        let mut stop = Crossover::new(Side::High, RATE);
        stop.jump(Some(2_000.0));
        let mut rest = out.to_vec();
        stop.process(&mut rest, 1);
        rest[2_000..]
            .iter()
            .fold(0.0f64, |peak, &x| peak.max(f64::from(x.abs())))
    }

    #[test]
    fn changing_the_frequency_or_switching_does_not_click() {
        for side in [Side::Low, Side::High] {
            for (before, after) in [
                (Some(80.0), Some(40.0)),
                (Some(40.0), Some(250.0)),
                (Some(80.0), None),
                (None, Some(80.0)),
            ] {
                let mut filter = Crossover::new(side, RATE);
                filter.jump(before);
                let mut out: Vec<f32> = (0..24_000)
                    .map(|n| (n as f64 / RATE * 60.0 * 2.0 * PI).sin() as f32)
                    .collect();
                let (first, second) = out.split_at_mut(12_345);
                first.chunks_mut(192).for_each(|b| filter.process(b, 1));
                filter.set(after);
                second.chunks_mut(192).for_each(|b| filter.process(b, 1));
                let click = 20.0 * residue(&out).log10();
                assert!(click < -60.0, "{side:?} {before:?} {after:?}: {click} dB");
                assert_eq!(filter.is_off(), after.is_none());
            }
        }
    }

    #[test]
    fn off_passes_every_bit() {
        let mut filter = Crossover::new(Side::High, RATE);
        let wave: Vec<f32> = (0..4800).map(|n| (n as f32 * 0.7).sin()).collect();
        let mut out = wave.clone();
        filter.process(&mut out, 1);
        assert_eq!(out, wave);
        filter.set(Some(100.0));
        filter.process(&mut out, 1);
        filter.set(None);
        filter.process(&mut out, 1);
        out.clone_from(&wave);
        filter.process(&mut out, 1);
        assert_eq!(out, wave);
    }

    #[test]
    fn state_reaches_true_zero_in_silence_and_survives_broken_samples() {
        let mut filter = Crossover::new(Side::Low, RATE);
        filter.jump(Some(40.0));
        filter.process(&mut [1.0; 480], 1);
        for _ in 0..1000 {
            filter.process(&mut [0.0; 192], 1);
        }
        assert!(filter.stages.iter().all(|stage| stage.state == [0.0; 2]));
        filter.process(&mut [f32::NAN, f32::INFINITY, 0.0], 1);
        let mut out = [0.5f32; 192];
        filter.process(&mut out, 1);
        assert!(out.iter().all(|x| x.is_finite()));
    }
}
