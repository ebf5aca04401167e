//! Brings a playlist entry to the playlist's rate and channels.
//!
//! The rate conversion adds no delay and no silence: `n` frames in give
//! `round(n · to / from)` frames out, aligned with the input to within one
//! frame. Equal formats never come here, so they stay bit-exact.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Indexing, Resampler, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

use super::layout::{Place, fold};

/// Rate and channels of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Frames per second.
    pub rate: u32,
    /// What each channel is.
    pub places: Vec<Place>,
}

/// Converts one shape to another, block by block.
pub struct Converter {
    from: Shape,
    matrix: Option<Vec<Vec<f32>>>,
    folded: Vec<f32>,
    rate: Option<RateConverter>,
}

impl Converter {
    /// A converter; `None` where the shapes are equal.
    #[must_use]
    pub fn new(from: &Shape, to: &Shape) -> Option<Self> {
        let matrix = fold(&from.places, &to.places);
        let rate = RateConverter::new(from.rate, to.rate, to.places.len());
        (matrix.is_some() || rate.is_some()).then(|| Self {
            from: from.clone(),
            matrix,
            folded: Vec::new(),
            rate,
        })
    }

    /// What it takes.
    #[must_use]
    pub fn from(&self) -> &Shape {
        &self.from
    }

    /// Appends what `input` (interleaved, whole frames) becomes to `out`.
    pub fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        let Some(matrix) = &self.matrix else {
            push_rate(self.rate.as_mut(), input, out);
            return;
        };
        self.folded.clear();
        for frame in input.chunks_exact(self.from.places.len()) {
            for row in matrix {
                let sum = row.iter().zip(frame).map(|(weight, x)| weight * x).sum();
                self.folded.push(sum);
            }
        }
        push_rate(self.rate.as_mut(), &self.folded, out);
    }

    /// Appends what is still inside, at the end of the input.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        if let Some(rate) = &mut self.rate {
            rate.finish(out);
        }
    }
}

fn push_rate(rate: Option<&mut RateConverter>, input: &[f32], out: &mut Vec<f32>) {
    match rate {
        Some(rate) => rate.push(input, out),
        None => out.extend_from_slice(input),
    }
}

/// A sinc resampler that takes any block length.
struct RateConverter {
    resampler: Async<f32>,
    channels: usize,
    ratio: f64,
    /// Input not yet taken by the resampler, interleaved.
    waiting: Vec<f32>,
    /// One block of output, interleaved.
    block: Vec<f32>,
    /// Output frames still to be dropped because they are the filter's delay.
    delay: usize,
    taken: u64,
    given: u64,
}

impl RateConverter {
    fn new(from: u32, to: u32, channels: usize) -> Option<Self> {
        if from == to {
            return None;
        }
        let ratio = f64::from(to) / f64::from(from);
        // Going down, the filter must be longer by the same factor to stay as steep.
        let stretch = (1.0 / ratio).ceil().clamp(1.0, 4.0) as usize;
        let sinc = SincInterpolationParameters::new(
            SINC_FRAMES * stretch,
            WindowFunction::BlackmanHarris2,
        )
        .oversampling_factor(256)
        .interpolation(SincInterpolationType::Cubic);
        let resampler =
            Async::new_sinc(ratio, 1.0, &sinc, BLOCK, channels, FixedAsync::Input).ok()?;
        Some(Self {
            channels,
            ratio,
            waiting: Vec::new(),
            block: vec![0.0; resampler.output_frames_max() * channels],
            delay: delay(&resampler),
            taken: 0,
            given: 0,
            resampler,
        })
    }

    fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.taken += (input.len() / self.channels) as u64;
        self.waiting.extend_from_slice(input);
        let mut done = 0;
        loop {
            let need = self.resampler.input_frames_next() * self.channels;
            if self.waiting.len() - done < need {
                break;
            }
            let input = std::mem::take(&mut self.waiting);
            self.run(&input[done..done + need], None, out);
            self.waiting = input;
            done += need;
        }
        drop(self.waiting.drain(..done));
    }

    fn finish(&mut self, out: &mut Vec<f32>) {
        let whole = (self.taken as f64 * self.ratio).round() as u64;
        let mut rest = std::mem::take(&mut self.waiting);
        // The filter holds less than this many blocks; the bound only guards
        // against a resampler that gives nothing.
        for _ in 0..LAST_BLOCKS {
            if self.given >= whole {
                break;
            }
            let frames = rest.len() / self.channels;
            rest.resize(self.resampler.input_frames_next() * self.channels, 0.0);
            self.run(&rest, Some(frames), out);
            rest.clear();
        }
        let extra = self.given.saturating_sub(whole) as usize * self.channels;
        out.truncate(out.len().saturating_sub(extra));
        self.given = 0;
        self.taken = 0;
        self.resampler.reset();
        self.delay = delay(&self.resampler);
    }

    /// Resamples one block, of which `partial` frames are real.
    fn run(&mut self, input: &[f32], partial: Option<usize>, out: &mut Vec<f32>) {
        let frames = input.len() / self.channels;
        let room = self.block.len() / self.channels;
        let indexing = partial.map(|frames| Indexing::new().partial_len(frames));
        let (Ok(from), Ok(mut to)) = (
            InterleavedSlice::new(input, self.channels, frames),
            InterleavedSlice::new_mut(&mut self.block, self.channels, room),
        ) else {
            return;
        };
        let Ok((_, made)) = self
            .resampler
            .process_into_buffer(&from, &mut to, indexing.as_ref())
        else {
            return;
        };
        let dropped = made.min(self.delay);
        self.delay -= dropped;
        self.given += (made - dropped) as u64;
        out.extend_from_slice(&self.block[dropped * self.channels..made * self.channels]);
    }
}

/// Output frames before the first input frame is heard: one less than told,
/// which is the middle of the filter and not where its first output lies.
fn delay(resampler: &Async<f32>) -> usize {
    resampler.output_delay().saturating_sub(1)
}

/// Filter length in frames of the higher rate; flat to 0.9 of the lower band.
const SINC_FRAMES: usize = 128;
/// Input frames per block.
const BLOCK: usize = 1024;
const LAST_BLOCKS: usize = 16;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::layout::usual;
    use super::*;

    fn shape(rate: u32, channels: usize) -> Shape {
        Shape {
            rate,
            places: usual(channels),
        }
    }

    fn convert(from: u32, to: u32, input: &[f32], block: usize) -> Vec<f32> {
        let mut converter = Converter::new(&shape(from, 1), &shape(to, 1)).unwrap();
        let mut out = Vec::new();
        for part in input.chunks(block) {
            converter.push(part, &mut out);
        }
        converter.finish(&mut out);
        out
    }

    fn sine(rate: u32, hz: f64, frames: usize) -> Vec<f32> {
        (0..frames)
            .map(|n| {
                let phase = std::f64::consts::TAU * hz * n as f64 / f64::from(rate);
                (0.5 * phase.sin()) as f32
            })
            .collect()
    }

    #[test]
    fn equal_shapes_need_no_converter() {
        assert!(Converter::new(&shape(48_000, 2), &shape(48_000, 2)).is_none());
    }

    /// Amplitude, delay in frames, and RMS of what is not the sine.
    fn fit(samples: &[f32], rate: u32, hz: f64) -> (f64, f64, f64) {
        let turn = |n: usize| std::f64::consts::TAU * hz * n as f64 / f64::from(rate);
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &x) in samples.iter().enumerate() {
            re += f64::from(x) * turn(n).sin();
            im += f64::from(x) * turn(n).cos();
        }
        let scale = 2.0 / samples.len() as f64;
        let (re, im) = (re * scale, im * scale);
        let rest: f64 = samples
            .iter()
            .enumerate()
            .map(|(n, &x)| (f64::from(x) - re * turn(n).sin() - im * turn(n).cos()).powi(2))
            .sum();
        let delay = -im.atan2(re) / turn(1);
        (re.hypot(im), delay, (rest / samples.len() as f64).sqrt())
    }

    #[test]
    fn a_sine_comes_out_where_and_as_loud_as_it_was() {
        for (from, to) in [
            (44_100, 48_000),
            (48_000, 44_100),
            (96_000, 44_100),
            (192_000, 48_000),
            (22_050, 48_000),
            (8_000, 48_000),
        ] {
            let out = convert(from, to, &sine(from, 1_000.0, from as usize * 6 / 10), 777);
            assert_eq!(out.len(), to as usize * 6 / 10, "{from} to {to}");
            // A whole number of periods, away from the ends.
            let middle = &out[to as usize / 20..to as usize / 20 + to as usize / 2];
            let (level, delay, rest) = fit(middle, to, 1_000.0);
            let told = format!("{from} to {to}: {level}, {delay} frames, {rest}");
            assert!((level - 0.5).abs() < 1e-4, "{told}");
            assert!((-0.1..1.0).contains(&delay), "{told}");
            assert!(rest < 2e-6, "{told}");
        }
    }

    #[test]
    fn high_tones_pass_and_what_does_not_fit_is_gone() {
        let (from, to) = (96_000, 44_100);
        for (hz, wanted) in [(18_000.0, 0.5), (26_000.0, 0.0), (40_000.0, 0.0)] {
            let out = convert(from, to, &sine(from, hz, 48_000), 1_000);
            let middle = &out[2_000..20_000];
            let sum: f64 = middle.iter().map(|&x| f64::from(x).powi(2)).sum();
            let level = (2.0 * sum / middle.len() as f64).sqrt();
            assert!((level - wanted).abs() < 1e-3, "{hz}: {level}");
        }
    }

    #[test]
    fn the_block_length_does_not_matter() {
        let input = sine(44_100, 300.0, 10_000);
        let whole = convert(44_100, 48_000, &input, 10_000);
        for block in [1, 64, 1023, 1024, 1025] {
            assert_eq!(convert(44_100, 48_000, &input, block), whole);
        }
    }

    #[test]
    fn very_short_inputs_keep_their_length() {
        for frames in [1, 2, 10, 100] {
            let out = convert(44_100, 88_200, &vec![0.1; frames], 7);
            assert_eq!(out.len(), frames * 2);
        }
    }
}
