//! What is carried, and the edit that its landing stands for.

use super::{Landing, Payload};
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::{Output, Role, Speaker, Timing, ZoneId};

/// The edit that a landing stands for; `None` when nothing would change. A
/// device becomes a speaker and moves in as one step.
#[must_use]
pub fn edit(payload: &Payload, landing: &Landing, shared: &Shared) -> Option<Edit> {
    let rig = &shared.link.rig;
    match (payload, landing) {
        (Payload::Zone(id), Landing::Order(index)) => {
            let from = rig.zones.iter().position(|zone| zone.id == *id)?;
            (from != *index).then(|| Edit::MoveZone {
                zone: id.clone(),
                index: *index,
            })
        }
        (Payload::Speaker(id), Landing::Rail) => rig.zone_of(id).map(|_| moved(id, None, 0)),
        (
            Payload::Speaker(id),
            Landing::Zone {
                zone,
                index,
                timing,
            },
        ) => into_zone(id, zone, *index, *timing, shared),
        (
            Payload::Device(device),
            Landing::Zone {
                zone,
                index,
                timing,
            },
        ) => {
            let speaker = speaker_of(device, shared)?;
            let id = speaker.id.clone();
            let mut edits = vec![Edit::AddSpeaker(speaker), moved(&id, Some(zone), *index)];
            edits.extend(retimed(zone, *timing, shared));
            Some(Edit::All(edits))
        }
        _ => None,
    }
}

fn into_zone(
    id: &str,
    zone: &str,
    index: usize,
    timing: Option<Timing>,
    shared: &Shared,
) -> Option<Edit> {
    let rig = &shared.link.rig;
    let members = &rig.zone(zone)?.speakers;
    let stays = members.iter().position(|of| of == id) == Some(index);
    let moved = (!stays).then(|| moved(id, Some(zone), index));
    let mut edits: Vec<Edit> = moved.into_iter().collect();
    edits.extend(retimed(zone, timing, shared));
    match edits.len() {
        0 | 1 => edits.pop(),
        _ => Some(Edit::All(edits)),
    }
}

fn moved(speaker: &str, zone: Option<&str>, index: usize) -> Edit {
    Edit::MoveSpeaker {
        speaker: speaker.into(),
        zone: zone.map(ZoneId::from),
        index,
    }
}

/// Only where the timing becomes another one.
fn retimed(zone: &str, timing: Option<Timing>, shared: &Shared) -> Option<Edit> {
    let timing = timing?;
    let now = shared.link.rig.zone(zone)?.timing;
    (now != timing).then(|| Edit::set(format!("zones.{zone}.timing"), timing.to_string()))
}

/// The speaker that a device becomes.
fn speaker_of(device: &str, shared: &Shared) -> Option<Speaker> {
    let rig = &shared.link.rig;
    let device = shared.link.device(device)?;
    Some(Speaker {
        id: rig.free_speaker_id(&device.name),
        name: device.name.clone(),
        output: Output {
            device: device.id.clone(),
            channels: Vec::new(),
            key: device.key.clone(),
        },
        role: if device.channels == 1 {
            Role::Mono
        } else {
            Role::Stereo
        },
        slot: rig.free_slot(),
        ..Speaker::default()
    })
}

/// What it is called.
#[must_use]
pub fn name(payload: &Payload, shared: &Shared) -> String {
    let link = &shared.link;
    let known = match payload {
        Payload::Speaker(id) => link.rig.speaker(id).map(|of| of.label().to_owned()),
        Payload::Device(id) => link.device(id).map(|of| of.name.clone()),
        Payload::Zone(id) => link.rig.zone(id).map(|of| of.label().to_owned()),
    };
    known.unwrap_or_default()
}

/// Its identity colour, or the one it will get.
#[must_use]
pub fn slot(payload: &Payload, shared: &Shared) -> u8 {
    let rig = &shared.link.rig;
    match payload {
        Payload::Speaker(id) => rig.speaker(id).map_or(1, |of| of.slot),
        Payload::Device(_) | Payload::Zone(_) => rig.free_slot(),
    }
}

/// Whether it is a speaker that stands in a zone, and so can be taken out.
#[must_use]
pub fn is_placed(payload: &Payload, shared: &Shared) -> bool {
    match payload {
        Payload::Speaker(id) => shared.link.rig.zone_of(id).is_some(),
        Payload::Device(_) | Payload::Zone(_) => false,
    }
}
