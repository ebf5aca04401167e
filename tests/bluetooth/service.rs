//! Whether Bluetooth can be used, and why not.

use std::fs;
use std::time::Duration;

use inphase::bluetooth::bluez::Order;
use inphase::bluetooth::state::{Service, State, Unavailable, Version};

use crate::support::bluez::bus::{Bus, Policy};
use crate::support::bluez::fake::{ADAPTER, Bluez};
use crate::support::bluez::house::{Plan, directory, equipped, home};
use crate::support::bluez::world::{Fault, World};

fn is(reason: &Unavailable) -> impl Fn(&State) -> bool {
    let service = Service::Unavailable(reason.clone());
    move |state| state.service == service
}

situations! {
    ready_as_soon_as_bluez_has_listed_its_objects {
        let (mut house, _bluez) = home().await;
        let state = house.until("ready", |state| state.service.is_ready()).await;
        let version = Some(Version(5, 72));
        assert_eq!(state.service, Service::Ready { version, caution: None });
        assert_eq!(state.adapters[0].id, "hci0");
        assert_eq!(state.adapters[0].address, "02:00:00:00:00:01".parse().ok());
    }

    without_a_bus_it_says_so_and_connects_when_there_is_one {
        let mut house = Plan::default().start(None);
        let _ = house.until("no bus", is(&Unavailable::NoBus)).await;
        let _bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until("endpoints", equipped).await;
    }

    without_bluez_it_says_so_and_uses_it_when_it_starts {
        let bus = Bus::start(Policy::Open).await;
        let mut house = Plan::default().start(Some(bus));
        let _ = house.until("no service", is(&Unavailable::NoService)).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until("endpoints", equipped).await;
    }

    a_bus_that_denies_bluez_says_so {
        let bus = Bus::start(Policy::Closed).await;
        let _bluez = Bluez::start().await;
        let mut house = Plan::default().start(Some(bus));
        let state = house.until("denied", is(&Unavailable::Denied)).await;
        assert!(state.service.sentence().contains("group bluetooth"));
    }

    a_silent_bluez_says_so_and_recovers {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        bluez.fault("GetManagedObjects", "", Fault::Silence);
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(1));
        let mut house = plan.start(Some(bus));
        let _ = house.until("silent", is(&Unavailable::Silent)).await;
        bluez.heal();
        let _ = house.until("ready", |state| state.service.is_ready()).await;
    }

    without_an_adapter_it_says_so_and_uses_one_that_is_plugged_in {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        let mut house = Plan::default().start(Some(bus));
        let _ = house.until("no adapter", is(&Unavailable::NoAdapter)).await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until("endpoints", equipped).await;
        bluez.unplug("hci0").await;
        let _ = house.until("no adapter again", is(&Unavailable::NoAdapter)).await;
    }

    an_old_bluez_says_so_and_gets_no_endpoints {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug_as("hci0", "02:00:00:00:00:01", true, "usb:v1D6Bp0246d0531").await;
        let mut house = Plan::default().start(Some(bus));
        let version = Version(5, 49);
        let _ = house.until("too old", is(&Unavailable::TooOld { version })).await;
        bluez.until_called("AgentManager1.RequestDefaultAgent").await;
        assert!(bluez.world().endpoints.is_empty());
    }

    a_version_with_a_known_bug_is_used_with_a_caution {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug_as("hci0", "02:00:00:00:00:01", true, "usb:v1D6Bp0246d0542").await;
        let mut house = Plan::default().start(Some(bus));
        let state = house.until("ready", |state| state.service.is_ready()).await;
        assert!(state.service.sentence().contains("BlueZ 5.66"), "{}", state.service.sentence());
    }

    a_version_that_nobody_tells_is_used {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug_as("hci0", "02:00:00:00:00:01", true, "usb:v05ACp8206d0100").await;
        let mut house = Plan::default().start(Some(bus));
        let state = house.until("endpoints", equipped).await;
        assert_eq!(state.service, Service::Ready { version: None, caution: None });
    }

    an_adapter_that_is_off_says_so_and_is_switched_on {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", false).await;
        let mut house = Plan::default().start(Some(bus));
        let _ = house.until("off", is(&Unavailable::PoweredOff)).await;
        house.done(Order::Power { adapter: "hci0".into(), on: true }).await;
        let _ = house.until("ready", |state| state.service.is_ready()).await;
    }

    a_blocked_adapter_says_so {
        let switch = directory().join("rfkill/rfkill0");
        fs::create_dir_all(&switch).unwrap();
        for (name, text) in [("type", "bluetooth"), ("name", "hci0"), ("soft", "1"), ("hard", "0")] {
            fs::write(switch.join(name), text).unwrap();
        }
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", false).await;
        let mut house = Plan::default().start(Some(bus));
        let state = house.until("blocked", is(&Unavailable::Blocked)).await;
        assert!(state.adapters[0].blocked);
        bluez.fault("Set Powered", "hci0", Fault::Error("org.bluez.Error.Failed", "Failed"));
        let words = house.refused(Order::Power { adapter: "hci0".into(), on: true }).await;
        assert!(words.contains("rfkill unblock bluetooth"), "{words}");
        let words = house.refused(Order::Scan { seconds: 1 }).await;
        assert!(words.contains("blocked"), "{words}");
    }

    a_bluez_that_tells_of_a_block_itself_is_believed {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", false).await;
        let state = crate::support::bluez::world::value("off-blocked");
        bluez.set("/org/bluez/hci0", ADAPTER, "PowerState", state).await;
        let mut house = Plan::default().start(Some(bus));
        let _ = house.until("blocked", is(&Unavailable::Blocked)).await;
    }

    a_crash_of_bluez_is_told_and_everything_is_registered_anew {
        let (mut house, bluez) = home().await;
        let _ = bluez.crash().await;
        let _ = house.until("gone", is(&Unavailable::NoService)).await;
        assert!(house.state.borrow().adapters.is_empty());
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until("endpoints", equipped).await;
        bluez.until("an agent", |world| world.default_agent.is_some()).await;
        assert_eq!(bluez.world().endpoints.len(), 7);
    }

    a_bus_that_breaks_is_used_again {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let mut house = Plan::default().start(None);
        let _ = house.until("endpoints", equipped).await;
        drop(bus);
        let _ = house.until("no bus", is(&Unavailable::NoBus)).await;
        let _bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until("endpoints", equipped).await;
        bluez.until("an agent", |world| world.default_agent.is_some()).await;
    }

    an_order_without_bluez_is_answered_with_the_reason {
        let bus = Bus::start(Policy::Open).await;
        let mut house = Plan::default().start(Some(bus));
        let _ = house.until("no service", is(&Unavailable::NoService)).await;
        let words = house.refused(Order::Scan { seconds: 5 }).await;
        assert_eq!(words, Unavailable::NoService.to_string());
    }

    an_order_given_at_once_waits_for_the_first_list {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        bluez.fault("GetManagedObjects", "", Fault::Late(Duration::from_millis(200)));
        let house = Plan::default().start(Some(bus));
        house.done(Order::Scan { seconds: 5 }).await;
        bluez.until_called("Adapter1.StartDiscovery /org/bluez/hci0").await;
    }

    a_change_while_bluez_lists_is_not_lost {
        let bus = Bus::start(Policy::Open).await;
        let bluez = Bluez::start().await;
        bluez.plug("hci0", "02:00:00:00:00:01", false).await;
        bluez.fault("GetManagedObjects", "", Fault::Late(Duration::from_millis(100)));
        let mut house = Plan::default().start(Some(bus));
        bluez.until_called("ObjectManager.GetManagedObjects").await;
        bluez.switch("/org/bluez/hci0", ADAPTER, "Powered", true).await;
        let _ = house.until("ready", |state| state.service.is_ready()).await;
    }

    signals_of_others_are_not_believed {
        let (mut house, _bluez) = home().await;
        let stranger = zbus::connection::Builder::address(Bus::address().as_str());
        let stranger = stranger.build().await.unwrap();
        let gone: (zbus::OwnedObjectPath, Vec<String>) =
            ("/org/bluez/hci0".try_into().unwrap(), vec![ADAPTER.to_owned()]);
        let name = house.orders.clone();
        let manager = "org.freedesktop.DBus.ObjectManager";
        stranger.emit_signal(None::<&str>, "/", manager, "InterfacesRemoved", &gone).await.unwrap();
        drop(name);
        // A round trip through BlueZ: by then the signal has been heard.
        house.done(Order::Power { adapter: "hci0".into(), on: true }).await;
        let _ = house.until("still there", |state| state.adapters.len() == 1).await;
    }

    the_task_ends_with_the_last_orders {
        let (house, _bluez) = home().await;
        let _ = World::default();
        drop(house.orders);
        tokio::time::timeout(crate::support::bluez::house::DEADLINE, house.task)
            .await.expect("it ends").unwrap();
    }
}
