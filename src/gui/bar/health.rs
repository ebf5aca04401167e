//! The health line: how the whole rig is doing, in one line that gives up its
//! least important part first when there is less room.

use iced::widget::{button, container, row, text, tooltip};
use iced::{Element, Font, Length, Padding, alignment};

use super::{Item, Message, divider};
use crate::engine::format;
use crate::engine::health::{HealthLine, Level};
use crate::gui::drag;
use crate::gui::scene::{Mark, Scene};
use crate::gui::shared::Shared;
use crate::gui::{fonts, glyph, measure, style, widgets};

/// What the line says; the first part is the headline.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its shape.
    pub mark: Mark,
    /// Its parts, the most important one first.
    pub parts: Vec<String>,
}

impl Line {
    /// How the rig is doing; in short forms where room is always scarce.
    pub fn of(scene: &Scene, short: bool) -> Self {
        let line = &scene.line;
        let mut parts = vec![line.headline.clone()];
        if let Some(cause) = line.causes.first() {
            parts.push(cause.text.clone());
        } else {
            let (spread, latency) = numbers(line);
            let named = |name: &str, number: String| match short {
                true => number,
                false => format!("{name} {number}"),
            };
            parts.extend(spread.map(|number| named("spread", number)));
            parts.extend(latency.map(|number| named("latency", number)));
        }
        let mark = mark(scene);
        Self { mark, parts }
    }

    /// What a drop would do, while something is carried.
    fn of_drag(shared: &Shared, short: bool) -> Option<Self> {
        let said = drag::headline(shared.drag.as_ref()?, shared)?;
        let parts = if short {
            [Some(said.short), said.short_latency, None]
        } else {
            [Some(said.title), said.count, said.latency]
        };
        Some(Self {
            mark: said.mark,
            parts: parts.into_iter().flatten().collect(),
        })
    }

    /// How wide it is with this size of text.
    pub fn width(&self, size: f32) -> f32 {
        let widths = self.parts.iter().enumerate();
        let texts: f32 = widths
            .map(|(index, part)| measure::width(part, size, font(index)))
            .sum();
        let between = (2.0 * GAP + 1.0) * (self.parts.len() - 1) as f32;
        glyph_size(size) + 2.0 + GAP + texts + between
    }

    /// Shortened until it fits: the last parts go first, a part that is a
    /// sentence is cut with an ellipsis while some of it can still be read, and
    /// so is the headline at last.
    #[must_use]
    pub fn fitted(mut self, room: f32, size: f32) -> Self {
        while self.parts.len() > 2 && self.width(size) > room {
            let _last = self.parts.pop();
        }
        if self.parts.len() == 2 && self.width(size) > room {
            let second = self.parts.pop().unwrap_or_default();
            let left = room - self.width(size) - 2.0 * GAP - 1.0;
            if left >= READABLE && second.contains(' ') {
                self.parts
                    .push(measure::fitted(&second, left, size, font(1)));
            }
        }
        if self.width(size) > room
            && let Some(headline) = self.parts.first_mut()
        {
            let left = room - glyph_size(size) - 2.0 - GAP;
            *headline = measure::fitted(headline, left, size, font(0));
        }
        self
    }
}

/// Draws it into `room` pixels. `turn` is the angle of the connecting ring.
pub fn view<'a>(shared: &'a Shared, turn: f32, room: f32) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let wide = shared.regions.is_wide();
    let size = if wide { fonts::HEALTH } else { fonts::ZONE };
    let drag = Line::of_drag(shared, !wide);
    let whole = drag.unwrap_or_else(|| Line::of(&shared.scene, !wide));
    let room = room - 2.0 * PADDING;
    let mut line = whole.clone();
    if shared.drag.is_some() && line.parts.len() > 2 && line.width(size) > room {
        // What a drop costs matters more than how many play then.
        let _count = line.parts.remove(1);
    }
    let line = line.fitted(room, size);
    let cut = line != whole;
    let mut content = row![glyph::mark(line.mark, glyph_size(size), turn, tokens)]
        .spacing(GAP)
        .align_y(alignment::Vertical::Center);
    for (index, part) in line.parts.into_iter().enumerate() {
        if index > 0 {
            content = content.push(divider(shared));
        }
        let color = [tokens.text, tokens.text_second][index.min(1)];
        let words = text(part).size(size).font(font(index)).color(color);
        content = content.push(
            words
                .wrapping(text::Wrapping::None)
                .shaping(text::Shaping::Advanced),
        );
    }
    let button = button(container(content).id(ID).center_y(Length::Fill))
        .height(40.0)
        .padding(Padding::from([0.0, PADDING]))
        .style(style::button(style::Button::Row, tokens))
        .on_press(Message::Pressed(Item::Health));
    let ringed = widgets::ringed(button, &Item::Health.focus(), shared);
    if cut {
        let all = whole.parts.join(" | ");
        widgets::tip(ringed, &all, tooltip::Position::Bottom, tokens)
    } else {
        ringed
    }
}

/// Spread and latency, padded so that they keep their width while they change.
fn numbers(line: &HealthLine) -> (Option<String>, Option<String>) {
    let spread = line
        .spread_us
        .map(|us| format::padded(&format::spread(us), 5));
    (spread, line.latency_ms.map(format::latency))
}

fn mark(scene: &Scene) -> Mark {
    let estimated = scene.zones.iter().any(|zone| zone.mark == Mark::Estimated);
    match scene.line.level {
        Level::Idle => Mark::Ready,
        Level::Busy => Mark::Connecting,
        Level::Ok if estimated => Mark::Estimated,
        Level::Ok => Mark::InPhase,
        Level::Warn => Mark::Drifting,
        Level::Err => Mark::Out,
    }
}

fn font(part: usize) -> Font {
    if part == 0 {
        fonts::SEMIBOLD
    } else {
        fonts::REGULAR
    }
}

fn glyph_size(size: f32) -> f32 {
    (size * 1.1).round()
}

/// So that tests find it.
const ID: &str = "health-line";
/// Between parts and the lines that part them.
const GAP: f32 = 12.0;
/// Inside the button.
const PADDING: f32 = 12.0;
/// Less of a sentence than this tells nothing.
const READABLE: f32 = 90.0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_never_wider_than_its_room(
            headline in "[a-zA-Z äöü漢字ابت🎵]{1,60}",
            parts in prop::collection::vec("[a-zA-Z äöü漢字ابت🎵]{1,60}", 0..3),
            room in 80.0_f32..900.0,
        ) {
            let parts = std::iter::once(headline).chain(parts).collect();
            let line = Line { mark: Mark::InPhase, parts };
            for size in [fonts::HEALTH, fonts::ZONE] {
                let fitted = line.clone().fitted(room, size);
                prop_assert!(fitted.width(size) <= room, "{fitted:?}");
                prop_assert!(!fitted.parts.is_empty());
            }
        }
    }

    #[test]
    fn latency_goes_first_then_spread_then_the_headline_is_cut() {
        let parts = ["6 of 6 in sync", "spread 18 µs", "latency 24.0 ms"].map(String::from);
        let line = Line {
            mark: Mark::InPhase,
            parts: parts.to_vec(),
        };
        let size = fonts::HEALTH;
        let count = |room| line.clone().fitted(room, size).parts.len();
        let whole = line.width(size);
        assert_eq!(count(whole), 3);
        assert_eq!(count(whole - 1.0), 2);
        assert_eq!(count(200.0), 1);
        let cut = line.clone().fitted(100.0, size);
        assert!(cut.parts[0].ends_with('…'));
    }
}
