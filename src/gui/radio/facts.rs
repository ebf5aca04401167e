//! What is known of a device's link, as lines of a name and a value.

use super::{adapter_name, next_try};
use crate::bluetooth::state::{Device, State};
use crate::bluetooth::words::{self, Agreed};
use crate::engine::format;
use crate::gui::glyph;
use crate::gui::shared::Shared;

/// Its link, from the codec to the battery; what is not known is left out.
#[must_use]
pub fn facts(device: &Device, state: &State, shared: &Shared) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(transport) = &device.transport {
        let agreed = Agreed::of(transport);
        let rate = agreed.rate.map(|hz| f64::from(hz) / 1000.0);
        let rate = rate.map_or_else(String::new, |khz| format!(" · {khz} kHz"));
        facts.push(("Sound", format!("{}{rate}", agreed.codec())));
        facts.extend(bitpool(&agreed, device, shared));
        if device.kind.plays() {
            facts.push(("Delay it reports", delay(transport.delay)));
        }
    }
    facts.extend(figures(device, shared));
    if let Some(next) = next_try(device, shared.unix_ms()) {
        let failed = device.retry.map_or(0, |retry| retry.failed);
        let aside = device.retry.as_ref().and_then(words::set_aside);
        facts.extend(aside.map(|(_, why)| ("Set aside", why.to_owned())));
        facts.push(("Reconnecting", next));
        facts.push(("Tries so far", failed.to_string()));
    }
    let adapter = state.adapter(&device.adapter);
    facts.push((
        "Adapter",
        adapter.map_or_else(
            || device.adapter.clone(),
            |adapter| format!("{} ({})", adapter_name(adapter), adapter.id),
        ),
    ));
    if let Some(percent) = device.battery {
        facts.push(("Battery", format!("{percent}%")));
    }
    if let Some(dbm) = device.rssi {
        let words = ["very weak", "weak", "fair", "good", "strong"];
        let word = words[usize::from(glyph::bars(dbm)).min(words.len() - 1)];
        let sign = if dbm < 0 { "−" } else { "" };
        facts.push((
            "Signal",
            format!("{word}, {sign}{} dBm", dbm.unsigned_abs()),
        ));
    }
    facts
}

/// How fine the sound is now, and at most.
fn bitpool(agreed: &Agreed, device: &Device, shared: &Shared) -> Option<(&'static str, String)> {
    let most = agreed.bitpool?;
    let mut links = shared.link.snapshot.links.iter();
    let link = links.find(|link| link.address == device.address && link.bitpool > 0);
    let words = link.map_or_else(
        || format!("up to {most}"),
        |link| format!("{} of {most}", link.bitpool),
    );
    Some(("Bitpool", words))
}

/// How its packets fare while a connection is open.
fn figures(device: &Device, shared: &Shared) -> Vec<(&'static str, String)> {
    let mut links = shared.link.snapshot.links.iter();
    let Some(link) = links.find(|link| link.address == device.address) else {
        return Vec::new();
    };
    let of_all = |count: u64| format!("{count} of {}", link.packets + count);
    if link.incoming {
        vec![
            ("Packets lost", of_all(link.lost)),
            ("Packets late by", format::latency(link.jitter_ms)),
            ("Kept against that", format::latency(link.depth_ms)),
        ]
    } else {
        vec![
            ("Packets not sent", of_all(link.dropped)),
            ("Packets waiting", link.queued.to_string()),
        ]
    }
}

fn delay(tenths: Option<u16>) -> String {
    tenths.map_or_else(
        || "none".into(),
        |tenths| format::latency(f64::from(tenths) / 10.0),
    )
}
