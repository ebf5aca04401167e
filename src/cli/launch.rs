//! The one place where the command line starts an engine and lists devices.
//!
//! PLACEHOLDER: until the engine's control task is merged, `launch` runs a task
//! that answers every command and plays nothing, so that everything around it
//! can be used and tested. The two function bodies are to be replaced; the
//! `stand_in` module goes with them.

use std::path::PathBuf;

use super::Failure;
use crate::{devices::DeviceInfo, engine::Handle, rig::Rig};

/// Which rig to start with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Which {
    /// The saved one; changes are saved.
    Saved,
    /// The simulated one; nothing is saved.
    Demo,
    /// This one; nothing is saved.
    Given(Box<Rig>),
}

/// What to start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    /// Which rig.
    pub which: Which,
    /// Instead of the usual configuration directory.
    pub config_dir: Option<PathBuf>,
    /// Instead of the usual state directory.
    pub state_dir: Option<PathBuf>,
}

/// A running engine; dropping it ends the engine and waits for its threads.
#[derive(Debug)]
pub(super) struct Launched {
    /// How to talk to it.
    pub handle: Handle,
    _engine: stand_in::Running,
}

/// Starts an engine.
///
/// # Errors
/// One sentence when it cannot start.
pub(super) fn launch(request: &Request) -> Result<Launched, Failure> {
    let rig = match &request.which {
        Which::Given(rig) => (**rig).clone(),
        Which::Saved | Which::Demo => Rig::default(),
    };
    let (handle, engine) = stand_in::start(rig)?;
    Ok(Launched {
        handle,
        _engine: engine,
    })
}

/// The devices there are now.
///
/// # Errors
/// One sentence when no sound system answers.
pub(super) fn devices(_demo: bool) -> Result<Vec<DeviceInfo>, Failure> {
    Err(Failure::Refused(
        "Devices cannot be listed: the engine is not built in yet.".into(),
    ))
}

mod stand_in;
