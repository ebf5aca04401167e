//! The rig document: everything the user set up, as plain data with edits.
//!
//! Pure: nothing here reads a clock, a file or a device. Undo, saving, remote
//! control, tests and drag and drop all use the same [`edit::Edit`].
//!
//! ```
//! use inphase::rig::{Rig, Speaker, edit::Edit, history::History};
//!
//! let mut history = History::new(Rig::default());
//! history.apply(&Edit::AddSpeaker(Speaker {
//!     name: "Küche links".into(),
//!     output: "alsa:hw:CARD=DAC,DEV=0#3,4".parse()?,
//!     ..Speaker::default()
//! }), None)?;
//! let said = history.apply(&Edit::set("speakers.kuche-links.trim", "180us"), None)?;
//! assert_eq!(said, "Küche links now plays 180 µs later.");
//! assert!(history.undo().is_some());
//! # Ok::<(), inphase::rig::RigError>(())
//! ```

pub mod edit;
pub mod error;
pub mod field;
pub mod history;
pub mod limits;
pub mod lookup;
pub mod model;
pub mod plan;
pub mod quantity;
pub mod text;
pub mod validate;

#[cfg(test)]
pub(crate) mod arbitrary;

pub use error::RigError;
pub use model::{
    Output, Rig, Role, Settings, Source, Speaker, SpeakerId, Target, TestSignal, Timing, Zone,
    ZoneId,
};
