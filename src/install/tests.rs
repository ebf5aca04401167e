//! Adding and removing in a home of the test's own.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::*;

struct Home {
    dir: tempfile::TempDir,
    system: System,
}

/// Every path below a directory, and what it is.
type Tree = BTreeMap<PathBuf, String>;

impl Home {
    fn new(app_image: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("downloads")).unwrap();
        let program = at("downloads/Inphase.AppImage");
        fs::write(&program, "the program").unwrap();
        // Runs as whoever it is; the real one asks for a password first.
        let elevate = at("elevate");
        fs::write(&elevate, "#!/bin/sh\nexec \"$@\"\n").unwrap();
        fs::set_permissions(&elevate, fs::Permissions::from_mode(0o755)).unwrap();
        let system = System {
            data: at("home/.local/share"),
            shared: vec![at("usr/share")],
            config: at("home/.config"),
            state: at("home/.local/state"),
            programs: at("home/.local/bin"),
            program,
            app_image,
            systemd: true,
            service_manager: "true".into(),
            limits: at("etc/limits.d/inphase.conf"),
            elevate: Some(elevate),
            priority: 0,
            rtkit: false,
            who: "ada".into(),
        };
        fs::create_dir(at("home")).unwrap();
        fs::create_dir_all(at("etc/limits.d")).unwrap();
        Self { dir, system }
    }

    /// With what an ordinary home has already.
    fn furnished(app_image: bool) -> Self {
        let home = Self::new(app_image);
        for dir in [
            ".config/autostart",
            ".local/share/applications",
            ".local/share/icons",
            ".local/bin",
        ] {
            fs::create_dir_all(home.dir.path().join("home").join(dir)).unwrap();
        }
        let other = home.system.config.join("autostart/other.desktop");
        fs::write(other, "[Desktop Entry]\n").unwrap();
        home
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        gather(self.dir.path(), &mut tree);
        tree
    }

    fn add(&self, pieces: &[Piece]) {
        let steps = self.system.add(pieces);
        self.system.carry_out(&steps, |_| ()).unwrap();
    }

    fn remove(&self, pieces: &[Piece]) {
        let steps = self.system.remove(pieces);
        self.system.carry_out(&steps, |_| ()).unwrap();
    }
}

fn gather(dir: &Path, into: &mut Tree) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap();
        let what = if kind.is_symlink() {
            format!("link to {}", fs::read_link(&path).unwrap().display())
        } else if kind.is_dir() {
            gather(&path, into);
            "directory".into()
        } else {
            format!(
                "{:o} {:?}",
                kind.permissions().mode(),
                fs::read(&path).unwrap()
            )
        };
        assert_eq!(into.insert(path, what), None);
    }
}

#[test]
fn every_piece_alone_and_all_together_leave_the_home_as_it_was() {
    for app_image in [false, true] {
        for home in [Home::new(app_image), Home::furnished(app_image)] {
            let before = home.tree();
            for piece in Piece::ALL {
                assert_eq!(home.system.state(piece), State::Absent, "{piece:?}");
                home.add(&[piece]);
                assert_eq!(home.system.state(piece), State::Added, "{piece:?}");
                assert_ne!(home.tree(), before);
                home.remove(&[piece]);
                assert_eq!(home.tree(), before, "{piece:?}");
            }
            home.add(&Piece::ALL);
            home.add(&Piece::ALL);
            home.remove(&Piece::ALL);
            assert_eq!(home.tree(), before);
        }
    }
}

#[test]
fn pieces_that_are_removed_one_after_the_other_leave_nothing_either() {
    let home = Home::new(true);
    let before = home.tree();
    for first in Piece::ALL {
        home.add(&Piece::ALL);
        home.remove(&[first]);
        let stays = Piece::ALL.iter().filter(|piece| **piece != first);
        for piece in stays.clone() {
            assert_eq!(home.system.state(*piece), State::Added, "{piece:?}");
        }
        let copy = home.system.installed();
        assert!(copy.exists(), "the others need the program");
        for piece in stays {
            home.remove(&[*piece]);
        }
        assert_eq!(home.tree(), before, "{first:?} first");
    }
}

#[test]
fn what_others_put_into_our_directories_stays() {
    let home = Home::new(false);
    home.add(&Piece::ALL);
    let other = home.system.data.join("applications/other.desktop");
    fs::write(&other, "").unwrap();
    let log = home.system.state.join("inphase/log");
    fs::create_dir(&log).unwrap();
    home.remove(&Piece::ALL);
    assert!(other.exists() && log.exists());
    assert!(!home.system.data.join("icons").exists());
    let left = home.system.state.join("inphase");
    assert_eq!(fs::read_dir(left).unwrap().count(), 1, "no record stays");
}

#[test]
fn an_app_image_is_copied_to_where_its_entries_lead() {
    let home = Home::new(true);
    home.add(&[Piece::Menu, Piece::Background, Piece::Login]);
    let copy = home.system.programs.join("inphase");
    assert_eq!(fs::read(&copy).unwrap(), b"the program");
    assert_eq!(
        fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o755
    );
    for entry in [
        home.system.menu_entry(),
        home.system.unit(),
        home.system.autostart().entry().to_owned(),
    ] {
        let text = fs::read_to_string(&entry).unwrap();
        assert!(text.contains(&*copy.to_string_lossy()), "{text}");
        assert!(!text.contains("downloads"), "{text}");
    }
    // A newer one takes its place; one that runs from there is not copied.
    fs::write(&home.system.program, "a newer one").unwrap();
    home.add(&[Piece::Menu]);
    assert_eq!(fs::read(&copy).unwrap(), b"a newer one");
    let from_there = System {
        program: copy.clone(),
        ..home.system.clone()
    };
    let copies = |step: &Step| matches!(step, Step::Copy { .. });
    assert!(!from_there.add(&[Piece::Menu]).iter().any(copies));
}

#[test]
fn a_program_that_is_not_ours_is_not_replaced() {
    let home = Home::furnished(true);
    let theirs = home.system.programs.join("inphase");
    fs::write(&theirs, "built by hand").unwrap();
    let before = home.tree();
    let steps = home.system.add(&[Piece::Menu]);
    let error = home.system.carry_out(&steps, |_| ()).unwrap_err();
    assert!(error.to_string().contains("move it away"), "{error}");
    assert_eq!(home.tree(), before);
    home.remove(&Piece::ALL);
    assert!(theirs.exists());
}

#[test]
fn a_program_that_took_the_place_of_our_copy_is_theirs() {
    for and_then_ours in [false, true] {
        let home = Home::furnished(true);
        let before = home.tree();
        home.add(&[Piece::Menu]);
        let theirs = home.system.programs.join("inphase");
        fs::remove_file(&theirs).unwrap();
        fs::write(&theirs, "built by hand").unwrap();
        let steps = home.system.add(&[Piece::Login]);
        let error = home.system.carry_out(&steps, |_| ()).unwrap_err();
        assert!(error.to_string().contains("move it away"), "{error}");
        if and_then_ours {
            fs::remove_file(&theirs).unwrap();
            home.add(&[Piece::Login]);
        }
        home.remove(&Piece::ALL);
        assert_eq!(theirs.exists(), !and_then_ours);
        let _theirs = fs::remove_file(&theirs);
        assert_eq!(home.tree(), before, "no record stays");
    }
}

#[test]
fn at_log_in_leads_to_the_copy_where_it_is_ours() {
    let home = Home::furnished(true);
    let copy = home.system.programs.join("inphase");
    assert_eq!(home.system.lasting(), home.system.program);
    fs::write(&copy, "built by hand").unwrap();
    assert_eq!(home.system.lasting(), home.system.program);
    fs::remove_file(&copy).unwrap();
    home.add(&[Piece::Menu]);
    assert_eq!(home.system.lasting(), copy);
    let binary = System {
        app_image: false,
        ..home.system.clone()
    };
    assert_eq!(binary.lasting(), home.system.program);
}

#[test]
fn a_home_behind_a_link_is_the_same_home() {
    let home = Home::furnished(true);
    let link = home.dir.path().join("link");
    std::os::unix::fs::symlink(home.dir.path().join("home"), &link).unwrap();
    let program = home.system.programs.join("inphase");
    fs::write(&program, "an image that lies there already").unwrap();
    let system = System {
        programs: link.join(".local/bin"),
        program,
        ..home.system.clone()
    };
    let steps = system.add(&[Piece::Menu]);
    assert!(!steps.iter().any(|step| matches!(step, Step::Copy { .. })));
    system.carry_out(&steps, |_| ()).unwrap();
    assert_eq!(system.state(Piece::Menu), State::Added);
}

#[test]
fn only_the_app_image_that_the_program_lies_in_is_ours() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, other) = (dir.path().join("ours"), dir.path().join("other"));
    for mount in [&ours, &other] {
        fs::create_dir_all(mount.join("usr/bin")).unwrap();
    }
    let program = ours.join("usr/bin/inphase");
    fs::write(&program, "").unwrap();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&ours, &link).unwrap();
    let image = |mount: Option<&Path>| {
        let mount = mount.map(|mount| mount.as_os_str().to_owned());
        image_of(Some("/some.AppImage".into()), mount, &program)
    };
    for mount in [&ours, &link] {
        assert_eq!(image(Some(mount)), Some("/some.AppImage".into()));
    }
    assert_eq!(image(Some(&other)), None);
    assert_eq!(image(Some(&dir.path().join("gone"))), None);
    assert_eq!(image(None), None);
    assert_eq!(image_of(None, Some(ours.into()), &program), None);
}

#[test]
fn two_changes_at_once_both_are_remembered() {
    let home = Home::new(true);
    let before = home.tree();
    // Whoever asks for the password takes until the other change has begun.
    let elevate = home.system.elevate.clone().unwrap();
    let fifo = home.dir.path().join("answer");
    let script = format!("#!/bin/sh\nread -r _ <'{}'\nexec \"$@\"\n", fifo.display());
    fs::write(elevate, script).unwrap();
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| home.add(&[Piece::Realtime]));
        // Opens once the script reads, so the first change has its record by now.
        let mut answer = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
        let quick = scope.spawn(|| home.add(&[Piece::Menu]));
        std::io::Write::write_all(&mut answer, b"yes\n").unwrap();
        slow.join().unwrap();
        quick.join().unwrap();
    });
    fs::remove_file(&fifo).unwrap();
    fs::write(
        home.system.elevate.as_ref().unwrap(),
        "#!/bin/sh\nexec \"$@\"\n",
    )
    .unwrap();
    home.remove(&Piece::ALL);
    assert_eq!(home.tree(), before);
}

#[test]
fn limits_of_another_hand_are_neither_ours_nor_removed() {
    let home = Home::new(false);
    let by_hand = include_str!("../../packaging/limits-inphase.conf");
    fs::write(&home.system.limits, by_hand).unwrap();
    // It is for the group, and the user is none of its members.
    assert!(matches!(
        home.system.state(Piece::Realtime),
        State::Impossible(why) if why.contains("As root, remove it")
    ));
    assert!(home.system.add(&[Piece::Realtime]).is_empty());
    assert!(home.system.remove(&[Piece::Realtime]).is_empty());
    let works = System {
        priority: 95,
        ..home.system.clone()
    };
    assert!(matches!(works.state(Piece::Realtime), State::Needless(_)));
    let member = System {
        who: "@audio".into(),
        ..home.system.clone()
    };
    assert_eq!(member.state(Piece::Realtime), State::Added);
}

#[test]
fn without_a_password_to_ask_for_the_limits_stay_and_it_is_said_how_they_go() {
    let home = Home::new(false);
    home.add(&[Piece::Realtime]);
    let bare = System {
        elevate: None,
        ..home.system.clone()
    };
    let how = format!("As root, remove {}.", home.system.limits.display());
    assert_eq!(bare.state(Piece::Realtime), State::Kept(how));
    assert!(bare.remove(&[Piece::Realtime]).is_empty());
}

#[test]
fn real_time_priority_is_offered_only_where_it_is_missing() {
    let home = Home::new(false);
    let of = |system: System| system.state(Piece::Realtime);
    let system = || home.system.clone();
    assert!(matches!(
        of(System { rtkit: true, ..system() }),
        State::Needless(why) if why.contains("rtkit")
    ));
    assert!(matches!(
        of(System { priority: 95, ..system() }),
        State::Needless(why) if why.contains("95")
    ));
    let bare = System {
        elevate: None,
        ..system()
    };
    let State::Impossible(why) = of(bare.clone()) else {
        panic!("it is offered without pkexec");
    };
    assert!(bare.add(&[Piece::Realtime]).is_empty());
    // The line that is told instead does the same.
    let (_, line) = why.split_once("Run: ").unwrap();
    let line = line.replace("sudo ", "");
    let done = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert!(bare.allows());
    fs::remove_file(&home.system.limits).unwrap();
    home.add(&[Piece::Realtime]);
    let text = fs::read_to_string(&home.system.limits).unwrap();
    assert_eq!(text, home.system.limits_text());
}

#[test]
fn what_a_package_has_added_is_not_added_again() {
    let home = Home::new(false);
    let entry = home.system.shared[0].join("applications/io.github.inphase.Inphase.desktop");
    fs::create_dir_all(entry.parent().unwrap()).unwrap();
    fs::write(&entry, "").unwrap();
    assert!(matches!(home.system.state(Piece::Menu), State::Needless(_)));
    assert!(home.system.add(&[Piece::Menu]).is_empty());
    let image = System {
        app_image: true,
        ..home.system.clone()
    };
    assert_eq!(image.state(Piece::Menu), State::Absent);
}

#[test]
fn a_password_that_is_not_given_changes_nothing_and_is_told() {
    let home = Home::new(false);
    let elevate = home.system.elevate.clone().unwrap();
    fs::write(elevate, "#!/bin/sh\nexit 126\n").unwrap();
    let before = home.tree();
    let steps = home.system.add(&[Piece::Realtime]);
    let error = home.system.carry_out(&steps, |_| ()).unwrap_err();
    assert!(error.to_string().contains("not allowed"), "{error}");
    assert_eq!(home.tree(), before);
}

#[test]
fn what_is_shown_before_is_what_is_done() {
    let home = Home::new(true);
    let before = home.tree();
    let steps = home.system.add(&Piece::ALL);
    assert_eq!(home.tree(), before, "a list changes nothing");
    let mut told = Vec::new();
    home.system
        .carry_out(&steps, |step| told.push(step.words(Outcome::Done)))
        .unwrap();
    assert_eq!(told.len(), steps.len());
    let after = home.tree();
    let new = after.keys().filter(|path| !before.contains_key(*path));
    let new = new.filter(|path| !path.is_dir() && !path.ends_with("installed.toml"));
    for path in new {
        let path = path.display().to_string();
        assert!(told.iter().any(|words| words.contains(&path)), "{path}");
    }
}

#[test]
fn forgetting_removes_the_rig_and_what_was_measured() {
    let home = Home::new(false);
    let before = home.tree();
    for dir in [&home.system.config, &home.system.state] {
        fs::create_dir_all(dir.join("inphase/presets")).unwrap();
    }
    let steps = home.system.forget();
    home.system.carry_out(&steps, |_| ()).unwrap();
    let left = home.tree();
    let left: Vec<_> = left
        .keys()
        .filter(|path| !before.contains_key(*path))
        .collect();
    assert!(
        left.iter().all(|path| !path.ends_with("inphase")),
        "{left:?}"
    );
}
