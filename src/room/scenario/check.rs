//! Ranges, names, and what is said when they do not fit.

use super::{Scenario, ScenarioError, SpeakerSpec};
use crate::room::device::DelayError;

impl Scenario {
    /// Whether it can be run; [`Scenario::parse`] has asked already.
    ///
    /// # Errors
    /// When a value is out of range or a name is not known.
    pub fn check(&self) -> Result<(), ScenarioError> {
        within("seconds", self.seconds, 1.0, 604_800.0)?;
        within("sine_hz", self.sine_hz, 1.0, 20_000.0)?;
        within("level_db", self.level_db, -120.0, 0.0)?;
        within("temperature_c", self.temperature_c, -30.0, 50.0)?;
        within("margin_ms", self.margin_ms, 0.0, 1000.0)?;
        within("reopen_s", self.reopen_s, 0.001, 60.0)?;
        self.check_source()?;
        let speakers = self.speakers();
        within("the number of speakers", speakers.len() as f64, 1.0, 256.0)?;
        for speaker in &speakers {
            check_speaker(speaker)?;
        }
        let names: Vec<&str> = speakers.iter().map(|s| s.name.as_str()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(refuse(format!(
                "Two speakers are called {}. Give each one a name of its own.",
                twice[0]
            )));
        }
        self.check_happenings(&names)
    }

    fn check_source(&self) -> Result<(), ScenarioError> {
        let source = &self.source;
        within("source.rate", f64::from(source.rate), 8000.0, 192_000.0)?;
        within("source.channels", f64::from(source.channels), 1.0, 8.0)?;
        within("source.period", f64::from(source.period), 16.0, 8192.0)?;
        within("source.ppm", source.ppm, -1500.0, 1500.0)?;
        within("source.wander_ppm", source.wander_ppm, 0.0, 500.0)?;
        within("source.wander_s", source.wander_s, 1.0, 1e6)?;
        within("source.jitter_ms", source.jitter_ms, 0.0, 1000.0)?;
        within("source.stamp_error_ms", source.stamp_error_ms, 0.0, 100.0)
    }

    fn check_happenings(&self, names: &[&str]) -> Result<(), ScenarioError> {
        for fault in &self.fault {
            if fault.speaker != "*" {
                known(&fault.speaker, names)?;
            }
            within("fault.at", fault.at, 0.0, self.seconds)?;
            within("fault.length", fault.length, 0.0, 3600.0)?;
        }
        for edit in &self.edit {
            known(&edit.speaker, names)?;
            within("edit.at", edit.at, 0.0, self.seconds)?;
            within("edit.trim_us", edit.trim_us, -250e3, 250e3)?;
        }
        for sweep in &self.sweep {
            known(&sweep.speaker, names)?;
            within("sweep.at", sweep.at, 0.0, self.seconds)?;
            within("sweep.length", sweep.length, 0.0, 3600.0)?;
            within("sweep.period_s", sweep.period_s, 0.1, 3600.0)?;
            within("sweep.steps_per_s", sweep.steps_per_s, 0.1, 1000.0)?;
            within("sweep.from_us", sweep.from_us, -250e3, 250e3)?;
            within("sweep.to_us", sweep.to_us, -250e3, 250e3)?;
        }
        Ok(())
    }
}

fn check_speaker(speaker: &SpeakerSpec) -> Result<(), ScenarioError> {
    within("speaker.rate", f64::from(speaker.rate), 8000.0, 192_000.0)?;
    within("speaker.channels", f64::from(speaker.channels), 1.0, 2.0)?;
    within("speaker.period", f64::from(speaker.period), 16.0, 8192.0)?;
    within("speaker.periods", f64::from(speaker.periods), 2.0, 64.0)?;
    within("speaker.ppm", speaker.ppm, -1500.0, 1500.0)?;
    within("speaker.wander_ppm", speaker.wander_ppm, 0.0, 500.0)?;
    within("speaker.wander_s", speaker.wander_s, 1.0, 1e6)?;
    within("speaker.jitter_ms", speaker.jitter_ms, 0.0, 1000.0)?;
    within("speaker.reported_ms", speaker.reported_ms, 0.0, 2000.0)?;
    within("speaker.hidden_ms", speaker.hidden_ms, 0.0, 2000.0)?;
    within("speaker.distance_m", speaker.distance_m, 0.0, 100.0)?;
    match speaker.delay_error {
        DelayError::Frames(size) => within("delay_error.frames", size, 0.0, 8192.0),
        DelayError::QuantisedMs(size) | DelayError::StaleMs(size) => {
            within("the step of delay_error", size, 0.001, 100.0)
        }
        DelayError::Nominal => Ok(()),
    }
}

fn within(what: &str, value: f64, low: f64, high: f64) -> Result<(), ScenarioError> {
    if value >= low && value <= high {
        return Ok(());
    }
    Err(refuse(format!(
        "The scenario sets {what} to {value}. Choose a value from {low} to {high}."
    )))
}

fn known(name: &str, names: &[&str]) -> Result<(), ScenarioError> {
    if names.contains(&name) {
        return Ok(());
    }
    let hint = nearest(name, names.iter().copied()).unwrap_or("one of the speakers");
    Err(refuse(format!(
        "The scenario names a speaker \"{name}\" that it does not have. Did you mean \"{hint}\"?"
    )))
}

fn refuse(message: String) -> ScenarioError {
    ScenarioError { message }
}

/// The parser's own words, with the line and the nearest of the names it expected.
pub(super) fn explain(error: &toml::de::Error, text: &str) -> ScenarioError {
    let words = error.message();
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or_else(String::new, |before| {
        format!(" in line {}", before.matches('\n').count() + 1)
    });
    let mut quoted = words.split('`').skip(1).step_by(2);
    let hint = match quoted.next() {
        Some(wrong) if words.starts_with("unknown") => nearest(wrong, quoted)
            .map(|name| format!(" Did you mean `{name}`?"))
            .unwrap_or_default(),
        _ => String::new(),
    };
    // With one name to suggest, the list of all would only hide it.
    let words = match words.split_once(", expected") {
        Some((what, _)) if !hint.is_empty() => what,
        _ => words,
    };
    refuse(format!("The scenario cannot be read{line}: {words}.{hint}"))
}

fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
