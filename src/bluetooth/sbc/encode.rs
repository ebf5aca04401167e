//! Sound to frames.

use super::allocate::allocate;
use super::bank::Analysis;
use super::bits::{BitWriter, Checksum};
use super::params::{HEADER, Mode, Params};
use super::{BLOCKS, CHANNELS, FULL_SCALE, Matrix, PerBand, SUBBANDS};

/// Encodes one stream. Made once; encoding allocates nothing and never waits.
pub struct Encoder {
    params: Params,
    analysis: Analysis,
    bands: Matrix,
}

impl Encoder {
    /// For frames like `params`, whose bitpool is brought into its range.
    #[must_use]
    pub fn new(params: Params) -> Self {
        Self {
            params: params.with_bitpool(params.bitpool),
            analysis: Analysis::new(),
            bands: [[[0.0; SUBBANDS]; BLOCKS]; CHANNELS],
        }
    }

    /// What the next frame will be like.
    #[must_use]
    pub fn params(&self) -> Params {
        self.params
    }

    /// Changes the bitpool from the next frame on, brought into its range. The sound
    /// goes on without a seam; only the length of the frames changes.
    pub fn set_bitpool(&mut self, bitpool: u8) {
        self.params = self.params.with_bitpool(bitpool);
    }

    /// Encodes one frame of [`Params::frame_samples`] interleaved samples of each
    /// channel into `out`. Returns its length, or 0, with nothing encoded, where `out`
    /// is too short. What is missing in `pcm` is silence, what is too much is ignored,
    /// what is out of range is clipped.
    pub fn encode(&mut self, pcm: &[f32], out: &mut [u8]) -> usize {
        let length = self.params.frame_len();
        let Some(out) = out.get_mut(..length) else {
            return 0;
        };
        let channels = self.params.channels();
        let blocks = self.params.blocks.count();
        let shape = (self.params.subbands, blocks);
        for channel in 0..channels {
            let samples = pcm.iter().skip(channel).step_by(channels);
            let samples = samples.map(|&sample| in_range(sample));
            self.analysis
                .split(shape, channel, samples, &mut self.bands);
        }
        let mut factors = [[0; SUBBANDS]; CHANNELS];
        for (bands, factors) in self.bands.iter().zip(&mut factors).take(channels) {
            *factors = scale_factors(&bands[..blocks]);
        }
        let joint = if self.params.mode == Mode::Joint {
            self.join(&mut factors)
        } else {
            0
        };
        self.write(&factors, joint, out);
        length
    }

    /// Turns each subband but the highest into half sum and half difference where
    /// that needs fewer bits. Returns which, the lowest subband as the highest bit.
    fn join(&mut self, factors: &mut PerBand<u8>) -> u32 {
        let count = self.params.subbands.count();
        let blocks = self.params.blocks.count();
        let [left, right] = &mut self.bands;
        let mut both = [[[0.0; SUBBANDS]; BLOCKS]; CHANNELS];
        for block in 0..blocks {
            for band in 0..SUBBANDS {
                let (left, right) = (left[block][band] / 2.0, right[block][band] / 2.0);
                both[0][block][band] = left + right;
                both[1][block][band] = left - right;
            }
        }
        let sums = scale_factors(&both[0][..blocks]);
        let differences = scale_factors(&both[1][..blocks]);
        let mut joint = 0;
        for band in 0..count - 1 {
            if factors[0][band] + factors[1][band] > sums[band] + differences[band] {
                joint |= 1 << (count - 1 - band);
                factors[0][band] = sums[band];
                factors[1][band] = differences[band];
                for block in 0..blocks {
                    left[block][band] = both[0][block][band];
                    right[block][band] = both[1][block][band];
                }
            }
        }
        joint
    }

    fn write(&self, factors: &PerBand<u8>, joint: u32, out: &mut [u8]) {
        let (channels, subbands) = (self.params.channels(), self.params.subbands.count());
        let [sync, first, bitpool] = self.params.header();
        let mut checksum = Checksum::new()
            .with(u32::from(first), 8)
            .with(u32::from(bitpool), 8);
        let (header, body) = out.split_at_mut(HEADER);
        let mut bits = BitWriter::new(body);
        if self.params.mode == Mode::Joint {
            bits.put(joint, subbands as u32);
            checksum = checksum.with(joint, subbands as u32);
        }
        for factors in &factors[..channels] {
            for &factor in &factors[..subbands] {
                bits.put(u32::from(factor), 4);
                checksum = checksum.with(u32::from(factor), 4);
            }
        }
        header.copy_from_slice(&[sync, first, bitpool, checksum.value()]);
        self.write_samples(factors, &mut bits);
        bits.finish();
    }

    fn write_samples(&self, factors: &PerBand<u8>, bits: &mut BitWriter<'_>) {
        let (channels, subbands) = (self.params.channels(), self.params.subbands.count());
        let widths = allocate(&self.params, factors);
        let mut steps = [[Step::default(); SUBBANDS]; CHANNELS];
        for ((steps, widths), factors) in steps.iter_mut().zip(widths).zip(factors) {
            for ((step, width), factor) in steps.iter_mut().zip(widths).zip(factors) {
                *step = Step::new(width, *factor);
            }
        }
        for block in 0..self.params.blocks.count() {
            for (bands, steps) in self.bands.iter().zip(&steps).take(channels) {
                for (sample, step) in bands[block].iter().zip(steps).take(subbands) {
                    if step.width > 0 {
                        bits.put(step.index(*sample), step.width);
                    }
                }
            }
        }
    }
}

/// How the samples of one subband become whole numbers.
#[derive(Clone, Copy, Default)]
struct Step {
    width: u32,
    scale: f32,
    shift: f32,
    last: u32,
}

impl Step {
    fn new(width: u8, factor: u8) -> Self {
        let levels = ((1u32 << width) - 1) as f32;
        Self {
            width: u32::from(width),
            // The range −2^(factor + 1) to 2^(factor + 1) in as many steps as there
            // are levels.
            scale: levels / (4u32 << factor) as f32,
            shift: levels / 2.0,
            last: ((1u32 << width) - 1).saturating_sub(1),
        }
    }

    #[inline]
    fn index(self, sample: f32) -> u32 {
        ((sample * self.scale + self.shift) as u32).min(self.last)
    }
}

/// The least of 0 to 15 for each subband so that its samples reach 2^(factor + 1) at
/// most.
fn scale_factors(blocks: &[[f32; SUBBANDS]]) -> [u8; SUBBANDS] {
    let mut peaks = [0.0f32; SUBBANDS];
    for block in blocks {
        for (peak, sample) in peaks.iter_mut().zip(block) {
            *peak = peak.max(sample.abs());
        }
    }
    peaks.map(|peak| {
        // The exponent, rounded up: of the number just below.
        let exponent = (peak.to_bits().saturating_sub(1) >> 23) as i32 - 127;
        exponent.clamp(0, 15) as u8
    })
}

/// In steps of 16 bits; what is no number is silence.
#[inline]
fn in_range(sample: f32) -> f32 {
    if sample.is_nan() {
        0.0
    } else {
        sample.clamp(-1.0, 1.0) * FULL_SCALE
    }
}
