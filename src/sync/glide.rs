//! A speaker's delay while it changes: small changes glide at an inaudible
//! pitch change, large ones cross-fade, and nothing ever clicks.

use super::time::Nanos;

/// The delay of one speaker, block by block.
#[derive(Debug, Clone)]
pub struct Glide {
    /// In force, seconds.
    now: f64,
    /// Wanted, seconds.
    target: f64,
    fade: Option<Fade>,
}

#[derive(Debug, Clone, Copy)]
struct Fade {
    to: f64,
    /// 0 to 1.
    progress: f64,
}

/// The delays of one block, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Delays {
    /// At the block's first frame.
    pub from: f64,
    /// After its last frame.
    pub to: f64,
    /// A second voice that is fading in, if any.
    pub fade: Option<FadeIn>,
}

/// The voice that replaces the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FadeIn {
    /// Its constant delay in seconds.
    pub delay: f64,
    /// Its share at the block's first frame, 0 to 1.
    pub from: f64,
    /// Its share after the last frame, 0 to 1.
    pub to: f64,
}

impl Glide {
    /// Begins at a delay.
    #[must_use]
    pub fn new(delay: Nanos) -> Self {
        Self {
            now: delay.secs(),
            target: delay.secs(),
            fade: None,
        }
    }

    /// Goes to another delay from the next block on.
    pub fn set(&mut self, delay: Nanos) {
        self.target = delay.secs();
    }

    /// Is at the wanted delay at once; only while nothing sounds.
    pub fn jump(&mut self) {
        self.now = self.target;
        self.fade = None;
    }

    /// The delay in force, in seconds.
    #[must_use]
    pub fn now(&self) -> f64 {
        self.fade.map_or(self.now, |fade| {
            if fade.progress < 0.5 {
                self.now
            } else {
                fade.to
            }
        })
    }

    /// The delays of the next block of `seconds`.
    pub fn advance(&mut self, seconds: f64) -> Delays {
        let distance = self.target - self.now;
        if self.fade.is_none() && distance.abs() > GLIDE_MAX {
            self.fade = Some(Fade {
                to: self.target,
                progress: 0.0,
            });
        }
        match self.fade {
            Some(fade) => self.cross(fade, seconds),
            None => self.slide(distance, seconds),
        }
    }

    fn slide(&mut self, distance: f64, seconds: f64) -> Delays {
        let most = SLIDE * seconds;
        let from = self.now;
        self.now = if distance.abs() <= most {
            self.target
        } else {
            from + most.copysign(distance)
        };
        Delays {
            from,
            to: self.now,
            fade: None,
        }
    }

    fn cross(&mut self, fade: Fade, seconds: f64) -> Delays {
        let progress = (fade.progress + seconds / FADE).min(1.0);
        let delays = Delays {
            from: self.now,
            to: self.now,
            fade: Some(FadeIn {
                delay: fade.to,
                from: smooth(fade.progress),
                to: smooth(progress),
            }),
        };
        if progress >= 1.0 {
            self.now = fade.to;
            self.fade = None;
        } else {
            self.fade = Some(Fade { progress, ..fade });
        }
        delays
    }
}

/// Raised cosine from 0 to 1: the two voices are the same sound shortly apart,
/// so their gains, not their powers, add up to one.
#[must_use]
pub fn smooth(progress: f64) -> f64 {
    0.5 - 0.5 * (std::f64::consts::PI * progress).cos()
}

/// Pitch change while sliding: 0.19 %, under the 0.2 % that trained listeners
/// notice on steady tones.
const SLIDE: f64 = 1.9e-3;
/// What a slide may take 80 ms for; anything larger cross-fades.
const GLIDE_MAX: f64 = 80e-3 * SLIDE;
/// Length of a cross-fade in seconds: short enough for a slider, long enough
/// that the turning phase of the sum stays below the steepness of the sound.
const FADE: f64 = 40e-3;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const BLOCK: f64 = 256.0 / 48_000.0;

    fn run(glide: &mut Glide, seconds: f64) -> Vec<Delays> {
        (0..(seconds / BLOCK) as usize)
            .map(|_| glide.advance(BLOCK))
            .collect()
    }

    #[test]
    fn small_changes_slide_within_a_hundred_milliseconds() {
        let mut glide = Glide::new(Nanos::from_millis(10.0));
        glide.set(Nanos::from_micros(10_140.0));
        let delays = run(&mut glide, 0.1);
        assert!(delays.iter().all(|d| d.fade.is_none()));
        assert!(
            delays
                .iter()
                .all(|d| (d.to - d.from).abs() <= 0.002 * BLOCK)
        );
        assert!((glide.now() - 10.14e-3).abs() < 1e-12);
    }

    #[test]
    fn large_changes_cross_fade_and_arrive_within_a_hundred_milliseconds() {
        let mut glide = Glide::new(Nanos::ZERO);
        for target in [1.0, -100.0, 250.0] {
            glide.set(Nanos::from_millis(target));
            let delays = run(&mut glide, 0.1);
            let shares: Vec<_> = delays.iter().filter_map(|d| d.fade).collect();
            assert_eq!(shares.first().unwrap().from, 0.0);
            assert_eq!(shares.last().unwrap().to, 1.0);
            assert!(shares.windows(2).all(|w| w[0].to == w[1].from));
            assert!((glide.now() - target * 1e-3).abs() < 1e-9);
        }
    }

    #[test]
    fn a_change_during_a_cross_fade_follows_after_it() {
        let mut glide = Glide::new(Nanos::ZERO);
        glide.set(Nanos::from_millis(5.0));
        let _ = run(&mut glide, 0.01);
        glide.set(Nanos::from_millis(-5.0));
        let _ = run(&mut glide, 0.1);
        assert!((glide.now() + 5e-3).abs() < 1e-9);
    }
}
