//! `inphase bluetooth`: asks the running instance and waits until it is done.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::table::Table;
use super::{Failure, args::BluetoothAction, out};
use crate::bluetooth::bluez::Answer;
use crate::bluetooth::state::{
    Activity, Adapter, Address, Asked, Device, PlayerAction, Service, State, TransportState,
    Verdict,
};
use crate::bluetooth::{Order, volume, words};
use crate::engine::{Command, Snapshot, format};
use crate::remote::{Client, Question};
use crate::rig::RigError;
use crate::rig::error::near;
use crate::sync::time::Nanos;

/// Carries out a sub-command; without one, shows what there is.
///
/// # Errors
/// No Bluetooth, an unknown device, or why it could not be done.
pub(super) async fn carry_out(
    client: &mut Client,
    action: Option<BluetoothAction>,
    json: bool,
) -> Result<(), Failure> {
    let state = state(client).await?;
    let Some(action) = action else {
        return show(&state, json);
    };
    if let BluetoothAction::TakeOver { dry_run: true } = action {
        return out::print(&handover(&state));
    }
    let order = order(&state, &action)?;
    let said = client.command(Command::Bluetooth(order.clone())).await?;
    if let BluetoothAction::Scan { seconds } = action {
        sleep(Duration::from_secs_f64(seconds)).await;
        return show(&self::state(client).await?, json);
    }
    match subject(&order) {
        Some(address) => out::print(&outcome(client, &order, address).await?),
        None => out::print(&said.message),
    }
}

async fn state(client: &mut Client) -> Result<State, Failure> {
    let since = Instant::now();
    loop {
        let snapshot: Snapshot = client.query(Question::Snapshot).await?;
        if let Some(state) = snapshot.bluetooth {
            let starting = state.service == Service::Starting;
            if !starting || since.elapsed() > BEGINS {
                return Ok((*state).clone());
            }
        } else if snapshot.time > Nanos::ZERO || since.elapsed() > BEGINS {
            return Err(Failure::Refused(
                "The running instance plays on simulated speakers only.".into(),
            ));
        }
        // It has only just begun.
        sleep(LOOK).await;
    }
}

/// Waits until the device has nothing more under way.
async fn outcome(client: &mut Client, order: &Order, address: Address) -> Result<String, Failure> {
    let since = Instant::now();
    loop {
        sleep(LOOK).await;
        let state = state(client).await?;
        let Some(device) = state.device(address) else {
            return Ok(words::done(order, &state));
        };
        let waits = device.activity != Activity::None || since.elapsed() < BEGIN;
        match &device.failure {
            Some(failure) if !waits => return Err(Failure::Refused(failure.clone())),
            None if !waits => return Ok(words::done(order, &state)),
            _ if since.elapsed() > PATIENCE => {
                return Err(Failure::Refused(format!(
                    "{} is still being asked. `inphase bluetooth` shows what comes of it.",
                    device.alias
                )));
            }
            _ => {}
        }
    }
}

fn subject(order: &Order) -> Option<Address> {
    match order {
        Order::Pair(address)
        | Order::Connect(address)
        | Order::Disconnect(address)
        | Order::Forget(address)
        | Order::PairThrough { address, .. }
        | Order::Move { address, .. } => Some(*address),
        _ => None,
    }
}

fn order(state: &State, action: &BluetoothAction) -> Result<Order, Failure> {
    Ok(match action {
        BluetoothAction::Scan { seconds } => Order::Scan {
            seconds: whole(*seconds),
        },
        BluetoothAction::Pair { device, adapter } => {
            let address = find(state, device)?;
            match adapter {
                Some(adapter) => Order::PairThrough {
                    address,
                    adapter: usable(state, adapter)?,
                },
                None => Order::Pair(address),
            }
        }
        BluetoothAction::Accept { seconds, adapter } => Order::OpenPairing {
            seconds: whole(*seconds),
            adapter: adapter.clone(),
        },
        BluetoothAction::Close => Order::ClosePairing,
        BluetoothAction::TakeOver { .. } => Order::TakeOver,
        BluetoothAction::GiveBack => Order::GiveBack,
        BluetoothAction::Answer { request, answer } => Order::Answer {
            request: *request,
            answer: match &**answer {
                "yes" => Answer::Yes,
                "no" => Answer::No,
                digits => Answer::Pin(digits.into()),
            },
        },
        BluetoothAction::Connect { device } => Order::Connect(find(state, device)?),
        BluetoothAction::Disconnect { device } => Order::Disconnect(find(state, device)?),
        BluetoothAction::Forget { device } => Order::Forget(find(state, device)?),
        BluetoothAction::Rename { device, name } => Order::Rename {
            address: find(state, device)?,
            alias: name.clone(),
        },
        BluetoothAction::Name { name, adapter } => Order::NameAdapter {
            adapter: adapter.clone(),
            name: name.clone(),
        },
        BluetoothAction::Volume { device, percent } => Order::SetVolume {
            address: find(state, device)?,
            volume: volume::of_percent(*percent),
        },
        BluetoothAction::Player { device, action } => Order::Player {
            address: find(state, device)?,
            action: match &**action {
                "play" => PlayerAction::Play,
                "pause" => PlayerAction::Pause,
                "next" => PlayerAction::Next,
                "previous" => PlayerAction::Previous,
                _ => PlayerAction::Stop,
            },
        },
        BluetoothAction::Move { device, adapter } => Order::Move {
            address: find(state, device)?,
            adapter: usable(state, adapter)?,
        },
        BluetoothAction::On { adapter } => power(adapter, true),
        BluetoothAction::Off { adapter } => power(adapter, false),
    })
}

fn power(adapter: &str, on: bool) -> Order {
    Order::Power {
        adapter: adapter.into(),
        on,
    }
}

/// An adapter that is there and on, by id or address.
fn usable(state: &State, id: &str) -> Result<String, Failure> {
    let called = |adapter: &&Adapter| {
        let address = adapter.address.map(|address| address.to_string());
        adapter.id == id || address.is_some_and(|of| of.eq_ignore_ascii_case(id))
    };
    match state.adapters.iter().find(called) {
        Some(adapter) if adapter.powered => Ok(adapter.id.clone()),
        Some(adapter) => Err(Failure::Refused(format!(
            "The adapter {id} is off. Switch it on first: `inphase bluetooth on {}`.",
            adapter.id
        ))),
        None => {
            let known = state.adapters.iter().map(|adapter| adapter.id.as_str());
            let error = RigError::unknown("adapter", id, known);
            Err(Failure::Refused(error.to_string()))
        }
    }
}

fn whole(seconds: f64) -> u32 {
    seconds.clamp(1.0, 3600.0) as u32
}

/// By address, known or not, or by name in any case.
fn find(state: &State, word: &str) -> Result<Address, Failure> {
    if let Ok(address) = word.parse() {
        return Ok(address);
    }
    let named = |device: &&Device| {
        [&device.alias, &device.name]
            .map(|name| name.to_lowercase())
            .contains(&word.to_lowercase())
    };
    if let Some(device) = state.devices.iter().find(named) {
        return Ok(device.address);
    }
    let names: Vec<&str> = state.devices.iter().map(|device| &*device.alias).collect();
    let known = match near(word, names.iter().copied()) {
        Some(near) => vec![near],
        None => names,
    };
    Err(Failure::Refused(
        RigError::unknown("device", word, known).to_string(),
    ))
}

fn show(state: &State, json: bool) -> Result<(), Failure> {
    out::print(&if json { out::json(state) } else { text(state) })
}

fn handover(state: &State) -> String {
    state.handover.as_ref().map_or_else(
        || "WirePlumber takes no part in Bluetooth here: there is nothing to take over.".into(),
        |file| format!("{}:\n\n{}", file.path.display(), file.text),
    )
}

/// The state for people.
fn text(state: &State) -> String {
    let mut text = format!("{}\n", state.service.sentence());
    for adapter in &state.adapters {
        let power = if adapter.powered { "on" } else { "off" };
        text.push_str(&format!(
            "{} \"{}\" is {power}.\n",
            adapter.id, adapter.alias
        ));
        if let Some(failure) = &adapter.failure {
            text.push_str(&format!("{failure}\n"));
        }
    }
    if let Some(window) = &state.pairing {
        let adapters = window.adapters.join(" and ");
        text.push_str(&format!("New devices may pair through {adapters}.\n"));
    }
    if !state.devices.is_empty() {
        let mut table = Table::new(&["ADDRESS", "NAME", "KIND", "STATE", "BATTERY", "ADAPTER"]);
        for device in &state.devices {
            table.row(cells(device));
        }
        text.push('\n');
        text.push_str(&table.text());
    }
    for device in &state.devices {
        if set_aside(device).is_some() {
            text.push_str(&format!(
                "{} is tried now by `inphase bluetooth connect {}`.\n",
                device.alias, device.address
            ));
        }
    }
    for request in &state.requests {
        if request.verdict == Verdict::Open {
            text.push_str(&format!(
                "{} {}: `inphase bluetooth answer {} yes` or no.\n",
                request.name,
                asks(&request.what),
                request.id
            ));
        }
    }
    for owner in &state.owners {
        for evidence in &owner.evidence {
            text.push_str(&format!("{evidence}\n"));
        }
    }
    text
}

fn asks(what: &Asked) -> String {
    match what {
        Asked::Connect => "wants to connect".into(),
        Asked::Pair => "wants to pair".into(),
        Asked::Confirm { passkey } => format!("wants to pair and should show {passkey:06}"),
        Asked::Pin | Asked::Passkey => "wants a PIN; answer with its digits".into(),
        Asked::Type { digits } => format!("wants {digits} to be typed on it"),
        Asked::Service { .. } => "wants to use a service".into(),
    }
}

/// Until when, and why, a speaker was taken out that is not there again yet.
fn set_aside(device: &Device) -> Option<(String, &'static str)> {
    let rests = device.activity == Activity::None && !device.connected;
    let retry = device.retry.as_ref().filter(|_| rests)?;
    words::set_aside(retry)
}

fn cells(device: &Device) -> Vec<String> {
    let battery = device.battery.map(|percent| format!("{percent} %"));
    vec![
        device.address.to_string(),
        device.alias.clone(),
        format!("{:?}", device.kind).to_lowercase(),
        doing(device),
        battery.unwrap_or_else(|| format::MISSING.into()),
        device.adapter.clone(),
    ]
}

fn doing(device: &Device) -> String {
    if let Some((until, why)) = set_aside(device) {
        return format!("{}, {}", until.to_lowercase(), why.to_lowercase());
    }
    let what = match &device.activity {
        Activity::Pairing => "pairing",
        Activity::Connecting => "connecting",
        Activity::Disconnecting => "disconnecting",
        Activity::Forgetting => "being forgotten",
        Activity::Acquiring => "opening",
        Activity::Moving { .. } => "moving",
        Activity::None => match (&device.transport, device.connected, device.paired) {
            (Some(transport), ..) if transport.state == TransportState::Active => "plays",
            (Some(_), ..) => "ready",
            (None, true, _) => "connected, no sound",
            (None, false, true) => "away",
            (None, false, false) => "not paired",
        },
    };
    what.to_owned()
}

/// How long an instance that has just begun may take to know anything.
const BEGINS: Duration = Duration::from_secs(3);
/// Between two looks at what came of an order.
const LOOK: Duration = Duration::from_millis(150);
/// Until then an order may not have begun.
const BEGIN: Duration = Duration::from_millis(600);
/// Longest wait; pairing may need a person.
const PATIENCE: Duration = Duration::from_secs(70);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::bluetooth::simulated::{BOOM, FLIP, home};
    use crate::bluetooth::state::{Aside, Retry};

    fn pairing(adapter: Option<&str>) -> Order {
        let action = BluetoothAction::Pair {
            device: "ue boom 3".into(),
            adapter: adapter.map(Into::into),
        };
        order(&home(), &action).unwrap()
    }

    #[test]
    fn a_device_is_paired_through_any_adapter_or_the_one_that_is_named() {
        assert_eq!(pairing(None), Order::Pair(BOOM));
        let through = Order::PairThrough {
            address: BOOM,
            adapter: "hci1".into(),
        };
        assert_eq!(subject(&through), Some(BOOM));
        assert_eq!(pairing(Some("hci1")), through);
    }

    #[test]
    fn an_adapter_that_is_not_there_or_off_is_refused_at_once() {
        let mut state = home();
        state.adapters[1].powered = false;
        let refused = |id: &str| match usable(&state, id) {
            Err(Failure::Refused(sentence)) => sentence,
            other => panic!("{other:?}"),
        };
        assert!(refused("hci1").contains("`inphase bluetooth on hci1`"));
        let sentence = refused("hci7");
        assert!(
            sentence.contains("hci7") && sentence.contains("hci1"),
            "{sentence}"
        );
    }

    #[test]
    fn the_volume_is_given_in_percent() {
        let action = BluetoothAction::Volume {
            device: FLIP.to_string(),
            percent: 60,
        };
        let set = Order::SetVolume {
            address: FLIP,
            volume: 76,
        };
        assert_eq!(order(&home(), &action).unwrap(), set);
        assert!(words::done(&set, &home()).ends_with("is 60 %."));
    }

    #[test]
    fn a_speaker_that_was_set_aside_says_until_when_why_and_how_to_try_it_now() {
        let mut state = home();
        let retry = Retry {
            failed: 1,
            at_ms: 1_800_000_000_000,
            aside: Some(Aside::HeldUp),
        };
        for device in &mut state.devices {
            if device.address == FLIP {
                device.connected = false;
                device.transport = None;
                device.retry = Some(retry);
            }
        }
        let (until, _) = words::set_aside(&retry).unwrap();
        let told = text(&state);
        let doing = format!("{}, it held up the others", until.to_lowercase());
        assert!(told.contains(&doing), "{told}");
        let now = format!("is tried now by `inphase bluetooth connect {FLIP}`.");
        assert!(told.contains(&now), "{told}");
        for device in &mut state.devices {
            device.connected = true;
        }
        assert!(!text(&state).contains("set aside"));
    }
}
