//! The server against well-behaved and ill-behaved clients.
#![allow(clippy::unwrap_used)]

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
};

use super::*;
use crate::{
    engine::{Command, CommandError, Ends, Event, EventKind, Query, Reply},
    remote::{Client, MAX_LINE, Place, Push, Question, Topic},
    rig::{Rig, edit::Edit},
    sync::time::Nanos,
};

/// A server over a control task that the test plays.
struct Bench {
    _directory: tempfile::TempDir,
    place: Place,
    _stop: oneshot::Sender<()>,
}

impl Bench {
    fn new(handle: Handle) -> Self {
        Self::within(handle, Limits::default())
    }

    fn within(handle: Handle, limits: Limits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::at(directory.path().join("control.sock"));
        let listener = UnixListener::bind(place.socket()).unwrap();
        let (stop, stopped) = oneshot::channel();
        drop(tokio::spawn(serve(listener, handle, limits, stopped)));
        Self {
            _directory: directory,
            place,
            _stop: stop,
        }
    }

    async fn raw(&self) -> BufReader<UnixStream> {
        let stream = UnixStream::connect(self.place.socket()).await.unwrap();
        let mut stream = BufReader::new(stream);
        assert!(read(&mut stream).await.starts_with("{\"inphase\":1,"));
        stream
    }
}

async fn read(stream: &mut BufReader<UnixStream>) -> String {
    let mut text = String::new();
    let _bytes = stream.read_line(&mut text).await.unwrap();
    text
}

async fn send(stream: &mut BufReader<UnixStream>, bytes: &[u8]) {
    stream.get_mut().write_all(bytes).await.unwrap();
}

/// Answers every command with its own debug text, and every query.
fn obliging(mut ends: Ends) -> tokio::task::JoinHandle<Vec<Command>> {
    tokio::spawn(async move {
        let mut seen = Vec::new();
        loop {
            tokio::select! {
                envelope = ends.commands.recv() => {
                    let Some(envelope) = envelope else { return seen };
                    let answer = match &envelope.command {
                        Command::Undo => Err(CommandError { message: "Nothing to undo.".into() }),
                        other => Ok(Reply { message: format!("{other:?}") }),
                    };
                    let quit = envelope.command == Command::Quit;
                    seen.push(envelope.command);
                    if let Some(reply) = envelope.reply {
                        drop(reply.send(answer));
                    }
                    if quit {
                        return seen;
                    }
                }
                Some(query) = ends.queries.recv() => match query {
                    Query::Devices(answer) => drop(answer.send(Vec::new())),
                    Query::Events(answer) => drop(answer.send(vec![event("past")])),
                    Query::Cost { answer, .. } => drop(answer.send(Ok(Vec::new()))),
                    Query::HistoryCsv { answer, .. } => drop(answer.send("time\n1\n".into())),
                    Query::Report { answer, .. } => drop(answer.send("# Report".into())),
                },
            }
        }
    })
}

fn event(text: &str) -> Event {
    Event {
        time: Nanos::ZERO,
        unix_ms: 0,
        kind: EventKind::Info,
        speaker: None,
        text: text.into(),
    }
}

fn snapshot(revision: u64) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        revision,
        ..Snapshot::default()
    })
}

#[tokio::test]
async fn commands_and_queries_are_answered_in_order() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle);
    let control = obliging(ends);
    let mut client = Client::connect(&bench.place).await.unwrap();
    assert_eq!(client.pid(), std::process::id());
    let edit = Command::Edit(Edit::MoveSpeaker {
        speaker: "left".into(),
        zone: None,
        index: usize::MAX,
    });
    let reply = client.command(edit.clone()).await.unwrap();
    assert!(reply.message.contains("MoveSpeaker"));
    assert_eq!(
        client.command(Command::Undo).await.unwrap_err(),
        RemoteError::Refused("Nothing to undo.".into())
    );
    let csv: String = client
        .query(Question::History { last_s: 60.0 })
        .await
        .unwrap();
    assert_eq!(csv, "time\n1\n");
    let events: Vec<Event> = client.query(Question::Events).await.unwrap();
    assert_eq!(events, [event("past")]);
    let rig: Rig = client.query(Question::Rig).await.unwrap();
    assert_eq!(rig, Rig::default());
    let refused = client
        .query::<String>(Question::History { last_s: -1.0 })
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("above 0"));
    let _reply = client.command(Command::Quit).await.unwrap();
    client.closed().await;
    assert_eq!(control.await.unwrap(), [edit, Command::Undo, Command::Quit]);
}

#[tokio::test]
async fn garbage_gets_a_sentence_and_the_connection_goes_on() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle);
    drop(obliging(ends));
    let mut stream = bench.raw().await;
    let deep = "[".repeat(10_000);
    let garbage: [&[u8]; 9] = [
        b"hello",
        b"{\"id\":9}",
        b"{\"id\":9,\"command\":\"explode\"}",
        b"{\"id\":9,\"query\":{\"history\":{}}}",
        b"[1,2,3]",
        b"\xff\xfe\x00\x01binary",
        b"{\"id\":-1,\"command\":\"play\"}",
        b"{\"command\":{\"identify\":",
        deep.as_bytes(),
    ];
    for bytes in garbage {
        send(&mut stream, bytes).await;
        send(&mut stream, b"\n").await;
        let answer = read(&mut stream).await;
        assert!(
            answer.contains("\"error\":\"This line is no request"),
            "{answer}"
        );
        let named = bytes.starts_with(b"{\"id\":9");
        assert_eq!(answer.starts_with("{\"id\":9,"), named, "{answer}");
    }
    send(&mut stream, b"\n  \r\n{\"id\":2,\"command\":\"play\"}\r\n").await;
    assert_eq!(
        read(&mut stream).await,
        "{\"id\":2,\"ok\":{\"message\":\"Play\"}}\n"
    );
}

#[tokio::test]
async fn a_half_line_waits_for_its_other_half_and_is_dropped_at_the_end() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle.clone());
    let control = obliging(ends);
    let mut stream = bench.raw().await;
    for byte in b"{\"id\":1,\"command\":\"pause\"}\n" {
        send(&mut stream, &[*byte]).await;
        tokio::task::yield_now().await;
    }
    assert!(read(&mut stream).await.contains("Pause"));
    send(&mut stream, b"{\"id\":2,\"command\":\"stop\"}").await;
    stream.get_mut().shutdown().await.unwrap();
    assert_eq!(read(&mut stream).await, "");
    let _reply = handle.send(Command::Quit).await.unwrap();
    assert_eq!(control.await.unwrap(), [Command::Pause, Command::Quit]);
}

#[tokio::test]
async fn a_client_that_ends_its_half_still_gets_its_answers() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle);
    drop(obliging(ends));
    let mut stream = bench.raw().await;
    send(
        &mut stream,
        b"{\"id\":1,\"query\":\"events\"}\n{\"id\":2,\"query\":\"rig\"}\n",
    )
    .await;
    stream.get_mut().shutdown().await.unwrap();
    let mut all = String::new();
    let _bytes = stream.read_to_string(&mut all).await.unwrap();
    assert_eq!(all.lines().count(), 2, "{all}");
}

#[tokio::test]
async fn a_line_too_long_ends_only_that_connection() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle);
    drop(obliging(ends));
    let mut loud = bench.raw().await;
    let flood = tokio::spawn(async move {
        let chunk = vec![b'x'; 64 * 1024];
        // The server closes on us before all of it is taken.
        for _ in 0..=MAX_LINE / chunk.len() + 1 {
            if loud.get_mut().write_all(&chunk).await.is_err() {
                break;
            }
        }
        let mut rest = Vec::new();
        let _reset = loud.read_to_end(&mut rest).await;
        String::from_utf8(rest).unwrap()
    });
    assert!(flood.await.unwrap().contains("longer than 1000000 bytes"));
    let mut client = Client::connect(&bench.place).await.unwrap();
    assert_eq!(client.command(Command::Play).await.unwrap().message, "Play");
}

#[tokio::test]
async fn the_longest_line_allowed_is_read() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle);
    drop(obliging(ends));
    let mut stream = bench.raw().await;
    let mut text = b"{\"id\":1,\"command\":\"stop\"}".to_vec();
    text.resize(MAX_LINE, b' ');
    text.push(b'\n');
    send(&mut stream, &text).await;
    assert!(read(&mut stream).await.contains("Stop"));
}

#[tokio::test]
async fn watches_push_what_changes_and_stop_when_told() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle);
    let mut client = Client::connect(&bench.place).await.unwrap();
    drop(ends.snapshots.send_replace(snapshot(1)));
    client.watch(Topic::Events, None).await.unwrap();
    client.watch(Topic::Rigs, None).await.unwrap();
    assert_eq!(client.push().await.unwrap(), Push::Rig(Rig::default()));
    client.watch(Topic::Snapshots, Some(1e9)).await.unwrap();
    let Push::Snapshot(first) = client.push().await.unwrap() else {
        panic!("no snapshot");
    };
    assert_eq!(first.revision, 1);
    drop(ends.snapshots.send_replace(snapshot(2)));
    let Push::Snapshot(second) = client.push().await.unwrap() else {
        panic!("no snapshot");
    };
    assert_eq!(second.revision, 2);
    let _receivers = ends.events.send(event("now")).unwrap();
    assert_eq!(client.push().await.unwrap(), Push::Event(event("now")));
    drop(ends);
    assert_eq!(client.push().await.unwrap_err(), RemoteError::Closed);
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_dropped_and_others_are_served() {
    let (handle, ends) = Handle::pair();
    let limits = Limits {
        patience: Duration::from_millis(50),
        ..Limits::default()
    };
    let bench = Bench::within(handle, limits);
    let mut slow = bench.raw().await;
    send(&mut slow, b"{\"id\":1,\"watch\":\"events\"}\n").await;
    assert!(read(&mut slow).await.contains("\"ok\":null"));
    let text = "x".repeat(4096);
    for _ in 0..1000 {
        let _receivers = ends.events.send(event(&text)).unwrap();
    }
    let events = ends.events.clone();
    drop(obliging(ends));
    assert_eq!(events.receiver_count(), 1);
    while events.receiver_count() > 0 {
        let mut client = Client::connect(&bench.place).await.unwrap();
        assert_eq!(client.command(Command::Play).await.unwrap().message, "Play");
    }
    let mut received = Vec::new();
    let _bytes = slow.read_to_end(&mut received).await.unwrap();
    assert!(received.len() < 1000 * text.len());
}

#[tokio::test]
async fn a_reader_that_falls_behind_learns_how_much_it_lost() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle);
    let mut client = Client::connect(&bench.place).await.unwrap();
    client.watch(Topic::Events, None).await.unwrap();
    for _ in 0..1500 {
        let _receivers = ends.events.send(event("x")).unwrap();
    }
    assert_eq!(client.push().await.unwrap(), Push::LostEvents(476));
}

#[tokio::test]
async fn a_hundred_clients_at_once_are_served_and_far_too_many_are_told() {
    let (handle, ends) = Handle::pair();
    let bench = Bench::new(handle);
    drop(obliging(ends));
    let mut clients = Vec::new();
    for _ in 0..Limits::default().connections {
        clients.push(Client::connect(&bench.place).await.unwrap());
    }
    for client in &mut clients {
        assert_eq!(client.command(Command::Play).await.unwrap().message, "Play");
    }
    let refused = Client::connect(&bench.place).await.unwrap_err();
    assert!(
        refused.to_string().starts_with("Too many programs"),
        "{refused}"
    );
    drop(clients);
    // The server notices the free seats in its own time.
    while Client::connect(&bench.place).await.is_err() {}
}

#[tokio::test]
async fn a_hung_instance_is_told_apart_from_none() {
    let directory = tempfile::tempdir().unwrap();
    let place = Place::at(directory.path().join("control.sock"));
    assert_eq!(
        Client::connect(&place).await.unwrap_err(),
        RemoteError::NotRunning
    );
    let listener = UnixListener::bind(place.socket()).unwrap();
    let patience = Duration::from_millis(20);
    assert_eq!(
        Client::connect_within(&place, patience).await.unwrap_err(),
        RemoteError::Silent { pid: None }
    );
    drop(listener);
    assert_eq!(
        Client::connect(&place).await.unwrap_err(),
        RemoteError::NotRunning
    );
}

#[test]
fn the_server_thread_ends_with_the_engine_and_gives_the_place_back() {
    let directory = tempfile::tempdir().unwrap();
    let place = Place::at(directory.path().join("run/control.sock"));
    let (handle, ends) = Handle::pair();
    let server = Server::start(Claim::take(&place).unwrap(), handle, Limits::default()).unwrap();
    assert!(matches!(
        Claim::take(&place),
        Err(RemoteError::AlreadyRunning { .. })
    ));
    drop(ends);
    drop(server);
    assert!(!place.socket().exists());
    let _claim = Claim::take(&place).unwrap();
}
