//! Inphase in a desktop session, over D-Bus: what the desktop wishes of windows
//! ([`wishes`]), and its dialog for files ([`files`]).
//!
//! Nothing here fails or blocks: without a session bus there is simply no
//! desktop, and it is tried again now and then.

#[cfg(feature = "window")]
pub mod files;
#[cfg(feature = "window")]
pub mod wishes;

use std::time::Duration;

use zbus::Connection;
use zbus::connection::Builder;

#[cfg(feature = "window")]
pub use wishes::{Wishes, wishes};

/// The session bus, or the one at `address`.
async fn connect(address: Option<&str>) -> zbus::Result<Connection> {
    let builder = match address {
        Some(address) => Builder::address(address),
        None => Builder::session(),
    };
    builder.method_timeout(ANSWER).build().await
}

/// Longest wait for the bus or for who is asked, which may have to be started.
const ANSWER: Duration = Duration::from_secs(10);
/// From one try to the next.
const AGAIN: Duration = Duration::from_secs(30);
