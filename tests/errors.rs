//! What goes wrong in real life, one test each: the program says one sentence with
//! the next step, ends with 1 or 2 or goes on, and loses nothing.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/program.rs"]
mod program;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Home, Program, Said, speaker, tone, until, write_wav};
use serde_json::Value;

const RATE: u32 = 48_000;

fn wav(home: &Home, name: &str, seconds: u32) -> String {
    let path = home.path(name);
    write_wav(&path, RATE, seconds * RATE, tone);
    path.display().to_string()
}

/// `play` that must fail: its sentence.
fn refused(home: &Home, arguments: &[&str]) -> String {
    let said = home.run(&[&["play"], arguments].concat());
    assert_eq!(said.code, 1, "{said:?}");
    said.sentence().to_owned()
}

/// `play` that is wrong usage: what it says.
fn misused(home: &Home, arguments: &[&str]) -> String {
    let Said { code, err, out } = home.run(&[&["play"], arguments].concat());
    assert_eq!((code, &*out), (2, ""), "{err}");
    err
}

/// The level of what the source sends, in dBFS.
fn level(status: &Value) -> f64 {
    let peaks = status["source"]["peak_db"].as_array();
    let peaks = peaks.into_iter().flatten().filter_map(Value::as_f64);
    peaks.fold(-120.0, f64::max)
}

fn sounds(status: &Value, id: &str) -> bool {
    speaker(status, id)["peak_db"]
        .as_f64()
        .is_some_and(|peak| peak > -40.0)
}

/// A saved rig with one speaker, `tv-bar`, that plays pink noise.
fn saved_rig(home: &Home) -> Program {
    let run = home.start(&["run", "--simulated"]);
    let _ = home.ask(&["set", "source", "test:pink"]);
    let _ = home.ask(&["zone", "add", "all"]);
    let _ = home.ask(&[
        "speaker",
        "add",
        "room:tv-bar",
        "--id",
        "tv-bar",
        "--zone",
        "all",
    ]);
    let _ = home.ask(&["resume"]);
    let _ = home.wait_for("pink noise", |status| sounds(status, "tv-bar"));
    run
}

#[test]
fn a_missing_device_is_named() {
    let home = Home::new();
    let file = wav(&home, "tone.wav", 1);
    let sentence = refused(&home, &[&file, "--to", "alsa:nosuch"]);
    assert!(
        sentence.contains("alsa:nosuch. Check the name"),
        "{sentence}"
    );
    let sentence = refused(&home, &[&file, "--to", "alsa:hw:CARD=Nosuch,DEV=0"]);
    assert!(sentence.contains("is not there. Plug it in"), "{sentence}");
    let sentence = refused(&home, &[&file, "--to", "pulse:nosuch"]);
    assert!(sentence.contains("does not answer"), "{sentence}");
}

#[test]
fn play_fails_in_one_sentence_when_nothing_was_ever_heard() {
    let home = Home::new();
    let file = wav(&home, "tone.wav", 1);
    // Given up, or the time was over before that.
    for time in ["1", "60"] {
        let to = ["--to", "alsa:hw:CARD=Nosuch,DEV=0", "--for", time];
        let sentence = refused(&home, &[&[&*file], &to[..]].concat());
        assert!(sentence.contains("is not there"), "{sentence}");
        let room = ["--to", "room:a", "--quiet", "--for", time];
        for source in ["capture:alsa:hw:CARD=Nosuch,DEV=0", "desktop"] {
            let said = home.run(&[&["play", source], &room[..]].concat());
            assert_eq!(said.code, 1, "{said:?}");
            let last = said.err.trim_end().lines().last().unwrap();
            assert!(
                last.starts_with("inphase: ") && last.ends_with('.'),
                "{said:?}"
            );
        }
    }
}

#[test]
fn a_missing_sound_server_is_told_where_it_matters_only() {
    let home = Home::new();
    let json = home.run(&["devices", "--json"]);
    assert_eq!(json.code, 0, "{json:?}");
    assert!(program::json(json.out.trim()).is_array(), "{json:?}");
    assert!(
        json.sentence().contains("Start PipeWire or PulseAudio"),
        "{json:?}"
    );
    let file = wav(&home, "tone.wav", 1);
    let said = home.run(&["play", &file, "--to", "room:a"]);
    assert_eq!((said.code, &*said.err), (0, ""), "{said:?}");
    assert!(!said.out.contains("PulseAudio"), "{said:?}");
}

#[test]
fn wrong_usage_is_one_sentence_that_says_what_to_write() {
    let home = Home::new();
    for (line, part) in [
        ("stauts", "Did you mean \"status\"?"),
        ("zone set kitchen", "`inphase zone set` needs"),
        (
            "play a.wav --to room:a --latency -3",
            "Use auto, or 1 to 5000 ms.",
        ),
        (
            "play a.wav --to room:a --to room:a",
            "Another --to already plays",
        ),
        ("--demo run", "`inphase run --demo`"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let said = home.run(&words);
        assert_eq!((said.code, &*said.out), (2, ""), "{said:?}");
        assert!(said.sentence().contains(part), "{said:?}");
    }
    let said = home.run(&["--demo", "status"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.sentence().contains("`inphase --demo`"), "{said:?}");
}

#[test]
fn a_source_is_found_from_where_the_command_is_given() {
    let home = Home::new();
    let run = saved_rig(&home);
    std::fs::create_dir(home.path("music")).unwrap();
    for name in ["music/one.wav", "music/two.wav"] {
        let _ = wav(&home, name, 4);
    }
    let at = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        let _ = command.current_dir(home.path("music"));
        let mut program = Program::start(command);
        let code = program.exit_code();
        let (out, err) = (program.out.text(), program.err.text());
        Said { code, out, err }
    };
    let said = at(&["set", "source", "one.wav", "two.wav"]);
    assert_eq!(said.code, 0, "{said:?}");
    let both = ["one.wav", "two.wav"].map(|name| format!("{:?}", home.path("music").join(name)));
    assert!(said.out.contains(&both.join(" ")), "{said:?}");
    let _ = home.wait_for("the tone", |status| {
        status["source"]["title"]
            .as_str()
            .is_some_and(|title| title.contains("one"))
    });
    let said = at(&["set", "source", "three.wav"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.sentence().contains("music/three.wav is not there"),
        "{said:?}"
    );
    home.quit(run);
}

#[test]
fn bluetooth_orders_about_what_is_not_there_are_refused_at_once() {
    let home = Home::new();
    let demo = home.start(&["run", "--demo"]);
    for (line, part) in [
        ("answer 7 yes", "Nobody waits"),
        ("off hci7", "no adapter hci7"),
        ("take-over", "nothing to take over"),
        ("connect AA:BB:CC:DD:EE:FF", "Look for it first"),
    ] {
        let words: Vec<&str> = std::iter::once("bluetooth")
            .chain(line.split(' '))
            .collect();
        let said = home.run(&words);
        assert_eq!(said.code, 1, "{line}: {said:?}");
        assert!(said.sentence().contains(part), "{line}: {said:?}");
    }
    home.quit(demo);
}

#[test]
fn a_rig_that_cannot_be_read_is_left_alone_and_told_with_its_path() {
    let home = Home::new();
    let measurements = home.path("state/inphase/measurements.toml");
    for place in [home.rig(), measurements.clone()] {
        fs::create_dir_all(place).unwrap();
    }
    for mode in [
        &["run", "--simulated"][..],
        &["run", "--quiet", "--attended"],
    ] {
        let said = home.run(mode);
        assert_eq!(said.code, 1, "{said:?}");
        let path = home.rig().display().to_string();
        assert!(said.sentence().starts_with(&path), "{said:?}");
        assert!(said.sentence().contains("Move it away"), "{said:?}");
    }
    assert!(home.rig().is_dir(), "it is where it was");
    assert!(measurements.is_dir(), "so is what else cannot be read");
    let beside = fs::read_dir(home.rig().parent().unwrap()).unwrap();
    assert_eq!(beside.count(), 1, "and alone");
}

#[test]
fn a_busy_a_forbidden_and_an_unable_device_say_so() {
    let home = Home::new();
    let Some(plugin) = refusing_plugin(&home) else {
        return println!("skipped: no C compiler or no libasound2-dev");
    };
    let mut text = format!("pcm_type.refuse {{ lib \"{}\" }}\n", plugin.display());
    for (name, error) in [("busy", 16), ("forbidden", 13), ("unable", 22)] {
        text += &format!(
            "pcm.{name} {{ type refuse error {error} hint {{ show on description \"{name}\" }} }}\n"
        );
    }
    fs::write(home.path(".asoundrc"), text).unwrap();
    let file = wav(&home, "tone.wav", 1);
    for (name, sentence) in [
        (
            "busy",
            "alsa:busy is in use by another program. Close that program",
        ),
        (
            "forbidden",
            "No permission to use alsa:forbidden. Add yourself",
        ),
        ("unable", "alsa:unable cannot do"),
    ] {
        let said = refused(&home, &[&file, "--to", &format!("alsa:{name}")]);
        assert!(said.contains(sentence), "{said}");
    }
}

/// Builds the ALSA plugin whose devices cannot be opened.
fn refusing_plugin(home: &Home) -> Option<PathBuf> {
    let plugin = home.path("libasound_module_pcm_refuse.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/refuse.c");
    let built = Command::new("cc")
        .args(["-fPIC", "-DPIC", "-shared", "-o"])
        .arg(&plugin)
        .arg(source)
        .arg("-lasound")
        .output();
    built
        .is_ok_and(|built| built.status.success())
        .then_some(plugin)
}

#[test]
fn an_unsupported_rate_is_converted_or_refused_in_words() {
    let home = Home::new();
    let text = misused(
        &home,
        &["-", "--rate", "5", "--to", "room:tv-bar", "--simulated"],
    );
    assert!(text.contains("Use 8000 to 192000 Hz."), "{text}");
    let path = home.path("fast.wav");
    write_wav(&path, 384_000, 384_000, tone);
    let file = path.to_str().unwrap();
    let said = home.run(&["play", file, "--to", "room:tv-bar", "--simulated"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Played to the end."), "{said:?}");
    let sentence = refused(&home, &[file, "--to", "room:tv-bar#3", "--simulated"]);
    assert!(
        sentence.contains("cannot do 3 channels. It offers up to 2"),
        "{sentence}"
    );
}

#[test]
fn an_empty_rig_says_what_is_missing_until_it_plays() {
    let home = Home::new();
    let mut run = home.start(&["run", "--simulated"]);
    let missing = |next: &str| {
        let said = home.run(&["resume"]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.sentence().contains(next), "{said:?}");
    };
    missing("inphase set source");
    assert!(!run.has_ended(), "an empty rig can be set up");
    let _ = home.ask(&["set", "source", "test:pink"]);
    missing("inphase speaker add");
    let _ = home.ask(&["zone", "add", "all"]);
    let _ = home.ask(&["speaker", "add", "room:tv-bar", "--zone", "all"]);
    let _ = home.ask(&["resume"]);
    let _ = home.wait_for("sound", |status| sounds(status, "tv-bar"));
    home.quit(run);
}

#[test]
fn two_speakers_on_one_channel_are_noticed() {
    let home = Home::new();
    let file = wav(&home, "tone.wav", 1);
    let to = ["--to", "room:tv-bar#1=L", "--to", "room:tv-bar#1=R"];
    let text = misused(&home, &[&[&*file, "--simulated"], &to[..]].concat());
    assert!(
        text.contains("already plays on channel 1 of room:tv-bar"),
        "{text}"
    );

    let run = saved_rig(&home);
    let _ = home.ask(&[
        "speaker",
        "add",
        "room:tv-bar#2=R",
        "--id",
        "twin",
        "--zone",
        "all",
    ]);
    let sentence = home.wait_for_event("stays silent");
    assert!(sentence.contains("Choose other channels"), "{sentence}");
    let status = home.wait_for("the first one goes on", |status| {
        sounds(status, "tv-bar") && speaker(status, "twin")["problem"].is_string()
    });
    let problem = speaker(&status, "twin")["problem"].as_str().unwrap();
    assert!(problem.contains("already plays on channel 2"), "{problem}");
    home.quit(run);
}

#[test]
fn files_that_are_missing_unreadable_or_no_audio_are_named() {
    let home = Home::new();
    let rest = ["--to", "room:tv-bar", "--simulated"];
    let refused = |file: &str| refused(&home, &[&[file], &rest[..]].concat());
    let missing = home.path("missing.flac").display().to_string();
    assert!(refused(&missing).contains("missing.flac cannot be opened"));
    let directory = home.path("state").display().to_string();
    let sentence = refused(&directory);
    assert!(
        sentence.contains("state") && sentence.contains("Name an audio file"),
        "{sentence}"
    );
    let text = home.path("text.wav");
    fs::write(&text, "This is no audio.\n".repeat(100)).unwrap();
    assert!(refused(text.to_str().unwrap()).contains("text.wav is not audio"));
    // Beside a good one it is left out.
    let good = wav(&home, "good.wav", 1);
    let said = home.run(&[&["play", &missing, &good], &rest[..]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.contains("Left out: ") && said.out.contains("Played to the end."),
        "{said:?}"
    );
}

#[test]
fn a_file_that_is_damaged_in_the_middle_plays_on() {
    let home = Home::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/long.flac");
    let mut bytes = fs::read(fixture).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2_000].fill(0x55);
    let damaged = home.path("damaged.flac");
    fs::write(&damaged, bytes).unwrap();
    let good = wav(&home, "good.wav", 1);
    let damaged = damaged.to_str().unwrap();
    let said = home.run(&["play", damaged, &good, "--to", "room:tv-bar", "--simulated"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.contains("damaged.flac is damaged at 0:00"),
        "{said:?}"
    );
    assert!(said.out.contains("Played to the end."), "{said:?}");
}

#[test]
fn a_pipe_whose_writer_closes_and_comes_back_sounds_again() {
    let home = Home::new();
    let fifo = home.path("fifo");
    let from = format!("pipe:{}", fifo.display());
    let run = home.start(&[
        "play",
        &from,
        "--rate",
        "48000",
        "--to",
        "room:tv-bar",
        "--simulated",
    ]);
    let sentence = home.wait_for_event("did not exist and was made");
    assert!(
        sentence.contains("start the program that writes to it"),
        "{sentence}"
    );
    for turn in ["first", "second"] {
        let mut writer = OpenOptions::new().write(true).open(&fifo).unwrap();
        let write = std::thread::spawn(move || {
            for frame in 0..4 * RATE {
                for sample in tone(frame) {
                    let sample = (sample * 32_767.0) as i16;
                    writer.write_all(&sample.to_le_bytes()).unwrap();
                }
            }
        });
        let _ = home.wait_for(turn, |status| {
            sounds(status, "tv-bar") && level(status) > -20.0
        });
        write.join().unwrap();
        let _ = home.wait_for("silence", |status| level(status) < -100.0);
    }
    home.quit(run);
}

#[test]
fn a_full_disk_does_not_stop_the_music_and_nothing_is_lost() {
    let home = Home::new();
    let run = saved_rig(&home);
    let saved = || fs::read_to_string(home.rig()).unwrap_or_default();
    assert!(until(|| saved().contains("tv-bar")), "the rig is saved");
    home.quit(run);

    let full = home.path("full");
    fs::create_dir(&full).unwrap();
    // A disk of its own that nobody else sees, with just enough room for the rig.
    let script = "mount -t tmpfs -o size=64k none full && mkdir full/inphase \
                  && cp config/inphase/rig.toml full/inphase/ \
                  && { head -c 1m /dev/zero > full/filler; exec \"$@\"; }";
    let probe = ["-rm", "sh", "-c", "mount -t tmpfs none full"];
    let mut allowed = Command::new("unshare");
    let _ = allowed.args(probe).current_dir(home.path("."));
    if !allowed.output().is_ok_and(|done| done.status.success()) {
        return println!("skipped: no disk of our own can be mounted here");
    }
    let config = full.join("inphase").display().to_string();
    let program = home.command(&["run", "--simulated", "--config-dir", &config]);
    let mut command = Command::new("unshare");
    let _ = command
        .args(["-rm", "sh", "-c", script, "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(home.path("."));
    for (name, value) in program.get_envs() {
        let _ = match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut run = Program::start(command);
    assert!(until(|| run.has_ended() || home.socket().exists()));
    let _ = home.wait_for("sound", |status| sounds(status, "tv-bar"));
    let inside = PathBuf::from(format!("/proc/{}/root", run.id()));
    let inside = |path: &Path| inside.join(path.strip_prefix("/").unwrap());
    let rig = inside(&full.join("inphase/rig.toml"));
    let before = fs::read_to_string(&rig).unwrap();
    assert!(before.contains("tv-bar"), "{before}");

    let _ = home.ask(&["set", "speakers.tv-bar.trim", "180us"]);
    let sentence = home.wait_for_event("The disk is full");
    assert!(sentence.contains("Free some space"), "{sentence}");
    assert_eq!(
        fs::read_to_string(&rig).unwrap(),
        before,
        "the old rig is whole"
    );
    let status = home.wait_for("music", |status| sounds(status, "tv-bar"));
    assert_eq!(
        speaker(&status, "tv-bar")["trim_us"],
        180.0,
        "the change is in force"
    );

    fs::remove_file(inside(&full.join("filler"))).unwrap();
    let _ = home.ask(&["set", "speakers.tv-bar.name", "Bathroom"]);
    let saved = || fs::read_to_string(&rig).unwrap_or_default();
    let both = until(|| saved().contains("Bathroom") && saved().contains("180"));
    assert!(both, "both changes are saved: {}", saved());
    home.quit(run);
}

#[test]
fn a_second_instance_is_told_and_the_first_goes_on() {
    let home = Home::new();
    let run = saved_rig(&home);
    for second in [
        &["run", "--simulated"][..],
        &["play", "test:pink", "--to", "room:tv-bar", "--simulated"],
    ] {
        let said = home.run(second);
        assert_eq!(said.code, 1, "{said:?}");
        let process = format!("already running (process {})", run.id());
        assert!(said.sentence().contains(&process), "{said:?}");
        assert!(said.sentence().contains("inphase quit"), "{said:?}");
    }
    let _ = home.wait_for("the first one", |status| sounds(status, "tv-bar"));
    home.quit(run);
    let said = home.run(&["status"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.sentence().contains("Start it with `inphase run`"),
        "{said:?}"
    );
}

#[test]
fn a_damaged_rig_starts_with_the_rest_and_keeps_a_copy() {
    let home = Home::new();
    let run = saved_rig(&home);
    let _ = home.ask(&["set", "speakers.tv-bar.trim", "180us"]);
    let _ = home.ask(&["set", "speakers.tv-bar.gain", "-6"]);
    let saved = || fs::read_to_string(home.rig()).unwrap_or_default();
    assert!(until(
        || saved().contains("trim_us = 180") && saved().contains("-6")
    ));
    home.quit(run);

    // A wrong type, and a file that was cut in the middle of a later table.
    let damaged =
        saved().replace("trim_us = 180", "trim_us = \"much\"") + "\n[[speakers]]\nid = \"cu";
    let mut file = File::create(home.rig()).unwrap();
    file.write_all(damaged.as_bytes()).unwrap();
    drop(file);
    let run = home.start(&["run", "--simulated"]);
    let sentence = home.wait_for_event("kept as rig.toml.damaged-1");
    println!("{sentence}");
    let copy = home.rig().with_file_name("rig.toml.damaged-1");
    assert_eq!(fs::read_to_string(copy).unwrap(), damaged);
    let status = home.wait_for("the rest", |status| sounds(status, "tv-bar"));
    assert_eq!(speaker(&status, "tv-bar")["trim_us"], 0.0);
    let _ = home.ask(&["set", "speakers.tv-bar.name", "Bathroom"]);
    assert!(
        until(|| saved().contains("Bathroom") && saved().contains("-6")),
        "{}",
        saved()
    );
    home.quit(run);
}
