//! The command list (Ctrl+K): everything the window can do, found by a few
//! letters of any of its words.

use iced::Element;
use iced::widget::{column, container, text};

use super::entry::{self, Entry, Lead};
use super::frame::{self, Place};
use super::{Dialog, LIST, Message, focus_id, pieces};
use crate::engine::Command;
use crate::gui::action::{Action, Actions, Selection};
use crate::gui::commands::{TABLE, Verb};
use crate::gui::fonts;
use crate::gui::keys::Press;
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::{Source, TestSignal};

#[derive(Debug, Default)]
pub(super) struct Palette {
    query: String,
    /// Which of the found commands Enter does.
    at: usize,
}

impl Palette {
    fn entries(&self, shared: &Shared) -> Vec<Entry> {
        let mut found: Vec<(f64, Entry)> = all(shared)
            .into_iter()
            .filter_map(|entry| Some((likeness(&self.query, &entry.label)?, entry)))
            .collect();
        // Stable, so that equals stay in the order of the table.
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(MOST);
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    fn go(&mut self, down: i32, shared: &Shared) -> Actions {
        let entries = self.entries(shared);
        let count = entries.len() as i32;
        if count == 0 {
            return Vec::new();
        }
        self.at = (self.at as i32 + down).rem_euclid(count) as usize;
        let item = &entries[self.at].item;
        let y = entry::scrolled(&entries, item, most(shared)).unwrap_or_default();
        let offset = iced::widget::scrollable::AbsoluteOffset { x: 0.0, y };
        vec![Action::Run(iced::widget::operation::scroll_to(
            LIST, offset,
        ))]
    }
}

impl Dialog for Palette {
    fn items(&self, shared: &Shared) -> Vec<String> {
        let mut items = vec![SEARCH.to_owned()];
        items.extend(entry::items(&self.entries(shared)));
        items
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        let mut entries = self.entries(shared);
        if item != SEARCH {
            return entry::press(entries, item);
        }
        if self.at < entries.len() {
            entries.swap_remove(self.at).does
        } else {
            Vec::new()
        }
    }

    fn typed(&mut self, _item: &str, text: String) {
        self.query = text;
        self.at = 0;
    }

    fn key(&mut self, item: &str, press: &Press, shared: &Shared) -> Option<Actions> {
        match (item, press.arrow()?) {
            (SEARCH, (0, down)) => Some(self.go(down, shared)),
            // Left and right stay in the field.
            (SEARCH, _) => Some(vec![Action::Focus(Some(focus_id(SEARCH)))]),
            _ => None,
        }
    }

    fn scrolled(&self, item: &str, shared: &Shared) -> Option<f32> {
        entry::scrolled(&self.entries(shared), item, most(shared))
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Top
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let entries = self.entries(shared);
        let lit = shared.has_focus(&focus_id(SEARCH)).then_some(self.at);
        let field = pieces::field(SEARCH, &self.query, "What to do", false, shared);
        let found: Element<'a, Message> = if entries.is_empty() {
            let none = text("Nothing is called that.")
                .size(fonts::BODY)
                .color(shared.tokens.text_second);
            container(none).padding(12).into()
        } else {
            entry::list(&entries, WIDTH, most(shared), lit, shared)
        };
        frame::bare(WIDTH + 24.0, column![field, found].spacing(8), shared)
    }
}

/// Everything that can be done now.
fn all(shared: &Shared) -> Vec<Entry> {
    let shown = |verb: Verb| !matches!(verb, Verb::Commands | Verb::Select(_));
    let mut entries: Vec<Entry> = TABLE
        .iter()
        .filter(|row| shown(row.verb) && row.verb.is_possible(shared))
        .map(|row| Entry::of_verb(row, shared))
        .collect();
    entries.extend(selections(shared));
    entries.extend(moves(shared));
    entries.extend(sources());
    entries
}

fn selections(shared: &Shared) -> Vec<Entry> {
    let rig = &shared.link.rig;
    let speakers = rig.speakers.iter().map(|speaker| {
        let selected = Selection::Speaker(speaker.id.clone());
        Entry::closing(
            format!("select/{}", speaker.id),
            format!("Select {}", speaker.label()),
            vec![Action::Select(selected)],
        )
        .lead(Lead::Tag(speaker.slot))
    });
    let zones = rig.zones.iter().map(|zone| {
        Entry::closing(
            format!("select-zone/{}", zone.id),
            format!("Select {}", zone.label()),
            vec![Action::Select(Selection::Zone(zone.id.clone()))],
        )
    });
    speakers.chain(zones).collect()
}

fn moves(shared: &Shared) -> Vec<Entry> {
    let rig = &shared.link.rig;
    let mut entries = Vec::new();
    for speaker in &rig.speakers {
        for zone in rig.zones.iter().filter(|zone| !zone.holds(&speaker.id)) {
            let edit = Edit::MoveSpeaker {
                speaker: speaker.id.clone(),
                zone: Some(zone.id.clone()),
                index: usize::MAX,
            };
            entries.push(
                Entry::closing(
                    format!("move/{}/{}", speaker.id, zone.id),
                    format!("Move {} to {}", speaker.label(), zone.label()),
                    pieces::tell(edit),
                )
                .lead(Lead::Tag(speaker.slot)),
            );
        }
    }
    entries
}

fn sources() -> Vec<Entry> {
    TestSignal::WORDS
        .iter()
        .map(|(signal, word)| {
            let source = Source::Test { signal: *signal };
            let name = crate::gui::scene::test_name(*signal);
            Entry::closing(
                format!("test/{word}"),
                format!("Play test signal: {name}"),
                vec![
                    Action::Tell(Command::Edit(Edit::SetSource(Some(source)))),
                    Action::Send(Command::Play),
                ],
            )
        })
        .collect()
}

/// How well a name fits what was written: every word of the query must begin,
/// be in, or look like a word of the name. `None` when one does not.
fn likeness(query: &str, name: &str) -> Option<f64> {
    let name = name.to_lowercase();
    let words: Vec<&str> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut total = 0.0;
    for part in query.to_lowercase().split_whitespace() {
        let best = words
            .iter()
            .enumerate()
            .map(|(index, word)| alike(part, word) - 0.01 * index as f64)
            .fold(0.0, f64::max);
        if best < LIKE {
            return None;
        }
        total += best;
    }
    Some(total)
}

fn alike(part: &str, word: &str) -> f64 {
    if word == part {
        1.3
    } else if word.starts_with(part) {
        1.2
    } else if part.chars().count() > 1 && word.contains(part) {
        1.0
    } else if part.chars().count() > 2 {
        let beginning: String = word.chars().take(part.chars().count() + 1).collect();
        strsim::jaro_winkler(part, &beginning).min(0.95)
    } else {
        0.0
    }
}

/// A word that looks less alike than this is another word: `identfy` and
/// `identify` have 0.97, `move` and `mute` 0.70.
const LIKE: f64 = 0.84;
/// More would only have to be scrolled through.
const MOST: usize = 60;
const SEARCH: &str = "search";
const WIDTH: f32 = 536.0;

fn most(shared: &Shared) -> f32 {
    (shared.regions.all.height - 200.0).min(480.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_their_beginning_in_any_order_and_with_a_slip() {
        let found = |query: &str, name: &str| likeness(query, name).is_some();
        assert!(found("", "Undo"));
        assert!(found("kit le", "Move Left tower to Kitchen"));
        assert!(found("identfy", "Identify"));
        assert!(found("SCREEN", "Full screen"));
        assert!(!found("mute", "Move Left tower to Kitchen"));
        assert!(!found("kitchen attic", "Move Left tower to Kitchen"));
        assert!(likeness("mute", "Mute or unmute") > likeness("mute", "Unmute"));
    }
}
