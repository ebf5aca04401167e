//! What was measured over the last hour, in bounded memory.
//!
//! Fed by every snapshot; kept at full rate for a minute, as minimum, maximum
//! and mean of 1 s for ten minutes and of 4 s for an hour, so that a spike of
//! one sample is still there an hour later. A moment without a value stays a
//! gap. Time comes from the snapshots, never from a clock.
//!
//! Memory: 194 kB per speaker and 237 kB per group, nearly all of it taken when
//! one is first seen: 32 speakers in 3 groups take 7.0 MB. Those not seen for an
//! hour are forgotten; [`MAX_SPEAKERS`] and [`MAX_GROUPS`] hold in any case.

use std::collections::BTreeMap;

use crate::engine::journal::{Entry, EventLog};
use crate::engine::snapshot::{Event, GroupState, Snapshot, SourceState, SpeakerState};
use crate::rig::{SpeakerId, Timing};
use crate::sync::time::Nanos;

mod csv;
mod metric;
mod quantiles;
mod store;
mod trace;

pub use metric::{GroupMetric, Range, SourceMetric, SpeakerMetric};
use quantiles::Quantiles;
use store::{Axes, Series, Slots, Tier, When};
use trace::Builder;
pub use trace::{Column, Stats, Trace};

/// Which series to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of<'a> {
    /// A speaker, by id.
    Speaker(&'a str, SpeakerMetric),
    /// A group, by [`group_id`].
    Group(&'a str, GroupMetric),
    /// The source.
    Source(SourceMetric),
}

/// How a group is called over its life: all in-sync zones are one group,
/// `in sync`; a zone with its own timing goes by its id.
#[must_use]
pub fn group_id(group: &GroupState) -> String {
    match (group.timing, group.zones.first()) {
        (Timing::Own, Some(zone)) => zone.clone(),
        _ => IN_SYNC.into(),
    }
}

/// The id of the group of all in-sync zones.
pub const IN_SYNC: &str = "in sync";
/// More speakers than this are not kept.
pub const MAX_SPEAKERS: usize = 128;
/// More groups than this are not kept.
pub const MAX_GROUPS: usize = 32;

/// The last hour. Owned by one thread; reading never changes it.
#[derive(Debug, Clone, Default)]
pub struct History {
    axes: Axes,
    speakers: BTreeMap<SpeakerId, Kept>,
    groups: BTreeMap<String, Kept>,
    source: Vec<Series>,
    events: EventLog,
}

/// The series of one speaker or group.
#[derive(Debug, Clone)]
struct Kept {
    series: Vec<Series>,
    quantiles: Option<Quantiles>,
    seen: Nanos,
}

impl History {
    /// Empty, almost without memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a snapshot; made for 20 to 30 a second. One that is not newer
    /// than the last is ignored.
    pub fn push(&mut self, snapshot: &Snapshot) {
        self.push_with(snapshot, |_, us| us);
    }

    /// [`push`](Self::push) with something else for each offset that counts.
    pub fn push_with(
        &mut self,
        snapshot: &Snapshot,
        offset_us: impl Fn(&SpeakerState, f64) -> f64,
    ) {
        let when = When {
            time: snapshot.time,
            unix_ms: snapshot.unix_ms,
        };
        if self.now().is_some_and(|last| when.time <= last) {
            return;
        }
        let slots = self.axes.advance(when);
        self.push_speakers(when.time, slots, &snapshot.speakers, offset_us);
        self.push_groups(when.time, slots, &snapshot.groups);
        self.push_source(slots, snapshot.source.as_ref());
    }

    /// Takes an event, for the marks on the plots. Floods are collapsed.
    pub fn push_event(&mut self, event: Event) {
        let _ = self.events.record(event);
    }

    /// Events of a range, oldest first; at most the last 2000 and one hour.
    pub fn events(&self, range: Range) -> impl Iterator<Item = &Entry> {
        let since = self.since(range);
        self.events
            .entries()
            .filter(move |entry| entry.last >= since)
    }

    /// Time of the newest snapshot.
    #[must_use]
    pub fn now(&self) -> Option<Nanos> {
        Some(self.axes.of(Tier::Raw).last()?.time)
    }

    /// Unix milliseconds of the newest snapshot.
    #[must_use]
    pub fn unix_ms(&self) -> Option<i64> {
        Some(self.axes.of(Tier::Raw).last()?.unix_ms)
    }

    /// Time of the oldest bucket still kept.
    #[must_use]
    pub fn begin(&self) -> Option<Nanos> {
        let (_, when) = self.axes.of(Tier::Coarse).rows(Nanos(i64::MIN)).next()?;
        Some(when.time)
    }

    /// Ids of all speakers with a history, sorted.
    pub fn speakers(&self) -> impl Iterator<Item = &str> {
        self.speakers.keys().map(String::as_str)
    }

    /// Ids of all groups with a history, sorted.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// A series over a range up to now, in at most `columns` columns (2 or
    /// more). Unknown speakers give an empty trace.
    #[must_use]
    pub fn trace(&self, of: Of<'_>, range: Range, columns: usize) -> Trace {
        let Some(series) = self.series(of) else {
            return Trace::default();
        };
        let axis = self.axes.of(range.tier());
        let mut builder = Builder::new(axis, range.span(), columns);
        for (slot, when) in axis.rows(self.since(range)) {
            builder.push(when, series.at(range.tier(), slot));
        }
        builder.finish()
    }

    /// Minimum, maximum, mean and newest value over a range.
    #[must_use]
    pub fn stats(&self, of: Of<'_>, range: Range) -> Option<Stats> {
        self.trace(of, range, store::RAW_ROWS + 1).stats()
    }

    /// The spread in microseconds that a group did not exceed for `share`
    /// (0 to 1) of the last hour, right to 1.2 %.
    #[must_use]
    pub fn spread_quantile(&self, group: &str, share: f64) -> Option<f64> {
        self.groups.get(group)?.quantiles.as_ref()?.at(share)
    }

    /// Bytes held by the series; the events come on top, at most 2000 short lines.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let kept = self.speakers.values().chain(self.groups.values());
        let series: usize = kept.clone().map(|kept| kept.series.len()).sum();
        let quantiles = kept.filter(|kept| kept.quantiles.is_some()).count();
        (series + self.source.len()) * Series::BYTES
            + quantiles * Quantiles::BYTES
            + self.axes.bytes()
    }

    fn push_speakers(
        &mut self,
        now: Nanos,
        slots: Slots,
        states: &[SpeakerState],
        offset_us: impl Fn(&SpeakerState, f64) -> f64,
    ) {
        for state in states {
            let _ = keep(&mut self.speakers, &state.id, now, MAX_SPEAKERS, false);
        }
        forget(&mut self.speakers, now);
        for (id, kept) in &mut self.speakers {
            let state = states.iter().find(|state| state.id == *id);
            for metric in SpeakerMetric::ALL {
                let value = state.and_then(|state| {
                    let value = metric.value(state)?;
                    Some(match metric {
                        SpeakerMetric::Offset => offset_us(state, value),
                        _ => value,
                    })
                });
                kept.series[metric as usize].push(slots, value);
            }
        }
    }

    fn push_groups(&mut self, now: Nanos, slots: Slots, states: &[GroupState]) {
        let states: Vec<_> = states
            .iter()
            .map(|state| (group_id(state), state))
            .collect();
        for (id, _) in &states {
            let _ = keep(&mut self.groups, id, now, MAX_GROUPS, true);
        }
        forget(&mut self.groups, now);
        for (id, kept) in &mut self.groups {
            let state = states.iter().find(|(known, _)| known == id);
            for metric in GroupMetric::ALL {
                let value = state.and_then(|(_, state)| metric.value(state));
                kept.series[metric as usize].push(slots, value);
            }
            let spread = state.and_then(|(_, state)| state.spread_us);
            if let (Some(quantiles), Some(us)) = (&mut kept.quantiles, spread) {
                quantiles.push(now, us);
            }
        }
    }

    fn push_source(&mut self, slots: Slots, state: Option<&SourceState>) {
        if self.source.is_empty() && state.is_some() {
            self.source = vec![Series::default(); SourceMetric::ALL.len()];
        }
        for (series, metric) in self.source.iter_mut().zip(SourceMetric::ALL) {
            series.push(slots, state.and_then(|state| metric.value(state)));
        }
    }

    fn series(&self, of: Of<'_>) -> Option<&Series> {
        match of {
            Of::Speaker(id, metric) => self.speakers.get(id)?.series.get(metric as usize),
            Of::Group(id, metric) => self.groups.get(id)?.series.get(metric as usize),
            Of::Source(metric) => self.source.get(metric as usize),
        }
    }

    fn since(&self, range: Range) -> Nanos {
        self.now().map_or(Nanos::ZERO, |now| now - range.span())
    }
}

/// Notes that it was seen, and makes room for it when it is new. When all room
/// is taken, the one unseen for longest goes, if there is one.
fn keep(
    all: &mut BTreeMap<String, Kept>,
    id: &str,
    now: Nanos,
    most: usize,
    group: bool,
) -> Option<()> {
    if let Some(kept) = all.get_mut(id) {
        kept.seen = now;
        return Some(());
    }
    if all.len() >= most {
        let (oldest, kept) = all.iter().min_by_key(|(_, kept)| kept.seen)?;
        let oldest = (kept.seen < now).then(|| oldest.clone())?;
        let _ = all.remove(&oldest);
    }
    let metrics = if group {
        GroupMetric::ALL.len()
    } else {
        SpeakerMetric::ALL.len()
    };
    let kept = Kept {
        series: vec![Series::default(); metrics],
        quantiles: group.then(Quantiles::default),
        seen: now,
    };
    let _ = all.insert(id.into(), kept);
    Some(())
}

fn forget(all: &mut BTreeMap<String, Kept>, now: Nanos) {
    all.retain(|_, kept| now - kept.seen <= Range::Hour.span());
}

#[cfg(test)]
mod tests;
