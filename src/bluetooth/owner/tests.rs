#![allow(clippy::unwrap_used)]

use super::*;

/// A `/proc` and a `~/.config` of the test's own.
struct House {
    directory: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn run(&self, pid: u32, command: &str, loaded: Option<&str>) {
        let process = self.directory.path().join("proc").join(pid.to_string());
        fs::create_dir_all(&process).unwrap();
        fs::write(process.join("comm"), format!("{command}\n")).unwrap();
        if let Some(loaded) = loaded {
            let line = format!("7f00-7f01 r-xp 00000000 08:01 42 /usr/lib/{loaded}.so\n");
            fs::write(process.join("maps"), line).unwrap();
        }
    }

    fn traces(&self, held: &[Address]) -> Traces {
        Traces {
            bluealsa: None,
            held: held.to_vec(),
            processes: self.directory.path().join("proc"),
            config: self.directory.path().join("config"),
        }
    }

    fn drop_in(&self, generation: Generation) -> DropIn {
        DropIn::new(&self.directory.path().join("config"), generation)
    }
}

const KITCHEN: Address = Address([2, 0, 0, 0, 1, 1]);
const STUDY: Address = Address([2, 0, 0, 0, 1, 2]);

#[test]
fn an_empty_house_has_no_owner() {
    let house = House::new();
    assert_eq!(owners(&house.traces(&[])), []);
    house.run(7, "bash", Some("libc"));
    assert_eq!(owners(&house.traces(&[])), []);
}

#[test]
fn a_sound_server_counts_once_its_bluetooth_part_is_loaded() {
    let house = House::new();
    house.run(7, "wireplumber", Some("libspa-alsa"));
    assert_eq!(owners(&house.traces(&[])), []);
    house.run(8, "wireplumber", Some("libspa-bluez5"));
    let owners = owners(&house.traces(&[]));
    assert_eq!(owners.len(), 1);
    assert_eq!(
        (owners[0].name.as_str(), owners[0].pid),
        ("WirePlumber", Some(8))
    );
    assert!(owners[0].holds.is_empty() && !owners[0].restart_needed);
    assert!(owners[0].evidence[0].contains("libspa-bluez5"));
}

#[test]
fn pulseaudio_and_the_older_session_manager_are_known() {
    let house = House::new();
    house.run(8, "pulseaudio", Some("libbluez5-util"));
    house.run(9, "pipewire-media-", Some("libspa-bluez5"));
    let names: Vec<_> = owners(&house.traces(&[]))
        .into_iter()
        .map(|owner| owner.name)
        .collect();
    assert_eq!(names, ["PulseAudio", "pipewire-media-session"]);
}

#[test]
fn a_process_that_shows_nothing_is_not_accused() {
    let house = House::new();
    house.run(8, "wireplumber", None);
    assert_eq!(owners(&house.traces(&[])), []);
}

#[test]
fn a_foreign_stream_has_an_owner_even_if_nobody_is_seen() {
    let house = House::new();
    let owners = owners(&house.traces(&[KITCHEN]));
    assert_eq!(owners.len(), 1);
    assert_eq!(
        (owners[0].name.as_str(), &owners[0].holds),
        ("Another program", &vec![KITCHEN])
    );
}

#[test]
fn bluealsa_answers_for_itself_and_the_server_for_the_rest() {
    let house = House::new();
    house.run(8, "wireplumber", Some("libspa-bluez5"));
    let mut traces = house.traces(&[KITCHEN, STUDY]);
    traces.bluealsa = Some(vec![STUDY]);
    let owners = owners(&traces);
    let held: Vec<_> = owners
        .iter()
        .map(|owner| (owner.name.as_str(), owner.holds.clone()))
        .collect();
    assert_eq!(
        held,
        [("BlueALSA", vec![STUDY]), ("WirePlumber", vec![KITCHEN])]
    );
}

#[test]
fn bluealsa_names_its_devices_in_its_paths() {
    assert_eq!(
        device_in("/org/bluealsa/hci0/dev_02_00_00_00_01_01/a2dpsrc/sink"),
        Some(KITCHEN)
    );
    assert_eq!(device_in("/org/bluealsa/hci0"), None);
}

#[test]
fn a_server_that_was_told_obeys_after_a_restart() {
    let house = House::new();
    house.run(8, "wireplumber", Some("libspa-bluez5"));
    let drop_in = house.drop_in(Generation::installed());
    drop_in.write().unwrap();
    let process = house.directory.path().join("proc/8");
    let at = |path: &Path, seconds: u64| {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        fs::File::open(path).unwrap().set_modified(time).unwrap();
    };
    at(&drop_in.path, 2000);
    at(&process, 1000);
    let owners = super::owners(&house.traces(&[]));
    assert!(owners[0].restart_needed);
    assert_eq!(
        owners[0].restart.as_deref(),
        Some("systemctl --user restart wireplumber")
    );
    at(&process, 3000);
    assert_eq!(super::owners(&house.traces(&[])), []);
}

#[test]
fn the_file_is_written_and_undone() {
    for (generation, name) in [
        (Generation::Lua, "bluetooth.lua.d/51-inphase-bluetooth.lua"),
        (
            Generation::Conf,
            "wireplumber.conf.d/51-inphase-bluetooth.conf",
        ),
    ] {
        let house = House::new();
        let drop_in = house.drop_in(generation);
        assert!(drop_in.path.ends_with(Path::new("wireplumber").join(name)));
        assert_eq!(drop_in.standing(), Standing::Absent);
        drop_in.undo().unwrap();
        drop_in.write().unwrap();
        drop_in.write().unwrap();
        assert_eq!(drop_in.standing(), Standing::Written);
        assert_eq!(fs::read_to_string(&drop_in.path).unwrap(), drop_in.text);
        let directory = drop_in.path.parent().unwrap();
        assert_eq!(
            fs::read_dir(directory).unwrap().count(),
            1,
            "nothing else is left there"
        );
        drop_in.undo().unwrap();
        assert_eq!(drop_in.standing(), Standing::Absent);
        assert!(directory.is_dir(), "only the file is removed");
    }
}

#[test]
fn an_altered_file_is_left_alone() {
    let house = House::new();
    let drop_in = house.drop_in(Generation::Conf);
    drop_in.write().unwrap();
    fs::write(&drop_in.path, "# mine now\n").unwrap();
    assert_eq!(drop_in.standing(), Standing::Altered);
    let refused = Err(DropInError::Altered {
        path: drop_in.path.clone(),
    });
    assert_eq!(drop_in.undo(), refused);
    assert_eq!(drop_in.write(), refused);
    assert_eq!(fs::read_to_string(&drop_in.path).unwrap(), "# mine now\n");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let house = House::new();
    let drop_in = house.drop_in(Generation::Conf);
    let blocker = house.directory.path().join("config");
    fs::write(&blocker, "a file").unwrap();
    let error = drop_in.write().unwrap_err().to_string();
    assert!(error.contains("51-inphase-bluetooth.conf"), "{error}");
}

#[test]
fn the_generation_is_seen_by_what_is_installed() {
    let shared = tempfile::tempdir().unwrap();
    assert_eq!(Generation::in_shared(shared.path()), Generation::Conf);
    fs::create_dir(shared.path().join("bluetooth.lua.d")).unwrap();
    assert_eq!(Generation::in_shared(shared.path()), Generation::Lua);
}
