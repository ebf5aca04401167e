//! A cached layer of the graph: drawn anew only when what it shows differs.
//!
//! The software renderer repaints the whole of a layer that was drawn anew, so
//! this must not happen for what changes many times a second.

use std::cell::RefCell;

use iced::widget::canvas::{Cache, Canvas, Frame, Geometry, Program};
use iced::{Element, Length, Rectangle, Renderer, Theme, mouse};

/// A layer that shows `subject` as `paint` draws it.
pub fn layer<'a, Message: 'a, Subject: PartialEq + Clone + 'static>(
    subject: Subject,
    paint: fn(&Subject, &mut Frame),
) -> Element<'a, Message> {
    Canvas::new(Layer { subject, paint })
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

struct Layer<Subject> {
    subject: Subject,
    paint: fn(&Subject, &mut Frame),
}

struct Drawn<Subject> {
    cache: Cache,
    subject: RefCell<Option<Subject>>,
}

impl<Subject> Default for Drawn<Subject> {
    fn default() -> Self {
        Self {
            cache: Cache::new(),
            subject: RefCell::new(None),
        }
    }
}

impl<Message, Subject: PartialEq + Clone + 'static> Program<Message> for Layer<Subject> {
    type State = Drawn<Subject>;

    fn draw(
        &self,
        state: &Self::State,
        renderer: &Renderer,
        _theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<Geometry> {
        let mut drawn = state.subject.borrow_mut();
        if drawn.as_ref() != Some(&self.subject) {
            state.cache.clear();
            *drawn = Some(self.subject.clone());
        }
        let paint = |frame: &mut Frame| (self.paint)(&self.subject, frame);
        vec![state.cache.draw(renderer, bounds.size(), paint)]
    }
}
