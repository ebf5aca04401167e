//! A BlueZ of the tests' own: a private `dbus-daemon` that behaves like the
//! system bus, and a small `org.bluez` on it that does what it is told, late,
//! never, or with an error.
//!
//! Each situation runs in a process of its own, because the address of the
//! system bus is read from the environment: see [`house::situation`].

pub mod bus;
pub mod fake;
pub mod house;
pub mod radio;
pub mod sound;
pub mod world;
