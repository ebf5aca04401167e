//! Our endpoints: how many, what they offer, what they agree to.

use std::collections::HashMap;

use inphase::bluetooth::bluez::Order;
use zbus::OwnedVariant;

use crate::support::bluez::bus::Bus;
use crate::support::bluez::house::{KITCHEN, Plan, STUDY, at, home};
use crate::support::bluez::radio::speaker;
use crate::support::bluez::world::{Fault, Remote, value};

situations! {
    an_adapter_gets_six_streams_for_speakers_and_one_from_a_source {
        let (_house, bluez) = home().await;
        let ends = bluez.world().endpoints.clone();
        let count = |service: &str| ends.iter().filter(|end| end.service.starts_with(service)).count();
        assert_eq!((count("0000110a"), count("0000110b"), ends.len()), (6, 1, 7));
        for end in &ends {
            assert!(end.delay_reporting && end.codec == 0, "{}", end.path);
            assert_eq!(end.capabilities, [0x3f, 0xff, 2, 53]);
        }
    }

    a_full_adapter_gets_one_more_stream {
        let plan = Plan::default().with(|settings| settings.streams = 1);
        let (mut house, bluez) = house_of_one(plan).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until("one more", |state| state.adapters[0].streams == 2).await;
        house.done(Order::Connect(at(STUDY))).await;
        let _ = house.until_sounds(KITCHEN).await;
        let _ = house.until_sounds(STUDY).await;
        assert_eq!(bluez.world().endpoints.len(), 4);
    }

    a_speaker_without_a_free_stream_is_told {
        let plan = Plan::default().with(|settings| {
            settings.streams = 1;
            settings.most_streams = 1;
        });
        let (mut house, _bluez) = house_of_one(plan).await;
        house.done(Order::Connect(at(KITCHEN))).await;
        let _ = house.until_sounds(KITCHEN).await;
        let words = house.refused(Order::Connect(at(STUDY))).await;
        assert!(words.contains("no free stream") && words.contains("second adapter"), "{words}");
    }

    endpoints_that_bluez_refuses_are_told_and_tried_again {
        let bus = Bus::start(crate::support::bluez::bus::Policy::Open).await;
        let bluez = crate::support::bluez::fake::Bluez::start().await;
        bluez.fault("RegisterEndpoint", "", Fault::Error("org.bluez.Error.NotSupported", "Operation is not supported"));
        bluez.plug("hci0", "02:00:00:00:00:01", true).await;
        let mut house = Plan::default().start(Some(bus));
        let told = |state: &inphase::bluetooth::state::State| state.adapter("hci0").is_some_and(|adapter| adapter.failure.is_some());
        let state = house.until("told", told).await;
        assert_eq!(state.adapters[0].streams, 0);
        bluez.heal();
        let _ = house.until("endpoints", crate::support::bluez::house::equipped).await;
        let _ = house.until("told no more", |state| state.adapters[0].failure.is_none()).await;
    }

    a_speaker_that_has_no_stereo_is_refused {
        let (mut house, bluez) = home().await;
        let mono = Remote { capabilities: vec![0x38, 0xff, 2, 53], ..speaker("Kitchen", KITCHEN) };
        let _ = bluez.meet("hci0", &mono, true).await;
        let _ = house.until_device(KITCHEN, "is known", |_| true).await;
        let words = house.refused(Order::Connect(at(KITCHEN))).await;
        assert!(words.contains("Kitchen"), "{words}");
        assert!(house.state.borrow().device(at(KITCHEN)).unwrap().transport.is_none());
    }

    capabilities_of_any_bytes_are_survived {
        let (mut house, bluez) = home().await;
        let end = bluez.world().endpoints[0].clone();
        for bytes in [vec![], vec![0xff], vec![0xff; 4], vec![0; 4], vec![0xff; 300]] {
            let _ = bluez.tell_endpoint(&end, "SelectConfiguration", &bytes).await;
        }
        // And arguments of any type.
        assert!(bluez.tell_endpoint(&end, "SelectConfiguration", &"words").await.is_err());
        assert!(bluez.tell_endpoint(&end, "SetConfiguration", &7u32).await.is_err());
        let _ = bluez.tell_endpoint(&end, "ClearConfiguration", &7u32).await;
        assert!(bluez.tell_endpoint(&end, "Reboot", &()).await.is_err());
        let _ = house.until("alive", |state| state.service.is_ready()).await;
    }

    a_configuration_that_does_not_fit_is_refused {
        let (house, bluez) = home().await;
        let end = bluez.world().endpoints[0].clone();
        let path: zbus::OwnedObjectPath = "/org/bluez/hci0/dev_02_00_00_00_01_01/sep1/fd0".try_into().unwrap();
        let properties: HashMap<&str, OwnedVariant> = HashMap::from([("Configuration", value(vec![0x21u8, 0x15, 2, 250]))]);
        let refused = bluez.tell_endpoint(&end, "SetConfiguration", &(path, properties)).await;
        assert!(refused.unwrap_err().to_string().contains("InvalidArguments"));
        assert!(house.state.borrow().devices.is_empty());
    }

    nobody_but_bluez_is_obeyed {
        let (_house, bluez) = home().await;
        let end = bluez.world().endpoints[0].clone();
        let stranger = zbus::connection::Builder::address(Bus::address().as_str()).build().await.unwrap();
        let interface = Some("org.bluez.MediaEndpoint1");
        let call = stranger.call_method(Some(end.owner.as_str()), end.path.as_str(), interface, "Release", &());
        assert!(call.await.unwrap_err().to_string().contains("UnknownMethod"));
        // Still there for BlueZ.
        let answer = bluez.tell_endpoint(&end, "SelectConfiguration", &vec![0x3fu8, 0xff, 2, 53]).await.unwrap();
        assert_eq!(answer.body().deserialize::<Vec<u8>>().unwrap(), [0x11, 0x15, 2, 53]);
    }
}

/// A house that knows two speakers, under these settings.
async fn house_of_one(
    plan: Plan,
) -> (
    crate::support::bluez::house::House,
    crate::support::bluez::fake::Bluez,
) {
    use crate::support::bluez::bus::Policy;
    let bus = Bus::start(Policy::Open).await;
    let bluez = crate::support::bluez::fake::Bluez::start().await;
    bluez.plug("hci0", "02:00:00:00:00:01", true).await;
    let _ = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
    let _ = bluez.meet("hci0", &speaker("Study", STUDY), true).await;
    let mut house = plan.start(Some(bus));
    let _ = house
        .until("an endpoint", |state| {
            state
                .adapter("hci0")
                .is_some_and(|adapter| adapter.streams == 1)
        })
        .await;
    (house, bluez)
}
