//! The pairing window, and who gets in through it.

use std::time::Duration;

use inphase::bluetooth::bluez::{Answer, Order};
use inphase::bluetooth::state::{Asked, Request, State, Verdict};

use crate::support::bluez::fake::{ADAPTER, Bluez, DEVICE};
use crate::support::bluez::house::{DEADLINE, ECHO, House, Plan, at, home, home_with};
use crate::support::bluez::radio::echo;
use crate::support::bluez::world::{Fault, World, value};

const HCI0: &str = "/org/bluez/hci0";

async fn opened(house: &mut House) {
    house
        .done(Order::OpenPairing {
            seconds: 180,
            adapter: None,
        })
        .await;
    let _ = house
        .until("open", |state| {
            state.pairing.is_some() && state.adapters[0].discoverable
        })
        .await;
}

/// Can be found and paired, and for how long.
fn doors(world: &World) -> (bool, bool, Option<u32>, Option<u32>) {
    (
        world.is(HCI0, ADAPTER, "Discoverable"),
        world.is(HCI0, ADAPTER, "Pairable"),
        world.number(HCI0, ADAPTER, "DiscoverableTimeout"),
        world.number(HCI0, ADAPTER, "PairableTimeout"),
    )
}

const SHUT: (bool, bool, Option<u32>, Option<u32>) = (false, false, Some(180), Some(0));

/// An Echo that nobody knows is in the room.
async fn echo_comes(house: &mut House, bluez: &Bluez) -> String {
    let path = bluez.meet("hci0", &echo("Echo", ECHO), false).await;
    let _ = house.until_device(ECHO, "is seen", |_| true).await;
    path
}

async fn listed(house: &mut House, what: impl Fn(&Request) -> bool) -> Request {
    let found = |state: &State| state.requests.iter().any(&what);
    let state = house.until("listed", found).await;
    state
        .requests
        .iter()
        .find(|request| what(request))
        .unwrap()
        .clone()
}

situations! {
    the_window_opens_with_its_end_told_to_bluez_first {
        let (mut house, bluez) = home().await;
        house.done(Order::OpenPairing { seconds: 120, adapter: None }).await;
        assert_eq!(doors(&bluez.world()), (true, true, Some(120), Some(120)));
        let calls = bluez.world().calls.clone();
        let at = |name: &str| calls.iter().position(|call| call.starts_with(name)).unwrap();
        assert!(at("Set DiscoverableTimeout") < at("Set Discoverable "));
        assert!(at("Set PairableTimeout") < at("Set Pairable "));
        let state = house.until("open", |state| state.pairing.is_some()).await;
        let window = state.pairing.clone().unwrap();
        assert_eq!(window.adapters, ["hci0"]);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let left = i128::from(window.ends_at_ms) - now.as_millis() as i128;
        assert!((60_000..=120_000).contains(&left), "{left}");
    }

    the_window_closes_by_itself {
        let (mut house, bluez) = home().await;
        house.done(Order::OpenPairing { seconds: 1, adapter: None }).await;
        let _ = house.until("closed", |state| state.pairing.is_none()).await;
        bluez.until("shut", |world| doors(world) == SHUT).await;
    }

    the_window_is_closed_by_order {
        let (mut house, bluez) = home().await;
        opened(&mut house).await;
        house.done(Order::ClosePairing).await;
        assert_eq!(doors(&bluez.world()), SHUT);
        assert_eq!(house.state.borrow().pairing, None);
        // Once more does no harm.
        house.done(Order::ClosePairing).await;
    }

    a_window_that_another_program_opened_stays_open {
        let (mut house, bluez) = home().await;
        bluez.set(HCI0, ADAPTER, "DiscoverableTimeout", value(0u32)).await;
        bluez.switch(HCI0, ADAPTER, "Discoverable", true).await;
        let _ = house.until("seen", |state| state.adapters[0].discoverable).await;
        opened(&mut house).await;
        house.done(Order::ClosePairing).await;
        assert_eq!(doors(&bluez.world()), (true, true, Some(0), Some(0)));
    }

    a_window_opened_twice_is_left_as_before_the_first {
        let (mut house, bluez) = home().await;
        opened(&mut house).await;
        house.done(Order::OpenPairing { seconds: 60, adapter: Some("hci0".into()) }).await;
        house.done(Order::ClosePairing).await;
        assert_eq!(doors(&bluez.world()), SHUT);
    }

    a_window_that_bluez_closed_is_closed {
        let (mut house, bluez) = home().await;
        opened(&mut house).await;
        bluez.switch(HCI0, ADAPTER, "Discoverable", false).await;
        let _ = house.until("closed", |state| state.pairing.is_none()).await;
        bluez.until("shut", |world| doors(world) == SHUT).await;
    }

    the_window_is_closed_when_we_end {
        let (mut house, bluez) = home().await;
        opened(&mut house).await;
        drop(house.orders);
        tokio::time::timeout(DEADLINE, house.task).await.expect("it ends").unwrap();
        assert_eq!(doors(&bluez.world()), SHUT);
    }

    a_window_on_an_adapter_that_is_pulled_out_is_closed {
        let (mut house, bluez) = home().await;
        opened(&mut house).await;
        bluez.unplug("hci0").await;
        let _ = house.until("closed", |state| state.pairing.is_none()).await;
    }

    a_window_that_bluez_refuses_is_shut_and_told {
        let (mut house, bluez) = home().await;
        bluez.fault("Set Discoverable", HCI0, Fault::Error("org.bluez.Error.NotReady", "Resource Not Ready"));
        let words = house.refused(Order::OpenPairing { seconds: 180, adapter: None }).await;
        assert!(words.contains("switched off"), "{words}");
        let _ = house.until("closed", |state| state.pairing.is_none()).await;
        bluez.until("not pairable", |world| !world.is(HCI0, ADAPTER, "Pairable")).await;
    }

    a_window_that_bluez_never_opens_times_out {
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(2));
        let (house, bluez) = home_with(plan).await;
        bluez.fault("Set Pairable", HCI0, Fault::Silence);
        let words = house.refused(Order::OpenPairing { seconds: 180, adapter: None }).await;
        assert!(words.contains("longer than 2 s"), "{words}");
    }

    a_window_is_opened_on_one_adapter_alone {
        let (mut house, bluez) = home().await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        let _ = house.until("both", |state| state.adapters.len() == 2).await;
        house.done(Order::OpenPairing { seconds: 180, adapter: Some("hci1".into()) }).await;
        let _ = house.until("one", |state| state.adapters[1].discoverable && !state.adapters[0].discoverable).await;
    }

    an_echo_pairs_through_the_window_and_is_trusted {
        let (mut house, bluez) = home().await;
        opened(&mut house).await;
        let path = echo_comes(&mut house, &bluez).await;
        bluez.ask(None, &path, "RequestAuthorization").await.unwrap();
        bluez.switch(&path, DEVICE, "Paired", true).await;
        let _ = house.until_device(ECHO, "is trusted", |device| device.paired && device.trusted).await;
        let state = house.until("told", |state| state.pairing.as_ref().is_some_and(|window| !window.paired.is_empty())).await;
        assert_eq!(state.pairing.as_ref().unwrap().paired, [at(ECHO)]);
        let request = listed(&mut house, |request| request.what == Asked::Pair).await;
        assert_eq!(request.verdict, Verdict::Granted);
        bluez.ask(None, &path, "AuthorizeService").await.unwrap();
    }

    an_echo_that_shows_a_number_is_confirmed_in_the_window {
        let (mut house, bluez) = home().await;
        opened(&mut house).await;
        let path = echo_comes(&mut house, &bluez).await;
        let asking = { let (bluez, path) = (bluez.clone(), path.clone());
            tokio::spawn(async move { bluez.ask(None, &path, "RequestConfirmation").await }) };
        let request = listed(&mut house, |request| request.verdict == Verdict::Open).await;
        house.done(Order::Answer { request: request.id, answer: Answer::Yes }).await;
        asking.await.unwrap().unwrap();
    }

    outside_the_window_nobody_pairs_and_who_asked_is_listed {
        let (mut house, bluez) = home().await;
        let path = echo_comes(&mut house, &bluez).await;
        for question in ["RequestAuthorization", "RequestConfirmation", "RequestPinCode", "RequestPasskey"] {
            let words = bluez.ask(None, &path, question).await.unwrap_err();
            assert!(words.contains("org.bluez.Error.Rejected"), "{question}: {words}");
        }
        let state = house.until("all listed", |state| state.requests.len() == 4).await;
        assert!(state.requests.iter().all(|request| request.verdict == Verdict::Refused && request.address == at(ECHO)));
        assert!(!house.state.borrow().device(at(ECHO)).unwrap().paired);
    }

    a_known_device_does_not_pair_anew_outside_the_window {
        let (mut house, bluez) = home().await;
        let path = bluez.meet("hci0", &echo("Echo", ECHO), true).await;
        let _ = house.until_device(ECHO, "is known", |device| device.paired).await;
        assert!(bluez.ask(None, &path, "RequestAuthorization").await.is_err());
    }

    a_stranger_gets_no_service_and_is_listed {
        let (mut house, bluez) = home().await;
        let path = echo_comes(&mut house, &bluez).await;
        assert!(bluez.ask(None, &path, "AuthorizeService").await.is_err());
        let request = listed(&mut house, |request| matches!(request.what, Asked::Service { .. })).await;
        assert_eq!((request.verdict, request.name.as_str()), (Verdict::Refused, "Echo"));
    }

    a_known_device_gets_its_service_silently {
        let (mut house, bluez) = home().await;
        let path = bluez.meet("hci0", &echo("Echo", ECHO), true).await;
        let _ = house.until_device(ECHO, "is known", |device| device.paired).await;
        bluez.ask(None, &path, "AuthorizeService").await.unwrap();
        assert!(house.state.borrow().requests.is_empty());
    }

    a_stranger_that_merely_connects_is_listed_once {
        let (mut house, bluez) = home().await;
        let path = echo_comes(&mut house, &bluez).await;
        bluez.switch(&path, DEVICE, "Connected", true).await;
        let request = listed(&mut house, |request| request.what == Asked::Connect).await;
        assert_eq!(request.verdict, Verdict::Refused);
        bluez.set(&path, DEVICE, "RSSI", value(-50i16)).await;
        let _ = house.until_device(ECHO, "is near", |device| device.rssi == Some(-50)).await;
        assert_eq!(house.state.borrow().requests.len(), 1);
    }

    who_was_refused_gets_a_second_chance {
        let (mut house, bluez) = home().await;
        let path = echo_comes(&mut house, &bluez).await;
        assert!(bluez.ask(None, &path, "RequestAuthorization").await.is_err());
        let request = listed(&mut house, |request| request.what == Asked::Pair).await;
        house.done(Order::Answer { request: request.id, answer: Answer::Yes }).await;
        let _ = house.until("open", |state| state.pairing.is_some()).await;
        bluez.ask(None, &path, "RequestAuthorization").await.unwrap();
        let request = listed(&mut house, |request| request.verdict == Verdict::Granted).await;
        assert_eq!(request.what, Asked::Pair);
    }

    the_list_of_requests_is_short {
        let (mut house, bluez) = home().await;
        let addresses: Vec<String> = (0..25).map(|n| format!("02:00:00:00:03:{n:02X}")).collect();
        for address in &addresses {
            let address: &'static str = Box::leak(address.clone().into_boxed_str());
            let path = bluez.meet("hci0", &echo("Someone", address), false).await;
            assert!(bluez.ask(None, &path, "RequestAuthorization").await.is_err());
        }
        let last = addresses[24].parse().unwrap();
        let state = house.until("the last", |state| state.requests.iter().any(|request| request.address == last)).await;
        assert_eq!(state.requests.len(), 20);
    }

    an_agent_that_bluez_refuses_is_registered_later {
        let bus = crate::support::bluez::bus::Bus::start(crate::support::bluez::bus::Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        bluez.fault("RegisterAgent", "", Fault::Error("org.bluez.Error.AlreadyExists", "Already Exists"));
        let _house = Plan::default().start(Some(bus));
        bluez.until_called("AgentManager1.RegisterAgent").await;
        bluez.heal();
        bluez.until("an agent", |world| world.default_agent.is_some()).await;
        let agent = bluez.world().agents.values().next().cloned().unwrap();
        assert_eq!(agent.capability, "KeyboardDisplay");
    }
}
