//! The engine: owns devices, lanes and the source; commands in, snapshots out.

pub mod command;
pub mod format;
pub mod health;
pub mod history;
pub mod journal;
pub mod report;
pub mod snapshot;

pub use command::{Command, CommandError, Envelope, Reply};
pub use snapshot::{Event, EventKind, Snapshot};
