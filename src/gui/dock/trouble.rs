//! When something is wrong: what the card says about it and what one can do.

use iced::widget::{column, container, row, text};
use iced::{Element, Length, Padding, alignment};

use super::{Dock, Message};
use crate::engine::format;
use crate::engine::snapshot::{EventKind, Health, SpeakerState};
use crate::gui::focus::{FocusId, Region};
use crate::gui::icon::Icon;
use crate::gui::inspector::trouble;
use crate::gui::plot::marks;
use crate::gui::radio;
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::style::Button;
use crate::gui::{fonts, glyph, widgets};
use crate::sync::time::Nanos;

/// Whether a speaker of a zone is out or lost, or something broke a moment ago.
pub(super) fn is_there(shared: &Shared) -> bool {
    lost(shared).is_some() || recent(shared)
}

/// The speaker of a zone that is lost, else the one that is out; the selected
/// one first.
pub(super) fn lost(shared: &Shared) -> Option<&SpeakerState> {
    let link = &shared.link;
    let placed = |state: &&SpeakerState| link.rig.zone_of(&state.id).is_some();
    let rank = |state: &&SpeakerState| {
        let selected = shared.selection.speaker() == Some(state.id.as_str());
        (state.state == Health::Lost, selected)
    };
    let broken = |state: &&SpeakerState| matches!(state.state, Health::Lost | Health::Out);
    let states = link.snapshot.speakers.iter();
    states.filter(broken).filter(placed).max_by_key(rank)
}

fn recent(shared: &Shared) -> bool {
    let now = shared.link.snapshot.time;
    let entries = shared.link.log.entries().rev();
    entries
        .take(64)
        .filter(|entry| now - entry.last <= RECENT)
        .any(|entry| marks::shape(entry.event.kind) == Some(Mark::Out))
}

/// What the card says: a heading, and why.
#[must_use]
fn sentences(state: &SpeakerState, shared: &Shared) -> (String, String) {
    let link = &shared.link;
    let name = link
        .rig
        .speaker(&state.id)
        .map_or_else(|| state.id.clone(), |speaker| speaker.label().to_owned());
    let since = link.log.entries().rev().find(|entry| {
        entry.event.speaker.as_deref() == Some(state.id.as_str())
            && entry.event.kind == EventKind::Lost
    });
    let heading = match (state.state, since) {
        (Health::Lost, Some(entry)) => {
            let ago = link.snapshot.time - entry.last;
            match ago.0 / 1_000_000_000 {
                0 => format!("{name} lost its link just now"),
                secs @ 1..60 => format!("{name} lost its link {secs} s ago"),
                _ => format!("{name} lost its link {} ago", format::duration(ago)),
            }
        }
        (Health::Lost, None) => format!("{name} lost its link"),
        _ => format!("{name} is out of sync"),
    };
    let speaker = link.rig.speaker(&state.id);
    let trouble = speaker.and_then(|speaker| trouble::of(shared, speaker));
    let why = trouble.map(|trouble| trouble.reason).unwrap_or_default();
    (heading, why)
}

impl Dock {
    /// The card of the compact layout.
    pub(super) fn card<'a>(&'a self, shared: &'a Shared, width: f32) -> Element<'a, Message> {
        let Some(state) = lost(shared) else {
            return self.quiet_card(shared, width);
        };
        let tokens = &shared.tokens;
        let (heading, why) = sentences(state, shared);
        let room = width - 32.0;
        let head = row![
            glyph::mark(Mark::Out, 18.0, 0.0, tokens),
            widgets::fitted(
                &heading,
                room - 30.0,
                fonts::ZONE,
                fonts::SEMIBOLD,
                tokens.text,
                tokens
            ),
        ]
        .spacing(10)
        .align_y(alignment::Vertical::Center);
        let retry = FocusId::new(Region::Dock, "retry");
        let remove = FocusId::new(Region::Dock, "remove");
        let buttons = row![
            widgets::ringed(
                widgets::labelled(Some(Icon::RotateCw), radio::TRY, Button::Primary, tokens)
                    .on_press(Message::Retried),
                &retry,
                shared
            ),
            widgets::ringed(
                widgets::labelled(None, "Remove", Button::Secondary, tokens)
                    .on_press(Message::Removed(state.id.clone())),
                &remove,
                shared
            ),
        ]
        .spacing(8);
        column![
            head,
            widgets::fitted(
                &why,
                room,
                fonts::SMALL,
                fonts::REGULAR,
                tokens.text_second,
                tokens
            ),
            buttons,
        ]
        .spacing(8)
        .padding(Padding::from([14.0, 16.0]))
        .width(width)
        .into()
    }

    /// Nobody is lost any more, but something broke within the last minute.
    fn quiet_card<'a>(&'a self, shared: &'a Shared, width: f32) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let head = row![
            glyph::mark(Mark::Drifting, 18.0, 0.0, tokens),
            text("No speaker is lost now")
                .font(fonts::SEMIBOLD)
                .size(fonts::ZONE)
                .color(tokens.text),
        ]
        .spacing(10)
        .align_y(alignment::Vertical::Center);
        let why = text("Something went wrong within the last minute, the list says what.")
            .size(fonts::SMALL)
            .color(tokens.text_second);
        container(column![head, why].spacing(8))
            .padding(Padding::from([14.0, 16.0]))
            .width(width)
            .height(Length::Fill)
            .into()
    }
}

/// For so long after it something that broke is the news.
const RECENT: Nanos = Nanos(60_000_000_000);
