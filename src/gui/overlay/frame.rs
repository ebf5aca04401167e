//! What stands around every dialog: the dimmed window, the lifted card, Esc and
//! the press beside it.

use std::ops::ControlFlow;

use iced::advanced::{Shell, mouse};
use iced::keyboard::{self, Key, key::Named};
use iced::widget::{column, container, mouse_area, opaque, row, space, stack, text};
use iced::{Background, Element, Event, Length, Padding, alignment};

use super::Message;
use crate::gui::around::{Hook, Seen, around};
use crate::gui::shared::Shared;
use crate::gui::{fonts, style};

/// Where a card stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// In the middle.
    Centre,
    /// Under the top edge, in the middle.
    Top,
    /// With its left top here.
    LeftTop {
        /// From the left.
        x: f32,
        /// From the top.
        y: f32,
    },
    /// With its right top here.
    RightTop {
        /// From the right.
        x: f32,
        /// From the top.
        y: f32,
    },
    /// With its left bottom here.
    LeftBottom {
        /// From the left.
        x: f32,
        /// From the bottom.
        y: f32,
    },
}

/// The window dimmed, and a card over it.
pub(super) fn over<'a>(
    card: Element<'a, Message>,
    place: Place,
    shared: &Shared,
) -> Element<'a, Message> {
    use alignment::{Horizontal, Vertical};
    let (across, down, padding) = match place {
        Place::Centre => (Horizontal::Center, Vertical::Center, Padding::new(12.0)),
        Place::Top => (
            Horizontal::Center,
            Vertical::Top,
            Padding::new(12.0).top(shared.regions.bar.height + 4.0),
        ),
        Place::LeftTop { x, y } => (
            Horizontal::Left,
            Vertical::Top,
            Padding::new(12.0).left(x).top(y),
        ),
        Place::RightTop { x, y } => (
            Horizontal::Right,
            Vertical::Top,
            Padding::new(12.0).right(x).top(y),
        ),
        Place::LeftBottom { x, y } => (
            Horizontal::Left,
            Vertical::Bottom,
            Padding::new(12.0).left(x).bottom(y),
        ),
    };
    let standing = container(opaque(card))
        .width(Length::Fill)
        .height(Length::Fill)
        .align_x(across)
        .align_y(down)
        .padding(padding);
    let dimmed = if place == Place::Centre { 0.72 } else { 0.5 };
    around(stack![scrim(dimmed, shared), standing], Escape)
}

/// A lifted card with a title; `width` includes its padding.
pub(super) fn card<'a>(
    title: &str,
    width: f32,
    content: impl Into<Element<'a, Message>>,
    shared: &Shared,
) -> Element<'a, Message> {
    let heading = text(title.to_owned())
        .size(fonts::ZONE)
        .font(fonts::SEMIBOLD)
        .color(shared.tokens.text);
    bare(
        width,
        column![edged(heading), content.into()].spacing(10),
        shared,
    )
}

/// A lifted card without a title.
pub(super) fn bare<'a>(
    width: f32,
    content: impl Into<Element<'a, Message>>,
    shared: &Shared,
) -> Element<'a, Message> {
    let tokens = shared.tokens.clone();
    container(content)
        .width(width.min(shared.regions.all.width - 24.0))
        .padding(Padding::from([16.0, 12.0]))
        .style(move |_| style::lifted(&tokens, tokens.zone, tokens.zone_border))
        .into()
}

/// Things in a row at the right end of a card.
pub(super) fn buttons<'a>(
    all: impl IntoIterator<Item = Element<'a, Message>>,
) -> Element<'a, Message> {
    let row = container(row(all).spacing(8))
        .width(Length::Fill)
        .align_x(alignment::Horizontal::Right);
    edged(row)
}

/// Moves something that is no list as far in as the words of a list are.
pub(super) fn edged<'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    container(content)
        .padding(Padding::from([0.0, EDGE]))
        .into()
}

/// From the inner edge of a card, where the entries of a list begin, to words.
pub(super) const EDGE: f32 = 8.0;

fn scrim<'a>(alpha: f32, shared: &Shared) -> Element<'a, Message> {
    let ground = shared.tokens.background.scale_alpha(alpha);
    let dim = container(space().width(Length::Fill).height(Length::Fill)).style(move |_| {
        container::Style {
            background: Some(Background::Color(ground)),
            ..container::Style::default()
        }
    });
    opaque(mouse_area(dim).on_press(Message::Left))
}

/// Esc closes the dialog before a text field in it takes the key for itself.
struct Escape;

impl Hook<Message> for Escape {
    type State = ();

    fn before(
        &self,
        _seen: Seen<'_, ()>,
        event: &Event,
        _cursor: &mut mouse::Cursor,
        shell: &mut Shell<'_, Message>,
    ) -> ControlFlow<()> {
        if let Event::Keyboard(keyboard::Event::KeyPressed {
            key: Key::Named(Named::Escape),
            ..
        }) = event
        {
            shell.publish(Message::Dismissed);
            shell.capture_event();
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
