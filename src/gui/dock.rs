//! The dock of the wide layout, and the strip with tabs of the compact one: the
//! live plots, the event log, and what to do when a speaker is lost.
//!
//! When something is wrong the list of events comes up by itself, beside the two
//! plots that tell most.

mod keyboard;
mod layout;
mod splitter;
mod tools;
mod trouble;
mod view;

use std::path::PathBuf;
use std::sync::Arc;

use iced::Task;

pub use self::layout::Layout;
use super::action::{Action, Actions};
use super::app;
use super::log::{self, Log};
use super::plot::Quantity;
use super::plot::chart::Look;
use super::plot::crosshair::Cross;
use super::plot::export::{self, Form, Picture};
use super::plot::pane::Pane;
use super::prefs::Prefs;
use super::regions::{DOCK, Tab};
use super::shared::Shared;
use crate::engine::history::{History, Range};
use crate::engine::{Command, CommandError, Snapshot};
use crate::rig::SpeakerId;
use crate::rig::edit::Edit;
use crate::sync::time::Nanos;

/// What only this part knows.
#[derive(Debug)]
pub struct Dock {
    panes: [Pane; 4],
    log: Log,
    /// What the plots stand still at.
    frozen: Option<Box<Frozen>>,
    cross: Option<Cross>,
    /// Whether the list of events is shown, if the user said so.
    listed: Option<bool>,
    /// The list came up because something is wrong.
    troubled: bool,
    /// The user is choosing the form of a picture.
    saving: bool,
    /// The dock's height before it was enlarged.
    before: Option<f32>,
}

/// The history and state when the user stopped the plots; recording goes on.
#[derive(Debug)]
struct Frozen {
    history: History,
    snapshot: Arc<Snapshot>,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Show this tab of the strip.
    Tabbed(Tab),
    /// Look back so far.
    Ranged(Range),
    /// Stop the plots, or let them go on.
    Paused,
    /// To the largest height, or back.
    Enlarged,
    /// Show the list of events, or do not.
    Listed,
    /// The data of the plots, please.
    CopyAsked,
    /// Here it is.
    CsvMade(Result<String, CommandError>),
    /// A picture of the plots, please, or not after all.
    SaveAsked(bool),
    /// In this form.
    FormChosen(Form),
    /// It is here, or why not.
    Saved(Result<PathBuf, String>),
    /// The pointer is over a plot, so long before now, or over none.
    Hovered(Option<(usize, Nanos)>),
    /// The pointer was pressed there.
    Pressed(usize, Nanos),
    /// The edge between graph and dock was dragged: the dock's height.
    Split(f32),
    /// Back to the height it has at first.
    SplitReset,
    /// In the list of events.
    Log(log::Message),
    /// Look for the lost speaker again.
    Retried,
    /// Take the lost speaker out of its zone.
    Removed(SpeakerId),
}

impl Default for Dock {
    fn default() -> Self {
        Self {
            panes: Quantity::ALL.map(Pane::new),
            log: Log::default(),
            frozen: None,
            cross: None,
            listed: None,
            troubled: false,
            saving: false,
            before: None,
        }
    }
}

impl Dock {
    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Actions {
        match message {
            Message::Tabbed(tab) => return vec![Action::Tab(tab)],
            Message::Ranged(range) => return self.look_back(range, shared),
            Message::Paused => self.pause(shared),
            Message::Enlarged => return self.enlarge(shared),
            Message::Listed => self.listed = Some(!self.lists()),
            Message::CopyAsked => return vec![copy(shared)],
            Message::CsvMade(made) => return vec![copied(made)],
            Message::SaveAsked(asked) => self.saving = asked,
            Message::FormChosen(form) => {
                self.saving = false;
                return vec![self.save(form, shared)];
            }
            Message::Saved(saved) => return vec![Action::Toast(told(saved))],
            Message::Hovered(at) => self.cross = at.map(|(pane, ago)| Cross::Loose { pane, ago }),
            Message::Pressed(pane, ago) => self.pin(pane, ago, shared),
            Message::Split(height) => return resize(height, shared),
            Message::SplitReset => return resize(Prefs::default().dock, shared),
            Message::Log(message) => return self.log.update(&message, shared),
            Message::Retried => return vec![Action::Tell(Command::Rescan)],
            Message::Removed(speaker) => {
                let edit = Edit::MoveSpeaker {
                    speaker,
                    zone: None,
                    index: 0,
                };
                return vec![Action::Tell(Command::Edit(edit))];
            }
        }
        self.refresh(shared);
        Vec::new()
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, shared: &Shared) {
        let troubled = trouble::is_there(shared);
        if troubled != self.troubled {
            self.troubled = troubled;
            self.listed = self.listed.filter(|listed| *listed);
        }
        self.refresh(shared);
    }

    /// Whether the list of events is shown beside the plots.
    #[must_use]
    pub fn lists(&self) -> bool {
        self.listed.unwrap_or(self.troubled)
    }

    /// Stops the plots, or lets them go on; recording goes on anyway.
    pub fn freeze(&mut self, shared: &Shared) {
        self.pause(shared);
        self.refresh(shared);
    }

    /// Whether the plots stand still.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.frozen.is_some()
    }

    /// The crosshair, if there is one.
    #[must_use]
    pub fn cross(&self) -> Option<Cross> {
        self.cross
    }

    /// What a plot shows, if it is shown.
    #[must_use]
    pub fn pane(&self, quantity: Quantity) -> &Pane {
        &self.panes[quantity as usize]
    }

    /// Where its parts are.
    #[must_use]
    pub fn layout(&self, shared: &Shared) -> Layout {
        let wide = shared.regions.is_wide();
        let listed = if wide { self.lists() } else { self.troubled };
        Layout::new(&shared.regions, shared.tab, listed)
    }

    /// Gathers anew what has visibly changed on the plots that are shown.
    fn refresh(&mut self, shared: &Shared) {
        let layout = self.layout(shared);
        let events = shared.link.log.revision();
        let frozen = self.frozen.as_deref();
        let look = look(frozen, shared);
        for (quantity, _, place) in &layout.panes {
            let pane = &mut self.panes[*quantity as usize];
            let _drawn_anew = pane.refresh(*place, &look, events, frozen.is_some());
        }
    }

    fn look_back(&mut self, range: Range, shared: &Shared) -> Actions {
        self.cross = None;
        vec![Action::Prefer(Prefs {
            range: range.label().into(),
            ..shared.prefs.clone()
        })]
    }

    fn pause(&mut self, shared: &Shared) {
        self.frozen = match self.frozen.take() {
            Some(_) => None,
            None => Some(Box::new(Frozen {
                history: shared.link.history.clone(),
                snapshot: shared.link.snapshot.clone(),
            })),
        };
    }

    fn enlarge(&mut self, shared: &Shared) -> Actions {
        let height = shared.prefs.dock;
        let largest = *DOCK.end();
        if height < largest {
            self.before = Some(height);
            return resize(largest, shared);
        }
        let before = self.before.take().filter(|before| *before < largest);
        resize(before.unwrap_or(Prefs::default().dock), shared)
    }

    /// A second press at the same plot lets go.
    fn pin(&mut self, pane: usize, ago: Nanos, shared: &Shared) {
        let now = look(self.frozen.as_deref(), shared)
            .history
            .now()
            .unwrap_or_default();
        self.cross = Some(match self.cross {
            Some(Cross::Pinned { .. }) => Cross::Loose { pane, ago },
            _ => Cross::Pinned {
                pane,
                at: now - ago,
            },
        });
    }

    /// What a picture of the plots shows now.
    #[must_use]
    pub fn picture(&self, shared: &Shared) -> Picture {
        let look = look(self.frozen.as_deref(), shared);
        Picture::new(&look, shared.tokens.clone())
    }

    /// Drawn and written by a thread of its own: the window goes on.
    fn save(&self, form: Form, shared: &Shared) -> Action {
        let Some(folder) = export::folder() else {
            return Action::Toast(told(Err(
                "There is no home directory to save the plots in.".into(),
            )));
        };
        let picture = self.picture(shared);
        let (tell, told) = iced::futures::channel::oneshot::channel();
        let _runs_on = std::thread::spawn(move || {
            // Nobody waits when the window was closed meanwhile.
            let _closed = tell.send(picture.save(form, &folder));
        });
        let lost = |_| Err("The plots could not be drawn.".to_owned());
        Action::Run(Task::perform(
            async move { told.await.unwrap_or_else(lost) },
            |saved| app::Message::Dock(Message::Saved(saved)),
        ))
    }
}

/// The engine is asked: it remembers more than the window, and it goes on
/// recording while the plots stand still.
fn copy(shared: &Shared) -> Action {
    let range = range(shared);
    let handle = shared.link.handle.clone();
    let ask = async move { handle.history_csv(range.span().secs()).await };
    Action::Run(Task::perform(ask, |made| {
        app::Message::Dock(Message::CsvMade(made))
    }))
}

/// How far back the plots look.
#[must_use]
pub fn range(shared: &Shared) -> Range {
    Range::parse(&shared.prefs.range).unwrap_or_default()
}

fn look<'a>(frozen: Option<&'a Frozen>, shared: &'a Shared) -> Look<'a> {
    let link = &shared.link;
    Look {
        history: frozen.map_or(&link.history, |frozen| &frozen.history),
        rig: &link.rig,
        snapshot: frozen.map_or(&link.snapshot, |frozen| &frozen.snapshot),
        range: range(shared),
        selected: shared.selection.speaker(),
    }
}

fn resize(height: f32, shared: &Shared) -> Actions {
    let height = height.round().clamp(*DOCK.start(), *DOCK.end());
    if height == shared.prefs.dock {
        return Vec::new();
    }
    vec![Action::Prefer(Prefs {
        dock: height,
        ..shared.prefs.clone()
    })]
}

fn copied(made: Result<String, CommandError>) -> Action {
    match made {
        Ok(text) => Action::Copy {
            text,
            what: "Plot data",
        },
        Err(error) => Action::Toast(error.message),
    }
}

fn told(saved: Result<PathBuf, String>) -> String {
    match saved {
        Ok(path) => format!("Saved {}.", path.display()),
        Err(sentence) => sentence,
    }
}
