//! What an SBC frame is made of, and the three bytes of its header that say so.

use super::DecodeError;

/// Samples a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Rate {
    Hz16000,
    Hz32000,
    Hz44100,
    Hz48000,
}

/// Blocks in a frame, each of one sample per subband.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Blocks {
    Four,
    Eight,
    Twelve,
    Sixteen,
}

/// How channels share a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One channel.
    Mono,
    /// Two channels with a bitpool each.
    Dual,
    /// Two channels that share a bitpool.
    Stereo,
    /// As stereo, and each subband as sum and difference where that is shorter.
    Joint,
}

/// What decides where the bits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Allocation {
    /// The ear: louder subbands get more, weighted by what is heard.
    Loudness,
    /// The level of each subband alone.
    Snr,
}

/// Subbands that the spectrum is split into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Subbands {
    Four,
    Eight,
}

/// What an SBC frame is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Params {
    /// Samples a second.
    pub rate: Rate,
    /// Blocks in a frame.
    pub blocks: Blocks,
    /// How channels share a frame.
    pub mode: Mode,
    /// What decides where the bits go.
    pub allocation: Allocation,
    /// Subbands.
    pub subbands: Subbands,
    /// Bits for one block of all channels that share them, 2 to
    /// [`Params::max_bitpool`].
    pub bitpool: u8,
}

impl Rate {
    /// Samples a second.
    #[must_use]
    pub const fn hz(self) -> u32 {
        match self {
            Self::Hz16000 => 16_000,
            Self::Hz32000 => 32_000,
            Self::Hz44100 => 44_100,
            Self::Hz48000 => 48_000,
        }
    }
}

impl Blocks {
    /// The number.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
            Self::Twelve => 12,
            Self::Sixteen => 16,
        }
    }
}

impl Mode {
    /// Channels.
    #[must_use]
    pub const fn channels(self) -> usize {
        match self {
            Self::Mono => 1,
            Self::Dual | Self::Stereo | Self::Joint => 2,
        }
    }

    /// Whether both channels draw on one bitpool.
    pub(super) const fn shares_bits(self) -> bool {
        matches!(self, Self::Stereo | Self::Joint)
    }
}

impl Subbands {
    /// The number.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

impl Params {
    /// What the profile calls high quality at 48 kHz: 345 kb/s.
    pub const HIGH_QUALITY: Self = Self {
        rate: Rate::Hz48000,
        blocks: Blocks::Sixteen,
        mode: Mode::Joint,
        allocation: Allocation::Loudness,
        subbands: Subbands::Eight,
        bitpool: 51,
    };

    /// Bytes of the longest frame there is: dual channel, 8 subbands, 16 blocks,
    /// bitpool 128.
    pub const MAX_FRAME_LEN: usize = 524;

    /// Samples of the longest frame, both channels together.
    pub const MAX_FRAME_VALUES: usize = 256;

    /// The smallest bitpool.
    pub const MIN_BITPOOL: u8 = 2;

    /// The largest bitpool of any mode.
    pub const HIGHEST_BITPOOL: u8 = 250;

    /// The largest bitpool of this mode and number of subbands: 16 bits for each
    /// sample, and never more than 250.
    #[must_use]
    pub const fn max_bitpool(&self) -> u8 {
        match (self.mode.shares_bits(), self.subbands) {
            (false, Subbands::Four) => 64,
            (false, Subbands::Eight) | (true, Subbands::Four) => 128,
            (true, Subbands::Eight) => Self::HIGHEST_BITPOOL,
        }
    }

    /// The same with a bitpool as near to `bitpool` as may be.
    #[must_use]
    pub fn with_bitpool(self, bitpool: u8) -> Self {
        Self {
            bitpool: bitpool.clamp(Self::MIN_BITPOOL, self.max_bitpool()),
            ..self
        }
    }

    /// Bytes of one frame.
    #[must_use]
    pub const fn frame_len(&self) -> usize {
        let (channels, subbands) = (self.mode.channels(), self.subbands.count());
        let block = if matches!(self.mode, Mode::Dual) {
            2 * self.bitpool as usize
        } else {
            self.bitpool as usize
        };
        let joint = if matches!(self.mode, Mode::Joint) {
            subbands
        } else {
            0
        };
        HEADER + channels * subbands / 2 + (joint + self.blocks.count() * block).div_ceil(8)
    }

    /// Samples of one frame, of each channel.
    #[must_use]
    pub const fn frame_samples(&self) -> usize {
        self.blocks.count() * self.subbands.count()
    }

    /// Channels.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.mode.channels()
    }

    /// Bits a second, rounded down.
    #[must_use]
    pub const fn bitrate(&self) -> u32 {
        8 * self.frame_len() as u32 * self.rate.hz() / self.frame_samples() as u32
    }

    /// Reads the header at the beginning of `bytes`. The checksum covers more than
    /// the header; [`super::Decoder::decode`] checks it.
    ///
    /// # Errors
    /// When this is no frame, or none that may be.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let &[sync, first, bitpool, _, ..] = bytes else {
            return Err(DecodeError::Short {
                provided: bytes.len(),
                expected: HEADER,
            });
        };
        if sync != SYNC {
            return Err(DecodeError::NoSync { found: sync });
        }
        let params = Self {
            rate: RATES[usize::from(first >> 6)],
            blocks: BLOCK_COUNTS[usize::from(first >> 4 & 3)],
            mode: MODES[usize::from(first >> 2 & 3)],
            allocation: [Allocation::Loudness, Allocation::Snr][usize::from(first >> 1 & 1)],
            subbands: [Subbands::Four, Subbands::Eight][usize::from(first & 1)],
            bitpool,
        };
        if params.with_bitpool(bitpool) == params {
            Ok(params)
        } else {
            Err(DecodeError::Bitpool {
                provided: bitpool,
                max: params.max_bitpool(),
            })
        }
    }

    /// The first three bytes of a frame.
    pub(super) fn header(&self) -> [u8; 3] {
        let first = (self.rate as u8) << 6
            | (self.blocks as u8) << 4
            | (self.mode as u8) << 2
            | (self.allocation as u8) << 1
            | self.subbands as u8;
        [SYNC, first, self.bitpool]
    }
}

/// Bytes before the scale factors: sync word, parameters, bitpool, checksum.
pub(super) const HEADER: usize = 4;

/// Every frame begins with it.
const SYNC: u8 = 0x9C;

// In the order of their codes in the header, which is that of the enums.
const RATES: [Rate; 4] = [Rate::Hz16000, Rate::Hz32000, Rate::Hz44100, Rate::Hz48000];
const BLOCK_COUNTS: [Blocks; 4] = [Blocks::Four, Blocks::Eight, Blocks::Twelve, Blocks::Sixteen];
const MODES: [Mode; 4] = [Mode::Mono, Mode::Dual, Mode::Stereo, Mode::Joint];
