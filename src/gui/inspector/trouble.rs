//! A speaker with a problem: what it is, since when, and what can be done now.

use iced::widget::{column, container, row, text};
use iced::{Element, Length, Padding, alignment};

use super::control::Control;
use super::{Message, parts, subject};
use crate::bluetooth::words;
use crate::engine::format;
use crate::engine::snapshot::{EventKind, Health};
use crate::gui::icon::Icon;
use crate::gui::radio;
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::{fonts, glyph, style};
use crate::rig::Speaker;
use crate::sync::time::Nanos;

/// What is wrong, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Short, and since when if that is known.
    pub title: String,
    /// The reason, or what happens next.
    pub reason: String,
    /// It does not play at all.
    pub lost: bool,
}

/// Whether the speaker is lost.
#[must_use]
pub fn is_lost(shared: &Shared, speaker: &str) -> bool {
    subject::state(shared, speaker).is_some_and(|state| state.state == Health::Lost)
}

/// What is wrong with a speaker, if anything is.
#[must_use]
pub fn of(shared: &Shared, speaker: &Speaker) -> Option<Trouble> {
    let state = subject::state(shared, &speaker.id)?;
    let lost = state.state == Health::Lost;
    let problem = state.problem.as_deref().unwrap_or_default().trim();
    if !lost && problem.is_empty() {
        return None;
    }
    let (first, rest) = problem.split_once(". ").unwrap_or((problem, ""));
    let first = first.trim_end_matches('.');
    if !lost {
        return Some(Trouble {
            title: first.to_owned(),
            reason: rest.to_owned(),
            lost,
        });
    }
    let what = match first.split_once(", ") {
        Some((what, _)) if rest.is_empty() || !what.is_empty() => what,
        _ if first.is_empty() => "Link lost",
        _ => first,
    };
    let since = lost_for(shared, &speaker.id);
    let title = since.map_or_else(
        || what.to_owned(),
        |since| format!("{what} {} ago", whole(since)),
    );
    let device = radio::device_of(speaker, shared);
    let aside = device.filter(|device| !device.connected);
    let aside = aside.and_then(|device| words::set_aside(device.retry.as_ref()?));
    if let Some((title, why)) = aside {
        return Some(Trouble {
            title,
            reason: format!("{why}. It is tried again by itself then."),
            lost,
        });
    }
    let next = device.and_then(|device| radio::next_try(device, shared.unix_ms()));
    let reason = match (rest, next) {
        ("", None) => "Inphase keeps looking for it and lets it join again.".to_owned(),
        (rest, Some(next)) => format!("{rest} {next}.").trim_start().to_owned(),
        (rest, None) => rest.to_owned(),
    };
    Some(Trouble {
        title,
        reason,
        lost,
    })
}

/// For how long it has been lost, as the log says.
fn lost_for(shared: &Shared, speaker: &str) -> Option<Nanos> {
    let mut entries = shared.link.log.entries().rev();
    let entry = entries.find(|entry| {
        entry.event.speaker.as_deref() == Some(speaker) && entry.event.kind == EventKind::Lost
    })?;
    let ms = (shared.link.snapshot.unix_ms - entry.event.unix_ms).max(0);
    Some(Nanos(ms * 1_000_000))
}

/// Whole seconds: the text must not change with every frame.
fn whole(since: Nanos) -> String {
    let secs = since.secs().floor();
    if secs < 60.0 {
        format!("{secs:.0} s")
    } else {
        format::duration(Nanos::from_secs(secs))
    }
}

/// The card on top of the page.
pub fn card<'a>(trouble: &Trouble, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let (mark, ground, edge) = if trouble.lost {
        (Mark::Out, tokens.err_ground, tokens.err)
    } else {
        (Mark::Drifting, tokens.warn_ground, tokens.warn)
    };
    let mut content = column![
        row![
            glyph::mark(mark, 18.0, 0.0, tokens),
            text(trouble.title.clone())
                .font(fonts::SEMIBOLD)
                .size(fonts::ZONE)
                .color(tokens.text)
                .shaping(text::Shaping::Advanced),
        ]
        .spacing(8)
        .align_y(alignment::Vertical::Center)
    ]
    .spacing(6);
    if !trouble.reason.is_empty() {
        content = content.push(
            text(trouble.reason.clone())
                .size(fonts::BODY)
                .color(tokens.text_second)
                .shaping(text::Shaping::Advanced),
        );
    }
    if trouble.lost {
        content = content
            .push(container(buttons(Length::Fill, 44.0, shared)).padding(Padding::ZERO.top(6)));
    }
    let width = 1.5_f32.max(tokens.border_width);
    container(content)
        .padding(16)
        .width(Length::Fill)
        .style(move |_| style::boxed(ground, edge, width, style::radius::CARD))
        .into()
}

/// What can be done about a lost speaker.
pub fn buttons<'a>(width: Length, height: f32, shared: &Shared) -> Element<'a, Message> {
    let one = |control, sign, words, kind| {
        let button = parts::centered(control, sign, words, kind, height, shared);
        parts::ring(button.width(width), control, shared)
    };
    let retry = Some(Icon::RotateCw);
    row![
        one(Control::Retry, retry, radio::TRY, style::Button::Primary),
        one(Control::TakeOut, None, "Remove", style::Button::Secondary),
    ]
    .spacing(8)
    .into()
}
