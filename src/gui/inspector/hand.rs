//! Numbers under the user's hand: what was sent last is in force here until the
//! engine says the same, so that nothing jumps back meanwhile, and one gesture
//! is one undo step.

use std::time::{Duration, Instant};

use super::knob::{COARSE_US, FINE_US, Knob, middle};
use super::subject;
use crate::engine::Command;
use crate::gui::action::{Action, Actions};
use crate::gui::shared::Shared;
use crate::rig::SpeakerId;

/// The last number that was set, and where sliders have their middle.
#[derive(Debug, Default)]
pub struct Hand {
    last: Option<Last>,
    middles: Option<Middles>,
}

#[derive(Debug)]
struct Last {
    knob: Knob,
    value: f64,
    held: bool,
    until: Instant,
}

/// Where the two delay sliders of a speaker have their middle, µs.
#[derive(Debug, Clone, PartialEq)]
pub struct Middles {
    speaker: SpeakerId,
    /// Of the coarse one.
    pub coarse: f64,
    /// Of the fine one.
    pub fine: f64,
}

impl Hand {
    /// The value in force.
    #[must_use]
    pub fn value(&self, knob: &Knob, shared: &Shared) -> f64 {
        match &self.last {
            Some(last) if last.knob == *knob && last.counts(shared.now) => last.value,
            _ => knob.read(&shared.link.rig),
        }
    }

    /// Whether a gesture that turns it goes on.
    #[must_use]
    pub fn holds(&self, knob: &Knob) -> bool {
        let last = self.last.as_ref();
        last.is_some_and(|last| last.held && last.knob == *knob)
    }

    /// Sets it, as one of the values of a gesture.
    pub fn hold(&mut self, knob: &Knob, value: f64, shared: &Shared) -> Actions {
        let value = knob.sound(value);
        let other = |last: &Last| last.held && last.knob != *knob;
        let mut actions = Actions::new();
        if self.last.as_ref().is_some_and(other) {
            actions.push(Action::Release);
        }
        if let Knob::Trim(id) = knob
            && shared.link.snapshot.comparing.as_ref() == Some(id)
        {
            // Who turns the trim wants to hear it.
            actions.push(Action::Send(Command::Compare(None)));
        }
        actions.push(Action::Hold(knob.edit(value)));
        self.last = Some(Last {
            knob: knob.clone(),
            value,
            held: true,
            until: shared.now + ANSWERED,
        });
        actions
    }

    /// The gesture is over.
    pub fn let_go(&mut self, shared: &Shared) -> Actions {
        let Some(last) = self.last.as_mut().filter(|last| last.held) else {
            return Actions::new();
        };
        last.held = false;
        last.until = shared.now + ANSWERED;
        if let Knob::Trim(id) = &last.knob {
            let (id, value) = (id.clone(), last.value);
            self.settle(&id, value);
        }
        vec![Action::Release]
    }

    /// Sets it in one go.
    pub fn set(&mut self, knob: &Knob, value: f64, shared: &Shared) -> Actions {
        let mut actions = self.let_go(shared);
        actions.extend(self.hold(knob, value, shared));
        actions.extend(self.let_go(shared));
        actions
    }

    /// Time has passed: what the engine has taken over is forgotten.
    pub fn tick(&mut self, shared: &Shared) {
        let taken = |last: &Last| {
            (last.knob.read(&shared.link.rig) - last.value).abs() < 1e-6 || !last.counts(shared.now)
        };
        if self
            .last
            .as_ref()
            .is_some_and(|last| !last.held && taken(last))
        {
            self.last = None;
        }
    }

    /// Where the sliders of a speaker have their middle when its trim is `us`.
    #[must_use]
    pub fn middles(&self, speaker: &str, us: f64) -> Middles {
        let was = |of: fn(&Middles) -> f64| {
            let known = self.middles.as_ref();
            known
                .filter(|known| known.speaker == speaker)
                .map_or(0.0, of)
        };
        Middles {
            speaker: speaker.to_owned(),
            coarse: middle(was(|of| of.coarse), us, COARSE_US),
            fine: middle(was(|of| of.fine), us, FINE_US),
        }
    }

    /// A handle that was left close to the end of its way goes back to the
    /// middle, so that there is way to go.
    fn settle(&mut self, speaker: &str, us: f64) {
        let now = self.middles(speaker, us);
        self.middles = Some(Middles {
            coarse: middle(now.coarse, us, 0.9 * COARSE_US),
            fine: middle(now.fine, us, 0.9 * FINE_US),
            ..now
        });
    }
}

impl Last {
    fn counts(&self, now: Instant) -> bool {
        self.held || now < self.until
    }
}

/// Whether the speaker is heard with its trim.
#[must_use]
pub fn is_trimmed(shared: &Shared, speaker: &str) -> bool {
    shared.link.snapshot.comparing.as_deref() != Some(speaker)
}

/// What the engine adds to the trim so that all arrive together, µs.
#[must_use]
pub fn alignment_us(shared: &Shared, speaker: &str) -> Option<f64> {
    subject::state(shared, speaker)
        .filter(|state| !state.path.is_empty())
        .map(|state| state.alignment_us)
}

/// The engine has answered by then.
const ANSWERED: Duration = Duration::from_secs(1);
