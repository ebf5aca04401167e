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
        let (title, sentence, stop, keep) = if shared.scene.active {
            (
                "Keep playing in the background?",
                "The sound can go on without the window. Start Inphase again to see it, or \
                 run “inphase quit” to end it.",
                "Stop",
                "Keep playing",
            )
        } else {
            (
                "Stay ready in the background?",
                "Nothing plays now. Without the window, media keys and the tray can still start \
                 it. Start Inphase again to see it, or run “inphase quit” to end it.",
                "Quit",
                "Stay ready",
            )
        };
        let content = column![
            pieces::sentence(sentence, shared),
            pieces::tick(REMEMBER, "Do not ask again", self.for_ever, shared),
            frame::buttons([
                push(CANCEL, "Cancel", style::Button::Secondary),
                push(STOP, stop, style::Button::Secondary),
                push(KEEP, keep, style::Button::Primary),
            ]),
        ]
        .spacing(16);
        frame::card(title, 480.0, content, shared)
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
