//! What the feeder's thread does, in steps whose time is an argument.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::past::Past;
use super::tempo::Tempo;
use super::{FeederState, LEAD, Order};
use crate::engine::fan::Fan;
use crate::sources::{Pacing, Read, Reader};
use crate::sync::time::Nanos;

/// The thread's state.
pub(super) struct Worker {
    reader: Box<dyn Reader>,
    channels: usize,
    fan: Fan,
    state: Arc<Mutex<FeederState>>,
    tempo: Tempo,
    doing: Doing,
    /// Index of the next frame to send.
    next: u64,
    /// The frame after the last one of sound.
    sounded: u64,
    past: Past,
    /// Read but to be sent (again) before anything else.
    again: VecDeque<f32>,
    ended: bool,
    waiting_since: Option<Nanos>,
    /// Since when a gap is being filled with silence.
    dry_since: Option<Nanos>,
    block: Vec<f32>,
    /// Last frame sent, faded out when the source breaks off.
    tail: Vec<f32>,
    fade_in: usize,
    peak: [f32; 8],
    dice: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// The source is not touched.
    Nothing,
    /// Sound is read and sent.
    Playing,
    /// A little is read and kept.
    Resting,
}

impl Worker {
    pub fn new(reader: Box<dyn Reader>, fan: Fan, now: Nanos) -> Self {
        let format = reader.format();
        let channels = usize::from(format.channels);
        let rate = f64::from(format.rate);
        let state = FeederState {
            title: reader.title(),
            ..FeederState::default()
        };
        Self {
            reader,
            channels,
            fan,
            state: Arc::new(Mutex::new(state)),
            tempo: Tempo::new(rate, now),
            doing: Doing::Nothing,
            next: 0,
            sounded: 0,
            past: Past::new(channels, (rate * PAST) as usize),
            again: VecDeque::new(),
            ended: false,
            waiting_since: None,
            dry_since: None,
            block: vec![0.0; (rate * BLOCK) as usize * channels],
            tail: vec![0.0; channels],
            fade_in: 0,
            peak: [0.0; 8],
            dice: 1,
        }
    }

    /// Where it tells what it does.
    pub fn state(&self) -> Arc<Mutex<FeederState>> {
        self.state.clone()
    }

    /// Does what is due at `now`; returns when to come again.
    pub fn step(&mut self, now: Nanos) -> Duration {
        self.fan.update();
        match self.doing {
            Doing::Playing => self.play_on(now),
            Doing::Resting => self.listen(now),
            Doing::Nothing => {}
        }
        self.fill(now);
        self.tempo.bend(now, self.doing == Doing::Playing);
        self.tell(now);
        self.pause()
    }

    fn pause(&mut self) -> Duration {
        let free = self.reader.pacing() == Pacing::Free;
        Duration::from_millis(match self.doing {
            Doing::Playing if !free => return self.irregular(),
            Doing::Resting if self.fan.is_empty() => REST_MS,
            Doing::Nothing if self.fan.is_empty() => SLEEP_MS,
            Doing::Playing | Doing::Resting | Doing::Nothing => READ_MS,
        })
    }

    /// A regular poll would beat with the writer's blocks, and the beat would
    /// pass for the writer's clock. (Numbers of Knuth's MMIX generator.)
    fn irregular(&mut self) -> Duration {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_micros(POLL_US.0 + (self.dice >> 33) % (POLL_US.1 - POLL_US.0))
    }

    /// Carries out an order.
    pub fn obey(&mut self, order: Order, now: Nanos) {
        match order {
            Order::Prepare { heard } => self.prepare(heard),
            Order::Play => self.play(),
            Order::Hold { heard } => self.hold(heard),
            Order::Rest => self.rest(now),
            Order::Rewind => self.rewind(),
            Order::Follow(follow) => self.tempo.follow(follow),
        }
    }

    fn prepare(&mut self, heard: Nanos) {
        let stale = self.sounded as f64;
        if self.doing != Doing::Playing && self.tempo.line().frame_at(heard) < stale {
            self.tempo.skip(heard, stale);
        }
    }

    fn play(&mut self) {
        if self.doing != Doing::Playing {
            self.doing = Doing::Playing;
            self.past.begin(self.next);
            self.waiting_since = None;
            self.dry_since = None;
        }
    }

    /// What was sent but not heard is sent again when it plays.
    fn hold(&mut self, heard: Nanos) {
        if self.doing == Doing::Playing {
            let from = self.tempo.line().frame_at(heard).max(0.0) as u64;
            let mut again = self.past.take(from, self.sounded);
            again.append(&mut self.again);
            self.again = again;
            self.fade_in = DECLICK;
        }
        self.be_quiet();
    }

    fn rest(&mut self, now: Nanos) {
        self.be_quiet();
        self.doing = Doing::Resting;
        self.waiting_since = Some(now);
    }

    fn rewind(&mut self) {
        self.reader.rewind();
        self.again.clear();
        self.fade_in = 0;
        self.be_quiet();
    }

    fn be_quiet(&mut self) {
        self.doing = Doing::Nothing;
        self.ended = false;
        self.waiting_since = None;
        self.dry_since = None;
        self.tempo.pause();
    }

    /// Sends sound as far ahead as is wanted and there.
    fn play_on(&mut self, now: Nanos) {
        let ahead = self.ahead(now);
        let lead = match self.reader.pacing() {
            Pacing::Free => LEAD,
            Pacing::Unknown | Pacing::Paced(_) => LEAD_MAX,
        };
        let goal = self.tempo.line().frame_at(now + Nanos::from_secs(lead));
        let mut block = std::mem::take(&mut self.block);
        while (self.next as f64) < goal && !self.ended {
            let frames = self.fetch(&mut block, now);
            if frames == 0 {
                break;
            }
            self.note_return(now);
            let sound = &mut block[..frames * self.channels];
            self.declick_in(sound);
            self.tail
                .copy_from_slice(&sound[(frames - 1) * self.channels..]);
            self.send(sound);
            self.sounded = self.next;
        }
        self.block = block;
        self.tempo.watch(self.reader.pacing(), ahead);
    }

    /// Keeps the first sound after a pause, so that the lanes can get ready.
    fn listen(&mut self, now: Nanos) {
        let mut block = std::mem::take(&mut self.block);
        if self.again.len() < block.len() && !self.ended {
            let frames = self.read(&mut block, now);
            self.again.extend(&block[..frames * self.channels]);
            self.fade_in = DECLICK;
        }
        self.block = block;
    }

    /// Frames put at the front of `out`; 0 when there are none now or ever.
    fn fetch(&mut self, out: &mut [f32], now: Nanos) -> usize {
        if self.again.is_empty() {
            return self.read(out, now);
        }
        let count = out.len().min(self.again.len());
        for (to, from) in out.iter_mut().zip(self.again.drain(..count)) {
            *to = from;
        }
        count / self.channels
    }

    fn read(&mut self, out: &mut [f32], now: Nanos) -> usize {
        match self.reader.read_at(out, now) {
            Ok(Read::Frames(frames)) => {
                self.waiting_since = None;
                return frames;
            }
            Ok(Read::Wait) => {
                let _since = self.waiting_since.get_or_insert(now);
            }
            Ok(Read::End) => self.ended = true,
            Err(error) => {
                self.problem(error.to_string());
                self.ended = true;
            }
        }
        0
    }

    /// Sound is back after a gap; after a short one more is read ahead.
    fn note_return(&mut self, now: Nanos) {
        if let Some(since) = self.dry_since.take()
            && now - since < GAP
            && matches!(self.reader.pacing(), Pacing::Paced(_))
        {
            self.tempo.ran_dry();
        }
    }

    /// Where there is no sound in time there is silence.
    fn fill(&mut self, now: Nanos) {
        let playing = self.doing == Doing::Playing;
        let goal = |least| self.tempo.line().frame_at(now + Nanos::from_secs(least));
        if self.next as f64 >= goal(self.least_ahead(now)) {
            return;
        }
        let goal = goal(self.silence_ahead(now));
        let missing = goal - self.next as f64;
        if playing && !self.ended && self.sounded > 0 {
            let _since = self.dry_since.get_or_insert(now);
            self.fade_in = DECLICK;
        }
        if !playing && (self.fan.is_empty() || missing > self.tempo.line().rate * SKIP) {
            self.next = goal as u64;
            self.tail.fill(0.0);
            return;
        }
        let mut block = std::mem::take(&mut self.block);
        while (self.next as f64) < goal {
            let frames = (goal - self.next as f64).ceil() as usize;
            let length = block.len().min(frames * self.channels);
            self.declick_out(&mut block[..length]);
            self.send(&block[..length]);
        }
        self.block = block;
    }

    /// Seconds that must be sent ahead. Late sound is waited for to the last.
    fn least_ahead(&self, now: Nanos) -> f64 {
        let flows = self.doing == Doing::Playing && !self.ended && self.sounded == self.next;
        if flows {
            LAST_MOMENT
        } else {
            self.silence_ahead(now)
        }
    }

    /// Seconds of silence sent ahead where there is no sound. Little before a
    /// pipe's sound, as that much is added to its latency.
    fn silence_ahead(&self, now: Nanos) -> f64 {
        let idle = self.waiting_since.is_some_and(|since| now - since > GAP);
        if idle || self.ended || self.reader.pacing() == Pacing::Free {
            IDLE_LEAD.max(self.tempo.goal())
        } else {
            self.tempo.goal()
        }
    }

    fn send(&mut self, samples: &[f32]) {
        self.fan.push(self.next, self.tempo.line(), samples);
        self.next += (samples.len() / self.channels) as u64;
        if self.doing == Doing::Playing {
            self.past.push(samples);
            self.meter(samples);
        }
    }

    /// What follows silence in the middle of the sound fades in.
    fn declick_in(&mut self, samples: &mut [f32]) {
        for frame in samples.chunks_exact_mut(self.channels) {
            if self.fade_in == 0 {
                return;
            }
            let gain = 1.0 - self.fade_in as f32 / DECLICK as f32;
            frame.iter_mut().for_each(|sample| *sample *= gain);
            self.fade_in -= 1;
        }
    }

    /// Where sound breaks off, the last value runs out instead of stepping.
    fn declick_out(&mut self, samples: &mut [f32]) {
        for frame in samples.chunks_exact_mut(self.channels) {
            for (sample, tail) in frame.iter_mut().zip(&mut self.tail) {
                *tail *= 0.98;
                if tail.abs() < 1e-6 {
                    *tail = 0.0;
                }
                *sample = *tail;
            }
        }
    }

    fn meter(&mut self, samples: &[f32]) {
        for frame in samples.chunks_exact(self.channels) {
            for (peak, sample) in self.peak.iter_mut().zip(frame) {
                *peak = peak.max(sample.abs());
            }
        }
    }

    /// Seconds sent ahead of the timeline's "now".
    fn ahead(&self, now: Nanos) -> f64 {
        let line = self.tempo.line();
        (self.next as f64 - line.frame_at(now)) / line.rate
    }

    fn problem(&mut self, text: String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.problems.push(text);
    }

    fn tell(&mut self, now: Nanos) {
        if let Some(problem) = self.reader.problem() {
            self.problem(problem);
        }
        let line = self.tempo.line();
        let (read, length) = self.reader.position();
        let kept = (self.again.len() / self.channels) as f64 / line.rate;
        let title = self.reader.title();
        let playing = self.doing == Doing::Playing;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.title != title {
            state.title = title;
        }
        state.position = (read.map(|read| (read - kept).max(0.0)), length);
        state.unheard = if playing {
            ((self.sounded as f64 - line.frame_at(now)) / line.rate).max(0.0)
        } else {
            0.0
        };
        state.ahead = self.ahead(now);
        state.ppm = self.tempo.writer();
        state.free = self.reader.pacing() == Pacing::Free;
        state.ends = match (self.ended, self.doing) {
            (true, Doing::Playing) => Some(line.time_at(self.sounded as f64)),
            (true, Doing::Resting) => Some(now),
            _ => None,
        };
        state.waiting_since = self.waiting_since;
        for (peak, new) in state.peak.iter_mut().zip(std::mem::take(&mut self.peak)) {
            *peak = peak.max(new);
        }
    }
}

/// Seconds per block.
const BLOCK: f64 = 0.01;
/// Seconds of a pipe that are taken in at most while its pace is not ours. A
/// full pipe of 64 KiB is 0.37 s of CD sound; a lane's feed holds 0.6 s.
const LEAD_MAX: f64 = 0.5;
/// Seconds of silence ahead while a file is about to begin: the thread may be
/// late by that much.
const IDLE_LEAD: f64 = 0.05;
/// Seconds before its time when missing sound is given up: twice the longest
/// polling interval.
const LAST_MOMENT: f64 = 0.015;
/// Seconds after which silence is left out instead of sent late.
const SKIP: f64 = 2.0;
/// Seconds kept to go on after a pause: read-ahead and the slowest path.
const PAST: f64 = 3.0;
/// A shorter gap is a late writer, a longer one a pause.
const GAP: Nanos = Nanos(500_000_000);
/// Frames over which sound comes back after a gap.
const DECLICK: usize = 240;
const READ_MS: u64 = 10;
/// A pipe is asked at these intervals in microseconds.
const POLL_US: (u64, u64) = (3_000, 7_000);
const REST_MS: u64 = 25;
const SLEEP_MS: u64 = 50;
