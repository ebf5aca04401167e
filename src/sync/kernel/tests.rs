use super::*;

/// A history of `frames` of a sine at `omega` rad/frame, numbered from 0.
fn sine(omega: f64, frames: usize) -> History {
    let mut history = History::new(1, frames);
    let samples: Vec<f32> = (0..frames)
        .map(|n| (omega * n as f64).sin() as f32)
        .collect();
    history.push_interleaved(&samples);
    history
}

/// Reads `n` frames of a sine and fits a sine of the expected frequency:
/// its gain in dB, and the rest in dB against it.
fn gain_and_rest(kernel: &Kernel, hz: f64, rate: f64, step: f64) -> (f64, f64) {
    let n = 20_000;
    let omega = 2.0 * PI * hz / rate;
    let history = sine(omega, (n as f64 * step) as usize + 800);
    let mut out = vec![0.0; n];
    let walk = Walk::plain(Position::new(400, 0.3), step);
    kernel.read_block(&history, 0, &walk, &mut out, 1, false);
    let expected = |i: usize| omega * (400.3 + i as f64 * step);
    let (mut ss, mut cc, mut sc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (i, &y) in out.iter().enumerate() {
        let (s, c) = expected(i).sin_cos();
        ss += s * s;
        cc += c * c;
        sc += s * c;
        ys += f64::from(y) * s;
        yc += f64::from(y) * c;
    }
    let det = ss * cc - sc * sc;
    let (a, b) = ((ys * cc - yc * sc) / det, (yc * ss - ys * sc) / det);
    // In phase: a shift of 1e-6 frame would show as b/a = omega·1e-6.
    if a > 0.5 {
        assert!((b / a).abs() < 1e-6 * omega.max(0.05), "{hz} Hz: {}", b / a);
    }
    let rest: f64 = out
        .iter()
        .enumerate()
        .map(|(i, &y)| {
            let (s, c) = expected(i).sin_cos();
            (f64::from(y) - a * s - b * c).powi(2)
        })
        .sum();
    let power = (a * a + b * b) * n as f64 / 2.0;
    (
        10.0 * (a * a + b * b).log10(),
        10.0 * (rest / power).log10(),
    )
}

#[test]
fn sines_stay_clean_and_in_place_at_80_ppm() {
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    assert_eq!(kernel.taps(), 64);
    for (hz, limit) in [(997.0, -125.0), (10_000.0, -120.0), (19_000.0, -112.0)] {
        for step in [1.000_08, 0.9985] {
            let (_, rest) = gain_and_rest(&kernel, hz, 48_000.0, step);
            assert!(rest < limit, "{hz} Hz: {rest:.1} dB");
        }
    }
}

#[test]
fn the_pass_band_is_flat_to_19_khz() {
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    for hz in [20.0, 200.0, 5_000.0, 12_000.0, 17_000.0, 19_000.0] {
        let (gain, _) = gain_and_rest(&kernel, hz, 48_000.0, 1.000_08);
        assert!(gain.abs() < 0.02, "{hz} Hz: {gain:.3} dB");
    }
}

#[test]
fn halving_the_rate_keeps_the_music_and_stops_what_would_alias() {
    let kernel = Kernel::for_rates(96_000, 48_000, Quality::Standard);
    assert_eq!(kernel.taps(), 128);
    for hz in [997.0, 19_000.0] {
        let (gain, rest) = gain_and_rest(&kernel, hz, 96_000.0, 2.0001);
        assert!(gain.abs() < 0.02 && rest < -120.0, "{hz} Hz: {gain} {rest}");
    }
    for hz in [27_000.0, 40_000.0] {
        let (gain, _) = gain_and_rest(&kernel, hz, 96_000.0, 2.0001);
        assert!(gain < -110.0, "{hz} Hz: {gain} dB");
    }
}

#[test]
fn a_44_100_source_plays_cleanly_at_48_000() {
    let kernel = Kernel::for_rates(44_100, 48_000, Quality::Standard);
    for hz in [997.0, 10_000.0, 17_000.0] {
        let (gain, rest) = gain_and_rest(&kernel, hz, 44_100.0, 44_100.0 / 48_000.0);
        assert!(gain.abs() < 0.02 && rest < -112.0, "{hz} Hz: {gain} {rest}");
    }
}

#[test]
fn whole_positions_copy_every_bit() {
    let mut history = History::new(2, 4096);
    let samples: Vec<f32> = (0..6000u32)
        .map(|i| f32::from_bits(0x3f00_0000 ^ i.wrapping_mul(2_654_435_761) >> 9))
        .collect();
    history.push_interleaved(&samples);
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    let walk = Walk::plain(Position::new(100, 0.0), 1.0);
    let mut out = vec![9.0f32; 512];
    kernel.read_block(&history, 1, &walk, &mut out[1..], 2, false);
    for (i, pair) in out.chunks(2).enumerate() {
        assert_eq!(pair[1].to_bits(), samples[2 * (100 + i) + 1].to_bits());
        assert_eq!(pair[0], 9.0, "the other channel is left alone");
    }
    kernel.read_pair(&history, [0, 1], &walk, &mut out, 2, false);
    assert_eq!(out, samples[200..200 + 512]);
}

#[test]
fn a_pair_equals_two_single_reads() {
    let mut history = History::new(3, 8192);
    let samples: Vec<f32> = (0..18_000).map(|i| (i as f32 * 0.37).sin()).collect();
    history.push_interleaved(&samples);
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    let walk = Walk {
        start: Position::new(-40, 0.7),
        step: 1.0013,
        gain_from: 0.5,
        gain_to: -1.5,
    };
    for add in [false, true] {
        let mut pair = vec![0.25f32; 3 * 700 - 1];
        let mut single = pair.clone();
        kernel.read_pair(&history, [2, 0], &walk, &mut pair, 3, add);
        kernel.read_block(&history, 2, &walk, &mut single, 3, add);
        kernel.read_block(&history, 0, &walk, &mut single[1..], 3, add);
        for (a, b) in pair.iter().zip(&single) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}

#[test]
fn the_position_is_exact_after_months() {
    // A ramp reads as its own position.
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    let mut history = History::new(1, 8192);
    let base = 48_000u64 * 86_400 * 100;
    history.jump(base);
    let samples: Vec<f32> = (0..8000)
        .map(|n| (0.05 * f64::from(n)).sin() as f32)
        .collect();
    history.push_interleaved(&samples);
    let mut out = vec![0.0; 6000];
    let start = Position::new(base as i64, 1_000.123_456_789);
    kernel.read_block(
        &history,
        0,
        &Walk::plain(start, 1.000_001),
        &mut out,
        1,
        false,
    );
    for (i, &y) in out.iter().enumerate() {
        let exact = (0.05 * (1_000.123_456_789 + i as f64 * 1.000_001)).sin();
        assert!((f64::from(y) - exact).abs() < 1e-6, "frame {i}");
    }
}

#[test]
fn blocks_join_without_a_seam() {
    let history = sine(0.9, 4000);
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    let (start, step) = (Position::new(200, 0.1), 1.000_7);
    let mut whole = vec![0.0; 1000];
    kernel.read_block(&history, 0, &Walk::plain(start, step), &mut whole, 1, false);
    let mut parts = vec![0.0; 1000];
    for (block, out) in parts.chunks_mut(96).enumerate() {
        let walk = Walk::plain(start.plus((block * 96) as f64 * step), step);
        kernel.read_block(&history, 0, &walk, out, 1, false);
    }
    for (a, b) in whole.iter().zip(&parts) {
        assert!((a - b).abs() < 1e-6);
    }
}

#[test]
fn what_is_not_stored_is_silence() {
    let mut history = History::new(1, 1024);
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    let mut out = vec![1.0; 64];
    let far = [-5_000.0, 0.0, 1.5, 900_000.25, 1e300, -1e300, f64::NAN];
    for start in far {
        let walk = Walk::plain(start.into(), 1.0001);
        kernel.read_block(&history, 0, &walk, &mut out, 1, false);
        assert!(out.iter().all(|&y| y == 0.0), "empty at {start}");
        out.fill(1.0);
    }
    history.jump(500_000);
    history.push_interleaved(&vec![1.0; 3000]);
    assert_eq!((history.start(), history.end()), (503_000 - 1024, 503_000));
    assert_eq!(history.frame(0, 503_000 - 1025), 0.0);
    assert_eq!(history.frame(0, 503_000 - 1024), 1.0);
    assert_eq!(history.frame(0, 502_999), 1.0);
    assert_eq!(history.frame(0, 503_000), 0.0);
    assert_eq!(history.frame(1, 502_000), 0.0);
    let at = |position: f64| kernel.read(&history, 0, position.into());
    assert!((at(502_500.5) - 1.0).abs() < 1e-6);
    assert!(
        (at(502_999.5) - 0.5).abs() < 1e-3,
        "half of the taps remain"
    );
    assert_eq!(at(503_100.5), 0.0);
    history.jump(502_000);
    assert_eq!(
        kernel.read(&history, 0, 502_500.5.into()),
        0.0,
        "a jump forgets"
    );
}

#[test]
fn a_gain_ramp_reaches_its_ends() {
    let mut history = History::new(1, 2048);
    history.push_interleaved(&[1.0; 2048]);
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    let walk = Walk {
        gain_from: 1.0,
        gain_to: 0.0,
        ..Walk::plain(Position::new(500, 0.5), 1.0)
    };
    let mut out = vec![0.0; 100];
    kernel.read_block(&history, 0, &walk, &mut out, 1, false);
    assert!((out[0] - 1.0).abs() < 1e-6);
    assert!((out[99] - 0.01).abs() < 1e-6, "the next block starts at 0");
    assert!(out.windows(2).all(|w| (w[0] - w[1] - 0.01).abs() < 1e-5));
}
