//! Where the files are: the XDG directories, or one directory for everything.

use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};

use super::atomic::StoreError;
use crate::rig::lookup;

/// The directories in use. None of them need exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    state: PathBuf,
}

impl Paths {
    /// By XDG: `~/.config/inphase` and `~/.local/state/inphase`.
    ///
    /// # Errors
    /// When the user has no home directory.
    pub fn system() -> Result<Self, StoreError> {
        let dirs = ProjectDirs::from("", "", "inphase").ok_or(StoreError::NoHome)?;
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
        Ok(Self {
            config: dirs.config_dir().to_owned(),
            state: state.to_owned(),
        })
    }

    /// Where the desktop looks for what it starts at log-in; `None` without a home
    /// directory.
    #[must_use]
    pub fn autostart() -> Option<PathBuf> {
        BaseDirs::new().map(|dirs| dirs.config_dir().join("autostart"))
    }

    /// Everything under one directory.
    #[must_use]
    pub fn at(dir: impl AsRef<Path>) -> Self {
        let dir = dir.as_ref();
        Self {
            config: dir.join("config"),
            state: dir.join("state"),
        }
    }

    /// The same with another configuration directory.
    #[must_use]
    pub fn with_config(self, dir: impl AsRef<Path>) -> Self {
        Self {
            config: dir.as_ref().to_owned(),
            ..self
        }
    }

    /// The same with another state directory.
    #[must_use]
    pub fn with_state(self, dir: impl AsRef<Path>) -> Self {
        Self {
            state: dir.as_ref().to_owned(),
            ..self
        }
    }

    /// The saved rig.
    #[must_use]
    pub fn rig(&self) -> PathBuf {
        self.config.join("rig.toml")
    }

    /// Where saved presets are, one rig a file.
    #[must_use]
    pub fn presets(&self) -> PathBuf {
        self.config.join("presets")
    }

    /// What the user chose for the window.
    #[must_use]
    pub fn window(&self) -> PathBuf {
        self.config.join("window.toml")
    }

    /// What the user wants on the desktop.
    #[must_use]
    pub fn desktop(&self) -> PathBuf {
        self.config.join("desktop.toml")
    }

    /// Where the user's own themes are.
    #[must_use]
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// What was measured of the devices.
    #[must_use]
    pub fn measurements(&self) -> PathBuf {
        self.state.join("measurements.toml")
    }

    /// Where the event log files are.
    #[must_use]
    pub fn log_dir(&self) -> PathBuf {
        self.state.join("log")
    }
}

/// The usual file of a preset; any name is safe. Names that differ only in case,
/// marks or punctuation have the same.
pub(super) fn preset_in(dir: &Path, name: &str) -> PathBuf {
    let stem = match lookup::slug(name) {
        slug if slug.is_empty() => "preset".into(),
        slug => slug,
    };
    dir.join(format!("{stem}.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_under_the_given_directory() {
        let paths = Paths::at("/x");
        for path in [
            paths.rig(),
            paths.presets(),
            preset_in(&paths.presets(), "../../etc/passwd"),
            paths.window(),
            paths.desktop(),
            paths.measurements(),
            paths.log_dir(),
        ] {
            assert!(path.starts_with("/x"), "{}", path.display());
            assert!(!path.to_string_lossy().contains(".."));
        }
        assert_eq!(
            preset_in(&paths.presets(), "日本"),
            PathBuf::from("/x/config/presets/preset.toml")
        );
    }
}
