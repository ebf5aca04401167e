//! The engine: owns devices, lanes and the source; commands in, snapshots out.
//!
//! [`start`] puts the control task on a thread of its own and returns a
//! [`Running`]; everything else talks to it through a [`Handle`]. Dropping the
//! last handle or sending [`Command::Quit`] ends it.

pub mod clock;
pub mod command;
mod control;
pub mod fan;
pub mod feeder;
pub mod format;
pub mod gaps;
pub mod handle;
pub mod health;
pub mod history;
pub mod input;
pub mod journal;
pub mod observer;
pub mod output;
pub mod report;
pub mod seats;
pub mod snapshot;
pub mod source;

use std::path::PathBuf;
use std::thread::JoinHandle;

use jiff::tz::TimeZone;

pub use command::{Command, CommandError, Envelope, Reply};
pub use handle::{Ends, Handle, Query, ReportFormat};
pub use snapshot::{Event, EventKind, Snapshot};

use crate::bluetooth::Bluetooth;
use crate::devices::watch::{Changes, Devices};
use crate::rig::Rig;
use crate::store::{Measurements, MeasurementsFile, RigFile};
use control::{Control, Desk};
use journal::Journal;
use observer::Observer;

/// What to start.
pub struct Options {
    /// The rig to begin with.
    pub rig: Rig,
    /// What was measured before.
    pub measurements: Measurements,
    /// The sound systems to use.
    pub devices: Devices,
    /// Watch for devices that come and go.
    pub watch: bool,
    /// Where rig and measurements are saved; `None` saves nothing.
    pub files: Option<Files>,
    /// What loading them had to say, for the event log.
    pub said: Vec<String>,
    /// Where the event log goes; `None` keeps it in memory.
    pub log: Option<PathBuf>,
    /// Whether this is the demo, for those who look.
    pub demo: bool,
    /// Bluetooth, whose devices are among `devices` already; `None` leaves it alone.
    pub bluetooth: Option<Bluetooth>,
}

/// The files an engine saves to.
#[derive(Debug)]
pub struct Files {
    /// The rig; `None` when this rig is not to be kept.
    pub rig: Option<RigFile>,
    /// What was measured.
    pub measurements: MeasurementsFile,
}

/// A running engine. Dropping it ends the engine and waits for it.
#[derive(Debug)]
pub struct Running {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// Starts the control task.
///
/// # Errors
/// When the system has no threads or files left.
pub fn start(options: Options) -> std::io::Result<Running> {
    let (handle, ends) = Handle::pair();
    let journal = match &options.log {
        Some(folder) => Journal::open(folder, TimeZone::system()),
        None => Journal::in_memory(),
    };
    let desk = Desk::new(options.rig, options.measurements, options.files);
    // Whoever looks before the thread runs sees the rig already.
    let _none = ends.rigs.send_replace(desk.rig());
    let said = options.said;
    let devices = options.devices;
    let demo = options.demo;
    let bluetooth = options.bluetooth;
    let changes = options.watch.then(Changes::watch);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let thread = std::thread::Builder::new()
        .name("inphase-control".into())
        .spawn(move || {
            let observer = Observer::new(journal);
            let control = Control::new(desk, ends, devices, changes, observer, demo, bluetooth);
            runtime.block_on(control.run(said));
        })?;
    Ok(Running {
        handle,
        thread: Some(thread),
    })
}

impl Running {
    /// How to talk to it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.post(Command::Quit);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told already.
            let _told = thread.join();
        }
    }
}
