//! How far above the line the late packets are: the depth of the jitter buffer.
//!
//! It covers the second latest moment of two minutes and some more, so one standstill
//! of the machine changes nothing and what comes back does. It grows at once and
//! shrinks only when two minutes have shown that less will do. The engine's target
//! grows with it while sound flows and shrinks at the next start.

use serde::{Deserialize, Serialize};

use crate::sync::time::Nanos;

/// What the user allows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Never less than this, in milliseconds.
    pub floor_ms: f64,
    /// Never more than this: what is later is lost.
    pub ceiling_ms: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            floor_ms: 15.0,
            ceiling_ms: 150.0,
        }
    }
}

impl Limits {
    /// The nearest limits that make sense: 0 to 1000 ms, the ceiling not below the
    /// floor.
    #[must_use]
    pub fn sanitised(self) -> Self {
        let sane = |ms: f64, other: f64| {
            if ms.is_finite() {
                ms.clamp(0.0, 1000.0)
            } else {
                other
            }
        };
        let usual = Self::default();
        let floor_ms = sane(self.floor_ms, usual.floor_ms);
        Self {
            floor_ms,
            ceiling_ms: sane(self.ceiling_ms, usual.ceiling_ms).max(floor_ms),
        }
    }
}

/// The depth in force.
#[derive(Debug, Clone)]
pub struct Depth {
    floor: f64,
    ceiling: f64,
    now: f64,
    /// The largest lateness of each slot of the window.
    slots: [f32; SLOTS],
    slot: usize,
    filled: usize,
    until: Option<Nanos>,
}

impl Depth {
    /// Begins at the floor, or at what was needed last time.
    #[must_use]
    pub fn new(limits: Limits, known: Option<Nanos>) -> Self {
        let limits = limits.sanitised();
        let (floor, ceiling) = (limits.floor_ms * 1e-3, limits.ceiling_ms * 1e-3);
        Self {
            floor,
            ceiling,
            now: known.map_or(floor, Nanos::secs).clamp(floor, ceiling),
            slots: [0.0; SLOTS],
            slot: 0,
            filled: 0,
            until: None,
        }
    }

    /// Other limits from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        let limits = limits.sanitised();
        self.floor = limits.floor_ms * 1e-3;
        self.ceiling = limits.ceiling_ms * 1e-3;
        self.now = self.now.clamp(self.floor, self.ceiling);
    }

    /// A packet came at `at`, so many seconds late.
    pub fn observe(&mut self, late: f64, at: Nanos) {
        match self.until {
            None => self.until = Some(at + SLOT),
            Some(until) if at >= until => self.turn(at),
            Some(_) => {}
        }
        let most = &mut self.slots[self.slot];
        let before = *most;
        *most = most.max(late as f32);
        if *most > before {
            self.grow();
        }
    }

    /// How late a packet may be.
    #[must_use]
    pub fn now(&self) -> Nanos {
        Nanos::from_secs(self.now)
    }

    /// The second latest moment of the window.
    #[must_use]
    pub fn jitter(&self) -> Nanos {
        Nanos::from_secs(self.second())
    }

    fn turn(&mut self, at: Nanos) {
        self.until = Some(at + SLOT);
        self.slot = (self.slot + 1) % SLOTS;
        self.filled = (self.filled + 1).min(SLOTS);
        self.slots[self.slot] = 0.0;
        let wanted = self.wanted();
        // A window that is not full yet proves nothing.
        if self.filled == SLOTS && wanted + SHRINK < self.now {
            self.now = wanted;
        }
    }

    /// What is seen may fill most of the spare room before more is taken, so that
    /// growth is rare.
    fn grow(&mut self) {
        if self.second() + GUARD > self.now {
            let wanted = (self.wanted() / STEP).ceil() * STEP;
            self.now = wanted.max(self.now).min(self.ceiling);
        }
    }

    fn wanted(&self) -> f64 {
        let seen = self.second();
        let spare = (seen * SPARE).min(SPARE_MAX);
        (seen + spare + MORE).clamp(self.floor, self.ceiling)
    }

    fn second(&self) -> f64 {
        let (mut first, mut second) = (0.0f32, 0.0f32);
        for &slot in &self.slots {
            if slot > first {
                second = first;
                first = slot;
            } else {
                second = second.max(slot);
            }
        }
        f64::from(second)
    }
}

const SLOT: Nanos = Nanos(250_000_000);
/// Two minutes.
const SLOTS: usize = 480;
/// Room above what was seen: what is seen in the first seconds is not all there is.
const SPARE: f64 = 0.15;
const SPARE_MAX: f64 = 3e-3;
const MORE: f64 = 1.5e-3;
/// Growth is rounded up to whole milliseconds.
const STEP: f64 = 1e-3;
/// It grows when what was seen comes this near, seconds.
const GUARD: f64 = 0.5e-3;
/// What is won by shrinking must be worth it.
const SHRINK: f64 = 3e-3;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(depth: &mut Depth, from: f64, seconds: f64, late: impl Fn(f64) -> f64) {
        let mut at = from;
        while at < from + seconds {
            depth.observe(late(at), Nanos::from_secs(at));
            at += 0.0145;
        }
    }

    #[test]
    fn what_comes_back_is_covered_and_what_does_not_is_forgotten_in_two_minutes() {
        let mut depth = Depth::new(Limits::default(), None);
        assert_eq!(depth.now(), Nanos::from_millis(15.0));
        run(&mut depth, 0.0, 2.0, |at| {
            if at % 0.045 < 0.015 { 0.029 } else { 0.0 }
        });
        let grown = depth.now().millis();
        assert!((33.0..36.0).contains(&grown), "{grown}");
        run(&mut depth, 2.0, 115.0, |_| 1e-3);
        assert_eq!(depth.now().millis(), grown);
        run(&mut depth, 117.0, 10.0, |_| 1e-3);
        assert_eq!(depth.now(), Nanos::from_millis(15.0));
    }

    #[test]
    fn one_standstill_of_the_machine_changes_nothing_and_a_second_one_does() {
        let mut depth = Depth::new(Limits::default(), None);
        run(&mut depth, 0.0, 5.0, |_| 1e-3);
        depth.observe(0.09, Nanos::from_secs(5.1));
        run(&mut depth, 5.2, 20.0, |_| 1e-3);
        assert_eq!(depth.now(), Nanos::from_millis(15.0));
        depth.observe(0.08, Nanos::from_secs(26.0));
        assert!(depth.now() > Nanos::from_millis(84.0));
    }

    proptest! {
        #[test]
        fn the_depth_stays_within_sane_limits(
            floor in prop::num::f64::ANY,
            ceiling in prop::num::f64::ANY,
            lates in prop::collection::vec(-1.0f64..5.0, 1..200),
        ) {
            let limits = Limits { floor_ms: floor, ceiling_ms: ceiling };
            let sane = limits.sanitised();
            prop_assert!(sane.floor_ms >= 0.0 && sane.ceiling_ms >= sane.floor_ms);
            let mut depth = Depth::new(limits, None);
            for (index, late) in lates.into_iter().enumerate() {
                depth.observe(late, Nanos::from_millis(index as f64 * 14.5));
                let now = depth.now().millis();
                prop_assert!(now >= sane.floor_ms - 1e-6 && now <= sane.ceiling_ms + 1e-6);
            }
        }
    }
}
