//! The engine: owns devices, lanes and the source; commands in, snapshots out.

pub mod clock;
pub mod command;
pub mod fan;
pub mod feeder;
pub mod handle;
pub mod input;
pub mod snapshot;

pub use command::{Command, CommandError, Envelope, Reply};
pub use handle::{Ends, Handle, Query, ReportFormat};
pub use snapshot::{Event, EventKind, Snapshot};
