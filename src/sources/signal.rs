//! The built-in test signals and the identify sound.
//!
//! All signals are stereo, endless, the same every time, and exact to their
//! nominal levels at any rate from 8 kHz up.

use std::f64::consts::{PI, TAU};

use super::pink::Pink;
use super::{Format, Read, Reader, SourceError};
use crate::rig::TestSignal;

/// The rate test signals are made at unless another is asked for.
pub const RATE: u32 = 48_000;

/// A test signal being played.
#[derive(Debug, Clone)]
pub struct Signal {
    signal: TestSignal,
    rate: u32,
    /// Frames given so far.
    frame: u64,
    left: Pink,
    right: Pink,
}

impl Signal {
    /// A signal from its beginning at `rate` frames per second.
    #[must_use]
    pub fn new(signal: TestSignal, rate: u32) -> Self {
        Self {
            signal,
            rate,
            frame: 0,
            left: Pink::new(rate, LEFT_SEED, decibels(PINK_DB)),
            right: Pink::new(rate, RIGHT_SEED, decibels(PINK_DB)),
        }
    }

    fn next(&mut self) -> [f32; 2] {
        let n = self.frame;
        self.frame += 1;
        match self.signal {
            TestSignal::Clicks => [click(n, self.rate); 2],
            TestSignal::Sine => [sine(n, self.rate); 2],
            TestSignal::Sweep => [sweep(n, self.rate); 2],
            TestSignal::Pink => [self.left.next(), self.right.next()],
            TestSignal::Left => [self.left.next(), 0.0],
            TestSignal::Right => [0.0, self.left.next()],
            TestSignal::Both => [self.left.next(); 2],
            TestSignal::AntiPhase => {
                let x = self.left.next();
                [x, -x]
            }
        }
    }
}

impl Reader for Signal {
    fn format(&self) -> Format {
        Format {
            rate: self.rate,
            channels: 2,
        }
    }

    fn title(&self) -> String {
        match self.signal {
            TestSignal::Clicks => "Clicks",
            TestSignal::Pink => "Pink noise",
            TestSignal::Sine => "Sine 997 Hz",
            TestSignal::Left => "Pink noise, left",
            TestSignal::Right => "Pink noise, right",
            TestSignal::Both => "Pink noise, both sides alike",
            TestSignal::AntiPhase => "Pink noise, right inverted",
            TestSignal::Sweep => "Sweep 20 Hz to 20 kHz",
        }
        .into()
    }

    fn read(&mut self, out: &mut [f32]) -> Result<Read, SourceError> {
        let mut frames = 0;
        for frame in out.chunks_exact_mut(2) {
            frame.copy_from_slice(&self.next());
            frames += 1;
        }
        Ok(if frames == 0 {
            Read::Wait
        } else {
            Read::Frames(frames)
        })
    }

    fn rewind(&mut self) {
        *self = Self::new(self.signal, self.rate);
    }

    fn position(&self) -> (Option<f64>, Option<f64>) {
        (Some(self.frame as f64 / f64::from(self.rate)), None)
    }
}

/// The identify sound: two soft notes, E5 and A5, peaking at −30 dBFS; mono,
/// 0.4 s, silent at both ends.
#[must_use]
pub fn chirp(rate: u32) -> Vec<f32> {
    let note = f64::from(rate) * CHIRP_SECONDS / 2.0;
    let frames = (f64::from(rate) * CHIRP_SECONDS).round() as usize;
    (0..frames)
        .map(|n| {
            let second = n as f64 >= note;
            let hz = if second { 880.0 } else { 659.26 };
            let at = n as f64 - if second { note } else { 0.0 };
            let envelope = (PI * at / note).sin().powi(2);
            let phase = TAU * hz * at / f64::from(rate);
            (decibels(CHIRP_DB) * envelope * phase.sin()) as f32
        })
        .collect()
}

/// A windowed sinc of 2 ms twice a second, the first a quarter second in. Its
/// band ends at 8 kHz, so no resampler or loudspeaker makes it ring.
fn click(n: u64, rate: u32) -> f32 {
    let rate = f64::from(rate);
    let seconds = n as f64 / rate;
    let at = (seconds - 0.25).rem_euclid(0.5);
    let at = if at > 0.25 { at - 0.5 } else { at };
    if seconds < 0.125 || at.abs() >= CLICK_HALF {
        return 0.0;
    }
    let x = TAU * (8_000.0_f64).min(rate * 0.4) * at;
    let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
    let window = (PI * at / (2.0 * CLICK_HALF)).cos().powi(2);
    (decibels(CLICK_DB) * sinc * window) as f32
}

/// The phase is taken modulo one turn in whole numbers: no drift, ever.
fn sine(n: u64, rate: u32) -> f32 {
    let rate = u64::from(rate);
    let turn = (n % rate * SINE_HZ % rate) as f64 / rate as f64;
    (decibels(SINE_DB) * (TAU * turn).sin()) as f32
}

/// A. Farina's exponential sweep: phase = TAU·f0·T/ln(f1/f0)·(e^(t·ln(f1/f0)/T) − 1).
fn sweep(n: u64, rate: u32) -> f32 {
    let period = u64::from(rate) * (SWEEP_SECONDS as u64 + 1);
    let t = (n % period) as f64 / f64::from(rate);
    if t >= SWEEP_SECONDS {
        return 0.0;
    }
    let octaves = (SWEEP_TO / SWEEP_FROM).ln();
    let hz = SWEEP_FROM * (t / SWEEP_SECONDS * octaves).exp();
    if hz > 0.45 * f64::from(rate) {
        return 0.0;
    }
    let turns = (hz - SWEEP_FROM) * SWEEP_SECONDS / octaves;
    let edge = end_of_sweep(rate, octaves).min(SWEEP_SECONDS);
    let fade = (t / SWEEP_FADE)
        .min((edge - t) / SWEEP_FADE)
        .clamp(0.0, 1.0);
    let envelope = (PI / 2.0 * fade).sin().powi(2);
    (decibels(SWEEP_DB) * envelope * (TAU * turns).sin()) as f32
}

/// When the sweep reaches what this rate can carry, seconds.
fn end_of_sweep(rate: u32, octaves: f64) -> f64 {
    (0.45 * f64::from(rate) / SWEEP_FROM).ln() / octaves * SWEEP_SECONDS
}

fn decibels(db: f64) -> f64 {
    10.0_f64.powf(db / 20.0)
}

/// Speech-safe.
const PINK_DB: f64 = -26.0;
const SINE_DB: f64 = -12.0;
const SWEEP_DB: f64 = -20.0;
const CLICK_DB: f64 = -6.0;
const CHIRP_DB: f64 = -30.0;
const CHIRP_SECONDS: f64 = 0.4;
/// Half the length of a click, seconds.
const CLICK_HALF: f64 = 0.001;
/// Prime, so that it shares no factor with rates and blocks.
const SINE_HZ: u64 = 997;
const SWEEP_FROM: f64 = 20.0;
const SWEEP_TO: f64 = 20_000.0;
const SWEEP_SECONDS: f64 = 5.0;
const SWEEP_FADE: f64 = 0.02;
const LEFT_SEED: u64 = 0x1F3A_55E5_0000_0001;
const RIGHT_SEED: u64 = 0x1F3A_55E5_0000_0002;

#[cfg(test)]
mod tests;
