//! What the report says, before it is a page: numbers, tables and plots.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Report;
use super::palette::Ink;
use super::plot::{Line, Mark, Plot};
use super::scale::Scale;
use crate::engine::format;
use crate::engine::health::{HealthLine, Thresholds, word};
use crate::engine::history::{
    GroupMetric, History, IN_SYNC, Of, Range, SpeakerMetric, Stats, Trace,
};
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

/// A plot with its words.
pub(super) struct Drawing {
    /// For file names.
    pub name: &'static str,
    pub title: &'static str,
    pub caption: String,
    pub plot: Plot,
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

fn local(unix_ms: i64, zone: &TimeZone, form: &str) -> String {
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
        local(begin, report.zone, "%A %-d %B %Y, %H:%M:%S"),
        local(end, report.zone, "%H:%M:%S"),
        local(end, report.zone, "%:z")
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

/// The in-sync group if there is one, else the first.
fn main_group(history: &History) -> Option<&str> {
    history
        .groups()
        .find(|id| *id == IN_SYNC)
        .or_else(|| history.groups().next())
}

fn headline(report: &Report<'_>, all: &[&Entry]) -> Vec<(String, String)> {
    let history = report.history;
    let quantile = |share| {
        let us = history.spread_quantile(main_group(history)?, share)?;
        Some(format::spread(us))
    };
    let group = |metric| history.stats(Of::Group(main_group(history)?, metric), Range::Hour);
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
    let rows = report.history.groups().map(|id| {
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
        head: vec!["Group", "Spread p50", "p99", "max", "Latency"],
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
            "earliest",
            "latest",
            "Path latency",
            "Clock",
            "Buffer mean",
            "lowest",
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

struct Tagged<'a> {
    speaker: &'a Speaker,
    number: usize,
    slot: u8,
    dashed: bool,
}

/// Numbers and colours. The number is the colour's as long as no two speakers
/// share one; else speakers are counted and a shared colour is dashed.
fn tagged<'a>(report: &Report<'a>) -> Vec<Tagged<'a>> {
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
            local(entry.event.unix_ms, report.zone, "%H:%M:%S%.3f"),
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

fn plots(report: &Report<'_>, range: Range) -> Vec<Drawing> {
    let thresholds = Thresholds::from(&report.rig.settings);
    let band = thresholds.in_phase_us;
    let of = |metric| lines(report, range, metric);
    let sync = of(SpeakerMetric::Offset);
    let latency = of(SpeakerMetric::Latency);
    let drift = of(SpeakerMetric::Ppm);
    let fill = of(SpeakerMetric::Fill);
    let targets: Vec<_> = report
        .history
        .groups()
        .map(|id| Of::Group(id, GroupMetric::Target))
        .map(|of| report.history.trace(of, range, COLUMNS))
        .collect();
    let sync_scale = extremes(&sync, &[]).map_or(Scale::phase(0.0, band), |(low, high)| {
        Scale::phase(low.abs().max(high.abs()), band)
    });
    let latency_scale =
        Scale::from_zero(extremes(&latency, &targets).map_or(0.0, |(_, high)| high));
    let drift_scale = extremes(&drift, &[]).map_or(Scale::around(0.0, 0.0, 10.0), |(low, high)| {
        Scale::around(low, high, 10.0)
    });
    let fill_scale = Scale::Linear {
        low: 0.0,
        high: 100.0,
    };
    let draw = |name, title, caption, lines, scale| Drawing {
        name,
        title,
        caption,
        plot: Plot {
            title: format!("{title}, last {}", range.label()),
            scale,
            band: None,
            from: report.history.now().unwrap_or_default() - range.span(),
            to: report.history.now().unwrap_or_default(),
            ticks: time_ticks(report, range),
            lines,
            targets: Vec::new(),
            marks: marks(report, range, name == "sync"),
        },
    };
    let mut drawings =
        vec![
        draw("sync", "Sync error (µs)", sync_caption(sync_scale, band), sync, sync_scale),
        draw(
            "latency",
            "Latency (ms)",
            "Each line is one speaker's own path from engine to ear. All are delayed to the \
             dashed line, the target."
                .into(),
            latency,
            latency_scale,
        ),
        draw(
            "drift",
            "Clock drift (ppm)",
            "How fast each device's clock runs against this computer's. Inphase corrects it all \
             the time; a steady line is good at any height."
                .into(),
            drift,
            drift_scale,
        ),
        draw(
            "buffer",
            "Buffer fill (%)",
            "How full each device's buffer is. At 0 the sound drops out.".into(),
            fill,
            fill_scale,
        ),
    ];
    drawings[0].plot.band = Some(band);
    drawings[1].plot.targets = targets;
    drawings
}

fn sync_caption(scale: Scale, band: f64) -> String {
    let mut caption = format!(
        "How late (up) or early (down) each speaker is against its group. In phase is the green \
         band, up to ±{}.",
        format::spread(band)
    );
    if let Scale::Phase { .. } = scale {
        caption += " Beyond the band the scale is logarithmic.";
    }
    caption
}

fn lines(report: &Report<'_>, range: Range, metric: SpeakerMetric) -> Vec<Line> {
    tagged(report)
        .into_iter()
        .map(|tagged| Line {
            number: tagged.number,
            slot: tagged.slot,
            dashed: tagged.dashed,
            trace: report
                .history
                .trace(Of::Speaker(&tagged.speaker.id, metric), range, COLUMNS),
        })
        .collect()
}

fn extremes(lines: &[Line], more: &[Trace]) -> Option<(f64, f64)> {
    lines
        .iter()
        .map(|line| &line.trace)
        .chain(more)
        .filter_map(Trace::stats)
        .map(|stats| (stats.min, stats.max))
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Small plots show errors only.
fn marks(report: &Report<'_>, range: Range, all: bool) -> Vec<Mark> {
    report
        .history
        .events(range)
        .filter_map(|entry| {
            let ink = match entry.event.kind {
                EventKind::Dropout { .. } | EventKind::Lost | EventKind::Refused => Ink::Err,
                EventKind::Xrun | EventKind::Resync { .. } => Ink::Warn,
                EventKind::Back => Ink::Ok,
                EventKind::Changed => Ink::Axis,
                EventKind::Info => return None,
            };
            let time = entry.event.time;
            (all || ink == Ink::Err).then_some(Mark { time, ink })
        })
        .collect()
}

/// Ticks at round local times.
fn time_ticks(report: &Report<'_>, range: Range) -> Vec<(Nanos, String)> {
    let (Some(now), Some(unix_ms)) = (report.history.now(), report.history.unix_ms()) else {
        return Vec::new();
    };
    let (step_ms, form) = match range {
        Range::TenSeconds => (2_000, "%H:%M:%S"),
        Range::Minute => (10_000, "%H:%M:%S"),
        Range::TenMinutes => (120_000, "%H:%M"),
        Range::Hour => (600_000, "%H:%M"),
    };
    let shift = Timestamp::from_millisecond(unix_ms)
        .map(|time| report.zone.to_offset(time))
        .map_or(0, |offset| i64::from(offset.seconds()) * 1000);
    let begin = unix_ms - range.span().0 / 1_000_000;
    let first = (begin + shift).div_euclid(step_ms) + 1;
    (first..)
        .map(|n| n * step_ms - shift)
        .take_while(|tick| *tick <= unix_ms)
        .map(|tick| {
            let ago = SignedDuration::from_millis(unix_ms - tick).as_nanos() as i64;
            (now - Nanos(ago), local(tick, report.zone, form))
        })
        .collect()
}

/// Two pixels each.
const COLUMNS: usize = 480;
/// Newest events in the table.
const EVENTS: usize = 200;
