//! From a value to a height in a plot, and which values get a tick.

/// Maps values to 0 (bottom) to 1 (top).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// Straight from `low` to `high`.
    Linear { low: f64, high: f64 },
    /// Symmetric microseconds: straight to `knee` at half travel, then
    /// logarithmic to `end`, so that a wobble of 10 µs and a jump of 5 ms are
    /// both readable in one plot.
    Phase { knee: f64, band: f64, end: f64 },
}

impl Scale {
    /// For offsets in microseconds that are mostly up to `usual` and never
    /// beyond `most`; `band` is the in-phase band, which gets a tick.
    pub fn phase(usual: f64, most: f64, band: f64) -> Self {
        let knee = KNEES.into_iter().find(|knee| *knee >= usual).unwrap_or(1e3);
        let straight = [20.0, 50.0, 130.0, 320.0]
            .into_iter()
            .find(|high| *high >= most);
        if let Some(high) = straight
            && high <= 4.0 * knee
        {
            return Self::Linear { low: -high, high };
        }
        let end = [1e3, 1e4, 1e5, 1e6, 1e7]
            .into_iter()
            .find(|end| *end >= most.max(4.0 * knee));
        Self::Phase {
            knee,
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
            Self::Phase { knee, end, .. } => {
                let size = match value.abs() {
                    inside if inside <= knee => inside / knee * 0.5,
                    outside => 0.5 + 0.5 * (outside / knee).ln() / (end / knee).ln(),
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
            Self::Phase { knee, band, end } => {
                let mut sizes = vec![knee];
                for us in [band, 1e3, 1e4, 1e5, 1e6, 1e7] {
                    if us <= end && us > sizes[sizes.len() - 1] * 1.6 {
                        sizes.push(us);
                    }
                }
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

const KNEES: [f64; 6] = [20.0, 50.0, 100.0, 200.0, 500.0, 1e3];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_rise_and_hold_what_they_were_made_for() {
        for (usual, most) in [
            (2.0, 3.0),
            (2.0, 77.0),
            (90.0, 300.0),
            (5.0, 900.0),
            (5e3, 5e3),
            (70.0, 2e5),
            (9e7, 9e7),
        ] {
            let scale = Scale::phase(usual, most, 100.0);
            assert!((scale.height(0.0) - 0.5).abs() < 1e-12, "{scale:?}");
            let mut before = scale.height(-most);
            for n in -99..=100 {
                let now = scale.height(most * f64::from(n) / 100.0);
                assert!(now > before, "{most} {n}");
                before = now;
            }
        }
    }

    #[test]
    fn the_usual_wobble_fills_half_the_plot_beside_a_large_error() {
        let scale = Scale::phase(14.0, 5000.0, 100.0);
        assert!((scale.height(20.0) - 0.75).abs() < 1e-12);
        assert!(scale.height(5000.0) > 0.93 && scale.height(5000.0) < 1.0);
        let labels: Vec<_> = scale.ticks().into_iter().map(|(_, text)| text).collect();
        assert_eq!(labels[4..], ["0", "20 µs", "100 µs", "1 ms", "10 ms"]);
        assert_eq!(labels[..2], ["−10 ms", "−1 ms"]);
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
