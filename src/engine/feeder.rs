//! The thread that reads a source without a clock of its own (file, pipe, test
//! signal) ahead of time and fans it out. It may be late by [`LEAD`] before
//! anything is heard.
//!
//! Before the start, while a pipe is idle and after the end the timeline carries
//! silence; it stands while the user holds it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::clock::now;
use super::fan::Fan;
use crate::sources::{Format, Read, Reader};
use crate::sync::time::{Line, Nanos};

/// How far ahead of the timeline's "now" sound is read.
pub const LEAD: f64 = 0.3;

/// The control side. Dropping it ends the thread.
#[derive(Debug)]
pub struct Feeder {
    format: Format,
    orders: Option<Sender<Order>>,
    state: Arc<Mutex<FeederState>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread tells.
#[derive(Debug, Clone, Default)]
pub struct FeederState {
    /// What is playing.
    pub title: String,
    /// Seconds read, and in all, where known.
    pub position: (Option<f64>, Option<f64>),
    /// Peak since the last look per channel, linear.
    pub peak: [f32; 8],
    /// Seconds read ahead of the timeline's "now".
    pub ahead: f64,
    /// The source is at its end and everything was sent.
    pub ended: bool,
    /// The source has had nothing since then.
    pub waiting_since: Option<Nanos>,
    /// Problems not yet told.
    pub problems: Vec<String>,
}

#[derive(Debug)]
enum Order {
    Play,
    Hold { heard: Nanos },
    Rewind,
}

struct Worker {
    reader: Box<dyn Reader>,
    format: Format,
    fan: Fan,
    state: Arc<Mutex<FeederState>>,
    line: Line,
    /// Index of the next frame to send.
    next: u64,
    playing: bool,
    /// The frame to go on with, while the timeline stands.
    held: Option<f64>,
    ended: bool,
    buffer: Vec<f32>,
    /// Last frame sent, faded out when the source breaks off.
    tail: Vec<f32>,
    fade_in: usize,
}

impl Feeder {
    /// Starts the thread; it sends silence until told to play.
    ///
    /// # Errors
    /// When the system has no threads left.
    pub fn start(reader: Box<dyn Reader>, fan: Fan) -> std::io::Result<Self> {
        let format = reader.format();
        let state = Arc::new(Mutex::new(FeederState {
            title: reader.title(),
            ..FeederState::default()
        }));
        let (orders, inbox) = channel();
        let mut worker = Worker::new(reader, fan, state.clone());
        let thread = std::thread::Builder::new()
            .name("inphase-feeder".into())
            .spawn(move || worker.run(&inbox))?;
        Ok(Self {
            format,
            orders: Some(orders),
            state,
            thread: Some(thread),
        })
    }

    /// The source's format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Sends the source's sound from now on.
    pub fn play(&self) {
        self.order(Order::Play);
    }

    /// Stops reading. When it plays again, it goes on with what was to be heard
    /// at `heard` on the timeline.
    pub fn hold(&self, heard: Nanos) {
        self.order(Order::Hold { heard });
    }

    /// Goes back to the beginning.
    pub fn rewind(&self) {
        self.order(Order::Rewind);
    }

    /// What the thread told last; takes the peaks and problems.
    #[must_use]
    pub fn state(&self) -> FeederState {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let copy = state.clone();
        state.peak = [0.0; 8];
        state.problems.clear();
        copy
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // A thread that ended has nothing left to order.
            let _ended = orders.send(order);
        }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told already.
            let _told = thread.join();
        }
    }
}

impl Worker {
    fn new(reader: Box<dyn Reader>, fan: Fan, state: Arc<Mutex<FeederState>>) -> Self {
        let format = reader.format();
        let channels = usize::from(format.channels);
        let rate = f64::from(format.rate);
        Self {
            reader,
            format,
            fan,
            state,
            line: Line {
                at: now(),
                frame: 0.0,
                rate,
            },
            next: 0,
            playing: false,
            held: None,
            ended: false,
            buffer: vec![0.0; (rate * BLOCK) as usize * channels],
            tail: vec![0.0; channels],
            fade_in: 0,
        }
    }

    fn run(&mut self, inbox: &Receiver<Order>) {
        loop {
            self.fan.update();
            self.keep_ahead();
            match inbox.recv_timeout(Duration::from_millis(PAUSE_MS)) {
                Ok(order) => self.obey(&order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn obey(&mut self, order: &Order) {
        match order {
            Order::Play => self.play(),
            Order::Hold { heard } => self.hold(*heard),
            Order::Rewind => self.rewind(),
        }
    }

    /// What was read but not heard stays in the lanes' past and is not sent
    /// again; the timeline stands until [`Worker::play`].
    fn hold(&mut self, heard: Nanos) {
        if self.held.is_none() && self.playing {
            let frame = self.line.frame_at(heard).clamp(0.0, self.next as f64);
            self.held = Some(frame);
        }
        self.playing = false;
    }

    fn play(&mut self) {
        self.playing = true;
        if let Some(frame) = self.held.take() {
            self.line = Line {
                at: now(),
                frame,
                rate: self.line.rate,
            };
            // Tells the lanes at once; the next sound may be a while ahead.
            self.fan.push(self.next, self.line, &[]);
        }
    }

    fn rewind(&mut self) {
        self.reader.rewind();
        self.ended = false;
        self.playing = false;
        self.held = Some(self.next as f64);
        self.tail.fill(0.0);
    }

    fn keep_ahead(&mut self) {
        let time = now();
        let goal = self.line.frame_at(time + Nanos::from_secs(LEAD));
        let channels = self.tail.len();
        let block = self.buffer.len() / channels;
        while self.held.is_none() && (self.next as f64) < goal {
            self.block(block);
        }
        self.tell(time);
    }

    /// Sends one block: sound as far as there is any, then silence.
    fn block(&mut self, frames: usize) {
        let channels = self.tail.len();
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut got = 0;
        while got < frames && self.playing && !self.ended {
            match self.reader.read(&mut buffer[got * channels..]) {
                Ok(Read::Frames(more)) => {
                    self.declick_in(&mut buffer[got * channels..(got + more) * channels]);
                    got += more;
                    self.heard(true);
                }
                Ok(Read::Wait) => {
                    self.heard(false);
                    break;
                }
                Ok(Read::End) => self.ended = true,
                Err(error) => {
                    self.problem(error.to_string());
                    self.ended = true;
                }
            }
        }
        if got > 0 {
            self.tail
                .copy_from_slice(&buffer[(got - 1) * channels..got * channels]);
        }
        if got < frames {
            self.declick_out(&mut buffer[got * channels..]);
        }
        self.meter(&buffer);
        self.fan.push(self.next, self.line, &buffer);
        self.next += frames as u64;
        self.buffer = buffer;
    }

    /// What follows silence fades in, unless it begins in silence itself.
    fn declick_in(&mut self, samples: &mut [f32]) {
        let channels = self.tail.len();
        for frame in samples.chunks_exact_mut(channels) {
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
        let channels = self.tail.len();
        for frame in samples.chunks_exact_mut(channels) {
            for (sample, tail) in frame.iter_mut().zip(&mut self.tail) {
                *tail *= 0.98;
                if tail.abs() < 1e-6 {
                    *tail = 0.0;
                }
                *sample = *tail;
            }
        }
        if self.next > 0 && self.playing {
            self.fade_in = DECLICK;
        }
    }

    fn heard(&mut self, anything: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if anything {
            state.waiting_since = None;
        } else if state.waiting_since.is_none() {
            state.waiting_since = Some(now());
        }
    }

    fn problem(&mut self, text: String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.problems.push(text);
    }

    fn meter(&mut self, samples: &[f32]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for frame in samples.chunks_exact(usize::from(self.format.channels)) {
            for (peak, sample) in state.peak.iter_mut().zip(frame) {
                *peak = peak.max(sample.abs());
            }
        }
    }

    fn tell(&mut self, time: Nanos) {
        if let Some(problem) = self.reader.problem() {
            self.problem(problem);
        }
        let position = self.reader.position();
        let title = self.reader.title();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.position = position;
        if state.title != title {
            state.title = title;
        }
        state.ahead = (self.next as f64 - self.line.frame_at(time)) / self.line.rate;
        state.ended = self.ended;
    }
}

/// Seconds per block.
const BLOCK: f64 = 0.01;
const PAUSE_MS: u64 = 10;
/// Frames over which sound comes back after a gap.
const DECLICK: usize = 240;
