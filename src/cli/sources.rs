//! A source for a running instance, which has another working directory: files are
//! named from the root on, and have to be there.

use std::{fs, io, path};

use super::{Failure, parse};
use crate::rig::Source;

/// The source that the words of `set source` name; `none` is none.
///
/// # Errors
/// One sentence: what is no source, or a file that is not there.
pub(super) fn chosen(words: &[String]) -> Result<Option<Source>, Failure> {
    if let [word] = words
        && word.trim() == "none"
    {
        return Ok(None);
    }
    let mut source = read(words)?;
    match &mut source {
        Source::Files { paths, .. } => {
            for file in paths {
                *file = from_root(file)?;
                check(file)?;
            }
        }
        // One that is not there is made.
        Source::Pipe { path, .. } if path != "-" => *path = from_root(path)?,
        _ => {}
    }
    Ok(Some(source))
}

/// One word is read as the rig's own language, such as `loop:"a.wav" "b.wav"`; more
/// are files.
fn read(words: &[String]) -> Result<Source, Failure> {
    let refused = |error: crate::rig::RigError| Failure::Refused(error.to_string());
    let looped = |word: &String| Some(word.strip_prefix("loop:")?.to_owned());
    match words {
        [word] if word.starts_with("loop:") || word.starts_with('"') => {
            word.parse().map_err(refused)
        }
        [first, rest @ ..] => {
            let repeat = looped(first);
            let words: Vec<String> = std::iter::once(repeat.as_ref().unwrap_or(first))
                .chain(rest)
                .cloned()
                .collect();
            parse::source(&words, repeat.is_some()).map_err(refused)
        }
        [] => parse::source(words, false).map_err(refused),
    }
}

fn from_root(file: &str) -> Result<String, Failure> {
    let whole = path::absolute(file).map_err(|error| {
        Failure::Refused(format!(
            "{file} is not known from the root on: {error}. Write its whole path."
        ))
    })?;
    Ok(whole.to_string_lossy().into_owned())
}

fn check(file: &str) -> Result<(), Failure> {
    let sentence = match fs::metadata(file) {
        Ok(about) if about.is_dir() => format!("{file} is a directory. Name an audio file."),
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            format!("{file} is not there. Check the name.")
        }
        Err(error) => {
            format!("{file} cannot be opened: {error}. Check the path and that you may read it.")
        }
    };
    Err(Failure::Refused(sentence))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(Into::into).collect()
    }

    fn refusal(text: &str) -> String {
        match chosen(&words(text)) {
            Err(Failure::Refused(sentence)) => sentence,
            other => panic!("{text}: {other:?}"),
        }
    }

    /// Tests run in the directory of the package.
    fn here(name: &str) -> String {
        let root = std::env::current_dir().unwrap();
        root.join(name).to_str().unwrap().to_owned()
    }

    fn files(names: &[&str], repeat: bool) -> Option<Source> {
        Some(Source::Files {
            paths: names.iter().map(|name| here(name)).collect(),
            repeat,
        })
    }

    #[test]
    fn files_are_named_from_the_root_on_and_several_stay_several() {
        let two = files(&["Cargo.toml", "src/lib.rs"], false);
        assert_eq!(
            chosen(&words("Cargo.toml")).unwrap(),
            files(&["Cargo.toml"], false)
        );
        assert_eq!(chosen(&words("./Cargo.toml src/lib.rs")).unwrap(), two);
        let looped = files(&["Cargo.toml", "src/lib.rs"], true);
        assert_eq!(
            chosen(&words("loop:Cargo.toml src/lib.rs")).unwrap(),
            looped
        );
        let quoted = "loop:\"Cargo.toml\" \"src/lib.rs\"".to_owned();
        assert_eq!(chosen(&[quoted]).unwrap(), looped);
    }

    #[test]
    fn what_is_no_file_stays_as_it_is_written() {
        assert_eq!(chosen(&words("none")).unwrap(), None);
        for text in [
            "test:pink",
            "desktop",
            "-",
            "capture:room:line-in",
            "pipe:/tmp/x",
        ] {
            assert_eq!(
                chosen(&words(text)).unwrap(),
                Some(text.parse().unwrap()),
                "{text}"
            );
        }
        let pipe = format!("pipe:{}", here("new"));
        assert_eq!(
            chosen(&words("pipe:new")).unwrap(),
            Some(pipe.parse().unwrap())
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_refused_at_once() {
        let missing = format!("{} is not there. Check the name.", here("nothing.wav"));
        assert_eq!(refusal("nothing.wav"), missing);
        assert_eq!(refusal("Cargo.toml nothing.wav"), missing);
        assert!(refusal("src").ends_with("is a directory. Name an audio file."));
        assert!(refusal("test:pnik").contains("Did you mean \"pink\"?"));
    }
}
