//! The fake BlueZ's sound: streams agreed with endpoints, transports with their
//! sockets, players.

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use zbus::{DynamicType, Message, ObjectPath, OwnedVariant, Variant};

use super::fake::{Answer, Bluez, DEVICE, PLAYER, TRANSPORT, ok, refuse};
use super::radio::uuid;
use super::world::{Endpoint, Properties, Remote, value};

impl Bluez {
    /// The device is connected: with sound, if an endpoint for it is free.
    pub async fn call_up(&self, device: &str) -> Result<(), (&'static str, &'static str)> {
        let remote = self
            .remote(device)
            .ok_or(("Failed", "br-connection-page-timeout"))?;
        let plays = remote.services.contains(&"0000110b");
        let service = uuid(if plays { "0000110a" } else { "0000110b" });
        let adapter = device.split('/').nth(3).unwrap_or_default().to_owned();
        if self.world().transport_of(device).is_some() {
            let up = self.world().is(device, DEVICE, "Connected");
            return Err(if up {
                ("AlreadyConnected", "Already Connected")
            } else {
                ("InProgress", "In Progress")
            });
        }
        let end = {
            let mut world = self.world();
            let all = world.endpoints.iter_mut();
            let mut fit = all
                .filter(|end| end.adapter == adapter && end.service == service)
                .peekable();
            if fit.peek().is_none() {
                return Err(("Failed", "br-connection-profile-unavailable"));
            }
            let free = fit.find(|end| end.transport.is_none());
            let end = free.ok_or(("Failed", "br-connection-create-socket"))?;
            // Taken before anything is agreed: another device may be on its way.
            end.transport = Some(device.to_owned());
            end.clone()
        };
        self.switch(device, DEVICE, "Connected", true).await;
        let agreed = self.agree(device, &remote, &end).await;
        if agreed.is_err() {
            self.assign(&end, None);
        }
        agreed.map_err(|_| ("Failed", "br-connection-aborted-by-local"))
    }

    fn assign(&self, end: &Endpoint, transport: Option<String>) {
        let used = |other: &&mut Endpoint| other.path == end.path && other.owner == end.owner;
        if let Some(end) = self.world().endpoints.iter_mut().find(used) {
            end.transport = transport;
        }
    }

    /// Agrees on a configuration with this endpoint of ours.
    async fn agree(&self, device: &str, remote: &Remote, end: &Endpoint) -> zbus::Result<()> {
        let answer = self
            .tell_endpoint(end, "SelectConfiguration", &remote.capabilities)
            .await?;
        let configuration: Vec<u8> = answer.body().deserialize()?;
        let path = {
            let mut world = self.world();
            world.transports += 1;
            format!("{device}/sep1/fd{}", world.transports)
        };
        let mut properties: Properties = HashMap::from([
            (
                "Device".to_owned(),
                value(ObjectPath::try_from(device.to_owned())?),
            ),
            ("UUID".to_owned(), value(end.service.clone())),
            ("Codec".to_owned(), value(0u8)),
            ("Configuration".to_owned(), value(configuration)),
            ("State".to_owned(), value("idle")),
        ]);
        if let Some(delay) = remote.delay {
            let _ = properties.insert("Delay".to_owned(), value(delay));
        }
        if let Some(volume) = remote.volume {
            let _ = properties.insert("Volume".to_owned(), value(volume));
        }
        let copy: HashMap<_, OwnedVariant> = properties
            .iter()
            .map(|(name, value)| (name.as_str(), value.try_clone().expect("no descriptor")))
            .collect();
        let object = ObjectPath::try_from(path.clone())?;
        let body = (object, copy);
        let _ = self.tell_endpoint(end, "SetConfiguration", &body).await?;
        self.assign(end, Some(path.clone()));
        self.add(&path, TRANSPORT, properties).await;
        Ok(())
    }

    /// The device hangs up politely.
    pub async fn hang_up(&self, device: &str) {
        // In BlueZ's order.
        self.switch(device, DEVICE, "Connected", false).await;
        self.end_sound(device).await;
        self.remove(&format!("{device}/player0")).await;
    }

    /// The device closes its stream; its link stays.
    pub async fn end_sound(&self, device: &str) {
        let Some(path) = self.world().transport_of(device) else {
            return;
        };
        let end = {
            let mut world = self.world();
            let _ = world.sockets.remove(&path);
            let mut ends = world.endpoints.iter_mut();
            let end = ends.find(|end| end.transport.as_deref() == Some(path.as_str()));
            end.map(|end| {
                end.transport = None;
                end.clone()
            })
        };
        if let Some(end) = end {
            let object = ObjectPath::try_from(path.clone()).expect("a path");
            let _ = self
                .tell_endpoint(&end, "ClearConfiguration", &object)
                .await;
        }
        self.remove(&path).await;
    }

    /// Calls an endpoint of ours, as BlueZ does.
    pub async fn tell_endpoint<B: serde::Serialize + DynamicType>(
        &self,
        end: &Endpoint,
        member: &str,
        body: &B,
    ) -> zbus::Result<Message> {
        let interface = Some("org.bluez.MediaEndpoint1");
        self.bus
            .call_method(
                Some(end.owner.as_str()),
                end.path.as_str(),
                interface,
                member,
                body,
            )
            .await
    }

    pub(super) async fn acquire(&self, message: &Message, path: &str, any: bool) -> Answer {
        if !any && self.world().text(path, TRANSPORT, "State") != "pending" {
            return refuse("NotAvailable", "Operation currently not available");
        }
        if self.world().sockets.contains_key(path) {
            return refuse("NotAuthorized", "Operation Not Authorized");
        }
        let pair = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        );
        let (ours, theirs): (OwnedFd, OwnedFd) = pair.expect("a pair of sockets");
        let _ = self.world().sockets.insert(path.to_owned(), ours);
        self.set(path, TRANSPORT, "State", value("active")).await;
        let fd = zbus::Fd::from(theirs.as_fd());
        ok(message, &(fd, 672u16, 895u16))
    }

    /// Puts a player on a source.
    pub async fn add_player(&self, device: &str) -> String {
        let path = format!("{device}/player0");
        let track: HashMap<String, Variant<'_>> = HashMap::from([
            ("Title".to_owned(), "So What".into()),
            ("Artist".to_owned(), "Miles Davis".into()),
            ("Album".to_owned(), "Kind of Blue".into()),
            ("Duration".to_owned(), 545_000u32.into()),
        ]);
        let properties = HashMap::from([
            ("Status".to_owned(), value("playing")),
            ("Position".to_owned(), value(61_000u32)),
            ("Track".to_owned(), value(track)),
        ]);
        self.add(&path, PLAYER, properties).await;
        path
    }

    pub(super) async fn key(&self, message: &Message, path: &str, member: &str) -> Answer {
        let status = match member {
            "Play" => "playing",
            "Pause" => "paused",
            "Stop" => "stopped",
            _ => return ok(message, &()),
        };
        self.set(path, PLAYER, "Status", value(status)).await;
        ok(message, &())
    }
}
