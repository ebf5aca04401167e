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
    let refusal = shared.link.refusal();
    let title = text(if refusal.is_some() {
        "There is no engine"
    } else {
        "The engine has ended"
    })
    .size(fonts::TITLE)
    .font(fonts::SEMIBOLD)
    .color(tokens.text);
    let ended = "Nothing plays now. Start it again\nand the rig comes back as it was.";
    let words = text(refusal.unwrap_or(ended))
        .size(fonts::NAME)
        .color(tokens.text_second)
        .center();
    let button = widgets::labelled(
        Some(Icon::RotateCcw),
        "Start it again",
        Button::Primary,
        tokens,
    )
    .on_press(restart);
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
