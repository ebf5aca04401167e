//! Reading a TOML file of ours whatever its state, and keeping a copy of it
//! where something would be lost.

use std::{
    fs::{self, File},
    io::{Error, ErrorKind, Read},
    path::{Path, PathBuf},
};

use toml::Table;

use super::{
    atomic::{self, StoreError},
    toml_lines,
};

/// What a load gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded<T> {
    /// The content; defaults for what was missing or broken.
    pub value: T,
    /// What was replaced, left out or kept aside, one sentence each, for the
    /// user. Empty when all was well.
    pub said: Vec<String>,
    /// The copy of the damaged file, if one was kept.
    pub backup: Option<PathBuf>,
}

/// A file as far as it could be read.
pub struct Document {
    /// What could be read; empty for a file that is not there.
    pub table: Table,
    /// What could not, one sentence each.
    pub said: Vec<String>,
    path: PathBuf,
    content: Content,
    /// What the name of a copy says about it.
    kept_as: &'static str,
}

enum Content {
    Missing,
    Bytes(Vec<u8>),
    Unreadable(Error),
}

impl Document {
    /// Reads a file. Never fails; see [`Document::said`].
    pub fn read(path: &Path) -> Self {
        let mut document = Self {
            table: Table::new(),
            said: Vec::new(),
            path: path.to_owned(),
            content: Content::Missing,
            kept_as: "damaged",
        };
        match bytes(path) {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                let text = String::from_utf8_lossy(&bytes);
                if text.contains(char::REPLACEMENT_CHARACTER) {
                    document.said.push("Some letters were damaged.".into());
                }
                // A byte-order mark is no damage.
                let (table, lost) = toml_lines::parse(text.trim_start_matches('\u{feff}'));
                document.table = table;
                document.said.extend(lost);
                document.content = Content::Bytes(bytes);
            }
            Err(error) => {
                document.said.push(format!("It cannot be read: {error}."));
                document.content = Content::Unreadable(error);
            }
        }
        document
    }

    /// Reads a file that must not be lost: one that is there and cannot be read is an
    /// error, and stays where it is.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`].
    pub fn read_precious(path: &Path) -> Result<Self, StoreError> {
        let document = Self::read(path);
        match &document.content {
            Content::Unreadable(error) => Err(StoreError::unreadable(path, error)),
            Content::Missing | Content::Bytes(_) => Ok(document),
        }
    }

    /// A newer version wrote it: a copy of it is not called damaged.
    pub fn is_newer(&mut self) {
        self.kept_as = "newer";
    }

    /// Ends a load: keeps a copy when something was `lost`, and puts the file's
    /// name before what is told. A copy that exists already is not made again.
    pub fn finish<T>(mut self, value: T, lost: bool) -> Loaded<T> {
        let name = file_name(&self.path);
        let backup = (lost || matches!(self.content, Content::Unreadable(_)))
            .then(|| self.keep_copy())
            .flatten();
        for said in &mut self.said {
            *said = format!("{name}: {said}");
        }
        match &backup {
            Some(path) => self.said.push(format!(
                "The file as it was is kept as {}.",
                file_name(path)
            )),
            None if lost => self
                .said
                .push(format!("No copy of {name} as it was could be kept.")),
            None => {}
        }
        Loaded {
            value,
            said: self.said,
            backup,
        }
    }

    fn keep_copy(&self) -> Option<PathBuf> {
        let name = file_name(&self.path);
        let kept_as = self.kept_as;
        let copies = (1..=COPIES).map(|n| format!("{name}.{kept_as}-{n}"));
        let copies = copies.map(|copy| self.path.with_file_name(copy));
        for copy in copies {
            match (&self.content, fs::symlink_metadata(&copy)) {
                (Content::Missing, _) => return None,
                (Content::Bytes(bytes), Ok(_)) => {
                    if fs::read(&copy).is_ok_and(|earlier| earlier == *bytes) {
                        return Some(copy);
                    }
                }
                (Content::Bytes(bytes), Err(_)) => {
                    return atomic::write(&copy, bytes).ok().map(|()| copy);
                }
                (Content::Unreadable(_), Ok(_)) => {}
                // Out of the way of the next save, which would replace it.
                (Content::Unreadable(_), Err(_)) => {
                    return fs::rename(&self.path, &copy).ok().map(|()| copy);
                }
            }
        }
        None
    }
}

/// The content; `None` when there is no file.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !meta.is_file() {
        return Err(Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    let _ = file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::other("it is larger than 4 MB"));
    }
    Ok(Some(bytes))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// A rig of 1000 speakers is 400 kB.
const LARGEST: u64 = 4 << 20;

/// Copies kept of damaged files; who has more has seen enough of them.
const COPIES: u32 = 99;
