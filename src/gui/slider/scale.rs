//! Where on its track a value stands: the arithmetic of a slider. Pure.

use std::ops::RangeInclusive;

/// How values lie on the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// Decibels as on a mixing desk: the closer to 0 dB, the more room. Meant
    /// for −60 to +12 dB.
    Fader,
}

impl Scale {
    /// Where `value` stands, from 0 to 1; what is outside stands at the end.
    #[must_use]
    pub fn place(self, value: f64, range: &RangeInclusive<f64>) -> f64 {
        match self {
            Self::Linear => {
                let length = (range.end() - range.start()).max(f64::EPSILON);
                ((value - range.start()) / length).clamp(0.0, 1.0)
            }
            Self::Fader => between(value, FADER),
        }
    }

    /// The value that stands there.
    #[must_use]
    pub fn value(self, place: f64, range: &RangeInclusive<f64>) -> f64 {
        let place = place.clamp(0.0, 1.0);
        match self {
            Self::Linear => range.start() + place * (range.end() - range.start()),
            Self::Fader => between(place, FADER.map(|(db, at)| (at, db))),
        }
    }
}

/// Linear between the points, which rise.
fn between<const N: usize>(x: f64, points: [(f64, f64); N]) -> f64 {
    let last = points[N - 1];
    let pair = points.windows(2).find(|pair| x <= pair[1].0);
    pair.map_or(last.1, |pair| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        y0 + (y1 - y0) * ((x - x0) / (x1 - x0)).clamp(0.0, 1.0)
    })
}

/// Decibels and their places.
const FADER: [(f64, f64); 5] = [
    (-60.0, 0.0),
    (-40.0, 0.14),
    (-20.0, 0.42),
    (0.0, 0.78),
    (12.0, 1.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_its_value_belong_together() {
        for scale in [Scale::Linear, Scale::Fader] {
            let range = -60.0..=12.0;
            let mut last = -1.0;
            for step in 0..=144 {
                let value = -60.0 + 0.5 * f64::from(step);
                let place = scale.place(value, &range);
                assert!(place > last, "{scale:?} rises");
                assert!((scale.value(place, &range) - value).abs() < 1e-9);
                last = place;
            }
            assert!((last - 1.0).abs() < 1e-9);
            assert!((scale.value(-3.0, &range) + 60.0).abs() < 1e-9);
            assert!(scale.place(-90.0, &range).abs() < 1e-9);
        }
    }
}
