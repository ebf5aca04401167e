//! The wide inspector's page of the source.

use iced::widget::{column, container, row, text};
use iced::{Element, Length, alignment};

use super::control::Control;
use super::edit::Field;
use super::knob::Knob;
use super::parts::{self, FieldLook, ROOM};
use super::speaker::fact;
use super::{Inspector, Message, bluetooth};
use crate::bluetooth::state::PlayerAction;
use crate::engine::format;
use crate::engine::snapshot::SourceState;
use crate::gui::icon::{self, Icon};
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::widgets::{self, labelled, rule, segments};
use crate::gui::{commands, fonts, glyph, style};
use crate::rig::Target;
use crate::sync::time::Nanos;

/// The page.
pub fn view<'a>(inspector: &'a Inspector, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let source = &shared.scene.source;
    let mut page = column![head(ROOM, shared)].spacing(12);
    if source.chosen {
        page = page.push(transport(44.0, shared));
    }
    if let Some(problem) = &source.problem {
        page = page.push(trouble(problem, shared));
    }
    page = page.push(change(44.0, shared)).push(rule(tokens));
    if let Some(state) = shared
        .link
        .snapshot
        .source
        .as_ref()
        .filter(|_| source.chosen)
    {
        for (words, value) in facts(state) {
            page = page.push(fact(words, value, shared));
        }
        page = page.push(rule(tokens));
    }
    if let Some(section) = bluetooth::of_source(inspector, shared) {
        page = page.push(section).push(rule(tokens));
    }
    page.push(parts::ends(
        parts::heading("Latency", tokens),
        target(shared),
    ))
    .push(target_number(inspector, shared))
    .push(period(inspector, shared))
    .into()
}

/// What it is.
pub fn head<'a>(room: f32, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let source = &shared.scene.source;
    let room = room - 40.0;
    let name = widgets::fitted(
        &source.name,
        room,
        fonts::ZONE + 1.0,
        fonts::SEMIBOLD,
        tokens.text,
        tokens,
    );
    let words = if source.track.is_empty() {
        &source.detail
    } else {
        &source.track
    };
    let detail = widgets::fitted(
        words,
        room,
        fonts::SMALL,
        fonts::REGULAR,
        tokens.text_second,
        tokens,
    );
    row![
        icon::icon(source.icon, 22.0, tokens.text),
        column![name, detail].spacing(2)
    ]
    .spacing(14)
    .align_y(alignment::Vertical::Center)
    .into()
}

/// Play or pause, and stop.
pub fn transport<'a>(height: f32, shared: &Shared) -> Element<'a, Message> {
    let (sign, words) = if commands::is_paused(shared) {
        (Icon::Play, "Play")
    } else {
        (Icon::Pause, "Pause")
    };
    let skip = |control, action, sign| {
        let _can = commands::skip(action, shared)?;
        Some(icon_only(control, sign, height, shared))
    };
    let before = skip(Control::Previous, PlayerAction::Previous, Icon::SkipBack);
    let after = skip(Control::Next, PlayerAction::Next, Icon::SkipForward);
    // Four buttons side by side have no room for words in the strip.
    let narrow = height < 44.0 && (before.is_some() || after.is_some());
    let one = |control, sign, words| {
        if narrow {
            return icon_only(control, sign, height, shared);
        }
        let button = parts::filled(control, sign, words, false, height, shared);
        parts::ring(button, control, shared)
    };
    let play = one(Control::Play, sign, words);
    let stop = one(Control::Stop, Icon::Square, "Stop");
    row![]
        .push(before)
        .push(play)
        .push(after)
        .push(stop)
        .spacing(if narrow { 6 } else { 8 })
        .into()
}

fn icon_only<'a>(
    control: Control,
    sign: Icon,
    height: f32,
    shared: &Shared,
) -> Element<'a, Message> {
    let button = widgets::icon_button(sign, style::Button::Secondary, &shared.tokens)
        .height(height)
        .on_press(Message::Pressed(control));
    parts::ring(button, control, shared)
}

/// Another source.
pub fn change<'a>(height: f32, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let words = if shared.scene.source.chosen {
        "Change source"
    } else {
        "Choose a source"
    };
    let button = labelled(None, words, style::Button::Outline, tokens)
        .height(height)
        .on_press(Message::Pressed(Control::Change));
    parts::ring(button, Control::Change, shared)
}

fn trouble<'a>(problem: &str, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let content = row![
        glyph::mark(Mark::Out, 18.0, 0.0, tokens),
        text(problem.to_owned())
            .size(fonts::BODY)
            .color(tokens.text)
            .shaping(text::Shaping::Advanced),
    ]
    .spacing(10);
    let (ground, edge) = (tokens.err_ground, tokens.err);
    let width = 1.5_f32.max(tokens.border_width);
    container(content)
        .padding(14)
        .width(Length::Fill)
        .style(move |_| style::boxed(ground, edge, width, style::radius::CARD))
        .into()
}

/// What is known of it.
#[must_use]
pub fn facts(state: &SourceState) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if state.rate > 0 {
        let khz = f64::from(state.rate) / 1000.0;
        facts.push(("Sample rate", format!("{khz} kHz")));
    }
    if state.channels > 0 {
        facts.push(("Channels", state.channels.to_string()));
    }
    if let Some(ppm) = state.ppm {
        facts.push(("Its clock against this computer", format::ppm(ppm)));
    }
    facts.push(("Ready to play", format::latency(state.buffer_ms)));
    if let Some(at) = state.position_s {
        let length = state.duration_s.map(|secs| format!(" of {}", clock(secs)));
        let words = format!("{}{}", clock(at), length.unwrap_or_default());
        facts.push(("Position", words));
    }
    facts
}

/// `3:05`, or hours as well.
fn clock(secs: f64) -> String {
    let secs = Nanos::from_secs(secs.max(0.0)).secs() as u64;
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{secs:02}")
    } else {
        format!("{minutes}:{secs:02}")
    }
}

/// As short as the slowest path allows, or fixed.
pub fn target<'a>(shared: &Shared) -> Element<'a, Message> {
    let fixed = matches!(shared.link.rig.settings.target, Target::FixedMs(_));
    let switch = segments(
        &[(false, "Shortest"), (true, "Fixed")],
        Some(fixed),
        Message::LatencyFixed,
        &shared.tokens,
    );
    parts::ring(switch, Control::Target, shared)
}

/// The fixed latency, or what the shortest one is now.
pub fn target_number<'a>(inspector: &'a Inspector, shared: &'a Shared) -> Element<'a, Message> {
    if matches!(shared.link.rig.settings.target, Target::FixedMs(_)) {
        return numbered(inspector, "Source to ear", Knob::Target, shared);
    }
    let groups = shared.link.snapshot.groups.first();
    let now = groups.map_or_else(
        || format::MISSING.into(),
        |group| format::latency(group.target_ms),
    );
    fact("Source to ear", now, shared)
}

/// The period that devices are opened with.
pub fn period<'a>(inspector: &'a Inspector, shared: &'a Shared) -> Element<'a, Message> {
    numbered(inspector, "Device period", Knob::Period, shared)
}

fn numbered<'a>(
    inspector: &'a Inspector,
    words: &str,
    knob: Knob,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let unit = parts::unit_label(&knob, fonts::SMALL, shared);
    let unit_room = if knob == Knob::Period { 46.0 } else { 24.0 };
    let number = Field::Number(knob);
    let shown = inspector.editor.shown(&number, &inspector.hand, shared);
    let look = FieldLook {
        height: 40.0,
        size: fonts::NAME,
        width: Length::Fixed(124.0),
        unit_room,
        plain: false,
    };
    let words = parts::label_of(words, &shown, 160.0, &shared.tokens);
    let field = parts::field(inspector, number, look, Some(unit), shared);
    parts::ends(words, field)
}
