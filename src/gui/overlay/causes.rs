//! Why the health line is as it is, worst first, and what else lasts. Choosing a
//! cause selects its speaker.

use iced::Element;

use super::entry::{self, Entry, Lead};
use super::frame::{self, Place};
use super::{Dialog, Message, pieces};
use crate::engine::health::Cause;
use crate::engine::snapshot::Health;
use crate::gui::action::{Action, Actions, Selection};
use crate::gui::icon::Icon;
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::style;
use crate::rig::Speaker;

#[derive(Debug)]
pub(super) struct Causes;

impl Dialog for Causes {
    fn items(&self, shared: &Shared) -> Vec<String> {
        let mut items = entry::items(&entries(shared));
        items.push(CLOSE.into());
        items
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        if item == CLOSE {
            return vec![Action::Close];
        }
        entry::press(entries(shared), item)
    }

    fn scrolled(&self, item: &str, shared: &Shared) -> Option<f32> {
        entry::scrolled(&entries(shared), item, most(shared))
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Top
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let entries = entries(shared);
        let mut content = iced::widget::column![].spacing(8);
        if entries.is_empty() {
            content = content.push(pieces::sentence(all_well(shared), shared));
        } else {
            content = content.push(entry::list(&entries, WIDTH, most(shared), None, shared));
        }
        for notice in &shared.link.snapshot.notices {
            content = content.push(self::notice(notice, shared));
        }
        let close = pieces::push(CLOSE, None, "Close", style::Button::Secondary, true, shared);
        content = content.push(frame::buttons([close]));
        frame::card(&shared.scene.line.headline, WIDTH + 24.0, content, shared)
    }
}

/// Causes with a speaker to show, in the order of the health line.
fn entries(shared: &Shared) -> Vec<Entry> {
    let line = &shared.scene.line;
    let mut entries: Vec<Entry> = Vec::new();
    let source = shared.scene.source.problem.as_ref();
    entries.extend(source.map(|problem| {
        Entry::closing(
            "source",
            "The source",
            vec![Action::Select(Selection::Source)],
        )
        .detail(problem)
        .lead(Lead::Mark(Mark::Out))
    }));
    entries.extend(line.causes.iter().map(|cause| {
        let shown = Action::Select(Selection::Speaker(cause.speaker.clone()));
        Entry::closing(
            format!("show/{}", cause.speaker),
            whose(&cause.speaker, shared),
            vec![shown],
        )
        .detail(whole_text(cause, shared))
        .keys("Show")
        .lead(Lead::Mark(mark(cause.health)))
    }));
    entries
}

/// All that is known of a cause: the health line has room for its first
/// sentence only.
fn whole_text(cause: &Cause, shared: &Shared) -> String {
    let mut states = shared.link.snapshot.speakers.iter();
    let state = states.find(|state| state.id == cause.speaker);
    let problem = state.and_then(|state| state.problem.as_deref());
    let problem = problem.map(str::trim).filter(|problem| !problem.is_empty());
    let words = problem.unwrap_or(&cause.text);
    format!("{}.", words.trim_end_matches('.'))
}

/// The speaker and where it is.
fn whose(speaker: &str, shared: &Shared) -> String {
    let rig = &shared.link.rig;
    let name = rig.speaker(speaker).map_or(speaker, Speaker::label);
    rig.zone_of(speaker).map_or_else(
        || name.to_owned(),
        |zone| format!("{name} · {}", zone.label()),
    )
}

fn mark(health: Health) -> Mark {
    match health {
        Health::Ready => Mark::Ready,
        Health::Connecting => Mark::Connecting,
        // In phase, but with gaps.
        Health::InPhase | Health::Drifting => Mark::Drifting,
        Health::Out | Health::Lost => Mark::Out,
        Health::Muted => Mark::Off,
    }
}

fn all_well(shared: &Shared) -> &'static str {
    if shared.scene.active {
        "Every speaker plays in phase."
    } else {
        "Nothing plays, so there is nothing to be out of phase."
    }
}

fn notice<'a>(words: &str, shared: &Shared) -> Element<'a, Message> {
    let tokens = shared.tokens.clone();
    let sign = crate::gui::icon::icon(Icon::TriangleAlert, 18.0, tokens.warn);
    let said = iced::widget::text(words.to_owned())
        .size(crate::gui::fonts::BODY)
        .color(tokens.text)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph);
    iced::widget::container(iced::widget::row![sign, said].spacing(12))
        .width(WIDTH)
        .padding(12)
        .style(move |_| {
            style::boxed(
                tokens.warn_ground,
                tokens.warn,
                tokens.border_width,
                style::radius::CONTROL,
            )
        })
        .into()
}

fn most(shared: &Shared) -> f32 {
    let notices = shared.link.snapshot.notices.len() as f32 * 64.0;
    (shared.regions.all.height - 230.0 - notices).max(160.0)
}

const CLOSE: &str = "close";
const WIDTH: f32 = 616.0;
