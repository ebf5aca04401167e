//! Files one after the other, without a gap.
//!
//! The first playable file sets the rate and the channels; others are converted
//! to it. A file that cannot be opened or breaks off is told through `problem`
//! and the next one follows. Nothing here runs on an audio thread.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::convert::{Converter, Shape};
use super::file::AudioFile;
use super::list::{Listing, expand};
use super::{Format, Read, Reader, SourceError};

/// A source that plays files in order.
///
/// ```no_run
/// use inphase::sources::{Read, Reader, playlist::Playlist};
///
/// let mut music = Playlist::open(&["/home/me/music".into()], false)?;
/// let mut block = vec![0.0; 480 * usize::from(music.format().channels)];
/// while let Read::Frames(_frames) = music.read(&mut block)? {}
/// # Ok::<(), inphase::sources::SourceError>(())
/// ```
pub struct Playlist {
    files: Vec<PathBuf>,
    repeat: bool,
    /// The file to open after the current one.
    next: usize,
    current: Option<AudioFile>,
    shape: Shape,
    converter: Option<Converter>,
    /// Converted frames on their way out.
    ready: Vec<f32>,
    taken: usize,
    /// What the current file gives before conversion.
    block: Vec<f32>,
    /// Frames came since the playlist was last begun anew.
    sounded: bool,
    title: String,
    problems: VecDeque<String>,
}

/// What one step of work led to.
enum Step {
    Going,
    Later,
    End,
}

impl Playlist {
    /// Opens a list of files, folders and `.m3u`, `.m3u8` or `.pls` lists.
    ///
    /// # Errors
    /// When there is no file, or when none can be played: then the first one's
    /// error.
    pub fn open(paths: &[String], repeat: bool) -> Result<Self, SourceError> {
        let Listing { files, problems } = expand(paths);
        let mut problems = VecDeque::from(problems);
        let mut first_error = None;
        for (index, path) in files.iter().enumerate() {
            match AudioFile::open(path) {
                Ok(file) => {
                    let block = vec![0.0; BLOCK_FRAMES * file.shape().places.len()];
                    return Ok(Self {
                        shape: file.shape().clone(),
                        title: file.name().to_owned(),
                        next: index + 1,
                        current: Some(file),
                        files,
                        repeat,
                        converter: None,
                        ready: Vec::new(),
                        taken: 0,
                        block,
                        sounded: false,
                        problems,
                    });
                }
                Err(error) => {
                    problems.push_back(format!("Left out: {error}"));
                    let _ = first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or_else(|| nothing_in(paths)))
    }

    /// Does one piece of work: decodes a block, or opens the next file.
    fn step(&mut self) -> Step {
        let Some(file) = &mut self.current else {
            return self.open_next();
        };
        let read = file.read(&mut self.block);
        while let Some(problem) = file.problem() {
            self.problems.push_back(problem);
        }
        match read {
            Read::Frames(frames) => {
                self.sounded = true;
                self.take_in(frames);
                Step::Going
            }
            Read::Wait => Step::Later,
            Read::End => {
                self.current = None;
                Step::Going
            }
        }
    }

    /// Converts decoded frames and queues them.
    fn take_in(&mut self, frames: usize) {
        let from = self.converter.as_ref().map_or(&self.shape, Converter::from);
        let samples = &self.block[..frames * from.places.len()];
        match &mut self.converter {
            Some(converter) => converter.push(samples, &mut self.ready),
            None => self.ready.extend_from_slice(samples),
        }
    }

    fn open_next(&mut self) -> Step {
        if self.next >= self.files.len() {
            if !(self.repeat && self.sounded) {
                self.drain_converter();
                return if self.ready.is_empty() {
                    Step::End
                } else {
                    Step::Going
                };
            }
            self.next = 0;
            self.sounded = false;
        }
        let path = &self.files[self.next];
        self.next += 1;
        match AudioFile::open(path) {
            Ok(file) => {
                self.begin(file);
                Step::Going
            }
            Err(error) => {
                self.problems.push_back(format!("Left out: {error}"));
                Step::Later
            }
        }
    }

    /// Makes a file the current one. A converter that fits runs on, so that
    /// converted files join without a gap too.
    fn begin(&mut self, file: AudioFile) {
        let running = self.converter.as_ref().map_or(&self.shape, Converter::from);
        if running != file.shape() {
            self.drain_converter();
            self.converter = Converter::new(file.shape(), &self.shape);
        }
        self.block
            .resize(BLOCK_FRAMES * file.shape().places.len(), 0.0);
        file.name().clone_into(&mut self.title);
        self.current = Some(file);
    }

    fn drain_converter(&mut self) {
        if let Some(mut converter) = self.converter.take() {
            converter.finish(&mut self.ready);
        }
    }

    /// Moves queued frames out; returns the number of samples moved.
    fn give(&mut self, out: &mut [f32]) -> usize {
        let channels = self.shape.places.len();
        let whole = out.len() / channels * channels;
        let samples = whole.min(self.ready.len() - self.taken);
        out[..samples].copy_from_slice(&self.ready[self.taken..self.taken + samples]);
        self.taken += samples;
        if self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
        }
        samples
    }
}

impl Reader for Playlist {
    fn format(&self) -> Format {
        Format {
            rate: self.shape.rate,
            channels: self.shape.places.len() as u16,
        }
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn read(&mut self, out: &mut [f32]) -> Result<Read, SourceError> {
        let channels = self.shape.places.len();
        let mut filled = 0;
        let mut last = Step::Going;
        while out.len() - filled >= channels {
            filled += self.give(&mut out[filled..]);
            if !self.ready.is_empty() {
                break;
            }
            last = self.step();
            if !matches!(last, Step::Going) {
                break;
            }
        }
        filled += self.give(&mut out[filled..]);
        Ok(match last {
            _ if filled > 0 => Read::Frames(filled / channels),
            Step::End => Read::End,
            Step::Going | Step::Later => Read::Wait,
        })
    }

    fn rewind(&mut self) {
        self.next = 0;
        self.current = None;
        self.converter = None;
        self.ready.clear();
        self.taken = 0;
        self.sounded = false;
    }

    fn position(&self) -> (Option<f64>, Option<f64>) {
        match &self.current {
            Some(file) => {
                let (at, total) = file.position();
                (Some(at), total)
            }
            None => (Some(0.0), None),
        }
    }

    fn problem(&mut self) -> Option<String> {
        self.problems.pop_front()
    }
}

fn nothing_in(paths: &[String]) -> SourceError {
    let what = match paths {
        [] => "Nothing to play. Name at least one audio file or folder.".into(),
        paths => format!(
            "There is no audio in {}. Name an audio file, or a folder with some.",
            paths.join(", ")
        ),
    };
    SourceError::Invalid { what }
}

/// Frames decoded at a time.
const BLOCK_FRAMES: usize = 4096;

#[cfg(test)]
mod tests;
