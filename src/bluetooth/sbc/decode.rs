//! Frames to sound.

use thiserror::Error;

use super::allocate::allocate;
use super::bank::Synthesis;
use super::bits::{BitReader, Checksum};
use super::conceal::Concealer;
use super::params::{HEADER, Mode, Params, Subbands};
use super::{BLOCKS, CHANNELS, FULL_SCALE, Matrix, PerBand, SUBBANDS};

/// Why there is no sound in some bytes. Each says what is wrong with them; the next
/// packet may be good, and [`Decoder::conceal`] covers the gap until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end before the frame does.
    #[error("the SBC frame has {provided} bytes, expected {expected}")]
    Short {
        /// Bytes there are.
        provided: usize,
        /// Bytes there must be, as far as is known.
        expected: usize,
    },
    /// It does not begin as a frame.
    #[error("no SBC frame begins with {found:#04x}")]
    NoSync {
        /// The first byte.
        found: u8,
    },
    /// The bitpool is out of the range of its mode.
    #[error("the SBC frame's bitpool is {provided}, 2 to {max} may be")]
    Bitpool {
        /// As the header says.
        provided: u8,
        /// The largest of its mode.
        max: u8,
    },
    /// Header or scale factors were damaged on the way.
    #[error("the SBC frame's checksum is {found:#04x}, expected {expected:#04x}")]
    Checksum {
        /// As the frame says.
        found: u8,
        /// Of what the frame holds.
        expected: u8,
    },
    /// The caller's buffer is too small.
    #[error("the buffer takes {provided} samples, the SBC frame has {expected}")]
    Buffer {
        /// Values the buffer takes.
        provided: usize,
        /// Values of the frame, all channels together.
        expected: usize,
    },
}

/// What was decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Bytes of the frame; the next one begins behind them.
    pub consumed: usize,
    /// What it was made of.
    pub params: Params,
    /// Samples written, of each channel.
    pub samples: usize,
}

/// Decodes one stream. Made once; decoding allocates nothing and never waits.
pub struct Decoder {
    synthesis: Synthesis,
    concealer: Concealer,
    /// Subbands and channels of the last frame, `None` before the first.
    shape: Option<(Subbands, usize)>,
    bands: Matrix,
}

impl Decoder {
    /// At the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self {
            synthesis: Synthesis::new(),
            concealer: Concealer::new(),
            shape: None,
            bands: [[[0.0; SUBBANDS]; BLOCKS]; CHANNELS],
        }
    }

    /// Decodes the frame at the beginning of `bytes` into `out`, interleaved; more may
    /// follow in `bytes`. After an error nothing is written and nothing is changed.
    ///
    /// # Errors
    /// When there is no whole undamaged frame, or no room in `out`.
    pub fn decode(&mut self, bytes: &[u8], out: &mut [f32]) -> Result<Frame, DecodeError> {
        let params = Params::parse(bytes)?;
        let consumed = params.frame_len();
        let Some(frame) = bytes.get(..consumed) else {
            return Err(DecodeError::Short {
                provided: bytes.len(),
                expected: consumed,
            });
        };
        let (samples, channels) = (params.frame_samples(), params.channels());
        let provided = out.len();
        let Some(out) = out.get_mut(..samples * channels) else {
            return Err(DecodeError::Buffer {
                provided,
                expected: samples * channels,
            });
        };
        let mut bits = BitReader::new(&frame[HEADER..]);
        let side = SideInfo::read(&params, frame, &mut bits)?;
        self.adapt(&params);
        self.read_samples(&params, &side, &mut bits);
        let shape = (params.subbands, params.blocks.count());
        for channel in 0..channels {
            let put = |i: usize, sample: f32| out[channels * i + channel] = sample / FULL_SCALE;
            self.synthesis.join(shape, channel, &self.bands, put);
        }
        self.concealer.heard(channels, out);
        Ok(Frame {
            consumed,
            params,
            samples,
        })
    }

    /// Fills `out` in place of a frame that was lost, in the channels of the last
    /// frame: the sound so far goes on by its own period and fades to silence within
    /// 50 ms; the next good frame is faded in. Silence before the first frame.
    pub fn conceal(&mut self, out: &mut [f32]) {
        let Some((_, channels)) = self.shape else {
            out.fill(0.0);
            return;
        };
        self.synthesis.clear();
        self.concealer.invent(channels, out);
    }

    /// Begins anew where the stream is not what it was.
    fn adapt(&mut self, params: &Params) {
        let shape = (params.subbands, params.channels());
        if self.shape != Some(shape) {
            self.shape = Some(shape);
            self.synthesis.clear();
            self.concealer.clear();
        }
        self.concealer.set_rate(params.rate.hz());
    }

    fn read_samples(&mut self, params: &Params, side: &SideInfo, bits: &mut BitReader<'_>) {
        let (channels, subbands) = (params.channels(), params.subbands.count());
        let widths = allocate(params, &side.factors);
        let mut steps = [[Step::default(); SUBBANDS]; CHANNELS];
        for ((steps, widths), factors) in steps.iter_mut().zip(widths).zip(&side.factors) {
            for ((step, width), factor) in steps.iter_mut().zip(widths).zip(factors) {
                *step = Step::new(width, *factor);
            }
        }
        for block in 0..params.blocks.count() {
            for (bands, steps) in self.bands.iter_mut().zip(&steps).take(channels) {
                for (sample, step) in bands[block].iter_mut().zip(steps).take(subbands) {
                    *sample = step.sample(bits.take(step.width));
                }
            }
            self.part(block, subbands, side.joint);
        }
    }

    /// Makes left and right of sum and difference.
    fn part(&mut self, block: usize, subbands: usize, joint: u32) {
        if joint == 0 {
            return;
        }
        let [left, right] = &mut self.bands;
        for band in 0..subbands - 1 {
            if joint >> (subbands - 1 - band) & 1 == 1 {
                let (sum, difference) = (left[block][band], right[block][band]);
                left[block][band] = sum + difference;
                right[block][band] = sum - difference;
            }
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// What stands between the header and the samples.
struct SideInfo {
    /// Which subbands are sum and difference, the lowest as the highest bit.
    joint: u32,
    factors: PerBand<u8>,
}

impl SideInfo {
    fn read(params: &Params, frame: &[u8], bits: &mut BitReader<'_>) -> Result<Self, DecodeError> {
        let subbands = params.subbands.count();
        let mut checksum = Checksum::new()
            .with(u32::from(frame[1]), 8)
            .with(u32::from(frame[2]), 8);
        let mut take = |width| {
            let value = bits.take(width);
            checksum = checksum.with(value, width);
            value
        };
        let joint = if params.mode == Mode::Joint {
            take(subbands as u32)
        } else {
            0
        };
        let mut factors = [[0; SUBBANDS]; CHANNELS];
        for factors in &mut factors[..params.channels()] {
            for factor in &mut factors[..subbands] {
                *factor = take(4) as u8;
            }
        }
        if checksum.value() == frame[3] {
            Ok(Self { joint, factors })
        } else {
            Err(DecodeError::Checksum {
                found: frame[3],
                expected: checksum.value(),
            })
        }
    }
}

/// How whole numbers become the samples of one subband.
#[derive(Clone, Copy, Default)]
struct Step {
    width: u32,
    scale: f32,
    shift: f32,
}

impl Step {
    fn new(width: u8, factor: u8) -> Self {
        if width == 0 {
            return Self::default();
        }
        let levels = ((1u32 << width) - 1) as f32;
        let range = (2u32 << factor) as f32;
        Self {
            width: u32::from(width),
            scale: 2.0 * range / levels,
            shift: range / levels - range,
        }
    }

    #[inline]
    fn sample(self, index: u32) -> f32 {
        index as f32 * self.scale + self.shift
    }
}
