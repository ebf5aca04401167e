//! What the four plots of the report show, and the words beside them.

use jiff::{SignedDuration, Timestamp};

use super::Report;
use super::facts::{local, tagged};
use super::palette::Ink;
use super::plot::{Line, Mark, Plot};
use super::scale::Scale;
use crate::engine::format;
use crate::engine::health::Thresholds;
use crate::engine::history::{GroupMetric, Of, Range, SpeakerMetric, Trace};
use crate::engine::snapshot::EventKind;
use crate::sync::time::Nanos;

/// A plot with its words.
pub(super) struct Drawing {
    /// For file names.
    pub name: &'static str,
    pub title: &'static str,
    pub caption: String,
    pub plot: Plot,
}

/// Sync, latency, drift and buffer, in this order.
pub(super) fn plots(report: &Report<'_>, range: Range) -> Vec<Drawing> {
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
    let sync_scale = phase_scale(&sync, band);
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

/// Made for what 99 % of all columns need; a few large errors still fit.
fn phase_scale(lines: &[Line], band: f64) -> Scale {
    let columns = lines.iter().flat_map(|line| line.trace.columns());
    let mut sizes: Vec<_> = columns
        .map(|column| column.min.abs().max(column.max.abs()))
        .collect();
    sizes.sort_by(f64::total_cmp);
    let most = sizes.last().copied().unwrap_or(0.0);
    let usual = sizes.get(sizes.len() * 99 / 100).copied().unwrap_or(most);
    Scale::phase(usual, most, band)
}

fn sync_caption(scale: Scale, band: f64) -> String {
    let mut caption = format!(
        "How late (up) or early (down) each speaker is against its group. In phase is the green \
         band, up to ±{}.",
        format::spread(band)
    );
    if let Scale::Phase { knee, .. } = scale {
        caption += &format!(
            " Beyond ±{} the scale is logarithmic.",
            format::spread(knee)
        );
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
            (now - Nanos(ago), local(tick, &report.zone, form))
        })
        .collect()
}

/// Two pixels each.
const COLUMNS: usize = 480;
