//! The event log: what happened, newest first. Only the rows that can be seen
//! are laid out, because there may be two thousand.

use std::fmt::Write;

use iced::widget::{column, container, row, scrollable, space, text};
use iced::{Element, Length, Padding, Size, alignment, widget};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::action::{Action, Actions};
use super::keys::Press;
use super::plot::marks;
use super::scene::Mark;
use super::shared::Shared;
use super::{fonts, glyph, measure, style, widgets};
use crate::engine::journal::Entry;
use crate::rig::Rig;

/// What only the log knows.
#[derive(Debug, Default)]
pub struct Log {
    /// How far it is scrolled, logical pixels.
    offset: f32,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// The user scrolled to here.
    Scrolled(f32),
    /// The whole log, please.
    Copied,
}

impl Log {
    /// Takes a message.
    pub fn update(&mut self, message: &Message, shared: &Shared) -> Actions {
        match message {
            Message::Scrolled(offset) => {
                self.offset = *offset;
                Vec::new()
            }
            Message::Copied => vec![Action::Copy {
                text: as_text(shared),
                what: "Event log",
            }],
        }
    }

    /// Arrows and page keys scroll while it has the keyboard.
    #[must_use]
    pub fn key(&self, press: &Press) -> Option<Actions> {
        use iced::keyboard::key::Named;
        let rows = match press.named()? {
            Named::ArrowDown => 1.0,
            Named::ArrowUp => -1.0,
            Named::PageDown => 5.0,
            Named::PageUp => -5.0,
            _ => return None,
        };
        let by = scrollable::AbsoluteOffset {
            x: 0.0,
            y: rows * ROW,
        };
        Some(vec![Action::Run(widget::operation::scroll_by(SCROLL, by))])
    }

    /// Draws it into this size.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared, size: Size) -> Element<'a, Message> {
        let count = shared.link.log.entries().count();
        if count == 0 {
            let tokens = &shared.tokens;
            let words = text("Nothing has happened yet.")
                .size(fonts::BODY)
                .color(tokens.text_third);
            return container(words).padding(Padding::from([8.0, 16.0])).into();
        }
        let least = count as f32 * ROW - size.height;
        let first = (self.offset.min(least.max(0.0)) / ROW) as usize;
        let seen = (size.height / ROW) as usize + 2;
        let entries = shared.link.log.entries().rev().skip(first).take(seen);
        let rows: Vec<_> = entries
            .map(|entry| line(entry, shared, size.width))
            .collect();
        let below = count.saturating_sub(first + rows.len());
        let content = column![
            space().width(1.0).height(first as f32 * ROW),
            column(rows),
            space().width(1.0).height(below as f32 * ROW),
        ];
        scrollable(content)
            .id(SCROLL)
            .on_scroll(|viewport| Message::Scrolled(viewport.absolute_offset().y))
            .direction(scrollable::Direction::Vertical(
                scrollable::Scrollbar::new().width(6.0).scroller_width(6.0),
            ))
            .style(style::scroll(&shared.tokens))
            .width(size.width)
            .height(size.height)
            .into()
    }
}

/// What a row says: the speaker's name, and the sentence without it.
#[must_use]
pub fn words(entry: &Entry, rig: &Rig) -> (String, String) {
    let speaker = entry.event.speaker.as_deref();
    let name = speaker
        .and_then(|id| rig.speaker(id))
        .map(|speaker| speaker.label().to_owned())
        .unwrap_or_default();
    let said = entry.event.text.as_str();
    let begins = said
        .get(..name.len())
        .is_some_and(|begin| begin.to_lowercase() == name.to_lowercase());
    let (name, rest) = match said.get(name.len()..) {
        Some(rest) if begins && !name.is_empty() => (name, rest.trim_start()),
        _ if said.contains(&name) => (String::new(), said),
        _ => (name, said),
    };
    let one = rest.strip_suffix('.').filter(|rest| !rest.contains(". "));
    let rest = one.unwrap_or(rest);
    let rest = match entry.count {
        1 => rest.to_owned(),
        many => format!("{rest} ({many} times)"),
    };
    (name, rest)
}

/// The sign of a row.
#[must_use]
pub fn sign(entry: &Entry) -> Mark {
    marks::shape(entry.event.kind).unwrap_or(Mark::Ready)
}

/// The whole log as text, oldest first.
#[must_use]
pub fn as_text(shared: &Shared) -> String {
    let mut all = String::new();
    for entry in shared.link.log.entries() {
        let when = date(entry.event.unix_ms);
        writeln!(all, "{when}  {}", entry.text()).expect("a string has room");
    }
    all
}

/// The local time of day, such as `21:14:07`.
#[must_use]
pub fn clock(unix_ms: i64) -> String {
    local(unix_ms, "%H:%M:%S")
}

/// The local date and time, such as `2026-11-26 21:14:07`.
#[must_use]
pub fn date(unix_ms: i64) -> String {
    local(unix_ms, "%Y-%m-%d %H:%M:%S")
}

/// The same for file names.
#[must_use]
pub fn stamp(unix_ms: i64) -> String {
    local(unix_ms, "%Y-%m-%d-%H-%M-%S")
}

fn local(unix_ms: i64, form: &str) -> String {
    Timestamp::from_millisecond(unix_ms)
        .map(|time| {
            let zoned = time.to_zoned(TimeZone::system());
            zoned.strftime(form).to_string()
        })
        .unwrap_or_default()
}

fn line<'a>(entry: &Entry, shared: &'a Shared, width: f32) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let (name, rest) = words(entry, &shared.link.rig);
    let time = text(clock(entry.event.unix_ms))
        .font(fonts::MONO)
        .size(fonts::SMALL)
        .color(tokens.text_second)
        .wrapping(text::Wrapping::None)
        .width(68.0);
    let room = (width - 16.0 - 68.0 - 12.0 - 18.0 - 10.0 - 20.0).max(40.0);
    let name_room = (room * 0.5).max(60.0);
    let shown = measure::fitted(&name, name_room, fonts::BODY, fonts::SEMIBOLD);
    let taken = measure::width(&shown, fonts::BODY, fonts::SEMIBOLD);
    let taken = if name.is_empty() { 0.0 } else { taken + 10.0 };
    let mut words = row![].spacing(10).align_y(alignment::Vertical::Center);
    if !name.is_empty() {
        words = words.push(widgets::fitted(
            &name,
            name_room,
            fonts::BODY,
            fonts::SEMIBOLD,
            tokens.text,
            tokens,
        ));
    }
    words = words.push(widgets::fitted(
        &rest,
        room - taken,
        fonts::BODY,
        fonts::REGULAR,
        tokens.text_second,
        tokens,
    ));
    let content = row![
        time,
        space().width(12.0),
        glyph::mark(sign(entry), 14.0, 0.0, tokens),
        space().width(10.0),
        words,
    ]
    .align_y(alignment::Vertical::Center)
    .padding(Padding::from([0.0, 16.0]))
    .height(ROW - tokens.line_width());
    column![content, widgets::rule(tokens)]
        .width(Length::Fill)
        .into()
}

/// Height of a row with the line below it.
pub const ROW: f32 = 31.0;
/// The id of its scrollable.
const SCROLL: &str = "log";
