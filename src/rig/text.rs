//! How the parts of a rig are written on the command line and read back.
//! Whatever `Display` writes, `FromStr` reads as the same value; the one
//! exception is [`Output::key`], which is never written.

pub mod source;

use std::{
    fmt::{self, Display, Formatter},
    str::FromStr,
};

use super::{
    error::RigError,
    limits, lookup,
    model::{Output, Role, Target, TestSignal, Timing},
    quantity,
};

impl Output {
    /// The 1-based channels it plays on. Without a choice these are the first
    /// two; a device with one channel plays on that.
    #[must_use]
    pub fn channels_in_use(&self) -> &[u16] {
        if self.channels.is_empty() {
            &[1, 2]
        } else {
            &self.channels
        }
    }
}

impl Display for Output {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.device)?;
        let numbers: Vec<String> = self.channels.iter().map(ToString::to_string).collect();
        let looks_chosen = self
            .device
            .rsplit_once('#')
            .is_some_and(|(_, tail)| is_channel_list(tail));
        if numbers.is_empty() && !looks_chosen {
            return Ok(());
        }
        write!(f, "#{}", numbers.join(","))
    }
}

impl FromStr for Output {
    type Err = RigError;

    fn from_str(text: &str) -> Result<Self, RigError> {
        let text = text.trim();
        let (device, channels) = match text.rsplit_once('#') {
            Some((device, tail)) if is_channel_list(tail) => (device, parse_channels(tail)?),
            _ => (text, Vec::new()),
        };
        let named = device
            .split_once(':')
            .is_some_and(|(backend, name)| lookup::is_id(backend) && !name.is_empty());
        if !named || device.chars().any(char::is_control) {
            return Err(RigError::value(format!(
                "\"{text}\" is not an output. Write one as listed by `inphase devices`, such as \
                 alsa:hw:CARD=DAC,DEV=0 or alsa:hw:CARD=DAC,DEV=0#3,4."
            )));
        }
        Ok(Self {
            device: device.to_owned(),
            channels,
            key: String::new(),
        })
    }
}

/// Some devices have a `#` in their name, so only what starts like channel
/// numbers is taken for them; nothing at all means the first ones.
fn is_channel_list(tail: &str) -> bool {
    tail.is_empty() || tail.starts_with(|c: char| c.is_ascii_digit())
}

fn parse_channels(tail: &str) -> Result<Vec<u16>, RigError> {
    if tail.is_empty() {
        return Ok(Vec::new());
    }
    let channels: Option<Vec<u16>> = tail.split(',').map(|n| n.trim().parse().ok()).collect();
    match channels.as_deref() {
        Some([one]) => check_channel(*one)?,
        Some([one, two]) if one != two => {
            check_channel(*one)?;
            check_channel(*two)?;
        }
        _ => {
            return Err(RigError::value(format!(
                "\"#{tail}\" is not a channel choice. Write one or two different channels, such \
                 as #3 or #3,4."
            )));
        }
    }
    Ok(channels.unwrap_or_default())
}

fn check_channel(channel: u16) -> Result<(), RigError> {
    limits::OUTPUT_CHANNEL.check(f64::from(channel)).map(drop)
}

impl Role {
    /// Every role with the word that is written for it.
    pub const WORDS: [(Self, &'static str); 11] = [
        (Self::L, "left"),
        (Self::R, "right"),
        (Self::Stereo, "stereo"),
        (Self::Mono, "mono"),
        (Self::Sub, "sub"),
        (Self::Fl, "fl"),
        (Self::Fr, "fr"),
        (Self::C, "c"),
        (Self::Lfe, "lfe"),
        (Self::Sl, "sl"),
        (Self::Sr, "sr"),
    ];

    /// What it is called in a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::L => "the left channel",
            Self::R => "the right channel",
            Self::Stereo => "stereo",
            Self::Mono => "mono",
            Self::Sub => "the subwoofer",
            Self::Fl => "the front left channel",
            Self::Fr => "the front right channel",
            Self::C => "the centre channel",
            Self::Lfe => "the LFE channel",
            Self::Sl => "the surround left channel",
            Self::Sr => "the surround right channel",
        }
    }
}

impl Display for Role {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(*self, &Self::WORDS))
    }
}

impl FromStr for Role {
    type Err = RigError;

    fn from_str(text: &str) -> Result<Self, RigError> {
        match text.trim().to_lowercase().as_str() {
            "l" => Ok(Self::L),
            "r" => Ok(Self::R),
            "subwoofer" => Ok(Self::Sub),
            "center" | "centre" => Ok(Self::C),
            word => value_of(word, &Self::WORDS, "role"),
        }
    }
}

impl TestSignal {
    /// Every signal with the word that is written for it.
    pub const WORDS: [(Self, &'static str); 8] = [
        (Self::Clicks, "clicks"),
        (Self::Pink, "pink"),
        (Self::Sine, "sine"),
        (Self::Left, "left"),
        (Self::Right, "right"),
        (Self::Both, "both"),
        (Self::AntiPhase, "anti-phase"),
        (Self::Sweep, "sweep"),
    ];
}

impl Display for TestSignal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(*self, &Self::WORDS))
    }
}

impl FromStr for TestSignal {
    type Err = RigError;

    fn from_str(text: &str) -> Result<Self, RigError> {
        let word = text.trim().to_lowercase().replace('_', "-");
        value_of(&word, &Self::WORDS, "test signal")
    }
}

impl Display for Timing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(word_of(*self, &TIMINGS))
    }
}

impl FromStr for Timing {
    type Err = RigError;

    fn from_str(text: &str) -> Result<Self, RigError> {
        match text.trim().to_lowercase().replace(['_', ' '], "-").as_str() {
            "insync" | "sync" => Ok(Self::InSync),
            word => value_of(word, &TIMINGS, "timing"),
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::FixedMs(ms) => write!(f, "{ms} ms"),
        }
    }
}

impl FromStr for Target {
    type Err = RigError;

    fn from_str(text: &str) -> Result<Self, RigError> {
        if text.trim().eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        // A time in ms is kept to the digit, so it can be written and read again.
        let millis = text.trim().strip_suffix("ms").map(str::trim_end);
        let ms = match millis.and_then(|number| number.parse().ok()) {
            Some(ms) => ms,
            None => {
                quantity::seconds(text)
                    .map_err(|_| RigError::value("Write auto, or a time such as 25 ms."))?
                    * 1e3
            }
        };
        Ok(Self::FixedMs(limits::TARGET_MS.check(ms)?))
    }
}

const TIMINGS: [(Timing, &str); 2] = [(Timing::InSync, "in-sync"), (Timing::Own, "own")];

fn word_of<T: Copy + PartialEq>(value: T, words: &[(T, &'static str)]) -> &'static str {
    words
        .iter()
        .find(|(known, _)| *known == value)
        .map_or("", |(_, word)| word)
}

fn value_of<T: Copy>(
    word: &str,
    words: &[(T, &'static str)],
    kind: &'static str,
) -> Result<T, RigError> {
    words
        .iter()
        .find(|(_, known)| *known == word)
        .map(|(value, _)| *value)
        .ok_or_else(|| RigError::unknown(kind, word, words.iter().map(|(_, known)| *known)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::rig::arbitrary;

    #[test]
    fn outputs_keep_colons_and_commas_of_the_device() {
        let output: Output = "alsa:hw:CARD=DAC,DEV=0#3,4".parse().unwrap();
        assert_eq!(output.device, "alsa:hw:CARD=DAC,DEV=0");
        assert_eq!(output.channels, [3, 4]);
        assert_eq!(output.to_string(), "alsa:hw:CARD=DAC,DEV=0#3,4");
        let plain: Output = "alsa:lab1".parse().unwrap();
        assert_eq!(
            (plain.channels.len(), plain.channels_in_use()),
            (0, &[1, 2][..])
        );
        let one: Output = "pulse:usb#1".parse().unwrap();
        assert_eq!(one.channels_in_use(), [1]);
        let hash: Output = "pulse:sink#monitor".parse().unwrap();
        assert_eq!(hash.device, "pulse:sink#monitor");
    }

    #[test]
    fn bad_outputs_say_how_to_write_one() {
        for text in [
            "",
            "dac",
            "alsa:",
            ":x",
            "alsa:x#0",
            "alsa:x#1,1",
            "alsa:x#1,2,3",
            "alsa:x#3;4",
            "alsa:x#65",
            "alsa:x#99999999",
        ] {
            let error = text.parse::<Output>().unwrap_err().to_string();
            assert!(
                error.contains("rite ") || error.contains("Use "),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn unknown_words_suggest_near_ones() {
        let error = "pnik".parse::<TestSignal>().unwrap_err().to_string();
        assert_eq!(
            error,
            "There is no test signal \"pnik\". Did you mean \"pink\"?"
        );
        assert!(
            "sterio"
                .parse::<Role>()
                .unwrap_err()
                .to_string()
                .contains("\"stereo\"")
        );
        assert!(
            "onw"
                .parse::<Timing>()
                .unwrap_err()
                .to_string()
                .contains("\"own\"")
        );
    }

    #[test]
    fn every_word_is_read_back() {
        for (role, word) in Role::WORDS {
            assert_eq!(word.parse::<Role>().unwrap(), role);
            assert_eq!(role.to_string(), word);
        }
        for (signal, word) in TestSignal::WORDS {
            assert_eq!(word.parse::<TestSignal>().unwrap(), signal);
        }
        for (timing, word) in TIMINGS {
            assert_eq!(word.parse::<Timing>().unwrap(), timing);
        }
        assert_eq!("25 ms".parse::<Target>().unwrap(), Target::FixedMs(25.0));
        assert_eq!("0,1 s".parse::<Target>().unwrap(), Target::FixedMs(100.0));
        assert!("25".parse::<Target>().is_err());
    }

    proptest! {
        #[test]
        fn outputs_read_back_as_written(output in arbitrary::output()) {
            prop_assert_eq!(output.to_string().parse::<Output>().unwrap(), output);
        }

        #[test]
        fn targets_read_back_as_written(ms in 1.0_f64..5000.0) {
            let target = Target::FixedMs(ms);
            prop_assert_eq!(target.to_string().parse::<Target>().unwrap(), target);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = text.parse::<Output>();
            let _ = text.parse::<Target>();
            let _ = text.parse::<Role>();
        }
    }
}
