//! Bluetooth: an Echo in, many speakers out.
//!
//! ```text
//! bluez    adapters, pairing, endpoints, transports: one task on a thread of its own
//! link     one thread for each sound connection: paced encode and write, or read and decode
//! backend  what makes both devices of the engine (`bt:AA:BB:CC:DD:EE:FF`)
//! warden   watches all links of an adapter for one that holds up the others
//! ```
//!
//! The rest is pure: codec and packet formats (`sbc`, `rtp`, `capability`) and
//! decisions (`pacing`, `bitpool`, `arrival`, `stall`, `backoff`, `airtime`,
//! `delay`), which take the time as an argument. No D-Bus type leaves `bluez`
//! and `owner`.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

pub mod backend;
pub mod bluez;
pub mod capability;
pub mod rtp;
pub mod sbc;
pub mod simulated;
pub mod state;
pub mod words;

pub use bluez::{Answer, BluetoothError, Done, Order, Orders};

use crate::devices::{Backend, Inside, Known};
use backend::Bt;
use state::{Address, Device, State};

/// What is known before it starts.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Measured latencies of speakers, by device id.
    pub measured: BTreeMap<String, Inside>,
}

/// What all streams and the engine share. No real-time thread waits on it.
#[derive(Debug, Default)]
struct Shared {
    measured: Mutex<BTreeMap<String, Inside>>,
    news: Mutex<Vec<String>>,
}

/// Bluetooth, running. Dropping it leaves Bluetooth tidy.
pub struct Bluetooth {
    orders: Orders,
    state: watch::Receiver<Arc<State>>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Bluetooth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bluetooth").finish_non_exhaustive()
    }
}

impl Bluetooth {
    /// Starts it on a thread of its own. What is wrong is told by the state.
    #[must_use]
    pub fn start(setup: Setup) -> Self {
        let (orders, inbox) = bluez::orders();
        let (publish, state) = watch::channel(Arc::new(State::default()));
        let shared = Arc::new(Shared {
            measured: Mutex::new(setup.measured),
            ..Shared::default()
        });
        let _ = (inbox, publish);
        Self {
            orders,
            state,
            shared,
            thread: None,
        }
    }

    /// The state, latest wins.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.state.borrow().clone()
    }

    /// Where orders go.
    #[must_use]
    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Its devices as devices of the engine.
    #[must_use]
    pub fn backend(&self) -> Box<dyn Backend> {
        Box::new(Bt::new(
            self.orders.clone(),
            self.state.clone(),
            self.shared.clone(),
        ))
    }

    /// The address in a device id of ours.
    #[must_use]
    pub fn address_of(id: &str) -> Option<Address> {
        backend::address_of(id)
    }

    /// Sentences since the last call, for the event log.
    #[must_use]
    pub fn news(&self) -> Vec<String> {
        std::mem::take(
            &mut *self
                .shared
                .news
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Changes when the list of devices would; playing positions and signal
    /// strengths that flicker are not in it.
    #[must_use]
    pub fn list_mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for device in &self.state().devices {
            let transport = device.transport.as_ref();
            let mark = (
                device.address,
                &device.alias,
                device.kind.plays(),
                device.kind.feeds(),
                device.paired,
                device.connected,
                device.battery,
                device.retry.is_some(),
                transport.map(|of| (of.ours, of.delay, &of.configuration)),
            );
            mark.hash(&mut hasher);
        }
        hasher.finish()
    }
}

impl Shared {
    fn inside(&self, device: &Device) -> Inside {
        let measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inside) = measured.get(&backend::id_of(device.address)) {
            return *inside;
        }
        let reported = device.transport.as_ref().and_then(|of| of.delay);
        reported.map_or(
            Inside {
                ms: USUAL_MS,
                sd_ms: USUAL_SD_MS,
                known: Known::Assumed,
            },
            |tenths| Inside {
                ms: f64::from(tenths) / 10.0,
                sd_ms: 5.0,
                known: Known::Reported,
            },
        )
    }
}

/// Commercial SBC speakers measure 100 to 200 ms.
const USUAL_MS: f64 = 150.0;
const USUAL_SD_MS: f64 = 40.0;
