//! BlueZ's objects as its signals tell them: paths, interfaces, properties.
//!
//! The tree takes whatever comes: a property of an unexpected type is as if it
//! were not there.

use std::collections::{BTreeMap, HashMap};

use zbus::fdo::ManagedObjects;
use zbus::{OwnedVariant, Variant};

use crate::bluetooth::state::Address;

pub(super) const ADAPTER: &str = "org.bluez.Adapter1";
pub(super) const BATTERY: &str = "org.bluez.Battery1";
pub(super) const CONTROL: &str = "org.bluez.MediaControl1";
pub(super) const DEVICE: &str = "org.bluez.Device1";
pub(super) const MEDIA: &str = "org.bluez.Media1";
pub(super) const PLAYER: &str = "org.bluez.MediaPlayer1";
pub(super) const TRANSPORT: &str = "org.bluez.MediaTransport1";

/// Properties of one interface.
#[derive(Debug, Clone, Default)]
pub(super) struct Properties(HashMap<String, OwnedVariant>);

impl From<HashMap<String, OwnedVariant>> for Properties {
    fn from(properties: HashMap<String, OwnedVariant>) -> Self {
        Self(properties)
    }
}

impl Properties {
    fn value(&self, name: &str) -> Option<&Variant<'static>> {
        self.0.get(name).map(|value| &**value)
    }

    /// A string or an object path.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Variant::Str(text) => Some(text.as_str()),
            Variant::ObjectPath(path) => Some(path.as_str()),
            _ => None,
        }
    }

    /// A boolean; false when it is not there.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self.value(name), Some(Variant::Bool(true)))
    }

    /// An unsigned number of any width.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        match self.value(name)? {
            Variant::U8(number) => Some(u32::from(*number)),
            Variant::U16(number) => Some(u32::from(*number)),
            Variant::U32(number) => Some(*number),
            _ => None,
        }
    }

    /// A signed number.
    pub(super) fn signed(&self, name: &str) -> Option<i16> {
        match self.value(name)? {
            Variant::I16(number) => Some(*number),
            _ => None,
        }
    }

    /// An array of bytes.
    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let value = self.value(name)?.try_clone().ok()?;
        Vec::<u8>::try_from(value).ok()
    }

    /// An array of strings; empty when it is not there.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let value = self.value(name).and_then(|value| value.try_clone().ok());
        value
            .and_then(|value| Vec::<String>::try_from(value).ok())
            .unwrap_or_default()
    }

    /// A dictionary of properties; empty when it is not there.
    pub(super) fn inner(&self, name: &str) -> Self {
        let value = self.value(name).and_then(|value| value.try_clone().ok());
        let map = value.and_then(|value| HashMap::<String, OwnedVariant>::try_from(value).ok());
        Self(map.unwrap_or_default())
    }
}

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Tree {
    objects: BTreeMap<String, BTreeMap<String, Properties>>,
}

impl Tree {
    /// Begins anew with what BlueZ lists.
    pub(super) fn replace(&mut self, listed: ManagedObjects) {
        self.objects.clear();
        for (path, interfaces) in listed {
            let interfaces = interfaces
                .into_iter()
                .map(|(name, properties)| (name.to_string(), properties));
            self.add(path.as_str(), interfaces.collect());
        }
    }

    /// Interfaces came.
    pub(super) fn add(
        &mut self,
        path: &str,
        interfaces: HashMap<String, HashMap<String, OwnedVariant>>,
    ) {
        let object = self.objects.entry(path.to_owned()).or_default();
        for (name, properties) in interfaces {
            let _ = object.insert(name, properties.into());
        }
    }

    /// Interfaces went.
    pub(super) fn remove(&mut self, path: &str, interfaces: &[String]) {
        let Some(object) = self.objects.get_mut(path) else {
            return;
        };
        object.retain(|name, _| !interfaces.contains(name));
        if object.is_empty() {
            let _ = self.objects.remove(path);
        }
    }

    /// Properties changed or lost their value.
    pub(super) fn change(
        &mut self,
        path: &str,
        interface: &str,
        changed: HashMap<String, OwnedVariant>,
        lost: &[String],
    ) {
        let object = self.objects.get_mut(path);
        let Some(properties) = object.and_then(|object| object.get_mut(interface)) else {
            return;
        };
        properties.0.retain(|name, _| !lost.contains(name));
        properties.0.extend(changed);
    }

    /// Forgets all: BlueZ is gone.
    pub(super) fn clear(&mut self) {
        self.objects.clear();
    }

    /// One interface of one object.
    pub(super) fn get(&self, path: &str, interface: &str) -> Option<&Properties> {
        self.objects.get(path)?.get(interface)
    }

    /// All objects with this interface, in the order of their paths.
    pub(super) fn with<'a>(
        &'a self,
        interface: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Properties)> {
        self.objects.iter().filter_map(move |(path, object)| {
            object
                .get(interface)
                .map(|properties| (path.as_str(), properties))
        })
    }
}

/// `hci0` of `/org/bluez/hci0` and of everything below it.
pub(super) fn adapter_of(path: &str) -> Option<&str> {
    path.strip_prefix("/org/bluez/")?.split('/').next()
}

/// The device of `/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF` and of everything
/// below it.
pub(super) fn device_of(path: &str) -> Option<Address> {
    let part = path.strip_prefix("/org/bluez/")?.split('/').nth(1)?;
    let address = part.strip_prefix("dev_")?;
    address.replace('_', ":").parse().ok()
}

/// The path of a device.
pub(super) fn device_path(adapter: &str, address: Address) -> String {
    let address = address.to_string().replace(':', "_");
    format!("/org/bluez/{adapter}/dev_{address}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn paths_name_adapter_and_device() {
        let address = "AA:BB:CC:DD:EE:0F".parse().unwrap();
        let path = device_path("hci1", address);
        assert_eq!(path, "/org/bluez/hci1/dev_AA_BB_CC_DD_EE_0F");
        let below = format!("{path}/sep1/fd0");
        assert_eq!(adapter_of(&below), Some("hci1"));
        assert_eq!(device_of(&below), Some(address));
        for other in [
            "/",
            "/org/bluez",
            "/org/bluez/hci0",
            "/org/bluez/hci0/dev_AA",
        ] {
            assert_eq!(device_of(other), None, "{other}");
        }
        assert_eq!(adapter_of("/org/freedesktop/DBus"), None);
    }

    #[test]
    fn a_property_of_an_unexpected_type_is_not_there() {
        let value = OwnedVariant::try_from(Variant::from(7u8)).unwrap();
        let properties = Properties(HashMap::from([("Alias".to_owned(), value)]));
        assert_eq!(properties.text("Alias"), None);
        assert_eq!(properties.number("Alias"), Some(7));
        assert!(!properties.is("Alias"));
        assert!(properties.texts("Alias").is_empty());
        assert_eq!(properties.bytes("Alias"), None);
    }

    #[test]
    fn an_object_is_gone_with_its_last_interface() {
        let mut tree = Tree::default();
        let interfaces = [ADAPTER, MEDIA].map(|name| (name.to_owned(), HashMap::new()));
        tree.add("/org/bluez/hci0", HashMap::from(interfaces));
        tree.remove("/org/bluez/hci0", &[MEDIA.to_owned()]);
        assert_eq!(tree.with(ADAPTER).count(), 1);
        tree.remove("/org/bluez/hci0", &[ADAPTER.to_owned()]);
        assert!(tree.objects.is_empty());
        // Changes of what is gone are no surprise.
        tree.change("/org/bluez/hci0", ADAPTER, HashMap::new(), &[]);
    }
}
