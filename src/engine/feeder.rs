//! The thread that reads a source without a device of its own (file, pipe, test
//! signal) ahead of time and fans it out.
//!
//! Files are read [`LEAD`] ahead, so the thread may be late by that much before
//! anything is heard. A pipe that is written in real time gives what it gives;
//! the timeline follows its writer. While nothing plays the timeline goes on in
//! silence, and the source is not read.

mod past;
mod tempo;
mod worker;

#[cfg(test)]
mod tests;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::clock::now;
use super::fan::Fan;
use crate::sources::{Format, Reader};
use crate::sync::time::{Nanos, Ppm};
pub use tempo::Follow;
use worker::Worker;

/// How far ahead of the timeline's "now" a file is read, in seconds.
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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeederState {
    /// What is playing.
    pub title: String,
    /// Seconds read to be sent, and in all, where known.
    pub position: (Option<f64>, Option<f64>),
    /// Seconds of that which are not due yet; 0 while held.
    pub unheard: f64,
    /// Peak since the last look per channel, linear.
    pub peak: [f32; 8],
    /// Seconds read ahead of the timeline's "now".
    pub ahead: f64,
    /// The clock of a pipe's writer, when it is one that writes in real time.
    pub ppm: Option<Ppm>,
    /// We set the pace.
    pub free: bool,
    /// Everything was sent; the last frame is due on the timeline then.
    pub ends: Option<Nanos>,
    /// The source has had nothing since then.
    pub waiting_since: Option<Nanos>,
    /// Problems not yet told.
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Prepare { heard: Nanos },
    Play,
    Hold { heard: Nanos },
    Rest,
    Rewind,
    Follow(Option<Follow>),
}

impl Feeder {
    /// Starts the thread; it sends silence until told to play.
    ///
    /// # Errors
    /// When the system has no threads left.
    pub fn start(reader: Box<dyn Reader>, fan: Fan) -> std::io::Result<Self> {
        let format = reader.format();
        let mut worker = Worker::new(reader, fan, now());
        let state = worker.state();
        let (orders, inbox) = channel();
        let thread = std::thread::Builder::new()
            .name("inphase-feeder".into())
            .spawn(move || run(&mut worker, &inbox))?;
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

    /// To be told a moment before [`Feeder::play`], while every lane is silent:
    /// moves the timeline so that nothing that was sent earlier is to be heard
    /// by what is due at `heard`.
    pub fn prepare(&self, heard: Nanos) {
        self.order(Order::Prepare { heard });
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

    /// Only listens whether the source has anything again, and keeps it for
    /// when it plays: `waiting_since` is then `None`.
    pub fn rest(&self) {
        self.order(Order::Rest);
    }

    /// Goes back to the beginning.
    pub fn rewind(&self) {
        self.order(Order::Rewind);
    }

    /// Bends the timeline towards a device that plays bit-exactly.
    pub fn follow(&self, follow: Option<Follow>) {
        self.order(Order::Follow(follow));
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

fn run(worker: &mut Worker, inbox: &Receiver<Order>) {
    loop {
        let pause = worker.step(now());
        match inbox.recv_timeout(pause) {
            Ok(order) => worker.obey(order, now()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
