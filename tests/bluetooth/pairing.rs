//! Pairing a device that the user chose, and what it asks.

use std::time::Duration;

use inphase::bluetooth::bluez::{Answer, Order};
use inphase::bluetooth::state::{Activity, Asked, Device, Request, State, Verdict};

use crate::support::bluez::fake::Bluez;
use crate::support::bluez::house::{House, KITCHEN, Plan, STUDY, at, home, home_with};
use crate::support::bluez::radio::speaker;
use crate::support::bluez::world::{Fault, Remote};

/// A house that sees one speaker, which asks `question` when it is paired.
async fn seen(question: Option<&'static str>) -> (House, Bluez) {
    seen_with(Plan::default(), question).await
}

async fn seen_with(plan: Plan, question: Option<&'static str>) -> (House, Bluez) {
    let (mut house, bluez) = home_with(plan).await;
    let remote = Remote {
        asks: question,
        ..speaker("Kitchen", KITCHEN)
    };
    let _ = bluez.meet("hci0", &remote, false).await;
    let _ = house.until_device(KITCHEN, "is seen", |_| true).await;
    (house, bluez)
}

fn open(state: &State) -> Option<&Request> {
    state
        .requests
        .iter()
        .find(|request| request.verdict == Verdict::Open)
}

/// Waits for a question, and answers it.
async fn answer(house: &mut House, answer: Answer) -> Request {
    let state = house
        .until("a question", |state| open(state).is_some())
        .await;
    let request = open(&state).unwrap().clone();
    house
        .done(Order::Answer {
            request: request.id,
            answer,
        })
        .await;
    request
}

/// Pairs, with somebody who answers.
async fn pair(house: &mut House, words: Answer) -> (Result<(), String>, Request) {
    let orders = house.orders.clone();
    let pairing = tokio::spawn(async move { orders.give(Order::Pair(at(KITCHEN))).await });
    let request = answer(house, words).await;
    let result = pairing.await.unwrap();
    (result.map(drop).map_err(|error| error.to_string()), request)
}

fn through(adapter: &str) -> Order {
    Order::PairThrough {
        address: at(KITCHEN),
        adapter: adapter.into(),
    }
}

situations! {
    a_paired_device_is_trusted_and_connected {
        let (mut house, _bluez) = seen(None).await;
        house.done(Order::Pair(at(KITCHEN))).await;
        let device = house.until_sounds(KITCHEN).await;
        assert!(device.paired && device.trusted && device.connected && device.wanted);
        assert_eq!((device.activity, device.failure), (Activity::None, None));
    }

    a_device_is_paired_through_the_adapter_that_was_named {
        let (mut house, bluez) = seen(None).await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        bluez.hide("hci1", &speaker("Kitchen", KITCHEN));
        let equipped = |state: &State| state.adapter("hci1").is_some_and(|adapter| adapter.streams == 6);
        let _ = house.until("endpoints", equipped).await;
        house.done(through("hci1")).await;
        let there = |device: &Device| device.adapter == "hci1" && device.paired && device.transport.is_some();
        let device = house.until_device(KITCHEN, "is paired there", there).await;
        assert!(device.trusted && device.connected && device.activity == Activity::None);
        assert_eq!(bluez.world().called("Device1.Pair /org/bluez/hci0"), 0);
        // What is paired already moves.
        house.done(through("hci0")).await;
        let back = |device: &Device| device.adapter == "hci0" && device.connected && device.transport.is_some();
        let _ = house.until_device(KITCHEN, "is back", back).await;
    }

    an_adapter_that_is_not_there_is_told {
        let (mut house, _bluez) = seen(None).await;
        let words = house.refused(through("hci7")).await;
        assert!(words.contains("hci7"), "{words}");
        // And the device can be paired as before.
        house.done(Order::Pair(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
    }

    what_is_being_done_is_shown {
        let (mut house, bluez) = seen(None).await;
        bluez.fault("Pair", "", Fault::Silence);
        let orders = house.orders.clone();
        let _pairing = tokio::spawn(async move { orders.give(Order::Pair(at(KITCHEN))).await });
        let _ = house.until_device(KITCHEN, "pairs", |device| device.activity == Activity::Pairing).await;
        let words = house.refused(Order::Pair(at(KITCHEN))).await;
        assert!(words.contains("busy"), "{words}");
    }

    pairing_what_is_paired_connects_it {
        let (mut house, bluez) = home().await;
        let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        let _ = house.until_device(KITCHEN, "is known", |_| true).await;
        house.done(Order::Pair(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
    }

    a_device_that_rejects_is_told {
        let (mut house, bluez) = seen(None).await;
        bluez.fault("Pair", "", Fault::Error("org.bluez.Error.AuthenticationRejected", ""));
        let words = house.refused(Order::Pair(at(KITCHEN))).await;
        assert!(words.contains("did not agree") && words.contains("pairing mode"), "{words}");
        let device = house.until_device(KITCHEN, "says why", |device| device.failure.is_some()).await;
        assert!(!device.paired && !device.wanted);
    }

    a_device_that_is_gone_is_told {
        let (house, bluez) = seen(None).await;
        bluez.fault("Pair", "", Fault::Error("org.bluez.Error.ConnectionAttemptFailed", "Page Timeout"));
        let words = house.refused(Order::Pair(at(KITCHEN))).await;
        assert!(words.contains("does not answer"), "{words}");
    }

    pairing_that_never_ends_is_cancelled {
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(2));
        let (house, bluez) = seen_with(plan, None).await;
        bluez.fault("Pair", "", Fault::Silence);
        let words = house.refused(Order::Pair(at(KITCHEN))).await;
        assert!(words.contains("longer than 2 s"), "{words}");
        bluez.until_called("Device1.CancelPairing").await;
    }

    just_works_needs_nobody_when_the_user_chose_the_device {
        let (mut house, _bluez) = seen(Some("RequestAuthorization")).await;
        house.done(Order::Pair(at(KITCHEN))).await;
        let state = house.until("listed", |state| !state.requests.is_empty()).await;
        let request = &state.requests[0];
        assert_eq!((&request.what, request.verdict), (&Asked::Pair, Verdict::Granted));
        assert_eq!((request.name.as_str(), request.adapter.as_str()), ("Kitchen", "hci0"));
    }

    a_number_is_confirmed_by_a_person {
        let (mut house, _bluez) = seen(Some("RequestConfirmation")).await;
        let (result, request) = pair(&mut house, Answer::Yes).await;
        assert_eq!(result, Ok(()));
        assert_eq!(request.what, Asked::Confirm { passkey: 123_456 });
    }

    a_number_that_differs_is_refused_by_a_person {
        let (mut house, _bluez) = seen(Some("RequestConfirmation")).await;
        let (result, request) = pair(&mut house, Answer::No).await;
        assert!(result.unwrap_err().contains("did not agree"));
        let state = house.until("refused", |state| open(state).is_none()).await;
        let listed = state.requests.iter().find(|other| other.id == request.id);
        assert_eq!(listed.unwrap().verdict, Verdict::Refused);
    }

    a_pin_is_typed_by_a_person {
        let (mut house, _bluez) = seen(Some("RequestPinCode")).await;
        let (result, request) = pair(&mut house, Answer::Pin("1234".into())).await;
        assert_eq!((result, request.what), (Ok(()), Asked::Pin));
    }

    a_passkey_is_typed_by_a_person {
        let (mut house, _bluez) = seen(Some("RequestPasskey")).await;
        let (result, request) = pair(&mut house, Answer::Pin("004711".into())).await;
        assert_eq!((result, request.what), (Ok(()), Asked::Passkey));
    }

    what_is_no_pin_is_asked_again {
        let (mut house, _bluez) = seen(Some("RequestPinCode")).await;
        let orders = house.orders.clone();
        let pairing = tokio::spawn(async move { orders.give(Order::Pair(at(KITCHEN))).await });
        let state = house.until("a question", |state| open(state).is_some()).await;
        let request = open(&state).unwrap().id;
        let words = house.refused(Order::Answer { request, answer: Answer::Pin(String::new()) }).await;
        assert!(words.contains("1 to 16"), "{words}");
        house.done(Order::Answer { request, answer: Answer::Pin("1234".into()) }).await;
        assert!(pairing.await.unwrap().is_ok());
    }

    a_number_to_type_on_the_device_is_shown {
        let (mut house, _bluez) = seen(Some("DisplayPasskey")).await;
        house.done(Order::Pair(at(KITCHEN))).await;
        let typed = Asked::Type { digits: "004711".into() };
        let state = house.until("shown", |state| state.requests.iter().any(|request| request.what == typed)).await;
        // It is not shown any longer than it is of use.
        assert_eq!(state.requests.last().map(|request| request.verdict), Some(Verdict::Lapsed));
    }

    a_person_has_more_time_than_bluez {
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(2));
        let (mut house, bluez) = seen_with(plan, Some("RequestConfirmation")).await;
        let _ = bluez.meet("hci0", &speaker("Study", STUDY), true).await;
        let _ = house.until_device(STUDY, "is known", |_| true).await;
        bluez.fault("Connect", "_01_02", Fault::Silence);
        let orders = house.orders.clone();
        let pairing = tokio::spawn(async move { orders.give(Order::Pair(at(KITCHEN))).await });
        let _ = house.until("a question", |state| open(state).is_some()).await;
        // While the person thinks, an answer of BlueZ is awaited in vain.
        let words = house.refused(Order::Connect(at(STUDY))).await;
        assert!(words.contains("longer than 2 s"), "{words}");
        let _ = answer(&mut house, Answer::Yes).await;
        assert!(pairing.await.unwrap().is_ok());
    }

    a_question_that_nobody_answers_lapses {
        let plan = Plan::default().with(|settings| settings.person = Duration::from_secs(1));
        let (mut house, _bluez) = seen_with(plan, Some("RequestConfirmation")).await;
        let words = house.refused(Order::Pair(at(KITCHEN))).await;
        assert!(words.contains("did not agree"), "{words}");
        let state = house.until("lapsed", |state| !state.requests.is_empty() && open(state).is_none()).await;
        assert_eq!(state.requests[0].verdict, Verdict::Lapsed);
        let words = house.refused(Order::Answer { request: state.requests[0].id, answer: Answer::Yes }).await;
        assert!(words.contains("Nobody waits"), "{words}");
    }

    a_question_that_bluez_withdraws_lapses {
        let (mut house, bluez) = seen(Some("RequestConfirmation")).await;
        let orders = house.orders.clone();
        let _pairing = tokio::spawn(async move { orders.give(Order::Pair(at(KITCHEN))).await });
        let _ = house.until("a question", |state| open(state).is_some()).await;
        bluez.cancel().await;
        let state = house.until("lapsed", |state| open(state).is_none()).await;
        assert_eq!(state.requests[0].verdict, Verdict::Lapsed);
    }

    a_crash_of_bluez_ends_what_was_asked {
        let (mut house, bluez) = seen(Some("RequestConfirmation")).await;
        let orders = house.orders.clone();
        let pairing = tokio::spawn(async move { orders.give(Order::Pair(at(KITCHEN))).await });
        let _ = house.until("a question", |state| open(state).is_some()).await;
        let _ = bluez.crash().await;
        assert!(pairing.await.unwrap().is_err());
        let state = house.until("lapsed", |state| open(state).is_none()).await;
        assert_eq!(state.requests[0].verdict, Verdict::Lapsed);
    }
}
