//! What may be asked of a running engine. The window, the command line and the
//! control socket all send these.

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::bluetooth::Order;
use crate::rig::{Rig, SpeakerId, edit::Edit, history::Gesture};

/// One request. Setting the same parameter of the same speaker many times
/// between two control ticks collapses to the last value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Change the rig; undoable.
    Edit(Edit),
    /// Change the rig by one of the many values of one gesture, such as a slider
    /// being dragged: all values of equal `gesture` for one field are one step back.
    Hold {
        /// The change.
        edit: Edit,
        /// A number that differs between gestures.
        gesture: Gesture,
    },
    /// Let this speaker be heard as if it had no trim, until told otherwise;
    /// `None` ends it. Not saved and not undone.
    Compare(Option<SpeakerId>),
    /// Replace the whole rig (load a preset); undoable.
    Load(Box<Rig>),
    /// Take back the last edit.
    Undo,
    /// Do it again.
    Redo,
    /// Start or go on playing; fades in.
    Play,
    /// Fade out and hold the source's position where it has one.
    Pause,
    /// Fade out and go back to the beginning.
    Stop,
    /// A soft two-note chirp on one speaker, over the music.
    Identify(SpeakerId),
    /// List the devices anew, now.
    Rescan,
    /// Something for Bluetooth. Answered at once with what is begun; what came of
    /// it is told as an event.
    Bluetooth(Order),
    /// Stop playing, give devices back, end.
    Quit,
}

/// A command and where its answer goes, if anybody waits for one.
#[derive(Debug)]
pub struct Envelope {
    /// What to do.
    pub command: Command,
    /// Where to answer; dropped senders are fine.
    pub reply: Option<oneshot::Sender<Result<Reply, CommandError>>>,
}

/// The answer to a command that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// What was done, in one plain sentence.
    pub message: String,
}

/// Why a command was refused, with what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct CommandError {
    /// One sentence for the user.
    pub message: String,
}
