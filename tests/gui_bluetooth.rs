//! What the user sees of Bluetooth: pairing from the rail, the guided pairing of
//! an Echo, volume and player, what is missing; and pictures of all of it.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use iced::keyboard::{Key, Modifiers, key::Named};
use iced::{Point, Rectangle, Size, Vector};
use inphase::bluetooth::lines::Figures;
use inphase::bluetooth::simulated::{BOOM, ECHO, FLIP, SECOND_FLIP, VISITOR, home};
use inphase::bluetooth::state::{
    Activity, Address, Aside, Asked, Device, Handover, Owner, PairingWindow, PlayerAction,
    PlayerStatus, Request, Retry, Service, Standing as FileStanding, State, TransportState,
    Unavailable, Verdict,
};
use inphase::bluetooth::{Answer, Order};
use inphase::engine::Command;
use inphase::gui::action::{Overlay, Selection};
use inphase::gui::app::Message;
use inphase::gui::focus::{FocusId, Region};
use inphase::gui::icon::Icon;
use inphase::gui::stage::Stage;
use inphase::gui::tokens::Tokens;
use inphase::rig::Source;
use inphase::rig::edit::{Edit, apply};
use window::{COMPACT, WIDE, Window};

fn main() -> Window {
    sized(WIDE)
}

fn sized(size: Size) -> Window {
    Window::new(Stage::bluetooth(size)).with_tasks()
}

fn open(window: &mut Window, overlay: Overlay) {
    window.open(overlay);
}

fn with(overlay: Overlay) -> Window {
    let mut window = main();
    open(&mut window, overlay);
    window
}

fn of(state: &mut State, address: Address) -> &mut Device {
    let mut devices = state.devices.iter_mut();
    devices.find(|of| of.address == address).unwrap()
}

fn orders(window: &mut Window) -> Vec<Order> {
    let order = |command| match command {
        Command::Bluetooth(order) => Some(order),
        _ => None,
    };
    window.sent().into_iter().filter_map(order).collect()
}

fn focus(window: &mut Window, region: Region, item: &str) {
    window.stage.app.shared.focus = Some(FocusId::new(region, item));
}

fn press(window: &mut Window, region: Region, item: &str) {
    focus(window, region, item);
    window.named(Named::Enter);
}

/// Tabs until this item of the dialog has the keyboard, and presses it.
fn enter(window: &mut Window, item: &str) {
    for _ in 0..40 {
        let focus = window.app().shared.focus.as_ref();
        if focus.is_some_and(|id| id.item() == item) {
            return window.named(Named::Enter);
        }
        window.named(Named::Tab);
    }
    panic!("{item} cannot be reached by Tab");
}

fn middle(of: Rectangle) -> Point {
    of.center()
}

/// Something begins to be tried and ends with this sentence.
fn fail(window: &mut Window, address: Address, activity: Activity, sentence: &str) {
    window
        .stage
        .radio(|state| of(state, address).activity = activity);
    window.stage.radio(|state| {
        let device = of(state, address);
        device.activity = Activity::None;
        device.failure = Some(sentence.into());
    });
    window.wait(250);
}

#[test]
fn a_found_speaker_is_paired_from_its_row() {
    let mut window = main();
    let button = window.find_text("Pair").unwrap();
    window.click(middle(button));
    assert_eq!(orders(&mut window), [Order::Pair(BOOM)]);
    window
        .stage
        .radio(|state| of(state, BOOM).activity = Activity::Pairing);
    window.wait(250);
    assert!(window.shows("Pairing…"));
    assert!(!window.shows("Pair"), "once is enough");
    window.stage.radio(|state| {
        let device = of(state, BOOM);
        device.activity = Activity::None;
        device.paired = true;
        device.connected = true;
    });
    window.wait(250);
    assert!(!window.shows("Pair") && !window.shows("Not paired"));
    press(&mut window, Region::Rail, "device:room:boom-3");
    assert!(window.app().shared.drag.is_some(), "it can be placed now");
}

#[test]
fn enter_on_a_row_pairs_it_and_a_failure_is_told_where_it_was_asked() {
    let mut window = main();
    press(&mut window, Region::Rail, "device:room:boom-3");
    assert_eq!(orders(&mut window), [Order::Pair(BOOM)]);
    let sentence = "UE Boom 3 does not answer. Switch it on, bring it near, and try again.";
    fail(&mut window, BOOM, Activity::Pairing, sentence);
    assert_eq!(window.app().toast.text(), Some(sentence));
    assert!(window.shows("Pair"), "it can be tried again");
}

#[test]
fn a_failure_that_nobody_here_asked_for_is_no_toast() {
    let mut window = main();
    fail(&mut window, FLIP, Activity::Connecting, "It is away.");
    assert_eq!(window.app().toast.text(), None);
}

#[test]
fn scan_looks_for_bluetooth_devices_too() {
    let mut window = main();
    press(&mut window, Region::Rail, "scan");
    let scan = Command::Bluetooth(Order::Scan { seconds: 12 });
    assert_eq!(window.sent(), [Command::Rescan, scan]);
    window.wait(3000);
    assert!(window.shows("Scan"));
    window
        .stage
        .radio(|state| state.adapters[0].discovering = true);
    window.wait(50);
    assert!(window.shows("Scanning"));
}

#[test]
fn the_menu_of_a_row_connects_renames_and_moves() {
    let mut window = main();
    window.stage.radio(|state| {
        let device = of(state, BOOM);
        device.paired = true;
    });
    window.wait(250);
    let menu = |window: &mut Window| {
        focus(window, Region::Rail, "device:room:boom-3");
        window.named(Named::ContextMenu);
        assert_eq!(window.app().shared.overlay, Some(Overlay::Device(BOOM)));
    };
    menu(&mut window);
    enter(&mut window, "link");
    menu(&mut window);
    enter(&mut window, "move/hci1");
    menu(&mut window);
    enter(&mut window, "rename");
    window.key(Key::Character("a".into()), Modifiers::CTRL);
    window.typewrite("Balcony");
    window.named(Named::Enter);
    assert_eq!(
        orders(&mut window),
        [
            Order::Connect(BOOM),
            Order::Move {
                address: BOOM,
                adapter: "hci1".into()
            },
            Order::Rename {
                address: BOOM,
                alias: "Balcony".into()
            },
        ]
    );
    assert_eq!(window.app().shared.overlay, None);
}

#[test]
fn only_forgetting_asks() {
    let mut window = with(Overlay::Device(FLIP));
    enter(&mut window, "ask");
    assert_eq!(orders(&mut window), []);
    assert!(window.shows("Forget JBL Flip 6?"));
    window.named(Named::Enter);
    assert_eq!(orders(&mut window), [], "Cancel has the keyboard first");
    assert_eq!(window.app().shared.overlay, None);
    open(&mut window, Overlay::Device(FLIP));
    enter(&mut window, "ask");
    enter(&mut window, "forget");
    assert_eq!(orders(&mut window), [Order::Forget(FLIP)]);
}

#[test]
fn a_speaker_moves_only_where_there_is_another_adapter() {
    let mut window = with(Overlay::Device(FLIP));
    assert!(window.shows("Move to Patio dongle"));
    window.stage.radio(|state| {
        let _gone = state.adapters.pop();
    });
    window.lay_out();
    assert!(!window.shows("Move to Patio dongle"));
}

fn now_ms(window: &Window) -> u64 {
    window.stage.snapshot.unix_ms.try_into().unwrap()
}

fn visible(window: &mut Window, secs: u64) {
    let ends_at_ms = now_ms(window) + secs * 1000;
    window.stage.radio(|state| {
        state.pairing = Some(PairingWindow {
            ends_at_ms,
            adapters: vec!["hci0".into()],
            paired: Vec::new(),
        });
    });
}

fn opening() -> Order {
    Order::OpenPairing {
        seconds: 180,
        adapter: None,
    }
}

#[test]
fn the_pairing_dialog_opens_a_window_counts_down_and_closes_it() {
    let mut window = with(Overlay::Pairing);
    assert_eq!(orders(&mut window), [opening()]);
    assert!(window.shows("Making this computer visible…"));
    visible(&mut window, 180);
    window.lay_out();
    assert!(window.shows("Visible as “Living room”"));
    assert!(window.shows("3:00"));
    window.wait(1500);
    assert!(window.shows("2:59"));
    window.named(Named::Escape);
    assert_eq!(orders(&mut window), [Order::ClosePairing]);
}

#[test]
fn a_countdown_goes_on_while_the_engine_is_silent() {
    let mut window = with(Overlay::Pairing);
    visible(&mut window, 60);
    window.lay_out();
    let later = window.app().shared.now + std::time::Duration::from_secs(10);
    window.message(Message::Ticked(later));
    assert!(window.shows("0:50"));
}

#[test]
fn a_window_that_ran_out_can_be_opened_again() {
    let mut window = with(Overlay::Pairing);
    visible(&mut window, 180);
    window.stage.radio(|state| state.pairing = None);
    window.wait(50);
    assert!(window.shows("The time is up. Nothing new can pair now."));
    let _opened = orders(&mut window);
    enter(&mut window, "again");
    assert_eq!(orders(&mut window), [opening()]);
    window.named(Named::Escape);
    assert_eq!(orders(&mut window), [Order::ClosePairing]);
}

#[test]
fn the_computer_is_named_where_it_is_seen() {
    let mut window = with(Overlay::Pairing);
    visible(&mut window, 180);
    let _opened = orders(&mut window);
    for _ in 0..10 {
        if window.app().shared.focus.as_ref().unwrap().item() == "name" {
            break;
        }
        window.named(Named::Tab);
    }
    window.key(Key::Character("a".into()), Modifiers::CTRL);
    window.typewrite("Attic");
    window.named(Named::Enter);
    assert_eq!(
        orders(&mut window),
        [Order::NameAdapter {
            adapter: "hci0".into(),
            name: "Attic".into()
        }]
    );
}

fn ask(window: &mut Window, id: u32, what: Asked, verdict: Verdict) {
    let at_ms = now_ms(window);
    window.stage.radio(|state| {
        state.requests.push(Request {
            id,
            address: VISITOR,
            name: "Echo Show".into(),
            adapter: "hci0".into(),
            what,
            verdict,
            at_ms,
        });
    });
    window.lay_out();
}

#[test]
fn a_number_is_compared_and_accepted_or_refused() {
    let mut window = with(Overlay::Pairing);
    visible(&mut window, 180);
    ask(
        &mut window,
        1,
        Asked::Confirm { passkey: 2016 },
        Verdict::Open,
    );
    assert!(window.shows("Echo Show wants to pair"));
    assert!(window.shows("Accept if it shows 002 016 too."));
    let _opened = orders(&mut window);
    enter(&mut window, "accept/1");
    enter(&mut window, "refuse/1");
    let answer = |answer| Order::Answer { request: 1, answer };
    assert_eq!(
        orders(&mut window),
        [answer(Answer::Yes), answer(Answer::No)]
    );
}

#[test]
fn a_pin_is_typed() {
    let mut window = with(Overlay::Pairing);
    visible(&mut window, 180);
    ask(&mut window, 4, Asked::Pin, Verdict::Open);
    let _opened = orders(&mut window);
    enter(&mut window, "accept/4");
    assert_eq!(
        orders(&mut window),
        [],
        "without a number there is no answer"
    );
    let field = window.find("overlay/number/4").unwrap();
    window.click(middle(field));
    window.typewrite("1234");
    window.named(Named::Enter);
    let answer = Answer::Pin("1234".into());
    assert_eq!(orders(&mut window), [Order::Answer { request: 4, answer }]);
}

#[test]
fn who_was_refused_is_listed_and_can_be_let_in() {
    let mut window = with(Overlay::Pairing);
    visible(&mut window, 180);
    ask(&mut window, 7, Asked::Pair, Verdict::Refused);
    assert!(window.shows("Echo Show was not let in"));
    let _opened = orders(&mut window);
    enter(&mut window, "accept/7");
    let answer = Answer::Yes;
    assert_eq!(orders(&mut window), [Order::Answer { request: 7, answer }]);
}

/// An Echo that has paired while the window was open.
fn arrive(window: &mut Window) {
    window.stage.radio(|state| {
        let mut device = of(state, ECHO).clone();
        device.address = VISITOR;
        device.alias = "Echo Show".into();
        state.devices.push(device);
        if let Some(window) = &mut state.pairing {
            window.paired.push(VISITOR);
        }
    });
    window.lay_out();
}

#[test]
fn an_echo_that_pairs_becomes_the_source() {
    let mut window = with(Overlay::Pairing);
    visible(&mut window, 180);
    let _opened = window.sent();
    arrive(&mut window);
    let source = Source::Capture {
        device: VISITOR.id(),
    };
    let chosen = Command::Edit(Edit::SetSource(Some(source)));
    assert_eq!(window.sent(), [chosen, Command::Play]);
    assert!(window.shows("Echo Show is paired, and it is the source now."));
    window.wait(300);
    assert_eq!(window.sent(), [], "once");
    enter(&mut window, "close");
    assert_eq!(orders(&mut window), [Order::ClosePairing]);
}

#[test]
fn a_failure_of_pairing_is_told_in_the_dialog() {
    let mut window = with(Overlay::Pairing);
    visible(&mut window, 180);
    let sentence = "Echo Show did not agree to pair. Set it to pairing mode, and try again.";
    window.stage.radio(|state| {
        let mut device = of(state, ECHO).clone();
        device.address = VISITOR;
        device.alias = "Echo Show".into();
        (device.paired, device.connected) = (false, false);
        device.failure = Some(sentence.into());
        state.devices.push(device);
    });
    window.lay_out();
    assert!(window.shows(sentence));
}

#[test]
fn a_question_outside_of_the_dialog_comes_up_by_itself_once() {
    let mut window = main();
    ask(&mut window, 9, Asked::Passkey, Verdict::Open);
    assert_eq!(window.app().shared.overlay, Some(Overlay::Asked));
    assert_eq!(orders(&mut window), [], "nobody else is let in by it");
    window.named(Named::Escape);
    window.wait(300);
    assert_eq!(window.app().shared.overlay, None, "it was seen");
    ask(&mut window, 10, Asked::Pair, Verdict::Open);
    assert_eq!(window.app().shared.overlay, Some(Overlay::Asked));
    window.stage.radio(|state| {
        for request in &mut state.requests {
            request.verdict = Verdict::Lapsed;
        }
    });
    window.wait(100);
    assert_eq!(window.app().shared.overlay, None, "nothing waits any more");
}

fn selected(window: &mut Window, speaker: &str) {
    window.stage.app.shared.selection = Selection::Speaker(speaker.into());
    window.lay_out();
}

#[test]
fn the_volume_of_a_speaker_is_turned_and_follows_its_own_buttons() {
    let mut window = main();
    selected(&mut window, "flip-6");
    assert!(window.shows("63%"));
    press(&mut window, Region::Inspector, "name");
    focus(&mut window, Region::Inspector, "volume");
    window.named(Named::ArrowRight);
    let set = |volume| Order::SetVolume {
        address: FLIP,
        volume,
    };
    assert_eq!(orders(&mut window), [set(84)]);
    window.wait(50);
    assert!(window.shows("66%"), "until the speaker says so itself");
    window.stage.radio(|state| volume(state, FLIP, 84));
    window.wait(50);
    window.stage.radio(|state| volume(state, FLIP, 40));
    window.wait(50);
    assert!(window.shows("31%"));
    let slider = window.find("inspector/volume");
    if let Some(slider) = slider {
        let from = Point::new(slider.x + slider.width * 0.32, slider.center_y());
        window.drag(from, from + Vector::new(40.0, 0.0));
        assert!(
            orders(&mut window)
                .iter()
                .any(|order| matches!(order, Order::SetVolume { volume, .. } if *volume > 40))
        );
    }
}

fn volume(state: &mut State, address: Address, volume: u8) {
    let transport = of(state, address).transport.as_mut().unwrap();
    transport.volume = Some(volume);
}

#[test]
fn the_volume_is_in_the_card_of_a_device_too() {
    let mut window = with(Overlay::Device(FLIP));
    focus(&mut window, Region::Overlay, "volume");
    window.named(Named::ArrowLeft);
    let volume = 76;
    assert_eq!(
        orders(&mut window),
        [Order::SetVolume {
            address: FLIP,
            volume
        }]
    );
}

#[test]
fn the_player_of_the_source_is_worked_from_the_bar() {
    let mut window = main();
    assert!(window.shows("Gymnopédie No. 1 · Erik Satie"));
    press(&mut window, Region::Bar, "next");
    press(&mut window, Region::Bar, "previous");
    press(&mut window, Region::Bar, "transport");
    let player = |action| Order::Player {
        address: ECHO,
        action,
    };
    assert_eq!(
        orders(&mut window),
        [
            player(PlayerAction::Next),
            player(PlayerAction::Previous),
            player(PlayerAction::Pause),
        ]
    );
    window
        .stage
        .radio(|state| of(state, ECHO).player.as_mut().unwrap().status = PlayerStatus::Paused);
    window.wait(250);
    assert!(window.shows("Paused"));
    focus(&mut window, Region::Main, "nothing");
    window.key(Key::Named(Named::Space), Modifiers::default());
    assert!(orders(&mut window).contains(&player(PlayerAction::Play)));
}

#[test]
fn a_player_is_asked_only_for_what_it_can() {
    let mut window = main();
    window.stage.radio(|state| {
        let player = of(state, ECHO).player.as_mut().unwrap();
        player.can.clear();
    });
    window.wait(250);
    let focusables = window.app().parts.bar.focusables(&window.app().shared);
    let items: Vec<&str> = focusables.iter().map(FocusId::item).collect();
    assert!(!items.contains(&"next") && !items.contains(&"previous"));
    press(&mut window, Region::Bar, "transport");
    assert_eq!(window.sent(), [Command::Pause]);
}

#[test]
fn the_compact_layout_has_the_player_and_the_link_too() {
    let mut window = sized(COMPACT);
    window.stage.app.shared.selection = Selection::Source;
    window.lay_out();
    press(&mut window, Region::Inspector, "next");
    let action = PlayerAction::Next;
    assert_eq!(
        orders(&mut window),
        [Order::Player {
            address: ECHO,
            action
        }]
    );
    selected(&mut window, "flip-6");
    press(&mut window, Region::Inspector, "radio");
    assert_eq!(window.app().shared.overlay, Some(Overlay::Device(FLIP)));
}

fn unavailable(window: &mut Window, why: Unavailable) {
    window.stage.radio(|state| {
        *state = State {
            service: Service::Unavailable(why),
            ..State::default()
        };
    });
    window.wait(250);
}

#[test]
fn without_bluetooth_one_sentence_says_why() {
    let sentence = "There is no Bluetooth adapter. Plug one in; it is used as soon as it is there.";
    let mut window = main();
    unavailable(&mut window, Unavailable::NoAdapter);
    window.message(Message::Listed(Ok(Vec::new())));
    assert!(window.shows("There is no Bluetooth adapter"), "in the rail");
    open(&mut window, Overlay::Source);
    assert!(window.shows("There is no Bluetooth adapter"));
    enter(&mut window, "pair");
    assert_eq!(window.app().shared.overlay, Some(Overlay::Pairing));
    assert!(window.shows(sentence));
    window.named(Named::Escape);
    open(&mut window, Overlay::Bluetooth);
    assert!(window.shows(sentence));
    window.named(Named::Escape);
    let _before = window.sent();
    press(&mut window, Region::Rail, "scan");
    assert_eq!(window.sent(), [Command::Rescan]);
    window.stage.radio(|state| *state = home());
    open(&mut window, Overlay::Bluetooth);
    assert!(window.shows("Bluetooth is ready."), "it appears by itself");
}

#[test]
fn an_engine_that_leaves_bluetooth_alone_shows_nothing_of_it() {
    let mut window = Window::new(Stage::main(WIDE)).with_tasks();
    open(&mut window, Overlay::Source);
    assert!(!window.shows("Echo over Bluetooth"));
    window.named(Named::Escape);
    open(&mut window, Overlay::Settings);
    let items = window.app().parts.overlays.focusables(&window.app().shared);
    assert!(items.iter().all(|id| id.item() != "bluetooth"));
}

#[test]
fn a_paired_echo_is_chosen_as_the_source() {
    let mut window = with(Overlay::Source);
    window.stage.radio(|state| {
        let mut phone = of(state, ECHO).clone();
        phone.address = VISITOR;
        phone.alias = "Pixel".into();
        phone.connected = false;
        phone.transport = None;
        state.devices.push(phone);
    });
    window.lay_out();
    assert!(window.shows("Playing · SBC 328 kb/s"));
    assert!(window.shows("Away"));
    let item = format!("bluetooth/{VISITOR}");
    enter(&mut window, &item);
    let source = Source::Capture {
        device: VISITOR.id(),
    };
    let chosen = Command::Edit(Edit::SetSource(Some(source)));
    assert_eq!(window.sent(), [chosen, Command::Play]);
}

#[test]
fn the_first_page_begins_with_an_echo() {
    let mut stage = Stage::first_run(WIDE);
    stage.radio(|state| {
        *state = home();
        state.devices.retain(|device| device.address != ECHO);
    });
    let mut window = Window::new(stage).with_tasks();
    window.wait(250);
    assert!(window.shows("Echo over Bluetooth"));
    assert!(window.shows("Say “Alexa, pair” near the Echo"));
    press(&mut window, Region::Main, "device:room:boom-3");
    press(&mut window, Region::Main, "source:echo");
    assert_eq!(window.app().shared.overlay, Some(Overlay::Pairing));
    assert_eq!(orders(&mut window), [Order::Pair(BOOM), opening()]);
}

fn lose(window: &mut Window) {
    window.stage.lose("flip-6");
    let at_ms = now_ms(window) + 8_000;
    window.stage.radio(|state| {
        let device = of(state, FLIP);
        device.connected = false;
        device.transport = None;
        device.rssi = Some(-86);
        device.retry = Some(Retry {
            failed: 1,
            at_ms,
            aside: None,
        });
    });
    window.wait(250);
}

/// A speaker is taken out for five minutes.
fn set_aside(window: &mut Window, address: Address) -> String {
    let at_ms = now_ms(window) + 300_000;
    let retry = Retry {
        failed: 1,
        at_ms,
        aside: Some(Aside::HeldUp),
    };
    window.stage.radio(|state| {
        let device = of(state, address);
        (device.paired, device.connected) = (true, false);
        device.transport = None;
        device.retry = Some(retry);
    });
    window.wait(250);
    let (until, _) = inphase::bluetooth::words::set_aside(&retry).unwrap();
    until
}

#[test]
fn a_speaker_that_held_up_the_others_says_so_on_its_node_and_can_be_tried_now() {
    let mut window = main();
    selected(&mut window, "flip-6");
    window.stage.lose("flip-6");
    let until = set_aside(&mut window, FLIP);
    let (_, node) = window.app().shared.scene.node("flip-6").unwrap();
    assert_eq!(node.problem.as_deref(), Some(until.as_str()));
    assert!(window.shows("It held up the others. It is tried again by itself then."));
    assert!(window.shows("Try now"));
    press(&mut window, Region::Inspector, "retry");
    assert_eq!(orders(&mut window), [Order::Connect(FLIP)]);
    open(&mut window, Overlay::Device(FLIP));
    assert!(window.shows("It held up the others"));
    enter(&mut window, "link");
    assert_eq!(orders(&mut window), [Order::Connect(FLIP)]);
}

#[test]
fn a_speaker_in_the_rail_that_was_set_aside_says_so_and_can_be_tried_now() {
    let mut window = main();
    let until = set_aside(&mut window, BOOM);
    assert!(window.shows(&until));
    // A sign, for words have no room; it is called so where the pointer rests.
    let sign = char::from(Icon::RotateCw).to_string();
    let button = window.find_text(&sign).unwrap();
    window.click(middle(button));
    assert_eq!(orders(&mut window), [Order::Connect(BOOM)]);
    window
        .stage
        .radio(|state| of(state, BOOM).activity = Activity::Connecting);
    window.wait(250);
    assert!(!window.shows(&sign), "once is enough");
}

fn kept_awake(value: &str) -> Command {
    Command::Edit(Edit::set("speakers.flip-6.keep_awake", value))
}

#[test]
fn a_speaker_is_kept_awake_from_its_page_and_from_its_card() {
    let mut window = main();
    selected(&mut window, "flip-6");
    assert!(window.shows("Keep awake in silence"));
    press(&mut window, Region::Inspector, "awake");
    assert_eq!(window.sent(), [kept_awake("on")]);
    window.stage.ends.rigs.send_modify(|rig| {
        let edit = Edit::set("speakers.flip-6.keep_awake", "on");
        let _said = apply(std::sync::Arc::make_mut(rig), &edit).unwrap();
    });
    window.stage.tell();
    window.wait(50);
    press(&mut window, Region::Inspector, "awake");
    assert_eq!(window.sent(), [kept_awake("off")]);
    open(&mut window, Overlay::Device(FLIP));
    enter(&mut window, "awake");
    assert_eq!(window.sent(), [kept_awake("off")]);
    assert_eq!(
        window.app().shared.overlay,
        Some(Overlay::Device(FLIP)),
        "it stays to be seen"
    );
    // Nobody but the program that holds its sound could.
    window
        .stage
        .radio(|state| of(state, FLIP).transport.as_mut().unwrap().ours = false);
    window.wait(250);
    assert!(!window.shows("Keep awake in silence"));
    // Nothing of the rig plays on this one.
    open(&mut window, Overlay::Device(BOOM));
    let items = window.app().parts.overlays.focusables(&window.app().shared);
    assert!(items.iter().any(|id| id.item() == "link"));
    assert!(items.iter().all(|id| id.item() != "awake"));
}

#[test]
fn a_wired_speaker_has_nothing_to_be_kept_awake() {
    let mut window = main();
    selected(&mut window, "sub");
    assert!(!window.shows("Keep awake in silence"));
}

#[test]
fn how_much_of_a_source_is_kept_is_set_in_its_card() {
    let mut window = with(Overlay::Device(ECHO));
    enter(&mut window, "keep");
    assert!(window.shows("Kept against late packets"));
    let write = |window: &mut Window, text: &str| {
        window.key(Key::Character("a".into()), Modifiers::CTRL);
        window.typewrite(text);
        window.named(Named::Enter);
    };
    write(&mut window, "200 ms");
    assert_eq!(window.sent(), []);
    assert!(window.shows("Use 150 ms, the most that is kept, or less."));
    write(&mut window, "40 ms");
    let set = |path, value| Command::Edit(Edit::set(path, value));
    assert_eq!(window.sent(), [set("settings.jitter_min", "40 ms")]);
    window.named(Named::Tab);
    window.key(Key::Character("a".into()), Modifiers::CTRL);
    window.typewrite("300");
    // Leaving it is enough.
    window.named(Named::Tab);
    assert_eq!(window.sent(), [set("settings.jitter_max", "300")]);
    window.named(Named::Enter);
    assert_eq!(window.app().shared.overlay, None);
}

#[test]
fn a_lost_speaker_says_when_it_is_tried_next_and_can_be_tried_now() {
    let mut window = main();
    selected(&mut window, "flip-6");
    lose(&mut window);
    assert!(window.shows("Next try in 8 s"));
    press(&mut window, Region::Inspector, "retry");
    assert_eq!(orders(&mut window), [Order::Connect(FLIP)]);
}

#[test]
fn the_packets_of_an_open_link_are_counted() {
    let mut window = main();
    selected(&mut window, "flip-6");
    assert!(window.shows("up to 53"));
    window.stage.snapshot.links = vec![Figures {
        address: FLIP,
        adapter: "hci0".into(),
        incoming: false,
        packets: 4000,
        queued: 2,
        dropped: 3,
        lost: 0,
        bitpool: 41,
        depth_ms: 0.0,
        jitter_ms: 0.0,
    }];
    window.wait(100);
    assert!(window.shows("41 of 53"));
    assert!(window.shows("3 of 4003"));
}

#[test]
fn adapters_are_switched_and_named() {
    let mut window = with(Overlay::Bluetooth);
    enter(&mut window, "power/hci1/off");
    let field = window.find("overlay/name/hci1").unwrap();
    window.click(middle(field));
    window.key(Key::Character("a".into()), Modifiers::CTRL);
    window.typewrite("Shed");
    window.named(Named::Enter);
    assert_eq!(
        orders(&mut window),
        [
            Order::Power {
                adapter: "hci1".into(),
                on: false
            },
            Order::NameAdapter {
                adapter: "hci1".into(),
                name: "Shed".into()
            },
        ]
    );
}

#[test]
fn paired_devices_and_who_asked_in_vain_are_on_the_page() {
    let mut window = main();
    ask(&mut window, 3, Asked::Connect, Verdict::Refused);
    open(&mut window, Overlay::Bluetooth);
    assert!(window.shows("Echo Show was not let in"));
    enter(&mut window, "let/3");
    let answer = Answer::Yes;
    assert_eq!(orders(&mut window), [Order::Answer { request: 3, answer }]);
    let item = format!("device/{FLIP}");
    enter(&mut window, &item);
    assert_eq!(window.app().shared.overlay, Some(Overlay::Device(FLIP)));
}

#[test]
fn every_dialog_takes_the_keyboard_keeps_it_and_gives_it_back() {
    for overlay in [
        Overlay::Bluetooth,
        Overlay::Device(ECHO),
        Overlay::Device(FLIP),
        Overlay::Pairing,
    ] {
        let mut window = main();
        let before = FocusId::new(Region::Bar, "source");
        window.stage.app.shared.focus = Some(before.clone());
        open(&mut window, overlay.clone());
        let items = window.app().parts.overlays.focusables(&window.app().shared);
        for _ in 0..=items.len() {
            window.named(Named::Tab);
            let focus = window.app().shared.focus.clone().unwrap();
            assert!(items.contains(&focus), "{overlay:?}");
        }
        window.named(Named::Escape);
        assert_eq!(window.app().shared.overlay, None, "{overlay:?}");
        assert_eq!(window.app().shared.focus, Some(before), "{overlay:?}");
    }
}

#[test]
fn advice_is_followed_with_one_press() {
    let mut window = main();
    window
        .stage
        .radio(|state| state.adapters[1].powered = false);
    window.wait(50);
    press(&mut window, Region::Rail, "advice");
    assert_eq!(
        orders(&mut window),
        [Order::Power {
            adapter: "hci1".into(),
            on: true
        }]
    );
}

#[test]
fn a_ring_turns_while_something_goes_on() {
    let mut window = main();
    window.stage.snapshot.transport = inphase::engine::snapshot::Transport::Stopped;
    window.wait(6000);
    let calm = window.app().pace();
    window
        .stage
        .radio(|state| of(state, BOOM).activity = Activity::Pairing);
    window.wait(250);
    assert!(window.app().pace() < calm);
}

type Scenes = Vec<(&'static str, fn(Size) -> Window)>;

fn scenes() -> Scenes {
    vec![
        ("main", |size| {
            let mut window = sized(size);
            selected(&mut window, "flip-6");
            for _ in 0..40 {
                window.stage.play(500);
            }
            window.wait(250);
            if size == COMPACT {
                open(
                    &mut window,
                    Overlay::Rail(inphase::gui::scene::Family::Bluetooth),
                );
            }
            window
        }),
        ("pairing-row", |size| {
            let mut window = sized(size);
            window.stage.radio(|state| {
                of(state, BOOM).activity = Activity::Pairing;
                state.adapters[1].powered = false;
                state.adapters[0].discovering = true;
            });
            window.stage.app.shared.selection = Selection::Source;
            window.wait(400);
            if size == COMPACT {
                open(
                    &mut window,
                    Overlay::Rail(inphase::gui::scene::Family::Bluetooth),
                );
            }
            window
        }),
        ("lost", |size| {
            let mut window = sized(size);
            selected(&mut window, "flip-6");
            lose(&mut window);
            window
        }),
        ("aside", |size| {
            let mut window = sized(size);
            selected(&mut window, "flip-6");
            window.stage.lose("flip-6");
            let _until = set_aside(&mut window, FLIP);
            let _until = set_aside(&mut window, BOOM);
            if size == COMPACT {
                open(
                    &mut window,
                    Overlay::Rail(inphase::gui::scene::Family::Bluetooth),
                );
            }
            window
        }),
        ("aside-device", |size| {
            let mut window = sized(size);
            window.stage.lose("flip-6");
            let _until = set_aside(&mut window, FLIP);
            open(&mut window, Overlay::Device(FLIP));
            window
        }),
        ("source", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Source);
            window
        }),
        ("tune-source", |size| {
            let mut window = sized(size);
            window.stage.app.shared.selection = Selection::Source;
            window.wait(250);
            window
        }),
        ("pairing", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Pairing);
            visible(&mut window, 162);
            window.wait(400);
            window
        }),
        ("pairing-asks", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Pairing);
            visible(&mut window, 162);
            ask(&mut window, 1, Asked::Pair, Verdict::Refused);
            ask(&mut window, 2, Asked::Pin, Verdict::Open);
            let what = Asked::Confirm { passkey: 482_016 };
            ask(&mut window, 3, what, Verdict::Open);
            window.wait(400);
            window
        }),
        ("pairing-failed", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Pairing);
            visible(&mut window, 162);
            let sentence =
                "Echo Show did not agree to pair. Set it to pairing mode, and try again.";
            arrive(&mut window);
            let _focus = window.stage.app.parts.overlays.closed();
            open(&mut window, Overlay::Pairing);
            visible(&mut window, 162);
            window.stage.radio(|state| {
                let device = of(state, VISITOR);
                (device.paired, device.connected) = (false, false);
                device.failure = Some(sentence.into());
                state.pairing.as_mut().unwrap().paired.push(VISITOR);
            });
            window.wait(400);
            window
        }),
        ("pairing-done", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Pairing);
            visible(&mut window, 162);
            arrive(&mut window);
            window.wait(400);
            window
        }),
        ("pairing-over", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Pairing);
            visible(&mut window, 162);
            window.stage.radio(|state| state.pairing = None);
            window.wait(400);
            window
        }),
        ("pairing-missing", |size| {
            let mut window = sized(size);
            unavailable(&mut window, Unavailable::Denied);
            open(&mut window, Overlay::Pairing);
            window.wait(100);
            window
        }),
        ("asked", |size| {
            let mut window = sized(size);
            ask(&mut window, 9, Asked::Passkey, Verdict::Open);
            window.wait(400);
            window
        }),
        ("device", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Device(SECOND_FLIP));
            window
        }),
        ("device-source", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Device(ECHO));
            window
        }),
        ("device-source-kept", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Device(ECHO));
            enter(&mut window, "keep");
            window.key(Key::Character("a".into()), Modifiers::CTRL);
            window.typewrite("200 ms");
            window.named(Named::Enter);
            window
        }),
        ("forget", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Device(FLIP));
            enter(&mut window, "ask");
            window
        }),
        ("page", |size| {
            let mut window = sized(size);
            window.stage.radio(|state| {
                state.owners.push(Owner {
                    name: "WirePlumber".into(),
                    pid: Some(1423),
                    holds: vec![SECOND_FLIP],
                    evidence: vec![
                        "It owns org.pulseaudio.Server and registered 3 endpoints.".into(),
                    ],
                    restart_needed: false,
                    restart: None,
                });
                state.handover = Some(handover(FileStanding::Absent));
                of(state, SECOND_FLIP).transport.as_mut().unwrap().state = TransportState::Active;
            });
            ask(&mut window, 3, Asked::Connect, Verdict::Refused);
            open(&mut window, Overlay::Bluetooth);
            window
        }),
        ("settings", |size| {
            let mut window = sized(size);
            open(&mut window, Overlay::Settings);
            window
        }),
        ("first-run", |size| {
            let mut stage = Stage::first_run(size);
            stage.radio(|state| {
                *state = home();
                state.devices.retain(|device| device.address != ECHO);
            });
            let mut window = Window::new(stage);
            window.wait(250);
            window
        }),
    ]
}

fn handover(standing: FileStanding) -> Handover {
    Handover {
        path: "/home/ada/.config/wireplumber/wireplumber.conf.d/51-inphase-bluetooth.conf".into(),
        text: "wireplumber.profiles = {\n  main = {\n    monitor.bluez = disabled\n  }\n}\n".into(),
        standing,
    }
}

#[test]
fn bluetooth_is_taken_over_and_given_back_from_the_page() {
    let mut window = sized(WIDE);
    let stand = |window: &mut Window, standing| {
        window
            .stage
            .radio(|state| state.handover = Some(handover(standing)));
        open(window, Overlay::Bluetooth);
    };
    stand(&mut window, FileStanding::Absent);
    enter(&mut window, "take-over");
    assert_eq!(orders(&mut window), [Order::TakeOver]);
    stand(&mut window, FileStanding::Written);
    enter(&mut window, "give-back");
    assert_eq!(orders(&mut window), [Order::GiveBack]);
}

#[test]
fn pictures_of_all_screens() {
    // The page of a speaker to its end.
    let mut window = sized(Size::new(1440.0, 1500.0));
    selected(&mut window, "flip-6");
    window.picture("bluetooth-speaker-page-dark-1440");
    for (name, scene) in scenes() {
        for (size, width) in [(WIDE, 1440), (COMPACT, 1024)] {
            for (tokens, theme) in [
                (Tokens::dark(), "dark"),
                (Tokens::light(), "light"),
                (Tokens::contrast(), "contrast"),
            ] {
                let mut window = scene(size).themed(tokens);
                window.picture(&format!("bluetooth-{name}-{theme}-{width}"));
            }
        }
    }
}
