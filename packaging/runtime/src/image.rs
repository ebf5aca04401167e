//! The AppImage as a file: a program, its sections, and the image behind it.

use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use backhand::FilesystemReader;

use crate::Failure;

/// An AppImage.
#[derive(Debug)]
pub struct Image {
    /// Its file.
    pub path: PathBuf,
    /// Where the squashfs image begins: right behind the program.
    pub offset: u64,
    head: Head,
}

/// What is needed of the ELF header: the table of sections is the last thing in the program.
#[derive(Debug, Clone, Copy)]
struct Head {
    sections: u64,
    size: u64,
    count: u64,
    names: u64,
}

impl Image {
    /// The AppImage in a file.
    ///
    /// # Errors
    /// When it cannot be read or is no program.
    pub fn at(path: &Path) -> Result<Self, Failure> {
        let mut bytes = [0; 64];
        File::open(path)
            .and_then(|file| file.read_exact_at(&mut bytes, 0))
            .map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
        let head =
            Head::of(&bytes).ok_or_else(|| format!("{} is no 64-bit program.", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            offset: head.sections + head.size * head.count,
            head,
        })
    }

    /// The directory tree inside.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn open(&self) -> Result<FilesystemReader<'static>, Failure> {
        let damaged = |error: String| {
            format!(
                "{} is damaged ({error}). Download it again.",
                self.path.display()
            )
        };
        let file = File::open(&self.path).map_err(|error| damaged(error.to_string()))?;
        FilesystemReader::from_reader_with_offset(BufReader::new(file), self.offset)
            .map_err(|error| damaged(error.to_string()))
    }

    /// The text in a section of the program, empty without that section.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn section(&self, name: &str) -> Result<String, Failure> {
        self.find(name)
            .map_err(|error| format!("{} cannot be read: {error}.", self.path.display()))
    }

    fn find(&self, name: &str) -> std::io::Result<String> {
        let file = File::open(&self.path)?;
        let section = |index: u64| -> std::io::Result<[u8; 64]> {
            let mut bytes = [0; 64];
            file.read_exact_at(&mut bytes, self.head.sections + index * self.head.size)?;
            Ok(bytes)
        };
        let names = number(&section(self.head.names)?, 24, 8);
        for index in 0..self.head.count {
            let it = section(index)?;
            let mut called = vec![0; name.len() + 1];
            let at = names + number(&it, 0, 4);
            if file.read_exact_at(&mut called, at).is_err()
                || called[..name.len()] != *name.as_bytes()
                || called[name.len()] != 0
            {
                continue;
            }
            let mut text = vec![0; number(&it, 32, 8).min(1 << 20) as usize];
            file.read_exact_at(&mut text, number(&it, 24, 8))?;
            let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
            return Ok(String::from_utf8_lossy(text).into_owned());
        }
        Ok(String::new())
    }
}

impl Head {
    fn of(bytes: &[u8; 64]) -> Option<Self> {
        // 64 bits, the low byte first.
        if !bytes.starts_with(b"\x7fELF\x02\x01") {
            return None;
        }
        let head = Self {
            sections: number(bytes, 40, 8),
            size: number(bytes, 58, 2),
            count: number(bytes, 60, 2),
            names: number(bytes, 62, 2),
        };
        (head.size == 64).then_some(head)
    }
}

/// A number of so many bytes at a place.
fn number(bytes: &[u8; 64], at: usize, length: usize) -> u64 {
    bytes[at..at + length]
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_has_sections_and_ends_behind_them() {
        let itself = std::env::current_exe().expect("a test has a file");
        let image = Image::at(&itself).expect("a test is a program");
        let length = std::fs::metadata(&itself).expect("it is there").len();
        assert_eq!(image.offset, length);
        assert!(
            image
                .section(".comment")
                .expect("readable")
                .contains("rustc")
        );
        assert_eq!(image.section(".no_such").expect("readable"), "");
    }

    #[test]
    fn a_text_is_no_program() {
        let error = Image::at(Path::new("Cargo.toml")).expect_err("it is a text");
        assert!(error.contains("Cargo.toml"), "{error}");
    }
}
