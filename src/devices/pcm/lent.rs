//! Connections to PulseAudio that streams use one after the other.
//!
//! A connection of the library behind cpal notices that nobody uses it any more
//! only when the server says something afterwards. Thrown away, connections pile
//! up until the server (64 clients on pipewire-pulse) takes no more, from anybody.

use std::sync::{Arc, Mutex, PoisonError};

/// Connections that no stream uses now.
#[derive(Clone, Default)]
pub(super) struct Spare(Arc<Mutex<Vec<cpal::Host>>>);

/// A stream's own connection. Dropped after the stream, it is spare again.
pub(super) struct Lent {
    host: Option<cpal::Host>,
    spare: Spare,
}

impl Spare {
    /// A connection to use; it may be dead by now.
    pub(super) fn take(&self) -> Option<cpal::Host> {
        self.lock().pop()
    }

    /// Gives a connection to a stream.
    pub(super) fn lend(&self, host: Option<cpal::Host>) -> Lent {
        let spare = self.clone();
        Lent { host, spare }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<cpal::Host>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.spare.lock().extend(self.host.take());
    }
}
