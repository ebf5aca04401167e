//! The first-run page: three steps to sound in phase.

use iced::Element;
use iced::widget::space;

use super::action::Actions;
use super::focus::FocusId;
use super::keys::Press;
use super::shared::Shared;

/// What only this part knows.
#[derive(Debug, Default)]
pub struct FirstRun {}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {}

impl FirstRun {
    /// Takes a message.
    pub fn update(&mut self, message: Message, _shared: &Shared) -> Actions {
        match message {}
    }

    /// Takes a key while `id`, which is in this part, has the keyboard; `None`
    /// when it means nothing here.
    pub fn key(&mut self, _id: &FocusId, _press: &Press, _shared: &Shared) -> Option<Actions> {
        None
    }

    /// Everything in it that can have the keyboard, in reading order.
    #[must_use]
    pub fn focusables(&self, _shared: &Shared) -> Vec<FocusId> {
        Vec::new()
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, _shared: &Shared) {}

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, _shared: &'a Shared) -> Element<'a, Message> {
        space().into()
    }
}

/// Puts it where the page says.
#[must_use]
pub fn place(_payload: &super::drag::Payload, _shared: &Shared) -> Actions {
    Vec::new()
}
