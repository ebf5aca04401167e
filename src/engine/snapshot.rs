//! What the engine tells the world, 20 to 30 times a second: plain data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bluetooth::airtime::Report;
use crate::bluetooth::lines::Figures;
use crate::bluetooth::state::State;
use crate::rig::{Role, SpeakerId, Timing, ZoneId};
use crate::sync::time::{Nanos, Ppm};

/// The whole state at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Monotonic time it was made.
    pub time: Nanos,
    /// Unix time in milliseconds it was made.
    pub unix_ms: i64,
    /// Counts rig changes; equal revisions mean equal rigs.
    pub revision: u64,
    /// What the transport does.
    pub transport: Transport,
    /// The source, if one is chosen.
    pub source: Option<SourceState>,
    /// One per sync group that has speakers.
    pub groups: Vec<GroupState>,
    /// One per zone in rig order.
    pub zones: Vec<ZoneState>,
    /// One per speaker in rig order.
    pub speakers: Vec<SpeakerState>,
    /// Problems that last, in plain words (real-time priority denied, …).
    pub notices: Vec<String>,
    /// The devices are simulated and nothing is saved.
    #[serde(default)]
    pub demo: bool,
    /// What undo would take back, in one sentence.
    #[serde(default)]
    pub undo: Option<String>,
    /// What redo would do again, in one sentence.
    #[serde(default)]
    pub redo: Option<String>,
    /// The speaker that is heard without its trim for comparison.
    #[serde(default)]
    pub comparing: Option<SpeakerId>,
    /// What is known of Bluetooth; `None` where the engine leaves it alone.
    #[serde(default)]
    pub bluetooth: Option<Arc<State>>,
    /// The figures of all Bluetooth connections that are open.
    #[serde(default)]
    pub links: Vec<Figures>,
    /// How full the air of the Bluetooth adapters is, and what would help.
    #[serde(default)]
    pub air: Report,
}

/// What the transport does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Nothing plays and the source is at its beginning.
    #[default]
    Stopped,
    /// Devices are open, clocks are being learnt, nothing sounds yet.
    Starting,
    /// Playing.
    Playing,
    /// Held by the user.
    Paused,
    /// Playing, but the source delivers nothing.
    Waiting,
}

/// The source.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SourceState {
    /// As the user would write it on the command line.
    pub id: String,
    /// File or device name.
    pub title: String,
    /// Frames per second, 0 while unknown.
    pub rate: u32,
    /// Channels, 0 while unknown.
    pub channels: u16,
    /// The source clock against this computer's; `None` where it has no clock.
    pub ppm: Option<Ppm>,
    /// How much audio is ready ahead of the first lane, in milliseconds.
    pub buffer_ms: f64,
    /// Peak of the last 50 ms per channel, dBFS; −120 = silence.
    pub peak_db: Vec<f64>,
    /// Seconds played, where the source has a position.
    pub position_s: Option<f64>,
    /// Seconds in total, where known.
    pub duration_s: Option<f64>,
    /// The last problem in plain words.
    pub problem: Option<String>,
}

/// A sync group: the in-sync zones together, or one own-timing zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupState {
    /// The zones in it.
    pub zones: Vec<ZoneId>,
    /// In sync with the others or on its own.
    pub timing: Timing,
    /// Source capture to ear, milliseconds.
    pub target_ms: f64,
    /// Largest minus smallest offset of its playing speakers, microseconds.
    pub spread_us: Option<f64>,
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZoneState {
    /// The zone.
    pub id: ZoneId,
    /// Largest minus smallest offset of its playing speakers, microseconds.
    pub spread_us: Option<f64>,
    /// Speakers that play, and speakers in all.
    pub playing: u32,
    /// Speakers in all.
    pub total: u32,
}

/// A speaker.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SpeakerState {
    /// The speaker.
    pub id: SpeakerId,
    /// The role in force.
    pub role: Role,
    /// What it is doing.
    pub state: Health,
    /// Why, in plain words, where something is wrong.
    pub problem: Option<String>,
    /// How late (+) or early (−) against its group, microseconds.
    pub offset_us: Option<f64>,
    /// One standard deviation of `offset_us`.
    pub offset_sd_us: f64,
    /// Where the offset comes from.
    pub offset_source: OffsetSource,
    /// Engine to ear, stage by stage.
    pub path: Vec<Stage>,
    /// Delay added by the engine to meet the target, microseconds.
    pub alignment_us: f64,
    /// The user's trim in force, microseconds.
    pub trim_us: f64,
    /// The device's clock against this computer's.
    pub ppm: Option<Ppm>,
    /// One standard deviation of `ppm`.
    pub ppm_sd: f64,
    /// Scatter of the device's time stamps, microseconds.
    pub jitter_us: f64,
    /// Source frames taken per device frame, relative to nominal, in ppm.
    pub ratio_ppm: f64,
    /// Fill of the device buffer, 0 to 1.
    pub fill: f64,
    /// Peak of the last 50 ms, dBFS; −120 = silence.
    pub peak_db: f64,
    /// RMS of the last 50 ms, dBFS; −120 = silence.
    pub rms_db: f64,
    /// Locked to the source clock: bit-exact, no resampling.
    pub locked: bool,
    /// Dropouts since the engine started.
    pub dropouts: u64,
    /// Device underruns since the engine started.
    pub xruns: u64,
    /// Dropouts and underruns of the last minute.
    #[serde(default)]
    pub gaps: u32,
}

/// What a speaker is doing, with the words of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Known, not playing.
    #[default]
    Ready,
    /// The device is being opened or its clock learnt.
    Connecting,
    /// Within the threshold.
    InPhase,
    /// Outside the threshold, up to 1 ms.
    Drifting,
    /// More than 1 ms off.
    Out,
    /// The device is gone, busy or failing; the engine keeps trying.
    Lost,
    /// Silenced by the user.
    Muted,
}

/// Where a number comes from, weakest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffsetSource {
    /// The microphone heard it.
    Microphone,
    /// The device's own clock reports.
    Clock,
    /// Nothing measured yet.
    #[default]
    Estimate,
}

/// One stage of the path from engine to ear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// `source buffer`, `device buffer`, `codec`, `transport`, `device`, `air`, …
    pub name: String,
    /// Milliseconds.
    pub ms: f64,
    /// Where the number comes from.
    pub provenance: Provenance,
}

/// Where a latency comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Measured, ± this many milliseconds, at this Unix time in seconds.
    Measured {
        /// One standard deviation, milliseconds.
        sd_ms: f64,
        /// When, Unix seconds.
        at: i64,
    },
    /// The device or the sound server says so.
    Reported,
    /// A default for this kind of device.
    Assumed,
    /// Follows from the settings (buffer sizes, distance).
    Computed,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Monotonic time.
    pub time: Nanos,
    /// Unix time in milliseconds.
    pub unix_ms: i64,
    /// What.
    pub kind: EventKind,
    /// The speaker it happened to, if one.
    pub speaker: Option<SpeakerId>,
    /// One plain sentence.
    pub text: String,
}

/// The kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Sound was missing for `length`.
    Dropout {
        /// How long.
        length: Nanos,
    },
    /// The device ran out of data.
    Xrun,
    /// A device or source went away.
    Lost,
    /// It came back.
    Back,
    /// The engine had to jump to get back in sync, by this much.
    Resync {
        /// Positive = it had been late.
        by: Nanos,
    },
    /// The user changed something.
    Changed,
    /// A device, the sound server or the system refused something.
    Refused,
    /// Started, stopped, track changed and the like.
    Info,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn states_of_earlier_versions_are_understood() {
        let now = Snapshot {
            demo: true,
            undo: Some("Moved Sub.".into()),
            redo: Some("Muted Sub.".into()),
            comparing: Some("sub".into()),
            ..Snapshot::default()
        };
        let mut value = serde_json::to_value(&now).unwrap();
        let same: Snapshot = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(same, now);
        let fields = value.as_object_mut().unwrap();
        for name in ["demo", "undo", "redo", "comparing"] {
            assert!(fields.remove(name).is_some(), "{name}");
        }
        let earlier: Snapshot = serde_json::from_value(value).unwrap();
        assert_eq!(earlier, Snapshot::default());
    }
}
