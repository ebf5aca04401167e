//! Reads a signal at arbitrary fractional positions.
//!
//! A polyphase windowed sinc with linear interpolation between its phases. A
//! position is known to better than 1e-9 sample, whatever the age of the
//! stream. At whole positions and a step of exactly 1 a block is a bit-exact
//! copy. Nothing here allocates, locks or blocks after construction.
//!
//! Measured, 64 taps, 48 kHz, +80 ppm: flat within 0.01 dB to 20 kHz; noise and
//! images −130 dB at 997 Hz, −128 dB at 10 kHz, −119 dB at 20 kHz. A stereo
//! block of 256 frames takes 7.5 µs on one core of a 2.6 GHz server (SSE2).

use std::f64::consts::PI;

pub use super::history::History;
use super::history::MAX_TAPS;
use super::walk::{Cursor, PHASES, RUN, Slope, fixed_step};
pub use super::walk::{Position, Walk};

/// The cut-off, as a fraction of Nyquist, at which a kernel has its nominal
/// length: with 64 taps flat to 20 kHz at 48 kHz.
pub const NOMINAL_CUTOFF: f64 = 0.93;

/// Kaiser window shape: stop band near −120 dB.
const BETA: f64 = 12.0;

/// How long a kernel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quality {
    /// 32 taps: flat to 18 kHz at 48 kHz, half the work and delay.
    Light,
    /// 64 taps: flat to 20 kHz at 48 kHz.
    #[default]
    Standard,
    /// 128 taps: flat to 21 kHz at 48 kHz.
    Fine,
}

impl Quality {
    /// Taps at [`NOMINAL_CUTOFF`].
    fn taps(self) -> usize {
        match self {
            Self::Light => 32,
            Self::Standard => 64,
            Self::Fine => 128,
        }
    }
}

/// A windowed-sinc table. Immutable; share it between lanes in an `Arc`.
#[derive(Debug, Clone)]
pub struct Kernel {
    taps: usize,
    /// `PHASES + 1` rows of `taps` weights.
    table: Vec<f32>,
}

impl Kernel {
    /// A low-pass interpolator; `cutoff` is a fraction of the source's Nyquist
    /// frequency, clamped to 0.05..=1. Below [`NOMINAL_CUTOFF`] the kernel gets
    /// longer in proportion. Allocates; not for the audio thread.
    #[must_use]
    pub fn new(cutoff: f64, quality: Quality) -> Self {
        let cutoff = cutoff.clamp(0.05, 1.0);
        let scale = (cutoff / NOMINAL_CUTOFF).min(1.0);
        let taps = (quality.taps() as f64 / scale / 8.0).round() as usize * 8;
        let taps = taps.clamp(8, MAX_TAPS);
        let mut table = Vec::with_capacity((PHASES + 1) * taps);
        for phase in 0..=PHASES {
            table.extend(row(taps, cutoff, phase as f64 / PHASES as f64));
        }
        Self { taps, table }
    }

    /// The kernel that plays a source of one rate on a device of another:
    /// nothing above the lower of both Nyquist frequencies passes.
    #[must_use]
    pub fn for_rates(source: u32, device: u32, quality: Quality) -> Self {
        let scale = f64::from(device) / f64::from(source.max(1));
        Self::new(NOMINAL_CUTOFF * scale.min(1.0), quality)
    }

    /// Weights per output sample.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// Taps to each side: a read at `p` wants the frames from
    /// `floor(p) − half + 1` to `floor(p) + half`.
    #[must_use]
    pub fn half(&self) -> usize {
        self.taps / 2
    }

    /// One sample of `channel` at `position`; whole positions too are low-passed.
    #[must_use]
    pub fn read(&self, history: &History, channel: usize, position: Position) -> f32 {
        let mut scratch = [0.0; MAX_TAPS];
        let cursor = Cursor::at(position.fraction);
        self.sample(history, channel, position.frame, cursor, &mut scratch)
    }

    /// Reads one block of `channel` along `walk` into `out[i * stride]`, for
    /// every `i` inside `out`; adds to what is there if `add`.
    pub fn read_block(
        &self,
        history: &History,
        channel: usize,
        walk: &Walk,
        out: &mut [f32],
        stride: usize,
        add: bool,
    ) {
        let stride = stride.max(1);
        let gain = Slope::new(walk, out.len().div_ceil(stride));
        if walk.is_copy() {
            copy(history, channel, walk.start.frame, gain, out, stride, add);
        } else if add {
            self.walk(history, channel, walk, gain, out, stride, |to, x| *to += x);
        } else {
            self.walk(history, channel, walk, gain, out, stride, |to, x| *to = x);
        }
    }

    /// Reads two channels at the same positions, into `out[i * stride]` and
    /// `out[i * stride + 1]`, for every `i` with both inside `out`; a fifth less
    /// work than two calls of [`Kernel::read_block`], the same within rounding.
    pub fn read_pair(
        &self,
        history: &History,
        channels: [usize; 2],
        walk: &Walk,
        out: &mut [f32],
        stride: usize,
        add: bool,
    ) {
        let stride = stride.max(2);
        let gain = Slope::new(walk, (out.len() + stride - 2) / stride);
        let mut scratch = [[0.0; MAX_TAPS]; 2];
        let step = fixed_step(walk.step);
        for (run, out) in out.chunks_mut(RUN * stride).enumerate() {
            let first = run * RUN;
            let start = walk.start.plus(first as f64 * walk.step);
            let mut cursor = Cursor::at(start.fraction);
            for (i, to) in out.chunks_mut(stride).enumerate() {
                let [left, right, ..] = to else { break };
                let frame = start.frame.saturating_add(cursor.whole());
                let [one, two] = if walk.is_copy() {
                    channels.map(|channel| history.frame(channel, frame))
                } else {
                    self.samples(history, channels, frame, cursor, &mut scratch)
                };
                let gain = gain.at(first + i);
                if add {
                    *left += one * gain;
                    *right += two * gain;
                } else {
                    *left = one * gain;
                    *right = two * gain;
                }
                cursor.0 += step;
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // The private body of `read_block`.
    fn walk(
        &self,
        history: &History,
        channel: usize,
        walk: &Walk,
        gain: Slope,
        out: &mut [f32],
        stride: usize,
        put: impl Fn(&mut f32, f32),
    ) {
        let mut scratch = [0.0; MAX_TAPS];
        let step = fixed_step(walk.step);
        for (run, out) in out.chunks_mut(RUN * stride).enumerate() {
            let first = run * RUN;
            let start = walk.start.plus(first as f64 * walk.step);
            let mut cursor = Cursor::at(start.fraction);
            for (i, to) in out.iter_mut().step_by(stride).enumerate() {
                let frame = start.frame.saturating_add(cursor.whole());
                let value = self.sample(history, channel, frame, cursor, &mut scratch);
                put(to, value * gain.at(first + i));
                cursor.0 += step;
            }
        }
    }

    #[inline]
    fn sample(
        &self,
        history: &History,
        channel: usize,
        frame: i64,
        cursor: Cursor,
        scratch: &mut [f32; MAX_TAPS],
    ) -> f32 {
        let window = history.window(channel, self.from(frame), self.taps, scratch);
        let [here, next] = self.rows(cursor);
        interpolate(window, here, next, cursor.between())
    }

    #[inline]
    fn samples(
        &self,
        history: &History,
        channels: [usize; 2],
        frame: i64,
        cursor: Cursor,
        scratch: &mut [[f32; MAX_TAPS]; 2],
    ) -> [f32; 2] {
        let from = self.from(frame);
        let [one, two] = scratch;
        let windows = [
            history.window(channels[0], from, self.taps, one),
            history.window(channels[1], from, self.taps, two),
        ];
        let [here, next] = self.rows(cursor);
        interpolate_pair(windows, here, next, cursor.between())
    }

    /// The first frame under the taps.
    #[inline]
    fn from(&self, frame: i64) -> i64 {
        frame.saturating_sub(self.half() as i64 - 1)
    }

    /// The rows before and after the cursor.
    #[inline]
    fn rows(&self, cursor: Cursor) -> [&[f32]; 2] {
        let row = cursor.phase() * self.taps;
        let (here, next) = self.table[row..row + 2 * self.taps].split_at(self.taps);
        [here, next]
    }
}

fn copy(
    history: &History,
    channel: usize,
    start: i64,
    gain: Slope,
    out: &mut [f32],
    stride: usize,
    add: bool,
) {
    for (i, to) in out.iter_mut().step_by(stride).enumerate() {
        let value = history.frame(channel, start.saturating_add(i as i64)) * gain.at(i);
        *to = if add { *to + value } else { value };
    }
}

/// The dot product of `window` with a blend of two neighbouring rows.
#[inline]
fn interpolate(window: &[f32], here: &[f32], next: &[f32], between: f32) -> f32 {
    let mut sums = [0.0; 4];
    dot(window, here, next, between, &mut sums);
    total(sums)
}

#[inline]
fn total(sums: [f32; 4]) -> f32 {
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

/// Four partial sums of [`interpolate`]. Not inlined on purpose: sums that
/// leave through memory keep the compiler on whole vector registers; inlined,
/// it splits them in halves and takes half as long again.
#[inline(never)]
fn dot(window: &[f32], here: &[f32], next: &[f32], between: f32, sums: &mut [f32; 4]) {
    let window = window.as_chunks::<8>().0;
    let [here, next] = [here, next].map(|row| row.as_chunks::<8>().0);
    let [mut low, mut high] = [[0.0f32; 8]; 2];
    for ((x, a), b) in window.iter().zip(here).zip(next) {
        for lane in 0..8 {
            low[lane] += x[lane] * a[lane];
            high[lane] += x[lane] * b[lane];
        }
    }
    for lane in 0..4 {
        let (low, high) = (low[lane] + low[lane + 4], high[lane] + high[lane + 4]);
        sums[lane] = low + between * (high - low);
    }
}

/// The dot products of two windows with one blend of two neighbouring rows.
#[inline]
fn interpolate_pair(windows: [&[f32]; 2], here: &[f32], next: &[f32], between: f32) -> [f32; 2] {
    let mut sums = [[0.0; 4]; 2];
    dot_pair(windows, here, next, between, &mut sums);
    [total(sums[0]), total(sums[1])]
}

/// As [`dot`], and not inlined for the same reason.
#[inline(never)]
fn dot_pair(
    windows: [&[f32]; 2],
    here: &[f32],
    next: &[f32],
    between: f32,
    sums: &mut [[f32; 4]; 2],
) {
    let [left, right] = windows.map(|window| window.as_chunks::<8>().0);
    let [here, next] = [here, next].map(|row| row.as_chunks::<8>().0);
    let [mut one, mut two] = [[0.0f32; 8]; 2];
    for (((x, y), a), b) in left.iter().zip(right).zip(here).zip(next) {
        for lane in 0..8 {
            let weight = a[lane] + between * (b[lane] - a[lane]);
            one[lane] += x[lane] * weight;
            two[lane] += y[lane] * weight;
        }
    }
    for lane in 0..4 {
        sums[0][lane] = one[lane] + one[lane + 4];
        sums[1][lane] = two[lane] + two[lane + 4];
    }
}

/// The weights for a position `fraction` after the tap number `taps/2 − 1`,
/// with sum 1: a constant stays constant at every phase.
fn row(taps: usize, cutoff: f64, fraction: f64) -> impl Iterator<Item = f32> {
    let half = taps as f64 / 2.0;
    let weight = move |tap: usize| {
        let t = tap as f64 - half + 1.0 - fraction;
        sinc(cutoff * t) * kaiser(t / half)
    };
    let sum: f64 = (0..taps).map(weight).sum();
    (0..taps).map(move |tap| (weight(tap) / sum) as f32)
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// The Kaiser window (J. F. Kaiser 1974), without its constant factor; zero
/// outside −1..=1.
fn kaiser(x: f64) -> f64 {
    if x.abs() > 1.0 {
        0.0
    } else {
        bessel_i0(BETA * (1.0 - x * x).sqrt())
    }
}

/// The modified Bessel function of order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..64 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests;
