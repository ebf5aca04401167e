//! SBC, the codec that every Bluetooth speaker understands, in safe Rust.
//!
//! By the Advanced Audio Distribution Profile, Appendix B, in floating point. Both
//! directions allocate nothing after they are made, call nothing that waits, and
//! give an error or silence, never a panic, on any input: what comes in from a radio
//! is hostile. Samples are interleaved `f32` in −1..1; decoded sound may overshoot that a
//! little, as quantised sound does, and is not clipped here.
//!
//! ```
//! use inphase::bluetooth::sbc::{Decoder, Encoder, Params};
//!
//! let params = Params::HIGH_QUALITY;
//! let mut encoder = Encoder::new(params);
//! let mut decoder = Decoder::new();
//! let mut frame = [0; Params::MAX_FRAME_LEN];
//! let mut sound = [0.0; Params::MAX_FRAME_VALUES];
//!
//! let length = encoder.encode(&[0.25; 256], &mut frame);
//! assert_eq!(length, params.frame_len());
//! let decoded = decoder.decode(&frame[..length], &mut sound)?;
//! assert_eq!((decoded.consumed, decoded.samples), (length, 128));
//! # Ok::<(), inphase::bluetooth::sbc::DecodeError>(())
//! ```

mod allocate;
mod bank;
mod bits;
mod conceal;
mod decode;
mod encode;
mod params;

#[cfg(test)]
mod tests;

pub use decode::{DecodeError, Decoder, Frame};
pub use encode::Encoder;
pub use params::{Allocation, Blocks, Mode, Params, Rate, Subbands};

/// How late a sample comes out after encoding and decoding, in samples at the
/// stream's own rate, by the filter banks alone; what the frames wait for comes on
/// top. 1.5 ms at 48 kHz with 8 subbands.
#[must_use]
pub const fn delay(subbands: Subbands) -> usize {
    9 * subbands.count() + 1
}

/// Subbands at most.
const SUBBANDS: usize = 8;
/// Blocks at most.
const BLOCKS: usize = 16;
/// Channels at most.
const CHANNELS: usize = 2;

/// One frame between the filter bank and the bits: by channel, block and subband,
/// in steps of 16-bit sound.
type Matrix = [[[f32; SUBBANDS]; BLOCKS]; CHANNELS];

/// A figure for each subband of each channel.
type PerBand<T> = [[T; SUBBANDS]; CHANNELS];

/// Full scale in the matrix: the scale factors of the format count steps of 16 bits.
const FULL_SCALE: f32 = 32_768.0;
