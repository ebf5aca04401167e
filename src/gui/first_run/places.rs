//! Where a speaker goes before there are rooms: into the first zone, which is
//! made when there is none.

use crate::engine::Command;
use crate::gui::action::Action;
use crate::gui::drag::Payload;
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::{Output, Rig, Speaker, SpeakerId, Zone};

/// Puts a device or a speaker into the first zone, as one step back.
#[must_use]
pub fn place(payload: &Payload, shared: &Shared) -> Option<Action> {
    let rig = &shared.link.rig;
    let mut edits = Vec::new();
    let speaker = match payload {
        Payload::Speaker(id) => id.clone(),
        Payload::Device(id) => {
            let device = shared.link.device(id)?;
            let speaker = Speaker {
                id: rig.free_speaker_id(&device.name),
                name: device.name.clone(),
                output: Output {
                    device: device.id.clone(),
                    channels: Vec::new(),
                    key: device.key.clone(),
                },
                ..Speaker::default()
            };
            let id = speaker.id.clone();
            edits.push(Edit::AddSpeaker(speaker));
            id
        }
        Payload::Zone(_) => return None,
    };
    edits.push(into_first_zone(speaker, rig));
    Some(Action::Tell(Command::Edit(Edit::All(edits))))
}

fn into_first_zone(speaker: SpeakerId, rig: &Rig) -> Edit {
    match rig.zones.first() {
        Some(zone) => Edit::MoveSpeaker {
            speaker,
            zone: Some(zone.id.clone()),
            index: zone.speakers.len(),
        },
        None => Edit::AddZone(Zone {
            id: rig.free_zone_id(FIRST),
            name: FIRST.into(),
            speakers: vec![speaker],
            ..Zone::default()
        }),
    }
}

/// What most people put their first speakers in.
pub const FIRST: &str = "Living room";
