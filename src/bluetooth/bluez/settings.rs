//! What the task is told when it starts: limits, and who decides about codecs
//! and patience. Tests give short limits; nothing else differs.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::bluetooth::owner::RESTART_WIREPLUMBER;
use crate::bluetooth::state::Address;

/// Limits and hooks.
#[derive(Clone)]
pub struct Settings {
    /// Longest wait for an answer of BlueZ; below ten seconds.
    pub answer: Duration,
    /// Longest wait for a person who was asked something; BlueZ waits a minute.
    pub person: Duration,
    /// From one look for a bus or BlueZ to the next, where nothing tells.
    pub again: Duration,
    /// From one look for other owners to the next.
    pub owners: Duration,
    /// How many speakers each adapter can have before endpoints are added.
    pub streams: u8,
    /// The most endpoints for speakers an adapter gets.
    pub most_streams: u8,
    /// The name to give to all adapters, for Echoes to see.
    pub name: Option<String>,
    /// Who knows the codecs.
    pub codecs: Arc<dyn Codecs>,
    /// Who decides how long to wait before a lost device is tried again.
    pub patience: Arc<dyn Patience>,
    /// Where the kernel shows radio switches, `/sys/class/rfkill`.
    pub rfkill: PathBuf,
    /// Where the kernel shows processes, `/proc`.
    pub processes: PathBuf,
    /// The user's `~/.config`, where sound servers are told what to do.
    pub config: PathBuf,
    /// The shell command that restarts WirePlumber.
    pub restart: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("answer", &self.answer)
            .field("streams", &self.streams)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Those of a real system.
    #[must_use]
    pub fn new(codecs: Arc<dyn Codecs>, patience: Arc<dyn Patience>, config: PathBuf) -> Self {
        Self {
            answer: Duration::from_secs(9),
            person: Duration::from_secs(55),
            again: Duration::from_secs(5),
            owners: Duration::from_secs(10),
            streams: 6,
            most_streams: 16,
            name: None,
            codecs,
            patience,
            rfkill: PathBuf::from("/sys/class/rfkill"),
            processes: PathBuf::from("/proc"),
            config,
            restart: RESTART_WIREPLUMBER.to_owned(),
        }
    }
}

/// Who knows the codecs. The bytes are those of the A2DP specification and
/// come from a radio: hostile until parsed.
pub trait Codecs: Send + Sync {
    /// The codec's number; 0 is SBC.
    fn codec(&self) -> u8;
    /// What we offer to speakers.
    fn source_capabilities(&self) -> Vec<u8>;
    /// What we offer to a source.
    fn sink_capabilities(&self) -> Vec<u8>;
    /// The configuration to choose of a remote device's capabilities; `None`
    /// when nothing fits.
    fn select(&self, remote: &[u8]) -> Option<Vec<u8>>;
    /// Whether we can work with a configuration that the other side chose.
    fn accepts(&self, configuration: &[u8]) -> bool;
}

/// Makes a [`Backoff`] for each device.
pub trait Patience: Send + Sync {
    /// One for this device, as after a success.
    fn backoff(&self, address: Address) -> Box<dyn Backoff>;
}

/// How long to wait before a lost device is tried again.
pub trait Backoff: Send {
    /// How long to wait after one more failure.
    fn failed(&mut self) -> Duration;
    /// The device is connected.
    fn succeeded(&mut self);
    /// The user asks for it: whatever it did to others is forgiven.
    fn pardoned(&mut self);
}
