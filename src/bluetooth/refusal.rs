//! What can be refused at once, by what is known: an order about something that is
//! not there. The rest is found out on the way.

use super::state::{Adapter, Address, Asked, Request, Service, State, Verdict};
use super::{Answer, BluetoothError, Order};

/// Why an order cannot come to anything, if that is known already.
///
/// # Errors
/// What is missing.
pub fn check(order: &Order, state: &State) -> Result<(), BluetoothError> {
    if matches!(order, Order::TakeOver | Order::GiveBack) {
        return check_handover(order, state);
    }
    match &state.service {
        // Orders wait until it is known what there is.
        Service::Starting => return Ok(()),
        Service::Unavailable(reason) => return Err(BluetoothError::Unavailable(reason.clone())),
        Service::Ready { .. } => {}
    }
    match order {
        Order::Power { adapter, .. }
        | Order::NameAdapter { adapter, .. }
        | Order::OpenPairing {
            adapter: Some(adapter),
            ..
        } => check_adapter(adapter, state),
        Order::PairThrough { address, adapter } | Order::Move { address, adapter } => {
            check_adapter(adapter, state).and_then(|()| check_device(*address, state))
        }
        Order::Pair(address)
        | Order::Connect(address)
        | Order::Disconnect(address)
        | Order::Forget(address)
        | Order::Trust { address, .. }
        | Order::Rename { address, .. }
        | Order::SetVolume { address, .. }
        | Order::Player { address, .. } => check_device(*address, state),
        Order::Answer { request, answer } => {
            let mut requests = state.requests.iter();
            let asked = requests.find(|asked| asked.id == *request);
            check_answer(asked.ok_or(BluetoothError::NothingAsked)?, answer)
        }
        _ => Ok(()),
    }
}

fn check_handover(order: &Order, state: &State) -> Result<(), BluetoothError> {
    if state.handover.is_some() {
        return Ok(());
    }
    let what = match order {
        Order::TakeOver => "take over",
        _ => "give back",
    };
    Err(BluetoothError::Handover(format!(
        "WirePlumber takes no part in Bluetooth here: there is nothing to {what}."
    )))
}

fn check_adapter(id: &str, state: &State) -> Result<(), BluetoothError> {
    let called = |adapter: &Adapter| {
        let address = adapter.address.map(|address| address.to_string());
        adapter.id == id || address.is_some_and(|of| of.eq_ignore_ascii_case(id))
    };
    if state.adapters.iter().any(called) {
        return Ok(());
    }
    Err(BluetoothError::UnknownAdapter { adapter: id.into() })
}

fn check_device(address: Address, state: &State) -> Result<(), BluetoothError> {
    let known = state.device(address).map(drop);
    known.ok_or(BluetoothError::UnknownDevice { address })
}

/// One that was refused may still be let in: it is when it asks again.
fn check_answer(asked: &Request, answer: &Answer) -> Result<(), BluetoothError> {
    match (asked.verdict, answer) {
        (Verdict::Open, _) | (Verdict::Refused, Answer::Yes) => {}
        _ => return Err(BluetoothError::NothingAsked),
    }
    match (&asked.what, answer) {
        (Asked::Pin | Asked::Passkey, _) | (_, Answer::Yes | Answer::No) => Ok(()),
        (_, Answer::Pin(_)) => Err(BluetoothError::YesOrNo {
            name: asked.name.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bluetooth::simulated::{FLIP, home};
    use crate::bluetooth::state::Unavailable;

    fn refused(order: &Order, state: &State) -> String {
        check(order, state).map_or_else(|error| error.to_string(), |()| "nothing".into())
    }

    fn answer(request: u32, answer: Answer) -> Order {
        Order::Answer { request, answer }
    }

    #[test]
    fn an_answer_needs_a_request_that_waits_for_one_like_it() {
        let mut state = home();
        assert!(refused(&answer(7, Answer::Yes), &state).contains("Nobody waits"));
        state.requests.push(Request {
            id: 7,
            address: FLIP,
            name: "Flip".into(),
            adapter: "hci0".into(),
            what: Asked::Pair,
            verdict: Verdict::Open,
            at_ms: 0,
        });
        assert_eq!(check(&answer(7, Answer::Yes), &state), Ok(()));
        let maybe = answer(7, Answer::Pin("maybe".into()));
        assert!(refused(&maybe, &state).contains("yes or no"));
        state.requests[0].what = Asked::Pin;
        assert_eq!(check(&maybe, &state), Ok(()));
        state.requests[0].verdict = Verdict::Refused;
        assert_eq!(check(&answer(7, Answer::Yes), &state), Ok(()));
        assert!(refused(&answer(7, Answer::No), &state).contains("Nobody waits"));
    }

    #[test]
    fn adapters_devices_and_wireplumber_must_be_there() {
        let mut state = home();
        let power = |adapter: &str| Order::Power {
            adapter: adapter.into(),
            on: false,
        };
        assert_eq!(check(&power("hci0"), &state), Ok(()));
        assert!(refused(&power("hci7"), &state).contains("no adapter hci7"));
        assert_eq!(check(&Order::Connect(FLIP), &state), Ok(()));
        let nobody = Order::Connect(Address([9; 6]));
        assert!(refused(&nobody, &state).contains("Look for it first"));
        for (order, what) in [
            (Order::TakeOver, "nothing to take over"),
            (Order::GiveBack, "nothing to give back"),
        ] {
            assert!(refused(&order, &state).contains(what));
        }
        state.service = Service::Starting;
        assert_eq!(check(&power("hci7"), &state), Ok(()), "it may come");
        state.service = Service::Unavailable(Unavailable::NoBus);
        assert!(refused(&power("hci0"), &state).contains("D-Bus"));
    }
}
