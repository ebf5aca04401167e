//! The way from source to ear as one bar of stages, to scale: greys, the
//! speaker's colour for what the engine and the user add, hatching for the air.

use std::cell::RefCell;

use iced::widget::canvas::{self, Canvas, Frame, Path, Stroke};
use iced::{Color, Point, Rectangle, Renderer, Size, Theme, mouse};

/// One stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// How long it takes; nothing is drawn for zero and less.
    pub ms: f64,
    /// Its colour.
    pub color: Color,
    /// Drawn as hatching.
    pub hatched: bool,
}

/// The bar, as wide as there is room.
pub fn latency_bar<'a, Message: 'a>(parts: Vec<Part>, height: f32) -> Canvas<Bar, Message> {
    Canvas::new(Bar(parts))
        .width(iced::Length::Fill)
        .height(height)
}

/// The sample of a stage beside its name.
pub fn swatch<'a, Message: 'a>(part: Part) -> Canvas<Bar, Message> {
    let whole = Part { ms: 1.0, ..part };
    Canvas::new(Bar(vec![whole])).width(11.0).height(11.0)
}

/// What is drawn.
#[derive(Debug)]
pub struct Bar(Vec<Part>);

/// The drawing that is kept until a stage has changed by half a pixel.
#[derive(Debug, Default)]
pub struct Kept {
    cache: canvas::Cache,
    drawn: RefCell<Vec<(i64, Part)>>,
}

impl<Message> canvas::Program<Message> for Bar {
    type State = Kept;

    fn draw(
        &self,
        kept: &Kept,
        renderer: &Renderer,
        _theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<canvas::Geometry> {
        let widths = widths(&self.0, bounds.width);
        let wanted: Vec<(i64, Part)> = self
            .0
            .iter()
            .zip(&widths)
            .map(|(part, width)| ((2.0 * width) as i64, Part { ms: 0.0, ..*part }))
            .collect();
        if *kept.drawn.borrow() != wanted {
            kept.cache.clear();
            *kept.drawn.borrow_mut() = wanted;
        }
        let draw = |frame: &mut Frame| {
            let mut x = 0.0;
            for (part, width) in self.0.iter().zip(&widths) {
                if *width > 0.0 {
                    let area = Rectangle::new(Point::new(x, 0.0), Size::new(*width, bounds.height));
                    stage(frame, part, area);
                    x += width + GAP;
                }
            }
        };
        vec![kept.cache.draw(renderer, bounds.size(), draw)]
    }
}

fn stage(frame: &mut Frame, part: &Part, area: Rectangle) {
    let round = ROUND.min(area.width / 2.0);
    let shape = Path::rounded_rectangle(area.position(), area.size(), round.into());
    if !part.hatched {
        frame.fill(&shape, part.color);
        return;
    }
    frame.fill(&shape, part.color.scale_alpha(0.28));
    let (left, right, height) = (area.x, area.x + area.width, area.height);
    let lines = Path::new(|path| {
        let mut foot = left - height;
        while foot < right {
            // The line from (foot, bottom) to (foot + height, top), cut off at
            // the sides: the canvas has no clipping of its own here.
            let (from, to) = (foot.max(left), (foot + height).min(right));
            if to > from {
                path.move_to(Point::new(from, height - (from - foot)));
                path.line_to(Point::new(to, height - (to - foot)));
            }
            foot += 5.0;
        }
    });
    let stroke = Stroke::default().with_width(1.6).with_color(part.color);
    frame.stroke(&lines, stroke);
}

/// The pixels of each stage; one that takes any time is at least 2 wide.
fn widths(parts: &[Part], width: f32) -> Vec<f32> {
    let total: f64 = parts.iter().map(|part| part.ms.max(0.0)).sum();
    let count = parts.iter().filter(|part| part.ms > VISIBLE_MS).count();
    let room = width - GAP * count.saturating_sub(1) as f32;
    parts
        .iter()
        .map(|part| {
            if part.ms > VISIBLE_MS && total > 0.0 {
                ((part.ms / total) as f32 * room).max(2.0)
            } else {
                0.0
            }
        })
        .collect()
}

/// Between stages.
const GAP: f32 = 2.0;
/// Corners of stages.
const ROUND: f32 = 3.0;
/// What takes less is left out.
const VISIBLE_MS: f64 = 0.005;

#[cfg(test)]
mod tests {
    use super::*;

    fn part(ms: f64) -> Part {
        Part {
            ms,
            color: Color::WHITE,
            hatched: false,
        }
    }

    #[test]
    fn stages_share_the_bar_to_scale() {
        let widths = widths(&[part(6.0), part(0.0), part(18.0)], 98.0);
        assert_eq!(widths, [24.0, 0.0, 72.0]);
    }

    #[test]
    fn a_negative_stage_takes_no_room() {
        let widths = widths(&[part(-3.0), part(1.0)], 50.0);
        assert_eq!(widths, [0.0, 50.0]);
    }
}
