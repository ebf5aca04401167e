//! `inphase install` and `inphase uninstall`: every file that is written or
//! removed is printed, before it happens with `--dry-run`.

use std::os::unix::net::UnixStream;

use super::{Failure, out, program, table::Table};
use crate::desktop::realtime::has_rtkit;
use crate::install::{Outcome, Piece, State, Step, System, in_flatpak};
use crate::remote::Place;

/// Adds pieces; the menu entry where none is named.
///
/// # Errors
/// One sentence about what could not be added.
pub(super) fn install(pieces: &[Piece], dry_run: bool, list: bool) -> Result<(), Failure> {
    let system = system()?;
    if list {
        return out::print(&listed(&system));
    }
    let pieces = if pieces.is_empty() {
        &[Piece::Menu]
    } else {
        pieces
    };
    let mut refused = None;
    for piece in pieces {
        match system.state(*piece) {
            State::Impossible(why) => refused = refused.or(Some(why)),
            State::Needless(why) => out::print(&format!("{}: {why}", piece.title()))?,
            State::Added | State::Kept(_) | State::Absent => {}
        }
    }
    carry_out(&system, &system.add(pieces), dry_run)?;
    if let Some(why) = refused {
        return Err(Failure::Refused(why));
    }
    if dry_run {
        return Ok(());
    }
    for piece in pieces
        .iter()
        .filter(|of| system.state(**of) == State::Added)
    {
        if let Some(next) = next(*piece) {
            out::print(next)?;
        }
    }
    Ok(())
}

/// Removes pieces; all of them where none is named. With `purge` the rig and the
/// settings, too.
///
/// # Errors
/// One sentence about what could not be removed.
pub(super) fn uninstall(
    pieces: &[Piece],
    dry_run: bool,
    purge: bool,
    place: &Place,
) -> Result<(), Failure> {
    if purge && !dry_run && UnixStream::connect(place.socket()).is_ok() {
        return Err(Failure::Refused(
            "Inphase is running and would save its rig again. End it with `inphase quit`, then \
             try again."
                .into(),
        ));
    }
    let system = system()?;
    let pieces = if pieces.is_empty() {
        &Piece::ALL[..]
    } else {
        pieces
    };
    let mut steps = system.remove(pieces);
    if purge {
        steps.extend(system.forget());
    }
    let kept = pieces.iter().find_map(|piece| match system.state(*piece) {
        State::Kept(how) => Some(how),
        _ => None,
    });
    if steps.is_empty() && kept.is_none() {
        return out::print("There is nothing to remove.");
    }
    carry_out(&system, &steps, dry_run)?;
    if !dry_run && steps.contains(&Step::Remove(system.unit())) {
        // systemd stops no service for its unit being gone.
        out::print("If it still plays, end it now: systemctl --user stop inphase")?;
    }
    kept.map_or(Ok(()), |how| Err(Failure::Refused(how)))
}

fn system() -> Result<System, Failure> {
    if in_flatpak() {
        return Err(Failure::Refused(
            "Flatpak looks after Inphase here: it is in the menu already, and the desktop's \
             settings say what starts at log-in."
                .into(),
        ));
    }
    let nowhere = || {
        Failure::Refused("The system does not tell where Inphase is. Start it by its path.".into())
    };
    let program = program().ok_or_else(nowhere)?;
    System::of_user(program, has_rtkit()).map_err(|error| Failure::Refused(error.to_string()))
}

fn carry_out(system: &System, steps: &[Step], dry_run: bool) -> Result<(), Failure> {
    let mut closed = Ok(());
    let mut tell = |step: &Step, outcome| {
        let told = out::print(&step.words(outcome));
        // What was begun is finished, whoever reads.
        if closed.is_ok() {
            closed = told;
        }
    };
    if dry_run {
        steps.iter().for_each(|step| tell(step, Outcome::Would));
        return closed;
    }
    let done = system.carry_out(steps, |step| tell(step, Outcome::Done));
    done.map_err(|error| Failure::Refused(error.to_string()))?;
    closed
}

/// What is still to be done by hand.
fn next(piece: Piece) -> Option<&'static str> {
    match piece {
        Piece::Menu | Piece::Login => None,
        Piece::Background => {
            Some("It plays from the next log-in on. To begin now: systemctl --user start inphase")
        }
        Piece::Realtime => Some("Log in again for real-time priority."),
    }
}

fn listed(system: &System) -> String {
    let mut table = Table::new(&["PIECE", "STATE", ""]);
    for piece in Piece::ALL {
        let (state, why) = match system.state(piece) {
            State::Added => ("added", piece.sentence().to_owned()),
            State::Kept(how) => ("added", how),
            State::Absent => ("not added", piece.sentence().to_owned()),
            State::Needless(why) => ("not needed", why),
            State::Impossible(why) => ("not possible", why),
        };
        table.row(vec![piece.word().into(), state.into(), why]);
    }
    table.text()
}
