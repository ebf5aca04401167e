//! The codec against its own formulas, damage, and what radios lose.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::allocate::allocate;
use super::bank::{Analysis, Synthesis};
use super::*;

const ROOM: usize = Params::MAX_FRAME_VALUES;

/// White noise of −1 to 1, the same each time.
fn noise() -> impl FnMut() -> f32 {
    let mut seed = 0x1234_5678u32;
    move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

fn any_params() -> impl Strategy<Value = Params> {
    let rates = [Rate::Hz16000, Rate::Hz32000, Rate::Hz44100, Rate::Hz48000];
    let blocks = [Blocks::Four, Blocks::Eight, Blocks::Twelve, Blocks::Sixteen];
    let modes = [Mode::Mono, Mode::Dual, Mode::Stereo, Mode::Joint];
    let allocations = [Allocation::Loudness, Allocation::Snr];
    let subbands = [Subbands::Four, Subbands::Eight];
    (
        0..4usize,
        0..4usize,
        0..4usize,
        0..2usize,
        0..2usize,
        any::<u8>(),
    )
        .prop_map(move |(rate, block, mode, allocation, subband, bitpool)| {
            Params {
                rate: rates[rate],
                blocks: blocks[block],
                mode: modes[mode],
                allocation: allocations[allocation],
                subbands: subbands[subband],
                bitpool,
            }
            .with_bitpool(bitpool)
        })
}

/// Encodes `sound`, interleaved, whole frames of it.
fn encode(params: Params, sound: &[f32]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(params);
    let mut frame = [0; Params::MAX_FRAME_LEN];
    sound
        .chunks_exact(params.frame_samples() * params.channels())
        .map(|pcm| {
            let length = encoder.encode(pcm, &mut frame);
            frame[..length].to_vec()
        })
        .collect()
}

fn tone(hz: f64, params: Params, frames: usize) -> Vec<f32> {
    let channels = params.channels();
    let step = std::f64::consts::TAU * hz / f64::from(params.rate.hz());
    (0..frames * params.frame_samples() * channels)
        .map(|i| (0.5 * (step * (i / channels) as f64).sin()) as f32)
        .collect()
}

/// How far `b` is below `a`, in decibels.
fn snr(a: impl Iterator<Item = f64>, b: impl Iterator<Item = f64>) -> f64 {
    let (signal, error) = a.zip(b).fold((0.0, 0.0), |(signal, error), (a, b)| {
        (signal + a * a, error + (a - b) * (a - b))
    });
    10.0 * (signal / f64::max(error, f64::MIN_POSITIVE)).log10()
}

#[test]
fn frames_are_as_long_as_the_profile_says() {
    let high = Params {
        rate: Rate::Hz44100,
        bitpool: 53,
        ..Params::HIGH_QUALITY
    };
    assert_eq!((high.frame_len(), high.bitrate()), (119, 327_993));
    assert_eq!(Params::HIGH_QUALITY.bitrate(), 345_000);
    let middle = Params {
        mode: Mode::Mono,
        bitpool: 18,
        ..high
    };
    assert_eq!((middle.frame_len(), middle.bitrate()), (44, 121_275));
    let dual = Params {
        mode: Mode::Dual,
        ..high
    };
    assert_eq!(dual.with_bitpool(38).frame_len(), 164);
    assert_eq!(dual.with_bitpool(128).frame_len(), Params::MAX_FRAME_LEN);
    let four = Params {
        subbands: Subbands::Four,
        ..high
    };
    assert_eq!(four.with_bitpool(35).frame_len(), 79);
}

/// The format's own flow charts for the filter banks, in double precision.
mod printed {
    use std::f64::consts::PI;

    /// The window as the tables have it, from the half that is kept.
    pub fn window(half: &[f64]) -> Vec<f64> {
        let (length, period) = (2 * (half.len() - 1), (half.len() - 1) / 5 * 2);
        let mirrored = |i: usize| match (half.get(i), i % period) {
            (Some(&value), _) => value,
            (None, 0) => -half[length - i],
            (None, _) => half[length - i],
        };
        (0..length).map(mirrored).collect()
    }

    pub fn analysis(c: &[f64], sound: &[f64]) -> Vec<f64> {
        let m = c.len() / 10;
        let mut x = vec![0.0; 10 * m];
        let mut out = Vec::new();
        for block in sound.chunks(m) {
            for i in (m..10 * m).rev() {
                x[i] = x[i - m];
            }
            for i in 0..m {
                x[m - 1 - i] = block[i];
            }
            let y = |i: usize| {
                (0..5)
                    .map(|k| c[i + 2 * m * k] * x[i + 2 * m * k])
                    .sum::<f64>()
            };
            out.extend((0..m).map(|i| {
                let angle =
                    |k: usize| (i as f64 + 0.5) * (k as f64 - m as f64 / 2.0) * PI / m as f64;
                (0..2 * m).map(|k| angle(k).cos() * y(k)).sum::<f64>()
            }));
        }
        out
    }

    pub fn synthesis(c: &[f64], bands: &[f64]) -> Vec<f64> {
        let m = c.len() / 10;
        let mut v = vec![0.0; 20 * m];
        let mut out = Vec::new();
        for block in bands.chunks(m) {
            for i in (2 * m..20 * m).rev() {
                v[i] = v[i - 2 * m];
            }
            for (k, v) in v.iter_mut().enumerate().take(2 * m) {
                let angle =
                    |i: usize| (i as f64 + 0.5) * (k as f64 + m as f64 / 2.0) * PI / m as f64;
                *v = (0..m).map(|i| angle(i).cos() * block[i]).sum();
            }
            let mut u = vec![0.0; 10 * m];
            for i in 0..5 {
                for j in 0..m {
                    u[2 * m * i + j] = v[4 * m * i + j];
                    u[2 * m * i + m + j] = v[4 * m * i + 3 * m + j];
                }
            }
            let w = |i: usize| u[i] * -(m as f64) * c[i];
            out.extend((0..m).map(|j| (0..10).map(|i| w(j + m * i)).sum::<f64>()));
        }
        out
    }
}

#[test]
fn the_filter_banks_are_the_printed_ones() {
    let mut noise = noise();
    for (subbands, half) in [
        (Subbands::Four, &bank::WINDOW_FOUR[..]),
        (Subbands::Eight, &bank::WINDOW_EIGHT[..]),
    ] {
        let count = subbands.count();
        let c = printed::window(half);
        let sound: Vec<f32> = (0..64 * count).map(|_| noise()).collect();
        let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let mut matrix = [[[0.0; SUBBANDS]; BLOCKS]; CHANNELS];
        let (mut analysis, mut synthesis) = (Analysis::new(), Synthesis::new());
        let (mut bands, mut joined) = (Vec::new(), Vec::new());
        for frame in sound.chunks(16 * count) {
            analysis.split((subbands, 16), 1, frame.iter().copied(), &mut matrix);
            bands.extend(matrix[1].iter().flat_map(|block| wide(&block[..count])));
            synthesis.join((subbands, 16), 1, &matrix, |_, x| joined.push(f64::from(x)));
        }
        let expected = printed::analysis(&c, &wide(&sound));
        let split = snr(expected.iter().copied(), bands.iter().copied());
        assert!(split > 120.0, "{subbands:?}: {split:.1} dB");
        let expected = printed::synthesis(&c, &bands);
        let join = snr(expected.iter().copied(), joined.iter().copied());
        assert!(join > 120.0, "{subbands:?}: {join:.1} dB");
        let late = delay(subbands);
        let through = snr(wide(&sound).into_iter(), joined.iter().skip(late).copied());
        assert!(through > 60.0, "{subbands:?}: {through:.1} dB");
    }
}

#[test]
fn silence_stays_silent() {
    let params = Params::HIGH_QUALITY;
    let mut decoder = Decoder::new();
    let mut out = [1.0; ROOM];
    for frame in encode(params, &[0.0; 10 * 256]) {
        let _ = decoder.decode(&frame, &mut out).unwrap();
        assert!(out.iter().all(|x| x.abs() < 1e-4));
    }
}

#[test]
fn what_is_no_number_and_what_is_too_loud_is_tamed() {
    let params = Params::HIGH_QUALITY;
    let wild = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -7.0, 0.3];
    let sound: Vec<f32> = wild.iter().cycle().take(20 * 256).copied().collect();
    let mut decoder = Decoder::new();
    let mut out = [0.0; ROOM];
    for frame in encode(params, &sound) {
        let _ = decoder.decode(&frame, &mut out).unwrap();
        assert!(out.iter().all(|x| x.abs() < 4.0));
    }
}

#[test]
fn a_short_frame_ends_in_silence_and_a_short_place_takes_nothing() {
    let params = Params::HIGH_QUALITY;
    let mut encoder = Encoder::new(params);
    let mut place = [0; Params::MAX_FRAME_LEN];
    assert_eq!(
        encoder.encode(&[0.5; 256], &mut place[..params.frame_len() - 1]),
        0
    );
    assert_eq!(encoder.encode(&[], &mut place), params.frame_len());
    let mut sound = [0.5; 256];
    sound[100..].fill(0.0);
    let (mut short, mut long) = (place, place);
    let mut other = Encoder::new(params);
    let _ = other.encode(&[], &mut place);
    let length = encoder.encode(&sound[..100], &mut short);
    assert_eq!(other.encode(&sound, &mut long), length);
    assert_eq!(short, long);
}

#[test]
fn another_bitpool_leaves_no_seam() {
    let params = Params::HIGH_QUALITY;
    let sound = tone(1000.0, params, 60);
    let mut encoder = Encoder::new(params);
    let mut decoder = Decoder::new();
    let (mut place, mut out) = ([0; Params::MAX_FRAME_LEN], [0.0; ROOM]);
    let mut heard = Vec::new();
    for (i, pcm) in sound.chunks(256).enumerate() {
        encoder.set_bitpool([51, 30, 40][i / 5 % 3]);
        let length = encoder.encode(pcm, &mut place);
        assert_eq!(length, encoder.params().frame_len());
        let frame = decoder.decode(&place[..length], &mut out).unwrap();
        assert_eq!(frame.params, encoder.params());
        heard.extend_from_slice(&out);
    }
    let late = 2 * delay(Subbands::Eight);
    let likeness = snr(
        sound[1024..14_000].iter().map(|&x| f64::from(x)),
        heard[1024 + late..].iter().map(|&x| f64::from(x)),
    );
    assert!(likeness > 40.0, "{likeness:.1} dB");
    encoder.set_bitpool(0);
    assert_eq!(encoder.params().bitpool, Params::MIN_BITPOOL);
    encoder.set_bitpool(255);
    assert_eq!(encoder.params().bitpool, 250);
}

#[test]
fn damage_is_told_apart() {
    let params = Params::HIGH_QUALITY;
    let frame = encode(params, &tone(440.0, params, 1)).remove(0);
    let mut decoder = Decoder::new();
    let mut out = [0.0; ROOM];
    let mut told = |frame: &[u8], out: &mut [f32]| decoder.decode(frame, out).unwrap_err();
    assert_eq!(
        told(&[], &mut out),
        DecodeError::Short {
            provided: 0,
            expected: 4
        }
    );
    assert_eq!(
        told(&frame[..100], &mut out),
        DecodeError::Short {
            provided: 100,
            expected: frame.len()
        }
    );
    assert_eq!(
        told(&frame, &mut out[..255]),
        DecodeError::Buffer {
            provided: 255,
            expected: 256
        }
    );
    let changed = |at: usize, to: u8| {
        let mut frame = frame.clone();
        frame[at] = to;
        frame
    };
    // The wide-band speech variant of the same codec is none of ours.
    assert_eq!(
        told(&changed(0, 0xAD), &mut out),
        DecodeError::NoSync { found: 0xAD }
    );
    for bitpool in [0, 1, 251] {
        assert_eq!(
            told(&changed(2, bitpool), &mut out),
            DecodeError::Bitpool {
                provided: bitpool,
                max: 250
            }
        );
    }
    for (at, byte) in frame.iter().enumerate().take(13).skip(3) {
        let error = told(&changed(at, byte ^ 0x10), &mut out);
        assert!(
            matches!(error, DecodeError::Checksum { .. }),
            "{at}: {error}"
        );
    }
    assert_eq!(
        DecodeError::Checksum {
            found: 1,
            expected: 0xFE
        }
        .to_string(),
        "the SBC frame's checksum is 0x01, expected 0xfe"
    );
}

#[test]
fn a_stream_may_change_its_shape() {
    let mut decoder = Decoder::new();
    let mut out = [0.0; ROOM];
    for (mode, subbands, blocks) in [
        (Mode::Joint, Subbands::Eight, Blocks::Sixteen),
        (Mode::Mono, Subbands::Four, Blocks::Four),
        (Mode::Dual, Subbands::Eight, Blocks::Twelve),
    ] {
        let params = Params {
            mode,
            subbands,
            blocks,
            ..Params::HIGH_QUALITY
        };
        let sound = tone(500.0, params, 20);
        let mut peak = 0.0f32;
        for frame in encode(params, &sound) {
            let decoded = decoder.decode(&frame, &mut out).unwrap();
            assert_eq!(decoded.params, params);
            let values = decoded.samples * params.channels();
            peak = out[..values].iter().fold(peak, |peak, x| peak.max(x.abs()));
        }
        assert!((0.45..0.6).contains(&peak), "{mode:?} {peak}");
    }
}

/// Encodes a tone and plays it with the frames that `lost` names concealed.
fn play_with_losses(hz: f64, frames: usize, lost: impl Fn(usize) -> bool) -> (Vec<f32>, Vec<f32>) {
    let params = Params::HIGH_QUALITY;
    let mut decoder = Decoder::new();
    let (mut whole, mut heard) = (Vec::new(), Vec::new());
    let mut reference = Decoder::new();
    for (i, frame) in encode(params, &tone(hz, params, frames)).iter().enumerate() {
        let mut out = [0.0; ROOM];
        let _ = reference.decode(frame, &mut out).unwrap();
        whole.extend(out.iter().step_by(2));
        if lost(i) {
            decoder.conceal(&mut out);
        } else {
            let _ = decoder.decode(frame, &mut out).unwrap();
        }
        heard.extend(out.iter().step_by(2));
    }
    (whole, heard)
}

#[test]
fn a_lost_frame_of_a_tone_is_hardly_heard() {
    for hz in [100.0, 441.0, 1000.0, 3333.0] {
        let (whole, heard) = play_with_losses(hz, 60, |i| i == 40);
        let gap = 40 * 128..42 * 128;
        let likeness = snr(
            whole[gap.clone()].iter().map(|&x| f64::from(x)),
            heard[gap].iter().map(|&x| f64::from(x)),
        );
        assert!(likeness > 14.0, "{hz} Hz: {likeness:.1} dB");
        // And from the second good frame on there is no trace of it.
        assert_eq!(whole[42 * 128..], heard[42 * 128..]);
    }
}

#[test]
fn a_long_loss_fades_to_silence_and_returns_without_a_click() {
    let lost = 40..60;
    let (_, heard) = play_with_losses(441.0, 80, |i| lost.contains(&i));
    let silent_from = lost.start * 128 + (0.05 * 48_000.0) as usize + 1;
    assert!(heard[silent_from..lost.end * 128].iter().all(|&x| x == 0.0));
    // 0.5 × 2 π × 441 / 48000 is the tone's own largest step.
    let steepest = heard
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0, f32::max);
    assert!(steepest < 0.04, "{steepest}");
}

#[test]
fn nothing_is_made_up_before_the_first_frame() {
    let mut out = [1.0; ROOM];
    Decoder::new().conceal(&mut out);
    assert_eq!(out, [0.0; ROOM]);
}

proptest! {
    #[test]
    fn any_sound_in_any_shape_comes_through(params in any_params(), seed in any::<u64>(), level in 0.0..2.0f32) {
        let mut state = seed;
        let sound: Vec<f32> = (0..3 * params.frame_samples() * params.channels())
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                level * ((state >> 40) as f32 / (1 << 23) as f32 - 1.0)
            })
            .collect();
        let mut decoder = Decoder::new();
        let mut out = [0.0; ROOM];
        for frame in encode(params, &sound) {
            prop_assert_eq!(frame.len(), params.frame_len());
            let decoded = decoder.decode(&frame, &mut out).unwrap();
            prop_assert_eq!(
                decoded,
                Frame { consumed: frame.len(), params, samples: params.frame_samples() }
            );
            prop_assert!(out.iter().all(|x| x.abs() < 4.0));
        }
    }

    #[test]
    fn any_bytes_give_sound_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        head in any::<[bool; 4]>(),
        room in 0..300usize,
    ) {
        let mut bytes = bytes;
        // As random bytes are never frames, make some nearly so.
        if let (true, Some(sync)) = (head[0], bytes.first_mut()) {
            *sync = 0x9C;
        }
        if head[1] && bytes.len() > 20 {
            repair(&mut bytes);
        }
        let mut decoder = Decoder::new();
        let mut out = [0.0; 300];
        for _ in 0..3 {
            if let Ok(frame) = decoder.decode(&bytes, &mut out[..room]) {
                prop_assert!(frame.consumed <= bytes.len());
                prop_assert!(frame.samples * frame.params.channels() <= room);
            }
            if head[2] {
                decoder.conceal(&mut out[..room]);
            }
            prop_assert!(out.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn an_error_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let params = Params::HIGH_QUALITY;
        let (mut shaken, mut calm) = (Decoder::new(), Decoder::new());
        let (mut a, mut b) = ([0.0; ROOM], [0.0; ROOM]);
        for frame in encode(params, &tone(700.0, params, 4)) {
            prop_assert!(shaken.decode(&bytes, &mut a).is_err());
            let _ = shaken.decode(&frame, &mut a).unwrap();
            let _ = calm.decode(&frame, &mut b).unwrap();
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn the_whole_bitpool_is_given_out(
        params in any_params(),
        factors in any::<[[u8; SUBBANDS]; CHANNELS]>(),
    ) {
        let bands = params.subbands.count();
        let factors = factors.map(|factors| factors.map(|factor| factor % 16));
        let bits = allocate(&params, &factors);
        prop_assert!(bits.iter().flatten().all(|&bits| bits <= 16));
        let sum = |channel: usize| bits[channel][..bands].iter().map(|&x| u32::from(x)).sum::<u32>();
        let pool = u32::from(params.bitpool);
        match params.mode {
            Mode::Mono => prop_assert_eq!(sum(0), pool),
            Mode::Dual => prop_assert_eq!((sum(0), sum(1)), (pool, pool)),
            Mode::Stereo | Mode::Joint => prop_assert_eq!(sum(0) + sum(1), pool),
        }
    }
}

/// Gives some bytes the checksum of a frame, by trying all.
fn repair(bytes: &mut [u8]) {
    for checksum in 0..=255 {
        bytes[3] = checksum;
        let damaged = Decoder::new().decode(bytes, &mut [0.0; ROOM]);
        if !matches!(damaged, Err(DecodeError::Checksum { .. })) {
            return;
        }
    }
}
