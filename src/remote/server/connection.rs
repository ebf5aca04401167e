//! One connection: reads request lines, answers in order, pushes what is watched.

use std::{
    future::{Future, pending},
    io,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{broadcast, broadcast::error::RecvError, watch},
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};

use super::Shared;
use crate::{
    engine::{CommandError, Event, Handle, Snapshot},
    remote::{
        Answer, Ask, Hello, MAX_LINE, Outcome, PROTOCOL, Push, Question, Request, Topic, line,
    },
    rig::Rig,
};

/// Slowest and fastest rate of snapshots, per second.
const HZ: (f64, f64) = (0.1, 30.0);

/// What ends a connection: the client went away, was too slow or too loud.
struct Over;

type Pending = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Serves one client to its end.
pub(super) async fn run(stream: UnixStream, shared: Arc<Shared>) {
    let (read, write) = stream.into_split();
    let mut connection = Connection {
        lines: Lines::new(read),
        write,
        watches: Watches::default(),
        pending: None,
        shared,
    };
    let Over = connection.run().await.err().unwrap_or(Over);
}

/// Tells a client that there are too many, without waiting for it.
pub(super) fn turn_away(stream: &UnixStream) {
    let answer = failed(
        None,
        "Too many programs control Inphase. Close one of them.",
    );
    let _unread = stream.try_write(line(&answer).as_bytes());
}

struct Connection {
    lines: Lines,
    write: OwnedWriteHalf,
    watches: Watches,
    pending: Option<Pending>,
    shared: Arc<Shared>,
}

impl Connection {
    async fn run(&mut self) -> Result<(), Over> {
        self.say(&hello()).await?;
        let handle = self.shared.handle.clone();
        loop {
            tokio::select! {
                biased;
                answer = answer_of(&mut self.pending) => {
                    self.pending = None;
                    self.say(&answer).await?;
                }
                () = handle.ended(), if self.pending.is_none() => return Ok(()),
                text = self.lines.next(), if self.pending.is_none() => self.take(text?).await?,
                snapshot = next_snapshot(&mut self.watches.snapshots) => {
                    let text = self.shared.encode(&snapshot);
                    self.write(text.as_bytes()).await?;
                }
                rig = next_rig(&mut self.watches.rigs) => {
                    self.say(&Push::Rig((*rig).clone())).await?;
                }
                event = next_event(&mut self.watches.events) => self.say(&event).await?,
            }
        }
    }

    /// Understands one line and begins to carry it out.
    async fn take(&mut self, text: Text) -> Result<(), Over> {
        match text {
            Text::End => Err(Over),
            Text::TooLong => {
                let message = format!(
                    "The line is longer than {MAX_LINE} bytes. Send shorter ones; this connection ends."
                );
                self.say(&failed(None, message)).await?;
                Err(Over)
            }
            Text::Line(bytes) if bytes.trim_ascii().is_empty() => Ok(()),
            Text::Line(bytes) => match serde_json::from_slice::<Request>(&bytes) {
                Ok(request) => self.begin(request).await,
                Err(error) => self.say(&not_understood(&bytes, &error)).await,
            },
        }
    }

    async fn begin(&mut self, request: Request) -> Result<(), Over> {
        let Request { id, ask, hz } = request;
        let handle = self.shared.handle.clone();
        match ask {
            Ask::Watch(topic) => {
                self.say(&done(id, &Value::Null)).await?;
                self.watches.begin(topic, hz, &handle);
            }
            Ask::Unwatch(topic) => {
                self.watches.end(topic);
                self.say(&done(id, &Value::Null)).await?;
            }
            Ask::Command(command) => {
                self.pending = Some(Box::pin(
                    async move { answered(id, handle.send(command).await) },
                ));
            }
            Ask::Query(question) => {
                self.pending = Some(Box::pin(answer(id, question, handle)));
            }
        }
        Ok(())
    }

    async fn say(&mut self, what: &impl Serialize) -> Result<(), Over> {
        self.write(line(what).as_bytes()).await
    }

    /// Writes all, as long as the client keeps taking some.
    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Over> {
        while !bytes.is_empty() {
            match timeout(self.shared.patience, self.write.write(bytes)).await {
                Ok(Ok(written)) if written > 0 => bytes = &bytes[written..],
                _ => return Err(Over),
            }
        }
        Ok(())
    }
}

async fn answer_of(pending: &mut Option<Pending>) -> Answer {
    match pending {
        Some(answer) => answer.await,
        None => self::pending().await,
    }
}

async fn answer(id: Option<u64>, question: Question, handle: Handle) -> Answer {
    match question {
        Question::Snapshot => done(id, &**handle.snapshots().borrow()),
        Question::Rig => done(id, &**handle.rigs().borrow()),
        Question::Devices => answered(id, handle.devices().await),
        Question::Events => answered(id, handle.recent_events().await),
        Question::Cost(edit) => answered(id, handle.cost(edit).await),
        Question::History { last_s } | Question::Report { last_s, .. }
            if !(last_s.is_finite() && last_s > 0.0) =>
        {
            failed(id, "`last_s` must be a number of seconds above 0.")
        }
        Question::History { last_s } => answered(id, handle.history_csv(last_s).await),
        Question::Report { format, last_s } => answered(id, handle.report(format, last_s).await),
    }
}

fn hello() -> Hello {
    Hello {
        inphase: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
    }
}

fn answered(id: Option<u64>, outcome: Result<impl Serialize, CommandError>) -> Answer {
    match outcome {
        Ok(value) => done(id, &value),
        Err(error) => failed(id, error.message),
    }
}

fn done(id: Option<u64>, value: &impl Serialize) -> Answer {
    match serde_json::to_value(value) {
        Ok(value) => Answer {
            id,
            outcome: Outcome::Ok(value),
        },
        Err(error) => failed(id, format!("The answer cannot be written: {error}.")),
    }
}

fn failed(id: Option<u64>, message: impl Into<String>) -> Answer {
    Answer {
        id,
        outcome: Outcome::Error(message.into()),
    }
}

/// An error that names the request, where its number can still be read.
fn not_understood(bytes: &[u8], error: &serde_json::Error) -> Answer {
    let id = serde_json::from_slice::<Value>(bytes)
        .ok()
        .and_then(|value| value.get("id")?.as_u64());
    let message = format!(
        "This line is no request ({error}). Send one JSON object a line, such as {{\"id\":1,\"query\":\"snapshot\"}}."
    );
    failed(id, message)
}

/// What this client watches. The wires of an ended engine stay silent; the
/// connection's own watch over the engine ends it.
#[derive(Default)]
struct Watches {
    snapshots: Option<Snapshots>,
    rigs: Option<watch::Receiver<Arc<Rig>>>,
    events: Option<broadcast::Receiver<Event>>,
}

impl Watches {
    fn begin(&mut self, topic: Topic, hz: Option<f64>, handle: &Handle) {
        match topic {
            Topic::Snapshots => self.snapshots = Some(Snapshots::new(hz, handle)),
            Topic::Rigs => {
                let mut rigs = handle.rigs();
                rigs.mark_changed();
                self.rigs = Some(rigs);
            }
            Topic::Events => self.events = Some(handle.events()),
        }
    }

    fn end(&mut self, topic: Topic) {
        match topic {
            Topic::Snapshots => self.snapshots = None,
            Topic::Rigs => self.rigs = None,
            Topic::Events => self.events = None,
        }
    }
}

struct Snapshots {
    interval: Interval,
    newest: watch::Receiver<Arc<Snapshot>>,
    // The tick has come and waits for a change; kept when the wait is dropped.
    due: bool,
}

impl Snapshots {
    fn new(hz: Option<f64>, handle: &Handle) -> Self {
        let hz = hz.filter(|hz| hz.is_finite()).unwrap_or(10.0);
        let period = Duration::from_secs_f64(1.0 / hz.clamp(HZ.0, HZ.1));
        let mut interval = interval_at(Instant::now(), period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut newest = handle.snapshots();
        newest.mark_changed();
        Self {
            interval,
            newest,
            due: false,
        }
    }
}

// These three may be dropped while they wait without losing anything.

async fn next_snapshot(snapshots: &mut Option<Snapshots>) -> Arc<Snapshot> {
    let Some(snapshots) = snapshots else {
        return pending().await;
    };
    if !snapshots.due {
        let _tick = snapshots.interval.tick().await;
        snapshots.due = true;
    }
    let snapshot = next_of(&mut snapshots.newest).await;
    snapshots.due = false;
    snapshot
}

async fn next_rig(rigs: &mut Option<watch::Receiver<Arc<Rig>>>) -> Arc<Rig> {
    match rigs {
        Some(rigs) => next_of(rigs).await,
        None => pending().await,
    }
}

async fn next_of<T>(newest: &mut watch::Receiver<Arc<T>>) -> Arc<T> {
    match newest.changed().await {
        Ok(()) => Arc::clone(&newest.borrow_and_update()),
        Err(_) => pending().await,
    }
}

async fn next_event(events: &mut Option<broadcast::Receiver<Event>>) -> Push {
    let Some(events) = events else {
        return pending().await;
    };
    match events.recv().await {
        Ok(event) => Push::Event(event),
        Err(RecvError::Lagged(lost)) => Push::LostEvents(lost),
        Err(RecvError::Closed) => pending().await,
    }
}

/// What was read.
enum Text {
    Line(Vec<u8>),
    TooLong,
    End,
}

/// Lines of at most [`MAX_LINE`] bytes; a half line at the end is dropped.
struct Lines {
    read: BufReader<OwnedReadHalf>,
    begun: Vec<u8>,
}

impl Lines {
    fn new(read: OwnedReadHalf) -> Self {
        Self {
            read: BufReader::new(read),
            begun: Vec::new(),
        }
    }

    /// The next line; may be dropped while waiting, what was read is kept.
    async fn next(&mut self) -> Result<Text, Over> {
        loop {
            let chunk = match self.read.fill_buf().await {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(Over),
            };
            if chunk.is_empty() {
                return Ok(Text::End);
            }
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let taken = end.unwrap_or(chunk.len());
            if self.begun.len() + taken > MAX_LINE {
                return Ok(Text::TooLong);
            }
            self.begun.extend_from_slice(&chunk[..taken]);
            self.read.consume(taken + usize::from(end.is_some()));
            if end.is_some() {
                return Ok(Text::Line(std::mem::take(&mut self.begun)));
            }
        }
    }
}
