//! Bluetooth in the words and marks of the interface, made from what the engine
//! tells. Pure: the time is an argument.

mod advice;
mod asked;
mod facts;
pub mod requests;
mod volume;

pub use advice::{Advice, advice, planned};
pub use asked::Asked;
pub use facts::facts;
pub use volume::{LOUDEST, STEPS, Turning, percent};

use super::action::{Action, Actions};
use super::drag::Payload;
use super::scene::Mark;
use super::shared::Shared;
use crate::bluetooth::state::{
    Activity, Adapter, Address, Device, PlayerStatus, State, Transport, TransportState,
};
use crate::bluetooth::{Order, words};
use crate::devices::{DeviceInfo, Presence};
use crate::engine::Command;
use crate::rig::edit::Edit;
use crate::rig::{Output, Rig, Source, Speaker};

/// What the engine tells of Bluetooth; `None` where it leaves it alone.
#[must_use]
pub fn state(shared: &Shared) -> Option<&State> {
    shared.link.snapshot.bluetooth.as_deref()
}

/// Has the engine see to it. What comes of it is shown by its state.
#[must_use]
pub fn order(order: Order) -> Action {
    Action::Send(Command::Bluetooth(order))
}

/// Looks for devices, where there is something to look with.
#[must_use]
pub fn scan(shared: &Shared) -> Option<Action> {
    let ready = state(shared).is_some_and(|state| state.service.is_ready());
    ready.then(|| order(Order::Scan { seconds: SCAN_SECS }))
}

/// Whether an adapter looks for devices now.
#[must_use]
pub fn is_scanning(shared: &Shared) -> bool {
    state(shared).is_some_and(|state| state.adapters.iter().any(|of| of.discovering))
}

/// Whether something goes on that shall be seen going on.
#[must_use]
pub fn is_busy(state: &State) -> bool {
    let acts = |device: &Device| device.activity != Activity::None;
    state.pairing.is_some()
        || state.devices.iter().any(acts)
        || state.adapters.iter().any(|adapter| adapter.discovering)
}

/// The address of a listed device. One that is reached another way than over
/// our own links has it as its key.
#[must_use]
pub fn of_info(info: &DeviceInfo) -> Option<Address> {
    Address::of_id(&info.id).or_else(|| Address::of_id(&info.key))
}

/// The address of what an output plays on.
#[must_use]
pub fn of_output(output: &Output) -> Option<Address> {
    Address::of_id(&output.device).or_else(|| Address::of_id(&output.key))
}

/// The address of what a speaker plays on; the device as it is listed now knows
/// more than the rig does.
#[must_use]
pub fn of_speaker(speaker: &Speaker, devices: &[DeviceInfo]) -> Option<Address> {
    of_output(&speaker.output).or_else(|| {
        let mut listed = devices.iter();
        let info = listed.find(|info| info.id == speaker.output.device)?;
        of_info(info)
    })
}

/// The device that a speaker plays on.
#[must_use]
pub fn device_of<'a>(speaker: &Speaker, shared: &'a Shared) -> Option<&'a Device> {
    let address = of_speaker(speaker, &shared.link.devices)?;
    state(shared)?.device(address)
}

/// The address of what a row of the rail stands for.
#[must_use]
pub fn of_payload(payload: &Payload, rig: &Rig, devices: &[DeviceInfo]) -> Option<Address> {
    match payload {
        Payload::Speaker(id) => of_speaker(rig.speaker(id)?, devices),
        Payload::Device(id) => of_info(devices.iter().find(|info| info.id == *id)?),
        Payload::Zone(_) => None,
    }
}

/// The address of a source.
#[must_use]
pub fn of_source(source: &Source) -> Option<Address> {
    match source {
        Source::Capture { device } => Address::of_id(device),
        _ => None,
    }
}

/// The source that plays from this device.
#[must_use]
pub fn as_source(address: Address) -> Source {
    Source::Capture {
        device: address.id(),
    }
}

/// What may be played from: what is paired and plays to us.
pub fn sources(state: &State) -> impl Iterator<Item = &Device> {
    let feeds = |device: &&Device| device.kind.feeds() && device.paired;
    state.devices.iter().filter(feeds)
}

/// How a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its shape.
    pub mark: Mark,
    /// Its words, such as `Connecting…`.
    pub words: String,
}

impl Standing {
    fn new(mark: Mark, words: impl Into<String>) -> Self {
        let words = words.into();
        Self { mark, words }
    }

    /// Of a device as a speaker.
    #[must_use]
    pub fn of(device: &Device, state: &State) -> Self {
        let busy = |words: &str| Self::new(Mark::Connecting, words);
        match &device.activity {
            Activity::Pairing => return busy("Pairing…"),
            Activity::Connecting | Activity::Acquiring => return busy("Connecting…"),
            Activity::Disconnecting => return busy("Disconnecting…"),
            Activity::Forgetting => return busy("Forgetting…"),
            Activity::Moving { to } => {
                let to = state.adapter(to).map_or(to.as_str(), adapter_name);
                return busy(&format!("Moving to {to}…"));
            }
            Activity::None => {}
        }
        match (&device.failure, &device.retry) {
            _ if device.blocked => Self::new(Mark::Off, "Blocked"),
            (Some(failure), None) => Self::new(Mark::Out, first_sentence(failure)),
            _ if !device.paired => Self::new(Mark::Ready, "Not paired"),
            (_, Some(retry)) if !device.connected && retry.aside.is_some() => {
                let until = words::set_aside(retry).map(|(until, _)| until);
                Self::new(Mark::Drifting, until.unwrap_or_default())
            }
            (_, Some(retry)) if !device.connected => {
                Self::new(Mark::Off, format!("Away, try {}", retry.failed + 1))
            }
            _ if !device.connected => Self::new(Mark::Ready, "Paired"),
            _ => match &device.transport {
                Some(of) if !of.ours => Self::new(Mark::Drifting, "Held by another program"),
                Some(of) if of.state == TransportState::Active => {
                    Self::new(Mark::Ready, "Connected")
                }
                _ => Self::new(Mark::Ready, "Ready"),
            },
        }
    }

    /// Of a device as a source.
    #[must_use]
    pub fn of_source(device: &Device, state: &State) -> Self {
        let standing = Self::of(device, state);
        if standing.mark == Mark::Connecting || standing.mark == Mark::Out {
            return standing;
        }
        match (device.connected, plays(device)) {
            (false, _) => Self::new(Mark::Off, "Away"),
            (true, true) => Self::new(Mark::InPhase, "Playing"),
            (true, false) => Self::new(Mark::Ready, "Idle"),
        }
    }
}

/// What is to be done with a device next; nothing while something is.
#[must_use]
pub fn step(device: &Device) -> Option<(&'static str, Order)> {
    let address = device.address;
    if device.activity != Activity::None {
        return None;
    }
    Some(match (device.paired, device.connected) {
        (false, _) => ("Pair", Order::Pair(address)),
        (true, false) if is_aside(device) => (TRY, Order::Connect(address)),
        (true, false) => ("Connect", Order::Connect(address)),
        (true, true) => ("Disconnect", Order::Disconnect(address)),
    })
}

/// Whether a speaker was taken out and is not there again yet.
#[must_use]
pub fn is_aside(device: &Device) -> bool {
    let aside = device.retry.and_then(|retry| retry.aside);
    aside.is_some() && !device.connected && device.activity == Activity::None
}

/// Whether its sound connection, if it has one, is ours and not another program's.
#[must_use]
pub fn is_ours(device: &Device) -> bool {
    device.transport.as_ref().is_none_or(|of| of.ours)
}

/// Whether the speakers that play on this device are kept awake in silence, and what
/// changes that; `None` where none of the rig plays on it, or through another program.
#[must_use]
pub fn set_awake(device: &Device, shared: &Shared) -> Option<(bool, Actions)> {
    let address = device.address;
    if !is_ours(device) {
        return None;
    }
    let here = |speaker: &&Speaker| of_speaker(speaker, &shared.link.devices) == Some(address);
    let speakers: Vec<&Speaker> = shared.link.rig.speakers.iter().filter(here).collect();
    let awake = speakers.iter().any(|speaker| speaker.keep_awake);
    let word = if awake { "off" } else { "on" };
    let set = |speaker: &&Speaker| Edit::set(format!("speakers.{}.keep_awake", speaker.id), word);
    let mut edits: Vec<Edit> = speakers.iter().map(set).collect();
    let edit = match edits.len() {
        0 => return None,
        1 => edits.remove(0),
        _ => Edit::All(edits),
    };
    Some((awake, vec![Action::Send(Command::Edit(edit))]))
}

/// Whether a source plays.
#[must_use]
pub fn plays(device: &Device) -> bool {
    let streams = |of: &Transport| of.state != TransportState::Idle;
    device.transport.as_ref().is_some_and(streams)
        || device
            .player
            .as_ref()
            .is_some_and(|player| runs(player.status))
}

/// Whether a player in this state gives sound.
#[must_use]
pub fn runs(status: PlayerStatus) -> bool {
    matches!(status, PlayerStatus::Playing | PlayerStatus::Seeking)
}

/// Whether a device can be used as a speaker, for a row of the rail.
#[must_use]
pub fn presence(device: &Device) -> Presence {
    match (device.paired, device.blocked) {
        (false, _) => Presence::Unpaired,
        (true, true) => Presence::Off,
        (true, false) => Presence::Ready,
    }
}

/// What the user calls an adapter.
#[must_use]
pub fn adapter_name(adapter: &Adapter) -> &str {
    match &adapter.named {
        Some(named) if !named.is_empty() => named,
        _ if adapter.alias.is_empty() => &adapter.id,
        _ => &adapter.alias,
    }
}

/// What the user calls a device.
#[must_use]
pub fn name(device: &Device) -> String {
    if device.alias.is_empty() {
        device.address.to_string()
    } else {
        device.alias.clone()
    }
}

/// Whole seconds until then, at least 0.
#[must_use]
pub fn secs_until(then_ms: u64, now_ms: u64) -> u64 {
    then_ms.saturating_sub(now_ms).div_ceil(1000)
}

/// `2:05`.
#[must_use]
pub fn clock(secs: u64) -> String {
    format!("{}:{:02}", secs / 60, secs % 60)
}

/// When a lost device is tried again: `Next try in 8 s`, or in `5:00`.
#[must_use]
pub fn next_try(device: &Device, now_ms: u64) -> Option<String> {
    let retry = device.retry.filter(|_| !device.connected)?;
    Some(match secs_until(retry.at_ms, now_ms) {
        0 => "Trying now".into(),
        secs if secs < 100 => format!("Next try in {secs} s"),
        secs => format!("Next try in {}", clock(secs)),
    })
}

/// What stands before the next full stop.
#[must_use]
pub fn first_sentence(text: &str) -> &str {
    text.split_once(". ")
        .map_or(text, |(first, _)| first)
        .trim_end_matches('.')
}

/// What connects a speaker now that was taken out.
pub const TRY: &str = "Try now";
/// As long as most speakers need to be found.
const SCAN_SECS: u32 = 12;

#[cfg(test)]
mod tests;
