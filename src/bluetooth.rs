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
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub mod airtime;
pub mod arrival;
pub mod backend;
pub mod backoff;
pub mod bitpool;
pub mod bluez;
pub mod capability;
pub mod delay;
mod hooks;
pub mod lines;
pub mod link;
mod opening;
pub mod owner;
pub mod pacing;
mod planned;
pub mod refusal;
pub mod rtp;
pub mod sbc;
mod shared;
pub mod simulated;
pub mod stall;
pub mod state;
pub mod turns;
pub mod volume;
mod warden;
pub mod words;

pub use bluez::{Answer, BluetoothError, Done, Order, Orders};

use crate::devices::{Backend, Inside, now};
use backend::Bt;
use hooks::{Sbc, Waits};
use lines::Figures;
use planned::Planned;
use shared::Shared;
pub use shared::Wishes;
use state::State;

/// What is known before it starts.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Measured latencies of speakers, by device id.
    pub measured: BTreeMap<String, Inside>,
    /// The user's `~/.config`, where sound servers are told what to do.
    pub config: PathBuf,
}

/// Bluetooth, running. Dropping it leaves Bluetooth tidy.
pub struct Bluetooth {
    orders: Option<Orders>,
    state: watch::Receiver<Arc<State>>,
    shared: Arc<Shared>,
    planned: Mutex<Planned>,
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
        let waits = Waits::default();
        let settings = bluez::Settings::new(Arc::new(Sbc), Arc::new(waits.clone()), setup.config);
        let shared = Arc::new(Shared::new(setup.measured));
        let watched = shared.clone();
        let (seen, weak) = (state.clone(), orders.downgrade());
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(async {
                    tokio::select! {
                        () = bluez::run(settings, inbox, publish) => {}
                        () = warden::run(&watched, &seen, &weak, &waits) => {}
                    }
                }),
                Err(error) => tracing::warn!("Bluetooth cannot start: {error}"),
            }
        };
        let thread = std::thread::Builder::new()
            .name("inphase-bluetooth".into())
            .spawn(work);
        Self {
            orders: Some(orders),
            state,
            shared,
            planned: Mutex::default(),
            thread: thread.ok(),
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
        // Taken only by `drop`.
        self.orders.clone().unwrap_or_else(|| bluez::orders().0)
    }

    /// Its devices as devices of the engine.
    #[must_use]
    pub fn backend(&self) -> Box<dyn Backend> {
        Box::new(Bt::new(
            self.orders(),
            self.state.clone(),
            self.shared.clone(),
        ))
    }

    /// The figures of all connections that are open.
    #[must_use]
    pub fn links(&self) -> Vec<Figures> {
        self.shared.figures()
    }

    /// What the user wishes of connections. Ask again now and then: a thread that did not
    /// listen is told then.
    pub fn wish(&self, wishes: &Wishes) {
        self.shared.wish(wishes);
    }

    /// What would make better use of the adapters' air.
    #[must_use]
    pub fn plan(&self) -> airtime::Report {
        let state = self.state();
        let mut planned = locked(&self.planned);
        planned.report(&state, self.shared.turnover(), now(), || {
            self.shared.plan(&state)
        })
    }

    /// Sentences since the last call, for the event log.
    #[must_use]
    pub fn news(&self) -> Vec<String> {
        self.shared.news()
    }

    /// Changes when the list of devices would; playing positions and signal
    /// strengths that flicker are not in it.
    #[must_use]
    pub fn list_mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.shared.changes().hash(&mut hasher);
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

impl Drop for Bluetooth {
    fn drop(&mut self) {
        self.orders = None;
        let Some(thread) = self.thread.take() else {
            return;
        };
        // Streams that are still being closed hold it up; nobody waits for them.
        let since = Instant::now();
        while !thread.is_finished() && since.elapsed() < FAREWELL {
            std::thread::sleep(LOOK);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long leaving Bluetooth tidy may take.
const FAREWELL: Duration = Duration::from_millis(1500);
const LOOK: Duration = Duration::from_millis(10);
