//! The dock: plots, crosshair, event log, and what is copied and saved of them.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use std::io::Cursor;

use iced::keyboard::Modifiers;
use iced::keyboard::key::Named;
use iced::{Point, Size, Vector};
use iced_test::futures::futures::executor::block_on;
use iced_test::futures::futures::{StreamExt, future};
use iced_test::runtime::{Action as Effect, task};
use inphase::engine::Command;
use inphase::engine::handle::Query;
use inphase::engine::history::{Of, Range, SpeakerMetric};
use inphase::engine::snapshot::{EventKind, Health};
use inphase::gui::action::Selection;
use inphase::gui::app::Message;
use inphase::gui::dock;
use inphase::gui::focus::{FocusId, Region};
use inphase::gui::keys::Press;
use inphase::gui::log;
use inphase::gui::plot::Quantity;
use inphase::gui::plot::chart::{Chart, Look, Margins, Says};
use inphase::gui::plot::crosshair::{caption, readings};
use inphase::gui::plot::export::Form;
use inphase::gui::plot::line::{Spot, ribbon};
use inphase::gui::plot::pane::{Pane, Place};
use inphase::gui::plot::scale::Held;
use inphase::gui::plot::tags;
use inphase::gui::regions::Tab;
use inphase::gui::shared::Shared;
use inphase::gui::stage::{self, Stage};
use inphase::rig::Speaker;
use inphase::rig::edit::Edit;
use inphase::sync::time::Nanos;
use proptest::prelude::*;
use window::{COMPACT, WIDE, Window, pictures};

fn tell(window: &mut Window, message: dock::Message) {
    window.message(Message::Dock(message));
}

fn playing(size: Size) -> Stage {
    let mut stage = Stage::after_a_minute(size);
    stage.event(EventKind::Changed, None, "Left tower is 0.18 ms later.");
    for _ in 0..20 * 20 {
        stage.play(50);
    }
    stage
}

fn troubled(size: Size) -> Stage {
    let mut stage = playing(size);
    for step in 1..=20 {
        stage.snapshot.time += Nanos(50_000_000);
        stage.snapshot.unix_ms += 50;
        stage.snapshot.speakers[4].fill = 0.5 - 0.024 * f64::from(step);
        stage.tell();
    }
    let ran_dry = EventKind::Dropout {
        length: Nanos::from_millis(10.0),
    };
    stage.event(
        ran_dry,
        Some("shelf-left"),
        "Shelf left was silent for 10 ms.",
    );
    stage.lose("shelf-left");
    for _ in 0..6 * 20 {
        stage.play(50);
    }
    stage
}

fn on_tab(stage: Stage, tab: Tab) -> Window {
    let mut window = Window::new(stage);
    tell(&mut window, dock::Message::Tabbed(tab));
    window.wait(50);
    window
}

/// An hour of play with one sample in the middle in which a buffer is empty.
fn after_an_hour(size: Size) -> Stage {
    let mut stage = Stage::main(size);
    stage.recall(1800);
    stage.snapshot.speakers[3].fill = 0.02;
    stage.snapshot.time += Nanos(50_000_000);
    stage.snapshot.unix_ms += 50;
    stage.tell();
    stage.recall(1780);
    stage.play(50);
    stage
}

fn chart(window: &Window, quantity: Quantity) -> &Chart {
    window.app().parts.dock.pane(quantity).chart().unwrap()
}

/// A point of the window over a plot, by its share across.
fn over(window: &Window, quantity: Quantity, share: f32) -> Point {
    let shared = &window.app().shared;
    let layout = window.app().parts.dock.layout(shared);
    let of = |(known, _, _): &&(Quantity, f32, Place)| *known == quantity;
    let (_, left, _) = layout.panes.iter().find(of).unwrap();
    let area = chart(window, quantity).area;
    let corner = Point::new(
        shared.regions.dock.x + left + area.x,
        shared.regions.dock.y + area.y,
    );
    corner + Vector::new(area.width * share, area.height / 2.0)
}

fn press(window: &mut Window, id: &'static str) {
    let area = window.find(id).unwrap();
    window.click(area.center());
}

fn focus(window: &mut Window, item: &str) {
    window.stage.app.shared.focus = Some(FocusId::new(Region::Dock, item));
}

#[test]
fn pictures_of_the_dock() {
    pictures("plots", |size| on_tab(playing(size), Tab::Plots));
    pictures("plots-trouble", |size| on_tab(troubled(size), Tab::Log));
    pictures("plots-selected", |size| {
        let mut window = on_tab(playing(size), Tab::Plots);
        window.stage.app.shared.selection = Selection::Speaker("sub".into());
        window.wait(50);
        window.point(over(&window, Quantity::Latency, 0.55));
        window.wait(50);
        window
    });
    for range in Range::ALL {
        let mut window = on_tab(after_an_hour(WIDE), Tab::Plots);
        tell(&mut window, dock::Message::Ranged(range));
        window.wait(100);
        let name = range.label().replace(' ', "-");
        window.picture(&format!("plots-range-{name}"));
    }
}

#[test]
fn pictures_of_what_is_seldom() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    tell(&mut window, dock::Message::Enlarged);
    window.wait(100);
    let at = over(&window, Quantity::Error, 0.667);
    window.click(at);
    window.wait(50);
    window.picture("plots-enlarged-pinned");
    let mut window = on_tab(crowd(WIDE), Tab::Plots);
    window.wait(2000);
    window.point(over(&window, Quantity::Error, 0.5));
    window.picture("plots-crowd");
    let mut window = on_tab(crowd(COMPACT), Tab::Plots);
    window.wait(2000);
    focus(&mut window, "plots");
    window.named(Named::ArrowLeft);
    tell(&mut window, dock::Message::SaveAsked(true));
    window.picture("plots-crowd-1024");
    let mut window = on_tab(Stage::main(WIDE), Tab::Plots);
    window.picture("plots-empty");
    let mut window = on_tab(playing(COMPACT), Tab::Log);
    window.picture("plots-log-1024");
    let mut window = on_tab(playing(Size::new(1280.0, 800.0)), Tab::Plots);
    tell(&mut window, dock::Message::Listed);
    window.wait(50);
    window.picture("plots-listed-1280");
}

/// Fourteen speakers with names that nobody expects.
fn crowd(size: Size) -> Stage {
    let mut rig = stage::rig();
    let names = [
        "Küchenlautsprecher über dem Kühlschrank links",
        "キッチンのスピーカー",
        "👩‍👩‍👧‍👦 family",
    ];
    for slot in 7..=14_u8 {
        let id = format!("extra-{slot}");
        rig.zones[2].speakers.push(id.clone());
        rig.speakers.push(Speaker {
            name: names[usize::from(slot) % 3].into(),
            slot,
            id,
            ..rig.speakers[0].clone()
        });
    }
    let snapshot = stage::snapshot(&rig, 24.0);
    let mut stage = Stage::new(rig, snapshot, stage::devices(), size);
    for _ in 0..400 {
        stage.play(50);
    }
    stage.event(
        EventKind::Lost,
        Some("extra-8"),
        "Küchenlautsprecher über dem Kühlschrank links lost its link at −86 dBm.",
    );
    stage
}

#[test]
fn the_range_switch_changes_how_far_back_the_plots_look() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    let area = window.find("range").unwrap();
    window.click(Point::new(area.x + area.width - 20.0, area.center_y()));
    window.wait(50);
    assert_eq!(window.app().shared.prefs.range, "1 h");
    assert_eq!(chart(&window, Quantity::Drift).range, Range::Hour);
    focus(&mut window, "range");
    window.named(Named::ArrowLeft);
    window.wait(50);
    assert_eq!(chart(&window, Quantity::Error).range, Range::TenMinutes);
}

#[test]
fn freezing_stops_the_drawing_and_not_the_recording() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    press(&mut window, "pause");
    let (stopped, recorded) = (
        chart(&window, Quantity::Error).now,
        window.app().shared.link.history.now().unwrap(),
    );
    window.wait(3000);
    tell(&mut window, dock::Message::Ranged(Range::TenSeconds));
    window.wait(50);
    assert_eq!(chart(&window, Quantity::Error).now, stopped);
    let now = window.app().shared.link.history.now().unwrap();
    assert!(now - recorded >= Nanos::from_secs(3.0));
    press(&mut window, "pause");
    assert_eq!(chart(&window, Quantity::Error).now, now);
}

#[test]
fn the_freeze_key_stops_the_plots_and_shows_them() {
    for size in [WIDE, COMPACT] {
        let mut window = on_tab(playing(size), Tab::Tune);
        window.letter("f");
        assert!(window.app().parts.dock.is_paused());
        assert!(window.app().shared.regions.is_wide() || window.app().shared.tab == Tab::Plots);
        window.letter("f");
        assert!(!window.app().parts.dock.is_paused());
    }
}

#[test]
fn copying_asks_the_engine_for_the_shown_range_as_csv() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    tell(&mut window, dock::Message::Ranged(Range::TenMinutes));
    let app = &mut window.stage.app;
    let task = app.update(Message::Dock(dock::Message::CopyAsked));
    let mut effects = task::into_stream(task).unwrap();
    let answer = async {
        match window.stage.ends.queries.recv().await {
            Some(Query::HistoryCsv { range_secs, answer }) => {
                assert_eq!(range_secs, 600.0);
                answer.send("time (UTC),offset".into()).unwrap();
            }
            other => panic!("{other:?}"),
        }
    };
    let (effect, ()) = block_on(future::join(effects.next(), answer));
    let Some(Effect::Output(message)) = effect else {
        panic!("no message");
    };
    let task = window.stage.app.update(message);
    let effect = block_on(task::into_stream(task).unwrap().next());
    let copies = |effect| match effect {
        Effect::Clipboard(iced_test::runtime::clipboard::Action::Write { contents, .. }) => {
            contents
        }
        _ => String::new(),
    };
    assert_eq!(effect.map(copies).unwrap(), "time (UTC),offset");
    assert_eq!(window.app().toast.text(), Some("Plot data copied."));
}

#[test]
fn dragging_the_edge_of_the_dock_changes_its_height_and_a_double_click_resets_it() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    let dock = window.app().shared.regions.dock;
    let edge = Point::new(500.0, dock.y + 3.0);
    window.drag(edge, edge - Vector::new(0.0, 60.0));
    assert_eq!(window.app().shared.prefs.dock, 292.0);
    let edge = edge - Vector::new(0.0, 60.0);
    window.drag(edge, Point::new(500.0, 20.0));
    assert_eq!(window.app().shared.prefs.dock, 480.0);
    let edge = Point::new(200.0, window.app().shared.regions.dock.y + 3.0);
    window.click(edge);
    window.click(edge);
    assert_eq!(window.app().shared.prefs.dock, 232.0);
    focus(&mut window, "split");
    window.named(Named::ArrowDown);
    assert_eq!(window.app().shared.prefs.dock, 216.0);
    press(&mut window, "enlarge");
    assert_eq!(window.app().shared.prefs.dock, 480.0);
    press(&mut window, "enlarge");
    assert_eq!(window.app().shared.prefs.dock, 216.0);
}

#[test]
fn the_crosshair_says_what_the_history_holds_on_all_plots_at_once() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    window.point(over(&window, Quantity::Drift, 0.4));
    let shared = &window.app().shared;
    let cross = window.app().parts.dock.cross().unwrap();
    for quantity in Quantity::ALL {
        let chart = chart(&window, quantity);
        let time = cross.time(chart.now);
        let read = readings(chart, time);
        assert_eq!(read.len(), 6, "{quantity:?}");
        for (speaker, reading) in shared.link.rig.speakers.iter().zip(read) {
            let of = Of::Speaker(&speaker.id, quantity.metric());
            let columns = chart.area.width as usize;
            let trace = shared.link.history.trace(of, Range::Minute, columns);
            let nearest = trace.columns().min_by_key(|of| (of.time - time).0.abs());
            assert!((nearest.unwrap().mean - reading.value).abs() < 1e-6);
        }
    }
}

#[test]
fn a_click_pins_the_crosshair_to_its_time() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    let at = over(&window, Quantity::Error, 0.5);
    let time = |window: &Window| {
        let now = chart(window, Quantity::Error).now;
        window.app().parts.dock.cross().unwrap().time(now)
    };
    window.click(at);
    let pinned = time(&window);
    window.wait(1000);
    window.point(at + Vector::new(40.0, 0.0));
    assert_eq!(time(&window), pinned);
    window.click(at);
    window.wait(1000);
    assert!(time(&window) > pinned);
    window.point(Point::new(700.0, 300.0));
    assert_eq!(window.app().parts.dock.cross(), None);
}

#[test]
fn over_a_mark_the_crosshair_tells_what_happened() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    focus(&mut window, "plots");
    window.named(Named::ArrowUp);
    let chart = chart(&window, Quantity::Error);
    let cross = window.app().parts.dock.cross().unwrap();
    let said = caption(chart, cross.time(chart.now));
    assert!(said.ends_with("Left tower is 0.18 ms later."), "{said}");
    assert!(chart.marks.len() == 1);
    // Small plots mark only what is wrong.
    let small = window.app().parts.dock.pane(Quantity::Drift).chart();
    assert!(small.unwrap().marks.is_empty());
}

#[test]
fn a_lost_speaker_brings_up_the_list_and_its_line_stops() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    assert!(!window.app().parts.dock.lists());
    window.stage.lose("shelf-left");
    window.wait(3000);
    assert!(window.app().parts.dock.lists());
    let lines = &chart(&window, Quantity::Buffer).lines;
    let lost = lines.iter().find(|line| line.id == "shelf-left").unwrap();
    assert!(!lost.live && lost.placed);
    assert!(lines.iter().filter(|line| line.live).count() == 5);
    for speaker in &mut window.stage.snapshot.speakers {
        speaker.state = Health::InPhase;
    }
    window.wait(61_000);
    assert!(!window.app().parts.dock.lists());
}

#[test]
fn a_lost_speaker_can_be_looked_for_again_or_removed() {
    let mut window = on_tab(troubled(COMPACT), Tab::Log);
    focus(&mut window, "retry");
    window.named(Named::Enter);
    focus(&mut window, "remove");
    window.named(Named::Enter);
    let sent = window.sent();
    assert!(sent.contains(&Command::Rescan));
    assert!(sent.contains(&Command::Edit(Edit::MoveSpeaker {
        speaker: "shelf-left".into(),
        zone: None,
        index: 0,
    })));
}

#[test]
fn everything_that_can_be_clicked_can_be_reached_and_pressed_by_keyboard() {
    for (size, tab) in [
        (WIDE, Tab::Plots),
        (COMPACT, Tab::Plots),
        (COMPACT, Tab::Log),
    ] {
        let mut window = on_tab(troubled(size), tab);
        let shared = &window.stage.app.shared;
        let ids = window.stage.app.parts.dock.focusables(shared);
        assert!(ids.len() > 5, "{ids:?}");
        let enter = Press::of(
            iced::keyboard::Key::Named(Named::Enter),
            Modifiers::default(),
        );
        for id in ids.iter().filter(|id| id.item() != "log") {
            let app = &mut window.stage.app;
            // Saving would write a picture.
            if !matches!(id.item(), "png" | "svg") {
                assert!(
                    app.parts.dock.key(id, &enter, &app.shared).is_some(),
                    "{id}"
                );
            }
        }
    }
}

#[test]
fn the_log_names_a_speaker_once_and_is_copied_as_text() {
    let window = on_tab(troubled(WIDE), Tab::Log);
    let shared = &window.app().shared;
    let entry = shared.link.log.entries().last().unwrap();
    let (name, rest) = log::words(entry, &shared.link.rig);
    assert_eq!(
        (name.as_str(), rest.as_str()),
        ("Shelf left", "lost its link")
    );
    let text = log::as_text(shared);
    assert_eq!(text.lines().count(), 3);
    assert!(text.ends_with("shelf left lost its link.\n"), "{text}");
}

#[test]
fn a_dropout_of_10_ms_is_visible_in_the_hour() {
    let mut window = on_tab(after_an_hour(WIDE), Tab::Plots);
    tell(&mut window, dock::Message::Ranged(Range::Hour));
    window.wait(50);
    let chart = chart(&window, Quantity::Buffer);
    let line = &chart.lines[3];
    let dip = line
        .trace
        .columns()
        .find(|column| column.min < 3.0)
        .unwrap();
    let (x, y) = (chart.x(dip.time), chart.y(10.0));
    let corner = over(&window, Quantity::Buffer, 0.0);
    let across = corner.x + x - chart.area.x;
    let down = window.app().shared.regions.dock.y + y;
    let wanted = window
        .app()
        .shared
        .tokens
        .identity(line.slot)
        .0
        .into_rgba8();
    let (size, rgba) = window.pixels();
    let near = |pixel: &[u8]| {
        let off = pixel
            .iter()
            .zip(wanted)
            .map(|(a, b)| i32::from(*a) - i32::from(b));
        off.map(i32::abs).sum::<i32>() < 180
    };
    let hit = (-2..=2).any(|step| {
        let at = (down as usize * size.width as usize + (across as i32 + step) as usize) * 4;
        near(&rgba[at..at + 4])
    });
    assert!(hit, "nothing of the dropout at {across}, {down}");
}

#[test]
fn plots_are_drawn_anew_only_when_they_have_visibly_moved() {
    let mut stage = playing(WIDE);
    let place = Place {
        size: Size::new(450.0, 232.0),
        margins: MARGINS,
        short: false,
    };
    let mut count = |range: Range| {
        let mut pane = Pane::new(Quantity::Error);
        let mut drawn = 0;
        for _ in 0..10 * 20 {
            stage.play(50);
            let shared = &stage.app.shared;
            let look = look(shared, range);
            drawn += u32::from(pane.refresh(place, &look, 1, false));
        }
        drawn
    };
    assert!(count(Range::TenSeconds) >= 190);
    assert!((50..=75).contains(&count(Range::Minute)));
    assert!(count(Range::TenMinutes) <= 16);
    assert!(count(Range::Hour) <= 4);
}

#[test]
fn exported_pictures_are_whole_and_named_by_time() {
    let window = on_tab(playing(WIDE), Tab::Plots);
    let shared = &window.app().shared;
    let picture = window.app().parts.dock.picture(shared);
    let folder = tempfile::tempdir().unwrap();
    let svg = picture.save(Form::Svg, folder.path()).unwrap();
    let name = svg.file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with("inphase-plots-2023-11-1"), "{name}");
    let text = std::fs::read_to_string(&svg).unwrap();
    assert!(
        text.starts_with("<svg width=\"1200\" height="),
        "{}",
        &text[..80]
    );
    assert!(text.trim_end().ends_with("</svg>"));
    assert_eq!(
        text.matches("<text").count(),
        text.matches("</text>").count()
    );
    for words in [
        "Sync error",
        "Clock drift",
        "Left tower",
        "target 24",
        "now",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let png = picture.save(Form::Png, folder.path()).unwrap();
    let bytes = std::fs::read(&png).unwrap();
    let mut reader = png::Decoder::new(Cursor::new(&bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.width, 2400);
    let mut colors: Vec<&[u8]> = pixels.chunks(4).collect();
    colors.sort_unstable();
    colors.dedup();
    assert!(colors.len() > 200, "{} colours", colors.len());
    let again = picture.save(Form::Png, folder.path()).unwrap();
    assert!(again.to_string_lossy().ends_with("-2.png"));
    let refused = picture.save(Form::Svg, &folder.path().join("nowhere"));
    assert!(
        refused
            .unwrap_err()
            .starts_with("The plots could not be saved in")
    );
    // To be looked at.
    let screens = concat!(env!("CARGO_MANIFEST_DIR"), "/target/screens");
    std::fs::create_dir_all(screens).unwrap();
    let copied = std::fs::copy(png, format!("{screens}/plots-export.png"));
    assert!(copied.is_ok());
    let copied = std::fs::copy(svg, format!("{screens}/plots-export.svg"));
    assert!(copied.is_ok());
}

#[test]
fn names_of_any_script_can_be_exported() {
    let mut stage = playing(WIDE);
    let mut rig = stage::rig();
    rig.speakers[0].name = "مكبر الصوت في غرفة المعيشة الكبيرة".into();
    rig.speakers[1].name = "キッチンのスピーカーと居間のスピーカー".into();
    rig.speakers[2].name = "👩‍👩‍👧‍👦 family".into();
    let _old = stage.ends.rigs.send_replace(std::sync::Arc::new(rig));
    stage.play(50);
    let app = &stage.app;
    let bytes = app.parts.dock.picture(&app.shared).png().unwrap();
    let screens = concat!(env!("CARGO_MANIFEST_DIR"), "/target/screens");
    std::fs::create_dir_all(screens).unwrap();
    std::fs::write(format!("{screens}/plots-export-names.png"), bytes).unwrap();
}

#[test]
fn a_change_of_the_trim_is_no_error_and_no_dropout() {
    let mut window = on_tab(playing(WIDE), Tab::Plots);
    for speaker in &mut window.stage.snapshot.speakers {
        speaker.trim_us = 4000.0;
    }
    window.wait(5000);
    let columns = |chart: &Chart| {
        let all = chart.lines.iter().flat_map(|line| line.trace.columns());
        all.map(|column| column.min.abs().max(column.max.abs()))
            .fold(0.0, f64::max)
    };
    assert!(columns(chart(&window, Quantity::Error)) < 30.0);
}

#[test]
fn there_is_a_tag_for_all_or_a_count_of_the_rest() {
    let window = on_tab(crowd(WIDE), Tab::Plots);
    let chart = chart(&window, Quantity::Error);
    let tags = chart.tags();
    let hidden = tags.iter().find_map(|tag| match tag.says {
        Says::More(count) => Some(count),
        Says::Line(_) => None,
    });
    assert_eq!(tags.len() - 1 + hidden.unwrap(), chart.lines.len());
    for pair in tags.windows(2) {
        assert!(pair[1].y - pair[0].y >= tags::PITCH - 0.01);
    }
}

fn look(shared: &Shared, range: Range) -> Look<'_> {
    Look {
        history: &shared.link.history,
        rig: &shared.link.rig,
        snapshot: &shared.link.snapshot,
        range,
        selected: None,
    }
}

const MARGINS: Margins = Margins {
    left: 48.0,
    right: 29.0,
    top: 50.0,
    bottom: 36.0,
};

proptest! {
    #[test]
    fn tags_never_overlap_and_keep_their_order(
        mut wanted in prop::collection::vec(0.0_f32..150.0, 0..10),
        low in 0.0_f32..40.0,
    ) {
        wanted.sort_by(f32::total_cmp);
        let high = low + 140.0;
        let placed = tags::apart(&wanted, 14.0, low, high);
        prop_assert_eq!(placed.len(), wanted.len());
        for pair in placed.windows(2) {
            prop_assert!(pair[1] - pair[0] >= 14.0 - 1e-3, "{:?}", placed);
        }
        for (spot, want) in placed.iter().zip(&wanted) {
            prop_assert!((low - 1e-3..=high + 1e-3).contains(spot));
            let alone = wanted.iter().all(|other| other == want || (other - want).abs() >= 14.0);
            let inside = (low..=high).contains(want);
            if alone && inside && wanted.iter().all(|of| (low..=high).contains(of)) {
                // Whoever is in nobody's way stays near to where the line ends.
                prop_assert!((spot - want).abs() < 140.0);
            }
        }
    }

    #[test]
    fn a_scale_holds_its_data_and_shrinks_only_after_10_s_of_little(
        reaches in prop::collection::vec(1.0_f64..20_000.0, 1..120),
    ) {
        let mut held = Held::default();
        let mut limits: Vec<f64> = Vec::new();
        for (second, reach) in reaches.iter().enumerate() {
            let now = Nanos::from_secs(second as f64);
            let scale = held.fit(Quantity::Error, *reach, 100.0, now);
            prop_assert!(scale.high() >= *reach && scale.high() >= 100.0);
            if let Some(last) = limits.last().filter(|last| scale.high() < **last) {
                let recent = &reaches[second.saturating_sub(9)..=second];
                prop_assert!(second >= 10);
                prop_assert!(recent.iter().all(|reach| *reach < 0.25 * last), "{recent:?} {last}");
            }
            let ticks = scale.ticks(Some(100.0));
            prop_assert!((2..=5).contains(&ticks.len()), "{ticks:?}");
            let inside = ticks.iter().all(|(value, _)| value.abs() <= scale.high());
            prop_assert!(inside && ticks.windows(2).all(|pair| pair[0].0 > pair[1].0));
            limits.push(scale.high());
        }
    }

    #[test]
    fn a_ribbon_covers_every_value_of_its_columns_and_never_passes_the_last(
        values in prop::collection::vec((0.0_f32..100.0, 0.0_f32..20.0), 2..60),
    ) {
        let run: Vec<Spot> = values
            .iter()
            .enumerate()
            .map(|(x, (mean, spread))| Spot {
                x: x as f32,
                mean: *mean,
                top: mean - spread,
                bottom: mean + spread,
            })
            .collect();
        let outline = ribbon(&run, 1.8);
        prop_assert_eq!(outline.len(), run.len() * 2);
        for (index, spot) in run.iter().enumerate() {
            let (upper, lower) = (outline[index], outline[outline.len() - 1 - index]);
            prop_assert!(upper.x == spot.x && lower.x == spot.x);
            prop_assert!(upper.y <= spot.top - 0.89 && lower.y >= spot.bottom + 0.89);
        }
        let highest = run.iter().fold(f32::MAX, |high, spot| high.min(spot.top)) - 0.91;
        let lowest = run.iter().fold(f32::MIN, |low, spot| low.max(spot.bottom)) + 0.91;
        prop_assert!(outline.iter().all(|at| (highest..=lowest).contains(&at.y)));
    }
}

#[test]
fn a_quiet_minute_after_a_spike_gives_a_smaller_scale() {
    let mut held = Held::default();
    let at = |secs: f64, reach: f64, held: &mut Held| {
        let now = Nanos::from_secs(secs);
        held.fit(Quantity::Error, reach, 100.0, now).high()
    };
    assert_eq!(at(0.0, 20.0, &mut held), 130.0);
    assert_eq!(at(1.0, 5000.0, &mut held), 13_000.0);
    assert_eq!(at(2.0, 20.0, &mut held), 13_000.0);
    assert_eq!(at(11.9, 20.0, &mut held), 13_000.0);
    assert_eq!(at(12.0, 20.0, &mut held), 130.0);
    assert_eq!(at(13.0, 131.0, &mut held), 320.0);
}

#[test]
fn units_follow_the_scale() {
    let mut held = Held::default();
    let scale = held.fit(Quantity::Error, 1100.0, 100.0, Nanos::ZERO);
    assert_eq!(scale.unit(), "ms");
    let labels: Vec<_> = scale
        .ticks(Some(100.0))
        .into_iter()
        .map(|tick| tick.1)
        .collect();
    assert_eq!(labels, ["+1", "0", "−1"]);
    let scale = Held::default().fit(Quantity::Latency, 24.0, 0.0, Nanos::ZERO);
    let labels: Vec<_> = scale.ticks(None).into_iter().map(|tick| tick.1).collect();
    assert_eq!(labels, ["30", "20", "10", "0"]);
    let of = Of::Speaker("nobody", SpeakerMetric::Fill);
    let nothing = inphase::engine::history::History::new().trace(of, Range::Hour, 10);
    assert!(nothing.runs.is_empty());
}
