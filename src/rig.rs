//! The rig document: everything the user set up, as plain data with edits.
//!
//! Pure: nothing here reads a clock, a file or a device. Undo, saving, remote
//! control, tests and drag and drop all use the same [`edit::Edit`].

pub mod edit;
pub mod model;

pub use model::{
    Output, Rig, Role, Settings, Source, Speaker, SpeakerId, Target, TestSignal, Timing, Zone,
    ZoneId,
};
