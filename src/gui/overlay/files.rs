//! Work on files, off the window's thread: presets, the entry for log-in, and
//! the desktop's dialog for files.

use std::path::PathBuf;

use iced::Task;

use super::Message;
use crate::desktop::Switches;
use crate::desktop::files::{Chosen, choose_files};
use crate::gui::action::{Action, Actions};
use crate::gui::app;
use crate::install::{Look, Piece, System};
use crate::rig::Rig;
use crate::store::presets::{PresetInfo, Presets};
use crate::store::{AtLogin, Autostart, StoreError, WindowFile};

/// What is to be done.
#[derive(Debug, Clone)]
pub(super) enum Job {
    /// List the presets.
    List,
    /// Save this rig under a name.
    Save(String, Box<Rig>),
    /// Read one, to load it into the engine.
    Load(PathBuf),
    /// Save it once more under another name.
    Duplicate(PathBuf, String),
    /// Give it another name.
    Rename(PathBuf, String),
    /// Remove it.
    Delete(PathBuf),
    /// Take over a file from anywhere.
    Import(PathBuf),
    /// Write it anywhere.
    Export(PathBuf, PathBuf),
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Filed {
    /// The presets as they are now, and what was done.
    Listed {
        /// All of them, by name.
        presets: Vec<PresetInfo>,
        /// What was done, in one sentence; empty for listing alone.
        said: String,
        /// What was deleted, to write it back.
        deleted: Option<Box<Rig>>,
    },
    /// A preset to load, and what could not be read of it.
    Loaded(Box<Rig>, Vec<String>),
    /// What is started at log-in now.
    AtLogin(AtLogin),
    /// What the user wants on the desktop now.
    Desktop(Switches),
    /// What is added to this computer now, and what could not be.
    Pieces(Box<System>, Option<String>),
    /// What came of the desktop's dialog.
    Chosen(Chosen),
    /// It did not work; one sentence.
    Failed(String),
}

impl Filed {
    /// What to do about it when the dialog is no longer open.
    pub(super) fn told_elsewhere(self) -> Actions {
        match self {
            Self::Failed(said) | Self::Pieces(_, Some(said)) => vec![Action::Toast(said)],
            Self::Listed { said, .. } if !said.is_empty() => vec![Action::Toast(said)],
            _ => Vec::new(),
        }
    }
}

/// Starts it.
pub(super) fn start(job: Job, dir: PathBuf) -> Action {
    blocking(move || carry_out(job, &Presets::at(dir)))
}

/// Looks what is started at log-in.
pub(super) fn ask_at_login(autostart: Autostart) -> Action {
    blocking(move || Filed::AtLogin(autostart.read()))
}

/// Has something else started at log-in: the copy of an AppImage where there is one.
pub(super) fn set_at_login(autostart: Autostart, look: Option<Look>, what: AtLogin) -> Action {
    blocking(move || {
        let system = look.and_then(|look| look.look().ok());
        let autostart = match system {
            Some(system) => autostart.starting(system.lasting()),
            None => autostart,
        };
        match autostart.write(what) {
            Ok(()) => Filed::AtLogin(autostart.read()),
            Err(error) => Filed::Failed(error.to_string()),
        }
    })
}

/// Looks what the user wants on the desktop.
pub(super) fn ask_desktop(path: PathBuf) -> Action {
    blocking(move || Filed::Desktop(WindowFile::load(path).1.value))
}

/// Has something else on the desktop from now on.
pub(super) fn set_desktop(path: PathBuf, switches: Switches) -> Action {
    blocking(move || {
        let (file, _before) = WindowFile::<Switches>::load(path);
        match file.save(&switches) {
            Ok(()) => Filed::Desktop(switches),
            Err(error) => Filed::Failed(error.to_string()),
        }
    })
}

/// Looks what is added to this computer.
pub(super) fn ask_pieces(look: Look) -> Action {
    blocking(move || match look.look() {
        Ok(system) => Filed::Pieces(Box::new(system), None),
        Err(error) => Filed::Failed(error.to_string()),
    })
}

/// Adds a piece to this computer, or removes it.
pub(super) fn change_piece(system: System, piece: Piece, add: bool) -> Action {
    blocking(move || {
        let steps = if add {
            system.add(&[piece])
        } else {
            system.remove(&[piece])
        };
        let failed = system.carry_out(&steps, |_| ()).err();
        Filed::Pieces(Box::new(system), failed.map(|error| error.to_string()))
    })
}

/// Opens the desktop's dialog.
pub(super) fn browse() -> Action {
    then_tell(async { Filed::Chosen(choose_files().await) })
}

fn blocking(work: impl FnOnce() -> Filed + Send + 'static) -> Action {
    then_tell(async move {
        let done = tokio::task::spawn_blocking(work);
        done.await
            .unwrap_or_else(|error| Filed::Failed(error.to_string()))
    })
}

fn then_tell(work: impl Future<Output = Filed> + Send + 'static) -> Action {
    Action::Run(Task::perform(work, |filed| {
        app::Message::Overlay(Message::Filed(filed))
    }))
}

fn carry_out(job: Job, presets: &Presets) -> Filed {
    match attempt(job, presets) {
        Ok(filed) => filed,
        Err(error) => Filed::Failed(error.to_string()),
    }
}

fn attempt(job: Job, presets: &Presets) -> Result<Filed, StoreError> {
    let mut deleted = None;
    let said = match job {
        Job::List => String::new(),
        Job::Save(name, rig) => {
            let _path = presets.save(&name, &rig)?;
            format!("Saved {name}.")
        }
        Job::Load(path) => {
            let loaded = presets.load(&path)?;
            return Ok(Filed::Loaded(Box::new(loaded.value), loaded.said));
        }
        Job::Duplicate(path, name) => {
            let rig = presets.load(&path)?.value;
            let _path = presets.save(&name, &rig)?;
            format!("Saved {name}.")
        }
        Job::Rename(path, name) => {
            let _path = presets.rename(&path, &name)?;
            format!("It is now called {name}.")
        }
        Job::Delete(path) => {
            let rig = presets.load(&path)?.value;
            presets.delete(&path)?;
            let said = format!("Deleted {}.", rig.name);
            deleted = Some(Box::new(rig));
            said
        }
        Job::Import(from) => {
            let path = presets.import(&from)?;
            let name = presets.load(&path)?.value.name;
            format!("Imported {name}.")
        }
        Job::Export(path, to) => {
            presets.export(&path, &to)?;
            format!("Wrote {}.", to.display())
        }
    };
    Ok(Filed::Listed {
        presets: presets.list(),
        said,
        deleted,
    })
}
