//! The wire from a source to one lane: samples and, with every chunk, where
//! they stand on the source's timeline. One writer and one reader, wait-free,
//! never overwrites: what does not fit is dropped and counted.

use rtrb::{Consumer, Producer, RingBuffer, chunks::ChunkError};

use super::time::Line;

/// A stretch of the source's timeline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chunk {
    /// Index of its first frame on the source's timeline.
    pub first: u64,
    /// Frames in it.
    pub frames: u32,
    /// Samples follow in the sample ring (not so in timing-only runs).
    pub sounding: bool,
    /// The timeline as known when the chunk was sent.
    pub line: Line,
}

/// The source's end.
#[derive(Debug)]
pub struct FeedWriter {
    channels: usize,
    samples: Producer<f32>,
    chunks: Producer<Chunk>,
    lost: u64,
}

/// The lane's end.
#[derive(Debug)]
pub struct FeedReader {
    channels: usize,
    samples: Consumer<f32>,
    chunks: Consumer<Chunk>,
}

/// A feed of `channels` interleaved channels that holds `frames` frames.
#[must_use]
pub fn feed(channels: u16, frames: usize) -> (FeedWriter, FeedReader) {
    let channels = usize::from(channels);
    let (sample_in, sample_out) = RingBuffer::new(frames * channels);
    let (chunk_in, chunk_out) = RingBuffer::new(CHUNKS);
    (
        FeedWriter {
            channels,
            samples: sample_in,
            chunks: chunk_in,
            lost: 0,
        },
        FeedReader {
            channels,
            samples: sample_out,
            chunks: chunk_out,
        },
    )
}

impl FeedWriter {
    /// Sends interleaved `samples` that begin at frame `first`. Returns whether
    /// they fitted; a lane that does not read loses them, nobody waits.
    pub fn push(&mut self, first: u64, line: Line, samples: &[f32]) -> bool {
        let frames = samples.len() / self.channels;
        let fits = self.chunks.slots() > 0 && self.samples.slots() >= samples.len();
        if !fits {
            self.lost += frames as u64;
            return false;
        }
        if !samples.is_empty()
            && let Err(ChunkError::TooFewSlots(_)) = self.samples.push_entire_slice(samples)
        {
            return false;
        }
        self.send(first, frames as u32, true, line)
    }

    /// Sends a stretch without samples: for runs that only look at timing, and
    /// to move the timeline.
    pub fn push_timing(&mut self, first: u64, line: Line, frames: u32) -> bool {
        self.send(first, frames, false, line)
    }

    /// Frames that did not fit since the beginning.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Frames that fit now.
    #[must_use]
    pub fn room(&self) -> usize {
        if self.chunks.slots() == 0 {
            return 0;
        }
        self.samples.slots() / self.channels
    }

    /// Whether the lane has gone.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.chunks.is_abandoned()
    }

    fn send(&mut self, first: u64, frames: u32, sounding: bool, line: Line) -> bool {
        self.chunks
            .push(Chunk {
                first,
                frames,
                sounding,
                line,
            })
            .is_ok()
    }
}

impl FeedReader {
    /// Channels of the samples.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Hands the next chunk and its samples (in up to two pieces) to `take`.
    /// Returns the chunk, or `None` when there is none.
    pub fn next(&mut self, mut take: impl FnMut(&Chunk, &[f32])) -> Option<Chunk> {
        let chunk = self.chunks.pop().ok()?;
        if chunk.sounding {
            let count = chunk.frames as usize * self.channels;
            if let Ok(read) = self.samples.read_chunk(count) {
                let (head, tail) = read.as_slices();
                take(&chunk, head);
                take(&chunk, tail);
                read.commit_all();
            }
        } else {
            take(&chunk, &[]);
        }
        Some(chunk)
    }
}

/// Chunks in flight: 256 of 64 frames are a third of a second.
const CHUNKS: usize = 256;
