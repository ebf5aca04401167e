//! One thing that is done, in words and in fact.

use std::borrow::Cow;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::record::Record;
use crate::store::{self, StoreError};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Writes a file.
    Write {
        /// Where.
        path: PathBuf,
        /// What.
        content: Cow<'static, [u8]>,
    },
    /// Copies the program.
    Copy {
        /// From here.
        from: PathBuf,
        /// To here.
        to: PathBuf,
    },
    /// Makes a symbolic link.
    Link {
        /// Where.
        path: PathBuf,
        /// What it leads to.
        to: PathBuf,
    },
    /// Removes a file.
    Remove(PathBuf),
    /// Removes the copy of the program.
    RemoveCopy(PathBuf),
    /// Removes a directory with everything in it.
    Forget(PathBuf),
    /// Tells systemd that units have changed. One that does not run needs not know.
    Reload {
        /// The program that tells it.
        manager: PathBuf,
    },
    /// Writes a system file, as root.
    Allow {
        /// The program that asks for the password.
        elevate: PathBuf,
        /// Where.
        path: PathBuf,
        /// What.
        text: String,
    },
    /// Removes a system file, as root.
    Deny {
        /// The program that asks for the password.
        elevate: PathBuf,
        /// Where.
        path: PathBuf,
    },
}

/// What a step does, before or after it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It would be done.
    Would,
    /// It was done.
    Done,
}

impl Step {
    pub(super) fn write(path: &Path, content: impl Content) -> Self {
        Self::Write {
            path: path.to_owned(),
            content: content.bytes(),
        }
    }

    /// In one line, such as `Wrote /home/me/.config/autostart/inphase.desktop`.
    #[must_use]
    pub fn words(&self, outcome: Outcome) -> String {
        let done = outcome == Outcome::Done;
        let verb = |would: &'static str, did: &'static str| if done { did } else { would };
        match self {
            Self::Write { path, .. } => {
                format!("{} {}", verb("Would write", "Wrote"), path.display())
            }
            Self::Copy { from, to } => format!(
                "{} {} to {}",
                verb("Would copy", "Copied"),
                from.display(),
                to.display()
            ),
            Self::Link { path, to } => format!(
                "{} {} to {}",
                verb("Would link", "Linked"),
                path.display(),
                to.display()
            ),
            Self::Remove(path) | Self::RemoveCopy(path) | Self::Forget(path) => {
                format!("{} {}", verb("Would remove", "Removed"), path.display())
            }
            Self::Reload { .. } => verb("Would tell systemd of it", "Told systemd of it").into(),
            Self::Allow { path, text, .. } => {
                let lines: String = text.lines().map(|line| format!("\n    {line}")).collect();
                let verb = verb("Would write, with your password,", "Wrote");
                format!("{verb} {}:{lines}", path.display())
            }
            Self::Deny { path, .. } => format!(
                "{} {}",
                verb("Would remove, with your password,", "Removed"),
                path.display()
            ),
        }
    }

    pub(super) fn carry_out(&self, record: &mut Record) -> Result<(), StoreError> {
        match self {
            Self::Write { path, content } => {
                record.make_directories(path)?;
                store::write(path, content)?;
                // Others may read it, as every entry of a menu.
                readable(path, 0o644)
            }
            Self::Copy { from, to } => {
                record.make_directories(to)?;
                copy(from, to, record.is_copy(to))?;
                record.copied(to);
                Ok(())
            }
            Self::Link { path, to } => {
                record.make_directories(path)?;
                gone(path, fs::remove_file(path))?;
                symlink(to, path).map_err(|error| StoreError::of(path, &error))
            }
            Self::Remove(path) => gone(path, fs::remove_file(path)),
            Self::RemoveCopy(path) => {
                if record.is_copy(path) {
                    gone(path, fs::remove_file(path))?;
                }
                record.no_copy();
                Ok(())
            }
            Self::Forget(path) => gone(path, fs::remove_dir_all(path)),
            Self::Reload { manager } => {
                let told = Command::new(manager)
                    .args(["--user", "daemon-reload"])
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status();
                if let Err(error) = told {
                    tracing::debug!("systemd is not told: {error}");
                }
                Ok(())
            }
            Self::Allow {
                elevate,
                path,
                text,
            } => {
                let mut command = Command::new(elevate);
                let _set = command.args(["install", "-D", "-m", "644", "/dev/stdin"]);
                let _set = command.arg(path);
                as_root(command, path, text)
            }
            Self::Deny { elevate, path } => {
                let mut command = Command::new(elevate);
                let _set = command.args(["rm", "-f"]).arg(path);
                as_root(command, path, "")
            }
        }
    }
}

/// What a file may be made of.
pub(super) trait Content {
    fn bytes(self) -> Cow<'static, [u8]>;
}

impl Content for String {
    fn bytes(self) -> Cow<'static, [u8]> {
        self.into_bytes().into()
    }
}

impl Content for &'static [u8] {
    fn bytes(self) -> Cow<'static, [u8]> {
        self.into()
    }
}

/// Copies a program beside its place first: the one that runs from there is not
/// disturbed.
fn copy(from: &Path, to: &Path, ours: bool) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::of(to, &error);
    if to.exists() && !ours {
        return Err(StoreError::Other {
            path: to.to_owned(),
            reason: "another program is there, move it away first".into(),
        });
    }
    let dir = to.parent().unwrap_or(Path::new("/"));
    let mut beside = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    let mut source = fs::File::open(from).map_err(|error| StoreError::of(from, &error))?;
    let _bytes = io::copy(&mut source, &mut beside).map_err(failed)?;
    let file = beside.persist(to).map_err(|error| failed(error.error))?;
    file.set_permissions(Permissions::from_mode(0o755))
        .map_err(failed)
}

fn readable(path: &Path, mode: u32) -> Result<(), StoreError> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(|error| StoreError::of(path, &error))
}

/// What was gone already is gone.
fn gone(path: &Path, removed: io::Result<()>) -> Result<(), StoreError> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::of(path, &error)),
        _ => Ok(()),
    }
}

fn as_root(mut command: Command, path: &Path, input: &str) -> Result<(), StoreError> {
    let other = |reason: String| StoreError::Other {
        path: path.to_owned(),
        reason,
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| other(error.to_string()))?;
    let written = child
        .stdin
        .take()
        .map(|mut pipe| pipe.write_all(input.as_bytes()));
    let status = child.wait().map_err(|error| other(error.to_string()))?;
    match (status.code(), written) {
        (Some(0), Some(Ok(())) | None) => Ok(()),
        // As pkexec has it: dismissed, or not allowed.
        (Some(126 | 127), _) => Err(other("it was not allowed".into())),
        (_, Some(Err(error))) => Err(other(error.to_string())),
        (code, _) => Err(other(format!(
            "it ended with {}",
            code.map_or_else(|| "a signal".into(), |code| code.to_string())
        ))),
    }
}
