//! Whether this computer's own Wi-Fi shares the air of Bluetooth, as NetworkManager
//! tells. Where there is no NetworkManager nothing is known and nothing is said.

use std::ops::RangeInclusive;
use std::time::Duration;

use zbus::fdo::DBusProxy;
use zbus::{Connection, OwnedObjectPath, OwnedVariant};

/// Whether a Wi-Fi device is connected at 2.4 GHz.
pub(super) async fn is_at_24(bus: &Connection, limit: Duration) -> bool {
    let asked = tokio::time::timeout(limit, ask(bus)).await;
    asked.ok().flatten().unwrap_or(false)
}

async fn ask(bus: &Connection) -> Option<bool> {
    let daemon = DBusProxy::new(bus).await.ok()?;
    // Asking for it would start it.
    if !daemon.name_has_owner(NAME.try_into().ok()?).await.ok()? {
        return None;
    }
    let answer = bus
        .call_method(Some(NAME), PATH, Some(NAME), "GetDevices", &())
        .await
        .ok()?;
    let devices: Vec<OwnedObjectPath> = answer.body().deserialize().ok()?;
    for device in devices {
        let frequency = frequency(bus, device.as_str()).await;
        if frequency.is_some_and(|mhz| BAND_24.contains(&mhz)) {
            return Some(true);
        }
    }
    Some(false)
}

/// Of the access point that a Wi-Fi device is connected to, in MHz.
async fn frequency(bus: &Connection, device: &str) -> Option<u32> {
    let kind = get(bus, device, DEVICE, "DeviceType").await?;
    if u32::try_from(kind).ok()? != WIFI {
        return None;
    }
    let point = get(bus, device, WIRELESS, "ActiveAccessPoint").await?;
    let point = OwnedObjectPath::try_from(point).ok()?;
    // A device that is not connected has `/`.
    if point.as_str() == "/" {
        return None;
    }
    let frequency = get(bus, point.as_str(), POINT, "Frequency").await?;
    u32::try_from(frequency).ok()
}

async fn get(bus: &Connection, path: &str, interface: &str, name: &str) -> Option<OwnedVariant> {
    let answer = bus
        .call_method(
            Some(NAME),
            path,
            Some(PROPERTIES),
            "Get",
            &(interface, name),
        )
        .await
        .ok()?;
    answer.body().deserialize().ok()
}

const NAME: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const DEVICE: &str = "org.freedesktop.NetworkManager.Device";
const WIRELESS: &str = "org.freedesktop.NetworkManager.Device.Wireless";
const POINT: &str = "org.freedesktop.NetworkManager.AccessPoint";
/// NetworkManager's number for Wi-Fi.
const WIFI: u32 = 2;
/// Channels 1 to 14, in MHz.
const BAND_24: RangeInclusive<u32> = 2400..=2500;
