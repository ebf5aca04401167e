//! The file that makes WirePlumber leave Bluetooth sound alone.
//!
//! It is shown before it is written, is the only file that is touched, and is
//! removed only while it is as we wrote it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::bluetooth::state::{Handover, Standing};

/// How WirePlumber wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Up to 0.4: scripts in Lua.
    Lua,
    /// From 0.5: fragments of its configuration.
    Conf,
}

impl Generation {
    /// The one that is installed; the newer where nothing tells.
    #[must_use]
    pub fn installed() -> Self {
        Self::in_shared(Path::new("/usr/share/wireplumber"))
    }

    pub(super) fn in_shared(directory: &Path) -> Self {
        if directory.join("bluetooth.lua.d").is_dir() {
            Self::Lua
        } else {
            Self::Conf
        }
    }
}

/// The file: where it goes and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropIn {
    /// Where it goes.
    pub path: PathBuf,
    /// What it says, to be shown before it is written.
    pub text: String,
}

const LUA: &str = "\
-- Written by Inphase: WirePlumber leaves Bluetooth sound to Inphase.
-- Remove this file and restart WirePlumber to give it back.
bluez_monitor.enabled = false
";

const CONF: &str = "\
# Written by Inphase: WirePlumber leaves Bluetooth sound to Inphase.
# Remove this file and restart WirePlumber to give it back.
wireplumber.profiles = {
  main = {
    monitor.bluez = disabled
  }
}
";

impl DropIn {
    /// The file below `config`, the user's `~/.config`.
    #[must_use]
    pub fn new(config: &Path, generation: Generation) -> Self {
        let (name, text) = match generation {
            Generation::Lua => ("bluetooth.lua.d/51-inphase-bluetooth.lua", LUA),
            Generation::Conf => ("wireplumber.conf.d/51-inphase-bluetooth.conf", CONF),
        };
        Self {
            path: config.join("wireplumber").join(name),
            text: text.to_owned(),
        }
    }

    /// Whether it is there.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match fs::read_to_string(&self.path) {
            Ok(text) if text == self.text => Standing::Written,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Standing::Absent,
            _ => Standing::Altered,
        }
    }

    /// To be shown.
    #[must_use]
    pub fn shown(&self) -> Handover {
        Handover {
            path: self.path.clone(),
            text: self.text.clone(),
            standing: self.standing(),
        }
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// One sentence that says what to do: the file was altered, or cannot be
    /// written.
    pub fn write(&self) -> Result<(), DropInError> {
        match self.standing() {
            Standing::Written => return Ok(()),
            Standing::Altered => return Err(self.altered()),
            Standing::Absent => {}
        }
        let write = || {
            let directory = self.path.parent().unwrap_or(Path::new("/"));
            fs::create_dir_all(directory)?;
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(self.text.as_bytes())?;
            file.as_file().sync_all()?;
            let _ = file.persist_noclobber(&self.path)?;
            Ok(())
        };
        write().map_err(|error| self.failed(&error))
    }

    /// Removes it, and nothing else.
    ///
    /// # Errors
    /// One sentence that says what to do: the file was altered, or cannot be
    /// removed.
    pub fn undo(&self) -> Result<(), DropInError> {
        match self.standing() {
            Standing::Absent => Ok(()),
            Standing::Altered => Err(self.altered()),
            Standing::Written => fs::remove_file(&self.path).map_err(|error| self.failed(&error)),
        }
    }

    fn altered(&self) -> DropInError {
        DropInError::Altered {
            path: self.path.clone(),
        }
    }

    fn failed(&self, error: &io::Error) -> DropInError {
        DropInError::Failed {
            path: self.path.clone(),
            reason: error.to_string(),
        }
    }
}

/// Why the file was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DropInError {
    /// It is not as we write it.
    #[error("{} was changed by somebody else. Look at it, and remove it by hand.", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("{} cannot be changed: {reason}. Check its permissions.", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// Its own words.
        reason: String,
    },
}
