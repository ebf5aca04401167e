//! The graph and dragging: what a hand, a key or a tap does reaches the engine
//! as the right edit, and what is drawn never overlaps. Pictures are written to
//! `target/screens`.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use iced::keyboard::key::Named;
use iced::{Event, Point, Rectangle, Size, Vector, mouse};
use inphase::devices::DeviceInfo;
use inphase::engine::snapshot::{Health, OffsetSource};
use inphase::engine::{Command, Snapshot};
use inphase::gui::action::Selection;
use inphase::gui::app::Message;
use inphase::gui::drag::{Hand, Landing, Payload, Step, headline};
use inphase::gui::graph::layout::{Layout, Shape};
use inphase::gui::graph::metrics::{Metrics, node_parts};
use inphase::gui::graph::needle::place as on_the_bar;
use inphase::gui::graph::walk;
use inphase::gui::prefs::Motion;
use inphase::gui::stage::{self, Stage};
use inphase::rig::edit::{Edit, apply};
use inphase::rig::plan::{Cost, GroupId};
use inphase::rig::{Output, Rig, Role, Speaker, Timing, Zone};
use inphase::sync::time::Nanos;
use proptest::prelude::*;
use window::{COMPACT, WIDE, Window, pictures};

fn main_window() -> Window {
    Window::new(Stage::main(WIDE))
}

fn node(window: &Window, id: &str) -> Rectangle {
    place(window, &walk::node_id(id))
}

fn header(window: &Window, id: &str) -> Point {
    let area = place(window, &walk::zone_id(id));
    Point::new(area.x + 40.0, area.y + 20.0)
}

fn place(window: &Window, id: &inphase::gui::focus::FocusId) -> Rectangle {
    let shared = &window.app().shared;
    let graph = &window.app().parts.graph;
    let area = walk::area(id, &shared.scene, &graph.layout(shared)).unwrap();
    graph.in_window(area, shared)
}

fn zone(window: &Window, index: usize) -> Rectangle {
    let shared = &window.app().shared;
    let graph = &window.app().parts.graph;
    graph.in_window(graph.layout(shared).zones[index].area, shared)
}

fn edits(window: &mut Window) -> Vec<Edit> {
    let sent = window.sent().into_iter();
    let edits = sent.filter_map(|command| match command {
        Command::Edit(edit) => Some(edit),
        _ => None,
    });
    edits.collect()
}

fn moved(speaker: &str, zone: Option<&str>, index: usize) -> Edit {
    Edit::MoveSpeaker {
        speaker: speaker.into(),
        zone: zone.map(Into::into),
        index,
    }
}

fn focus(window: &mut Window, id: inphase::gui::focus::FocusId) {
    window.stage.app.shared.focus = Some(id);
}

/// What the planner would answer if joining raised everybody to 190 ms.
fn raised(zone: &str) -> Step {
    let cost = |group, before: Option<i64>, after: i64| Cost {
        group,
        before: before.map(|ms| Nanos(ms * 1_000_000)),
        after: Some(Nanos(after * 1_000_000)),
    };
    let in_sync = vec![cost(GroupId::InSync, Some(24), 190)];
    let own = vec![
        cost(GroupId::InSync, Some(24), 24),
        cost(GroupId::Own(zone.into()), None, 190),
    ];
    Step::Costed(zone.into(), Ok((in_sync, own)))
}

#[test]
fn a_node_dragged_into_another_zone_moves_there() {
    let mut window = main_window();
    let from = node(&window, "sub").center();
    let below = node(&window, "shelf-left");
    window.drag(
        from,
        Point::new(below.center_x(), below.y + below.height - 6.0),
    );
    assert_eq!(edits(&mut window), [moved("sub", Some("kitchen"), 1)]);
    assert!(window.app().shared.drag.is_none());
}

#[test]
fn a_node_dragged_inside_its_zone_changes_its_place() {
    let mut window = main_window();
    let from = node(&window, "tv-bar").center();
    let first = node(&window, "left-tower");
    window.drag(from, Point::new(first.center_x(), first.y + 4.0));
    assert_eq!(
        edits(&mut window),
        [moved("tv-bar", Some("living-room"), 0)]
    );
}

#[test]
fn a_node_let_go_where_it_was_changes_nothing() {
    let mut window = main_window();
    let from = node(&window, "right-tower").center();
    window.drag(from, from + Vector::new(9.0, 9.0));
    assert_eq!(edits(&mut window), []);
}

#[test]
fn a_node_dragged_to_the_rail_leaves_its_zone() {
    let mut window = main_window();
    let from = node(&window, "sub").center();
    window.drag(from, Point::new(100.0, 500.0));
    assert_eq!(edits(&mut window), [moved("sub", None, 0)]);
}

#[test]
fn a_node_dragged_outside_goes_back() {
    let mut window = main_window();
    let from = node(&window, "sub").center();
    window.drag(from, Point::new(1300.0, 500.0));
    assert_eq!(edits(&mut window), []);
    assert!(window.app().shared.drag.is_none());
}

#[test]
fn escape_ends_a_drag_without_a_change() {
    let mut window = main_window();
    let from = node(&window, "sub").center();
    let to = node(&window, "shelf-left").center();
    window.carry(from, to);
    assert!(window.app().shared.drag.is_some());
    window.named(Named::Escape);
    window.release();
    assert_eq!(edits(&mut window), []);
}

#[test]
fn less_than_six_pixels_is_a_click_and_selects() {
    let mut window = main_window();
    let at = node(&window, "sub").center();
    window.drag(at, at + Vector::new(3.0, 2.0));
    assert_eq!(
        window.app().shared.selection,
        Selection::Speaker("sub".into())
    );
    let at = header(&window, "kitchen");
    window.click(at);
    assert_eq!(
        window.app().shared.selection,
        Selection::Zone("kitchen".into())
    );
    assert_eq!(edits(&mut window), []);
}

#[test]
fn a_zone_dragged_by_its_header_changes_the_order() {
    let mut window = main_window();
    let from = header(&window, "living-room");
    let last = zone(&window, 2);
    window.drag(from, Point::new(last.center_x() + 20.0, last.y + 40.0));
    assert_eq!(
        edits(&mut window),
        [Edit::MoveZone {
            zone: "living-room".into(),
            index: 2
        }]
    );
}

#[test]
fn a_device_dropped_becomes_a_speaker_in_one_edit() {
    let mut window = main_window();
    let at = Point::new(60.0, 300.0);
    let hand = Hand::Pointer {
        at,
        grab: Vector::new(20.0, 20.0),
    };
    window.message(Message::Drag(Step::Begin(
        Payload::Device("room:flip-6".into()),
        hand,
    )));
    window.point(zone(&window, 2).center());
    window.release();
    let edits = edits(&mut window);
    let [Edit::All(parts)] = &edits[..] else {
        panic!("{edits:?}");
    };
    let [Edit::AddSpeaker(speaker), last] = &parts[..] else {
        panic!("{parts:?}");
    };
    assert_eq!(speaker.name, "JBL Flip 6");
    assert_eq!(speaker.output.device, "room:flip-6");
    assert_eq!((speaker.role, speaker.slot), (Role::Stereo, 7));
    assert_eq!(*last, moved(&speaker.id, Some("patio"), 0));
    let mut rig = stage::rig();
    let _said = apply(&mut rig, &edits[0]).unwrap();
    assert_eq!(rig.zone("patio").unwrap().speakers.len(), 1);
    assert_eq!(
        window.app().shared.selection,
        Selection::Speaker(speaker.id.clone())
    );
}

fn carry_flip(window: &mut Window) {
    let hand = Hand::Pointer {
        at: Point::new(60.0, 200.0),
        grab: Vector::new(214.0, 46.0),
    };
    window.message(Message::Drag(Step::Begin(
        Payload::Device("room:flip-6".into()),
        hand,
    )));
    window.point(zone(window, 2).center());
    window.message(Message::Drag(raised("patio")));
}

#[test]
fn a_drop_that_slows_everybody_down_offers_two_slots() {
    for (slot, expected) in [(0.25, None), (0.9, Some("own"))] {
        let mut window = main_window();
        carry_flip(&mut window);
        let area = zone(&window, 2);
        window.point(Point::new(area.center_x(), area.y + area.height * slot));
        let shared = &window.app().shared;
        let said = headline(shared.drag.as_ref().unwrap(), shared).unwrap();
        assert_eq!(said.title, "Drop to join Patio");
        assert_eq!(said.count.as_deref(), Some("7 of 7"));
        let latency = if expected.is_some() {
            "latency 190 ms here"
        } else {
            "latency 24 → 190 ms"
        };
        assert_eq!(said.latency.as_deref(), Some(latency));
        window.release();
        let edits = edits(&mut window);
        let [Edit::All(parts)] = &edits[..] else {
            panic!("{edits:?}");
        };
        let timing = expected.map(|timing| Edit::set("zones.patio.timing", timing));
        assert_eq!(parts.get(2), timing.as_ref());
    }
}

#[test]
fn a_device_that_is_not_there_is_refused_with_a_sentence() {
    for (device, sentence) in [
        (
            "room:bedroom-pi",
            "Bedroom Pi is offline. Switch it on, then scan.",
        ),
        ("room:boom-3", "UE Boom 3 is not paired yet. Pair it first."),
    ] {
        let mut window = main_window();
        let payload = Payload::Device(device.into());
        window.message(Message::Drag(Step::Begin(payload, Hand::Keyboard)));
        assert!(window.app().shared.drag.is_none());
        assert_eq!(window.app().toast.text(), Some(sentence));
    }
}

#[test]
fn arrows_carry_a_node_to_another_zone_and_enter_drops_it() {
    let mut window = main_window();
    focus(&mut window, walk::node_id("sub"));
    window.named(Named::Enter);
    window.named(Named::ArrowRight);
    window.named(Named::ArrowUp);
    window.named(Named::Enter);
    assert_eq!(edits(&mut window), [moved("sub", Some("kitchen"), 1)]);
    assert_eq!(window.app().shared.focus, Some(walk::node_id("sub")));
}

#[test]
fn arrows_reorder_a_node_and_a_zone_and_take_a_node_out() {
    let mut window = main_window();
    focus(&mut window, walk::node_id("left-tower"));
    window.named(Named::Space);
    window.named(Named::ArrowDown);
    window.named(Named::Space);
    assert_eq!(
        edits(&mut window),
        [moved("left-tower", Some("living-room"), 1)]
    );
    focus(&mut window, walk::node_id("sub"));
    window.named(Named::Enter);
    window.named(Named::ArrowLeft);
    window.named(Named::Enter);
    assert_eq!(edits(&mut window), [moved("sub", None, 0)]);
    focus(&mut window, walk::zone_id("kitchen"));
    window.named(Named::Enter);
    window.named(Named::ArrowLeft);
    window.named(Named::Enter);
    assert_eq!(
        edits(&mut window),
        [Edit::MoveZone {
            zone: "kitchen".into(),
            index: 0
        }]
    );
}

#[test]
fn the_keyboard_reaches_the_slot_of_the_own_timing() {
    let mut window = main_window();
    let payload = Payload::Device("room:flip-6".into());
    window.message(Message::Drag(Step::Begin(payload, Hand::Keyboard)));
    window.named(Named::ArrowRight);
    window.named(Named::ArrowRight);
    window.message(Message::Drag(raised("patio")));
    window.named(Named::ArrowDown);
    window.named(Named::Enter);
    let edits = edits(&mut window);
    let [Edit::All(parts)] = &edits[..] else {
        panic!("{edits:?}");
    };
    assert_eq!(parts[2], Edit::set("zones.patio.timing", "own"));
}

#[test]
fn escape_ends_a_drag_by_keyboard_as_well() {
    let mut window = main_window();
    focus(&mut window, walk::node_id("sub"));
    window.named(Named::Enter);
    window.named(Named::ArrowRight);
    window.named(Named::Escape);
    assert!(window.app().shared.drag.is_none());
    assert_eq!(edits(&mut window), []);
}

#[test]
fn the_two_ways_to_join_a_full_zone_are_scrolled_into_view_and_told_above() {
    let mut window = main_window();
    let payload = Payload::Device("room:line-out-rear".into());
    window.message(Message::Drag(Step::Begin(payload, Hand::Keyboard)));
    window.message(Message::Drag(raised("living-room")));
    let bottom = |window: &Window| {
        let zone = zone(window, 0);
        zone.y + zone.height
    };
    let canvas = window.app().shared.regions.canvas;
    let end = canvas.y + canvas.height;
    assert!(bottom(&window) > end);
    window.wait(50);
    assert!(bottom(&window) <= end);
    assert!(window.shows("latency 24 → 190 ms"));
    window.picture("drag-full-zone");
}

#[test]
fn a_row_and_then_a_zone_tapped_is_a_drag() {
    let mut window = main_window();
    let payload = Payload::Device("room:line-out-rear".into());
    window.message(Message::Drag(Step::Begin(payload, Hand::Tap)));
    window.click(zone(&window, 1).center());
    assert_eq!(edits(&mut window), [], "the planner is asked first");
    let unchanged = Step::Costed("kitchen".into(), Ok((Vec::new(), Vec::new())));
    window.message(Message::Drag(unchanged));
    let edits = edits(&mut window);
    assert!(
        matches!(&edits[..], [Edit::All(parts)] if parts.len() == 2),
        "{edits:?}"
    );
    assert!(window.app().shared.drag.is_none());
}

#[test]
fn a_tap_beside_the_zones_puts_back() {
    let mut window = main_window();
    let payload = Payload::Device("room:line-out-rear".into());
    window.message(Message::Drag(Step::Begin(payload, Hand::Tap)));
    window.click(Point::new(1000.0, 550.0));
    assert!(window.app().shared.drag.is_none());
    assert_eq!(edits(&mut window), []);
}

#[test]
fn a_finger_that_rests_picks_up_and_one_that_moves_does_not() {
    use iced::{Event, touch};
    let finger = |event: fn(touch::Finger, Point) -> touch::Event, at| {
        Event::Touch(event(touch::Finger(1), at))
    };
    let down = |id, position| touch::Event::FingerPressed { id, position };
    let on = |id, position| touch::Event::FingerMoved { id, position };
    let mut window = main_window();
    let at = node(&window, "sub").center();
    window.point(at);
    window.feed(&[finger(down, at)]);
    window.point(at + Vector::new(0.0, 30.0));
    window.wait(400);
    assert!(window.app().shared.drag.is_none());
    let mut window = main_window();
    window.point(at);
    window.feed(&[finger(down, at)]);
    window.wait(400);
    assert!(window.app().shared.drag.is_some());
    let to = zone(&window, 1).center();
    window.point(to);
    window.feed(&[finger(on, to)]);
    window.feed(&[finger(
        |id, position| touch::Event::FingerLifted { id, position },
        to,
    )]);
    assert_eq!(edits(&mut window).len(), 1);
}

#[test]
fn arrows_walk_to_what_is_nearest() {
    let mut window = main_window();
    focus(&mut window, walk::node_id("left-tower"));
    for (key, expected) in [
        (Named::ArrowDown, walk::node_id("right-tower")),
        (Named::ArrowRight, walk::node_id("shelf-right")),
        (Named::ArrowUp, walk::node_id("shelf-left")),
        (Named::ArrowUp, walk::zone_id("kitchen")),
        (Named::ArrowUp, walk::source_id()),
    ] {
        window.named(key);
        assert_eq!(window.app().shared.focus, Some(expected));
    }
}

#[test]
fn the_buttons_undo_and_add_a_zone() {
    let mut window = main_window();
    window.stage.snapshot.undo = Some("Moved Sub to Kitchen.".into());
    window.stage.tell();
    focus(
        &mut window,
        inphase::gui::graph::furniture::Button::Undo.id(),
    );
    window.named(Named::Enter);
    assert_eq!(window.sent(), [Command::Undo]);
    focus(
        &mut window,
        inphase::gui::graph::furniture::Button::AddZone.id(),
    );
    window.named(Named::Enter);
    let edits = edits(&mut window);
    assert!(matches!(&edits[..], [Edit::AddZone(zone)] if zone.name == "Zone 4"));
}

#[test]
fn the_wheel_scrolls_no_further_than_the_graph_goes() {
    let mut window = Window::new(crowded(WIDE));
    let first = node(&window, "s0");
    window.point(Point::new(700.0, 400.0));
    let wheel = |y| {
        iced::Event::Mouse(mouse::Event::WheelScrolled {
            delta: mouse::ScrollDelta::Lines { x: 0.0, y },
        })
    };
    window.feed(&[wheel(-2.0)]);
    assert!((node(&window, "s0").y - first.y + 120.0).abs() < 1.0);
    for _ in 0..100 {
        window.feed(&[wheel(-5.0)]);
    }
    let last = node(&window, "s31");
    let canvas = window.app().shared.regions.canvas;
    assert!(last.y + last.height < canvas.y + canvas.height);
    assert!(last.y > canvas.y);
    for _ in 0..100 {
        window.feed(&[wheel(5.0)]);
    }
    assert_eq!(node(&window, "s0"), first);
}

#[test]
fn what_is_scrolled_looks_as_before_only_higher() {
    let mut window = Window::new(crowded(COMPACT));
    let canvas = window.app().shared.regions.canvas;
    let picture = |window: &mut Window| {
        let (size, rgba) = window.pixels();
        move |x: f32, y: f32| {
            let at = (y as usize * size.width as usize + x as usize) * 4;
            [rgba[at], rgba[at + 1], rgba[at + 2]]
        }
    };
    let before_at = zone(&window, 0).y;
    let before = picture(&mut window);
    window.point(canvas.center());
    window.feed(&[iced::Event::Mouse(mouse::Event::WheelScrolled {
        delta: mouse::ScrollDelta::Pixels { x: 0.0, y: -60.0 },
    })]);
    let by = before_at - zone(&window, 0).y;
    assert!(by > 20.0, "{by}");
    window.point(Point::ORIGIN);
    let after = picture(&mut window);
    let (mut wrong, mut all) = (0, 0);
    // Without what floats at the bottom.
    let end = canvas.y + canvas.height - by - 60.0;
    for y in canvas.y as usize..end as usize {
        for x in canvas.x as usize..(canvas.x + canvas.width) as usize {
            let (x, y) = (x as f32, y as f32);
            all += 1;
            wrong += usize::from(before(x, y + by) != after(x, y));
        }
    }
    window.picture("graph-scrolled-dark-1024");
    // Letters between two lines of pixels are rounded otherwise, and the edge of the
    // canvas cuts some; words that stay behind are 6 %.
    assert!(wrong * 100 < all, "{wrong} of {all}");
}

#[test]
fn the_keyboard_scrolls_to_where_it_goes() {
    let mut window = Window::new(crowded(COMPACT));
    focus(&mut window, walk::node_id("s31"));
    window.wait(100);
    let area = node(&window, "s31");
    let canvas = window.app().shared.regions.canvas;
    assert!(area.y >= canvas.y && area.y + area.height <= canvas.y + canvas.height);
}

/// 32 speakers in six zones, with names that are hard to show.
fn crowded(size: Size) -> Stage {
    let names = [
        "Küchenlautsprecher über dem Kühlschrank",
        "キッチンのスピーカーと居間のスピーカー、二階の寝室",
        "مكبر الصوت في غرفة المعيشة الكبيرة بجانب النافذة",
        "👩‍👩‍👧‍👦 Familienlautsprecher 🎵🎵 im Garten",
        "Sub",
        "Left",
    ];
    let mut rig = Rig {
        source: stage::rig().source,
        ..Rig::default()
    };
    for index in 0..32 {
        rig.speakers.push(Speaker {
            id: format!("s{index}"),
            name: names
                .get(index)
                .map_or_else(|| format!("Speaker {index}"), |name| (*name).into()),
            output: Output {
                device: format!("room:s{index}"),
                ..Output::default()
            },
            role: [Role::L, Role::R, Role::Stereo, Role::Mono][index % 4],
            slot: (index % 8 + 1) as u8,
            ..Speaker::default()
        });
    }
    let mut next = 0;
    for (index, count) in [6, 5, 8, 3, 6, 4].into_iter().enumerate() {
        let speakers = (next..next + count).map(|index| format!("s{index}"));
        rig.zones.push(Zone {
            id: format!("z{index}"),
            name: if index == 1 {
                "Wohnzimmer mit angrenzender Bibliothek".into()
            } else {
                format!("Zone {}", index + 1)
            },
            speakers: speakers.collect(),
            timing: if index == 4 {
                Timing::Own
            } else {
                Timing::InSync
            },
            ..Zone::default()
        });
        next += count;
    }
    let snapshot = stage::snapshot(&rig, 24.0);
    Stage::new(rig, snapshot, devices(), size)
}

fn devices() -> Vec<DeviceInfo> {
    stage::devices()
}

#[test]
fn crowded_pictures() {
    pictures("graph-crowded", |size| {
        let mut window = Window::new(crowded(size));
        window.wait(200);
        window
    });
}

#[test]
fn main_pictures() {
    pictures("graph-main", |size| {
        let mut window = Window::new(Stage::main(size));
        window.wait(3000);
        window.stage.app.shared.selection = Selection::Speaker("left-tower".into());
        window
    });
}

#[test]
fn drag_pictures() {
    pictures("graph-drag", |size| {
        let mut window = Window::new(Stage::main(size));
        window.wait(3000);
        carry_flip(&mut window);
        let area = zone(&window, 2);
        window.point(Point::new(
            area.center_x() + 80.0,
            area.y + area.height * 0.45,
        ));
        window
    });
}

#[test]
fn insertion_pictures() {
    pictures("graph-insert", |size| {
        let mut window = Window::new(Stage::main(size));
        window.wait(3000);
        let from = node(&window, "sub").center();
        let to = node(&window, "shelf-right");
        window.carry(from, Point::new(to.center_x() + 60.0, to.y - 2.0));
        window
    });
}

#[test]
fn trouble_pictures() {
    pictures("graph-trouble", |size| {
        let mut stage = Stage::main(size);
        stage.lose("shelf-left");
        let mut window = Window::new(stage);
        window.wait(1000);
        window.stage.app.shared.selection = Selection::Speaker("shelf-left".into());
        window
    });
}

/// One node for each state of the design.
fn states(size: Size) -> Stage {
    let mut rig = stage::rig();
    let mut boom = rig.speakers[0].clone();
    boom.id = "boom".into();
    boom.name = "UE Boom 3".into();
    boom.role = Role::Stereo;
    boom.slot = 8;
    rig.speakers.push(boom);
    rig.zones[2].speakers.push("boom".into());
    let by_id = |rig: &mut Rig, id: &str, change: fn(&mut Speaker)| {
        change(rig.speakers.iter_mut().find(|of| of.id == id).unwrap());
    };
    by_id(&mut rig, "sub", |of| of.solo = true);
    by_id(&mut rig, "tv-bar", |of| of.muted = true);
    let mut snapshot = stage::snapshot(&rig, 24.0);
    let by_id = |snapshot: &mut Snapshot, id: &str, state, offset, source| {
        let of = snapshot.speakers.iter_mut().find(|of| of.id == id).unwrap();
        of.state = state;
        of.offset_us = offset;
        of.offset_source = source;
        of.trim_us = 0.0;
    };
    let (clock, guess) = (OffsetSource::Clock, OffsetSource::Estimate);
    by_id(
        &mut snapshot,
        "right-tower",
        Health::Drifting,
        Some(164.0),
        clock,
    );
    by_id(
        &mut snapshot,
        "left-tower",
        Health::InPhase,
        Some(-90.0),
        guess,
    );
    by_id(&mut snapshot, "tv-bar", Health::Muted, Some(-7.0), clock);
    by_id(
        &mut snapshot,
        "shelf-left",
        Health::Out,
        Some(-2400.0),
        clock,
    );
    by_id(&mut snapshot, "shelf-right", Health::Lost, None, clock);
    by_id(&mut snapshot, "boom", Health::Connecting, None, clock);
    snapshot.speakers[0].offset_sd_us = 25.0;
    Stage::new(rig, snapshot, devices(), size)
}

#[test]
fn state_pictures() {
    pictures("graph-states", |size| {
        let mut window = Window::new(states(size));
        window.stage.tell();
        focus(&mut window, walk::node_id("sub"));
        window
    });
}

#[test]
fn every_landing_by_hand_is_one_that_the_engine_accepts() {
    let mut window = main_window();
    let from = node(&window, "sub").center();
    let canvas = window.app().shared.regions.canvas;
    for across in 0..8 {
        for down in 0..8 {
            let to = Point::new(
                canvas.x + canvas.width * across as f32 / 7.0,
                canvas.y + canvas.height * down as f32 / 7.0,
            );
            window.drag(from, to);
            for edit in edits(&mut window) {
                let _said = apply(&mut stage::rig(), &edit).unwrap();
            }
            assert!(window.app().shared.drag.is_none());
        }
    }
}

#[test]
fn a_landing_that_the_rig_does_not_know_is_no_edit() {
    let window = main_window();
    let landing = Landing::Zone {
        zone: "nowhere".into(),
        index: 0,
        timing: None,
    };
    let payload = Payload::Speaker("sub".into());
    let shared = &window.app().shared;
    assert_eq!(inphase::gui::drag::edit(&payload, &landing, shared), None);
}

#[test]
fn a_number_that_is_pointed_at_says_where_it_comes_from() {
    let mut window = main_window();
    let parts = node_parts(node(&window, "left-tower"), true);
    window.point(parts.bar.center());
    window.wait(700);
    window.picture("graph-tip-dark-1440");
    let shared = &window.app().shared;
    let layout = window.app().parts.graph.layout(shared);
    let local = parts.bar.center() - Vector::new(shared.regions.canvas.x, shared.regions.canvas.y);
    let spot = inphase::gui::graph::tips::spot(&layout, local).unwrap();
    let words = inphase::gui::graph::tips::words(spot, &layout, shared).unwrap();
    assert!(words.starts_with("Left tower: in phase, "), "{words}");
    assert!(words.ends_with("from the device's own clock"), "{words}");
}

#[test]
fn a_right_click_asks_what_can_be_done() {
    let mut window = main_window();
    window.point(node(&window, "sub").center());
    let right = mouse::Event::ButtonPressed(mouse::Button::Right);
    window.feed(&[iced::Event::Mouse(right)]);
    let asked = inphase::gui::action::Overlay::Item(Selection::Speaker("sub".into()));
    assert_eq!(window.app().shared.overlay, Some(asked));
}

#[test]
fn ctrl_and_the_wheel_zoom_within_limits() {
    use iced::keyboard::{Event as Keys, Modifiers};
    let mut window = main_window();
    let before = node(&window, "sub").height;
    window.point(Point::new(700.0, 400.0));
    window.feed(&[iced::Event::Keyboard(Keys::ModifiersChanged(
        Modifiers::CTRL,
    ))]);
    let wheel = |y| {
        iced::Event::Mouse(mouse::Event::WheelScrolled {
            delta: mouse::ScrollDelta::Lines { x: 0.0, y },
        })
    };
    for (turn, expected) in [(1.0, 1.3), (-1.0, 0.7)] {
        for _ in 0..9 {
            window.feed(&[wheel(turn)]);
        }
        let zoom = node(&window, "sub").height / before;
        assert!((zoom - expected).abs() < 0.01, "{zoom}");
    }
    window.picture("graph-zoomed-out-dark-1440");
}

fn every_box(layout: &Layout) -> Vec<Rectangle> {
    let zones = layout.zones.iter().map(|zone| zone.area);
    std::iter::once(layout.source).chain(zones).collect()
}

fn parts_of_zones(layout: &Layout) -> Vec<(Rectangle, Vec<Rectangle>)> {
    let parts = layout.zones.iter().map(|zone| {
        let mut parts = zone.nodes.clone();
        parts.extend(zone.empty);
        parts.extend(zone.slots.map(|slots| slots.join));
        parts.extend(zone.slots.map(|slots| slots.own));
        (zone.area, parts)
    });
    parts.collect()
}

fn overlap(boxes: &[Rectangle]) -> bool {
    let pairs = boxes.iter().enumerate();
    pairs.into_iter().any(|(index, a)| {
        let later = &boxes[index + 1..];
        later
            .iter()
            .any(|b| a.intersection(b).is_some_and(|both| both.area() > 0.01))
    })
}

fn inside(outer: Rectangle, inner: Rectangle) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

proptest! {
    #[test]
    fn nothing_ever_overlaps(
        shapes in prop::collection::vec((0..12_usize, prop::option::weighted(0.1, (1..5_usize, 1..6_usize))), 0..14),
        width in 500.0..3000.0_f32,
        wide: bool,
    ) {
        let shapes: Vec<Shape> = shapes.into_iter().map(|(nodes, slots)| Shape { nodes, slots }).collect();
        let layout = Layout::new(&shapes, width, Metrics::of(wide));
        prop_assert_eq!(layout.zones.len(), shapes.len());
        prop_assert!(!overlap(&every_box(&layout)));
        for (zone, parts) in parts_of_zones(&layout) {
            prop_assert!(!overlap(&parts));
            prop_assert!(parts.iter().all(|part| inside(zone, *part)));
            prop_assert!(zone.x >= 0.0 && zone.x + zone.width <= width + 0.01);
            prop_assert!(zone.width <= 440.01);
            prop_assert!(zone.y + zone.height <= layout.bottom + 0.01);
        }
    }

    #[test]
    fn the_needles_of_a_zone_are_at_one_x(nodes in 1..12_usize, width in 500.0..3000.0_f32, wide: bool) {
        let layout = Layout::new(&[Shape { nodes, slots: None }], width, Metrics::of(wide));
        let zone = &layout.zones[0];
        for node in &zone.nodes {
            let parts = node_parts(*node, wide);
            prop_assert!((parts.bar.center_x() - zone.line).abs() < 0.01);
            prop_assert!(inside(*node, parts.bar) && inside(*node, parts.tag));
            prop_assert!(parts.bar.x + parts.bar.width < parts.offset.x + 40.0);
        }
    }

    #[test]
    fn edges_end_at_their_zone_and_cross_no_other(
        nodes in prop::collection::vec(0..6_usize, 1..10),
        width in 500.0..2000.0_f32,
        wide: bool,
    ) {
        let shapes: Vec<Shape> = nodes.into_iter().map(|nodes| Shape { nodes, slots: None }).collect();
        let layout = Layout::new(&shapes, width, Metrics::of(wide));
        for zone in &layout.zones {
            let length = zone.track.length();
            let end = zone.track.at(length);
            prop_assert!((end.x - zone.area.center_x()).abs() < 0.51 && (end.y - zone.area.y).abs() < 0.51);
            for step in 0..length as usize {
                let at = zone.track.at(step as f32);
                let crosses = |other: &Rectangle| other.shrink(1.0).contains(at);
                prop_assert!(!every_box(&layout).iter().any(crosses), "{:?}", at);
            }
        }
    }

    #[test]
    fn a_needle_goes_on_with_the_error_and_never_leaves_the_bar(
        a in -50_000.0..50_000.0_f64,
        b in -50_000.0..50_000.0_f64,
        threshold in 1.0..5_000.0_f64,
    ) {
        let (x, y) = (on_the_bar(a, threshold), on_the_bar(b, threshold));
        prop_assert!(x.abs() <= 1.0);
        prop_assert!((a <= b) == (x <= y) || x == y || (x - y).abs() < 1e-6);
        prop_assert!((on_the_bar(-a, threshold) + x).abs() < 1e-6);
        prop_assert_eq!(x.abs() <= 0.5 + 1e-6, a.abs() <= threshold + 1e-6 * threshold);
    }
}

#[test]
fn the_bar_is_linear_inside_and_logarithmic_outside() {
    let at = |us| on_the_bar(us, 100.0);
    assert!(at(0.0).abs() < 1e-6);
    assert!((at(50.0) - 0.25).abs() < 1e-6);
    assert!((at(100.0) - 0.5).abs() < 1e-6);
    assert!((at(1000.0) - 0.75).abs() < 1e-6);
    assert!((at(10_000.0) - 1.0).abs() < 1e-6);
    assert!((at(1e9) - 1.0).abs() < 1e-6);
}

#[test]
fn a_press_hits_what_was_under_the_pointer_then_and_not_what_is_now() {
    let mut window = Window::new(Stage::main(WIDE));
    let row = Point::new(130.0, 178.0);
    let far = Point::new(600.0, 200.0);
    window.point(far);
    let moved = |position| Event::Mouse(mouse::Event::CursorMoved { position });
    window.feed(&[
        moved(row),
        Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)),
        moved(row + iced::Vector::new(20.0, 0.0)),
        moved(far),
    ]);
    let drag = window.app().shared.drag.as_ref().unwrap();
    assert_eq!(drag.payload, Payload::Device("room:flip-6".into()));
}

#[test]
fn the_node_that_is_identified_blinks_three_times() {
    for (motion, expected) in [(Motion::Full, "#.#.#.."), (Motion::Reduced, "#####..")] {
        let mut window = main_window();
        window.stage.app.shared.prefs.motion = motion;
        window.stage.app.shared.selection = Selection::Speaker("sub".into());
        let area = node(&window, "sub");
        let slot = window.app().shared.link.rig.speaker("sub").unwrap().slot;
        let (color, _) = window.app().shared.tokens.identity(slot);
        let at = Point::new(area.x + 1.0, area.center_y());
        let lit = |window: &mut Window| {
            let (size, rgba) = window.pixels();
            let index = (at.y as u32 * size.width + at.x as u32) as usize * 4;
            rgba[index..index + 3] == color.into_rgba8()[..3]
        };
        assert!(!lit(&mut window));
        window.letter("i");
        let mut seen = String::new();
        for _ in 0..7 {
            window.wait(100);
            seen.push(if lit(&mut window) { '#' } else { '.' });
            window.wait(150);
        }
        assert_eq!(seen, expected);
    }
}
