//! What the command line adds to the rig's own small languages (`rig::text`,
//! `rig::quantity`): a role behind an output, known backends, spans of time.
//! Pure; every error is one sentence that says what to write instead.

use crate::bluetooth;
use crate::devices::pcm::Family;
use crate::rig::{
    Output, RigError, Role, Settings, Source, Target,
    limits::{self, GAIN_DB, Limit, TRIM_US},
    lookup, quantity,
};

/// An output as written for `--to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OutputSpec {
    /// The device and channels.
    pub output: Output,
    /// The role, where one was written.
    pub role: Option<Role>,
}

impl OutputSpec {
    /// The role in force: what was written, else mono on a single channel.
    #[must_use]
    pub(super) fn role(&self) -> Role {
        self.role.unwrap_or(match self.output.channels.len() {
            1 => Role::Mono,
            _ => Role::Stereo,
        })
    }
}

/// What stands before the ids of the simulated speakers of `--demo`.
const SIMULATED: &str = "room";

/// What `--rate` takes; a rig's pipe may be faster still.
const PCM_RATE_HZ: Limit = Limit {
    min: 8000.0,
    max: 192_000.0,
    words: "8000 to 192000 Hz",
};

/// What a volume is given in.
const PERCENT: Limit = Limit {
    min: 0.0,
    max: 100.0,
    words: "0 to 100 %",
};

/// The source that `play`'s arguments describe; several are files in order.
///
/// # Errors
/// One sentence for the user.
pub(super) fn source(words: &[String], repeat: bool) -> Result<Source, RigError> {
    let source = Source::from_words(words, repeat)?;
    if let Source::Capture { device: id } | Source::Monitor { sink: id } = &source {
        known_backend(id)?;
    }
    Ok(source)
}

/// `BACKEND:DEVICE[#CHANNEL[,CHANNEL]][=ROLE]`.
///
/// # Errors
/// One sentence for the user.
pub(super) fn output(text: &str) -> Result<OutputSpec, RigError> {
    let (rest, role) = split_role(text)?;
    known_backend(rest)?;
    let output = rest.parse()?;
    Ok(OutputSpec { output, role })
}

/// Cuts `=ROLE` off. ALSA's own arguments (`CARD=DAC`, `DEV=0`) have capital
/// keys; what follows any other `=` must be a role.
fn split_role(text: &str) -> Result<(&str, Option<Role>), RigError> {
    let Some((rest, word)) = text.rsplit_once('=') else {
        return Ok((text, None));
    };
    let key = rest.rsplit([':', ',']).next().unwrap_or(rest);
    let argument = !key.is_empty() && key.chars().all(|c| c.is_ascii_uppercase());
    match word.parse() {
        Ok(role) => Ok((rest, Some(role))),
        Err(_) if argument => Ok((text, None)),
        Err(error) => Err(error),
    }
}

/// The rig takes any backend, so that a document survives one it does not
/// know; on the command line a slip of the finger is more likely.
fn known_backend(id: &str) -> Result<(), RigError> {
    let families = Family::ALL.iter().map(|family| family.prefix());
    let known = families.chain([bluetooth::backend::PREFIX, SIMULATED]);
    match id.split_once(':') {
        Some((backend, _)) if known.clone().any(|known| known == backend) => Ok(()),
        Some((backend, _)) => Err(RigError::unknown("kind of device", backend, known)),
        None => Err(RigError::value(format!(
            "\"{id}\" is not a device. Write one as listed by `inphase devices`, such as \
             alsa:hw:CARD=DAC,DEV=0."
        ))),
    }
}

/// A delay with its unit, in whole microseconds; a length is taken at the speed
/// of sound in a room of the usual temperature.
///
/// # Errors
/// One sentence for the user.
pub(super) fn trim(text: &str) -> Result<i64, RigError> {
    let usual = Settings::default().temperature_c;
    let micros = TRIM_US.check(quantity::delay_us(text, usual)?.round())?;
    Ok(micros as i64)
}

/// A gain in dB.
///
/// # Errors
/// One sentence for the user.
pub(super) fn gain(text: &str) -> Result<f64, RigError> {
    GAIN_DB.check(quantity::decibels(text)?)
}

/// A latency; milliseconds where no unit is written.
///
/// # Errors
/// One sentence for the user.
pub(super) fn latency(text: &str) -> Result<Target, RigError> {
    match text.trim().parse::<f64>() {
        Ok(ms) => format!("{ms} ms").parse(),
        Err(_) => text.parse(),
    }
}

/// A period for `--period`.
///
/// # Errors
/// One sentence for the user.
pub(super) fn period(text: &str) -> Result<u32, RigError> {
    whole(text, &limits::PERIOD)
}

/// The rate of raw PCM.
///
/// # Errors
/// One sentence for the user.
pub(super) fn pcm_rate(text: &str) -> Result<u32, RigError> {
    whole(text, &PCM_RATE_HZ)
}

/// The channels of raw PCM.
///
/// # Errors
/// One sentence for the user.
pub(super) fn pcm_channels(text: &str) -> Result<u16, RigError> {
    whole(text, &limits::SOURCE_CHANNELS)
}

/// A volume.
///
/// # Errors
/// One sentence for the user.
pub(super) fn percent(text: &str) -> Result<u8, RigError> {
    whole(text.trim_end_matches('%').trim_end(), &PERCENT)
}

/// A whole number in a range; what is none at all hears of the range as well.
fn whole<T: TryFrom<u32>>(text: &str, limit: &Limit) -> Result<T, RigError> {
    let range = RigError::Range { range: limit.words };
    let number: u32 = text.trim().parse().map_err(|_| range.clone())?;
    let _ = limit.check(f64::from(number))?;
    T::try_from(number).map_err(|_| range)
}

/// A span of time in seconds: `90`, `90s`, `10m`, `1h`.
///
/// # Errors
/// One sentence for the user.
pub(super) fn span(text: &str) -> Result<f64, RigError> {
    quantity::span_s(text)
}

/// A short name: letters, digits, `-` and `_`.
///
/// # Errors
/// One sentence for the user.
pub(super) fn id(text: &str) -> Result<String, RigError> {
    // `move SPEAKER -` means no zone.
    if text != "-" && lookup::is_id(text) {
        return Ok(text.into());
    }
    Err(RigError::value("Use letters a to z, digits, - and _."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::rig::TestSignal;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(Into::into).collect()
    }

    fn parsed(text: &str) -> Result<Source, RigError> {
        source(&words(text), false)
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
            ("./test:pink a", files(&["./test:pink", "a"])),
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
            ("test:pinc", "Did you mean \"pink\"?"),
            ("test:", "Use one of: clicks"),
            ("pipe:", "Name the pipe"),
            ("capture:", "Name a capture device"),
            ("capture:hw:0", "kind of device"),
            ("a.wav desktop", "Play desktop alone"),
            ("- -", "alone"),
        ];
        for (text, expected) in table {
            let error = parsed(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn outputs_read_as_documented() {
        type Case = (
            &'static str,
            &'static str,
            &'static [u16],
            Option<Role>,
            Role,
        );
        let table: [Case; 11] = [
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
            ("lab1", "`inphase devices`"),
            ("alas:lab1", "Did you mean \"alsa\"?"),
            ("foo:bar", "Use one of: alsa, pulse, jack, bt, room."),
            ("alsa:", "`inphase devices`"),
            ("alsa:lab1=zzz", "Use one of: left"),
            ("alsa:lab1=stereoo", "Did you mean \"stereo\"?"),
            ("alsa:lab1#0", "1 to 64"),
            ("alsa:lab1#1,2,3", "one or two"),
            ("alsa:lab1#2,2", "different channels"),
        ];
        for (text, expected) in table {
            let error = output(text).unwrap_err().to_string();
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
            ("62cm", 1806),
            ("1m", 2914),
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
    fn whole_numbers_say_their_range_in_words() {
        let said = |error: RigError| error.to_string();
        assert_eq!(period("64"), Ok(64));
        assert_eq!(said(period("5").unwrap_err()), "Use 32 to 4096 frames.");
        assert_eq!(said(pcm_rate("5").unwrap_err()), "Use 8000 to 192000 Hz.");
        assert_eq!(said(pcm_channels("9").unwrap_err()), "Use 1 to 8 channels.");
        assert_eq!(said(percent("160").unwrap_err()), "Use 0 to 100 %.");
        assert_eq!(percent("60 %"), Ok(60));
        assert!(percent("loud").is_err() && percent("-1").is_err());
    }

    #[test]
    fn gains_latencies_and_times_stay_in_range() {
        assert_eq!(gain("-3dB"), Ok(-3.0));
        assert_eq!(gain("−1,5 dB"), Ok(-1.5));
        assert!(gain("13").is_err() && gain("3 ms").is_err());
        assert_eq!(latency("40"), Ok(Target::FixedMs(40.0)));
        assert_eq!(latency("12.5ms"), Ok(Target::FixedMs(12.5)));
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
}
