//! Sound where a frame was lost: what was heard goes on by its own period, and fades.
//!
//! The best period is looked for once at the beginning of a loss: the lag at which the
//! last 2 ms are most like what came before. So a tone stays a tone, where plainly
//! repeating a frame would buzz at the rate of the frames.

use super::CHANNELS;

/// Remembers what was heard and makes up what was not.
pub struct Concealer {
    /// The last sound of each channel, a ring.
    heard: [[f32; MEMORY]; CHANNELS],
    /// Where the next sample goes.
    at: usize,
    rate: f32,
    loss: Option<Loss>,
}

/// A loss that is not over yet.
#[derive(Clone, Copy)]
struct Loss {
    /// Samples after which the sound repeats.
    lag: usize,
    /// Samples made up so far.
    invented: usize,
    /// Samples of the true sound that came since.
    returned: usize,
}

impl Concealer {
    /// Of silence so far.
    pub fn new() -> Self {
        Self {
            heard: [[0.0; MEMORY]; CHANNELS],
            at: 0,
            rate: 48_000.0,
            loss: None,
        }
    }

    /// Forgets the sound so far.
    pub fn clear(&mut self) {
        self.heard = [[0.0; MEMORY]; CHANNELS];
        self.loss = None;
    }

    /// Fades are the same time at any rate.
    pub fn set_rate(&mut self, hz: u32) {
        self.rate = hz as f32;
    }

    /// Remembers what was decoded; just after a loss fades it in.
    pub fn heard(&mut self, channels: usize, sound: &mut [f32]) {
        for frame in sound.chunks_exact_mut(channels) {
            if let Some(mut loss) = self.loss {
                loss.returned += 1;
                let share = (loss.returned as f32 / RETURN as f32).min(1.0);
                let level = self.level(&loss);
                for (channel, sample) in frame.iter_mut().enumerate() {
                    let invented = level * self.back(channel, loss.lag);
                    *sample = invented + share * (*sample - invented);
                }
                loss.invented += 1;
                self.loss = (loss.returned < RETURN).then_some(loss);
            }
            self.remember(frame);
        }
    }

    /// Makes up sound for `out`.
    pub fn invent(&mut self, channels: usize, out: &mut [f32]) {
        let mut loss = match self.loss {
            Some(loss) => Loss {
                returned: 0,
                ..loss
            },
            None => Loss {
                lag: self.period(channels),
                invented: 0,
                returned: 0,
            },
        };
        for frame in out.chunks_mut(channels) {
            let level = self.level(&loss);
            let mut kept = [0.0; CHANNELS];
            for (channel, (sample, kept)) in frame.iter_mut().zip(&mut kept).enumerate() {
                *kept = self.back(channel, loss.lag);
                *sample = level * *kept;
            }
            // At full level, so that the fade is not applied to itself.
            self.remember(&kept);
            loss.invented += 1;
        }
        self.loss = Some(loss);
    }

    /// Full at first, then down to nothing.
    fn level(&self, loss: &Loss) -> f32 {
        let seconds = loss.invented as f32 / self.rate;
        (1.0 - (seconds - HOLD) / FADE).clamp(0.0, 1.0)
    }

    /// The sample `lag` before the next one.
    #[inline]
    fn back(&self, channel: usize, lag: usize) -> f32 {
        self.heard[channel][(self.at + MEMORY - lag) % MEMORY]
    }

    #[inline]
    fn remember(&mut self, frame: &[f32]) {
        for (heard, &sample) in self.heard.iter_mut().zip(frame) {
            heard[self.at] = sample;
        }
        self.at = (self.at + 1) % MEMORY;
    }

    /// The lag at which the last sound is most like the sound before it, all channels
    /// taken together.
    fn period(&self, channels: usize) -> usize {
        let mut recent = [0.0; MEMORY];
        for (age, recent) in recent.iter_mut().enumerate() {
            *recent = (0..channels)
                .map(|channel| self.back(channel, age + 1))
                .sum();
        }
        // Newest first: the pattern is at the beginning, lags are offsets.
        let pattern = &recent[..PATTERN];
        let mut energy: f32 = recent[SHORTEST..SHORTEST + PATTERN]
            .iter()
            .map(|x| x * x)
            .sum();
        // Rounding of a running sum; nothing that quiet is like the pattern.
        let least = 1e-3 * dot(pattern, pattern) + f32::MIN_POSITIVE;
        let mut best = (LONGEST, 0.0);
        for lag in SHORTEST..=LONGEST {
            let likeness: f32 = dot(pattern, &recent[lag..lag + PATTERN]);
            let score = likeness.max(0.0) * likeness / energy.max(least);
            if score > best.1 {
                best = (lag, score);
            }
            if lag < LONGEST {
                energy += recent[lag + PATTERN].powi(2) - recent[lag].powi(2);
            }
        }
        best.0
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// Samples remembered: the longest lag and the pattern, a power of two for the ring.
const MEMORY: usize = 1024;

/// The pattern that is looked for: 2.7 ms at 48 kHz.
const PATTERN: usize = 128;

/// Shorter periods sound metallic when the sound is no pure tone; 3 ms at 48 kHz is
/// many periods of what is higher.
const SHORTEST: usize = 144;

/// Lowest period that is found: 57 Hz at 48 kHz.
const LONGEST: usize = MEMORY - PATTERN - 48;

/// Seconds at full level: half of a usual packet is covered without a dip.
const HOLD: f32 = 0.01;

/// Seconds from full level to nothing.
const FADE: f32 = 0.04;

/// Samples over which the true sound comes back, more than the 72 in which the empty
/// filter bank fills.
const RETURN: usize = 128;
