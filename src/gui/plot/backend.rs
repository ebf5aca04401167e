//! A drawing backend of `plotters` on the window's canvas, finer than a pixel.
//!
//! `plotters` knows whole numbers only, so the sheet says that it is [`FINE`]
//! times as large as it is and divides all coordinates: lines are smooth. What
//! is drawn in one colour in a row becomes one path, because the renderer's cost
//! grows with the number of paths.

use std::convert::Infallible;

use iced::widget::canvas::{self, Frame, LineCap, LineJoin, Path, Stroke, path};
use iced::{Color, Point, alignment};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};

use crate::gui::{fonts, measure};

/// Steps of a coordinate in a logical pixel.
pub const FINE: f32 = 8.0;
/// The SVG writer of `plotters` divides font sizes by this, so they are given
/// multiplied by it.
pub const POINTS: f64 = 1.24;

/// A canvas frame that `plotters` draws on.
pub struct Sheet<'a> {
    frame: &'a mut Frame,
    words: Option<&'a mut Vec<canvas::Text>>,
    pending: Option<Pending>,
}

/// A path that waits for more of the same.
struct Pending {
    ink: Ink,
    path: path::Builder,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ink {
    Fill(Color),
    Stroke(Color, u32),
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl<'a> Sheet<'a> {
    /// Draws on this frame.
    #[must_use]
    pub fn new(frame: &'a mut Frame) -> Self {
        Self {
            frame,
            words: None,
            pending: None,
        }
    }

    /// Draws on this frame and collects the words instead.
    #[must_use]
    pub fn apart(frame: &'a mut Frame, words: &'a mut Vec<canvas::Text>) -> Self {
        Self {
            frame,
            words: Some(words),
            pending: None,
        }
    }

    fn path(&mut self, ink: Ink) -> &mut path::Builder {
        if self.pending.as_ref().is_none_or(|open| open.ink != ink) {
            self.flush();
        }
        let fresh = || Pending {
            ink,
            path: path::Builder::new(),
        };
        &mut self.pending.get_or_insert_with(fresh).path
    }

    fn flush(&mut self) {
        let Some(Pending { ink, path }) = self.pending.take() else {
            return;
        };
        let path: Path = path.build();
        match ink {
            Ink::Fill(color) => self.frame.fill(&path, color),
            Ink::Stroke(color, width) => self.frame.stroke(
                &path,
                Stroke {
                    line_cap: LineCap::Butt,
                    line_join: LineJoin::Round,
                    ..Stroke::default()
                        .with_color(color)
                        .with_width(width as f32 / FINE)
                },
            ),
        }
    }

    fn lines(&mut self, points: impl IntoIterator<Item = BackendCoord>, ink: Ink, close: bool) {
        let path = self.path(ink);
        let mut points = points.into_iter().map(point);
        let Some(first) = points.next() else { return };
        // A line without length cannot be drawn, and the renderer warns of it.
        let mut rest = points.skip_while(|next| *next == first).peekable();
        if rest.peek().is_none() {
            return;
        }
        path.move_to(first);
        for next in rest {
            path.line_to(next);
        }
        if close {
            path.close();
        }
    }
}

impl DrawingBackend for Sheet<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let size = self.frame.size();
        ((size.width * FINE) as u32, (size.height * FINE) as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        self.flush();
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, pixel: BackendColor) -> Drawn {
        let (x, y) = at;
        let corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
        self.lines(corners, Ink::Fill(color(pixel)), true);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
        let ink = if fill {
            Ink::Fill(color(style.color()))
        } else {
            Ink::Stroke(color(style.color()), style.stroke_width())
        };
        self.lines(corners, ink, true);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let ink = Ink::Stroke(color(style.color()), style.stroke_width());
        self.lines(path, ink, false);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let ink = if fill {
            Ink::Fill(color(style.color()))
        } else {
            Ink::Stroke(color(style.color()), style.stroke_width())
        };
        self.path(ink).circle(point(center), radius as f32 / FINE);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        self.lines(vert, Ink::Fill(color(style.color())), true);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        pos: BackendCoord,
    ) -> Drawn {
        self.flush();
        let (size, font) = face(style);
        let word = canvas::Text {
            content: text.to_owned(),
            position: point(pos),
            color: color(style.color()),
            size: size.into(),
            line_height: iced::advanced::text::LineHeight::Relative(fonts::LINE_HEIGHT),
            font,
            align_x: match style.anchor().h_pos {
                // `Left` sends one line of right-to-left text to infinity.
                HPos::Left => iced::advanced::text::Alignment::Default,
                HPos::Center => iced::advanced::text::Alignment::Center,
                HPos::Right => iced::advanced::text::Alignment::Right,
            },
            align_y: match style.anchor().v_pos {
                VPos::Top => alignment::Vertical::Top,
                VPos::Center => alignment::Vertical::Center,
                VPos::Bottom => alignment::Vertical::Bottom,
            },
            ..canvas::Text::default()
        };
        match &mut self.words {
            Some(words) => words.push(word),
            None => self.frame.fill_text(word),
        }
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let (size, font) = face(style);
        let width = measure::width(text, size, font) * FINE;
        Ok((width as u32, (size * fonts::LINE_HEIGHT * FINE) as u32))
    }
}

/// Logical size and font. Headings are semibold, the numbers of tags are bold.
fn face(style: &impl BackendTextStyle) -> (f32, iced::Font) {
    let size = (style.size() / POINTS) as f32 / FINE;
    let font = match style.style() {
        FontStyle::Bold if size > fonts::SMALL => fonts::SEMIBOLD,
        FontStyle::Bold => fonts::BOLD,
        _ => fonts::REGULAR,
    };
    (size, font)
}

fn point((x, y): BackendCoord) -> Point {
    Point::new(x as f32 / FINE, y as f32 / FINE)
}

fn color(from: BackendColor) -> Color {
    let (red, green, blue) = from.rgb;
    Color::from_rgba8(red, green, blue, from.alpha as f32)
}
