//! Why an order could not be done: one sentence that says what to do next.

use crate::bluetooth::state::{Address, Unavailable};

/// Why an order could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BluetoothError {
    /// Bluetooth cannot be used at all.
    #[error("{0}")]
    Unavailable(Unavailable),
    /// The task has ended.
    #[error("Bluetooth is closed. Restart Inphase.")]
    Ended,
    /// WirePlumber could not be told, or not restarted.
    #[error("{0}")]
    Handover(String),
    /// No such device.
    #[error("No device {address} is known. Look for it first.")]
    UnknownDevice {
        /// Its address.
        address: Address,
    },
    /// No such adapter.
    #[error("There is no adapter {adapter}. Plug it in, or choose another.")]
    UnknownAdapter {
        /// What was asked for.
        adapter: String,
    },
    /// Nobody waits for this answer.
    #[error("Nobody waits for this answer any more. Let the device ask again.")]
    NothingAsked,
    /// An answer that is neither yes nor no, where no PIN was asked for.
    #[error("{name} waits for yes or no. Answer with one of them.")]
    YesOrNo {
        /// The device.
        name: String,
    },
    /// An answer that is no PIN.
    #[error(
        "A PIN has 1 to 16 letters or digits, a passkey up to 6 digits. Type it as the device shows it."
    )]
    NoPin,
    /// BlueZ or the device took too long.
    #[error("{what} took longer than {seconds} s. {next}")]
    Timeout {
        /// What was tried.
        what: String,
        /// The limit.
        seconds: u64,
        /// What to do.
        next: String,
    },
    /// The device does not answer the radio.
    #[error("{name} does not answer. Switch it on, bring it near, and try again.")]
    OutOfReach {
        /// The device.
        name: String,
    },
    /// The device answered and refused.
    #[error("{name} refuses the connection. Disconnect it from other players, and try again.")]
    RefusedByDevice {
        /// The device.
        name: String,
    },
    /// Its keys are of no use any more.
    #[error(
        "{name} no longer knows this computer. Forget it here, set it to pairing mode, and pair again."
    )]
    KeysLost {
        /// The device.
        name: String,
    },
    /// The device or the user said no to pairing.
    #[error("{name} did not agree to pair. Set it to pairing mode, and try again.")]
    PairingRejected {
        /// The device.
        name: String,
    },
    /// It must be paired first.
    #[error("{name} is not paired. Pair it first.")]
    NotPaired {
        /// The device.
        name: String,
    },
    /// BlueZ finds no sound that both sides know.
    #[error(
        "{name} offers no stereo sound that this computer knows, or our endpoints are not registered. \
         Check that it is a speaker or player, then pair it anew."
    )]
    NoSound {
        /// The device.
        name: String,
    },
    /// As many speakers as there are streams are connected.
    #[error("{name} found no free stream. Disconnect a speaker, or use a second adapter.")]
    NoFreeStream {
        /// The device.
        name: String,
    },
    /// The same is already under way.
    #[error("{name} is busy with what was asked before. Wait a few seconds.")]
    Busy {
        /// The device or adapter.
        name: String,
    },
    /// No sound connection.
    #[error("{name} is not connected for sound. Connect it first.")]
    NoTransport {
        /// The device.
        name: String,
    },
    /// The source does not play now.
    #[error("{name} is not playing. Start something on it.")]
    NotPlaying {
        /// The device.
        name: String,
    },
    /// Another program holds the sound connection.
    #[error(
        "Another program holds the sound of {name}. \
         Play through the sound server, or let Inphase take Bluetooth over."
    )]
    HeldByOther {
        /// The device.
        name: String,
    },
    /// The link broke while it was used.
    #[error("The connection to {name} broke. It is tried again by itself if it is wanted.")]
    Broken {
        /// The device.
        name: String,
    },
    /// The device has no such volume.
    #[error("{name} does not let its volume be set from here. Use its own buttons.")]
    NoVolume {
        /// The device.
        name: String,
    },
    /// There is no player, or it cannot do that.
    #[error("{name} cannot do that. Use its own controls.")]
    NotSupported {
        /// The device.
        name: String,
    },
    /// The adapter is switched off.
    #[error("The adapter {adapter} is switched off. Switch it on first.")]
    AdapterOff {
        /// Which one.
        adapter: String,
    },
    /// The adapter is blocked.
    #[error(
        "The adapter {adapter} is blocked. Release its switch, or run: rfkill unblock bluetooth."
    )]
    AdapterBlocked {
        /// Which one.
        adapter: String,
    },
    /// BlueZ does not let us.
    #[error("BlueZ does not permit that for {name}. Add yourself to the group bluetooth (or lp).")]
    NotPermitted {
        /// The device or adapter.
        name: String,
    },
    /// Anything else that BlueZ says.
    #[error(
        "BlueZ cannot do that for {name}: {reason}. Try again, or restart the Bluetooth service."
    )]
    Bluez {
        /// The device or adapter.
        name: String,
        /// Its own words, without a full stop.
        reason: String,
    },
}
