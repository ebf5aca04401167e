//! What the window asked of devices: one that could not be done is told once,
//! to whoever asked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::bluetooth::Order;
use crate::bluetooth::state::{Activity, Address, State};
use crate::engine::Command;

/// Devices of which something was asked.
#[derive(Debug, Default)]
pub struct Asked(BTreeMap<Address, Errand>);

#[derive(Debug)]
struct Errand {
    since: Instant,
    /// The engine is at it, or has been.
    begun: bool,
}

impl Asked {
    /// A command goes to the engine.
    pub fn note(&mut self, command: &Command, now: Instant) {
        let Command::Bluetooth(
            Order::Pair(address)
            | Order::Connect(address)
            | Order::Disconnect(address)
            | Order::Forget(address)
            | Order::Move { address, .. },
        ) = command
        else {
            return;
        };
        let errand = Errand {
            since: now,
            begun: false,
        };
        let _older = self.0.insert(*address, errand);
    }

    /// Sentences about what could not be done.
    #[must_use]
    pub fn failures(&mut self, state: &State, now: Instant) -> Vec<String> {
        let mut failures = Vec::new();
        self.0.retain(|address, errand| {
            let Some(device) = state.device(*address) else {
                return false;
            };
            if device.activity != Activity::None {
                errand.begun = true;
                return true;
            }
            let waits = !errand.begun && now.saturating_duration_since(errand.since) < BEGIN;
            if !waits {
                failures.extend(device.failure.clone());
            }
            waits
        });
        failures
    }
}

/// Until then what was asked may not have begun.
const BEGIN: Duration = Duration::from_secs(2);
