//! Peak and RMS of one speaker, over windows of 50 ms. Real-time safe.

use super::gain::to_db;

/// What silence reads as, in dBFS.
pub const FLOOR_DB: f64 = -120.0;

/// Length of a window in seconds.
pub const WINDOW_SECS: f64 = 0.05;

/// The level of the last whole window, in dBFS; never below [`FLOOR_DB`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The largest sample.
    pub peak_db: f64,
    /// The root of the mean square: 0 for a full-scale square wave, −3.01 for a
    /// full-scale sine.
    pub rms_db: f64,
}

impl Level {
    /// Nothing sounds.
    pub const SILENCE: Self = Self {
        peak_db: FLOOR_DB,
        rms_db: FLOOR_DB,
    };
}

/// Measures what passes by.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    window: u32,
    samples: u32,
    peak: f32,
    squares: f64,
    level: Level,
}

impl Meter {
    /// For `channels` channels of one speaker, metered together, at `rate`
    /// frames per second.
    #[must_use]
    pub fn new(rate: f64, channels: usize) -> Self {
        let frames = (rate * WINDOW_SECS).round().max(1.0);
        Self {
            window: (frames * channels.max(1) as f64) as u32,
            samples: 0,
            peak: 0.0,
            squares: 0.0,
            level: Level::SILENCE,
        }
    }

    /// Measures `samples[0]`, `samples[stride]`, …; once per channel and block.
    pub fn push(&mut self, samples: &[f32], stride: usize) {
        for &sample in samples.iter().step_by(stride.max(1)) {
            self.peak = self.peak.max(sample.abs());
            self.squares += f64::from(sample) * f64::from(sample);
            self.samples += 1;
            if self.samples >= self.window {
                self.close();
            }
        }
    }

    /// The last whole window.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    fn close(&mut self) {
        let mean = self.squares / f64::from(self.samples);
        self.level = Level {
            peak_db: to_db(f64::from(self.peak), FLOOR_DB),
            rms_db: to_db(mean.sqrt(), FLOOR_DB),
        };
        self.samples = 0;
        self.peak = 0.0;
        self.squares = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(amplitude: f64, frames: usize) -> Vec<f32> {
        let omega = std::f64::consts::TAU * 1000.0 / 48_000.0;
        (0..frames)
            .map(|n| (amplitude * (omega * n as f64).sin()) as f32)
            .collect()
    }

    #[test]
    fn a_sine_reads_its_peak_and_3_db_less() {
        for amplitude in [1.0, 0.1, 0.001] {
            let mut meter = Meter::new(48_000.0, 1);
            for block in sine(amplitude, 9600).chunks(100) {
                meter.push(block, 1);
            }
            let wanted = 20.0 * amplitude.log10();
            assert!((meter.level().peak_db - wanted).abs() < 0.01);
            assert!((meter.level().rms_db - wanted + 3.0103).abs() < 0.01);
        }
    }

    #[test]
    fn silence_reads_the_floor_within_two_windows() {
        let mut meter = Meter::new(48_000.0, 1);
        assert_eq!(meter.level(), Level::SILENCE);
        meter.push(&sine(0.5, 3000), 1);
        assert!(meter.level().peak_db > -7.0);
        meter.push(&vec![0.0; 4800], 1);
        assert_eq!(meter.level(), Level::SILENCE);
    }

    #[test]
    fn two_channels_share_a_window() {
        let mut meter = Meter::new(48_000.0, 2);
        let block: Vec<f32> = [1.0, -0.5].repeat(2400);
        meter.push(&block, 2);
        assert_eq!(meter.level(), Level::SILENCE, "half a window");
        meter.push(&block[1..], 2);
        assert_eq!(meter.level().peak_db, 0.0);
        assert!((meter.level().rms_db - 10.0 * 0.625f64.log10()).abs() < 1e-9);
    }

    #[test]
    fn a_broken_sample_does_not_stay() {
        let mut meter = Meter::new(48_000.0, 1);
        meter.push(&[f32::NAN, f32::INFINITY], 1);
        meter.push(&sine(1.0, 7200), 1);
        assert!((meter.level().rms_db + 3.0103).abs() < 0.01);
    }
}
