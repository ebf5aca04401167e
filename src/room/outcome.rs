//! What a run measured, as plain data, JSON and a table.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::scenario::FaultKind;

/// The results of a run. Times after `_us` are microseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// Virtual time that was simulated.
    pub seconds: f64,
    /// Source to ear.
    pub target_ms: f64,
    /// Callbacks served.
    pub callbacks: u64,
    /// Largest difference between speakers that should be together, from
    /// second 10 on; speakers in a fault and 2 s after it, or in a trim change
    /// and 0.25 s after it, are not counted.
    pub spread_us: Spread,
    /// Largest difference in the first 10 s, from the moment all sound.
    pub start_spread_us: f64,
    /// Frames that should have sounded and did not, on speakers without a
    /// fault, from second 10 on.
    pub lost_frames: u64,
    /// The same between the first sound and second 10.
    pub lost_at_start: u64,
    /// Steps in the rendered sound larger than those of a 1 kHz sine of its level.
    pub clicks: u64,
    /// The largest step in the rendered sound, as a share of a 1 kHz sine's.
    pub steepest: f64,
    /// Frames that were really rendered and looked at.
    pub rendered_frames: u64,
    /// One per speaker.
    pub speakers: Vec<SpeakerOutcome>,
    /// One per fault, in the order of time.
    pub faults: Vec<Recovery>,
    /// Slowest settling of a trim change, in seconds; `None` without one, or
    /// where one never settled.
    pub trim_settled_s: Option<f64>,
    /// Trim changes that did not settle before the next one.
    pub trims_unsettled: u64,
}

/// The distribution of a spread.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// Half of the time it was below this.
    pub p50: f64,
    /// 99 % of the time it was below this.
    pub p99: f64,
    /// The largest.
    pub max: f64,
    /// How often it was looked at (every 10 ms of virtual time).
    pub samples: u64,
}

/// One speaker's figures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SpeakerOutcome {
    /// Its name.
    pub name: String,
    /// Mean offset from where it should be.
    pub offset_mean_us: f64,
    /// Standard deviation of the offset.
    pub offset_sd_us: f64,
    /// Earliest.
    pub offset_min_us: f64,
    /// Latest.
    pub offset_max_us: f64,
    /// Its crystal at the end.
    pub ppm_true: f64,
    /// The same as learnt.
    pub ppm_learnt: f64,
    /// RMS of the difference from second 10 on.
    pub ppm_error_rms: f64,
    /// Frames lost without a fault of its own.
    pub lost_frames: u64,
    /// The same before second 10.
    pub lost_at_start: u64,
    /// Frames lost in faults of its own.
    pub lost_in_faults: u64,
    /// Jumps of the position without a fault or a trim change.
    pub jumps: u64,
    /// Times the device ran dry.
    pub xruns: u64,
    /// Clicks without a fault of its own.
    pub clicks: u64,
}

/// How a fault ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// Whose.
    pub speaker: String,
    /// What.
    pub kind: FaultKind,
    /// When, seconds from the start.
    pub at: f64,
    /// For how long.
    pub length: f64,
    /// From the end of the fault until it was within ±50 µs of the others and
    /// stayed there for the rest of 10 s; `None` = it did not.
    pub recovered_s: Option<f64>,
}

impl Outcome {
    /// The slowest recovery in seconds; infinite if one never came.
    #[must_use]
    pub fn slowest_recovery_s(&self) -> f64 {
        self.faults
            .iter()
            .map(|fault| fault.recovered_s.unwrap_or(f64::INFINITY))
            .fold(0.0, f64::max)
    }

    /// As JSON, one object.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self)
            .unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spread = &self.spread_us;
        writeln!(
            out,
            "{}: {} speakers, {:.0} s, {} callbacks, latency {:.1} ms",
            self.scenario,
            self.speakers.len(),
            self.seconds,
            self.callbacks,
            self.target_ms
        )?;
        writeln!(
            out,
            "spread   p50 {:.1} µs   p99 {:.1} µs   max {:.1} µs   in the first 10 s {:.1} µs",
            spread.p50, spread.p99, spread.max, self.start_spread_us
        )?;
        writeln!(
            out,
            "sound    {} frames lost, {} more in the first 10 s   {} clicks in {} rendered frames, steepest {:.4}",
            self.lost_frames, self.lost_at_start, self.clicks, self.rendered_frames, self.steepest
        )?;
        if let Some(settled) = self.trim_settled_s {
            writeln!(
                out,
                "trims    settled within {:.0} ms, {} did not settle before the next",
                settled * 1e3,
                self.trims_unsettled
            )?;
        }
        self.table(out)?;
        for fault in &self.faults {
            let word = match fault.recovered_s {
                Some(seconds) => format!("back in sync after {seconds:.2} s"),
                None => "did not come back in sync".into(),
            };
            writeln!(
                out,
                "{:?} of {} at {:.1} s for {:.2} s: {word}",
                fault.kind, fault.speaker, fault.at, fault.length
            )?;
        }
        Ok(())
    }
}

impl Outcome {
    fn table(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:<12}{:>10}{:>8}{:>9}{:>9}{:>10}{:>10}{:>8}{:>7}{:>7}",
            "speaker", "mean µs", "sd", "min", "max", "ppm", "learnt", "lost", "xruns", "clicks"
        )?;
        for speaker in &self.speakers {
            writeln!(
                out,
                "{:<12}{:>10.2}{:>8.2}{:>9.1}{:>9.1}{:>10.2}{:>10.2}{:>8}{:>7}{:>7}",
                speaker.name,
                speaker.offset_mean_us,
                speaker.offset_sd_us,
                speaker.offset_min_us,
                speaker.offset_max_us,
                speaker.ppm_true,
                speaker.ppm_learnt,
                speaker.lost_frames,
                speaker.xruns,
                speaker.clicks
            )?;
        }
        Ok(())
    }
}
