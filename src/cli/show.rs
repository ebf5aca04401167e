//! Plain text for people: the status table, devices, events. Numbers carry the
//! true minus and µ; every health state differs by shape and word.

use jiff::{Timestamp, tz::TimeZone};

use super::parse::role_word;
use crate::{
    devices::{DeviceInfo, Direction},
    engine::{
        Event, Snapshot,
        snapshot::{Health, OffsetSource, SourceState, SpeakerState, Transport},
    },
    rig::Rig,
};

/// What stands for a value there is none of.
const MISSING: &str = "—";

/// The whole state as a table per zone under one health line.
pub(super) fn status(rig: &Rig, snapshot: &Snapshot) -> String {
    let mut text = format!("{}\n", live(snapshot));
    if let Some(source) = &snapshot.source {
        text.push_str(&format!("Source: {}\n", source_line(source)));
    }
    for notice in &snapshot.notices {
        text.push_str(&format!("Note: {notice}\n"));
    }
    let mut table = vec![Row::Cells(head())];
    for zone in &rig.zones {
        let state = snapshot.zones.iter().find(|state| state.id == zone.id);
        let spread = state.and_then(|state| state.spread_us);
        let spread = spread.map_or(String::new(), |us| format!("   spread {}", micros(us)));
        table.push(Row::Title(format!("{}{spread}", zone.name)));
        table.extend(rows(rig, snapshot, |id| {
            zone.speakers.iter().any(|s| s == id)
        }));
    }
    let alone = rows(rig, snapshot, |id| {
        !rig.zones
            .iter()
            .any(|zone| zone.speakers.iter().any(|s| s == id))
    });
    if !alone.is_empty() {
        table.push(Row::Title("In no zone".into()));
        table.extend(alone);
    }
    if table.len() > 1 {
        text.push('\n');
        text.push_str(&aligned(&table));
    }
    text
}

/// The state in one short line without numbers that keep moving.
pub(super) fn summary(snapshot: &Snapshot) -> String {
    let doing = match snapshot.transport {
        Transport::Stopped => return "Nothing playing yet".into(),
        Transport::Starting => "Starting",
        Transport::Playing => "Playing",
        Transport::Paused => "Paused",
        Transport::Waiting => "Waiting for sound",
    };
    let heard = |speaker: &&SpeakerState| speaker.state != Health::Muted;
    let total = snapshot.speakers.iter().filter(heard).count();
    let good = snapshot
        .speakers
        .iter()
        .filter(|speaker| speaker.state == Health::InPhase)
        .count();
    format!("{doing} | {good} of {total} in sync")
}

/// The state in one line with its live numbers.
pub(super) fn live(snapshot: &Snapshot) -> String {
    let mut parts = vec![format!("{} {}", glyph(worst(snapshot)), summary(snapshot))];
    let group = snapshot.groups.first();
    if let Some(spread) = group.and_then(|group| group.spread_us) {
        parts.push(format!("spread {}", micros(spread)));
    }
    if let Some(group) = group {
        parts.push(format!("latency {}", millis(group.target_ms)));
    }
    if let Some(source) = &snapshot.source
        && let Some(position) = source.position_s
    {
        parts.push(position_of(position, source.duration_s));
    }
    parts.join(" | ")
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

/// The devices as a table.
pub(super) fn devices(devices: &[DeviceInfo]) -> String {
    if devices.is_empty() {
        return "No devices found. Plug one in, or start the sound server, then try again.".into();
    }
    let mut table = vec![Row::Cells(
        ["ID", "NAME", "", "KIND", "CHANNELS", "RATES"]
            .map(Into::into)
            .to_vec(),
    )];
    for device in devices {
        let way = match device.direction {
            Direction::Output => "plays",
            Direction::Input => "captures",
        };
        let known = |count: u16| {
            if count == 0 {
                MISSING.into()
            } else {
                count.to_string()
            }
        };
        let usual = if device.is_default { " (default)" } else { "" };
        table.push(Row::Cells(vec![
            device.id.clone(),
            format!("{}{usual}", device.name),
            way.into(),
            format!("{:?}", device.kind).to_lowercase(),
            known(device.channels),
            rates(&device.rates),
        ]));
    }
    aligned(&table)
}

fn rates(rates: &[u32]) -> String {
    let words: Vec<String> = rates.iter().map(ToString::to_string).collect();
    if words.is_empty() {
        MISSING.into()
    } else {
        words.join(" ")
    }
}

fn worst(snapshot: &Snapshot) -> Health {
    let order = [
        Health::Lost,
        Health::Out,
        Health::Drifting,
        Health::Connecting,
        Health::InPhase,
    ];
    order
        .into_iter()
        .find(|health| {
            snapshot
                .speakers
                .iter()
                .any(|speaker| speaker.state == *health)
        })
        .unwrap_or_default()
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

fn word(health: Health) -> &'static str {
    match health {
        Health::Ready => "ready",
        Health::Connecting => "connecting",
        Health::InPhase => "in phase",
        Health::Drifting => "drifting",
        Health::Out => "out",
        Health::Lost => "lost",
        Health::Muted => "muted",
    }
}

fn head() -> Vec<String> {
    [
        "STATE", "SPEAKER", "ROLE", "OFFSET", "LATENCY", "DRIFT", "BUFFER", "LEVEL", "",
    ]
    .map(Into::into)
    .to_vec()
}

fn rows(rig: &Rig, snapshot: &Snapshot, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    let name = |id: &str| {
        rig.speakers
            .iter()
            .find(|speaker| speaker.id == id)
            .map_or_else(|| id.to_owned(), |speaker| speaker.name.clone())
    };
    snapshot
        .speakers
        .iter()
        .filter(|speaker| wanted(&speaker.id))
        .map(|speaker| Row::Cells(cells(&name(&speaker.id), speaker)))
        .collect()
}

fn cells(name: &str, speaker: &SpeakerState) -> Vec<String> {
    let path: f64 = speaker.path.iter().map(|stage| stage.ms).sum();
    let latency = if speaker.path.is_empty() {
        MISSING.into()
    } else {
        millis(path)
    };
    let drift = speaker
        .ppm
        .map_or(MISSING.into(), |ppm| signed(format!("{:+.1} ppm", ppm.0)));
    vec![
        format!("{} {}", glyph(speaker.state), word(speaker.state)),
        name.into(),
        role_word(speaker.role).into(),
        offset(speaker),
        latency,
        drift,
        format!("{:.0}%", speaker.fill * 100.0),
        level(speaker.peak_db),
        speaker.problem.clone().unwrap_or_default(),
    ]
}

/// Integer microseconds where measured, `≈` and milliseconds where estimated.
fn offset(speaker: &SpeakerState) -> String {
    let Some(us) = speaker.offset_us else {
        return MISSING.into();
    };
    if speaker.offset_source == OffsetSource::Estimate {
        return signed(format!("≈ {:+.2} ms", us / 1000.0));
    }
    if us.abs() >= 1000.0 {
        let sd = speaker.offset_sd_us / 1000.0;
        return signed(format!("{:+.2} ± {sd:.2} ms", us / 1000.0));
    }
    let sign = if us.abs() < 0.5 {
        "±"
    } else if us > 0.0 {
        "+"
    } else {
        "−"
    };
    format!("{sign}{:.0} ± {:.0} µs", us.abs(), speaker.offset_sd_us)
}

fn level(db: f64) -> String {
    if db <= -119.9 {
        "−∞ dB".into()
    } else {
        signed(format!("{db:.1} dB"))
    }
}

/// Puts the true minus where a number has a hyphen.
fn signed(text: String) -> String {
    text.replace('-', "−")
}

fn micros(us: f64) -> String {
    if us < 1000.0 {
        format!("{us:.0} µs")
    } else {
        millis(us / 1000.0)
    }
}

/// Three significant digits.
fn millis(ms: f64) -> String {
    let digits = if ms.abs() < 9.995 {
        2
    } else {
        usize::from(ms.abs() < 99.95)
    };
    signed(format!("{ms:.digits$} ms"))
}

fn source_line(source: &SourceState) -> String {
    let mut parts = vec![source.title.clone()];
    if source.rate > 0 {
        parts.push(format!("{} Hz", source.rate));
    }
    if source.channels > 0 {
        parts.push(format!("{} channels", source.channels));
    }
    if let Some(ppm) = source.ppm {
        parts.push(signed(format!("{:+.1} ppm", ppm.0)));
    }
    if let Some(position) = source.position_s {
        parts.push(position_of(position, source.duration_s));
    }
    parts.extend(source.problem.clone());
    parts.join(" | ")
}

fn position_of(position: f64, duration: Option<f64>) -> String {
    let clock = |seconds: f64| {
        let seconds = seconds.max(0.0) as u64;
        format!("{}:{:02}", seconds / 60, seconds % 60)
    };
    match duration {
        Some(duration) => format!("{} of {}", clock(position), clock(duration)),
        None => clock(position),
    }
}

/// A line of a table: cells in columns, or a title across all of them.
enum Row {
    Title(String),
    Cells(Vec<String>),
}

/// Pads every column to its widest cell; two spaces between columns.
fn aligned(table: &[Row]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in table {
        let Row::Cells(cells) = row else { continue };
        widths.resize(widths.len().max(cells.len()), 0);
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in table {
        let line = match row {
            Row::Title(title) => title.clone(),
            Row::Cells(cells) => cells
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("{cell:width$}  "))
                .collect(),
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
