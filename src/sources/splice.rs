//! Decoded frames on their way out, with fades where a stretch is missing.
//!
//! The last few milliseconds are held back until what follows them is known:
//! before a damaged stretch they fade out, otherwise they pass unchanged, bit
//! for bit. Samples that are no numbers become silence, absurd ones are capped.

/// A queue of interleaved frames.
#[derive(Debug, Clone, Default)]
pub struct Splice {
    channels: usize,
    /// Length of a fade and of what is held back, frames.
    fade: usize,
    queue: Vec<f32>,
    /// Samples of `queue` already taken.
    taken: usize,
    /// Frames of a running fade-in already faded.
    rising: Option<usize>,
    finished: bool,
}

impl Splice {
    /// An empty queue.
    #[must_use]
    pub fn new(channels: usize, fade: usize) -> Self {
        Self {
            channels: channels.max(1),
            fade,
            ..Self::default()
        }
    }

    /// Frames inside, held back or not.
    #[must_use]
    pub fn frames(&self) -> usize {
        (self.queue.len() - self.taken) / self.channels
    }

    /// Queues whole frames.
    pub fn push(&mut self, samples: &[f32]) {
        drop(self.queue.drain(..self.taken));
        self.taken = 0;
        let start = self.queue.len();
        self.queue.extend(samples.iter().map(|&x| tame(x)));
        if let Some(done) = self.rising {
            let frames = self.queue[start..].chunks_exact_mut(self.channels);
            let mut at = done;
            for frame in frames.take(self.fade - done) {
                at += 1;
                let gain = rise(at, self.fade);
                frame.iter_mut().for_each(|x| *x *= gain);
            }
            self.rising = (at < self.fade).then_some(at);
        }
    }

    /// Lets the sound so far fade to silence: what follows it is missing.
    pub fn fade_out(&mut self) {
        let frames = self.frames().min(self.fade);
        let start = self.queue.len() - frames * self.channels;
        for (n, frame) in self.queue[start..]
            .chunks_exact_mut(self.channels)
            .enumerate()
        {
            let gain = rise(frames - n - 1, frames);
            frame.iter_mut().for_each(|x| *x *= gain);
        }
    }

    /// Lets what is pushed next rise from silence.
    pub fn fade_in(&mut self) {
        self.rising = (self.fade > 0).then_some(0);
    }

    /// Nothing follows: gives the held frames free.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Moves frames out; returns the number of samples moved.
    pub fn take(&mut self, out: &mut [f32]) -> usize {
        let held = if self.finished { 0 } else { self.fade };
        let ready = self.frames().saturating_sub(held);
        let frames = ready.min(out.len() / self.channels);
        let samples = frames * self.channels;
        out[..samples].copy_from_slice(&self.queue[self.taken..self.taken + samples]);
        self.taken += samples;
        samples
    }

    /// Takes everything back out and is as new.
    pub fn restart(&mut self) -> Vec<f32> {
        self.taken = 0;
        std::mem::take(&mut self.queue)
    }
}

pub(super) fn tame(x: f32) -> f32 {
    if x.is_finite() {
        x.clamp(-CEILING, CEILING)
    } else {
        0.0
    }
}

/// Half a cosine from 0 at 0 to 1 at `of`.
fn rise(at: usize, of: usize) -> f32 {
    let x = at as f32 / of.max(1) as f32;
    0.5 - 0.5 * (std::f32::consts::PI * x).cos()
}

/// +24 dBFS: no music is louder, a broken float file may be.
const CEILING: f32 = 16.0;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn drain(splice: &mut Splice) -> Vec<f32> {
        let mut out = vec![0.0; 100_000];
        let samples = splice.take(&mut out);
        out.truncate(samples);
        out
    }

    #[test]
    fn undamaged_sound_passes_unchanged() {
        let input: Vec<f32> = (0..2000).map(|n| (n as f32 * 0.37).sin()).collect();
        let mut splice = Splice::new(2, 240);
        let mut out = Vec::new();
        for part in input.chunks(34) {
            splice.push(part);
            out.extend(drain(&mut splice));
        }
        splice.finish();
        out.extend(drain(&mut splice));
        assert_eq!(out, input);
    }

    #[test]
    fn a_missing_stretch_makes_no_step() {
        let mut splice = Splice::new(1, 240);
        splice.push(&[1.0; 1000]);
        splice.fade_out();
        splice.fade_in();
        for _ in 0..100 {
            splice.push(&[-1.0; 10]);
        }
        splice.finish();
        let out = drain(&mut splice);
        assert_eq!(out.len(), 2000);
        assert_eq!(out[999], 0.0);
        assert_eq!(out[1300], -1.0);
        let steepest = out.windows(2).map(|w| (w[1] - w[0]).abs());
        assert!(steepest.fold(0.0, f32::max) < 0.01);
    }

    #[test]
    fn a_stretch_shorter_than_the_fade_still_ends_in_silence() {
        let mut splice = Splice::new(1, 240);
        splice.fade_in();
        splice.push(&[1.0; 50]);
        splice.fade_out();
        splice.finish();
        let out = drain(&mut splice);
        assert!(out[0] < 0.01);
        assert_eq!(*out.last().unwrap(), 0.0);
    }

    #[test]
    fn what_is_no_number_becomes_silence() {
        let mut splice = Splice::new(1, 0);
        splice.push(&[f32::NAN, f32::INFINITY, 1e30, -0.5]);
        assert_eq!(drain(&mut splice), vec![0.0, 0.0, CEILING, -0.5]);
    }
}
