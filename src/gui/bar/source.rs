//! The source chip: what is played and what it does. Opens the source chooser.

use iced::widget::{button, column, container, row, space, text};
use iced::{Background, Color, Element, Length, Padding, alignment};

use super::levels::BARS;
use super::{Item, Message};
use crate::engine::snapshot::Transport;
use crate::gui::action::Overlay;
use crate::gui::icon::{self, Icon};
use crate::gui::scene::SourceView;
use crate::gui::shared::Shared;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, measure, style, widgets};

/// The chip and how large it is.
pub struct Chip {
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
    /// Room of its words.
    room: f32,
    detail: String,
}

impl Chip {
    /// Measures it.
    pub fn new(shared: &Shared) -> Self {
        let source = &shared.scene.source;
        let detail = detail(shared);
        if !shared.regions.is_wide() {
            let room = 112.0;
            return Self {
                width: room + SIDES,
                height: 40.0,
                room,
                detail,
            };
        }
        let most = (shared.regions.bar.width * 0.18).clamp(200.0, 280.0);
        let name = measure::width(&source.name, fonts::NAME, fonts::SEMIBOLD) + state_room(source);
        let second = measure::width(&detail, fonts::SMALL, fonts::REGULAR);
        let room = name.max(second).clamp(150.0, most).ceil();
        Self {
            width: room + SIDES,
            height: 46.0,
            room,
            detail,
        }
    }

    /// Draws it.
    pub fn view<'a>(&self, shared: &'a Shared, levels: [f32; BARS]) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let source = &shared.scene.source;
        let wide = shared.regions.is_wide();
        let (name_size, state) = if wide {
            (fonts::NAME, state_room(source))
        } else {
            (fonts::BODY, 0.0)
        };
        let name = widgets::fitted(
            &source.name,
            self.room - state,
            name_size,
            fonts::SEMIBOLD,
            tokens.text,
            tokens,
        );
        let mut first = row![name].spacing(GAP).align_y(alignment::Vertical::Center);
        if state > 0.0 {
            first = first
                .push(bars(source, levels, tokens))
                .push(word(source, tokens));
        }
        let second = widgets::fitted(
            &self.detail,
            self.room,
            if wide { fonts::SMALL } else { fonts::TICK },
            fonts::REGULAR,
            if source.problem.is_some() {
                tokens.err
            } else {
                tokens.text_second
            },
            tokens,
        );
        let content = row![
            icon::icon(source.icon, 20.0, tokens.text),
            column![first, second].width(self.room),
            icon::icon(Icon::ChevronDown, 16.0, tokens.text),
        ]
        .spacing(12)
        .align_y(alignment::Vertical::Center);
        let button = button(container(content).center_y(Length::Fill))
            .width(self.width)
            .height(self.height)
            .padding(Padding::from([0.0, 12.0]))
            .style(look(shared))
            .on_press(Message::Pressed(Item::Source));
        widgets::ringed(button, &Item::Source.focus(), shared)
    }
}

/// A button that looks pressed while its list is open.
fn look(shared: &Shared) -> impl Fn(&iced::Theme, button::Status) -> button::Style + use<> {
    let base = style::button(style::Button::Secondary, &shared.tokens);
    let open = shared.overlay == Some(Overlay::Source);
    let (ground, edge) = (shared.tokens.control_hover, shared.tokens.edge);
    move |theme, status| {
        let mut style = base(theme, status);
        if open {
            style.background = Some(Background::Color(ground));
            style.border.color = edge;
            style.border.width = 1.5;
        }
        style
    }
}

/// The second line: format, or what is wrong, or what to do.
fn detail(shared: &Shared) -> String {
    let source = &shared.scene.source;
    if let Some(problem) = &source.problem {
        return problem.trim_end_matches('.').to_owned();
    }
    match (shared.regions.is_wide(), source.chosen) {
        _ if !source.track.is_empty() => source.track.clone(),
        (true, _) => source.detail.clone(),
        (false, false) if shared.is_first_run() => "Step 1 of 3".into(),
        // The icon says what kind it is.
        (false, _) => {
            let parts = source.detail.split_once(" · ");
            parts
                .map_or(source.detail.as_str(), |(_, format)| format)
                .into()
        }
    }
}

/// Room of bars and word, for the longest word, so that the name does not jump.
fn state_room(source: &SourceView) -> f32 {
    if source.chosen {
        let word = measure::width("Stopped", fonts::SMALL, fonts::MEDIUM);
        GAP + BARS as f32 * 4.0 + GAP + word
    } else {
        0.0
    }
}

fn bars<'a>(source: &SourceView, levels: [f32; BARS], tokens: &Tokens) -> Element<'a, Message> {
    let color = word_color(source, tokens);
    let bars = levels.map(|height| {
        container(space().width(2.0).height(height))
            .style(move |_| style::boxed(color, color, 0.0, 1.0))
            .into()
    });
    row(bars)
        .spacing(2)
        .height(12.0)
        .align_y(alignment::Vertical::Center)
        .into()
}

fn word<'a>(source: &SourceView, tokens: &Tokens) -> Element<'a, Message> {
    text(source.word)
        .size(fonts::SMALL)
        .font(fonts::MEDIUM)
        .color(word_color(source, tokens))
        .wrapping(text::Wrapping::None)
        .into()
}

fn word_color(source: &SourceView, tokens: &Tokens) -> Color {
    match source.transport {
        _ if source.problem.is_some() => tokens.err,
        Transport::Playing => tokens.ok,
        Transport::Waiting => tokens.warn,
        Transport::Starting => tokens.busy,
        Transport::Stopped | Transport::Paused => tokens.text_third,
    }
}

/// Between name, bars and word.
const GAP: f32 = 8.0;
/// Paddings, icon, arrow, and what is between them.
const SIDES: f32 = 12.0 + 20.0 + 12.0 + 12.0 + 16.0 + 12.0;
