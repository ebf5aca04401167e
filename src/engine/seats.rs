//! From the rig to what each lane is told: gains, roles, crossovers, and every
//! sync group's target latency. Pure arithmetic over the rig and the reports.

use std::collections::BTreeMap;

use crate::rig::{Rig, Role, Speaker, SpeakerId, Target, Timing, Zone, ZoneId};
use crate::sync::lane::{Filter, SlotSettings};
use crate::sync::mix;
use crate::sync::time::Nanos;

/// Speakers that share one target latency.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its zones.
    pub zones: Vec<ZoneId>,
    /// In sync with each other or on its own.
    pub timing: Timing,
    /// Its speakers in rig order.
    pub speakers: Vec<SpeakerId>,
}

/// The sync groups: all in-sync zones together, each own-timing zone alone.
#[must_use]
pub fn groups(rig: &Rig) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for zone in &rig.zones {
        let joint = groups
            .iter_mut()
            .find(|group| zone.timing == Timing::InSync && group.timing == Timing::InSync);
        match joint {
            Some(group) => {
                group.zones.push(zone.id.clone());
                group.speakers.extend(zone.speakers.iter().cloned());
            }
            None => groups.push(Group {
                zones: vec![zone.id.clone()],
                timing: zone.timing,
                speakers: zone.speakers.clone(),
            }),
        }
    }
    groups.retain(|group| !group.speakers.is_empty());
    groups
}

/// The wanted speakers of every device, in rig order.
#[must_use]
pub fn seating(rig: &Rig) -> BTreeMap<String, Vec<(&Zone, &Speaker)>> {
    let mut devices: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for zone in &rig.zones {
        for id in &zone.speakers {
            if let Some(speaker) = rig.speakers.iter().find(|speaker| speaker.id == *id) {
                devices
                    .entry(speaker.output.device.clone())
                    .or_default()
                    .push((zone, speaker));
            }
        }
    }
    devices
}

/// Channels a device must have for its speakers; at least two.
#[must_use]
pub fn channels(speakers: &[(&Zone, &Speaker)]) -> u16 {
    speakers
        .iter()
        .flat_map(|(_, speaker)| speaker.output.channels.iter().copied())
        .max()
        .unwrap_or(2)
        .max(2)
}

/// What the lane is told about one speaker. `device_channels` and
/// `source_channels` are what is really there.
#[must_use]
pub fn settings(
    rig: &Rig,
    zone: &Zone,
    speaker: &Speaker,
    device_channels: u16,
    source_channels: u16,
    delay: Nanos,
) -> SlotSettings {
    let channels = device_sides(speaker, device_channels);
    let rows = [0, 1].map(|side| mix::row(source_channels, speaker.role, side));
    let gain = gain(rig, zone, speaker);
    let loudest = rows
        .iter()
        .map(|row| row.iter().map(|share| share.abs()).sum::<f32>())
        .fold(0.0, f32::max);
    SlotSettings {
        channels,
        rows,
        gain,
        delay,
        filter: filter(rig, zone, speaker),
        limit: loudest * gain.abs() > 1.0 + 1e-6,
    }
}

/// 0-based channels of the left or only side and the right side. A one-channel
/// role on an output without chosen channels sounds on both.
fn device_sides(speaker: &Speaker, device_channels: u16) -> [Option<u16>; 2] {
    let place = |channel: u16| (channel >= 1 && channel <= device_channels).then(|| channel - 1);
    match speaker.output.channels.as_slice() {
        [] => [place(1), place(2)],
        [only] => [place(*only), None],
        [left, right, ..] => [place(*left), place(*right)],
    }
}

fn gain(rig: &Rig, zone: &Zone, speaker: &Speaker) -> f32 {
    let soloed = rig.speakers.iter().any(|speaker| speaker.solo);
    let silent =
        speaker.muted || zone.muted || rig.settings.muted || (soloed && !speaker.solo);
    if silent {
        return 0.0;
    }
    let decibels = speaker.gain_db + zone.gain_db + rig.settings.gain_db;
    let gain = if decibels == 0.0 {
        1.0
    } else {
        10f64.powf(decibels / 20.0) as f32
    };
    if speaker.inverted { -gain } else { gain }
}

fn filter(rig: &Rig, zone: &Zone, speaker: &Speaker) -> Filter {
    let has_sub = zone.speakers.iter().any(|id| {
        rig.speakers
            .iter()
            .any(|speaker| speaker.id == *id && speaker.role == Role::Sub)
    });
    match speaker.role {
        Role::Sub => Filter::LowPass(zone.crossover_hz),
        Role::Lfe => Filter::Off,
        _ if has_sub => Filter::HighPass(zone.crossover_hz),
        _ => Filter::Off,
    }
}

/// What a speaker's path wants of its group's target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// The least target latency at which this speaker is never late, seconds.
    pub target: f64,
}

/// The group's target latency in seconds: the slowest need, or the fixed wish
/// if that is longer. `None` while nobody has a need yet.
#[must_use]
pub fn target(rig: &Rig, group: &Group, needs: &[Need]) -> Option<f64> {
    let slowest = needs.iter().map(|need| need.target).fold(None, |max: Option<f64>, need| {
        Some(max.map_or(need, |max| max.max(need)))
    })?;
    let fixed = match rig.settings.target {
        Target::FixedMs(ms) if group.timing == Timing::InSync => ms * 1e-3,
        _ => 0.0,
    };
    Some(slowest.max(fixed))
}

/// Seconds from the converter to the ear through the air: distance over
/// 331.3·√(1 + T/273.15) m/s (ideal gas, Cramer 1993 at low humidity).
#[must_use]
pub fn air(rig: &Rig, speaker: &Speaker) -> f64 {
    let speed = 331.3 * (1.0 + rig.settings.temperature_c / 273.15).max(0.1).sqrt();
    speaker.distance_m / speed
}
