//! What the fake BlueZ knows: objects and their properties, who registered
//! what, the devices in the air, and what shall go wrong.

use std::collections::{BTreeMap, HashMap};
use std::os::fd::OwnedFd;
use std::time::Duration;

use zbus::{OwnedVariant, Variant};

pub type Properties = HashMap<String, OwnedVariant>;

/// A value for a property.
pub fn value(value: impl Into<Variant<'static>>) -> OwnedVariant {
    OwnedVariant::try_from(value.into()).expect("no file descriptor inside")
}

/// What happens instead of an answer.
#[derive(Clone)]
pub enum Fault {
    /// This error, with this message.
    Error(&'static str, &'static str),
    /// No answer, ever.
    Silence,
    /// The answer, later.
    Late(Duration),
}

/// An endpoint that someone registered.
#[derive(Clone)]
pub struct Endpoint {
    pub adapter: String,
    pub owner: String,
    pub path: String,
    pub service: String,
    pub codec: u32,
    pub delay_reporting: bool,
    pub capabilities: Vec<u8>,
    /// The transport it serves.
    pub transport: Option<String>,
}

/// A device in the air.
#[derive(Clone)]
pub struct Remote {
    pub name: &'static str,
    pub address: &'static str,
    /// `0000110b` for a speaker, `0000110a` for a source.
    pub services: Vec<&'static str>,
    pub class: u32,
    pub icon: &'static str,
    /// Capabilities of its endpoint.
    pub capabilities: Vec<u8>,
    pub delay: Option<u16>,
    pub volume: Option<u16>,
    /// Which question BlueZ asks of our agent while pairing with it.
    pub asks: Option<&'static str>,
}

#[derive(Default)]
pub struct World {
    pub objects: BTreeMap<String, BTreeMap<String, Properties>>,
    pub endpoints: Vec<Endpoint>,
    /// Agents by owner.
    pub agents: BTreeMap<String, Agent>,
    pub default_agent: Option<String>,
    /// Who looks for devices, by adapter.
    pub discovering: BTreeMap<String, Vec<String>>,
    /// Devices that an adapter finds when it looks.
    pub air: BTreeMap<String, Vec<Remote>>,
    /// Our ends of acquired transports.
    pub sockets: BTreeMap<String, OwnedFd>,
    /// What goes wrong, by method and a part of its path.
    pub faults: Vec<(String, String, Fault)>,
    /// All calls, as `Adapter1.StartDiscovery /org/bluez/hci0`.
    pub calls: Vec<String>,
    pub transports: u32,
}

#[derive(Clone)]
pub struct Agent {
    pub owner: String,
    pub path: String,
    pub capability: String,
}

impl World {
    pub fn get(&self, path: &str, interface: &str, name: &str) -> Option<&OwnedVariant> {
        self.objects.get(path)?.get(interface)?.get(name)
    }

    pub fn is(&self, path: &str, interface: &str, name: &str) -> bool {
        let found = self.get(path, interface, name);
        found.is_some_and(|value| matches!(**value, Variant::Bool(true)))
    }

    pub fn text(&self, path: &str, interface: &str, name: &str) -> String {
        match self.get(path, interface, name).map(|value| &**value) {
            Some(Variant::Str(text)) => text.to_string(),
            Some(Variant::ObjectPath(path)) => path.to_string(),
            _ => String::new(),
        }
    }

    pub fn number(&self, path: &str, interface: &str, name: &str) -> Option<u32> {
        match **self.get(path, interface, name)? {
            Variant::U32(number) => Some(number),
            Variant::U16(number) => Some(number.into()),
            _ => None,
        }
    }

    /// The transport of a device.
    pub fn transport_of(&self, device: &str) -> Option<String> {
        let mut all = self.objects.iter();
        let found = all.find(|(path, object)| {
            path.starts_with(device) && object.contains_key("org.bluez.MediaTransport1")
        });
        found.map(|(path, _)| path.clone())
    }

    /// What shall go wrong with this call.
    pub fn fault(&self, method: &str, path: &str) -> Option<Fault> {
        let mut faults = self.faults.iter();
        let found = faults.find(|(name, part, _)| name == method && path.contains(part.as_str()));
        found.map(|(_, _, fault)| fault.clone())
    }

    pub fn called(&self, call: &str) -> usize {
        self.calls
            .iter()
            .filter(|made| made.starts_with(call))
            .count()
    }
}

/// The path of a device.
pub fn device_path(adapter: &str, address: &str) -> String {
    format!("/org/bluez/{adapter}/dev_{}", address.replace(':', "_"))
}
