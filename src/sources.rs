//! What is played: files, pipes and test signals, decoded off the audio threads.

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
    /// Goes back to the beginning, where there is one.
    fn rewind(&mut self);
    /// Seconds read so far of the current title, and in all, where known.
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
