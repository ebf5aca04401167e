//! Which trim was in force when: the user's own trim is no error, but it is in
//! the offsets that were measured, and it may have been another one then.

use std::collections::BTreeMap;

use crate::engine::Snapshot;
use crate::engine::history::{Column, Range, Trace};
use crate::rig::SpeakerId;
use crate::sync::time::Nanos;

/// The trims of the last hour.
#[derive(Debug, Clone, Default)]
pub struct Trims {
    of: BTreeMap<SpeakerId, Vec<(Nanos, f64)>>,
}

impl Trims {
    /// Takes note of the trims in force.
    pub fn push(&mut self, snapshot: &Snapshot) {
        for speaker in &snapshot.speakers {
            if !self.of.contains_key(&speaker.id) {
                let _new = self.of.insert(speaker.id.clone(), Vec::new());
            }
            let Some(steps) = self.of.get_mut(&speaker.id) else {
                continue;
            };
            if steps.last().is_none_or(|(_, us)| *us != speaker.trim_us) {
                steps.push((snapshot.time, speaker.trim_us));
            }
            if steps.len() > MOST {
                let since = snapshot.time - Range::Hour.span();
                let old = steps.partition_point(|(time, _)| *time < since);
                drop(steps.drain(..old.clamp(1, steps.len() - 1)));
            }
        }
    }

    /// A trace of offsets without them.
    #[must_use]
    pub fn without(&self, speaker: &str, trace: Trace) -> Trace {
        let Some(steps) = self.of.get(speaker) else {
            return trace;
        };
        let all = trace.columns().count();
        let span = match (trace.columns().next(), trace.last()) {
            (Some(first), Some(last)) => (last.time - first.time).0 / (all as i64).max(1),
            _ => 0,
        };
        let one = |column: Column| corrected(column, steps, Nanos(span));
        let run = |run: Vec<Column>| run.into_iter().map(one).collect();
        Trace {
            runs: trace.runs.into_iter().map(run).collect(),
        }
    }
}

/// Where the trim changed inside a column there is no telling which sample had
/// which, so only its mean is kept: the change must not look like a dropout.
fn corrected(column: Column, steps: &[(Nanos, f64)], width: Nanos) -> Column {
    let at = |time: Nanos| {
        let next = steps.partition_point(|(since, _)| *since <= time);
        steps.get(next.saturating_sub(1)).map_or(0.0, |(_, us)| *us)
    };
    let half = Nanos(width.0 / 2);
    let (before, after) = (at(column.time - half), at(column.time + half));
    let mean = column.mean - f64::midpoint(before, after);
    if before == after {
        Column {
            min: column.min - before,
            max: column.max - before,
            mean,
            ..column
        }
    } else {
        Column {
            min: mean,
            max: mean,
            mean,
            ..column
        }
    }
}

/// Changes remembered for a speaker; a slider that is dragged gives 20 a second.
const MOST: usize = 4096;
