//! Inphase in a desktop session, over D-Bus.
//!
//! - [`presence`]: an engine's media keys, tray, notifications, and staying awake.
//!   It belongs to the engine's process.
//! - [`mod@wishes`]: what the desktop wishes of windows; [`files`]: its dialog for
//!   files; [`single`]: one window only. They belong to the window's process.
//!
//! Nothing here fails or blocks: without a session bus there is simply no
//! desktop, and it is tried again now and then.

mod awake;
#[cfg(feature = "window")]
pub mod files;
mod media;
mod notices;
pub mod presence;
pub mod realtime;
mod shown;
#[cfg(feature = "window")]
pub mod single;
pub mod switches;
mod tray;
mod wish;
#[cfg(feature = "window")]
pub mod wishes;

use std::time::Duration;

use zbus::Connection;
use zbus::connection::Builder;
use zbus::fdo::{RequestNameFlags, RequestNameReply};

pub use presence::Presence;
pub use switches::Switches;
#[cfg(feature = "window")]
pub use wishes::{Wishes, wishes};

/// The program's name among all programs, as its desktop file and its icon have it.
pub const APP_ID: &str = "io.github.inphase.Inphase";
/// What people call it.
const NAME: &str = "Inphase";
/// Hands the right to come to the front to a program that is started.
const TOKEN: &str = "XDG_ACTIVATION_TOKEN";

/// The session bus, or the one at `address`.
async fn connect(address: Option<&str>) -> zbus::Result<Connection> {
    let builder = match address {
        Some(address) => Builder::address(address),
        None => Builder::session(),
    };
    builder.method_timeout(ANSWER).build().await
}

/// Takes a name on the bus, if nobody has it.
async fn own(bus: &Connection, name: &str) -> zbus::Result<bool> {
    let flags = RequestNameFlags::DO_NOT_QUEUE;
    match bus.request_name_with_flags(name, flags).await {
        Ok(RequestNameReply::PrimaryOwner | RequestNameReply::AlreadyOwner) => Ok(true),
        Ok(_) | Err(zbus::Error::NameTaken) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Longest wait for the bus or for who is asked, which may have to be started.
const ANSWER: Duration = Duration::from_secs(10);
/// From one try to the next.
const AGAIN: Duration = Duration::from_secs(30);
