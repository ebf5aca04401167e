//! Keeps the computer from suspending by itself while sound flows.
//!
//! The desktop is asked through its portal; where there is none, logind is, over
//! the system bus. Only suspending after a while without input is held off:
//! whoever suspends by hand or closes the lid means it.

use std::collections::HashMap;
use std::time::Duration;

use zbus::{Connection, OwnedFd, OwnedObjectPath, Variant};

use super::NAME;
use super::shown::{Playing, Shown};

/// Whether the computer is to stay awake. Times are since any fixed moment.
#[derive(Debug, Default)]
pub(super) struct Need {
    silent_since: Option<Duration>,
}

impl Need {
    /// While it plays, and for a while after the source fell silent.
    pub(super) fn look(&mut self, shown: &Shown, now: Duration) -> bool {
        let silent = shown.playing == Playing::Yes { silent: true };
        self.silent_since = silent.then(|| self.silent_since.unwrap_or(now));
        match self.silent_since {
            Some(since) => now.saturating_sub(since) < PATIENCE,
            None => shown.plays(),
        }
    }
}

/// What holds the computer awake.
#[derive(Debug)]
pub(super) enum Awake {
    /// A request at the portal.
    Portal(OwnedObjectPath),
    /// A lock of logind; closing it gives it back.
    Logind(OwnedFd),
}

impl Awake {
    /// Asks for it; `None` where nobody can.
    pub(super) async fn take(bus: &Connection, system: Option<&str>) -> Option<Self> {
        match ask_portal(bus).await {
            Ok(request) => return Some(Self::Portal(request)),
            Err(error) => tracing::debug!("no portal keeps the computer awake: {error}"),
        }
        match ask_logind(system).await {
            Ok(lock) => Some(Self::Logind(lock)),
            Err(error) => {
                tracing::debug!("logind does not keep the computer awake: {error}");
                None
            }
        }
    }

    /// Gives it back.
    pub(super) async fn release(self, bus: &Connection) {
        match self {
            Self::Logind(lock) => drop(lock),
            Self::Portal(path) => {
                if let Err(error) = close(bus, path).await {
                    tracing::debug!("the portal does not take the request back: {error}");
                }
            }
        }
    }
}

async fn ask_portal(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
    let portal = InhibitProxy::new(bus).await?;
    let options = HashMap::from([("reason", Variant::from(WHY))]);
    portal.inhibit("", SUSPEND, options).await
}

async fn close(bus: &Connection, path: OwnedObjectPath) -> zbus::Result<()> {
    RequestProxy::builder(bus)
        .path(path)
        .build()
        .await?
        .close()
        .await
}

async fn ask_logind(address: Option<&str>) -> zbus::Result<OwnedFd> {
    let builder = match address {
        Some(address) => zbus::connection::Builder::address(address),
        None => zbus::connection::Builder::system(),
    };
    let bus = builder.method_timeout(super::ANSWER).build().await?;
    let manager = ManagerProxy::new(&bus).await?;
    manager.inhibit("idle", NAME, WHY, "block").await
}

/// The desktop's way to keep a computer from doing things by itself.
#[zbus::proxy(
    interface = "org.freedesktop.portal.Inhibit",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait Inhibit {
    fn inhibit(
        &self,
        window: &str,
        flags: u32,
        options: HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<OwnedObjectPath>;
}

/// What was asked of a portal.
#[zbus::proxy(
    interface = "org.freedesktop.portal.Request",
    default_service = "org.freedesktop.portal.Desktop",
    assume_defaults = false
)]
trait Request {
    fn close(&self) -> zbus::Result<()>;
}

/// logind.
#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
trait Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;
}

/// The portal's number for suspending.
const SUSPEND: u32 = 4;
const WHY: &str = "Sound is playing";
/// A source that is silent for longer has been left.
const PATIENCE: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awake_while_it_plays_and_ten_minutes_into_silence() {
        let mut need = Need::default();
        let mut at = |playing, minute: u64| {
            let shown = Shown {
                playing,
                ..Shown::default()
            };
            need.look(&shown, Duration::from_secs(60 * minute))
        };
        let (plays, silent) = (
            Playing::Yes { silent: false },
            Playing::Yes { silent: true },
        );
        assert!(!at(Playing::No, 0));
        assert!(at(plays, 1) && at(plays, 100));
        assert!(at(silent, 101) && at(silent, 110));
        assert!(!at(silent, 111));
        assert!(at(plays, 112) && at(silent, 113));
        assert!(!at(Playing::Paused, 114));
    }
}
