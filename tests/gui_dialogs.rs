//! Dialogs: each opens, is worked by keyboard alone, closes, and sends what was
//! chosen; and pictures of all of them.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use std::fs;
use std::sync::Arc;

use iced::keyboard::{Key, Modifiers, key::Named};
use iced::{Point, Size};
use inphase::desktop::files::Chosen;
use inphase::devices::{DeviceInfo, DeviceKind, Direction};
use inphase::engine::Command;
use inphase::engine::snapshot::{EventKind, Transport};
use inphase::gui::action::{Overlay, Selection};
use inphase::gui::app::Message;
use inphase::gui::commands::{TABLE, Verb};
use inphase::gui::drag::Payload;
use inphase::gui::focus::{FocusId, Region};
use inphase::gui::overlay::{self, Filed};
use inphase::gui::prefs::{OnClose, Unit};
use inphase::gui::stage::{self, Stage};
use inphase::gui::themes::Themes;
use inphase::gui::tokens::Tokens;
use inphase::rig::edit::Edit;
use inphase::rig::{Source, TestSignal};
use inphase::store::{AtLogin, Autostart, Paths};
use window::{COMPACT, WIDE, Window};

fn open(window: &mut Window, overlay: Overlay) {
    window.open(overlay);
}

fn main() -> Window {
    Window::new(Stage::main(WIDE)).with_tasks()
}

fn with(overlay: Overlay) -> Window {
    let mut window = main();
    open(&mut window, overlay);
    window
}

fn focused(window: &Window) -> String {
    let focus = window.app().shared.focus.as_ref();
    focus.map_or_else(String::new, |id| id.item().to_owned())
}

fn ctrl(window: &mut Window, letter: &str) {
    window.key(Key::Character(letter.into()), Modifiers::CTRL);
}

/// Tabs until this item has the keyboard.
fn go(window: &mut Window, item: &str) {
    for _ in 0..80 {
        if focused(window) == item {
            return;
        }
        window.named(Named::Tab);
    }
    panic!("{item} cannot be reached by Tab");
}

fn enter(window: &mut Window, item: &str) {
    go(window, item);
    window.named(Named::Enter);
}

fn edits(window: &mut Window) -> Vec<Edit> {
    let commands = window.sent();
    let edit = |command| match command {
        Command::Edit(edit) => Some(edit),
        _ => None,
    };
    commands.into_iter().filter_map(edit).collect()
}

/// Replaces what is in the field that has the keyboard.
fn write(window: &mut Window, text: &str) {
    ctrl(window, "a");
    window.typewrite(text);
}

fn all_overlays() -> Vec<(&'static str, Overlay)> {
    let left = || Selection::Speaker("left-tower".into());
    vec![
        ("source", Overlay::Source),
        ("causes", Overlay::Causes),
        ("menu", Overlay::Menu),
        ("item-speaker", Overlay::Item(left())),
        (
            "item-zone",
            Overlay::Item(Selection::Zone("kitchen".into())),
        ),
        ("item-source", Overlay::Item(Selection::Source)),
        ("item-nothing", Overlay::Item(Selection::Nothing)),
        (
            "move-to",
            Overlay::MoveTo(Payload::Speaker("left-tower".into())),
        ),
        (
            "move-zone",
            Overlay::MoveTo(Payload::Zone("kitchen".into())),
        ),
        ("settings", Overlay::Settings),
        ("presets", Overlay::Presets),
        ("commands", Overlay::Commands),
        ("keys", Overlay::Keys),
        ("closing", Overlay::Closing),
    ]
}

#[test]
fn every_dialog_takes_the_keyboard_keeps_it_and_gives_it_back() {
    for (name, overlay) in all_overlays() {
        let mut window = main();
        let before = FocusId::new(Region::Bar, "source");
        window.stage.app.shared.focus = Some(before.clone());
        open(&mut window, overlay);
        let shared = &window.app().shared;
        let items = window.app().parts.overlays.focusables(shared);
        assert!(!items.is_empty(), "{name}");
        assert!(items.contains(shared.focus.as_ref().unwrap()), "{name}");
        for back in [false, true] {
            for _ in 0..=items.len() {
                let modifiers = if back {
                    Modifiers::SHIFT
                } else {
                    Modifiers::default()
                };
                window.key(Key::Named(Named::Tab), modifiers);
                let focus = window.app().shared.focus.clone().unwrap();
                assert_eq!(focus.region(), Some(Region::Overlay), "{name}");
            }
        }
        assert!(window.sent().is_empty(), "{name} does nothing by itself");
        window.named(Named::Escape);
        assert_eq!(window.app().shared.overlay, None, "{name} closes by Esc");
        assert_eq!(window.app().shared.focus, Some(before), "{name}");
    }
}

#[test]
fn a_press_beside_a_dialog_closes_it_and_does_nothing_else() {
    for (name, overlay) in all_overlays() {
        let mut window = with(overlay);
        window.click(Point::new(700.0, 880.0));
        assert_eq!(window.app().shared.overlay, None, "{name}");
        assert!(window.sent().is_empty(), "{name}");
    }
}

#[test]
fn a_source_is_chosen_by_keyboard_and_plays() {
    let mut window = with(Overlay::Source);
    enter(&mut window, "page/test");
    assert_eq!(focused(&window), "test/pink", "the one in force is first");
    enter(&mut window, "test/sine");
    let source = Source::Test {
        signal: TestSignal::Sine,
    };
    assert_eq!(
        window.sent(),
        [Command::Edit(Edit::SetSource(Some(source))), Command::Play]
    );
    assert_eq!(window.app().shared.overlay, None);
}

#[test]
fn inputs_and_sinks_come_from_the_devices() {
    let mut window = main();
    window.message(Message::Listed(Ok(inputs())));
    open(&mut window, Overlay::Source);
    enter(&mut window, "input/alsa:hw:CARD=Codec,DEV=0");
    open(&mut window, Overlay::Source);
    enter(&mut window, "page/sink");
    enter(&mut window, "sink/pulse:tv");
    let edits = edits(&mut window);
    assert_eq!(
        edits,
        [
            Edit::SetSource(Some(Source::Capture {
                device: "alsa:hw:CARD=Codec,DEV=0".into()
            })),
            Edit::SetSource(Some(Source::Monitor {
                sink: "pulse:tv".into()
            })),
        ]
    );
}

fn filed(window: &mut Window, filed: Filed) {
    window.message(Message::Overlay(overlay::Message::Filed(filed)));
}

#[test]
fn files_from_the_desktops_dialog_are_played_in_their_order() {
    let mut window = with(Overlay::Source);
    enter(&mut window, "page/files");
    go(&mut window, "browse");
    filed(&mut window, Filed::Chosen(Chosen::Nothing));
    assert_eq!(focused(&window), "browse");
    let files = ["/m/b, c.flac", "/m/a \"1\".flac"].map(Into::into).to_vec();
    filed(&mut window, Filed::Chosen(Chosen::Files(files)));
    assert_eq!(focused(&window), "play");
    window.picture("dialog-source-files");
    window.named(Named::Enter);
    let played = Edit::SetSource(Some(Source::Files {
        paths: vec!["/m/b, c.flac".into(), "/m/a \"1\".flac".into()],
        repeat: false,
    }));
    assert_eq!(edits(&mut window), [played]);
}

#[test]
fn a_desktop_without_a_dialog_for_files_is_told_of() {
    let mut window = with(Overlay::Source);
    enter(&mut window, "page/files");
    go(&mut window, "browse");
    filed(&mut window, Filed::Chosen(Chosen::NoDialog));
    assert_eq!(focused(&window), "paths");
    let told =
        "This desktop has no dialog for files. Write the path, or drop files onto the window.";
    assert!(window.shows(told));
    assert!(!window.shows("Browse…"));
}

#[test]
fn what_is_started_at_log_in_is_a_setting() {
    let dir = tempfile::tempdir().unwrap();
    let autostart = Autostart::new(dir.path(), "/usr/bin/inphase");
    let mut window = main();
    open(&mut window, Overlay::Settings);
    assert!(!window.shows("At log-in"), "nobody's choice here");
    window.stage.app.shared.autostart = Some(autostart.clone());
    open(&mut window, Overlay::Settings);
    for (item, what) in [
        ("login/window", AtLogin::Window),
        ("login/engine", AtLogin::Engine),
        ("login/nothing", AtLogin::Nothing),
    ] {
        enter(&mut window, item);
        assert_eq!(autostart.read(), what);
    }
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    window.stage.app.shared.autostart = Some(Autostart::new(&file, "/usr/bin/inphase"));
    enter(&mut window, "login/engine");
    let wrong = Autostart::new(&file, "/usr/bin/inphase").write(AtLogin::Engine);
    assert!(window.shows(&wrong.unwrap_err().to_string()));
    window.picture("dialog-settings-not-set");
}

#[test]
fn files_are_written_with_a_tilde_and_in_quotes() {
    let home = std::env::var("HOME").unwrap();
    let mut window = with(Overlay::Source);
    enter(&mut window, "page/files");
    assert_eq!(focused(&window), "paths");
    window.named(Named::Enter);
    assert!(window.sent().is_empty(), "nothing was written yet");
    window.typewrite("~/a b.flac");
    window.named(Named::Enter);
    open(&mut window, Overlay::Source);
    enter(&mut window, "page/files");
    write(&mut window, "\"/x/1.flac\" \"~/2, two.flac\"");
    enter(&mut window, "repeat");
    enter(&mut window, "play");
    let files = |paths: &[String], repeat| {
        Edit::SetSource(Some(Source::Files {
            paths: paths.to_vec(),
            repeat,
        }))
    };
    assert_eq!(
        edits(&mut window),
        [
            files(&[format!("{home}/a b.flac")], false),
            files(&["/x/1.flac".into(), format!("{home}/2, two.flac")], true),
        ]
    );
}

#[test]
fn a_pipe_with_a_wrong_rate_is_told_and_not_sent() {
    let mut window = with(Overlay::Source);
    enter(&mut window, "page/pipe");
    window.typewrite("/tmp/music");
    go(&mut window, "pipe/rate");
    write(&mut window, "7");
    enter(&mut window, "play");
    assert!(window.sent().is_empty());
    assert!(window.shows("Use a rate of 8000 to 384000 Hz."));
    window.picture("source-pipe-wrong");
    go(&mut window, "pipe/rate");
    write(&mut window, "48000");
    enter(&mut window, "format/f32le");
    enter(&mut window, "play");
    let source = Source::Pipe {
        path: "/tmp/music".into(),
        format: "f32le".into(),
        rate: 48_000,
        channels: 2,
    };
    assert_eq!(edits(&mut window), [Edit::SetSource(Some(source))]);
}

#[test]
fn dropped_files_become_one_playlist() {
    let mut window = main();
    window.message(Message::FileDropped("/x/a.flac".into()));
    window.message(Message::FileDropped("/x/b.flac".into()));
    window.wait(50);
    let source = Source::Files {
        paths: vec!["/x/a.flac".into(), "/x/b.flac".into()],
        repeat: false,
    };
    assert_eq!(edits(&mut window), [Edit::SetSource(Some(source))]);
}

#[test]
fn a_cause_shows_its_speaker() {
    let mut window = main();
    window.stage.lose("sub");
    window.wait(300);
    open(&mut window, Overlay::Causes);
    enter(&mut window, "show/sub");
    assert_eq!(
        window.app().shared.selection,
        Selection::Speaker("sub".into())
    );
    assert_eq!(window.app().shared.overlay, None);
}

#[test]
fn the_item_menu_renames_mutes_and_removes() {
    let speaker = || Overlay::Item(Selection::Speaker("sub".into()));
    let mut window = with(speaker());
    enter(&mut window, "rename");
    assert_eq!(focused(&window), "name");
    write(&mut window, " ");
    window.named(Named::Enter);
    assert!(window.sent().is_empty(), "no name is no name");
    assert!(window.shows("Use a name of 1 to 60 characters."));
    window.picture("item-name-wrong");
    write(&mut window, "Cellar");
    window.named(Named::Enter);
    open(&mut window, speaker());
    window.letter("x");
    open(&mut window, speaker());
    enter(&mut window, "Remove from zone");
    open(
        &mut window,
        Overlay::Item(Selection::Zone("kitchen".into())),
    );
    enter(&mut window, "Own timing");
    open(&mut window, speaker());
    window.wait(50);
    enter(&mut window, "Remove from rig");
    assert_eq!(
        edits(&mut window),
        [
            Edit::set("speakers.sub.name", "Cellar"),
            Edit::set("speakers.sub.mute", "on"),
            Edit::MoveSpeaker {
                speaker: "sub".into(),
                zone: None,
                index: 0
            },
            Edit::set("zones.kitchen.timing", "own"),
            Edit::RemoveSpeaker("sub".into()),
        ]
    );
}

#[test]
fn a_speaker_is_moved_by_name() {
    let mut window = main();
    window.stage.app.shared.selection = Selection::Speaker("sub".into());
    window.letter("m");
    assert_eq!(
        window.app().shared.overlay,
        Some(Overlay::MoveTo(Payload::Speaker("sub".into())))
    );
    enter(&mut window, "zone/patio");
    window.wait(50);
    let rig = &window.app().shared.link.rig;
    assert!(rig.zone("patio").unwrap().holds("sub"));
    open(&mut window, Overlay::MoveTo(Payload::Speaker("sub".into())));
    enter(&mut window, "none");
    window.wait(50);
    assert!(window.app().shared.link.rig.zone_of("sub").is_none());
}

#[test]
fn settings_change_the_window_at_once() {
    let mut window = with(Overlay::Settings);
    assert_eq!(focused(&window), "theme/dark");
    enter(&mut window, "theme/light");
    assert_eq!(window.app().shared.tokens.name, Tokens::light().name);
    enter(&mut window, "unit/cm");
    enter(&mut window, "motion/reduced");
    enter(&mut window, "close/keep");
    let prefs = &window.app().shared.prefs;
    assert_eq!(prefs.unit, Unit::Cm);
    assert_eq!(prefs.on_close, OnClose::Keep);
    assert!(!window.app().shared.moves());
    enter(&mut window, "scale/more");
    assert!((window.app().scale() - 1.1).abs() < 1e-6);
    let size = window.app().shared.size;
    assert!((size.width - WIDE.width / 1.1).abs() < 0.1);
}

#[test]
fn the_tv_preset_keeps_the_content_as_high_as_it_is_meant_to_be() {
    let mut window = Window::new(Stage::main(Size::new(1920.0, 1080.0)));
    open(&mut window, Overlay::Settings);
    enter(&mut window, "scale/tv");
    assert!((window.app().scale() - 1080.0 / 617.0).abs() < 1e-3);
    assert!((window.app().shared.size.height - 617.0).abs() < 0.1);
    let regions = window.app().shared.regions;
    assert!(!regions.is_wide());
    assert!(
        regions.bar.x > 30.0 && regions.bar.y > 18.0,
        "the edges are free"
    );
    window.picture("settings-tv");
    window.named(Named::Escape);
    ctrl(&mut window, "0");
    assert_eq!(window.app().shared.size, Size::new(1920.0, 1080.0));
}

#[test]
fn a_setting_of_the_sound_is_sent_and_a_wrong_one_says_its_range() {
    let mut window = with(Overlay::Settings);
    go(&mut window, "settings.in_phase");
    write(&mut window, "50 us");
    window.named(Named::Tab);
    assert_eq!(
        edits(&mut window),
        [Edit::set("settings.in_phase", "50 us")],
        "leaving a field is enough"
    );
    go(&mut window, "settings.temperature");
    write(&mut window, "90");
    window.named(Named::Enter);
    assert!(edits(&mut window).is_empty());
    assert!(window.shows("Use −30 to +50 °C."));
    window.picture("settings-wrong");
    write(&mut window, "25");
    window.named(Named::Enter);
    assert_eq!(
        edits(&mut window),
        [Edit::set("settings.temperature", "25")]
    );
    write(&mut window, "19");
    window.named(Named::Escape);
    assert!(
        edits(&mut window).is_empty(),
        "Esc takes back what was typed"
    );
}

#[test]
fn an_own_theme_is_loaded_again_when_it_changes_and_told_when_it_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sea.toml");
    fs::write(&path, "name = \"Sea\"\nbackground = \"#001122\"").unwrap();
    let mut window = main();
    window.stage.app.shared.themes = Themes::at(dir.path().into());
    open(&mut window, Overlay::Settings);
    enter(&mut window, "theme/sea");
    assert_eq!(window.app().shared.tokens.name, "Sea");
    fs::write(&path, "name = \"Night sea\"\nbackground = \"#000011\"").unwrap();
    window.wait(1100);
    assert_eq!(window.app().shared.tokens.name, "Night sea");
    fs::write(&path, "name = \"Sea\"\nbackground = \"very blue\"").unwrap();
    window.wait(1100);
    assert_eq!(window.app().shared.tokens.name, Tokens::dark().name);
    window.picture("settings-broken-theme");
    window.named(Named::Escape);
}

fn at_home() -> (tempfile::TempDir, Window) {
    let dir = tempfile::tempdir().unwrap();
    let mut window = main();
    window.stage.app.shared.paths = Paths::at(dir.path());
    (dir, window)
}

#[test]
fn a_rig_is_saved_as_a_preset_loaded_renamed_and_deleted_with_undo() {
    let (dir, mut window) = at_home();
    open(&mut window, Overlay::Presets);
    window.picture("presets-none");
    enter(&mut window, "save");
    // The name that is proposed is selected: typing replaces it.
    window.typewrite("Movie night");
    window.named(Named::Enter);
    let file = dir.path().join("config/presets/movie-night.toml");
    assert!(file.exists());

    enter(&mut window, "rename");
    write(&mut window, "Film");
    window.named(Named::Enter);
    let file = dir.path().join("config/presets/film.toml");
    assert!(file.exists());

    enter(&mut window, "export");
    let out = dir.path().join("out.toml");
    write(&mut window, &out.display().to_string());
    window.named(Named::Enter);
    assert!(out.exists());
    enter(&mut window, "import");
    write(&mut window, &out.display().to_string());
    window.named(Named::Enter);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 2);

    enter(&mut window, &format!("preset/{}", file.display()));
    enter(&mut window, "delete");
    assert!(!file.exists());
    enter(&mut window, "restore");
    assert!(file.exists());
    window.picture("presets-some");

    enter(&mut window, "load");
    let sent = window.sent();
    let Some(Command::Load(rig)) = sent.last() else {
        panic!("{sent:?}");
    };
    assert_eq!(rig.speakers.len(), 6);
    assert_eq!(window.app().shared.overlay, None);
}

#[test]
fn a_preset_that_cannot_be_read_is_told_in_the_dialog() {
    let (_dir, mut window) = at_home();
    open(&mut window, Overlay::Presets);
    enter(&mut window, "import");
    window.typewrite("/nonexistent/rig.toml");
    window.named(Named::Enter);
    assert_eq!(window.app().shared.overlay, Some(Overlay::Presets));
    window.picture("presets-wrong");
}

#[test]
fn commands_are_found_by_their_words() {
    let mut window = main();
    ctrl(&mut window, "k");
    assert_eq!(window.app().shared.overlay, Some(Overlay::Commands));
    window.typewrite("move sub kit");
    window.named(Named::Enter);
    assert_eq!(
        edits(&mut window),
        [Edit::MoveSpeaker {
            speaker: "sub".into(),
            zone: Some("kitchen".into()),
            index: usize::MAX
        }]
    );
    assert_eq!(window.app().shared.overlay, None);

    ctrl(&mut window, "k");
    window.typewrite("select tower");
    window.named(Named::ArrowDown);
    window.named(Named::Enter);
    assert_eq!(
        window.app().shared.selection,
        Selection::Speaker("right-tower".into())
    );
    ctrl(&mut window, "k");
    window.typewrite("settings");
    window.named(Named::Enter);
    assert_eq!(window.app().shared.overlay, Some(Overlay::Settings));
}

#[test]
fn keys_act_on_what_is_selected() {
    let mut window = main();
    window.letter("3");
    assert_eq!(
        window.app().shared.selection,
        Selection::Speaker("sub".into())
    );
    window.letter("x");
    window.letter("s");
    window.wait(50);
    window.key(Key::Character("S".into()), Modifiers::SHIFT);
    window.letter("l");
    window.letter("i");
    window.named(Named::Delete);
    window.letter("n");
    window.letter("r");
    window.named(Named::Space);
    assert_eq!(
        window.sent(),
        [
            Command::Edit(Edit::set("speakers.sub.mute", "on")),
            Command::Edit(Edit::set("speakers.sub.solo", "on")),
            Command::Edit(Edit::All(vec![Edit::set("speakers.sub.solo", "off")])),
            Command::Edit(Edit::set("speakers.sub.role", "left")),
            Command::Identify("sub".into()),
            Command::Edit(Edit::MoveSpeaker {
                speaker: "sub".into(),
                zone: None,
                index: 0
            }),
            Command::Edit(Edit::AddZone(inphase::rig::Zone {
                name: "Zone 4".into(),
                ..Default::default()
            })),
            Command::Rescan,
            Command::Pause,
        ]
    );
}

#[test]
fn closing_asks_once_and_remembers_when_told_to() {
    let mut window = main();
    window.message(Message::CloseRequested);
    assert_eq!(window.app().shared.overlay, Some(Overlay::Closing));
    assert_eq!(focused(&window), "keep");
    enter(&mut window, "remember");
    enter(&mut window, "keep");
    assert_eq!(window.app().shared.prefs.on_close, OnClose::Keep);
    assert_eq!(window.app().shared.overlay, None);
}

#[test]
fn closing_says_so_when_nothing_plays_and_asks_nothing_when_nothing_is_set_up() {
    let mut window = main();
    window.stage.snapshot.transport = Transport::Stopped;
    window.wait(250);
    window.message(Message::CloseRequested);
    assert!(window.shows("Stay ready in the background?"));
    let mut empty = Window::new(Stage::first_run(WIDE));
    empty.wait(250);
    empty.message(Message::CloseRequested);
    assert_eq!(empty.app().shared.overlay, None);
}

#[test]
fn the_last_step_of_the_first_run_page_begins_to_play() {
    let mut window = Window::new(Stage::first_run(WIDE));
    window.wait(250);
    assert!(window.app().shared.is_first_run());
    let ready = stage::rig();
    let mut half = ready.clone();
    half.source = None;
    let mut told = Vec::new();
    for rig in [half, ready] {
        let _old = window.stage.ends.rigs.send_replace(Arc::new(rig));
        window.wait(250);
        told.push(window.sent());
    }
    assert_eq!(told, [vec![], vec![Command::Play]]);
    assert!(!window.app().shared.is_first_run());
}

#[test]
fn every_verb_with_a_key_is_in_the_key_list() {
    for row in TABLE {
        assert_eq!(row.verb.row().unwrap().title, row.title);
        assert_eq!(row.chords.is_empty(), row.verb.keys().is_empty());
    }
    let mut window = main();
    window.letter("?");
    assert_eq!(window.app().shared.overlay, Some(Overlay::Keys));
    for row in TABLE {
        let listed = !row.chords.is_empty() && !matches!(row.verb, Verb::Select(_));
        assert_eq!(window.shows(row.title), listed, "{}", row.title);
    }
    assert!(window.shows("Select a speaker"));
    assert_eq!(Verb::Redo.keys(), "Ctrl Shift Z");
    window.letter("x");
    assert!(window.sent().is_empty(), "no verb reaches under a dialog");
}

fn inputs() -> Vec<DeviceInfo> {
    let mut devices = stage::devices();
    let input = DeviceInfo {
        id: "alsa:hw:CARD=Codec,DEV=0".into(),
        name: "USB Audio CODEC with a very long name, rear panel, left of the printer".into(),
        direction: Direction::Input,
        kind: DeviceKind::Usb,
        ..devices[0].clone()
    };
    let sink = DeviceInfo {
        id: "pulse:tv".into(),
        name: "TV".into(),
        ..devices[0].clone()
    };
    devices.extend([input, sink]);
    devices
}

fn troubled(size: Size) -> Window {
    let mut stage = Stage::main(size);
    stage.snapshot.notices = vec![
        "Real-time priority was refused. Add yourself to the audio group and log in again.".into(),
    ];
    stage.lose("sub");
    stage.event(EventKind::Info, None, "x");
    let mut window = Window::new(stage).with_tasks();
    window.message(Message::Listed(Ok(inputs())));
    window.wait(300);
    window
}

#[test]
fn pictures_of_all_dialogs() {
    let sizes = [
        (WIDE, "1440"),
        (COMPACT, "1024"),
        (Size::new(960.0, 560.0), "960"),
    ];
    let themes = [
        ("dark", Tokens::dark()),
        ("light", Tokens::light()),
        ("contrast", Tokens::contrast()),
    ];
    for (name, overlay) in all_overlays() {
        for (size, width) in sizes {
            for (theme, tokens) in &themes {
                if *theme != "dark" && width == "960" {
                    continue;
                }
                let mut window = troubled(size);
                window.stage.app.shared.tokens = Arc::new(tokens.clone());
                open(&mut window, overlay.clone());
                window.picture(&format!("dialog-{name}-{theme}-{width}"));
            }
        }
    }
}
