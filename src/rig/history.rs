//! Undo and redo: at most [`History::STEPS`] steps back, each exact.
//!
//! A step keeps the rig before it whole. A rig of 64 speakers is about 15 kB,
//! so 200 steps are 3 MB at worst, and undo cannot be wrong.

use std::{collections::VecDeque, sync::Arc};

use super::{
    edit::{Edit, apply},
    error::RigError,
    model::Rig,
};

/// One press, drag or hold of the user. Changes of the same field within one
/// gesture are one step back. Any number that differs between gestures will do.
pub type Gesture = u64;

/// The rig with its past and its undone future.
#[derive(Debug, Clone, Default)]
pub struct History {
    now: Arc<Rig>,
    past: VecDeque<Step>,
    future: Vec<Step>,
    open: Option<(Gesture, String)>,
}

#[derive(Debug, Clone)]
struct Step {
    /// The rig on the other side of the step.
    rig: Arc<Rig>,
    /// What the step did, one sentence.
    said: String,
}

impl History {
    /// Steps that can be taken back.
    pub const STEPS: usize = 200;

    /// Begins with this rig and no past.
    #[must_use]
    pub fn new(rig: Rig) -> Self {
        Self {
            now: Arc::new(rig),
            ..Self::default()
        }
    }

    /// The rig as it is now.
    #[must_use]
    pub fn rig(&self) -> &Arc<Rig> {
        &self.now
    }

    /// Changes the rig and says what changed. An edit that changes nothing
    /// makes no step. The redo steps end with the first change.
    ///
    /// # Errors
    /// Those of [`apply`]; nothing has changed then.
    pub fn apply(&mut self, edit: &Edit, gesture: Option<Gesture>) -> Result<String, RigError> {
        let mut rig = Rig::clone(&self.now);
        let said = apply(&mut rig, edit)?;
        let hold = match (gesture, edit) {
            (Some(gesture), Edit::Set { path, .. }) => Some((gesture, path.clone())),
            _ => None,
        };
        self.step(rig, &said, hold);
        Ok(said)
    }

    /// Puts another rig in place, such as a loaded preset, as one step.
    pub fn replace(&mut self, rig: Rig, said: &str) {
        self.step(rig, said, None);
    }

    /// Changes what the user did not set and undo must not take back, such as
    /// a device's lasting key once it is known: now, in the past and the future.
    pub fn amend(&mut self, change: impl Fn(&mut Rig)) {
        let steps = self.past.iter_mut().chain(&mut self.future);
        for rig in steps.map(|step| &mut step.rig).chain([&mut self.now]) {
            let mut changed = Rig::clone(rig);
            change(&mut changed);
            if changed != **rig {
                *rig = Arc::new(changed);
            }
        }
    }

    /// Takes the last step back and says which; `None` at the beginning.
    pub fn undo(&mut self) -> Option<String> {
        let step = self.past.pop_back()?;
        self.open = None;
        let after = std::mem::replace(&mut self.now, step.rig);
        let said = format!("Taken back: {}", step.said);
        self.future.push(Step {
            rig: after,
            said: step.said,
        });
        Some(said)
    }

    /// Takes the last undone step again and says which; `None` without one.
    pub fn redo(&mut self) -> Option<String> {
        let step = self.future.pop()?;
        self.open = None;
        let before = std::mem::replace(&mut self.now, step.rig);
        let said = step.said.clone();
        self.past.push_back(Step {
            rig: before,
            said: step.said,
        });
        Some(format!("Done again: {said}"))
    }

    /// What [`History::undo`] would take back.
    #[must_use]
    pub fn undoable(&self) -> Option<&str> {
        self.past.back().map(|step| step.said.as_str())
    }

    /// What [`History::redo`] would do again.
    #[must_use]
    pub fn redoable(&self) -> Option<&str> {
        self.future.last().map(|step| step.said.as_str())
    }

    fn step(&mut self, rig: Rig, said: &str, hold: Option<(Gesture, String)>) {
        if rig == *self.now {
            return;
        }
        let before = std::mem::replace(&mut self.now, Arc::new(rig));
        self.future.clear();
        let goes_on = hold.is_some() && hold == self.open;
        self.open = hold;
        if let Some(last) = self.past.back_mut().filter(|_| goes_on) {
            said.clone_into(&mut last.said);
            return;
        }
        self.past.push_back(Step {
            rig: before,
            said: said.to_owned(),
        });
        if self.past.len() > Self::STEPS {
            drop(self.past.pop_front());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::rig::{arbitrary, model::Speaker};

    fn history() -> History {
        let mut rig = Rig::default();
        rig.speakers.push(Speaker {
            id: "left".into(),
            ..Speaker::default()
        });
        History::new(rig)
    }

    fn trim(history: &mut History, micros: i64, gesture: Option<Gesture>) {
        let edit = Edit::set("speakers.left.trim", format!("{micros}us"));
        let _ = history.apply(&edit, gesture).unwrap();
    }

    fn trim_now(history: &History) -> i64 {
        history.rig().speakers[0].trim_us
    }

    #[test]
    fn one_gesture_on_one_field_is_one_step() {
        let mut history = history();
        for micros in 1..=50 {
            trim(&mut history, micros, Some(7));
        }
        trim(&mut history, 100, Some(8));
        assert_eq!(history.undoable(), Some("left now plays 100 µs later."));
        let _ = history.undo().unwrap();
        assert_eq!(trim_now(&history), 50);
        let _ = history.undo().unwrap();
        assert_eq!(trim_now(&history), 0);
        assert!(history.undo().is_none());
        let _ = history.redo().unwrap();
        assert_eq!(trim_now(&history), 50);
    }

    #[test]
    fn edits_together_are_one_step() {
        let mut history = history();
        let before = history.rig().clone();
        let both = ["1ms", "2ms"].map(|value| Edit::set("speakers.left.trim", value));
        let _ = history.apply(&Edit::All(both.to_vec()), None).unwrap();
        let _ = history.undo().unwrap();
        assert_eq!(*history.rig(), before);
    }

    #[test]
    fn another_field_or_no_gesture_starts_a_new_step() {
        let mut history = history();
        trim(&mut history, 1, Some(7));
        let _ = history
            .apply(&Edit::set("speakers.left.gain", "-1"), Some(7))
            .unwrap();
        trim(&mut history, 2, Some(7));
        trim(&mut history, 3, None);
        trim(&mut history, 4, None);
        let steps = std::iter::from_fn(|| history.undo()).count();
        assert_eq!(steps, 5);
    }

    #[test]
    fn undo_ends_a_gesture() {
        let mut history = history();
        trim(&mut history, 1, Some(7));
        let _ = history.undo().unwrap();
        trim(&mut history, 2, Some(7));
        let _ = history.undo().unwrap();
        assert_eq!(trim_now(&history), 0);
    }

    #[test]
    fn a_change_that_changes_nothing_is_no_step() {
        let mut history = history();
        trim(&mut history, 1, None);
        let _ = history.undo().unwrap();
        trim(&mut history, 0, None);
        assert!(history.undoable().is_none());
        assert!(history.redoable().is_some());
        assert!(
            history
                .apply(&Edit::set("speakers.left.trim", "x"), None)
                .is_err()
        );
        assert!(history.redoable().is_some());
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let mut history = history();
        for micros in 1..=300 {
            trim(&mut history, micros, None);
        }
        let steps = std::iter::from_fn(|| history.undo()).count();
        assert_eq!(steps, History::STEPS);
        assert_eq!(trim_now(&history), 100);
    }

    #[test]
    fn an_amendment_survives_undo_and_redo() {
        let mut history = history();
        trim(&mut history, 1, None);
        trim(&mut history, 2, None);
        let _ = history.undo();
        history.amend(|rig| rig.speakers[0].output.key = "serial".into());
        for _ in 0..2 {
            assert_eq!(history.rig().speakers[0].output.key, "serial");
            let _ = history.redo();
        }
        while history.undo().is_some() {
            assert_eq!(history.rig().speakers[0].output.key, "serial");
        }
    }

    proptest! {
        #[test]
        fn undo_restores_every_rig_and_redo_returns(rig in arbitrary::rig(), picks in prop::collection::vec(arbitrary::pick(), 1..40)) {
            let mut history = History::new(rig);
            let mut rigs = vec![Arc::clone(history.rig())];
            for pick in picks {
                let edit = arbitrary::edit(history.rig(), &pick);
                let _ = history.apply(&edit, None);
                if history.rig() != rigs.last().unwrap() {
                    rigs.push(Arc::clone(history.rig()));
                }
            }
            for rig in rigs.iter().rev() {
                prop_assert_eq!(history.rig(), rig);
                let _ = history.undo();
            }
            prop_assert!(history.undo().is_none());
            for rig in &rigs {
                prop_assert_eq!(history.rig(), rig);
                let _ = history.redo();
            }
            prop_assert!(history.redo().is_none());
        }
    }
}
