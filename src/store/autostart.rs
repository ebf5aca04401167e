//! What happens at log-in: an entry in the XDG autostart directory, which every
//! desktop reads. The entry itself is the setting; it is kept nowhere else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::atomic::{self, StoreError};

/// What is started when the user logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtLogin {
    /// Nothing.
    #[default]
    Nothing,
    /// The engine: the saved rig plays, without a window.
    Engine,
    /// The window, which starts the engine.
    Window,
}

/// The entry of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Autostart {
    entry: PathBuf,
    program: PathBuf,
}

impl Autostart {
    /// In the directory `dir`, starting `program`.
    #[must_use]
    pub fn new(dir: impl AsRef<Path>, program: impl Into<PathBuf>) -> Self {
        Self {
            entry: dir.as_ref().join("inphase.desktop"),
            program: program.into(),
        }
    }

    /// The same entry, starting another program.
    #[must_use]
    pub fn starting(self, program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            ..self
        }
    }

    /// What is started now. An entry that cannot be read, is hidden or is switched
    /// off by the desktop starts nothing.
    #[must_use]
    pub fn read(&self) -> AtLogin {
        let text = fs::read_to_string(&self.entry).unwrap_or_default();
        let off = value(&text, "Hidden") == Some("true")
            || value(&text, "X-GNOME-Autostart-enabled") == Some("false");
        match value(&text, "Exec") {
            Some(_) if off => AtLogin::Nothing,
            Some(command) if command.ends_with(RUN) => AtLogin::Engine,
            Some(_) => AtLogin::Window,
            None => AtLogin::Nothing,
        }
    }

    /// Has something else started from now on.
    ///
    /// # Errors
    /// [`StoreError`]; the earlier entry is then as it was.
    pub fn write(&self, what: AtLogin) -> Result<(), StoreError> {
        match self.text(what) {
            Some(text) => atomic::write(&self.entry, text.as_bytes()),
            None => self.remove(),
        }
    }

    /// Where the entry is.
    #[must_use]
    pub fn entry(&self) -> &Path {
        &self.entry
    }

    /// What the entry says; `None` is no entry.
    #[must_use]
    pub fn text(&self, what: AtLogin) -> Option<String> {
        let arguments = match what {
            AtLogin::Nothing => return None,
            AtLogin::Engine => RUN,
            AtLogin::Window => "",
        };
        let command = quoted(&self.program.to_string_lossy());
        Some(format!(
            "[Desktop Entry]\nType=Application\nName=Inphase\n\
             Comment=Plays one source on many speakers, in sync\n\
             Exec={command}{arguments}\nTerminal=false\nX-GNOME-Autostart-enabled=true\n"
        ))
    }

    fn remove(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.entry) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::Other {
                path: self.entry.clone(),
                reason: error.to_string(),
            }),
            _ => Ok(()),
        }
    }
}

/// The value of a key in the entry's own group.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let lines = text.lines().map(str::trim);
    let own = lines
        .skip_while(|line| *line != "[Desktop Entry]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    let mut pairs = own.filter_map(|line| line.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim() == key)?;
    Some(value.trim())
}

/// A path as one argument of `Exec`: quoted, then escaped once more as every
/// string of an entry is; `%` begins a field code and is doubled.
#[must_use]
pub fn quoted(path: &str) -> String {
    let mut quoted = String::from('"');
    for sign in path.chars() {
        match sign {
            '"' | '`' | '$' => quoted.push_str("\\\\"),
            '\\' => quoted.push_str("\\\\\\"),
            '%' => quoted.push('%'),
            _ => {}
        }
        quoted.push(sign);
    }
    quoted.push('"');
    quoted
}

/// What stands after the program when it is to play without a window.
const RUN: &str = " run --quiet";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_leaves_no_entry() {
        let dir = tempfile::tempdir().unwrap();
        let autostart = Autostart::new(dir.path().join("autostart"), "/usr/bin/inphase");
        assert_eq!(autostart.read(), AtLogin::Nothing);
        autostart.write(AtLogin::Nothing).unwrap();
        for what in [AtLogin::Engine, AtLogin::Window, AtLogin::Nothing] {
            autostart.write(what).unwrap();
            assert_eq!(autostart.read(), what);
            assert_eq!(autostart.entry.exists(), what != AtLogin::Nothing);
        }
        autostart.write(AtLogin::Engine).unwrap();
        let text = fs::read_to_string(&autostart.entry).unwrap();
        assert!(text.contains("\nExec=\"/usr/bin/inphase\" run --quiet\n"));
    }

    #[test]
    fn an_entry_that_the_desktop_has_switched_off_starts_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let autostart = Autostart::new(dir.path(), "/usr/bin/inphase");
        for off in ["Hidden=true", "X-GNOME-Autostart-enabled = false"] {
            let text = format!("[Desktop Entry]\nExec=inphase run --quiet\n{off}\n");
            fs::write(&autostart.entry, text).unwrap();
            assert_eq!(autostart.read(), AtLogin::Nothing, "{off}");
        }
        for other in ["", "Exec=inphase", "[Else]\nExec=inphase\n", "\0"] {
            fs::write(&autostart.entry, other).unwrap();
            assert_eq!(autostart.read(), AtLogin::Nothing, "{other:?}");
        }
    }

    #[test]
    fn a_program_in_any_directory_is_one_argument() {
        assert_eq!(quoted("/opt/my apps/inphase"), "\"/opt/my apps/inphase\"");
        assert_eq!(quoted("/a$b"), "\"/a\\\\$b\"");
        assert_eq!(quoted("/a\\b"), "\"/a\\\\\\\\b\"");
        assert_eq!(quoted("/100%"), "\"/100%%\"");
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let autostart = Autostart::new(&file, "/usr/bin/inphase");
        assert!(autostart.write(AtLogin::Window).is_err());
    }
}
