//! The control socket: JSON lines between a running engine and the command line.
//!
//! The socket is `control.sock` in `$XDG_RUNTIME_DIR/inphase` (else
//! `/run/user/UID/inphase`, else `/tmp/inphase-UID`); directory mode 0700,
//! socket mode 0600. One line is one JSON object, UTF-8, ended by `\n`, at most
//! [`MAX_LINE`] bytes. Everything a client can do wrong costs only that client.
//!
//! ```text
//! server, once      {"inphase":1,"version":"0.1.0","pid":1234}
//! client            {"id":1,"command":"play"}
//! server            {"id":1,"ok":{"message":"Starting."}}
//! client            {"id":2,"command":{"edit":{"set":{"path":"speakers.left.trim","value":"180us"}}}}
//! client            {"command":{"edit":{"all":[{"add_speaker":{…}},{"move_speaker":{…}}]}}}    all of them or none
//! client            {"command":{"hold":{"edit":{"set":{…}},"gesture":7}}}    one undo step for each gesture
//! client            {"command":{"compare":"left"}}    without its trim for 30 s; null ends it
//! server            {"id":2,"error":"There is no speaker named left. Did you mean `left2`?"}
//! client            {"id":3,"query":"snapshot"}                  also "rig", "devices", "events"
//! server            {"id":3,"ok":{"time":…,"speakers":[…],…}}
//! client            {"id":4,"query":{"history":{"last_s":3600}}}
//! server            {"id":4,"ok":"time,…\n…"}
//! client            {"id":5,"query":{"report":{"format":"markdown","last_s":3600}}}
//! client            {"id":6,"watch":"snapshots","hz":10}         also "rigs", "events"
//! server            {"id":6,"ok":null}
//! server, from then {"snapshot":{…}}   {"rig":{…}}   {"event":{…}}   {"lost_events":12}
//! client            {"id":7,"unwatch":"snapshots"}
//! ```
//!
//! A snapshot's `demo`, `undo`, `redo` and `comparing` tell whether the devices are
//! simulated, what undo and redo would do, and who is heard without its trim. A
//! snapshot is sent only when more than its time has changed.
//!
//! `inphase` in the first line is [`PROTOCOL`]; it changes when old clients would
//! break. `id` is a whole number the client chooses, repeated in the answer;
//! without one the answer has `"id":null`. Requests of one connection are carried
//! out and answered in their order. `hz` is clamped to 0.1 to 30, 10 if missing.
//! A line that is no request gets an error and the connection goes on; a line
//! that is too long, or a client that takes nothing for five seconds, ends the
//! connection. When the engine ends it answers what is pending, then closes.

pub mod attach;
pub mod client;
pub mod place;
pub mod server;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::{Command, Event, ReportFormat, Snapshot};
use crate::rig::{Rig, edit::Edit};

pub use attach::{Starter, attach};
pub use client::Client;
pub use place::{Claim, Place};
pub use server::Server;

/// The version in the first line.
pub const PROTOCOL: u32 = 1;

/// Longest line a client may send, in bytes without the line end.
pub const MAX_LINE: usize = 1_000_000;

/// The server's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`] of the server.
    pub inphase: u32,
    /// Version of the program.
    pub version: String,
    /// Its process id.
    pub pid: u32,
}

/// One line from a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Repeated in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// What is asked.
    #[serde(flatten)]
    pub ask: Ask,
    /// Snapshots a second, for `watch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hz: Option<f64>,
}

/// What a client may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Carry out a command.
    Command(Command),
    /// Answer a question.
    Query(Question),
    /// Keep sending this.
    Watch(Topic),
    /// Stop sending this.
    Unwatch(Topic),
}

/// The questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The state now.
    Snapshot,
    /// The rig now.
    Rig,
    /// The devices now.
    Devices,
    /// The events kept, oldest first.
    Events,
    /// What an edit would do to the latency of every group.
    Cost(Edit),
    /// The history as CSV.
    History {
        /// How far back, in seconds.
        last_s: f64,
    },
    /// The report.
    Report {
        /// HTML or Markdown.
        #[serde(default)]
        format: ReportFormat,
        /// How far back, in seconds.
        last_s: f64,
    },
}

/// What can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The state, `hz` times a second while it changes.
    Snapshots,
    /// The rig, now and whenever it changes.
    Rigs,
    /// Events as they happen.
    Events,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The request's.
    pub id: Option<u64>,
    /// `ok` with what was asked for, or `error` with one sentence.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done; what was asked for.
    Ok(Value),
    /// Refused; one sentence with the next step.
    Error(String),
}

/// A line nobody asked for at that moment.
#[expect(
    clippy::large_enum_variant,
    reason = "the state is what nearly every push is"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Push {
    /// The state.
    Snapshot(Snapshot),
    /// The rig.
    Rig(Rig),
    /// Something happened.
    Event(Event),
    /// This many events came faster than the client took them.
    LostEvents(u64),
}

/// Why the control socket cannot be used, in one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// No engine there.
    #[error("Inphase is not running. Start it with `inphase run`.")]
    NotRunning,
    /// Another instance has the socket.
    #[error(
        "Inphase is already running{}. Use its window, or stop it with `inphase quit`.",
        process(*pid)
    )]
    AlreadyRunning {
        /// Its process id, if it told.
        pid: Option<u32>,
    },
    /// An engine that was started does not come up.
    #[error("The engine did not start. {reason}")]
    NoStart {
        /// What it said, or what to do, in a sentence or two.
        reason: String,
    },
    /// It accepts connections and says nothing.
    #[error("Inphase{} does not answer. Stop that process, then start Inphase again.", process(*pid))]
    Silent {
        /// Its process id, if it told.
        pid: Option<u32>,
    },
    /// Versions that do not understand each other.
    #[error(
        "The running Inphase is version {theirs}, which this one cannot control. Stop it, then start it again with this version."
    )]
    OtherProtocol {
        /// The running program's version.
        theirs: String,
    },
    /// The connection broke.
    #[error("Inphase closed the connection. See what happened with `inphase status`.")]
    Closed,
    /// The engine's own refusal.
    #[error("{0}")]
    Refused(String),
    /// The directory or the socket cannot be made.
    #[error("The control socket {path} cannot be used: {reason}. {next}")]
    Place {
        /// Where.
        path: String,
        /// The system's words.
        reason: String,
        /// What to do.
        next: &'static str,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}

/// Any serialisable value as one line with its end.
pub(crate) fn line(value: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string(value).expect("protocol types have string keys and finite structure");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::rig::edit::Edit;

    #[test]
    fn every_documented_request_is_understood() {
        let table = [
            (r#"{"id":1,"command":"play"}"#, Ask::Command(Command::Play)),
            (
                r#"{"id":2,"command":{"edit":{"set":{"path":"speakers.left.trim","value":"180us"}}}}"#,
                Ask::Command(Command::Edit(Edit::Set {
                    path: "speakers.left.trim".into(),
                    value: "180us".into(),
                })),
            ),
            (r#"{"query":"snapshot"}"#, Ask::Query(Question::Snapshot)),
            (
                r#"{"id":4,"query":{"history":{"last_s":3600}}}"#,
                Ask::Query(Question::History { last_s: 3600.0 }),
            ),
            (
                r#"{"id":5,"query":{"report":{"format":"markdown","last_s":60}}}"#,
                Ask::Query(Question::Report {
                    format: ReportFormat::Markdown,
                    last_s: 60.0,
                }),
            ),
            (
                r#"{"id":6,"watch":"snapshots","hz":10}"#,
                Ask::Watch(Topic::Snapshots),
            ),
            (r#"{"unwatch":"events"}"#, Ask::Unwatch(Topic::Events)),
            (
                r#"{"command":{"hold":{"edit":{"all":[{"remove_speaker":"sub"}]},"gesture":7}}}"#,
                Ask::Command(Command::Hold {
                    edit: Edit::All(vec![Edit::RemoveSpeaker("sub".into())]),
                    gesture: 7,
                }),
            ),
            (
                r#"{"command":{"compare":"left"}}"#,
                Ask::Command(Command::Compare(Some("left".into()))),
            ),
            (
                r#"{"command":{"compare":null}}"#,
                Ask::Command(Command::Compare(None)),
            ),
        ];
        for (text, ask) in table {
            let request: Request = serde_json::from_str(text).unwrap();
            assert_eq!(request.ask, ask, "{text}");
            let again: Request = serde_json::from_str(&line(&request)).unwrap();
            assert_eq!(again, request, "{text}");
        }
    }

    #[test]
    fn answers_read_as_documented() {
        let ok = Answer {
            id: Some(6),
            outcome: Outcome::Ok(Value::Null),
        };
        assert_eq!(line(&ok), "{\"id\":6,\"ok\":null}\n");
        let error = Answer {
            id: None,
            outcome: Outcome::Error("No.".into()),
        };
        assert_eq!(line(&error), "{\"id\":null,\"error\":\"No.\"}\n");
        let back: Answer = serde_json::from_str(&line(&error)).unwrap();
        assert_eq!(back, error);
        let ok_back: Answer = serde_json::from_str(&line(&ok)).unwrap();
        assert_eq!(ok_back, ok);
    }

    #[test]
    fn the_second_instance_is_told_what_to_do() {
        assert_eq!(
            RemoteError::AlreadyRunning { pid: Some(1234) }.to_string(),
            "Inphase is already running (process 1234). Use its window, or stop it with `inphase quit`."
        );
        assert_eq!(
            RemoteError::NotRunning.to_string(),
            "Inphase is not running. Start it with `inphase run`."
        );
    }
}
