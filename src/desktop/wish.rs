//! What the user asks for on the desktop, outside of any window.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::engine::Command;
use crate::rig::edit::Edit;
use crate::rig::history::Gesture;

/// One wish.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wish {
    /// Something for the engine.
    Command(Command),
    /// Pause if it plays, else go on: as it is when the wish is heard, which may
    /// be newer than what is shown.
    PlayPause,
    /// Mute everything, or no longer.
    Mute,
    /// The window, with the right to come to the front where the desktop gave one.
    Window(Option<String>),
}

/// Where wishes go.
#[derive(Debug, Clone)]
pub(super) struct Wishing {
    to: mpsc::UnboundedSender<Wish>,
    windows: bool,
    turning: Arc<Mutex<Turning>>,
}

/// A knob that is being turned: all its values are one step to undo.
#[derive(Debug)]
struct Turning {
    gesture: Gesture,
    last: Option<Instant>,
}

impl Wishing {
    /// Wishes, and who hears them. `windows`: there is a window to open.
    pub(super) fn new(windows: bool) -> (Self, mpsc::UnboundedReceiver<Wish>) {
        let (to, heard) = mpsc::unbounded_channel();
        let turning = Turning {
            gesture: FIRST,
            last: None,
        };
        let wishing = Self {
            to,
            windows,
            turning: Arc::new(Mutex::new(turning)),
        };
        (wishing, heard)
    }

    /// Whether there is a window to open.
    pub(super) fn opens_windows(&self) -> bool {
        self.windows
    }

    /// Wishes for something. Nobody hears it any more when all ends.
    pub(super) fn wish(&self, wish: Wish) {
        let _ended = self.to.send(wish);
    }

    /// Wishes for one of the many values of a knob.
    pub(super) fn turn(&self, edit: Edit) {
        let mut turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let over = |last: Instant| now.saturating_duration_since(last) > REST;
        if turning.last.is_none_or(over) {
            turning.gesture = turning.gesture.wrapping_add(1);
        }
        turning.last = Some(now);
        let gesture = turning.gesture;
        self.wish(Wish::Command(Command::Hold { edit, gesture }));
    }
}

/// Far from the gestures of windows, which count from 1.
const FIRST: Gesture = 1 << 48;
/// A knob that rests for so long has been let go.
const REST: Duration = Duration::from_secs(1);
