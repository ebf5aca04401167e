//! The command line: sub-commands and their plain and JSON output.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 wrong usage. Results go to standard
//! output, problems to standard error in one sentence that says what to do next.
//! A reader that closes our output early (`inphase events | head -1`) is no problem.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};
use tokio::runtime::{Builder, Runtime};

use crate::install::app_image;
use crate::remote::{Place, RemoteError};
use args::{Action, Cli};

mod args;
mod bluetooth;
mod control;
mod generate;
mod install;
mod launch;
mod log;
mod names;
mod out;
mod parse;
mod play;
#[cfg(test)]
mod reference;
mod room;
mod session;
mod show;
mod sources;
mod table;
mod usage;
#[cfg(feature = "window")]
mod window;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    match start() {
        Ok(()) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(Failure::Refused(message)) => {
            out::problem(&message);
            ExitCode::from(1)
        }
        Err(Failure::Nobody(socket)) => {
            out::problem(&nobody(&socket));
            ExitCode::from(1)
        }
        Err(Failure::Misused(message)) => {
            out::problem(&message);
            ExitCode::from(2)
        }
        Err(Failure::Grammar(error)) => {
            let words: Vec<String> = env::args().skip(1).collect();
            match usage::sentence(&error, &words) {
                Some(message) => out::problem(&message),
                // Help that was asked for, or that a lone `inphase zone` gets.
                None => drop(error.print()),
            }
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}

/// That no instance answers: at the user's own socket or at another one.
fn nobody(socket: &Path) -> String {
    if socket == Place::of_user().socket() {
        return RemoteError::NotRunning.to_string();
    }
    let socket = socket.display();
    format!(
        "Nothing answers at {socket}. Check the path, or start an instance there with \
         `inphase --socket {socket} run`."
    )
}

/// Why a command ends without success.
#[derive(Debug)]
enum Failure {
    /// One sentence for the user; exit code 1.
    Refused(String),
    /// Wrong usage that the grammar alone cannot see: one sentence; exit code 2.
    Misused(String),
    /// Wrong usage, as clap sees it; exit code 2, or 0 for `--help`.
    Grammar(Box<clap::Error>),
    /// No instance answers at this socket; exit code 1.
    Nobody(PathBuf),
    /// Nobody reads our output any more; not an error.
    Closed,
}

impl Failure {
    fn misused(message: impl std::fmt::Display) -> Self {
        Self::Misused(message.to_string())
    }
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::Grammar(Box::new(error))
    }
}

fn start() -> Result<(), Failure> {
    let matches = Cli::command().try_get_matches()?;
    let cli = Cli::from_arg_matches(&matches)?;
    let given = cli.socket.is_some();
    let place = cli.socket.map_or_else(Place::of_user, Place::at);
    match cli.action {
        Some(action) if cli.demo => ask_demo(action, given, &place),
        Some(action) => carry_out(action, &matches, &place),
        None => open_window(cli.demo, given, &place),
    }
}

fn carry_out(action: Action, matches: &ArgMatches, place: &Place) -> Result<(), Failure> {
    match action {
        Action::Devices { json, demo } => devices(json, demo),
        Action::Play(play) => {
            let own = matches.subcommand_matches("play").unwrap_or(matches);
            play::play(&play, own, place)
        }
        Action::Run(run) => session::run(&run, place),
        Action::Room { scenario, json } => out::print(&room::run(&scenario, json)?),
        Action::Install {
            pieces,
            dry_run,
            list,
        } => install::install(&pieces, dry_run, list),
        Action::Uninstall {
            pieces,
            dry_run,
            purge,
        } => install::uninstall(&pieces, dry_run, purge, place),
        Action::Completions { shell } => out::print(&generate::completions(shell)),
        Action::Man { dir } => generate::man(dir.as_deref()),
        other => runtime()?.block_on(control::carry_out(other, place)),
    }
}

/// `inphase --demo COMMAND`: the command goes to the demo that a window shows.
fn ask_demo(action: Action, given: bool, place: &Place) -> Result<(), Failure> {
    match action {
        Action::Devices { .. } | Action::Run(_) => Err(Failure::misused(
            "Write --demo behind the command, such as `inphase run --demo`.",
        )),
        Action::Play(_)
        | Action::Room { .. }
        | Action::Install { .. }
        | Action::Uninstall { .. }
        | Action::Completions { .. }
        | Action::Man { .. } => Err(Failure::misused(
            "This command asks no running instance. Leave --demo out.",
        )),
        other => {
            let demo = if given { place.clone() } else { place.demo() };
            let asked = runtime()?.block_on(control::carry_out(other, &demo));
            asked.map_err(|failure| match failure {
                Failure::Nobody(_) if !given => Failure::Refused(
                    "No window shows the demo. Open one with `inphase --demo`.".into(),
                ),
                other => other,
            })
        }
    }
}

#[cfg(feature = "window")]
fn open_window(demo: bool, given: bool, place: &Place) -> Result<(), Failure> {
    window::open(demo, given, place)
}

#[cfg(not(feature = "window"))]
fn open_window(_demo: bool, _given: bool, _place: &Place) -> Result<(), Failure> {
    Err(Failure::Refused(
        "This inphase was built without its window. Use `inphase run` to play without one.".into(),
    ))
}

/// This program, as it can be started again: an AppImage's own file is inside of
/// a mount that goes with the window.
fn program() -> Option<PathBuf> {
    app_image().or_else(|| env::current_exe().ok())
}

fn devices(json: bool, demo: bool) -> Result<(), Failure> {
    let listing = launch::devices(demo);
    let text = if json {
        out::json(&listing.devices)
    } else {
        show::devices(&listing.devices)
    };
    out::print(&text)?;
    for problem in &listing.problems {
        out::problem(&problem.to_string());
    }
    Ok(())
}

fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::Refused(format!(
                "The system gives no event loop: {error}. Close some programs, then try again."
            ))
        })
}

#[cfg(test)]
mod tests;
