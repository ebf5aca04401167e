//! The fake `org.bluez`: takes calls, answers them from its world, tells of
//! changes. Every call is served by a task of its own, so a silent one holds up
//! nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::StreamExt as _;
use tokio::sync::watch;
use zbus::connection::Builder;
use zbus::message::{Flags, Type};
use zbus::{Connection, DynamicType, Message, MessageStream, OwnedVariant};

use super::bus::Bus;
use super::world::{Fault, Properties, World, value};

pub const ADAPTER: &str = "org.bluez.Adapter1";
pub const DEVICE: &str = "org.bluez.Device1";
pub const TRANSPORT: &str = "org.bluez.MediaTransport1";
pub const PLAYER: &str = "org.bluez.MediaPlayer1";

/// An answer: a body, or an error's name and message.
pub type Answer = Result<Message, (String, String)>;

/// A running fake. Clones are the same one.
#[derive(Clone)]
pub struct Bluez {
    pub bus: Connection,
    world: Arc<Mutex<World>>,
    changed: Arc<watch::Sender<()>>,
}

impl Bluez {
    /// Starts on the private bus, without any adapter.
    pub async fn start() -> Self {
        Self::with_world(World::default()).await
    }

    /// Starts with everything as in `world`.
    pub async fn with_world(world: World) -> Self {
        let address = Bus::address();
        let builder = Builder::address(address.as_str())
            .max_queued(std::num::NonZeroUsize::new(4096).unwrap());
        let bus = builder.build().await.expect("the private bus runs");
        let stream = MessageStream::from(&bus);
        bus.request_name("org.bluez")
            .await
            .expect("nobody else is BlueZ");
        let fake = Self {
            bus,
            world: Arc::new(Mutex::new(world)),
            changed: Arc::new(watch::Sender::new(())),
        };
        drop(tokio::spawn(fake.clone().serve(stream)));
        fake
    }

    /// Ends as in a crash: the connection breaks. Returns what it knew.
    pub async fn crash(self) -> World {
        let world = std::mem::take(&mut *self.world());
        self.bus.close().await.expect("it was open");
        world
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Makes calls of `method` on paths with `part` in them go wrong.
    pub fn fault(&self, method: &str, part: &str, fault: Fault) {
        self.world()
            .faults
            .push((method.into(), part.into(), fault));
    }

    /// Everything goes well again.
    pub fn heal(&self) {
        self.world().faults.clear();
    }

    /// Waits until the world is so.
    pub async fn until(&self, what: &str, so: impl Fn(&World) -> bool) {
        let mut changes = self.changed.subscribe();
        let wait = async {
            while !so(&self.world()) {
                changes.changed().await.expect("we hold the sender");
            }
        };
        if tokio::time::timeout(super::house::DEADLINE, wait)
            .await
            .is_err()
        {
            panic!("BlueZ never saw: {what}\n{:#?}", self.world().calls);
        }
    }

    /// Waits for a call, such as `Device1.Connect /org/bluez/hci0/dev_AA`.
    pub async fn until_called(&self, call: &str) {
        self.until(call, |world| world.called(call) > 0).await;
    }

    pub fn touch(&self) {
        self.changed.send_replace(());
    }

    async fn serve(self, mut stream: MessageStream) {
        while let Some(Ok(message)) = stream.next().await {
            if message.message_type() == Type::MethodCall {
                let fake = self.clone();
                drop(tokio::spawn(async move { fake.answer(message).await }));
            }
        }
    }

    async fn answer(self, message: Message) {
        let header = message.header();
        let text = |part: Option<String>| part.unwrap_or_default();
        let path = text(header.path().map(ToString::to_string));
        let interface = text(header.interface().map(ToString::to_string));
        let member = text(header.member().map(ToString::to_string));
        let short = interface.rsplit('.').next().unwrap_or_default();
        self.world().calls.push(format!("{short}.{member} {path}"));
        self.touch();
        let fault = self.world().fault(&member, &path);
        let answer = match fault {
            Some(Fault::Silence) => return,
            Some(Fault::Error(name, words)) => Err((name.to_owned(), words.to_owned())),
            Some(Fault::Late(pause)) => {
                tokio::time::sleep(pause).await;
                self.perform(&message, &path, &interface, &member).await
            }
            None => self.perform(&message, &path, &interface, &member).await,
        };
        if message
            .primary_header()
            .flags()
            .contains(Flags::NO_REPLY_EXPECTED)
        {
            return;
        }
        let answer = answer.or_else(|(name, words)| {
            let error = Message::error(&header, name.as_str());
            error
                .build(&words)
                .map_err(|error| (name, error.to_string()))
        });
        // Whoever called may be gone.
        let _ = self
            .bus
            .send(&answer.expect("an answer can be built"))
            .await;
        self.touch();
    }

    async fn perform(
        &self,
        message: &Message,
        path: &str,
        interface: &str,
        member: &str,
    ) -> Answer {
        match interface {
            "org.freedesktop.DBus.ObjectManager" => {
                let listed = self.listed();
                ok(message, &listed)
            }
            "org.freedesktop.DBus.Properties" => self.properties(message, path, member).await,
            _ => self.radio(message, path, interface, member).await,
        }
    }

    fn listed(&self) -> HashMap<zbus::OwnedObjectPath, HashMap<String, Properties>> {
        let world = self.world();
        let objects = world.objects.iter().map(|(path, object)| {
            let interfaces = object.iter();
            let copy = interfaces.map(|(name, properties)| (name.clone(), copy(properties)));
            (path.as_str().try_into().expect("a path"), copy.collect())
        });
        objects.collect()
    }

    async fn properties(&self, message: &Message, path: &str, member: &str) -> Answer {
        let body = message.body();
        match member {
            "Get" => {
                let (interface, name): (String, String) = body.deserialize().expect("Get(ss)");
                let known = self.world().objects.contains_key(path);
                let found = self.world().get(path, &interface, &name).map(copied);
                match found {
                    Some(value) => ok(message, &value),
                    None if known => Err((
                        "org.freedesktop.DBus.Error.InvalidArgs".into(),
                        "No such property".into(),
                    )),
                    None => Err(unknown_object(path)),
                }
            }
            "GetAll" => {
                let interface: String = body.deserialize().expect("GetAll(s)");
                let all = self
                    .world()
                    .objects
                    .get(path)
                    .and_then(|object| object.get(&interface).map(copy));
                all.map_or_else(|| Err(unknown_object(path)), |all| ok(message, &all))
            }
            _ => {
                let (interface, name, value): (String, String, OwnedVariant) =
                    body.deserialize().expect("Set(ssv)");
                let fault = self.world().fault(&format!("Set {name}"), path);
                self.world().calls.push(format!("Set {name} {path}"));
                match fault {
                    Some(Fault::Error(name, words)) => return Err((name.into(), words.into())),
                    Some(Fault::Silence) => std::future::pending().await,
                    _ => {}
                }
                if !self.world().objects.contains_key(path) {
                    return Err(unknown_object(path));
                }
                let cut = name == "Blocked" && *value == zbus::Variant::Bool(true);
                self.set(path, &interface, &name, value).await;
                if cut {
                    self.hang_up(path).await;
                }
                ok(message, &())
            }
        }
    }

    /// Sets a property and tells.
    pub async fn set(&self, path: &str, interface: &str, name: &str, value: OwnedVariant) {
        let changed: Properties = HashMap::from([(name.to_owned(), copied(&value))]);
        {
            let mut world = self.world();
            let object = world.objects.get_mut(path);
            let Some(properties) = object.and_then(|object| object.get_mut(interface)) else {
                return;
            };
            let _ = properties.insert(name.to_owned(), value);
        }
        self.tell_changed(path, interface, changed, Vec::new())
            .await;
    }

    /// Takes a property away and tells.
    pub async fn unset(&self, path: &str, interface: &str, name: &str) {
        if let Some(object) = self.world().objects.get_mut(path)
            && let Some(properties) = object.get_mut(interface)
        {
            let _ = properties.remove(name);
        }
        self.tell_changed(path, interface, HashMap::new(), vec![name.to_owned()])
            .await;
    }

    async fn tell_changed(
        &self,
        path: &str,
        interface: &str,
        changed: Properties,
        lost: Vec<String>,
    ) {
        let body = (interface, changed, lost);
        self.emit(
            path,
            "org.freedesktop.DBus.Properties",
            "PropertiesChanged",
            &body,
        )
        .await;
    }

    /// Adds an interface with its properties and tells.
    pub async fn add(&self, path: &str, interface: &str, properties: Properties) {
        let told = HashMap::from([(interface.to_owned(), copy(&properties))]);
        let _ = self
            .world()
            .objects
            .entry(path.into())
            .or_default()
            .insert(interface.into(), properties);
        let path = zbus::OwnedObjectPath::try_from(path).expect("a path");
        self.emit(
            "/",
            "org.freedesktop.DBus.ObjectManager",
            "InterfacesAdded",
            &(path, told),
        )
        .await;
    }

    /// Removes an object, and all below it, and tells.
    pub async fn remove(&self, path: &str) {
        let below = format!("{path}/");
        let gone: Vec<_> = {
            let world = self.world();
            let all = world.objects.iter().rev();
            let gone = all.filter(|(other, _)| *other == path || other.starts_with(&below));
            gone.map(|(path, object)| (path.clone(), object.keys().cloned().collect::<Vec<_>>()))
                .collect()
        };
        for (path, interfaces) in gone {
            let _ = self.world().objects.remove(&path);
            let path = zbus::OwnedObjectPath::try_from(path).expect("a path");
            self.emit(
                "/",
                "org.freedesktop.DBus.ObjectManager",
                "InterfacesRemoved",
                &(path, interfaces),
            )
            .await;
        }
    }

    async fn emit<B: serde::Serialize + DynamicType>(
        &self,
        path: &str,
        interface: &str,
        member: &str,
        body: &B,
    ) {
        // The bus may have been ended by the test.
        let _ = self
            .bus
            .emit_signal(None::<&str>, path, interface, member, body)
            .await;
        self.touch();
    }

    /// A boolean, set and told.
    pub async fn switch(&self, path: &str, interface: &str, name: &str, on: bool) {
        self.set(path, interface, name, value(on)).await;
    }
}

/// Answers with a body.
pub fn ok<B: serde::Serialize + DynamicType>(call: &Message, body: &B) -> Answer {
    let answer = Message::method_return(&call.header()).build(body);
    answer.map_err(|error| ("org.bluez.Error.Failed".to_owned(), error.to_string()))
}

/// Answers with one of BlueZ's errors.
pub fn refuse(name: &str, words: &str) -> Answer {
    Err((format!("org.bluez.Error.{name}"), words.to_owned()))
}

pub fn unknown_object(path: &str) -> (String, String) {
    (
        "org.freedesktop.DBus.Error.UnknownObject".to_owned(),
        format!("no {path}"),
    )
}

fn copied(value: &OwnedVariant) -> OwnedVariant {
    value.try_clone().expect("no file descriptor inside")
}

fn copy(properties: &Properties) -> Properties {
    let properties = properties.iter();
    properties
        .map(|(name, value)| (name.clone(), copied(value)))
        .collect()
}
