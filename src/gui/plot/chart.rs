//! What one plot shows, ready to be drawn: already decimated, in time and
//! values. Making one reads the history; drawing one reads nothing else.

use iced::{Point, Rectangle, Size};

use super::line::Spot;
use super::marks::{self, Mark};
use super::scale::{Held, Scale};
use super::{Quantity, tags};
use crate::engine::health::Thresholds;
use crate::engine::history::{Column, GroupMetric, History, Of, Range, Trace};
use crate::engine::snapshot::{Health, Snapshot};
use crate::rig::{Rig, Speaker};
use crate::sync::time::Nanos;

/// One plot.
#[derive(Debug, Clone)]
pub struct Chart {
    /// What it shows.
    pub quantity: Quantity,
    /// Its heading.
    pub title: &'static str,
    /// All of it.
    pub size: Size,
    /// Where the lines are; labels are around it.
    pub area: Rectangle,
    /// How far back it looks.
    pub range: Range,
    /// The right edge.
    pub now: Nanos,
    /// The same by the wall clock, Unix milliseconds.
    pub unix_ms: i64,
    /// The values it covers.
    pub scale: Scale,
    /// What is in phase, from minus to plus this.
    pub band: Option<f64>,
    /// The speakers, in the rig's order.
    pub lines: Vec<Line>,
    /// Dashed lines: the latency of each group.
    pub targets: Vec<Trace>,
    /// What happened.
    pub marks: Vec<Mark>,
}

/// A speaker's line.
#[derive(Debug, Clone)]
pub struct Line {
    /// The speaker.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// Its number and identity colour.
    pub slot: u8,
    /// What was measured.
    pub trace: Trace,
    /// It goes on to the right edge.
    pub live: bool,
    /// It should: the speaker is in a zone.
    pub placed: bool,
    /// It is selected.
    pub selected: bool,
}

/// What a chart is made from.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// What was measured; see [`Link::history`](crate::gui::link::Link::history).
    pub history: &'a History,
    /// The speakers.
    pub rig: &'a Rig,
    /// Which of them are there.
    pub snapshot: &'a Snapshot,
    /// How far back.
    pub range: Range,
    /// The selected speaker.
    pub selected: Option<&'a str>,
}

/// Room around the lines of a plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margins {
    /// For the labels of the values.
    pub left: f32,
    /// For the tags.
    pub right: f32,
    /// For the heading.
    pub top: f32,
    /// For the labels of the time and the marks.
    pub bottom: f32,
}

/// A tag at the right end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tag {
    /// What stands on it.
    pub says: Says,
    /// The middle of it.
    pub y: f32,
}

/// What stands on a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The number of this one of [`Chart::lines`].
    Line(usize),
    /// How many more there are that have no room.
    More(usize),
}

impl Chart {
    /// Gathers it. `held` remembers the scale.
    #[must_use]
    pub fn new(
        quantity: Quantity,
        size: Size,
        margins: Margins,
        look: &Look<'_>,
        held: &mut Held,
    ) -> Self {
        let area = Rectangle::new(
            Point::new(margins.left, margins.top),
            Size::new(
                (size.width - margins.left - margins.right).max(8.0),
                (size.height - margins.top - margins.bottom).max(8.0),
            ),
        );
        let columns = area.width as usize;
        let now = look.history.now().unwrap_or_default();
        let lines: Vec<Line> = look
            .rig
            .speakers
            .iter()
            .filter_map(|speaker| line(speaker, quantity, look, columns))
            .collect();
        let targets = if quantity == Quantity::Latency {
            let of = |id| Of::Group(id, GroupMetric::Target);
            let groups = look.history.groups().map(of);
            groups
                .map(|of| look.history.trace(of, look.range, columns))
                .filter(|trace| !trace.runs.is_empty())
                .collect()
        } else {
            Vec::new()
        };
        let band =
            (quantity == Quantity::Error).then(|| Thresholds::from(&look.rig.settings).in_phase_us);
        let traces = lines.iter().map(|line| &line.trace).chain(&targets);
        let reach = traces
            .flat_map(Trace::columns)
            .map(|column| column.min.abs().max(column.max.abs()))
            .fold(0.0, f64::max);
        let apart = Nanos((look.range.span().0 as f64 * 14.0 / f64::from(area.width)) as i64);
        Self {
            quantity,
            title: quantity.title(),
            size,
            area,
            range: look.range,
            now,
            unix_ms: look.history.unix_ms().unwrap_or_default(),
            scale: held.fit(quantity, reach, always(quantity, band), now),
            band,
            lines,
            targets,
            marks: marks::of(look.history, look.range, apart, quantity == Quantity::Error),
        }
    }

    /// The left edge.
    #[must_use]
    pub fn begin(&self) -> Nanos {
        self.now - self.range.span()
    }

    /// Across, for a time; times before the range are at the left edge.
    #[must_use]
    pub fn x(&self, time: Nanos) -> f32 {
        let share = (time - self.begin()).0 as f64 / self.range.span().0 as f64;
        self.area.x + share.clamp(0.0, 1.0) as f32 * self.area.width
    }

    /// Down, for a value.
    #[must_use]
    pub fn y(&self, value: f64) -> f32 {
        self.area.y + (1.0 - self.scale.height(value)) * self.area.height
    }

    /// How long ago the time at `x` is.
    #[must_use]
    pub fn ago(&self, x: f32) -> Nanos {
        let share = ((x - self.area.x) / self.area.width).clamp(0.0, 1.0);
        Nanos(((1.0 - f64::from(share)) * self.range.span().0 as f64) as i64)
    }

    /// A run of a trace on the screen.
    #[must_use]
    pub fn spots(&self, run: &[Column]) -> Vec<Spot> {
        run.iter()
            .map(|column| Spot {
                x: self.x(column.time),
                mean: self.y(column.mean),
                top: self.y(column.max),
                bottom: self.y(column.min),
            })
            .collect()
    }

    /// What a line says at a time: the column there, if there is one.
    #[must_use]
    pub fn column(&self, line: &Line, time: Nanos) -> Option<Column> {
        let off = |column: &Column| Nanos((column.time - time).0.abs());
        let nearest = line.trace.columns().min_by_key(|column| off(column))?;
        let pixels = 3.0 / f64::from(self.area.width) * self.range.span().0 as f64;
        (off(nearest) <= Nanos(pixels as i64).max(READING)).then_some(*nearest)
    }

    /// The mark within reach of `x`.
    #[must_use]
    pub fn mark(&self, x: f32) -> Option<&Mark> {
        let off = |mark: &&Mark| (self.x(mark.time) - x).abs();
        let near = self.marks.iter().filter(|mark| off(mark) <= 7.0);
        near.min_by(|a, b| off(a).total_cmp(&off(b)))
    }

    /// The tags, from the top. Where there is no room for all, the selected and
    /// the lost ones come first and the last tag counts the rest.
    #[must_use]
    pub fn tags(&self) -> Vec<Tag> {
        let ends = |index: &usize| {
            let line = &self.lines[*index];
            line.live || line.placed
        };
        let mut shown: Vec<usize> = (0..self.lines.len()).filter(ends).collect();
        let room = tags::room(self.area.height - tags::PITCH);
        let all = shown.len();
        let crowded = all > room;
        if crowded {
            shown.sort_by_key(|index| {
                let line = &self.lines[*index];
                (!line.selected, line.live, *index)
            });
            shown.truncate(room.saturating_sub(1));
        }
        let end = |index: &usize| {
            self.lines[*index]
                .trace
                .last()
                .map_or(0.0, |c| self.y(c.mean))
        };
        shown.sort_by(|a, b| end(a).total_cmp(&end(b)).then(a.cmp(b)));
        let mut wanted: Vec<f32> = shown.iter().map(end).collect();
        let mut says: Vec<Says> = shown.iter().copied().map(Says::Line).collect();
        let bottom = self.area.y + self.area.height;
        if crowded {
            wanted.push(bottom);
            says.push(Says::More(all - shown.len()));
        }
        let half = tags::PITCH / 2.0;
        let places = tags::apart(&wanted, tags::PITCH, self.area.y + half, bottom - half);
        let placed = says.into_iter().zip(places);
        placed.map(|(says, y)| Tag { says, y }).collect()
    }
}

fn line(speaker: &Speaker, quantity: Quantity, look: &Look<'_>, columns: usize) -> Option<Line> {
    let of = Of::Speaker(&speaker.id, quantity.metric());
    let trace = look.history.trace(of, look.range, columns);
    let last = trace.last()?;
    let now = look.history.now()?;
    let fresh = Nanos((look.range.span().0 / columns.max(1) as i64 * 3).max(FRESH.0));
    let mut states = look.snapshot.speakers.iter();
    let state = states.find(|state| state.id == speaker.id);
    let silent = state.is_none_or(|state| matches!(state.state, Health::Lost | Health::Ready));
    Some(Line {
        id: speaker.id.clone(),
        name: speaker.label().to_owned(),
        slot: speaker.slot,
        live: now - last.time < fresh && !silent,
        placed: look.rig.zone_of(&speaker.id).is_some(),
        selected: look.selected == Some(speaker.id.as_str()),
        trace,
    })
}

/// What is never left out of the view.
fn always(quantity: Quantity, band: Option<f64>) -> f64 {
    match quantity {
        Quantity::Error => band.unwrap_or(0.0),
        Quantity::Drift => 20.0,
        Quantity::Latency | Quantity::Buffer => 0.0,
    }
}

/// A line that ends so shortly before now goes on: buckets end late.
const FRESH: Nanos = Nanos(1_000_000_000);
/// The crosshair reads the column within so much of it.
const READING: Nanos = Nanos(75_000_000);
