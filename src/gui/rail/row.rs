//! A row of the rail: what it is called, how it is, how well it can be reached.

use iced::widget::{Stack, button, column, container, row, space, text};
use iced::{Element, Length, Padding, alignment};

use super::{Message, SIDE, ask, is_ready, item};
use crate::bluetooth::Order;
use crate::bluetooth::state::Address;
use crate::devices::Presence;
use crate::gui::focus::{FocusId, Region};
use crate::gui::grip::{Status, grip};
use crate::gui::icon::{self, Icon};
use crate::gui::radio;
use crate::gui::scene::RailRow;
use crate::gui::shared::Shared;
use crate::gui::{fonts, glyph, measure, style, widgets};

/// Its height.
pub const HEIGHT: f32 = 60.0;
/// Width of the rail, and of the flyout.
const WIDTHS: (f32, f32) = (255.0, super::flyout::WIDTH);

/// Draws it for the rail or for the flyout.
pub fn view<'a>(
    of: &'a RailRow,
    region: Region,
    turn: f32,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let width = match region {
        Region::Overlay => WIDTHS.1,
        _ => WIDTHS.0,
    } - 2.0 * SIDE;
    let carried = shared.drag.as_ref().map(|drag| &drag.payload);
    if carried == Some(&of.payload) {
        return hole(of, width, shared);
    }
    let tokens = &shared.tokens;
    let payload = of.payload.clone();
    let mut row = grip(content(of, width, turn, shared))
        .on_tap(Message::Tapped(of.payload.clone()))
        .on_menu_maybe(ask(&of.payload, shared).map(|_| Message::Asked(of.payload.clone())))
        .style(|status| style::row(tokens, status != Status::Rest));
    if is_ready(of) {
        row = row.on_pick(move |at, grab| Message::Picked(payload.clone(), at, grab));
    }
    let id = FocusId::new(region, item(&of.payload));
    container(widgets::ringed(row, &id, shared))
        .width(width)
        .height(HEIGHT)
        .into()
}

/// Where the row was that is carried now. It stays a grip, which knows that the
/// button is still down.
fn hole<'a>(of: &RailRow, width: f32, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let font = fonts::REGULAR;
    let name = measure::fitted(&of.name, width - 110.0, fonts::BODY, font);
    let words = text(format!("Moving {name}…"))
        .size(fonts::BODY)
        .color(tokens.text_third)
        .shaping(text::Shaping::Advanced)
        .wrapping(text::Wrapping::None);
    let inside = container(words).center(Length::Fill);
    let hole = Stack::with_children([
        glyph::dashed(tokens.edge, 2.0, style::radius::NODE).into(),
        inside.into(),
    ])
    .width(Length::Fill)
    .height(HEIGHT);
    let hole = grip(hole).on_tap(Message::Tapped(of.payload.clone()));
    container(hole).width(width).height(HEIGHT).into()
}

fn content<'a>(of: &'a RailRow, width: f32, turn: f32, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let side = side(of, shared);
    let tag = if of.slot.is_some() { 28.0 } else { 0.0 };
    let room = width - 2.0 * PADDING - GRIP - GAP - LEAST - side.width;
    let name = widgets::fitted(
        &of.name,
        room - tag,
        fonts::NAME,
        fonts::SEMIBOLD,
        tokens.text,
        tokens,
    );
    let mut first = row![].spacing(8).align_y(alignment::Vertical::Center);
    if let Some(slot) = of.slot {
        first = first.push(widgets::tag(slot, 20.0, tokens));
    }
    let detail = widgets::fitted(
        &of.detail,
        room - 14.0 - 6.0,
        fonts::SMALL,
        fonts::REGULAR,
        tokens.text_second,
        tokens,
    );
    let second = row![glyph::mark(of.mark, 12.0, turn, tokens), detail]
        .spacing(6)
        .align_y(alignment::Vertical::Center);
    let dots = is_ready(of).then(|| icon::icon(Icon::GripVertical, 16.0, tokens.text_third));
    let dots = container(dots.map_or_else(|| space().into(), Element::from));
    row![
        dots.center_x(GRIP),
        space().width(GAP),
        column![first.push(name), second].spacing(3).width(room),
        space().width(LEAST),
        side.content,
    ]
    .padding(Padding::from([0.0, PADDING]))
    .width(width)
    .height(HEIGHT)
    .align_y(alignment::Vertical::Center)
    .into()
}

struct Side<'a> {
    content: Element<'a, Message>,
    width: f32,
}

/// Signal and battery of what has a radio, else what kind of thing it is.
fn side<'a>(of: &RailRow, shared: &Shared) -> Side<'a> {
    let tokens = &shared.tokens;
    if let Some(address) = of.pairable() {
        return pair(address, shared);
    }
    if let Some(address) = of.address.filter(|_| of.aside) {
        return try_now(address, shared);
    }
    let (battery, signal) = (of.radio.battery, of.radio.signal_dbm);
    if battery.is_none() && signal.is_none() {
        let sign = match (of.presence, of.icon) {
            (Presence::Offline, Icon::Network) => Icon::WifiOff,
            (_, sign) => sign,
        };
        let sign = icon::icon(sign, 18.0, tokens.text_third);
        return Side {
            content: container(sign)
                .width(20.0)
                .align_x(alignment::Horizontal::Right)
                .into(),
            width: 20.0,
        };
    }
    let number = battery.map(|percent| format!("{percent}%"));
    let width = number.as_ref().map_or(20.0, |number| {
        29.0 + measure::width(number, fonts::SMALL, fonts::REGULAR).ceil()
    });
    let mut lines = column![]
        .spacing(7)
        .width(width)
        .align_x(alignment::Horizontal::Right);
    if let Some(dbm) = signal {
        lines = lines.push(glyph::signal(dbm, tokens));
    }
    if let (Some(percent), Some(number)) = (battery, number) {
        let number = text(number)
            .size(fonts::SMALL)
            .color(tokens.text_second)
            .line_height(1.0);
        let both = row![glyph::battery(percent, tokens), number].spacing(5);
        lines = lines.push(both.align_y(alignment::Vertical::Center));
    }
    Side {
        content: lines.into(),
        width,
    }
}

/// The button that pairs it. Enter on the row does the same.
fn pair<'a>(address: Address, shared: &Shared) -> Side<'a> {
    let words = text("Pair").font(fonts::MEDIUM).size(fonts::SMALL);
    Side {
        content: ordering(words, PAIR, Order::Pair(address), shared).into(),
        width: PAIR,
    }
}

/// The button that tries at once to connect one that was set aside.
fn try_now<'a>(address: Address, shared: &Shared) -> Side<'a> {
    let sign = icon::icon(Icon::RotateCw, 16.0, shared.tokens.text);
    let button = ordering(sign, TRY, Order::Connect(address), shared);
    let side = iced::widget::tooltip::Position::Bottom;
    Side {
        content: widgets::tip(button, radio::TRY, side, &shared.tokens),
        width: TRY,
    }
}

fn ordering<'a>(
    content: impl Into<Element<'a, Message>>,
    width: f32,
    order: Order,
    shared: &Shared,
) -> button::Button<'a, Message> {
    button(container(content).center(Length::Fill))
        .width(width)
        .height(36.0)
        .padding(0.0)
        .style(style::button(style::Button::Outline, &shared.tokens))
        .on_press(Message::Ordered(order))
}

const PADDING: f32 = 12.0;
/// Width of the button that pairs.
const PAIR: f32 = 46.0;
/// Width of the button that tries again.
const TRY: f32 = 36.0;
/// Room of the grip's dots.
const GRIP: f32 = 12.0;
/// Between the dots and the words.
const GAP: f32 = 8.0;
/// Between the words and what stands at the right.
const LEAST: f32 = 4.0;
