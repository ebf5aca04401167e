//! The range of every number in a rig, once. Edits refuse what is outside;
//! loading a file clamps it.

use super::error::RigError;

/// A closed range and how it is said to the user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Smallest allowed value.
    pub min: f64,
    /// Largest allowed value.
    pub max: f64,
    /// In words, with the unit: `−250 to +250 ms`.
    pub words: &'static str,
}

impl Limit {
    const fn new(min: f64, max: f64, words: &'static str) -> Self {
        Self { min, max, words }
    }

    /// Whether `value` is inside; NaN is not.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }

    /// The value when it is inside.
    ///
    /// # Errors
    /// [`RigError::Range`] when it is not.
    pub fn check(&self, value: f64) -> Result<f64, RigError> {
        if self.holds(value) {
            Ok(value)
        } else {
            Err(RigError::Range { range: self.words })
        }
    }

    /// The nearest value inside; `default` for NaN.
    #[must_use]
    pub fn clamp(&self, value: f64, default: f64) -> f64 {
        if value.is_nan() {
            default
        } else {
            value.clamp(self.min, self.max)
        }
    }
}

/// Gain of a speaker, a zone or the rig, dB.
pub const GAIN_DB: Limit = Limit::new(-60.0, 12.0, "−60 to +12 dB");
/// Trim, µs.
pub const TRIM_US: Limit = Limit::new(-250_000.0, 250_000.0, "−250 to +250 ms");
/// Distance, metres.
pub const DISTANCE_M: Limit = Limit::new(0.0, 100.0, "0 to 100 m");
/// Air temperature, °C.
pub const TEMPERATURE_C: Limit = Limit::new(-30.0, 50.0, "−30 to +50 °C");
/// Crossover, Hz.
pub const CROSSOVER_HZ: Limit = Limit::new(40.0, 250.0, "40 to 250 Hz");
/// Device period, frames at 48 kHz.
pub const PERIOD: Limit = Limit::new(32.0, 4096.0, "32 to 4096 frames");
/// Sample rate, Hz.
pub const RATE_HZ: Limit = Limit::new(8000.0, 384_000.0, "auto, or 8 to 384 kHz");
/// Fixed target latency, ms.
pub const TARGET_MS: Limit = Limit::new(1.0, 5000.0, "auto, or 1 to 5000 ms");
/// Threshold of "in phase", µs.
pub const IN_PHASE_US: Limit = Limit::new(1.0, 10_000.0, "1 µs to 10 ms");
/// What is kept of a Bluetooth source against late packets, ms.
pub const JITTER_MS: Limit = Limit::new(0.0, 1000.0, "0 to 1000 ms");
/// Channels of a source.
pub const SOURCE_CHANNELS: Limit = Limit::new(1.0, 8.0, "1 to 8 channels");
/// 1-based channel number of an output.
pub const OUTPUT_CHANNEL: Limit = Limit::new(1.0, 64.0, "channel numbers 1 to 64");
/// Identity colours.
pub const SLOTS: u8 = 8;
/// Characters of a name.
pub const NAME_CHARS: usize = 60;
