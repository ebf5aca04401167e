//! Sound that is different everywhere, so that a stretch of a recording can be
//! found again in it by cross-correlation.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Frames per second.
pub const RATE: f64 = 48_000.0;
/// Frames that are looked for at once: 100 ms.
pub const BLOCK: usize = 4_800;
/// Least likeness of a block to the file: what is moved by a part of a frame is
/// at 0.99, a block with 10 ms of silence in it at 0.95, anything else near 0.
const ALIKE: f64 = 0.97;

/// The sound, and what finds a block in it.
pub struct Content {
    samples: Vec<f32>,
    /// Sums of squares up to each frame.
    energy: Vec<f64>,
    size: usize,
    spectrum: Vec<Complex<f32>>,
    forward: Arc<dyn RealToComplex<f32>>,
    backward: Arc<dyn ComplexToReal<f32>>,
}

/// Where in the file a block of a recording is.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// Its first frame in the recording.
    pub at: usize,
    /// The same frame in the file.
    pub file: usize,
    /// Normalised correlation: 1 is the same but for its level.
    pub likeness: f64,
    /// It holds 2 ms of silence, which the sound never does.
    pub silent: bool,
}

impl Found {
    /// The block is a piece of the file.
    pub fn is_intact(&self) -> bool {
        self.likeness > ALIKE
    }

    /// It is the piece that comes after `before`.
    pub fn follows(&self, before: &Self) -> bool {
        self.file.abs_diff(before.file + BLOCK) <= 2
    }
}

impl Content {
    /// Bursts of noise below 4 kHz over a tone, from a fixed seed.
    pub fn new(seconds: usize) -> Self {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut noise = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        let mut low = [0.0f32; 3];
        let samples: Vec<f32> = (0..seconds * RATE as usize)
            .map(|frame| {
                let mut value = noise();
                for stage in &mut low {
                    *stage += 0.25 * (value - *stage);
                    value = *stage;
                }
                let burst = if frame / 12_000 % 4 == 3 { 0.4 } else { 1.0 };
                let turns = frame as f64 * 440.0 / RATE;
                let tone = (turns.fract() * std::f64::consts::TAU).sin() as f32;
                burst * value + 0.02 * tone
            })
            .collect();
        Self::of(samples)
    }

    fn of(samples: Vec<f32>) -> Self {
        let size = (samples.len() + BLOCK).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(size);
        let backward = planner.plan_fft_inverse(size);
        let mut padded = samples.clone();
        padded.resize(size, 0.0);
        let mut spectrum = forward.make_output_vec();
        forward
            .process(&mut padded, &mut spectrum)
            .expect("sizes fit");
        let mut energy = vec![0.0];
        energy.extend(samples.iter().scan(0.0, |sum, sample| {
            *sum += f64::from(*sample).powi(2);
            Some(*sum)
        }));
        Self {
            samples,
            energy,
            size,
            spectrum,
            forward,
            backward,
        }
    }

    /// How long it is.
    pub fn frames(&self) -> u32 {
        self.samples.len() as u32
    }

    /// One sample.
    pub fn at(&self, frame: u32) -> f32 {
        self.samples[frame as usize]
    }

    /// Every whole block of `recording` from frame `from` on, between the first
    /// and the last that is not silent.
    pub fn blocks(&self, recording: &[f32], from: usize) -> Vec<Found> {
        let sounds = |block: &[f32]| block.iter().any(|sample| sample.abs() > 0.01);
        let blocks = || recording[from..].chunks_exact(BLOCK);
        let first = blocks().position(sounds).unwrap_or(usize::MAX);
        let last = blocks().rposition(sounds).unwrap_or(0);
        // The first and the last one are partly silent.
        let mut expected = None;
        let mut found = Vec::new();
        for (index, block) in blocks().enumerate() {
            if index <= first || index >= last {
                continue;
            }
            let at = from + index * BLOCK;
            let near = expected.and_then(|file| self.near(block, file));
            let (file, likeness) = near.unwrap_or_else(|| self.find(block));
            let here = Found {
                at,
                file,
                likeness,
                silent: has_silence(block),
            };
            expected = here.is_intact().then_some(here.file + BLOCK);
            found.push(here);
        }
        found
    }

    /// The block where it should be, give or take a frame, if it is there.
    fn near(&self, block: &[f32], file: usize) -> Option<(usize, f64)> {
        let places = file.saturating_sub(2)..=file + 2;
        let own = squared(block);
        let likeness = |file: usize| {
            let stretch = self.samples.get(file..file + BLOCK)?;
            let sum: f64 = block
                .iter()
                .zip(stretch)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum();
            Some((file, self.normalised(sum, own, file)))
        };
        places
            .filter_map(likeness)
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|(_, likeness)| *likeness > ALIKE)
    }

    fn find(&self, block: &[f32]) -> (usize, f64) {
        let mut padded = block.to_vec();
        padded.resize(self.size, 0.0);
        let mut spectrum = self.forward.make_output_vec();
        self.forward
            .process(&mut padded, &mut spectrum)
            .expect("sizes fit");
        for (block, file) in spectrum.iter_mut().zip(&self.spectrum) {
            *block = file * block.conj();
        }
        // Rounding leaves traces that the inverse transform does not take.
        let last = spectrum.len() - 1;
        spectrum[0].im = 0.0;
        spectrum[last].im = 0.0;
        self.backward
            .process(&mut spectrum, &mut padded)
            .expect("sizes fit");
        let places = 0..self.samples.len() - BLOCK;
        let own = squared(block);
        let likeness = |file: usize| {
            let sum = f64::from(padded[file]) / self.size as f64;
            self.normalised(sum, own, file)
        };
        places
            .map(|file| (file, likeness(file)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .expect("the file is longer than a block")
    }

    fn normalised(&self, sum: f64, own: f64, file: usize) -> f64 {
        let theirs = self.energy[file + BLOCK] - self.energy[file];
        sum / (own * theirs).sqrt().max(1e-9)
    }
}

fn has_silence(block: &[f32]) -> bool {
    let mut quiet = block.chunk_by(|one, next| (one.abs() < 1e-6) == (next.abs() < 1e-6));
    quiet.any(|run| run.len() >= 96 && run[0].abs() < 1e-6)
}

fn squared(block: &[f32]) -> f64 {
    block.iter().map(|sample| f64::from(*sample).powi(2)).sum()
}
