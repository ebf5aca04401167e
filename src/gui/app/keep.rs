//! Keeping the user's choices: saved a moment after the last change, never on
//! the window's own thread.

use std::time::{Duration, Instant};

use iced::Task;

use super::{App, Message};
use crate::gui::prefs::Prefs;
use crate::store::{StoreError, WindowFile};

/// The file of choices, and whether something in it is out of date.
#[derive(Debug)]
pub(super) struct Keep {
    /// `None` keeps nothing.
    file: Option<WindowFile<Prefs>>,
    saved: Prefs,
    changed: Option<Instant>,
}

impl Keep {
    pub(super) fn new(file: Option<WindowFile<Prefs>>, saved: Prefs) -> Self {
        Self {
            file,
            saved,
            changed: None,
        }
    }
}

impl App {
    /// The window's size is remembered as it would be at a scale of 1.
    pub(super) fn remember_size(&mut self) {
        self.shared.prefs.size = (self.window.width, self.window.height);
    }

    /// Saves what has not changed for a moment.
    pub(super) fn keep(&mut self, now: Instant) -> Task<Message> {
        if self.shared.prefs == self.keep.saved {
            self.keep.changed = None;
            return Task::none();
        }
        let since = *self.keep.changed.get_or_insert(now);
        if now.saturating_duration_since(since) < KEEP_AFTER {
            return Task::none();
        }
        self.keep_now()
    }

    /// Saves what has changed.
    pub(super) fn keep_now(&mut self) -> Task<Message> {
        self.keep.changed = None;
        let prefs = self.shared.prefs.clone();
        if prefs == self.keep.saved {
            return Task::none();
        }
        self.keep.saved.clone_from(&prefs);
        let Some(file) = self.keep.file.clone() else {
            return Task::none();
        };
        Task::perform(save(file, prefs), Message::Kept)
    }
}

async fn save(file: WindowFile<Prefs>, prefs: Prefs) -> Result<(), StoreError> {
    let saving = tokio::task::spawn_blocking(move || file.save(&prefs));
    // A panic while saving has been printed already.
    saving.await.unwrap_or(Ok(()))
}

/// From the last change to saving.
const KEEP_AFTER: Duration = Duration::from_secs(1);
