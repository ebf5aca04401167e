//! What happened, as marks on the time axis.

use crate::engine::history::{History, Range};
use crate::engine::snapshot::EventKind;
use crate::gui::scene;
use crate::sync::time::Nanos;

/// A mark: one event, or several that are too near to each other to be drawn
/// beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// When the first of them happened.
    pub time: Nanos,
    /// The most serious shape.
    pub shape: scene::Mark,
    /// Their sentences, oldest first.
    pub sentences: Vec<String>,
}

impl Mark {
    /// Everything in one line.
    #[must_use]
    pub fn text(&self) -> String {
        match self.sentences.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [one, rest @ ..] => format!("{one} And {} more.", rest.len()),
        }
    }
}

/// The marks of a range, oldest first, at least `apart` from each other. Without
/// `all` only what is wrong is marked.
#[must_use]
pub fn of(history: &History, range: Range, apart: Nanos, all: bool) -> Vec<Mark> {
    let begin = history.now().unwrap_or_default() - range.span();
    let mut marks: Vec<Mark> = Vec::new();
    for entry in history.events(range) {
        let Some(shape) = shape(entry.event.kind) else {
            continue;
        };
        let time = entry.event.time;
        if time < begin || !(all || shape == scene::Mark::Out) {
            continue;
        }
        match marks.last_mut() {
            Some(last) if time - last.time < apart => {
                if rank(shape) > rank(last.shape) {
                    last.shape = shape;
                }
                last.sentences.push(entry.text());
            }
            _ => marks.push(Mark {
                time,
                shape,
                sentences: vec![entry.text()],
            }),
        }
    }
    marks
}

/// The shape that stands for an event on a plot; news that changes nothing has
/// none.
#[must_use]
pub fn shape(kind: EventKind) -> Option<scene::Mark> {
    match kind {
        EventKind::Dropout { .. } | EventKind::Lost | EventKind::Refused => Some(scene::Mark::Out),
        EventKind::Resync { by } if by.micros().abs() < FOUND => Some(scene::Mark::InPhase),
        EventKind::Xrun | EventKind::Resync { .. } => Some(scene::Mark::Drifting),
        EventKind::Back | EventKind::Changed => Some(scene::Mark::InPhase),
        EventKind::Info => None,
    }
}

/// Who finds its place again after a gap is off by no more, microseconds.
const FOUND: f64 = 50.0;

fn rank(shape: scene::Mark) -> u8 {
    match shape {
        scene::Mark::Out => 2,
        scene::Mark::Drifting => 1,
        _ => 0,
    }
}
