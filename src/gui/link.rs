//! The window's side of the engine: one [`Handle`], and the newest of everything
//! it tells, pulled once per tick. The window never waits for the engine.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::broadcast::{Receiver, error::TryRecvError};
use tokio::sync::watch;

use crate::devices::DeviceInfo;
use crate::engine::history::History;
use crate::engine::journal::EventLog;
use crate::engine::snapshot::SpeakerState;
use crate::engine::{Event, Handle, Snapshot};
use crate::rig::Rig;
use crate::sync::time::Nanos;

/// A pulled copy of the engine's state.
#[derive(Debug)]
pub struct Link {
    /// How to talk to the engine.
    pub handle: Handle,
    /// The newest rig.
    pub rig: Arc<Rig>,
    /// The newest state.
    pub snapshot: Arc<Snapshot>,
    /// The last hour, for the plots; offsets are without the user's own trims,
    /// which are no errors.
    pub history: History,
    /// The last hour's events.
    pub log: EventLog,
    /// The devices as last listed, by name.
    pub devices: Vec<DeviceInfo>,
    /// When the newest state was pulled.
    pub heard: Option<Instant>,
    rigs: watch::Receiver<Arc<Rig>>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    events: Receiver<Event>,
}

/// What a pull brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulled {
    /// Another rig.
    pub rig: bool,
    /// Another state.
    pub snapshot: bool,
    /// Events.
    pub events: bool,
}

impl Link {
    /// Begins to follow an engine.
    #[must_use]
    pub fn new(handle: Handle) -> Self {
        let (mut rigs, mut snapshots) = (handle.rigs(), handle.snapshots());
        let rig = rigs.borrow_and_update().clone();
        let snapshot = snapshots.borrow_and_update().clone();
        Self {
            events: handle.events(),
            handle,
            rig,
            snapshot,
            history: History::new(),
            log: EventLog::default(),
            devices: Vec::new(),
            heard: None,
            rigs,
            snapshots,
        }
    }

    /// Takes whatever is new. Never blocks.
    pub fn pull(&mut self) -> Pulled {
        let mut pulled = Pulled::default();
        // What was told last counts even when the engine has ended since, which a
        // receiver would call an error.
        let rig = self.rigs.borrow_and_update();
        if !Arc::ptr_eq(&rig, &self.rig) {
            self.rig = rig.clone();
            pulled.rig = true;
        }
        drop(rig);
        let snapshot = self.snapshots.borrow_and_update();
        if !Arc::ptr_eq(&snapshot, &self.snapshot) {
            self.snapshot = snapshot.clone();
            self.history.push_with(&self.snapshot, untrimmed);
            pulled.snapshot = true;
        }
        drop(snapshot);
        loop {
            match self.events.try_recv() {
                Ok(event) => self.take(event),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return pulled,
            }
            pulled.events = true;
        }
    }

    /// Takes events that happened before the window opened, oldest first.
    pub fn take_past(&mut self, events: Vec<Event>) {
        for event in events {
            self.take(event);
        }
    }

    fn take(&mut self, event: Event) {
        self.history.push_event(event.clone());
        let _own_entry = self.log.record(event);
    }

    /// Whether the engine has told its rig and state yet; it may be starting.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.snapshot.time > Nanos::ZERO
    }

    /// Why there is no engine, where more is known than that it has ended.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        let refused = self.handle.has_ended() && !self.is_known();
        let sentence = refused.then(|| self.snapshot.notices.last())?;
        sentence.map(String::as_str)
    }

    /// The output of this id, if it is there.
    #[must_use]
    pub fn device(&self, id: &str) -> Option<&DeviceInfo> {
        self.devices.iter().find(|device| device.id == id)
    }
}

/// The offset as if the speaker had no trim: done here, sample by sample, because
/// nobody can tell later which trim was in force within a bucket of the history.
#[must_use]
pub fn untrimmed(speaker: &SpeakerState, offset_us: f64) -> f64 {
    offset_us - speaker.trim_us
}
