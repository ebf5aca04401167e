//! Sessions over a control task that the test plays.
#![allow(clippy::unwrap_used)]

use std::{future::pending, sync::Arc};

use tokio::sync::mpsc;

use super::*;
use crate::engine::{
    Ends, EventKind, Reply,
    snapshot::{SourceState, SpeakerState},
};
use crate::rig::{Rig, Speaker, Zone};
use crate::sync::time::Nanos;

fn snapshot(transport: Transport) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        transport,
        speakers: vec![SpeakerState {
            id: "left".into(),
            ..SpeakerState::default()
        }],
        ..Snapshot::default()
    })
}

/// One speaker in one zone.
fn rig() -> Rig {
    Rig {
        speakers: vec![Speaker {
            id: "left".into(),
            ..Speaker::default()
        }],
        zones: vec![Zone {
            id: "all".into(),
            speakers: vec!["left".into()],
            ..Zone::default()
        }],
        ..Rig::default()
    }
}

fn event(kind: EventKind, text: &str) -> Event {
    Event {
        time: Nanos::ZERO,
        unix_ms: 0,
        kind,
        speaker: None,
        text: text.into(),
    }
}

async fn answer(ends: &mut Ends, expected: Command, answer: Result<(), &str>) {
    let envelope = ends.commands.recv().await.unwrap();
    assert_eq!(envelope.command, expected);
    let answer = answer
        .map(|()| Reply {
            message: String::new(),
        })
        .map_err(|message| CommandError {
            message: message.into(),
        });
    drop(envelope.reply.unwrap().send(answer));
}

const PLAY: Plan = Plan {
    stop_after: None,
    only_source: true,
    attended: false,
};

/// An output whose lines the test can wait for.
struct Wire(mpsc::UnboundedSender<String>);

impl io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        drop(self.0.send(String::from_utf8_lossy(bytes).into_owned()));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn until(lines: &mut mpsc::UnboundedReceiver<String>, text: &str) {
    while !lines.recv().await.unwrap().contains(text) {}
}

#[tokio::test]
async fn play_shows_plain_lines_and_ends_with_its_source() {
    let (handle, mut ends) = Handle::pair();
    drop(ends.rigs.send_replace(Arc::new(rig())));
    let (sender, mut lines) = mpsc::unbounded_channel();
    let mut screen = Screen::new(Wire(sender), false, false);
    let control = async {
        answer(&mut ends, Command::Play, Ok(())).await;
        until(&mut lines, "Nothing playing yet").await;
        let _receivers = ends.events.send(event(EventKind::Info, "Begun.")).unwrap();
        until(&mut lines, "Begun.").await;
        drop(ends.snapshots.send_replace(snapshot(Transport::Starting)));
        until(&mut lines, "Starting").await;
        drop(ends.snapshots.send_replace(snapshot(Transport::Playing)));
        until(&mut lines, "Playing").await;
        drop(ends.snapshots.send_replace(snapshot(Transport::Stopped)));
        pending::<()>().await;
    };
    tokio::select! {
        outcome = attend(&handle, &PLAY, &mut screen, pending()) => outcome.unwrap(),
        () = control => unreachable!("the session ends first"),
    }
}

#[tokio::test]
async fn a_refusal_ends_play_and_not_run() {
    let (handle, mut ends) = Handle::pair();
    let mut screen = Screen::new(Vec::new(), false, true);
    let (outcome, ()) = tokio::join!(
        attend(&handle, &PLAY, &mut screen, pending()),
        answer(&mut ends, Command::Play, Err("No such file."))
    );
    assert!(matches!(outcome, Err(Failure::Refused(text)) if text == "No such file."));
    let run = Plan::default();
    let control = async {
        answer(&mut ends, Command::Play, Err("Nothing to play.")).await;
        drop(ends);
    };
    let (outcome, ()) = tokio::join!(attend(&handle, &run, &mut screen, pending()), control);
    outcome.unwrap();
}

#[test]
fn play_gives_up_when_no_device_opens_and_waits_for_a_lost_one() {
    let look = |transport, problems: &[Option<&str>]| Snapshot {
        transport,
        speakers: problems
            .iter()
            .map(|problem| SpeakerState {
                problem: problem.map(Into::into),
                ..SpeakerState::default()
            })
            .collect(),
        ..Snapshot::default()
    };
    let after = |snapshot: &Snapshot, looks| {
        let mut luck = DeviceLuck::default();
        (0..looks).find_map(|_| luck.gives_up(&rig(), snapshot))
    };
    let busy = Some("Busy.");
    let hopeless = look(Transport::Starting, &[busy, Some("Gone.")]);
    assert_eq!(after(&hopeless, LOOKS - 1), None);
    assert_eq!(after(&hopeless, LOOKS).as_deref(), Some("Busy."));
    for hopeful in [
        look(Transport::Starting, &[busy, None]),
        look(Transport::Playing, &[busy]),
        look(Transport::Starting, &[]),
    ] {
        assert_eq!(after(&hopeful, 10 * LOOKS), None);
    }
}

#[test]
fn play_gives_up_on_a_source_that_cannot_be_opened_but_waits_for_an_echo() {
    let snapshot = Snapshot {
        transport: Transport::Starting,
        source: Some(SourceState {
            problem: Some("It is not there.".into()),
            ..SourceState::default()
        }),
        speakers: vec![SpeakerState::default()],
        ..Snapshot::default()
    };
    let after = |source: &str| {
        let rig = Rig {
            source: Some(source.parse().unwrap()),
            ..rig()
        };
        let mut luck = DeviceLuck::default();
        (0..LOOKS).find_map(|_| luck.gives_up(&rig, &snapshot))
    };
    assert_eq!(
        after("capture:alsa:hw:CARD=Codec,DEV=0").as_deref(),
        Some("It is not there.")
    );
    assert_eq!(after("desktop").as_deref(), Some("It is not there."));
    assert_eq!(after("capture:bt:02:00:00:00:02:01"), None);
}

#[test]
fn play_gives_up_on_devices_that_never_get_ready() {
    let mut luck = DeviceLuck::default();
    let starting = snapshot(Transport::Starting);
    assert!((0..STARTS).all(|_| !luck.takes_too_long(&rig(), &starting)));
    assert!(luck.takes_too_long(&rig(), &starting));
    assert!(!luck.takes_too_long(&rig(), &snapshot(Transport::Playing)));
    assert!(
        !luck.takes_too_long(&rig(), &starting),
        "from the beginning"
    );
}

#[tokio::test]
async fn play_fails_when_its_time_is_over_and_nothing_was_heard() {
    let soon = Plan {
        stop_after: Some(Duration::from_millis(1)),
        ..PLAY
    };
    let after = async |state: Arc<Snapshot>| {
        let (handle, ends) = Handle::pair();
        drop(ends.rigs.send_replace(Arc::new(rig())));
        drop(ends.snapshots.send_replace(state));
        let mut quiet = Screen::new(Vec::new(), false, true);
        match attend(&handle, &soon, &mut quiet, pending()).await {
            Ok(()) => String::new(),
            Err(Failure::Refused(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(after(snapshot(Transport::Playing)).await, "");
    let said = after(snapshot(Transport::Starting)).await;
    assert!(said.contains("was not ready in time"), "{said}");
    let mut missing = (*snapshot(Transport::Starting)).clone();
    missing.speakers[0].problem = Some("Left is not there.".into());
    assert_eq!(after(Arc::new(missing)).await, "Left is not there.");
}

#[tokio::test]
async fn a_signal_the_time_and_a_closed_output_end_a_session() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (handle, mut ends) = Handle::pair();
    let mut quiet = Screen::new(Vec::new(), false, true);
    attend(&handle, &PLAY, &mut quiet, async {}).await.unwrap();
    let soon = Plan {
        stop_after: Some(Duration::from_millis(1)),
        ..PLAY
    };
    drop(ends.snapshots.send_replace(snapshot(Transport::Playing)));
    attend(&handle, &soon, &mut quiet, pending()).await.unwrap();
    while ends.commands.try_recv().is_ok() {}
    let mut closed = Screen::new(Closed, true, false);
    let (outcome, ()) = tokio::join!(
        attend(&handle, &PLAY, &mut closed, pending()),
        answer(&mut ends, Command::Play, Ok(()))
    );
    outcome.unwrap();
}

#[tokio::test]
async fn the_farewell_quits_and_waits_for_the_engine() {
    let (handle, mut ends) = Handle::pair();
    let control = async move {
        answer(&mut ends, Command::Quit, Ok(())).await;
        drop(ends);
    };
    let (outcome, ()) = tokio::join!(farewell(&handle), control);
    outcome.unwrap();
    assert!(handle.has_ended());
    farewell(&handle).await.unwrap();
}

#[test]
fn a_terminal_gets_one_live_line_that_events_do_not_break() {
    let mut text = Vec::new();
    let mut screen = Screen::new(&mut text, true, false);
    screen.draw(&rig(), &snapshot(Transport::Playing)).unwrap();
    screen.draw(&rig(), &snapshot(Transport::Playing)).unwrap();
    screen
        .event(&event(EventKind::Lost, "Left is gone."))
        .unwrap();
    screen.finish().unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.matches("\r\x1b[K").count(), 2, "{text:?}");
    assert_eq!(text.matches('\n').count(), 2, "{text:?}");
    assert!(text.ends_with('\n'));
}

#[test]
fn quiet_shows_problems_only() {
    let mut text = Vec::new();
    let mut screen = Screen::new(&mut text, false, true);
    screen.draw(&rig(), &snapshot(Transport::Playing)).unwrap();
    screen.event(&event(EventKind::Info, "Track two.")).unwrap();
    screen
        .event(&event(EventKind::Xrun, "Left ran dry."))
        .unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.ends_with("Left ran dry.\n") && text.lines().count() == 1,
        "{text}"
    );
}
