//! Copies one source to every lane's feed. The pushing side is wait-free and
//! free of allocation, so a capture callback may own it; lanes come and go
//! through a ring.

use rtrb::{Consumer, Producer, RingBuffer};

use crate::sync::feed::FeedWriter;
use crate::sync::time::Line;

/// The pushing side, owned by a capture callback or the feeder thread.
#[derive(Debug)]
pub struct Fan {
    writers: Vec<(u64, FeedWriter)>,
    changes: Consumer<Change>,
    garbage: Producer<FeedWriter>,
}

/// The control side.
#[derive(Debug)]
pub struct FanHandle {
    changes: Producer<Change>,
    garbage: Consumer<FeedWriter>,
}

#[derive(Debug)]
enum Change {
    Add(u64, FeedWriter),
    Remove(u64),
}

/// Both sides of an empty fan.
#[must_use]
pub fn fan() -> (Fan, FanHandle) {
    let (change_in, change_out) = RingBuffer::new(LANES);
    let (garbage_in, garbage_out) = RingBuffer::new(LANES);
    (
        Fan {
            writers: Vec::with_capacity(LANES),
            changes: change_out,
            garbage: garbage_in,
        },
        FanHandle {
            changes: change_in,
            garbage: garbage_out,
        },
    )
}

impl Fan {
    /// Takes in lanes that came and lets go of those that left.
    pub fn update(&mut self) {
        while let Ok(change) = self.changes.pop() {
            match change {
                Change::Add(id, writer) if self.writers.len() < LANES => {
                    self.writers.push((id, writer));
                }
                Change::Add(_, writer) => self.send_home(writer),
                Change::Remove(id) => {
                    if let Some(at) = self.writers.iter().position(|(of, _)| *of == id) {
                        let (_, writer) = self.writers.swap_remove(at);
                        self.send_home(writer);
                    }
                }
            }
        }
        while let Some(at) = self.writers.iter().position(|(_, of)| of.is_abandoned()) {
            let (_, writer) = self.writers.swap_remove(at);
            self.send_home(writer);
        }
    }

    /// Whether no lane listens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writers.is_empty()
    }

    /// Sends interleaved `samples` that begin at frame `first` to every lane. A
    /// lane that does not keep up loses them; no lane waits for another.
    pub fn push(&mut self, first: u64, line: Line, samples: &[f32]) {
        for (_, writer) in &mut self.writers {
            let _fits = writer.push(first, line, samples);
        }
    }

    fn send_home(&mut self, writer: FeedWriter) {
        if let Err(rtrb::PushError::Full(writer)) = self.garbage.push(writer) {
            std::mem::forget(writer);
        }
    }
}

impl FanHandle {
    /// Adds a lane's feed under an id.
    pub fn add(&mut self, id: u64, writer: FeedWriter) {
        let _fits = self.changes.push(Change::Add(id, writer));
    }

    /// Takes a lane's feed away.
    pub fn remove(&mut self, id: u64) {
        let _fits = self.changes.push(Change::Remove(id));
    }

    /// Frees feeds that were taken away.
    pub fn sweep(&mut self) {
        while self.garbage.pop().is_ok() {}
    }
}

/// Lanes at most, one per device.
const LANES: usize = 128;
