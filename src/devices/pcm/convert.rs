//! Samples between `f32` in −1…+1 and what devices take.
//!
//! Conversions round, clamp and never allocate. A value that came from an
//! integer of some width goes back to the very same integer of that width
//! (32-bit integers keep the 24 bits an `f32` holds). NaN becomes silence.

use cpal::{Data, I24, SampleFormat};

/// Formats in the order we like them: widest integer first, because hardware
/// takes integers and the conversion is then ours.
pub(super) const PREFERRED: [SampleFormat; 8] = [
    SampleFormat::I32,
    SampleFormat::F32,
    SampleFormat::I24,
    SampleFormat::I16,
    SampleFormat::F64,
    SampleFormat::U16,
    SampleFormat::I8,
    SampleFormat::U8,
];

const FULL_32: f64 = 2_147_483_648.0;
const FULL_24: f32 = 8_388_608.0;
const FULL_16: f32 = 32_768.0;
const FULL_8: f32 = 128.0;

/// Triangular dither of ±1 LSB for narrow outputs, from a xorshift generator.
#[derive(Debug, Clone)]
pub(super) struct Dither(u32);

impl Dither {
    /// The same seed gives the same noise; zero is replaced.
    pub(super) fn new(seed: u32) -> Self {
        Self(if seed == 0 { 0x9E37_79B9 } else { seed })
    }

    /// Uniform in 0…1 with 24 bits.
    fn uniform(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// Rounds `value` (in LSB) with dither, or exactly when it is a whole
    /// number already: digital silence and untouched material pass unchanged.
    fn round(&mut self, value: f32) -> f32 {
        let whole = value.round();
        if whole == value {
            return whole;
        }
        (value + self.uniform() - self.uniform()).round()
    }
}

/// Writes `from` into `to`, starting at sample `at` of `to`; false when the
/// format is none of [`PREFERRED`] (nothing is written then).
pub(super) fn write(from: &[f32], to: &mut Data, at: usize, dither: &mut Dither) -> bool {
    match to.sample_format() {
        SampleFormat::F32 => put(from, to, at, |v: f32| if v.is_nan() { 0.0 } else { v }),
        SampleFormat::F64 => put(
            from,
            to,
            at,
            |v| if v.is_nan() { 0.0 } else { f64::from(v) },
        ),
        SampleFormat::I32 => put(from, to, at, to_i32),
        SampleFormat::I24 => put(from, to, at, |v| {
            I24::new_unchecked((v * FULL_24).round().clamp(-FULL_24, FULL_24 - 1.0) as i32)
        }),
        SampleFormat::I16 => put(from, to, at, |v| to_i16(v, dither)),
        SampleFormat::U16 => put(from, to, at, |v| (to_i16(v, dither) as u16) ^ 0x8000),
        SampleFormat::I8 => put(from, to, at, |v| to_i8(v, dither)),
        SampleFormat::U8 => put(from, to, at, |v| (to_i8(v, dither) as u8) ^ 0x80),
        _ => false,
    }
}

/// Reads samples of `from`, starting at sample `at`, into all of `to`; false
/// when the format is none of [`PREFERRED`] (`to` is silence then).
pub(super) fn read(from: &Data, at: usize, to: &mut [f32]) -> bool {
    match from.sample_format() {
        SampleFormat::F32 => get(from, at, to, ordinary),
        SampleFormat::F64 => get(from, at, to, |s: f64| ordinary(s as f32)),
        SampleFormat::I32 => get(from, at, to, |s: i32| (f64::from(s) / FULL_32) as f32),
        SampleFormat::I24 => get(from, at, to, |s: I24| s.inner() as f32 / FULL_24),
        SampleFormat::I16 => get(from, at, to, |s: i16| f32::from(s) / FULL_16),
        SampleFormat::U16 => get(from, at, to, |s: u16| {
            f32::from((s ^ 0x8000) as i16) / FULL_16
        }),
        SampleFormat::I8 => get(from, at, to, |s: i8| f32::from(s) / FULL_8),
        SampleFormat::U8 => get(from, at, to, |s: u8| f32::from((s ^ 0x80) as i8) / FULL_8),
        _ => {
            to.fill(0.0);
            false
        }
    }
}

/// A captured sample without what would slow or poison the filters: denormals,
/// infinities and NaN become silence.
fn ordinary(sample: f32) -> f32 {
    if sample.is_normal() { sample } else { 0.0 }
}

fn to_i32(value: f32) -> i32 {
    // `as` saturates, which is the clamp, and makes NaN zero.
    (f64::from(value) * FULL_32).round() as i32
}

fn to_i16(value: f32, dither: &mut Dither) -> i16 {
    dither.round(value * FULL_16) as i16
}

fn to_i8(value: f32, dither: &mut Dither) -> i8 {
    dither.round(value * FULL_8) as i8
}

fn put<T: cpal::SizedSample>(
    from: &[f32],
    to: &mut Data,
    at: usize,
    mut convert: impl FnMut(f32) -> T,
) -> bool {
    let Some(to) = to.as_slice_mut::<T>().and_then(|all| all.get_mut(at..)) else {
        return false;
    };
    for (to, from) in to.iter_mut().zip(from) {
        *to = convert(*from);
    }
    true
}

fn get<T: cpal::SizedSample>(
    from: &Data,
    at: usize,
    to: &mut [f32],
    convert: impl Fn(T) -> f32,
) -> bool {
    let Some(from) = from.as_slice::<T>().and_then(|all| all.get(at..)) else {
        to.fill(0.0);
        return false;
    };
    for (to, from) in to.iter_mut().zip(from) {
        *to = convert(*from);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bit_values_come_back_exactly() {
        let mut dither = Dither::new(1);
        for sample in i16::MIN..=i16::MAX {
            let value = f32::from(sample) / FULL_16;
            assert_eq!(to_i16(value, &mut dither), sample);
            assert_eq!(to_i32(value), i32::from(sample) << 16);
        }
    }

    #[test]
    fn twenty_four_bit_values_come_back_exactly() {
        for sample in (-8_388_608..=8_388_607).step_by(97).chain([8_388_607]) {
            let value = sample as f32 / FULL_24;
            assert_eq!((value * FULL_24).round() as i32, sample);
            assert_eq!(to_i32(value), sample << 8);
        }
    }

    #[test]
    fn too_loud_clamps_and_nan_is_silence() {
        let mut dither = Dither::new(1);
        assert_eq!(to_i32(1.0), i32::MAX);
        assert_eq!(to_i32(-7.0), i32::MIN);
        assert_eq!(to_i32(f32::NAN), 0);
        assert_eq!(to_i16(1.5, &mut dither), i16::MAX);
        assert_eq!(to_i16(-1.5, &mut dither), i16::MIN);
        assert_eq!(to_i16(f32::NAN, &mut dither), 0);
    }

    #[test]
    fn captured_floats_are_ordinary_numbers() {
        for odd in [f32::NAN, f32::INFINITY, 1e-40, -0.0] {
            assert_eq!(ordinary(odd), 0.0);
        }
        assert_eq!(ordinary(-0.3), -0.3);
    }

    #[test]
    fn dither_keeps_the_mean_of_a_value_between_two_steps() {
        let mut dither = Dither::new(7);
        let value = 100.25 / FULL_16;
        let sum: i64 = (0..100_000)
            .map(|_| i64::from(to_i16(value, &mut dither)))
            .sum();
        let mean = sum as f64 / 100_000.0;
        assert!((mean - 100.25).abs() < 0.01, "mean {mean}");
    }
}
