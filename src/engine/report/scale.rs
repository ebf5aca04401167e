//! From a value to a height in a plot, and which values get a tick.

/// Maps values to 0 (bottom) to 1 (top).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// Straight from `low` to `high`.
    Linear { low: f64, high: f64 },
    /// Symmetric microseconds: straight to `band` at half travel, then
    /// logarithmic to `end`, so that a band of 100 µs and a jump of 5 ms both
    /// stay readable.
    Phase { band: f64, end: f64 },
}

impl Scale {
    /// For offsets in microseconds up to `most`; `band` is the in-phase band.
    pub fn phase(most: f64, band: f64) -> Self {
        for high in [50.0, 130.0, 320.0] {
            if most <= high {
                return Self::Linear { low: -high, high };
            }
        }
        let band = band.clamp(1.0, 1e6);
        let end = [1e4, 1e5, 1e6, 1e7]
            .into_iter()
            .find(|end| *end >= most.max(band * 2.0));
        Self::Phase {
            band,
            end: end.unwrap_or(1e8),
        }
    }

    /// Straight, around all of `low` to `high` with a little room.
    pub fn around(low: f64, high: f64, least: f64) -> Self {
        let middle = f64::midpoint(low, high);
        let half = ((high - low) / 2.0 * 1.08).max(least / 2.0);
        Self::Linear {
            low: middle - half,
            high: middle + half,
        }
    }

    /// Straight from 0 to a round number above `high`.
    pub fn from_zero(high: f64) -> Self {
        let step = nice_step(high.max(1.0) * 1.05);
        Self::Linear {
            low: 0.0,
            high: (high.max(1.0) * 1.05 / step).ceil() * step,
        }
    }

    /// 0 to 1; beyond the ends the nearest end.
    pub fn height(self, value: f64) -> f64 {
        let height = match self {
            Self::Linear { low, high } => (value - low) / (high - low),
            Self::Phase { band, end } => {
                let size = match value.abs() {
                    inside if inside <= band => inside / band * 0.5,
                    outside => 0.5 + 0.5 * (outside / band).ln() / (end / band).ln(),
                };
                0.5 + 0.5 * size.copysign(value)
            }
        };
        height.clamp(0.0, 1.0)
    }

    /// Values to label, with their labels; lowest first.
    pub fn ticks(self) -> Vec<(f64, String)> {
        match self {
            Self::Linear { low, high } => linear_ticks(low, high),
            Self::Phase { band, end } => {
                let outer = [1e3, 1e4, 1e5, 1e6, 1e7]
                    .into_iter()
                    .filter(|us| *us <= end && *us > band * 1.5);
                let sizes: Vec<_> = std::iter::once(band).chain(outer).collect();
                let below = sizes.iter().rev().map(|us| -us);
                below
                    .chain([0.0])
                    .chain(sizes.iter().copied())
                    .map(|us| (us, phase_label(us)))
                    .collect()
            }
        }
    }
}

fn linear_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let step = nice_step(high - low);
    let decimals = if step >= 1.0 { 0 } else { 1 };
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last)
        .map(|n| {
            let value = n as f64 * step;
            let size = format!("{:.decimals$}", value.abs());
            let sign = if n < 0 { "−" } else { "" };
            (value, format!("{sign}{size}"))
        })
        .collect()
}

fn phase_label(us: f64) -> String {
    let sign = if us < 0.0 { "−" } else { "" };
    match us.abs() {
        0.0 => "0".into(),
        small if small < 1e3 => format!("{sign}{small:.0} µs"),
        large => format!("{sign}{} ms", large / 1e3),
    }
}

/// 1, 2 or 5 times a power of ten: the smallest with at most 4 steps in `span`.
fn nice_step(span: f64) -> f64 {
    let power = 10f64.powf((span / 4.0).max(1e-9).log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| step * 4.0 >= span * (1.0 - 1e-9))
        .unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_rise_and_hold_what_they_were_made_for() {
        for most in [3.0, 77.0, 300.0, 900.0, 5e3, 2e5, 9e7] {
            let scale = Scale::phase(most, 100.0);
            assert!((scale.height(0.0) - 0.5).abs() < 1e-12);
            let mut before = scale.height(-most);
            for n in -99..=100 {
                let now = scale.height(most * f64::from(n) / 100.0);
                assert!(now > before, "{most} {n}");
                before = now;
            }
        }
    }

    #[test]
    fn the_band_ends_at_half_travel_when_there_is_a_large_error() {
        let scale = Scale::phase(5000.0, 100.0);
        assert!((scale.height(100.0) - 0.75).abs() < 1e-12);
        let labels: Vec<_> = scale.ticks().into_iter().map(|(_, text)| text).collect();
        let expected = ["−10 ms", "−1 ms", "−100 µs", "0", "100 µs", "1 ms", "10 ms"];
        assert_eq!(labels, expected);
    }

    #[test]
    fn there_are_two_to_six_ticks_and_all_lie_inside() {
        for (low, high) in [
            (0.0, 100.0),
            (-50.0, 50.0),
            (-130.0, 130.0),
            (11.9, 12.3),
            (-121.0, 119.0),
        ] {
            let scale = Scale::Linear { low, high };
            let ticks = scale.ticks();
            assert!((2..=6).contains(&ticks.len()), "{low} {high}: {ticks:?}");
            assert!(
                ticks
                    .iter()
                    .all(|(value, _)| (low - 1e-6..=high + 1e-6).contains(value))
            );
        }
        assert_eq!(
            Scale::from_zero(24.0),
            Scale::Linear {
                low: 0.0,
                high: 30.0
            }
        );
    }
}
