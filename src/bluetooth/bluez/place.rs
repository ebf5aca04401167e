//! Which adapter a device is used through, and questions about devices.

use bluer::{Adapter, Device};

use super::core::Core;
use super::error::BluetoothError;
use super::record::Record;
use super::tree::{ADAPTER, DEVICE, Properties, TRANSPORT, adapter_of, device_of, device_path};
use crate::bluetooth::state::{Address, Kind, Unavailable};

const SINK: &str = "0000110b-0000-1000-8000-00805f9b34fb";
const SOURCE: &str = "0000110a-0000-1000-8000-00805f9b34fb";

impl Core {
    /// What we know of the device beyond BlueZ.
    pub(super) fn record(&mut self, address: Address) -> &mut Record {
        let patience = &self.settings.patience;
        let record = self.records.entry(address);
        record.or_insert_with(|| Record::new(address, patience))
    }

    /// Ids of all adapters, in order.
    pub(super) fn adapter_ids(&self) -> Vec<String> {
        let adapters = self.tree.with(ADAPTER);
        let ids = adapters.filter_map(|(path, _)| adapter_of(path));
        ids.map(str::to_owned).collect()
    }

    /// What BlueZ says of an adapter.
    pub(super) fn adapter_properties(&self, id: &str) -> Option<&Properties> {
        self.tree.get(&format!("/org/bluez/{id}"), ADAPTER)
    }

    /// The adapter that is called so, by id or address.
    pub(super) fn adapter_id(&self, name: &str) -> Result<String, BluetoothError> {
        let mut adapters = self.tree.with(ADAPTER);
        let found = adapters.find_map(|(path, properties)| {
            let id = adapter_of(path)?;
            let address = properties.text("Address")?;
            (id == name || address.eq_ignore_ascii_case(name)).then(|| id.to_owned())
        });
        found.ok_or_else(|| BluetoothError::UnknownAdapter {
            adapter: name.to_owned(),
        })
    }

    /// Whether the adapter is on.
    pub(super) fn is_on(&self, id: &str) -> bool {
        self.adapter_properties(id)
            .is_some_and(|properties| properties.is("Powered"))
    }

    /// Adapters that are on.
    pub(super) fn adapters_on(&self) -> Vec<String> {
        let mut ids = self.adapter_ids();
        ids.retain(|id| self.is_on(id));
        ids
    }

    /// Addresses of all devices that BlueZ knows.
    pub(super) fn addresses(&self) -> Vec<Address> {
        let devices = self.tree.with(DEVICE);
        let mut addresses: Vec<_> = devices.filter_map(|(path, _)| device_of(path)).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// All adapters that know the device, the one to use first: where it is
    /// connected, where it shall be used, where it is paired, where it is on.
    pub(super) fn places(&self, address: Address) -> Vec<(&str, &Properties)> {
        let shall = self.records.get(&address);
        let shall = shall.and_then(|record| record.adapter.as_deref());
        let shall = shall.and_then(|name| self.adapter_id(name).ok());
        let devices = self.tree.with(DEVICE);
        let known = devices.filter(|(path, _)| device_of(path) == Some(address));
        let mut places: Vec<_> = known
            .filter_map(|(path, properties)| Some((adapter_of(path)?, properties)))
            .collect();
        places.sort_by_key(|(adapter, properties)| {
            let preferred = shall.as_deref() == Some(*adapter);
            let no = |yes: bool| !yes;
            (
                no(properties.is("Connected")),
                no(preferred),
                no(properties.is("Paired")),
                no(self.is_on(adapter)),
            )
        });
        places
    }

    /// The adapter to use the device through.
    pub(super) fn place(&self, address: Address) -> Result<String, BluetoothError> {
        let places = self.places(address);
        let first = places.first().map(|(adapter, _)| (*adapter).to_owned());
        first.ok_or(BluetoothError::UnknownDevice { address })
    }

    /// What BlueZ says of the device there.
    pub(super) fn properties(&self, address: Address) -> Option<&Properties> {
        let places = self.places(address);
        places.first().map(|(_, properties)| *properties)
    }

    /// What the user calls it.
    pub(super) fn name_of(&self, address: Address) -> String {
        let properties = self.properties(address);
        let alias = properties.and_then(|properties| properties.text("Alias"));
        alias.map_or_else(|| address.to_string(), str::to_owned)
    }

    /// bluer's adapter.
    pub(super) fn adapter(&self, id: &str) -> Result<Adapter, BluetoothError> {
        let Some(link) = &self.link else {
            return Err(BluetoothError::Unavailable(Unavailable::NoBus));
        };
        let unknown = |_| BluetoothError::UnknownAdapter {
            adapter: id.to_owned(),
        };
        link.session.adapter(id).map_err(unknown)
    }

    /// bluer's device, at the adapter to use it through.
    pub(super) fn device(&self, address: Address) -> Result<Device, BluetoothError> {
        self.device_at(&self.place(address)?, address)
    }

    /// bluer's device at this adapter.
    pub(super) fn device_at(
        &self,
        adapter: &str,
        address: Address,
    ) -> Result<Device, BluetoothError> {
        let device = self.adapter(adapter)?.device(bluer::Address(address.0));
        device.map_err(|_| BluetoothError::UnknownDevice { address })
    }

    /// The device's sound connection: ours rather than another program's,
    /// one that streams rather than one that rests. When the link breaks BlueZ
    /// shows it a little longer than it is there.
    pub(super) fn transport(&self, address: Address) -> Option<(&str, &Properties)> {
        let transports = self.tree.with(TRANSPORT);
        let of_device = transports.filter(|(path, _)| {
            let device = adapter_of(path).map(|adapter| device_path(adapter, address));
            let linked = device.and_then(|device| self.tree.get(&device, DEVICE));
            device_of(path) == Some(address) && linked.is_some_and(|device| device.is("Connected"))
        });
        of_device.max_by_key(|(path, properties)| {
            let idle = properties.text("State") == Some("idle");
            (self.endpoints.holds(path), !idle)
        })
    }

    /// Whether a stranger: neither paired nor trusted nor wanted.
    pub(super) fn is_stranger(&self, address: Address) -> bool {
        let wanted = self
            .records
            .get(&address)
            .is_some_and(|record| record.wanted);
        let known = self
            .properties(address)
            .is_some_and(|properties| properties.is("Paired") || properties.is("Trusted"));
        !wanted && !known
    }
}

/// What a device does for us, by its services, or by its class while those are
/// not known.
pub(super) fn kind(properties: &Properties) -> Kind {
    let services = properties.texts("UUIDs");
    let has = |uuid: &str| {
        services
            .iter()
            .any(|service| service.eq_ignore_ascii_case(uuid))
    };
    match (has(SINK), has(SOURCE)) {
        (true, true) => Kind::Both,
        (true, false) => Kind::Speaker,
        (false, true) => Kind::Source,
        (false, false) if services.is_empty() => by_class(properties.number("Class")),
        (false, false) => Kind::Other,
    }
}

/// Major class in bits 8 to 12: 1 computers, 2 phones, 4 audio and video, whose
/// minor class in bits 2 to 7 tells microphones (4) and cameras (12, 13) from
/// what plays.
fn by_class(class: Option<u32>) -> Kind {
    let class = class.unwrap_or(0);
    match ((class >> 8) & 0x1f, (class >> 2) & 0x3f) {
        (1 | 2, _) => Kind::Source,
        (4, 4 | 12 | 13) => Kind::Other,
        (4, _) => Kind::Speaker,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_tells_while_services_are_unknown() {
        assert_eq!(by_class(Some(0x24_0414)), Kind::Speaker);
        assert_eq!(by_class(Some(0x5a_020c)), Kind::Source);
        assert_eq!(by_class(Some(0x20_0410)), Kind::Other);
        assert_eq!(by_class(Some(0x00_0540)), Kind::Other);
        assert_eq!(by_class(None), Kind::Other);
    }
}
