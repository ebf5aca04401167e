//! What is played: files, pipes and test signals, decoded off the audio threads.
//!
//! Everything here runs on the feeder thread and may block for short file reads
//! only. Sources with a clock of their own (capture devices, the desktop, and
//! one day Bluetooth) are opened by the engine through `devices`, not here.

pub mod convert;
mod decoder;
pub mod file;
pub mod layout;
pub mod list;
mod mp4;
mod pace;
mod pink;
pub mod pipe;
pub mod playlist;
pub mod signal;
pub mod splice;

#[cfg(test)]
mod testing;

use crate::rig::Source;
use crate::sync::time::{Nanos, Stamp};

/// Opens a source without a clock of its own: files, a pipe or a test signal.
///
/// # Errors
/// When it cannot be opened or is not audio; `Invalid` for sources with a clock
/// of their own, which the engine opens through `devices`.
pub fn open(source: &Source) -> Result<Box<dyn Reader>, SourceError> {
    match source {
        Source::Files { paths, repeat } => Ok(Box::new(playlist::Playlist::open(paths, *repeat)?)),
        Source::Pipe {
            path,
            format,
            rate,
            channels,
        } => Ok(Box::new(pipe::Pipe::open(path, format, *rate, *channels)?)),
        Source::Test { signal } => Ok(Box::new(signal::Signal::new(*signal, signal::RATE))),
        Source::Capture { .. } | Source::Desktop | Source::Monitor { .. } => {
            Err(SourceError::Invalid {
                what: "This source has a clock of its own and is opened as a device; \
                       please report this as a mistake in Inphase."
                    .into(),
            })
        }
    }
}

/// A source without a clock of its own, read ahead by the feeder thread.
/// May block for short file reads; never called on an audio thread.
pub trait Reader: Send {
    /// Frames per second and channels; constant for the reader's life.
    fn format(&self) -> Format;
    /// What it is called, for the user.
    fn title(&self) -> String;
    /// Fills `out` (interleaved, whole frames) as far as data is there.
    ///
    /// # Errors
    /// When the source cannot go on at all; damaged stretches are skipped and
    /// told through [`Reader::problem`].
    fn read(&mut self, out: &mut [f32]) -> Result<Read, SourceError>;
    /// [`Reader::read`] at the time `now`, which a pipe notes to learn its
    /// writer's clock (see [`Reader::pacing`]).
    ///
    /// # Errors
    /// As [`Reader::read`].
    fn read_at(&mut self, out: &mut [f32], now: Nanos) -> Result<Read, SourceError> {
        let _ = now;
        self.read(out)
    }
    /// Whether somebody else sets the pace of this source.
    fn pacing(&self) -> Pacing {
        Pacing::Free
    }
    /// Goes back to the beginning, where there is one.
    fn rewind(&mut self);
    /// Seconds read so far of the current title, and its length, where known.
    fn position(&self) -> (Option<f64>, Option<f64>) {
        (None, None)
    }
    /// Takes the oldest untold problem (a damaged stretch, a skipped file).
    fn problem(&mut self) -> Option<String> {
        None
    }
}

/// A source's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Frames per second.
    pub rate: u32,
    /// 1 to 8.
    pub channels: u16,
}

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// This many frames, at least one.
    Frames(usize),
    /// Nothing now; ask again later (an idle pipe).
    Wait,
    /// Nothing more, ever.
    End,
}

/// Who sets the pace of a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pacing {
    /// We do: there is always more when it is asked for.
    Free,
    /// Not known yet.
    Unknown,
    /// Its writer does, in real time. The stamp says how many frames had
    /// arrived by when; it is late, never early, by up to the reader's polling
    /// interval plus the writer's block.
    Paced(Stamp),
}

/// Why a source cannot be played, in one sentence that says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It cannot be opened.
    #[error("{path} cannot be opened: {reason}. Check the path and that you may read it.")]
    Open {
        /// Which one.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// It is not audio we know.
    #[error(
        "{path} is not audio that Inphase can read ({reason}). WAV, FLAC, MP3, Ogg Vorbis, M4A/AAC and ALAC work."
    )]
    Unknown {
        /// Which one.
        path: String,
        /// Why.
        reason: String,
    },
    /// It broke off.
    #[error("{path} cannot be read further: {reason}.")]
    Broken {
        /// Which one.
        path: String,
        /// Why.
        reason: String,
    },
    /// A description that makes no sense.
    #[error("{what}")]
    Invalid {
        /// One sentence with the next step.
        what: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rig::TestSignal;

    #[test]
    fn every_source_without_a_clock_can_be_opened() {
        let dir = tempfile::tempdir().unwrap();
        let sources = [
            Source::Files {
                paths: vec![testing::fixture("six.flac").display().to_string()],
                repeat: false,
            },
            Source::Pipe {
                path: dir.path().join("fifo").display().to_string(),
                format: "f32le".into(),
                rate: 48_000,
                channels: 6,
            },
            Source::Test {
                signal: TestSignal::Clicks,
            },
        ];
        let formats: Vec<Format> = sources
            .iter()
            .map(|source| open(source).unwrap().format())
            .collect();
        let channels: Vec<u16> = formats.iter().map(|format| format.channels).collect();
        assert_eq!(channels, [6, 6, 2]);
        assert!(formats.iter().all(|format| format.rate == 48_000));
    }

    #[test]
    fn sources_with_a_clock_are_refused() {
        let monitor = Source::Monitor {
            sink: "pulse:x".into(),
        };
        for source in [Source::Desktop, monitor] {
            let error = open(&source).err().unwrap();
            assert!(matches!(error, SourceError::Invalid { .. }));
        }
    }
}
