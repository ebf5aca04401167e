//! Where the control socket is, and who may have it: one instance per place.
//!
//! The instance lock is an advisory lock on `control.lock` beside the socket. The
//! system releases it when the process dies in whatever way, so a socket left
//! behind by a crash is recognised and replaced, and a living one never is.

use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::{
        fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
        net::UnixListener,
    },
    path::{Path, PathBuf},
};

use nix::unistd::Uid;

use super::RemoteError;

/// The longest path a Unix socket can have, without the closing zero.
const MAX_PATH: usize = 107;

/// A control socket's path and its lock file's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    socket: PathBuf,
    lock: PathBuf,
}

impl Place {
    /// The user's own place, from `XDG_RUNTIME_DIR` or what replaces it.
    #[must_use]
    pub fn of_user() -> Self {
        let uid = Uid::current().as_raw();
        let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        Self::at(directory(runtime, uid, Path::is_dir).join("control.sock"))
    }

    /// The socket at a path of the user's choice.
    #[must_use]
    pub fn at(socket: PathBuf) -> Self {
        let lock = socket.with_extension("lock");
        Self { socket, lock }
    }

    /// The demo's place, beside this one.
    #[must_use]
    pub fn demo(&self) -> Self {
        Self::at(self.socket.with_file_name("demo.sock"))
    }

    /// The socket's path.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The process that has this place, if it told.
    #[must_use]
    pub fn holder(&self) -> Option<u32> {
        fs::read_to_string(&self.lock).ok()?.trim().parse().ok()
    }

    fn error(&self, error: &io::Error) -> RemoteError {
        self.refused(error.to_string())
    }

    fn refused(&self, reason: String) -> RemoteError {
        RemoteError::Place {
            path: self.socket.display().to_string(),
            reason,
            next: "Choose another with `--socket PATH`.",
        }
    }
}

/// The directory of the socket: the first of the runtime directory, the
/// system's usual one, and a private one in `/tmp`.
fn directory(runtime: Option<PathBuf>, uid: u32, exists: impl Fn(&Path) -> bool) -> PathBuf {
    let usual = PathBuf::from(format!("/run/user/{uid}"));
    runtime
        .filter(|path| path.is_absolute() && exists(path))
        .or_else(|| exists(&usual).then_some(usual))
        .map_or_else(
            || PathBuf::from(format!("/tmp/inphase-{uid}")),
            |path| path.join("inphase"),
        )
}

/// The right to listen at a place; removes the socket when dropped.
#[derive(Debug)]
pub struct Claim {
    listener: UnixListener,
    socket: PathBuf,
    // Held, not used: closing it gives the place back.
    _lock: File,
}

impl Claim {
    /// Takes the place, replacing what a crashed instance left behind.
    ///
    /// # Errors
    /// [`RemoteError::AlreadyRunning`] if another instance lives there, else
    /// what the system says about the directory or the socket.
    pub fn take(place: &Place) -> Result<Self, RemoteError> {
        if place.socket.as_os_str().len() > MAX_PATH {
            return Err(place.refused(format!("its path is longer than {MAX_PATH} bytes")));
        }
        private_directory(place)?;
        let lock = locked(place)?;
        match fs::remove_file(&place.socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(place.error(&error));
            }
            _ => {}
        }
        let listener = listen(&place.socket).map_err(|error| place.error(&error))?;
        Ok(Self {
            listener,
            socket: place.socket.clone(),
            _lock: lock,
        })
    }

    /// A second descriptor of the listening socket, non-blocking.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn listener(&self) -> io::Result<UnixListener> {
        self.listener.try_clone()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // The lock is still held here, so this can only be our own socket.
        let _gone = fs::remove_file(&self.socket);
    }
}

fn listen(socket: &Path) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(socket)?;
    fs::set_permissions(socket, Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Makes the socket's directory, for this user alone, or checks that it is so.
fn private_directory(place: &Place) -> Result<(), RemoteError> {
    let Some(path) = place.socket.parent().filter(|path| *path != Path::new("")) else {
        return Ok(());
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| place.error(&error))?;
    let found = fs::symlink_metadata(path).map_err(|error| place.error(&error))?;
    let ours = found.is_dir() && found.uid() == Uid::current().as_raw();
    if !ours {
        return Err(place.refused(format!("{} is not a directory of your own", path.display())));
    }
    // Another user could replace the socket in a directory open to writing.
    if found.mode() & 0o022 != 0 {
        return Err(place.refused(format!("others may write to {}", path.display())));
    }
    Ok(())
}

fn locked(place: &Place) -> Result<File, RemoteError> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&place.lock)
        .map_err(|error| place.error(&error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _bytes = file.read_to_string(&mut text);
            return Err(RemoteError::AlreadyRunning {
                pid: text.trim().parse().ok(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(place.error(&error)),
    }
    write_process(&mut file).map_err(|error| place.error(&error))?;
    Ok(file)
}

fn write_process(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    file.flush()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::net::UnixStream;

    use super::*;

    fn place() -> (tempfile::TempDir, Place) {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::at(directory.path().join("inphase/control.sock"));
        (directory, place)
    }

    #[test]
    fn the_runtime_directory_is_used_then_the_usual_then_tmp() {
        let all = |_: &Path| true;
        let none = |_: &Path| false;
        let table = [
            (Some("/x/run"), true, "/x/run/inphase"),
            (Some(""), true, "/run/user/7/inphase"),
            (Some("relative"), true, "/run/user/7/inphase"),
            (None, true, "/run/user/7/inphase"),
            (Some("/x/run"), false, "/tmp/inphase-7"),
            (None, false, "/tmp/inphase-7"),
        ];
        for (runtime, exists, expected) in table {
            let runtime = runtime.map(PathBuf::from);
            let found = if exists {
                directory(runtime, 7, all)
            } else {
                directory(runtime, 7, none)
            };
            assert_eq!(found, PathBuf::from(expected));
        }
    }

    #[test]
    fn socket_and_directory_are_for_the_user_alone() {
        let (_directory, place) = place();
        let _claim = Claim::take(&place).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(place.socket()), 0o600);
        assert_eq!(mode(place.socket().parent().unwrap()), 0o700);
        assert_eq!(mode(&place.lock), 0o600);
    }

    #[test]
    fn a_second_instance_is_refused_and_the_first_one_goes_on() {
        let (_directory, place) = place();
        let claim = Claim::take(&place).unwrap();
        assert_eq!(
            Claim::take(&place).unwrap_err(),
            RemoteError::AlreadyRunning {
                pid: Some(std::process::id())
            }
        );
        assert_eq!(place.holder(), Some(std::process::id()));
        let _still_listening = UnixStream::connect(place.socket()).unwrap();
        drop(claim);
        assert!(!place.socket().exists());
        let _claim = Claim::take(&place).unwrap();
    }

    #[test]
    fn a_socket_left_by_a_crash_is_taken_over() {
        let (_directory, place) = place();
        fs::create_dir(place.socket().parent().unwrap()).unwrap();
        fs::set_permissions(
            place.socket().parent().unwrap(),
            Permissions::from_mode(0o700),
        )
        .unwrap();
        drop(UnixListener::bind(place.socket()).unwrap());
        fs::write(&place.lock, "999999\n").unwrap();
        assert!(UnixStream::connect(place.socket()).is_err());
        let _claim = Claim::take(&place).unwrap();
        let _connected = UnixStream::connect(place.socket()).unwrap();
        assert_eq!(place.holder(), Some(std::process::id()));
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let (_directory, place) = place();
        let parent = place.socket().parent().unwrap();
        fs::create_dir(parent).unwrap();
        fs::set_permissions(parent, Permissions::from_mode(0o777)).unwrap();
        let error = Claim::take(&place).unwrap_err().to_string();
        assert!(error.contains("others may write"), "{error}");
        assert!(error.ends_with("Choose another with `--socket PATH`."));
    }

    #[test]
    fn a_path_too_long_for_a_socket_says_so() {
        let place = Place::at(PathBuf::from(format!("/tmp/{}/c.sock", "x".repeat(120))));
        let error = Claim::take(&place).unwrap_err().to_string();
        assert!(error.contains("longer than 107 bytes"), "{error}");
    }
}
