//! Adapters that come, go, are named and switched.

use inphase::bluetooth::bluez::Order;

use crate::support::bluez::fake::ADAPTER;
use crate::support::bluez::house::{Plan, equipped, home, home_with};
use crate::support::bluez::world::Fault;

situations! {
    the_name_for_echoes_is_given_to_every_adapter {
        let plan = Plan::default().with(|settings| settings.name = Some("Living room".into()));
        let (mut house, bluez) = home_with(plan).await;
        let named = |id: &'static str| move |state: &inphase::bluetooth::state::State| {
            state.adapter(id).is_some_and(|adapter| adapter.alias == "Living room")
        };
        let state = house.until("named", named("hci0")).await;
        assert_eq!(state.adapters[0].named.as_deref(), Some("Living room"));
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        let _ = house.until("the other too", named("hci1")).await;
    }

    an_adapter_is_named_by_order {
        let (mut house, _bluez) = home().await;
        house.done(Order::NameAdapter { adapter: "hci0".into(), name: "Attic".into() }).await;
        let _ = house.until("named", |state| state.adapters[0].alias == "Attic").await;
    }

    a_name_that_bluez_refuses_is_told {
        let (house, bluez) = home().await;
        bluez.fault("Set Alias", "hci0", Fault::Error("org.bluez.Error.InvalidArguments", "Invalid Arguments"));
        let words = house.refused(Order::NameAdapter { adapter: "hci0".into(), name: String::new() }).await;
        assert!(words.contains("Invalid Arguments"), "{words}");
        assert_eq!(house.state.borrow().adapters[0].named, None);
    }

    an_adapter_is_found_by_its_address {
        let (mut house, _bluez) = home().await;
        house.done(Order::Power { adapter: "02:00:00:00:00:01".into(), on: false }).await;
        let _ = house.until("off", |state| !state.adapters[0].powered).await;
    }

    an_adapter_that_is_not_there_is_named {
        let (house, _bluez) = home().await;
        let words = house.refused(Order::Power { adapter: "hci7".into(), on: true }).await;
        assert!(words.contains("hci7"), "{words}");
    }

    a_second_adapter_gets_endpoints_of_its_own {
        let (mut house, bluez) = home().await;
        bluez.plug("hci1", "02:00:00:00:00:02", true).await;
        let both = |state: &inphase::bluetooth::state::State| {
            state.adapters.iter().filter(|adapter| adapter.streams == 6 && adapter.receives).count() == 2
        };
        let _ = house.until("both have endpoints", both).await;
        assert_eq!(bluez.world().endpoints.len(), 14);
    }

    an_adapter_pulled_out_and_put_back_is_used_again {
        let (mut house, bluez) = home().await;
        bluez.unplug("hci0").await;
        let _ = house.until("gone", |state| state.adapters.is_empty()).await;
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let _ = house.until("endpoints", equipped).await;
    }

    an_adapter_switched_off_by_others_is_shown_so {
        let (mut house, bluez) = home().await;
        bluez.switch("/org/bluez/hci0", ADAPTER, "Powered", false).await;
        let _ = house.until("off", |state| !state.service.is_ready() && !state.adapters[0].powered).await;
        bluez.switch("/org/bluez/hci0", ADAPTER, "Powered", true).await;
        let _ = house.until("on", |state| state.service.is_ready()).await;
    }
}
