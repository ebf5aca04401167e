//! The client side of the control socket, as the command line uses it.

use std::{collections::VecDeque, io, time::Duration};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use super::{
    Answer, Ask, Hello, Outcome, PROTOCOL, Place, Push, Question, RemoteError, Request, Topic, line,
};
use crate::engine::{Command, Reply};

/// How long a running instance may take to say its first line.
const GREETING: Duration = Duration::from_secs(3);

/// How long an answer may take; a report over an hour is the slowest.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a running instance.
#[derive(Debug)]
pub struct Client {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    last_id: u64,
    pid: u32,
    // Pushes that came while an answer was awaited.
    pushes: VecDeque<Push>,
}

impl Client {
    /// Connects and checks that both sides speak the same protocol.
    ///
    /// # Errors
    /// [`RemoteError::NotRunning`] without an instance, [`RemoteError::Silent`]
    /// if it does not greet within 3 s, [`RemoteError::OtherProtocol`].
    pub async fn connect(place: &Place) -> Result<Self, RemoteError> {
        Self::connect_within(place, GREETING).await
    }

    /// Like [`Client::connect`] with a patience of the caller's choice.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn connect_within(place: &Place, patience: Duration) -> Result<Self, RemoteError> {
        let silent = |_| RemoteError::Silent {
            pid: place.holder(),
        };
        let stream = timeout(patience, UnixStream::connect(place.socket()))
            .await
            .map_err(silent)?
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                    RemoteError::NotRunning
                }
                _ => RemoteError::Place {
                    path: place.socket().display().to_string(),
                    reason: error.to_string(),
                    next: "Run this as the user who started Inphase.",
                },
            })?;
        let (read, write) = stream.into_split();
        let mut client = Self {
            read: BufReader::new(read),
            write,
            last_id: 0,
            pid: 0,
            pushes: VecDeque::new(),
        };
        let first = timeout(patience, client.line()).await.map_err(silent)??;
        client.greet(&first)?;
        Ok(client)
    }

    fn greet(&mut self, first: &str) -> Result<(), RemoteError> {
        if let Ok(hello) = serde_json::from_str::<Hello>(first) {
            if hello.inphase != PROTOCOL {
                return Err(RemoteError::OtherProtocol {
                    theirs: hello.version,
                });
            }
            self.pid = hello.pid;
            return Ok(());
        }
        match serde_json::from_str::<Answer>(first) {
            Ok(Answer {
                outcome: Outcome::Error(message),
                ..
            }) => Err(RemoteError::Refused(message)),
            _ => Err(RemoteError::OtherProtocol {
                theirs: "unknown".into(),
            }),
        }
    }

    /// Both directions by themselves, right after the greeting.
    pub(super) fn into_parts(self) -> (BufReader<OwnedReadHalf>, OwnedWriteHalf) {
        (self.read, self.write)
    }

    /// The running instance's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Has a command carried out.
    ///
    /// # Errors
    /// The engine's refusal, or what broke on the way.
    pub async fn command(&mut self, command: Command) -> Result<Reply, RemoteError> {
        self.ask(Ask::Command(command), None).await
    }

    /// Asks a question; `T` is what the question answers with.
    ///
    /// # Errors
    /// The engine's refusal, or what broke on the way.
    pub async fn query<T: DeserializeOwned>(
        &mut self,
        question: Question,
    ) -> Result<T, RemoteError> {
        self.ask(Ask::Query(question), None).await
    }

    /// Begins a watch; what comes is read with [`Client::push`].
    ///
    /// # Errors
    /// What broke on the way.
    pub async fn watch(&mut self, topic: Topic, hz: Option<f64>) -> Result<(), RemoteError> {
        self.ask(Ask::Watch(topic), hz).await
    }

    /// The next thing watched; waits as long as it takes.
    ///
    /// # Errors
    /// [`RemoteError::Closed`] when the instance has ended.
    pub async fn push(&mut self) -> Result<Push, RemoteError> {
        loop {
            if let Some(push) = self.pushes.pop_front() {
                return Ok(push);
            }
            let text = self.line().await?;
            if let Some(push) = parse(&text)? {
                return Ok(push);
            }
        }
    }

    /// Waits until the instance has closed the connection: it has ended.
    pub async fn closed(&mut self) {
        while self.line().await.is_ok() {}
    }

    async fn ask<T: DeserializeOwned>(
        &mut self,
        ask: Ask,
        hz: Option<f64>,
    ) -> Result<T, RemoteError> {
        self.last_id += 1;
        let id = Some(self.last_id);
        let request = line(&Request { id, ask, hz });
        self.write
            .write_all(request.as_bytes())
            .await
            .map_err(|_| RemoteError::Closed)?;
        let pid = Some(self.pid);
        let answer = timeout(PATIENCE, self.answer(id))
            .await
            .map_err(|_| RemoteError::Silent { pid })??;
        match answer {
            Outcome::Ok(value) => serde_json::from_value(value).map_err(|_| unexpected()),
            Outcome::Error(message) => Err(RemoteError::Refused(message)),
        }
    }

    async fn answer(&mut self, id: Option<u64>) -> Result<Outcome, RemoteError> {
        loop {
            let text = self.line().await?;
            match serde_json::from_str::<Answer>(&text) {
                Ok(answer) if answer.id == id => return Ok(answer.outcome),
                Ok(Answer {
                    id: None,
                    outcome: Outcome::Error(message),
                }) => return Err(RemoteError::Refused(message)),
                _ => self.pushes.extend(parse(&text)?),
            }
        }
    }

    async fn line(&mut self) -> Result<String, RemoteError> {
        let mut text = String::new();
        match self.read.read_line(&mut text).await {
            Ok(_) if text.ends_with('\n') => Ok(text),
            _ => Err(RemoteError::Closed),
        }
    }
}

/// A push; `None` for kinds that a newer server may send.
fn parse(text: &str) -> Result<Option<Push>, RemoteError> {
    match serde_json::from_str::<Push>(text) {
        Ok(push) => Ok(Some(push)),
        Err(_) => match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(map)) if !map.contains_key("snapshot") => Ok(None),
            _ => Err(unexpected()),
        },
    }
}

fn unexpected() -> RemoteError {
    RemoteError::OtherProtocol {
        theirs: "unknown".into(),
    }
}
