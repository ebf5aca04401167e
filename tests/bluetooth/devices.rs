//! Looking for devices, and what is known of them.

use std::collections::HashMap;
use std::time::Duration;

use inphase::bluetooth::bluez::Order;
use inphase::bluetooth::state::Kind;

use crate::support::bluez::fake::{ADAPTER, DEVICE};
use crate::support::bluez::house::{ECHO, KITCHEN, Plan, STUDY, at, home, home_with};
use crate::support::bluez::radio::{echo, speaker};
use crate::support::bluez::world::{Fault, value};

situations! {
    a_look_around_finds_devices_and_what_they_are {
        let (mut house, bluez) = home().await;
        bluez.hide("hci0", &speaker("Kitchen", KITCHEN));
        bluez.hide("hci0", &echo("Echo", ECHO));
        house.done(Order::Scan { seconds: 60 }).await;
        let found = house.until_device(KITCHEN, "is found", |device| device.rssi.is_some()).await;
        assert_eq!((found.name.as_str(), found.kind, found.rssi), ("Kitchen", Kind::Speaker, Some(-61)));
        assert_eq!((found.class, found.icon.as_deref()), (Some(0x24_0414), Some("audio-card")));
        assert!(!found.paired && !found.connected && found.kind.plays());
        let found = house.until_device(ECHO, "is found", |device| device.rssi.is_some()).await;
        assert!(found.kind == Kind::Source && found.kind.feeds());
        let _ = house.until("it shows", |state| state.adapters[0].discovering).await;
    }

    a_look_around_is_stopped_by_order {
        let (mut house, bluez) = home().await;
        house.done(Order::Scan { seconds: 60 }).await;
        house.done(Order::StopScan).await;
        bluez.until_called("Adapter1.StopDiscovery /org/bluez/hci0").await;
        let _ = house.until("stopped", |state| !state.adapters[0].discovering).await;
    }

    a_look_around_ends_by_itself {
        let (mut house, bluez) = home().await;
        house.done(Order::Scan { seconds: 1 }).await;
        bluez.until_called("Adapter1.StopDiscovery /org/bluez/hci0").await;
        let _ = house.until("stopped", |state| !state.adapters[0].discovering).await;
    }

    a_second_look_prolongs_the_first {
        let (mut house, bluez) = home().await;
        house.done(Order::Scan { seconds: 60 }).await;
        house.done(Order::Scan { seconds: 60 }).await;
        let _ = house.until("it shows", |state| state.adapters[0].discovering).await;
        house.done(Order::StopScan).await;
        bluez.until_called("Adapter1.StopDiscovery /org/bluez/hci0").await;
    }

    a_look_with_the_adapter_off_is_refused {
        let (mut house, bluez) = home().await;
        bluez.switch("/org/bluez/hci0", ADAPTER, "Powered", false).await;
        let _ = house.until("off", |state| !state.adapters[0].powered).await;
        let words = house.refused(Order::Scan { seconds: 1 }).await;
        assert!(words.contains("switched off"), "{words}");
    }

    a_look_that_bluez_refuses_is_told {
        let (house, bluez) = home().await;
        bluez.fault("StartDiscovery", "", Fault::Error("org.bluez.Error.InProgress", "Operation already in progress"));
        let words = house.refused(Order::Scan { seconds: 1 }).await;
        assert!(words.contains("busy"), "{words}");
    }

    a_look_that_bluez_never_begins_times_out {
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(2));
        let (house, bluez) = home_with(plan).await;
        bluez.fault("StartDiscovery", "", Fault::Silence);
        let words = house.refused(Order::Scan { seconds: 1 }).await;
        assert!(words.contains("longer than 2 s"), "{words}");
    }

    one_adapter_that_looks_is_enough {
        let (mut house, bluez) = home().await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        let _ = house.until("both", |state| state.adapters.len() == 2).await;
        bluez.fault("StartDiscovery", "hci0", Fault::Error("org.bluez.Error.Failed", "Busy"));
        bluez.hide("hci1", &speaker("Kitchen", KITCHEN));
        house.done(Order::Scan { seconds: 60 }).await;
        let found = house.until_device(KITCHEN, "is found", |_| true).await;
        assert_eq!((found.adapter.as_str(), found.adapters.len()), ("hci1", 1));
    }

    a_signal_that_is_gone_is_not_shown {
        let (mut house, bluez) = home().await;
        let path = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), false).await;
        bluez.set(&path, DEVICE, "RSSI", value(-40i16)).await;
        let _ = house.until_device(KITCHEN, "is near", |device| device.rssi == Some(-40)).await;
        bluez.unset(&path, DEVICE, "RSSI").await;
        let _ = house.until_device(KITCHEN, "is silent", |device| device.rssi.is_none()).await;
    }

    the_battery_is_shown_and_follows {
        let (mut house, bluez) = home().await;
        let path = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        let battery = "org.bluez.Battery1";
        bluez.add(&path, battery, HashMap::from([("Percentage".to_owned(), value(77u8))])).await;
        let _ = house.until_device(KITCHEN, "tells", |device| device.battery == Some(77)).await;
        bluez.set(&path, battery, "Percentage", value(76u8)).await;
        let _ = house.until_device(KITCHEN, "tells anew", |device| device.battery == Some(76)).await;
    }

    a_device_is_renamed_and_gets_its_own_name_back {
        let (mut house, bluez) = home().await;
        let path = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        let _ = house.until_device(KITCHEN, "is known", |_| true).await;
        house.done(Order::Rename { address: at(KITCHEN), alias: "Bar".into() }).await;
        let device = house.until_device(KITCHEN, "is renamed", |device| device.alias == "Bar").await;
        assert_eq!(device.name, "Kitchen");
        assert_eq!(bluez.world().text(&path, DEVICE, "Alias"), "Bar");
    }

    trust_is_given_and_taken {
        let (mut house, bluez) = home().await;
        let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), false).await;
        let _ = house.until_device(KITCHEN, "is known", |_| true).await;
        house.done(Order::Trust { address: at(KITCHEN), trusted: true }).await;
        let _ = house.until_device(KITCHEN, "is trusted", |device| device.trusted).await;
        house.done(Order::Trust { address: at(KITCHEN), trusted: false }).await;
        let _ = house.until_device(KITCHEN, "is not trusted", |device| !device.trusted).await;
    }

    a_device_is_forgotten_everywhere {
        let (mut house, bluez) = home().await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        let _ = bluez.meet("hci1", &speaker("Kitchen", KITCHEN), true).await;
        let _ = house.until_device(KITCHEN, "is known twice", |device| device.adapters.len() == 2).await;
        house.done(Order::Forget(at(KITCHEN))).await;
        let _ = house.until("forgotten", |state| state.device(at(KITCHEN)).is_none()).await;
        assert_eq!(bluez.world().called("Adapter1.RemoveDevice"), 2);
    }

    a_device_that_cannot_be_forgotten_is_told {
        let (mut house, bluez) = home().await;
        let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        let _ = house.until_device(KITCHEN, "is known", |_| true).await;
        bluez.fault("RemoveDevice", "", Fault::Error("org.bluez.Error.Failed", "Device busy"));
        let words = house.refused(Order::Forget(at(KITCHEN))).await;
        assert!(words.contains("Device busy") && words.contains("Kitchen"), "{words}");
        let device = house.until_device(KITCHEN, "says why", |device| device.failure.is_some()).await;
        assert_eq!(device.failure, Some(words));
    }

    a_device_that_nobody_knows_is_named {
        let (house, _bluez) = home().await;
        let orders = [
            Order::Pair(at(STUDY)),
            Order::Connect(at(STUDY)),
            Order::Disconnect(at(STUDY)),
            Order::Forget(at(STUDY)),
            Order::Acquire(at(STUDY)),
            Order::Rename { address: at(STUDY), alias: "x".into() },
            Order::SetVolume { address: at(STUDY), volume: 1 },
            Order::Move { address: at(STUDY), adapter: "hci0".into() },
        ];
        for order in orders {
            let words = house.refused(order).await;
            assert!(words.contains(STUDY), "{words}");
        }
    }

    each_way_to_fail_connecting_has_its_sentence {
        let (mut house, bluez) = home().await;
        let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        let _ = house.until_device(KITCHEN, "is known", |_| true).await;
        for (name, message, words) in [
            ("org.bluez.Error.Failed", "br-connection-page-timeout", "does not answer"),
            ("org.bluez.Error.Failed", "br-connection-profile-unavailable", "no stereo sound"),
            ("org.bluez.Error.Failed", "br-connection-create-socket", "no free stream"),
            ("org.bluez.Error.Failed", "br-connection-refused", "refuses the connection"),
            ("org.bluez.Error.Failed", "br-connection-key-missing", "no longer knows"),
            ("org.bluez.Error.AuthenticationFailed", "", "no longer knows"),
            ("org.bluez.Error.ConnectionAttemptFailed", "", "does not answer"),
            ("org.bluez.Error.InProgress", "In Progress", "busy"),
            ("org.bluez.Error.NotReady", "", "switched off"),
            ("org.freedesktop.DBus.Error.AccessDenied", "", "not permit"),
            ("org.bluez.Error.Failed", "Software caused connection abort", "abort"),
        ] {
            bluez.heal();
            bluez.fault("Connect", "", Fault::Error(name, message));
            let told = house.refused(Order::Connect(at(KITCHEN))).await;
            assert!(told.contains(words), "{name} {message}: {told}");
            house.done(Order::Disconnect(at(KITCHEN))).await;
        }
    }
}
