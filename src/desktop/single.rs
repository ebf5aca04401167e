//! One window for each engine: who comes second brings the first one to the front
//! (`org.freedesktop.Application`) and ends.

use std::collections::HashMap;
use std::env;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::{OwnedVariant, Variant};

use super::{APP_ID, TOKEN, connect, own};

/// What came of asking for the only window.
#[derive(Debug, Clone)]
pub enum Found {
    /// There is no other window, or no bus to find it on.
    Nobody(Raises),
    /// There is one, and it came to the front.
    Another,
}

/// Tells when this window is to come to the front.
#[derive(Debug, Clone)]
pub struct Raises(watch::Receiver<u64>);

impl Raises {
    /// One item for each time. Runs in tokio.
    pub fn stream(&self) -> impl Stream<Item = ()> + Send + use<> {
        stream::unfold(self.0.clone(), |mut raises| async move {
            raises.changed().await.ok()?;
            Some(((), raises))
        })
    }
}

impl Hash for Raises {
    // There is one of it in a program.
    fn hash<H: Hasher>(&self, _state: &mut H) {}
}

/// The name of the window on the user's own engine, or on the one that has its
/// socket here.
#[must_use]
pub fn name(socket: Option<&Path>) -> String {
    socket.map_or_else(
        || APP_ID.into(),
        |socket| {
            let mut hasher = DefaultHasher::new();
            socket.hash(&mut hasher);
            format!("{APP_ID}.Socket_{:016x}", hasher.finish())
        },
    )
}

/// Becomes the only window of this [`name`], or brings the one there is to the
/// front. Waits for two seconds at most: a bus or a window that hangs must not
/// keep this one from opening.
#[must_use]
pub fn claim(name: String) -> Found {
    claim_at(None, name)
}

/// [`claim`] on the bus at `address`.
#[must_use]
pub fn claim_at(address: Option<String>, name: String) -> Found {
    let (raise, raises) = watch::channel(0);
    let (answer, answered) = mpsc::sync_channel(1);
    let serve = move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime.inspect_err(|error| tracing::debug!("no event loop: {error}"))
        else {
            return;
        };
        let served = runtime.block_on(serve(address.as_deref(), &name, raise, &answer));
        if let Err(error) = served {
            tracing::debug!("nobody else is looked for: {error}");
        }
    };
    let thread = std::thread::Builder::new()
        .name("inphase-single".into())
        .spawn(serve);
    let first = match thread {
        // A thread that has ended has found no bus.
        Ok(_) => answered.recv_timeout(PATIENCE).unwrap_or(true),
        Err(_) => true,
    };
    if first {
        Found::Nobody(Raises(raises))
    } else {
        Found::Another
    }
}

/// Asks, answers whether this is the first one, and then serves the others for as
/// long as the program runs.
async fn serve(
    address: Option<&str>,
    name: &str,
    raise: watch::Sender<u64>,
    first: &mpsc::SyncSender<bool>,
) -> zbus::Result<()> {
    let late = |_| zbus::Error::Failure("the session bus does not answer".into());
    let bus = timeout(PATIENCE, connect(address)).await.map_err(late)??;
    let path = format!("/{}", name.replace('.', "/"));
    let _new = bus
        .object_server()
        .at(path.as_str(), Application(raise))
        .await?;
    if !own(&bus, name).await? {
        let other = ApplicationProxy::builder(&bus)
            .destination(name)
            .path(path.as_str())
            .build()
            .await?;
        timeout(PATIENCE, other.activate(platform_data()))
            .await
            .map_err(late)??;
    }
    let is_first = own(&bus, name).await?;
    // Whoever asked may have lost patience.
    let _waiting = first.send(is_first);
    if is_first {
        std::future::pending::<()>().await;
    }
    Ok(())
}

/// The right to come to the front, which the desktop gave to this program.
fn platform_data() -> HashMap<&'static str, Variant<'static>> {
    let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let startup = given("DESKTOP_STARTUP_ID");
    let token = given(TOKEN).or_else(|| startup.clone());
    let mut data = HashMap::new();
    if let Some(token) = token {
        let _new = data.insert("activation-token", token.into());
    }
    if let Some(startup) = startup {
        let _new = data.insert("desktop-startup-id", startup.into());
    }
    data
}

/// The window that others find.
struct Application(watch::Sender<u64>);

#[zbus::interface(name = "org.freedesktop.Application")]
impl Application {
    fn activate(&self, _platform_data: HashMap<String, OwnedVariant>) {
        self.0.send_modify(|times| *times += 1);
    }
    /// Files have a dialog of their own.
    fn open(&self, _uris: Vec<String>, platform_data: HashMap<String, OwnedVariant>) {
        self.activate(platform_data);
    }
    fn activate_action(
        &self,
        _action: &str,
        _parameters: Vec<OwnedVariant>,
        platform_data: HashMap<String, OwnedVariant>,
    ) {
        self.activate(platform_data);
    }
}

#[zbus::proxy(interface = "org.freedesktop.Application", assume_defaults = false)]
trait Application {
    fn activate(&self, platform_data: HashMap<&str, Variant<'_>>) -> zbus::Result<()>;
}

/// Longest wait for the bus, and for the other window.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures_util::StreamExt as _;

    use super::*;
    use crate::session_bus::Bus;

    #[test]
    fn the_second_window_brings_the_first_to_the_front_and_ends() {
        let Some(bus) = Bus::start() else { return };
        let claim = |name: String| claim_at(Some(bus.address.clone()), name);
        let Found::Nobody(raises) = claim(name(None)) else {
            panic!("somebody else is there");
        };
        assert!(matches!(claim(name(None)), Found::Another));
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut raised = Box::pin(raises.stream());
            let minute = Duration::from_secs(60);
            assert_eq!(timeout(minute, raised.next()).await.unwrap(), Some(()));
        });
        // Another engine has a window of its own.
        let other = name(Some(Path::new("/run/demo.sock")));
        assert!(matches!(claim(other), Found::Nobody(_)));
    }

    #[test]
    fn without_a_bus_every_window_opens() {
        let nowhere = "unix:path=/nonexistent/inphase/bus".to_owned();
        let found = claim_at(Some(nowhere), name(None));
        assert!(matches!(found, Found::Nobody(_)));
    }
}
