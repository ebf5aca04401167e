//! The data of a rig. Every field has a default, so an old or damaged file
//! loses only what is broken. The ranges of its numbers are in `limits`.

use serde::{Deserialize, Serialize};

pub use crate::sync::mix::Role;

/// Short stable name of a speaker inside a rig, such as `left`.
pub type SpeakerId = String;
/// Short stable name of a zone inside a rig, such as `kitchen`.
pub type ZoneId = String;

/// Everything the user set up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rig {
    /// Format version of the saved document.
    pub version: u32,
    /// What the user calls this rig.
    pub name: String,
    /// What is played; `None` before the user chose anything.
    pub source: Option<Source>,
    /// What applies to the whole rig.
    pub settings: Settings,
    /// All known speakers, in zones or not.
    pub speakers: Vec<Speaker>,
    /// The zones in the user's order.
    pub zones: Vec<Zone>,
}

impl Default for Rig {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            name: "My rig".into(),
            source: None,
            settings: Settings::default(),
            speakers: Vec::new(),
            zones: Vec::new(),
        }
    }
}

impl Rig {
    /// The version this program writes.
    pub const VERSION: u32 = 1;
}

/// What applies to the whole rig.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Air temperature in °C, for the speed of sound.
    pub temperature_c: f64,
    /// How the target latency of the in-sync group is chosen.
    pub target: Target,
    /// Preferred device period in frames at 48 kHz.
    pub period: u32,
    /// Preferred engine and device rate in Hz; `None` follows the source.
    pub rate: Option<u32>,
    /// In phase up to this absolute offset, in microseconds.
    pub in_phase_us: f64,
    /// Sound of a Bluetooth source that is kept against late packets, in ms, at least.
    pub jitter_min_ms: f64,
    /// The same at most; never less than the least.
    pub jitter_max_ms: f64,
    /// Master gain in dB.
    pub gain_db: f64,
    /// Master mute.
    pub muted: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            temperature_c: 20.0,
            target: Target::Auto,
            period: 192,
            rate: None,
            in_phase_us: 100.0,
            jitter_min_ms: 15.0,
            jitter_max_ms: 150.0,
            gain_db: 0.0,
            muted: false,
        }
    }
}

/// How a sync group's target latency is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The slowest path plus a margin.
    #[default]
    Auto,
    /// Fixed, in milliseconds from capture to ear; raised if a path is slower.
    FixedMs(f64),
}

/// What is played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Source {
    /// A file, or files in order.
    Files {
        /// Paths in playing order.
        paths: Vec<String>,
        /// Begin again after the last one.
        #[serde(default)]
        repeat: bool,
    },
    /// A capture device such as `alsa:hw:CARD=Codec,DEV=0`.
    Capture {
        /// The device's id.
        device: String,
    },
    /// The sink named Inphase that other programs play to.
    Desktop,
    /// What a chosen sink of the sound server plays.
    Monitor {
        /// The sink's id, such as `pulse:alsa_output.pci`.
        sink: String,
    },
    /// Raw PCM from a FIFO, or from standard input when `path` is `-`.
    Pipe {
        /// The FIFO's path, or `-`.
        path: String,
        /// `s16le`, `s24le`, `s32le` or `f32le`.
        format: String,
        /// Frames per second.
        rate: u32,
        /// 1 to 8.
        channels: u16,
    },
    /// A test signal.
    Test {
        /// Which one.
        signal: TestSignal,
    },
}

/// The built-in test signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestSignal {
    /// A click twice a second.
    Clicks,
    /// Pink noise at a speech-safe level (−26 dBFS RMS).
    Pink,
    /// 997 Hz at −12 dBFS on all channels.
    Sine,
    /// Pink noise on the left channel only.
    Left,
    /// Pink noise on the right channel only.
    Right,
    /// The same pink noise on both channels.
    Both,
    /// The same pink noise, right inverted.
    AntiPhase,
    /// Logarithmic sweep 20 Hz to 20 kHz, with a pause.
    Sweep,
}

/// A named thing that makes sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Speaker {
    /// Stable name inside the rig; letters, digits, `-` and `_`.
    pub id: SpeakerId,
    /// What the user calls it.
    pub name: String,
    /// Where its sound goes.
    pub output: Output,
    /// What part of the stream it plays.
    pub role: Role,
    /// Gain in dB.
    pub gain_db: f64,
    /// Silenced by the user.
    pub muted: bool,
    /// Only soloed speakers sound while any is soloed.
    pub solo: bool,
    /// Polarity inverted.
    pub inverted: bool,
    /// Played to in silence too, inaudibly, so that a Bluetooth speaker does not fall
    /// asleep; nothing to others.
    pub keep_awake: bool,
    /// The user's delay in µs on top of the alignment; positive plays later.
    pub trim_us: i64,
    /// Distance to the listener in metres. Nearer speakers are delayed by the
    /// engine so that all arrive together.
    pub distance_m: f64,
    /// Identity colour, 1 to 8; 0 = not assigned yet.
    pub slot: u8,
}

impl Default for Speaker {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            output: Output::default(),
            role: Role::Stereo,
            gain_db: 0.0,
            muted: false,
            solo: false,
            inverted: false,
            keep_awake: false,
            trim_us: 0,
            distance_m: 0.0,
            slot: 0,
        }
    }
}

/// A playback device and the channels taken from it. Written and shown as
/// `alsa:hw:CARD=DAC,DEV=0#3,4`; without `#` the first one or two channels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Output {
    /// The device's id, such as `pulse:alsa_output.usb-DAC`.
    pub device: String,
    /// One or two 1-based channel numbers; empty = the first ones.
    pub channels: Vec<u16>,
    /// What to find the device by when the system renumbered it.
    pub key: String,
}

/// A room: an ordered list of speakers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Zone {
    /// Stable name inside the rig.
    pub id: ZoneId,
    /// What the user calls it.
    pub name: String,
    /// Members in the user's order; a speaker is in at most one zone.
    pub speakers: Vec<SpeakerId>,
    /// Gain in dB.
    pub gain_db: f64,
    /// Silenced by the user.
    pub muted: bool,
    /// Whether it waits for the slowest in-sync zone.
    pub timing: Timing,
    /// Crossover to the zone's subwoofer in Hz.
    pub crossover_hz: f64,
}

impl Default for Zone {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            speakers: Vec::new(),
            gain_db: 0.0,
            muted: false,
            timing: Timing::InSync,
            crossover_hz: 80.0,
        }
    }
}

/// Which sync group a zone belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// With every other in-sync zone.
    #[default]
    InSync,
    /// Alone, as fast as its own slowest path allows.
    Own,
}
