//! What is wrong with a rig, in plain sentences, and the mending of what a
//! damaged or hand-written file got wrong. A mended rig is one that edits
//! could have made.

use super::{
    limits::{self, Limit},
    lookup,
    model::{Rig, Settings, Speaker, SpeakerId, Target, Zone},
    plan,
};

/// Something that keeps a rig, or a speaker of it, from playing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// The speaker it keeps silent; `None` = all of them.
    pub speaker: Option<SpeakerId>,
    /// One sentence that says what to do next.
    pub text: String,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// Nothing to play.
    NoSource,
    /// No speakers, or none in a zone.
    NoSpeakers,
    /// A speaker without a device.
    NoOutput,
    /// A speaker whose channel another speaker plays on.
    SameChannel,
}

/// What keeps this rig from playing as set up, worst first.
#[must_use]
pub fn problems(rig: &Rig) -> Vec<Problem> {
    let whole = |kind, text: &str| Problem {
        kind,
        speaker: None,
        text: text.into(),
    };
    let mut problems = Vec::new();
    if rig.source.is_none() {
        problems.push(whole(
            ProblemKind::NoSource,
            "Nothing to play yet. Choose a source, such as a file or the line-in.",
        ));
    }
    if rig.speakers.is_empty() {
        problems.push(whole(
            ProblemKind::NoSpeakers,
            "There are no speakers yet. Add a device that plays.",
        ));
    } else if rig.placed().next().is_none() {
        problems.push(whole(
            ProblemKind::NoSpeakers,
            "No speaker is in a zone. Move the speakers that shall play into one.",
        ));
    }
    for (_, speaker) in rig.placed() {
        if speaker.output.device.is_empty() {
            problems.push(Problem {
                kind: ProblemKind::NoOutput,
                speaker: Some(speaker.id.clone()),
                text: format!("{} has no output. Choose a device for it.", speaker.label()),
            });
        }
    }
    problems.extend(plan::clashes(rig).map(|clash| Problem {
        kind: ProblemKind::SameChannel,
        speaker: Some(clash.silent.id.clone()),
        text: format!(
            "{} stays silent because {} already plays on channel {} of {}. Choose other channels \
             for one of them.",
            clash.silent.label(),
            clash.playing.label(),
            clash.channel,
            clash.silent.output.device
        ),
    }));
    problems
}

/// Mends what edits could never have made: numbers out of range, missing or
/// double ids, zones that name a speaker twice or one that is not there.
/// Says every mend in one sentence; none means that nothing was touched.
pub fn sanitise(rig: &mut Rig) -> Vec<String> {
    let mut said = Vec::new();
    sanitise_settings(&mut rig.settings, &mut said);
    if rig.name.trim().is_empty() {
        rig.name = Rig::default().name;
        said.push(format!(
            "The rig had no name and is now called \"{}\".",
            rig.name
        ));
    }
    trim_name(&mut rig.name, &mut said);
    if let Some(Err(error)) = rig.source.as_ref().map(super::model::Source::check) {
        rig.source = None;
        said.push(format!(
            "The source could not be used and was left out. {error}"
        ));
    }
    for index in 0..rig.speakers.len() {
        let mut speaker = std::mem::take(&mut rig.speakers[index]);
        sanitise_speaker(rig, index, &mut speaker, &mut said);
        rig.speakers[index] = speaker;
    }
    for index in 0..rig.zones.len() {
        let mut zone = std::mem::take(&mut rig.zones[index]);
        sanitise_zone(rig, index, &mut zone, &mut said);
        rig.zones[index] = zone;
    }
    said
}

fn sanitise_settings(settings: &mut Settings, said: &mut Vec<String>) {
    let defaults = Settings::default();
    let mut fix = |value: &mut f64, limit: &Limit, default: f64, what: &str| {
        clamp(value, limit, default, what, said);
    };
    fix(
        &mut settings.temperature_c,
        &limits::TEMPERATURE_C,
        defaults.temperature_c,
        "The air temperature",
    );
    fix(
        &mut settings.gain_db,
        &limits::GAIN_DB,
        0.0,
        "The master gain",
    );
    fix(
        &mut settings.in_phase_us,
        &limits::IN_PHASE_US,
        defaults.in_phase_us,
        "The in-phase threshold in µs",
    );
    fix(
        &mut settings.jitter_min_ms,
        &limits::JITTER_MS,
        defaults.jitter_min_ms,
        "The least that is kept of a Bluetooth source in ms",
    );
    fix(
        &mut settings.jitter_max_ms,
        &limits::JITTER_MS,
        defaults.jitter_max_ms,
        "The most that is kept of a Bluetooth source in ms",
    );
    if let Target::FixedMs(ms) = &mut settings.target {
        fix(ms, &limits::TARGET_MS, 25.0, "The fixed latency in ms");
    }
    let mut period = f64::from(settings.period);
    fix(&mut period, &limits::PERIOD, 192.0, "The device period");
    settings.period = period as u32;
    if let Some(rate) = &mut settings.rate {
        let mut hertz = f64::from(*rate);
        fix(
            &mut hertz,
            &limits::RATE_HZ,
            48_000.0,
            "The sample rate in Hz",
        );
        *rate = hertz as u32;
    }
    if settings.jitter_max_ms < settings.jitter_min_ms {
        settings.jitter_max_ms = settings.jitter_min_ms;
        said.push(format!(
            "The most that is kept of a Bluetooth source was less than the least; it is {} ms now.",
            settings.jitter_max_ms
        ));
    }
}

/// `rig.speakers[index]` is an empty place while its speaker is mended.
fn sanitise_speaker(rig: &Rig, index: usize, speaker: &mut Speaker, said: &mut Vec<String>) {
    let earlier = &rig.speakers[..index];
    let free = |name: &str| rig.free_speaker_id(name);
    let taken = earlier.iter().any(|other| other.id == speaker.id);
    fix_id(&mut speaker.id, &speaker.name, taken, "speaker", free, said);
    fix_name(&mut speaker.name, &speaker.id, said);
    let label = speaker.label().to_owned();
    clamp(
        &mut speaker.gain_db,
        &limits::GAIN_DB,
        0.0,
        &format!("The gain of {label}"),
        said,
    );
    let mut trim = speaker.trim_us as f64;
    clamp(
        &mut trim,
        &limits::TRIM_US,
        0.0,
        &format!("The trim of {label} in µs"),
        said,
    );
    if !limits::TRIM_US.holds(speaker.trim_us as f64) {
        speaker.trim_us = trim as i64;
    }
    clamp(
        &mut speaker.distance_m,
        &limits::DISTANCE_M,
        0.0,
        &format!("The distance of {label} in m"),
        said,
    );
    let channels = &speaker.output.channels;
    let fine = channels.len() <= 2
        && channels.first() != channels.get(1).or(Some(&0))
        && channels
            .iter()
            .all(|channel| limits::OUTPUT_CHANNEL.holds(f64::from(*channel)));
    if !fine {
        speaker.output.channels.clear();
        said.push(format!(
            "The channels of {label} made no sense; it plays on the first ones now."
        ));
    }
    if !(1..=limits::SLOTS).contains(&speaker.slot) {
        speaker.slot = rig.free_slot();
        said.push(format!("{label} had no colour and got one."));
    }
}

/// `rig.zones[index]` is an empty place while its zone is mended.
fn sanitise_zone(rig: &Rig, index: usize, zone: &mut Zone, said: &mut Vec<String>) {
    let earlier = &rig.zones[..index];
    let free = |name: &str| rig.free_zone_id(name);
    let taken = earlier.iter().any(|other| other.id == zone.id);
    fix_id(&mut zone.id, &zone.name, taken, "zone", free, said);
    fix_name(&mut zone.name, &zone.id, said);
    let label = zone.label().to_owned();
    clamp(
        &mut zone.gain_db,
        &limits::GAIN_DB,
        0.0,
        &format!("The gain of {label}"),
        said,
    );
    clamp(
        &mut zone.crossover_hz,
        &limits::CROSSOVER_HZ,
        Zone::default().crossover_hz,
        &format!("The crossover of {label} in Hz"),
        said,
    );
    let mut kept: Vec<SpeakerId> = Vec::new();
    for member in std::mem::take(&mut zone.speakers) {
        if rig.speaker(&member).is_none() {
            said.push(format!(
                "{label} named a speaker \"{member}\" that is not there; it was left out."
            ));
        } else if kept.contains(&member) || earlier.iter().any(|other| other.holds(&member)) {
            said.push(format!(
                "The speaker \"{member}\" was in two places; it stays in the first and left \
                 {label}."
            ));
        } else {
            kept.push(member);
        }
    }
    zone.speakers = kept;
}

fn fix_id(
    id: &mut String,
    name: &str,
    taken: bool,
    kind: &str,
    free: impl Fn(&str) -> String,
    said: &mut Vec<String>,
) {
    if lookup::is_id(id) && !taken {
        return;
    }
    let base = if id.is_empty() { name } else { id.as_str() };
    let new = free(base);
    said.push(match id.as_str() {
        "" => format!("A {kind} had no id and got \"{new}\"."),
        old if taken => format!("Two {kind}s had the id \"{old}\"; the second is now \"{new}\"."),
        old => format!("The {kind} id \"{old}\" cannot be used; it is now \"{new}\"."),
    });
    *id = new;
}

fn fix_name(name: &mut String, id: &str, said: &mut Vec<String>) {
    if name.trim().is_empty() {
        id.clone_into(name);
        said.push(format!(
            "\"{id}\" had no name and is called like its id now."
        ));
    }
    trim_name(name, said);
}

fn trim_name(name: &mut String, said: &mut Vec<String>) {
    let kept: String = name
        .trim()
        .chars()
        .filter(|letter| !letter.is_control())
        .take(limits::NAME_CHARS)
        .collect();
    let kept = kept.trim().to_owned();
    if kept != *name {
        said.push(format!("A name was too long or odd and is now \"{kept}\"."));
        *name = kept;
    }
}

fn clamp(value: &mut f64, limit: &Limit, default: f64, what: &str, said: &mut Vec<String>) {
    if !limit.holds(*value) {
        let old = *value;
        *value = limit.clamp(old, default);
        said.push(format!(
            "{what} was {old}, outside {}; it is {} now.",
            limit.words, value
        ));
    }
}

#[cfg(test)]
mod tests;
