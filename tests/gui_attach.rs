//! The window's way to an engine: it is started where none runs, outlives the
//! window, and the window follows it over the socket. The real program.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/program.rs"]
mod program;

use std::time::Duration;

use inphase::engine::snapshot::{Health, Snapshot, Transport};
use inphase::engine::{Command, Handle};
use inphase::remote::{Place, Starter, attach};
use inphase::rig::Speaker;
use inphase::rig::edit::Edit;
use inphase::sync::time::Nanos;
use program::{Home, LIMIT};

/// As the window starts its engine.
fn starter(home: &Home, arguments: &[&str]) -> Starter {
    let command = home.command(arguments);
    let mut with_home = vec!["-i".into()];
    let inherited = ["PATH", "TMPDIR", "LLVM_PROFILE_FILE"];
    let variables = inherited
        .iter()
        .filter_map(|name| Some(((*name).into(), std::env::var_os(name)?)))
        .chain(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name.into(), value?.into()))),
        );
    for (name, value) in variables {
        let mut variable: std::ffi::OsString = name;
        variable.push("=");
        variable.push(value);
        with_home.push(variable);
    }
    with_home.push(command.get_program().into());
    with_home.extend(command.get_args().map(Into::into));
    Starter {
        program: "/usr/bin/env".into(),
        arguments: with_home,
        complaints: home.path("state/engine.txt"),
    }
}

/// Waits for a state; a hang fails.
async fn state(handle: &Handle, what: &str, wanted: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let mut snapshots = handle.snapshots();
    let waiting = snapshots.wait_for(|snapshot| wanted(snapshot));
    let seen = tokio::time::timeout(LIMIT, waiting).await;
    let seen = seen.unwrap_or_else(|_| panic!("{what} was not seen"));
    (**seen.unwrap_or_else(|_| panic!("the engine ended before {what}"))).clone()
}

/// The sub is heard without its trim of 2 ms, and with it again.
async fn without_trim(window: &Handle) {
    let trim = |snapshot: &Snapshot| {
        let sub = snapshot.speakers.iter().find(|of| of.id == "sub").unwrap();
        (sub.state == Health::InPhase).then_some(sub.trim_us)
    };
    let refused = window.send(Command::Compare(Some("subb".into()))).await;
    let sentence = refused.unwrap_err().message;
    assert!(sentence.contains("Did you mean \"sub\"?"), "{sentence}");
    let compare = Command::Compare(Some("sub".into()));
    let reply = window.send(compare).await.unwrap();
    assert_eq!(reply.message, "Sub is heard without its trim.");
    let untrimmed = |snapshot: &Snapshot| {
        snapshot.comparing.as_deref() == Some("sub") && trim(snapshot) == Some(0.0)
    };
    let _seen = state(window, "the comparison", untrimmed).await;
    assert_eq!(window.rigs().borrow().speaker("sub").unwrap().trim_us, 2000);
    let reply = window.send(Command::Compare(None)).await.unwrap();
    assert_eq!(reply.message, "All trims are heard again.");
    let again =
        |snapshot: &Snapshot| snapshot.comparing.is_none() && trim(snapshot) == Some(2000.0);
    let _seen = state(window, "the trim again", again).await;
}

/// A radio speaker that is no speaker of the rig yet.
async fn a_drop_costs_what_the_device_is_expected_to_take(window: &Handle) {
    let flip = Speaker {
        id: "flip".into(),
        output: "room:flip-6".parse().unwrap(),
        ..Speaker::default()
    };
    let edit = Edit::All(vec![
        Edit::AddSpeaker(flip),
        Edit::MoveSpeaker {
            speaker: "flip".into(),
            zone: Some("kitchen".into()),
            index: 2,
        },
    ]);
    let costs = window.cost(edit).await.unwrap();
    let millis = |of: Option<Nanos>| of.unwrap().millis();
    let (before, after) = (millis(costs[0].before), millis(costs[0].after));
    assert!((20.0..30.0).contains(&before), "{before} ms before");
    assert!((180.0..200.0).contains(&after), "{after} ms after");
}

#[tokio::test]
async fn a_window_starts_the_demo_follows_it_and_ends_it() {
    let home = Home::new();
    let place = Place::at(home.path("run/inphase/demo.sock"));
    let socket = place.socket().to_str().unwrap().to_owned();
    let arguments = [
        "--socket",
        &socket,
        "run",
        "--quiet",
        "--attended",
        "--demo",
    ];
    let begun = std::time::Instant::now();
    let window = attach(place.clone(), Some(starter(&home, &arguments)));
    assert!(begun.elapsed() < Duration::from_millis(50), "it waited");
    let first = state(&window, "a state", |snapshot| snapshot.demo).await;
    println!("state after {:?}", begun.elapsed());
    assert_eq!(first.speakers.len(), window.rigs().borrow().speakers.len());
    let in_phase = |snapshot: &Snapshot| {
        let playing = |id: &str| {
            let found = snapshot.speakers.iter().find(|of| of.id == id);
            found.is_some_and(|of| of.state == Health::InPhase)
        };
        snapshot.transport == Transport::Playing && playing("left-tower") && playing("sub")
    };
    let _playing = state(&window, "music", in_phase).await;

    // A second window sees what the first one does.
    let second = attach(place, None);
    let edit = Edit::set("speakers.sub.trim", "2ms");
    let reply = window.send(Command::Edit(edit)).await.unwrap();
    assert!(reply.message.contains('2'), "{}", reply.message);
    let trimmed = |snapshot: &Snapshot| {
        let sub = snapshot.speakers.iter().find(|of| of.id == "sub");
        sub.is_some_and(|of| of.trim_us == 2000.0) && snapshot.undo.is_some()
    };
    let _seen = state(&second, "the trim", trimmed).await;
    assert!(!second.devices().await.unwrap().is_empty());
    assert!(!second.recent_events().await.unwrap().is_empty());

    without_trim(&window).await;
    a_drop_costs_what_the_device_is_expected_to_take(&window).await;

    let _answer = window.send(Command::Quit).await;
    for handle in [window, second] {
        tokio::time::timeout(LIMIT, handle.ended()).await.unwrap();
    }
}

#[tokio::test]
async fn an_engine_of_the_users_own_outlives_the_window() {
    let home = Home::new();
    let place = Place::at(home.socket());
    let arguments = ["run", "--quiet", "--attended"];
    let window = attach(place, Some(starter(&home, &arguments)));
    let state = state(&window, "a state", |snapshot| snapshot.time.0 > 0).await;
    assert_eq!(state.transport, Transport::Stopped);
    assert!(!state.demo);
    drop(window);
    let status = home.status();
    assert_eq!(status["transport"], "stopped");
    assert_eq!(home.run(&["quit"]).code, 0);
}

#[tokio::test]
async fn a_window_tells_of_a_rig_that_cannot_be_read_and_leaves_it_alone() {
    let home = Home::new();
    std::fs::create_dir_all(home.rig()).unwrap();
    let arguments = ["run", "--quiet", "--attended"];
    let window = attach(Place::at(home.socket()), Some(starter(&home, &arguments)));
    tokio::time::timeout(LIMIT, window.ended()).await.unwrap();
    let notices = window.snapshots().borrow().notices.clone();
    let path = home.rig().display().to_string();
    assert!(
        notices[0].contains(&path) && notices[0].contains("Move it away"),
        "{notices:?}"
    );
    assert!(home.rig().is_dir(), "it is where it was");
}

#[test]
fn without_a_display_the_program_says_what_to_do() {
    let home = Home::new();
    let mut command = home.command(&[]);
    let _ = command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "inphase: There is no display for the window. Use `inphase run` to play without one.\n"
    );
}
