//! Sound connections: their life, their sockets, their volume and delay.

use std::collections::HashMap;
use std::time::Duration;

use inphase::bluetooth::bluez::{Acquired, BluetoothError, Done, Order};
use inphase::bluetooth::state::{Activity, Role, TransportState};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{read, write};

use crate::support::bluez::fake::{Bluez, TRANSPORT};
use crate::support::bluez::house::{ECHO, House, KITCHEN, Plan, STUDY, at, home, home_with};
use crate::support::bluez::radio::{echo, speaker};
use crate::support::bluez::world::{Fault, Remote, device_path, value};

/// A house with two speakers and an Echo, all connected.
async fn full() -> (House, Bluez) {
    full_with(Plan::default()).await
}

async fn full_with(plan: Plan) -> (House, Bluez) {
    let (mut house, bluez) = home_with(plan).await;
    for remote in [
        speaker("Kitchen", KITCHEN),
        speaker("Study", STUDY),
        echo("Echo", ECHO),
    ] {
        let path = bluez.meet("hci0", &remote, true).await;
        let _ = house
            .until_device(remote.address, "is known", |_| true)
            .await;
        bluez.call_up(&path).await.unwrap();
        let _ = house.until_sounds(remote.address).await;
    }
    (house, bluez)
}

fn device(address: &str) -> String {
    device_path("hci0", address)
}

async fn state(bluez: &Bluez, address: &str, state: &'static str) {
    let path = bluez.world().transport_of(&device(address)).unwrap();
    bluez.set(&path, TRANSPORT, "State", value(state)).await;
}

async fn until_state(house: &mut House, address: &str, state: TransportState) {
    let so = |device: &inphase::bluetooth::state::Device| {
        device
            .transport
            .as_ref()
            .is_some_and(|transport| transport.state == state)
    };
    let _ = house.until_device(address, "changes its state", so).await;
}

/// Sends a packet through BlueZ's end and reads it at ours, or the other way.
fn passes(bluez: &Bluez, address: &str, acquired: &Acquired) {
    let path = bluez.world().transport_of(&device(address)).unwrap();
    let world = bluez.world();
    let theirs = &world.sockets[&path];
    let mut packet = [0; 1000];
    match acquired.role {
        Role::ToSpeaker => {
            assert_eq!(write(&acquired.fd, &[7; 600]), Ok(600));
            assert_eq!(read(theirs, &mut packet), Ok(600));
        }
        Role::FromSource => {
            assert_eq!(write(theirs, &[9; 608]), Ok(608));
            assert_eq!(read(&acquired.fd, &mut packet), Ok(608));
        }
    }
}

situations! {
    two_speakers_and_an_echo_at_once {
        let (mut house, bluez) = full().await;
        state(&bluez, ECHO, "pending").await;
        until_state(&mut house, ECHO, TransportState::Pending).await;
        let mut held = Vec::new();
        for (address, role) in [(KITCHEN, Role::ToSpeaker), (STUDY, Role::ToSpeaker), (ECHO, Role::FromSource)] {
            let acquired = house.acquired(address).await;
            assert_eq!((acquired.role, acquired.imtu, acquired.omtu), (role, 672, 895));
            assert_eq!((acquired.codec, acquired.configuration.as_slice()), (0, &[0x11, 0x15, 2, 53][..]));
            assert_eq!(acquired.adapter, "hci0");
            held.push((address, acquired));
        }
        assert_eq!(held[0].1.delay, Some(1500));
        assert_eq!(held[2].1.delay, None);
        for (address, acquired) in &held {
            passes(&bluez, address, acquired);
            let flags = OFlag::from_bits_retain(fcntl(&acquired.fd, FcntlArg::F_GETFL).unwrap());
            assert!(flags.contains(OFlag::O_NONBLOCK));
        }
        let state = house.until("all stream", |state| state.devices.iter().all(|device| {
            let transport = device.transport.as_ref();
            transport.is_some_and(|transport| transport.state == TransportState::Active && transport.acquired)
        })).await;
        assert_eq!(state.devices.len(), 3);
    }

    what_was_agreed_is_shown {
        let (house, _bluez) = full().await;
        let state = house.state.borrow().clone();
        let transport = state.device(at(KITCHEN)).unwrap().transport.clone().unwrap();
        assert_eq!((transport.role, transport.state), (Role::ToSpeaker, TransportState::Idle));
        assert!(transport.ours && !transport.acquired);
        assert_eq!((transport.delay, transport.volume, transport.codec), (Some(1500), Some(64), 0));
        assert_eq!(transport.configuration, [0x11, 0x15, 2, 53]);
    }

    a_source_that_does_not_play_is_not_made_to {
        let (house, bluez) = full().await;
        let words = house.refused(Order::Acquire(at(ECHO))).await;
        assert_eq!(words, "Echo is not playing. Start something on it.");
        assert_eq!(bluez.world().called("MediaTransport1."), 0);
    }

    an_announcement_opens_and_closes_the_stream {
        let (mut house, bluez) = full().await;
        for _ in 0..2 {
            state(&bluez, ECHO, "pending").await;
            until_state(&mut house, ECHO, TransportState::Pending).await;
            let acquired = house.acquired(ECHO).await;
            until_state(&mut house, ECHO, TransportState::Active).await;
            passes(&bluez, ECHO, &acquired);
            let path = bluez.world().transport_of(&device(ECHO)).unwrap();
            drop(bluez.world().sockets.remove(&path));
            state(&bluez, ECHO, "idle").await;
            until_state(&mut house, ECHO, TransportState::Idle).await;
            assert_eq!(read(&acquired.fd, &mut [0; 10]), Ok(0));
            drop(acquired);
            house.done(Order::Release(at(ECHO))).await;
        }
        assert_eq!(bluez.world().called("MediaTransport1.TryAcquire"), 2);
        assert_eq!(bluez.world().called("MediaTransport1.Acquire"), 0);
    }

    a_source_that_closes_its_stream_loses_its_transport {
        let (mut house, bluez) = full().await;
        state(&bluez, ECHO, "pending").await;
        until_state(&mut house, ECHO, TransportState::Pending).await;
        let acquired = house.acquired(ECHO).await;
        bluez.end_sound(&device(ECHO)).await;
        let _ = house.until_device(ECHO, "has no sound", |device| device.transport.is_none() && device.connected).await;
        assert_eq!(read(&acquired.fd, &mut [0; 10]), Ok(0));
        let words = house.refused(Order::Acquire(at(ECHO))).await;
        assert!(words.contains("not connected for sound"), "{words}");
    }

    a_released_transport_is_idle_and_can_be_acquired_again {
        let (mut house, bluez) = full().await;
        drop(house.acquired(KITCHEN).await);
        until_state(&mut house, KITCHEN, TransportState::Active).await;
        house.done(Order::Release(at(KITCHEN))).await;
        until_state(&mut house, KITCHEN, TransportState::Idle).await;
        let acquired = house.acquired(KITCHEN).await;
        passes(&bluez, KITCHEN, &acquired);
        // Giving back what nobody holds does no harm.
        house.done(Order::Release(at(STUDY))).await;
    }

    a_socket_that_was_lost_is_fetched_again {
        let (house, bluez) = full().await;
        drop(house.acquired(KITCHEN).await);
        let acquired = house.acquired(KITCHEN).await;
        passes(&bluez, KITCHEN, &acquired);
        assert_eq!(bluez.world().called("MediaTransport1.Release"), 1);
    }

    a_transport_that_another_program_acquired_is_told {
        let (house, bluez) = full().await;
        bluez.fault("Acquire", "", Fault::Error("org.bluez.Error.NotAuthorized", "Operation Not Authorized"));
        let words = house.refused(Order::Acquire(at(KITCHEN))).await;
        assert!(words.contains("Another program holds"), "{words}");
    }

    an_acquire_that_fails_is_told_and_shown {
        let (mut house, bluez) = full().await;
        bluez.fault("Acquire", "", Fault::Error("org.bluez.Error.Failed", "Input/output error"));
        let words = house.refused(Order::Acquire(at(KITCHEN))).await;
        assert!(words.contains("Input/output error"), "{words}");
        let device = house.until_device(KITCHEN, "says why", |device| device.failure.is_some()).await;
        assert_eq!(device.activity, Activity::None);
    }

    an_acquire_that_never_answers_is_given_up_and_given_back {
        let plan = Plan::default().with(|settings| settings.answer = Duration::from_secs(2));
        let (house, bluez) = full_with(plan).await;
        bluez.fault("Acquire", "", Fault::Silence);
        let words = house.refused(Order::Acquire(at(KITCHEN))).await;
        assert!(words.contains("longer than 2 s"), "{words}");
        assert_eq!(bluez.world().called("MediaTransport1.Release"), 1);
    }

    a_silent_speaker_holds_up_nobody {
        let (mut house, bluez) = full().await;
        bluez.fault("Acquire", "_01_01", Fault::Silence);
        let orders = house.orders.clone();
        let _stuck = tokio::spawn(async move { orders.give(Order::Acquire(at(KITCHEN))).await });
        let _ = house.until_device(KITCHEN, "is opening", |device| device.activity == Activity::Acquiring).await;
        let acquired = house.acquired(STUDY).await;
        passes(&bluez, STUDY, &acquired);
        house.done(Order::Scan { seconds: 1 }).await;
    }

    a_socket_that_nobody_waits_for_is_given_back {
        let (mut house, bluez) = full().await;
        bluez.fault("Acquire", "", Fault::Late(Duration::from_millis(100)));
        let orders = house.orders.clone();
        let giver = tokio::spawn(async move { orders.give(Order::Acquire(at(KITCHEN))).await });
        let _ = house.until_device(KITCHEN, "is opening", |device| device.activity == Activity::Acquiring).await;
        giver.abort();
        bluez.until_called("MediaTransport1.Release").await;
        until_state(&mut house, KITCHEN, TransportState::Idle).await;
    }

    a_transport_that_goes_while_it_is_acquired_is_told {
        let (house, bluez) = full().await;
        bluez.fault("Acquire", "", Fault::Late(Duration::from_millis(100)));
        let orders = house.orders.clone();
        let giver = tokio::spawn(async move { orders.give(Order::Acquire(at(KITCHEN))).await });
        bluez.until_called("MediaTransport1.Acquire").await;
        bluez.end_sound(&device(KITCHEN)).await;
        let error = giver.await.unwrap().unwrap_err();
        assert!(matches!(error, BluetoothError::Broken { .. }), "{error}");
    }

    a_speaker_that_hangs_up_loses_its_socket_at_once {
        let (mut house, bluez) = full().await;
        let acquired = house.acquired(KITCHEN).await;
        bluez.hang_up(&device(KITCHEN)).await;
        let gone = house.until_device(KITCHEN, "is gone", |device| !device.connected).await;
        assert!(gone.transport.is_none());
        assert!(write(&acquired.fd, &[7; 600]).is_err());
        let still = house.until_sounds(STUDY).await;
        assert!(still.connected);
    }

    a_delay_report_that_changes_is_shown {
        let (mut house, bluez) = full().await;
        let path = bluez.world().transport_of(&device(KITCHEN)).unwrap();
        bluez.set(&path, TRANSPORT, "Delay", value(3200u16)).await;
        let shown = |device: &inphase::bluetooth::state::Device| device.transport.as_ref().is_some_and(|transport| transport.delay == Some(3200));
        let _ = house.until_device(KITCHEN, "reports", shown).await;
        bluez.unset(&path, TRANSPORT, "Delay").await;
        let shown = |device: &inphase::bluetooth::state::Device| device.transport.as_ref().is_some_and(|transport| transport.delay.is_none());
        let _ = house.until_device(KITCHEN, "reports no more", shown).await;
    }

    the_volume_is_set_and_comes_back {
        let (mut house, bluez) = full().await;
        house.done(Order::SetVolume { address: at(KITCHEN), volume: 90 }).await;
        let at_volume = |volume: u8| move |device: &inphase::bluetooth::state::Device| {
            device.transport.as_ref().is_some_and(|transport| transport.volume == Some(volume))
        };
        let _ = house.until_device(KITCHEN, "is louder", at_volume(90)).await;
        house.done(Order::SetVolume { address: at(KITCHEN), volume: 255 }).await;
        let _ = house.until_device(KITCHEN, "is at its loudest", at_volume(127)).await;
        let path = bluez.world().transport_of(&device(KITCHEN)).unwrap();
        assert_eq!(bluez.world().number(&path, TRANSPORT, "Volume"), Some(127));
    }

    a_button_on_the_speaker_is_heard {
        let (mut house, bluez) = full().await;
        let path = bluez.world().transport_of(&device(KITCHEN)).unwrap();
        bluez.set(&path, TRANSPORT, "Volume", value(10u16)).await;
        let quiet = |device: &inphase::bluetooth::state::Device| device.transport.as_ref().is_some_and(|transport| transport.volume == Some(10));
        let _ = house.until_device(KITCHEN, "is quiet", quiet).await;
    }

    a_speaker_without_volume_is_told {
        let (mut house, bluez) = home().await;
        let plain = Remote { volume: None, ..speaker("Kitchen", KITCHEN) };
        let path = bluez.meet("hci0", &plain, true).await;
        bluez.call_up(&path).await.unwrap();
        let _ = house.until_sounds(KITCHEN).await;
        let words = house.refused(Order::SetVolume { address: at(KITCHEN), volume: 1 }).await;
        assert!(words.contains("its own buttons"), "{words}");
    }

    a_volume_that_bluez_refuses_is_told {
        let (house, bluez) = full().await;
        bluez.fault("Set Volume", "", Fault::Error("org.bluez.Error.NotAuthorized", "Operation Not Authorized"));
        let words = house.refused(Order::SetVolume { address: at(KITCHEN), volume: 1 }).await;
        assert!(words.contains("its own buttons"), "{words}");
    }

    a_transport_of_another_program_is_not_touched {
        let (mut house, bluez) = home().await;
        let path = bluez.meet("hci0", &speaker("Kitchen", KITCHEN), true).await;
        let _ = house.until_device(KITCHEN, "is known", |_| true).await;
        bluez.switch(&path, "org.bluez.Device1", "Connected", true).await;
        let properties = HashMap::from([
            ("UUID".to_owned(), value("0000110a-0000-1000-8000-00805f9b34fb")),
            ("State".to_owned(), value("active")),
            ("Volume".to_owned(), value(64u16)),
        ]);
        bluez.add(&format!("{path}/sep1/fd9"), TRANSPORT, properties).await;
        let held = |device: &inphase::bluetooth::state::Device| device.transport.as_ref().is_some_and(|transport| !transport.ours);
        let _ = house.until_device(KITCHEN, "is held", held).await;
        for order in [Order::Acquire(at(KITCHEN)), Order::SetVolume { address: at(KITCHEN), volume: 1 }] {
            let words = house.refused(order).await;
            assert!(words.contains("Another program holds the sound of Kitchen"), "{words}");
        }
        let owned = house.until("an owner", |state| !state.owners.is_empty()).await;
        assert_eq!(owned.owners[0].holds, [at(KITCHEN)]);
    }

    a_done_order_says_what_it_brought {
        let (house, _bluez) = full().await;
        assert!(matches!(house.give(Order::Release(at(KITCHEN))).await, Ok(Done::Yes)));
        assert!(matches!(house.give(Order::Acquire(at(KITCHEN))).await, Ok(Done::Acquired(_))));
    }
}
