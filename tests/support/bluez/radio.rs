//! What the fake BlueZ does with its adapters, devices, transports and players.

use std::collections::HashMap;
use zbus::{DynamicType, Message, ObjectPath, OwnedObjectPath, Variant};

use super::fake::{ADAPTER, Answer, Bluez, DEVICE, TRANSPORT, ok, refuse, unknown_object};
use super::world::{Agent, Endpoint, Properties, Remote, device_path, value};

/// All of SBC, bitpool 2 to 53.
pub const SBC: [u8; 4] = [0x3f, 0xff, 2, 53];

/// A service's name in full.
pub fn uuid(short: &str) -> String {
    format!("{short}-0000-1000-8000-00805f9b34fb")
}

/// A speaker as it is in the air.
pub fn speaker(name: &'static str, address: &'static str) -> Remote {
    Remote {
        name,
        address,
        services: vec!["0000110b", "0000110e"],
        class: 0x24_0414,
        icon: "audio-card",
        capabilities: SBC.to_vec(),
        delay: Some(1500),
        volume: Some(64),
        asks: None,
    }
}

/// An Echo as it is in the air.
pub fn echo(name: &'static str, address: &'static str) -> Remote {
    Remote {
        services: vec!["0000110a", "0000110c"],
        class: 0x24_0704,
        delay: None,
        ..speaker(name, address)
    }
}

impl Bluez {
    /// Plugs an adapter in.
    pub async fn plug(&self, id: &str, address: &str, powered: bool) {
        self.plug_as(id, address, powered, "usb:v1D6Bp0246d0548")
            .await;
    }

    /// Plugs an adapter in that tells this version of BlueZ.
    pub async fn plug_as(&self, id: &str, address: &str, powered: bool, modalias: &str) {
        let path = format!("/org/bluez/{id}");
        let properties = HashMap::from([
            ("Address".to_owned(), value(address.to_owned())),
            ("Alias".to_owned(), value("computer")),
            ("Class".to_owned(), value(0x6c_0104_u32)),
            ("Powered".to_owned(), value(powered)),
            ("Discoverable".to_owned(), value(false)),
            ("DiscoverableTimeout".to_owned(), value(180u32)),
            ("Pairable".to_owned(), value(true)),
            ("PairableTimeout".to_owned(), value(0u32)),
            ("Discovering".to_owned(), value(false)),
            ("Modalias".to_owned(), value(modalias.to_owned())),
        ]);
        self.add(&path, ADAPTER, properties).await;
        self.add(&path, "org.bluez.Media1", HashMap::new()).await;
    }

    /// Pulls an adapter out: BlueZ releases its endpoints.
    pub async fn unplug(&self, id: &str) {
        let endpoints: Vec<_> = {
            let mut world = self.world();
            let (gone, left) = world
                .endpoints
                .drain(..)
                .partition(|end: &Endpoint| end.adapter == id);
            world.endpoints = left;
            gone
        };
        for end in endpoints {
            let _ = self.tell_endpoint(&end, "Release", &()).await;
        }
        self.remove(&format!("/org/bluez/{id}")).await;
    }

    /// Makes a device known to BlueZ.
    pub async fn meet(&self, adapter: &str, remote: &Remote, paired: bool) -> String {
        let path = device_path(adapter, remote.address);
        let services: Vec<String> = remote.services.iter().map(|short| uuid(short)).collect();
        let object = ObjectPath::try_from(format!("/org/bluez/{adapter}")).expect("a path");
        let properties = HashMap::from([
            ("Address".to_owned(), value(remote.address)),
            ("Name".to_owned(), value(remote.name)),
            ("Alias".to_owned(), value(remote.name)),
            ("Class".to_owned(), value(remote.class)),
            ("Icon".to_owned(), value(remote.icon)),
            ("UUIDs".to_owned(), value(services)),
            ("Paired".to_owned(), value(paired)),
            ("Trusted".to_owned(), value(paired)),
            ("Connected".to_owned(), value(false)),
            ("Blocked".to_owned(), value(false)),
            ("Adapter".to_owned(), value(object)),
        ]);
        self.add(&path, DEVICE, properties).await;
        let air = &mut self.world().air;
        let here = air.entry(adapter.to_owned()).or_default();
        here.retain(|other| other.address != remote.address);
        here.push(remote.clone());
        path
    }

    /// Puts a device into the air: it is found when someone looks.
    pub fn hide(&self, adapter: &str, remote: &Remote) {
        let mut world = self.world();
        world
            .air
            .entry(adapter.to_owned())
            .or_default()
            .push(remote.clone());
    }

    pub(super) fn remote(&self, path: &str) -> Option<Remote> {
        let world = self.world();
        let mut found = world.air.iter().flat_map(|(adapter, remotes)| {
            remotes
                .iter()
                .map(move |remote| (device_path(adapter, remote.address), remote))
        });
        found
            .find(|(device, _)| device == path)
            .map(|(_, remote)| remote.clone())
    }

    pub(super) async fn radio(
        &self,
        message: &Message,
        path: &str,
        interface: &str,
        member: &str,
    ) -> Answer {
        let known = path == "/org/bluez" || self.world().objects.contains_key(path);
        if !known {
            return Err(unknown_object(path));
        }
        match (interface.rsplit('.').next().unwrap_or_default(), member) {
            ("AgentManager1", _) => self.agents_changed(message, member),
            ("Adapter1", "SetDiscoveryFilter") => ok(message, &()),
            ("Adapter1", "StartDiscovery") => self.discover(message, path, true).await,
            ("Adapter1", "StopDiscovery") => self.discover(message, path, false).await,
            ("Adapter1", "RemoveDevice") => {
                let device: OwnedObjectPath =
                    message.body().deserialize().expect("RemoveDevice(o)");
                if !self.world().objects.contains_key(device.as_str()) {
                    return refuse("DoesNotExist", "Does Not Exist");
                }
                self.hang_up(device.as_str()).await;
                self.remove(device.as_str()).await;
                ok(message, &())
            }
            ("Media1", "RegisterEndpoint") => self.register(message, path),
            ("Device1", "Pair") => self.pair(message, path).await,
            ("Device1", "CancelPairing") => ok(message, &()),
            ("Device1", "Connect") => match self.call_up(path).await {
                Ok(()) => ok(message, &()),
                Err((name, words)) => refuse(name, words),
            },
            ("Device1", "Disconnect") => {
                self.hang_up(path).await;
                ok(message, &())
            }
            ("MediaTransport1", "Acquire") => self.acquire(message, path, true).await,
            ("MediaTransport1", "TryAcquire") => self.acquire(message, path, false).await,
            ("MediaTransport1", "Release") => {
                let _ = self.world().sockets.remove(path);
                self.set(path, TRANSPORT, "State", value("idle")).await;
                ok(message, &())
            }
            ("MediaPlayer1" | "MediaControl1", _) => self.key(message, path, member).await,
            _ => Err((
                "org.freedesktop.DBus.Error.UnknownMethod".into(),
                member.into(),
            )),
        }
    }

    fn agents_changed(&self, message: &Message, member: &str) -> Answer {
        let owner = message
            .header()
            .sender()
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut world = self.world();
        match member {
            "RegisterAgent" => {
                let (path, capability): (OwnedObjectPath, String) =
                    message.body().deserialize().expect("(os)");
                let agent = Agent {
                    owner: owner.clone(),
                    path: path.to_string(),
                    capability,
                };
                let _ = world.agents.insert(owner, agent);
            }
            "RequestDefaultAgent" => world.default_agent = Some(owner),
            _ => {
                let _ = world.agents.remove(&owner);
            }
        }
        ok(message, &())
    }

    fn register(&self, message: &Message, path: &str) -> Answer {
        let owner = message
            .header()
            .sender()
            .map(ToString::to_string)
            .unwrap_or_default();
        let (end, properties): (OwnedObjectPath, Properties) =
            message.body().deserialize().expect("(oa{sv})");
        let text = |name: &str| String::try_from(&**properties.get(name).expect(name)).expect(name);
        let capabilities = properties
            .get("Capabilities")
            .expect("Capabilities")
            .try_clone();
        self.world().endpoints.push(Endpoint {
            adapter: path.trim_start_matches("/org/bluez/").to_owned(),
            owner,
            path: end.to_string(),
            service: text("UUID"),
            codec: properties.get("Codec").map_or(99, |codec| match **codec {
                Variant::U8(codec) => codec.into(),
                _ => 99,
            }),
            delay_reporting: properties
                .get("DelayReporting")
                .is_some_and(|on| **on == Variant::Bool(true)),
            capabilities: Vec::try_from(capabilities.expect("no descriptor")).expect("bytes"),
            transport: None,
        });
        ok(message, &())
    }

    async fn discover(&self, message: &Message, path: &str, on: bool) -> Answer {
        let adapter = path.trim_start_matches("/org/bluez/").to_owned();
        let owner = message
            .header()
            .sender()
            .map(ToString::to_string)
            .unwrap_or_default();
        if !self.world().is(path, ADAPTER, "Powered") {
            return refuse("NotReady", "Resource Not Ready");
        }
        let looking = {
            let mut world = self.world();
            let who = world.discovering.entry(adapter.clone()).or_default();
            who.retain(|other| *other != owner);
            if on {
                who.push(owner);
            }
            !who.is_empty()
        };
        self.switch(path, ADAPTER, "Discovering", looking).await;
        let air = self.world().air.get(&adapter).cloned().unwrap_or_default();
        for remote in air.iter().filter(|_| on) {
            if !self
                .world()
                .objects
                .contains_key(&device_path(&adapter, remote.address))
            {
                let _ = self.meet(&adapter, remote, false).await;
            }
            let device = device_path(&adapter, remote.address);
            self.set(&device, DEVICE, "RSSI", value(-61i16)).await;
        }
        ok(message, &())
    }

    async fn pair(&self, message: &Message, path: &str) -> Answer {
        if self.world().is(path, DEVICE, "Paired") {
            return refuse("AlreadyExists", "Already Exists");
        }
        let caller = message
            .header()
            .sender()
            .map(ToString::to_string)
            .unwrap_or_default();
        let asks = self.remote(path).and_then(|remote| remote.asks);
        let agreed = match asks {
            Some(question) => self.ask(Some(&caller), path, question).await,
            None => Ok(()),
        };
        if let Err(words) = agreed {
            return refuse("AuthenticationRejected", &words);
        }
        self.switch(path, DEVICE, "Paired", true).await;
        ok(message, &())
    }

    /// Asks the agent of `caller`, or the default one, as BlueZ does.
    pub async fn ask(
        &self,
        caller: Option<&str>,
        device: &str,
        question: &str,
    ) -> Result<(), String> {
        let agent = {
            let world = self.world();
            let owner = caller.or(world.default_agent.as_deref());
            owner.and_then(|owner| world.agents.get(owner)).cloned()
        };
        let Some(agent) = agent else {
            return Err("no agent".to_owned());
        };
        let device = ObjectPath::try_from(device.to_owned()).expect("a path");
        let answer = match question {
            "RequestConfirmation" | "DisplayPasskey" if question == "RequestConfirmation" => {
                self.tell_agent(&agent, question, &(device, 123_456u32))
                    .await
            }
            "DisplayPasskey" => {
                self.tell_agent(&agent, question, &(device, 4711u32, 0u16))
                    .await
            }
            "DisplayPinCode" => self.tell_agent(&agent, question, &(device, "0815")).await,
            "AuthorizeService" => {
                self.tell_agent(&agent, question, &(device, uuid("0000110d")))
                    .await
            }
            _ => self.tell_agent(&agent, question, &device).await,
        };
        let answer = answer.map_err(|error| error.to_string())?;
        match question {
            "RequestPinCode" => {
                let pin: String = answer.body().deserialize().expect("a PIN");
                (pin == "1234").then_some(()).ok_or("wrong PIN".to_owned())
            }
            "RequestPasskey" => {
                let passkey: u32 = answer.body().deserialize().expect("a passkey");
                (passkey == 4711)
                    .then_some(())
                    .ok_or("wrong passkey".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// BlueZ does not wait for the agent's answer any more.
    pub async fn cancel(&self) {
        let agent = self
            .world()
            .agents
            .values()
            .next()
            .cloned()
            .expect("an agent");
        let _ = self.tell_agent(&agent, "Cancel", &()).await;
    }

    async fn tell_agent<B: serde::Serialize + DynamicType>(
        &self,
        agent: &Agent,
        member: &str,
        body: &B,
    ) -> zbus::Result<Message> {
        let (owner, path) = (agent.owner.as_str(), agent.path.as_str());
        self.bus
            .call_method(Some(owner), path, Some("org.bluez.Agent1"), member, body)
            .await
    }
}
