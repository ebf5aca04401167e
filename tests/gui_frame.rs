//! What frames the graph: bar, rail, toast, first-run page.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::keyboard::{Key, Modifiers, key::Named};
use iced::widget::space;
use iced::{Event, Point, Rectangle, Size, Vector, mouse, touch};
use iced_test::Simulator;
use inphase::engine::snapshot::{Snapshot, Transport};
use inphase::engine::{Command, Handle};
use inphase::gui::action::{Action, Overlay, Selection};
use inphase::gui::app::{App, Message, Start};
use inphase::gui::bar;
use inphase::gui::drag::{Drag, Hand, Landing, Payload, Step};
use inphase::gui::engines::{Engines, Which};
use inphase::gui::focus::{FocusId, Region};
use inphase::gui::grip::{self, grip};
use inphase::gui::prefs::Prefs;
use inphase::gui::rail;
use inphase::gui::scene::Family;
use inphase::gui::stage::{self, Stage};
use inphase::gui::toast;
use inphase::rig::edit::Edit;
use inphase::rig::{Rig, Source, Speaker, Zone};
use inphase::store::Paths;
use window::{COMPACT, WIDE, Window, pictures};

/// A name as some people write them.
const LONG: &str = "Küchenlautsprecher über dem Kühlschrank 🎵 مكبر الصوت キッチン";

fn main_window(size: Size) -> Window {
    let mut window = Window::new(Stage::main(size));
    window.wait(600);
    let _sent = window.sent();
    window
}

/// Everything is called by the longest names there are.
fn long_names(size: Size) -> Window {
    let mut rig = stage::rig();
    for speaker in &mut rig.speakers {
        speaker.name = LONG.into();
    }
    rig.speakers.push(Speaker {
        id: "spare".into(),
        name: LONG.into(),
        slot: 11,
        ..Speaker::default()
    });
    let mut devices = stage::devices();
    for device in &mut devices {
        device.name = LONG.into();
    }
    let snapshot = stage::snapshot(&rig, 24.0);
    let mut stage = Stage::new(rig, snapshot, devices, size);
    stage.lose("sub");
    let mut window = Window::new(stage);
    window.wait(600);
    window
}

#[test]
fn pictures_of_the_frame() {
    pictures("frame", main_window);
    pictures("frame-long", long_names);
    pictures("frame-toast", |size| {
        let mut window = main_window(size);
        window.stage.app.toast.show(
            "Sub moved to Kitchen".into(),
            true,
            window.stage.app.shared.now,
        );
        window
    });
    pictures("frame-toast-long", |size| {
        let mut window = main_window(size);
        let text = format!("Added {LONG}. Moved {LONG} to Living room. {LONG}");
        window
            .stage
            .app
            .toast
            .show(text, true, window.stage.app.shared.now);
        window
    });
    pictures("frame-scan", |size| {
        let mut window = main_window(size);
        window.message(Message::Rail(rail::Message::Scanned));
        window.wait(300);
        window
    });
}

#[test]
fn pictures_of_the_flyout() {
    for (name, make) in [
        ("flyout", main_window as fn(Size) -> Window),
        ("flyout-long", long_names),
    ] {
        let mut window = make(COMPACT);
        window.message(Message::Rail(rail::Message::Unfolded(Family::Bluetooth)));
        window.picture(name);
    }
}

#[test]
fn pictures_of_the_first_run() {
    pictures("welcome", |size| Window::new(Stage::first_run(size)));
    pictures("welcome-half", |size| {
        let mut devices = stage::devices();
        for device in &mut devices[..3] {
            device.name = LONG.into();
        }
        let rig = Rig {
            zones: vec![Zone {
                id: "living-room".into(),
                name: LONG.into(),
                ..Zone::default()
            }],
            ..Rig::default()
        };
        let mut window = Window::new(Stage::new(rig, Snapshot::default(), devices, size));
        let mut rig = (*window.app().shared.link.rig).clone();
        rig.source = stage::rig().source;
        let _old = window.stage.ends.rigs.send_replace(rig.into());
        window.wait(300);
        window
    });
}

#[test]
fn pictures_of_an_ended_engine() {
    pictures("ended", ended);
}

fn ended(size: Size) -> Window {
    let mut window = main_window(size);
    let (_handle, ends) = inphase::engine::Handle::pair();
    window.stage.ends = ends;
    window
}

fn focus(window: &mut Window, region: Region, item: &str) {
    window.stage.app.shared.focus = Some(FocusId::new(region, item));
}

fn flip() -> Payload {
    Payload::Device("room:flip-6".into())
}

/// In the middle of the first row of the wide rail.
const FIRST_ROW: Point = Point::new(120.0, 178.0);

#[test]
fn pictures_of_what_is_carried() {
    let carry = |payload: Payload, landing| {
        move |size| {
            let mut window = main_window(size);
            window.stage.app.shared.drag = Some(Drag {
                payload: payload.clone(),
                hand: Hand::Keyboard,
                landing: Option::clone(&landing),
                costs: None,
            });
            window
        }
    };
    let sub = Payload::Speaker("sub".into());
    pictures("frame-picked", carry(flip(), None));
    pictures("frame-may-return", carry(sub.clone(), None));
    pictures("frame-returns", carry(sub, Some(Landing::Rail)));
}

#[test]
fn pictures_of_focus_and_hover() {
    for (item, region, name) in [
        ("device:room:flip-6", Region::Rail, "row"),
        ("source", Region::Bar, "source"),
        ("health", Region::Bar, "health"),
        ("volume", Region::Bar, "volume"),
        ("scan", Region::Rail, "scan"),
    ] {
        let mut window = main_window(WIDE);
        window.point(Point::new(120.0, 250.0));
        focus(&mut window, region, item);
        window.picture(&format!("frame-focus-{name}"));
    }
    let mut window = Window::new(Stage::first_run(WIDE));
    focus(&mut window, Region::Main, "source:desktop");
    window.point(Point::new(850.0, 306.0));
    window.picture("welcome-focus");
}

#[derive(Debug, Clone, PartialEq)]
enum Held {
    Picked(Point, Vector),
    Tapped,
}

/// What a grip of 100 x 40 says to these events; each comes with the pointer.
fn gripped(events: &[(Point, Event)]) -> Vec<Held> {
    let content = space().width(100).height(40);
    let grip = grip(content).on_pick(Held::Picked).on_tap(Held::Tapped);
    let mut simulator =
        Simulator::with_size(iced::Settings::default(), Size::new(300.0, 300.0), grip);
    for (at, event) in events {
        simulator.point_at(*at);
        let _ = simulator.simulate([event.clone()]);
    }
    simulator.into_messages().collect()
}

fn moved(x: f32, y: f32) -> (Point, Event) {
    let position = Point::new(x, y);
    (
        position,
        Event::Mouse(mouse::Event::CursorMoved { position }),
    )
}

fn button(x: f32, y: f32, down: bool) -> (Point, Event) {
    let left = mouse::Button::Left;
    let event = if down {
        mouse::Event::ButtonPressed(left)
    } else {
        mouse::Event::ButtonReleased(left)
    };
    (Point::new(x, y), Event::Mouse(event))
}

#[test]
fn a_press_that_moves_picks_up_and_one_that_does_not_taps() {
    let still = [
        moved(20.0, 10.0),
        button(20.0, 10.0, true),
        moved(24.0, 13.0),
        button(24.0, 13.0, false),
    ];
    assert_eq!(gripped(&still), [Held::Tapped]);
    let far = [
        moved(20.0, 10.0),
        button(20.0, 10.0, true),
        moved(20.0, 15.0),
        moved(20.0, 16.0),
        moved(90.0, 200.0),
        button(90.0, 200.0, false),
    ];
    let picked = Held::Picked(Point::new(20.0, 16.0), Vector::new(20.0, 10.0));
    assert_eq!(gripped(&far), [picked]);
}

#[test]
fn a_finger_that_rests_picks_up_and_one_that_moves_scrolls() {
    let id = touch::Finger(1);
    let position = Point::new(30.0, 20.0);
    let start = Instant::now();
    let redraw = |ms| {
        let at = start + Duration::from_millis(ms);
        let event = iced::window::Event::RedrawRequested(at);
        (position, Event::Window(event))
    };
    let down = (
        position,
        Event::Touch(touch::Event::FingerPressed { id, position }),
    );
    let away = Point::new(30.0, 60.0);
    let gone = touch::Event::FingerMoved { id, position: away };
    let gone = (away, Event::Touch(gone));
    let up = touch::Event::FingerLifted { id, position };
    let up = (position, Event::Touch(up));
    let picked = Held::Picked(position, Vector::new(30.0, 20.0));
    let rests = [
        down.clone(),
        redraw(0),
        redraw(200),
        redraw(250),
        up.clone(),
    ];
    assert_eq!(gripped(&rests), [picked]);
    let scrolls = [down.clone(), redraw(0), gone, redraw(300), up.clone()];
    assert_eq!(gripped(&scrolls), []);
    assert_eq!(gripped(&[down, redraw(0), redraw(100), up]), [Held::Tapped]);
    assert_eq!(grip::LONG, Duration::from_millis(250));
}

/// The first thing a message to the rail asks for.
fn rail(window: &mut Window, message: rail::Message) -> Action {
    let app = &mut window.stage.app;
    let actions = app.parts.rail.update(message, &app.shared);
    actions.into_iter().next().unwrap()
}

#[test]
fn a_row_is_picked_up_by_pointer_tap_and_key() {
    let mut window = main_window(WIDE);
    let (at, grab) = (FIRST_ROW, Vector::new(30.0, 20.0));
    let picked = rail(&mut window, rail::Message::Picked(flip(), at, grab));
    let hand = Hand::Pointer { at, grab };
    assert!(
        matches!(picked, Action::Drag(Step::Begin(what, how)) if what == flip() && how == hand)
    );
    let tapped = rail(&mut window, rail::Message::Tapped(flip()));
    assert!(matches!(tapped, Action::Drag(Step::Begin(what, Hand::Tap)) if what == flip()));
    let id = FocusId::new(Region::Rail, "device:room:flip-6");
    let press = inphase::gui::keys::Press::of(Key::Named(Named::Enter), Modifiers::default());
    let app = &mut window.stage.app;
    let pressed = app.parts.rail.key(&id, &press, &app.shared).unwrap();
    assert!(
        matches!(&pressed[0], Action::Drag(Step::Begin(what, Hand::Keyboard)) if *what == flip())
    );
}

#[test]
fn m_asks_where_to_move_a_row() {
    let mut window = main_window(WIDE);
    focus(&mut window, Region::Rail, "device:room:flip-6");
    window.letter("m");
    assert_eq!(window.app().shared.overlay, Some(Overlay::MoveTo(flip())));
}

#[test]
fn a_row_that_cannot_be_used_says_why_and_is_not_picked_up() {
    let mut window = main_window(WIDE);
    let third = FIRST_ROW + Vector::new(0.0, 2.0 * 66.0);
    window.drag(third, Point::new(700.0, 300.0));
    assert!(window.app().shared.drag.is_none());
    window.click(third);
    let said = window.app().toast.text().unwrap();
    assert!(said.starts_with("UE Boom 3 is not paired."), "{said}");
    assert!(window.app().shared.drag.is_none());
}

#[test]
fn the_right_button_asks_what_can_be_done_with_a_speaker_of_the_rig() {
    let mut rig = stage::rig();
    rig.zones[0].speakers.retain(|id| id != "sub");
    let snapshot = stage::snapshot(&rig, 24.0);
    let mut window = Window::new(Stage::new(rig, snapshot, stage::devices(), WIDE));
    let message = rail::Message::Asked(Payload::Speaker("sub".into()));
    window.message(Message::Rail(message));
    let sub = Selection::Speaker("sub".into());
    assert_eq!(window.app().shared.overlay, Some(Overlay::Item(sub)));
    window.picture("frame-rig-speaker");
}

#[test]
fn scan_lists_the_devices_anew() {
    let mut window = main_window(WIDE);
    window.click(Point::new(200.0, 90.0));
    assert_eq!(window.sent(), [Command::Rescan]);
    let mut window = main_window(COMPACT);
    focus(&mut window, Region::Rail, "scan");
    window.named(Named::Enter);
    assert_eq!(window.sent(), [Command::Rescan]);
}

#[test]
fn an_icon_of_the_compact_rail_opens_its_family_and_closes_it_again() {
    let mut window = main_window(COMPACT);
    let icon = Point::new(31.0, 85.0);
    window.click(icon);
    assert_eq!(
        window.app().shared.overlay,
        Some(Overlay::Rail(Family::Bluetooth))
    );
    window.click(icon);
    assert_eq!(window.app().shared.overlay, None);
    window.click(icon);
    window.named(Named::Tab);
    let id = window.app().shared.focus.clone().unwrap();
    assert_eq!(id, FocusId::new(Region::Overlay, "device:room:flip-6"));
    window.click(Point::new(700.0, 300.0));
    assert_eq!(window.app().shared.overlay, None);
}

#[test]
fn volume_follows_the_slider_and_is_one_step_back() {
    let mut window = main_window(WIDE);
    window.drag(Point::new(1270.0, 32.0), Point::new(1240.0, 32.0));
    let sent = window.sent();
    assert!(!sent.is_empty());
    let mut gestures = sent.iter().map(|command| match command {
        Command::Hold {
            edit: Edit::Set { path, value },
            gesture,
        } => {
            assert_eq!(path, "settings.gain");
            assert!(value.starts_with('-') && value.ends_with(" dB"), "{value}");
            *gesture
        }
        other => panic!("{other:?}"),
    });
    let first = gestures.next().unwrap();
    assert!(gestures.all(|gesture| gesture == first));
    window.named(Named::ArrowLeft);
    let Some(Command::Hold { edit, gesture }) = window.sent().pop() else {
        panic!("the key turned nothing");
    };
    assert_eq!(edit, Edit::set("settings.gain", "-1.0 dB"));
    assert_ne!(gesture, first);
}

#[test]
fn play_and_pause_take_turns() {
    let mut window = main_window(WIDE);
    focus(&mut window, Region::Bar, "transport");
    window.named(Named::Enter);
    assert_eq!(window.sent(), [Command::Pause]);
    window.stage.snapshot.transport = Transport::Paused;
    window.wait(300);
    window.named(Named::Space);
    assert_eq!(window.sent(), [Command::Play]);
}

#[test]
fn everything_in_the_bar_does_by_key_what_it_does_by_pointer() {
    for (item, overlay) in [
        ("source", Overlay::Source),
        ("health", Overlay::Causes),
        ("settings", Overlay::Settings),
    ] {
        let mut window = main_window(WIDE);
        focus(&mut window, Region::Bar, item);
        window.named(Named::Enter);
        assert_eq!(window.app().shared.overlay, Some(overlay));
    }
    let mut window = main_window(WIDE);
    focus(&mut window, Region::Bar, "mute");
    window.named(Named::Enter);
    let mute = Edit::set("settings.mute", "on");
    assert_eq!(window.sent(), [Command::Edit(mute)]);
    let health = window.find("health-line").unwrap().center();
    window.click(health);
    assert_eq!(window.app().shared.overlay, Some(Overlay::Causes));
}

#[test]
fn the_health_line_stays_between_its_neighbours_at_every_width() {
    for width in (960..1800).step_by(70) {
        for make in [main_window as fn(Size) -> Window, long_names] {
            let size = Size::new(width as f32, 860.0);
            let mut window = make(size);
            let line: Rectangle = window.find("health-line").unwrap();
            let (left, right) = if size.width >= 1280.0 {
                (420.0, 310.0)
            } else {
                (296.0, 276.0)
            };
            assert!(line.x >= left, "{width} {line:?}");
            assert!(
                line.x + line.width <= size.width - right,
                "{width} {line:?}"
            );
        }
    }
}

#[test]
fn a_choice_on_the_first_run_page_sets_the_source() {
    let mut window = Window::new(Stage::first_run(WIDE));
    window.click(Point::new(470.0, 306.0));
    let desktop = Edit::SetSource(Some(Source::Desktop));
    assert_eq!(window.sent(), [Command::Edit(desktop)]);
    focus(&mut window, Region::Main, "source:file");
    window.named(Named::Enter);
    assert_eq!(window.app().shared.overlay, Some(Overlay::Source));
}

#[test]
fn a_tap_on_a_found_speaker_puts_it_into_the_first_zone() {
    let mut window = Window::new(Stage::first_run(WIDE));
    window.click(Point::new(850.0, 306.0));
    let Some(Command::Edit(edit)) = window.sent().pop() else {
        panic!("nothing was sent");
    };
    let mut rig = Rig::default();
    let _said = inphase::rig::edit::apply(&mut rig, &edit).unwrap();
    assert_eq!(rig.zones[0].name, "Living room");
    assert_eq!(rig.zones[0].speakers, ["jbl-flip-6"]);
    assert_eq!(rig.speakers[0].output.device, "room:flip-6");
    // The next one joins it.
    let _old = window.stage.ends.rigs.send_replace(rig.clone().into());
    window.wait(300);
    focus(&mut window, Region::Rail, "device:room:flip-6-2");
    window.named(Named::Enter);
    let Some(Command::Edit(edit)) = window.sent().pop() else {
        panic!("nothing was sent");
    };
    let _said = inphase::rig::edit::apply(&mut rig, &edit).unwrap();
    assert_eq!(rig.zones[0].speakers, ["jbl-flip-6", "jbl-flip-6-2"]);
    assert_eq!(rig.zones.len(), 1);
}

#[test]
fn the_first_run_page_can_be_skipped() {
    let mut window = Window::new(Stage::first_run(COMPACT));
    focus(&mut window, Region::Main, "skip");
    window.named(Named::Enter);
    assert!(!window.app().shared.is_first_run());
    assert!(window.app().shared.regions.dock.height > 0.0);
}

fn toasted(undo: bool) -> Window {
    let mut window = main_window(WIDE);
    let now = window.app().shared.now;
    window
        .stage
        .app
        .toast
        .show("Sub moved to Kitchen".into(), undo, now);
    window
}

#[test]
fn undo_on_the_toast_takes_back() {
    let mut window = toasted(true);
    window.click(Point::new(764.0, 577.0));
    assert_eq!(window.sent(), [Command::Undo]);
    assert_eq!(window.app().toast.text(), None);
}

#[test]
fn undo_on_the_toast_is_reached_by_tab_and_the_toast_waits_for_it() {
    let mut window = toasted(true);
    let undo = toast::focus();
    for _ in 0..60 {
        if !window.app().shared.has_focus(&undo) {
            window.named(Named::Tab);
        }
    }
    assert!(window.app().shared.has_focus(&undo));
    window.picture("frame-toast-focus");
    window.wait(8000);
    assert!(window.app().toast.offers_undo());
    window.named(Named::Enter);
    assert_eq!(window.sent(), [Command::Undo]);
    window.wait(50);
    assert_eq!(window.app().shared.focus, None);
}

#[test]
fn the_demo_is_left_for_the_rig_of_the_user() {
    let (demo, _demo_ends) = Handle::pair();
    let (own, own_ends) = Handle::pair();
    let _old = own_ends.rigs.send_replace(Arc::new(stage::rig()));
    let engines = Engines::new(move |which| match which {
        Which::Own => own.clone(),
        Which::Demo => demo.clone(),
    });
    for size in [WIDE, COMPACT] {
        let mut stage = Stage::main(size);
        stage.snapshot.demo = true;
        let mut window = Window::new(stage);
        window.wait(50);
        let item = "Leave the demo";
        assert_eq!(window.shows(item), size == WIDE);
        window.picture(&format!("frame-demo-{}", size.width));
        window.open(Overlay::Menu);
        assert!(window.shows(item));
    }
    let (app, _recall) = App::new(Start {
        handle: engines.attach(Which::Demo),
        paths: Paths::at("/nonexistent"),
        prefs: Prefs::default(),
        file: None,
        said: Vec::new(),
        which: Which::Demo,
        engines: Some(engines),
        autostart: None,
        install: None,
        raises: None,
    });
    let mut app = app;
    assert!(app.shared.link.rig.speakers.is_empty());
    let leave = bar::Message::Pressed(bar::Item::LeaveDemo);
    let _task = app.update(Message::Bar(leave));
    assert_eq!(*app.shared.link.rig, stage::rig());
}

#[test]
fn a_toast_goes_by_itself_or_by_escape_and_stays_under_the_pointer() {
    let mut window = toasted(false);
    window.wait(5900);
    assert!(window.app().toast.text().is_some());
    window.wait(200);
    assert_eq!(window.app().toast.text(), None);
    let mut window = toasted(false);
    window.named(Named::Escape);
    assert_eq!(window.app().toast.text(), None);
    let mut window = toasted(true);
    window.point(Point::new(700.0, 577.0));
    window.wait(8000);
    assert!(window.app().toast.text().is_some());
    window.point(Point::new(100.0, 100.0));
    window.wait(6100);
    assert_eq!(window.app().toast.text(), None);
    assert_eq!(toast::STAYS, Duration::from_secs(6));
}

#[test]
fn a_row_dragged_into_a_zone_is_carried_there_and_becomes_an_edit() {
    let mut window = main_window(WIDE);
    let patio = Point::new(960.0, 280.0);
    window.carry(FIRST_ROW, patio);
    let drag = window.app().shared.drag.clone().unwrap();
    assert_eq!(drag.payload, flip());
    assert!(matches!(drag.hand, Hand::Pointer { at, .. } if at == patio));
    window.picture("frame-carried");
    window.release();
    assert!(window.app().shared.drag.is_none());
    assert!(matches!(window.sent().pop(), Some(Command::Edit(_))));
}

#[test]
fn a_tapped_row_waits_for_a_tap_on_a_zone_and_a_second_tap_puts_it_back() {
    let mut window = main_window(WIDE);
    window.click(FIRST_ROW);
    let drag = window.app().shared.drag.clone().unwrap();
    assert_eq!((drag.payload, drag.hand), (flip(), Hand::Tap));
    window.click(FIRST_ROW);
    assert!(window.app().shared.drag.is_none());
}

#[test]
fn a_row_that_has_the_keyboard_is_picked_up_by_enter() {
    let mut window = main_window(WIDE);
    focus(&mut window, Region::Rail, "device:room:flip-6");
    window.named(Named::Enter);
    let drag = window.app().shared.drag.clone().unwrap();
    assert_eq!((drag.payload, drag.hand), (flip(), Hand::Keyboard));
    window.named(Named::Escape);
    assert!(window.app().shared.drag.is_none());
}

#[test]
fn the_flyout_goes_when_a_drag_leaves_it() {
    let mut window = main_window(COMPACT);
    window.click(Point::new(31.0, 85.0));
    window.carry(Point::new(200.0, 120.0), Point::new(250.0, 140.0));
    assert_eq!(
        window.app().shared.overlay,
        Some(Overlay::Rail(Family::Bluetooth))
    );
    window.picture("flyout-carried");
    window.point(Point::new(700.0, 220.0));
    assert_eq!(window.app().shared.overlay, None);
    assert!(window.app().shared.drag.is_some());
    window.picture("flyout-left");
}

#[test]
fn a_row_dropped_on_the_first_run_page_makes_the_first_zone() {
    let card = Point::new(1220.0, 400.0);
    for from in [FIRST_ROW, Point::new(850.0, 306.0)] {
        let mut window = Window::new(Stage::first_run(WIDE));
        window.carry(from, card);
        window.picture("welcome-carried");
        window.release();
        let Some(Command::Edit(edit)) = window.sent().pop() else {
            panic!("nothing was sent");
        };
        let mut rig = Rig::default();
        let _said = inphase::rig::edit::apply(&mut rig, &edit).unwrap();
        assert_eq!(rig.zones[0].speakers, ["jbl-flip-6"]);
        assert!(window.app().shared.drag.is_none());
    }
}

#[test]
fn the_first_run_page_waits_until_the_engine_has_told_that_nothing_is_set_up() {
    let stage = Stage::new(Rig::default(), Snapshot::default(), Vec::new(), WIDE);
    let mut window = Window::new(stage);
    assert!(!window.app().shared.is_first_run());
    window.wait(100);
    assert!(window.app().shared.is_first_run());
    assert!(window.app().shared.regions.dock.height == 0.0);
    window.picture("welcome-no-devices");
}
