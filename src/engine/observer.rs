//! Turns what outputs and source report into snapshots, and keeps history,
//! events and the words of health.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::gaps::Gaps;
use super::health::{Judge, Observed, Thresholds};
use super::history::{History, Range};
use super::journal::Journal;
use super::output::{Output, Phase};
use super::report::Report;
use super::snapshot::{
    Event, GroupState, OffsetSource, Provenance, Snapshot, SourceState, SpeakerState, Stage,
    Transport, ZoneState,
};
use super::source::Active;
use super::{ReportFormat, clock};
use crate::bluetooth::airtime;
use crate::bluetooth::lines::Figures;
use crate::bluetooth::state::State;
use crate::devices::{Inside, Known};
use crate::rig::plan::{Timeline, tuning};
use crate::rig::validate::{Problem, problems};
use crate::rig::{Rig, Speaker, SpeakerId, Timing, plan::GroupId};
use crate::sync::lane::LaneReport;
use crate::sync::time::{Nanos, Ppm};

/// What the control task shows the observer.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "borrows a function")]
pub struct View<'a> {
    /// Now.
    pub time: Nanos,
    /// The rig and its revision.
    pub rig: &'a Rig,
    /// Counts rig changes.
    pub revision: u64,
    /// What the transport does.
    pub transport: Transport,
    /// The devices.
    pub outputs: &'a BTreeMap<String, Output>,
    /// The source.
    pub source: Option<&'a Active>,
    /// Targets and alignments.
    pub line: &'a Timeline,
    /// What a device takes inside, beyond what its stream reports.
    pub inside: &'a dyn Fn(&str) -> Option<Inside>,
    /// The devices are simulated and nothing is saved.
    pub demo: bool,
    /// What undo would take back.
    pub undo: Option<&'a str>,
    /// What redo would do again.
    pub redo: Option<&'a str>,
    /// Who is heard without its trim.
    pub comparing: Option<&'a SpeakerId>,
    /// What is known of Bluetooth.
    pub bluetooth: Option<Arc<State>>,
    /// Its connections.
    pub links: Vec<Figures>,
    /// Its adapters' air.
    pub air: airtime::Report,
}

/// History, events and health.
#[derive(Debug)]
pub struct Observer {
    history: History,
    journal: Journal,
    judges: BTreeMap<SpeakerId, Judge>,
    gaps: BTreeMap<SpeakerId, Gaps>,
    notices: Vec<String>,
    /// Why devices are missing now.
    unlisted: Vec<String>,
    silenced: Vec<Problem>,
    last: Snapshot,
}

impl Observer {
    /// An observer that logs its events to `journal`.
    #[must_use]
    pub fn new(journal: Journal) -> Self {
        Self {
            history: History::new(),
            journal,
            judges: BTreeMap::new(),
            gaps: BTreeMap::new(),
            notices: Vec::new(),
            unlisted: Vec::new(),
            silenced: Vec::new(),
            last: Snapshot::default(),
        }
    }

    /// Takes an event.
    pub fn event(&mut self, event: &Event) {
        self.history.push_event(event.clone());
        self.journal.record(event.clone());
    }

    /// A problem that lasts, told once. Returns whether it is new.
    pub fn notice(&mut self, text: String) -> bool {
        let new = !self.notices.contains(&text);
        if new {
            self.notices.push(text);
        }
        new
    }

    /// Takes why devices are missing in the list now. Returns what of it is new.
    pub fn unlisted(&mut self, problems: Vec<String>) -> Vec<String> {
        let old = std::mem::replace(&mut self.unlisted, problems);
        let new = self.unlisted.iter().filter(|of| !old.contains(of));
        new.cloned().collect()
    }

    /// Takes a changed rig. Returns what keeps single speakers of it silent, as
    /// far as it is new.
    pub fn rig_changed(&mut self, rig: &Rig) -> Vec<Problem> {
        let mut silenced = problems(rig);
        silenced.retain(|problem| problem.speaker.is_some());
        let old = std::mem::replace(&mut self.silenced, silenced);
        let new = self.silenced.iter().filter(|of| !old.contains(of));
        new.cloned().collect()
    }

    /// Events of the last hour, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let entries = self.history.events(Range::Hour);
        entries.map(|entry| entry.event.clone()).collect()
    }

    /// The history as CSV.
    #[must_use]
    pub fn csv(&self, range_secs: f64, rig: &Rig) -> String {
        let mut out = Vec::new();
        let name = |id: &str| rig.speaker(id).map_or(id, Speaker::label).to_owned();
        // Writing to memory does not fail.
        let _written = self.history.write_csv(&mut out, range(range_secs), &name);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The report as one text.
    #[must_use]
    pub fn report(&self, format: ReportFormat, rig: &Rig) -> String {
        let report = Report {
            history: &self.history,
            rig,
            snapshot: &self.last,
            zone: TimeZone::system(),
        };
        match format {
            ReportFormat::Html => report.html(),
            ReportFormat::Markdown => inline(report.markdown("inphase-report")),
        }
    }

    /// Makes a snapshot and files it.
    pub fn observe(&mut self, view: &View<'_>) -> Snapshot {
        self.journal.tick(view.time);
        let offsets = offsets(view);
        let speakers: Vec<_> = view
            .rig
            .speakers
            .iter()
            .map(|speaker| self.speaker(view, speaker, &offsets))
            .collect();
        let mut notices = self.notices.clone();
        notices.extend(self.unlisted.iter().cloned());
        notices.extend(self.journal.notice());
        let snapshot = Snapshot {
            time: view.time,
            unix_ms: clock::unix_ms(),
            revision: view.revision,
            transport: view.transport,
            source: view.source.map(|source| source_state(source, view)),
            groups: groups(view, &offsets),
            zones: zones(view, &offsets),
            speakers,
            notices,
            demo: view.demo,
            undo: view.undo.map(ToOwned::to_owned),
            redo: view.redo.map(ToOwned::to_owned),
            comparing: view.comparing.cloned(),
            bluetooth: view.bluetooth.clone(),
            links: view.links.clone(),
            air: view.air.clone(),
        };
        self.history.push(&snapshot);
        self.last = snapshot.clone();
        snapshot
    }

    fn speaker(&mut self, view: &View<'_>, speaker: &Speaker, offsets: &Offsets) -> SpeakerState {
        let output = view
            .outputs
            .get(&speaker.output.device)
            .filter(|output| output.slot_of(&speaker.id).is_some());
        let offset = offsets.get(&speaker.id).copied();
        let observed = observed(view, speaker, output, offset);
        let limits = Thresholds::from(&view.rig.settings);
        let judge = self.judges.entry(speaker.id.clone()).or_default();
        let mut state = SpeakerState {
            id: speaker.id.clone(),
            role: speaker.role,
            state: judge.observe(view.time, observed, &limits),
            offset_us: offset,
            trim_us: speaker.trim_us as f64,
            peak_db: SILENCE_DB,
            rms_db: SILENCE_DB,
            ..SpeakerState::default()
        };
        let silenced = |of: &&Problem| of.speaker.as_ref() == Some(&speaker.id);
        let silenced = self.silenced.iter().find(silenced);
        state.problem = silenced.map(|of| of.text.clone());
        if let Some(output) = output {
            let error = output.error.as_ref().map(ToString::to_string);
            state.problem = error.or(state.problem);
            state.dropouts = output.dropouts;
            state.xruns = output.xruns;
            let gaps = self.gaps.entry(speaker.id.clone()).or_default();
            state.gaps = gaps.lately(output.dropouts + output.xruns, view.time);
            state.ppm = output.prior;
            if let Some(report) = &output.report {
                fill_from_report(&mut state, view, speaker, output, report);
            }
        }
        state
    }
}

type Offsets = BTreeMap<SpeakerId, f64>;

/// How late every sounding speaker is against the middle of its group, in µs.
fn offsets(view: &View<'_>) -> Offsets {
    let mut offsets = Offsets::new();
    for group in &view.line.groups {
        let late: Vec<_> = group
            .speakers
            .iter()
            .filter_map(|of| Some((of.speaker.clone(), late(view, &of.speaker)?)))
            .collect();
        let mut sorted: Vec<f64> = late.iter().map(|(_, us)| *us).collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        offsets.extend(late.into_iter().map(|(id, us)| (id, us - middle)));
    }
    offsets
}

fn late(view: &View<'_>, speaker: &str) -> Option<f64> {
    let device = &view.rig.speaker(speaker)?.output.device;
    let output = view.outputs.get(device)?;
    let report = output.report.filter(|report| report.open)?;
    let slot = report.slots.get(output.slot_of(speaker)?)?.as_ref()?;
    let wanted = output.slots[output.slot_of(speaker)?]
        .as_ref()?
        .settings
        .delay;
    let trim = tuning(view.rig, speaker).map_or(Nanos::ZERO, |tuning| tuning.trim);
    // A trim moves the speaker on purpose: it shows as an offset of that size.
    Some((report.late + slot.delay - wanted.secs() + trim.secs()) * 1e6)
}

fn observed(
    view: &View<'_>,
    speaker: &Speaker,
    output: Option<&Output>,
    offset: Option<f64>,
) -> Observed {
    let Some(output) = output else {
        return Observed::Idle;
    };
    let active = !matches!(view.transport, Transport::Stopped | Transport::Paused);
    let silent = tuning(view.rig, &speaker.id).is_some_and(|tuning| tuning.silent);
    let stalled = output
        .report
        .is_some_and(|report| view.time - report.time > STALLED);
    match &output.phase {
        Phase::Waiting(_) => Observed::Gone,
        _ if !active => Observed::Idle,
        Phase::Closed | Phase::Opening => Observed::Connecting,
        Phase::Open(_) if stalled => Observed::Gone,
        Phase::Open(_) if silent => Observed::Muted,
        Phase::Open(_) if !output.gate => Observed::Connecting,
        Phase::Open(_) => {
            // The user's own trim is not an error.
            Observed::Playing(offset.map(|us| us - speaker.trim_us as f64))
        }
    }
}

fn fill_from_report(
    state: &mut SpeakerState,
    view: &View<'_>,
    speaker: &Speaker,
    output: &Output,
    report: &LaneReport,
) {
    state.offset_sd_us = finite(report.clock_sd * 1e6);
    state.offset_source = if report.settled {
        OffsetSource::Clock
    } else {
        OffsetSource::Estimate
    };
    if report.ppm_sd.is_finite() {
        state.ppm = Some(report.ppm);
        state.ppm_sd = report.ppm_sd;
    }
    state.jitter_us = finite(report.jitter * 1e6);
    state.ratio_ppm = finite(report.ratio.0);
    state.locked = report.locked;
    if let Some(format) = output.format() {
        let buffer = f64::from(format.buffer.max(format.period)) / f64::from(format.rate);
        let queued = report.delay % buffer.max(1e-3);
        state.fill = if report.delay <= buffer {
            report.delay / buffer
        } else {
            queued / buffer
        };
    }
    if let Some(slot) = output
        .slot_of(&speaker.id)
        .and_then(|slot| report.slots[slot])
    {
        state.peak_db = f64::from(slot.peak_db);
        state.rms_db = f64::from(slot.rms_db);
    }
    if let Some(of) = view.line.alignment(&speaker.id) {
        state.alignment_us = of.alignment.micros();
        state.path = stages(view, output, report, of.path - of.air, of.air);
    }
}

/// The path as stages that add up to it.
fn stages(
    view: &View<'_>,
    output: &Output,
    report: &LaneReport,
    path: Nanos,
    air: Nanos,
) -> Vec<Stage> {
    let inside = (view.inside)(&output.id);
    let behind = inside.map_or(Nanos::ZERO, |inside| Nanos::from_millis(inside.ms));
    let buffer = Nanos::from_secs(output.ahead.max(report.ahead));
    let source = path - behind - buffer;
    let mut stages = vec![
        Stage {
            name: "source buffer".into(),
            ms: source.millis(),
            provenance: Provenance::Computed,
        },
        Stage {
            name: "device buffer".into(),
            ms: buffer.millis(),
            provenance: Provenance::Reported,
        },
    ];
    if let Some(inside) = inside {
        stages.push(Stage {
            name: "speaker".into(),
            ms: inside.ms,
            provenance: match inside.known {
                Known::Measured(at) => Provenance::Measured {
                    sd_ms: inside.sd_ms,
                    at,
                },
                Known::Reported => Provenance::Reported,
                Known::Assumed => Provenance::Assumed,
            },
        });
    }
    if air > Nanos::ZERO {
        stages.push(Stage {
            name: "air".into(),
            ms: air.millis(),
            provenance: Provenance::Computed,
        });
    }
    stages
}

fn groups(view: &View<'_>, offsets: &Offsets) -> Vec<GroupState> {
    view.line
        .groups
        .iter()
        .map(|group| GroupState {
            zones: group.zones.clone(),
            timing: match group.id {
                GroupId::InSync => Timing::InSync,
                GroupId::Own(_) => Timing::Own,
            },
            target_ms: group.target.millis(),
            spread_us: spread(view, offsets, group.speakers.iter().map(|of| &of.speaker)),
        })
        .collect()
}

fn zones(view: &View<'_>, offsets: &Offsets) -> Vec<ZoneState> {
    view.rig
        .zones
        .iter()
        .map(|zone| ZoneState {
            id: zone.id.clone(),
            spread_us: spread(view, offsets, zone.speakers.iter()),
            playing: zone
                .speakers
                .iter()
                .filter(|id| offsets.contains_key(*id))
                .count() as u32,
            total: zone.speakers.len() as u32,
        })
        .collect()
}

/// Largest minus smallest offset; trims are wanted and do not count.
fn spread<'a>(
    view: &View<'_>,
    offsets: &Offsets,
    ids: impl Iterator<Item = &'a SpeakerId>,
) -> Option<f64> {
    let errors: Vec<f64> = ids
        .filter_map(|id| Some(offsets.get(id)? - view.rig.speaker(id)?.trim_us as f64))
        .collect();
    let max = errors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let min = errors.iter().copied().fold(f64::INFINITY, f64::min);
    (errors.len() > 1).then_some(max - min)
}

fn source_state(source: &Active, view: &View<'_>) -> SourceState {
    let format = source.format();
    let mut state = SourceState {
        id: view
            .rig
            .source
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        rate: format.map_or(0, |format| format.rate),
        channels: format.map_or(0, |format| format.channels),
        ..SourceState::default()
    };
    let channels = usize::from(state.channels).min(8);
    let peak = match source {
        Active::Reading { state: feeder, .. } => {
            state.title.clone_from(&feeder.title);
            state.buffer_ms = feeder.ahead * 1e3;
            state.ppm = feeder.ppm;
            // Sound that was sent is heard a target latency after it is due.
            let target = view.line.groups.first().map(|group| group.target.secs());
            let unheard = if view.transport == Transport::Paused {
                0.0
            } else {
                feeder.unheard + target.unwrap_or(0.0)
            };
            state.position_s = feeder.position.0.map(|read| (read - unheard).max(0.0));
            state.duration_s = feeder.position.1;
            feeder.peak
        }
        Active::Capturing(capturing) => {
            state.title = capturing.origin.label().to_owned();
            state.ppm = capturing.report.settled.then_some(capturing.report.ppm);
            state.buffer_ms = capturing.age() * 1e3;
            state.problem = capturing.error.as_ref().map(ToString::to_string);
            capturing.report.peak
        }
    };
    state.peak_db = peak[..channels]
        .iter()
        .map(|peak| decibels(*peak))
        .collect();
    state
}

/// The clock rate to remember of a device, when it is known well.
#[must_use]
pub fn known_rate(report: &LaneReport) -> Option<(Ppm, f64)> {
    (report.settled && report.ppm_sd < 1.0).then_some((report.ppm, report.ppm_sd))
}

fn range(seconds: f64) -> Range {
    [Range::TenSeconds, Range::Minute, Range::TenMinutes]
        .into_iter()
        .find(|range| range.span().secs() >= seconds)
        .unwrap_or(Range::Hour)
}

/// Markdown with its plots inside, as data URLs need no files beside it.
fn inline(markdown: super::report::Markdown) -> String {
    let mut text = markdown.text;
    for (name, svg) in &markdown.plots {
        text = text.replace(
            &format!("({name})"),
            &format!("(data:image/svg+xml;utf8,{})", encode(svg)),
        );
    }
    text
}

fn encode(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len() * 5 / 4);
    for byte in svg.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'/'
            | b':'
            | b'='
            | b',' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// What is not known yet is as good as infinite, which JSON cannot carry.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

fn decibels(level: f32) -> f64 {
    20.0 * f64::from(level.max(1e-6)).log10()
}

const SILENCE_DB: f64 = -120.0;
/// A device that has not called back for so long is not sounding.
const STALLED: Nanos = Nanos(300_000_000);
