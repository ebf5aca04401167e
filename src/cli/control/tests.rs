//! Actions against a served handle whose control task the test plays.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use clap::Parser as _;
use tokio::{net::UnixListener, sync::oneshot};

use super::*;
use crate::{
    cli::args::Cli,
    engine::{Handle, Reply},
    remote::server::{Limits, serve},
    rig::Role,
};

fn rig() -> Rig {
    let zone = |id: &str| Zone {
        id: id.into(),
        name: id.into(),
        ..Zone::default()
    };
    Rig {
        speakers: vec![Speaker {
            id: "left".into(),
            name: "Flip 6 left".into(),
            ..Speaker::default()
        }],
        zones: vec![zone("kitchen"), zone("bath")],
        ..Rig::default()
    }
}

/// Carries out a command line; gives what the engine got and how it went.
async fn done(line: &str, transport: Transport) -> (Vec<Command>, Result<(), Failure>) {
    let directory = tempfile::tempdir().unwrap();
    let place = Place::at(directory.path().join("control.sock"));
    let (handle, mut ends) = Handle::pair();
    let listener = UnixListener::bind(place.socket()).unwrap();
    let (_stop, stopped) = oneshot::channel();
    drop(tokio::spawn(serve(
        listener,
        handle,
        Limits::default(),
        stopped,
    )));
    drop(ends.rigs.send_replace(Arc::new(rig())));
    drop(ends.snapshots.send_replace(Arc::new(Snapshot {
        transport,
        ..Snapshot::default()
    })));
    let (over, mut told) = oneshot::channel::<()>();
    let control = tokio::spawn(async move {
        let mut seen = Vec::new();
        loop {
            tokio::select! {
                envelope = ends.commands.recv() => {
                    let envelope = envelope.unwrap();
                    seen.push(envelope.command.clone());
                    let message = "Done.".to_owned();
                    drop(envelope.reply.unwrap().send(Ok(Reply { message })));
                    if envelope.command == Command::Quit {
                        return seen;
                    }
                }
                _ = &mut told => return seen,
            }
        }
    });
    let words = ["inphase"].into_iter().chain(line.split(' '));
    let cli = Cli::try_parse_from(words).unwrap();
    let outcome = carry_out(cli.action.unwrap(), &place).await;
    drop(over);
    (control.await.unwrap(), outcome)
}

#[tokio::test]
async fn every_action_becomes_its_command() {
    let set = |path: &str, value: &str| {
        Command::Edit(Edit::Set {
            path: path.into(),
            value: value.into(),
        })
    };
    let moved = |zone: Option<&str>, index| {
        Command::Edit(Edit::MoveSpeaker {
            speaker: "left".into(),
            zone: zone.map(Into::into),
            index,
        })
    };
    let table = [
        ("undo", Command::Undo),
        ("redo", Command::Redo),
        ("pause", Command::Pause),
        ("resume", Command::Play),
        ("stop", Command::Stop),
        ("play-pause", Command::Pause),
        ("rescan", Command::Rescan),
        ("quit", Command::Quit),
        ("identify left", Command::Identify("left".into())),
        (
            "set speakers.left.trim 180us",
            set("speakers.left.trim", "180us"),
        ),
        (
            "set zones.kitchen.gain -3 dB",
            set("zones.kitchen.gain", "-3 dB"),
        ),
        ("zone set BATH gain -3 dB", set("zones.bath.gain", "-3 dB")),
        ("move left kitchen 1", moved(Some("kitchen"), 0)),
        ("move left kitchen", moved(Some("kitchen"), usize::MAX)),
        ("move left -", moved(None, usize::MAX)),
        ("move left", moved(None, usize::MAX)),
        (
            "zone remove bath",
            Command::Edit(Edit::RemoveZone("bath".into())),
        ),
        (
            "zone move bath 1",
            Command::Edit(Edit::MoveZone {
                zone: "bath".into(),
                index: 0,
            }),
        ),
        (
            "zone add den --name Den --own",
            Command::Edit(Edit::AddZone(Zone {
                id: "den".into(),
                name: "Den".into(),
                timing: Timing::Own,
                ..Zone::default()
            })),
        ),
        (
            "speaker remove left",
            Command::Edit(Edit::RemoveSpeaker("left".into())),
        ),
    ];
    for (line, expected) in table {
        let (seen, outcome) = done(line, Transport::Playing).await;
        outcome.unwrap();
        assert_eq!(seen, [expected], "{line}");
    }
    let (seen, _) = done("play-pause", Transport::Paused).await;
    assert_eq!(seen, [Command::Play]);
}

#[tokio::test]
async fn a_speaker_is_added_and_put_into_its_zone() {
    let line = "speaker add alsa:left=R --zone kitchen";
    let (seen, outcome) = done(line, Transport::Stopped).await;
    outcome.unwrap();
    let [
        Command::Edit(Edit::AddSpeaker(speaker)),
        Command::Edit(Edit::MoveSpeaker { .. }),
    ] = &seen[..]
    else {
        panic!("{seen:?}");
    };
    // `left` is taken, so the new one gets the next free name.
    assert_eq!((&*speaker.id, speaker.role), ("left-2", Role::R));
}

#[tokio::test]
async fn unknown_names_are_refused_with_a_suggestion_and_nothing_is_sent() {
    let table = [
        (
            "identify lefft",
            "There is no speaker \"lefft\". Did you mean \"left\"?",
        ),
        (
            "move left kitchn",
            "There is no zone \"kitchn\". Did you mean \"kitchen\"?",
        ),
        (
            "speaker add alsa:x --zone bat",
            "There is no zone \"bat\". Did you mean \"bath\"?",
        ),
    ];
    for (line, expected) in table {
        let (seen, outcome) = done(line, Transport::Stopped).await;
        assert!(seen.is_empty(), "{line}");
        assert!(
            matches!(&outcome, Err(Failure::Refused(text)) if text == expected),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn without_an_instance_every_action_says_how_to_start_one() {
    let directory = tempfile::tempdir().unwrap();
    let place = Place::at(directory.path().join("control.sock"));
    let outcome = carry_out(Action::Pause, &place).await;
    let Err(Failure::Nobody(socket)) = outcome else {
        panic!("{outcome:?}");
    };
    let said = crate::cli::nobody(&socket);
    let start = format!("`inphase --socket {} run`", place.socket().display());
    assert!(
        said.starts_with("Nothing answers at") && said.contains(&start),
        "{said}"
    );
    let own = crate::cli::nobody(Place::of_user().socket());
    assert_eq!(own, "Inphase is not running. Start it with `inphase run`.");
}
