//! The head of a type 2 AppImage. Guarantees:
//!
//! * Nothing on the host is needed but a kernel: it is static, and speaks FUSE itself. Where
//!   FUSE is not to be had it unpacks the image to a temporary directory instead.
//! * The program takes this process over, so its exit code, signals and process id are those
//!   the caller sees. A helper process serves the files.
//! * The files stay as long as any process that the program started lives, and go with the
//!   last one, also after a crash.
//! * A program that starts `$APPIMAGE` again shares the files that are there already.
//!
//! What it does for whom is described at <https://docs.appimage.org>, type 2.

mod files;
mod image;
mod life;
mod mount;

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use image::Image;
use life::Shared;

/// One sentence for the person at the terminal.
pub type Failure = String;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{failure}");
            // As a shell says it of a program that cannot be started.
            ExitCode::from(126)
        }
    }
}

fn run() -> Result<(), Failure> {
    let mut arguments: Vec<OsString> = env::args_os().skip(1).collect();
    if let Some(role) = env::var_os(life::ROLE) {
        return life::serve(&role, arguments);
    }
    let itself = env::current_exe().map_err(|error| {
        format!("This AppImage cannot find its own file: {error}. Is /proc mounted?")
    })?;
    let image = Image::at(&itself)?;

    let option = arguments.first().and_then(|first| first.to_str());
    let option = option.and_then(|first| first.strip_prefix("--appimage-"));
    let mut unpacked = env::var_os("APPIMAGE_EXTRACT_AND_RUN").is_some_and(|it| !it.is_empty());
    match option {
        None => {}
        Some("extract-and-run") => {
            let _option = arguments.remove(0);
            unpacked = true;
        }
        Some("help") => return say(HELP),
        Some("version") => return say(concat!("appimage-runtime ", env!("CARGO_PKG_VERSION"))),
        Some("offset") => return say(&image.offset.to_string()),
        Some("updateinfo" | "updateinformation") => return say(&image.section(".upd_info")?),
        Some("signature") => return say(&image.section(".sha256_sig")?),
        Some("extract") => {
            let pattern = arguments.get(1).and_then(|pattern| pattern.to_str());
            return files::extract(&image, Path::new("squashfs-root"), pattern);
        }
        Some("mount") => return life::show(&itself),
        Some(portable @ ("portable-home" | "portable-config")) => {
            let place = beside(&itself, portable.trim_start_matches("portable-"));
            return std::fs::create_dir_all(&place)
                .map_err(|error| format!("{} cannot be made: {error}.", place.display()));
        }
        Some(other) => {
            return Err(format!(
                "--appimage-{other} is not known. See --appimage-help."
            ));
        }
    }

    let shared = Shared::find(&itself).map_or_else(|| Shared::start(&itself, unpacked), Ok)?;
    let program = shared.directory.join("AppRun");
    let mut command = Command::new(&program);
    let _ = command
        .args(arguments)
        .env("APPIMAGE", &itself)
        .env("APPDIR", &shared.directory)
        .env(life::SHARED, &shared.name)
        .env("ARGV0", env::args_os().next().unwrap_or_default());
    if let Ok(place) = env::current_dir() {
        let _ = command.env("OWD", place);
    }
    if unpacked {
        let _ = command.env("APPIMAGE_EXTRACT_AND_RUN", "1");
    }
    for (ending, variable) in [("home", "HOME"), ("config", "XDG_CONFIG_HOME")] {
        let place = beside(&itself, ending);
        if place.is_dir() {
            let _ = command.env(variable, place);
        }
    }
    let error = command.exec();
    Err(format!("{} cannot be started: {error}.", program.display()))
}

/// `Some.AppImage.home` and the like.
fn beside(itself: &Path, ending: &str) -> PathBuf {
    let mut name = itself.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn say(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{}", text.trim_end())
        .map_err(|error| format!("The answer cannot be written: {error}."))
}

const HELP: &str = "\
All options but these go to the program inside:

  --appimage-extract [PATTERN]  unpack into ./squashfs-root, PATTERN like 'usr/share/*'
  --appimage-extract-and-run    run unpacked, as APPIMAGE_EXTRACT_AND_RUN=1 does; chosen by
                                itself where FUSE is not to be had
  --appimage-mount              show the files until Ctrl+C, and print where
  --appimage-offset             print where the image begins in this file
  --appimage-updateinfo         print where newer versions are
  --appimage-signature          print the embedded signature
  --appimage-portable-home      keep the home directory beside this file
  --appimage-portable-config    keep the settings beside this file
  --appimage-version            print the version of this runtime
  --appimage-help               print this";
