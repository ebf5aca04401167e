//! A handle over the socket against a control task that the test plays.
#![allow(clippy::unwrap_used)]

use tokio::net::UnixListener;

use super::*;
use crate::{
    engine::{Command as Wish, Snapshot},
    remote::server::{Limits, serve},
    rig::{Rig, edit::Edit},
    sync::time::Nanos,
};

/// An engine whose control task is the test, behind a socket.
struct Far {
    ends: Ends,
    place: Place,
    _directory: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl Far {
    fn new(limits: Limits) -> Self {
        let (handle, ends) = Handle::pair();
        let directory = tempfile::tempdir().unwrap();
        let place = Place::at(directory.path().join("control.sock"));
        let listener = UnixListener::bind(place.socket()).unwrap();
        let (stop, stopped) = oneshot::channel();
        drop(tokio::spawn(serve(listener, handle, limits, stopped)));
        Self {
            ends,
            place,
            _directory: directory,
            _stop: stop,
        }
    }
}

fn starter(script: &str) -> (tempfile::TempDir, Starter) {
    let directory = tempfile::tempdir().unwrap();
    let starter = Starter {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        complaints: directory.path().join("log/engine.txt"),
    };
    (directory, starter)
}

#[tokio::test]
async fn state_and_rig_cross_the_socket_unchanged() {
    let far = Far::new(Limits::default());
    let handle = attach(far.place.clone(), None);
    let rig = Rig {
        name: "Küche".into(),
        ..Rig::default()
    };
    let snapshot = Snapshot {
        time: Nanos(7),
        revision: 3,
        undo: Some("Moved Sub.".into()),
        comparing: Some("sub".into()),
        ..Snapshot::default()
    };
    let _old = far.ends.rigs.send_replace(Arc::new(rig.clone()));
    let _old = far.ends.snapshots.send_replace(Arc::new(snapshot.clone()));
    let (mut rigs, mut snapshots) = (handle.rigs(), handle.snapshots());
    let seen = rigs.wait_for(|seen| **seen == rig).await.unwrap();
    drop(seen);
    let seen = snapshots.wait_for(|seen| **seen == snapshot).await.unwrap();
    drop(seen);
    let mut events = handle.events();
    let event = Event {
        time: Nanos(8),
        unix_ms: 9,
        kind: EventKind::Back,
        speaker: Some("sub".into()),
        text: "Sub is back.".into(),
    };
    // The watch over events begins after the one over snapshots.
    while far.ends.events.receiver_count() == 0 {
        tokio::task::yield_now().await;
    }
    let _listeners = far.ends.events.send(event.clone()).unwrap();
    assert_eq!(events.recv().await.unwrap(), event);
}

#[tokio::test]
async fn commands_and_questions_are_answered_in_their_order() {
    let mut far = Far::new(Limits::default());
    let handle = attach(far.place.clone(), None);
    let hold = Wish::Hold {
        edit: Edit::All(vec![Edit::set("speakers.sub.trim", "1ms")]),
        gesture: 4,
    };
    let control = async {
        let envelope = far.ends.commands.recv().await.unwrap();
        assert_eq!(envelope.command, hold);
        let message = "Set.".into();
        envelope.reply.unwrap().send(Ok(Reply { message })).unwrap();
        let envelope = far.ends.commands.recv().await.unwrap();
        assert_eq!(envelope.command, Wish::Compare(None));
        let message = "No.".into();
        let refusal = Err(CommandError { message });
        envelope.reply.unwrap().send(refusal).unwrap();
        let Some(Query::Cost { edit, answer }) = far.ends.queries.recv().await else {
            panic!("another question");
        };
        assert_eq!(edit, Edit::set("x", "y"));
        answer.send(Ok(Vec::new())).unwrap();
        let Some(Query::HistoryCsv { range_secs, answer }) = far.ends.queries.recv().await else {
            panic!("another question");
        };
        answer.send(range_secs.to_string()).unwrap();
    };
    let window = async {
        let reply = handle.send(hold.clone()).await.unwrap();
        assert_eq!(reply.message, "Set.");
        let refusal = handle.send(Wish::Compare(None)).await.unwrap_err();
        assert_eq!(refusal.message, "No.");
        assert_eq!(handle.cost(Edit::set("x", "y")).await.unwrap(), []);
        assert_eq!(handle.history_csv(2.5).await.unwrap(), "2.5");
    };
    let ((), ()) = tokio::join!(control, window);
}

#[tokio::test]
async fn the_handle_ends_with_the_engine() {
    let far = Far::new(Limits::default());
    let handle = attach(far.place.clone(), None);
    let mut snapshots = handle.snapshots();
    let _old = far.ends.snapshots.send_replace(Arc::new(Snapshot {
        time: Nanos(1),
        ..Snapshot::default()
    }));
    let seen = snapshots.wait_for(|seen| seen.time == Nanos(1)).await;
    drop(seen.unwrap());
    assert!(!handle.has_ended());
    drop(far);
    handle.ended().await;
    assert!(handle.send(Wish::Play).await.is_err());
    assert!(handle.snapshots().borrow().notices.is_empty());
}

#[tokio::test]
async fn an_engine_that_nobody_watches_any_more_is_told_to_end() {
    let limits = Limits {
        alone: Some(Duration::from_millis(1)),
        ..Limits::default()
    };
    let mut far = Far::new(limits);
    let envelope = far.ends.commands.recv().await.unwrap();
    assert_eq!(envelope.command, Wish::Quit);
}

#[tokio::test]
async fn without_an_engine_the_last_state_says_what_to_do() {
    let place = Place::at("/nonexistent/inphase/control.sock".into());
    let handle = attach(place.clone(), None);
    handle.ended().await;
    let notices = handle.snapshots().borrow().notices.clone();
    assert_eq!(
        notices,
        ["Inphase is not running. Start it with `inphase run`."]
    );
    let (_directory, starter) = starter("echo 'inphase: No room.' >&2; exit 1");
    let handle = attach(place.clone(), Some(starter));
    handle.ended().await;
    let notices = handle.snapshots().borrow().notices.clone();
    assert_eq!(notices, ["The engine did not start. No room."]);
    let (_directory, silent) = self::starter("exit 1");
    let handle = attach(place.clone(), Some(silent));
    handle.ended().await;
    let notices = handle.snapshots().borrow().notices.clone();
    assert!(
        notices[0].contains("`inphase run` in a terminal"),
        "{notices:?}"
    );
    let missing = Starter {
        program: "/nonexistent/inphase".into(),
        arguments: Vec::new(),
        complaints: "/nonexistent/engine.txt".into(),
    };
    let handle = attach(place, Some(missing));
    handle.ended().await;
    assert_eq!(handle.snapshots().borrow().notices.len(), 1);
}
