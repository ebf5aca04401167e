//! Whether real-time priority can be had by asking.

use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;
use zbus::fdo::DBusProxy;

/// Whether rtkit is on the system bus, or would start when it is asked. Blocks for
/// a moment.
#[must_use]
pub fn has_rtkit() -> bool {
    has_rtkit_at(None)
}

/// [`has_rtkit`] on the bus at `address`.
#[must_use]
pub fn has_rtkit_at(address: Option<&str>) -> bool {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return false;
    };
    let asked = runtime.block_on(async { timeout(PATIENCE, ask(address)).await });
    match asked {
        Ok(Ok(there)) => there,
        Ok(Err(error)) => {
            tracing::debug!("no system bus: {error}");
            false
        }
        Err(_) => false,
    }
}

async fn ask(address: Option<&str>) -> zbus::Result<bool> {
    let builder = match address {
        Some(address) => zbus::connection::Builder::address(address),
        None => zbus::connection::Builder::system(),
    };
    let bus = builder.build().await?;
    let daemon = DBusProxy::new(&bus).await?;
    if daemon.name_has_owner(RTKIT.try_into()?).await? {
        return Ok(true);
    }
    let startable = daemon.list_activatable_names().await?;
    Ok(startable.iter().any(|name| name.as_str() == RTKIT))
}

const RTKIT: &str = "org.freedesktop.RealtimeKit1";
/// Longest wait for the bus.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::session_bus::Bus;

    #[test]
    fn rtkit_is_found_where_it_is() {
        let Some(bus) = Bus::start() else { return };
        let there = || has_rtkit_at(Some(&bus.address));
        assert!(!there());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let _rtkit = runtime.block_on(async {
            let rtkit = super::super::connect(Some(&bus.address)).await.unwrap();
            rtkit.request_name(RTKIT).await.unwrap();
            rtkit
        });
        assert!(there());
        assert!(!has_rtkit_at(Some("unix:path=/nonexistent/inphase/bus")));
    }
}
