#![allow(clippy::unwrap_used)]
use std::io::Write;
use std::thread;

use super::*;

fn fifo(dir: &Path) -> String {
    dir.join("music").display().to_string()
}

/// Reads until `wanted` frames came; bounded, never sleeping.
fn read_frames(pipe: &mut Pipe, wanted: usize) -> Vec<f32> {
    let channels = usize::from(pipe.format().channels);
    let mut out = Vec::new();
    let mut block = vec![0.0; 97 * channels];
    for _ in 0..10_000_000 {
        let left = (wanted * channels - out.len()).min(block.len());
        if left == 0 {
            return out;
        }
        match pipe.read(&mut block[..left]).unwrap() {
            Read::Frames(frames) => out.extend_from_slice(&block[..frames * channels]),
            Read::Wait => thread::yield_now(),
            Read::End => panic!("a FIFO never ends"),
        }
    }
    panic!("the frames never came");
}

/// Opens the FIFO for writing and writes in pieces of `piece` bytes.
fn write(path: &str, bytes: Vec<u8>, piece: usize) -> thread::JoinHandle<()> {
    let path = path.to_owned();
    thread::spawn(move || {
        let mut file = OpenOptions::new().write(true).open(path).unwrap();
        for part in bytes.chunks(piece) {
            file.write_all(part).unwrap();
        }
    })
}

fn ramp(frames: i16) -> Vec<u8> {
    (0..frames)
        .flat_map(|n| [n.to_le_bytes(), (-n).to_le_bytes()].concat())
        .collect()
}

fn ramp_samples(frames: i16) -> Vec<f32> {
    (0..frames)
        .flat_map(|n| [f32::from(n) / 32_768.0, f32::from(-n) / 32_768.0])
        .collect()
}

#[test]
fn a_missing_fifo_is_made_and_told_and_waits() {
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    let mut pipe = Pipe::open(&path, "s16le", 48_000, 2).unwrap();
    assert!(pipe.problem().unwrap().contains("was made"));
    assert_eq!(pipe.problem(), None);
    let there = std::fs::metadata(&path).unwrap();
    assert!(there.file_type().is_fifo());
    for _ in 0..1_000 {
        assert_eq!(pipe.read(&mut [0.0; 64]).unwrap(), Read::Wait);
    }
    assert!(
        Pipe::open(&path, "s16le", 48_000, 2)
            .unwrap()
            .problem()
            .is_none()
    );
}

#[test]
fn frames_torn_between_writes_are_joined() {
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    let mut pipe = Pipe::open(&path, "s16le", 48_000, 2).unwrap();
    for piece in [1, 3, 7, 4096] {
        let writer = write(&path, ramp(2_000), piece);
        assert_eq!(read_frames(&mut pipe, 2_000), ramp_samples(2_000));
        writer.join().unwrap();
    }
}

#[test]
fn a_writer_that_tears_a_frame_and_leaves_does_not_shift_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    let mut pipe = Pipe::open(&path, "s16le", 48_000, 2).unwrap();
    for torn in 1..4 {
        let mut bytes = ramp(100);
        bytes.extend_from_slice(&[0x55; 3][..torn]);
        let writer = write(&path, bytes, 50);
        assert_eq!(read_frames(&mut pipe, 100), ramp_samples(100));
        writer.join().unwrap();
        assert_eq!(pipe.read(&mut [0.0; 64]).unwrap(), Read::Wait);
        assert_eq!(pipe.pacing(), Pacing::Unknown);
    }
    let writer = write(&path, ramp(100), 400);
    assert_eq!(read_frames(&mut pipe, 100), ramp_samples(100));
    writer.join().unwrap();
    assert_eq!(pipe.position().0, Some(400.0 / 48_000.0));
}

#[test]
fn a_pausing_writer_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    let mut pipe = Pipe::open(&path, "s16le", 48_000, 2).unwrap();
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    for _ in 0..3 {
        file.write_all(&ramp(50)).unwrap();
        assert_eq!(read_frames(&mut pipe, 50), ramp_samples(50));
        for _ in 0..1_000 {
            assert_eq!(pipe.read(&mut [0.0; 64]).unwrap(), Read::Wait);
        }
    }
}

#[test]
fn a_fifo_that_is_removed_and_made_anew_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    let mut pipe = Pipe::open(&path, "s16le", 48_000, 2).unwrap();
    std::fs::remove_file(&path).unwrap();
    mkfifo(Path::new(&path), Mode::from_bits_truncate(0o600)).unwrap();
    let writer = write(&path, ramp(100), 4096);
    assert_eq!(read_frames(&mut pipe, 100), ramp_samples(100));
    writer.join().unwrap();
}

#[test]
fn a_stream_ends_with_its_writer() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let file = File::from(std::os::fd::OwnedFd::from(reader));
    let format = Format {
        rate: 44_100,
        channels: 2,
    };
    let mut pipe = Pipe::stream(file, Sample::S16, format);
    assert_eq!(pipe.read(&mut [0.0; 64]).unwrap(), Read::Wait);
    writer.write_all(&ramp(10)).unwrap();
    writer.write_all(&[1, 2, 3]).unwrap();
    let mut out = [0.0; 64];
    assert_eq!(pipe.read(&mut out).unwrap(), Read::Frames(10));
    assert_eq!(out[..20], ramp_samples(10));
    assert_eq!(pipe.read(&mut out).unwrap(), Read::Wait);
    drop(writer);
    assert_eq!(pipe.read(&mut out).unwrap(), Read::End);
    assert_eq!(pipe.read(&mut out).unwrap(), Read::End);
}

#[test]
fn every_sample_format_is_read_exactly() {
    let cases: [(&str, Vec<u8>, Vec<f32>); 4] = [
        (
            "s16le",
            vec![0x00, 0x80, 0xFF, 0x7F, 0x01, 0x00],
            vec![-1.0, 32_767.0 / 32_768.0, 1.0 / 32_768.0],
        ),
        (
            "s24le",
            vec![0x00, 0x00, 0x80, 0xFF, 0xFF, 0x7F, 0x01, 0x00, 0x00],
            vec![-1.0, 8_388_607.0 / 8_388_608.0, 1.0 / 8_388_608.0],
        ),
        (
            "S32LE",
            vec![0, 0, 0, 0x80, 0, 0, 0, 0x40, 0, 1, 0, 0],
            vec![-1.0, 0.5, 1.0 / 8_388_608.0],
        ),
        (
            "f32le",
            [0.25_f32, -1.5, f32::NAN]
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect(),
            vec![0.25, -1.5, 0.0],
        ),
    ];
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    for (name, bytes, wanted) in cases {
        let mut pipe = Pipe::open(&path, name, 48_000, 1).unwrap();
        let writer = write(&path, bytes, 2);
        assert_eq!(read_frames(&mut pipe, 3), wanted, "{name}");
        writer.join().unwrap();
    }
}

#[test]
fn a_writer_that_keeps_the_pipe_full_sets_no_pace() {
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    let mut pipe = Pipe::open(&path, "s16le", 48_000, 2).unwrap();
    let writer = write(&path, ramp(30_000), 65_536);
    let mut taken = 0;
    let mut now = Nanos::ZERO;
    // 5 ms of frames each 100 ms: the pipe refills in between.
    let mut block = [0.0; 480];
    while taken < 12_000 {
        match pipe.read_at(&mut block, now).unwrap() {
            Read::Frames(240) => {
                taken += 240;
                now += Nanos::from_millis(100.0);
            }
            Read::Frames(frames) => taken += frames,
            _ => thread::yield_now(),
        }
    }
    assert_eq!(pipe.pacing(), Pacing::Free);
    drop(pipe);
    let _ = writer.join();
}

#[test]
fn a_writer_in_real_time_sets_the_pace() {
    let dir = tempfile::tempdir().unwrap();
    let path = fifo(dir.path());
    let mut pipe = Pipe::open(&path, "s16le", 48_000, 2).unwrap();
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    let mut block = vec![0.0; 4_800];
    for step in 0..150 {
        file.write_all(&ramp(480)).unwrap();
        let now = Nanos::from_millis(f64::from(step) * 10.0);
        assert_eq!(pipe.read_at(&mut block, now).unwrap(), Read::Frames(480));
    }
    let Pacing::Paced(stamp) = pipe.pacing() else {
        panic!("{:?}", pipe.pacing());
    };
    assert_eq!(stamp.frame, 150 * 480);
    assert_eq!(stamp.time, Nanos::from_millis(1_490.0));
}

#[test]
fn what_makes_no_sense_is_refused_with_the_next_step() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file.raw");
    std::fs::write(&file, [0; 10]).unwrap();
    let file = file.display().to_string();
    let fifo = fifo(dir.path());
    let nowhere = dir.path().join("none/fifo").display().to_string();
    for (path, format, rate, channels, hint) in [
        (&file, "s16le", 48_000, 2, "no FIFO"),
        (&fifo, "s16be", 48_000, 2, "s24le"),
        (&fifo, "s16le", 0, 2, "8000"),
        (&fifo, "s16le", 48_000, 0, "1 to 8"),
        (&fifo, "s16le", 48_000, 9, "1 to 8"),
        (&nowhere, "s16le", 48_000, 2, "Check the path"),
    ] {
        let error = Pipe::open(path, format, rate, channels).err().unwrap();
        assert!(error.to_string().contains(hint), "{error}");
    }
}
