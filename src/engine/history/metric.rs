//! What is kept, and how far back one may look.

use super::store::Tier;
use crate::engine::snapshot::{GroupState, Health, SourceState, SpeakerState};
use crate::sync::time::Nanos;

/// How far back a plot or an export looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Range {
    /// 10 s, every sample.
    TenSeconds,
    /// 1 min, every sample.
    #[default]
    Minute,
    /// 10 min, buckets of 1 s.
    TenMinutes,
    /// 1 h, buckets of 4 s.
    Hour,
}

impl Range {
    /// Shortest first.
    pub const ALL: [Self; 4] = [Self::TenSeconds, Self::Minute, Self::TenMinutes, Self::Hour];

    /// How long it is.
    #[must_use]
    pub fn span(self) -> Nanos {
        Nanos::from_secs(match self {
            Self::TenSeconds => 10.0,
            Self::Minute => 60.0,
            Self::TenMinutes => 600.0,
            Self::Hour => 3600.0,
        })
    }

    /// As the interface writes it; [`Range::parse`] reads it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::TenSeconds => "10 s",
            Self::Minute => "1 min",
            Self::TenMinutes => "10 min",
            Self::Hour => "1 h",
        }
    }

    /// Reads `10s`, `1min`, `10 min`, `1h` and the like.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let tight = |text: &str| text.replace(' ', "").to_lowercase();
        Self::ALL
            .into_iter()
            .find(|range| tight(range.label()) == tight(text))
    }

    pub(super) fn tier(self) -> Tier {
        match self {
            Self::TenSeconds | Self::Minute => Tier::Raw,
            Self::TenMinutes => Tier::Fine,
            Self::Hour => Tier::Coarse,
        }
    }
}

/// What is kept per speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpeakerMetric {
    /// Against its group, microseconds.
    Offset,
    /// Engine to ear, all stages, milliseconds.
    Latency,
    /// Device clock, ppm.
    Ppm,
    /// Device buffer, percent.
    Fill,
    /// Peak level, dBFS.
    Peak,
    /// Resampling ratio, ppm.
    Ratio,
}

impl SpeakerMetric {
    /// In the order they are kept.
    pub const ALL: [Self; 6] = [
        Self::Offset,
        Self::Latency,
        Self::Ppm,
        Self::Fill,
        Self::Peak,
        Self::Ratio,
    ];

    /// Name and unit.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Offset => ("offset", "µs"),
            Self::Latency => ("path latency", "ms"),
            Self::Ppm => ("clock", "ppm"),
            Self::Fill => ("buffer fill", "%"),
            Self::Peak => ("peak", "dBFS"),
            Self::Ratio => ("ratio", "ppm"),
        }
    }

    /// From a snapshot. A speaker that is off or lost has no values; what its
    /// last state left behind is not news. One that is only coming has no offset:
    /// how far it is from the place it is being brought to is no error yet. A clock
    /// that is hardly known has no rate.
    pub(super) fn value(self, speaker: &SpeakerState) -> Option<f64> {
        if matches!(speaker.state, Health::Ready | Health::Lost) {
            return None;
        }
        match self {
            Self::Offset if speaker.state == Health::Connecting => None,
            Self::Offset => speaker.offset_us,
            Self::Latency if speaker.path.is_empty() => None,
            Self::Latency => Some(speaker.path.iter().map(|stage| stage.ms).sum()),
            Self::Ppm if speaker.ppm_sd > KNOWN_PPM => None,
            Self::Ppm => speaker.ppm.map(|ppm| ppm.0),
            Self::Fill => Some(speaker.fill * 100.0),
            Self::Peak => Some(speaker.peak_db),
            Self::Ratio => Some(speaker.ratio_ppm),
        }
    }
}

/// A clock's rate is worth drawing once its standard deviation is below this.
const KNOWN_PPM: f64 = 20.0;

/// What is kept per sync group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupMetric {
    /// Largest minus smallest offset, microseconds.
    Spread,
    /// Source to ear, milliseconds.
    Target,
}

impl GroupMetric {
    /// In the order they are kept.
    pub const ALL: [Self; 2] = [Self::Spread, Self::Target];

    /// Name and unit.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Spread => ("spread", "µs"),
            Self::Target => ("target latency", "ms"),
        }
    }

    pub(super) fn value(self, group: &GroupState) -> Option<f64> {
        match self {
            Self::Spread => group.spread_us,
            Self::Target => Some(group.target_ms),
        }
    }
}

/// What is kept of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceMetric {
    /// Its clock, ppm.
    Ppm,
    /// Audio ready ahead of the lanes, milliseconds.
    Buffer,
}

impl SourceMetric {
    /// In the order they are kept.
    pub const ALL: [Self; 2] = [Self::Ppm, Self::Buffer];

    /// Name and unit.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Ppm => ("clock", "ppm"),
            Self::Buffer => ("buffer", "ms"),
        }
    }

    pub(super) fn value(self, source: &SourceState) -> Option<f64> {
        match self {
            Self::Ppm => source.ppm.map(|ppm| ppm.0),
            Self::Buffer => Some(source.buffer_ms),
        }
    }
}
