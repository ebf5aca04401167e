//! The state as others see it, made of BlueZ's objects and our records.

use super::core::Core;
use super::place::kind;
use super::tree::{
    ADAPTER, BATTERY, CONTROL, PLAYER, Properties, adapter_of, device_of, device_path,
};
use crate::bluetooth::state::{
    Adapter, Address, Device, Player, PlayerAction, PlayerStatus, Role, Service, State, Transport,
    TransportState, Unavailable, Version,
};

impl Core {
    /// Everything as it is now.
    pub(super) fn view(&self) -> State {
        State {
            service: self.service(),
            adapters: self
                .tree
                .with(ADAPTER)
                .filter_map(|(path, properties)| {
                    Some(self.view_adapter(adapter_of(path)?, properties))
                })
                .collect(),
            devices: self
                .addresses()
                .into_iter()
                .filter_map(|address| self.view_device(address))
                .collect(),
            pairing: self.pairing.window(),
            requests: self.pairing.requests(),
            owners: self.owners.clone(),
            wifi_24: self.wifi_24,
            handover: self.handover.clone(),
        }
    }

    /// BlueZ's version, where an adapter tells.
    pub(super) fn version(&self) -> Option<Version> {
        let mut adapters = self.tree.with(ADAPTER);
        adapters.find_map(|(_, properties)| Version::of_modalias(properties.text("Modalias")?))
    }

    /// Whether Bluetooth can be used.
    pub(super) fn service(&self) -> Service {
        if let Some(reason) = &self.reason {
            return Service::Unavailable(reason.clone());
        }
        if !self.listed {
            return Service::Starting;
        }
        let version = self.version();
        let adapters = self.adapter_ids();
        let reason = match version {
            _ if adapters.is_empty() => Unavailable::NoAdapter,
            Some(version) if version < Version::OLDEST => Unavailable::TooOld { version },
            _ if adapters.iter().any(|id| self.is_on(id)) => {
                return Service::Ready {
                    version,
                    caution: version.and_then(Version::caution),
                };
            }
            _ if adapters.iter().all(|id| self.is_blocked(id)) => Unavailable::Blocked,
            _ => Unavailable::PoweredOff,
        };
        Service::Unavailable(reason)
    }

    fn view_adapter(&self, id: &str, properties: &Properties) -> Adapter {
        let text = |name| properties.text(name).unwrap_or_default();
        Adapter {
            id: id.to_owned(),
            address: text("Address").parse().ok(),
            alias: text("Alias").to_owned(),
            named: self.names.get(id).cloned(),
            powered: properties.is("Powered"),
            blocked: self.is_blocked(id),
            discovering: properties.is("Discovering"),
            discoverable: properties.is("Discoverable"),
            pairable: properties.is("Pairable"),
            class: properties.number("Class").unwrap_or(0),
            streams: self.endpoints.streams(id),
            receives: self.endpoints.receives(id),
            failure: self.endpoints.failure(id),
        }
    }

    fn view_device(&self, address: Address) -> Option<Device> {
        let places = self.places(address);
        let (adapter, properties) = *places.first()?;
        let text = |name| properties.text(name).map(str::to_owned);
        let record = self.records.get(&address);
        let path = device_path(adapter, address);
        let battery = self.tree.get(&path, BATTERY);
        let battery = battery.and_then(|battery| battery.number("Percentage"));
        let mut adapters: Vec<_> = places.iter().map(|(id, _)| (*id).to_owned()).collect();
        adapters.sort_unstable();
        Some(Device {
            address,
            adapter: adapter.to_owned(),
            adapters,
            name: text("Name").unwrap_or_default(),
            alias: text("Alias").unwrap_or_else(|| address.to_string()),
            class: properties.number("Class"),
            icon: text("Icon"),
            kind: kind(properties),
            paired: properties.is("Paired"),
            trusted: properties.is("Trusted"),
            connected: properties.is("Connected"),
            blocked: properties.is("Blocked"),
            rssi: properties.signed("RSSI"),
            battery: battery.and_then(|percent| u8::try_from(percent.min(100)).ok()),
            activity: record
                .map(|record| record.activity.clone())
                .unwrap_or_default(),
            transport: self.view_transport(address),
            player: self.view_player(address),
            wanted: record.is_some_and(|record| record.wanted),
            retry: record.and_then(|record| record.retry),
            failure: record.and_then(|record| record.failure.clone()),
        })
    }

    fn view_transport(&self, address: Address) -> Option<Transport> {
        let (path, properties) = self.transport(address)?;
        let record = self.records.get(&address);
        let acquired = record.and_then(|record| record.acquired.as_deref());
        Some(Transport {
            role: role(properties),
            state: transport_state(properties),
            ours: self.endpoints.holds(path),
            acquired: acquired == Some(path),
            codec: small(properties, "Codec").unwrap_or(0),
            configuration: properties.bytes("Configuration").unwrap_or_default(),
            delay: delay(properties),
            volume: small(properties, "Volume"),
        })
    }

    /// The path of the device's player: the one its remote control is bound to,
    /// or the first.
    pub(super) fn player(&self, address: Address) -> Option<(&str, &Properties)> {
        let adapter = self.place(address).ok()?;
        let control = self.tree.get(&device_path(&adapter, address), CONTROL);
        let bound = control.and_then(|control| control.text("Player"));
        let players = || {
            let all = self.tree.with(PLAYER);
            all.filter(|(path, _)| {
                device_of(path) == Some(address) && adapter_of(path) == Some(adapter.as_str())
            })
        };
        let found = players().find(|(path, _)| Some(*path) == bound);
        found.or_else(|| players().next())
    }

    fn view_player(&self, address: Address) -> Option<Player> {
        let (_, properties) = self.player(address)?;
        let track = properties.inner("Track");
        let text = |name| track.text(name).unwrap_or_default().to_owned();
        let record = self.records.get(&address);
        let cannot = record
            .map(|record| record.cannot.as_slice())
            .unwrap_or_default();
        let can = PlayerAction::ALL.into_iter();
        Some(Player {
            title: text("Title"),
            artist: text("Artist"),
            album: text("Album"),
            status: player_status(properties),
            position_ms: properties.number("Position").filter(|ms| *ms != u32::MAX),
            duration_ms: track.number("Duration").filter(|ms| *ms != u32::MAX),
            can: can.filter(|action| !cannot.contains(action)).collect(),
        })
    }
}

/// A transport tells its end by the service of ours that it belongs to.
pub(super) fn role(properties: &Properties) -> Role {
    let service = properties.text("UUID").unwrap_or_default();
    if service
        .get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case("0000110b"))
    {
        Role::FromSource
    } else {
        Role::ToSpeaker
    }
}

pub(super) fn transport_state(properties: &Properties) -> TransportState {
    match properties.text("State") {
        Some("active") => TransportState::Active,
        Some("pending") => TransportState::Pending,
        _ => TransportState::Idle,
    }
}

/// BlueZ shows 0 until the speaker has reported.
pub(super) fn delay(properties: &Properties) -> Option<u16> {
    let delay = u16::try_from(properties.number("Delay")?).ok()?;
    (delay > 0).then_some(delay)
}

fn small(properties: &Properties, name: &str) -> Option<u8> {
    u8::try_from(properties.number(name)?).ok()
}

fn player_status(properties: &Properties) -> PlayerStatus {
    match properties.text("Status") {
        Some("playing") => PlayerStatus::Playing,
        Some("paused") => PlayerStatus::Paused,
        Some("forward-seek" | "reverse-seek") => PlayerStatus::Seeking,
        Some("error") => PlayerStatus::Failed,
        _ => PlayerStatus::Stopped,
    }
}
