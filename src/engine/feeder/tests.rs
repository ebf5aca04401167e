#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::worker::Worker;
use super::{FeederState, LEAD, Order};
use crate::engine::fan::{FanHandle, fan};
use crate::sources::{Format, Pacing, Read, Reader, SourceError};
use crate::sync::feed::{FeedReader, feed};
use crate::sync::time::{Line, Nanos, Ppm, Stamp};

const RATE: f64 = 48_000.0;
/// Frame k of the ramp is `UNIT * (k + 1)`, exact for five minutes.
const UNIT: f32 = 1.0 / 16_777_216.0;
/// What a sleep takes longer than it should.
const OVER: Nanos = Nanos(60_000);

/// Writes a ramp: all at once, or in real time.
struct Ramp {
    /// Frames the writer has written by a time; `None` = there is always more.
    written: Option<Box<dyn Fn(Nanos) -> u64 + Send>>,
    length: u64,
    read: Arc<Mutex<u64>>,
    pacing: Pacing,
    stamped: u64,
}

impl Ramp {
    fn file(length: u64) -> Self {
        Self {
            written: None,
            length,
            read: Arc::default(),
            pacing: Pacing::Free,
            stamped: 0,
        }
    }

    fn pipe(written: impl Fn(Nanos) -> u64 + Send + 'static) -> Self {
        Self {
            written: Some(Box::new(written)),
            length: u64::MAX,
            read: Arc::default(),
            pacing: Pacing::Unknown,
            stamped: 0,
        }
    }

    /// A writer in real time that is `ppm` fast and writes blocks.
    fn paced(ppm: f64, block: u64) -> Self {
        let rate = RATE * Ppm(ppm).factor();
        Self::pipe(move |now| ((now.secs() - 0.5).max(0.0) * rate) as u64 / block * block)
    }
}

impl Reader for Ramp {
    fn format(&self) -> Format {
        Format {
            rate: RATE as u32,
            channels: 1,
        }
    }
    fn title(&self) -> String {
        "ramp".into()
    }
    fn read(&mut self, _: &mut [f32]) -> Result<Read, SourceError> {
        unreachable!("the feeder says what time it is");
    }
    fn read_at(&mut self, out: &mut [f32], now: Nanos) -> Result<Read, SourceError> {
        let mut read = self.read.lock().unwrap();
        let there = self.written.as_ref().map_or(self.length, |of| of(now));
        let frames = (there - *read).min(out.len() as u64) as usize;
        if frames == 0 && *read == self.length {
            return Ok(Read::End);
        }
        for (at, sample) in out[..frames].iter_mut().enumerate() {
            *sample = UNIT * (*read + at as u64 + 1) as f32;
        }
        *read += frames as u64;
        let empty = frames < out.len() && self.written.is_some();
        if empty && now > Nanos::from_secs(1.0) && self.stamped != *read {
            self.stamped = *read;
            self.pacing = Pacing::Paced(Stamp {
                frame: *read,
                time: now,
            });
        }
        Ok(match frames {
            0 => Read::Wait,
            _ => Read::Frames(frames),
        })
    }
    fn pacing(&self) -> Pacing {
        self.pacing
    }
    fn rewind(&mut self) {
        *self.read.lock().unwrap() = 0;
    }
    fn position(&self) -> (Option<f64>, Option<f64>) {
        (Some(*self.read.lock().unwrap() as f64 / RATE), None)
    }
}

/// A feeder with one lane that keeps everything it is sent.
struct Bench {
    worker: Worker,
    feed: FeedReader,
    _fan: FanHandle,
    now: Nanos,
    line: Option<Line>,
    frames: BTreeMap<u64, f32>,
    /// Largest step of the line's position, and of its rate, while it was in force.
    moved: (f64, f64),
}

impl Bench {
    fn new(reader: Ramp) -> Self {
        let (pushing, mut handle) = fan();
        let (writer, feed) = feed(1, RATE as usize);
        handle.add(1, writer);
        let mut bench = Self {
            worker: Worker::new(Box::new(reader), pushing, Nanos::ZERO),
            feed,
            _fan: handle,
            now: Nanos::ZERO,
            line: None,
            frames: BTreeMap::new(),
            moved: (0.0, 0.0),
        };
        bench.run(0.1);
        bench
    }

    fn run(&mut self, seconds: f64) {
        let until = self.now + Nanos::from_secs(seconds);
        while self.now < until {
            let pause = self.worker.step(self.now);
            self.take();
            self.now += Nanos::from_secs(pause.as_secs_f64()) + OVER;
        }
    }

    fn take(&mut self) {
        let (frames, now) = (&mut self.frames, self.now);
        let mut lines = Vec::new();
        while let Some(chunk) = self.feed.next(|chunk, samples| {
            if !samples.is_empty() {
                let first = frames
                    .last_key_value()
                    .map_or(chunk.first, |(at, _)| at + 1);
                let first = first.max(chunk.first);
                frames.extend((first..).zip(samples.iter().copied()));
            }
        }) {
            lines.push(chunk.line);
        }
        for line in lines {
            if let Some(old) = self.line.replace(line) {
                let here = |line: &Line| line.frame_at(now + Nanos::from_millis(100.0));
                let moved = (here(&line) - here(&old)).abs() / RATE;
                let bent = (line.rate / old.rate - 1.0).abs() * 1e6;
                self.moved = (self.moved.0.max(moved), self.moved.1.max(bent));
            }
        }
    }

    fn order(&mut self, order: Order) {
        self.worker.obey(order, self.now);
    }

    /// As the transport does it: prepared, a moment later played.
    fn play(&mut self, delay: Nanos) {
        let heard = self.now - delay;
        self.order(Order::Prepare { heard });
        self.run(0.06);
        self.order(Order::Play);
    }

    fn state(&self) -> FeederState {
        self.worker.state().lock().unwrap().clone()
    }

    /// For how long the source has had nothing, in seconds.
    fn waits(&self) -> f64 {
        let since = self.state().waiting_since;
        since.map_or(0.0, |since| (self.now - since).secs())
    }

    /// Frames of the ramp on the timeline from `from` on, and where each stands.
    fn sound_from(&self, from: u64) -> Vec<(u64, f32)> {
        let sounding = self.frames.range(from..).filter(|(_, x)| **x != 0.0);
        sounding.map(|(at, x)| (*at, *x / UNIT)).collect()
    }

    fn end(&self) -> u64 {
        self.frames.last_key_value().map_or(0, |(at, _)| at + 1)
    }
}

fn is_ramp(sound: &[(u64, f32)], first: u64) -> bool {
    let begin = sound[0].0;
    sound
        .iter()
        .enumerate()
        .all(|(at, (place, x))| *place == begin + at as u64 && *x == (first + 1 + at as u64) as f32)
}

#[test]
fn a_file_is_sent_whole_and_unchanged_and_its_end_is_told() {
    let mut bench = Bench::new(Ramp::file(96_000));
    assert!(bench.sound_from(0).is_empty());
    bench.play(Nanos::ZERO);
    bench.run(0.5);
    let state = bench.state();
    assert!(state.free && state.ahead >= LEAD - 0.011, "{}", state.ahead);
    assert_eq!(state.ends, None);
    bench.run(2.0);
    let sound = bench.sound_from(0);
    // What follows is the last value running out.
    let sound = &sound[..96_000];
    assert!(is_ramp(sound, 0));
    let last = sound.last().unwrap().0 + 1;
    let due = bench.line.unwrap().time_at(last as f64);
    assert_eq!(bench.state().ends, Some(due));
    assert_eq!(bench.moved, (0.0, 0.0));
}

#[test]
fn sound_begins_soon_after_it_is_told_to_play() {
    let mut bench = Bench::new(Ramp::file(96_000));
    bench.play(Nanos::ZERO);
    let told = bench.now;
    bench.run(0.1);
    let first = bench.sound_from(0)[0].0;
    let due = bench.line.unwrap().time_at(first as f64);
    assert!(due > told && due - told < Nanos::from_millis(60.0));
}

#[test]
fn a_pause_goes_on_with_the_very_frame_at_which_it_was_held() {
    let mut bench = Bench::new(Ramp::file(u64::MAX >> 40));
    let delay = Nanos::from_millis(80.0);
    bench.play(Nanos::ZERO);
    let begun = bench.end();
    bench.run(2.0);
    let mut begun = (begun, 0);
    // The second and third pause come before what is sent again is used up.
    for play in [2.0, 0.2, 0.15, 1.0] {
        let heard = bench.now - delay;
        let held = bench.line.unwrap().frame_at(heard) as u64;
        let next = (held - begun.0.min(held)) + begun.1;
        bench.order(Order::Hold { heard });
        bench.run(0.2);
        assert!((bench.state().position.0.unwrap() - next as f64 / RATE).abs() < 1e-3);
        bench.play(delay);
        let from = bench.end();
        let stale = bench.sound_from(0).last().unwrap().0;
        assert!(bench.line.unwrap().frame_at(bench.now - delay) >= stale as f64);
        bench.run(play);
        let sound = bench.sound_from(from);
        assert_eq!(sound[0].0, from + 1, "the first of the fade is silent");
        assert!(
            is_ramp(&sound[239..], next + 240),
            "{play}: {:?}",
            &sound[239..245]
        );
        begun = (from, next);
    }
}

#[test]
fn stop_goes_back_to_the_beginning_without_a_rest_of_the_old() {
    let mut bench = Bench::new(Ramp::file(960_000));
    let delay = Nanos::from_millis(80.0);
    bench.play(Nanos::ZERO);
    bench.run(1.0);
    bench.order(Order::Rewind);
    bench.run(0.05);
    bench.play(delay);
    let from = bench.end();
    let stale = bench.sound_from(0).last().unwrap().0;
    assert!(bench.line.unwrap().frame_at(bench.now - delay) >= stale as f64);
    bench.run(1.0);
    assert!(is_ramp(&bench.sound_from(from), 0));
}

#[test]
fn a_source_that_ended_can_be_held_and_ends_again() {
    let mut bench = Bench::new(Ramp::file(24_000));
    bench.play(Nanos::ZERO);
    bench.run(0.4);
    assert!(bench.state().ends.is_some());
    let heard = bench.now - Nanos::from_millis(50.0);
    bench.order(Order::Hold { heard });
    bench.run(3.0);
    assert_eq!(bench.state().ends, None);
    bench.play(Nanos::ZERO);
    let from = bench.end();
    bench.run(1.0);
    let sound = bench.sound_from(from);
    let last = sound.iter().map(|(_, x)| *x).fold(0.0, f32::max);
    assert_eq!(last, 24_000.0);
    assert!(bench.state().ends.is_some());
}

#[test]
fn a_real_time_writer_is_followed_without_a_gap() {
    for (ppm, block) in [(80.0, 352), (-120.0, 960), (300.0, 2400)] {
        let mut bench = Bench::new(Ramp::paced(ppm, block));
        bench.play(Nanos::ZERO);
        bench.run(20.0);
        bench.moved = (0.0, 0.0);
        let mut least = f64::INFINITY;
        for _ in 0..50 {
            let sound = bench.sound_from(0);
            if let Some(from) = sound.len().checked_sub(40_000) {
                assert!(is_ramp(&sound[from..], sound[from].1 as u64 - 1), "{ppm}");
            }
            bench.frames = bench.frames.split_off(&(bench.end() - 48_000));
            bench.run(2.0);
            least = least.min(bench.state().ahead);
        }
        let state = bench.state();
        assert!((0.012..0.1).contains(&least), "{ppm}: {least}");
        assert!(state.ahead < 0.15, "{ppm}: {}", state.ahead);
        let known = state.ppm.unwrap().0;
        assert!((known - ppm).abs() < 5.0, "{ppm}: {known}");
        let bent = (bench.line.unwrap().rate / RATE - 1.0) * 1e6;
        assert!((bent - ppm).abs() < 60.0, "{ppm}: {bent}");
        let (moved, step) = bench.moved;
        assert!(moved < 2e-6 && step <= 11.0, "{ppm}: {moved} {step}");
    }
}

#[test]
fn a_writer_that_stops_fades_out_is_waited_for_and_fades_in() {
    let written = |now: Nanos| {
        let pause = (now.0 - 3_000_000_000).clamp(0, 4_000_000_000);
        (now.0 - pause) as u64 / 10_000_000 * 480
    };
    let mut bench = Bench::new(Ramp::pipe(written));
    bench.play(Nanos::ZERO);
    bench.run(2.6);
    assert!(bench.waits() < 0.02);
    bench.run(2.0);
    let since = bench.state().waiting_since.unwrap();
    assert!((since.secs() - 3.0).abs() < 0.02, "{since:?}");
    bench.run(4.0);
    assert!(bench.waits() < 0.02);
    let samples: Vec<f32> = bench.frames.values().copied().collect();
    let loudest = samples.iter().copied().fold(0.0, f32::max);
    let click = samples
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0, f32::max);
    assert!(click < 0.03 * loudest, "{}", click / loudest);
    let silent = samples.iter().filter(|x| **x == 0.0).count() as f64 / RATE;
    assert!(silent > 3.9, "{silent}");
    let sound = bench.sound_from(bench.end() - 48_000);
    assert!(is_ramp(&sound[..40_000], sound[0].1 as u64 - 1));
}

#[test]
fn a_resting_pipe_is_hardly_read_and_nothing_is_lost() {
    // 40 ms are written at once; the writer then waits for its reader.
    let read = Arc::new(Mutex::new(0));
    let mut ramp = Ramp::pipe(|now| if now.secs() < 2.0 { 0 } else { 1920 });
    ramp.read = read.clone();
    let mut bench = Bench::new(ramp);
    bench.play(Nanos::ZERO);
    bench.run(0.5);
    bench.order(Order::Rest);
    bench.run(0.5);
    assert!(bench.state().waiting_since.is_some());
    bench.run(3.0);
    assert_eq!(bench.state().waiting_since, None);
    assert_eq!(*read.lock().unwrap(), 480);
    bench.play(Nanos::ZERO);
    bench.run(0.3);
    let sound = bench.sound_from(0);
    let whole: Vec<_> = sound[239..].iter().map(|(_, x)| *x).take(1680).collect();
    assert_eq!(whole, (241..=1920).map(|x| x as f32).collect::<Vec<_>>());
}

#[test]
fn what_is_not_told_to_play_is_not_read() {
    let read = Arc::new(Mutex::new(0));
    let mut ramp = Ramp::paced(0.0, 480);
    ramp.read = read.clone();
    let mut bench = Bench::new(ramp);
    bench.run(2.0);
    bench.order(Order::Prepare { heard: bench.now });
    bench.run(1.0);
    assert_eq!(*read.lock().unwrap(), 0);
}

#[test]
fn a_thread_that_froze_catches_up_in_order() {
    let mut bench = Bench::new(Ramp::file(960_000));
    bench.play(Nanos::ZERO);
    bench.run(1.0);
    bench.now += Nanos::from_millis(400.0);
    bench.run(1.0);
    let sound = bench.sound_from(0);
    assert!(is_ramp(&sound, 0));
    assert!(bench.state().ahead > LEAD - 0.011);
}
