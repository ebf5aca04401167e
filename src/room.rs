//! The virtual room: speakers with their own crystals, delays and faults, the
//! air between them and the listener, and a source with a clock of its own.
//!
//! It runs the very lanes of the engine in virtual time, so that hours pass in
//! seconds and every run of a scenario gives the same numbers on any machine.
//! [`scenario`] says what is simulated, [`run`] runs it, [`outcome`] is what
//! was measured at the listener's ear. The same [`device`] in real time is the
//! backend of the demo (`devices::simulated`).

pub mod air;
pub mod chance;
pub mod crystal;
pub mod device;
pub mod meter;
pub mod outcome;
pub mod run;
pub mod scenario;
pub mod source;

mod player;
