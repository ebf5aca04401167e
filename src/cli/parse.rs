//! The small languages of the command line: sources, outputs, delays, gains,
//! times. Pure; every error is one sentence that says what to write instead.

use super::suggest;
use crate::rig::{Output, Role, Source, TestSignal};

/// An output as written for `--to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// The device and channels.
    pub output: Output,
    /// The role, where one was written.
    pub role: Option<Role>,
}

impl OutputSpec {
    /// The role in force: what was written, else mono on a single channel.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role.unwrap_or(match self.output.channels.len() {
            1 => Role::Mono,
            _ => Role::Stereo,
        })
    }
}

/// How raw PCM looks where the user did not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pcm {
    /// `s16le`, `s24le`, `s32le` or `f32le`.
    pub format: String,
    /// Frames per second.
    pub rate: u32,
    /// 1 to 8.
    pub channels: u16,
}

impl Default for Pcm {
    /// What librespot, shairport-sync and most others write.
    fn default() -> Self {
        Self {
            format: "s16le".into(),
            rate: 44_100,
            channels: 2,
        }
    }
}

const BACKENDS: [&str; 5] = ["alsa", "pulse", "pipewire", "jack", "room"];

const ROLES: [(&str, Role); 11] = [
    ("l", Role::L),
    ("r", Role::R),
    ("stereo", Role::Stereo),
    ("mono", Role::Mono),
    ("sub", Role::Sub),
    ("fl", Role::Fl),
    ("fr", Role::Fr),
    ("c", Role::C),
    ("lfe", Role::Lfe),
    ("sl", Role::Sl),
    ("sr", Role::Sr),
];

const SIGNALS: [(&str, TestSignal); 8] = [
    ("clicks", TestSignal::Clicks),
    ("pink", TestSignal::Pink),
    ("sine", TestSignal::Sine),
    ("left", TestSignal::Left),
    ("right", TestSignal::Right),
    ("both", TestSignal::Both),
    ("anti-phase", TestSignal::AntiPhase),
    ("sweep", TestSignal::Sweep),
];

/// The source that `play`'s arguments describe; several are files in order.
///
/// # Errors
/// One sentence for the user.
pub fn source(words: &[String], repeat: bool, pcm: &Pcm) -> Result<Source, String> {
    if let [word] = words
        && let Some(source) = special(word, pcm)?
    {
        return Ok(source);
    }
    let mut paths = Vec::new();
    for word in words {
        if special(word, pcm)?.is_some() {
            return Err(format!(
                "`{word}` plays alone. Give one source, or several files."
            ));
        }
        paths.push(word.strip_prefix("file:").unwrap_or(word).to_owned());
    }
    Ok(Source::Files { paths, repeat })
}

/// A source that is no file.
fn special(word: &str, pcm: &Pcm) -> Result<Option<Source>, String> {
    let pipe = |path: &str| Source::Pipe {
        path: path.into(),
        format: pcm.format.clone(),
        rate: pcm.rate,
        channels: pcm.channels,
    };
    let source = match word.split_once(':') {
        None if word == "-" => pipe("-"),
        None if word == "desktop" => Source::Desktop,
        Some((kind @ ("pipe" | "capture" | "monitor" | "test"), "")) => {
            return Err(format!(
                "`{kind}:` needs a name behind it. See `inphase play --help`."
            ));
        }
        Some(("pipe", path)) => pipe(path),
        Some(("capture", id)) => Source::Capture {
            device: device(id)?.into(),
        },
        Some(("monitor", id)) => Source::Monitor {
            sink: device(id)?.into(),
        },
        Some(("test", name)) => Source::Test {
            signal: named("test signal", name, &SIGNALS)?,
        },
        _ => return Ok(None),
    };
    Ok(Some(source))
}

/// `BACKEND:DEVICE[#CHANNEL[,CHANNEL]][=ROLE]`.
///
/// # Errors
/// One sentence for the user.
pub fn output(text: &str) -> Result<OutputSpec, String> {
    let (rest, role) = split_role(text)?;
    let (id, channels) = match rest.rsplit_once('#') {
        Some((id, list)) => (id, channels(list)?),
        None => (rest, Vec::new()),
    };
    Ok(OutputSpec {
        output: Output {
            device: device(id)?.into(),
            channels,
            key: String::new(),
        },
        role,
    })
}

/// Cuts `=ROLE` off. ALSA's own arguments (`CARD=DAC`, `DEV=0`) have capital
/// keys; what follows any other `=` must be a role.
fn split_role(text: &str) -> Result<(&str, Option<Role>), String> {
    let Some((rest, word)) = text.rsplit_once('=') else {
        return Ok((text, None));
    };
    let key = rest.rsplit([':', ',']).next().unwrap_or(rest);
    let argument = !key.is_empty() && key.chars().all(|c| c.is_ascii_uppercase());
    match role(word) {
        Ok(role) => Ok((rest, Some(role))),
        Err(_) if argument => Ok((text, None)),
        Err(error) => Err(error),
    }
}

fn device(id: &str) -> Result<&str, String> {
    let (backend, name) = id.split_once(':').unwrap_or((id, ""));
    if !BACKENDS.contains(&backend) {
        let near = suggest::near(backend, BACKENDS.iter().copied())
            .map(|near| format!(" Did you mean `{near}:`?"))
            .unwrap_or_default();
        return Err(format!(
            "a device id begins with alsa:, pulse:, pipewire: or jack:, as `inphase devices` lists them.{near}"
        ));
    }
    if name.is_empty() {
        return Err(format!(
            "`{backend}:` needs a device behind it; `inphase devices` lists them"
        ));
    }
    Ok(id)
}

fn channels(list: &str) -> Result<Vec<u16>, String> {
    let parsed: Option<Vec<u16>> = list
        .split(',')
        .map(|word| word.trim().parse().ok().filter(|&channel| channel > 0))
        .collect();
    match parsed {
        Some(channels) if channels.len() <= 2 => {
            if let [a, b] = channels[..]
                && a == b
            {
                return Err("the two channels after # must differ".into());
            }
            Ok(channels)
        }
        _ => Err("after # write one or two channel numbers from 1, such as #3,4".into()),
    }
}

/// A role by its word, in any case.
///
/// # Errors
/// One sentence for the user.
pub fn role(word: &str) -> Result<Role, String> {
    named("role", &word.to_lowercase(), &ROLES)
}

/// A role's word, as [`role`] reads it.
#[must_use]
pub fn role_word(role: Role) -> &'static str {
    ROLES
        .iter()
        .find(|(_, known)| *known == role)
        .map_or("stereo", |(word, _)| word)
}

fn named<T: Copy>(what: &str, word: &str, table: &[(&str, T)]) -> Result<T, String> {
    if let Some((_, value)) = table.iter().find(|(name, _)| *name == word) {
        return Ok(*value);
    }
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    let near = suggest::near(word, names.iter().copied())
        .map(|near| format!(" Did you mean `{near}`?"))
        .unwrap_or_default();
    Err(format!(
        "`{word}` is no {what}.{near} There are {}.",
        names.join(", ")
    ))
}

/// A delay with its unit, in whole microseconds; −250 to +250 ms. Centimetres
/// and metres are taken at 343 m/s, the speed of sound at 20 °C.
///
/// # Errors
/// One sentence for the user.
pub fn trim(text: &str) -> Result<i64, String> {
    let (number, unit) = quantity(text)?;
    let micros = match unit.as_str() {
        "us" | "µs" | "μs" => number,
        "ms" => number * 1e3,
        "s" => number * 1e6,
        "cm" => number * 1e4 / 343.0,
        "m" => number * 1e6 / 343.0,
        "" if number == 0.0 => 0.0,
        _ => return Err("write a delay with its unit, such as 180us, -0.2ms or 62cm".into()),
    };
    let micros = micros.round();
    if micros.abs() > 250_000.0 {
        return Err("use −250 to +250 ms".into());
    }
    Ok(micros as i64)
}

/// A gain in dB; −60 to +12.
///
/// # Errors
/// One sentence for the user.
pub fn gain(text: &str) -> Result<f64, String> {
    match quantity(text)? {
        (db, unit) if (unit.is_empty() || unit == "db") && (-60.0..=12.0).contains(&db) => Ok(db),
        _ => Err("use −60 to +12 dB, such as -3dB".into()),
    }
}

/// A latency in milliseconds, 1 to 5000.
///
/// # Errors
/// One sentence for the user.
pub fn latency(text: &str) -> Result<f64, String> {
    match quantity(text)? {
        (ms, unit) if (unit.is_empty() || unit == "ms") && (1.0..=5000.0).contains(&ms) => Ok(ms),
        _ => Err("use 1 to 5000 ms, such as 40".into()),
    }
}

/// A span of time in seconds: `90`, `90s`, `10m`, `1h`; above zero, up to a week.
///
/// # Errors
/// One sentence for the user.
pub fn span(text: &str) -> Result<f64, String> {
    let wrong = "write a time such as 90, 90s, 10m or 1h";
    let (number, unit) = quantity(text).map_err(|_| wrong)?;
    let seconds = match unit.as_str() {
        "" | "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong.into()),
    };
    if seconds > 0.0 && seconds <= 604_800.0 {
        Ok(seconds)
    } else {
        Err(wrong.into())
    }
}

/// A short name: letters, digits, `-` and `_`.
///
/// # Errors
/// One sentence for the user.
pub fn id(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && text != "-" && text.chars().all(fits) {
        Ok(text.into())
    } else {
        Err("use letters a to z, digits, - and _".into())
    }
}

/// A number and its unit in lower case. `−` and `,` are as good as `-` and `.`.
fn quantity(text: &str) -> Result<(f64, String), String> {
    let text = text.trim().replace('−', "-").replace(',', ".");
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '-' | '.')))
        .unwrap_or(text.len());
    let number: f64 = text[..end]
        .parse()
        .map_err(|_| format!("`{text}` does not begin with a number"))?;
    Ok((number, text[end..].trim().to_lowercase()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(Into::into).collect()
    }

    fn parsed(text: &str) -> Result<Source, String> {
        source(&words(text), false, &Pcm::default())
    }

    fn files(paths: &[&str]) -> Source {
        Source::Files {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            repeat: false,
        }
    }

    fn pipe(path: &str) -> Source {
        Source::Pipe {
            path: path.into(),
            format: "s16le".into(),
            rate: 44_100,
            channels: 2,
        }
    }

    #[test]
    fn sources_read_as_documented() {
        let table = [
            ("song.flac", files(&["song.flac"])),
            ("a.wav b.mp3", files(&["a.wav", "b.mp3"])),
            ("./desktop", files(&["./desktop"])),
            ("file:desktop", files(&["desktop"])),
            ("file:test:pink a", files(&["test:pink", "a"])),
            ("8:30.wav", files(&["8:30.wav"])),
            ("-", pipe("-")),
            ("pipe:/tmp/snapfifo", pipe("/tmp/snapfifo")),
            ("desktop", Source::Desktop),
            (
                "capture:alsa:hw:CARD=Codec,DEV=0",
                Source::Capture {
                    device: "alsa:hw:CARD=Codec,DEV=0".into(),
                },
            ),
            (
                "monitor:pulse:hdmi",
                Source::Monitor {
                    sink: "pulse:hdmi".into(),
                },
            ),
            (
                "test:anti-phase",
                Source::Test {
                    signal: TestSignal::AntiPhase,
                },
            ),
        ];
        for (text, expected) in table {
            assert_eq!(parsed(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn wrong_sources_say_what_to_write() {
        let table = [
            ("test:pinc", "Did you mean `pink`?"),
            ("test:", "needs a name"),
            ("pipe:", "needs a name"),
            ("capture:hw:0", "begins with alsa:"),
            ("a.wav desktop", "`desktop` plays alone"),
            ("- -", "`-` plays alone"),
        ];
        for (text, expected) in table {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn outputs_read_as_documented() {
        let table: [(&str, &str, &[u16], Option<Role>, Role); 11] = [
            ("alsa:lab1", "alsa:lab1", &[], None, Role::Stereo),
            ("alsa:lab1=L", "alsa:lab1", &[], Some(Role::L), Role::L),
            (
                "alsa:lab1=lfe",
                "alsa:lab1",
                &[],
                Some(Role::Lfe),
                Role::Lfe,
            ),
            (
                "alsa:hw:CARD=DAC,DEV=0",
                "alsa:hw:CARD=DAC,DEV=0",
                &[],
                None,
                Role::Stereo,
            ),
            (
                "alsa:hw:CARD=DAC,DEV=0#3,4",
                "alsa:hw:CARD=DAC,DEV=0",
                &[3, 4],
                None,
                Role::Stereo,
            ),
            (
                "alsa:hw:CARD=DAC,DEV=0#3=sub",
                "alsa:hw:CARD=DAC,DEV=0",
                &[3],
                Some(Role::Sub),
                Role::Sub,
            ),
            ("alsa:hw:0,0#8", "alsa:hw:0,0", &[8], None, Role::Mono),
            (
                "alsa:hw:CARD=DAC",
                "alsa:hw:CARD=DAC",
                &[],
                None,
                Role::Stereo,
            ),
            (
                "alsa:hw:CARD=C=stereo",
                "alsa:hw:CARD=C",
                &[],
                Some(Role::Stereo),
                Role::Stereo,
            ),
            (
                "pulse:alsa_output.usb-DAC=R",
                "pulse:alsa_output.usb-DAC",
                &[],
                Some(Role::R),
                Role::R,
            ),
            (
                "room:kitchen=FL",
                "room:kitchen",
                &[],
                Some(Role::Fl),
                Role::Fl,
            ),
        ];
        for (text, device, channels, written, in_force) in table {
            let spec = output(text).unwrap();
            assert_eq!(spec.output.device, device, "{text}");
            assert_eq!(spec.output.channels, channels, "{text}");
            assert_eq!(spec.role, written, "{text}");
            assert_eq!(spec.role(), in_force, "{text}");
        }
    }

    #[test]
    fn wrong_outputs_say_what_to_write() {
        let table = [
            ("lab1", "begins with alsa:"),
            ("alas:lab1", "Did you mean `alsa:`?"),
            ("alsa:", "needs a device"),
            ("alsa:lab1=Lft", "is no role"),
            ("alsa:lab1=stereoo", "Did you mean `stereo`?"),
            ("alsa:lab1#0", "from 1"),
            ("alsa:lab1#1,2,3", "one or two"),
            ("alsa:lab1#", "one or two"),
            ("alsa:lab1#2,2", "must differ"),
        ];
        for (text, expected) in table {
            let error = output(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn delays_need_a_unit_and_stay_in_range() {
        let good = [
            ("180us", 180),
            ("180µs", 180),
            ("-0.2ms", -200),
            ("−0,2 ms", -200),
            ("+250ms", 250_000),
            ("0", 0),
            ("62cm", 1808),
            ("1m", 2915),
        ];
        for (text, micros) in good {
            assert_eq!(trim(text), Ok(micros), "{text}");
        }
        for text in [
            "180", "251ms", "-1s", "fast", "", "1.2.3ms", "NaNms", "infms",
        ] {
            assert!(trim(text).is_err(), "{text}");
        }
    }

    #[test]
    fn gains_latencies_and_times_stay_in_range() {
        assert_eq!(gain("-3dB"), Ok(-3.0));
        assert_eq!(gain("−1,5 dB"), Ok(-1.5));
        assert!(gain("13").is_err() && gain("3 ms").is_err());
        assert_eq!(latency("40"), Ok(40.0));
        assert_eq!(latency("12.5ms"), Ok(12.5));
        assert!(latency("0").is_err() && latency("9000").is_err());
        for (text, seconds) in [("90", 90.0), ("1.5s", 1.5), ("10m", 600.0), ("1h", 3600.0)] {
            assert_eq!(span(text), Ok(seconds), "{text}");
        }
        for text in ["0", "-1", "1d", "soon", "1e9h"] {
            assert!(span(text).is_err(), "{text}");
        }
        assert!(
            id("left-1_a").is_ok() && id("").is_err() && id("a b").is_err() && id("-").is_err()
        );
    }

    #[test]
    fn every_role_has_a_word_that_reads_back() {
        for (word, known) in ROLES {
            assert_eq!(role(word), Ok(known));
            assert_eq!(role_word(known), word);
        }
    }
}
