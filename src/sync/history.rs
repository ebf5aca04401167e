//! The newest frames of a stream, for reading at any position.
//!
//! Frames carry absolute numbers that never wrap. Nothing here allocates,
//! locks or blocks after construction.

/// The most samples one read can want; what is repeated behind each ring.
pub const MAX_TAPS: usize = 512;

/// One ring per channel, addressed by absolute
/// frame number. What is not stored, before and after, reads as silence.
///
/// The beginning of each ring is repeated behind its end, so the taps of a
/// read are always one slice.
#[derive(Debug, Clone)]
pub struct History {
    channels: usize,
    mask: usize,
    ring: Vec<f32>,
    oldest: u64,
    end: u64,
}

impl History {
    /// Room for at least `capacity_frames` frames; both sizes at least 1.
    /// Allocates; not for the audio thread.
    #[must_use]
    pub fn new(channels: usize, capacity_frames: usize) -> Self {
        let channels = channels.max(1);
        let size = capacity_frames.max(MAX_TAPS).next_power_of_two();
        Self {
            channels,
            mask: size - 1,
            ring: vec![0.0; channels * (size + MAX_TAPS)],
            oldest: 0,
            end: 0,
        }
    }

    /// Channels per frame.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// How many frames fit.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.mask + 1
    }

    /// The oldest frame that is stored; equal to [`History::end`] if none is.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.oldest
    }

    /// The frame after the newest one: the number the next pushed frame gets.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Forgets everything; the next pushed frame gets the number `frame`.
    pub fn jump(&mut self, frame: u64) {
        self.oldest = frame;
        self.end = frame;
    }

    /// Appends whole frames of interleaved samples; what is left of an
    /// incomplete last frame is ignored.
    pub fn push_interleaved(&mut self, samples: &[f32]) {
        let frames = samples.len() / self.channels;
        let skip = frames.saturating_sub(self.capacity());
        let first = self.end + skip as u64;
        let samples = &samples[skip * self.channels..frames * self.channels];
        let size = self.mask + 1;
        for (channel, ring) in self.ring.chunks_exact_mut(size + MAX_TAPS).enumerate() {
            let mut at = first as usize & self.mask;
            for &sample in samples[channel.min(samples.len())..]
                .iter()
                .step_by(self.channels)
            {
                ring[at] = sample;
                if at < MAX_TAPS {
                    ring[at + size] = sample;
                }
                at = (at + 1) & self.mask;
            }
        }
        self.end += frames as u64;
        self.oldest = self
            .oldest
            .max(self.end.saturating_sub(self.capacity() as u64));
    }

    /// One stored sample, or silence; out-of-range channels are silent too.
    #[must_use]
    pub fn frame(&self, channel: usize, frame: i64) -> f32 {
        let stored = u64::try_from(frame).is_ok_and(|at| (self.oldest..self.end).contains(&at));
        if stored && channel < self.channels {
            self.channel(channel)[frame as usize & self.mask]
        } else {
            0.0
        }
    }

    #[inline]
    fn channel(&self, channel: usize) -> &[f32] {
        let length = self.mask + 1 + MAX_TAPS;
        &self.ring[channel * length..][..length]
    }

    /// `length` ≤ [`MAX_TAPS`] samples from the frame `from` on.
    #[inline]
    pub(super) fn window<'a>(
        &'a self,
        channel: usize,
        from: i64,
        length: usize,
        scratch: &'a mut [f32; MAX_TAPS],
    ) -> &'a [f32] {
        let inside = from >= self.oldest as i64
            && from.saturating_add(length as i64) <= self.end as i64
            && channel < self.channels;
        if inside {
            let at = from as usize & self.mask;
            &self.channel(channel)[at..at + length]
        } else {
            for (i, to) in scratch[..length].iter_mut().enumerate() {
                *to = self.frame(channel, from.saturating_add(i as i64));
            }
            &scratch[..length]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_across_the_seam_of_the_ring_is_whole() {
        let mut history = History::new(2, 512);
        let mut next = 0u32;
        let mut scratch = [0.0; MAX_TAPS];
        for push in [1, 7, 300, 511, 64, 129, 1024, 3] {
            let samples: Vec<f32> = (next..next + push)
                .flat_map(|n| [n as f32, -(n as f32)])
                .collect();
            history.push_interleaved(&samples);
            next += push;
            for from in history.start()..history.end().saturating_sub(64) {
                let window = history.window(1, from as i64, 64, &mut scratch);
                for (i, &sample) in window.iter().enumerate() {
                    assert_eq!(sample, -((from + i as u64) as f32));
                }
            }
        }
    }
}
