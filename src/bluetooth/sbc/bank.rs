//! The filter banks: sound into subbands and back.
//!
//! Each is a window of ten blocks, folded to one block, and a cosine transform. The
//! format writes the transforms as 16 × 8; by the symmetry of the cosine both come
//! down to the same 8 × 8.

use std::f64::consts::PI;

use super::params::Subbands;
use super::{BLOCKS, CHANNELS, Matrix, SUBBANDS};

/// Splits the sound of up to two channels into subbands.
pub struct Analysis {
    tables: Both,
    /// The last nine blocks, and room for one frame behind them.
    past: [[f32; PAST]; CHANNELS],
}

/// Makes sound of subbands.
pub struct Synthesis {
    tables: Both,
    /// The transforms of the last nine blocks, and room for one frame behind them.
    past: [[[[f32; SUBBANDS]; 2]; 9 + BLOCKS]; CHANNELS],
}

/// The tables for either number of subbands, since a stream may change it.
struct Both {
    four: Tables<4, 8>,
    eight: Tables<8, 16>,
}

/// The tables for `M` subbands; `N` is twice that.
struct Tables<const M: usize, const N: usize> {
    /// The window for sound that is in order of time, in five parts.
    analysis: [[f32; N]; 5],
    /// The window for the transforms of ten blocks, the newest first.
    synthesis: [[f32; M]; 10],
    /// `cosine[j][i]` = cos((i + ½) j π / M).
    cosine: [[f32; M]; M],
    /// The same with the rows as columns.
    turned: [[f32; M]; M],
}

impl Analysis {
    /// Of silence so far.
    pub fn new() -> Self {
        Self {
            tables: Both::new(),
            past: [[0.0; PAST]; CHANNELS],
        }
    }

    /// Splits the next `blocks` blocks of one channel; `pcm` gives its samples.
    pub fn split(
        &mut self,
        (subbands, blocks): (Subbands, usize),
        channel: usize,
        pcm: impl Iterator<Item = f32>,
        out: &mut Matrix,
    ) {
        let (past, out) = (&mut self.past[channel], &mut out[channel][..blocks]);
        match subbands {
            Subbands::Four => self.tables.four.split(past, pcm, out),
            Subbands::Eight => self.tables.eight.split(past, pcm, out),
        }
    }
}

impl Synthesis {
    /// Of silence so far.
    pub fn new() -> Self {
        Self {
            tables: Both::new(),
            past: [[[[0.0; SUBBANDS]; 2]; 9 + BLOCKS]; CHANNELS],
        }
    }

    /// Makes the next `blocks` blocks of sound of one channel; `put` is told the
    /// index and value of each sample.
    pub fn join(
        &mut self,
        (subbands, blocks): (Subbands, usize),
        channel: usize,
        bands: &Matrix,
        put: impl FnMut(usize, f32),
    ) {
        let (past, bands) = (&mut self.past[channel], &bands[channel][..blocks]);
        match subbands {
            Subbands::Four => self.tables.four.join(past, bands, put),
            Subbands::Eight => self.tables.eight.join(past, bands, put),
        }
    }

    /// Forgets the sound so far.
    pub fn clear(&mut self) {
        self.past = [[[[0.0; SUBBANDS]; 2]; 9 + BLOCKS]; CHANNELS];
    }
}

impl Both {
    fn new() -> Self {
        Self {
            four: Tables::new(&WINDOW_FOUR),
            eight: Tables::new(&WINDOW_EIGHT),
        }
    }
}

impl<const M: usize, const N: usize> Tables<M, N> {
    /// From the first half of the format's window, its middle included.
    fn new(half: &[f64]) -> Self {
        // Its sign changes with every period of the transform, so that the two
        // halves mirror each other but for the first value of each period.
        let window = |i: usize| match half.get(i) {
            Some(&value) => value,
            None if i.is_multiple_of(N) => -half[10 * M - i],
            None => half[10 * M - i],
        };
        let cosine = |j: usize, i: usize| {
            let angle = (i as f64 + 0.5) * j as f64 * PI / M as f64;
            angle.cos() as f32
        };
        let table = |of: &dyn Fn(usize, usize) -> f32| {
            std::array::from_fn(|row| std::array::from_fn(|column| of(row, column)))
        };
        Self {
            analysis: std::array::from_fn(|part| {
                std::array::from_fn(|i| window(10 * M - 1 - N * part - i) as f32)
            }),
            synthesis: std::array::from_fn(|block| {
                std::array::from_fn(|i| (-(M as f64) * window(M * block + i)) as f32)
            }),
            cosine: table(&cosine),
            turned: table(&|row, column| cosine(column, row)),
        }
    }

    fn split(
        &self,
        past: &mut [f32; PAST],
        mut pcm: impl Iterator<Item = f32>,
        out: &mut [[f32; SUBBANDS]],
    ) {
        let (kept, fresh) = (9 * M, out.len() * M);
        for place in &mut past[kept..kept + fresh] {
            *place = pcm.next().unwrap_or(0.0);
        }
        for (block, out) in out.iter_mut().enumerate() {
            out[..M].copy_from_slice(&self.analyse(&past[M * block..M * block + 10 * M]));
        }
        past.copy_within(fresh..fresh + kept, 0);
    }

    /// The subbands of one block, from the last ten in order of time.
    #[inline]
    fn analyse(&self, sound: &[f32]) -> [f32; M] {
        let mut sums = [0.0; N];
        for (sound, window) in sound.chunks_exact(N).zip(&self.analysis) {
            for ((sum, sound), window) in sums.iter_mut().zip(sound).zip(window) {
                *sum += sound * window;
            }
        }
        // `sums` runs with time, the format's Y against it: Y[i] = sums[N − 1 − i].
        let y = |i: usize| sums[N - 1 - i];
        let half = M / 2;
        let mut out = [0.0; M];
        for (j, row) in self.cosine.iter().enumerate() {
            let folded = match j {
                0 => y(half),
                _ if j <= half => y(half + j) + y(half - j),
                _ => y(half + j) - y(half + N - j),
            };
            for (out, cosine) in out.iter_mut().zip(row) {
                *out += folded * cosine;
            }
        }
        out
    }

    fn join(
        &self,
        past: &mut [[[f32; SUBBANDS]; 2]; 9 + BLOCKS],
        bands: &[[f32; SUBBANDS]],
        mut put: impl FnMut(usize, f32),
    ) {
        for (block, bands) in bands.iter().enumerate() {
            past[9 + block] = self.transform(bands);
            let sound = self.window(&past[block..block + 10]);
            for (i, sample) in sound.into_iter().enumerate() {
                put(M * block + i, sample);
            }
        }
        past.copy_within(bands.len()..bands.len() + 9, 0);
    }

    /// The format's V\[0..M\] and V\[M..2 M\] of one block; only M values differ.
    #[inline]
    fn transform(&self, bands: &[f32; SUBBANDS]) -> [[f32; SUBBANDS]; 2] {
        let mut sums = [0.0; M];
        for (band, row) in bands.iter().zip(&self.turned) {
            for (sum, cosine) in sums.iter_mut().zip(row) {
                *sum += band * cosine;
            }
        }
        let half = M / 2;
        let mut out = [[0.0; SUBBANDS]; 2];
        out[0][..half].copy_from_slice(&sums[half..]);
        for k in half + 1..M {
            out[0][k] = -sums[M + half - k];
        }
        for k in 0..M {
            out[1][k] = -sums[k.abs_diff(half)];
        }
        out
    }

    /// The sound of the newest of ten blocks, the last of `past`.
    #[inline]
    fn window(&self, past: &[[[f32; SUBBANDS]; 2]]) -> [f32; M] {
        let mut out = [0.0; M];
        for (age, (block, window)) in past.iter().rev().zip(&self.synthesis).enumerate() {
            for ((out, value), window) in out.iter_mut().zip(&block[age % 2]).zip(window) {
                *out += value * window;
            }
        }
        out
    }
}

/// Nine blocks that are over and a frame, of 8 subbands.
const PAST: usize = (9 + BLOCKS) * SUBBANDS;

// The first half of each window, as the format prints it.
pub(super) const WINDOW_FOUR: [f64; 21] = [
    0.000_000_00e+00,
    5.365_489_76e-04,
    1.491_883_57e-03,
    2.733_709_04e-03,
    3.837_201_93e-03,
    3.892_051_49e-03,
    1.865_816_91e-03,
    -3.060_122_86e-03,
    1.091_376_20e-02,
    2.043_850_87e-02,
    2.887_573_92e-02,
    3.219_392_90e-02,
    2.587_678_11e-02,
    6.132_451_86e-03,
    -2.882_172_74e-02,
    -7.764_634_94e-02,
    1.355_932_74e-01,
    1.949_878_41e-01,
    2.466_366_62e-01,
    2.818_282_03e-01,
    2.943_153_32e-01,
];
pub(super) const WINDOW_EIGHT: [f64; 41] = [
    0.000_000_00e+00,
    1.565_753_98e-04,
    3.432_564_25e-04,
    5.546_202_02e-04,
    8.239_195_06e-04,
    1.139_925_07e-03,
    1.476_401_69e-03,
    1.783_717_25e-03,
    2.011_825_42e-03,
    2.103_719_89e-03,
    1.994_545_54e-03,
    1.616_562_83e-03,
    9.021_545_02e-04,
    -1.788_053_61e-04,
    -1.649_730_98e-03,
    -3.497_174_54e-03,
    5.659_494_73e-03,
    8.029_411_63e-03,
    1.045_844_43e-02,
    1.274_723_35e-02,
    1.465_252_63e-02,
    1.590_456_03e-02,
    1.622_084_71e-02,
    1.531_841_06e-02,
    1.293_718_06e-02,
    8.857_575_40e-03,
    2.924_084_42e-03,
    -4.915_780_24e-03,
    -1.464_040_76e-02,
    -2.610_987_52e-02,
    -3.907_513_81e-02,
    -5.318_730_32e-02,
    6.799_894_31e-02,
    8.298_475_78e-02,
    9.757_539_18e-02,
    1.111_966_89e-01,
    1.232_645_48e-01,
    1.332_644_15e-01,
    1.407_535_05e-01,
    1.453_898_47e-01,
    1.469_550_68e-01,
];
