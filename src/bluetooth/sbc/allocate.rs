//! How many bits each subband gets. Sender and receiver compute this from the scale
//! factors alone, so every rule here, and its order, is part of the format.

use super::params::{Allocation, Params, Subbands};
use super::{CHANNELS, PerBand, SUBBANDS};

/// Bits of a sample at most.
const MAX_BITS: u8 = 16;

/// Bits for each sample of each subband, 0 to 16.
pub fn allocate(params: &Params, factors: &PerBand<u8>) -> PerBand<u8> {
    let mut bits = [[0; SUBBANDS]; CHANNELS];
    let channels = params.channels();
    let needs = needs(params, factors);
    if params.mode.shares_bits() {
        share(params, &needs, &mut bits);
    } else {
        for (need, bits) in needs.iter().zip(&mut bits).take(channels) {
            share(
                params,
                std::slice::from_ref(need),
                std::slice::from_mut(bits),
            );
        }
    }
    bits
}

/// How loud each subband is to the ear, or by its level alone.
fn needs(params: &Params, factors: &PerBand<u8>) -> PerBand<i32> {
    let offsets = match params.subbands {
        Subbands::Four => FOUR[params.rate as usize],
        Subbands::Eight => EIGHT[params.rate as usize],
    };
    factors.map(|factors| {
        let mut needs = [0; SUBBANDS];
        for ((need, factor), offset) in needs.iter_mut().zip(factors).zip(offsets) {
            *need = match params.allocation {
                Allocation::Snr => i32::from(factor),
                Allocation::Loudness => loudness(factor, offset),
            };
        }
        needs
    })
}

fn loudness(factor: u8, offset: i32) -> i32 {
    match i32::from(factor) - offset {
        _ if factor == 0 => -5,
        loud if loud > 0 => loud / 2,
        quiet => quiet,
    }
}

/// Shares one bitpool among all subbands of `needs`.
fn share(params: &Params, needs: &[[i32; SUBBANDS]], bits: &mut [[u8; SUBBANDS]]) {
    let bands = params.subbands.count();
    let pool = i32::from(params.bitpool);
    let (slice, mut spent) = slice(needs, bands, pool);
    for (needs, bits) in needs.iter().zip(bits.iter_mut()) {
        for (need, bits) in needs.iter().zip(bits).take(bands) {
            let above = need - slice;
            *bits = if above < 2 {
                0
            } else {
                above.min(i32::from(MAX_BITS)) as u8
            };
        }
    }
    // What is left goes from the lowest subband upwards, first one bit each to those
    // that have some, or two to those that just miss the slice, then to all.
    let order = || (0..bands).flat_map(|band| (0..needs.len()).map(move |channel| (channel, band)));
    for (channel, band) in order() {
        let place = &mut bits[channel][band];
        if spent < pool && (2..MAX_BITS).contains(place) {
            *place += 1;
            spent += 1;
        } else if spent + 1 < pool && needs[channel][band] == slice + 1 {
            *place = 2;
            spent += 2;
        }
    }
    for (channel, band) in order() {
        let place = &mut bits[channel][band];
        if spent < pool && *place < MAX_BITS {
            *place += 1;
            spent += 1;
        }
    }
}

/// The level below which a subband gets nothing, and the bits spent by that.
fn slice(needs: &[[i32; SUBBANDS]], bands: usize, pool: i32) -> (i32, i32) {
    let all = || needs.iter().flat_map(|needs| &needs[..bands]);
    let mut slice = all().fold(0, |most, &need| most.max(need));
    let mut spent = 0;
    loop {
        let costs = all()
            .map(|need| match need - slice {
                1 => 2,
                2..16 => 1,
                _ => 0,
            })
            .sum::<i32>();
        if spent + costs >= pool {
            return if spent + costs == pool {
                (slice - 1, pool)
            } else {
                (slice, spent)
            };
        }
        // All have 16 bits: a pool that asks for more is refused before, and this
        // ends even so.
        if slice < LOWEST {
            return (slice, spent);
        }
        spent += costs;
        slice -= 1;
    }
}

/// Every need is −5 or more, so that at this slice every subband has its 16 bits.
const LOWEST: i32 = -32;

// What the ear misses of each subband, by rate from 16 to 48 kHz.
const FOUR: [[i32; SUBBANDS]; 4] = [
    [-1, 0, 0, 0, 0, 0, 0, 0],
    [-2, 0, 0, 1, 0, 0, 0, 0],
    [-2, 0, 0, 1, 0, 0, 0, 0],
    [-2, 0, 0, 1, 0, 0, 0, 0],
];
const EIGHT: [[i32; SUBBANDS]; 4] = [
    [-2, 0, 0, 0, 0, 0, 0, 1],
    [-3, 0, 0, 0, 0, 0, 1, 2],
    [-4, 0, 0, 0, 0, 0, 1, 2],
    [-4, 0, 0, 0, 0, 0, 1, 2],
];
