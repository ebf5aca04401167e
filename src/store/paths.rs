//! Where the files are: the XDG directories, or one directory for everything.

use std::{
    fs,
    io::{Error, ErrorKind},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use super::atomic::StoreError;
use crate::rig::lookup;

/// The directories in use. None of them need exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    state: PathBuf,
    runtime: PathBuf,
}

impl Paths {
    /// By XDG: `~/.config/inphase`, `~/.local/state/inphase` and
    /// `$XDG_RUNTIME_DIR/inphase`, or without the latter `/tmp/inphase-UID`.
    ///
    /// # Errors
    /// When the user has no home directory.
    pub fn system() -> Result<Self, StoreError> {
        let dirs = ProjectDirs::from("", "", "inphase").ok_or(StoreError::NoHome)?;
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
        let user = nix::unistd::Uid::effective();
        Ok(Self {
            config: dirs.config_dir().to_owned(),
            state: state.to_owned(),
            runtime: dirs.runtime_dir().map_or_else(
                || std::env::temp_dir().join(format!("inphase-{user}")),
                Path::to_owned,
            ),
        })
    }

    /// Everything under one directory.
    #[must_use]
    pub fn at(dir: impl AsRef<Path>) -> Self {
        let dir = dir.as_ref();
        Self {
            config: dir.join("config"),
            state: dir.join("state"),
            runtime: dir.join("run"),
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

    /// The file of a preset; any name is safe, and names that differ only in
    /// case, marks or punctuation share a file.
    #[must_use]
    pub fn preset(&self, name: &str) -> PathBuf {
        let stem = match lookup::slug(name) {
            slug if slug.is_empty() => "preset".into(),
            slug => slug,
        };
        self.presets().join(format!("{stem}.toml"))
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

    /// The control socket. Call [`Paths::prepare_runtime`] before binding it.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.runtime.join("control.sock")
    }

    /// The lock that only one instance holds.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.runtime.join("lock")
    }

    /// Makes the runtime directory, for this user alone (mode 0700).
    ///
    /// # Errors
    /// When it cannot be made, or is not this user's alone: in a directory
    /// that others may write to, somebody could have put it there.
    pub fn prepare_runtime(&self) -> Result<(), StoreError> {
        let fail = |error: Error| StoreError::of(&self.runtime, &error);
        if let Some(parent) = self.runtime.parent() {
            fs::create_dir_all(parent).map_err(fail)?;
        }
        match fs::DirBuilder::new().mode(0o700).create(&self.runtime) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(fail(error)),
            _ => {}
        }
        let meta = fs::symlink_metadata(&self.runtime).map_err(fail)?;
        let mine = meta.uid() == nix::unistd::Uid::effective().as_raw();
        if meta.is_dir() && mine && meta.mode() & 0o077 == 0 {
            Ok(())
        } else {
            Err(StoreError::NotPrivate {
                path: self.runtime.clone(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn everything_is_under_the_given_directory() {
        let paths = Paths::at("/x");
        for path in [
            paths.rig(),
            paths.presets(),
            paths.preset("../../etc/passwd"),
            paths.measurements(),
            paths.log_dir(),
            paths.socket(),
            paths.lock(),
        ] {
            assert!(path.starts_with("/x"), "{}", path.display());
            assert!(!path.to_string_lossy().contains(".."));
        }
        assert_eq!(
            paths.preset("日本"),
            PathBuf::from("/x/config/presets/preset.toml")
        );
    }

    #[test]
    fn the_runtime_directory_is_for_the_user_alone() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::at(dir.path().join("deep"));
        paths.prepare_runtime().unwrap();
        paths.prepare_runtime().unwrap();
        let run = paths.socket().parent().unwrap().to_owned();
        assert_eq!(
            fs::metadata(&run).unwrap().permissions().mode() & 0o777,
            0o700
        );

        fs::set_permissions(&run, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(
            paths.prepare_runtime(),
            Err(StoreError::NotPrivate { .. })
        ));

        fs::remove_dir(&run).unwrap();
        symlink(dir.path(), &run).unwrap();
        assert!(matches!(
            paths.prepare_runtime(),
            Err(StoreError::NotPrivate { .. })
        ));
    }
}
