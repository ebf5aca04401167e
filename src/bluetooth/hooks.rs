//! What the conversation with BlueZ asks of the rest: which codec settings to
//! choose, and how long to wait before a lost device is tried again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::bluez::{Backoff, Codecs, Patience};
use super::capability::{SbcOffer, Wish, select, validate};
use super::sbc::Rate;
use super::state::Address;
use super::{backoff, locked};
use crate::devices::now;

/// SBC, which every device has.
#[derive(Debug)]
pub(super) struct Sbc;

impl Codecs for Sbc {
    fn codec(&self) -> u8 {
        0
    }

    fn source_capabilities(&self) -> Vec<u8> {
        SbcOffer::SOURCE.to_bytes().to_vec()
    }

    fn sink_capabilities(&self) -> Vec<u8> {
        SbcOffer::SINK.to_bytes().to_vec()
    }

    fn select(&self, remote: &[u8]) -> Option<Vec<u8>> {
        // As an Echo and most music have it, and less air than 48 kHz.
        let wish = Wish::usual(Rate::Hz44100);
        let chosen = select(remote, &wish).ok()?;
        Some(chosen.to_bytes().to_vec())
    }

    fn accepts(&self, configuration: &[u8]) -> bool {
        validate(configuration, &SbcOffer::SOURCE).is_ok()
    }
}

/// One back-off for each device, which the warden may lengthen.
#[derive(Debug, Clone, Default)]
pub(super) struct Waits(Arc<Mutex<BTreeMap<Address, backoff::Backoff>>>);

impl Waits {
    /// The device held up the others.
    pub(super) fn harmed(&self, address: Address) {
        let _until = self.with(address, |backoff| backoff.harmed(now()));
    }

    fn with<T>(&self, address: Address, work: impl FnOnce(&mut backoff::Backoff) -> T) -> T {
        let mut all = locked(&self.0);
        let fresh = || backoff::Backoff::new(backoff::seed(&address.to_string()));
        work(all.entry(address).or_insert_with(fresh))
    }
}

impl Patience for Waits {
    fn backoff(&self, address: Address) -> Box<dyn Backoff> {
        Box::new(Wait {
            waits: self.clone(),
            address,
        })
    }
}

struct Wait {
    waits: Waits,
    address: Address,
}

impl Backoff for Wait {
    fn failed(&mut self) -> Duration {
        let time = now();
        let next = self
            .waits
            .with(self.address, |backoff| backoff.failed(time));
        Duration::from_nanos(u64::try_from((next - time).0).unwrap_or(0))
    }

    fn succeeded(&mut self) {
        self.waits.with(self.address, backoff::Backoff::succeeded);
    }

    fn pardoned(&mut self) {
        self.waits.with(self.address, backoff::Backoff::pardon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_held_up_the_others_twice_waits_a_minute_unless_the_user_asks_for_it() {
        let (waits, address) = (Waits::default(), Address([1; 6]));
        let mut backoff = waits.backoff(address);
        waits.harmed(address);
        assert!(backoff.failed() < Duration::from_secs(2));
        waits.harmed(address);
        assert!(backoff.failed() > Duration::from_secs(58));
        backoff.pardoned();
        assert!(backoff.failed() < Duration::from_secs(2));
    }
}
