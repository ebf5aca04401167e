//! What every part of the window may read while it updates and draws.

use std::sync::Arc;
use std::time::Instant;

use iced::Size;

use super::action::{Overlay, Selection};
use super::drag::Drag;
use super::focus::FocusId;
use super::link::Link;
use super::prefs::{Motion, Prefs};
use super::regions::{Regions, Tab};
use super::scene::Scene;
use super::tokens::Tokens;
use crate::store::Paths;

/// The state that belongs to no single part. Only `app` writes it.
#[derive(Debug)]
pub struct Shared {
    /// The engine.
    pub link: Link,
    /// What there is to show, made from the engine's state 5 times a second.
    pub scene: Scene,
    /// The colours in force.
    pub tokens: Arc<Tokens>,
    /// The user's choices for the window.
    pub prefs: Prefs,
    /// Where files are.
    pub paths: Paths,
    /// Size of the content in logical pixels, after the scale.
    pub size: Size,
    /// Which part is where.
    pub regions: Regions,
    /// The tab of the compact layout's strip.
    pub tab: Tab,
    /// What the inspector shows.
    pub selection: Selection,
    /// Who has the keyboard.
    pub focus: Option<FocusId>,
    /// What is being dragged.
    pub drag: Option<Drag>,
    /// The dialog that is open.
    pub overlay: Option<Overlay>,
    /// The desktop asks for less motion.
    pub desktop_calm: bool,
    /// The time of the last tick.
    pub now: Instant,
}

impl Shared {
    /// Whether things may move.
    #[must_use]
    pub fn moves(&self) -> bool {
        match self.prefs.motion {
            Motion::System => !self.desktop_calm,
            Motion::Full => true,
            Motion::Reduced => false,
        }
    }

    /// Whether this has the keyboard.
    #[must_use]
    pub fn has_focus(&self, id: &FocusId) -> bool {
        self.focus.as_ref() == Some(id)
    }

    /// Whether the first-run page is shown: nothing was set up yet.
    #[must_use]
    pub fn is_first_run(&self) -> bool {
        let rig = &self.link.rig;
        self.link.is_known()
            && rig.zones.iter().all(|zone| zone.speakers.is_empty())
            && rig.source.is_none()
    }
}
