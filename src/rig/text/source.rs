//! Sources as written on the command line: a path, `-`,
//! `pipe:PATH?format=s16le&rate=44100&channels=2`, `capture:ID`, `desktop`,
//! `monitor:ID`, `test:NAME`. Several paths are a playlist.
//!
//! In one piece of text a playlist is written in quotes, `"a.flac" "b.flac"`,
//! with `loop:` before it when it begins again after the last one. Quotes also
//! mark a path that would read as something else, such as a file `desktop`.

use std::{
    fmt::{self, Display, Formatter},
    str::FromStr,
};

use crate::rig::{error::RigError, limits, model::Source, quantity};

impl Source {
    /// The sample formats a pipe may have.
    pub const FORMATS: [&'static str; 4] = ["s16le", "s24le", "s32le", "f32le"];

    /// From the words of a command line; several words must all be paths.
    ///
    /// # Errors
    /// When there are none, or several that are not all paths.
    pub fn from_words<S: AsRef<str>>(words: &[S], repeat: bool) -> Result<Self, RigError> {
        let source = match words {
            [] => return Err(RigError::value(HELP)),
            [one] => parse_word(one.as_ref())?,
            many => {
                let mut paths = Vec::new();
                for word in many {
                    match parse_word(word.as_ref())? {
                        Self::Files { paths: more, .. } => paths.extend(more),
                        other => {
                            return Err(RigError::value(format!(
                                "A playlist is made of files only. Play {other} alone."
                            )));
                        }
                    }
                }
                files(paths)
            }
        };
        match source {
            Self::Files { paths, .. } => Ok(Self::Files { paths, repeat }),
            other => Ok(other),
        }
    }

    /// Checks what a text or a file may have got wrong.
    ///
    /// # Errors
    /// One sentence with the next step.
    pub fn check(&self) -> Result<(), RigError> {
        match self {
            Self::Files { paths, .. } if paths.is_empty() || paths.iter().any(String::is_empty) => {
                Err(RigError::value("Name at least one file to play."))
            }
            Self::Capture { device } if device.is_empty() => Err(RigError::value(
                "Name a capture device, such as capture:alsa:hw:CARD=Codec,DEV=0.",
            )),
            Self::Monitor { sink } if sink.is_empty() => Err(RigError::value(
                "Name a sink to listen to, such as monitor:pulse:alsa_output.pci.",
            )),
            Self::Pipe {
                path,
                format,
                rate,
                channels,
            } => {
                if path.is_empty() {
                    return Err(RigError::value("Name the pipe, such as pipe:/tmp/music."));
                }
                if !Self::FORMATS.contains(&format.as_str()) {
                    return Err(RigError::unknown("sample format", format, Self::FORMATS));
                }
                if !limits::RATE_HZ.holds(f64::from(*rate)) {
                    return Err(RigError::Range {
                        range: "a rate of 8000 to 384000 Hz",
                    });
                }
                limits::SOURCE_CHANNELS
                    .check(f64::from(*channels))
                    .map(drop)
            }
            _ => Ok(()),
        }
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files { paths, repeat } => {
                f.write_str(if *repeat { LOOP } else { "" })?;
                match paths.as_slice() {
                    [path] if is_plain_path(path) => f.write_str(path),
                    paths => {
                        let quoted: Vec<String> = paths.iter().map(|path| quote(path)).collect();
                        f.write_str(&quoted.join(" "))
                    }
                }
            }
            Self::Capture { device } => write!(f, "capture:{device}"),
            Self::Desktop => f.write_str("desktop"),
            Self::Monitor { sink } => write!(f, "monitor:{sink}"),
            Self::Pipe {
                path,
                format,
                rate,
                channels,
            } => write!(
                f,
                "pipe:{path}?format={format}&rate={rate}&channels={channels}"
            ),
            Self::Test { signal } => write!(f, "test:{signal}"),
        }
    }
}

impl FromStr for Source {
    type Err = RigError;

    fn from_str(text: &str) -> Result<Self, RigError> {
        let text = text.trim();
        let (repeat, rest) = match text.strip_prefix(LOOP) {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        if rest.starts_with('"') {
            let source = files(unquote(rest)?);
            source.check()?;
            return match source {
                Self::Files { paths, .. } => Ok(Self::Files { paths, repeat }),
                other => Ok(other),
            };
        }
        match parse_word(rest)? {
            Self::Files { paths, .. } => Ok(Self::Files { paths, repeat }),
            other if repeat => Err(RigError::value(format!(
                "Only files can be played in a loop. Write {other} without {LOOP}"
            ))),
            other => Ok(other),
        }
    }
}

fn files(paths: Vec<String>) -> Source {
    Source::Files {
        paths,
        repeat: false,
    }
}

fn parse_word(word: &str) -> Result<Source, RigError> {
    let source = match word.split_once(':') {
        _ if word == "desktop" => Source::Desktop,
        _ if word == "-" || word.starts_with("-?") => parse_pipe(word)?,
        Some(("pipe", rest)) => parse_pipe(rest)?,
        Some(("capture", rest)) => Source::Capture {
            device: rest.to_owned(),
        },
        Some(("monitor", rest)) => Source::Monitor {
            sink: rest.to_owned(),
        },
        Some(("test", rest)) => Source::Test {
            signal: rest.parse()?,
        },
        _ if word.is_empty() => return Err(RigError::value(HELP)),
        _ => files(vec![word.to_owned()]),
    };
    source.check()?;
    Ok(source)
}

fn parse_pipe(text: &str) -> Result<Source, RigError> {
    let (path, options) = match text.rsplit_once('?') {
        Some((path, options)) if options.contains('=') => (path, options),
        _ => (text, ""),
    };
    let (mut format, mut rate, mut channels) = ("s16le".to_owned(), 44_100, 2);
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        match key {
            "format" => format = value.to_lowercase(),
            "rate" => rate = quantity::hertz(value)?.round() as u32,
            "channels" => channels = quantity::count(value, "channels")? as u16,
            _ => {
                return Err(RigError::unknown(
                    "pipe option",
                    key,
                    ["format", "rate", "channels"],
                ));
            }
        }
    }
    Ok(Source::Pipe {
        path: path.to_owned(),
        format,
        rate,
        channels,
    })
}

/// Whether a path reads as itself without quotes.
fn is_plain_path(path: &str) -> bool {
    let special = ["pipe:", "capture:", "monitor:", "test:", LOOP, "-?", "\""];
    !path.is_empty()
        && path.trim() == path
        && !["desktop", "-", "none"].contains(&path)
        && !special.iter().any(|prefix| path.starts_with(prefix))
}

fn quote(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
}

fn unquote(text: &str) -> Result<Vec<String>, RigError> {
    let unclosed = || RigError::value("A quote is missing. Write each file as \"path\".");
    let mut paths = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            continue;
        }
        if letter != '"' {
            return Err(unclosed());
        }
        let mut path = String::new();
        loop {
            match letters.next().ok_or_else(unclosed)? {
                '"' => break,
                '\\' => path.push(letters.next().ok_or_else(unclosed)?),
                other => path.push(other),
            }
        }
        paths.push(path);
    }
    Ok(paths)
}

const LOOP: &str = "loop:";

const HELP: &str = "Name a source: a file, -, pipe:PATH, capture:ID, desktop, monitor:ID or \
                    test:NAME.";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::rig::{arbitrary, model::TestSignal};

    #[test]
    fn the_command_line_forms_are_read() {
        let pipe = |path: &str, format: &str, rate, channels| Source::Pipe {
            path: path.into(),
            format: format.into(),
            rate,
            channels,
        };
        for (text, source) in [
            ("/music/a b.flac", files(vec!["/music/a b.flac".into()])),
            ("-", pipe("-", "s16le", 44_100, 2)),
            ("-?format=f32le", pipe("-", "f32le", 44_100, 2)),
            (
                "pipe:/tmp/snapfifo?rate=48000",
                pipe("/tmp/snapfifo", "s16le", 48_000, 2),
            ),
            ("pipe:/a?b", pipe("/a?b", "s16le", 44_100, 2)),
            (
                "capture:alsa:hw:CARD=Codec,DEV=0",
                Source::Capture {
                    device: "alsa:hw:CARD=Codec,DEV=0".into(),
                },
            ),
            ("desktop", Source::Desktop),
            (
                "monitor:pulse:x",
                Source::Monitor {
                    sink: "pulse:x".into(),
                },
            ),
            (
                "test:anti_phase",
                Source::Test {
                    signal: TestSignal::AntiPhase,
                },
            ),
        ] {
            assert_eq!(text.parse::<Source>().unwrap(), source, "{text}");
        }
    }

    #[test]
    fn several_paths_make_a_playlist() {
        let source = Source::from_words(&["a.flac", "b c.mp3"], true).unwrap();
        assert_eq!(source.to_string(), "loop:\"a.flac\" \"b c.mp3\"");
        assert!(Source::from_words(&["a.flac", "desktop"], false).is_err());
        assert!(Source::from_words::<&str>(&[], false).is_err());
    }

    #[test]
    fn wrong_sources_say_what_to_write() {
        for (text, part) in [
            ("", "Name a source"),
            ("test:pnik", "\"pink\""),
            ("capture:", "capture device"),
            ("pipe:", "Name the pipe"),
            ("pipe:/x?format=s17le", "\"s16le\""),
            ("pipe:/x?channels=9", "1 to 8"),
            ("pipe:/x?rate=1", "8000"),
            ("pipe:/x?chanels=2", "\"channels\""),
            ("loop:desktop", "Only files"),
            ("\"a", "quote"),
        ] {
            let error = text.parse::<Source>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn sources_read_back_as_written(source in arbitrary::source()) {
            prop_assert_eq!(source.to_string().parse::<Source>().unwrap(), source);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            if let Ok(source) = text.parse::<Source>() {
                prop_assert_eq!(source.to_string().parse::<Source>().unwrap(), source);
            }
        }
    }
}
