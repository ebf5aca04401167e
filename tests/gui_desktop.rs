//! What the window offers for this computer and its desktop: pieces that are
//! added and taken back, and what is switched on and off.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use iced::Size;
use iced::keyboard::key::Named;
use inphase::desktop::Switches;
use inphase::gui::action::Overlay;
use inphase::gui::app::Message;
use inphase::gui::focus::{FocusId, Region};
use inphase::gui::stage::Stage;
use inphase::install::{Look, Piece, State, System};
use inphase::store::{Autostart, Paths, WindowFile};
use window::{COMPACT, WIDE, Window};

/// A computer of the test's own, as an AppImage finds it.
struct Computer {
    dir: tempfile::TempDir,
    system: System,
}

impl Computer {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let program = at("Inphase.AppImage");
        fs::write(&program, "the program").unwrap();
        let elevate = at("elevate");
        fs::write(&elevate, "#!/bin/sh\nexec \"$@\"\n").unwrap();
        fs::set_permissions(&elevate, fs::Permissions::from_mode(0o755)).unwrap();
        let system = System {
            data: at("share"),
            shared: Vec::new(),
            config: at("config"),
            state: at("state"),
            programs: at("bin"),
            program,
            app_image: true,
            systemd: true,
            service_manager: "true".into(),
            limits: at("limits.conf"),
            elevate: Some(elevate),
            priority: 0,
            rtkit: false,
            who: "ada".into(),
        };
        Self { dir, system }
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(self.dir.path(), &mut files);
        files
    }
}

fn gather(dir: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let content = if path.is_dir() {
            gather(&path, into);
            Vec::new()
        } else {
            fs::read(&path).unwrap_or_default()
        };
        let _new = into.insert(path, content);
    }
}

fn offering(mut window: Window, system: &System) -> Window {
    let system = system.clone();
    window.stage.app.shared.install = Some(Look::new(move || Ok(system.clone())));
    window.with_tasks()
}

fn first_run(size: Size, system: &System) -> Window {
    offering(Window::new(Stage::first_run(size)), system)
}

fn focused(window: &Window) -> String {
    let focus = window.app().shared.focus.as_ref();
    focus.map_or_else(String::new, |id| id.item().to_owned())
}

/// Tabs to this item and presses Enter on it.
fn enter(window: &mut Window, item: &str) {
    for _ in 0..80 {
        if focused(window) == item {
            window.named(Named::Enter);
            return;
        }
        window.named(Named::Tab);
    }
    panic!("{item} cannot be reached by Tab");
}

#[test]
fn the_first_start_offers_every_piece_and_takes_each_back() {
    for size in [WIDE, COMPACT] {
        let computer = Computer::new();
        let before = computer.files();
        let mut window = first_run(size, &computer.system);
        assert!(window.shows("Here to stay?"));
        enter(&mut window, "install");
        assert_eq!(window.app().shared.overlay, Some(Overlay::Install));
        assert_eq!(computer.files(), before, "looking changes nothing");
        for piece in Piece::ALL {
            assert!(window.shows(piece.title()), "{piece:?}");
            enter(&mut window, piece.word());
            assert_eq!(computer.system.state(piece), State::Added, "{piece:?}");
        }
        assert!(window.shows("Remove") && !window.shows("Add"));
        for piece in Piece::ALL {
            enter(&mut window, piece.word());
            assert_eq!(computer.system.state(piece), State::Absent, "{piece:?}");
        }
        assert_eq!(computer.files(), before);
        window.named(Named::Escape);
        assert_eq!(window.app().shared.overlay, None);
    }
}

#[test]
fn the_exact_lines_are_shown_before_the_password_is_asked() {
    let computer = Computer::new();
    let mut window = first_run(WIDE, &computer.system);
    window.open(Overlay::Install);
    let lines = format!(
        "Sound goes first when this computer is busy.\nWrites {}, with your password: ada - \
         rtprio 95, ada - memlock 262144, ada - nice -11.",
        computer.system.limits.display()
    );
    assert!(window.shows(&lines));
    assert!(!computer.system.limits.exists());
}

#[test]
fn what_is_not_needed_says_why_and_has_no_button() {
    let computer = Computer::new();
    let system = System {
        rtkit: true,
        systemd: false,
        ..computer.system.clone()
    };
    let mut window = first_run(WIDE, &system);
    window.open(Overlay::Install);
    assert!(window.shows("rtkit gives it on this computer already."));
    let no_systemd =
        "This computer has no systemd. In the settings, choose Play at log-in instead.";
    assert!(window.shows(no_systemd));
    for _ in 0..20 {
        window.named(Named::Tab);
        assert!(!["realtime", "background"].contains(&focused(&window).as_str()));
    }
}

#[test]
fn what_only_root_can_remove_has_no_button_and_says_how() {
    let computer = Computer::new();
    fs::write(&computer.system.limits, computer.system.limits_text()).unwrap();
    let system = System {
        elevate: None,
        ..computer.system.clone()
    };
    let mut window = first_run(WIDE, &system);
    window.open(Overlay::Install);
    let how = format!("As root, remove {}.", system.limits.display());
    assert!(window.shows(&how));
    for _ in 0..20 {
        window.named(Named::Tab);
        assert_ne!(focused(&window), "realtime");
    }
}

#[test]
fn at_log_in_starts_the_copy_of_an_app_image() {
    let computer = Computer::new();
    let autostart = Autostart::new(computer.dir.path(), &computer.system.program);
    let mut window = offering(Window::new(Stage::main(WIDE)), &computer.system);
    window.stage.app.shared.autostart = Some(autostart.clone());
    window.open(Overlay::Settings);
    let named = || fs::read_to_string(autostart.entry()).unwrap();
    enter(&mut window, "login/engine");
    assert!(named().contains("Inphase.AppImage"), "{}", named());
    let steps = computer.system.add(&[Piece::Menu]);
    computer.system.carry_out(&steps, |_| ()).unwrap();
    enter(&mut window, "login/window");
    let copy = computer.system.installed();
    assert!(named().contains(&*copy.to_string_lossy()), "{}", named());
}

#[test]
fn what_cannot_be_written_is_told_at_its_piece() {
    let computer = Computer::new();
    fs::write(&computer.system.config, "a file, no directory").unwrap();
    let mut window = first_run(WIDE, &computer.system);
    window.open(Overlay::Install);
    enter(&mut window, "login");
    assert_ne!(computer.system.state(Piece::Login), State::Added);
    let config = computer.system.config.display();
    let wrong = format!(
        "{config} could not be saved: it is a file, and must be a directory. Check the disk \
         and save again."
    );
    assert!(window.shows(&wrong));
    window.picture("install-not-written");
}

#[test]
fn a_password_that_is_refused_leaves_everything_as_it_was() {
    let computer = Computer::new();
    let elevate = computer.system.elevate.as_ref().unwrap();
    fs::write(elevate, "#!/bin/sh\nexit 126\n").unwrap();
    let before = computer.files();
    let mut window = first_run(WIDE, &computer.system);
    window.open(Overlay::Install);
    enter(&mut window, "realtime");
    assert_eq!(computer.system.state(Piece::Realtime), State::Absent);
    assert_eq!(computer.files(), before);
}

#[test]
fn what_is_wanted_on_the_desktop_is_a_setting() {
    let dir = tempfile::tempdir().unwrap();
    let paths = Paths::at(dir.path());
    let kept = || WindowFile::<Switches>::load(paths.desktop()).1.value;
    let mut window = Window::new(Stage::main(WIDE)).with_tasks();
    window.stage.app.shared.paths = paths.clone();
    window.open(Overlay::Settings);
    let mut expected = Switches::default();
    assert_eq!(kept(), expected);
    enter(&mut window, "desktop/tray");
    expected.tray = false;
    assert_eq!(kept(), expected);
    enter(&mut window, "desktop/notices");
    expected.notifications = false;
    assert_eq!(kept(), expected);
    enter(&mut window, "desktop/media");
    enter(&mut window, "desktop/awake");
    assert_eq!(kept(), Switches::NONE);
    enter(&mut window, "desktop/tray");
    assert!(kept().tray);
}

#[test]
fn choices_that_cannot_be_kept_are_told() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("config"), "").unwrap();
    let mut window = Window::new(Stage::main(WIDE)).with_tasks();
    window.stage.app.shared.paths = Paths::at(dir.path());
    window.open(Overlay::Settings);
    enter(&mut window, "desktop/tray");
    let (file, _) = WindowFile::<Switches>::load(window.app().shared.paths.desktop());
    let wrong = file.save(&Switches::NONE).unwrap_err().to_string();
    assert!(window.shows(&wrong));
}

#[test]
fn the_settings_lead_to_the_pieces_and_the_demo_offers_none() {
    let computer = Computer::new();
    let mut window = offering(Window::new(Stage::main(COMPACT)), &computer.system);
    window.open(Overlay::Settings);
    enter(&mut window, "install");
    assert_eq!(window.app().shared.overlay, Some(Overlay::Install));
    let mut bare = Window::new(Stage::first_run(COMPACT));
    assert!(!bare.shows("Here to stay?"));
}

#[test]
fn a_window_that_is_called_to_the_front_goes_on_as_it_was() {
    let mut window = Window::new(Stage::main(WIDE));
    let focus = FocusId::new(Region::Rail, "scan");
    window.stage.app.shared.focus = Some(focus.clone());
    window.message(Message::Raised);
    assert_eq!(window.app().shared.focus, Some(focus));
    assert_eq!(window.sent(), []);
}

#[test]
fn pictures_of_what_is_offered() {
    let computer = Computer::new();
    let autostart = Autostart::new(computer.dir.path(), "/usr/bin/inphase");
    window::pictures("install-welcome", |size| first_run(size, &computer.system));
    window::pictures("install", |size| {
        let mut window = first_run(size, &computer.system);
        window.open(Overlay::Install);
        window
    });
    window::pictures("install-settings", |size| {
        let mut window = offering(Window::new(Stage::main(size)), &computer.system);
        window.stage.app.shared.autostart = Some(autostart.clone());
        window.open(Overlay::Settings);
        window
    });
    let mut window = first_run(WIDE, &computer.system);
    window.open(Overlay::Install);
    for piece in Piece::ALL {
        enter(&mut window, piece.word());
    }
    window.picture("install-added");
}
