//! What the window shows once the engine is gone: that it is, and how to go on.

use iced::widget::{column, container, text};
use iced::{Element, Length, alignment};

use super::focus::{FocusId, Region};
use super::icon::{self, Icon};
use super::shared::Shared;
use super::style::Button;
use super::{fonts, style, widgets};

/// Its only button.
#[must_use]
pub fn focus() -> FocusId {
    FocusId::new(Region::Main, "restart")
}

/// A card in place of everything else.
#[must_use]
pub fn view<'a, Message: Clone + 'a>(shared: &'a Shared, restart: Message) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let (title, words, label) = match shared.link.refusal() {
        Some(why) => ("The engine does not start", why, "Try again"),
        None => ("The engine has ended", ENDED, "Start it again"),
    };
    let title = text(title)
        .size(fonts::TITLE)
        .font(fonts::SEMIBOLD)
        .color(tokens.text);
    let words = text(words)
        .size(fonts::NAME)
        .color(tokens.text_second)
        .center();
    let button =
        widgets::labelled(Some(Icon::RotateCcw), label, Button::Primary, tokens).on_press(restart);
    let content = column![
        icon::icon(Icon::Unplug, 32.0, tokens.text_second),
        title,
        words,
        widgets::ringed(button, &focus(), shared),
    ]
    .spacing(16)
    .max_width(380.0)
    .align_x(alignment::Horizontal::Center);
    let card = container(content)
        .padding(32.0)
        .style(|_| style::card(tokens));
    container(card)
        .center(Length::Fill)
        .style(|_| style::boxed(tokens.background, tokens.background, 0.0, 0.0))
        .into()
}

const ENDED: &str = "Nothing plays now. Start it again\nand the rig comes back as it was.";
