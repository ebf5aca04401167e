//! What a user's paths mean: files, folders and `.m3u`, `.m3u8`, `.pls` lists,
//! flattened to audio files in playing order. Reads folders and lists only,
//! never the audio itself; what cannot be followed is told, not fatal.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// Audio files in playing order, and what was left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Audio files; those named by the user need not exist.
    pub files: Vec<PathBuf>,
    /// One sentence for each thing left out.
    pub problems: Vec<String>,
}

/// Follows folders and lists.
#[must_use]
pub fn expand(paths: &[String]) -> Listing {
    let mut listing = Listing::default();
    for path in paths {
        listing.add(Path::new(path), 0);
    }
    listing
}

impl Listing {
    fn add(&mut self, path: &Path, depth: usize) {
        if self.files.len() >= MOST_FILES {
            return;
        }
        if path.is_dir() {
            self.add_folder(path, depth);
        } else if is_list(path) {
            self.add_list(path, depth);
        } else {
            self.files.push(path.to_path_buf());
        }
    }

    fn add_folder(&mut self, folder: &Path, depth: usize) {
        if depth >= MOST_DEPTH {
            return;
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                let problem = format!("{} was left out: {error}.", folder.display());
                return self.problems.push(problem);
            }
        };
        let mut inside: Vec<PathBuf> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| !is_hidden(path) && (is_audio(path) || path.is_dir()))
            .collect();
        inside.sort_by(|a, b| natural(&text(a), &text(b)));
        for path in inside {
            self.add(&path, depth + 1);
        }
    }

    fn add_list(&mut self, list: &Path, depth: usize) {
        if depth >= MOST_DEPTH {
            return;
        }
        let bytes = match std::fs::read(list) {
            Ok(bytes) => bytes,
            Err(error) => {
                let problem = format!("{} was left out: {error}.", list.display());
                return self.problems.push(problem);
            }
        };
        let folder = list.parent().unwrap_or(Path::new(""));
        for entry in entries(&decode(&bytes), has_extension(list, &["pls"])) {
            match entry_path(folder, &entry) {
                Some(path) => self.add(&path, depth + 1),
                None => self.problems.push(format!(
                    "{entry} was left out: only files on this computer can be played."
                )),
            }
        }
    }
}

/// The entries of a list: `File3=…` in a `.pls`, every uncommented line else.
fn entries(text: &str, pls: bool) -> Vec<String> {
    let lines = text
        .lines()
        .map(|line| line.trim().trim_start_matches('\u{feff}'));
    lines
        .filter_map(|line| match line.split_once('=') {
            Some((key, value)) if pls => {
                let file = key.trim().to_ascii_lowercase().starts_with("file");
                file.then(|| value.trim().to_owned())
            }
            _ => (!pls && !line.starts_with('#')).then(|| line.to_owned()),
        })
        .filter(|entry| !entry.is_empty())
        .collect()
}

/// Where an entry points; `None` for network addresses.
fn entry_path(folder: &Path, entry: &str) -> Option<PathBuf> {
    if let Some(rest) = entry.strip_prefix("file://") {
        let rest = rest.strip_prefix("localhost").unwrap_or(rest);
        return Some(PathBuf::from(percent_decoded(rest)));
    }
    if entry.contains("://") {
        return None;
    }
    let path = folder.join(entry);
    if !path.exists() && entry.contains('\\') {
        return Some(folder.join(entry.replace('\\', "/")));
    }
    Some(path)
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(code)) => {
                out.push(code);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Lists are UTF-8 today and were Latin-1 once.
fn decode(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(
        |_| bytes.iter().map(|&byte| char::from(byte)).collect(),
        ToOwned::to_owned,
    )
}

/// Like people count: `2 b` before `10 a`, capitals beside small letters.
#[must_use]
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, rest_left) = number(left);
            let (n, rest_right) = number(right);
            (left, right) = (rest_left, rest_right);
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            left = &left[x.len_utf8()..];
            right = &right[y.len_utf8()..];
            x.to_lowercase().cmp(y.to_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// The number in front, without leading zeros, and what follows it.
fn number(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.trim_start_matches('0'), rest)
}

fn text(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn is_hidden(path: &Path) -> bool {
    text(path).starts_with('.')
}

fn is_audio(path: &Path) -> bool {
    has_extension(path, AUDIO)
}

fn is_list(path: &Path) -> bool {
    has_extension(path, &["m3u", "m3u8", "pls"])
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| known.iter().any(|k| extension.eq_ignore_ascii_case(k)))
}

/// What a folder is searched for. `opus` is in it so that its absence is told.
const AUDIO: &[&str] = &[
    "wav", "wave", "flac", "mp3", "mp2", "ogg", "oga", "m4a", "m4b", "mp4", "aac", "alac", "aif",
    "aiff", "aifc", "caf", "mka", "opus",
];
/// Folders in folders and lists in lists; also ends circles of links.
const MOST_DEPTH: usize = 8;
const MOST_FILES: usize = 100_000;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    fn names(listing: &Listing) -> Vec<String> {
        listing.files.iter().map(|path| text(path)).collect()
    }

    fn touch(folder: &Path, name: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }

    #[test]
    fn numbers_sort_as_numbers() {
        let mut names = vec!["10 b", "2 c", "1 a", "02 a", "B", "a", "track"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["1 a", "02 a", "2 c", "10 b", "a", "B", "track"]);
    }

    #[test]
    fn a_folder_means_its_audio_in_natural_order() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "cd 2/1.flac",
            "cd 2/cover.jpg",
            "cd 10/1.wav",
            "track 10.mp3",
            "track 9.MP3",
            ".hidden.mp3",
            "notes.txt",
        ] {
            touch(dir.path(), name);
        }
        let listing = expand(&[dir.path().display().to_string()]);
        assert_eq!(
            names(&listing),
            ["1.flac", "1.wav", "track 9.MP3", "track 10.mp3"]
        );
        assert!(listing.problems.is_empty());
    }

    #[test]
    fn m3u_lists_are_read_beside_themselves() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("mix.m3u8");
        touch(dir.path(), "sub/a.flac");
        fs::write(
            &list,
            "\u{feff}#EXTM3U\n#EXTINF:3,A\nsub\\a.flac\r\n\nhttp://radio/x\nfile:///m%C3%BC/b%20c.ogg\n",
        )
        .unwrap();
        let listing = expand(&[list.display().to_string()]);
        assert_eq!(
            listing.files,
            [dir.path().join("sub/a.flac"), PathBuf::from("/mü/b c.ogg")]
        );
        assert_eq!(listing.problems.len(), 1);
        assert!(listing.problems[0].contains("http://radio/x"));
    }

    #[test]
    fn pls_lists_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("mix.pls");
        fs::write(
            &list,
            "[playlist]\nFile1=a.mp3\nTitle1=A=B\nLength1=-1\nfile2 = /b.mp3\nNumberOfEntries=2\n",
        )
        .unwrap();
        let listing = expand(&[list.display().to_string()]);
        assert_eq!(
            listing.files,
            [dir.path().join("a.mp3"), PathBuf::from("/b.mp3")]
        );
    }

    #[test]
    fn latin_1_lists_and_lists_that_contain_themselves_end_well() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("round.m3u");
        fs::write(&list, b"M\xfcnchen.mp3\nround.m3u\n").unwrap();
        let listing = expand(&[list.display().to_string()]);
        assert_eq!(listing.files.len(), MOST_DEPTH);
        assert!(names(&listing).iter().all(|name| name == "München.mp3"));
    }
}
