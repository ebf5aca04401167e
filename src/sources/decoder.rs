//! Finds the demuxer and the decoder of a file, and shields the program from
//! both: what they cannot do is an error of the file with a reason for the user.
//!
//! Of AAC only AAC-LC in mono and stereo is decoded (no HE-AAC, no surround).
//! Surround Vorbis is refused: symphonia 0.6.1 undoes its channel coupling in
//! the wrong order, which leaks one channel into another. Opus is not decoded:
//! there is no safe Rust decoder yet with a record of upkeep, and libopus would
//! bring C into the build.

use std::any::Any;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Result as Decoded;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::SourceError;

/// Recognises a file's container by its content, its name being a hint only.
///
/// # Errors
/// `Open` when it cannot be read, `Unknown` when it is no audio container.
pub fn open_demuxer(path: &Path) -> Result<Box<dyn FormatReader>, SourceError> {
    let stream = MediaSourceStream::new(Box::new(open_regular(path)?), Default::default());
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        let _ = hint.with_extension(extension);
    }
    guarded(|| {
        symphonia::default::get_probe().probe(
            &hint,
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
    })
    .map_err(|reason| unknown(path, &reason))
}

/// The decoder of a track.
///
/// # Errors
/// The reason in a few words, for [`unknown`].
pub fn make_decoder(track: &Track) -> Result<Box<dyn AudioDecoder>, String> {
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
        return Err("its codec is not known".into());
    };
    let channels = parameters.channels.as_ref().map_or(0, Channels::count);
    match parameters.codec {
        CODEC_ID_OPUS => return Err("it is Opus; convert it to FLAC first".into()),
        CODEC_ID_VORBIS if channels > 2 => {
            return Err("it is surround Vorbis; convert it to FLAC first".into());
        }
        _ => {}
    }
    let made = guarded(|| {
        symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
    });
    made.map_err(|reason| match parameters.codec {
        CODEC_ID_AAC => "of AAC only AAC-LC in mono and stereo is decoded".into(),
        _ => reason,
    })
}

/// Runs decoder code on data that may be hostile: a panic in it is an error of
/// the file, not the end of the feeder thread.
///
/// # Errors
/// The decoder's words.
pub fn guarded<T>(work: impl FnOnce() -> Decoded<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(panic_text(panic.as_ref())),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map_or_else(|| "the decoder failed".into(), |text| (*text).into())
}

/// An error of the system, for the user.
#[must_use]
pub fn in_words(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        "it ends too early".into()
    } else {
        error.to_string()
    }
}

/// The error of a file that cannot be decoded.
#[must_use]
pub fn unknown(path: &Path, reason: &str) -> SourceError {
    SourceError::Unknown {
        path: path.display().to_string(),
        reason: reason.into(),
    }
}

/// Opens a regular file; a FIFO opened here would block for ever.
fn open_regular(path: &Path) -> Result<File, SourceError> {
    let refused = |error: std::io::Error| SourceError::Open {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let kind = std::fs::metadata(path).map_err(refused)?;
    if !kind.is_file() {
        return Err(unknown(path, "it is not a regular file"));
    }
    File::open(path).map_err(refused)
}
