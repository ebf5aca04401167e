//! Other programs that take part in Bluetooth sound.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use inphase::bluetooth::bluez::Order;
use inphase::bluetooth::state::Standing;
use zbus::connection::Builder;
use zbus::message::Type;
use zbus::{Connection, Message, MessageStream, ObjectPath, OwnedObjectPath, Variant};

use futures_util::StreamExt as _;

use crate::support::bluez::bus::Bus;
use crate::support::bluez::house::{KITCHEN, Plan, at, directory, home, home_with};

const NETWORK: &str = "org.freedesktop.NetworkManager";

/// A NetworkManager with a cable, a Wi-Fi device that is not connected, and one that is,
/// at so many MHz.
async fn network(frequency: Arc<AtomicU32>) -> Connection {
    let network = Builder::address(Bus::address().as_str())
        .build()
        .await
        .unwrap();
    let mut calls = MessageStream::from(&network);
    network.request_name(NETWORK).await.unwrap();
    let answering = network.clone();
    let _answers = tokio::spawn(async move {
        while let Some(Ok(call)) = calls.next().await {
            if call.message_type() != Type::MethodCall {
                continue;
            }
            let header = call.header();
            let reply = Message::method_return(&header);
            let answer = match header.member().unwrap().as_str() {
                "GetDevices" => {
                    let paths: Vec<OwnedObjectPath> = ["cable", "idle", "air"]
                        .map(|of| format!("/org/freedesktop/NetworkManager/{of}"))
                        .map(|path| path.try_into().unwrap())
                        .into();
                    reply.build(&paths)
                }
                "Get" => {
                    let (_, name): (String, String) = call.body().deserialize().unwrap();
                    let path = header.path().unwrap().as_str().rsplit('/').next().unwrap();
                    let object =
                        |path: &'static str| Variant::from(ObjectPath::try_from(path).unwrap());
                    let value = match (name.as_str(), path) {
                        ("DeviceType", "cable") => Variant::from(1_u32),
                        ("DeviceType", _) => Variant::from(2_u32),
                        ("ActiveAccessPoint", "air") => {
                            object("/org/freedesktop/NetworkManager/point")
                        }
                        ("ActiveAccessPoint", _) => object("/"),
                        _ => Variant::from(frequency.load(Ordering::Relaxed)),
                    };
                    reply.build(&value)
                }
                _ => continue,
            };
            answering.send(&answer.unwrap()).await.unwrap();
        }
    });
    network
}

/// From one look to the next when only orders shall make us look.
const NEVER: std::time::Duration = std::time::Duration::from_secs(3600);

/// WirePlumber as the kernel shows it, with its Bluetooth part loaded.
fn wireplumber(process: u32) -> PathBuf {
    let process = directory().join("proc").join(process.to_string());
    fs::create_dir_all(&process).unwrap();
    let library = "7f00 r-xp /usr/lib/spa-0.2/bluez5/libspa-bluez5.so";
    fs::write(process.join("maps"), library).unwrap();
    fs::write(process.join("comm"), "wireplumber\n").unwrap();
    process
}

situations! {
    a_sound_server_that_starts_and_ends_is_noticed {
        let (mut house, _bluez) = home().await;
        let process = directory().join("proc/42");
        fs::create_dir_all(&process).unwrap();
        fs::write(process.join("maps"), "7f00 r-xp /usr/lib/spa-0.2/bluez5/libspa-bluez5.so").unwrap();
        fs::write(process.join("comm"), "wireplumber\n").unwrap();
        let state = house.until("an owner", |state| !state.owners.is_empty()).await;
        assert_eq!((state.owners[0].name.as_str(), state.owners[0].pid), ("WirePlumber", Some(42)));
        fs::remove_dir_all(&process).unwrap();
        let _ = house.until("nobody", |state| state.owners.is_empty()).await;
    }

    bluealsa_is_noticed_by_its_name_and_asked_what_it_holds {
        let plan = Plan::default().with(|settings| settings.owners = NEVER);
        let (mut house, _bluez) = home_with(plan).await;
        let bluealsa = Builder::address(Bus::address().as_str()).build().await.unwrap();
        let mut calls = MessageStream::from(&bluealsa);
        bluealsa.request_name("org.bluealsa").await.unwrap();
        let answering = bluealsa.clone();
        let answers = tokio::spawn(async move {
            type Objects = HashMap<zbus::OwnedObjectPath, HashMap<String, HashMap<String, zbus::OwnedVariant>>>;
            while let Some(Ok(call)) = calls.next().await {
                if call.message_type() == Type::MethodCall {
                    let path = "/org/bluealsa/hci0/dev_02_00_00_00_01_01/a2dpsrc/sink".try_into().unwrap();
                    let objects: Objects = HashMap::from([(path, HashMap::new())]);
                    let answer = Message::method_return(&call.header()).build(&objects).unwrap();
                    answering.send(&answer).await.unwrap();
                }
            }
        });
        let state = house.until("an owner", |state| !state.owners.is_empty()).await;
        assert_eq!((state.owners[0].name.as_str(), &state.owners[0].holds), ("BlueALSA", &vec![at(KITCHEN)]));
        assert!(!answers.is_finished());
        let _ = bluealsa.release_name("org.bluealsa").await.unwrap();
        let _ = house.until("nobody", |state| state.owners.is_empty()).await;
    }

    wifi_in_the_same_air_is_noticed_and_goes_away_with_its_band_or_its_owner {
        let (mut house, _bluez) = home().await;
        assert!(!house.state.borrow().wifi_24, "nobody to ask, nothing to say");
        let frequency = Arc::new(AtomicU32::new(2437));
        let network = network(frequency.clone()).await;
        let _ = house.until("the same air", |state| state.wifi_24).await;
        frequency.store(5180, Ordering::Relaxed);
        let _ = house.until("another band", |state| !state.wifi_24).await;
        frequency.store(2462, Ordering::Relaxed);
        let _ = house.until("the same air again", |state| state.wifi_24).await;
        let _ = network.release_name(NETWORK).await.unwrap();
        let _ = house.until("nobody to ask", |state| !state.wifi_24).await;
    }

    who_manages_the_network_and_never_answers_holds_up_nothing {
        let plan = Plan::default().with(|settings| settings.answer = std::time::Duration::from_secs(2));
        let (mut house, _bluez) = home_with(plan).await;
        let silent = Builder::address(Bus::address().as_str()).build().await.unwrap();
        silent.request_name(NETWORK).await.unwrap();
        let process = directory().join("proc/45");
        fs::create_dir_all(&process).unwrap();
        fs::write(process.join("maps"), "7f00 r-xp /usr/lib/pulse/libbluez5-util.so").unwrap();
        fs::write(process.join("comm"), "pulseaudio\n").unwrap();
        let state = house.until("an owner", |state| !state.owners.is_empty()).await;
        assert!(!state.wifi_24);
    }

    a_look_is_taken_by_order {
        let plan = Plan::default().with(|settings| settings.owners = NEVER);
        let (mut house, _bluez) = home_with(plan).await;
        let process = directory().join("proc/43");
        fs::create_dir_all(&process).unwrap();
        fs::write(process.join("maps"), "7f00 r-xp /usr/lib/pulse/libbluez5-util.so").unwrap();
        fs::write(process.join("comm"), "pulseaudio\n").unwrap();
        house.done(Order::LookForOwners).await;
        let state = house.until("an owner", |state| !state.owners.is_empty()).await;
        assert_eq!(state.owners[0].name, "PulseAudio");
    }

    bluetooth_is_taken_over_and_given_back_by_one_file {
        let process = wireplumber(44);
        let restarts = directory().join("restarts");
        let command = format!("echo restarted >> '{}'", restarts.display());
        let (mut house, _bluez) = home_with(Plan::default().with(|settings| settings.restart = command)).await;
        let state = house.until("a way out", |state| state.handover.is_some()).await;
        let file = state.handover.clone().unwrap();
        assert_eq!(file.standing, Standing::Absent);
        assert!(file.path.starts_with(directory().join("config/wireplumber")) && !file.path.exists());
        house.done(Order::TakeOver).await;
        assert_eq!(fs::read_to_string(&file.path).unwrap(), file.text);
        let _ = house.until("it is written", |state| {
            state.handover.as_ref().is_some_and(|file| file.standing == Standing::Written)
        }).await;
        house.done(Order::GiveBack).await;
        assert!(!file.path.exists());
        assert_eq!(fs::read_to_string(&restarts).unwrap(), "restarted\nrestarted\n");
        // With WirePlumber gone and nothing written there is nothing to offer.
        fs::remove_dir_all(&process).unwrap();
        let _ = house.until("nothing is offered", |state| state.handover.is_none()).await;
    }

    a_file_that_somebody_changed_is_left_alone {
        let _runs = wireplumber(45);
        let (mut house, _bluez) = home_with(Plan::default().with(|settings| settings.restart = "true".into())).await;
        let _ = house.until("a way out", |state| state.handover.is_some()).await;
        house.done(Order::TakeOver).await;
        let state = house.until("it is shown", |state| state.handover.is_some()).await;
        let path = state.handover.clone().unwrap().path;
        fs::write(&path, "mine").unwrap();
        let refused = house.refused(Order::GiveBack).await;
        assert!(refused.contains("was changed by somebody else"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    a_restart_that_fails_is_told_with_the_command {
        let _runs = wireplumber(46);
        let (mut house, _bluez) = home_with(Plan::default().with(|settings| settings.restart = "false".into())).await;
        let _ = house.until("a way out", |state| state.handover.is_some()).await;
        let refused = house.refused(Order::TakeOver).await;
        assert!(refused.contains("could not be restarted. Run: false"), "{refused}");
    }

    where_wireplumber_takes_no_part_nothing_is_written {
        let (house, _bluez) = home().await;
        let refused = house.refused(Order::TakeOver).await;
        assert!(refused.contains("nothing to take over"), "{refused}");
        assert!(!directory().join("config/wireplumber").exists());
    }
}
