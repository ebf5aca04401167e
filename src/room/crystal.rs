//! A virtual crystal: the exact relation between true time and the time a
//! device's clock counts, both ways, with a constant error, a slow wander and
//! stretches where the clock stands still.
//!
//! All times are seconds as `f64`: over a day that resolves 0.02 ns.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::chance::Chance;

/// How the rate moves around its mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wander {
    /// One sine.
    #[default]
    Sine,
    /// Three sines of unrelated periods, which look like a random walk and
    /// still have an exact integral.
    Walk,
}

/// What kind of crystal.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CrystalSpec {
    /// Mean error in ppm; positive = fast.
    pub ppm: f64,
    /// Largest deviation of the rate from the mean, in ppm.
    pub wander_ppm: f64,
    /// Period of the (slowest) wander in seconds; 0 = no wander.
    pub wander_s: f64,
    /// Its shape.
    pub wander: Wander,
}

/// A clock that counts `factor` seconds per second, plus wander, minus stalls.
#[derive(Debug, Clone)]
pub struct Crystal {
    factor: f64,
    tones: [Tone; 3],
    used: usize,
    stalls: Vec<Stall>,
}

/// One sine of the rate, held as its integral.
#[derive(Debug, Clone, Copy, Default)]
struct Tone {
    /// Largest deviation of the counted time, in seconds.
    swing: f64,
    omega: f64,
    phase: f64,
    /// cos(phase), so that the count starts at zero.
    start: f64,
}

/// The clock stands still from `from` to `to`.
#[derive(Debug, Clone, Copy)]
struct Stall {
    from: f64,
    to: f64,
    /// What the clock shows meanwhile.
    shows: f64,
    /// Counted time lost up to the end of this stall.
    lost: f64,
}

impl Crystal {
    /// A crystal whose wander starts at a random phase drawn from `chance`.
    #[must_use]
    pub fn new(spec: &CrystalSpec, chance: &mut Chance) -> Self {
        // Shares add up to 1, so the rate never leaves ± wander_ppm.
        let shares: &[(f64, f64)] = match spec.wander {
            Wander::Sine => &[(1.0, 1.0)],
            Wander::Walk => &[(0.6, 1.0), (0.3, 0.381_966), (0.1, 0.163_4)],
        };
        let mut tones = [Tone::default(); 3];
        let wanders = spec.wander_ppm != 0.0 && spec.wander_s > 0.0;
        for (tone, &(share, period)) in tones.iter_mut().zip(shares) {
            let omega = TAU / (spec.wander_s.max(1e-3) * period);
            let phase = chance.between(0.0, TAU);
            *tone = Tone {
                swing: spec.wander_ppm * 1e-6 * share / omega,
                omega,
                phase,
                start: phase.cos(),
            };
        }
        Self {
            factor: 1.0 + spec.ppm * 1e-6,
            tones,
            used: if wanders { shares.len() } else { 0 },
            stalls: Vec::with_capacity(16),
        }
    }

    /// Makes the clock stand still from `from` for `length` seconds. Stalls
    /// must come in the order of time; one that starts inside the last one
    /// begins at its end.
    pub fn stall(&mut self, from: f64, length: f64) {
        let (end, lost) = self
            .stalls
            .last()
            .map_or((f64::MIN, 0.0), |s| (s.to, s.lost));
        let from = from.max(end);
        let to = from + length.max(0.0);
        self.stalls.push(Stall {
            from,
            to,
            shows: self.swings(from) - lost,
            lost: lost + self.swings(to) - self.swings(from),
        });
    }

    /// Seconds counted at true time `time`.
    #[must_use]
    pub fn counted(&self, time: f64) -> f64 {
        for stall in self.stalls.iter().rev() {
            if time >= stall.to {
                return self.swings(time) - stall.lost;
            }
            if time >= stall.from {
                return stall.shows;
            }
        }
        self.swings(time)
    }

    /// The true time at which the clock has counted `counted` seconds; the
    /// beginning of a stall where there are many.
    #[must_use]
    pub fn time_of(&self, counted: f64) -> f64 {
        let lost = self
            .stalls
            .iter()
            .rev()
            .find(|stall| counted > stall.shows)
            .map_or(0.0, |stall| stall.lost);
        let goal = counted + lost;
        let mut time = goal / self.factor;
        if self.used > 0 {
            // The rate differs from `factor` by under 1e-3, so each step wins
            // three digits or more: from under 1 s to under 1 ps in four.
            for _ in 0..4 {
                let error = self.swings(time) - goal;
                time -= error / self.factor;
                if error.abs() < 1e-12 {
                    break;
                }
            }
        }
        time
    }

    /// The rate error in ppm at true time `time`, stalls aside.
    #[must_use]
    pub fn ppm_at(&self, time: f64) -> f64 {
        let wander: f64 = self.tones[..self.used]
            .iter()
            .map(|tone| tone.swing * tone.omega * (tone.omega * time + tone.phase).sin())
            .sum();
        (self.factor - 1.0 + wander) * 1e6
    }

    /// Counted seconds with no stalls.
    fn swings(&self, time: f64) -> f64 {
        let mut counted = time * self.factor;
        for tone in &self.tones[..self.used] {
            counted += tone.swing * (tone.start - (tone.omega * time + tone.phase).cos());
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wandering(wander: Wander) -> Crystal {
        let spec = CrystalSpec {
            ppm: -80.0,
            wander_ppm: 5.0,
            wander_s: 600.0,
            wander,
        };
        Crystal::new(&spec, &mut Chance::new(3, 0))
    }

    #[test]
    fn time_and_count_are_inverse_over_a_day() {
        for wander in [Wander::Sine, Wander::Walk] {
            let mut crystal = wandering(wander);
            crystal.stall(100.0, 2.5);
            crystal.stall(5000.0, 0.5);
            for step in 0..2000 {
                let time = f64::from(step) * 43.21 + 0.1;
                if (100.0..102.5).contains(&time) {
                    continue;
                }
                let back = crystal.time_of(crystal.counted(time));
                assert!((back - time).abs() < 2e-10, "{time} came back as {back}");
            }
        }
    }

    #[test]
    fn the_rate_is_the_slope_of_the_count() {
        let crystal = wandering(Wander::Walk);
        for step in 0..100 {
            let time = f64::from(step) * 17.0;
            let slope = crystal.counted(time + 0.5) - crystal.counted(time - 0.5);
            assert!(((slope - 1.0) * 1e6 - crystal.ppm_at(time)).abs() < 1e-3);
            assert!((crystal.ppm_at(time) + 80.0).abs() <= 5.0 + 1e-9);
        }
    }

    #[test]
    fn a_stall_moves_everything_after_it() {
        let mut crystal = Crystal::new(&CrystalSpec::default(), &mut Chance::new(1, 0));
        crystal.stall(10.0, 3.0);
        assert_eq!(crystal.counted(9.0), 9.0);
        assert_eq!(crystal.counted(11.0), 10.0);
        assert_eq!(crystal.counted(14.0), 11.0);
        assert_eq!(crystal.time_of(11.0), 14.0);
        assert_eq!(crystal.time_of(10.0), 10.0);
    }
}
