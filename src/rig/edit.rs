//! Edits: the only way to change a rig. Plain data, undoable.

use serde::{Deserialize, Serialize};

use super::model::{Source, Speaker, SpeakerId, Zone, ZoneId};

/// One change of the rig.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Choose what is played.
    SetSource(Option<Source>),
    /// A new speaker; its id must be free.
    AddSpeaker(Speaker),
    /// Forget a speaker.
    RemoveSpeaker(SpeakerId),
    /// A new zone at the end; its id must be free.
    AddZone(Zone),
    /// Remove a zone; its speakers stay known, in no zone.
    RemoveZone(ZoneId),
    /// Put a speaker into a zone at a position (clamped), or into none.
    MoveSpeaker {
        /// Which speaker.
        speaker: SpeakerId,
        /// Where to; `None` = back to the rail.
        zone: Option<ZoneId>,
        /// Position inside the zone.
        index: usize,
    },
    /// Move a zone to a position (clamped).
    MoveZone {
        /// Which zone.
        zone: ZoneId,
        /// Position among the zones.
        index: usize,
    },
    /// Set one field by its path and text, such as `speakers.left.trim` to
    /// `180us`, `zones.kitchen.gain` to `-3 dB`, `settings.temperature` to `21`.
    Set {
        /// Dotted path.
        path: String,
        /// The value as a user writes it.
        value: String,
    },
}
