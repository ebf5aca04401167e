//! Units of time and the straight line that relates a device's frames to time.
//!
//! All times are `CLOCK_MONOTONIC_RAW` nanoseconds handed in by the caller, or
//! virtual nanoseconds in the room; nothing here reads a clock.

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// A point in time or a span, in nanoseconds; negative spans are allowed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub i64);

impl Nanos {
    /// Zero nanoseconds.
    pub const ZERO: Self = Self(0);

    /// From seconds, rounded to the nearest nanosecond.
    #[must_use]
    pub fn from_secs(seconds: f64) -> Self {
        Self((seconds * 1e9).round() as i64)
    }

    /// From milliseconds, rounded to the nearest nanosecond.
    #[must_use]
    pub fn from_millis(millis: f64) -> Self {
        Self((millis * 1e6).round() as i64)
    }

    /// From microseconds, rounded to the nearest nanosecond.
    #[must_use]
    pub fn from_micros(micros: f64) -> Self {
        Self((micros * 1e3).round() as i64)
    }

    /// In seconds.
    #[must_use]
    pub fn secs(self) -> f64 {
        self.0 as f64 * 1e-9
    }

    /// In milliseconds.
    #[must_use]
    pub fn millis(self) -> f64 {
        self.0 as f64 * 1e-6
    }

    /// In microseconds.
    #[must_use]
    pub fn micros(self) -> f64 {
        self.0 as f64 * 1e-3
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

impl Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Nanos {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Nanos {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Nanos {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

/// A relative rate error in parts per million; positive = faster than nominal.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ppm(pub f64);

impl Ppm {
    /// The factor to multiply a nominal rate with.
    #[must_use]
    pub fn factor(self) -> f64 {
        1.0 + self.0 * 1e-6
    }
}

/// One observation of a device: this frame passes its converter at this time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stamp {
    /// Frame index since the stream was opened.
    pub frame: u64,
    /// When that frame is at the converter.
    pub time: Nanos,
}

/// A straight line between frames and time: `frame` is at the converter at
/// `at`, and `rate` frames pass every second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The reference time.
    pub at: Nanos,
    /// The (fractional) frame at that time.
    pub frame: f64,
    /// Frames per second; greater than zero.
    pub rate: f64,
}

impl Line {
    /// The fractional frame that is at the converter at `time`.
    #[must_use]
    pub fn frame_at(&self, time: Nanos) -> f64 {
        self.frame + (time - self.at).secs() * self.rate
    }

    /// Seconds from [`Line::at`] until the fractional `frame` is at the converter.
    #[must_use]
    pub fn secs_to(&self, frame: f64) -> f64 {
        (frame - self.frame) / self.rate
    }

    /// When the fractional `frame` is at the converter, rounded to 1 ns.
    #[must_use]
    pub fn time_at(&self, frame: f64) -> Nanos {
        self.at + Nanos::from_secs(self.secs_to(frame))
    }

    /// The same line with its reference moved to `time`, which keeps the
    /// numbers small and exact over months.
    #[must_use]
    pub fn moved_to(&self, time: Nanos) -> Self {
        Self {
            at: time,
            frame: self.frame_at(time),
            rate: self.rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_maps_frames_to_time_and_back() {
        let line = Line {
            at: Nanos::from_secs(5.0),
            frame: 1000.0,
            rate: 48_000.0 * Ppm(80.0).factor(),
        };
        for frame in [0.0, 999.5, 1000.0, 1e6 + 0.25] {
            let time = line.time_at(frame);
            assert!((line.frame_at(time) - frame).abs() < 1e-4);
        }
        let moved = line.moved_to(Nanos::from_secs(500.0));
        assert!(
            (moved.frame_at(Nanos::from_secs(7.0)) - line.frame_at(Nanos::from_secs(7.0))).abs()
                < 1e-6
        );
    }

    #[test]
    fn units_convert_both_ways() {
        assert_eq!(Nanos::from_millis(1.5), Nanos::from_micros(1500.0));
        assert_eq!(Nanos::from_secs(-0.25).millis(), -250.0);
        assert_eq!(-(Nanos(5) - Nanos(7)), Nanos(2));
    }
}
