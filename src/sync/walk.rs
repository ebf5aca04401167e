//! Where a block is read: exact positions, steps and gain slopes.

/// Phases between two samples. Linear interpolation leaves ω²/(8·PHASES²) of a
/// sine of ω rad/sample: −122 dB at 10 kHz and 48 kHz; the table of 64 taps
/// takes 128 KiB and neighbouring rows stay in the first-level cache.
pub(super) const PHASES: usize = 1 << PHASE_BITS;
pub(super) const PHASE_BITS: u32 = 9;

/// Fraction bits of the fixed-point walk through a run: 1e-10 sample of error
/// after [`RUN`] frames.
pub(super) const FRACTION_BITS: u32 = 44;

/// Frames walked in fixed point before the position is taken afresh.
pub(super) const RUN: usize = 4096;

/// Largest step; a run must not overflow its integer bits.
pub(super) const MAX_STEP: f64 = 64.0;

/// A place in a stream: an absolute frame and a fraction of a frame after it.
/// Two parts, because one f64 would be coarser than 1e-6 frame after two days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The frame at or before the place.
    pub frame: i64,
    /// Fraction of a frame after it; 0 ≤ fraction < 1.
    pub fraction: f64,
}

impl Position {
    /// `offset` frames (any size and sign) after `frame`.
    #[must_use]
    pub fn new(frame: i64, offset: f64) -> Self {
        let whole = offset.floor();
        let fraction = offset - whole;
        // A tiny negative offset rounds to a fraction of exactly 1.
        if fraction < 1.0 {
            Self {
                frame: frame.saturating_add(whole as i64),
                fraction,
            }
        } else {
            Self {
                frame: frame.saturating_add(whole as i64).saturating_add(1),
                fraction: 0.0,
            }
        }
    }

    /// This place moved by `frames`.
    #[must_use]
    pub fn plus(self, frames: f64) -> Self {
        Self::new(self.frame, self.fraction + frames)
    }

    /// Frames from `earlier` to this place.
    #[must_use]
    pub fn since(self, earlier: Self) -> f64 {
        self.frame.saturating_sub(earlier.frame) as f64 + (self.fraction - earlier.fraction)
    }
}

impl From<f64> for Position {
    fn from(position: f64) -> Self {
        Self::new(0, position)
    }
}

/// How a block is read: output frame `i` of `n` comes from `start + i·step`,
/// times a gain that runs linearly from `gain_from` and would be `gain_to` at
/// frame `n`, the first one of the next block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Walk {
    /// Where the first output frame is read.
    pub start: Position,
    /// Source frames per output frame; 0 to 64.
    pub step: f64,
    /// Gain of the first frame, linear.
    pub gain_from: f32,
    /// Gain of the first frame after the block, linear.
    pub gain_to: f32,
}

impl Walk {
    /// Reads at `start` and on by `step` with gain 1.
    #[must_use]
    pub fn plain(start: Position, step: f64) -> Self {
        Self {
            start,
            step,
            gain_from: 1.0,
            gain_to: 1.0,
        }
    }

    /// Whether every frame read is exactly a stored one.
    pub(super) fn is_copy(&self) -> bool {
        self.step == 1.0 && self.start.fraction == 0.0
    }
}

/// A fixed-point place relative to a run's first frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor(pub(super) u64);

impl Cursor {
    pub(super) fn at(fraction: f64) -> Self {
        Self(fixed(fraction))
    }

    #[inline]
    pub(super) fn whole(self) -> i64 {
        (self.0 >> FRACTION_BITS) as i64
    }

    #[inline]
    pub(super) fn phase(self) -> usize {
        (self.0 >> (FRACTION_BITS - PHASE_BITS)) as usize & (PHASES - 1)
    }

    /// How far on the way from this phase to the next one; 0 to 1.
    #[inline]
    pub(super) fn between(self) -> f32 {
        const BITS: u32 = FRACTION_BITS - PHASE_BITS;
        let rest = (self.0 & ((1 << BITS) - 1)) >> (BITS - 24);
        rest as i32 as f32 * (1.0 / (1 << 24) as f32)
    }
}

/// A step, made safe, in the cursor's units.
pub(super) fn fixed_step(step: f64) -> u64 {
    fixed(step.clamp(0.0, MAX_STEP))
}

fn fixed(value: f64) -> u64 {
    (value * (1u64 << FRACTION_BITS) as f64).round() as u64
}

/// A linear gain over a block; exact where it stands still.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slope {
    from: f32,
    per_frame: f32,
}

impl Slope {
    pub(super) fn new(walk: &Walk, frames: usize) -> Self {
        Self {
            from: walk.gain_from,
            per_frame: (walk.gain_to - walk.gain_from) / frames.max(1) as f32,
        }
    }

    #[inline]
    pub(super) fn at(self, frame: usize) -> f32 {
        self.from + self.per_frame * frame as u32 as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_splits_any_offset_into_frame_and_fraction() {
        for (offset, frame, fraction) in [
            (2.25, 12, 0.25),
            (-0.25, 9, 0.75),
            (-3.0, 7, 0.0),
            (-1e-20, 10, 0.0),
        ] {
            let position = Position::new(10, offset);
            assert_eq!((position.frame, position.fraction), (frame, fraction));
        }
        let late = Position::new(1 << 50, 0.5).plus(0.125);
        assert_eq!(late.since(Position::new(1 << 50, 0.0)), 0.625);
    }

    #[test]
    fn the_cursor_is_within_1e_9_frame_at_the_end_of_a_run() {
        for step in [0.9985, 1.000_08, 2.000_017, 44_100.0 / 48_000.0] {
            let mut cursor = Cursor::at(0.123_456_789);
            for _ in 0..RUN {
                cursor.0 += fixed_step(step);
            }
            let place = cursor.0 as f64 / (1u64 << FRACTION_BITS) as f64;
            assert!((place - 0.123_456_789 - RUN as f64 * step).abs() < 1e-9);
        }
    }
}
