//! A comparison that goes on for as long as it is wanted: the engine ends one
//! that nobody renews, so that a window that is gone leaves no speaker wrong.

use std::time::{Duration, Instant};

use iced::Task;

use super::{App, Message};
use crate::engine::Command;
use crate::rig::SpeakerId;

/// What this window has asked to be heard without its trim, and when.
#[derive(Debug, Default)]
pub(super) struct Compared(Option<(SpeakerId, Instant)>);

impl Compared {
    /// Takes note of what is sent to the engine.
    pub(super) fn note(&mut self, command: &Command, now: Instant) {
        if let Command::Compare(speaker) = command {
            self.0 = speaker.clone().map(|speaker| (speaker, now));
        }
    }
}

impl App {
    /// Asks once more, well before the engine ends it. One that somebody else has
    /// ended stays so.
    pub(super) fn renew_comparison(&mut self, now: Instant) -> Task<Message> {
        let goes_on = self.shared.link.snapshot.comparing.as_ref();
        let due = self.compared.0.as_ref().filter(|(speaker, since)| {
            goes_on == Some(speaker) && now.saturating_duration_since(*since) >= RENEW
        });
        let speaker = due.map(|(speaker, _)| speaker.clone());
        speaker.map_or_else(Task::none, |speaker| {
            self.send(Command::Compare(Some(speaker)), false)
        })
    }
}

/// A third of the time after which the engine ends a comparison.
const RENEW: Duration = Duration::from_secs(10);
