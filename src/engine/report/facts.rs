//! What the report says, before it is a page: numbers and tables.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Report;
use super::drawings::{Drawing, plots};
use crate::engine::format;
use crate::engine::health::{HealthLine, word};
use crate::engine::history::{GroupMetric, History, IN_SYNC, Of, Range, SpeakerMetric, Stats};
use crate::engine::journal::{Entry, kind_word};
use crate::engine::snapshot::{EventKind, SpeakerState};
use crate::rig::{Role, Speaker};
use crate::sync::time::{Nanos, Ppm};

/// Everything in the report.
pub(super) struct Facts {
    pub rig: String,
    pub when: String,
    /// Source and how it is doing.
    pub summary: Vec<(String, String)>,
    /// The few numbers in large type: label and value.
    pub headline: Vec<(String, String)>,
    pub groups: Table,
    pub speakers: Table,
    pub plots: Vec<Drawing>,
    pub events: Table,
    /// How many older events are not in the table.
    pub more_events: usize,
}

/// A table; the first column of speakers carries their tags.
#[derive(Default)]
pub(super) struct Table {
    pub head: Vec<&'static str>,
    pub rows: Vec<Row>,
}

pub(super) struct Row {
    /// Number and colour of the speaker's tag.
    pub tag: Option<(usize, u8)>,
    pub cells: Vec<String>,
}

impl Facts {
    pub fn gather(report: &Report<'_>) -> Self {
        let range = covering(report.history);
        let all: Vec<_> = report.history.events(Range::Hour).collect();
        Self {
            rig: report.rig.name.clone(),
            when: period(report, range),
            summary: summary(report),
            headline: headline(report, &all),
            groups: groups(report),
            speakers: speakers(report),
            plots: plots(report, range),
            events: events(report, &all),
            more_events: all.len().saturating_sub(EVENTS),
        }
    }
}

/// The shortest range that holds all there is.
fn covering(history: &History) -> Range {
    let age = match (history.begin(), history.now()) {
        (Some(begin), Some(now)) => now - begin,
        _ => Nanos::ZERO,
    };
    Range::ALL
        .into_iter()
        .find(|range| range.span() >= age)
        .unwrap_or(Range::Hour)
}

/// A local time in the given form.
pub(super) fn local(unix_ms: i64, zone: &TimeZone, form: &str) -> String {
    Timestamp::from_millisecond(unix_ms)
        .map(|time| time.to_zoned(zone.clone()).strftime(form).to_string())
        .unwrap_or_default()
}

fn period(report: &Report<'_>, range: Range) -> String {
    let Some(end) = report.history.unix_ms() else {
        return "Nothing was recorded yet".into();
    };
    let begin = end - range.span().0 / 1_000_000;
    format!(
        "{} to {} (UTC{})",
        local(begin, &report.zone, "%A %-d %B %Y, %H:%M:%S"),
        local(end, &report.zone, "%H:%M:%S"),
        local(end, &report.zone, "%:z")
    )
}

fn summary(report: &Report<'_>) -> Vec<(String, String)> {
    let health = HealthLine::new(report.snapshot, report.rig, Nanos::ZERO);
    let source = report.snapshot.source.as_ref().map_or_else(
        || "none chosen".into(),
        |source| match (source.rate, source.channels) {
            (0, _) | (_, 0) => source.title.clone(),
            (rate, channels) => format!(
                "{}, {} kHz, {channels} {}",
                source.title,
                f64::from(rate) / 1000.0,
                if channels == 1 { "channel" } else { "channels" }
            ),
        },
    );
    let mut summary = vec![("Now".into(), health.text()), ("Source".into(), source)];
    if let Some(ppm) = report
        .snapshot
        .source
        .as_ref()
        .and_then(|source| source.ppm)
    {
        summary.push(("Source clock".into(), format::ppm(ppm)));
    }
    for notice in &report.snapshot.notices {
        summary.push(("Notice".into(), notice.clone()));
    }
    summary
}

/// The group of all in-sync zones first.
fn group_ids(history: &History) -> Vec<&str> {
    let mut ids: Vec<_> = history.groups().collect();
    ids.sort_by_key(|id| *id != IN_SYNC);
    ids
}

fn headline(report: &Report<'_>, all: &[&Entry]) -> Vec<(String, String)> {
    let history = report.history;
    let main = group_ids(history).first().copied();
    let quantile = |share| history.spread_quantile(main?, share).map(format::spread);
    let group = |metric| history.stats(Of::Group(main?, metric), Range::Hour);
    let missing = || format::MISSING.to_owned();
    let dropouts: u32 = all
        .iter()
        .filter(|entry| matches!(entry.event.kind, EventKind::Dropout { .. }))
        .map(|entry| entry.count)
        .sum();
    let most = group(GroupMetric::Spread).map(|stats| format::spread(stats.max));
    let latency = group(GroupMetric::Target).map(|stats| format::latency(stats.last));
    vec![
        (
            "Spread, half the time within".into(),
            quantile(0.5).unwrap_or_else(missing),
        ),
        (
            "Spread, 99 % of the time within".into(),
            quantile(0.99).unwrap_or_else(missing),
        ),
        ("Largest spread".into(), most.unwrap_or_else(missing)),
        ("Latency".into(), latency.unwrap_or_else(missing)),
        ("Dropouts".into(), dropouts.to_string()),
    ]
}

fn groups(report: &Report<'_>) -> Table {
    let rows = group_ids(report.history).into_iter().map(|id| {
        let stats = |metric| report.history.stats(Of::Group(id, metric), Range::Hour);
        let quantile = |share| report.history.spread_quantile(id, share);
        let spread = |us: Option<f64>| us.map_or_else(|| format::MISSING.into(), format::spread);
        let target = stats(GroupMetric::Target).map(|stats| format::latency(stats.last));
        Row {
            tag: None,
            cells: vec![
                group_name(report, id),
                spread(quantile(0.5)),
                spread(quantile(0.99)),
                spread(stats(GroupMetric::Spread).map(|stats| stats.max)),
                target.unwrap_or_else(|| format::MISSING.into()),
            ],
        }
    });
    Table {
        head: vec!["Group", "Spread p50", "Spread p99", "Spread max", "Latency"],
        rows: rows.collect(),
    }
}

fn group_name(report: &Report<'_>, id: &str) -> String {
    if id == IN_SYNC {
        return "All in-sync zones".into();
    }
    let zone = report.rig.zones.iter().find(|zone| zone.id == id);
    let name = zone.map_or(id, |zone| zone.name.as_str());
    format!("{name} (own timing)")
}

fn speakers(report: &Report<'_>) -> Table {
    let rows = tagged(report).into_iter().map(|tagged| Row {
        tag: Some((tagged.number, tagged.slot)),
        cells: speaker_cells(report, tagged.speaker),
    });
    Table {
        head: vec![
            "Speaker",
            "Output",
            "Role",
            "Now",
            "Offset mean",
            "Offset earliest",
            "Offset latest",
            "Path latency",
            "Clock",
            "Buffer mean",
            "Buffer lowest",
            "Dropouts",
            "Xruns",
        ],
        rows: rows.collect(),
    }
}

fn speaker_cells(report: &Report<'_>, speaker: &Speaker) -> Vec<String> {
    let stats = |metric| {
        report
            .history
            .stats(Of::Speaker(&speaker.id, metric), Range::Hour)
    };
    let show = |stats: Option<Stats>, pick: fn(Stats) -> f64, form: fn(f64) -> String| {
        stats.map_or_else(|| format::MISSING.into(), |stats| form(pick(stats)))
    };
    let now = report
        .snapshot
        .speakers
        .iter()
        .find(|state| state.id == speaker.id);
    let count = |of: fn(&SpeakerState) -> u64| {
        now.map_or_else(|| format::MISSING.into(), |state| of(state).to_string())
    };
    let offset = stats(SpeakerMetric::Offset);
    let fill = stats(SpeakerMetric::Fill);
    let percent = |percent: f64| format::percent(percent / 100.0);
    vec![
        speaker.name.clone(),
        speaker.output.device.clone(),
        role_word(speaker.role).into(),
        now.map_or(format::MISSING, |state| word(state.state))
            .into(),
        show(offset, |stats| stats.mean, format::offset_measured),
        show(offset, |stats| stats.min, format::offset_measured),
        show(offset, |stats| stats.max, format::offset_measured),
        show(
            stats(SpeakerMetric::Latency),
            |stats| stats.mean,
            format::latency,
        ),
        show(
            stats(SpeakerMetric::Ppm),
            |stats| stats.mean,
            |ppm| format::ppm(Ppm(ppm)),
        ),
        show(fill, |stats| stats.mean, percent),
        show(fill, |stats| stats.min, percent),
        count(|state| state.dropouts),
        count(|state| state.xruns),
    ]
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::L => "left",
        Role::R => "right",
        Role::Stereo => "stereo",
        Role::Mono => "mono",
        Role::Sub => "subwoofer",
        Role::Fl => "front left",
        Role::Fr => "front right",
        Role::C => "centre",
        Role::Lfe => "LFE",
        Role::Sl => "surround left",
        Role::Sr => "surround right",
    }
}

pub(super) struct Tagged<'a> {
    pub speaker: &'a Speaker,
    pub number: usize,
    pub slot: u8,
    pub dashed: bool,
}

/// Numbers and colours. The number is the colour's as long as no two speakers
/// share one; else speakers are counted and a shared colour is dashed.
pub(super) fn tagged<'a>(report: &Report<'a>) -> Vec<Tagged<'a>> {
    let all = &report.rig.speakers;
    let slots: Vec<u8> = all
        .iter()
        .enumerate()
        .map(|(index, speaker)| match speaker.slot {
            1..=8 => speaker.slot,
            _ => (index % 8) as u8 + 1,
        })
        .collect();
    let first = |index: usize| !slots[..index].contains(&slots[index]);
    let unique = (0..slots.len()).all(first);
    all.iter()
        .enumerate()
        .map(|(index, speaker)| Tagged {
            speaker,
            number: if unique {
                usize::from(slots[index])
            } else {
                index + 1
            },
            slot: slots[index],
            dashed: !first(index),
        })
        .collect()
}

fn events(report: &Report<'_>, all: &[&Entry]) -> Table {
    let name = |id: &str| {
        let known = report.rig.speakers.iter().find(|speaker| speaker.id == id);
        known.map_or_else(|| id.to_owned(), |speaker| speaker.name.clone())
    };
    let rows = all.iter().rev().take(EVENTS).map(|entry| Row {
        tag: None,
        cells: vec![
            local(entry.event.unix_ms, &report.zone, "%H:%M:%S%.3f"),
            kind_word(&entry.event.kind).into(),
            entry.event.speaker.as_deref().map(name).unwrap_or_default(),
            entry.text(),
        ],
    });
    Table {
        head: vec!["Time", "Kind", "Speaker", "What happened"],
        rows: rows.collect(),
    }
}

/// Newest events in the table.
const EVENTS: usize = 200;
