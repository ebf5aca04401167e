//! Small things that every part draws the same way: a focus ring, labelled
//! buttons, switches of segments, tags, tooltips.

use std::time::Duration;

use iced::advanced::Renderer as _;
use iced::advanced::renderer::Quad;
use iced::border;
use iced::widget::{Button, button, container, row, text, tooltip};
use iced::{Color, Element, Font, Length, Padding, Rectangle, Renderer, alignment};

use super::around::{Hook, around};
use super::focus::FocusId;
use super::icon::{self, Icon};
use super::shared::Shared;
use super::style::{self, radius};
use super::tokens::Tokens;
use super::{fonts, measure};
use crate::rig::Role;

/// Draws the focus ring around `content` while `id` has the keyboard. It takes
/// no room: everything keeps its place.
pub fn ringed<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    id: &FocusId,
    shared: &Shared,
) -> Element<'a, Message> {
    let color = shared.has_focus(id).then_some(shared.tokens.focus);
    around(content, Ring { color })
}

/// The focus ring, if there is one.
struct Ring {
    color: Option<Color>,
}

impl<Message> Hook<Message> for Ring {
    type State = ();

    /// A little outside, or as far as there is room to be seen.
    fn over(&self, renderer: &mut Renderer, bounds: Rectangle, seen: Rectangle) {
        let Some(color) = self.color else { return };
        let outside = bounds.expand(RING_GAP + RING);
        let Some(bounds) = outside.intersection(&seen) else {
            return;
        };
        let quad = Quad {
            bounds,
            border: border::rounded(radius::CONTROL + RING_GAP + RING)
                .color(color)
                .width(RING),
            ..Quad::default()
        };
        renderer.fill_quad(quad, Color::TRANSPARENT);
    }
}

/// Stroke of the focus ring, and how far it is away.
const RING: f32 = 3.0;
const RING_GAP: f32 = 2.0;

/// A button with an icon, a label, or both.
pub fn labelled<'a, Message: Clone + 'a>(
    sign: Option<Icon>,
    label: &str,
    kind: style::Button,
    tokens: &Tokens,
) -> Button<'a, Message> {
    let color = text_on(kind, tokens);
    let mut content = row![].spacing(8).align_y(alignment::Vertical::Center);
    if let Some(sign) = sign {
        content = content.push(icon::icon(sign, 18.0, color));
    }
    if !label.is_empty() {
        content = content.push(
            text(label.to_owned())
                .font(fonts::MEDIUM)
                .size(fonts::BODY)
                .wrapping(text::Wrapping::None),
        );
    }
    button(container(content).center_y(Length::Fill))
        .height(40.0)
        .padding(Padding::from([0.0, 12.0]))
        .style(style::button(kind, tokens))
}

/// A square button with nothing but an icon, 40 pixels.
pub fn icon_button<'a, Message: Clone + 'a>(
    sign: Icon,
    kind: style::Button,
    tokens: &Tokens,
) -> Button<'a, Message> {
    let color = text_on(kind, tokens);
    button(container(icon::icon(sign, 18.0, color)).center(Length::Fill))
        .width(40.0)
        .height(40.0)
        .padding(0.0)
        .style(style::button(kind, tokens))
}

fn text_on(kind: style::Button, tokens: &Tokens) -> Color {
    match kind {
        style::Button::Primary | style::Button::On => tokens.on_accent,
        _ => tokens.text,
    }
}

/// One of several: a switch made of segments.
pub fn segments<'a, T: Copy + PartialEq + 'a, Message: Clone + 'a>(
    choices: &[(T, &str)],
    chosen: Option<T>,
    on_choose: impl Fn(T) -> Message,
    tokens: &Tokens,
) -> Element<'a, Message> {
    let parts = choices.iter().map(|(value, label)| {
        let kind = if chosen == Some(*value) {
            style::Button::On
        } else {
            style::Button::Segment
        };
        button(
            text((*label).to_owned())
                .font(fonts::MEDIUM)
                .size(fonts::SMALL)
                .wrapping(text::Wrapping::None)
                .height(Length::Fill)
                .align_y(alignment::Vertical::Center),
        )
        .height(32.0)
        .padding(Padding::from([0.0, 11.0]))
        .style(style::button(kind, tokens))
        .on_press(on_choose(*value))
        .into()
    });
    let (ground, edge) = (tokens.panel, tokens.line);
    let width = tokens.border_width;
    container(row(parts).spacing(1))
        .padding(2.0)
        .style(move |_| style::boxed(ground, edge, width, radius::NODE))
        .into()
}

/// A speaker's number on its identity colour.
pub fn tag<'a, Message: 'a>(slot: u8, size: f32, tokens: &Tokens) -> Element<'a, Message> {
    let (ground, dashed) = tokens.identity(slot);
    let number = tokens.tag_number(slot);
    let edge = if dashed {
        tokens.text
    } else {
        Color::TRANSPARENT
    };
    container(
        text(slot.to_string())
            .font(fonts::BOLD)
            .size(size * 0.65)
            .line_height(1.0)
            .color(number),
    )
    .center(size)
    .style(move |_| style::boxed(ground, edge, if dashed { 1.5 } else { 0.0 }, radius::TAG))
    .into()
}

/// Text that ends in `…` where there is no room; then the whole of it is in a
/// tooltip.
pub fn fitted<'a, Message: 'a>(
    content: &str,
    room: f32,
    size: f32,
    font: Font,
    color: Color,
    tokens: &Tokens,
) -> Element<'a, Message> {
    let shown = measure::fitted(content, room, size, font);
    let cut = shown != content;
    let line = text(shown)
        .size(size)
        .font(font)
        .color(color)
        .wrapping(text::Wrapping::None)
        .shaping(text::Shaping::Advanced);
    if cut {
        tip(line, content, tooltip::Position::Bottom, tokens)
    } else {
        line.into()
    }
}

/// Explains `content` when the pointer rests on it for half a second.
pub fn tip<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    explanation: &str,
    position: tooltip::Position,
    tokens: &Tokens,
) -> Element<'a, Message> {
    let bubble = tokens.clone();
    tooltip(
        content,
        container(
            text(explanation.to_owned())
                .size(fonts::SMALL)
                .color(tokens.on_accent),
        )
        .max_width(320.0)
        .padding(Padding::from([6.0, 10.0]))
        .style(move |_| style::tip(&bubble)),
        position,
    )
    .delay(Duration::from_millis(500))
    .gap(6.0)
    .snap_within_viewport(true)
    .into()
}

/// A line across.
pub fn rule<'a, Message: 'a>(tokens: &Tokens) -> Element<'a, Message> {
    let tokens = tokens.clone();
    let line = iced::widget::space()
        .width(Length::Fill)
        .height(tokens.line_width());
    container(line).style(move |_| style::line(&tokens)).into()
}

/// What a role is called on nodes and switches.
#[must_use]
pub fn role_label(role: Role) -> &'static str {
    match role {
        Role::L => "L",
        Role::R => "R",
        Role::Stereo => "Stereo",
        Role::Mono => "Mono",
        Role::Sub => "Sub",
        Role::Fl => "FL",
        Role::Fr => "FR",
        Role::C => "C",
        Role::Lfe => "LFE",
        Role::Sl => "SL",
        Role::Sr => "SR",
    }
}
