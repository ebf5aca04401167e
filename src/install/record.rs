//! What was not there before: directories that were made, and the copy of an
//! AppImage. Kept beside the measurements for as long as anything is added.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::store::{self, StoreError};

/// The record, and where it is kept.
#[derive(Debug)]
pub(super) struct Record {
    path: PathBuf,
    content: Content,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    /// Made by us, outer ones first.
    directories: Vec<PathBuf>,
    /// The program in the user's programs is our copy if it is still this file.
    copy: Option<Copied>,
}

/// A file as it was left; another in its place differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Copied {
    length: u64,
    /// In nanoseconds since 1970.
    modified: i64,
}

impl Copied {
    fn of(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        let seconds = file.mtime().saturating_mul(1_000_000_000);
        Some(Self {
            length: file.len(),
            modified: seconds.saturating_add(file.mtime_nsec()),
        })
    }
}

impl Record {
    /// Reads it; one that is not there or damaged is empty.
    pub(super) fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let content = toml::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!("{} is damaged: {error}", path.display());
            Content::default()
        });
        Self { path, content }
    }

    /// Whether the program that is there is our copy.
    pub(super) fn is_copy(&self, program: &Path) -> bool {
        self.content.copy.is_some() && self.content.copy == Copied::of(program)
    }

    /// The program was copied to here.
    pub(super) fn copied(&mut self, program: &Path) {
        self.content.copy = Copied::of(program);
    }

    /// There is no copy of ours any more.
    pub(super) fn no_copy(&mut self) {
        self.content.copy = None;
    }

    /// Makes the directories above a file.
    ///
    /// # Errors
    /// [`StoreError`] of the one that cannot be made.
    pub(super) fn make_directories(&mut self, file: &Path) -> Result<(), StoreError> {
        let above: Vec<&Path> = file.ancestors().skip(1).collect();
        for dir in above.into_iter().rev() {
            match fs::create_dir(dir) {
                Ok(()) => self.content.directories.push(dir.to_owned()),
                // Also what may not be made, such as the root, but is there.
                Err(_) if dir.is_dir() => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Err(StoreError::Other {
                        path: dir.to_owned(),
                        reason: "it is a file, and must be a directory".into(),
                    });
                }
                Err(error) => return Err(StoreError::of(dir, &error)),
            }
        }
        Ok(())
    }

    /// Saves it, and removes directories that are empty now. When nothing is added
    /// any more, it goes itself.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be saved.
    pub(super) fn keep(mut self, nothing_left: bool) -> Result<(), StoreError> {
        if nothing_left && self.content.copy.is_none() {
            match fs::remove_file(&self.path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StoreError::of(&self.path, &error));
                }
                _ => {}
            }
            self.sweep();
            return Ok(());
        }
        self.sweep();
        let path = self.path.clone();
        self.make_directories(&path)?;
        let text = toml::to_string(&self.content).map_err(|error| StoreError::Other {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        store::write(&path, text.as_bytes())
    }

    /// Removes our directories that are empty, inner ones first.
    fn sweep(&mut self) {
        let made = std::mem::take(&mut self.content.directories);
        let kept = made
            .into_iter()
            .rev()
            .filter(|dir| fs::remove_dir(dir).is_err());
        let mut kept: Vec<_> = kept.filter(|dir| dir.is_dir()).collect();
        kept.reverse();
        self.content.directories = kept;
    }
}
