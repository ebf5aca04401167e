//! Asking the desktop's sound server for a card, and giving it back.
//!
//! The protocol is `org.freedesktop.ReserveDevice1` (as in PulseAudio's and
//! PipeWire's `reserve.c`): whoever owns the bus name of a card may open it; a
//! program of higher priority asks the owner to let go, then takes the name.
//! Without a session bus nobody plays this game, and the card is just opened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;
use zbus::connection::Builder;
use zbus::fdo::{RequestNameFlags, RequestNameReply};

use super::DeviceError;

/// Above the sound servers (PipeWire −20, PulseAudio 0), below JACK (a session
/// that a studio program started on purpose).
const PRIORITY: i32 = 10;

/// Longest wait for the bus or for an owner to close its device.
const ANSWER: Duration = Duration::from_secs(3);

/// Longest wait for our own stream to close when another program asks.
const CLOSING: Duration = Duration::from_secs(2);

/// A card that is ours; dropping it gives it back.
pub struct Reservation {
    wanted: Arc<AtomicBool>,
    /// Set to true to end the thread.
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    /// It was taken from another program, which may still be closing it.
    taken_over: bool,
}

impl Reservation {
    /// Whether another program of higher priority wants the card, or took it:
    /// close the device and drop the reservation.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Acquire)
    }

    /// Whether another program held the card until now.
    #[must_use]
    pub fn is_taken_over(&self) -> bool {
        self.taken_over
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reserves card number `card`, called `title`. `None` without a session bus.
/// Blocks for a few seconds at most.
///
/// # Errors
/// [`DeviceError::Held`] when the present owner does not let go.
pub fn reserve(card: u32, title: &str) -> Result<Option<Reservation>, DeviceError> {
    match std::env::var("DBUS_SESSION_BUS_ADDRESS") {
        Ok(address) => reserve_at(&address, card, title),
        Err(_) => match std::env::var("XDG_RUNTIME_DIR") {
            Ok(directory) => reserve_at(&format!("unix:path={directory}/bus"), card, title),
            Err(_) => Ok(None),
        },
    }
}

/// [`reserve`] on the bus at `address`.
///
/// # Errors
/// As [`reserve`].
pub fn reserve_at(
    address: &str,
    card: u32,
    title: &str,
) -> Result<Option<Reservation>, DeviceError> {
    let wanted = Arc::new(AtomicBool::new(false));
    let (stop, stopped) = watch::channel(false);
    let (answer, answered) = mpsc::channel();
    let job = Job {
        address: address.to_owned(),
        card,
        title: title.to_owned(),
        wanted: Arc::clone(&wanted),
        stopped,
    };
    let thread = std::thread::Builder::new()
        .name("inphase-reserve".into())
        .spawn(move || job.run(&answer));
    let Ok(thread) = thread else {
        return Ok(None);
    };
    let mut reservation = Reservation {
        wanted,
        stop,
        thread: Some(thread),
        taken_over: false,
    };
    match answered.recv() {
        Ok(Outcome::Ours { taken_over }) => {
            reservation.taken_over = taken_over;
            Ok(Some(reservation))
        }
        Ok(Outcome::Held { holder }) => Err(DeviceError::Held {
            holder,
            device: title.to_owned(),
        }),
        // The thread ended: no bus.
        Ok(Outcome::NoBus) | Err(_) => Ok(None),
    }
}

enum Outcome {
    Ours { taken_over: bool },
    Held { holder: String },
    NoBus,
}

/// What the reservation's thread does.
struct Job {
    address: String,
    card: u32,
    title: String,
    wanted: Arc<AtomicBool>,
    stopped: watch::Receiver<bool>,
}

impl Job {
    fn run(self, answer: &mpsc::Sender<Outcome>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else {
            return;
        };
        let result = runtime.block_on(self.hold(answer));
        if let Err(error) = result {
            tracing::info!("device reservation: {error}");
            let _ = answer.send(Outcome::NoBus);
        }
    }

    async fn hold(mut self, answer: &mpsc::Sender<Outcome>) -> zbus::Result<()> {
        let path = format!("/org/freedesktop/ReserveDevice1/Audio{}", self.card);
        let ours = Ours {
            title: self.title.clone(),
            wanted: Arc::clone(&self.wanted),
            stopped: self.stopped.clone(),
        };
        let bus = Builder::address(&*self.address)
            .method_timeout(ANSWER)
            .serve_at(&*path, ours)
            .build();
        let bus = tokio::time::timeout(ANSWER, bus)
            .await
            .map_err(|_| zbus::Error::Failure("the session bus does not answer".into()))??;
        let name = format!("org.freedesktop.ReserveDevice1.Audio{}", self.card);
        let mut taken_over = false;
        if !take(&bus, &name, false).await? {
            taken_over = true;
            let owner = OwnerProxy::builder(&bus)
                .destination(&*name)
                .path(&*path)
                .build()
                .await?;
            let lets_go = owner.request_release(PRIORITY).await;
            if !lets_go.unwrap_or(false) || !take(&bus, &name, true).await? {
                let holder = owner.application_name().await;
                let holder = holder.unwrap_or_else(|_| "Another program".into());
                let _ = answer.send(Outcome::Held { holder });
                return Ok(());
            }
        }
        let _ = answer.send(Outcome::Ours { taken_over });
        // An error here means that the reservation itself is gone.
        let _ = self.stopped.wait_for(|stop| *stop).await;
        let _ = bus.release_name(&*name).await?;
        // Sends the answer to whoever asked us to let go.
        let _ = tokio::time::timeout(ANSWER, bus.graceful_shutdown()).await;
        Ok(())
    }
}

/// True when the name is ours. With `replace` we take it over from an owner
/// that has let go but kept its name; ours is not to be taken so: others ask.
async fn take(bus: &zbus::Connection, name: &str, replace: bool) -> zbus::Result<bool> {
    let mut flags = RequestNameFlags::DO_NOT_QUEUE;
    flags.set(RequestNameFlags::REPLACE_EXISTING, replace);
    match bus.request_name_with_flags(name, flags).await {
        Ok(RequestNameReply::PrimaryOwner | RequestNameReply::AlreadyOwner) => Ok(true),
        Ok(_) | Err(zbus::Error::NameTaken) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The present owner of a card.
#[zbus::proxy(interface = "org.freedesktop.ReserveDevice1", assume_defaults = false)]
trait Owner {
    fn request_release(&self, priority: i32) -> zbus::Result<bool>;
    #[zbus(property)]
    fn application_name(&self) -> zbus::Result<String>;
}

/// What others see of us.
struct Ours {
    title: String,
    wanted: Arc<AtomicBool>,
    stopped: watch::Receiver<bool>,
}

#[zbus::interface(name = "org.freedesktop.ReserveDevice1")]
impl Ours {
    /// True once the device is closed; false keeps it.
    async fn request_release(&mut self, priority: i32) -> bool {
        if priority <= PRIORITY {
            return false;
        }
        self.wanted.store(true, Ordering::Release);
        let closed = self.stopped.wait_for(|stop| *stop);
        tokio::time::timeout(CLOSING, closed).await.is_ok()
    }

    #[zbus(property)]
    fn priority(&self) -> i32 {
        PRIORITY
    }

    #[zbus(property)]
    fn application_name(&self) -> &str {
        "Inphase"
    }

    #[zbus(property)]
    fn application_device_name(&self) -> &str {
        &self.title
    }
}

#[cfg(test)]
mod tests;
