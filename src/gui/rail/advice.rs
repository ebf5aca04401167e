//! The first piece of advice about Bluetooth, over its rows, with one button that
//! follows it.

use iced::widget::{button, column, container, row, text};
use iced::{Element, Length, alignment};

use super::{Message, SIDE};
use crate::gui::action::Action;
use crate::gui::focus::{FocusId, Region};
use crate::gui::icon::{self, Icon};
use crate::gui::radio::{self, Advice};
use crate::gui::scene::Family;
use crate::gui::shared::Shared;
use crate::gui::{fonts, measure, style, widgets};

/// The item of its button in a [`FocusId`].
pub const ITEM: &str = "advice";

fn first(shared: &Shared) -> Option<Advice> {
    let state = radio::state(shared)?;
    let planned = radio::planned(&shared.link.snapshot.air);
    radio::advice(state).into_iter().chain(planned).next()
}

/// Its button, while it has one.
pub fn focus(region: Region, shared: &Shared) -> Option<FocusId> {
    let _button = first(shared)?.button?;
    Some(FocusId::new(region, ITEM))
}

/// Does what is advised.
pub fn follow(shared: &Shared) -> Option<Action> {
    let (_, order) = first(shared)?.button?;
    Some(radio::order(order))
}

/// How high it is over the rows of this family, if it is there.
pub fn height(family: Family, shared: &Shared) -> Option<f32> {
    let advice = first(shared).filter(|_| family == Family::Bluetooth)?;
    let lines = lines(&advice.text).len() as f32;
    let button = advice.button.map_or(0.0, |_| BUTTON + BETWEEN);
    Some(2.0 * PADDING + lines * LINE + button)
}

/// Draws it.
pub fn view<'a>(
    family: Family,
    region: Region,
    shared: &'a Shared,
) -> Option<Element<'a, Message>> {
    let height = height(family, shared)?;
    let advice = first(shared)?;
    let tokens = &shared.tokens;
    let words = text(lines(&advice.text).join("\n"))
        .size(fonts::SMALL)
        .color(tokens.text)
        .line_height(iced::Pixels(LINE))
        .wrapping(text::Wrapping::None);
    let said = row![icon::icon(Icon::Lightbulb, 16.0, tokens.text_second), words].spacing(10);
    let mut content = column![said].spacing(BETWEEN);
    if let Some((label, order)) = advice.button {
        let label = text(label).font(fonts::MEDIUM).size(fonts::SMALL);
        let follow = button(container(label).center_y(Length::Fill))
            .height(BUTTON)
            .padding([0.0, 12.0])
            .style(style::button(style::Button::Secondary, tokens))
            .on_press(Message::Ordered(order));
        let follow = widgets::ringed(follow, &FocusId::new(region, ITEM), shared);
        content = content.push(
            container(follow)
                .width(Length::Fill)
                .align_x(alignment::Horizontal::Right),
        );
    }
    let (ground, edge) = (tokens.zone, tokens.zone_border);
    let line = tokens.border_width;
    let card = container(content)
        .width(Length::Fill)
        .height(height)
        .padding(PADDING)
        .style(move |_| style::boxed(ground, edge, line, style::radius::NODE));
    Some(card.into())
}

/// Broken where the room ends, so that its height is known.
fn lines(words: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        let fits = |line: &String| measure::width(line, fonts::SMALL, fonts::REGULAR) <= ROOM;
        match (longer.filter(fits), lines.last_mut()) {
            (Some(longer), Some(last)) => *last = longer,
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

const PADDING: f32 = 12.0;
const BETWEEN: f32 = 8.0;
const LINE: f32 = 18.0;
const BUTTON: f32 = 34.0;
/// Of the words, in the flyout, which is the narrower place.
const ROOM: f32 = super::flyout::WIDTH - 2.0 * SIDE - 2.0 * PADDING - 26.0;
