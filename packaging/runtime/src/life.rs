//! Who holds the files, and until when.
//!
//! A helper, this program again, shows or unpacks the files and reads from a pipe. The other
//! end is inherited by the program and all it starts; when the last of them has ended, the
//! pipe ends, and the helper clears up. It needs no list of processes and survives any crash.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _, pipe};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fuser::{Config, MountOption};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{SigSet, Signal};

use crate::image::Image;
use crate::mount::Tree;
use crate::{Failure, files};

/// Names a helper's work to it; not for people.
pub const ROLE: &str = "APPIMAGE_RUNTIME_ROLE";
/// Tells a program that starts this AppImage again which files are there already.
pub const SHARED: &str = "APPIMAGE_RUNTIME_SHARED";

/// The files, as long as this process or one that it starts or becomes lives.
#[derive(Debug)]
pub struct Shared {
    /// Where they are.
    pub directory: PathBuf,
    /// How to know them again: `AppImage pipe`.
    pub name: String,
}

impl Shared {
    /// The files of the process that started this one, if they are of the same AppImage.
    pub fn find(itself: &Path) -> Option<Self> {
        let name = env::var(SHARED).ok()?;
        let (image, hold) = name.split_once(' ')?;
        if image != identity(itself)? {
            return None;
        }
        // Without the inherited end of the pipe the files could go at any time.
        let descriptor = hold.split(':').next()?;
        let about = fs::metadata(format!("/proc/self/fd/{descriptor}")).ok()?;
        if hold != format!("{descriptor}:{}", about.ino()) {
            return None;
        }
        let directory = PathBuf::from(env::var_os("APPDIR")?);
        directory
            .join("AppRun")
            .exists()
            .then_some(Self { directory, name })
    }

    /// Starts a helper that shows the files, or unpacks them where it cannot or is told to.
    ///
    /// # Errors
    /// When neither can be done.
    pub fn start(itself: &Path, unpacked: bool) -> Result<Self, Failure> {
        if !unpacked && let Ok(shared) = Self::by("mount", itself) {
            return Ok(shared);
        }
        Self::by("unpack", itself)
    }

    fn by(role: &str, itself: &Path) -> Result<Self, Failure> {
        let directory = files::room(role == "unpack")?;
        let started = Self::helper(role, itself, &directory);
        if started.is_err() {
            let _ = fs::remove_dir(&directory);
        }
        started
    }

    fn helper(role: &str, itself: &Path, directory: &Path) -> Result<Self, Failure> {
        let wrong = |error: std::io::Error| format!("The AppImage's helper cannot start: {error}.");
        let (end, hold) = pipe().map_err(wrong)?;
        let mut helper = Command::new("/proc/self/exe")
            .arg0("appimage-files")
            .args([itself, directory])
            .env(ROLE, role)
            // Holds no directory, terminal or key press of the program's.
            .current_dir("/")
            .process_group(0)
            .stdin(end)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(wrong)?;
        let mut answer = String::new();
        if let Some(told) = helper.stdout.take() {
            let _length = BufReader::new(told).read_line(&mut answer).map_err(wrong)?;
        }
        if answer.trim_end() != READY {
            let _ = helper.wait();
            return Err(answer.trim_end().to_owned());
        }
        // From here on the program inherits it.
        let _ = fcntl(&hold, FcntlArg::F_SETFD(FdFlag::empty()))
            .map_err(|error| wrong(error.into()))?;
        let inode = fs::metadata(format!("/proc/self/fd/{}", hold.as_raw_fd()))
            .map_err(wrong)?
            .ino();
        let name = format!(
            "{} {}:{inode}",
            identity(itself).unwrap_or_default(),
            hold.as_raw_fd()
        );
        // Closed by no one but the end of the program.
        std::mem::forget(hold);
        Ok(Self {
            directory: directory.to_owned(),
            name,
        })
    }
}

/// A helper's work: make the files appear, say so, wait, clear up.
///
/// # Errors
/// Never: what goes wrong is told on standard output.
pub fn serve(role: &OsStr, mut arguments: Vec<OsString>) -> Result<(), Failure> {
    let directory = PathBuf::from(arguments.pop().unwrap_or_default());
    let itself = PathBuf::from(arguments.pop().unwrap_or_default());
    // Whoever ends the program in any way ends this one by the pipe, and only after it.
    let mut patient = SigSet::empty();
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        patient.add(signal);
    }
    let _ = patient.thread_block();
    let done = if role == "mount" {
        shown(&itself, &directory, wait)
    } else {
        unpacked(&itself, &directory)
    };
    if let Err(failure) = done {
        tell(&failure);
    }
    Ok(())
}

/// Shows the files until Ctrl+C.
///
/// # Errors
/// When FUSE is not to be had.
pub fn show(itself: &Path) -> Result<(), Failure> {
    let directory = files::room(false)?;
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        signals.add(signal);
    }
    let _ = signals.thread_block();
    let place = directory.display().to_string();
    let done = shown(itself, &directory, || {
        tell(&place);
        let _ = signals.wait();
    });
    done.inspect_err(|_| drop(fs::remove_dir(&directory)))
}

fn shown(itself: &Path, directory: &Path, wait: impl FnOnce()) -> Result<(), Failure> {
    let tree = Tree::new(Image::at(itself)?.open()?);
    let mut config = Config::default();
    config.mount_options = vec![
        MountOption::RO,
        MountOption::NoSuid,
        MountOption::NoDev,
        MountOption::DefaultPermissions,
        MountOption::FSName(
            itself
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .replace(',', "_"),
        ),
        MountOption::Subtype("inphase".to_owned()),
    ];
    let session = fuser::spawn_mount(tree, directory, &config)
        .map_err(|error| format!("FUSE cannot be used: {error}."))?;
    wait();
    // Whatever still uses a file, without having kept the pipe, may go on to do so: the
    // mount is taken out of sight now and ends with its last user.
    let flags = nix::mount::MntFlags::MNT_DETACH;
    if nix::mount::umount2(directory, flags).is_err() {
        let helpers = ["fusermount3", "fusermount"];
        let _ = helpers.iter().any(|helper| {
            let told = Command::new(helper)
                .args(["-u", "-z", "--"])
                .arg(directory)
                .status();
            told.is_ok_and(|status| status.success())
        });
    }
    if fs::remove_dir(directory).is_ok() {
        let _ = session.guard.join();
    }
    // Without dropping the session, which would try to unmount once more.
    std::process::exit(0);
}

fn unpacked(itself: &Path, directory: &Path) -> Result<(), Failure> {
    let clear = |_: &Failure| drop(fs::remove_dir_all(directory));
    files::extract(&Image::at(itself)?, directory, None).inspect_err(clear)?;
    wait();
    if env::var_os("NO_CLEANUP").is_none() {
        let _ = fs::remove_dir_all(directory);
    }
    Ok(())
}

/// Says that the files are there, and waits until no one needs them any more.
fn wait() {
    tell(READY);
    let mut nothing = [0];
    while std::io::stdin()
        .read(&mut nothing)
        .is_ok_and(|count| count > 0)
    {}
}

fn tell(text: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// One version of one AppImage: its place on the disk and when it was changed.
fn identity(itself: &Path) -> Option<String> {
    let about = fs::metadata(itself).ok()?;
    Some(format!(
        "{}:{}:{}.{}",
        about.dev(),
        about.ino(),
        about.mtime(),
        about.mtime_nsec()
    ))
}

const READY: &str = "ready";
