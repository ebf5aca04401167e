//! One audio file, decoded to interleaved `f32`.
//!
//! 16- and 24-bit PCM comes out bit-exact (`sample / 2^(bits−1)`). Encoder delay
//! and padding are cut where the container tells them, so files made from one
//! recording join without a step. A damaged stretch is left out with a 5 ms fade
//! on both sides and told through [`AudioFile::problem`]. Opening and reading
//! may block for short file reads and allocate; never on an audio thread.

use std::collections::VecDeque;
use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatReader, Track, TrackType};
use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

use super::convert::Shape;
use super::decoder::{guarded, in_words, make_decoder, open_demuxer, unknown};
use super::layout::places;
use super::mp4::{self, Edit};
use super::splice::Splice;
use super::{Read, SourceError};

/// An open audio file.
pub struct AudioFile {
    name: String,
    shape: Shape,
    demuxer: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    time_base: Option<TimeBase>,
    /// The container gives each packet's true length, shorter than decoded.
    packets_tell_length: bool,
    /// Seconds, where the container tells.
    duration: Option<f64>,
    /// Frames to leave out before the first one.
    skip: u64,
    /// Frames of music still to come; `None` = to the end.
    left: Option<u64>,
    /// Where the next packet should begin, in seconds.
    expected: Option<f64>,
    splice: Splice,
    scratch: Vec<f32>,
    delivered: u64,
    /// Failures in a row without a single frame.
    failures: u32,
    ended: bool,
    damage: Option<Damage>,
    problems: VecDeque<String>,
}

/// A stretch that is being left out.
#[derive(Debug, Clone, Copy)]
struct Damage {
    /// Where it begins, seconds of music.
    at: f64,
    /// How much is known to be missing, seconds.
    missing: f64,
}

impl AudioFile {
    /// Opens a file and decodes its first frames.
    ///
    /// # Errors
    /// `Open` when it cannot be read, `Unknown` when it is not audio that can
    /// be decoded.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let demuxer = open_demuxer(path)?;
        let track = demuxer
            .default_track(TrackType::Audio)
            .ok_or_else(|| unknown(path, "there is no audio track in it"))?
            .clone();
        let decoder = make_decoder(&track).map_err(|error| unknown(path, &error))?;
        let is_mp4 = demuxer.format_info().short_name == "isomp4";
        let mut this = Self {
            name: name(path),
            shape: Shape {
                rate: 0,
                places: Vec::new(),
            },
            demuxer,
            decoder,
            track: track.id,
            time_base: track.time_base,
            packets_tell_length: is_mp4,
            duration: duration(&track),
            skip: 0,
            left: None,
            expected: None,
            splice: Splice::new(1, 1),
            scratch: Vec::new(),
            delivered: 0,
            failures: 0,
            ended: false,
            damage: None,
            problems: VecDeque::new(),
        };
        this.prime(path, is_mp4)?;
        Ok(this)
    }

    /// Rate and channels; constant for the file's life.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The file's name without its folder.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Fills `out` (interleaved, whole frames) as far as one short stretch of
    /// work goes: `Wait` means "nothing yet, ask again", never an idle source.
    pub fn read(&mut self, out: &mut [f32]) -> Read {
        let channels = self.shape.places.len();
        for _ in 0..MOST_PACKETS {
            let samples = self.splice.take(out);
            if samples > 0 {
                let frames = samples / channels;
                self.delivered += frames as u64;
                return Read::Frames(frames);
            }
            if self.ended {
                return Read::End;
            }
            self.step();
        }
        Read::Wait
    }

    /// Seconds read so far and in all, where known.
    #[must_use]
    pub fn position(&self) -> (f64, Option<f64>) {
        (
            self.delivered as f64 / f64::from(self.shape.rate),
            self.duration,
        )
    }

    /// Takes the oldest untold problem.
    pub fn problem(&mut self) -> Option<String> {
        self.problems.pop_front()
    }

    /// Decodes until the format is known; it is the decoder that knows it.
    fn prime(&mut self, path: &Path, is_mp4: bool) -> Result<(), SourceError> {
        for _ in 0..MOST_PACKETS {
            self.step();
            if self.shape.rate > 0 {
                break;
            }
            if self.ended {
                return Err(unknown(path, "no sound could be decoded from it"));
            }
        }
        let count = self.shape.places.len();
        if self.shape.rate == 0 || count == 0 {
            return Err(unknown(path, "no sound could be decoded from it"));
        }
        if count > MOST_CHANNELS {
            return Err(unknown(
                path,
                &format!("it has {count} channels, 8 is the most"),
            ));
        }
        if let Some(edit) = is_mp4.then(|| mp4::edit(path)).flatten() {
            self.cut(edit);
        }
        // The first packet was decoded before its cut was known.
        let first = self.splice.restart();
        self.push(&first);
        Ok(())
    }

    /// Notes where in the decoded frames the music is.
    fn cut(&mut self, edit: Edit) {
        let seconds = |ticks: u64| ticks as f64 / f64::from(edit.timescale);
        let rate = f64::from(self.shape.rate);
        self.skip = (seconds(edit.skip) * rate).round() as u64;
        self.left = edit
            .length
            .map(|ticks| (seconds(ticks) * rate).round() as u64);
        let rest = self.duration.map(|whole| whole - seconds(edit.skip));
        self.duration = match (edit.length.map(seconds), rest) {
            (Some(length), Some(rest)) => Some(length.min(rest)),
            (length, rest) => length.or(rest),
        };
    }

    /// Reads and decodes one packet.
    fn step(&mut self) {
        let demuxer = &mut self.demuxer;
        match guarded(|| Ok(demuxer.next_packet())) {
            Ok(Ok(Some(packet))) if packet.track_id == self.track => self.decode(&packet),
            Ok(Ok(Some(_))) => {}
            Ok(Ok(None)) => self.end(),
            Ok(Err(Error::ResetRequired)) => self.next_chain_link(),
            Ok(Err(Error::IoError(error))) => self.break_off(&in_words(&error)),
            Ok(Err(error)) => self.fail(&error.to_string()),
            Err(reason) => self.break_off(&reason),
        }
    }

    fn decode(&mut self, packet: &Packet) {
        self.note_gap(packet);
        let mut samples = std::mem::take(&mut self.scratch);
        samples.clear();
        let decoder = &mut self.decoder;
        let decoded = guarded(|| {
            decoder.decode(packet).map(|buffer| {
                buffer.copy_to_vec_interleaved(&mut samples);
                Shape {
                    rate: buffer.spec().rate(),
                    places: places(buffer.spec().channels()),
                }
            })
        });
        match decoded {
            Ok(shape) => self.accept(packet, &shape, &mut samples),
            Err(reason) => {
                self.begin_damage(self.seconds(packet.dur.get()));
                self.fail(&reason);
            }
        }
        self.scratch = samples;
    }

    /// Takes decoded frames in, cut to the packet's own length.
    fn accept(&mut self, packet: &Packet, shape: &Shape, samples: &mut Vec<f32>) {
        if samples.is_empty() {
            return;
        }
        if self.shape.rate == 0 {
            self.splice = Splice::new(shape.places.len(), fade_frames(shape.rate));
            self.shape = shape.clone();
        } else if self.shape != *shape {
            self.break_off("its rate or channels change");
            return;
        }
        self.failures = 0;
        if self.packets_tell_length {
            let frames = (self.seconds(packet.dur.get()) * f64::from(shape.rate)).round() as usize;
            samples.truncate(frames.saturating_mul(shape.places.len()));
        }
        self.end_damage();
        self.push(samples);
    }

    /// Queues frames for reading, without the encoder's delay and padding.
    fn push(&mut self, samples: &[f32]) {
        let channels = self.shape.places.len();
        let frames = (samples.len() / channels) as u64;
        let skipped = frames.min(self.skip);
        self.skip -= skipped;
        let mut kept = frames - skipped;
        if let Some(left) = &mut self.left {
            kept = kept.min(*left);
            *left -= kept;
        }
        let start = skipped as usize * channels;
        self.splice
            .push(&samples[start..start + kept as usize * channels]);
        if self.left == Some(0) {
            self.end();
        }
    }

    /// A jump in the time stamps: the demuxer dropped what failed its checksum.
    fn note_gap(&mut self, packet: &Packet) {
        let Some(base) = self.time_base else { return };
        let Some(start) = base.calc_time(packet.pts).map(|t| t.as_secs_f64()) else {
            return;
        };
        if let Some(expected) = self.expected
            && start > expected + SMALLEST_GAP
        {
            self.begin_damage(start - expected);
            self.decoder.reset();
        }
        self.expected = Some(start + self.seconds(packet.block_dur().get()));
    }

    fn begin_damage(&mut self, missing: f64) {
        let at = self.music_seconds();
        match &mut self.damage {
            Some(damage) => damage.missing += missing,
            None => {
                self.splice.fade_out();
                self.damage = Some(Damage { at, missing });
            }
        }
    }

    /// Tells a damaged stretch once good sound follows.
    fn end_damage(&mut self) {
        if let Some(Damage { at, missing }) = self.damage.take() {
            self.splice.fade_in();
            self.tell(format!(
                "{} is damaged at {}; {missing:.2} s were left out.",
                self.name,
                clock(at)
            ));
        }
    }

    /// One more failure; after too many in a row the rest is given up.
    fn fail(&mut self, reason: &str) {
        self.begin_damage(0.0);
        self.failures += 1;
        if self.failures >= MOST_FAILURES {
            self.break_off(reason);
        }
    }

    /// The rest of the file cannot be read.
    fn break_off(&mut self, reason: &str) {
        self.begin_damage(0.0);
        if let Some(Damage { at, .. }) = self.damage.take() {
            self.tell(format!(
                "{} cannot be read past {}: {reason}.",
                self.name,
                clock(at)
            ));
        }
        self.end();
    }

    fn end(&mut self) {
        if let Some(Damage { at, .. }) = self.damage.take() {
            self.tell(format!("{} is damaged from {} on.", self.name, clock(at)));
        }
        self.ended = true;
        self.splice.finish();
    }

    /// The next stream of a chained Ogg file.
    fn next_chain_link(&mut self) {
        let track = self.demuxer.default_track(TrackType::Audio).cloned();
        let Some(track) = track else {
            self.break_off("there is no audio track in its next part");
            return;
        };
        match make_decoder(&track) {
            Ok(decoder) => {
                self.decoder = decoder;
                self.track = track.id;
                self.time_base = track.time_base;
                self.expected = None;
            }
            Err(reason) => self.break_off(&reason),
        }
    }

    fn tell(&mut self, problem: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push_back(problem);
        }
    }

    /// Seconds of music decoded so far.
    fn music_seconds(&self) -> f64 {
        let frames = self.delivered as f64 + self.splice.frames() as f64;
        frames / f64::from(self.shape.rate.max(1))
    }

    fn seconds(&self, ticks: u64) -> f64 {
        self.time_base
            .and_then(|base| base.calc_duration(ticks.into()))
            .map_or(0.0, |time| time.as_secs_f64())
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn duration(track: &Track) -> Option<f64> {
    let base = track.time_base?;
    let ticks = track.duration?;
    base.calc_duration(ticks).map(|time| time.as_secs_f64())
}

fn fade_frames(rate: u32) -> usize {
    (f64::from(rate) * FADE_SECONDS).round() as usize
}

/// `1:02.3` for people.
fn clock(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor();
    format!("{minutes}:{:04.1}", seconds - minutes * 60.0)
}

/// Long enough to make no click, short enough to lose nothing.
const FADE_SECONDS: f64 = 0.005;
/// Time stamps in whole milliseconds may be this far off without a loss.
const SMALLEST_GAP: f64 = 0.003;
/// Packets handled in one read before the caller gets its turn again.
const MOST_PACKETS: usize = 256;
const MOST_FAILURES: u32 = 200;
const MOST_PROBLEMS: usize = 20;
const MOST_CHANNELS: usize = 8;

#[cfg(test)]
mod tests;
