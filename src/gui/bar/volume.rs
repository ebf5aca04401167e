//! The master volume: mute, a slider, and its value.

use iced::widget::{container, row, text};
use iced::{Padding, alignment};

use super::{Item, Message, Side, explained};
use crate::engine::{Command, format};
use crate::gui::action::Action;
use crate::gui::icon::Icon;
use crate::gui::shared::Shared;
use crate::gui::style::Button;
use crate::gui::{fonts, widgets};
use crate::rig::edit::Edit;

/// Draws it.
pub fn view(shared: &Shared) -> Side<'_> {
    let settings = &shared.link.rig.settings;
    let tokens = &shared.tokens;
    let (sign, tip) = if settings.muted {
        (Icon::VolumeX, "Unmute everything")
    } else {
        (Icon::Volume2, "Mute everything")
    };
    let mute =
        widgets::icon_button(sign, Button::Ghost, tokens).on_press(Message::Pressed(Item::Mute));
    let mute = explained(mute, Item::Mute, tip, shared);
    let value = text(if settings.muted {
        "muted".into()
    } else {
        format::level(settings.gain_db)
    })
    .size(fonts::BODY)
    .font(fonts::MEDIUM)
    .color(tokens.text)
    .wrapping(text::Wrapping::None);
    let value = container(value)
        .width(VALUE)
        .align_x(alignment::Horizontal::Right)
        .padding(Padding::ZERO);
    Side {
        content: row![mute, value]
            .spacing(4)
            .align_y(alignment::Vertical::Center)
            .into(),
        width: 40.0 + 4.0 + VALUE,
    }
}

/// Mutes or unmutes everything.
pub fn mute(shared: &Shared) -> Action {
    let muted = shared.link.rig.settings.muted;
    let value = if muted { "off" } else { "on" };
    Action::Send(Command::Edit(Edit::set("settings.mute", value)))
}

/// Room of `−60.0 dB`.
const VALUE: f32 = 66.0;
