//! The three cards of the first-run page, and the entries inside them.

use iced::widget::{Space, column, container, row, text};
use iced::{Color, Element, Length, Padding, alignment};

use super::{Message, picture, places, sources, speakers};
use crate::gui::focus::FocusId;
use crate::gui::grip::{Grip, Status, grip};
use crate::gui::icon::{self, Icon};
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, glyph, style, widgets};

/// How far the user is with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Done,
    Next,
    Later,
}

/// Draws the cards side by side.
pub fn view<'a>(turn: f32, shared: &'a Shared) -> Element<'a, Message> {
    let wide = shared.regions.is_wide();
    let between = if wide { 34.0 } else { 14.0 };
    let sides = if wide { 80.0 } else { 40.0 };
    let page = (shared.regions.canvas.width - sides).min(1500.0 - sides);
    let width = ((page - 2.0 * between) / 3.0).floor();
    let room = width - 2.0 * padding(wide);
    let [first, second, third] = phases(shared);
    let cards = [
        card(
            1,
            "Choose a source",
            first,
            sources::view(room, shared),
            shared,
        ),
        card(
            2,
            "Add speakers",
            second,
            speakers::view(room, turn, shared),
            shared,
        ),
        card(3, "Drag into a zone", third, drag(room, shared), shared),
    ];
    let mut all = row![]
        .height(Length::Fill)
        .align_y(alignment::Vertical::Center);
    for (index, card) in cards.into_iter().enumerate() {
        if index > 0 {
            all = all.push(arrow(between, shared));
        }
        all = all.push(container(card).width(width));
    }
    all.into()
}

fn phases(shared: &Shared) -> [Phase; 3] {
    let rig = &shared.link.rig;
    let (source, placed) = (rig.source.is_some(), rig.placed().next().is_some());
    let carried = shared.drag.is_some();
    let done = |done: bool| if done { Phase::Done } else { Phase::Later };
    let mut phases = [done(source), done(placed), done(placed)];
    let next = match (source, placed) {
        _ if carried => 2,
        (false, _) => 0,
        _ => 1,
    };
    phases[next] = Phase::Next;
    phases
}

fn card<'a>(
    number: u8,
    title: &'a str,
    phase: Phase,
    content: Element<'a, Message>,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let wide = shared.regions.is_wide();
    let heading = row![
        badge(number, phase, shared),
        text(title)
            .size(if wide { 19.0 } else { fonts::ZONE })
            .font(fonts::SEMIBOLD)
            .color(tokens.text),
    ]
    .spacing(12)
    .align_y(alignment::Vertical::Center);
    let next = phase == Phase::Next;
    container(column![heading, content].spacing(if wide { 16 } else { 10 }))
        .padding(Padding::new(padding(wide)).right(padding(wide) - GUTTER))
        .width(Length::Fill)
        .height(Length::Fill)
        .style(move |_| {
            let mut style = style::card(tokens);
            if next {
                style.border.color = tokens.accent;
                style.border.width = 2.0_f32.max(tokens.border_width + 1.0);
            }
            style
        })
        .into()
}

/// The number of a step; a tick once it is done.
fn badge<'a>(number: u8, phase: Phase, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let size = if shared.regions.is_wide() { 36.0 } else { 28.0 };
    let (ground, edge, ink) = match phase {
        Phase::Later => (Color::TRANSPARENT, tokens.edge, tokens.text),
        Phase::Next | Phase::Done => (tokens.accent, tokens.accent, tokens.on_accent),
    };
    let sign: Element<'a, Message> = if phase == Phase::Done {
        icon::icon(Icon::Check, size * 0.5, ink).into()
    } else {
        let number = text(number.to_string()).size(size * 0.5);
        number
            .font(fonts::SEMIBOLD)
            .line_height(1.0)
            .color(ink)
            .into()
    };
    container(sign)
        .center(size)
        .style(move |_| style::boxed(ground, edge, 2.0, size / 2.0))
        .into()
}

fn arrow<'a>(room: f32, shared: &Shared) -> Element<'a, Message> {
    if shared.regions.is_wide() {
        let arrow = icon::icon(Icon::ArrowRight, 22.0, shared.tokens.edge);
        container(arrow).center_x(room).into()
    } else {
        Space::new().width(room).into()
    }
}

fn drag<'a>(room: f32, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let zone = shared.link.rig.zones.first();
    let zone = zone.map_or(places::FIRST, |zone| zone.label());
    let words = if shared.drag.is_some() {
        format!("Let go here to put it into {zone}.")
    } else if shared.regions.is_wide() {
        "A zone is a room. Speakers in a zone start together and stay together. \
         No mouse? Press Enter on a speaker."
            .into()
    } else {
        "Speakers in a zone stay together. No mouse? Press Enter on a speaker.".into()
    };
    column![
        picture::view(room, zone, shared),
        text(words)
            .size(fonts::BODY)
            .color(tokens.text_second)
            .width(room),
    ]
    .spacing(14)
    .into()
}

/// What an entry shows.
pub struct Entry {
    /// At the left.
    pub icon: Icon,
    /// Its name.
    pub title: String,
    /// The second line.
    pub detail: String,
    /// Chosen or placed.
    pub done: bool,
    /// How it is, where that matters, and how far a turning mark has turned.
    pub mark: Option<(Mark, f32)>,
    /// What is written at its end, in a button: what a tap does.
    pub button: Option<&'static str>,
    /// The speaker's number, if it has one.
    pub tag: Option<u8>,
}

/// An entry of `room` pixels; what it does is added to it.
pub fn entry<'a>(of: &Entry, room: f32, id: &FocusId, shared: &'a Shared) -> Grip<'a, Message> {
    let tokens = &shared.tokens;
    let height = if shared.regions.is_wide() { 58.0 } else { 50.0 };
    let end = match of.button {
        Some(_) => BUTTON + 12.0,
        None if of.done || of.mark.is_some() => 24.0 + 12.0,
        None => 0.0,
    };
    let words = room - 2.0 * 14.0 - 22.0 - 12.0 - end;
    let title = widgets::fitted(
        &of.title,
        words,
        fonts::NAME,
        fonts::SEMIBOLD,
        tokens.text,
        tokens,
    );
    let detail = widgets::fitted(
        &of.detail,
        words,
        fonts::SMALL,
        fonts::REGULAR,
        tokens.text_second,
        tokens,
    );
    let sign: Element<'a, Message> = match of.tag {
        Some(slot) => widgets::tag(slot, 22.0, tokens),
        None => icon::icon(of.icon, 18.0, tokens.text).into(),
    };
    let mut content = row![
        container(sign).center_x(22.0),
        column![title, detail].width(words),
    ];
    if of.done {
        let tick = icon::icon(Icon::Check, 18.0, tokens.text);
        content = content.push(container(tick).center_x(24.0));
    } else if let Some(label) = of.button {
        content = content.push(end_button(label, tokens));
    } else if let Some((mark, turn)) = of.mark {
        let mark = glyph::mark(mark, 14.0, turn, tokens);
        content = content.push(container(mark).center_x(24.0));
    }
    let content = content
        .spacing(12)
        .padding(Padding::from([0.0, 14.0]))
        .width(room)
        .height(height)
        .align_y(alignment::Vertical::Center);
    let done = of.done;
    grip(widgets::ringed(content, id, shared)).style(move |status| look(done, status, tokens))
}

/// Looks like a button; the whole entry is one.
fn end_button<'a>(label: &'static str, tokens: &Tokens) -> Element<'a, Message> {
    let words = text(label).font(fonts::MEDIUM).size(fonts::SMALL);
    let (edge, width) = (tokens.edge, 1.5_f32.max(tokens.border_width));
    container(words.color(tokens.text))
        .center_x(BUTTON)
        .center_y(34.0)
        .style(move |_| style::boxed(Color::TRANSPARENT, edge, width, style::radius::CONTROL))
        .into()
}

fn look(done: bool, status: Status, tokens: &Tokens) -> container::Style {
    let ground = match status {
        Status::Rest => tokens.control,
        Status::Hovered | Status::Pressed => tokens.control_hover,
    };
    let (edge, width) = if done {
        (tokens.accent, 2.0)
    } else {
        (tokens.button_border, tokens.border_width)
    };
    style::boxed(ground, edge, width, style::radius::CONTROL)
}

/// Width of what looks like a button.
const BUTTON: f32 = 46.0;
/// At the right of what can scroll, for its bar.
const GUTTER: f32 = 10.0;

fn padding(wide: bool) -> f32 {
    if wide { 20.0 } else { 13.0 }
}
