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
pub use order::{Acquired, Answer, Done, Inbox, Order, Orders, WeakOrders, orders};
pub use settings::{Backoff, Codecs, Patience, Settings};

use super::state::State;

mod adapter;
mod agent;
mod bus;
mod carry;
mod connect;
mod core;
mod endpoint;
mod error;
mod explain;
mod order;
mod others;
mod pair;
mod pairing;
mod place;
mod record;
mod scan;
mod settings;
mod transport;
mod tree;
mod view;
mod wifi;

/// Talks to BlueZ until the last [`Orders`] is dropped. Needs a tokio runtime
/// with I/O and time; it may be of one thread, and nothing here blocks it.
pub async fn run(settings: Settings, inbox: Inbox, publish: watch::Sender<Arc<State>>) {
    core::Core::run(settings, inbox, publish).await;
}
