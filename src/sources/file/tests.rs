#![allow(clippy::unwrap_used)]
use std::path::PathBuf;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::super::testing::{Dice, amplitude, drain_file, fixture, fixture_sine, largest_step};
use super::*;

fn wav(dir: &Path, spec: WavSpec, samples: &[i32]) -> PathBuf {
    let path = dir.join(format!(
        "{}-{}-{}.wav",
        spec.bits_per_sample, spec.channels, spec.sample_rate
    ));
    let mut writer = WavWriter::create(&path, spec).unwrap();
    for &sample in samples {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    path
}

fn decode(path: &Path) -> (Vec<f32>, Shape) {
    let mut file = AudioFile::open(path).unwrap();
    let (samples, problems) = drain_file(&mut file);
    assert!(problems.is_empty(), "{problems:?}");
    (samples, file.shape().clone())
}

#[test]
fn wav_is_bit_exact_at_any_width_rate_and_channel_count() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(7);
    for bits in [16_u16, 24, 32] {
        for rate in [8_000, 44_100, 192_000] {
            for channels in 1..=8_u16 {
                let spec = WavSpec {
                    channels,
                    sample_rate: rate,
                    bits_per_sample: bits,
                    sample_format: SampleFormat::Int,
                };
                let mut samples: Vec<i32> = (0..usize::from(channels) * 1301)
                    .map(|_| ((dice.roll() << 8) as i32) >> (32 - bits))
                    .collect();
                samples[0] = i32::MIN >> (32 - bits);
                samples[1] = i32::MAX >> (32 - bits);
                let (out, shape) = decode(&wav(dir.path(), spec, &samples));
                assert_eq!(shape.rate, rate);
                assert_eq!(shape.places.len(), usize::from(channels));
                let full = 2.0_f64.powi(i32::from(bits) - 1);
                let wanted: Vec<f32> = samples
                    .iter()
                    .map(|&x| (f64::from(x) / full) as f32)
                    .collect();
                assert_eq!(out, wanted, "{bits} bits, {channels} channels, {rate} Hz");
            }
        }
    }
}

#[test]
fn float_wav_passes_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("float.wav");
    let spec = WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    let samples: Vec<f32> = (0..999 * 2).map(|n| (n as f32 * 0.1).sin() * 1.7).collect();
    let mut writer = WavWriter::create(&path, spec).unwrap();
    samples
        .iter()
        .for_each(|&x| writer.write_sample(x).unwrap());
    writer.finalize().unwrap();
    assert_eq!(decode(&path).0, samples);
}

#[test]
fn flac_of_24_bits_is_bit_exact() {
    let mut dice = Dice(1);
    let wanted: Vec<f32> = (0..1200)
        .map(|_| ((dice.roll() << 8) as i32 >> 8) as f32 / 8_388_608.0)
        .collect();
    let (out, shape) = decode(&fixture("noise-24bit.flac"));
    assert_eq!(shape.rate, 96_000);
    assert_eq!(out, wanted);
}

#[test]
fn lossless_m4a_is_bit_exact() {
    assert_eq!(decode(&fixture("sine-alac.m4a")).0, fixture_sine(15_000));
}

#[test]
fn lossy_files_have_no_silence_before_or_after_the_music() {
    for name in ["sine.mp3", "sine.ogg", "sine.m4a"] {
        let (out, _) = decode(&fixture(name));
        let wanted = fixture_sine(15_000);
        assert_eq!(out.len(), wanted.len(), "{name}");
        // Sample for sample beside the original: a shift by one sample would
        // already be an error of 0.03.
        let middle = 2_000..13_000;
        let error: f64 = middle
            .clone()
            .map(|n| f64::from(out[n] - wanted[n]).powi(2))
            .sum();
        let rms = (error / middle.len() as f64).sqrt();
        assert!(rms < 0.02, "{name}: {rms}");
        let ends = out[..200].iter().chain(&out[14_800..]);
        assert!(ends.map(|x| x.abs()).fold(0.0, f32::max) > 0.4, "{name}");
    }
}

#[test]
fn surround_files_come_out_in_wave_order() {
    use super::super::layout::usual;
    let tones = [300.0, 500.0, 700.0, 60.0, 1_100.0, 1_300.0];
    let (out, shape) = decode(&fixture("six.flac"));
    assert_eq!(shape.places, usual(6));
    assert_eq!(out.len() / 6, 2_400);
    for (channel, &wanted) in tones.iter().enumerate() {
        let samples: Vec<f32> = out.iter().skip(channel).step_by(6).copied().collect();
        let level = |hz| amplitude(samples.iter().copied(), hz, 48_000);
        for &hz in tones.iter().filter(|&&hz| hz != wanted) {
            assert!(
                level(wanted) > 10.0 * level(hz),
                "channel {channel}, {hz} Hz"
            );
        }
    }
}

#[test]
fn position_runs_to_the_length() {
    for name in ["sine-1.flac", "sine.mp3", "sine.ogg", "sine.m4a"] {
        let mut file = AudioFile::open(&fixture(name)).unwrap();
        assert_eq!(file.position().0, 0.0);
        let (out, _) = drain_file(&mut file);
        let seconds = out.len() as f64 / 44_100.0;
        let (at, total) = file.position();
        assert_eq!(at, seconds, "{name}");
        assert!(
            (total.unwrap() - seconds).abs() < 0.005,
            "{name}: {total:?}"
        );
    }
}

#[test]
fn a_damaged_stretch_is_left_out_with_fades_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("broken.flac");
    let whole = std::fs::read(fixture("long.flac")).unwrap();
    let clean = decode(&fixture("long.flac")).0;
    let steepest = largest_step(&clean);
    let mut dice = Dice(3);
    for from in [3_000, 6_000, 9_000, 12_000] {
        let mut bytes = whole.clone();
        for byte in &mut bytes[from..from + 300] {
            *byte = dice.roll() as u8;
        }
        std::fs::write(&path, &bytes).unwrap();
        let mut file = AudioFile::open(&path).unwrap();
        let (out, problems) = drain_file(&mut file);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("broken.flac is damaged at 0:00."));
        let lost = clean.len() - out.len();
        assert!(lost > 0 && lost <= 4 * 1_024, "{lost} frames lost");
        // A 5 ms fade of a sine adds at most its own slope, 0.25 · π/220.
        assert!(largest_step(&out) < steepest + 0.004, "a click");
        assert_eq!(out[..2_000], clean[..2_000]);
        assert_eq!(out[out.len() - 2_000..], clean[clean.len() - 2_000..]);
    }
}

#[test]
fn a_file_cut_short_fades_out_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    // What is cut off, so that the headers stay. A cut MP3 is a valid, shorter
    // MP3 except for its last frame; an MP4 has its header at the end.
    for (name, cut) in [("long.flac", 5_000), ("sine.ogg", 300), ("sine.mp3", 1_000)] {
        let path = dir.path().join(name);
        let whole = std::fs::read(fixture(name)).unwrap();
        std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let mut file = AudioFile::open(&path).unwrap();
        let (out, problems) = drain_file(&mut file);
        assert!(
            out.len() < 40_000 && out.len() > 3_000,
            "{name}: {}",
            out.len()
        );
        if !name.ends_with("mp3") {
            assert_eq!(problems.len(), 1, "{name}: {problems:?}");
            assert!(largest_step(&out) < 0.06, "{name}: a click");
        }
    }
}

#[test]
fn random_damage_never_stops_the_reader_nor_gives_what_is_no_sample() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(11);
    for name in [
        "long.flac",
        "noise-24bit.flac",
        "sine.mp3",
        "sine.ogg",
        "sine.m4a",
        "sine-alac.m4a",
        "six.flac",
    ] {
        let path = dir.path().join(name);
        let whole = std::fs::read(fixture(name)).unwrap();
        for _ in 0..60 {
            let mut bytes = whole.clone();
            for _ in 0..1 + dice.roll() % 20 {
                let at = dice.roll() as usize % bytes.len();
                bytes[at] = dice.roll() as u8;
            }
            bytes.truncate(bytes.len() - dice.roll() as usize % (bytes.len() / 2));
            std::fs::write(&path, &bytes).unwrap();
            if let Ok(mut file) = AudioFile::open(&path) {
                let (out, problems) = drain_file(&mut file);
                assert!(out.iter().all(|x| x.is_finite() && x.abs() <= 16.0));
                assert!(problems.len() <= MOST_PROBLEMS);
            }
        }
    }
}

#[test]
fn what_is_no_audio_is_refused_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("letter.wav");
    std::fs::write(&path, "Dear all, this is a letter.".repeat(100)).unwrap();
    let errors = [
        AudioFile::open(&path).err().unwrap(),
        AudioFile::open(dir.path()).err().unwrap(),
        AudioFile::open(&fixture("sine.opus")).err().unwrap(),
        AudioFile::open(&fixture("six.ogg")).err().unwrap(),
    ];
    for error in &errors {
        assert!(matches!(error, SourceError::Unknown { .. }), "{error}");
    }
    for error in &errors[2..] {
        assert!(error.to_string().contains("convert it to FLAC"), "{error}");
    }
    let missing = AudioFile::open(&dir.path().join("none.wav")).err().unwrap();
    assert!(matches!(missing, SourceError::Open { .. }), "{missing}");
}
