use super::*;
use crate::bluetooth::state::{Aside, Kind, Retry, Service};

fn device(change: impl FnOnce(&mut Device)) -> Device {
    let mut device = Device {
        address: Address([1; 6]),
        adapter: "hci0".into(),
        adapters: vec!["hci0".into()],
        name: "Flip".into(),
        alias: "Flip".into(),
        class: None,
        icon: None,
        kind: Kind::Speaker,
        paired: true,
        trusted: true,
        connected: true,
        blocked: false,
        rssi: None,
        battery: None,
        activity: Activity::None,
        transport: None,
        player: None,
        wanted: true,
        retry: None,
        failure: None,
    };
    change(&mut device);
    device
}

fn words(device: &Device) -> String {
    Standing::of(device, &State::default()).words
}

#[test]
fn a_device_is_told_in_one_word_or_sentence() {
    assert_eq!(words(&device(|_| ())), "Ready");
    assert_eq!(words(&device(|of| of.paired = false)), "Not paired");
    assert_eq!(words(&device(|of| of.connected = false)), "Paired");
    assert_eq!(words(&device(|of| of.blocked = true)), "Blocked");
    assert_eq!(
        words(&device(|of| of.activity = Activity::Pairing)),
        "Pairing…"
    );
    let failed = device(|of| of.failure = Some("It did not answer. Switch it on.".into()));
    assert_eq!(words(&failed), "It did not answer");
    let away = device(|of| {
        of.connected = false;
        of.failure = Some("It did not answer. Switch it on.".into());
        of.retry = Some(Retry {
            failed: 2,
            at_ms: 9_000,
            aside: None,
        });
    });
    assert_eq!(words(&away), "Away, try 3");
    assert_eq!(next_try(&away, 1_000).as_deref(), Some("Next try in 8 s"));
    assert_eq!(next_try(&away, 9_500).as_deref(), Some("Trying now"));
    let later = device(|of| {
        of.connected = false;
        of.retry = away.retry.map(|retry| Retry {
            at_ms: 309_000,
            ..retry
        });
    });
    assert_eq!(next_try(&later, 9_000).as_deref(), Some("Next try in 5:00"));
}

#[test]
fn a_speaker_that_was_taken_out_says_until_when_and_can_be_tried_now() {
    let mut aside = device(|of| {
        of.connected = false;
        of.retry = Some(Retry {
            failed: 1,
            at_ms: 60_000,
            aside: Some(Aside::HeldUp),
        });
    });
    let standing = Standing::of(&aside, &State::default());
    assert_eq!(standing.mark, Mark::Drifting);
    assert!(
        standing.words.starts_with("Set aside until "),
        "{}",
        standing.words
    );
    assert_eq!(step(&aside), Some((TRY, Order::Connect(aside.address))));
    assert!(is_aside(&aside));
    aside.activity = Activity::Connecting;
    assert!(!is_aside(&aside));
    assert_eq!(words(&aside), "Connecting…");
}

#[test]
fn an_adapter_that_is_off_is_advised_to_be_switched_on() {
    let adapter = |id: &str, powered| Adapter {
        id: id.into(),
        address: None,
        alias: format!("Radio {id}"),
        named: None,
        powered,
        blocked: false,
        discovering: false,
        discoverable: false,
        pairable: false,
        class: 0,
        streams: 4,
        receives: true,
        failure: None,
    };
    let mut state = State {
        service: Service::Ready {
            version: None,
            caution: None,
        },
        adapters: vec![adapter("hci0", true), adapter("hci1", false)],
        ..State::default()
    };
    let given = advice(&state);
    assert_eq!(given.len(), 1);
    assert!(given[0].text.contains("Radio hci1"));
    state.adapters[1].powered = true;
    assert_eq!(advice(&state), []);
}

#[test]
fn countdowns_end_at_nought() {
    assert_eq!(secs_until(10_000, 9_001), 1);
    assert_eq!(secs_until(10_000, 10_001), 0);
    assert_eq!(clock(161), "2:41");
}
