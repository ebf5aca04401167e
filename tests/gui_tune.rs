//! The inspector and the Tune strip: what is dragged, pressed and typed there
//! becomes edits, and pictures of every state in `target/screens`.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::keyboard::{self, Key, Modifiers, key::Named};
use iced::{Event, Point, Rectangle, Size, mouse};
use inphase::engine::Command;
use inphase::gui::action::Selection;
use inphase::gui::app::Message;
use inphase::gui::focus::{FocusId, Region};
use inphase::gui::keys::Press;
use inphase::gui::prefs::Unit;
use inphase::gui::stage::Stage;
use inphase::rig::edit::Edit;
use inphase::rig::history::History;
use inphase::rig::{Rig, Target};
use window::{COMPACT, WIDE, Window, pictures};

/// As high as the whole page of a speaker.
const TALL: Size = Size::new(1440.0, 1200.0);

fn selecting(stage: Stage, selection: Selection) -> Window {
    let mut window = Window::new(stage);
    window.stage.app.shared.selection = selection;
    window.wait(100);
    let _begun = window.sent();
    window
}

/// A window with the left tower selected; its trim is 180 µs.
fn tuned(size: Size) -> Window {
    selecting(Stage::main(size), Selection::Speaker("left-tower".into()))
}

fn on_zone(size: Size) -> Window {
    selecting(Stage::main(size), Selection::Zone("living-room".into()))
}

fn on_source(size: Size) -> Window {
    selecting(Stage::main(size), Selection::Source)
}

fn place(window: &mut Window, item: &str) -> Rectangle {
    let id = FocusId::new(Region::Inspector, item).to_string();
    let found = window.find(Box::leak(id.into_boxed_str()));
    found.unwrap_or_else(|| panic!("{item} is not there"))
}

fn center(window: &mut Window, item: &str) -> Point {
    place(window, item).center()
}

fn click(window: &mut Window, item: &str) {
    let at = center(window, item);
    window.click(at);
}

fn focus(window: &mut Window, item: &str) {
    window.stage.app.shared.focus = Some(FocusId::new(Region::Inspector, item));
}

fn modifiers(window: &mut Window, held: Modifiers) {
    window.feed(&[Event::Keyboard(keyboard::Event::ModifiersChanged(held))]);
}

/// The values of all held edits of one field, as written.
fn held(commands: &[Command], path: &str) -> Vec<(u64, String)> {
    let of = |command: &Command| match command {
        Command::Hold {
            edit: Edit::Set { path: of, value },
            gesture,
        } if of == path => Some((*gesture, value.clone())),
        _ => None,
    };
    commands.iter().filter_map(of).collect()
}

fn trims(commands: &[Command]) -> Vec<(u64, i64)> {
    let values = held(commands, "speakers.left-tower.trim").into_iter();
    values
        .map(|(gesture, text)| (gesture, text.trim_end_matches("us").parse().unwrap()))
        .collect()
}

fn edits(commands: &[Command]) -> Vec<(String, String)> {
    let of = |command: &Command| match command {
        Command::Edit(Edit::Set { path, value }) => Some((path.clone(), value.clone())),
        _ => None,
    };
    commands.iter().filter_map(of).collect()
}

fn set(path: &str, value: &str) -> Vec<(String, String)> {
    vec![(path.into(), value.into())]
}

/// What a running engine would do with the commands.
fn carry_out(commands: &[Command], history: &mut History) {
    for command in commands {
        let _said = match command {
            Command::Hold { edit, gesture } => history.apply(edit, Some(*gesture)).unwrap(),
            Command::Edit(edit) => history.apply(edit, None).unwrap(),
            _ => String::new(),
        };
    }
}

fn show(window: &mut Window, rig: &Rig) {
    let _old = window.stage.ends.rigs.send_replace(Arc::new(rig.clone()));
    window.wait(50);
}

fn steps_back(history: &mut History) -> usize {
    std::iter::from_fn(|| history.undo()).count()
}

/// Microseconds for a pixel on the fine slider.
fn fine_per_pixel(track: Rectangle) -> f64 {
    1000.0 / f64::from(track.width - 20.0)
}

#[test]
fn dragging_the_fine_slider_sends_one_gesture_that_ends_where_the_hand_ends() {
    for size in [TALL, COMPACT] {
        let mut window = tuned(size);
        let track = place(&mut window, "fine");
        let from = Point::new(track.x + 0.68 * track.width, track.center_y());
        window.drag(from, from + iced::Vector::new(30.0, 0.0));
        let sent = trims(&window.sent());
        assert!(sent.len() >= 2, "{sent:?}");
        assert!(sent.iter().all(|(gesture, _)| *gesture == sent[0].0));
        let wanted = 180.0 + 30.0 * fine_per_pixel(track);
        assert!(
            (sent.last().unwrap().1 as f64 - wanted).abs() <= 1.0,
            "{sent:?} {wanted}"
        );
        // The first value does not wait for the end of the gesture.
        assert!(sent[0].1 > 180 && (sent[0].1 as f64) < wanted);
    }
}

#[test]
fn pressing_a_track_never_jumps() {
    for (item, size) in [
        ("coarse", TALL),
        ("fine", TALL),
        ("gain", TALL),
        ("fine", COMPACT),
    ] {
        let mut window = tuned(size);
        let track = place(&mut window, item);
        for part in [0.05, 0.5, 0.95] {
            window.click(Point::new(track.x + part * track.width, track.center_y()));
            // Far enough apart that this is no double click.
            window.click(Point::new(
                track.x + (part - 0.04) * track.width,
                track.center_y(),
            ));
        }
        assert_eq!(window.sent(), [], "{item}");
    }
}

#[test]
fn a_drag_that_starts_beside_the_handle_moves_it_by_the_same_way() {
    let mut window = tuned(TALL);
    let track = place(&mut window, "fine");
    let from = Point::new(track.x + 20.0, track.center_y());
    window.drag(from, from + iced::Vector::new(10.0, 0.0));
    let last = trims(&window.sent()).last().unwrap().1 as f64;
    assert!((last - 180.0 - 10.0 * fine_per_pixel(track)).abs() <= 1.0);
}

#[test]
fn shift_slows_the_handle_to_a_tenth() {
    let mut window = tuned(TALL);
    let track = place(&mut window, "fine");
    modifiers(&mut window, Modifiers::SHIFT);
    let from = track.center();
    window.drag(from, from + iced::Vector::new(60.0, 0.0));
    let last = trims(&window.sent()).last().unwrap().1 as f64;
    assert!(
        (last - 180.0 - 6.0 * fine_per_pixel(track)).abs() <= 1.0,
        "{last}"
    );
}

#[test]
fn a_double_click_and_delete_take_the_trim_away() {
    let mut window = tuned(TALL);
    let at = center(&mut window, "coarse");
    window.point(at);
    let press = Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left));
    let release = Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left));
    window.feed(&[press.clone(), release.clone(), press, release]);
    assert_eq!(trims(&window.sent()).last().unwrap().1, 0);

    let mut window = tuned(TALL);
    focus(&mut window, "fine");
    window.named(Named::Delete);
    assert_eq!(trims(&window.sent()).last().unwrap().1, 0);
}

#[test]
fn keys_move_the_slider_that_has_the_keyboard() {
    for item in ["coarse", "fine"] {
        let mut window = tuned(COMPACT);
        focus(&mut window, item);
        let plain = Modifiers::default();
        let mut wanted = 180;
        for (key, held, step) in [
            (Named::ArrowRight, plain, 10),
            (Named::ArrowUp, plain, 10),
            (Named::ArrowLeft, plain, -10),
            (Named::ArrowRight, Modifiers::SHIFT, 1),
            (Named::ArrowLeft, Modifiers::CTRL, -100),
            (Named::PageUp, plain, 1000),
            (Named::PageDown, plain, -1000),
        ] {
            window.key(key, held);
            wanted += step;
            assert_eq!(
                trims(&window.sent()).last().unwrap().1,
                wanted,
                "{item} {key:?}"
            );
        }
    }
}

#[test]
fn the_wheel_turns_only_with_control_or_the_keyboard() {
    let mut window = tuned(TALL);
    let at = center(&mut window, "fine");
    window.point(at);
    let wheel = Event::Mouse(mouse::Event::WheelScrolled {
        delta: mouse::ScrollDelta::Lines { x: 0.0, y: 1.0 },
    });
    window.feed(std::slice::from_ref(&wheel));
    assert_eq!(window.sent(), []);
    modifiers(&mut window, Modifiers::CTRL);
    window.feed(std::slice::from_ref(&wheel));
    assert_eq!(trims(&window.sent()).last().unwrap().1, 190);
}

#[test]
fn a_number_is_typed_in_each_unit_and_a_written_unit_wins() {
    for (unit, text, us) in [
        (Unit::Ms, "3.2", 3200),
        (Unit::Ms, "3,2", 3200),
        (Unit::Ms, "-3.2", -3200),
        (Unit::Us, "250", 250),
        (Unit::Cm, "62", 1807),
        (Unit::Us, "1.5ms", 1500),
        (Unit::Ms, "62 cm", 1807),
        (Unit::Cm, "90us", 90),
    ] {
        for size in [TALL, COMPACT] {
            let mut window = tuned(size);
            window.stage.app.shared.prefs.unit = unit;
            let field = place(&mut window, "delay");
            window.click(Point::new(field.x + 20.0, field.center_y()));
            window.typewrite(text);
            assert_eq!(window.sent(), [], "nothing before Enter");
            window.named(Named::Enter);
            let sent = trims(&window.sent());
            assert_eq!(sent.len(), 1, "{text} {unit:?}");
            assert!((sent[0].1 - us).abs() <= 1, "{text} {unit:?} {sent:?}");
        }
    }
}

#[test]
fn a_number_out_of_range_is_refused_and_escape_brings_the_old_one_back() {
    let mut window = tuned(TALL);
    click(&mut window, "delay");
    window.typewrite("412");
    window.named(Named::Enter);
    assert_eq!(window.sent(), []);
    window.named(Named::Escape);
    window.named(Named::Enter);
    window.named(Named::Enter);
    assert_eq!(window.sent(), [], "nothing was typed");
    window.named(Named::Enter);
    window.typewrite("7");
    window.named(Named::Enter);
    assert_eq!(trims(&window.sent())[0].1, 7000);
}

#[test]
fn a_refused_number_can_be_put_right_where_it_stands() {
    for size in [TALL, COMPACT] {
        let mut window = tuned(size);
        click(&mut window, "delay");
        window.typewrite("412");
        window.named(Named::Enter);
        window.named(Named::Backspace);
        window.named(Named::Backspace);
        window.typewrite("2,5");
        window.named(Named::Enter);
        assert_eq!(trims(&window.sent())[0].1, 42_500);
    }
}

#[test]
fn going_elsewhere_takes_what_was_typed() {
    let mut window = tuned(TALL);
    click(&mut window, "delay");
    window.typewrite("2");
    window.named(Named::Tab);
    window.wait(50);
    assert_eq!(trims(&window.sent())[0].1, 2000);

    let mut window = tuned(TALL);
    click(&mut window, "distance");
    window.typewrite("10 ft");
    click(&mut window, "delay");
    let sent = held(&window.sent(), "speakers.left-tower.distance");
    assert_eq!(sent[0].1, "3.048 m");
}

#[test]
fn a_step_button_steps_at_once_and_again_while_it_is_held() {
    for size in [TALL, COMPACT] {
        let mut window = tuned(size);
        let at = center(&mut window, "step10");
        window.press(at);
        assert_eq!(trims(&window.sent())[0].1, 190);
        let frame = |ms| {
            Event::Window(iced::window::Event::RedrawRequested(
                Instant::now() + Duration::from_secs(60) + Duration::from_millis(ms),
            ))
        };
        for ms in [0, 300, 410, 500, 540] {
            window.feed(&[frame(ms)]);
        }
        let sent = trims(&window.sent());
        assert_eq!(sent.iter().map(|of| of.1).collect::<Vec<_>>(), [200, 210]);
        window.release();
        window.click(at);
        let next = trims(&window.sent());
        assert_eq!(next[0].1, 220);
        assert_ne!(next[0].0, sent[0].0, "another press is another gesture");
    }
}

#[test]
fn a_gesture_is_one_step_back() {
    let mut window = tuned(TALL);
    let mut history = History::new(Rig::clone(&window.app().shared.link.rig));
    let track = place(&mut window, "fine");
    let from = track.center();
    window.drag(from, from + iced::Vector::new(25.0, 0.0));
    window.drag(from, from - iced::Vector::new(40.0, 0.0));
    click(&mut window, "step100");
    click(&mut window, "step-1000");
    focus(&mut window, "coarse");
    window.named(Named::ArrowRight);
    let gain = center(&mut window, "gain");
    window.drag(gain, gain + iced::Vector::new(15.0, 0.0));
    let sent = window.sent();
    assert!(sent.len() > 6);
    carry_out(&sent, &mut history);
    assert_eq!(steps_back(&mut history), 6);
}

#[test]
fn the_number_follows_the_hand_before_the_engine_answers() {
    let mut window = tuned(TALL);
    click(&mut window, "step1000");
    click(&mut window, "step1000");
    let sent = window.sent();
    assert_eq!(trims(&sent).last().unwrap().1, 2180);
    let mut history = History::new(Rig::clone(&window.app().shared.link.rig));
    carry_out(&sent, &mut history);
    show(&mut window, &history.rig().clone());
    let _undone = history.undo().unwrap();
    show(&mut window, &history.rig().clone());
    click(&mut window, "step10");
    assert_eq!(trims(&window.sent())[0].1, 1190, "undo is not held up");
}

#[test]
fn switches_become_edits_by_mouse_and_by_key() {
    for (item, path, value) in [
        ("mute", "speakers.left-tower.mute", "on"),
        ("solo", "speakers.left-tower.solo", "on"),
        ("polarity", "speakers.left-tower.polarity", "inverted"),
    ] {
        let mut window = tuned(TALL);
        click(&mut window, item);
        assert_eq!(edits(&window.sent()), set(path, value));
        focus(&mut window, item);
        window.named(Named::Space);
        assert_eq!(edits(&window.sent()), set(path, value));
    }
    let mut window = tuned(TALL);
    click(&mut window, "identify");
    assert_eq!(window.sent(), [Command::Identify("left-tower".into())]);
    focus(&mut window, "plays");
    window.named(Named::ArrowRight);
    assert_eq!(
        edits(&window.sent()),
        set("speakers.left-tower.role", "right")
    );
}

#[test]
fn a_role_is_chosen_by_its_segment_in_both_layouts() {
    for size in [TALL, COMPACT] {
        let mut window = tuned(size);
        let switch = place(&mut window, "plays");
        window.click(Point::new(switch.x + 45.0, switch.center_y()));
        assert_eq!(
            edits(&window.sent()),
            set("speakers.left-tower.role", "right")
        );
    }
}

#[test]
fn gain_and_distance_become_edits() {
    for size in [TALL, COMPACT] {
        let mut window = tuned(size);
        focus(&mut window, "gain");
        window.named(Named::ArrowLeft);
        let gains = held(&window.sent(), "speakers.left-tower.gain");
        assert_eq!(gains.last().unwrap().1, "-2 dB");
        click(&mut window, "gainnumber");
        window.typewrite("-12");
        window.named(Named::Enter);
        let gains = held(&window.sent(), "speakers.left-tower.gain");
        assert_eq!(gains.last().unwrap().1, "-12 dB");
        click(&mut window, "distance");
        window.typewrite("3,4");
        window.named(Named::Enter);
        let distances = held(&window.sent(), "speakers.left-tower.distance");
        assert_eq!(distances.last().unwrap().1, "3.4 m");
    }
}

#[test]
fn renaming_is_one_edit_and_an_empty_name_is_refused() {
    let mut window = tuned(TALL);
    click(&mut window, "name");
    window.typewrite("Küche");
    window.named(Named::Enter);
    assert_eq!(
        edits(&window.sent()),
        set("speakers.left-tower.name", "Küche")
    );
    click(&mut window, "name");
    window.typewrite("   ");
    window.named(Named::Enter);
    assert_eq!(window.sent(), []);
}

#[test]
fn the_compare_key_lets_the_other_one_be_heard_while_it_is_held() {
    let mut window = tuned(WIDE);
    let key = |down: bool| {
        let key = Key::Character("c".into());
        let physical_key =
            keyboard::key::Physical::Unidentified(keyboard::key::NativeCode::Unidentified);
        let location = keyboard::Location::Standard;
        let modifiers = Modifiers::default();
        Event::Keyboard(if down {
            keyboard::Event::KeyPressed {
                key: key.clone(),
                modified_key: key,
                physical_key,
                location,
                modifiers,
                text: Some("c".into()),
                repeat: false,
            }
        } else {
            keyboard::Event::KeyReleased {
                key: key.clone(),
                modified_key: key,
                physical_key,
                location,
                modifiers,
            }
        })
    };
    let without = Command::Compare(Some("left-tower".into()));
    window.feed(&[key(true)]);
    assert_eq!(window.sent(), std::slice::from_ref(&without));
    window.feed(&[key(false)]);
    assert_eq!(window.sent(), [Command::Compare(None)]);

    window.stage.snapshot.comparing = Some("left-tower".into());
    window.wait(50);
    window.feed(&[key(true)]);
    assert_eq!(window.sent(), [Command::Compare(None)]);
    window.feed(&[key(false)]);
    assert_eq!(window.sent(), [without]);
    // Who turns the trim wants to hear it.
    focus(&mut window, "fine");
    window.named(Named::ArrowRight);
    assert!(window.sent().contains(&Command::Compare(None)));
}

#[test]
fn a_comparison_is_renewed_until_its_key_or_the_window_is_left() {
    let mut window = tuned(WIDE);
    let without = Command::Compare(Some("left-tower".into()));
    let c = Key::Character("c".into());
    let press = Press::of(c, Modifiers::default());
    window.message(Message::Key(press));
    window.stage.snapshot.comparing = Some("left-tower".into());
    window.wait(9_900);
    assert_eq!(window.sent(), std::slice::from_ref(&without));
    window.wait(15_000);
    assert_eq!(window.sent(), [without.clone(), without.clone()]);
    window.message(Message::Unfocused);
    assert_eq!(window.sent(), [Command::Compare(None)]);
    window.wait(11_000);
    assert_eq!(window.sent(), []);
}

#[test]
fn a_minus_is_shown_as_everywhere_else_while_a_number_is_written() {
    let mut window = tuned(TALL);
    click(&mut window, "delay");
    window.typewrite("-1.5");
    assert!(window.shows("−1.5"));
}

#[test]
fn a_lost_speaker_can_be_looked_for_and_taken_out() {
    for size in [WIDE, COMPACT] {
        let mut window = tuned(size);
        window.stage.lose("left-tower");
        window.wait(6000);
        click(&mut window, "retry");
        assert_eq!(window.sent(), [Command::Rescan]);
        click(&mut window, "takeout");
        let Command::Edit(Edit::MoveSpeaker { speaker, zone, .. }) = &window.sent()[0] else {
            panic!("not moved");
        };
        assert_eq!((speaker.as_str(), zone), ("left-tower", &None));
    }
}

#[test]
fn a_zone_is_set_by_its_controls() {
    for size in [TALL, COMPACT] {
        let mut window = on_zone(size);
        click(&mut window, "mute");
        assert_eq!(edits(&window.sent()), set("zones.living-room.mute", "on"));
        focus(&mut window, "timing");
        window.named(Named::ArrowRight);
        assert_eq!(
            edits(&window.sent()),
            set("zones.living-room.timing", "own")
        );
        click(&mut window, "crossover");
        window.typewrite("95");
        window.named(Named::Enter);
        let crossovers = held(&window.sent(), "zones.living-room.crossover");
        assert_eq!(crossovers[0].1, "95 Hz");
        focus(&mut window, "gain");
        window.named(Named::ArrowRight);
        assert_eq!(
            held(&window.sent(), "zones.living-room.gain")[0].1,
            "-3.5 dB"
        );
        click(&mut window, "removezone");
        let removed = Command::Edit(Edit::RemoveZone("living-room".into()));
        assert_eq!(window.sent(), [removed]);
        assert_eq!(window.app().shared.selection, Selection::Nothing);
    }
}

#[test]
fn a_member_of_a_zone_is_selected_by_a_click() {
    let mut window = on_zone(TALL);
    click(&mut window, "member-2");
    let selected = window.app().shared.selection.clone();
    assert_eq!(selected, Selection::Speaker("sub".into()));
}

#[test]
fn the_source_is_played_and_its_latency_fixed() {
    for size in [TALL, COMPACT] {
        let mut window = on_source(size);
        click(&mut window, "play");
        click(&mut window, "stop");
        assert_eq!(window.sent(), [Command::Pause, Command::Stop]);
        focus(&mut window, "target");
        window.named(Named::ArrowRight);
        assert_eq!(edits(&window.sent()), set("settings.target", "24 ms"));
        let mut rig = Rig::clone(&window.app().shared.link.rig);
        rig.settings.target = Target::FixedMs(24.0);
        show(&mut window, &rig);
        click(&mut window, "targetms");
        window.typewrite("60");
        window.named(Named::Enter);
        assert_eq!(held(&window.sent(), "settings.target")[0].1, "60 ms");
        click(&mut window, "period");
        window.typewrite("12");
        window.named(Named::Enter);
        assert_eq!(window.sent(), [], "12 frames are too few");
    }
}

#[test]
fn everything_that_tab_reaches_is_there_to_be_clicked() {
    for size in [TALL, COMPACT] {
        for make in [tuned, on_zone, on_source] {
            let mut window = make(size);
            let inspector = &window.app().parts.inspector;
            let ids = inspector.focusables(&window.app().shared);
            assert!(ids.len() >= 4);
            let mut seen = std::collections::HashSet::new();
            for id in ids {
                assert!(seen.insert(id.to_string()), "{id} twice");
                let area = place(&mut window, id.item());
                assert!(area.width >= 20.0 && area.height >= 20.0, "{id} {area:?}");
            }
        }
    }
}

#[test]
fn the_page_scrolls_to_the_control_that_has_the_keyboard() {
    let mut window = tuned(Size::new(1280.0, 800.0)).with_tasks();
    window.stage.lose("left-tower");
    window.wait(100);
    let page = window.app().shared.regions.inspector;
    let all = {
        let inspector = &window.app().parts.inspector;
        inspector.focusables(&window.app().shared)
    };
    focus(&mut window, "name");
    for id in &all[1..] {
        window.named(Named::Tab);
        assert_eq!(window.app().shared.focus.as_ref(), Some(id));
        let area = place(&mut window, id.item());
        assert!(
            area.y >= page.y && area.y + area.height <= page.y + page.height,
            "{id}"
        );
        assert!(area.height >= 20.0, "{id} {area:?}");
    }
}

#[test]
fn nothing_selected_has_nothing_to_focus() {
    let window = selecting(Stage::main(WIDE), Selection::Nothing);
    let inspector = &window.app().parts.inspector;
    assert!(inspector.focusables(&window.app().shared).is_empty());
    let gone = selecting(Stage::main(WIDE), Selection::Speaker("gone".into()));
    let inspector = &gone.app().parts.inspector;
    assert!(inspector.focusables(&gone.app().shared).is_empty());
}

#[test]
fn pictures_of_what_is_selected() {
    pictures("tune-speaker", tuned);
    pictures("tune-zone", on_zone);
    pictures("tune-source", on_source);
    pictures("tune-nothing", |size| {
        selecting(Stage::main(size), Selection::Nothing)
    });
    pictures("tune-lost", |size| {
        let mut window = tuned(size);
        window.stage.lose("left-tower");
        window.wait(6000);
        window
    });
}

#[test]
fn pictures_of_a_hand_at_work() {
    pictures("tune-editing", |size| {
        let mut window = tuned(size);
        click(&mut window, "delay");
        window.typewrite("-3.2");
        window
    });
    pictures("tune-refused", |size| {
        let mut window = tuned(size);
        click(&mut window, "delay");
        window.typewrite("412");
        window.named(Named::Enter);
        window
    });
    pictures("tune-dragging", |size| {
        let mut window = tuned(size);
        let track = place(&mut window, "fine");
        let from = Point::new(track.x + 0.68 * track.width, track.center_y());
        window.carry(from, from + iced::Vector::new(30.0, 0.0));
        window.wait(50);
        window
    });
    pictures("tune-switched", |size| {
        let mut window = tuned(size);
        let mut rig = Rig::clone(&window.app().shared.link.rig);
        let speaker = &mut rig.speakers[0];
        (speaker.muted, speaker.solo, speaker.inverted) = (true, true, true);
        speaker.role = inphase::rig::Role::Fl;
        speaker.trim_us = -120_345;
        show(&mut window, &rig);
        focus(&mut window, "coarse");
        window
    });
}

const LONG: [(&str, &str); 3] = [
    (
        "mixed",
        "👩‍👩‍👧‍👦 Küchenlautsprecher über dem Kühlschrank ganz links",
    ),
    (
        "right-to-left",
        "مكبر الصوت في غرفة المعيشة الكبيرة الجديدة",
    ),
    ("wide", "キッチンのスピーカーと居間のスピーカーと寝室"),
];

#[test]
fn pictures_of_long_names() {
    for (what, name) in LONG {
        pictures(&format!("tune-long-{what}"), |size| {
            let mut window = tuned(size);
            let mut rig = Rig::clone(&window.app().shared.link.rig);
            rig.speakers[0].name = name.into();
            // In the rail: how the graph draws names is the graph's matter.
            let _placed = rig.zones[0].speakers.remove(0);
            show(&mut window, &rig);
            window
        });
    }
}
