//! What the inspector is about: the selection as far as it still exists.

use crate::engine::snapshot::SpeakerState;
use crate::gui::action::Selection;
use crate::gui::shared::Shared;
use crate::rig::{Speaker, Zone};

/// What is inspected.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// Nothing is selected, or it is gone.
    Nothing,
    /// The source.
    Source,
    /// A zone.
    Zone(&'a Zone),
    /// A speaker.
    Speaker(&'a Speaker),
}

impl<'a> Subject<'a> {
    /// What is selected now.
    #[must_use]
    pub fn of(shared: &'a Shared) -> Self {
        let rig = &shared.link.rig;
        match &shared.selection {
            Selection::Nothing => Self::Nothing,
            Selection::Source => Self::Source,
            Selection::Zone(id) => rig.zone(id).map_or(Self::Nothing, Self::Zone),
            Selection::Speaker(id) => rig.speaker(id).map_or(Self::Nothing, Self::Speaker),
        }
    }

    /// The speaker, if it is one.
    #[must_use]
    pub fn speaker(self) -> Option<&'a Speaker> {
        match self {
            Self::Speaker(speaker) => Some(speaker),
            _ => None,
        }
    }
}

/// What the engine tells of a speaker.
#[must_use]
pub fn state<'a>(shared: &'a Shared, speaker: &str) -> Option<&'a SpeakerState> {
    let mut speakers = shared.link.snapshot.speakers.iter();
    speakers.find(|state| state.id == speaker)
}
