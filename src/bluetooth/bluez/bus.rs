//! The two connections to the system bus, and what comes in on ours.

use std::collections::HashMap;
use std::io;
use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::StreamExt as _;
use zbus::connection::Builder;
use zbus::fdo::{DBusProxy, ManagedObjects};
use zbus::message::{Flags, Type};
use zbus::names::OwnedInterfaceName;
use zbus::{Message, MessageStream, OwnedObjectPath, OwnedVariant};

use super::core::Core;
use super::explain::{Refusal, within};
use crate::bluetooth::state::Unavailable;

pub(super) const BLUEZ: &str = "org.bluez";
const BUS: &str = "org.freedesktop.DBus";
const MANAGER: &str = "org.freedesktop.DBus.ObjectManager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// What we listen to, as the bus words it.
const RULES: [&str; 3] = [
    "type='signal',sender='org.bluez'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.bluez'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.bluealsa'",
];

/// More than BlueZ says at once while it looks for devices in a full house.
const QUEUE: usize = 512;

/// Both connections.
pub(super) struct Link {
    /// Ours.
    pub(super) bus: zbus::Connection,
    /// bluer's.
    pub(super) session: bluer::Session,
    /// Everything that comes in on ours, in the order in which it was sent.
    stream: MessageStream,
    /// BlueZ's unique name while it runs.
    owner: Option<String>,
    /// The call whose answer lists all objects.
    listing: Option<NonZeroU32>,
    /// Ours is registered while this lives.
    pub(super) agent: Option<bluer::agent::AgentHandle>,
}

impl Link {
    /// Connects both, and finds BlueZ if it runs.
    async fn make(limit: Duration) -> Result<Self, Unavailable> {
        let ours = async {
            let queue = QUEUE.try_into().unwrap_or(std::num::NonZeroUsize::MIN);
            let bus = Builder::system().max_queued(queue).build().await?;
            let stream = MessageStream::from(&bus);
            let daemon = DBusProxy::new(&bus).await?;
            for rule in RULES {
                daemon.add_match_rule(rule.try_into()?).await?;
            }
            let owner = daemon.get_name_owner(BLUEZ.try_into()?).await.ok();
            zbus::Result::Ok((bus, stream, owner.map(|name| name.to_string())))
        };
        let (bus, stream, owner) = match tokio::time::timeout(limit, ours).await {
            Ok(Ok(made)) => made,
            Ok(Err(zbus::Error::InputOutput(error)))
                if error.kind() == io::ErrorKind::PermissionDenied =>
            {
                return Err(Unavailable::Denied);
            }
            Ok(Err(_)) | Err(_) => return Err(Unavailable::NoBus),
        };
        let session = within(limit, bluer::Session::new()).await;
        Ok(Self {
            bus,
            session: session.map_err(|_| Unavailable::NoBus)?,
            stream,
            owner,
            listing: None,
            agent: None,
        })
    }

    /// Whether BlueZ runs.
    pub(super) fn is_bluez_there(&self) -> bool {
        self.owner.is_some()
    }
}

/// The next message; never, while there is no connection. `None` when the
/// connection broke.
pub(super) async fn next(link: &mut Option<Link>) -> Option<Message> {
    match link {
        Some(link) => link.stream.next().await.and_then(Result::ok),
        None => std::future::pending().await,
    }
}

impl Core {
    /// Connects to the bus, now and until it works.
    pub(super) fn connect_bus(&mut self) {
        let limit = self.settings.answer;
        self.start(Link::make(limit), |core, made| match made {
            Ok(link) => {
                core.link = Some(link);
                core.list(true);
            }
            Err(reason) => {
                core.lost(reason);
                core.after(core.settings.again, Self::connect_bus);
            }
        });
    }

    /// The bus is gone, and with it everything.
    pub(super) fn bus_broke(&mut self) {
        tracing::debug!("the system bus is gone");
        self.link = None;
        self.lost(Unavailable::NoBus);
        self.after(self.settings.again, Self::connect_bus);
    }

    /// Asks BlueZ for all objects. The answer is told from the others by its
    /// serial and taken in its turn, so that no change is lost or undone.
    fn list(&mut self, may_start: bool) {
        let Some(link) = &mut self.link else {
            return;
        };
        let call = Message::method_call("/", "GetManagedObjects")
            .destination(BLUEZ)
            .interface(MANAGER);
        // A service that failed to start once is not started again and again.
        let call = if may_start {
            call
        } else {
            call.with_flags(Flags::NO_AUTO_START)
        };
        let Ok(call) = call.build(&()) else {
            return;
        };
        let serial = call.primary_header().serial_num();
        link.listing = Some(serial);
        let bus = link.bus.clone();
        self.start(async move { bus.send(&call).await }, |_, _| ());
        self.after(self.settings.answer, move |core| {
            if core
                .link
                .as_ref()
                .is_some_and(|link| link.listing == Some(serial))
            {
                core.not_listed(Unavailable::Silent);
            }
        });
    }

    /// BlueZ gave no list. When it is not there the bus tells when it comes;
    /// otherwise only asking again helps.
    fn not_listed(&mut self, reason: Unavailable) {
        let Some(link) = &mut self.link else {
            return;
        };
        link.listing = None;
        let reason = match (link.is_bluez_there(), reason) {
            (false, Unavailable::Silent) => Unavailable::NoService,
            (_, reason) => reason,
        };
        let again = reason != Unavailable::NoService;
        self.lost(reason);
        if again {
            self.after(self.settings.again, |core| {
                let idle = core
                    .link
                    .as_ref()
                    .is_some_and(|link| link.listing.is_none());
                if idle && core.reason.is_some() {
                    core.list(false);
                }
            });
        }
    }

    /// Whether BlueZ sent this.
    pub(super) fn is_from_bluez(&self, message: &Message) -> bool {
        let owner = self.link.as_ref().and_then(|link| link.owner.as_deref());
        let sender = message.header().sender().map(ToString::to_string);
        owner.is_some() && sender.as_deref() == owner
    }

    /// Takes one message.
    pub(super) fn hear(&mut self, message: &Message) {
        match message.message_type() {
            Type::Signal => self.hear_signal(message),
            Type::MethodCall => self.hear_call(message),
            Type::MethodReturn | Type::Error => self.hear_answer(message),
        }
    }

    fn hear_answer(&mut self, message: &Message) {
        let serial = message.header().reply_serial();
        let Some(link) = &mut self.link else {
            return;
        };
        if serial.is_none() || link.listing != serial {
            return;
        }
        if message.message_type() == Type::Error {
            let refusal = Refusal::from(zbus::Error::from(message.clone()));
            self.not_listed(refusal.unavailable());
            return;
        }
        link.listing = None;
        match message.body().deserialize::<ManagedObjects>() {
            Ok(objects) => {
                if let Some(sender) = message.header().sender() {
                    link.owner = Some(sender.to_string());
                }
                self.tree.replace(objects);
                self.found();
            }
            Err(error) => {
                tracing::warn!("BlueZ lists its objects in no known form: {error}");
                self.not_listed(Unavailable::Silent);
            }
        }
    }

    fn hear_signal(&mut self, message: &Message) {
        let header = message.header();
        let interface = header.interface().map_or("", |name| name.as_str());
        let member = header.member().map_or("", |name| name.as_str());
        let sender = header.sender().map(zbus::names::UniqueName::as_str);
        if interface == BUS {
            if sender == Some(BUS) && member == "NameOwnerChanged" {
                self.hear_owner(message);
            }
            return;
        }
        if !self.is_from_bluez(message) {
            return;
        }
        let path = header.path().map_or("", |path| path.as_str());
        match (interface, member) {
            (MANAGER, "InterfacesAdded") => self.hear_added(message),
            (MANAGER, "InterfacesRemoved") => self.hear_removed(message),
            (PROPERTIES, "PropertiesChanged") => self.hear_changed(path, message),
            _ => {}
        }
    }

    fn hear_owner(&mut self, message: &Message) {
        let Ok((name, _, new)) = message.body().deserialize::<(String, String, String)>() else {
            return;
        };
        if name != BLUEZ {
            self.look_for_owners();
            return;
        }
        let Some(link) = &mut self.link else {
            return;
        };
        link.agent = None;
        link.listing = None;
        if new.is_empty() {
            link.owner = None;
            self.lost(Unavailable::NoService);
        } else {
            link.owner = Some(new);
            self.lost(Unavailable::Silent);
            self.reason = None;
            self.list(false);
        }
    }

    fn hear_added(&mut self, message: &Message) {
        type Added = (
            OwnedObjectPath,
            HashMap<OwnedInterfaceName, HashMap<String, OwnedVariant>>,
        );
        let Ok((path, interfaces)) = message.body().deserialize::<Added>() else {
            return;
        };
        let named = interfaces
            .into_iter()
            .map(|(name, properties)| (name.to_string(), properties))
            .collect();
        self.tree.add(path.as_str(), named);
        self.changed(path.as_str());
    }

    fn hear_removed(&mut self, message: &Message) {
        let Ok((path, interfaces)) = message
            .body()
            .deserialize::<(OwnedObjectPath, Vec<String>)>()
        else {
            return;
        };
        self.tree.remove(path.as_str(), &interfaces);
        self.changed(path.as_str());
    }

    fn hear_changed(&mut self, path: &str, message: &Message) {
        type Changed = (String, HashMap<String, OwnedVariant>, Vec<String>);
        let Ok((interface, changed, lost)) = message.body().deserialize::<Changed>() else {
            return;
        };
        self.tree.change(path, &interface, changed, &lost);
        self.changed(path);
    }
}
