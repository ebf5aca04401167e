//! Raw PCM from a FIFO or from standard input, for librespot, shairport-sync,
//! MPD, Snapcast and whatever else can write samples.
//!
//! No call blocks. A FIFO's writer may pause, close and come back at any time:
//! that is `Wait`, never `End`. Frames torn between two writes are joined; what
//! is torn when the writer closes is dropped, so the next writer starts aligned
//! (unless it opens between the close and our next read: then both writers'
//! bytes are one stream). A FIFO that is removed and made anew is followed.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::pace::Pace;
use super::splice::tame;
use super::{Format, Pacing, Read, Reader, SourceError};
use crate::sync::time::Nanos;

/// How a sample is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// 16-bit signed, little-endian.
    S16,
    /// 24-bit signed in three bytes, little-endian.
    S24,
    /// 32-bit signed, little-endian.
    S32,
    /// 32-bit float, little-endian.
    F32,
}

/// A pipe being read.
pub struct Pipe {
    end: End,
    file: File,
    sample: Sample,
    format: Format,
    bytes: Vec<u8>,
    /// Bytes of a torn frame at the front of `bytes`.
    torn: usize,
    /// Whole frames received since it was opened.
    received: u64,
    /// Somebody wrote since the last time nobody was there.
    written: bool,
    /// Reads in a row that found no writer.
    lonely: u32,
    capacity: usize,
    pace: Pace,
    problems: VecDeque<String>,
}

/// What is at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Fifo { path: PathBuf, inode: u64 },
    Stream { over: bool },
}

/// How one read went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Pumped {
    frames: usize,
    bytes: usize,
    empty: bool,
    closed: bool,
}

impl Pipe {
    /// Opens a FIFO, made if there is none, or standard input for `-`. `format`
    /// is `s16le`, `s24le`, `s32le` or `f32le`; `channels` 1 to 8.
    ///
    /// # Errors
    /// `Invalid` for a format that makes no sense or a path that is no FIFO,
    /// `Open` when the system refuses.
    pub fn open(path: &str, format: &str, rate: u32, channels: u16) -> Result<Self, SourceError> {
        let sample = Sample::parse(format)?;
        check(rate, channels)?;
        let format = Format { rate, channels };
        if path == "-" {
            let owned = std::io::stdin().as_fd().try_clone_to_owned();
            let file = owned.map_err(|error| refused("standard input", &error))?;
            return Ok(Self::stream(file.into(), sample, format));
        }
        let path = PathBuf::from(path);
        let made = make_fifo(&path)?;
        let file = open_fifo(&path)?;
        let inode = file.metadata().map_or(0, |data| data.ino());
        let name = path.display().to_string();
        let mut pipe = Self::new(End::Fifo { path, inode }, file, sample, format);
        if made {
            pipe.problems.push_back(format!(
                "{name} did not exist and was made; start the program that writes to it."
            ));
        }
        Ok(pipe)
    }

    /// A stream that ends when its writer closes it.
    fn stream(file: File, sample: Sample, format: Format) -> Self {
        Self::new(End::Stream { over: false }, file, sample, format)
    }

    fn new(end: End, file: File, sample: Sample, format: Format) -> Self {
        let capacity = fcntl(&file, FcntlArg::F_GETPIPE_SZ)
            .ok()
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(BUFFER);
        Self {
            end,
            file,
            sample,
            format,
            bytes: vec![0; BUFFER],
            torn: 0,
            received: 0,
            written: false,
            lonely: 0,
            capacity,
            pace: Pace::new(format.rate),
            problems: VecDeque::new(),
        }
    }

    /// Reads until `out` is full or the pipe is empty.
    fn pump(&mut self, out: &mut [f32]) -> Result<Pumped, SourceError> {
        let channels = usize::from(self.format.channels);
        let frame = self.sample.bytes() * channels;
        let room = out.len() / channels;
        let mut pumped = Pumped::default();
        while pumped.frames < room {
            let want = ((room - pumped.frames) * frame).min(BUFFER / frame * frame);
            if matches!(self.end, End::Stream { .. }) && !readable(&self.file) {
                pumped.empty = true;
                break;
            }
            match self.file.read(&mut self.bytes[self.torn..want]) {
                Ok(0) => {
                    pumped.closed = true;
                    break;
                }
                Ok(count) => {
                    pumped.bytes += count;
                    let have = self.torn + count;
                    let whole = have / frame;
                    let at = pumped.frames * channels;
                    let samples = &mut out[at..at + whole * channels];
                    self.sample.decode(&self.bytes[..whole * frame], samples);
                    self.bytes.copy_within(whole * frame..have, 0);
                    self.torn = have - whole * frame;
                    pumped.frames += whole;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    pumped.empty = true;
                    break;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(SourceError::Broken {
                        path: self.title(),
                        reason: error.to_string(),
                    });
                }
            }
        }
        self.received += pumped.frames as u64;
        Ok(pumped)
    }

    fn read_noting(&mut self, out: &mut [f32], now: Option<Nanos>) -> Result<Read, SourceError> {
        if self.end == (End::Stream { over: true }) {
            return Ok(Read::End);
        }
        let pumped = self.pump(out)?;
        self.written |= pumped.bytes > 0;
        if pumped.closed {
            self.note_closed();
        } else {
            self.lonely = 0;
            if let Some(now) = now {
                // A read that emptied a nearly full pipe shows no real time:
                // the writer was waiting for room.
                let empty = pumped.empty && pumped.bytes * 2 < self.capacity;
                if empty || pumped.bytes > 0 {
                    self.pace.note(now, self.received, empty);
                }
            }
        }
        Ok(match (pumped.frames, &self.end) {
            (0, End::Stream { over: true }) => Read::End,
            (0, _) => Read::Wait,
            (frames, _) => Read::Frames(frames),
        })
    }

    /// Nobody is at the other end.
    fn note_closed(&mut self) {
        if self.written {
            self.written = false;
            self.torn = 0;
            self.pace.leave();
        }
        match &mut self.end {
            End::Stream { over } => *over = true,
            End::Fifo { .. } => {
                self.lonely += 1;
                if self.lonely.is_multiple_of(LONELY_READS) {
                    self.follow();
                }
            }
        }
    }

    /// Some writers remove their FIFO when they stop and make it anew later.
    fn follow(&mut self) {
        let End::Fifo { path, inode } = &mut self.end else {
            return;
        };
        let there = std::fs::metadata(&*path).map(|data| data.ino());
        if there.is_ok_and(|found| found == *inode) {
            return;
        }
        if let Ok(file) = make_fifo(path).and_then(|_| open_fifo(path)) {
            *inode = file.metadata().map_or(0, |data| data.ino());
            self.file = file;
            self.torn = 0;
        }
    }
}

impl Reader for Pipe {
    fn format(&self) -> Format {
        self.format
    }

    fn title(&self) -> String {
        match &self.end {
            End::Fifo { path, .. } => path.display().to_string(),
            End::Stream { .. } => "standard input".into(),
        }
    }

    fn read(&mut self, out: &mut [f32]) -> Result<Read, SourceError> {
        self.read_noting(out, None)
    }

    fn read_at(&mut self, out: &mut [f32], now: Nanos) -> Result<Read, SourceError> {
        self.read_noting(out, Some(now))
    }

    fn pacing(&self) -> Pacing {
        self.pace.pacing()
    }

    /// A pipe has no beginning to go back to: it goes on where it is.
    fn rewind(&mut self) {}

    fn position(&self) -> (Option<f64>, Option<f64>) {
        let seconds = self.received as f64 / f64::from(self.format.rate);
        (Some(seconds), None)
    }

    fn problem(&mut self) -> Option<String> {
        self.problems.pop_front()
    }
}

impl Sample {
    /// From its name in a rig.
    ///
    /// # Errors
    /// `Invalid` with the names there are.
    pub fn parse(name: &str) -> Result<Self, SourceError> {
        match name.to_ascii_lowercase().as_str() {
            "s16le" => Ok(Self::S16),
            "s24le" => Ok(Self::S24),
            "s32le" => Ok(Self::S32),
            "f32le" => Ok(Self::F32),
            _ => Err(SourceError::Invalid {
                what: format!(
                    "{name} is not a sample format of pipes. Use s16le, s24le, s32le or f32le."
                ),
            }),
        }
    }

    /// Bytes of one sample.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
        }
    }

    /// Full scale is 1; 16 and 24 bits are exact.
    fn decode(self, bytes: &[u8], out: &mut [f32]) {
        let samples = bytes.chunks_exact(self.bytes()).zip(out);
        match self {
            Self::S16 => samples.for_each(|(b, x)| {
                *x = f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0;
            }),
            Self::S24 => samples.for_each(|(b, x)| {
                *x = (i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8) as f32 / 8_388_608.0;
            }),
            Self::S32 => samples.for_each(|(b, x)| {
                let wide = i32::from_le_bytes([b[0], b[1], b[2], b[3]]);
                *x = (f64::from(wide) / 2_147_483_648.0) as f32;
            }),
            Self::F32 => samples.for_each(|(b, x)| {
                *x = tame(f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            }),
        }
    }
}

fn check(rate: u32, channels: u16) -> Result<(), SourceError> {
    let what = if !(8_000..=768_000).contains(&rate) {
        format!("A pipe of {rate} frames per second makes no sense. Use 8000 to 768000.")
    } else if !(1..=8).contains(&channels) {
        format!("A pipe of {channels} channels cannot be played. Use 1 to 8.")
    } else {
        return Ok(());
    };
    Err(SourceError::Invalid { what })
}

/// Makes a FIFO where nothing is; says whether it did.
fn make_fifo(path: &Path) -> Result<bool, SourceError> {
    match std::fs::metadata(path) {
        Ok(there) if there.file_type().is_fifo() => Ok(false),
        Ok(_) => Err(SourceError::Invalid {
            what: format!(
                "{} is no FIFO. Name another path, or play it as a file.",
                path.display()
            ),
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // As mkfifo(1): who may write is the umask's business.
            mkfifo(path, Mode::from_bits_truncate(0o666))
                .map(|()| true)
                .map_err(|error| refused(&path.display().to_string(), &error))
        }
        Err(error) => Err(refused(&path.display().to_string(), &error)),
    }
}

/// Opens for reading without waiting for a writer.
fn open_fifo(path: &Path) -> Result<File, SourceError> {
    OpenOptions::new()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)
        .map_err(|error| refused(&path.display().to_string(), &error))
}

/// Whether a read would return at once. Standard input is shared with other
/// programs, so it is asked instead of being made non-blocking.
fn readable(file: &File) -> bool {
    let mut fds = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}

fn refused(path: &str, error: &dyn std::fmt::Display) -> SourceError {
    SourceError::Open {
        path: path.into(),
        reason: error.to_string(),
    }
}

/// A pipe's usual capacity.
const BUFFER: usize = 65_536;
/// Half a second of reads every 5 ms.
const LONELY_READS: u32 = 100;

#[cfg(test)]
mod tests;
