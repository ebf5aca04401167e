//! What the desktop wishes of every window: dark or light, more contrast, less
//! motion. Asked of the settings portal over the session bus, and followed.
//!
//! Nothing here fails or blocks: without a bus or a portal there are simply no
//! wishes, and it is tried again now and then.

use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::time::{sleep, timeout};
use zbus::{Connection, OwnedVariant, Variant, fdo};

use super::{AGAIN, ANSWER, connect};

/// What the desktop wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Dark, or light; `None` without a wish.
    pub dark: Option<bool>,
    /// More contrast.
    pub contrast: bool,
    /// Less motion.
    pub calm: bool,
}

/// The wishes now and whenever they change. Runs in tokio.
pub fn wishes() -> impl Stream<Item = Wishes> + Send {
    follow(None)
}

/// [`wishes`] of the desktop on the bus at `address`.
pub fn wishes_at(address: String) -> impl Stream<Item = Wishes> + Send {
    follow(Some(address))
}

fn follow(address: Option<String>) -> impl Stream<Item = Wishes> + Send {
    let portal = Portal {
        address,
        last: None,
        listening: None,
    };
    stream::unfold(portal, |mut portal| async move {
        loop {
            if let Some(wishes) = portal.step().await {
                return Some((wishes, portal));
            }
        }
    })
}

/// The settings portal, connected or not.
struct Portal {
    address: Option<String>,
    /// What was told last.
    last: Option<Wishes>,
    listening: Option<Listening>,
}

/// A living connection.
struct Listening {
    changes: SettingChangedStream,
    wishes: Wishes,
    // Held: the stream ends with it.
    _bus: Connection,
}

impl Portal {
    /// Connects, or waits for a change; answers with wishes that are new.
    async fn step(&mut self) -> Option<Wishes> {
        let wishes = match &mut self.listening {
            Some(listening) => match listening.next().await {
                Some(wishes) => wishes,
                None => {
                    self.listening = None;
                    return None;
                }
            },
            None => match timeout(ANSWER, Listening::begin(self.address.as_deref())).await {
                Ok(Ok(listening)) => self.listening.insert(listening).wishes,
                Ok(Err(error)) => {
                    tracing::debug!("no settings portal: {error}");
                    sleep(AGAIN).await;
                    return None;
                }
                Err(_) => {
                    sleep(AGAIN).await;
                    return None;
                }
            },
        };
        let new = self.last != Some(wishes);
        self.last = Some(wishes);
        new.then_some(wishes)
    }
}

impl Listening {
    async fn begin(address: Option<&str>) -> zbus::Result<Self> {
        let bus = connect(address).await?;
        let portal = SettingsProxy::new(&bus).await?;
        // Listening before asking: no change falls between the two.
        let changes = portal.receive_setting_changed().await?;
        let mut wishes = Wishes::default();
        for (namespace, key) in KEYS {
            if let Some(value) = read(&portal, namespace, key).await? {
                wishes.take(namespace, key, &value);
            }
        }
        Ok(Self {
            changes,
            wishes,
            _bus: bus,
        })
    }

    /// The wishes after the next change; `None` when the bus is gone.
    async fn next(&mut self) -> Option<Wishes> {
        let change = self.changes.next().await?;
        if let Ok(change) = change.args() {
            self.wishes
                .take(change.namespace, change.key, &change.value);
        }
        Some(self.wishes)
    }
}

impl Wishes {
    /// Takes over one setting; anything that is none of ours changes nothing.
    fn take(&mut self, namespace: &str, key: &str, value: &Variant<'_>) {
        match (namespace, key, plain(value)) {
            (APPEARANCE, "color-scheme", Variant::U32(1)) => self.dark = Some(true),
            (APPEARANCE, "color-scheme", Variant::U32(2)) => self.dark = Some(false),
            (APPEARANCE, "color-scheme", Variant::U32(_)) => self.dark = None,
            (APPEARANCE, "contrast", Variant::U32(wish)) => self.contrast = *wish == 1,
            (APPEARANCE, "reduced-motion", Variant::U32(wish)) => self.calm = *wish == 1,
            (GNOME, "enable-animations", Variant::Bool(moves)) => self.calm = !moves,
            _ => {}
        }
    }
}

/// Older portals wrap a value twice.
fn plain<'a>(mut value: &'a Variant<'a>) -> &'a Variant<'a> {
    while let Variant::Variant(inner) = value {
        value = inner;
    }
    value
}

/// One setting; `None` where the desktop does not have it.
async fn read(
    portal: &SettingsProxy<'_>,
    namespace: &str,
    key: &str,
) -> zbus::Result<Option<OwnedVariant>> {
    let answer = match portal.read_one(namespace, key).await {
        // Portals before version 2 know only the older call.
        Err(zbus::Error::FDO(error)) if matches!(*error, fdo::Error::UnknownMethod(_)) => {
            portal.read(namespace, key).await
        }
        other => other,
    };
    match answer {
        Ok(value) => Ok(Some(value)),
        // The portal's own refusal: there is no such setting.
        Err(zbus::Error::MethodError(..)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The desktop's settings as the portal shows them.
#[zbus::proxy(
    interface = "org.freedesktop.portal.Settings",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait Settings {
    fn read_one(&self, namespace: &str, key: &str) -> zbus::Result<OwnedVariant>;
    fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedVariant>;
    #[zbus(signal)]
    fn setting_changed(&self, namespace: &str, key: &str, value: Variant<'_>) -> zbus::Result<()>;
}

const APPEARANCE: &str = "org.freedesktop.appearance";
/// GNOME told of animations here before there was a common setting.
const GNOME: &str = "org.gnome.desktop.interface";
/// In the order they are asked; a later one wins.
const KEYS: [(&str, &str); 4] = [
    (APPEARANCE, "color-scheme"),
    (APPEARANCE, "contrast"),
    (GNOME, "enable-animations"),
    (APPEARANCE, "reduced-motion"),
];

#[cfg(test)]
mod tests;
