//! What the window asked of devices: one that could not be done is told once,
//! to whoever asked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::bluetooth::Order;
use crate::bluetooth::state::{Activity, Address, State};
use crate::engine::Command;

/// Devices of which something was asked, and the newest request that was shown.
#[derive(Debug, Default)]
pub struct Asked {
    errands: BTreeMap<Address, Errand>,
    shown: Option<u32>,
}

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
            | Order::PairThrough { address, .. }
            | Order::Move { address, .. },
        ) = command
        else {
            return;
        };
        let errand = Errand {
            since: now,
            begun: false,
        };
        let _older = self.errands.insert(*address, errand);
    }

    /// Sentences about what could not be done.
    #[must_use]
    pub fn failures(&mut self, state: &State, now: Instant) -> Vec<String> {
        let mut failures = Vec::new();
        self.errands.retain(|address, errand| {
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

impl Asked {
    /// Whether a device asks for something that nobody was shown yet.
    #[must_use]
    pub fn is_asked(&mut self, state: &State) -> bool {
        let open = state
            .requests
            .iter()
            .filter(|request| super::requests::is_open(request));
        let Some(newest) = open.map(|request| request.id).max() else {
            return false;
        };
        let new = self.shown.is_none_or(|shown| newest > shown);
        self.shown = self.shown.max(Some(newest));
        new
    }
}

/// Until then what was asked may not have begun.
const BEGIN: Duration = Duration::from_secs(2);
