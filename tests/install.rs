//! `inphase install` and `inphase uninstall` as a user calls them.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use program::{Home, Program, Said};

type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

fn tree(dir: &Path, into: &mut Tree) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let content = if path.is_dir() {
            tree(&path, into);
            None
        } else {
            Some(fs::read(&path).unwrap_or_default())
        };
        assert_eq!(into.insert(path, content), None);
    }
}

fn all(home: &Home) -> Tree {
    let mut all = Tree::new();
    tree(&home.path(""), &mut all);
    all
}

/// Runs it with the user's data in the test's home, from an AppImage or not.
fn run(home: &Home, image: Option<&Path>, arguments: &[&str]) -> Said {
    let mut command = home.command(arguments);
    let mount = PathBuf::from(command.get_program());
    let _set = command
        .env("XDG_DATA_HOME", home.path("data"))
        .env("XDG_DATA_DIRS", home.path("nothing"))
        .env_remove("APPIMAGE")
        .env("APPDIR", mount.parent().unwrap())
        .envs(image.map(|image| ("APPIMAGE", image)));
    let mut program = Program::start(command);
    let code = program.exit_code();
    Said {
        code,
        out: program.out.text(),
        err: program.err.text(),
    }
}

#[test]
fn what_is_added_is_printed_and_removing_it_leaves_the_home_as_it_was() {
    let home = Home::new();
    let image = home.path("Inphase.AppImage");
    fs::write(&image, "an image").unwrap();
    for image in [None, Some(&*image)] {
        let before = all(&home);
        let planned = run(&home, image, &["install", "menu", "login", "--dry-run"]);
        assert_eq!(planned.code, 0, "{planned:?}");
        assert_eq!(all(&home), before, "a dry run changes nothing");

        let added = run(&home, image, &["install", "menu", "login"]);
        assert_eq!(added.code, 0, "{added:?}");
        let as_planned = planned.out.replace("Would write", "Wrote");
        assert_eq!(added.out, as_planned.replace("Would copy", "Copied"));
        let listed = run(&home, image, &["install", "--list"]);
        assert!(listed.out.contains("menu        added"), "{listed:?}");

        let entry = home.path("data/applications/io.github.inphase.Inphase.desktop");
        let entry = fs::read_to_string(entry).unwrap();
        let copy = home.path(".local/bin/inphase");
        assert_eq!(entry.contains(&*copy.to_string_lossy()), image.is_some());
        assert_eq!(copy.exists(), image.is_some());

        let removed = run(&home, image, &["uninstall"]);
        assert_eq!(removed.code, 0, "{removed:?}");
        assert_eq!(all(&home), before, "{removed:?}");
        let again = run(&home, image, &["uninstall"]);
        assert_eq!(
            (again.code, &*again.out),
            (0, "There is nothing to remove.\n")
        );
    }
}

#[test]
fn who_removes_the_unit_is_told_how_to_end_the_service() {
    let home = Home::new();
    let unit = home.path("config/systemd/user/inphase.service");
    fs::create_dir_all(unit.parent().unwrap()).unwrap();
    fs::write(&unit, "").unwrap();
    let stop = "systemctl --user stop inphase";
    let planned = run(&home, None, &["uninstall", "background", "--dry-run"]);
    assert!(!planned.out.contains(stop), "{planned:?}");
    let removed = run(&home, None, &["uninstall", "background"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert!(removed.out.contains(stop) && !unit.exists(), "{removed:?}");
    let again = run(&home, None, &["uninstall", "background"]);
    assert!(!again.out.contains(stop), "{again:?}");
}

#[test]
fn the_app_image_of_another_program_is_not_taken_for_ours() {
    let home = Home::new();
    let other = home.path("Terminal.AppImage");
    fs::write(&other, "another program").unwrap();
    let mut command = home.command(&["install", "menu"]);
    let _set = command
        .env("XDG_DATA_HOME", home.path("data"))
        .env("XDG_DATA_DIRS", home.path("nothing"))
        .env("APPIMAGE", &other)
        .env("APPDIR", home.path(""));
    let mut program = Program::start(command);
    assert_eq!(program.exit_code(), 0, "{}", program.told());
    let entry = home.path("data/applications/io.github.inphase.Inphase.desktop");
    let entry = fs::read_to_string(entry).unwrap();
    assert!(!entry.contains("Terminal.AppImage"), "{entry}");
    assert!(!home.path(".local/bin/inphase").exists());
}

#[test]
fn the_rig_stays_unless_it_is_to_go_and_never_goes_under_an_engine() {
    let home = Home::new();
    let engine = home.start(&["run", "--simulated"]);
    let _ = home.ask(&["zone", "add", "kitchen"]);
    let refused = run(&home, None, &["uninstall", "--purge"]);
    assert_eq!(refused.code, 1);
    assert!(refused.sentence().contains("inphase quit"), "{refused:?}");
    home.quit(engine);
    assert!(home.rig().exists());
    let _ = run(&home, None, &["install"]);
    let kept = run(&home, None, &["uninstall"]);
    assert_eq!(kept.code, 0, "{kept:?}");
    assert!(home.rig().exists());
    let purged = run(&home, None, &["uninstall", "--purge"]);
    assert_eq!(purged.code, 0, "{purged:?}");
    assert!(!home.path("config/inphase").exists() && !home.path("state/inphase").exists());
}

#[test]
fn a_piece_that_does_not_exist_is_wrong_usage() {
    let home = Home::new();
    let said = run(&home, None, &["install", "menus"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("menu"), "{said:?}");
}
