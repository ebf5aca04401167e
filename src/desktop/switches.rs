//! What the user wants on the desktop, saved as `desktop.toml`. The window writes
//! it, the engine's process reads it again when it has changed.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::store::WindowFile;

/// The choices. Every field has a default, so a damaged file loses only what is
/// broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Switches {
    /// Media keys and the media controls of panels.
    pub media: bool,
    /// The item in the tray.
    pub tray: bool,
    /// Notifications for speakers that are lost and back.
    pub notifications: bool,
    /// The computer does not suspend by itself while sound plays.
    pub awake: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            media: true,
            tray: true,
            notifications: true,
            awake: true,
        }
    }
}

impl Switches {
    /// Nothing at all.
    pub const NONE: Self = Self {
        media: false,
        tray: false,
        notifications: false,
        awake: false,
    };

    /// What both want.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            media: self.media && other.media,
            tray: self.tray && other.tray,
            notifications: self.notifications && other.notifications,
            awake: self.awake && other.awake,
        }
    }
}

/// The file, read again when it has changed.
#[derive(Debug)]
pub(super) struct Followed {
    path: Option<PathBuf>,
    changed: Option<SystemTime>,
    now: Switches,
}

impl Followed {
    /// The file at `path`; `None` is as if there were none.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        let mut followed = Self {
            path,
            changed: None,
            now: Switches::default(),
        };
        let _first = followed.look();
        followed
    }

    /// What is wanted now.
    pub(super) fn look(&mut self) -> Switches {
        let Some(path) = &self.path else {
            return self.now;
        };
        let changed = path.metadata().and_then(|file| file.modified()).ok();
        if changed != self.changed {
            self.changed = changed;
            self.now = WindowFile::load(path).1.value;
        }
        self.now
    }
}
