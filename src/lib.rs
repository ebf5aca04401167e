//! Inphase plays one audio stream on many speakers, in sync, and shows that it is.
//!
//! The crate in one picture:
//!
//! ```text
//! cli ──> engine ──> devices ──> sync (lanes)     real time, one thread per device
//!  │        │  ├───> bluetooth ──> sync          one thread per radio link
//!  │        │  └───> sources ──> sync (feeds)     decoding and capture
//!  │        └──────> rig (what the user set up), store (files), remote (socket)
//!  └─────> room (virtual speakers, the same lanes in virtual time)
//! ```
//!
//! `sync`, `rig` and `room` are pure: time is an argument, nothing there reads a
//! clock, sleeps, logs or touches a device. `tests/walls.rs` enforces it.
#![forbid(unsafe_code)]

pub mod bluetooth;
pub mod cli;
pub mod desktop;
pub mod devices;
pub mod engine;
#[cfg(feature = "window")]
pub mod gui;
pub mod install;
pub mod remote;
pub mod rig;
pub mod room;
pub mod sources;
pub mod store;
pub mod sync;

#[cfg(test)]
#[path = "../tests/support/session_bus.rs"]
mod session_bus;
