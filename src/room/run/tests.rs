//! The scheduler and the meter, proven with a player that does nothing right.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::room::source::Period;
use crate::sync::time::Ppm;

/// Plays frame after frame, as if all clocks were the same: what a naive
/// fan-out does.
struct Naive {
    next: Option<f64>,
    task: Task,
    line: Option<Line>,
}

impl Player for Naive {
    fn feed(&mut self, _period: &Period, line: Line, _samples: &[f32]) {
        self.line = Some(line);
    }
    fn plan(&mut self, now: Nanos, delay: Nanos, frames: usize) -> Block {
        let Some(line) = self.line.filter(|_| now >= self.task.start) else {
            return Block::default();
        };
        let aligned = || line.frame_at(now + delay - self.task.delay());
        let start = self.next.unwrap_or_else(aligned);
        self.next = Some(start + frames as f64);
        Block {
            start,
            step: 1.0,
            sounding: true,
        }
    }
    fn fill(&mut self, out: &mut [f32]) {
        out.fill(0.0);
    }
    fn xrun(&mut self) {}
    fn trim(&mut self, _trim: Nanos) {}
    fn ppm(&mut self) -> Option<Ppm> {
        None
    }
}

fn naive(text: &str) -> Outcome {
    let scenario = Scenario::parse(text).unwrap();
    let make = |_: &SpeakerSpec, _: &Scenario, task: &Task| Naive {
        next: None,
        task: *task,
        line: None,
    };
    run_with(&scenario, make, &mut |work| work())
}

const TWO: &str = "[[speaker]]\nname = \"a\"\ndelay_error = { frames = 0 }\n\
    [[speaker]]\nname = \"b\"\nppm = 100\ndelay_error = { frames = 0 }\n";

#[test]
fn without_sync_speakers_drift_apart_by_their_crystals_difference() {
    let outcome = naive(&format!("seconds = 62\n{TWO}"));
    // 100 ppm over the 60 s since the first sound, at 2.01 s.
    assert!((outcome.spread_us.max - 5999.0).abs() < 5.0, "{outcome}");
    assert_eq!(outcome.lost_frames, 0);
    assert_eq!(outcome.speakers[1].jumps, 0);
}

#[test]
fn without_sync_a_stall_stays_and_is_not_called_a_recovery() {
    let fault = "[[fault]]\nspeaker = \"a\"\nkind = \"stall\"\nat = 15\nlength = 0.5\n";
    let outcome = naive(&format!("seconds = 30\n{TWO}{fault}"));
    assert_eq!(outcome.faults[0].recovered_s, None);
    assert!(outcome.spread_us.max > 490e3, "{outcome}");
    assert_eq!(outcome.speakers[0].lost_in_faults, 24_000);
}

#[test]
fn a_frozen_thread_runs_its_own_device_dry_and_no_other() {
    let fault = "[[fault]]\nspeaker = \"a\"\nkind = \"freeze\"\nat = 15\nlength = 0.1\n";
    let outcome = naive(&format!("seconds = 30\n{TWO}{fault}"));
    assert_eq!(outcome.speakers[0].xruns, 1);
    assert_eq!(outcome.speakers[1].xruns, 0);
    assert_eq!(outcome.lost_frames, 0);
    assert!(outcome.speakers[0].lost_in_faults > 4000);
}

#[test]
fn silence_where_sound_should_be_is_counted_as_lost() {
    let outcome = naive(&format!("seconds = 12\naudio = \"full\"\n{TWO}"));
    let heard = 2.0 * 2.0 * 48_000.0;
    assert!(
        (outcome.lost_frames as f64 - heard).abs() < 2000.0,
        "{outcome}"
    );
}
