//! What floats over the bottom of the graph: the legend or, during a drag, the
//! keys that steer it; and the buttons for undo, a new zone and full screen.

use iced::widget::{button, column, container, row, space, text, tooltip};
use iced::{Alignment, Color, Element, Length, Padding};

use super::Message;
use super::sight::FLOATING;
use crate::engine::format;
use crate::gui::drag::Hand;
use crate::gui::focus::{FocusId, Region};
use crate::gui::icon::Icon;
use crate::gui::regions::Tab;
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::style::{self, radius};
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, glyph, measure, widgets};

/// The buttons, in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Take back the last change.
    Undo,
    /// Do it again.
    Redo,
    /// A new zone.
    AddZone,
    /// The whole screen.
    FullScreen,
}

impl Button {
    /// Those that are there and can be pressed now.
    #[must_use]
    pub fn all(shared: &Shared) -> Vec<Self> {
        let all = [Self::Undo, Self::Redo, Self::AddZone, Self::FullScreen];
        let steered = shared.drag.is_some();
        all.into_iter()
            .filter(|button| !steered && button.is_shown(shared) && button.is_ready(shared))
            .collect()
    }

    /// Its place in the order of the keyboard.
    #[must_use]
    pub fn id(self) -> FocusId {
        FocusId::new(
            Region::Main,
            match self {
                Self::Undo => "undo",
                Self::Redo => "redo",
                Self::AddZone => "add-zone",
                Self::FullScreen => "full-screen",
            },
        )
    }

    fn is_shown(self, shared: &Shared) -> bool {
        let wide = shared.regions.is_wide();
        // Beside open plots the compact graph needs all of its room.
        let roomy = shared.tab != Tab::Plots;
        wide || (roomy && !matches!(self, Self::Redo | Self::FullScreen))
    }

    fn is_ready(self, shared: &Shared) -> bool {
        match self {
            Self::Undo => shared.link.snapshot.undo.is_some(),
            Self::Redo => shared.link.snapshot.redo.is_some(),
            Self::AddZone | Self::FullScreen => true,
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Undo => Icon::Undo2,
            Self::Redo => Icon::Redo2,
            Self::AddZone => Icon::Plus,
            Self::FullScreen => Icon::Maximize,
        }
    }

    fn tip(self, shared: &Shared) -> String {
        let snapshot = &shared.link.snapshot;
        let step = |what: &str, step: &Option<String>| match step {
            Some(step) => format!("{what}: {step}"),
            None => format!("Nothing to {}", what.to_lowercase()),
        };
        match self {
            Self::Undo => step("Undo", &snapshot.undo),
            Self::Redo => step("Redo", &snapshot.redo),
            Self::AddZone => "A new zone at the end".into(),
            Self::FullScreen => "Full screen".into(),
        }
    }
}

/// Draws it; `covered` when the graph goes on below it. The hints of a drag
/// begin at `free`.
#[must_use]
pub fn view(shared: &Shared, covered: bool, free: f32) -> Element<'_, Message> {
    let wide = shared.regions.is_wide();
    let side = if wide { 20.0 } else { 14.0 };
    let (before, left, right) = match &shared.drag {
        Some(drag) => (free, keys(drag.hand, shared), space().into()),
        None if wide => (side, legend(shared), buttons(shared)),
        None => (side, space().into(), buttons(shared)),
    };
    // The buttons get their room first; what does not fit is cut at the left.
    let left = container(left).width(Length::Fill).clip(true);
    let strip = row![left, right]
        .align_y(Alignment::Center)
        .height(FLOATING);
    let padding = Padding::ZERO.left(before).right(side);
    let floats = shared.drag.is_some() || Button::AddZone.is_shown(shared);
    let ground = ground(shared, covered && floats);
    let strip = container(strip).padding(padding).style(move |_| ground);
    column![space().height(Length::Fill), strip].into()
}

/// What to do where there is no zone.
pub fn no_zone(shared: &Shared) -> Element<'_, Message> {
    let tokens = &shared.tokens;
    let title = text("No zone yet").size(fonts::ZONE).font(fonts::SEMIBOLD);
    let words = text("A zone is a room. Add one below, then drag speakers into it.");
    let words = words.size(fonts::BODY).color(tokens.text_second);
    let both = column![title.color(tokens.text), words].spacing(8);
    container(both.align_x(Alignment::Center))
        .center(Length::Fill)
        .into()
}

/// A ground, so that nothing shines through.
fn ground(shared: &Shared, opaque: bool) -> container::Style {
    let ground = if opaque {
        shared.tokens.background
    } else {
        Color::TRANSPARENT
    };
    style::boxed(ground, Color::TRANSPARENT, 0.0, radius::CONTROL)
}

fn buttons(shared: &Shared) -> Element<'_, Message> {
    let all = [
        Button::Undo,
        Button::Redo,
        Button::AddZone,
        Button::FullScreen,
    ];
    let shown = all.into_iter().filter(|button| button.is_shown(shared));
    row(shown.map(|which| one(which, shared)))
        .spacing(6.0)
        .align_y(Alignment::Center)
        .into()
}

fn one(which: Button, shared: &Shared) -> Element<'_, Message> {
    let tokens = &shared.tokens;
    let ready = which.is_ready(shared);
    let content: button::Button<'_, Message> = if which == Button::AddZone {
        widgets::labelled(
            Some(which.icon()),
            "Add zone",
            style::Button::Outline,
            tokens,
        )
    } else if ready {
        widgets::icon_button(which.icon(), style::Button::Ghost, tokens)
    } else {
        faint(which.icon(), tokens)
    };
    let content = content.on_press_maybe(ready.then_some(Message::Pressed(which)));
    let ringed = widgets::ringed(content, &which.id(), shared);
    widgets::tip(ringed, &which.tip(shared), tooltip::Position::Top, tokens)
}

/// An icon button that cannot be pressed.
fn faint<'a>(icon: Icon, tokens: &Tokens) -> button::Button<'a, Message> {
    let pale = Tokens {
        text: tokens.text.scale_alpha(0.4),
        ..tokens.clone()
    };
    widgets::icon_button(icon, style::Button::Ghost, &pale)
}

/// What the marks mean; as many as there is room for beside the buttons.
fn legend(shared: &Shared) -> Element<'_, Message> {
    let tokens = &shared.tokens;
    let threshold = format::spread(shared.link.rig.settings.in_phase_us);
    let mut nodes = shared.scene.zones.iter().flat_map(|zone| &zone.nodes);
    let estimated = nodes.any(|node| node.mark == Mark::Estimated);
    let estimated = estimated.then(|| (Mark::Estimated, "estimated".into()));
    let word = |mark: Mark| (mark, mark.word().to_owned());
    let in_phase = (Mark::InPhase, format!("in phase, under {threshold}"));
    let others = [Mark::Drifting, Mark::Out, Mark::Connecting].map(word);
    let entries = std::iter::once(in_phase).chain(estimated).chain(others);
    let mut room = shared.regions.canvas.width - BESIDE_LEGEND;
    let fits = |(_, word): &(Mark, String)| {
        room -= GLYPH + GAP + measure::width(word, fonts::SMALL, fonts::REGULAR) + BETWEEN;
        room >= 0.0
    };
    let entries = entries.take_while(fits).map(|(mark, word)| {
        let word = text(word).size(fonts::SMALL).color(tokens.text_second);
        row![
            glyph::mark(mark, GLYPH, 0.0, tokens),
            word.wrapping(text::Wrapping::None)
        ]
        .spacing(GAP)
        .align_y(Alignment::Center)
        .into()
    });
    container(row(entries).spacing(BETWEEN))
        .center_y(FLOATING)
        .clip(true)
        .into()
}

/// At most so wide are the hints of a drag, with what is free at their right.
pub const HINTS: f32 = 470.0;
/// A glyph of the legend, and how far its word and the next one are away.
const GLYPH: f32 = 13.0;
const GAP: f32 = 6.0;
const BETWEEN: f32 = 16.0;
/// The buttons, and what is left free at both sides.
const BESIDE_LEGEND: f32 = 300.0;

fn keys(hand: Hand, shared: &Shared) -> Element<'_, Message> {
    let wide = shared.regions.is_wide();
    let hints: &[(&str, &str)] = match (hand, wide) {
        (Hand::Tap, _) => &[("Esc", "cancel"), ("Tap", "a zone to put it there")],
        (_, true) => &[
            ("Esc", "cancel"),
            ("← →", "other zone"),
            ("↑ ↓", "position"),
            ("Enter", "drop"),
        ],
        (_, false) => &[("Esc", "cancel"), ("← →", "zone"), ("Enter", "drop")],
    };
    row(hints.iter().map(|(key, word)| hint(key, word, shared)))
        .spacing(18.0)
        .height(FLOATING)
        .align_y(Alignment::Center)
        .into()
}

fn hint<'a>(key: &'a str, word: &'a str, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let edge = tokens.edge;
    let cap = container(
        text(key)
            .size(fonts::SMALL)
            .font(fonts::SEMIBOLD)
            .color(tokens.text),
    )
    .padding(Padding::from([2.0, 7.0]))
    .style(move |_| style::boxed(Color::TRANSPARENT, edge, 1.2, radius::TAG));
    let word = text(word).size(fonts::BODY).color(tokens.text_second);
    row![cap, word]
        .spacing(8.0)
        .align_y(Alignment::Center)
        .into()
}
