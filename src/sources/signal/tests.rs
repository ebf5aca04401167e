#![allow(clippy::unwrap_used)]
use realfft::RealFftPlanner;

use super::super::testing::{amplitude, largest_step};
use super::*;

fn seconds(signal: TestSignal, rate: u32, seconds: u32) -> (Vec<f32>, Vec<f32>) {
    let mut reader = Signal::new(signal, rate);
    let frames = (rate * seconds) as usize;
    let mut out = vec![0.0; frames * 2];
    assert_eq!(reader.read(&mut out).unwrap(), Read::Frames(frames));
    (
        out.iter().step_by(2).copied().collect(),
        out.iter().skip(1).step_by(2).copied().collect(),
    )
}

fn rms_db(samples: &[f32]) -> f64 {
    let sum: f64 = samples.iter().map(|&x| f64::from(x).powi(2)).sum();
    10.0 * (sum / samples.len() as f64).log10()
}

fn peak_db(samples: &[f32]) -> f64 {
    20.0 * f64::from(samples.iter().fold(0.0_f32, |m, x| m.max(x.abs()))).log10()
}

fn power_spectrum(samples: &[f32], size: usize) -> Vec<f64> {
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(size);
    let mut spectrum = vec![0.0; size / 2 + 1];
    for part in samples.chunks_exact(size) {
        let mut windowed: Vec<f64> = part
            .iter()
            .enumerate()
            .map(|(n, &x)| f64::from(x) * (PI * n as f64 / size as f64).sin().powi(2))
            .collect();
        let mut bins = fft.make_output_vec();
        fft.process(&mut windowed, &mut bins).unwrap();
        for (sum, bin) in spectrum.iter_mut().zip(&bins) {
            *sum += bin.norm_sqr();
        }
    }
    spectrum
}

#[test]
fn pink_noise_falls_3_db_per_octave_at_any_rate() {
    for rate in [44_100, 48_000, 96_000] {
        let (left, _) = seconds(TestSignal::Pink, rate, 160);
        let size = 32_768;
        let spectrum = power_spectrum(&left, size);
        // The power of an octave of pink noise is the same everywhere.
        let octaves: Vec<f64> = (0..9)
            .map(|octave| {
                let low = 31.25 * 2.0_f64.powi(octave);
                let bin = |hz: f64| (hz * size as f64 / f64::from(rate)).round() as usize;
                let sum: f64 = spectrum[bin(low)..bin(low * 2.0)].iter().sum();
                // What octave the rounded bins really span.
                let span = (bin(low * 2.0) as f64 - 0.5) / (bin(low) as f64 - 0.5);
                10.0 * (sum / span.log2()).log10()
            })
            .collect();
        let mean = octaves.iter().sum::<f64>() / 9.0;
        for (octave, level) in octaves.iter().enumerate() {
            assert!((level - mean).abs() < 0.5, "{rate}, {octave}: {octaves:?}");
        }
    }
}

#[test]
fn pink_noise_has_its_level_and_never_clips() {
    for rate in [8_000, 44_100, 48_000, 192_000] {
        let (left, right) = seconds(TestSignal::Pink, rate, 40);
        for side in [left, right] {
            let level = rms_db(&side);
            assert!((level + 26.0).abs() < 0.3, "{rate}: {level}");
            assert!(peak_db(&side) < -9.0);
        }
    }
}

#[test]
fn pink_noise_is_different_on_both_sides_and_the_same_every_time() {
    let (left, right) = seconds(TestSignal::Pink, RATE, 10);
    let product: f64 = left
        .iter()
        .zip(&right)
        .map(|(&l, &r)| f64::from(l) * f64::from(r))
        .sum();
    let correlation = product / left.len() as f64 / 10.0_f64.powf(-2.6);
    assert!(correlation.abs() < 0.1, "{correlation}");
    assert_eq!(seconds(TestSignal::Pink, RATE, 1).0, left[..RATE as usize]);
}

#[test]
fn one_sided_signals_keep_the_other_side_silent() {
    let (both, same) = seconds(TestSignal::Both, RATE, 1);
    assert_eq!(both, same);
    let (left, silent) = seconds(TestSignal::Left, RATE, 1);
    assert_eq!(left, both);
    assert!(silent.iter().all(|&x| x == 0.0));
    let (silent, right) = seconds(TestSignal::Right, RATE, 1);
    assert_eq!(right, both);
    assert!(silent.iter().all(|&x| x == 0.0));
    let (left, right) = seconds(TestSignal::AntiPhase, RATE, 1);
    assert!(left.iter().zip(&right).all(|(l, r)| *l == -r));
    assert_eq!(left, both);
}

#[test]
fn the_sine_has_its_level_and_stays_clean_after_a_day() {
    for rate in [44_100, 48_000, 96_000] {
        let mut signal = Signal::new(TestSignal::Sine, rate);
        signal.frame = u64::from(rate) * 86_400;
        let mut out = vec![0.0; rate as usize * 2];
        let _ = signal.read(&mut out).unwrap();
        let left: Vec<f32> = out.iter().step_by(2).copied().collect();
        let level = amplitude(left.iter().copied(), 997.0, rate);
        assert!((20.0 * level.log10() + 12.0).abs() < 1e-4);
        let rest = rms_db(
            &left
                .iter()
                .enumerate()
                .map(|(n, x)| {
                    let phase = TAU * 997.0 * n as f64 / f64::from(rate);
                    (f64::from(*x) - level * phase.sin()) as f32
                })
                .collect::<Vec<_>>(),
        );
        assert!(rest < -140.0, "{rest}");
    }
}

#[test]
fn clicks_come_twice_a_second_within_their_band() {
    for rate in [44_100, 48_000, 96_000] {
        let (left, right) = seconds(TestSignal::Clicks, rate, 3);
        assert_eq!(left, right);
        let peaks: Vec<usize> = (1..left.len() - 1)
            .filter(|&n| left[n] > 0.3 && left[n] > left[n - 1] && left[n] >= left[n + 1])
            .collect();
        let wanted: Vec<usize> = (0..6)
            .map(|k| ((0.25 + 0.5 * f64::from(k)) * f64::from(rate)).round() as usize)
            .collect();
        assert_eq!(peaks, wanted);
        assert!(peak_db(&left) <= -5.99 && peak_db(&left) > -6.1);

        let size = 65_536;
        let spectrum = power_spectrum(&left[..rate as usize], size.min(rate as usize / 2 * 2));
        let hz = f64::from(rate) / size.min(rate as usize / 2 * 2) as f64;
        let at = |f: f64| spectrum[(f / hz).round() as usize];
        assert!(10.0 * (at(12_000.0) / at(3_000.0)).log10() < -50.0);
    }
}

#[test]
fn the_sweep_rises_evenly_and_pauses() {
    let (left, right) = seconds(TestSignal::Sweep, RATE, 12);
    assert_eq!(left, right);
    let second = RATE as usize;
    assert!(left[5 * second..6 * second].iter().all(|&x| x == 0.0));
    assert_eq!(left[..6 * second], left[6 * second..]);
    let level = rms_db(&left[second / 2..9 * second / 2]);
    assert!((level + 23.01).abs() < 0.05, "{level}");
    assert!(peak_db(&left) <= -19.99);
    // Zero crossings around t tell the frequency there: 20·1000^(t/5).
    for tenth in [10_usize, 20, 30, 40] {
        let t = tenth as f64 / 10.0;
        let from = (t * f64::from(RATE)) as usize - 2_400;
        let crossings = left[from..from + 4_800]
            .windows(2)
            .filter(|pair| pair[0] <= 0.0 && pair[1] > 0.0)
            .count();
        let wanted = 20.0 * 1_000.0_f64.powf(t / 5.0) * 0.1;
        assert!(
            (crossings as f64 - wanted).abs() < 1.0 + wanted * 0.01,
            "{t}"
        );
    }
    assert!(left[0].abs() < 1e-6 && left[5 * second - 1].abs() < 1e-3);
}

#[test]
fn a_low_rate_sweep_stops_softly_below_half_the_rate() {
    let (left, _) = seconds(TestSignal::Sweep, 8_000, 5);
    let end = left.iter().rposition(|&x| x != 0.0).unwrap();
    assert!(left[end].abs() < 1e-3);
    let reached = 20.0 * 1_000.0_f64.powf(end as f64 / 8_000.0 / 5.0);
    assert!((3_500.0..3_601.0).contains(&reached), "{reached}");
}

#[test]
fn the_chirp_is_soft_short_and_ends_in_silence() {
    for rate in [44_100, 48_000, 96_000] {
        let chirp = chirp(rate);
        assert_eq!(chirp.len(), (f64::from(rate) * 0.4).round() as usize);
        let peak = peak_db(&chirp);
        assert!(peak <= -30.0 && peak > -30.2, "{peak}");
        assert!(chirp[0] == 0.0 && chirp.last().unwrap().abs() < 1e-6);
        assert!(largest_step(&chirp) < 0.005);
        let (first, second) = chirp.split_at(chirp.len() / 2);
        for (note, hz, other) in [(first, 659.26, 880.0), (second, 880.0, 659.26)] {
            let level = |f| amplitude(note.iter().copied(), f, rate);
            assert!(level(hz) > 20.0 * level(other));
        }
    }
}

#[test]
fn rewind_begins_again() {
    let mut signal = Signal::new(TestSignal::Both, RATE);
    let mut first = vec![0.0; 1_000];
    let mut again = vec![0.0; 1_000];
    let _ = signal.read(&mut first).unwrap();
    assert_eq!(signal.position().0, Some(500.0 / 48_000.0));
    signal.rewind();
    let _ = signal.read(&mut again).unwrap();
    assert_eq!(first, again);
}
