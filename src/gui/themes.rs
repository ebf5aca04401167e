//! The themes there are: three that come with the program and the user's own
//! files in `themes/` of the configuration directory.
//!
//! A file is read again as soon as it changes. A broken one is told with its
//! error and never used; while the chosen theme is broken or gone, the window
//! looks as the desktop wishes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::prefs::Prefs;
use super::tokens::Tokens;
use crate::desktop::Wishes;

/// All themes.
#[derive(Debug)]
pub struct Themes {
    dir: PathBuf,
    dark: Arc<Tokens>,
    light: Arc<Tokens>,
    contrast: Arc<Tokens>,
    own: Vec<OwnTheme>,
    seen: Vec<Seen>,
    looked: Option<Instant>,
}

/// One of the user's files.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnTheme {
    /// Its file name without `.toml`, as [`Prefs::theme`] names it.
    pub key: String,
    /// Its colours, or why it cannot be used, in one sentence.
    pub theme: Result<Arc<Tokens>, String>,
}

/// A file as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    path: PathBuf,
    changed: Option<SystemTime>,
    bytes: u64,
}

/// What a theme is called in the settings and in [`Prefs::theme`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// In the preferences.
    pub key: String,
    /// For the user.
    pub name: String,
    /// Why it cannot be used.
    pub problem: Option<String>,
}

/// Follows the desktop.
pub const SYSTEM: &str = "system";

impl Themes {
    /// The themes that come with the program, and those in this directory,
    /// which need not exist.
    #[must_use]
    pub fn at(dir: PathBuf) -> Self {
        let mut themes = Self {
            dir,
            dark: Arc::new(Tokens::dark()),
            light: Arc::new(Tokens::light()),
            contrast: Arc::new(Tokens::contrast()),
            own: Vec::new(),
            seen: Vec::new(),
            looked: None,
        };
        let _first = themes.read_changed();
        themes
    }

    /// Looks at the files at most once a second; says whether any changed.
    pub fn look(&mut self, now: Instant) -> bool {
        let due = |last: Instant| now.saturating_duration_since(last) >= LOOK_EVERY;
        if !self.looked.is_none_or(due) {
            return false;
        }
        self.looked = Some(now);
        self.read_changed()
    }

    /// Whether the chosen theme is one of the user's files, so that it is worth
    /// looking for changes.
    #[must_use]
    pub fn is_own(&self, key: &str) -> bool {
        !BUILT_IN.iter().any(|(known, _)| *known == key)
    }

    /// Where the user's files are.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The colours in force.
    #[must_use]
    pub fn resolve(&self, prefs: &Prefs, wishes: &Wishes) -> Arc<Tokens> {
        let own = || self.own.iter().find(|own| own.key == prefs.theme);
        match prefs.theme.as_str() {
            "dark" => self.dark.clone(),
            "light" => self.light.clone(),
            "contrast" => self.contrast.clone(),
            _ => match own().map(|own| &own.theme) {
                Some(Ok(tokens)) => tokens.clone(),
                _ => self.as_wished(wishes),
            },
        }
    }

    /// All that may be chosen, the program's own first.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let built_in = BUILT_IN.iter().map(|(key, name)| Choice {
            key: (*key).into(),
            name: (*name).into(),
            problem: None,
        });
        let own = self.own.iter().map(|own| Choice {
            key: own.key.clone(),
            name: match &own.theme {
                Ok(tokens) => tokens.name.clone(),
                Err(_) => format!("{}.toml", own.key),
            },
            problem: own.theme.as_ref().err().cloned(),
        });
        built_in.chain(own).collect()
    }

    /// A desktop that says nothing gets the dark theme, which most rooms with
    /// loudspeakers in them suit in the evening.
    fn as_wished(&self, wishes: &Wishes) -> Arc<Tokens> {
        match (wishes.contrast, wishes.dark) {
            (true, _) => self.contrast.clone(),
            (false, Some(false)) => self.light.clone(),
            (false, _) => self.dark.clone(),
        }
    }

    fn read_changed(&mut self) -> bool {
        let seen = files(&self.dir);
        if seen == self.seen {
            return false;
        }
        self.own = seen.iter().filter_map(|file| read(&file.path)).collect();
        self.seen = seen;
        true
    }
}

fn files(dir: &Path) -> Vec<Seen> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    let mut files: Vec<Seen> = entries
        .filter_map(|entry| seen(entry.ok()?.path()))
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn seen(path: PathBuf) -> Option<Seen> {
    let is_theme = path.extension().is_some_and(|end| end == "toml");
    let about = fs::metadata(&path).ok().filter(|_| is_theme)?;
    Some(Seen {
        path,
        changed: about.modified().ok(),
        bytes: about.len(),
    })
}

fn read(path: &Path) -> Option<OwnTheme> {
    let key = path.file_stem()?.to_str()?.to_owned();
    if BUILT_IN.iter().any(|(known, _)| *known == key) {
        let name = format!("{key}.toml");
        return Some(OwnTheme {
            theme: Err(format!(
                "{name} has the name of a theme that comes with Inphase. Give it another name."
            )),
            key: format!("{key} (own)"),
        });
    }
    let theme = fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}.", path.display()))
        .and_then(|text| Tokens::parse(&text).map(Arc::new));
    Some(OwnTheme { key, theme })
}

const BUILT_IN: [(&str, &str); 4] = [
    (SYSTEM, "System"),
    ("dark", "Dark"),
    ("light", "Light"),
    ("contrast", "High contrast"),
];

/// A saved change is seen within this time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn prefs(theme: &str) -> Prefs {
        Prefs {
            theme: theme.into(),
            ..Prefs::default()
        }
    }

    #[test]
    fn the_system_theme_follows_the_desktop() {
        let themes = Themes::at("/nonexistent".into());
        let name = |dark, contrast| {
            let wishes = Wishes {
                dark,
                contrast,
                calm: false,
            };
            themes.resolve(&prefs(SYSTEM), &wishes).name.clone()
        };
        assert_eq!(name(None, false), themes.dark.name);
        assert_eq!(name(Some(true), false), themes.dark.name);
        assert_eq!(name(Some(false), false), themes.light.name);
        assert_eq!(name(Some(false), true), themes.contrast.name);
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_broken_one_is_told_and_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sea.toml");
        fs::write(&path, "name = \"Sea\"\ntext = \"#DDEEFF\"").unwrap();
        let mut themes = Themes::at(dir.path().into());
        let colours = |themes: &Themes| themes.resolve(&prefs("sea"), &Wishes::default());
        assert_eq!(colours(&themes).name, "Sea");
        assert!(themes.is_own("sea") && !themes.is_own("dark"));

        let now = Instant::now();
        assert!(!themes.look(now));
        fs::write(&path, "name = \"Deep sea\"\ntext = \"#DDEEFF\"").unwrap();
        assert!(!themes.look(now), "not twice in a second");
        assert!(themes.look(now + LOOK_EVERY));
        assert_eq!(colours(&themes).name, "Deep sea");

        fs::write(&path, "name = \"Sea\"\ntext = \"blue-ish\"").unwrap();
        assert!(themes.look(now + 2 * LOOK_EVERY));
        assert_eq!(colours(&themes).name, themes.dark.name);
        let choice = themes.choices().pop().unwrap();
        assert_eq!(choice.name, "sea.toml");
        assert!(choice.problem.unwrap().contains("blue-ish"));
    }

    #[test]
    fn a_file_with_the_name_of_a_built_in_theme_says_so() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("dark.toml"), "name = \"Mine\"").unwrap();
        let themes = Themes::at(dir.path().into());
        let choice = themes.choices().pop().unwrap();
        assert!(choice.problem.unwrap().contains("another name"));
    }
}
