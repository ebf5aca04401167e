//! What is sent while there is nothing to play: pure decisions.
//!
//! Speakers fall asleep in digital silence and eat the first 0.3 s of what wakes them.
//! So a stream begins with a lead-in of noise at −80 dBFS, which nobody hears and every
//! speaker takes for sound, and keep-alive (off by default) goes on with it.

/// Decides for one stream, packet by packet.
#[derive(Debug, Clone)]
pub struct Wake {
    keep_alive: bool,
    /// Frames of lead-in that are still to come.
    left: u64,
    random: u32,
}

impl Wake {
    /// At the beginning of a stream of `rate` frames a second.
    #[must_use]
    pub fn new(rate: u32, keep_alive: bool) -> Self {
        Self {
            keep_alive,
            left: u64::from(rate) * LEAD_IN_MS / 1000,
            random: 1,
        }
    }

    /// Switches keep-alive.
    pub fn set_keep_alive(&mut self, on: bool) {
        self.keep_alive = on;
    }

    /// Whether the lead-in is over: sound that begins now is heard from its beginning.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        self.left == 0
    }

    /// Fills a silent block with noise where the speaker must be woken or kept awake.
    /// Sound is left as it is.
    pub fn dress(&mut self, block: &mut [f32], channels: usize) {
        let frames = (block.len() / channels.max(1)) as u64;
        let wanted = self.keep_alive || self.left > 0;
        self.left = self.left.saturating_sub(frames);
        if wanted && block.iter().all(|sample| *sample == 0.0) {
            for sample in block {
                *sample = LEVEL * (self.uniform() + self.uniform());
            }
        }
    }

    /// Uniform in −0.5..0.5 (Numerical Recipes' generator; noise needs no better).
    fn uniform(&mut self) -> f32 {
        self.random = self
            .random
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        (self.random >> 8) as f32 / (1_u32 << 24) as f32 - 0.5
    }
}

const LEAD_IN_MS: u64 = 300;
/// Peak of the triangular noise: −80 dBFS, three steps of 16 bits.
const LEVEL: f32 = 1e-4;

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(wake: &mut Wake, count: usize, sample: f32) -> Vec<[f32; 256]> {
        (0..count)
            .map(|_| {
                let mut block = [sample; 256];
                wake.dress(&mut block, 2);
                block
            })
            .collect()
    }

    #[test]
    fn the_lead_in_is_inaudible_and_lasts_three_tenths_of_a_second() {
        let mut wake = Wake::new(48_000, false);
        let sent = blocks(&mut wake, 200, 0.0);
        let noisy = sent.iter().filter(|block| block[0] != 0.0).count();
        assert_eq!(noisy, 48_000 * 3 / 10 / 128 + 1);
        assert!(sent.iter().flatten().all(|sample| sample.abs() <= LEVEL));
        assert!(wake.is_awake());
    }

    #[test]
    fn sound_is_never_touched() {
        let mut wake = Wake::new(48_000, true);
        assert!(
            blocks(&mut wake, 9, 0.25)
                .iter()
                .flatten()
                .all(|s| *s == 0.25)
        );
    }

    #[test]
    fn keep_alive_goes_on_until_it_is_switched_off() {
        let mut wake = Wake::new(48_000, true);
        assert!(
            blocks(&mut wake, 1000, 0.0)
                .iter()
                .all(|block| block[0] != 0.0)
        );
        wake.set_keep_alive(false);
        assert!(
            blocks(&mut wake, 10, 0.0)
                .iter()
                .flatten()
                .all(|s| *s == 0.0)
        );
    }
}
