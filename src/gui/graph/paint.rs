//! Strokes of the brush that both cached layers of the graph share.

use iced::alignment::Vertical;
use iced::widget::canvas::{Frame, LineCap, LineDash, LineJoin, Path, Stroke, Text};
use iced::widget::text::{Alignment, LineHeight, Shaping};
use iced::{Color, Font, Point, Rectangle};

use crate::gui::layer::Brush;
use crate::gui::{fonts, measure};

/// A line of text around `at`: its vertical centre, and the end that `align`
/// names.
pub fn text(
    frame: &mut Brush<'_>,
    content: &str,
    at: Point,
    align: Alignment,
    (size, font): (f32, Font),
    color: Color,
) {
    if content.is_empty() {
        return;
    }
    let width = measure::width(content, size, font);
    let before = match align {
        Alignment::Center => width / 2.0,
        Alignment::Right => width,
        _ => 0.0,
    };
    frame.word(Text {
        content: content.to_owned(),
        position: Point::new(at.x - before, at.y),
        // Writing from right to left begins at the right end, so there must be one.
        max_width: width.ceil() + 2.0,
        color,
        size: size.into(),
        line_height: LineHeight::Relative(fonts::LINE_HEIGHT),
        font,
        align_x: Alignment::Left,
        align_y: Vertical::Center,
        shaping: Shaping::Advanced,
    });
}

/// An icon around `center`.
pub fn sign(frame: &mut Brush<'_>, icon: impl Into<char>, center: Point, size: f32, color: Color) {
    frame.word(Text {
        content: icon.into().to_string(),
        position: center,
        color,
        size: size.into(),
        line_height: LineHeight::Relative(1.0),
        font: fonts::ICONS,
        align_x: Alignment::Center,
        align_y: Vertical::Center,
        ..Text::default()
    });
}

/// A box with a border inside its edge.
pub fn boxed(frame: &mut Frame, area: Rectangle, round: f32, ground: Color, edge: (Color, f32)) {
    if ground.a > 0.0 {
        frame.fill(&rounded(area, round), ground);
    }
    outline(frame, area, round, edge, &[]);
}

/// A border inside the edge of `area`, dashed if there are `dashes`.
pub fn outline(
    frame: &mut Frame,
    area: Rectangle,
    round: f32,
    (color, width): (Color, f32),
    dashes: &[f32],
) {
    if width <= 0.0 || color.a <= 0.0 {
        return;
    }
    let stroke = Stroke {
        line_dash: LineDash {
            segments: dashes,
            offset: 0,
        },
        ..line(color, width)
    };
    let half = width / 2.0;
    frame.stroke(&rounded(area.shrink(half), round - half), stroke);
}

/// A round-ended line.
#[must_use]
pub fn line(color: Color, width: f32) -> Stroke<'static> {
    Stroke {
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        ..Stroke::default().with_color(color).with_width(width)
    }
}

/// A rectangle with round corners.
#[must_use]
pub fn rounded(area: Rectangle, round: f32) -> Path {
    Path::rounded_rectangle(area.position(), area.size(), round.max(0.0).into())
}

/// A line through points.
#[must_use]
pub fn through(points: &[Point]) -> Path {
    Path::new(|path| {
        for (index, &point) in points.iter().enumerate() {
            if index == 0 {
                path.move_to(point);
            } else {
                path.line_to(point);
            }
        }
    })
}

/// Dashes of borders that something may be dropped into.
pub const DASHES: &[f32] = &[6.0, 4.0];
