//! Plain text for people: the status table, devices, events. The numbers are
//! those of `engine::format`, the words those of `engine::health`; every state
//! differs by shape and word, never by colour alone.

use jiff::{Timestamp, tz::TimeZone};

use super::table::Table;
use crate::{
    devices::{DeviceInfo, Direction},
    engine::{
        Event, Snapshot, format,
        health::{HealthLine, Level, word},
        snapshot::{GroupState, Health, OffsetSource, SourceState, SpeakerState, Transport},
    },
    rig::{Rig, Role, Zone},
    sync::time::Nanos,
};

/// The whole state: the health line, the source, a table per zone, and last
/// what stays wrong.
pub(super) fn status(rig: &Rig, snapshot: &Snapshot) -> String {
    let mut text = format!("{}\n", live(rig, snapshot));
    if let Some(source) = &snapshot.source {
        text.push_str(&format!("Source: {}\n", source_line(source)));
    }
    if !snapshot.speakers.is_empty() {
        text.push('\n');
        text.push_str(&speakers(rig, snapshot).text());
    }
    if !snapshot.notices.is_empty() {
        text.push('\n');
    }
    for notice in &snapshot.notices {
        text.push_str(&format!("Note: {notice}\n"));
    }
    text
}

/// The state in one short line without numbers that keep moving.
pub(super) fn summary(rig: &Rig, snapshot: &Snapshot) -> String {
    let health = health(rig, snapshot);
    if health.level == Level::Idle {
        return health.headline;
    }
    match snapshot.transport {
        Transport::Starting => format!("Starting | {}", health.headline),
        Transport::Playing => format!("Playing | {}", health.headline),
        _ => health.headline,
    }
}

/// The state in one line with its live numbers.
pub(super) fn live(rig: &Rig, snapshot: &Snapshot) -> String {
    let health = health(rig, snapshot);
    let mut text = format!("{} {}", level_glyph(health.level), health.text());
    if let Some(place) = snapshot.source.as_ref().and_then(place) {
        text.push_str(&format!(" | {place}"));
    }
    text
}

/// Nobody here has watched for how long the source has been silent.
fn health(rig: &Rig, snapshot: &Snapshot) -> HealthLine {
    HealthLine::new(snapshot, rig, Nanos::ZERO)
}

/// One event with its local time.
pub(super) fn event(event: &Event) -> String {
    let time = Timestamp::from_millisecond(event.unix_ms)
        .map(|time| {
            time.to_zoned(TimeZone::system())
                .strftime("%H:%M:%S")
                .to_string()
        })
        .unwrap_or_else(|_| "--:--:--".into());
    format!("{time}  {}", event.text)
}

/// The devices as a table, those that play first.
pub(super) fn devices(devices: &[DeviceInfo]) -> String {
    if devices.is_empty() {
        return "No devices found. Plug one in, or start the sound server, then try again.".into();
    }
    let mut table = Table::new(&["ID", "NAME", "KIND", "CHANNELS", "RATES"]);
    for (way, title) in [
        (Direction::Output, "To play on"),
        (Direction::Input, "To capture from"),
    ] {
        let found: Vec<_> = devices.iter().filter(|d| d.direction == way).collect();
        if !found.is_empty() {
            table.title(title);
        }
        for device in found {
            table.row(device_cells(device));
        }
    }
    table.text()
}

fn device_cells(device: &DeviceInfo) -> Vec<String> {
    let usual = if device.is_default { " (default)" } else { "" };
    let channels = match device.channels {
        0 => format::MISSING.into(),
        count => count.to_string(),
    };
    vec![
        device.id.clone(),
        format!("{}{usual}", device.name),
        format!("{:?}", device.kind).to_lowercase(),
        channels,
        rates(&device.rates),
    ]
}

fn rates(rates: &[u32]) -> String {
    match rates {
        [] => format::MISSING.into(),
        [lowest, .., highest] if rates.len() > 3 => format!("{lowest} to {highest}"),
        _ => {
            let words: Vec<String> = rates.iter().map(ToString::to_string).collect();
            words.join(" ")
        }
    }
}

fn level_glyph(level: Level) -> char {
    match level {
        Level::Idle => '○',
        Level::Busy => '◌',
        Level::Ok => '✓',
        Level::Warn => '▲',
        Level::Err => '◆',
    }
}

fn glyph(health: Health) -> char {
    match health {
        Health::Ready => '○',
        Health::Connecting => '◌',
        Health::InPhase => '✓',
        Health::Drifting => '▲',
        Health::Out | Health::Lost => '◆',
        Health::Muted => '⊘',
    }
}

fn speakers(rig: &Rig, snapshot: &Snapshot) -> Table {
    let mut table = Table::new(&[
        "SPEAKER", "STATE", "ROLE", ">OFFSET", ">LATENCY", ">DRIFT", ">BUFFER", ">LEVEL",
    ]);
    for zone in &rig.zones {
        table.title(zone_line(zone, snapshot));
        rows(&mut table, rig, snapshot, |id| zone.holds(id));
    }
    if rig.on_the_rail().next().is_some() {
        table.title("In no zone");
        rows(&mut table, rig, snapshot, |id| rig.zone_of(id).is_none());
    }
    table
}

/// `Kitchen   in-sync   spread 18 µs   target 24.0 ms`.
fn zone_line(zone: &Zone, snapshot: &Snapshot) -> String {
    let state = snapshot.zones.iter().find(|state| state.id == zone.id);
    let group = snapshot
        .groups
        .iter()
        .find(|group: &&GroupState| group.zones.contains(&zone.id));
    let mut parts = vec![zone.label().to_owned(), zone.timing.to_string()];
    if let Some(us) = state.and_then(|state| state.spread_us) {
        parts.push(format!("spread {}", format::spread(us)));
    }
    if let Some(group) = group {
        parts.push(format!("target {}", format::latency(group.target_ms)));
    }
    parts.join("   ")
}

fn rows(table: &mut Table, rig: &Rig, snapshot: &Snapshot, wanted: impl Fn(&str) -> bool) {
    for speaker in snapshot.speakers.iter().filter(|s| wanted(&s.id)) {
        let name = rig.speaker(&speaker.id).map_or(&*speaker.id, |s| s.label());
        table.row(cells(name, speaker));
        if let Some(problem) = &speaker.problem {
            table.note(problem);
        }
    }
}

fn cells(name: &str, speaker: &SpeakerState) -> Vec<String> {
    let latency = match &speaker.path[..] {
        [] => format::MISSING.into(),
        path => format::latency(path.iter().map(|stage| stage.ms).sum()),
    };
    vec![
        short(name),
        format!("{} {}", glyph(speaker.state), word(speaker.state)),
        role(speaker.role).into(),
        offset(speaker),
        latency,
        speaker.ppm.map_or(format::MISSING.into(), format::ppm),
        format::percent(speaker.fill),
        format::level(speaker.peak_db),
    ]
}

/// A role in plain words that fit a column: `left`, `front right`, `subwoofer`.
fn role(role: Role) -> &'static str {
    let words = role.words();
    let words = words.strip_prefix("the ").unwrap_or(words);
    words.strip_suffix(" channel").unwrap_or(words)
}

/// A name that leaves room for the numbers.
fn short(name: &str) -> String {
    if name.chars().count() <= NAME_WIDTH {
        return name.into();
    }
    let kept: String = name.chars().take(NAME_WIDTH - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The offset with its ± where it was measured.
fn offset(speaker: &SpeakerState) -> String {
    let text = format::offset(speaker.offset_us, speaker.offset_source);
    match (speaker.offset_us, speaker.offset_source) {
        (None, _) | (_, OffsetSource::Estimate) => text,
        (Some(us), _) if us.abs() >= 999.5 => {
            format::measured_ms(us / 1000.0, speaker.offset_sd_us / 1000.0)
        }
        _ => {
            let number = text.trim_end_matches(" µs");
            format!("{number} ± {}", format::spread(speaker.offset_sd_us))
        }
    }
}

fn source_line(source: &SourceState) -> String {
    let mut parts = vec![source.title.clone()];
    if source.rate > 0 {
        parts.push(format!("{} Hz", source.rate));
    }
    match source.channels {
        0 => {}
        1 => parts.push("1 channel".into()),
        count => parts.push(format!("{count} channels")),
    }
    parts.extend(source.ppm.map(format::ppm));
    parts.extend(place(source));
    parts.extend(source.problem.clone());
    parts.join(" | ")
}

/// `1:02 of 3:10`, where the source has a position.
fn place(source: &SourceState) -> Option<String> {
    let clock = |seconds: f64| {
        let seconds = seconds.max(0.0) as u64;
        format!("{}:{:02}", seconds / 60, seconds % 60)
    };
    let position = clock(source.position_s?);
    Some(match source.duration_s {
        Some(duration) => format!("{position} of {}", clock(duration)),
        None => position,
    })
}

/// Longest name in the table, so that the row of a speaker in sync fits 100 columns.
const NAME_WIDTH: usize = 20;

#[cfg(test)]
mod tests;
