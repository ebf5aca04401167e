//! The engine's clocks: the monotonic one of every stamp, and people's.

pub use crate::devices::now;

/// Unix time in milliseconds, for people.
#[must_use]
pub fn unix_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
