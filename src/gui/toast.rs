//! One sentence at the bottom: what changed, with Undo, for 6 s or until the
//! next one.

use std::time::{Duration, Instant};

use iced::Element;
use iced::widget::space;

use super::shared::Shared;

/// The toast, if one is shown.
#[derive(Debug, Default)]
pub struct Toast {
    shown: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    text: String,
    undo: bool,
    since: Instant,
}

/// What happens to it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Take back what it tells.
    Undone,
    /// Away with it.
    Dismissed,
}

/// How long it stays.
pub const STAYS: Duration = Duration::from_secs(6);

impl Toast {
    /// Shows a sentence; with `undo` it offers to take the change back.
    pub fn show(&mut self, text: String, undo: bool, now: Instant) {
        self.shown = Some(Shown {
            text,
            undo,
            since: now,
        });
    }

    /// Takes it away.
    pub fn hide(&mut self) {
        self.shown = None;
    }

    /// The sentence shown.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.shown.as_ref().map(|shown| shown.text.as_str())
    }

    /// Whether it offers Undo.
    #[must_use]
    pub fn offers_undo(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.undo)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) {
        let over = |shown: &Shown| now.saturating_duration_since(shown.since) >= STAYS;
        if self.shown.as_ref().is_some_and(over) {
            self.hide();
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, _shared: &'a Shared) -> Element<'a, Message> {
        space().into()
    }
}
