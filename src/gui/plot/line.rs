//! The shape of a speaker's line: a ribbon from the smallest to the largest
//! value of each column, never thinner than the line is wide.
//!
//! A ribbon is one filled polygon. Stroking the same line costs the software
//! renderer several times as much, and would lose what happens inside a column.

use iced::{Point, Rectangle, Size};

/// One column of a trace on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Across.
    pub x: f32,
    /// Down, of the mean.
    pub mean: f32,
    /// Down, of the largest value, so the smallest number.
    pub top: f32,
    /// Down, of the smallest value.
    pub bottom: f32,
}

/// The outline of an unbroken run drawn `width` pixels wide, clockwise.
#[must_use]
pub fn ribbon(run: &[Spot], width: f32) -> Vec<Point> {
    let half = width / 2.0;
    let [only] = run else {
        let upper = (0..run.len()).map(|index| {
            let spot = run[index];
            let rise = steepness(run, index, half, |other| spot.top - other.mean);
            Point::new(spot.x, spot.top - half - rise)
        });
        let lower = (0..run.len()).rev().map(|index| {
            let spot = run[index];
            let fall = steepness(run, index, half, |other| other.mean - spot.bottom);
            Point::new(spot.x, spot.bottom + half + fall)
        });
        return upper.chain(lower).collect();
    };
    let area = Rectangle::new(
        Point::new(only.x - half, only.top - half),
        Size::new(width, only.bottom - only.top + width),
    );
    super::brush::corners(area).to_vec()
}

/// How much further the ribbon has to reach towards a neighbour, so that a steep
/// line is as wide as a flat one. `reach` is positive when the neighbour lies in
/// the direction that is asked for.
fn steepness(run: &[Spot], index: usize, half: f32, reach: impl Fn(&Spot) -> f32) -> f32 {
    let spot = run[index];
    let before = index.checked_sub(1).and_then(|index| run.get(index));
    let beside = before.into_iter().chain(run.get(index + 1));
    beside
        .map(|other| {
            let (across, along) = ((other.x - spot.x).abs().max(0.01), reach(other).max(0.0));
            let wider = half * ((1.0 + (along / across).powi(2)).sqrt() - 1.0);
            // Half way to the neighbour, which comes to meet it; never beyond a peak.
            wider.min(along / 2.0)
        })
        .fold(0.0, f32::max)
}

/// Columns that hold a spike: much taller than the others. Their full height is
/// drawn a pixel wide, because the tip of a ribbon fades away.
#[must_use]
pub fn spikes(run: &[Spot], width: f32) -> Vec<Rectangle> {
    let height = |spot: &Spot| spot.bottom - spot.top;
    let mut heights: Vec<f32> = run.iter().map(height).collect();
    let middle = heights.len() / 2;
    let usual = if heights.is_empty() {
        0.0
    } else {
        *heights.select_nth_unstable_by(middle, f32::total_cmp).1
    };
    let tall = (usual * 3.0).max(TALL);
    let half = width / 2.0;
    run.iter()
        .filter(|spot| height(spot) > tall)
        .map(|spot| {
            Rectangle::new(
                Point::new(spot.x - half, spot.top),
                Size::new(width, height(spot)),
            )
        })
        .collect()
}

/// Cuts a run into dashes that move with the line: `on` and `off` pixels long,
/// counted from `phase`.
#[must_use]
pub fn dashed(run: &[Spot], phase: f32, (on, off): (f32, f32)) -> Vec<&[Spot]> {
    let is_on = |spot: &Spot| (spot.x - phase).rem_euclid(on + off) < on;
    run.chunk_by(|a, b| is_on(a) == is_on(b))
        .filter(|part| part.first().is_some_and(is_on))
        .collect()
}

/// Columns less tall than this are never spikes.
const TALL: f32 = 4.0;
