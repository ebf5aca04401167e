//! A [`Handle`] on an engine in another process, as the window uses it: the same
//! type as the engine's own, served by a thread that speaks the control socket.
//!
//! [`attach`] returns at once. The thread connects, starting the engine first
//! where none runs, and carries commands, questions, snapshots, rigs and events
//! until the connection ends; then the handle [has
//! ended](Handle::has_ended). Why a connection never came about is the one
//! notice in the last snapshot.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs::{self, File},
    io,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::unix::{OwnedReadHalf, OwnedWriteHalf},
    runtime::Builder,
    sync::oneshot,
    time::{Instant, sleep},
};

use super::{
    Answer, Ask, Client, Outcome, Place, Push, Question, RemoteError, Request, Topic, line,
};
use crate::engine::{CommandError, Ends, Envelope, Event, EventKind, Handle, Query, Reply};

/// How to start an engine that does not run yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where its complaints go.
    pub complaints: PathBuf,
}

/// A handle on the engine at `place`. With a `starter` it is started where none
/// runs, and goes on when this process ends.
#[must_use]
pub fn attach(place: Place, starter: Option<Starter>) -> Handle {
    let (handle, ends) = Handle::pair();
    let spawned = thread::Builder::new()
        .name("inphase-attach".into())
        .spawn(move || serve(&place, starter.as_ref(), ends));
    if let Err(error) = spawned {
        // The ends are gone with the thread: the handle has ended.
        tracing::error!("no thread for the control socket: {error}");
    }
    handle
}

fn serve(place: &Place, starter: Option<&Starter>, mut ends: Ends) {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("no event loop for the control socket: {error}");
            return;
        }
    };
    let mut child = None;
    runtime.block_on(async {
        match reach(place, starter, &mut child).await {
            Ok(client) => Wire::new(client).run(&mut ends).await,
            Err(error) => tell(&ends, &error.to_string()),
        }
    });
    drop(ends);
    if let Some(mut child) = child {
        // Nothing waits for this thread; an engine that has ended is not left a zombie.
        let _status = child.wait();
    }
}

/// Tells why there is no connection, as the last thing.
fn tell(ends: &Ends, sentence: &str) {
    ends.snapshots
        .send_modify(|snapshot| Arc::make_mut(snapshot).notices = vec![sentence.into()]);
    // Nobody listening is fine.
    let _listeners = ends.events.send(Event {
        time: crate::engine::clock::now(),
        unix_ms: crate::engine::clock::unix_ms(),
        kind: EventKind::Refused,
        speaker: None,
        text: sentence.into(),
    });
}

/// Connects, starting the engine where none runs.
async fn reach(
    place: &Place,
    starter: Option<&Starter>,
    child: &mut Option<Child>,
) -> Result<Client, RemoteError> {
    let begun = Instant::now();
    loop {
        match (Client::connect(place).await, starter) {
            (Err(RemoteError::NotRunning), Some(starter)) => match child {
                None => *child = Some(starter.start()?),
                Some(child) => starter.look(child, begun)?,
            },
            (connected, _) => return connected,
        }
        sleep(LOOK).await;
    }
}

impl Starter {
    fn start(&self) -> Result<Child, RemoteError> {
        let complaints = self.complaints();
        let refused = |error: io::Error| RemoteError::NoStart {
            reason: format!(
                "{} cannot be run: {error}. Install Inphase again.",
                self.program.display()
            ),
        };
        Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(complaints)
            // Ctrl+C in the window's terminal is not for the engine.
            .process_group(0)
            .spawn()
            .map_err(refused)
    }

    /// A fresh file, or nothing where there can be none.
    fn complaints(&self) -> Stdio {
        let _exists = self.complaints.parent().map(fs::create_dir_all);
        File::create(&self.complaints).map_or_else(|_| Stdio::null(), Stdio::from)
    }

    /// Whether there is still hope for an engine that was started.
    fn look(&self, child: &mut Child, begun: Instant) -> Result<(), RemoteError> {
        let ended = matches!(child.try_wait(), Ok(Some(_)));
        // Another window may have been quicker; its engine answers in a moment.
        let patience = if ended { RACE } else { PATIENCE };
        if begun.elapsed() < patience {
            return Ok(());
        }
        Err(RemoteError::NoStart {
            reason: self.complaint(ended),
        })
    }

    fn complaint(&self, ended: bool) -> String {
        let text = fs::read_to_string(&self.complaints).unwrap_or_default();
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        match last {
            Some(last) => last.trim_start_matches("inphase: ").to_owned(),
            None if ended => format!("It ended without a word. {SEE}"),
            None => format!("It does not answer within {} s. {SEE}", PATIENCE.as_secs()),
        }
    }
}

/// A connection that carries a handle's wires.
struct Wire {
    lines: Lines<BufReader<OwnedReadHalf>>,
    write: OwnedWriteHalf,
    last_id: u64,
    /// What was asked and not answered yet; answers come in order.
    waiting: VecDeque<(u64, Waiting)>,
    /// A rig has come, so that a state means something.
    has_rig: bool,
}

/// Who waits for an answer.
enum Waiting {
    Nobody,
    Command(Option<oneshot::Sender<Result<Reply, CommandError>>>),
    Query(Query),
}

/// What ends a connection.
struct Over;

impl Wire {
    fn new(client: Client) -> Self {
        let (read, write) = client.into_parts();
        Self {
            lines: read.lines(),
            write,
            last_id: 0,
            waiting: VecDeque::new(),
            has_rig: false,
        }
    }

    /// Carries until either side is gone.
    async fn run(mut self, ends: &mut Ends) {
        let Over = self.carry(ends).await.err().unwrap_or(Over);
    }

    async fn carry(&mut self, ends: &mut Ends) -> Result<(), Over> {
        for topic in [Topic::Rigs, Topic::Snapshots, Topic::Events] {
            self.ask(Ask::Watch(topic), Waiting::Nobody).await?;
        }
        loop {
            tokio::select! {
                envelope = ends.commands.recv() => {
                    let Envelope { command, reply } = envelope.ok_or(Over)?;
                    self.ask(Ask::Command(command), Waiting::Command(reply)).await?;
                }
                Some(query) = ends.queries.recv() => {
                    self.ask(Ask::Query(question(&query)), Waiting::Query(query)).await?;
                }
                text = self.lines.next_line() => match text {
                    Ok(Some(text)) => self.take(&text, ends),
                    _ => return Err(Over),
                },
            }
        }
    }

    async fn ask(&mut self, ask: Ask, waiting: Waiting) -> Result<(), Over> {
        self.last_id += 1;
        self.waiting.push_back((self.last_id, waiting));
        let request = Request {
            id: Some(self.last_id),
            ask,
            hz: Some(HZ),
        };
        self.write
            .write_all(line(&request).as_bytes())
            .await
            .map_err(|_| Over)
    }

    fn take(&mut self, text: &str, ends: &Ends) {
        // Most lines are pushes.
        if let Ok(push) = serde_json::from_str::<Push>(text) {
            self.push(push, ends);
        } else if let Ok(answer) = serde_json::from_str::<Answer>(text) {
            while let Some((id, waiting)) = self.waiting.pop_front() {
                // Whoever was left out gets the sentence of an engine that is gone.
                if answer.id.is_none_or(|of| of == id) {
                    waiting.answer(answer.outcome);
                    break;
                }
            }
        } else {
            tracing::debug!("not understood: {text}");
        }
    }

    // Nobody listening on the other end of a wire is fine.
    fn push(&mut self, push: Push, ends: &Ends) {
        match push {
            Push::Snapshot(snapshot) if self.has_rig => {
                let _old = ends.snapshots.send_replace(Arc::new(snapshot));
            }
            Push::Rig(rig) => {
                self.has_rig = true;
                let _old = ends.rigs.send_replace(Arc::new(rig));
            }
            Push::Event(event) => {
                let _listeners = ends.events.send(event);
            }
            Push::Snapshot(_) | Push::LostEvents(_) => {}
        }
    }
}

impl Waiting {
    /// Passes an answer on; whoever asked may be gone.
    fn answer(self, outcome: Outcome) {
        match self {
            Self::Nobody | Self::Command(None) => {}
            Self::Command(Some(reply)) => drop(reply.send(value(outcome))),
            Self::Query(Query::Devices(answer)) => pass(answer, outcome),
            Self::Query(Query::Events(answer)) => pass(answer, outcome),
            Self::Query(Query::Cost { answer, .. }) => drop(answer.send(value(outcome))),
            Self::Query(Query::HistoryCsv { answer, .. } | Query::Report { answer, .. }) => {
                pass(answer, outcome);
            }
        }
    }
}

/// Questions that cannot be refused: without an answer the asker hears that the
/// engine is gone.
fn pass<T: DeserializeOwned>(answer: oneshot::Sender<T>, outcome: Outcome) {
    if let Ok(value) = value(outcome) {
        drop(answer.send(value));
    }
}

fn value<T: DeserializeOwned>(outcome: Outcome) -> Result<T, CommandError> {
    let (value, message) = match outcome {
        Outcome::Ok(value) => (value, String::new()),
        Outcome::Error(message) => (Value::Null, message),
    };
    if !message.is_empty() {
        return Err(CommandError { message });
    }
    serde_json::from_value(value).map_err(|error| CommandError {
        message: format!("The engine's answer was not understood ({error}). Start Inphase again."),
    })
}

fn question(query: &Query) -> Question {
    match query {
        Query::Devices(_) => Question::Devices,
        Query::Events(_) => Question::Events,
        Query::Cost { edit, .. } => Question::Cost(edit.clone()),
        Query::HistoryCsv { range_secs, .. } => Question::History {
            last_s: *range_secs,
        },
        Query::Report {
            format, range_secs, ..
        } => Question::Report {
            format: *format,
            last_s: *range_secs,
        },
    }
}

/// What to do about an engine that does not say why.
const SEE: &str = "Try `inphase run` in a terminal to see why.";
/// Snapshots a second, while the state changes.
const HZ: f64 = 30.0;
/// From one look for a starting engine to the next.
const LOOK: Duration = Duration::from_millis(10);
/// How long an engine may take to open its socket.
const PATIENCE: Duration = Duration::from_secs(10);
/// An engine that ended at once may have lost a race against another one.
const RACE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
