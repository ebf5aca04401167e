//! What can be asked of Bluetooth, and how it is asked from any thread.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::error::BluetoothError;
use crate::bluetooth::state::{Address, Aside, PlayerAction, Role};

/// Something to do. Each is answered within ten seconds; only pairing, and moving
/// a device that must be paired anew, may take as long as a person who was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Switches an adapter on or off.
    Power {
        /// Which one, `hci0`.
        adapter: String,
        /// On or off.
        on: bool,
    },
    /// Looks for devices through all adapters that are on.
    Scan {
        /// For how long.
        seconds: u32,
    },
    /// Stops looking.
    StopScan,
    /// Exchanges keys with a device, trusts it and connects it.
    Pair(Address),
    /// The same through a certain adapter; one that is paired through another moves.
    PairThrough {
        /// Which device.
        address: Address,
        /// Which adapter, `hci1`.
        adapter: String,
    },
    /// Lets a device connect without being asked, or no longer.
    Trust {
        /// Which one.
        address: Address,
        /// May it?
        trusted: bool,
    },
    /// Connects a device, and again whenever it is lost.
    Connect(Address),
    /// Disconnects a device, and leaves it so.
    Disconnect(Address),
    /// Cuts a device's link at once, without asking it, and connects it again
    /// as its back-off says: for one that stopped taking packets. It needs no
    /// [`Order::Release`] before, which would wait for the device.
    Drop {
        /// Which one.
        address: Address,
        /// Why, to be shown until it is tried again.
        why: Aside,
    },
    /// Removes a device and its keys from every adapter.
    Forget(Address),
    /// Names a device; an empty name gives it its own back.
    Rename {
        /// Which one.
        address: Address,
        /// The name.
        alias: String,
    },
    /// Names an adapter, as an Echo shall see it.
    NameAdapter {
        /// Which one, `hci0`.
        adapter: String,
        /// The name.
        name: String,
    },
    /// Lets new devices pair for a while.
    OpenPairing {
        /// For how long.
        seconds: u32,
        /// The adapter to be found; all that are on when `None`.
        adapter: Option<String>,
    },
    /// Ends that.
    ClosePairing,
    /// Answers a request in the state.
    Answer {
        /// Its id.
        request: u32,
        /// The answer.
        answer: Answer,
    },
    /// Sets a device's volume.
    SetVolume {
        /// Which one.
        address: Address,
        /// 0 to 127; more is taken as 127.
        volume: u8,
    },
    /// Asks something of a device's player.
    Player {
        /// Which device.
        address: Address,
        /// What.
        action: PlayerAction,
    },
    /// Uses a device through another adapter: disconnects it here, pairs it
    /// there if needed, connects it there.
    Move {
        /// Which device.
        address: Address,
        /// The other adapter, `hci1`.
        adapter: String,
    },
    /// Opens a device's sound connection: to a speaker always, from a source
    /// while it wants to play.
    Acquire(Address),
    /// Gives a sound connection back. Close the socket first.
    Release(Address),
    /// The devices that shall be connected, and the adapter for each, by id or
    /// address, where it matters; replaces the former set. Nothing is
    /// disconnected by it. Taken even while there is no Bluetooth.
    Want(BTreeMap<Address, Option<String>>),
    /// Looks again for other programs that take part.
    LookForOwners,
    /// Makes WirePlumber leave Bluetooth sound to Inphase: writes the file of
    /// [`State::handover`](crate::bluetooth::state::State) and restarts it.
    TakeOver,
    /// Takes that back.
    GiveBack,
}

impl Order {
    /// Whether only the engine may give it: the others are anybody's.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        matches!(
            self,
            Self::Acquire(_) | Self::Release(_) | Self::Want(_) | Self::Drop { .. }
        )
    }
}

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Let it in.
    Yes,
    /// Refuse it.
    No,
    /// The PIN or passkey, digits or letters.
    Pin(String),
}

/// What an order brought.
#[derive(Debug)]
pub enum Done {
    /// It is done.
    Yes,
    /// It is done, and here is the sound connection.
    Acquired(Acquired),
}

/// An open sound connection.
#[derive(Debug)]
pub struct Acquired {
    /// The SEQPACKET socket, non-blocking. Closing it does not end the stream:
    /// that takes [`Order::Release`].
    pub fd: OwnedFd,
    /// Largest packet that comes in.
    pub imtu: u16,
    /// Largest packet that may go out.
    pub omtu: u16,
    /// The codec's number; 0 is SBC.
    pub codec: u8,
    /// The agreed configuration, as the codec defines it.
    pub configuration: Vec<u8>,
    /// The delay the speaker reports, in 0.1 ms.
    pub delay: Option<u16>,
    /// Which way sound goes.
    pub role: Role,
    /// The adapter whose air it uses.
    pub adapter: String,
}

/// An order under way and where its answer goes.
#[derive(Debug)]
pub(in crate::bluetooth) struct Errand {
    pub(in crate::bluetooth) order: Order,
    pub(in crate::bluetooth) answer: oneshot::Sender<Result<Done, BluetoothError>>,
}

/// Takes orders from any thread. Cheap to clone; when the last clone is
/// dropped, Bluetooth is left tidy and [`run`](super::run) ends.
#[derive(Debug, Clone)]
pub struct Orders(mpsc::UnboundedSender<Errand>);

/// The other end of [`Orders`], for [`run`](super::run).
#[derive(Debug)]
pub struct Inbox(pub(in crate::bluetooth) mpsc::UnboundedReceiver<Errand>);

/// A way for orders.
#[must_use]
pub fn orders() -> (Orders, Inbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Orders(sender), Inbox(receiver))
}

/// A way for orders that does not keep the task alive.
#[derive(Debug, Clone)]
pub struct WeakOrders(mpsc::WeakUnboundedSender<Errand>);

impl WeakOrders {
    /// The way, while the task is to live.
    #[must_use]
    pub fn upgrade(&self) -> Option<Orders> {
        self.0.upgrade().map(Orders)
    }
}

impl Orders {
    /// The same without keeping the task alive.
    #[must_use]
    pub fn downgrade(&self) -> WeakOrders {
        WeakOrders(self.0.downgrade())
    }

    /// Gives an order; the future waits for its answer.
    ///
    /// # Errors
    /// Why it could not be done, in one sentence.
    pub async fn give(&self, order: Order) -> Result<Done, BluetoothError> {
        let answered = self.send(order)?;
        answered.await.map_err(|_| BluetoothError::Ended)?
    }

    /// Gives an order and blocks until it is answered. Not from a tokio thread.
    ///
    /// # Errors
    /// Why it could not be done, in one sentence.
    pub fn wait(&self, order: Order) -> Result<Done, BluetoothError> {
        let answered = self.send(order)?;
        answered
            .blocking_recv()
            .map_err(|_| BluetoothError::Ended)?
    }

    fn send(
        &self,
        order: Order,
    ) -> Result<oneshot::Receiver<Result<Done, BluetoothError>>, BluetoothError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.send(Errand { order, answer });
        sent.map_err(|_| BluetoothError::Ended)?;
        Ok(answered)
    }
}
