//! The master volume: mute, a slider, and its value.

use std::ops::RangeInclusive;

use iced::widget::{container, row, text, tooltip};
use iced::{Element, alignment};

use super::{Item, Message, Side, explained};
use crate::engine::{Command, format};
use crate::gui::action::{Action, Actions};
use crate::gui::icon::Icon;
use crate::gui::keys::Press;
use crate::gui::shared::Shared;
use crate::gui::slider::{Kind, Nudge, Scale, Slider, Steps};
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
        .align_x(alignment::Horizontal::Right);
    let track = if shared.regions.is_wide() {
        116.0
    } else {
        96.0
    };
    let content = row![mute, slider(track, shared), value]
        .spacing(4)
        .align_y(alignment::Vertical::Center);
    Side {
        content: content.into(),
        width: 40.0 + 4.0 + track + 4.0 + VALUE,
    }
}

fn slider<'a>(track: f32, shared: &Shared) -> Element<'a, Message> {
    let settings = &shared.link.rig.settings;
    let tokens = &shared.tokens;
    let color = if settings.muted {
        tokens.edge
    } else {
        tokens.accent
    };
    let slider = Slider::new(settings.gain_db, RANGE, Message::Turned, tokens)
        .kind(Kind::OneSided)
        .scale(Scale::Fader)
        .ticks(&[0.0])
        .step(0.1)
        .wheel(1.0)
        .color(color)
        .focused(shared.has_focus(&Item::Volume.focus()))
        .width(track)
        .on_press(Message::Grasped)
        .on_release(Message::LetGo)
        .on_reset(Message::Reset);
    widgets::tip(slider, TIP, tooltip::Position::Bottom, tokens)
}

/// What a key does while the slider has the keyboard.
pub fn key(press: &Press, shared: &Shared) -> Option<Actions> {
    let gain = shared.link.rig.settings.gain_db;
    Some(match Nudge::of(press, &STEPS)? {
        Nudge::By(db) => vec![turn(gain + db)],
        Nudge::Reset => vec![turn(0.0), Action::Release],
        Nudge::Over => vec![Action::Release],
    })
}

/// Turns the volume to this many dB.
pub fn turn(db: f64) -> Action {
    let db = db.clamp(*RANGE.start(), *RANGE.end());
    Action::Hold(Edit::set("settings.gain", format!("{db:.1} dB")))
}

/// Mutes or unmutes everything.
pub fn mute(shared: &Shared) -> Action {
    let muted = shared.link.rig.settings.muted;
    let value = if muted { "off" } else { "on" };
    Action::Send(Command::Edit(Edit::set("settings.mute", value)))
}

const TIP: &str = "Volume of everything. Double-click for 0 dB.";
/// What the rig takes.
const RANGE: RangeInclusive<f64> = -60.0..=12.0;
const STEPS: Steps = Steps {
    fine: 0.1,
    plain: 1.0,
    coarse: 3.0,
    page: 6.0,
};
/// Room of `−60.0 dB`.
const VALUE: f32 = 66.0;
