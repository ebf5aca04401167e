//! Numbers as people read them, the same in the window, the command line and
//! the report.
//!
//! The minus is U+2212 and the micro sign U+00B5, the decimal point is a point
//! in every locale, and a value that is not there (or not a number) is `—`.
//! Rounding never shows a signed zero: it is `±0`, and never `1000 µs`.

use crate::engine::snapshot::OffsetSource;
use crate::sync::time::{Nanos, Ppm};

/// Shown in place of a value that is not there.
pub const MISSING: &str = "—";

/// An offset in microseconds, in the form its source deserves: `+6 µs` when it
/// was measured, `≈ −0.09 ms` when it is an estimate.
#[must_use]
pub fn offset(us: Option<f64>, source: OffsetSource) -> String {
    match (us, source) {
        (None, _) => MISSING.into(),
        (Some(us), OffsetSource::Estimate) => offset_estimated(us),
        (Some(us), OffsetSource::Clock | OffsetSource::Microphone) => offset_measured(us),
    }
}

/// A measured offset in microseconds: `+6 µs`, `−9 µs`, `±0 µs`, `+1.25 ms`.
#[must_use]
pub fn offset_measured(us: f64) -> String {
    if us.abs().round() < 1000.0 {
        unit(&signed(us, 0), "µs")
    } else {
        unit(&signed(us / 1000.0, 2), "ms")
    }
}

/// An estimated offset in microseconds, to 10 µs only: `≈ −0.09 ms`.
#[must_use]
pub fn offset_estimated(us: f64) -> String {
    if us.is_finite() {
        format!("≈ {}", unit(&signed(us / 1000.0, 2), "ms"))
    } else {
        MISSING.into()
    }
}

/// A spread or another size without a sign, from microseconds: `18 µs`, `1.25 ms`.
#[must_use]
pub fn spread(us: f64) -> String {
    if us.abs().round() < 1000.0 {
        unit(&plain(us.abs(), 0), "µs")
    } else {
        unit(&plain(us.abs() / 1000.0, 2), "ms")
    }
}

/// A latency from milliseconds with three significant digits, whole numbers
/// never rounded: `5.25 ms`, `24.0 ms`, `212 ms`, `1204 ms`.
#[must_use]
pub fn latency(ms: f64) -> String {
    let decimals = match ms.abs() {
        small if small < 9.995 => 2,
        middle if middle < 99.95 => 1,
        _ => 0,
    };
    unit(&plain(ms, decimals), "ms")
}

/// A clock error: `+12.4 ppm`.
#[must_use]
pub fn ppm(ppm: Ppm) -> String {
    unit(&signed(ppm.0, 1), "ppm")
}

/// A share from 0 to 1 as a whole percentage: `46%`.
#[must_use]
pub fn percent(share: f64) -> String {
    unit_tight(&plain(share * 100.0, 0), "%")
}

/// A level or gain: `−1.5 dB`; −120 dB and below is `silent`.
#[must_use]
pub fn level(db: f64) -> String {
    if db <= -119.95 {
        "silent".into()
    } else {
        unit(&plain(db, 1), "dB")
    }
}

/// A delay field in milliseconds, from microseconds: `+0.180 ms`.
#[must_use]
pub fn delay_ms(us: f64) -> String {
    unit(&signed(us / 1000.0, 3), "ms")
}

/// A delay field in microseconds: `+180 µs`.
#[must_use]
pub fn delay_us(us: f64) -> String {
    unit(&signed(us, 0), "µs")
}

/// A delay field as a distance sound travels, from microseconds and the speed
/// of sound in metres per second: `+6.2 cm`.
#[must_use]
pub fn delay_cm(us: f64, metres_per_second: f64) -> String {
    unit(&signed(us * 1e-4 * metres_per_second, 1), "cm")
}

/// A measured time with its uncertainty, from milliseconds: `+4.85 ± 0.31 ms`.
#[must_use]
pub fn measured_ms(ms: f64, sd_ms: f64) -> String {
    if !ms.is_finite() || !sd_ms.is_finite() {
        return MISSING.into();
    }
    format!("{} ± {} ms", signed(ms, 2), plain(sd_ms.abs(), 2))
}

/// How long something took: `12 ms`, `0.5 s`, `42 s`, `3 min 20 s`, `2 h 5 min`.
#[must_use]
pub fn duration(length: Nanos) -> String {
    let secs = length.secs().abs();
    let whole = secs.round() as u64;
    match secs {
        short if short < 0.0995 => unit(&plain(short * 1000.0, 0), "ms"),
        short if short < 9.95 => unit(&plain(short, 1), "s"),
        _ if whole < 60 => format!("{whole} s"),
        _ if whole < 3600 => joined((whole / 60, "min"), (whole % 60, "s")),
        _ => joined((whole / 3600, "h"), (whole % 3600 / 60, "min")),
    }
}

/// Fills up with figure spaces on the left, so that a live number keeps its width.
#[must_use]
pub fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    "\u{2007}".repeat(missing) + text
}

/// `12 min` or `12 min 5 s`.
fn joined((big, big_unit): (u64, &str), (small, small_unit): (u64, &str)) -> String {
    if small == 0 {
        format!("{big} {big_unit}")
    } else {
        format!("{big} {big_unit} {small} {small_unit}")
    }
}

fn unit(number: &str, unit: &str) -> String {
    if number == MISSING {
        number.into()
    } else {
        format!("{number} {unit}")
    }
}

fn unit_tight(number: &str, unit: &str) -> String {
    if number == MISSING {
        number.into()
    } else {
        format!("{number}{unit}")
    }
}

/// With a sign always: `+6`, `−9`, `±0`.
fn signed(value: f64, decimals: usize) -> String {
    let size = plain(value.abs(), decimals);
    if size == MISSING {
        return size;
    }
    let sign = match value {
        _ if is_zero(&size) => '±',
        negative if negative < 0.0 => '−',
        _ => '+',
    };
    format!("{sign}{size}")
}

/// With a sign only when it is negative and not rounded to zero.
fn plain(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return MISSING.into();
    }
    let size = format!("{:.decimals$}", value.abs());
    if value < 0.0 && !is_zero(&size) {
        format!("−{size}")
    } else {
        size
    }
}

fn is_zero(digits: &str) -> bool {
    digits.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_read_as_the_specification_says() {
        for (us, text) in [
            (6.0, "+6 µs"),
            (-9.0, "−9 µs"),
            (0.0, "±0 µs"),
            (-0.4, "±0 µs"),
            (0.49, "±0 µs"),
            (999.4, "+999 µs"),
            (999.6, "+1.00 ms"),
            (1250.0, "+1.25 ms"),
            (-1250.0, "−1.25 ms"),
            (f64::NAN, "—"),
            (f64::INFINITY, "—"),
        ] {
            assert_eq!(offset_measured(us), text, "{us}");
            assert_eq!(offset(Some(us), OffsetSource::Clock), text, "{us}");
        }
        assert_eq!(offset(Some(-90.0), OffsetSource::Estimate), "≈ −0.09 ms");
        assert_eq!(offset(Some(2.0), OffsetSource::Estimate), "≈ ±0.00 ms");
        assert_eq!(offset(None, OffsetSource::Clock), "—");
    }

    #[test]
    fn latencies_keep_three_significant_digits() {
        for (ms, text) in [
            (0.0, "0.00 ms"),
            (5.25, "5.25 ms"),
            (9.996, "10.0 ms"),
            (24.0, "24.0 ms"),
            (99.96, "100 ms"),
            (212.3, "212 ms"),
            (1204.0, "1204 ms"),
            (-3.0, "−3.00 ms"),
            (f64::NAN, "—"),
        ] {
            assert_eq!(latency(ms), text, "{ms}");
        }
    }

    #[test]
    fn the_other_quantities_read_as_the_specification_says() {
        assert_eq!(ppm(Ppm(12.4)), "+12.4 ppm");
        assert_eq!(ppm(Ppm(-0.04)), "±0.0 ppm");
        assert_eq!(percent(0.46), "46%");
        assert_eq!(percent(f64::NAN), "—");
        assert_eq!(level(-1.5), "−1.5 dB");
        assert_eq!(level(-0.01), "0.0 dB");
        assert_eq!(level(-120.0), "silent");
        assert_eq!(spread(18.2), "18 µs");
        assert_eq!(spread(1250.0), "1.25 ms");
        assert_eq!(delay_ms(180.0), "+0.180 ms");
        assert_eq!(delay_us(180.0), "+180 µs");
        assert_eq!(delay_cm(180.0, 343.2), "+6.2 cm");
        assert_eq!(measured_ms(4.85, 0.31), "+4.85 ± 0.31 ms");
    }

    #[test]
    fn durations_use_the_unit_a_person_would() {
        for (secs, text) in [
            (0.012, "12 ms"),
            (0.5, "0.5 s"),
            (9.96, "10 s"),
            (59.7, "1 min"),
            (200.0, "3 min 20 s"),
            (7500.0, "2 h 5 min"),
        ] {
            assert_eq!(duration(Nanos::from_secs(secs)), text, "{secs}");
        }
    }

    #[test]
    fn padding_counts_characters_not_bytes() {
        assert_eq!(padded("−9 µs", 7).chars().count(), 7);
        assert_eq!(padded("+1.25 ms", 3), "+1.25 ms");
    }
}
