//! The player on a source: what it shows and what it does.

use std::collections::HashMap;

use inphase::bluetooth::bluez::Order;
use inphase::bluetooth::state::{Player, PlayerAction, PlayerStatus};

use crate::support::bluez::fake::{Bluez, PLAYER};
use crate::support::bluez::house::{ECHO, House, at, home};
use crate::support::bluez::radio::echo;
use crate::support::bluez::world::{Fault, device_path, value};

async fn with_player() -> (House, Bluez, String) {
    let (mut house, bluez) = home().await;
    let path = bluez.meet("hci0", &echo("Echo", ECHO), true).await;
    bluez.call_up(&path).await.unwrap();
    let player = bluez.add_player(&path).await;
    let _ = house
        .until_device(ECHO, "has a player", |device| device.player.is_some())
        .await;
    (house, bluez, player)
}

fn press(action: PlayerAction) -> Order {
    Order::Player {
        address: at(ECHO),
        action,
    }
}

async fn until_player(house: &mut House, so: impl Fn(&Player) -> bool) -> Player {
    let so = |device: &inphase::bluetooth::state::Device| device.player.as_ref().is_some_and(&so);
    house
        .until_device(ECHO, "plays so", so)
        .await
        .player
        .unwrap()
}

situations! {
    the_track_is_shown {
        let (mut house, _bluez, _) = with_player().await;
        let player = until_player(&mut house, |_| true).await;
        assert_eq!((player.title.as_str(), player.artist.as_str(), player.album.as_str()), ("So What", "Miles Davis", "Kind of Blue"));
        assert_eq!((player.status, player.position_ms, player.duration_ms), (PlayerStatus::Playing, Some(61_000), Some(545_000)));
        assert_eq!(player.can, PlayerAction::ALL);
    }

    the_keys_reach_the_player {
        let (mut house, bluez, player) = with_player().await;
        house.done(press(PlayerAction::Pause)).await;
        let _ = until_player(&mut house, |player| player.status == PlayerStatus::Paused).await;
        house.done(press(PlayerAction::Play)).await;
        let _ = until_player(&mut house, |player| player.status == PlayerStatus::Playing).await;
        house.done(press(PlayerAction::Stop)).await;
        let _ = until_player(&mut house, |player| player.status == PlayerStatus::Stopped).await;
        house.done(press(PlayerAction::Next)).await;
        house.done(press(PlayerAction::Previous)).await;
        for key in ["Next", "Previous"] {
            assert_eq!(bluez.world().called(&format!("MediaPlayer1.{key} {player}")), 1);
        }
    }

    what_the_player_refuses_is_not_offered_again {
        let (mut house, bluez, _) = with_player().await;
        bluez.fault("Next", "", Fault::Error("org.bluez.Error.NotSupported", "Operation is not supported"));
        let words = house.refused(press(PlayerAction::Next)).await;
        assert_eq!(words, "Echo cannot do that. Use its own controls.");
        let player = until_player(&mut house, |player| player.can.len() == 4).await;
        assert!(!player.can.contains(&PlayerAction::Next));
    }

    a_new_track_and_a_lost_one_are_shown {
        let (mut house, bluez, player) = with_player().await;
        let track: HashMap<String, zbus::Variant<'_>> = HashMap::from([("Title".to_owned(), "Blue in Green".into())]);
        bluez.set(&player, PLAYER, "Track", value(track)).await;
        let shown = until_player(&mut house, |player| player.title == "Blue in Green").await;
        assert_eq!((shown.artist.as_str(), shown.duration_ms), ("", None));
        bluez.set(&player, PLAYER, "Status", value("reverse-seek")).await;
        let _ = until_player(&mut house, |player| player.status == PlayerStatus::Seeking).await;
        bluez.set(&player, PLAYER, "Status", value("error")).await;
        let _ = until_player(&mut house, |player| player.status == PlayerStatus::Failed).await;
    }

    a_source_without_a_player_is_told {
        let (mut house, bluez) = home().await;
        let _ = bluez.meet("hci0", &echo("Echo", ECHO), true).await;
        let _ = house.until_device(ECHO, "is known", |device| device.player.is_none()).await;
        let words = house.refused(press(PlayerAction::Play)).await;
        assert!(words.contains("its own controls"), "{words}");
    }

    an_old_remote_control_serves_where_there_is_no_player {
        let (mut house, bluez) = home().await;
        let control = HashMap::from([("Connected".to_owned(), value(true))]);
        bluez.add(&device_path("hci0", ECHO), "org.bluez.MediaControl1", control).await;
        // In this order, so that whoever knows the device knows its control.
        let _ = bluez.meet("hci0", &echo("Echo", ECHO), true).await;
        let _ = house.until_device(ECHO, "is known", |_| true).await;
        house.done(press(PlayerAction::Next)).await;
        assert_eq!(bluez.world().called("MediaControl1.Next"), 1);
    }

    a_player_goes_with_its_link {
        let (mut house, bluez, player) = with_player().await;
        bluez.hang_up(player.trim_end_matches("/player0")).await;
        let _ = house.until_device(ECHO, "has no player", |device| device.player.is_none()).await;
    }
}
