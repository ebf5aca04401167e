//! Keeps a window's pixels up to date: finds what differs from the last picture,
//! and draws that again.

use std::collections::VecDeque;

use iced::advanced::graphics::text::Text;
use iced::advanced::graphics::{Viewport, damage};
use iced::advanced::renderer::Quad;
use iced::{Background, Color, Font, Pixels, Rectangle, Size, Transformation};
use iced_tiny_skia::{Layer, Renderer};

use super::painter::{self, Painter};
use super::parts::{self, Part};

/// What is known of a window's pixels.
#[derive(Debug)]
pub struct Repaint {
    painter: Painter,
    /// What the last picture showed.
    last: Renderer,
    /// How it was shown; `None` before the first.
    shown: Option<Shown>,
    /// What changed from picture to picture, newest first: a window with several
    /// buffers hands back one that is some pictures old.
    changes: VecDeque<Vec<Part>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Shown {
    size: Size<u32>,
    scale: f32,
    ground: Color,
}

impl Repaint {
    /// For a new window.
    #[must_use]
    pub fn new(font: Font, size: Pixels) -> Self {
        Self {
            painter: Painter::new(font, size),
            last: Renderer::new(font, size),
            shown: None,
            changes: VecDeque::new(),
        }
    }

    /// The window's pixels are gone.
    pub fn forget(&mut self) {
        self.shown = None;
        self.changes.clear();
    }

    /// Brings pixels that show the window as it was `age` pictures ago (0: that
    /// show anything) to what `renderer` shows, and tells which parts were drawn.
    /// The renderer is exchanged for another, to be drawn with from anew.
    pub fn paint(
        &mut self,
        renderer: &mut Renderer,
        viewport: &Viewport,
        ground: Color,
        (pixels, age): (&mut [u32], u8),
    ) -> Vec<Part> {
        let shown = Shown {
            size: viewport.physical_size(),
            scale: viewport.scale_factor(),
            ground,
        };
        let changed = self.changed(renderer, shown);
        self.changes.push_front(changed);
        self.changes.truncate(OLDEST);
        let known = (1..=self.changes.len()).contains(&usize::from(age));
        let parts = if known {
            let since = self.changes.iter().take(usize::from(age));
            parts::joined(since.flatten().copied())
        } else {
            vec![Part::whole(shown.size)]
        };
        let layers = renderer.layers();
        for part in &parts {
            let look = (shown.scale, ground);
            self.painter
                .paint(*part, layers, look, pixels, shown.size.width);
        }
        self.painter.finish(shown.size);
        std::mem::swap(renderer, &mut self.last);
        parts
    }

    /// What differs from the last picture.
    fn changed(&mut self, renderer: &mut Renderer, shown: Shown) -> Vec<Part> {
        if self.shown.replace(shown) != Some(shown) {
            return vec![Part::whole(shown.size)];
        }
        let all = |layer: &Layer| vec![layer.bounds];
        let (before, now) = (self.last.layers(), renderer.layers());
        let areas = damage::diff(before, now, all, differ);
        let around = |area: Rectangle| Part::around(area, shown.scale, shown.size);
        parts::joined(areas.into_iter().filter_map(around))
    }
}

/// What differs in a layer. The renderer's own answer leaves out shadows, and
/// looks for words that take the place of a drawing's where that drawing is moved
/// to; it does not see that a drawing's words were moved.
fn differ(before: &Layer, now: &Layer) -> Vec<Rectangle> {
    let mut areas = Layer::damage(before, now);
    if before.bounds == now.bounds {
        let shade = |(quad, _): &(Quad, Background)| {
            let shade = painter::shadow(quad).and_then(|area| area.intersection(&now.bounds));
            shade.into_iter().collect()
        };
        areas.extend(damage::list(&before.quads, &now.quads, shade, |a, b| {
            a == b
        }));
        let filled = |(text, into): &(&Text, Transformation)| {
            let area = text.visible_bounds().map(|area| area * *into);
            area.into_iter().collect()
        };
        let (before, now) = (words(before), words(now));
        areas.extend(damage::list(&before, &now, filled, |a, b| a == b));
    }
    areas
}

/// Every text of a layer, and how it is moved.
fn words(layer: &Layer) -> Vec<(&Text, Transformation)> {
    let texts = layer.text.iter();
    texts
        .flat_map(|item| {
            item.as_slice()
                .iter()
                .map(|text| (text, item.transformation()))
        })
        .collect()
}

/// Buffers that a window may have.
const OLDEST: usize = 4;

#[cfg(test)]
mod tests {
    use iced::advanced::Renderer as _;
    use iced::advanced::graphics::geometry::{self, Renderer as _};
    use iced::advanced::text::{self, Renderer as _};
    use iced::alignment::Vertical;
    use iced::{Point, Vector};

    use super::*;
    use crate::gui::fonts;

    const WINDOW: Size<u32> = Size {
        width: 300,
        height: 200,
    };

    fn renderer() -> Renderer {
        Renderer::new(fonts::REGULAR, fonts::BODY.into())
    }

    /// Words of the window itself.
    fn word(renderer: &mut Renderer, content: &str, at: Point) {
        let bounds = Size::new(80.0, 20.0);
        let text = text::Text {
            content: content.to_owned(),
            bounds,
            size: fonts::BODY.into(),
            line_height: text::LineHeight::default(),
            font: fonts::REGULAR,
            align_x: text::Alignment::Left,
            align_y: Vertical::Top,
            shaping: text::Shaping::Basic,
            wrapping: text::Wrapping::None,
        };
        renderer.fill_text(text, at, Color::WHITE, Rectangle::new(at, bounds));
    }

    /// A drawing with a word of its own, moved aside.
    fn drawing(renderer: &mut Renderer, content: &str, to: Vector) {
        let area = Rectangle::with_size(Size::new(80.0, 20.0));
        let mut frame = renderer.new_frame(area);
        geometry::frame::Backend::fill_text(
            &mut frame,
            geometry::Text {
                content: content.to_owned(),
                color: Color::WHITE,
                font: fonts::REGULAR,
                ..geometry::Text::default()
            },
        );
        let drawing = geometry::frame::Backend::into_geometry(frame);
        renderer.with_translation(to, |renderer| renderer.draw_geometry(drawing));
    }

    /// Draws one after the other, and asserts that what is seen in the end is the
    /// last, whole.
    fn check(pictures: &[&dyn Fn(&mut Renderer)]) {
        let viewport = Viewport::with_physical_size(WINDOW, 1.0);
        let paint = |repaint: &mut Repaint, draw: &dyn Fn(&mut Renderer), pixels: &mut [u32]| {
            let mut renderer = renderer();
            renderer.reset(Rectangle::with_size(Size::new(300.0, 200.0)));
            draw(&mut renderer);
            let onto = (pixels, 1);
            let _parts = repaint.paint(&mut renderer, &viewport, Color::BLACK, onto);
        };
        let new = || Repaint::new(fonts::REGULAR, fonts::BODY.into());
        let mut repaint = new();
        let mut pixels = vec![0; 300 * 200];
        for draw in pictures {
            paint(&mut repaint, draw, &mut pixels);
        }
        let mut whole = vec![0; 300 * 200];
        let last = pictures.last().expect("there is a picture");
        paint(&mut new(), last, &mut whole);
        let wrong = pixels.iter().zip(&whole).filter(|(a, b)| a != b).count();
        assert_eq!(wrong, 0);
    }

    #[test]
    fn words_that_come_before_a_drawing_are_drawn() {
        let moved = Vector::new(100.0, 0.0);
        check(
            &[&|renderer| drawing(renderer, "drawn", moved), &|renderer| {
                word(renderer, "new", Point::new(10.0, 100.0));
                drawing(renderer, "drawn", moved);
            }],
        );
    }

    #[test]
    fn a_drawing_that_moves_takes_its_words_along() {
        check(&[
            &|renderer| drawing(renderer, "drawn", Vector::new(20.0, 10.0)),
            &|renderer| drawing(renderer, "drawn", Vector::new(20.0, 120.0)),
        ]);
    }
}
