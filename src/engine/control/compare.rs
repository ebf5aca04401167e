//! Hearing a speaker without its trim: everything that sounds or is judged
//! follows a rig in which that one trim is zero; what is saved does not.

use std::sync::Arc;

use super::{Comparison, Control};
use crate::rig::error::RigError;
use crate::rig::{Rig, Speaker};
use crate::sync::time::Nanos;

impl Control {
    /// Begins or renews a comparison, or ends it.
    pub(super) fn compare(&mut self, speaker: Option<&str>, time: Nanos) -> Result<String, String> {
        let rig = self.desk.rig();
        let Some(id) = speaker else {
            self.stop_comparing();
            return Ok("All trims are heard again.".into());
        };
        let Some(known) = rig.speaker(id) else {
            let ids = rig.speakers.iter().map(|of| of.id.as_str());
            return Err(RigError::unknown("speaker", id, ids).to_string());
        };
        let renewed = self.comparing.as_ref().is_some_and(|of| of.speaker == id);
        self.comparing = Some(Comparison {
            speaker: id.into(),
            ends: time + LONGEST,
        });
        if !renewed {
            self.replan();
        }
        Ok(format!("{} is heard without its trim.", known.label()))
    }

    /// Ends one that nobody renews: a window that is gone leaves no speaker wrong.
    pub(super) fn end_comparison(&mut self, time: Nanos) {
        if self.comparing.as_ref().is_some_and(|of| time > of.ends) {
            self.stop_comparing();
        }
    }

    fn stop_comparing(&mut self) {
        if self.comparing.take().is_some() {
            self.replan();
        }
    }

    /// The rig as it is to be heard.
    pub(super) fn heard(&self) -> Arc<Rig> {
        let rig = self.desk.rig();
        match &self.comparing {
            Some(of) => Arc::new(without_trim(&rig, &of.speaker)),
            None => rig,
        }
    }
}

fn without_trim(rig: &Rig, speaker: &str) -> Rig {
    let mut heard = rig.clone();
    let is_it = |of: &&mut Speaker| of.id == speaker;
    if let Some(speaker) = heard.speakers.iter_mut().find(is_it) {
        speaker.trim_us = 0;
    }
    heard
}

/// From the last renewal to the end.
const LONGEST: Nanos = Nanos(30_000_000_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_compared_speaker_loses_its_trim() {
        let trimmed = |id: &str| Speaker {
            id: id.into(),
            trim_us: 180,
            ..Speaker::default()
        };
        let rig = Rig {
            speakers: vec![trimmed("left"), trimmed("right")],
            ..Rig::default()
        };
        let trims = |rig: &Rig| -> Vec<i64> { rig.speakers.iter().map(|of| of.trim_us).collect() };
        assert_eq!(trims(&without_trim(&rig, "right")), [180, 0]);
        assert_eq!(without_trim(&rig, "nobody"), rig);
        assert_eq!(trims(&rig), [180, 180]);
    }
}
