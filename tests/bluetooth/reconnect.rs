//! Who is wanted is connected, and connected again.

use std::collections::BTreeMap;
use std::time::Duration;

use inphase::bluetooth::bluez::Order;
use inphase::bluetooth::state::{Activity, Aside, Device};

use crate::support::bluez::bus::{Bus, Policy};
use crate::support::bluez::fake::{ADAPTER, Bluez, DEVICE};
use crate::support::bluez::house::{House, KITCHEN, Plan, STUDY, at, home, home_with};
use crate::support::bluez::radio::speaker;
use crate::support::bluez::world::{Fault, device_path};

const OUT_OF_REACH: Fault = Fault::Error("org.bluez.Error.Failed", "br-connection-page-timeout");
const HOURS: Duration = Duration::from_secs(3600);

/// A house that knows the kitchen's speaker.
async fn known(plan: Plan) -> (House, Bluez, String) {
    let (mut house, bluez) = home_with(plan).await;
    let path = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
    let _ = house.until_device(KITCHEN, "is known", |_| true).await;
    (house, bluez, path)
}

fn want(addresses: &[&str]) -> Order {
    Order::Want(
        addresses
            .iter()
            .map(|address| (at(address), None))
            .collect(),
    )
}

/// Cuts the kitchen's link.
fn cut(why: Aside) -> Order {
    Order::Drop {
        address: at(KITCHEN),
        why,
    }
}

fn waits(device: &Device) -> bool {
    device.retry.is_some()
}

situations! {
    who_is_wanted_is_connected_as_soon_as_there_are_endpoints {
        let bus = Bus::start(Policy::Open).await;
        let mut house = Plan::default().start(Some(bus));
        house.done(want(&[KITCHEN, STUDY])).await;
        let bluez = Bluez::start().await;
        for remote in [speaker("Kitchen", KITCHEN), speaker("Study", STUDY)] {
            let _ = bluez.meet("hci0", &remote, true).await;
        }
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until_sounds(KITCHEN).await;
        let device = house.until_sounds(STUDY).await;
        assert!(device.wanted && device.retry.is_none());
    }

    who_does_not_answer_is_tried_until_it_does {
        let (mut house, bluez, _) = known(Plan::default()).await;
        bluez.fault("Connect", "", OUT_OF_REACH);
        house.done(want(&[KITCHEN])).await;
        bluez.until("four tries", |world| world.called("Device1.Connect") >= 4).await;
        let device = house.until_device(KITCHEN, "says why", |device| device.failure.is_some()).await;
        assert!(device.failure.unwrap().contains("does not answer"));
        bluez.heal();
        let device = house.until_sounds(KITCHEN).await;
        let device = match device.failure {
            None => device,
            Some(_) => house.until_device(KITCHEN, "is well", |device| device.failure.is_none()).await,
        };
        assert_eq!(device.retry, None);
        let heard = house.patience.heard.lock().unwrap().clone();
        let failures: Vec<_> = heard.iter().map(|(_, failed)| *failed).take(3).collect();
        assert_eq!(failures, [1, 2, 3]);
        assert_eq!(heard.last().map(|(_, failed)| *failed), Some(0));
    }

    the_next_try_is_shown {
        let (mut house, bluez, _) = known(Plan::default().pause(HOURS)).await;
        bluez.fault("Connect", "", OUT_OF_REACH);
        house.done(want(&[KITCHEN])).await;
        let retry = house.until_device(KITCHEN, "waits", waits).await.retry.unwrap();
        assert_eq!(retry.failed, 1);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert!(u128::from(retry.at_ms) > now.as_millis() + 3_000_000);
    }

    the_user_need_not_wait_for_the_next_try {
        let (mut house, bluez, _) = known(Plan::default().pause(HOURS)).await;
        bluez.fault("Connect", "", OUT_OF_REACH);
        house.done(want(&[KITCHEN])).await;
        let _ = house.until_device(KITCHEN, "waits", waits).await;
        bluez.heal();
        house.done(Order::Connect(at(KITCHEN))).await;
        let device = house.until_sounds(KITCHEN).await;
        assert_eq!(device.retry, None);
    }

    who_comes_by_itself_is_not_tried_any_more {
        let (mut house, bluez, path) = known(Plan::default().pause(HOURS)).await;
        bluez.fault("Connect", "", OUT_OF_REACH);
        house.done(want(&[KITCHEN])).await;
        let _ = house.until_device(KITCHEN, "waits", waits).await;
        bluez.call_up(&path).await.unwrap();
        let device = house.until_sounds(KITCHEN).await;
        assert_eq!((device.retry, device.failure), (None, None));
    }

    who_is_lost_is_fetched_back {
        let (mut house, bluez, path) = known(Plan::default()).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        bluez.hang_up(&path).await;
        bluez.until("a second try", |world| world.called("Device1.Connect") == 2).await;
        let _ = house.until_sounds(KITCHEN).await;
    }

    one_who_is_lost_disturbs_no_other {
        let (mut house, bluez, path) = known(Plan::default()).await;
        let _ = bluez.meet("hci0", &speaker("Study", STUDY), true).await;
        let _ = house.until_device(STUDY, "is known", |_| true).await;
        house.done(want(&[KITCHEN, STUDY])).await;
        let _ = house.until_sounds(KITCHEN).await;
        let _ = house.until_sounds(STUDY).await;
        bluez.fault("Connect", "_01_01", OUT_OF_REACH);
        bluez.hang_up(&path).await;
        bluez.until("tries", |world| world.called(&format!("Device1.Connect {path}")) >= 3).await;
        let study = house.state.borrow().device(at(STUDY)).unwrap().clone();
        assert!(study.connected && study.transport.is_some() && study.retry.is_none());
        assert_eq!(bluez.world().called(&format!("Device1.Connect {}", device_path("hci0", STUDY))), 1);
    }

    who_is_disconnected_by_the_user_stays_so {
        let (mut house, _bluez, _) = known(Plan::default()).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        house.done(Order::Disconnect(at(KITCHEN))).await;
        let device = house.until_device(KITCHEN, "is gone", |device| !device.connected).await;
        assert!(!device.wanted && device.retry.is_none() && device.activity == Activity::None);
    }

    who_is_dropped_is_cut_off_at_once_and_comes_back_later {
        let (mut house, bluez, path) = known(Plan::default()).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        house.done(cut(Aside::Stalled)).await;
        bluez.until("a second try", |world| world.called("Device1.Connect") == 2).await;
        let device = house.until_sounds(KITCHEN).await;
        assert!(!device.blocked && device.wanted);
        assert_eq!(bluez.world().called(&format!("Set Blocked {path}")), 2);
        assert_eq!(bluez.world().called("Device1.Disconnect"), 0);
        assert!(house.patience.heard.lock().unwrap().contains(&(at(KITCHEN), 1)));
    }

    who_is_set_aside_says_why_until_it_is_tried_again {
        let (mut house, bluez, _) = known(Plan::default().pause(HOURS)).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        house.done(cut(Aside::HeldUp)).await;
        let device = house.until_device(KITCHEN, "is set aside", waits).await;
        assert_eq!(device.retry.unwrap().aside, Some(Aside::HeldUp));
        assert!(!device.connected && device.failure.is_none());
        // The user may let it back in, and it comes back as new.
        bluez.fault("Connect", "", OUT_OF_REACH);
        let _ = house.refused(Order::Connect(at(KITCHEN))).await;
        let device = house.until_device(KITCHEN, "waits", waits).await;
        assert_eq!(device.retry.unwrap().aside, None, "it is simply away now");
        bluez.heal();
        house.done(Order::Connect(at(KITCHEN))).await;
        let device = house.until_sounds(KITCHEN).await;
        assert_eq!(device.retry, None);
    }

    who_cannot_be_cut_off_is_told_and_not_left_blocked {
        let (mut house, bluez, path) = known(Plan::default().pause(HOURS)).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        bluez.fault("Set Blocked", "", Fault::Error("org.bluez.Error.Failed", "Not now"));
        let words = house.refused(cut(Aside::Stalled)).await;
        assert!(words.contains("Not now"), "{words}");
        assert_eq!(bluez.world().called(&format!("Set Blocked {path}")), 2);
    }

    a_disconnect_that_bluez_refuses_is_told {
        let (mut house, bluez, _) = known(Plan::default()).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        bluez.fault("Disconnect", "", Fault::Error("org.bluez.Error.Failed", "Not now"));
        let words = house.refused(Order::Disconnect(at(KITCHEN))).await;
        assert!(words.contains("Not now"), "{words}");
        bluez.heal();
        bluez.fault("Disconnect", "", Fault::Error("org.bluez.Error.NotConnected", "Not Connected"));
        house.done(Order::Disconnect(at(KITCHEN))).await;
    }

    a_connect_that_never_answers_is_given_up {
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(2)).pause(HOURS);
        let (house, bluez, _) = known(plan).await;
        bluez.fault("Connect", "", Fault::Silence);
        let words = house.refused(Order::Connect(at(KITCHEN))).await;
        assert!(words.contains("longer than 2 s"), "{words}");
        assert_eq!(bluez.world().called("Device1.Disconnect"), 1);
    }

    a_link_without_sound_is_tried_again {
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(1));
        let (mut house, bluez, path) = known(plan).await;
        // BlueZ says it is connected; no sound follows.
        bluez.fault("Connect", "", Fault::Error("org.bluez.Error.AlreadyConnected", "Already Connected"));
        bluez.switch(&path, DEVICE, "Connected", true).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let told = |device: &Device| device.failure.as_ref().is_some_and(|words| words.contains("not connected for sound"));
        let _ = house.until_device(KITCHEN, "says why", told).await;
        bluez.heal();
        let _ = house.until_sounds(KITCHEN).await;
    }

    who_is_not_paired_is_not_tried {
        let (mut house, bluez) = home().await;
        let path = bluez.meet("hci0", &speaker("Study", STUDY), false).await;
        let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        house.done(want(&[STUDY, KITCHEN])).await;
        let _ = house.until_sounds(KITCHEN).await;
        assert_eq!(bluez.world().called(&format!("Device1.Connect {path}")), 0);
        // Once it is, it is.
        bluez.switch(&path, DEVICE, "Paired", true).await;
        let _ = house.until_sounds(STUDY).await;
    }

    who_is_wanted_survives_a_crash_of_bluez {
        let (mut house, bluez, _) = known(Plan::default()).await;
        house.done(want(&[KITCHEN])).await;
        let _ = house.until_sounds(KITCHEN).await;
        let _ = bluez.crash().await;
        let _ = house.until("gone", |state| state.devices.is_empty()).await;
        let bluez = Bluez::start().await;
        let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until_sounds(KITCHEN).await;
    }

    an_adapter_put_back_brings_its_speakers_back {
        let (mut house, bluez, _) = known(Plan::default()).await;
        house.done(want(&[KITCHEN])).await;
        let _ = house.until_sounds(KITCHEN).await;
        bluez.unplug("hci0").await;
        let _ = house.until("gone", |state| state.devices.is_empty()).await;
        let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until_sounds(KITCHEN).await;
    }

    an_adapter_switched_on_brings_its_speakers_back {
        let (mut house, bluez, path) = known(Plan::default()).await;
        house.done(want(&[KITCHEN])).await;
        let _ = house.until_sounds(KITCHEN).await;
        bluez.switch("/org/bluez/hci0", ADAPTER, "Powered", false).await;
        bluez.hang_up(&path).await;
        let _ = house.until_device(KITCHEN, "is gone", |device| !device.connected).await;
        let words = house.refused(Order::Connect(at(KITCHEN))).await;
        assert!(words.contains("switched off"), "{words}");
        bluez.switch("/org/bluez/hci0", ADAPTER, "Powered", true).await;
        let _ = house.until_sounds(KITCHEN).await;
    }

    who_is_not_wanted_any_more_is_not_tried {
        let (mut house, bluez, path) = known(Plan::default().pause(HOURS)).await;
        bluez.fault("Connect", "", OUT_OF_REACH);
        house.done(want(&[KITCHEN])).await;
        let _ = house.until_device(KITCHEN, "waits", waits).await;
        house.done(Order::Want(BTreeMap::new())).await;
        let device = house.until_device(KITCHEN, "rests", |device| device.retry.is_none()).await;
        assert!(!device.wanted);
        bluez.heal();
        bluez.call_up(&path).await.unwrap();
        // Nobody sends it away either.
        let device = house.until_sounds(KITCHEN).await;
        assert!(device.connected && !device.wanted);
    }

    a_speaker_moves_to_another_adapter {
        let (mut house, bluez, path) = known(Plan::default()).await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        bluez.hide("hci1", &speaker("Kitchen", KITCHEN));
        let _ = house.until("endpoints", |state| state.adapter("hci1").is_some_and(|adapter| adapter.streams == 6)).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        house.done(Order::Move { address: at(KITCHEN), adapter: "hci1".into() }).await;
        let there = |device: &Device| device.adapter == "hci1" && device.connected && device.transport.is_some();
        let device = house.until_device(KITCHEN, "is there", there).await;
        assert!(device.paired && device.trusted && device.activity == Activity::None);
        assert!(!bluez.world().is(&path, DEVICE, "Connected"));
        let acquired = house.acquired(KITCHEN).await;
        assert_eq!(acquired.adapter, "hci1");
        // And it is fetched back there.
        bluez.hang_up(&device_path("hci1", KITCHEN)).await;
        bluez.until("tried there", |world| world.called("Device1.Connect /org/bluez/hci1") == 2).await;
    }

    a_speaker_that_cannot_move_returns {
        let (mut house, bluez, _) = known(Plan::default()).await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        bluez.hide("hci1", &speaker("Kitchen", KITCHEN));
        let _ = house.until("endpoints", |state| state.adapter("hci1").is_some_and(|adapter| adapter.streams == 6)).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        bluez.fault("Pair", "hci1", Fault::Error("org.bluez.Error.AuthenticationRejected", ""));
        let words = house.refused(Order::Move { address: at(KITCHEN), adapter: "hci1".into() }).await;
        assert!(words.contains("did not agree"), "{words}");
        let back = |device: &Device| device.adapter == "hci0" && device.connected && device.transport.is_some();
        let _ = house.until_device(KITCHEN, "is back", back).await;
    }

    a_speaker_that_the_other_adapter_does_not_see_is_told {
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(2));
        let (mut house, bluez, _) = known(plan).await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        let _ = house.until("two", |state| state.adapter("hci1").is_some()).await;
        let words = house.refused(Order::Move { address: at(KITCHEN), adapter: "hci1".into() }).await;
        assert!(words.contains("does not answer"), "{words}");
    }

    a_speaker_wanted_on_an_adapter_is_connected_there {
        let (mut house, bluez) = home().await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        for adapter in ["hci0", "hci1"] {
            let _ = bluez.meet(adapter, &speaker("Kitchen", KITCHEN), true).await;
        }
        let _ = house.until_device(KITCHEN, "is known twice", |device| device.adapters.len() == 2).await;
        let there = Some("02:00:00:00:00:02".to_owned());
        house.done(Order::Want(BTreeMap::from([(at(KITCHEN), there)]))).await;
        let device = house.until_sounds(KITCHEN).await;
        assert_eq!(device.adapter, "hci1");
    }
}
