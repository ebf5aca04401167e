//! A kept drawing: made anew only when what it shows differs.
//!
//! The software renderer repaints the whole of a drawing that was made anew, so
//! this must not happen for what changes many times a second. And words of a
//! canvas tell it no bounds, so it draws all of them in every part of the window
//! that is repainted; so the words of the drawing are kept beside it and given to
//! the renderer as ordinary text, each with the bounds it fills.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use iced::advanced::graphics::geometry::Renderer as _;
use iced::advanced::renderer::Style;
use iced::advanced::text::{self, LineHeight, Renderer as _};
use iced::advanced::widget::{Tree, tree};
use iced::advanced::{Layout, Renderer as _, Widget, layout, mouse};
use iced::alignment::Vertical;
use iced::widget::canvas::{Cache, Frame, Text};
use iced::{Element, Length, Point, Rectangle, Renderer, Size, Theme, Transformation, Vector};

use super::measure;

/// A frame to draw on, and the words that stand on the drawing.
#[allow(missing_debug_implementations, reason = "a frame has none")]
pub struct Brush<'a> {
    frame: &'a mut Frame,
    /// The words so far, where they stand on the layer.
    pub words: Vec<Text>,
    into: Transformation,
}

impl Brush<'_> {
    /// Writes.
    pub fn word(&mut self, text: Text) {
        let larger = self.into.scale_factor();
        self.words.push(Text {
            position: text.position * self.into,
            max_width: text.max_width * larger,
            size: text.size * larger,
            line_height: match text.line_height {
                LineHeight::Absolute(height) => LineHeight::Absolute(height * larger),
                LineHeight::Relative(_) => text.line_height,
            },
            ..text
        });
    }

    /// Moves and enlarges what is drawn and written from now on.
    pub fn transform(&mut self, into: Transformation) {
        self.into = self.into * into;
        self.frame.translate(into.translation());
        self.frame.scale(into.scale_factor());
    }
}

impl Deref for Brush<'_> {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        self.frame
    }
}

impl DerefMut for Brush<'_> {
    fn deref_mut(&mut self) -> &mut Frame {
        self.frame
    }
}

/// A drawing that shows `subject` as `paint` draws it.
pub fn layer<'a, Message: 'a, Subject: PartialEq + Clone + 'static>(
    subject: Subject,
    size: Size<Length>,
    paint: impl Fn(&Subject, &mut Brush<'_>) + 'a,
) -> Element<'a, Message> {
    Element::new(Layer {
        subject,
        size,
        paint,
    })
}

struct Layer<Subject, Paint> {
    subject: Subject,
    size: Size<Length>,
    paint: Paint,
}

/// What is kept between two frames.
struct Drawn<Subject> {
    cache: Cache,
    subject: RefCell<Option<Subject>>,
    words: RefCell<Vec<Text>>,
}

impl<Message, Subject, Paint> Widget<Message, Theme, Renderer> for Layer<Subject, Paint>
where
    Subject: PartialEq + Clone + 'static,
    Paint: Fn(&Subject, &mut Brush<'_>),
{
    fn size(&self) -> Size<Length> {
        self.size
    }

    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Drawn<Subject>>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Drawn::<Subject> {
            cache: Cache::new(),
            subject: RefCell::new(None),
            words: RefCell::default(),
        })
    }

    fn layout(
        &mut self,
        _tree: &mut Tree,
        _renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        layout::atomic(limits, self.size.width, self.size.height)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        _theme: &Theme,
        _style: &Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let drawn = tree.state.downcast_ref::<Drawn<Subject>>();
        let bounds = layout.bounds();
        if drawn.subject.borrow().as_ref() != Some(&self.subject) {
            drawn.cache.clear();
            let _old = drawn.subject.replace(Some(self.subject.clone()));
        }
        let geometry = drawn.cache.draw(renderer, bounds.size(), |frame| {
            let words = Vec::new();
            let into = Transformation::IDENTITY;
            let mut brush = Brush { frame, words, into };
            (self.paint)(&self.subject, &mut brush);
            let _old = drawn.words.replace(brush.words);
        });
        let into = Vector::new(bounds.x, bounds.y);
        renderer.with_translation(into, |renderer| {
            renderer.draw_geometry(geometry);
            for word in drawn.words.borrow().iter() {
                write(renderer, word);
            }
        });
    }
}

/// Gives a word to the renderer with the bounds it fills.
fn write(renderer: &mut Renderer, word: &Text) {
    let width = measure::width(&word.content, word.size.0, word.font).ceil();
    let height = word.line_height.to_absolute(word.size).0;
    let left = match word.align_x {
        text::Alignment::Center => word.position.x - width / 2.0,
        text::Alignment::Right => word.position.x - width,
        _ => word.position.x,
    };
    let top = match word.align_y {
        Vertical::Top => word.position.y,
        Vertical::Center => word.position.y - height / 2.0,
        Vertical::Bottom => word.position.y - height,
    };
    // Letters may reach a little over their advance and line.
    let fills = Rectangle::new(Point::new(left, top), Size::new(width, height)).expand(3.0);
    let text = text::Text {
        content: word.content.clone(),
        // Infinity does not survive the renderer's transformation.
        bounds: Size::new(word.max_width.min(FAR), FAR),
        size: word.size,
        line_height: word.line_height,
        font: word.font,
        align_x: word.align_x,
        align_y: word.align_y,
        shaping: word.shaping,
        wrapping: text::Wrapping::None,
    };
    renderer.fill_text(text, word.position, word.color, fills);
}

/// Wider than any word, logical pixels.
const FAR: f32 = 100_000.0;
