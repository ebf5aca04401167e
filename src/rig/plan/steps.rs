//! What the engine must do when the rig changes. Moving a speaker between
//! zones, or changing gains, trims or distances, opens, closes or widens no
//! device; only what is played on a device that nobody else uses is closed.

use std::collections::BTreeMap;

use super::{LanePlan, Tuning, lanes, tuning};
use crate::rig::model::{Rig, Source, SpeakerId, Target, Timing, ZoneId};

/// One thing to do. Given in an order that works: what goes first frees what
/// comes later.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Fade out and take a speaker off a lane that goes on.
    Leave {
        /// The lane's device.
        device: String,
        /// Who leaves.
        speaker: SpeakerId,
    },
    /// Fade out, stop and close a device; nobody plays on it any more.
    Close {
        /// The device.
        device: String,
    },
    /// Period or rate changed: every lane that goes on is opened anew.
    Reformat {
        /// Preferred frames per period at 48 kHz.
        period: u32,
        /// Preferred rate in Hz; `None` follows the source.
        rate: Option<u32>,
    },
    /// A new speaker needs channels that the rig did not use before. Opens the
    /// device anew, unless it was opened with enough channels anyway.
    Widen {
        /// The device.
        device: String,
        /// Channels needed.
        channels: u16,
    },
    /// Open a device and start its lane, in sync. The speakers' [`Step::Tune`]
    /// follow.
    Open(LanePlan),
    /// Put a speaker onto a lane that runs; fades in.
    Join {
        /// The lane's device.
        device: String,
        /// Who joins.
        speaker: SpeakerId,
        /// Its 1-based channels; empty = the first ones.
        channels: Vec<u16>,
    },
    /// What a speaker does to the sound is new or changed; glides.
    Tune {
        /// Which speaker.
        speaker: SpeakerId,
        /// Its tuning now.
        tuning: Tuning,
    },
    /// Alignments follow from something that changed: compute
    /// [`super::timing`] again and glide.
    Retime,
    /// Play something else; fades.
    Source(Option<Source>),
}

/// What must be done so that an engine that plays `old` plays `new`.
#[must_use]
pub fn steps(old: &Rig, new: &Rig) -> Vec<Step> {
    let (before, after) = (by_device(old), by_device(new));
    let mut steps = Vec::new();
    for (device, lane) in &before {
        match after.get(device) {
            Some(next) => steps.extend(leaving(lane, next)),
            None => steps.push(Step::Close {
                device: device.clone(),
            }),
        }
    }
    let format = |rig: &Rig| (rig.settings.period, rig.settings.rate);
    if format(old) != format(new) {
        let (period, rate) = format(new);
        steps.push(Step::Reformat { period, rate });
    }
    for (device, lane) in &after {
        match before.get(device) {
            Some(last) => {
                if lane.channels > last.channels {
                    steps.push(Step::Widen {
                        device: device.clone(),
                        channels: lane.channels,
                    });
                }
                steps.extend(joining(last, lane));
            }
            None => steps.push(Step::Open(lane.clone())),
        }
    }
    steps.extend(tunes(old, new));
    if timing_input(old) != timing_input(new) {
        steps.push(Step::Retime);
    }
    if old.source != new.source {
        steps.push(Step::Source(new.source.clone()));
    }
    steps
}

fn by_device(rig: &Rig) -> BTreeMap<String, LanePlan> {
    lanes(rig)
        .into_iter()
        .map(|lane| (lane.device.clone(), lane))
        .collect()
}

fn leaving(lane: &LanePlan, next: &LanePlan) -> Vec<Step> {
    lane.speakers
        .iter()
        .filter(|member| !next.speakers.contains(member))
        .map(|(speaker, _)| Step::Leave {
            device: lane.device.clone(),
            speaker: speaker.clone(),
        })
        .collect()
}

fn joining(last: &LanePlan, lane: &LanePlan) -> Vec<Step> {
    lane.speakers
        .iter()
        .filter(|member| !last.speakers.contains(member))
        .map(|(speaker, channels)| Step::Join {
            device: lane.device.clone(),
            speaker: speaker.clone(),
            channels: channels.clone(),
        })
        .collect()
}

/// A speaker that comes onto a lane is always tuned.
fn tunes(old: &Rig, new: &Rig) -> Vec<Step> {
    let place = |rig: &Rig| -> BTreeMap<SpeakerId, (String, Vec<u16>)> {
        let lanes = lanes(rig).into_iter();
        lanes
            .flat_map(|lane| {
                let device = lane.device;
                let speakers = lane.speakers.into_iter();
                speakers.map(move |(id, channels)| (id, (device.clone(), channels)))
            })
            .collect()
    };
    let before = place(old);
    place(new)
        .into_iter()
        .filter_map(|(speaker, place)| {
            let now = tuning(new, &speaker)?;
            let stays = before.get(&speaker) == Some(&place);
            let changed = !stays || tuning(old, &speaker) != Some(now);
            changed.then_some(Step::Tune {
                speaker,
                tuning: now,
            })
        })
        .collect()
}

/// Everything of a rig that alignments depend on, besides the measured paths.
type TimingInput = (
    Target,
    u64,
    Vec<(Timing, Option<ZoneId>, SpeakerId, u64, i64)>,
);

fn timing_input(rig: &Rig) -> TimingInput {
    let mut members: Vec<_> = rig
        .placed()
        .map(|(zone, speaker)| {
            let own = (zone.timing == Timing::Own).then(|| zone.id.clone());
            let distance = speaker.distance_m.to_bits();
            // A trim below zero may need the others to wait.
            let early = speaker.trim_us.min(0);
            (zone.timing, own, speaker.id.clone(), distance, early)
        })
        .collect();
    members.sort_by(|a, b| a.2.cmp(&b.2));
    (
        rig.settings.target,
        rig.settings.temperature_c.to_bits(),
        members,
    )
}

#[cfg(test)]
mod tests;
