//! What closing the window is to do to the sound.

use iced::Element;
use iced::widget::column;

use super::frame::{self, Place};
use super::{Dialog, Message, pieces};
use crate::gui::action::{Action, Actions};
use crate::gui::prefs::{OnClose, Prefs};
use crate::gui::shared::Shared;
use crate::gui::style;

#[derive(Debug, Default)]
pub(super) struct Closing {
    for_ever: bool,
}

impl Dialog for Closing {
    fn items(&self, _shared: &Shared) -> Vec<String> {
        [REMEMBER, CANCEL, STOP, KEEP].map(Into::into).into()
    }

    fn first(&self, _shared: &Shared) -> Option<String> {
        Some(KEEP.into())
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        match item {
            REMEMBER => {
                self.for_ever = !self.for_ever;
                Vec::new()
            }
            KEEP => self.leave_with(OnClose::Keep, shared),
            STOP => self.leave_with(OnClose::Stop, shared),
            _ => vec![Action::Close],
        }
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Centre
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let push = |item, label, kind| pieces::push(item, None, label, kind, true, shared);
        let content = column![
            pieces::sentence(
                "The sound can go on without the window. Start Inphase again to see it, or \
                 run “inphase quit” to end it.",
                shared
            ),
            pieces::tick(REMEMBER, "Do not ask again", self.for_ever, shared),
            frame::buttons([
                push(CANCEL, "Cancel", style::Button::Secondary),
                push(STOP, "Stop", style::Button::Secondary),
                push(KEEP, "Keep playing", style::Button::Primary),
            ]),
        ]
        .spacing(16);
        frame::card("Keep playing in the background?", 480.0, content, shared)
    }
}

impl Closing {
    fn leave_with(&self, on_close: OnClose, shared: &Shared) -> Actions {
        let mut actions = Vec::new();
        if self.for_ever {
            actions.push(Action::Prefer(Prefs {
                on_close,
                ..shared.prefs.clone()
            }));
        }
        actions.extend([Action::Close, Action::Leave(on_close)]);
        actions
    }
}

const KEEP: &str = "keep";
const STOP: &str = "stop";
const CANCEL: &str = "cancel";
const REMEMBER: &str = "remember";
