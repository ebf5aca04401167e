//! How much silence an MP4 encoder put before and after the music.
//!
//! The demuxer keeps this to itself, so the few boxes that tell are read here:
//! iTunes' `iTunSMPB` note where present, else the track's edit list
//! (ISO/IEC 14496-12 §8.6.6). Anything odd means "nothing to cut".

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// The music inside the decoded frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// Ticks per second of the two fields below.
    pub timescale: u32,
    /// Where the music begins.
    pub skip: u64,
    /// How long it is; `None` = to the end.
    pub length: Option<u64>,
}

/// What the file says about its first audio track.
#[must_use]
pub fn edit(path: &Path) -> Option<Edit> {
    let movie = read_movie(&mut File::open(path).ok()?)?;
    let audio = boxes(&movie)
        .filter(|(kind, _)| kind == b"trak")
        .map(|(_, body)| body)
        .find(|track| handler(track) == Some(*b"soun"))?;
    let media = find(audio, b"mdia")?;
    let timescale = scale(find(media, b"mdhd")?)?;
    itunes(&movie, timescale).or_else(|| edit_list(&movie, audio, timescale))
}

/// Reads the `moov` box into memory.
fn read_movie(file: &mut File) -> Option<Vec<u8>> {
    for _ in 0..MOST_BOXES {
        let mut head = [0; 8];
        file.read_exact(&mut head).ok()?;
        let mut length = u64::from(u32::from_be_bytes(head[..4].try_into().ok()?));
        let mut used = 8;
        if length == 1 {
            let mut long = [0; 8];
            file.read_exact(&mut long).ok()?;
            length = u64::from_be_bytes(long);
            used = 16;
        }
        let body = length.checked_sub(used)?;
        if &head[4..] == b"moov" {
            if body > MOST_BYTES {
                return None;
            }
            let mut movie = vec![0; body as usize];
            file.read_exact(&mut movie).ok()?;
            return Some(movie);
        }
        let _ = file
            .seek(SeekFrom::Current(i64::try_from(body).ok()?))
            .ok()?;
    }
    None
}

/// The boxes directly inside `data`.
fn boxes(data: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let length = u32_at(rest, 0)? as usize;
        let kind = rest.get(4..8)?.try_into().ok()?;
        let body = rest.get(8..length)?;
        rest = &rest[length..];
        Some((kind, body))
    })
}

fn find<'a>(data: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(data)
        .find(|(found, _)| found == kind)
        .map(|(_, body)| body)
}

fn handler(track: &[u8]) -> Option<[u8; 4]> {
    find(find(track, b"mdia")?, b"hdlr")?
        .get(8..12)?
        .try_into()
        .ok()
}

/// The timescale of an `mdhd` or `mvhd` box.
fn scale(header: &[u8]) -> Option<u32> {
    let at = if *header.first()? == 1 { 20 } else { 12 };
    u32_at(header, at).filter(|&scale| scale > 0)
}

fn edit_list(movie: &[u8], track: &[u8], timescale: u32) -> Option<Edit> {
    let movie_scale = u64::from(scale(find(movie, b"mvhd")?)?);
    let list = find(find(track, b"edts")?, b"elst")?;
    let wide = *list.first()? == 1;
    let size = if wide { 20 } else { 12 };
    for entry in list.get(8..)?.chunks_exact(size) {
        let (length, start) = if wide {
            (u64_at(entry, 0)?, u64_at(entry, 8)? as i64)
        } else {
            (
                u64::from(u32_at(entry, 0)?),
                i64::from(u32_at(entry, 4)? as i32),
            )
        };
        // A negative start is an empty edit: a pause before the music.
        let Ok(skip) = u64::try_from(start) else {
            continue;
        };
        // The length counts in the movie's coarser ticks: round up, the
        // packets' own lengths cut the rest.
        let length = (length + 1).checked_mul(u64::from(timescale))? / movie_scale;
        return sane(Edit {
            timescale,
            skip,
            length: (length > u64::from(timescale) / movie_scale).then_some(length),
        });
    }
    None
}

/// ` 00000000 00000840 000001C0 0000000000046E00 …`: delay, padding, length.
fn itunes(movie: &[u8], timescale: u32) -> Option<Edit> {
    let name = movie.windows(8).position(|bytes| bytes == b"iTunSMPB")?;
    let after = &movie[name + 8..];
    let data = after
        .windows(4)
        .take(64)
        .position(|bytes| bytes == b"data")?;
    let text = after.get(data + 12..)?;
    let text = std::str::from_utf8(&text[..text.len().min(48)]).ok()?;
    let mut numbers = text
        .split_ascii_whitespace()
        .map(|word| u64::from_str_radix(word, 16));
    let skip = numbers.nth(1)?.ok()?;
    let length = numbers.nth(1)?.ok()?;
    sane(Edit {
        timescale,
        skip,
        length: (length > 0).then_some(length),
    })
}

/// Encoders put in some thousand samples; more than ten seconds is damage.
fn sane(edit: Edit) -> Option<Edit> {
    (edit.skip < u64::from(edit.timescale) * 10).then_some(edit)
}

fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(data.get(at..at + 8)?.try_into().ok()?))
}

/// A movie header with cover art stays below this.
const MOST_BYTES: u64 = 64 << 20;
const MOST_BOXES: usize = 1000;
