//! The rail of the compact layout: an icon and a count for each family, and Scan.

use iced::widget::{button, column, container, space, text};
use iced::{Element, Length, alignment};

use super::{Message, SCAN, family_focus};
use crate::gui::action::Overlay;
use crate::gui::focus::{FocusId, Region};
use crate::gui::glyph;
use crate::gui::icon::{self, Icon};
use crate::gui::scene::{Mark, RailGroup};
use crate::gui::shared::Shared;
use crate::gui::style::Button;
use crate::gui::{fonts, style, widgets};

/// Draws it. `scanning` is the mark in place of Scan's icon, turned by `turn`.
pub fn view<'a>(scanning: Option<Mark>, turn: f32, shared: &'a Shared) -> Element<'a, Message> {
    let families = shared.scene.rail.iter().map(|group| family(group, shared));
    column![
        column(families).spacing(6),
        space().height(Length::Fill),
        scan(scanning, turn, shared),
    ]
    .width(Length::Fill)
    .padding([8.0, 6.0])
    .into()
}

fn family<'a>(group: &RailGroup, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let open = shared.overlay == Some(Overlay::Rail(group.family));
    let dragged = shared
        .drag
        .as_ref()
        .is_some_and(|drag| group.rows.iter().any(|row| row.payload == drag.payload));
    let (kind, color) = if open || dragged {
        (Button::On, tokens.on_accent)
    } else {
        (Button::Secondary, tokens.text)
    };
    let count = text(group.rows.len().to_string())
        .font(fonts::SEMIBOLD)
        .size(fonts::SMALL)
        .color(color);
    let content = column![icon::icon(group.family.icon(), 18.0, color), count]
        .spacing(4)
        .align_x(alignment::Horizontal::Center);
    let button = button(container(content).center(Length::Fill))
        .width(51.0)
        .height(54.0)
        .padding(0.0)
        .style(style::button(kind, tokens))
        .on_press(Message::Unfolded(group.family));
    let ringed = widgets::ringed(button, &family_focus(group.family), shared);
    let position = iced::widget::tooltip::Position::Right;
    widgets::tip(ringed, group.family.title(), position, tokens)
}

fn scan<'a>(scanning: Option<Mark>, turn: f32, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let sign: Element<'a, Message> = match scanning {
        Some(mark) => glyph::mark(mark, 18.0, turn, tokens).into(),
        None => icon::icon(Icon::Radar, 20.0, tokens.text_second).into(),
    };
    let content = column![
        container(sign).height(20.0).center_y(20.0),
        text("Scan").size(fonts::SMALL).color(tokens.text_second),
    ]
    .spacing(4)
    .align_x(alignment::Horizontal::Center);
    let button = button(container(content).center(Length::Fill))
        .width(51.0)
        .height(54.0)
        .padding(0.0)
        .style(style::button(Button::Ghost, tokens))
        .on_press(Message::Scanned);
    widgets::ringed(button, &FocusId::new(Region::Rail, SCAN), shared)
}
