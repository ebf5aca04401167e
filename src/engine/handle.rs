//! The handle of a running engine: commands and queries in, snapshots, rigs and
//! events out. Cheap to clone, usable from any thread.
//!
//! Nothing here blocks the engine: commands are queued without a bound (the
//! control task drains them all every tick), snapshots are latest-wins, and a
//! reader of events that falls behind loses the oldest ones. When the engine
//! ends, every waiting call answers with one sentence instead of hanging.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::{Command, CommandError, Envelope, Event, Reply, Snapshot};
use crate::devices::DeviceInfo;
use crate::rig::{Rig, edit::Edit, plan::Cost};

/// Events kept for a reader that is slow; older ones are lost to it.
const EVENTS: usize = 1024;

/// How the rest of the program talks to a running engine.
#[derive(Debug, Clone)]
pub struct Handle {
    commands: mpsc::UnboundedSender<Envelope>,
    queries: mpsc::UnboundedSender<Query>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    rigs: watch::Receiver<Arc<Rig>>,
    events: broadcast::WeakSender<Event>,
}

/// The control task's side of a [`Handle`]. Dropping it ends every call that
/// still waits.
#[derive(Debug)]
pub struct Ends {
    /// Commands in the order they were sent; closed when all handles are gone.
    pub commands: mpsc::UnboundedReceiver<Envelope>,
    /// Questions that only the control task can answer.
    pub queries: mpsc::UnboundedReceiver<Query>,
    /// Where the state goes, 20 to 30 times a second.
    pub snapshots: watch::Sender<Arc<Snapshot>>,
    /// Where the rig goes whenever it changed.
    pub rigs: watch::Sender<Arc<Rig>>,
    /// Where events go as they happen.
    pub events: broadcast::Sender<Event>,
}

/// A question to the control task; the answer goes through the oneshot, whose
/// other end may be gone by then.
#[derive(Debug)]
pub enum Query {
    /// What devices there are now.
    Devices(oneshot::Sender<Vec<DeviceInfo>>),
    /// The events kept, oldest first.
    Events(oneshot::Sender<Vec<Event>>),
    /// What an edit would do to the latency of every group.
    Cost {
        /// The edit, which is not carried out.
        edit: Edit,
        /// Where to answer.
        answer: oneshot::Sender<Result<Vec<Cost>, CommandError>>,
    },
    /// The history as CSV with a header line.
    HistoryCsv {
        /// How far back, in seconds; greater than zero.
        range_secs: f64,
        /// Where to answer.
        answer: oneshot::Sender<String>,
    },
    /// The report as one text.
    Report {
        /// HTML or Markdown.
        format: ReportFormat,
        /// How far back, in seconds; greater than zero.
        range_secs: f64,
        /// Where to answer.
        answer: oneshot::Sender<String>,
    },
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// One HTML page, plots inside.
    #[default]
    Html,
    /// Markdown, plots as inline SVG.
    Markdown,
}

impl Handle {
    /// A handle and the control task's ends of its wires.
    #[must_use]
    pub fn pair() -> (Self, Ends) {
        let (commands, commands_end) = mpsc::unbounded_channel();
        let (queries, queries_end) = mpsc::unbounded_channel();
        let (snapshots_end, snapshots) = watch::channel(Arc::new(Snapshot::default()));
        let (rigs_end, rigs) = watch::channel(Arc::new(Rig::default()));
        let events_end = broadcast::Sender::new(EVENTS);
        let handle = Self {
            commands,
            queries,
            snapshots,
            rigs,
            events: events_end.downgrade(),
        };
        let ends = Ends {
            commands: commands_end,
            queries: queries_end,
            snapshots: snapshots_end,
            rigs: rigs_end,
            events: events_end,
        };
        (handle, ends)
    }

    /// Sends a command and waits until it was carried out or refused.
    ///
    /// # Errors
    /// The engine's refusal, or one sentence when the engine has ended.
    pub async fn send(&self, command: Command) -> Result<Reply, CommandError> {
        let (reply, answer) = oneshot::channel();
        let envelope = Envelope {
            command,
            reply: Some(reply),
        };
        self.commands.send(envelope).map_err(|_| ended())?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Sends a command and does not wait; lost if the engine has ended.
    pub fn post(&self, command: Command) {
        let _ended = self.commands.send(Envelope {
            command,
            reply: None,
        });
    }

    /// The state, latest wins; its `changed` fails once the engine has ended.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// The rig, latest wins; its `changed` fails once the engine has ended.
    #[must_use]
    pub fn rigs(&self) -> watch::Receiver<Arc<Rig>> {
        self.rigs.clone()
    }

    /// Events from now on; a closed receiver if the engine has ended.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.upgrade().map_or_else(
            || broadcast::Sender::new(1).subscribe(),
            |events| events.subscribe(),
        )
    }

    /// Whether the control task is gone.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.commands.is_closed()
    }

    /// Waits until the engine has ended.
    pub async fn ended(&self) {
        self.commands.closed().await;
    }

    /// What devices there are now.
    ///
    /// # Errors
    /// One sentence when the engine has ended.
    pub async fn devices(&self) -> Result<Vec<DeviceInfo>, CommandError> {
        self.ask(Query::Devices).await
    }

    /// The events kept, oldest first.
    ///
    /// # Errors
    /// One sentence when the engine has ended.
    pub async fn recent_events(&self) -> Result<Vec<Event>, CommandError> {
        self.ask(Query::Events).await
    }

    /// What an edit would do to the latency of every group, for previewing a
    /// drop; nothing is changed.
    ///
    /// # Errors
    /// When the edit is refused, or one sentence when the engine has ended.
    pub async fn cost(&self, edit: Edit) -> Result<Vec<Cost>, CommandError> {
        self.ask(|answer| Query::Cost { edit, answer }).await?
    }

    /// The history of the last `range_secs` seconds as CSV with a header line.
    ///
    /// # Errors
    /// One sentence when the engine has ended.
    pub async fn history_csv(&self, range_secs: f64) -> Result<String, CommandError> {
        self.ask(|answer| Query::HistoryCsv { range_secs, answer })
            .await
    }

    /// The report over the last `range_secs` seconds as one text.
    ///
    /// # Errors
    /// One sentence when the engine has ended.
    pub async fn report(
        &self,
        format: ReportFormat,
        range_secs: f64,
    ) -> Result<String, CommandError> {
        self.ask(|answer| Query::Report {
            format,
            range_secs,
            answer,
        })
        .await
    }

    async fn ask<T>(
        &self,
        query: impl FnOnce(oneshot::Sender<T>) -> Query,
    ) -> Result<T, CommandError> {
        let (answer, answered) = oneshot::channel();
        self.queries.send(query(answer)).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())
    }
}

fn ended() -> CommandError {
    CommandError {
        message: "The engine has ended. Start Inphase again.".into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{engine::EventKind, sync::time::Nanos};

    fn event(text: &str) -> Event {
        Event {
            time: Nanos::ZERO,
            unix_ms: 0,
            kind: EventKind::Info,
            speaker: None,
            text: text.into(),
        }
    }

    #[tokio::test]
    async fn a_command_waits_for_its_answer() {
        let (handle, mut ends) = Handle::pair();
        let control = async {
            let envelope = ends.commands.recv().await.unwrap();
            assert_eq!(envelope.command, Command::Play);
            let message = "Playing".into();
            envelope.reply.unwrap().send(Ok(Reply { message })).unwrap();
        };
        let (answer, ()) = tokio::join!(handle.send(Command::Play), control);
        assert_eq!(answer.unwrap().message, "Playing");
    }

    #[tokio::test]
    async fn an_ended_engine_answers_every_call_with_a_sentence() {
        let (handle, ends) = Handle::pair();
        assert!(!handle.has_ended());
        drop(ends);
        handle.ended().await;
        handle.post(Command::Stop);
        assert!(handle.has_ended());
        let sentence = "The engine has ended. Start Inphase again.";
        let refused = handle.send(Command::Play).await.unwrap_err();
        assert_eq!(refused.to_string(), sentence);
        assert_eq!(handle.devices().await.unwrap_err().message, sentence);
        assert_eq!(handle.history_csv(1.0).await.unwrap_err().message, sentence);
        assert!(handle.events().recv().await.is_err());
        assert!(handle.snapshots().changed().await.is_err());
    }

    #[tokio::test]
    async fn a_command_in_flight_fails_when_the_engine_ends() {
        let (handle, ends) = Handle::pair();
        let (answer, ()) = tokio::join!(handle.send(Command::Play), async {
            drop(ends);
        });
        assert!(answer.is_err());
    }

    #[tokio::test]
    async fn queries_and_events_reach_the_other_side() {
        let (handle, mut ends) = Handle::pair();
        let mut events = handle.events();
        let _receivers = ends.events.send(event("hello")).unwrap();
        assert_eq!(events.recv().await.unwrap().text, "hello");
        let control = async {
            let Some(Query::HistoryCsv { range_secs, answer }) = ends.queries.recv().await else {
                panic!("wrong query");
            };
            answer.send(format!("{range_secs}")).unwrap();
        };
        let (answer, ()) = tokio::join!(handle.history_csv(2.5), control);
        assert_eq!(answer.unwrap(), "2.5");
    }
}
