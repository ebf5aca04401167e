//! What the plots are made of, in logical pixels and colours of the theme: areas,
//! lines, dashes, words, rounded boxes. Draws on any backend of `plotters`.

use iced::{Color, Point, Rectangle, Vector};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::Color as _;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::backend::{FINE, POINTS};

/// A `plotters` area of any backend.
pub type Area<DB> = DrawingArea<DB, Shift>;
/// What drawing gives back.
pub type Drawn<DB> =
    Result<(), DrawingAreaErrorKind<<DB as plotters_backend::DrawingBackend>::ErrorType>>;

/// Draws on an area, moved by `origin`.
pub struct Brush<'a, DB: DrawingBackend> {
    area: &'a Area<DB>,
    origin: Vector,
}

/// How words stand: which point of them is where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The point is their left end.
    Left,
    /// Their middle.
    Middle,
    /// Their right end.
    Right,
}

/// How words look.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    /// Logical pixels.
    pub size: f32,
    /// Heavier than running text.
    pub bold: bool,
    /// Colour.
    pub color: Color,
}

impl<'a, DB: DrawingBackend> Brush<'a, DB> {
    /// Draws on `area`, where `origin` is the plot's top left.
    pub fn new(area: &'a Area<DB>, origin: Vector) -> Self {
        Self { area, origin }
    }

    /// Fills a polygon.
    pub fn fill(&self, points: &[Point], color: Color) -> Drawn<DB> {
        let points: Vec<_> = points.iter().map(|point| self.fine(*point)).collect();
        self.area.draw(&Polygon::new(points, rgba(color).filled()))
    }

    /// Fills a rectangle.
    pub fn rectangle(&self, area: Rectangle, color: Color) -> Drawn<DB> {
        self.fill(&corners(area), color)
    }

    /// A line through all points.
    pub fn stroke(&self, points: &[Point], color: Color, width: f32) -> Drawn<DB> {
        let points: Vec<_> = points.iter().map(|point| self.fine(*point)).collect();
        let style = rgba(color).stroke_width((width * FINE).round() as u32);
        self.area.draw(&PathElement::new(points, style))
    }

    /// A straight dashed line of 1 pixel or more.
    pub fn dashes(
        &self,
        (from, to): (Point, Point),
        color: Color,
        width: f32,
        (on, off): (f32, f32),
    ) -> Drawn<DB> {
        let whole = to - from;
        let length = whole.x.hypot(whole.y);
        let at = |along: f32| from + whole * (along.min(length) / length.max(0.01));
        let mut along = 0.0;
        while along < length {
            self.stroke(&[at(along), at(along + on)], color, width)?;
            along += on + off;
        }
        Ok(())
    }

    /// One line of text; `at` is in the middle of its height.
    pub fn words(&self, words: &str, at: Point, side: Side, face: Face) -> Drawn<DB> {
        let across = match side {
            Side::Left => HPos::Left,
            Side::Middle => HPos::Center,
            Side::Right => HPos::Right,
        };
        let size = f64::from(face.size * FINE) * POINTS;
        let weight = if face.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let style = ("IBM Plex Sans, sans-serif", size, weight)
            .into_font()
            .color(&rgba(face.color))
            .pos(Pos::new(across, VPos::Center));
        self.area
            .draw(&Text::new(words.to_owned(), self.fine(at), style))
    }

    /// A disc or, with `width`, a ring.
    pub fn circle(
        &self,
        center: Point,
        radius: f32,
        color: Color,
        width: Option<f32>,
    ) -> Drawn<DB> {
        let radius = (radius * FINE).round() as i32;
        let style = match width {
            Some(width) => rgba(color).stroke_width((width * FINE).round() as u32),
            None => rgba(color).filled(),
        };
        self.area
            .draw(&Circle::new(self.fine(center), radius, style))
    }

    /// A filled box with round corners.
    pub fn rounded(&self, area: Rectangle, radius: f32, color: Color) -> Drawn<DB> {
        self.fill(&round_corners(area, radius), color)
    }

    fn fine(&self, point: Point) -> (i32, i32) {
        let point = point + self.origin;
        (
            (point.x * FINE).round() as i32,
            (point.y * FINE).round() as i32,
        )
    }
}

/// The corners of a rectangle, clockwise.
#[must_use]
pub fn corners(area: Rectangle) -> [Point; 4] {
    let (right, bottom) = (area.x + area.width, area.y + area.height);
    [
        Point::new(area.x, area.y),
        Point::new(right, area.y),
        Point::new(right, bottom),
        Point::new(area.x, bottom),
    ]
}

fn round_corners(area: Rectangle, radius: f32) -> Vec<Point> {
    let inner = area.shrink(radius);
    let turns = [2.0_f32, 3.0, 0.0, 1.0];
    let steps = [0.0_f32, 1.0, 2.0, 3.0];
    corners(inner)
        .into_iter()
        .zip(turns)
        .flat_map(|(corner, turn)| {
            steps.map(|step| {
                let angle = (turn + step / 3.0) * std::f32::consts::FRAC_PI_2;
                corner + Vector::new(angle.cos(), angle.sin()) * radius
            })
        })
        .collect()
}

fn rgba(color: Color) -> RGBAColor {
    let [red, green, blue, _] = color.into_rgba8();
    RGBAColor(red, green, blue, f64::from(color.a))
}
