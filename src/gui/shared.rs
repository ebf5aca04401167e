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
use super::themes::Themes;
use super::tokens::Tokens;
use crate::desktop::Wishes;
use crate::install::Look;
use crate::rig::Rig;
use crate::store::{Autostart, Paths};

/// The state that belongs to no single part. Only `app` writes it.
#[derive(Debug)]
pub struct Shared {
    /// The engine.
    pub link: Link,
    /// What there is to show, made from the engine's state 5 times a second.
    pub scene: Scene,
    /// The colours in force.
    pub tokens: Arc<Tokens>,
    /// The themes to choose from.
    pub themes: Themes,
    /// What the desktop wishes.
    pub wishes: Wishes,
    /// The user's choices for the window.
    pub prefs: Prefs,
    /// Where files are.
    pub paths: Paths,
    /// What is started at log-in; `None` where that is nobody's choice.
    pub autostart: Option<Autostart>,
    /// What can be added to this computer; `None` where nothing is offered.
    pub install: Option<Look>,
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
    /// Whether the first-run page is shown.
    pub welcome: Welcome,
    /// The time of the last tick.
    pub now: Instant,
}

impl Shared {
    /// Whether things may move.
    #[must_use]
    pub fn moves(&self) -> bool {
        match self.prefs.motion {
            Motion::System => !self.wishes.calm,
            Motion::Full => true,
            Motion::Reduced => false,
        }
    }

    /// The time of day at the engine, in milliseconds since 1970: an engine in
    /// which nothing happens tells nothing, and countdowns go on all the same.
    #[must_use]
    pub fn unix_ms(&self) -> u64 {
        let told = u64::try_from(self.link.snapshot.unix_ms).unwrap_or(0);
        let since = self
            .link
            .heard
            .map(|heard| self.now.saturating_duration_since(heard));
        told + since.map_or(0, |since| since.as_millis() as u64)
    }

    /// Whether this has the keyboard.
    #[must_use]
    pub fn has_focus(&self, id: &FocusId) -> bool {
        self.focus.as_ref() == Some(id)
    }

    /// Whether the first-run page is shown in place of the graph.
    #[must_use]
    pub fn is_first_run(&self) -> bool {
        self.link.is_known() && self.welcome.is_shown()
    }
}

/// Whether the first-run page is shown: from the moment nothing is set up until
/// there is both a source and a speaker in a zone, or the user skips it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Welcome {
    wanted: bool,
    skipped: bool,
}

impl Welcome {
    /// Looks at the rig as it is now.
    pub fn look(&mut self, rig: &Rig) {
        let placed = rig.placed().next().is_some();
        match (rig.source.is_some(), placed) {
            (true, true) => self.wanted = false,
            (false, false) => self.wanted = true,
            // Half way: whoever sets up goes on, whoever has taken something out
            // of a working rig is not sent back.
            _ => {}
        }
    }

    /// The user knows the way.
    pub fn skip(&mut self) {
        self.skipped = true;
    }

    /// Whether it is shown.
    #[must_use]
    pub fn is_shown(self) -> bool {
        self.wanted && !self.skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::{Source, Speaker, Zone};

    fn rig(source: bool, placed: bool) -> Rig {
        Rig {
            source: source.then_some(Source::Desktop),
            speakers: vec![Speaker {
                id: "sub".into(),
                ..Speaker::default()
            }],
            zones: vec![Zone {
                id: "bath".into(),
                speakers: placed.then(|| "sub".into()).into_iter().collect(),
                ..Zone::default()
            }],
            ..Rig::default()
        }
    }

    #[test]
    fn the_first_run_page_stays_until_there_is_a_source_and_a_placed_speaker() {
        let mut welcome = Welcome::default();
        for (source, placed, shown) in [
            (true, false, false),
            (false, false, true),
            (true, false, true),
            (false, true, true),
            (true, true, false),
            (false, true, false),
        ] {
            welcome.look(&rig(source, placed));
            assert_eq!(welcome.is_shown(), shown, "{source} {placed}");
        }
    }

    #[test]
    fn whoever_skips_it_does_not_see_it_again() {
        let mut welcome = Welcome::default();
        welcome.look(&rig(false, false));
        welcome.skip();
        welcome.look(&rig(false, false));
        assert!(!welcome.is_shown());
    }
}
