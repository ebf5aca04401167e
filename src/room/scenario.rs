//! A scenario: what is simulated, as a TOML file.
//!
//! Every field has a default, unknown fields are refused with the nearest known
//! name, and a scenario that parses can be run. A file with everything in it:
//!
//! ```toml
//! name = "kitchen and hall"   # shown with the results
//! seed = 1                    # equal seeds give equal runs
//! seconds = 600               # virtual time
//! audio = "off"               # off | spot (1 s in 60 is rendered) | full
//! sine_hz = 997.0             # what is played
//! level_db = -12.0            # its peak
//! temperature_c = 20.0        # of the air
//! margin_ms = 3.0             # added to the slowest path for the target latency
//! reopen_s = 0.25             # how often a lost device is tried again
//!
//! [source]
//! clock = "none"              # none (a file) | own (a capture device)
//! rate = 48000
//! channels = 2
//! period = 256                # frames per delivery
//! ppm = 0.0                   # with clock = "own": error of its crystal,
//! wander_ppm = 0.0            # how far it wanders
//! wander_s = 600.0            # and over which period
//! jitter_ms = 0.0             # deliveries are late by 0 to this
//! stamp_error_ms = 0.02       # its time stamps are off by ± this
//!
//! [[speaker]]                 # one, or a row of them
//! name = "wall"               # count > 1: wall1, wall2, …
//! count = 8
//! ppm = 0.0                   # error of the crystal, or for a row:
//! ppm_from = -120.0           # the first one's
//! ppm_to = 120.0              # and the last one's
//! wander_ppm = 5.0
//! wander_s = 600.0
//! wander = "sine"             # sine | walk
//! rate = 48000
//! channels = 2
//! period = 256
//! periods = 2                 # the device's buffer
//! delay_error = { frames = 2 } # or { quantised_ms = 1 }, { stale_ms = 1 }, "nominal"
//! noise = "two_sided"         # or "one_sided"; follows from delay_error by default
//! jitter_ms = 2.0             # callbacks are late by 0 to this
//! reported_ms = 0.0           # latency after the converter, in the delay report
//! hidden_ms = 0.0             # latency that nobody is told
//! distance_m = 0.0
//!
//! [[fault]]
//! speaker = "wall3"           # "*" = every one
//! kind = "stall"              # stall | vanish | busy | freeze
//! at = 60.0                   # seconds from the start
//! length = 0.5                # seconds
//!
//! [[edit]]
//! speaker = "wall1"
//! at = 30.0
//! trim_us = 500.0
//!
//! [[sweep]]                   # a finger on the trim slider
//! speaker = "wall2"
//! at = 20.0
//! length = 30.0
//! from_us = -5000.0
//! to_us = 5000.0
//! period_s = 20.0             # there and back
//! steps_per_s = 60.0          # how often the slider sends a value
//! ```
//!
//! `stall`: the device's time stands still. `vanish`: unplugged for `length`.
//! `busy`: taken by another program for `length`. `freeze`: the callback thread
//! does not run for `length`, so the device runs dry.

mod check;

use serde::{Deserialize, Serialize};

use super::crystal::{CrystalSpec, Wander};
use super::device::{DelayError, DeviceSpec};
use crate::sync::clock::Noise;

/// What is simulated; see the [module's](self) example file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Shown with the results.
    pub name: String,
    /// Equal seeds give equal runs.
    pub seed: u64,
    /// Virtual time, 1 to 604 800.
    pub seconds: f64,
    /// How much of the sound is really rendered.
    pub audio: Audio,
    /// The sine that is played, Hz.
    pub sine_hz: f64,
    /// Its peak, dBFS.
    pub level_db: f64,
    /// Of the air, °C.
    pub temperature_c: f64,
    /// Added to the slowest path for the target latency, milliseconds.
    pub margin_ms: f64,
    /// How often a lost device is tried again, seconds.
    pub reopen_s: f64,
    /// The source and its clock.
    pub source: SourceSpec,
    /// The speakers, or rows of them.
    pub speaker: Vec<SpeakerSpec>,
    /// What goes wrong.
    pub fault: Vec<FaultSpec>,
    /// What the user changes.
    pub edit: Vec<EditSpec>,
    /// A finger on a trim slider.
    pub sweep: Vec<SweepSpec>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "unnamed".into(),
            seed: 1,
            seconds: 60.0,
            audio: Audio::Off,
            sine_hz: 997.0,
            level_db: -12.0,
            temperature_c: 20.0,
            margin_ms: 3.0,
            reopen_s: 0.25,
            source: SourceSpec::default(),
            speaker: Vec::new(),
            fault: Vec::new(),
            edit: Vec::new(),
            sweep: Vec::new(),
        }
    }
}

/// How much of the sound is really rendered. Positions are exact in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audio {
    /// None.
    #[default]
    Off,
    /// One second in every sixty.
    Spot,
    /// All of it.
    Full,
}

/// Whether the source has a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceClock {
    /// A file: played by this computer's clock.
    #[default]
    None,
    /// A capture device with a crystal of its own.
    Own,
}

/// The source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceSpec {
    /// Whether it has a clock.
    pub clock: SourceClock,
    /// Frames per second.
    pub rate: u32,
    /// 1 to 8.
    pub channels: u16,
    /// Frames per delivery.
    pub period: u32,
    /// Error of its crystal.
    pub ppm: f64,
    /// How far it wanders.
    pub wander_ppm: f64,
    /// Over which period, seconds.
    pub wander_s: f64,
    /// Deliveries are late by 0 to this.
    pub jitter_ms: f64,
    /// Its time stamps are off by ± this.
    pub stamp_error_ms: f64,
}

impl Default for SourceSpec {
    fn default() -> Self {
        Self {
            clock: SourceClock::None,
            rate: 48_000,
            channels: 2,
            period: 256,
            ppm: 0.0,
            wander_ppm: 0.0,
            wander_s: 600.0,
            jitter_ms: 0.0,
            stamp_error_ms: 0.02,
        }
    }
}

impl SourceSpec {
    /// Its crystal.
    #[must_use]
    pub fn crystal(&self) -> CrystalSpec {
        CrystalSpec {
            ppm: self.ppm,
            wander_ppm: self.wander_ppm,
            wander_s: self.wander_s,
            wander: Wander::Sine,
        }
    }
}

/// A speaker, or a row of `count` of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeakerSpec {
    /// Unique name.
    pub name: String,
    /// How many; above 1 they are numbered from 1.
    pub count: u32,
    /// Error of the crystal.
    pub ppm: f64,
    /// The first one's of a row.
    pub ppm_from: Option<f64>,
    /// The last one's of a row.
    pub ppm_to: Option<f64>,
    /// How far the crystal wanders.
    pub wander_ppm: f64,
    /// Over which period, seconds.
    pub wander_s: f64,
    /// In which shape.
    pub wander: Wander,
    /// Frames per second.
    pub rate: u32,
    /// 1 or 2.
    pub channels: u16,
    /// Frames per callback.
    pub period: u32,
    /// Periods in the device's buffer.
    pub periods: u32,
    /// Error of the delay reports.
    pub delay_error: DelayError,
    /// How its time stamps scatter; `None` follows from `delay_error`.
    pub noise: Option<Noise>,
    /// Callbacks are late by 0 to this.
    pub jitter_ms: f64,
    /// Latency after the converter, in the delay report.
    pub reported_ms: f64,
    /// Latency that nobody is told.
    pub hidden_ms: f64,
    /// To the listener.
    pub distance_m: f64,
}

impl Default for SpeakerSpec {
    fn default() -> Self {
        Self {
            name: "speaker".into(),
            count: 1,
            ppm: 0.0,
            ppm_from: None,
            ppm_to: None,
            wander_ppm: 0.0,
            wander_s: 600.0,
            wander: Wander::Sine,
            rate: 48_000,
            channels: 2,
            period: 256,
            periods: 2,
            delay_error: DelayError::default(),
            noise: None,
            jitter_ms: 0.0,
            reported_ms: 0.0,
            hidden_ms: 0.0,
            distance_m: 0.0,
        }
    }
}

impl SpeakerSpec {
    /// Its device.
    #[must_use]
    pub fn device(&self) -> DeviceSpec {
        DeviceSpec {
            rate: self.rate,
            period: self.period,
            buffer: self.period * self.periods,
            delay_error: self.delay_error,
            jitter_s: self.jitter_ms * 1e-3,
            reported_s: self.reported_ms * 1e-3,
            hidden_s: self.hidden_ms * 1e-3,
        }
    }

    /// Its crystal.
    #[must_use]
    pub fn crystal(&self) -> CrystalSpec {
        CrystalSpec {
            ppm: self.ppm,
            wander_ppm: self.wander_ppm,
            wander_s: self.wander_s,
            wander: self.wander,
        }
    }

    /// How its time stamps scatter.
    #[must_use]
    pub fn noise(&self) -> Noise {
        self.noise.unwrap_or(match self.delay_error {
            DelayError::Frames(_) | DelayError::QuantisedMs(_) => Noise::TwoSided,
            DelayError::StaleMs(_) | DelayError::Nominal => Noise::OneSided,
        })
    }

    fn row(&self) -> impl Iterator<Item = Self> + '_ {
        let from = self.ppm_from.unwrap_or(self.ppm);
        let to = self.ppm_to.unwrap_or(from);
        let last = f64::from(self.count.max(2) - 1);
        (0..self.count).map(move |index| Self {
            name: if self.count == 1 {
                self.name.clone()
            } else {
                format!("{}{}", self.name, index + 1)
            },
            count: 1,
            ppm: from + (to - from) * f64::from(index) / last,
            ppm_from: None,
            ppm_to: None,
            ..self.clone()
        })
    }
}

/// What can go wrong with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Its time stands still.
    #[default]
    Stall,
    /// It is unplugged.
    Vanish,
    /// Another program has it.
    Busy,
    /// Its callback thread does not run.
    Freeze,
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultSpec {
    /// Whose; `*` = everybody's.
    pub speaker: String,
    /// What.
    pub kind: FaultKind,
    /// When, seconds from the start.
    pub at: f64,
    /// For how long, seconds.
    pub length: f64,
}

/// A change by the user.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EditSpec {
    /// Whose trim.
    pub speaker: String,
    /// When, seconds from the start.
    pub at: f64,
    /// The new trim, microseconds.
    pub trim_us: f64,
}

/// A finger on a trim slider: a triangle between two values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SweepSpec {
    /// Whose trim.
    pub speaker: String,
    /// When, seconds from the start.
    pub at: f64,
    /// For how long, seconds.
    pub length: f64,
    /// One end, microseconds.
    pub from_us: f64,
    /// The other end, microseconds.
    pub to_us: f64,
    /// There and back, seconds.
    pub period_s: f64,
    /// How often the slider sends a value.
    pub steps_per_s: f64,
}

impl Default for SweepSpec {
    fn default() -> Self {
        Self {
            speaker: String::new(),
            at: 15.0,
            length: 30.0,
            from_us: -5000.0,
            to_us: 5000.0,
            period_s: 20.0,
            steps_per_s: 60.0,
        }
    }
}

impl SweepSpec {
    /// The slider's values in order, as edits.
    pub fn edits(&self) -> impl Iterator<Item = EditSpec> + '_ {
        let steps = (self.length * self.steps_per_s).floor() as u64;
        (0..=steps).map(move |step| {
            let since = step as f64 / self.steps_per_s;
            // A triangle that starts in the middle, where an untouched slider is.
            let turn = (since / self.period_s + 0.25).fract();
            let along = 1.0 - (2.0 * turn - 1.0).abs();
            EditSpec {
                speaker: self.speaker.clone(),
                at: self.at + since,
                trim_us: self.from_us + (self.to_us - self.from_us) * along,
            }
        })
    }
}

/// Why a scenario cannot be run, in one sentence that says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScenarioError {
    /// The sentence.
    pub message: String,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// When the text is not TOML, has unknown fields or values out of range.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text).map_err(|error| check::explain(&error, text))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Every single speaker, rows written out.
    #[must_use]
    pub fn speakers(&self) -> Vec<SpeakerSpec> {
        self.speaker.iter().flat_map(SpeakerSpec::row).collect()
    }

    /// All trim changes in the order of time, sweeps included.
    #[must_use]
    pub fn edits(&self) -> Vec<EditSpec> {
        let swept = self.sweep.iter().flat_map(SweepSpec::edits);
        let mut edits: Vec<EditSpec> = self.edit.iter().cloned().chain(swept).collect();
        edits.sort_by(|a, b| a.at.total_cmp(&b.at));
        edits
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SMALL: &str = "[[speaker]]\nname = \"a\"\n";

    /// The example file of the module's documentation.
    fn example() -> String {
        include_str!("scenario.rs")
            .lines()
            .skip_while(|line| *line != "//! ```toml")
            .skip(1)
            .take_while(|line| *line != "//! ```")
            .map(|line| line.trim_start_matches("//!").trim_start().to_owned() + "\n")
            .collect()
    }

    #[test]
    fn the_documented_example_can_be_read() {
        let scenario = Scenario::parse(&example()).unwrap();
        assert_eq!(scenario.speakers().len(), 8);
        assert_eq!(scenario.speakers()[7].name, "wall8");
        assert_eq!(scenario.speakers()[7].ppm, 120.0);
        assert_eq!(scenario.fault[0].kind, FaultKind::Stall);
    }

    #[test]
    fn unknown_fields_suggest_the_nearest_one() {
        let error = Scenario::parse("[[speaker]]\njiter_ms = 2").unwrap_err();
        assert!(
            error.message.ends_with("Did you mean `jitter_ms`?"),
            "{error}"
        );
        let error = Scenario::parse("[[speeker]]\nname = \"a\"").unwrap_err();
        assert!(
            error.message.ends_with("Did you mean `speaker`?"),
            "{error}"
        );
        assert!(!error.message.contains("expected"), "{error}");
        let error = Scenario::parse("seconds = 2\n= 3").unwrap_err();
        assert!(error.message.contains("in line 2: "), "{error}");
    }

    #[test]
    fn unknown_speakers_and_bad_values_are_refused_in_words() {
        let fault = format!("{SMALL}[[fault]]\nspeaker = \"b\"\n");
        assert!(
            Scenario::parse(&fault)
                .unwrap_err()
                .message
                .contains("Did you mean")
        );
        let period = "[[speaker]]\nperiod = 3";
        assert!(
            Scenario::parse(period)
                .unwrap_err()
                .message
                .contains("from 16 to 8192")
        );
        let nan = format!("seconds = nan\n{SMALL}");
        assert!(Scenario::parse(&nan).is_err());
        assert!(Scenario::parse("").is_err());
        let twice = format!("{SMALL}{SMALL}");
        assert!(
            Scenario::parse(&twice)
                .unwrap_err()
                .message
                .contains("called a")
        );
    }

    #[test]
    fn a_sweep_starts_in_the_middle_and_reaches_both_ends() {
        let sweep = SweepSpec::default();
        let edits: Vec<f64> = sweep.edits().map(|edit| edit.trim_us).collect();
        let largest = edits.iter().copied().fold(f64::MIN, f64::max);
        let smallest = edits.iter().copied().fold(f64::MAX, f64::min);
        assert!(edits[0].abs() < 1e-6);
        assert!((largest - 5000.0).abs() < 20.0 && (smallest + 5000.0).abs() < 20.0);
    }
}
