//! When to try a device again: the wait doubles with each failure, is spread by
//! chance so that speakers that were lost together do not all call at once, and never
//! ends. A device that takes the others down with it is kept away for longer.
//!
//! One object per device; equal seeds give equal waits. Time is an argument.

use crate::sync::time::Nanos;

/// When one device is tried again.
#[derive(Debug, Clone)]
pub struct Backoff {
    state: u64,
    failures: u32,
    /// When it did harm lately.
    harms: [Option<Nanos>; HARMS],
    until: Option<Nanos>,
}

impl Backoff {
    /// For a device; give each one another seed, such as its address.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            failures: 0,
            harms: [None; HARMS],
            until: None,
        }
    }

    /// It could not be reached, or was lost. Returns when to try again.
    pub fn failed(&mut self, now: Nanos) -> Nanos {
        let doubled = FIRST.0 << self.failures.min(DOUBLINGS);
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.min(LONGEST.0);
        // Three quarters to five quarters of it.
        let wait = wait / 4 * 3 + (self.chance() * (wait / 2) as f64) as i64;
        (now + Nanos(wait)).max(self.until.unwrap_or(now))
    }

    /// It is there and plays.
    pub fn succeeded(&mut self) {
        self.failures = 0;
        self.until = None;
    }

    /// It did harm to its neighbours. The first time it is only tried again; from the
    /// second time in ten minutes on it is in quarantine, twice as long each time.
    /// Returns the end of it.
    pub fn harmed(&mut self, now: Nanos) -> Option<Nanos> {
        self.harms.rotate_right(1);
        self.harms[0] = Some(now);
        let recent = self
            .harms
            .iter()
            .flatten()
            .filter(|then| now - **then < HARM_WINDOW)
            .count();
        if recent >= 2 {
            let doublings = (recent - 2).min(HARMS) as u32;
            self.until = Some(now + Nanos(QUARANTINE.0 << doublings));
        }
        self.until
    }

    /// The user lets it back in: it begins anew, with short waits.
    pub fn pardon(&mut self) {
        self.failures = 0;
        self.until = None;
        self.harms = [None; HARMS];
    }

    /// SplitMix64, uniform in 0..1.
    fn chance(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A seed from a device's address.
#[must_use]
pub fn seed(address: &str) -> u64 {
    // FNV-1a.
    address.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

const FIRST: Nanos = Nanos(1_000_000_000);
/// Paging a speaker that is not there takes 5 s of the radio's time each try.
const LONGEST: Nanos = Nanos(60_000_000_000);
const DOUBLINGS: u32 = 6;
const HARMS: usize = 6;
const HARM_WINDOW: Nanos = Nanos(600_000_000_000);
const QUARANTINE: Nanos = Nanos(60_000_000_000);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(seconds: f64) -> Nanos {
        Nanos::from_secs(seconds)
    }

    proptest! {
        #[test]
        fn it_tries_for_ever_never_too_soon_and_never_too_rarely(seed: u64, count in 1u32..200) {
            let mut backoff = Backoff::new(seed);
            let mut now = Nanos::ZERO;
            for failure in 0..count {
                let next = backoff.failed(now);
                let nominal = (1.0 * f64::from(2_u32.pow(failure.min(6)))).min(60.0);
                let wait = (next - now).secs();
                prop_assert!(wait >= 0.75 * nominal && wait <= 1.25 * nominal);
                now = next;
            }
            backoff.succeeded();
            prop_assert!(backoff.failed(now) - now <= secs(1.25));
        }
    }

    #[test]
    fn equal_seeds_give_equal_waits_and_others_do_not() {
        let waits = |address: &str| -> Vec<Nanos> {
            let mut backoff = Backoff::new(seed(address));
            (0..8).map(|_| backoff.failed(Nanos::ZERO)).collect()
        };
        assert_eq!(waits("02:00:00:00:01:01"), waits("02:00:00:00:01:01"));
        assert_ne!(waits("02:00:00:00:01:01"), waits("02:00:00:00:01:02"));
    }

    #[test]
    fn one_stall_is_forgiven_and_repeated_ones_are_not() {
        let mut backoff = Backoff::new(1);
        assert_eq!(backoff.harmed(secs(0.0)), None);
        assert!(backoff.failed(secs(0.0)) < secs(2.0));
        let first = backoff.harmed(secs(60.0));
        assert_eq!(first, Some(secs(120.0)));
        assert!(backoff.failed(secs(60.0)) >= secs(120.0));
        assert_eq!(backoff.harmed(secs(180.0)), Some(secs(300.0)));
        assert!(backoff.failed(secs(200.0)) >= secs(300.0));
        backoff.pardon();
        assert!(backoff.failed(secs(200.0)) < secs(202.0));
        assert_eq!(backoff.harmed(secs(1000.0)), None);
    }

    #[test]
    fn a_device_that_the_user_asks_for_begins_with_short_waits() {
        let mut backoff = Backoff::new(1);
        for _ in 0..10 {
            let _later = backoff.failed(Nanos::ZERO);
        }
        backoff.pardon();
        assert!(backoff.failed(secs(3.0)) < secs(4.3));
    }
}
