//! The PulseAudio backend against a real pipewire-pulse without hardware.
//! Skipped, aloud, where the programs are not installed.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/sound_server.rs"]
mod sound_server;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use inphase::devices::desktop::{DesktopSink, monitor_of};
use inphase::devices::pcm::{Family, Pcm};
use inphase::devices::watch::Changes;
use inphase::devices::{Backend, Capture, Direction, Fault, Render, Stream, Want};
use inphase::sync::time::Nanos;
use sound_server::{SoundServer, pactl, rerun, wait_for};

const WANT: Want = Want {
    rate: 48_000,
    channels: 2,
    period: 480,
};

/// Frame index, time, delay and frames of one callback.
type Report = (u64, Nanos, Nanos, usize);

/// A sine of 997 Hz at −12 dBFS, and what the device said at each callback.
struct Sine {
    frame: u64,
    reports: Sender<Report>,
}

impl Render for Sine {
    fn render(&mut self, now: Nanos, delay: Nanos, out: &mut [f32]) {
        let _ = self.reports.send((self.frame, now, delay, out.len() / 2));
        for frame in out.chunks_exact_mut(2) {
            let turns = self.frame as f64 * 997.0 / 48_000.0;
            frame.fill(((turns.fract() * std::f64::consts::TAU).sin() * 0.25) as f32);
            self.frame += 1;
        }
    }
    fn xrun(&mut self) {}
}

struct Tape(Sender<Vec<f32>>);

impl Capture for Tape {
    fn capture(&mut self, _now: Nanos, _captured: Nanos, data: &[f32]) {
        let _ = self.0.send(data.to_vec());
    }
    fn xrun(&mut self) {}
}

fn play(backend: &mut Pcm, sink: &str) -> (Box<dyn Stream>, Receiver<Report>) {
    let id = format!("pulse:{sink}");
    let format = backend.format(&id, Direction::Output, &WANT).unwrap();
    assert_eq!((format.rate, format.channels), (48_000, 2));
    let (reports, received) = channel();
    let sine = Sine { frame: 0, reports };
    let stream = backend.play(&id, &format, Box::new(sine)).unwrap();
    (stream, received)
}

fn next_fault(stream: &mut dyn Stream, wanted: Fault) -> bool {
    let stream = std::cell::RefCell::new(stream);
    wait_for(Duration::from_secs(10), || {
        stream.borrow_mut().fault() == Some(wanted)
    })
}

/// Amplitude of 997 Hz in a stretch of mono samples, by correlation.
fn amplitude(samples: &[f32]) -> f64 {
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let phase = n as f64 * 997.0 / 48_000.0 * std::f64::consts::TAU;
        sine += f64::from(*sample) * phase.sin();
        cosine += f64::from(*sample) * phase.cos();
    }
    2.0 * f64::hypot(sine, cosine) / samples.len() as f64
}

/// The amplitude of the sine on the tape: half a second after it has arrived,
/// one second of it.
fn level(taped: &Receiver<Vec<f32>>) -> f64 {
    let mut heard: Vec<f32> = Vec::new();
    while heard.len() < 72_000 {
        let data = taped.recv_timeout(Duration::from_secs(10)).unwrap();
        let mono = data.chunks_exact(2).map(|frame| frame[0]);
        let waiting = heard.is_empty();
        heard.extend(mono.skip_while(|sample| waiting && *sample == 0.0));
    }
    amplitude(&heard[24_000..72_000])
}

#[test]
fn sinks_are_listed_play_are_heard_and_go_alone() {
    if rerun("sinks_are_listed_play_are_heard_and_go_alone") {
        return;
    }
    let mut server = match SoundServer::start(&["left", "right"]) {
        Ok(server) => server,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let mut backend = Pcm::new(Family::Pulse);
    let list = backend.list().unwrap();
    for (id, direction) in [
        ("pulse:left", Direction::Output),
        ("pulse:right", Direction::Output),
        ("pulse:left.monitor", Direction::Input),
    ] {
        let found = list.iter().find(|d| d.id == id && d.direction == direction);
        let found = found.unwrap_or_else(|| panic!("{id} is not in {list:?}"));
        assert_eq!((found.channels, &*found.rates), (2, &[48_000][..]));
    }

    let (mut left, left_reports) = play(&mut backend, "left");
    let (mut right, right_reports) = play(&mut backend, "right");
    let monitor = "pulse:left.monitor";
    let format = backend.format(monitor, Direction::Input, &WANT).unwrap();
    let (tape, taped) = channel();
    let recording = backend
        .record(monitor, &format, Box::new(Tape(tape)))
        .unwrap();

    let level = level(&taped);
    drop(recording);
    assert!((level - 0.25).abs() < 0.01, "level {level}");
    print_scatter(&left_reports);

    server.remove_sink("left").unwrap();
    assert!(next_fault(left.as_mut(), Fault::Gone), "left is gone");
    while right_reports.try_recv().is_ok() {}
    let goes_on = right_reports.recv_timeout(Duration::from_secs(10));
    assert!(goes_on.is_ok(), "right goes on");
    assert_ne!(right.fault(), Some(Fault::Gone));
    drop(left);

    // It comes back under its name and plays again.
    server.add_sink("left").unwrap();
    let (_again, reports) = play(&mut backend, "left");
    assert!(reports.recv_timeout(Duration::from_secs(10)).is_ok());

    server.crash();
    assert!(
        next_fault(right.as_mut(), Fault::Reopen) || next_fault(right.as_mut(), Fault::Gone),
        "a dead server is noticed"
    );
    assert!(backend.list().is_err(), "a dead server lists nothing");
}

#[test]
fn asking_again_and_again_leaves_no_connections_behind() {
    if rerun("asking_again_and_again_leaves_no_connections_behind") {
        return;
    }
    let _server = match SoundServer::start(&["left"]) {
        Ok(server) => server,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let clients = || {
        pactl(&["list", "short", "clients"])
            .unwrap()
            .lines()
            .count()
    };
    let before = clients();
    let mut backend = Pcm::new(Family::Pulse);
    for _ in 0..10 {
        let _ = backend.list().unwrap();
        let missing = backend.format("pulse:nowhere", Direction::Output, &WANT);
        assert!(missing.is_err());
        let (stream, reports) = play(&mut backend, "left");
        assert!(reports.recv_timeout(Duration::from_secs(10)).is_ok());
        drop(stream);
    }
    // One asks, one plays, one listens to what comes and goes.
    let few = || clients() <= before + 3;
    assert!(
        wait_for(Duration::from_secs(10), few),
        "{} clients after {before}",
        clients()
    );
}

#[test]
fn the_desktop_sink_is_heard_and_leaves_nothing_behind() {
    if rerun("the_desktop_sink_is_heard_and_leaves_nothing_behind") {
        return;
    }
    let mut server = match SoundServer::start(&["left"]) {
        Ok(server) => server,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let changes = Changes::watch();
    let news = || wait_for(Duration::from_secs(10), || changes.take());
    assert!(news());
    // A crash leaves one behind; the next start removes it.
    std::mem::forget(DesktopSink::open(44_100, 2).unwrap());
    let sink = DesktopSink::open(48_000, 2).unwrap();
    let count = || {
        pactl(&["list", "sinks"])
            .unwrap()
            .matches("Description: Inphase")
            .count()
    };
    assert_eq!(count(), 1);
    assert_eq!(sink.source(), "pulse:inphase.monitor");
    assert_eq!(monitor_of("pulse:left").unwrap(), "pulse:left.monitor");
    assert!(monitor_of("pulse:nowhere").is_err());

    let mut backend = Pcm::new(Family::Pulse);
    let listed = backend.list().unwrap();
    assert!(listed.iter().all(|device| !device.id.contains("inphase")));
    let format = backend
        .format(&sink.source(), Direction::Input, &WANT)
        .unwrap();
    let (tape, taped) = channel();
    let recording = backend
        .record(&sink.source(), &format, Box::new(Tape(tape)))
        .unwrap();
    let (playing, _reports) = play(&mut backend, "inphase");
    let level = level(&taped);
    assert!((level - 0.25).abs() < 0.01, "level {level}");
    drop((playing, recording, sink));
    assert_eq!(count(), 0);

    let _ = wait_for(Duration::from_millis(500), || !changes.take());
    server.add_sink("right").unwrap();
    assert!(news(), "a new sink is news");
}

/// Prints how the reported time of arrival scatters around a straight line.
fn print_scatter(reports: &Receiver<Report>) {
    let all: Vec<_> = reports.try_iter().skip(50).collect();
    let Some(first) = all.first().copied() else {
        return;
    };
    let error = |&(frame, now, delay, _): &Report| {
        (now + delay - first.1 - first.2).micros() - (frame - first.0) as f64 / 0.048
    };
    let mut errors: Vec<f64> = all.iter().map(error).collect();
    errors.sort_by(f64::total_cmp);
    let at = |part: f64| errors[((errors.len() - 1) as f64 * part) as usize];
    let delay: f64 = all.iter().map(|r| r.2.millis()).sum::<f64>() / all.len() as f64;
    let mut sizes: Vec<usize> = all.iter().map(|r| r.3).collect();
    sizes.sort_unstable();
    sizes.dedup();
    println!(
        "{} callbacks of {sizes:?} frames, delay {delay:.2} ms; scatter in µs: least {:.0}, \
         5 % {:.0}, median {:.0}, 95 % {:.0}, most {:.0}",
        all.len(),
        at(0.0),
        at(0.05),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}
