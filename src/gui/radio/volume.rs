//! The volume of a Bluetooth device while a hand is on it: what the hand says
//! counts until the device says the same, or says otherwise for a while.

use std::time::{Duration, Instant};

use super::order;
use crate::bluetooth::state::{Address, Device, State};
use crate::bluetooth::{Order, volume};
use crate::gui::action::Action;
use crate::gui::slider::Steps;

/// The highest volume there is.
pub const LOUDEST: f64 = volume::LOUDEST as f64;

/// How far keys turn it.
pub const STEPS: Steps = Steps {
    fine: 1.0,
    plain: 4.0,
    coarse: 13.0,
    page: 26.0,
};

/// 0 to 127 as people read it.
#[must_use]
pub fn percent(volume: f64) -> String {
    format!("{:.0}%", volume::percent(volume))
}

/// A volume that is being turned, or has just been.
#[derive(Debug, Default)]
pub struct Turning {
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    address: Address,
    value: u8,
    /// When the hand let go.
    since: Option<Instant>,
}

impl Turning {
    /// The volume to show; `None` where the device has none.
    #[must_use]
    pub fn value(&self, device: &Device) -> Option<f64> {
        let told = device.transport.as_ref()?.volume?;
        let held = self.held.as_ref().filter(|of| of.address == device.address);
        Some(f64::from(held.map_or(told, |held| held.value)))
    }

    /// Turns it to a value.
    pub fn turn(&mut self, address: Address, value: f64) -> Action {
        let value = value.clamp(0.0, LOUDEST).round() as u8;
        self.held = Some(Held {
            address,
            value,
            since: None,
        });
        order(Order::SetVolume {
            address,
            volume: value,
        })
    }

    /// The hand has let go.
    pub fn let_go(&mut self, now: Instant) {
        if let Some(held) = &mut self.held {
            held.since = Some(now);
        }
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, state: Option<&State>, now: Instant) {
        let Some(held) = &self.held else {
            return;
        };
        let Some(since) = held.since else {
            return;
        };
        let device = state.and_then(|state| state.device(held.address));
        let told = device.and_then(|device| device.transport.as_ref()?.volume);
        if told == Some(held.value) || now.saturating_duration_since(since) >= PATIENCE {
            self.held = None;
        }
    }
}

/// Speakers take up to a second to tell their new volume.
const PATIENCE: Duration = Duration::from_millis(1500);
