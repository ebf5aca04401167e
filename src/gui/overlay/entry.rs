//! Lists of things to choose: menus, causes, commands. An entry carries what it
//! does, so a press and Enter cannot differ.

use iced::widget::{button, column, container, row, scrollable, space, text};
use iced::{Color, Element, Length, Padding, alignment};

use super::{LIST, Message, focus_id, frame};
use crate::gui::action::{Action, Actions};
use crate::gui::commands::{self, Verb};
use crate::gui::glyph;
use crate::gui::icon::{Icon, icon};
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::{fonts, measure, style, widgets};

/// One thing to choose.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its id in the dialog.
    pub item: String,
    /// What stands before it.
    pub sign: Lead,
    /// What it is called.
    pub label: String,
    /// More about it, on a second line.
    pub detail: String,
    /// Its keys, at the right.
    pub keys: String,
    /// It leads to another page.
    pub leads_on: bool,
    /// It is the one in force.
    pub chosen: bool,
    /// A heading over it.
    pub heading: Option<&'static str>,
    /// Whether it can be chosen now.
    pub possible: bool,
    /// What it does to the window; what it does to its own dialog, the dialog does.
    pub does: Actions,
}

/// What stands before an entry.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lead {
    /// Nothing, and no room for it.
    Nothing,
    /// An icon.
    Icon(Icon),
    /// A speaker's number on its colour.
    Tag(u8),
    /// How something is.
    Mark(Mark),
}

impl Entry {
    /// An entry that can be chosen if it does something.
    pub fn new(item: impl Into<String>, label: impl Into<String>, does: Actions) -> Self {
        Self {
            item: item.into(),
            sign: Lead::Nothing,
            label: label.into(),
            detail: String::new(),
            keys: String::new(),
            leads_on: false,
            chosen: false,
            heading: None,
            possible: !does.is_empty(),
            does,
        }
    }

    /// One that closes the dialog first.
    pub fn closing(item: impl Into<String>, label: impl Into<String>, does: Actions) -> Self {
        let mut all = vec![Action::Close];
        if does.is_empty() {
            all.clear();
        }
        all.extend(does);
        Self::new(item, label, all)
    }

    /// One that changes only its own dialog.
    pub fn inner(item: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            possible: true,
            ..Self::new(item, label, Vec::new())
        }
    }

    /// What a verb of the table does; what undo and redo are about is told.
    pub fn of_verb(row: &commands::Row, shared: &Shared) -> Self {
        let possible = row.verb.is_possible(shared);
        let does = if possible {
            commands::carry_out(row.verb, shared)
        } else {
            Vec::new()
        };
        let about = match row.verb {
            Verb::Undo => shared.link.snapshot.undo.clone(),
            Verb::Redo => shared.link.snapshot.redo.clone(),
            _ => None,
        };
        Self::closing(format!("verb/{}", row.title), row.title, does)
            .keys(row.verb.keys())
            .detail(about.unwrap_or_default())
    }

    /// With an icon.
    pub fn icon(self, icon: Icon) -> Self {
        self.lead(Lead::Icon(icon))
    }

    /// With something before it.
    pub fn lead(mut self, sign: Lead) -> Self {
        self.sign = sign;
        self
    }

    /// With a second line.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// With its keys.
    pub fn keys(mut self, keys: impl Into<String>) -> Self {
        self.keys = keys.into();
        self
    }

    /// Leads to another page.
    pub fn leads_on(mut self) -> Self {
        self.leads_on = true;
        self
    }

    /// In force or not.
    pub fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }

    /// Under a heading.
    pub fn under(mut self, heading: &'static str) -> Self {
        self.heading = Some(heading);
        self
    }

    fn height(&self) -> f32 {
        let row = if self.detail.is_empty() { 40.0 } else { 54.0 };
        row + self.heading.map_or(0.0, |_| HEADING)
    }
}

/// How high a list of them is.
pub(super) fn height(entries: &[Entry]) -> f32 {
    entries.iter().map(Entry::height).sum()
}

/// The entries that can be chosen.
pub(super) fn items(entries: &[Entry]) -> Vec<String> {
    let possible = entries.iter().filter(|entry| entry.possible);
    possible.map(|entry| entry.item.clone()).collect()
}

/// What this one does.
pub(super) fn press(entries: Vec<Entry>, item: &str) -> Actions {
    let chosen = entries.into_iter().find(|entry| entry.item == item);
    chosen.map_or_else(Vec::new, |entry| entry.does)
}

/// How far a list of this height is to be scrolled to show an entry in its middle.
pub(super) fn scrolled(entries: &[Entry], item: &str, most: f32) -> Option<f32> {
    let at = entries.iter().position(|entry| entry.item == item)?;
    let above: f32 = entries[..at].iter().map(Entry::height).sum();
    Some((above - most / 2.0).max(0.0))
}

/// The list, `width` wide and at most `most` high. `lit` is drawn as if it had
/// the keyboard while a search field has it.
pub(super) fn list<'a>(
    entries: &[Entry],
    width: f32,
    most: f32,
    lit: Option<usize>,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let scrolls = height(entries) > most;
    let room = if scrolls { width - SCROLLER } else { width };
    let rows = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| one(entry, room, lit == Some(index), shared));
    let rows = column(rows).width(room);
    if !scrolls {
        return rows.into();
    }
    scrollable(rows)
        .id(LIST)
        .style(style::scroll(&shared.tokens))
        .width(width)
        .height(most)
        .into()
}

fn one<'a>(entry: &Entry, width: f32, lit: bool, shared: &'a Shared) -> Element<'a, Message> {
    let line = line(entry, width, lit, shared);
    match entry.heading {
        Some(heading) => column![self::heading(heading, shared), line].into(),
        None => line,
    }
}

fn line<'a>(entry: &Entry, width: f32, lit: bool, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let possible = entry.possible;
    let fade = |color: Color| {
        if possible || entry.chosen {
            color
        } else {
            color.scale_alpha(0.5)
        }
    };
    let id = focus_id(&entry.item);
    let keys = measure::width(&entry.keys, fonts::SMALL, fonts::MEDIUM);
    let lead = match entry.sign {
        Lead::Nothing => 0.0,
        _ => 34.0,
    };
    let mark = if entry.chosen { 28.0 } else { 0.0 };
    let arrow = if entry.leads_on { 28.0 } else { 0.0 };
    let room =
        width - 2.0 * INSIDE - lead - mark - arrow - if keys > 0.0 { keys + 12.0 } else { 0.0 };
    let mut words = column![widgets::fitted(
        &entry.label,
        room,
        fonts::BODY,
        fonts::MEDIUM,
        fade(tokens.text),
        tokens,
    )];
    if !entry.detail.is_empty() {
        words = words.push(widgets::fitted(
            &entry.detail,
            room,
            fonts::SMALL,
            fonts::REGULAR,
            fade(tokens.text_second),
            tokens,
        ));
    }
    let mut content = row![].spacing(12).align_y(alignment::Vertical::Center);
    if let Some(lead) = lead_of(entry.sign, fade(tokens.text), shared) {
        content = content.push(lead);
    }
    content = content.push(words).push(space().width(Length::Fill));
    if entry.chosen {
        content = content.push(icon(Icon::Check, 16.0, tokens.text));
    }
    if !entry.keys.is_empty() {
        let keys = text(entry.keys.clone())
            .size(fonts::SMALL)
            .font(fonts::MEDIUM);
        content = content.push(keys.color(fade(tokens.text_third)));
    }
    if entry.leads_on {
        content = content.push(icon(Icon::ChevronRight, 16.0, fade(tokens.text_third)));
    }
    let height = if entry.detail.is_empty() { 40.0 } else { 54.0 };
    let ground = lit.then_some(tokens.control_hover);
    let normal = style::button(style::Button::Row, tokens);
    let row = button(container(content).center_y(Length::Fill))
        .width(width)
        .height(height)
        .padding(Padding::from([0.0, INSIDE]))
        .style(move |theme, status| {
            let mut style = normal(theme, status);
            if let Some(ground) = ground {
                style.background = Some(ground.into());
            }
            style
        })
        .on_press_maybe(possible.then(|| Message::Pressed(id.clone())));
    widgets::ringed(row, &id, shared)
}

fn lead_of<'a>(sign: Lead, color: Color, shared: &'a Shared) -> Option<Element<'a, Message>> {
    let tokens = &shared.tokens;
    let drawn: Element<'a, Message> = match sign {
        Lead::Nothing => return None,
        Lead::Icon(sign) => icon(sign, 18.0, color).into(),
        Lead::Tag(slot) => widgets::tag(slot, 22.0, tokens),
        Lead::Mark(mark) => glyph::mark(mark, 18.0, 0.0, tokens).into(),
    };
    Some(container(drawn).center_x(22.0).into())
}

/// A heading inside a list.
pub(super) fn heading<'a>(words: &str, shared: &Shared) -> Element<'a, Message> {
    let words = text(words.to_owned())
        .size(fonts::SMALL)
        .font(fonts::SEMIBOLD)
        .color(shared.tokens.text_third);
    container(words)
        .height(HEADING)
        .padding(Padding::from([0.0, INSIDE]))
        .align_y(alignment::Vertical::Bottom)
        .into()
}

const HEADING: f32 = 28.0;
/// From the edge of an entry to its words, which so stand under the title.
const INSIDE: f32 = frame::EDGE;
const SCROLLER: f32 = 14.0;
