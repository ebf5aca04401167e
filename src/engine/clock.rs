//! The one place where the engine reads the clock.

use nix::time::{ClockId, clock_gettime};

use crate::sync::time::Nanos;

/// `CLOCK_MONOTONIC_RAW`, the clock of every stamp. A vDSO read, fit for
/// real-time threads.
#[must_use]
pub fn now() -> Nanos {
    // The kernel has had this clock since 2.6.28; a failure would mean no time at all.
    clock_gettime(ClockId::CLOCK_MONOTONIC_RAW).map_or(Nanos::ZERO, |time| {
        Nanos(time.tv_sec() * 1_000_000_000 + time.tv_nsec())
    })
}

/// Unix time in milliseconds, for people.
#[must_use]
pub fn unix_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
