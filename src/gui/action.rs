//! What a part of the window asks of the window: children return these and
//! never reach up.

use iced::Task;

use super::app::Message;
use super::drag::Step;
use super::focus::FocusId;
use super::prefs::{OnClose, Prefs};
use super::regions::Tab;
use crate::bluetooth::state::Address;
use crate::engine::Command;
use crate::rig::edit::Edit;
use crate::rig::{SpeakerId, ZoneId};

/// One wish.
#[derive(Debug)]
pub enum Action {
    /// Have the engine do it; a refusal becomes a toast.
    Send(Command),
    /// Have the engine do it, and show its sentence as a toast with Undo.
    Tell(Command),
    /// One value of a gesture, such as a slider being dragged. All until
    /// [`Action::Release`] are one undo step.
    Hold(Edit),
    /// The gesture is over.
    Release,
    /// Show this in the inspector.
    Select(Selection),
    /// Give this the keyboard.
    Focus(Option<FocusId>),
    /// Go on with a drag.
    Drag(Step),
    /// Open a dialog over the window.
    Open(Overlay),
    /// Close it.
    Close,
    /// Change the preferences; they are saved a moment later.
    Prefer(Prefs),
    /// Show this tab of the compact layout's strip.
    Tab(Tab),
    /// Close the window; the sound goes on or stops.
    Leave(OnClose),
    /// Show a sentence for 6 s, without Undo.
    Toast(String),
    /// Put text on the clipboard and say so.
    Copy {
        /// What to copy.
        text: String,
        /// What was copied, such as `Plot data`.
        what: &'static str,
    },
    /// Go on without the first-run page.
    SkipWelcome,
    /// Play on the demo rig's simulated speakers instead.
    Demo,
    /// Back from the demo to the user's own rig.
    Own,
    /// Stop the plots, or let them go on.
    Freeze,
    /// Start the engine again after it has ended.
    Restart,
    /// Anything else that takes time.
    Run(Task<Message>),
}

/// What a part answers to a message.
pub type Actions = Vec<Action>;

/// What the inspector shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// Nothing: "Select a speaker".
    #[default]
    Nothing,
    /// The source.
    Source,
    /// A zone.
    Zone(ZoneId),
    /// A speaker.
    Speaker(SpeakerId),
}

impl Selection {
    /// The selected speaker.
    #[must_use]
    pub fn speaker(&self) -> Option<&str> {
        match self {
            Self::Speaker(id) => Some(id),
            _ => None,
        }
    }
}

/// Dialogs and lists over the window; at most one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// Choose what is played.
    Source,
    /// Why the health line is as it is.
    Causes,
    /// The menu of the compact layout.
    Menu,
    /// A group of the icon rail, by its family.
    Rail(super::scene::Family),
    /// What can be done with this speaker, zone or the source.
    Item(Selection),
    /// Where to move this speaker.
    MoveTo(super::drag::Payload),
    /// Settings.
    Settings,
    /// Presets of rigs.
    Presets,
    /// All commands (Ctrl+K).
    Commands,
    /// All keys (?).
    Keys,
    /// What closing the window is to do.
    Closing,
    /// Let an Echo or a phone pair, step by step.
    Pairing,
    /// What a Bluetooth device asks for, outside of that.
    Asked,
    /// A Bluetooth device: how it is, and what can be done with it.
    Device(Address),
    /// Adapters, and who else uses Bluetooth.
    Bluetooth,
    /// What Inphase can add to this computer.
    Install,
}
