//! Our SBC against the reference implementation's own programs, `sbcenc` and `sbcdec`
//! (package sbc-tools), over every mode, rate, number of blocks and subbands, and
//! bitpools from the smallest to the largest.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Stdio};

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use inphase::bluetooth::rtp::{Packet, Packetiser};
use inphase::bluetooth::sbc::{
    Allocation, Blocks, Decoder, Encoder, Mode, Params, Rate, Subbands, delay,
};

/// Aborts the test at an allocation where there must be none.
#[global_allocator]
static GUARD: AllocDisabler = AllocDisabler;

/// Frames of sound in each run, about a third of a second.
const SAMPLES: usize = 16_384;

/// The beginning is left out: filters fill.
const SETTLED: usize = 1024;

#[test]
fn our_decoder_hears_what_theirs_hears() {
    let place = tempfile::tempdir().unwrap();
    for params in matrix() {
        let pcm = sound(params);
        let stream = their_encoder(place.path(), params, &pcm);
        let theirs = their_decoder(place.path(), &stream);
        let ours = our_decoder(&stream, params);
        let count = ours.len().min(theirs.len());
        assert!(count > pcm.len() - 2 * 256, "{params:?}: {count} samples");
        let (ours, theirs) = (&ours[..count], &theirs[..count]);
        let worst = ours
            .iter()
            .zip(theirs)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        let likeness = snr(theirs, ours);
        // The difference is theirs: they compute in whole numbers with coefficients of
        // 16 bits, ours is 120 dB from the format's own formulas (`sbc::bank`).
        assert!(likeness > 76.0, "{params:?}: {likeness:.1} dB alike");
        assert!(
            worst < 6.0 / 32_768.0,
            "{params:?}: {:.2} steps",
            worst * 32_768.0
        );
    }
}

#[test]
fn their_decoder_hears_our_encoder_as_well_as_theirs() {
    let place = tempfile::tempdir().unwrap();
    for params in matrix() {
        let pcm = sound(params);
        let theirs = their_encoder(place.path(), params, &pcm);
        let ours = our_encoder(params, &pcm);
        assert_eq!(Params::parse(&theirs).unwrap(), params);
        let quality = |stream: &[u8]| {
            let out = their_decoder(place.path(), stream);
            let late = delay(params.subbands) * params.channels();
            let count = out.len().min(pcm.len()) - late;
            let from = SETTLED * params.channels();
            snr(&pcm[from..count], &out[from + late..count + late])
        };
        let (our_quality, their_quality) = (quality(&ours), quality(&theirs));
        assert!(
            our_quality > their_quality - 0.3,
            "{params:?}: ours {our_quality:.2} dB, theirs {their_quality:.2} dB"
        );
    }
}

/// With these alike, receivers share out the bits alike.
#[test]
fn header_joint_bits_and_scale_factors_are_theirs() {
    let place = tempfile::tempdir().unwrap();
    let (mut frames, mut alike) = (0, 0);
    for params in matrix() {
        let pcm = noise(params);
        let theirs = their_encoder(place.path(), params, &pcm);
        let ours = our_encoder(params, &pcm);
        let (channels, subbands) = (params.channels(), params.subbands.count());
        let joint = if params.mode == Mode::Joint {
            subbands
        } else {
            0
        };
        // The checksum covers a last half byte.
        let side = 4 + (joint + 4 * channels * subbands) / 8;
        let length = params.frame_len();
        for (ours, theirs) in ours.chunks(length).zip(theirs.chunks(length)) {
            frames += 1;
            alike += usize::from(ours[..side] == theirs[..side]);
        }
    }
    // They compute in whole numbers: a peak at a power of two may fall on either side.
    let share = alike as f64 / frames as f64;
    println!("{:.2} % of {frames} frames are alike", 100.0 * share);
    assert!(share > 0.99, "{share}");
}

#[test]
fn the_delay_is_what_it_says() {
    for subbands in [Subbands::Four, Subbands::Eight] {
        let params = Params {
            subbands,
            mode: Mode::Mono,
            ..Params::HIGH_QUALITY
        };
        let pcm = sound(params.with_bitpool(40));
        let out = our_decoder(&our_encoder(params, &pcm), params);
        let likeness = |late: usize| {
            let count = out.len() - 200;
            snr(&pcm[SETTLED..count], &out[SETTLED + late..count + late])
        };
        let best = (0..200).max_by(|&a, &b| likeness(a).total_cmp(&likeness(b)));
        assert_eq!(best, Some(delay(subbands)));
    }
}

#[test]
fn coding_and_packing_allocate_nothing() {
    for params in matrix() {
        let sound: Vec<f32> = noise(params).iter().map(|&sample| sample as f32).collect();
        let (mut encoder, mut decoder) = (Encoder::new(params), Decoder::new());
        let mut packetiser = Packetiser::new(895, params).unwrap();
        let mut out = [0.0; Params::MAX_FRAME_VALUES];
        let packets = assert_no_alloc(|| {
            let mut packets = 0;
            for pcm in sound.chunks_exact(params.frame_samples() * params.channels()) {
                let packet = packetiser.push(|place| encoder.encode(pcm, place));
                let Some(mut body) =
                    packet.and_then(|bytes| Packet::parse(bytes).ok()?.body.into())
                else {
                    continue;
                };
                packets += 1;
                while let Ok(frame) = decoder.decode(body, &mut out) {
                    body = &body[frame.consumed..];
                    decoder.conceal(&mut out);
                }
            }
            packets
        });
        assert!(packets > 2, "{params:?}");
    }
}

/// All that can be combined, thinned out where nothing depends on each other.
fn matrix() -> Vec<Params> {
    let mut all = Vec::new();
    for mode in [Mode::Mono, Mode::Dual, Mode::Stereo, Mode::Joint] {
        for subbands in [Subbands::Four, Subbands::Eight] {
            for allocation in [Allocation::Loudness, Allocation::Snr] {
                let base = Params {
                    mode,
                    subbands,
                    allocation,
                    ..Params::HIGH_QUALITY
                };
                let bitpools = [2, 19, 31, 35, 53, base.max_bitpool()];
                all.extend(bitpools.map(|bitpool| base.with_bitpool(bitpool)));
                for blocks in [Blocks::Four, Blocks::Eight, Blocks::Twelve] {
                    all.push(Params { blocks, ..base }.with_bitpool(29));
                }
                for rate in [Rate::Hz16000, Rate::Hz32000, Rate::Hz44100] {
                    all.push(Params { rate, ..base }.with_bitpool(37));
                }
            }
        }
    }
    all
}

/// A sweep in one channel, the same with noise in the other, in 16 bits.
fn sound(params: Params) -> Vec<f64> {
    let mut noise = rustle();
    let mut phase = 0.0f64;
    frames(params, |frame, channel| {
        if channel == 0 {
            let octave = 8.0 * frame as f64 / SAMPLES as f64;
            phase += std::f64::consts::TAU * 60.0 * octave.exp2() / f64::from(params.rate.hz());
        }
        0.4 * phase.sin() + 0.2 * channel as f64 * noise()
    })
}

/// Noise that swells, partly common to both channels, so that all subbands sound.
fn noise(params: Params) -> Vec<f64> {
    let mut noise = rustle();
    let mut common = 0.0;
    frames(params, |frame, channel| {
        if channel == 0 {
            common = noise();
        }
        let level = (std::f64::consts::PI * frame as f64 / SAMPLES as f64).sin();
        level * (0.6 * common + 0.3 * noise())
    })
}

/// White noise of −0.5 to 0.5, the same each time.
fn rustle() -> impl FnMut() -> f64 {
    let mut seed = 0x1234_5678u32;
    move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed >> 8) / f64::from(1 << 24) - 0.5
    }
}

/// Interleaved sound in 16 bits.
fn frames(params: Params, mut value: impl FnMut(usize, usize) -> f64) -> Vec<f64> {
    (0..SAMPLES * params.channels())
        .map(|i| value(i / params.channels(), i % params.channels()))
        .map(|value| (value * 32_768.0).round() / 32_768.0)
        .collect()
}

fn our_encoder(params: Params, pcm: &[f64]) -> Vec<u8> {
    let mut encoder = Encoder::new(params);
    let mut frame = vec![0; params.frame_len()];
    let pcm: Vec<f32> = pcm.iter().map(|&sample| sample as f32).collect();
    let mut stream = Vec::new();
    for pcm in pcm.chunks_exact(params.frame_samples() * params.channels()) {
        assert_eq!(encoder.encode(pcm, &mut frame), frame.len());
        stream.extend_from_slice(&frame);
    }
    stream
}

fn our_decoder(mut stream: &[u8], params: Params) -> Vec<f64> {
    let mut decoder = Decoder::new();
    let mut place = [0.0; Params::MAX_FRAME_VALUES];
    let mut out = Vec::new();
    while !stream.is_empty() {
        let frame = decoder.decode(stream, &mut place).unwrap();
        assert_eq!(frame.params, params);
        out.extend(
            place[..frame.samples * params.channels()]
                .iter()
                .map(|&x| f64::from(x)),
        );
        stream = &stream[frame.consumed..];
    }
    out
}

fn their_encoder(place: &Path, params: Params, pcm: &[f64]) -> Vec<u8> {
    let input = place.join("input.au");
    std::fs::write(&input, au(params, pcm)).unwrap();
    let mut command = Command::new("sbcenc");
    let _ = command
        .args(["-s", &params.subbands.count().to_string()])
        .args(["-b", &params.bitpool.to_string()])
        .args(["-B", &params.blocks.count().to_string()]);
    if params.allocation == Allocation::Snr {
        let _ = command.arg("-S");
    }
    match params.mode {
        Mode::Mono | Mode::Stereo => {}
        Mode::Dual => drop(command.arg("-d")),
        Mode::Joint => drop(command.arg("-j")),
    }
    run(command.arg(&input))
}

fn their_decoder(place: &Path, stream: &[u8]) -> Vec<f64> {
    let (input, output) = (place.join("input.sbc"), place.join("output.au"));
    std::fs::write(&input, stream).unwrap();
    let _ = run(Command::new("sbcdec").arg("-f").arg(&output).arg(&input));
    let bytes = std::fs::read(output).unwrap();
    let start = u32::from_be_bytes(bytes[4..8].try_into().unwrap()) as usize;
    bytes[start..]
        .chunks_exact(2)
        .map(|pair| f64::from(i16::from_be_bytes([pair[0], pair[1]])) / 32_768.0)
        .collect()
}

/// What the program wrote on its standard output.
fn run(command: &mut Command) -> Vec<u8> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| {
            panic!("{command:?}: {error}. Install the reference codec: packaging/setup.sh test")
        });
    assert!(output.status.success(), "{command:?}: {output:?}");
    output.stdout
}

/// Sun's audio file, 16 bits.
fn au(params: Params, pcm: &[f64]) -> Vec<u8> {
    let head = [
        24,
        2 * pcm.len() as u32,
        3,
        params.rate.hz(),
        params.channels() as u32,
    ];
    let mut bytes = b".snd".to_vec();
    bytes.extend(head.iter().flat_map(|word| word.to_be_bytes()));
    bytes.extend(
        pcm.iter()
            .flat_map(|&sample| ((sample * 32_768.0) as i16).to_be_bytes()),
    );
    bytes
}

/// How far `b` is from `a`, in decibels below `a`.
fn snr(a: &[f64], b: &[f64]) -> f64 {
    let signal: f64 = a.iter().map(|x| x * x).sum();
    let error: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    10.0 * (signal / error.max(f64::MIN_POSITIVE)).log10()
}
