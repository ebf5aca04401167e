//! Latency to the seat: the way from source to ear, stage by stage, and where
//! each number comes from.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use iced::widget::{column, row, space, text, tooltip};
use iced::{Element, Length, alignment};

use super::act::added_us;
use super::{Message, parts, subject};
use crate::engine::format;
use crate::engine::snapshot::{Health, Provenance, Stage};
use crate::gui::latency_bar::{Part, latency_bar, swatch};
use crate::gui::shared::Shared;
use crate::gui::{fonts, widgets};
use crate::rig::{Speaker, SpeakerId};

/// The last path of each speaker while it was there.
#[derive(Debug, Default)]
pub struct Past {
    paths: HashMap<SpeakerId, Vec<Stage>>,
    taken: Option<Instant>,
}

impl Past {
    /// Once a second, what is there is remembered.
    pub fn tick(&mut self, shared: &Shared) {
        let due = |last: Instant| shared.now.saturating_duration_since(last) >= EVERY;
        if !self.taken.is_none_or(due) {
            return;
        }
        self.taken = Some(shared.now);
        let there = |state: &&crate::engine::snapshot::SpeakerState| {
            state.state != Health::Lost && !state.path.is_empty()
        };
        for state in shared.link.snapshot.speakers.iter().filter(there) {
            let _old = self.paths.insert(state.id.clone(), state.path.clone());
        }
    }
}

/// One line of the table.
#[derive(Debug)]
struct Line {
    name: String,
    part: Part,
    explained: String,
}

/// The section at the end of a speaker's page; nothing while no path is known.
pub fn view<'a>(
    past: &Past,
    speaker: &Speaker,
    trim: f64,
    shared: &Shared,
) -> Option<Element<'a, Message>> {
    let tokens = &shared.tokens;
    let state = subject::state(shared, &speaker.id)?;
    let lost = state.state == Health::Lost;
    let known = if state.path.is_empty() {
        past.paths.get(&speaker.id)?
    } else {
        &state.path
    };
    let added = added_us(shared, speaker, trim).unwrap_or(0.0) / 1000.0;
    let lines = lines(known, added, speaker, shared);
    let total: f64 = known.iter().map(|stage| stage.ms).sum::<f64>() + added;
    let head = parts::ends(
        parts::heading("Latency to your seat", tokens),
        text(seat_words(total))
            .font(fonts::SEMIBOLD)
            .size(fonts::ZONE)
            .color(tokens.text),
    );
    let bar = lines.iter().map(|line| line.part).collect();
    let mut section = column![head, latency_bar(bar, 24.0), table(&lines, shared)].spacing(10);
    if is_beyond(total) {
        section = section.push(parts::label(
            "More than the other speakers can wait",
            tokens.text_third,
        ));
    }
    if lost {
        section = section.push(parts::label(
            "Last values before the link was lost",
            tokens.text_third,
        ));
    }
    Some(section.into())
}

/// The latency to the seat; a negative one cannot be, so none is shown.
fn seat_words(total: f64) -> String {
    if is_beyond(total) {
        format::MISSING.into()
    } else {
        format::latency(total.max(0.0))
    }
}

/// The trim takes away more than the whole way, beyond what rounding does.
fn is_beyond(total: f64) -> bool {
    total < -0.005
}

fn lines(path: &[Stage], added: f64, speaker: &Speaker, shared: &Shared) -> Vec<Line> {
    let tokens = &shared.tokens;
    let (color, _) = tokens.identity(speaker.slot);
    let own = Line {
        name: "Delay".into(),
        part: Part {
            ms: added,
            color,
            hatched: false,
        },
        explained: "Added so that all arrive together, and your trim".into(),
    };
    let mut lines: Vec<Line> = path
        .iter()
        .enumerate()
        .map(|(index, stage)| {
            let air = stage.name == AIR;
            let grey = if air { 1 } else { index % tokens.stages.len() };
            Line {
                name: stage_name(stage, speaker),
                part: Part {
                    ms: stage.ms,
                    color: tokens.stages[grey],
                    hatched: air,
                },
                explained: origin(stage, shared.link.snapshot.unix_ms),
            }
        })
        .collect();
    let at = path.iter().position(|stage| stage.name == AIR);
    lines.insert(at.unwrap_or(path.len()), own);
    lines
}

fn table<'a>(lines: &[Line], shared: &Shared) -> Element<'a, Message> {
    let rows = lines.chunks(2).map(|pair| {
        let mut cells = row![].spacing(16);
        for line in pair {
            cells = cells.push(cell(line, shared));
        }
        if pair.len() == 1 {
            cells = cells.push(space().width(Length::Fill));
        }
        cells.into()
    });
    column(rows).spacing(6).into()
}

fn cell<'a>(line: &Line, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let value = text(decimal(line.part.ms))
        .font(fonts::SEMIBOLD)
        .size(fonts::SMALL)
        .color(tokens.text);
    let room = (parts::ROOM - 16.0) / 2.0 - 19.0 - 40.0;
    let name = widgets::fitted(
        &line.name,
        room,
        fonts::SMALL,
        fonts::REGULAR,
        tokens.text_second,
        tokens,
    );
    let content = row![
        swatch(line.part),
        space().width(8),
        name,
        space().width(Length::Fill),
        value
    ]
    .align_y(alignment::Vertical::Center)
    .width(Length::Fill);
    let explained = format!("{}: {}", line.name, line.explained);
    widgets::tip(content, &explained, tooltip::Position::Top, tokens)
}

fn decimal(ms: f64) -> String {
    let text = format!("{:.1}", ms.abs());
    if ms < 0.0 && text != "0.0" {
        format!("−{text}")
    } else {
        text
    }
}

/// As the table writes it: `Source buffer`, `Air, 2.80 m`.
fn stage_name(stage: &Stage, speaker: &Speaker) -> String {
    let mut letters = stage.name.chars();
    let first = letters.next().map(char::to_uppercase);
    let name: String = first.into_iter().flatten().chain(letters).collect();
    if stage.name == AIR {
        format!("{name}, {:.2} m", speaker.distance_m)
    } else {
        name
    }
}

/// Where a number comes from, for its tooltip.
fn origin(stage: &Stage, now_ms: i64) -> String {
    let ms = format::latency(stage.ms);
    match stage.provenance {
        Provenance::Measured { sd_ms, at } => format!(
            "{}, measured {}",
            format::measured_ms(stage.ms, sd_ms),
            ago(now_ms / 1000 - at)
        ),
        Provenance::Reported => format!("{ms}, reported by the device"),
        Provenance::Assumed => format!("{ms}, assumed for this kind of device"),
        Provenance::Computed => format!("{ms}, computed from the settings"),
    }
}

fn ago(secs: i64) -> String {
    match secs {
        ..120 => "just now".into(),
        120..7200 => format!("{} min ago", secs / 60),
        7200..172_800 => format!("{} h ago", secs / 3600),
        _ => format!("{} days ago", secs / 86_400),
    }
}

/// The engine's name for the last stage.
const AIR: &str = "air";
/// Paths change slowly.
const EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_latency_to_the_seat_is_negative() {
        assert_eq!(seat_words(-3.0), format::MISSING);
        assert_eq!(seat_words(-0.001), format::latency(0.0));
        assert_eq!(seat_words(24.0), "24.0 ms");
    }

    #[test]
    fn each_number_says_where_it_comes_from() {
        let stage = |provenance| Stage {
            name: "transport".into(),
            ms: 146.0,
            provenance,
        };
        let said = |provenance| origin(&stage(provenance), 1_000_000_000);
        assert_eq!(said(Provenance::Reported), "146 ms, reported by the device");
        assert_eq!(
            said(Provenance::Measured {
                sd_ms: 0.31,
                at: 1_000_000 - 7200
            }),
            "+146.00 ± 0.31 ms, measured 2 h ago"
        );
        assert!(said(Provenance::Assumed).contains("assumed"));
        assert!(said(Provenance::Computed).contains("computed"));
    }
}
