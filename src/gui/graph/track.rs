//! The way of an edge: right angles with round corners, as one line that can be
//! measured, cut and walked along.

use std::f32::consts::FRAC_PI_2;

use iced::{Point, Vector};

/// A line through points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Track {
    points: Vec<Point>,
    /// Length up to each point.
    lengths: Vec<f32>,
}

impl Track {
    /// Through `corners`, which follow each other at right angles. The first
    /// corner stays sharp: there the edges of all zones part.
    #[must_use]
    pub fn new(corners: &[Point]) -> Self {
        let mut points = Vec::new();
        for (index, &corner) in corners.iter().enumerate() {
            let inner = index > 1 && index + 1 < corners.len();
            let round = if inner {
                let before = corner.distance(corners[index - 1]);
                let after = corner.distance(corners[index + 1]);
                RADIUS.min(before / 2.0).min(after / 2.0)
            } else {
                0.0
            };
            if round < 0.5 {
                points.push(corner);
            } else {
                let (from, to) = (corners[index - 1], corners[index + 1]);
                points.extend(arc(from, corner, to, round));
            }
        }
        let mut length = 0.0;
        let mut last = points.first().copied().unwrap_or(Point::ORIGIN);
        let lengths = points
            .iter()
            .map(|&point| {
                length += point.distance(last);
                last = point;
                length
            })
            .collect();
        Self { points, lengths }
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> f32 {
        self.lengths.last().copied().unwrap_or(0.0)
    }

    /// The point `along` from the beginning.
    #[must_use]
    pub fn at(&self, along: f32) -> Point {
        let next = self.lengths.partition_point(|&length| length < along);
        let Some(&end) = self.points.get(next) else {
            return self.points.last().copied().unwrap_or(Point::ORIGIN);
        };
        let Some(before) = next.checked_sub(1) else {
            return end;
        };
        let step = self.lengths[next] - self.lengths[before];
        let part = (along - self.lengths[before]) / step.max(f32::EPSILON);
        self.points[before] + (end - self.points[before]) * part
    }

    /// The points from `from` to `to`, both measured from the beginning.
    #[must_use]
    pub fn part(&self, from: f32, to: f32) -> Vec<Point> {
        let within = self.points.iter().zip(&self.lengths);
        let within = within.filter(|&(_, &length)| length > from && length < to);
        let mut part = vec![self.at(from)];
        part.extend(within.map(|(&point, _)| point));
        part.push(self.at(to.min(self.length())));
        part
    }

    /// Whether it goes across, and not up and down, at this place.
    #[must_use]
    pub fn is_across(&self, along: f32) -> bool {
        let step = self.at(along + 1.0) - self.at(along - 1.0);
        step.x.abs() > step.y.abs()
    }
}

/// A quarter of a circle around the corner.
fn arc(from: Point, corner: Point, to: Point, radius: f32) -> impl Iterator<Item = Point> {
    let back = unit(from - corner) * radius;
    let on = unit(to - corner) * radius;
    let centre = corner + back + on;
    (0..=STEPS).map(move |step| {
        let angle = FRAC_PI_2 * step as f32 / STEPS as f32;
        centre - on * angle.cos() - back * angle.sin()
    })
}

fn unit(vector: Vector) -> Vector {
    let length = vector.x.hypot(vector.y).max(f32::EPSILON);
    Vector::new(vector.x / length, vector.y / length)
}

const RADIUS: f32 = 10.0;
/// Pieces of a corner; at this radius nobody sees them.
const STEPS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn track() -> Track {
        Track::new(&[
            Point::new(100.0, 0.0),
            Point::new(100.0, 20.0),
            Point::new(0.0, 20.0),
            Point::new(0.0, 60.0),
        ])
    }

    #[test]
    fn it_begins_and_ends_where_asked_and_goes_on_without_a_jump() {
        let track = track();
        assert_eq!(track.at(0.0), Point::new(100.0, 0.0));
        assert_eq!(track.at(1e6), Point::new(0.0, 60.0));
        let mut last = track.at(0.0);
        for step in 1..=(track.length() as i32) {
            let next = track.at(step as f32);
            assert!(next.distance(last) <= 1.001, "{last:?} {next:?}");
            last = next;
        }
    }

    #[test]
    fn a_round_corner_is_a_little_shorter_than_a_sharp_one() {
        let length = track().length();
        assert!(length < 160.0 && length > 150.0, "{length}");
    }

    #[test]
    fn a_part_is_as_long_as_asked() {
        let track = track();
        let part = track.part(5.0, 130.0);
        let length: f32 = part.windows(2).map(|two| two[0].distance(two[1])).sum();
        assert!((length - 125.0).abs() < 0.01, "{length}");
    }
}
