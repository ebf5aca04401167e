//! What is said about orders: one sentence when one is begun, one when it is
//! done; and a sound connection in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Order;
use super::capability::{self, Codec, SbcOffer};
use super::state::{Address, Aside, PlayerAction, Retry, State, Transport};
use super::volume;

/// Said at once, before anything came of it.
#[must_use]
pub fn begun(order: &Order, state: &State) -> String {
    match order {
        Order::Power { adapter, on: true } => format!("Switching {adapter} on."),
        Order::Power { adapter, on: false } => format!("Switching {adapter} off."),
        Order::Scan { seconds } => format!("Looking for Bluetooth devices for {seconds} s."),
        Order::Pair(address) => format!("Pairing {}.", name(*address, state)),
        Order::PairThrough { address, adapter } => {
            format!("Pairing {} through {adapter}.", name(*address, state))
        }
        Order::Connect(address) => format!("Connecting {}.", name(*address, state)),
        Order::Disconnect(address) => format!("Disconnecting {}.", name(*address, state)),
        Order::Forget(address) => format!("Forgetting {}.", name(*address, state)),
        Order::Move { address, adapter } => {
            format!("Moving {} to {adapter}.", name(*address, state))
        }
        Order::TakeOver => "Telling WirePlumber to leave Bluetooth to Inphase.".into(),
        Order::GiveBack => "Giving Bluetooth back to WirePlumber.".into(),
        Order::OpenPairing { seconds, .. } => {
            format!("New devices may pair for {seconds} s.")
        }
        Order::Answer { .. } => "Answering.".into(),
        other => done(other, state),
    }
}

/// Said when it is done.
#[must_use]
pub fn done(order: &Order, state: &State) -> String {
    match order {
        Order::Power { adapter, on: true } => format!("{adapter} is on."),
        Order::Power { adapter, on: false } => format!("{adapter} is off."),
        Order::Scan { .. } | Order::StopScan => "Stopped looking.".into(),
        Order::Pair(address) => format!("{} is paired.", name(*address, state)),
        Order::PairThrough { address, adapter } => {
            format!("{} is paired through {adapter}.", name(*address, state))
        }
        Order::Trust {
            address,
            trusted: true,
        } => format!("{} may connect by itself.", name(*address, state)),
        Order::Trust { address, .. } => format!("{} is asked about.", name(*address, state)),
        Order::Connect(address) => format!("{} is connected.", name(*address, state)),
        Order::Disconnect(address) | Order::Drop { address, .. } => {
            format!("{} is disconnected.", name(*address, state))
        }
        Order::Forget(address) => format!("{address} is forgotten."),
        Order::Rename { alias, address } if alias.is_empty() => {
            format!("{address} has its own name again.")
        }
        Order::Rename { alias, .. } => format!("It is called {alias} now."),
        Order::NameAdapter { adapter, name } => format!("{adapter} is called {name} now."),
        Order::OpenPairing { .. } => "New devices may pair.".into(),
        Order::ClosePairing => "No new device may pair.".into(),
        Order::Answer { .. } => "Answered.".into(),
        Order::SetVolume { address, volume } => format!(
            "The volume of {} is {:.0} %.",
            name(*address, state),
            volume::percent(f64::from(*volume))
        ),
        Order::Player { address, action } => {
            let said = match action {
                PlayerAction::Play => "to go on",
                PlayerAction::Pause => "to pause",
                PlayerAction::Stop => "to stop",
                PlayerAction::Next => "for the next track",
                PlayerAction::Previous => "for the track before",
            };
            format!("Asked {} {said}.", name(*address, state))
        }
        Order::Move { address, adapter } => {
            format!("{} plays through {adapter} now.", name(*address, state))
        }
        Order::TakeOver => "WirePlumber leaves Bluetooth to Inphase now.".into(),
        Order::GiveBack => "Bluetooth is WirePlumber's again.".into(),
        Order::Acquire(_) | Order::Release(_) | Order::Want(_) | Order::LookForOwners => {
            "Done.".into()
        }
    }
}

/// What both ends agreed on, as far as its codec is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// `SBC`.
    pub codec: String,
    /// Frames per second.
    pub rate: Option<u32>,
    /// Bits per second at the highest bitpool.
    pub bitrate: Option<u32>,
    /// The highest bitpool.
    pub bitpool: Option<u8>,
}

impl Agreed {
    /// Reads a sound connection's configuration.
    #[must_use]
    pub fn of(transport: &Transport) -> Self {
        let codec = Codec::identify(transport.codec, &transport.configuration);
        let params = (codec == Codec::Sbc)
            .then(|| capability::validate(&transport.configuration, &SbcOffer::SINK).ok())
            .flatten()
            .map(|configuration| configuration.params);
        Self {
            codec: codec.to_string(),
            rate: params.map(|params| params.rate.hz()),
            bitrate: params.map(|params| params.bitrate()),
            bitpool: params.map(|params| params.bitpool),
        }
    }

    /// `SBC 328 kb/s`, or the codec alone.
    #[must_use]
    pub fn codec(&self) -> String {
        self.bitrate.map_or_else(
            || self.codec.clone(),
            |bits| format!("{} {:.0} kb/s", self.codec, f64::from(bits) / 1000.0),
        )
    }
}

/// A speaker that was taken out, in two parts: `Set aside until 12:31` and
/// `It held up the others`; `None` of one that is simply away.
#[must_use]
pub fn set_aside(retry: &Retry) -> Option<(String, &'static str)> {
    let why = match retry.aside? {
        Aside::Stalled => "It stopped taking sound",
        Aside::HeldUp => "It held up the others",
    };
    let until = i64::try_from(retry.at_ms).ok()?;
    let until = Timestamp::from_millisecond(until).ok()?;
    let until = until.to_zoned(TimeZone::system()).strftime("%H:%M");
    Some((format!("Set aside until {until}"), why))
}

/// What the user calls a device.
pub(super) fn name(address: Address, state: &State) -> String {
    match state.device(address) {
        Some(device) if !device.alias.is_empty() => device.alias.clone(),
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bluetooth::state::Role;

    #[test]
    fn who_was_taken_out_is_told_with_the_time_and_the_reason() {
        let mut retry = Retry {
            failed: 1,
            at_ms: 1_700_000_000_000,
            aside: None,
        };
        assert_eq!(set_aside(&retry), None);
        retry.aside = Some(Aside::HeldUp);
        let (until, why) = set_aside(&retry).expect("it was taken out");
        // 13 minutes past some hour, in any zone of whole and half hours.
        assert!(
            until.starts_with("Set aside until ") && until.ends_with('3'),
            "{until}"
        );
        assert_eq!(why, "It held up the others");
    }

    #[test]
    fn a_configuration_is_told_in_words() {
        let mut transport = Transport {
            role: Role::ToSpeaker,
            state: Default::default(),
            ours: true,
            acquired: true,
            codec: 0,
            configuration: vec![0x21, 0x15, 2, 53],
            delay: None,
            volume: None,
        };
        let agreed = Agreed::of(&transport);
        assert_eq!(agreed.codec(), "SBC 328 kb/s");
        assert_eq!((agreed.rate, agreed.bitpool), (Some(44_100), Some(53)));
        transport.configuration.clear();
        assert_eq!(Agreed::of(&transport).codec(), "SBC");
        transport.codec = 2;
        assert_eq!(Agreed::of(&transport).codec(), "AAC");
    }
}
