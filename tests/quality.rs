//! What a lane does to the sound: hardly anything when it resamples, nothing at all
//! when it is locked.

#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;

use inphase::sync::lane::LaneCommand;
use lane_rig::{LaneRig, RATE, Spec, Stamps, tone};
use realfft::RealFftPlanner;

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "support/lane_rig.rs"]
mod lane_rig;

/// Total harmonic distortion and noise of a one-second window against its
/// strongest tone, 20 Hz to 20 kHz, in dB. Everything but the 8 Hz on either side
/// of the tone counts, which is far stricter than the notch of AES17.
fn thd_n(samples: &[f32]) -> f64 {
    let frames = samples.len() as f64;
    let mut windowed: Vec<f64> = samples
        .iter()
        .enumerate()
        .map(|(i, x)| f64::from(*x) * window(i as f64 / frames))
        .collect();
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(samples.len());
    let mut spectrum = fft.make_output_vec();
    fft.process(&mut windowed, &mut spectrum).unwrap();
    let bin = |hz: f64| (hz * frames / RATE).round() as usize;
    let power: Vec<f64> = spectrum[..=bin(20e3)]
        .iter()
        .map(realfft::num_complex::Complex::norm_sqr)
        .collect();
    let tone = (bin(20.0)..power.len())
        .max_by(|a, b| power[*a].total_cmp(&power[*b]))
        .unwrap();
    let [mut signal, mut rest] = [0.0; 2];
    for (at, power) in power.iter().enumerate().skip(bin(20.0)) {
        let sum = if at.abs_diff(tone) <= bin(8.0) {
            &mut signal
        } else {
            &mut rest
        };
        *sum += power;
    }
    10.0 * (rest / signal).log10()
}

/// The seven-term Blackman-Harris window (H. Albrecht, 2001): side lobes below
/// -180 dB, the main lobe seven bins to each side.
fn window(x: f64) -> f64 {
    const TERMS: [f64; 7] = [
        0.271_051_400_693_42,
        -0.433_297_939_234_48,
        0.218_122_999_543_11,
        -0.065_925_446_388_03,
        0.010_811_742_098_37,
        -0.000_776_584_825_22,
        0.000_013_887_217_35,
    ];
    let terms = TERMS.iter().enumerate();
    terms
        .map(|(k, term)| term * (TAU * k as f64 * x).cos())
        .sum()
}

fn second(signal: impl Fn(f64) -> f64) -> Vec<f32> {
    (0..48_000)
        .map(|i| signal(f64::from(i) / RATE) as f32)
        .collect()
}

#[test]
fn the_instrument_reads_what_is_there() {
    let clean = |t: f64| 0.5 * (TAU * 996.92 * t).sin();
    let floor = thd_n(&second(clean));
    assert!(floor < -140.0, "{floor}");
    for added in [-60.0, -90.0, -110.0] {
        let share = 10f64.powf(added / 20.0);
        let found = thd_n(&second(|t| {
            clean(t) + 0.5 * share * (TAU * 3000.3 * t).sin()
        }));
        assert!((found - added).abs() < 0.1, "{added}: {found}");
    }
}

/// The worst of ten one-second windows after ten seconds, both channels.
fn worst(hz: u64, stamps: Stamps) -> f64 {
    let signal: fn(u64, u16) -> f32 = match hz {
        997 => |frame, _| tone(997, frame),
        _ => |frame, _| tone(10_000, frame),
    };
    let mut rig = LaneRig::new(Spec {
        ppm: 80.0,
        frames: 256,
        channels: 2,
        stamps,
        signal,
    });
    rig.place(0, rig.settings());
    let _ = rig.run(10.0);
    let sound = rig.run(10.1);
    let windows = sound.chunks_exact(2 * 48_000).map(|stereo| {
        let side = |at: usize| {
            thd_n(
                &stereo
                    .iter()
                    .skip(at)
                    .step_by(2)
                    .copied()
                    .collect::<Vec<_>>(),
            )
        };
        side(0).max(side(1))
    });
    windows.fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn a_resampled_sine_stays_clean_with_prompt_stamps() {
    let found = [997, 10_000].map(|hz| worst(hz, Stamps::Prompt));
    println!(
        "THD+N at +80 ppm, stamps within 60 µs: 997 Hz {:.1} dB, 10 kHz {:.1} dB",
        found[0], found[1]
    );
    assert!(found.iter().all(|db| *db <= -90.0), "{found:?}");
}

#[test]
fn a_resampled_sine_stays_clean_with_stamps_of_whole_milliseconds() {
    let found = [997, 10_000].map(|hz| worst(hz, Stamps::Usb));
    println!(
        "THD+N at +80 ppm, delays in whole ms, callbacks 0-2 ms late: 997 Hz {:.1} dB, 10 kHz {:.1} dB",
        found[0], found[1]
    );
    assert!(found.iter().all(|db| *db <= -90.0), "{found:?}");
}

/// A different value in every sample of both channels.
fn noise(frame: u64, channel: u16) -> f32 {
    let mixed = (2 * frame + u64::from(channel)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * 0.5
}

#[test]
fn a_locked_lane_passes_every_bit() {
    let mut rig = LaneRig::new(Spec {
        ppm: 0.0,
        frames: 256,
        channels: 2,
        stamps: Stamps::Prompt,
        signal: noise,
    });
    rig.place(0, rig.settings());
    assert!(rig.handle.send(LaneCommand::Lock(true)));
    let _ = rig.run(3.0);
    let sound = rig.run(10.0);
    let first = (0..10 * 48_000)
        .find(|first| (0..16).all(|i| noise(first + i, 0) == sound[2 * i as usize]))
        .unwrap();
    for (i, frame) in sound.chunks_exact(2).enumerate() {
        let at = first + i as u64;
        let wanted = [noise(at, 0), noise(at, 1)].map(f32::to_bits);
        assert_eq!([frame[0], frame[1]].map(f32::to_bits), wanted, "frame {at}");
    }
}

#[test]
fn a_boosted_speaker_stays_below_full_scale() {
    let mut rig = LaneRig::new(Spec {
        ppm: 80.0,
        frames: 256,
        channels: 2,
        stamps: Stamps::Prompt,
        signal: |frame, _| tone(997, frame),
    });
    let mut settings = rig.settings();
    (settings.gain, settings.limit) = (4.0, true);
    rig.place(0, settings);
    let sound = rig.run(3.0);
    let peak = sound.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    assert!(peak > 0.8 && peak <= 10f32.powf(-1.0 / 20.0), "{peak}");
}
