//! The simulation in real time: a thread that answers orders as the one that
//! talks to BlueZ does, and an Echo that can be recorded from.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use super::{Simulated, echo::Air, home};
use crate::bluetooth::bluez::{self, Inbox};
use crate::bluetooth::shared::Shared;
use crate::bluetooth::state::{Activity, Address, State};
use crate::bluetooth::{Bluetooth, Done, Order};
use crate::devices::Backend;
use crate::devices::simulated::Room;

impl Bluetooth {
    /// Bluetooth without a radio: its speakers are those of `room`.
    #[must_use]
    pub fn simulated(room: Room) -> Self {
        let (orders, inbox) = bluez::orders();
        let (publish, state) = watch::channel(Arc::new(home()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        // Without a thread there is a picture of Bluetooth, and orders are refused.
        let thread = runtime.ok().and_then(|runtime| {
            std::thread::Builder::new()
                .name("simulated radio".into())
                .spawn(move || runtime.block_on(run(inbox, publish, room)))
                .ok()
        });
        Self {
            orders: Some(orders),
            state,
            shared: Arc::new(Shared::new(BTreeMap::new())),
            planned: Mutex::default(),
            thread,
        }
    }

    /// The simulated sources as devices of the engine.
    #[must_use]
    pub fn simulated_backend(&self) -> Box<dyn Backend> {
        Box::new(Air::new(self.state.clone()))
    }
}

async fn run(mut inbox: Inbox, publish: watch::Sender<Arc<State>>, room: Room) {
    let mut simulated = Simulated::default();
    let mut under_way = Vec::new();
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            errand = inbox.0.recv() => {
                let Some(errand) = errand else {
                    return;
                };
                match simulated.give(&errand.order, now_ms()) {
                    Ok(()) => under_way.push(errand),
                    // Whoever asked may have gone.
                    Err(error) => drop(errand.answer.send(Err(error))),
                }
            }
            _ = tick.tick() => simulated.tick(now_ms()),
        }
        let state = simulated.state();
        let done = |order: &Order| subject(order).is_none_or(|address| rests(state, address));
        for errand in under_way.extract_if(.., |errand| done(&errand.order)) {
            drop(errand.answer.send(Ok(Done::Yes)));
        }
        for device in &state.devices {
            let _in_the_room = room.pair(&device.address.id(), device.paired);
        }
        let _new = publish.send_if_modified(|told| {
            let new = **told != *state;
            if new {
                *told = Arc::new(state.clone());
            }
            new
        });
    }
}

/// The device with which something is done that takes time.
fn subject(order: &Order) -> Option<Address> {
    match order {
        Order::Pair(address)
        | Order::Connect(address)
        | Order::Disconnect(address)
        | Order::Forget(address)
        | Order::PairThrough { address, .. }
        | Order::Move { address, .. } => Some(*address),
        _ => None,
    }
}

fn rests(state: &State, address: Address) -> bool {
    let device = state.device(address);
    device.is_none_or(|device| device.activity == Activity::None)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

/// Between two looks at what is due.
const TICK: Duration = Duration::from_millis(100);
