//! Numbers with units as people write them: `180us`, `-1.5 ms`, `62 cm`,
//! `10 ft`, `−3 dB`, `on`. A comma or a point is the decimal sign, a hyphen or
//! U+2212 the minus.

use super::error::RigError;

/// Speed of sound in dry air at `temperature_c`, m/s: 331.3 · √(1 + T/273.15)
/// (ideal gas; 343.2 m/s at 20 °C). Below absolute zero it is 0.
#[must_use]
pub fn speed_of_sound(temperature_c: f64) -> f64 {
    331.3 * (1.0 + temperature_c / 273.15).max(0.0).sqrt()
}

/// A delay in µs: a time, or a length that sound takes that long for.
///
/// # Errors
/// When it is neither, or has no unit.
pub fn delay_us(text: &str, temperature_c: f64) -> Result<f64, RigError> {
    const HELP: &str = "Write a time or a length, such as 180 us, -1.5 ms or 62 cm.";
    let (number, unit) = split(text).ok_or_else(|| RigError::value(HELP))?;
    if unit.is_empty() && number == 0.0 {
        return Ok(0.0);
    }
    if let Some(factor) = seconds_per(unit) {
        return Ok(number * factor * 1e6);
    }
    let metres = metres_per(unit).ok_or_else(|| RigError::value(HELP))?;
    Ok(number * metres / speed_of_sound(temperature_c) * 1e6)
}

/// A time in seconds.
///
/// # Errors
/// When it is not, or has no unit.
pub fn seconds(text: &str) -> Result<f64, RigError> {
    split(text)
        .and_then(|(number, unit)| Some(number * seconds_per(unit)?))
        .ok_or_else(|| RigError::value("Write a time with its unit, such as 100 us or 25 ms."))
}

/// A span of time in seconds, above zero and up to a week: `90`, `90s`, `10m`, `1h`.
///
/// # Errors
/// When it is not.
pub fn span_s(text: &str) -> Result<f64, RigError> {
    number_in(text, |unit| match unit {
        "" => Some(1.0),
        "m" | "min" => Some(60.0),
        "h" => Some(3600.0),
        _ => seconds_per(unit),
    })
    .filter(|seconds| *seconds > 0.0 && *seconds <= WEEK_S)
    .ok_or_else(|| RigError::value("Write a time, such as 90, 90s, 10m or 1h."))
}

/// A length in metres; without a unit it is metres.
///
/// # Errors
/// When it is not a length.
pub fn metres(text: &str) -> Result<f64, RigError> {
    number_in(text, |unit| match unit {
        "" => Some(1.0),
        _ => metres_per(unit),
    })
    .ok_or_else(|| RigError::value("Write a length, such as 3 m, 62 cm or 10 ft."))
}

/// A gain in dB, the unit may be left out.
///
/// # Errors
/// When it is not a gain.
pub fn decibels(text: &str) -> Result<f64, RigError> {
    number_in(text, |unit| {
        (unit.is_empty() || unit.eq_ignore_ascii_case("db")).then_some(1.0)
    })
    .ok_or_else(|| {
        RigError::value("Write a gain in decibels, such as -3 dB; to silence, set mute on.")
    })
}

/// A frequency in Hz, the unit may be left out.
///
/// # Errors
/// When it is not a frequency.
pub fn hertz(text: &str) -> Result<f64, RigError> {
    number_in(text, |unit| match unit.to_ascii_lowercase().as_str() {
        "" | "hz" => Some(1.0),
        "khz" | "k" => Some(1000.0),
        _ => None,
    })
    .ok_or_else(|| RigError::value("Write a frequency, such as 80 Hz or 44.1 kHz."))
}

/// A temperature in °C; `68 °F` is converted.
///
/// # Errors
/// When it is not a temperature.
pub fn celsius(text: &str) -> Result<f64, RigError> {
    let known = split(text).and_then(|(number, unit)| match unit {
        "" | "°C" | "C" | "c" | "°c" | "℃" => Some(number),
        "°F" | "F" | "f" | "°f" | "℉" => Some((number - 32.0) / 1.8),
        _ => None,
    });
    known.ok_or_else(|| RigError::value("Write a temperature, such as 21 °C or 70 °F."))
}

/// A count with or without its unit.
///
/// # Errors
/// When it is not a whole number.
pub fn count(text: &str, unit: &str) -> Result<f64, RigError> {
    number_in(text, |given| {
        (given.is_empty() || given == unit).then_some(1.0)
    })
    .filter(|number| number.fract() == 0.0)
    .ok_or_else(|| RigError::value(format!("Write a whole number of {unit}.")))
}

/// `on` or `off`, also as yes/no, true/false, 1/0.
///
/// # Errors
/// When it is none of these.
pub fn switch(text: &str) -> Result<bool, RigError> {
    match text.trim().to_ascii_lowercase().as_str() {
        "on" | "yes" | "true" | "1" => Ok(true),
        "off" | "no" | "false" | "0" => Ok(false),
        _ => Err(RigError::value("Use on or off.")),
    }
}

/// At most three decimals, none that say nothing, and U+2212 as the minus:
/// `−1.5`.
#[must_use]
pub fn tidy(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text.strip_prefix('-') {
        Some("0") => "0".into(),
        Some(digits) => format!("−{digits}"),
        None => text.into(),
    }
}

/// Like [`tidy`], with a plus before positive values.
#[must_use]
pub fn signed(value: f64) -> String {
    let text = tidy(value);
    if text.starts_with('−') || text == "0" {
        text
    } else {
        format!("+{text}")
    }
}

/// A time for a sentence: `180 µs`, `1.5 ms`, `2 s`.
#[must_use]
pub fn time_words(micros: f64) -> String {
    match micros.abs() {
        size if size < 1e3 => format!("{} µs", tidy(micros)),
        size if size < 1e6 => format!("{} ms", tidy(micros * 1e-3)),
        _ => format!("{} s", tidy(micros * 1e-6)),
    }
}

fn number_in(text: &str, factor: impl Fn(&str) -> Option<f64>) -> Option<f64> {
    let (number, unit) = split(text)?;
    Some(number * factor(unit)?)
}

/// A number and the text behind it.
fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let (negative, rest) = match text.chars().next()? {
        '-' | '−' | '–' => (true, text.trim_start_matches(['-', '−', '–'])),
        '+' => (false, &text[1..]),
        _ => (false, text),
    };
    let signs = text.chars().count() - rest.chars().count();
    let rest = rest.trim_start();
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
        .unwrap_or(rest.len());
    let (digits, unit) = rest.split_at(end);
    let number: f64 = digits.replace(',', ".").parse().ok()?;
    (signs <= 1 && number.is_finite())
        .then(|| (if negative { -number } else { number }, unit.trim()))
}

fn seconds_per(unit: &str) -> Option<f64> {
    match unit.to_lowercase().as_str() {
        "ns" => Some(1e-9),
        // U+00B5 and U+03BC are both in use as the micro sign.
        "us" | "\u{b5}s" | "\u{3bc}s" => Some(1e-6),
        "ms" => Some(1e-3),
        "s" | "sec" => Some(1.0),
        _ => None,
    }
}

fn metres_per(unit: &str) -> Option<f64> {
    match unit.to_lowercase().as_str() {
        "mm" => Some(1e-3),
        "cm" => Some(1e-2),
        "m" => Some(1.0),
        "ft" | "feet" | "foot" | "'" | "′" => Some(0.3048),
        "in" | "inch" | "\"" | "″" => Some(0.0254),
        _ => None,
    }
}

/// Nothing here is meant to last longer, seconds.
const WEEK_S: f64 = 604_800.0;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs().max(1.0)
    }

    #[test]
    fn delays_are_read_with_any_unit_and_sign() {
        for (text, micros) in [
            ("180us", 180.0),
            ("180 µs", 180.0),
            ("180\u{3bc}s", 180.0),
            ("-1.5 ms", -1500.0),
            ("−1,5ms", -1500.0),
            ("+0.25 s", 250_000.0),
            ("0", 0.0),
            ("500 ns", 0.5),
        ] {
            assert!(close(delay_us(text, 20.0).unwrap(), micros), "{text}");
        }
    }

    #[test]
    fn a_length_is_a_delay_at_the_speed_of_sound() {
        assert!((speed_of_sound(20.0) - 343.21).abs() < 0.01);
        assert!((speed_of_sound(0.0) - 331.3).abs() < 1e-9);
        let cold = delay_us("62 cm", 0.0).unwrap();
        let warm = delay_us("62 cm", 30.0).unwrap();
        assert!(close(cold, 0.62 / 331.3 * 1e6));
        assert!(warm < cold);
        assert!(close(
            delay_us("-1 ft", 0.0).unwrap(),
            -0.3048 / 331.3 * 1e6
        ));
    }

    #[test]
    fn other_quantities_are_read_as_written() {
        assert!(close(metres("10 ft").unwrap(), 3.048));
        assert!(close(metres("3").unwrap(), 3.0));
        assert!(close(decibels("−3,5 dB").unwrap(), -3.5));
        assert!(close(hertz("44.1 kHz").unwrap(), 44_100.0));
        assert!(close(celsius("68 °F").unwrap(), 20.0));
        assert!(close(seconds("25 ms").unwrap(), 0.025));
        assert!(close(count("192 frames", "frames").unwrap(), 192.0));
        assert!(switch("ON").unwrap());
        assert!(!switch("no").unwrap());
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for text in [
            "", "-", "--3 ms", "fast", "1.2.3 ms", "180", "3 V", "NaN ms", "inf s", "1e3 ms",
        ] {
            let error = delay_us(text, 20.0).unwrap_err().to_string();
            assert!(error.contains("180 us"), "{text}: {error}");
        }
        assert!(count("1.5", "frames").is_err());
        assert!(decibels("3 m").is_err());
        assert!(switch("maybe").is_err());
    }

    #[test]
    fn numbers_are_shown_without_empty_decimals() {
        assert_eq!(tidy(-1.5), "−1.5");
        assert_eq!(tidy(-0.0001), "0");
        assert_eq!(signed(3.0), "+3");
        assert_eq!(time_words(180.0), "180 µs");
        assert_eq!(time_words(-1500.0), "−1.5 ms");
    }
}
