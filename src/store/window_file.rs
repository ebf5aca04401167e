//! `window.toml`: what the user chose for the window. The store knows only that
//! it is plain data with defaults; the same rules as for the rig: saved whole,
//! loaded whatever happened.

use std::{marker::PhantomData, path::Path, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use toml::Table;

use super::{
    atomic::{self, StoreError},
    document::{Document, Loaded},
    salvage::{self, Findings},
};

/// A file of choices of type `T`, whose every field has a default. Remembers
/// what a newer version wrote into it.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowFile<T> {
    path: PathBuf,
    unknown: Table,
    of: PhantomData<fn(T) -> T>,
}

impl<T: Default + Serialize + DeserializeOwned> WindowFile<T> {
    /// Loads the choices. A file that is not there holds the defaults.
    #[must_use]
    pub fn load(path: impl AsRef<Path>) -> (Self, Loaded<T>) {
        let path = path.as_ref().to_owned();
        let mut document = Document::read(&path);
        let mut found = Findings::default();
        found.lose_all(std::mem::take(&mut document.said));
        let table = std::mem::take(&mut document.table);
        let (value, unknown) = salvage::fields::<T>(table, "the window's settings", &mut found);
        document.said = found.said;
        let file = Self {
            path,
            unknown,
            of: PhantomData,
        };
        (file, document.finish(value, found.lost))
    }

    /// Saves the choices, in one go.
    ///
    /// # Errors
    /// [`StoreError`]; the earlier file is then as it was.
    pub fn save(&self, value: &T) -> Result<(), StoreError> {
        let mut table = salvage::to_table(value);
        salvage::add_missing(&mut table, &self.unknown);
        let text = toml::to_string(&table).map_err(|error| StoreError::Other {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        atomic::write(&self.path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Choices {
        theme: String,
        scale: f32,
        size: (f32, f32),
    }

    impl Default for Choices {
        fn default() -> Self {
            Self {
                theme: "system".into(),
                scale: 1.0,
                size: (1440.0, 900.0),
            }
        }
    }

    #[test]
    fn what_is_saved_is_loaded_and_a_missing_file_is_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config/window.toml");
        let (file, loaded) = WindowFile::<Choices>::load(&path);
        assert_eq!(loaded.value, Choices::default());
        assert!(loaded.said.is_empty());
        let chosen = Choices {
            scale: 1.25,
            size: (1024.0, 600.5),
            ..Choices::default()
        };
        file.save(&chosen).unwrap();
        assert_eq!(WindowFile::<Choices>::load(&path).1.value, chosen);
    }

    #[test]
    fn damage_loses_one_field_and_what_is_not_known_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("window.toml");
        let text = "theme = \"light\"\nscale = \"big\"\nsize = [1.0]\nfuture = 7\n";
        fs::write(&path, text).unwrap();
        let (file, loaded) = WindowFile::<Choices>::load(&path);
        let expected = Choices {
            theme: "light".into(),
            ..Choices::default()
        };
        assert_eq!(loaded.value, expected);
        assert_eq!(fs::read_to_string(loaded.backup.unwrap()).unwrap(), text);
        file.save(&loaded.value).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("future = 7"));
        for garbage in ["", "\0\u{1}", "[[[", "theme", "= 3"] {
            fs::write(&path, garbage).unwrap();
            let loaded = WindowFile::<Choices>::load(&path).1;
            assert_eq!(loaded.value, Choices::default(), "{garbage:?}");
        }
    }
}
