//! The four bytes of an SBC endpoint.

use super::Refusal;
use crate::bluetooth::sbc::{Allocation, Blocks, Mode, Params, Rate, Subbands};

/// What an endpoint can do: a set of everything that a frame is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SbcOffer {
    /// A bit for each rate and mode.
    first: u8,
    /// A bit for each number of blocks and subbands, and each allocation.
    second: u8,
    min_bitpool: u8,
    max_bitpool: u8,
}

/// What both ends agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Configuration {
    /// What frames are made of, at the largest bitpool.
    pub params: Params,
    /// The smallest bitpool that frames may go down to.
    pub min_bitpool: u8,
}

/// What we would like. Each is taken where the device has it; else what comes
/// nearest. The bitpool is a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// As [`Params`], with the largest bitpool.
    pub params: Params,
}

impl SbcOffer {
    /// What we offer to those who send to us. All that a receiver must have and no
    /// more: 16 and 32 kHz are telephone quality. No larger bitpool than is usual,
    /// so that the source leaves air for the speakers.
    pub const SINK: Self = Self {
        first: 0x3F,
        second: 0xFF,
        min_bitpool: Params::MIN_BITPOOL,
        max_bitpool: USUAL_BITPOOL,
    };

    /// What we offer to speakers: all that is good for music.
    pub const SOURCE: Self = Self {
        max_bitpool: Params::HIGHEST_BITPOOL,
        ..Self::SINK
    };

    /// The bytes for BlueZ's `Capabilities`.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 4] {
        [self.first, self.second, self.min_bitpool, self.max_bitpool]
    }

    /// Reads an offer. One that leaves nothing to choose is read as well; it is
    /// refused by [`select`].
    ///
    /// # Errors
    /// When the bytes are not four.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let &[first, second, min_bitpool, max_bitpool] = bytes else {
            return Err(Refusal::Length {
                provided: bytes.len(),
            });
        };
        Ok(Self {
            first,
            second,
            min_bitpool,
            max_bitpool,
        })
    }

    /// The rates, from high to low.
    pub fn rates(&self) -> impl Iterator<Item = Rate> + use<> {
        choices(&RATES, self.first)
    }

    /// The smallest and largest bitpool.
    #[must_use]
    pub fn bitpools(&self) -> (u8, u8) {
        (self.min_bitpool, self.max_bitpool)
    }
}

impl Wish {
    /// Good sound at the usual cost: `rate`, joint stereo, 16 blocks, 8 subbands,
    /// loudness, bitpool 53 at most (328 kb/s at 44.1 kHz).
    #[must_use]
    pub fn usual(rate: Rate) -> Self {
        Self {
            params: Params {
                rate,
                bitpool: USUAL_BITPOOL,
                ..Params::HIGH_QUALITY
            },
        }
    }

    /// The best that SBC has, at half as much again: dual channels, bitpool 38
    /// (452 kb/s at 44.1 kHz).
    #[must_use]
    pub fn finest(rate: Rate) -> Self {
        Self {
            params: Params {
                rate,
                mode: Mode::Dual,
                bitpool: 38,
                ..Params::HIGH_QUALITY
            },
        }
    }
}

impl Configuration {
    /// The bytes for BlueZ's `Configuration`.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 4] {
        let params = &self.params;
        [
            bit(&RATES, params.rate) | bit(&MODES, params.mode),
            bit(&BLOCKS, params.blocks)
                | bit(&SUBBANDS, params.subbands)
                | bit(&ALLOCATIONS, params.allocation),
            self.min_bitpool,
            params.bitpool,
        ]
    }
}

/// Chooses from what the device offers what comes nearest to `wish`.
///
/// # Errors
/// When the offer is damaged or leaves no choice.
pub fn select(remote: &[u8], wish: &Wish) -> Result<Configuration, Refusal> {
    let offer = SbcOffer::parse(remote)?;
    let want = &wish.params;
    let params = Params {
        rate: nearest(&RATES, offer.first, want.rate, "sample rate")?,
        blocks: nearest(&BLOCKS, offer.second, want.blocks, "number of blocks")?,
        mode: nearest(&MODES, offer.first, want.mode, "channel mode")?,
        allocation: nearest(
            &ALLOCATIONS,
            offer.second,
            want.allocation,
            "bit allocation",
        )?,
        subbands: nearest(&SUBBANDS, offer.second, want.subbands, "number of subbands")?,
        bitpool: want.bitpool,
    };
    let (min, max) = offer.bitpools();
    // A bitpool is for one channel or for both: one meant for the wished mode may be
    // far off in another.
    let scaled = match (channels_sharing(want.mode), channels_sharing(params.mode)) {
        (1, 2) => want.bitpool.saturating_mul(2),
        (2, 1) => want.bitpool / 2,
        _ => want.bitpool,
    };
    let allowed = params.with_bitpool(scaled).bitpool;
    let least = min.max(Params::MIN_BITPOOL);
    if min > max || max < Params::MIN_BITPOOL {
        return Err(Refusal::Range {
            min,
            max,
            limit: params.max_bitpool(),
        });
    }
    if least > allowed {
        return Err(Refusal::Bitpool { min, max, allowed });
    }
    Ok(Configuration {
        params: params.with_bitpool(max.min(allowed)),
        min_bitpool: least,
    })
}

/// Reads a configuration that the other end chose from `ours`.
///
/// # Errors
/// When it is damaged, leaves something open or goes beyond what we offered.
pub fn validate(configuration: &[u8], ours: &SbcOffer) -> Result<Configuration, Refusal> {
    let chosen = SbcOffer::parse(configuration)?;
    let (min, max) = chosen.bitpools();
    let params = Params {
        rate: only(&RATES, chosen.first, ours.first, "sample rate")?,
        blocks: only(&BLOCKS, chosen.second, ours.second, "number of blocks")?,
        mode: only(&MODES, chosen.first, ours.first, "channel mode")?,
        allocation: only(&ALLOCATIONS, chosen.second, ours.second, "bit allocation")?,
        subbands: only(&SUBBANDS, chosen.second, ours.second, "number of subbands")?,
        bitpool: max,
    };
    let limit = params.max_bitpool();
    if min < Params::MIN_BITPOOL || min > max || max > limit {
        return Err(Refusal::Range { min, max, limit });
    }
    if min < ours.min_bitpool || max > ours.max_bitpool {
        return Err(Refusal::NotOffered { what: "bitpool" });
    }
    Ok(Configuration {
        params,
        min_bitpool: min,
    })
}

/// How many channels a bitpool of this mode is for.
fn channels_sharing(mode: Mode) -> u8 {
    match mode {
        Mode::Mono | Mode::Dual => 1,
        Mode::Stereo | Mode::Joint => 2,
    }
}

fn choices<T: Copy>(table: &'static [(T, u8)], bits: u8) -> impl Iterator<Item = T> {
    let offered = table.iter().filter(move |(_, bit)| bits & bit != 0);
    offered.map(|&(choice, _)| choice)
}

fn bit<T: Copy + PartialEq>(table: &[(T, u8)], choice: T) -> u8 {
    let row = table.iter().find(|row| row.0 == choice);
    row.map_or(0, |row| row.1)
}

/// `wish` where it is offered, else the best.
fn nearest<T: Copy + PartialEq>(
    table: &'static [(T, u8)],
    bits: u8,
    wish: T,
    lacking: &'static str,
) -> Result<T, Refusal> {
    if bits & bit(table, wish) != 0 {
        return Ok(wish);
    }
    choices(table, bits)
        .next()
        .ok_or(Refusal::Nothing { lacking })
}

/// The one that is chosen.
fn only<T: Copy + PartialEq>(
    table: &'static [(T, u8)],
    bits: u8,
    ours: u8,
    what: &'static str,
) -> Result<T, Refusal> {
    let mut chosen = choices(table, bits);
    match (chosen.next(), chosen.count()) {
        (Some(choice), 0) if ours & bit(table, choice) != 0 => Ok(choice),
        (Some(_), 0) => Err(Refusal::NotOffered { what }),
        (first, more) => Err(Refusal::Ambiguous {
            what,
            chosen: u32::from(first.is_some()) + more as u32,
        }),
    }
}

/// The profile's own advice for high quality at 44.1 kHz.
const USUAL_BITPOOL: u8 = 53;

// Each choice and its bit, the best first.
const RATES: [(Rate, u8); 4] = [
    (Rate::Hz48000, 0x10),
    (Rate::Hz44100, 0x20),
    (Rate::Hz32000, 0x40),
    (Rate::Hz16000, 0x80),
];
const MODES: [(Mode, u8); 4] = [
    (Mode::Joint, 0x01),
    (Mode::Stereo, 0x02),
    (Mode::Dual, 0x04),
    (Mode::Mono, 0x08),
];
const BLOCKS: [(Blocks, u8); 4] = [
    (Blocks::Sixteen, 0x10),
    (Blocks::Twelve, 0x20),
    (Blocks::Eight, 0x40),
    (Blocks::Four, 0x80),
];
const SUBBANDS: [(Subbands, u8); 2] = [(Subbands::Eight, 0x04), (Subbands::Four, 0x08)];
const ALLOCATIONS: [(Allocation, u8); 2] = [(Allocation::Loudness, 0x01), (Allocation::Snr, 0x02)];
