//! What the tests of the sources share.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use super::file::AudioFile;
use super::{Read, Reader};

/// A committed fixture.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Everything a source gives, read in odd blocks, and the problems it told.
pub fn drain(reader: &mut dyn Reader) -> (Vec<f32>, Vec<String>) {
    let channels = usize::from(reader.format().channels);
    let mut block = vec![0.0; 773 * channels];
    let mut out = Vec::new();
    let mut problems = Vec::new();
    for _ in 0..MOST_READS {
        match reader.read(&mut block).unwrap() {
            Read::Frames(frames) => out.extend_from_slice(&block[..frames * channels]),
            Read::Wait => {}
            Read::End => {
                problems.extend(std::iter::from_fn(|| reader.problem()));
                return (out, problems);
            }
        }
    }
    panic!("the source never ends");
}

/// Everything a file gives, and the problems it told.
pub fn drain_file(file: &mut AudioFile) -> (Vec<f32>, Vec<String>) {
    let channels = file.shape().places.len();
    let mut block = vec![0.0; 773 * channels];
    let mut out = Vec::new();
    for _ in 0..MOST_READS {
        match file.read(&mut block) {
            Read::Frames(frames) => out.extend_from_slice(&block[..frames * channels]),
            Read::Wait => {}
            Read::End => {
                let problems = std::iter::from_fn(|| file.problem()).collect();
                return (out, problems);
            }
        }
    }
    panic!("the file never ends");
}

/// The sine the fixtures were made from: 441.5 Hz at 44.1 kHz, −6 dBFS.
pub fn fixture_sine(frames: usize) -> Vec<f32> {
    (0..frames)
        .map(|n| {
            let phase = std::f64::consts::TAU * 441.5 * n as f64 / 44_100.0;
            ((16_384.0 * phase.sin()).round() / 32_768.0) as f32
        })
        .collect()
}

/// The amplitude of one frequency in a signal, by correlation.
pub fn amplitude(samples: impl ExactSizeIterator<Item = f32>, hz: f64, rate: u32) -> f64 {
    let frames = samples.len() as f64;
    let (mut re, mut im) = (0.0, 0.0);
    for (n, x) in samples.enumerate() {
        let phase = std::f64::consts::TAU * hz * n as f64 / f64::from(rate);
        re += f64::from(x) * phase.cos();
        im += f64::from(x) * phase.sin();
    }
    2.0 * re.hypot(im) / frames
}

/// The largest step from one sample to the next.
pub fn largest_step(samples: &[f32]) -> f32 {
    samples
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0, f32::max)
}

/// A linear congruential generator (Knuth), the same for ever.
pub struct Dice(pub u32);

impl Dice {
    pub fn roll(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }
}

const MOST_READS: usize = 1_000_000;
