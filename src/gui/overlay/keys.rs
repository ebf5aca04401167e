//! All keys, from the table of commands, and what is not a command.

use iced::widget::{column, container, row, text};
use iced::{Element, Length, Padding, alignment};

use super::frame::{self, Place};
use super::{Dialog, Message, pieces};
use crate::gui::action::{Action, Actions};
use crate::gui::commands::{ANYWHERE, Group, SLIDER, TABLE, Verb};
use crate::gui::shared::Shared;
use crate::gui::{fonts, style};

#[derive(Debug)]
pub(super) struct KeyList;

impl Dialog for KeyList {
    fn items(&self, _shared: &Shared) -> Vec<String> {
        vec![CLOSE.into()]
    }

    fn press(&mut self, _item: &str, _shared: &Shared) -> Actions {
        vec![Action::Close]
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Centre
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let group = |of: Group| section(of.title(), &of_group(of), shared);
        let columns = row![
            column![group(Group::Playing), group(Group::Window)].spacing(10),
            column![group(Group::Selected), group(Group::Rig)].spacing(10),
            column![
                section("Anywhere", ANYWHERE, shared),
                section("On a slider", SLIDER, shared)
            ]
            .spacing(10),
        ]
        .spacing(16);
        let close = pieces::push(CLOSE, None, "Close", style::Button::Secondary, true, shared);
        let content = column![columns, frame::buttons([close])].spacing(8);
        frame::card("Keys", 3.0 * COLUMN + 2.0 * 16.0 + 24.0, content, shared)
    }
}

/// What each key of a group does; the number keys are one line.
fn of_group(group: Group) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for row in TABLE.iter().filter(|row| row.group == group) {
        match row.verb {
            Verb::Select(1) => lines.push(("Select a speaker".into(), "1 to 9".into())),
            Verb::Select(_) => {}
            _ if row.chords.is_empty() => {}
            verb => lines.push((row.title.to_owned(), verb.keys())),
        }
    }
    lines
}

fn section<'a>(
    title: &str,
    lines: &[(impl AsRef<str>, impl AsRef<str>)],
    shared: &Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let heading = text(title.to_owned())
        .size(fonts::SMALL)
        .font(fonts::SEMIBOLD)
        .color(tokens.text_third);
    let lines = lines.iter().map(|(what, keys)| {
        let what = text(what.as_ref().to_owned())
            .size(fonts::SMALL)
            .color(tokens.text)
            .width(Length::Fill);
        row![what, caps(keys.as_ref(), shared)]
            .height(LINE)
            .align_y(alignment::Vertical::Center)
            .into()
    });
    let padding = Padding::from([0.0, 8.0]);
    column![
        container(heading).padding(padding),
        container(column(lines)).padding(padding)
    ]
    .spacing(2)
    .width(COLUMN)
    .into()
}

/// Keys as they look on a keyboard.
fn caps<'a>(keys: &str, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let parts = keys.split(' ').map(|key| {
        if key == "to" {
            return text("to")
                .size(fonts::TICK)
                .color(tokens.text_second)
                .into();
        }
        let (ground, edge) = (tokens.control, tokens.node_border);
        let width = tokens.border_width;
        let cap = text(key.to_owned())
            .size(fonts::TICK)
            .font(fonts::MEDIUM)
            .color(tokens.text);
        container(cap)
            .padding(Padding::from([1.0, 6.0]))
            .style(move |_| style::boxed(ground, edge, width, style::radius::TAG))
            .into()
    });
    row(parts)
        .spacing(4)
        .align_y(alignment::Vertical::Center)
        .into()
}

const CLOSE: &str = "close";
const COLUMN: f32 = 276.0;
const LINE: f32 = 26.0;
