//! Replacing a file whole: after a crash, a full disk or a power cut there is
//! either the old or the new content, never a part of one.

use std::{
    fs::{self, File},
    io::{Error, ErrorKind, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

/// Why a file could not be saved. The earlier file is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No space, or the user's share is used up.
    #[error("The disk is full, so {} was not saved. Free some space and save again.", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The disk cannot be written to.
    #[error("{} is on a read-only disk and was not saved. Make the disk writable and save again.", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// No permission.
    #[error("No permission to save {}. Check who owns it and its directory.", path.display())]
    Permission {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{} could not be saved: {reason}. Check the disk and save again.", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// It is there and cannot be read; it stays as it is.
    #[error("{} cannot be read: {reason}. {next}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
        /// What to do.
        next: String,
    },
    /// There is no such file.
    #[error("{} is not there any more. Look whether it was moved or deleted.", path.display())]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// Another preset has the name.
    #[error("A preset named {name} exists already. Choose another name.")]
    Taken {
        /// The name.
        name: String,
    },
    /// The file holds nothing of a rig.
    #[error("{} is no rig of Inphase. Choose a file that was exported here.", path.display())]
    NotARig {
        /// The file.
        path: PathBuf,
    },
    /// No home directory is known.
    #[error("Your home directory is not known. Set HOME and start again.")]
    NoHome,
}

impl StoreError {
    /// Why a file that is there cannot be read, and how it becomes readable.
    #[must_use]
    pub fn unreadable(path: &Path, error: &Error) -> Self {
        let shown = path.display();
        let (reason, next) = match error.kind() {
            ErrorKind::PermissionDenied => (
                "you may not read it".into(),
                format!(
                    "Make it yours with `sudo chown $USER {shown}` and `chmod u+rw {shown}`, \
                     or move it away, then start again."
                ),
            ),
            ErrorKind::IsADirectory => (
                "it is a directory".into(),
                "Move it away, then start again.".into(),
            ),
            _ => (
                error.to_string(),
                "Check the disk, or move the file away, then start again.".into(),
            ),
        };
        Self::Unreadable {
            path: path.to_owned(),
            reason,
            next,
        }
    }

    /// What the system's error means for this file.
    #[must_use]
    pub fn of(path: &Path, error: &Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            ErrorKind::PermissionDenied => Self::Permission { path },
            _ => Self::Other {
                path,
                reason: error.to_string(),
            },
        }
    }
}

/// Replaces a file's content whole and waits until it is on the disk. Missing
/// directories are made; a symbolic link stays and its target is replaced; the
/// permissions of an existing file are kept, a new one is the user's alone.
///
/// # Errors
/// [`StoreError`]; the earlier file is then as it was.
pub fn write(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    replace(path, content).map_err(|error| StoreError::of(path, &error))
}

fn replace(path: &Path, content: &[u8]) -> Result<(), Error> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let dir = match target.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    };
    fs::create_dir_all(dir)?;
    let mut file = NamedTempFile::new_in(dir)?;
    if let Ok(earlier) = fs::metadata(&target) {
        file.as_file().set_permissions(earlier.permissions())?;
    }
    fill(file.as_file_mut(), content)?;
    drop(file.persist(&target).map_err(|error| error.error)?);
    // The rename itself is on the disk only when the directory is. Some file
    // systems cannot do this; the file is whole either way.
    let _ = File::open(dir).and_then(|dir| dir.sync_all());
    Ok(())
}

fn fill(file: &mut File, content: &[u8]) -> Result<(), Error> {
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{
        os::unix::fs::{PermissionsExt, symlink},
        process::Command,
    };

    use super::*;

    #[test]
    fn the_whole_content_is_replaced_and_nothing_is_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/rig.toml");
        write(&path, b"one").unwrap();
        write(&path, b"2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn links_and_permissions_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }

    #[test]
    fn a_file_of_another_user_is_told_with_the_way_to_get_it_back() {
        let error = StoreError::unreadable(
            Path::new("/home/ann/rig.toml"),
            &ErrorKind::PermissionDenied.into(),
        );
        assert_eq!(
            error.to_string(),
            "/home/ann/rig.toml cannot be read: you may not read it. Make it yours with \
             `sudo chown $USER /home/ann/rig.toml` and `chmod u+rw /home/ann/rig.toml`, \
             or move it away, then start again."
        );
    }

    #[test]
    fn a_full_device_is_told_as_a_full_disk() {
        let mut full = File::options().write(true).open("/dev/full").unwrap();
        let error = fill(&mut full, b"x").unwrap_err();
        assert_eq!(
            StoreError::of(Path::new("rig.toml"), &error).to_string(),
            "The disk is full, so rig.toml was not saved. Free some space and save again."
        );
    }

    #[test]
    fn a_directory_nobody_may_write_to_is_told_so() {
        // Not even root may make files there.
        let error = write(Path::new("/proc/self/inphase/rig.toml"), b"x").unwrap_err();
        assert!(
            error.to_string().contains("/proc/self/inphase/rig.toml"),
            "{error}"
        );
        let error = write(Path::new("/sys/kernel/rig.toml"), b"x").unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Permission { .. } | StoreError::ReadOnly { .. }
            ),
            "{error}"
        );
    }

    /// Runs [`inside_a_small_disk`] with a 64 kB disk of its own, where the
    /// system lets a user mount one.
    #[test]
    fn a_full_or_read_only_disk_leaves_the_earlier_file() {
        let dir = tempfile::tempdir().unwrap();
        let script = "mount -t tmpfs -o size=64k inphase \"$SMALL_DISK\" || exit 77; exec \"$0\" \
                      --exact store::atomic::tests::inside_a_small_disk --ignored";
        let run = Command::new("unshare")
            .args(["-r", "-m", "sh", "-c", script])
            .arg(std::env::current_exe().unwrap())
            .env("SMALL_DISK", dir.path())
            .output();
        let Ok(output) = run else {
            println!("skipped: no unshare here");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        if !text.contains("running 1 test") {
            println!("skipped: no disk of one's own here");
            return;
        }
        assert!(output.status.success(), "{text}");
    }

    #[test]
    #[ignore = "run by a_full_or_read_only_disk_leaves_the_earlier_file on a disk of 64 kB"]
    fn inside_a_small_disk() {
        let disk = PathBuf::from(std::env::var_os("SMALL_DISK").unwrap());
        let path = disk.join("rig.toml");
        write(&path, b"earlier").unwrap();
        let error = write(&path, &vec![b'x'; 1 << 20]).unwrap_err();
        assert_eq!(error, StoreError::Full { path: path.clone() });
        assert_eq!(fs::read(&path).unwrap(), b"earlier");
        assert_eq!(
            fs::read_dir(&disk).unwrap().count(),
            1,
            "a part was left over"
        );

        let again = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(&disk)
            .status();
        assert!(again.unwrap().success());
        let error = write(&path, b"x").unwrap_err();
        assert_eq!(error, StoreError::ReadOnly { path: path.clone() });
        assert_eq!(fs::read(&path).unwrap(), b"earlier");
    }
}
