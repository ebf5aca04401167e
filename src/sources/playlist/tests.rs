#![allow(clippy::unwrap_used)]
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::super::testing::{amplitude, drain, fixture, fixture_sine, largest_step};
use super::*;

/// Writes a stretch of a continuous sine on all channels.
fn wav(dir: &Path, name: &str, rate: u32, channels: u16, hz: f64, span: (u32, u32)) -> String {
    let path = dir.join(name);
    let spec = WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 24,
        sample_format: SampleFormat::Int,
    };
    let mut writer = WavWriter::create(&path, spec).unwrap();
    for n in span.0..span.1 {
        let phase = std::f64::consts::TAU * hz * f64::from(n) / f64::from(rate);
        for _ in 0..channels {
            let sample = (0.5 * phase.sin() * 8_388_608.0).round();
            writer.write_sample(sample as i32).unwrap();
        }
    }
    writer.finalize().unwrap();
    path.display().to_string()
}

fn play(paths: &[String]) -> (Vec<f32>, Format, Vec<String>) {
    let mut playlist = Playlist::open(paths, false).unwrap();
    let (out, problems) = drain(&mut playlist);
    (out, playlist.format(), problems)
}

fn path(name: &str) -> String {
    fixture(name).display().to_string()
}

#[test]
fn files_cut_from_one_recording_join_bit_for_bit() {
    let (out, _, problems) = play(&[path("sine-1.flac"), path("sine-2.flac")]);
    assert_eq!(out, fixture_sine(15_000));
    assert!(problems.is_empty());

    let dir = tempfile::tempdir().unwrap();
    let parts = [
        wav(dir.path(), "1.wav", 48_000, 2, 440.0, (0, 10_001)),
        wav(dir.path(), "2.wav", 48_000, 2, 440.0, (10_001, 10_002)),
        wav(dir.path(), "3.wav", 48_000, 2, 440.0, (10_002, 24_000)),
    ];
    let whole = wav(dir.path(), "whole.wav", 48_000, 2, 440.0, (0, 24_000));
    assert_eq!(play(&parts).0, play(&[whole]).0);
}

#[test]
fn converted_files_join_without_a_step_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = wav(dir.path(), "0.wav", 48_000, 1, 440.0, (0, 4_800));
    let parts = [
        first.clone(),
        wav(dir.path(), "1.wav", 44_100, 1, 440.0, (0, 20_001)),
        wav(dir.path(), "2.wav", 44_100, 1, 440.0, (20_001, 44_100)),
    ];
    let whole = wav(dir.path(), "whole.wav", 44_100, 1, 440.0, (0, 44_100));
    let (split, format, _) = play(&parts);
    assert_eq!(format.rate, 48_000);
    assert_eq!(split.len(), 4_800 + 48_000);
    assert_eq!(split, play(&[first, whole]).0);
}

#[test]
fn the_first_file_sets_rate_and_channels() {
    let dir = tempfile::tempdir().unwrap();
    for (rate, channels) in [(44_100, 1), (96_000, 2), (48_000, 6), (22_050, 8)] {
        let first = wav(dir.path(), "1.wav", 48_000, 2, 997.0, (0, 480));
        let other = wav(dir.path(), "2.wav", rate, channels, 997.0, (0, rate));
        let (out, format, problems) = play(&[first, other]);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!((format.rate, format.channels), (48_000, 2));
        assert_eq!(out.len(), (480 + 48_000) * 2);
        let tail: Vec<f32> = out[10_000..90_000].to_vec();
        let left: Vec<f32> = tail.iter().step_by(2).copied().collect();
        let right: Vec<f32> = tail.iter().skip(1).step_by(2).copied().collect();
        let level = amplitude(left.iter().copied(), 997.0, 48_000);
        assert!((level - 0.5).abs() < 0.001, "{rate}, {channels}: {level}");
        for (l, r) in left.iter().zip(&right) {
            assert!((l - r).abs() < 1e-6, "{rate}, {channels}");
        }
    }
}

#[test]
fn what_cannot_be_played_is_told_and_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.flac");
    std::fs::write(&broken, b"fLaC and nothing else").unwrap();
    let missing = dir.path().join("missing.mp3").display().to_string();
    let (out, _, problems) = play(&[
        missing.clone(),
        path("sine-1.flac"),
        broken.display().to_string(),
        path("sine-2.flac"),
        missing,
    ]);
    assert_eq!(out, fixture_sine(15_000));
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].contains("missing.mp3 cannot be opened"));
    assert!(problems[1].contains("broken.flac is not audio"));
}

#[test]
fn a_file_that_breaks_off_is_followed_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let cut = dir.path().join("cut.flac");
    let bytes = std::fs::read(fixture("long.flac")).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let (out, _, problems) = play(&[cut.display().to_string(), path("sine-1.flac")]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(out[out.len() - 7_777..], fixture_sine(7_777));
    assert!(largest_step(&out) < 0.04);
}

#[test]
fn repeat_begins_again_without_a_gap() {
    let mut playlist = Playlist::open(&[path("sine-1.flac")], true).unwrap();
    let mut out = vec![0.0; 7_777 * 3];
    let mut filled = 0;
    while filled < out.len() {
        match playlist.read(&mut out[filled..]).unwrap() {
            Read::Frames(frames) => filled += frames,
            other => panic!("{other:?}"),
        }
    }
    for pass in out.chunks(7_777) {
        assert_eq!(pass, fixture_sine(7_777));
    }
}

#[test]
fn repeat_ends_when_nothing_can_be_played_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let only = wav(dir.path(), "1.wav", 48_000, 1, 440.0, (0, 100));
    let mut playlist = Playlist::open(std::slice::from_ref(&only), true).unwrap();
    std::fs::remove_file(only).unwrap();
    let (out, problems) = drain(&mut playlist);
    assert_eq!(out.len(), 100);
    assert_eq!(problems.len(), 1);
}

#[test]
fn rewind_gives_the_same_again() {
    let mut playlist = Playlist::open(&[path("sine-1.flac"), path("sine-2.flac")], false).unwrap();
    let first = drain(&mut playlist).0;
    playlist.rewind();
    assert_eq!(playlist.position(), (Some(0.0), None));
    assert_eq!(drain(&mut playlist).0, first);
}

#[test]
fn title_and_position_follow_the_current_file() {
    let mut playlist = Playlist::open(&[path("sine-1.flac"), path("sine-2.flac")], false).unwrap();
    assert_eq!(playlist.title(), "sine-1.flac");
    let mut block = vec![0.0; 4_410];
    assert_eq!(playlist.read(&mut block).unwrap(), Read::Frames(4_410));
    let (at, total) = playlist.position();
    assert!(at.unwrap() >= 0.1 && at.unwrap() <= total.unwrap());
    assert_eq!(playlist.read(&mut block).unwrap(), Read::Frames(4_410));
    assert_eq!(playlist.title(), "sine-2.flac");
}

#[test]
fn nothing_to_play_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    for paths in [vec![], vec![dir.path().display().to_string()]] {
        let error = Playlist::open(&paths, false).err().unwrap();
        assert!(matches!(error, SourceError::Invalid { .. }));
        assert!(error.to_string().contains("audio file"), "{error}");
    }
}
