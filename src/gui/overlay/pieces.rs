//! What dialogs are made of: text fields, switches, buttons, sentences. Each is
//! an item of its dialog and draws its own focus ring.

use iced::widget::{column, container, row, text, text_input};
use iced::{Element, Length, Padding, alignment};

use super::{Message, focus_id, frame};
use crate::engine::Command;
use crate::gui::action::{Action, Actions};
use crate::gui::icon::Icon;
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::{fonts, glyph, style, widgets};
use crate::rig::edit::{self, Edit};

/// A text field; Enter presses it.
pub(super) fn field<'a>(
    item: &str,
    value: &str,
    placeholder: &str,
    wrong: bool,
    shared: &Shared,
) -> Element<'a, Message> {
    let id = focus_id(item);
    let typed = id.clone();
    let input = text_input(placeholder, value)
        .id(id.to_string())
        .on_input(move |text| Message::Typed(typed.clone(), text))
        .on_submit(Message::Pressed(id.clone()))
        .size(fonts::BODY)
        .padding(Padding::from([10.0, 12.0]))
        .style(style::field(&shared.tokens, wrong));
    widgets::ringed(input, &id, shared)
}

/// A button.
pub(super) fn push<'a>(
    item: &str,
    sign: Option<Icon>,
    label: &str,
    kind: style::Button,
    possible: bool,
    shared: &Shared,
) -> Element<'a, Message> {
    let id = focus_id(item);
    let button = widgets::labelled(sign, label, kind, &shared.tokens)
        .on_press_maybe(possible.then(|| Message::Pressed(id.clone())));
    widgets::ringed(button, &id, shared)
}

/// One of several, each an item `SCOPE/KEY`; wraps where there is no room.
pub(super) fn choice<'a>(
    scope: &str,
    choices: &[(&str, &str)],
    chosen: &str,
    shared: &Shared,
) -> Element<'a, Message> {
    let buttons = choices.iter().map(|(key, label)| {
        let kind = if *key == chosen {
            style::Button::On
        } else {
            style::Button::Secondary
        };
        segment(&format!("{scope}/{key}"), label, kind, shared)
    });
    row(buttons).spacing(4).wrap().vertical_spacing(4.0).into()
}

/// A small button.
pub(super) fn segment<'a>(
    item: &str,
    label: &str,
    kind: style::Button,
    shared: &Shared,
) -> Element<'a, Message> {
    let id = focus_id(item);
    let words = text(label.to_owned())
        .size(fonts::SMALL)
        .font(fonts::MEDIUM)
        .wrapping(text::Wrapping::None)
        .height(Length::Fill)
        .align_y(alignment::Vertical::Center);
    let button = iced::widget::button(words)
        .height(34.0)
        .padding(Padding::from([0.0, 10.0]))
        .style(style::button(kind, &shared.tokens))
        .on_press(Message::Pressed(id.clone()));
    widgets::ringed(button, &id, shared)
}

/// On or off, with what it means.
pub(super) fn tick<'a>(item: &str, label: &str, on: bool, shared: &Shared) -> Element<'a, Message> {
    let sign = if on { Icon::SquareCheck } else { Icon::Square };
    let id = focus_id(item);
    let button = widgets::labelled(Some(sign), label, style::Button::Row, &shared.tokens)
        .padding(Padding::from([0.0, frame::EDGE]))
        .on_press(Message::Pressed(id.clone()));
    widgets::ringed(button, &id, shared)
}

/// What something is, before its control; what is wrong with it under both.
pub(super) fn labelled<'a>(
    label: &str,
    control: impl Into<Element<'a, Message>>,
    below: Option<Element<'a, Message>>,
    shared: &Shared,
) -> Element<'a, Message> {
    let label = text(label.to_owned())
        .size(fonts::BODY)
        .color(shared.tokens.text_second);
    let label = container(label)
        .width(LABEL)
        .height(38.0)
        .align_y(alignment::Vertical::Center);
    let mut right = column![control.into()].spacing(4).width(Length::Fill);
    if let Some(below) = below {
        right = right.push(below);
    }
    row![label, right].spacing(8).into()
}

/// What something is, and its value at the right.
pub(super) fn fact<'a>(words: &str, value: String, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let words = text(words.to_owned()).size(fonts::SMALL);
    let value = text(value).size(fonts::SMALL).font(fonts::SEMIBOLD);
    row![
        words.color(tokens.text_second),
        iced::widget::space().width(Length::Fill),
        value
            .color(tokens.text)
            .wrapping(text::Wrapping::None)
            .shaping(text::Shaping::Advanced),
    ]
    .into()
}

/// A heading inside a card.
pub(super) fn heading<'a>(words: &str, shared: &Shared) -> Element<'a, Message> {
    text(words.to_owned())
        .size(fonts::NAME)
        .font(fonts::SEMIBOLD)
        .color(shared.tokens.text)
        .into()
}

/// How something is: its shape and its words, which may take several lines.
pub(super) fn standing<'a>(
    mark: Mark,
    turn: f32,
    words: &str,
    shared: &Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let words = text(words.to_owned())
        .size(fonts::BODY)
        .color(tokens.text)
        .width(Length::Fill)
        .wrapping(text::Wrapping::WordOrGlyph)
        .shaping(text::Shaping::Advanced);
    row![glyph::mark(mark, 16.0, turn, tokens), words]
        .spacing(10)
        .align_y(alignment::Vertical::Center)
        .into()
}

/// What is wrong, in one sentence.
pub(super) fn wrong<'a>(sentence: &str, shared: &Shared) -> Element<'a, Message> {
    small(sentence, shared.tokens.err)
}

/// More about something.
pub(super) fn hint<'a>(sentence: &str, shared: &Shared) -> Element<'a, Message> {
    small(sentence, shared.tokens.text_second)
}

fn small<'a>(sentence: &str, color: iced::Color) -> Element<'a, Message> {
    text(sentence.to_owned())
        .size(fonts::SMALL)
        .color(color)
        .wrapping(text::Wrapping::WordOrGlyph)
        .into()
}

/// A sentence of body text.
pub(super) fn sentence<'a>(words: &str, shared: &Shared) -> Element<'a, Message> {
    let words = text(words.to_owned())
        .size(fonts::BODY)
        .color(shared.tokens.text_second)
        .wrapping(text::Wrapping::WordOrGlyph);
    frame::edged(words)
}

/// Sends an edit, with its sentence and Undo as a toast.
pub(super) fn tell(edit: Edit) -> Actions {
    vec![Action::Tell(Command::Edit(edit))]
}

/// Whether the engine would take this edit now, or its words.
pub(super) fn check(edit: &Edit, shared: &Shared) -> Result<(), String> {
    let mut rig = (*shared.link.rig).clone();
    edit::apply(&mut rig, edit)
        .map(drop)
        .map_err(|error| error.to_string())
}

const LABEL: f32 = 128.0;
