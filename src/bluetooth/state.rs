//! What is known of Bluetooth: plain data for the command line and the window.
//!
//! Nothing here knows D-Bus. Moments are milliseconds since 1970, so that a
//! window in another process can count down by itself.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use service::{Service, Unavailable, Version};

mod service;

/// Everything that is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Whether Bluetooth can be used, and if not, why.
    pub service: Service,
    /// All adapters, `hci0` first.
    pub adapters: Vec<Adapter>,
    /// All devices that BlueZ knows or sees, by address.
    pub devices: Vec<Device>,
    /// The pairing window while it is open.
    pub pairing: Option<PairingWindow>,
    /// Who asked for something, newest last.
    pub requests: Vec<Request>,
    /// Who else takes part in Bluetooth sound.
    pub owners: Vec<Owner>,
    /// This computer's own Wi-Fi is connected at 2.4 GHz, where Bluetooth is.
    pub wifi_24: bool,
    /// How WirePlumber is made to leave Bluetooth sound to Inphase, where it runs or
    /// was told to.
    pub handover: Option<Handover>,
}

impl State {
    /// The device with this address.
    #[must_use]
    pub fn device(&self, address: Address) -> Option<&Device> {
        self.devices.iter().find(|device| device.address == address)
    }

    /// The adapter called `id`, such as `hci0`.
    #[must_use]
    pub fn adapter(&self, id: &str) -> Option<&Adapter> {
        self.adapters.iter().find(|adapter| adapter.id == id)
    }
}

/// A device's address, `AA:BB:CC:DD:EE:FF` as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address(pub [u8; 6]);

impl Address {
    /// The address in an id of the engine, `bt:AA:BB:CC:DD:EE:FF`.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        id.strip_prefix("bt:")?.parse().ok()
    }

    /// The engine's id of the device with this address.
    #[must_use]
    pub fn id(self) -> String {
        format!("bt:{self}")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for Address {
    type Error = NoAddress;

    fn try_from(text: String) -> Result<Self, NoAddress> {
        text.parse()
    }
}

/// A text that is no Bluetooth address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no Bluetooth address. Write it as AA:BB:CC:DD:EE:FF.")]
pub struct NoAddress(pub String);

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let mut bytes = [0; 6];
        let mut parts = text.split(':');
        for byte in &mut bytes {
            let part = parts.next().filter(|part| part.len() == 2);
            let value = part.and_then(|part| u8::from_str_radix(part, 16).ok());
            *byte = value.ok_or_else(|| NoAddress(text.to_owned()))?;
        }
        match parts.next() {
            None => Ok(Self(bytes)),
            Some(_) => Err(NoAddress(text.to_owned())),
        }
    }
}

/// A radio of this computer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adapter {
    /// `hci0`.
    pub id: String,
    /// Its own address; `None` when BlueZ says nothing readable.
    pub address: Option<Address>,
    /// The name that others see.
    pub alias: String,
    /// The name we gave it, if we did.
    pub named: Option<String>,
    /// Switched on.
    pub powered: bool,
    /// Switched off by a hardware or software switch (rfkill).
    pub blocked: bool,
    /// Looks for devices.
    pub discovering: bool,
    /// Can be found by others.
    pub discoverable: bool,
    /// Lets others pair.
    pub pairable: bool,
    /// Its class of device as others see it.
    pub class: u32,
    /// How many speakers may be connected through it; 0 until BlueZ has taken
    /// our endpoints.
    pub streams: u8,
    /// Whether an Echo may play to it.
    pub receives: bool,
    /// Why BlueZ did not take our endpoints.
    pub failure: Option<String>,
}

/// What a device does for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Plays what we send.
    Speaker,
    /// Plays to us, such as an Echo or a phone.
    Source,
    /// Both.
    Both,
    /// No sound at all, or not known yet.
    #[default]
    Other,
}

impl Kind {
    /// Whether we can play to it.
    #[must_use]
    pub fn plays(self) -> bool {
        matches!(self, Self::Speaker | Self::Both)
    }

    /// Whether it can play to us.
    #[must_use]
    pub fn feeds(self) -> bool {
        matches!(self, Self::Source | Self::Both)
    }
}

/// A remote device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Its address.
    pub address: Address,
    /// The adapter through which it is used.
    pub adapter: String,
    /// All adapters that know it.
    pub adapters: Vec<String>,
    /// What it calls itself; empty when it has not said.
    pub name: String,
    /// What the user calls it; its own name, or its address, until renamed.
    pub alias: String,
    /// Class of device.
    pub class: Option<u32>,
    /// Icon name of the freedesktop naming specification.
    pub icon: Option<String>,
    /// What it does for us.
    pub kind: Kind,
    /// Keys were exchanged.
    pub paired: bool,
    /// May connect without being asked.
    pub trusted: bool,
    /// There is a link.
    pub connected: bool,
    /// The user refuses it.
    pub blocked: bool,
    /// Signal strength in dBm; known only while it is being looked for.
    pub rssi: Option<i16>,
    /// Battery, 0 to 100.
    pub battery: Option<u8>,
    /// What is being done with it.
    pub activity: Activity,
    /// Its sound connection.
    pub transport: Option<Transport>,
    /// The player on it.
    pub player: Option<Player>,
    /// It is connected again whenever it is lost.
    pub wanted: bool,
    /// The next try to connect it.
    pub retry: Option<Retry>,
    /// Why the last thing asked of it failed; cleared by the next success.
    pub failure: Option<String>,
}

/// What is being done with a device right now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing.
    #[default]
    None,
    /// Keys are being exchanged.
    Pairing,
    /// A link is being made.
    Connecting,
    /// The link is being closed.
    Disconnecting,
    /// It is being removed.
    Forgetting,
    /// Its sound connection is being opened.
    Acquiring,
    /// It changes to another adapter.
    Moving {
        /// The new one.
        to: String,
    },
}

/// A coming try to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How many tries failed since the last success.
    pub failed: u32,
    /// When the next one is made, milliseconds since 1970.
    pub at_ms: u64,
    /// Why it was taken out, if it was us.
    #[serde(default)]
    pub aside: Option<Aside>,
}

/// Why a speaker was taken out, to be tried again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aside {
    /// It stopped taking sound.
    Stalled,
    /// It stopped taking sound, and the others had to wait for it.
    HeldUp,
}

/// Which way sound goes through a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// From us to a speaker.
    ToSpeaker,
    /// From a source, such as an Echo, to us.
    FromSource,
}

/// Where a transport is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportState {
    /// Agreed, nobody streams.
    #[default]
    Idle,
    /// The other side wants to stream; it can be acquired.
    Pending,
    /// Streaming.
    Active,
}

/// A sound connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transport {
    /// Which way sound goes.
    pub role: Role,
    /// Where it is in its life.
    pub state: TransportState,
    /// It was agreed with our endpoint; otherwise another program holds it.
    pub ours: bool,
    /// Its socket was handed out and not released.
    pub acquired: bool,
    /// The codec's number; 0 is SBC.
    pub codec: u8,
    /// The agreed configuration, as the codec defines it.
    pub configuration: Vec<u8>,
    /// The delay the speaker reports, in 0.1 ms; `None` when it reports none.
    pub delay: Option<u16>,
    /// 0 to 127; `None` when the device has no absolute volume.
    pub volume: Option<u8>,
}

/// What can be asked of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayerAction {
    /// Go on.
    Play,
    /// Halt.
    Pause,
    /// End.
    Stop,
    /// The next track.
    Next,
    /// The track before.
    Previous,
}

impl PlayerAction {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Play,
        Self::Pause,
        Self::Stop,
        Self::Next,
        Self::Previous,
    ];
}

/// What a player does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayerStatus {
    /// Nothing, or it has not said.
    #[default]
    Stopped,
    /// Plays.
    Playing,
    /// Halts.
    Paused,
    /// Winds forwards or backwards.
    Seeking,
    /// Failed.
    Failed,
}

/// The player on a source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Player {
    /// Track; empty when not told.
    pub title: String,
    /// Artist; empty when not told.
    pub artist: String,
    /// Album; empty when not told.
    pub album: String,
    /// What it does.
    pub status: PlayerStatus,
    /// Position in milliseconds when it was last told.
    pub position_ms: Option<u32>,
    /// Length of the track in milliseconds.
    pub duration_ms: Option<u32>,
    /// What it can do, as far as it has not refused.
    pub can: Vec<PlayerAction>,
}

/// The time in which new devices may pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairingWindow {
    /// When it closes, milliseconds since 1970.
    pub ends_at_ms: u64,
    /// The adapters that can be found.
    pub adapters: Vec<String>,
    /// Who paired since it opened.
    pub paired: Vec<Address>,
}

/// Something a device asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// To be named in the answer.
    pub id: u32,
    /// Who asked.
    pub address: Address,
    /// What it is called.
    pub name: String,
    /// Through which adapter.
    pub adapter: String,
    /// What it asked for.
    pub what: Asked,
    /// What became of it.
    pub verdict: Verdict,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}

/// What a device asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// To connect, though it is not paired.
    Connect,
    /// To pair without a number.
    Pair,
    /// To pair; both sides should show this number.
    Confirm {
        /// Six digits.
        passkey: u32,
    },
    /// A PIN, which the user must know.
    Pin,
    /// A number that the device shows.
    Passkey,
    /// That the user types this on the device.
    Type {
        /// What to type.
        digits: String,
    },
    /// To use a service.
    Service {
        /// Which one.
        uuid: String,
    },
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Waits for an answer.
    Open,
    /// Shown only, nothing to answer.
    Shown,
    /// Let in.
    Granted,
    /// Not let in. Answering yes lets it in when it asks again.
    Refused,
    /// The device gave up, or nobody answered in time.
    Lapsed,
}

/// The file that makes WirePlumber leave Bluetooth sound alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Where it goes.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
    /// Whether it is there.
    pub standing: Standing,
}

/// Whether a file that we write is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is not.
    Absent,
    /// It is, as we write it.
    Written,
    /// Something else is there.
    Altered,
}

/// Another program that takes part in Bluetooth sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// What the user calls it, such as `WirePlumber`.
    pub name: String,
    /// Its process, where known.
    pub pid: Option<u32>,
    /// Devices whose sound it holds now.
    pub holds: Vec<Address>,
    /// How that is known, one sentence each.
    pub evidence: Vec<String>,
    /// It was told to leave Bluetooth alone and obeys after a restart.
    pub restart_needed: bool,
    /// The command that restarts it.
    pub restart: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_address_survives_text() {
        let address: Address = "0a:1B:2c:3D:4e:FF".parse().unwrap();
        assert_eq!(address.to_string(), "0A:1B:2C:3D:4E:FF");
        let json = serde_json::to_string(&address).unwrap();
        assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address);
        assert_eq!(Address::of_id(&address.id()), Some(address));
        assert_eq!(Address::of_id("alsa:hw:CARD=DAC"), None);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "AA",
            "AA:BB:CC:DD:EE",
            "AA:BB:CC:DD:EE:FF:00",
            "AA:BB:CC:DD:EE:GG",
            "+A:BB:CC:DD:EE:FF1",
        ] {
            assert_eq!(
                text.parse::<Address>(),
                Err(NoAddress(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn an_empty_document_is_a_state() {
        assert_eq!(
            serde_json::from_str::<State>("{}").unwrap(),
            State::default()
        );
    }
}
