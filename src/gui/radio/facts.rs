//! What is known of a device's link, as lines of a name and a value.

use super::{adapter_name, next_try};
use crate::bluetooth::state::{Device, State};
use crate::bluetooth::words::Agreed;
use crate::engine::format;
use crate::gui::glyph;

/// Its link, from the codec to the battery; what is not known is left out.
#[must_use]
pub fn facts(device: &Device, state: &State, now_ms: u64) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(transport) = &device.transport {
        let agreed = Agreed::of(transport);
        let rate = agreed.rate.map(|hz| f64::from(hz) / 1000.0);
        let rate = rate.map_or_else(String::new, |khz| format!(" · {khz} kHz"));
        facts.push(("Sound", format!("{}{rate}", agreed.codec())));
        if let Some(bitpool) = agreed.bitpool {
            facts.push(("Bitpool", format!("up to {bitpool}")));
        }
        if device.kind.plays() {
            facts.push(("Delay it reports", delay(transport.delay)));
        }
    }
    if let Some(words) = next_try(device, now_ms) {
        let failed = device.retry.map_or(0, |retry| retry.failed);
        facts.push(("Reconnecting", words));
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

fn delay(tenths: Option<u16>) -> String {
    tenths.map_or_else(
        || "none".into(),
        |tenths| format::latency(f64::from(tenths) / 10.0),
    )
}
