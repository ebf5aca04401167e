//! Scrolls the page so that the control that has the keyboard can be seen: asks
//! the widgets where it is, so that no height is written down twice.

use iced::advanced::widget::operation::{self, Operation, Outcome, Scrollable};
use iced::advanced::widget::{Id, operate};
use iced::widget::scrollable::AbsoluteOffset;
use iced::{Rectangle, Task, Vector};

use crate::gui::app;
use crate::gui::focus::{FocusId, Region};

/// The id of the page.
pub const PAGE: &str = "inspector-page";

/// Looks for the page and the control, then scrolls the one to the other.
#[derive(Debug)]
pub struct Reveal {
    target: Id,
    page: Option<(Rectangle, Vector)>,
    found: Option<Rectangle>,
}

impl Reveal {
    /// Brings the control `id` into sight.
    #[must_use]
    pub fn new(id: &FocusId) -> Self {
        Self {
            target: Id::from(id.to_string()),
            page: None,
            found: None,
        }
    }

    /// Where to scroll to; `None` when it is in sight.
    fn offset(&self) -> Option<f32> {
        let (page, scrolled) = self.page?;
        let control = self.found?;
        let top = control.y - page.y - MARGIN;
        let bottom = control.y + control.height - page.y - page.height + MARGIN;
        if scrolled.y > top {
            Some(top.max(0.0))
        } else {
            (scrolled.y < bottom).then_some(bottom)
        }
    }
}

impl Operation for Reveal {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        if id == Some(&self.target) {
            self.found = Some(bounds);
        }
    }

    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        _content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        if id == Some(&Id::new(PAGE)) {
            self.page = Some((bounds, translation));
        }
    }

    fn finish(&self) -> Outcome<()> {
        self.offset().map_or(Outcome::None, |y| {
            let to = AbsoluteOffset {
                x: None,
                y: Some(y),
            };
            Outcome::Chain(Box::new(operation::scrollable::scroll_to(
                Id::new(PAGE),
                to,
            )))
        })
    }
}

/// Scrolls to the control that has the keyboard, if it is in the inspector.
pub fn reveal(focus: Option<&FocusId>) -> Task<app::Message> {
    let own = focus.filter(|id| id.region() == Some(Region::Inspector));
    own.map_or_else(Task::none, |id| operate(Reveal::new(id)).discard())
}

/// Left free above and below.
const MARGIN: f32 = 12.0;
