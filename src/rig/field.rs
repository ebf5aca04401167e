//! Every field that can be set by path and text, in one table, and the setting
//! and reading itself. `get` writes what `set` reads back as the same value.

use super::{
    error::RigError,
    limits,
    model::{Rig, Speaker, Target, Timing, Zone},
    quantity::{self, signed, tidy, time_words},
};

/// A settable field, for help pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// `ID` stands for a speaker's or zone's id.
    pub path: &'static str,
    /// What it is.
    pub means: &'static str,
    /// What may be written.
    pub values: &'static str,
    /// One value that works.
    pub example: &'static str,
}

/// All settable fields.
#[rustfmt::skip]
pub const FIELDS: &[Field] = &[
    row("source", "what is played", "a file, -, pipe:PATH, capture:ID, desktop, monitor:ID, test:NAME, none", "test:pink"),
    row("name", "what the rig is called", "text", "At home"),
    row("speakers.ID.name", "what the speaker is called", "text", "Kitchen left"),
    row("speakers.ID.output", "device and channels it plays on", "an id of `inphase devices`, with #3 or #3,4 for channels", "alsa:hw:CARD=DAC,DEV=0#3,4"),
    row("speakers.ID.role", "what part of the stream it plays", "left, right, stereo, mono, sub, fl, fr, c, lfe, sl, sr", "left"),
    row("speakers.ID.gain", "its gain", "−60 to +12 dB", "-3 dB"),
    row("speakers.ID.mute", "silences it", "on, off", "on"),
    row("speakers.ID.solo", "silences all others", "on, off", "off"),
    row("speakers.ID.polarity", "turns the wave upside down", "normal, inverted", "inverted"),
    row("speakers.ID.keep_awake", "keeps a Bluetooth speaker awake in silence, inaudibly", "on, off", "on"),
    row("speakers.ID.trim", "plays later (+) or earlier (−) than computed", "−250 to +250 ms as a time or a length", "180us"),
    row("speakers.ID.distance", "how far it is from the listener", "0 to 100 m, also cm, ft, in", "3 m"),
    row("zones.ID.name", "what the zone is called", "text", "Kitchen"),
    row("zones.ID.gain", "gain of the whole zone", "−60 to +12 dB", "-6 dB"),
    row("zones.ID.mute", "silences the zone", "on, off", "off"),
    row("zones.ID.timing", "with all other zones, or as fast as it can alone", "in-sync, own", "own"),
    row("zones.ID.crossover", "where the subwoofer takes over", "40 to 250 Hz", "80 Hz"),
    row("settings.temperature", "air temperature", "−30 to +50 °C, also °F", "21"),
    row("settings.target", "latency from source to ear", "auto, or 1 to 5000 ms", "25 ms"),
    row("settings.period", "frames per device period at 48 kHz", "32 to 4096", "192"),
    row("settings.rate", "sample rate of the devices", "auto, or 8 to 384 kHz", "48 kHz"),
    row("settings.in_phase", "offset up to which a speaker counts as in phase", "1 µs to 10 ms", "100 us"),
    row("settings.jitter_min", "sound of a Bluetooth source kept against late packets, at least", "0 to 1000 ms", "30 ms"),
    row("settings.jitter_max", "the same at most; what comes later is lost", "0 to 1000 ms", "150 ms"),
    row("settings.gain", "master gain", "−60 to +12 dB", "-10 dB"),
    row("settings.mute", "master mute", "on, off", "off"),
];

const fn row(
    path: &'static str,
    means: &'static str,
    values: &'static str,
    example: &'static str,
) -> Field {
    Field {
        path,
        means,
        values,
        example,
    }
}

/// Sets one field and says so in a sentence. The rig is unchanged on error.
///
/// # Errors
/// When the path or the value is not known, or the value out of range.
pub fn set(rig: &mut Rig, path: &str, value: &str) -> Result<String, RigError> {
    let temperature = rig.settings.temperature_c;
    match Place::find(path)? {
        Place::Source => set_source(rig, value),
        Place::Name => {
            rig.name = name(value)?;
            Ok(format!("The rig is now called \"{}\".", rig.name))
        }
        Place::Speaker(id, field) => set_speaker(rig.speaker_mut(id)?, field, value, temperature),
        Place::Zone(id, field) => set_zone(rig.zone_mut(id)?, field, value),
        Place::Settings(field) => set_setting(rig, field, value),
    }
}

/// The field's value as [`set`] reads it.
///
/// # Errors
/// When the path is not known.
pub fn get(rig: &Rig, path: &str) -> Result<String, RigError> {
    match Place::find(path)? {
        Place::Source => Ok(rig
            .source
            .as_ref()
            .map_or_else(|| "none".into(), ToString::to_string)),
        Place::Name => Ok(rig.name.clone()),
        Place::Speaker(id, field) => get_speaker(&rig.speakers[rig.speaker_index(id)?], field),
        Place::Zone(id, field) => get_zone(&rig.zones[rig.zone_index(id)?], field),
        Place::Settings(field) => get_setting(rig, field),
    }
}

/// A path taken apart; fields are known to be in the table.
enum Place<'a> {
    Source,
    Name,
    Speaker(&'a str, &'a str),
    Zone(&'a str, &'a str),
    Settings(&'a str),
}

impl<'a> Place<'a> {
    fn find(path: &'a str) -> Result<Self, RigError> {
        let path = path.trim();
        let parts: Vec<&str> = path.split('.').collect();
        match parts.as_slice() {
            ["source"] => Ok(Self::Source),
            ["name"] => Ok(Self::Name),
            ["speakers", id, field] => {
                known("speakers.ID.", field, "speaker field").map(|field| Self::Speaker(id, field))
            }
            ["zones", id, field] => {
                known("zones.ID.", field, "zone field").map(|field| Self::Zone(id, field))
            }
            ["settings", field] => known("settings.", field, "setting").map(Self::Settings),
            [scope @ ("speakers" | "zones" | "settings"), ..] => {
                let example = fields_under(scope).next().unwrap_or_default();
                Err(RigError::value(format!(
                    "\"{path}\" does not name one field. Write it like {scope}.{example}."
                )))
            }
            [scope, ..] => Err(RigError::unknown(
                "setting",
                scope,
                ["speakers", "zones", "settings", "source", "name"],
            )),
            [] => Err(RigError::value("Name the field to set.")),
        }
    }
}

fn fields_under(scope: &str) -> impl Iterator<Item = &'static str> {
    FIELDS
        .iter()
        .filter_map(move |field| field.path.strip_prefix(scope))
        .map(|rest| rest.trim_start_matches('.'))
}

/// The field as the table has it; a hyphen is as good as a low line.
fn known(scope: &str, field: &str, kind: &'static str) -> Result<&'static str, RigError> {
    let plain = field.replace('-', "_");
    fields_under(scope)
        .find(|known| *known == plain)
        .ok_or_else(|| RigError::unknown(kind, field, fields_under(scope)))
}

fn set_source(rig: &mut Rig, value: &str) -> Result<String, RigError> {
    rig.source = match value.trim() {
        "none" => None,
        text => Some(text.parse()?),
    };
    Ok(source_words(rig))
}

/// What is played now, as a sentence.
pub(super) fn source_words(rig: &Rig) -> String {
    match &rig.source {
        Some(source) => format!("The source is now {source}."),
        None => "There is no source now.".into(),
    }
}

fn set_speaker(
    speaker: &mut Speaker,
    field: &str,
    value: &str,
    temperature: f64,
) -> Result<String, RigError> {
    let label = speaker.label().to_owned();
    Ok(match field {
        "name" => {
            speaker.name = name(value)?;
            format!("{label} is now called \"{}\".", speaker.name)
        }
        "output" => {
            let output = value.parse()?;
            speaker.output = output;
            format!("{label} now plays on {}.", speaker.output)
        }
        "role" => {
            speaker.role = value.parse()?;
            format!("{label} now plays {}.", speaker.role.words())
        }
        "gain" => {
            speaker.gain_db = gain(value)?;
            format!("{label} is now at {} dB.", signed(speaker.gain_db))
        }
        "mute" => {
            speaker.muted = quantity::switch(value)?;
            format!("{label} is {}.", muted_words(speaker.muted))
        }
        "solo" => {
            speaker.solo = quantity::switch(value)?;
            let words = if speaker.solo {
                "solo"
            } else {
                "no longer solo"
            };
            format!("{label} is {words}.")
        }
        "polarity" => {
            speaker.inverted = polarity(value)?;
            format!(
                "The polarity of {label} is {}.",
                polarity_word(speaker.inverted)
            )
        }
        "keep_awake" => {
            speaker.keep_awake = quantity::switch(value)?;
            if speaker.keep_awake {
                format!("{label} is kept awake in silence.")
            } else {
                format!("{label} may fall asleep in silence.")
            }
        }
        "trim" => {
            let micros = limits::TRIM_US.check(quantity::delay_us(value, temperature)?.round())?;
            speaker.trim_us = micros as i64;
            format!("{label} now plays {}.", trim_words(speaker.trim_us))
        }
        _ => {
            speaker.distance_m = limits::DISTANCE_M.check(quantity::metres(value)?)?;
            format!(
                "{label} is {} m from the listener.",
                tidy(speaker.distance_m)
            )
        }
    })
}

fn get_speaker(speaker: &Speaker, field: &str) -> Result<String, RigError> {
    Ok(match field {
        "name" => speaker.name.clone(),
        "output" => speaker.output.to_string(),
        "role" => speaker.role.to_string(),
        "gain" => format!("{} dB", speaker.gain_db),
        "mute" => on_off(speaker.muted),
        "solo" => on_off(speaker.solo),
        "polarity" => polarity_word(speaker.inverted).into(),
        "keep_awake" => on_off(speaker.keep_awake),
        "trim" => format!("{} us", speaker.trim_us),
        _ => format!("{} m", speaker.distance_m),
    })
}

fn set_zone(zone: &mut Zone, field: &str, value: &str) -> Result<String, RigError> {
    let label = zone.label().to_owned();
    Ok(match field {
        "name" => {
            zone.name = name(value)?;
            format!("{label} is now called \"{}\".", zone.name)
        }
        "gain" => {
            zone.gain_db = gain(value)?;
            format!("{label} is now at {} dB.", signed(zone.gain_db))
        }
        "mute" => {
            zone.muted = quantity::switch(value)?;
            format!("{label} is {}.", muted_words(zone.muted))
        }
        "timing" => {
            zone.timing = value.parse()?;
            match zone.timing {
                Timing::InSync => format!("{label} now plays in sync with the other zones."),
                Timing::Own => format!("{label} now keeps its own timing."),
            }
        }
        _ => {
            zone.crossover_hz = limits::CROSSOVER_HZ.check(quantity::hertz(value)?)?;
            format!(
                "The crossover of {label} is at {} Hz.",
                tidy(zone.crossover_hz)
            )
        }
    })
}

fn get_zone(zone: &Zone, field: &str) -> Result<String, RigError> {
    Ok(match field {
        "name" => zone.name.clone(),
        "gain" => format!("{} dB", zone.gain_db),
        "mute" => on_off(zone.muted),
        "timing" => zone.timing.to_string(),
        _ => format!("{} Hz", zone.crossover_hz),
    })
}

fn set_setting(rig: &mut Rig, field: &str, value: &str) -> Result<String, RigError> {
    let settings = &mut rig.settings;
    Ok(match field {
        "temperature" => {
            settings.temperature_c = limits::TEMPERATURE_C.check(quantity::celsius(value)?)?;
            format!("The air is now at {} °C.", tidy(settings.temperature_c))
        }
        "target" => {
            settings.target = value.parse()?;
            match settings.target {
                Target::Auto => "The latency is now as short as the slowest speaker allows.".into(),
                Target::FixedMs(ms) => format!("The latency is now fixed at {} ms.", tidy(ms)),
            }
        }
        "period" => {
            let frames = limits::PERIOD.check(quantity::count(value, "frames")?)?;
            settings.period = frames as u32;
            format!("Devices now play periods of {} frames.", settings.period)
        }
        "rate" => {
            settings.rate = rate(value)?;
            match settings.rate {
                None => "The sample rate now follows the source.".into(),
                Some(hertz) => format!("The sample rate is now {hertz} Hz."),
            }
        }
        "in_phase" => {
            settings.in_phase_us = limits::IN_PHASE_US.check(micros(value)?)?;
            format!(
                "Up to {} now counts as in phase.",
                time_words(settings.in_phase_us)
            )
        }
        "jitter_min" => {
            let least = limits::JITTER_MS.check(millis(value)?)?;
            if least > settings.jitter_max_ms {
                return Err(RigError::value(format!(
                    "Use {} ms, the most that is kept, or less.",
                    tidy(settings.jitter_max_ms)
                )));
            }
            settings.jitter_min_ms = least;
            kept_words("At least", least)
        }
        "jitter_max" => {
            let most = limits::JITTER_MS.check(millis(value)?)?;
            if most < settings.jitter_min_ms {
                return Err(RigError::value(format!(
                    "Use {} ms, the least that is kept, or more.",
                    tidy(settings.jitter_min_ms)
                )));
            }
            settings.jitter_max_ms = most;
            kept_words("At most", most)
        }
        "gain" => {
            settings.gain_db = gain(value)?;
            format!("The master gain is now {} dB.", signed(settings.gain_db))
        }
        _ => {
            settings.muted = quantity::switch(value)?;
            format!("Everything is {}.", muted_words(settings.muted))
        }
    })
}

fn get_setting(rig: &Rig, field: &str) -> Result<String, RigError> {
    let settings = &rig.settings;
    Ok(match field {
        "temperature" => settings.temperature_c.to_string(),
        "target" => settings.target.to_string(),
        "period" => settings.period.to_string(),
        "rate" => settings
            .rate
            .map_or_else(|| "auto".into(), |hertz| format!("{hertz} Hz")),
        "in_phase" => format!("{} us", settings.in_phase_us),
        "jitter_min" => format!("{} ms", settings.jitter_min_ms),
        "jitter_max" => format!("{} ms", settings.jitter_max_ms),
        "gain" => format!("{} dB", settings.gain_db),
        _ => on_off(settings.muted),
    })
}

/// A name as kept: without space around it, 1 to 60 characters.
pub(super) fn name(text: &str) -> Result<String, RigError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > limits::NAME_CHARS || text.chars().any(char::is_control) {
        return Err(RigError::value("Use a name of 1 to 60 characters."));
    }
    Ok(text.to_owned())
}

fn gain(text: &str) -> Result<f64, RigError> {
    limits::GAIN_DB.check(quantity::decibels(text)?)
}

/// In ms; one written in ms, or without a unit, is kept to the digit, so it can be read
/// back.
fn millis(text: &str) -> Result<f64, RigError> {
    let text = text.trim();
    let plain = text.strip_suffix("ms").unwrap_or(text).trim_end();
    match plain.parse::<f64>() {
        Ok(millis) => Ok(millis),
        Err(_) => Ok(quantity::seconds(text)? * 1e3),
    }
}

fn kept_words(bound: &str, ms: f64) -> String {
    format!(
        "{bound} {} ms of a Bluetooth source are now kept against late packets.",
        tidy(ms)
    )
}

/// In µs; one written in µs is kept to the digit, so it can be read back.
fn micros(text: &str) -> Result<f64, RigError> {
    let plain = text.trim().strip_suffix("us").map(str::trim_end);
    match plain.and_then(|number| number.parse().ok()) {
        Some(micros) => Ok(micros),
        None => Ok(quantity::seconds(text)? * 1e6),
    }
}

fn rate(text: &str) -> Result<Option<u32>, RigError> {
    if text.trim().eq_ignore_ascii_case("auto") {
        return Ok(None);
    }
    let hertz = quantity::hertz(text)?;
    let kilohertz = text.trim().ends_with(|c: char| c.is_ascii_digit());
    if kilohertz && limits::RATE_HZ.holds(hertz * 1000.0) && !limits::RATE_HZ.holds(hertz) {
        return Err(RigError::value(format!(
            "Write the unit: {} kHz, or {}.",
            tidy(hertz),
            tidy(hertz * 1000.0)
        )));
    }
    let hertz = limits::RATE_HZ.check(hertz.round())?;
    Ok(Some(hertz as u32))
}

fn polarity(text: &str) -> Result<bool, RigError> {
    match text.trim().to_ascii_lowercase().as_str() {
        "inverted" | "invert" | "-" | "−" | "on" => Ok(true),
        "normal" | "+" | "off" => Ok(false),
        _ => Err(RigError::value("Use normal or inverted.")),
    }
}

fn polarity_word(inverted: bool) -> &'static str {
    if inverted { "inverted" } else { "normal" }
}

fn muted_words(muted: bool) -> &'static str {
    if muted { "muted" } else { "no longer muted" }
}

fn on_off(on: bool) -> String {
    if on { "on" } else { "off" }.into()
}

fn trim_words(trim_us: i64) -> String {
    let size = time_words(trim_us.unsigned_abs() as f64);
    match trim_us {
        0 => "without trim".into(),
        1.. => format!("{size} later"),
        _ => format!("{size} earlier"),
    }
}

#[cfg(test)]
mod tests;
