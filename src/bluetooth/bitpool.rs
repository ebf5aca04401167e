//! How finely one speaker's sound is coded, by how far its packets are behind: down at
//! once when they queue up, before any is lost, and up again slowly.
//!
//! The air is taken in whole packets, so fewer bits help only when more sound goes into
//! a packet of the same size. A step of the [`Ladder`] is therefore a bitpool *and* a
//! number of frames; longer packets leave later by as much as they are longer (see
//! [`super::pacing`]), so the engine's lookahead stays as it is.
//!
//! Time is an argument; nothing here allocates after it is made.

use super::sbc::Params;
use crate::sync::time::Nanos;

/// One step: how fine, and how many frames in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The bitpool.
    pub bitpool: u8,
    /// Frames that share a packet.
    pub frames: u8,
}

/// The steps a link can take, the finest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    steps: Vec<Step>,
}

impl Ladder {
    /// Steps from the bitpool of `params`, which is the ceiling, down to `floor`, for
    /// packets with `room` bytes for frames. The finest step has `frames` frames, or as
    /// many as fit; each further one has more frames and the largest bitpool with which
    /// they fit.
    #[must_use]
    pub fn new(params: Params, floor: u8, room: usize, frames: u8) -> Self {
        let ceiling = params.bitpool;
        let floor = floor.clamp(Params::MIN_BITPOOL, ceiling);
        let fits = |bitpool: u8, frames: u8| {
            usize::from(frames) * params.with_bitpool(bitpool).frame_len() <= room
        };
        let first = (1..=frames.clamp(1, FRAMES_MAX))
            .rev()
            .find(|frames| fits(ceiling, *frames))
            .unwrap_or(1);
        let mut steps = vec![Step {
            bitpool: ceiling,
            frames: first,
        }];
        for frames in first + 1..=FRAMES_MAX {
            let finest = (floor..=ceiling)
                .rev()
                .find(|bitpool| fits(*bitpool, frames));
            let Some(bitpool) = finest else { break };
            steps.push(Step { bitpool, frames });
        }
        Self { steps }
    }

    /// The steps, the finest first; at least one.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// Walks the ladder.
#[derive(Debug, Clone)]
pub struct Adaptive {
    ladder: Ladder,
    at: usize,
    /// The finest step that the air allows now.
    finest: usize,
    /// When the last step was taken, and whether it was up.
    stepped: Option<(Nanos, bool)>,
    calm_since: Option<Nanos>,
    /// How long it must be calm before the next step up.
    patience: Nanos,
}

impl Adaptive {
    /// Begins at the finest step.
    #[must_use]
    pub fn new(ladder: Ladder) -> Self {
        Self {
            ladder,
            at: 0,
            finest: 0,
            stepped: None,
            calm_since: None,
            patience: PATIENCE,
        }
    }

    /// The step in force.
    #[must_use]
    pub fn step(&self) -> Step {
        self.ladder.steps[self.at]
    }

    /// Leaves out the finest step from now on, or allows it again: on an adapter whose
    /// air is crowded, packets that are a little coarser and a little longer keep the
    /// queues of all its links short.
    pub fn set_crowded(&mut self, crowded: bool) {
        self.finest = usize::from(crowded).min(self.ladder.steps.len() - 1);
        self.at = self.at.max(self.finest);
    }

    /// The link begins anew: with the finest step that is allowed.
    pub fn restart(&mut self) {
        self.at = self.finest;
        self.stepped = None;
        self.calm_since = None;
    }

    /// A packet is about to be coded, whose sound is `behind`: what is queued in the
    /// kernel and how late it is itself, together. Returns the step to code it with.
    pub fn next(&mut self, now: Nanos, behind: Nanos) -> Step {
        if behind > HIGH {
            self.calm_since = None;
            self.down(now);
        } else if behind > LOW {
            self.calm_since = None;
        } else {
            let since = *self.calm_since.get_or_insert(now);
            if now - since > self.patience && self.at > self.finest {
                self.up(now);
            }
        }
        self.step()
    }

    fn down(&mut self, now: Nanos) {
        if let Some((then, was_up)) = self.stepped {
            if now - then < EFFECT {
                return;
            }
            if was_up && now - then < REGRET {
                self.patience = Nanos((self.patience.0 * 2).min(PATIENCE_MAX.0));
            }
        }
        if self.at + 1 < self.ladder.steps.len() {
            self.at += 1;
            self.stepped = Some((now, false));
        }
    }

    fn up(&mut self, now: Nanos) {
        if self
            .stepped
            .is_some_and(|(then, up)| up && now - then > FORGIVEN)
        {
            self.patience = PATIENCE;
        }
        self.at -= 1;
        self.stepped = Some((now, true));
        self.calm_since = Some(now);
    }
}

/// Behind by more: step down. Two or three packets.
const HIGH: Nanos = Nanos(25_000_000);
/// Behind by less is calm: a packet that is just being taken.
const LOW: Nanos = Nanos(13_000_000);
/// A step down shows its effect after this.
const EFFECT: Nanos = Nanos(120_000_000);
/// Calm for so long before a step up.
const PATIENCE: Nanos = Nanos(10_000_000_000);
const PATIENCE_MAX: Nanos = Nanos(160_000_000_000);
/// A step up that is taken back within this was a mistake: wait twice as long.
const REGRET: Nanos = Nanos(20_000_000_000);
/// After so long on a step, the waits begin anew.
const FORGIVEN: Nanos = Nanos(300_000_000_000);
/// Four bits of the packet's header count the frames.
const FRAMES_MAX: u8 = 15;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ladder() -> Ladder {
        Ladder::new(Params::HIGH_QUALITY.with_bitpool(53), 20, 535, 4)
    }

    fn run(adaptive: &mut Adaptive, from: f64, seconds: f64, behind_ms: f64) -> Vec<(f64, Step)> {
        let mut changes = Vec::new();
        let mut now = from;
        let mut last = adaptive.step();
        while now < from + seconds {
            let step = adaptive.next(Nanos::from_secs(now), Nanos::from_millis(behind_ms));
            if step != last {
                changes.push((now, step));
                last = step;
            }
            now += 0.0107;
        }
        changes
    }

    #[test]
    fn every_step_takes_less_air_and_fits() {
        let steps = ladder();
        let params = Params::HIGH_QUALITY;
        assert_eq!(
            steps.steps()[0],
            Step {
                bitpool: 53,
                frames: 4
            }
        );
        for pair in steps.steps().windows(2) {
            assert!(pair[1].frames > pair[0].frames && pair[1].bitpool <= pair[0].bitpool);
        }
        for step in steps.steps() {
            let len = params.with_bitpool(step.bitpool).frame_len();
            assert!(usize::from(step.frames) * len <= 535 && step.bitpool >= 20);
        }
        assert!(steps.steps().len() >= 5);
    }

    #[test]
    fn down_within_a_second_and_up_only_after_a_calm_time() {
        let mut adaptive = Adaptive::new(ladder());
        let down = run(&mut adaptive, 0.0, 1.0, 40.0);
        assert_eq!(down.len(), ladder().steps().len() - 1);
        assert!(run(&mut adaptive, 1.0, 9.0, 5.0).is_empty());
        let up = run(&mut adaptive, 10.0, 200.0, 5.0);
        assert_eq!(up.len(), down.len());
        assert!(up.windows(2).all(|pair| pair[1].0 - pair[0].0 > 9.9));
    }

    #[test]
    fn it_learns_which_step_does_not_work() {
        let mut adaptive = Adaptive::new(ladder());
        let mut now = 0.0;
        let mut ups = 0;
        // Only the second step fits the air, for half an hour.
        while now < 1800.0 {
            let before = adaptive.step().frames;
            let behind = if before == 4 { 40.0 } else { 5.0 };
            let step = adaptive.next(Nanos::from_secs(now), Nanos::from_millis(behind));
            ups += u32::from(step.frames < before);
            now += 0.0107;
        }
        assert!((5..20).contains(&ups), "{ups}");
    }

    #[test]
    fn in_crowded_air_the_finest_step_is_left_out_at_once_and_until_there_is_room() {
        let second = ladder().steps()[1];
        assert_eq!(second.frames, 5);
        let mut adaptive = Adaptive::new(ladder());
        adaptive.set_crowded(true);
        assert_eq!(adaptive.step(), second);
        assert!(run(&mut adaptive, 0.0, 300.0, 1.0).is_empty());
        adaptive.set_crowded(false);
        let _changes = run(&mut adaptive, 300.0, 300.0, 1.0);
        assert_eq!(adaptive.step(), ladder().steps()[0]);
    }

    #[test]
    fn a_ladder_of_one_step_stays_on_it_in_crowded_air() {
        let one = Ladder::new(Params::HIGH_QUALITY.with_bitpool(53), 53, 535, 4);
        let mut adaptive = Adaptive::new(one.clone());
        adaptive.set_crowded(true);
        assert_eq!(adaptive.step(), one.steps()[0]);
    }

    proptest! {
        #[test]
        fn any_ladder_has_a_first_step_and_falls(
            bitpool in 2u8..250, floor: u8, room in 0usize..1000, frames: u8
        ) {
            let ladder = Ladder::new(Params::HIGH_QUALITY.with_bitpool(bitpool), floor, room, frames);
            prop_assert!(!ladder.steps().is_empty());
            prop_assert!(ladder.steps().iter().all(|step| step.frames >= 1 && step.frames <= 15));
            prop_assert!(ladder.steps().windows(2).all(|pair| pair[1].bitpool <= pair[0].bitpool));
        }
    }
}
