//! The live plots: what was measured over the last seconds to the last hour,
//! drawn by `plotters` on a canvas of the window, into an SVG or into a PNG by
//! the same code.
//!
//! [`chart`] gathers what one plot shows, [`draw`] draws it on any backend,
//! [`pane`] keeps it on the screen and draws anew only when half a pixel of time
//! has passed, [`crosshair`] is the live part over the plots.

pub mod backend;
pub mod brush;
pub mod chart;
pub mod crosshair;
pub mod draw;
pub mod export;
pub mod line;
pub mod marks;
pub mod pane;
pub mod scale;
pub mod tags;

use crate::engine::format;
use crate::engine::history::SpeakerMetric;
use crate::sync::time::Ppm;

/// What a plot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// How far a speaker is off, without the user's trim.
    Error,
    /// A speaker's own path.
    Latency,
    /// Its clock against the computer's.
    Drift,
    /// How full its device's buffer is.
    Buffer,
}

impl Quantity {
    /// In the order of the dock.
    pub const ALL: [Self; 4] = [Self::Error, Self::Latency, Self::Drift, Self::Buffer];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Error => "Sync error",
            Self::Latency => "Latency",
            Self::Drift => "Clock drift",
            Self::Buffer => "Buffer",
        }
    }

    /// Its heading where there is less room.
    #[must_use]
    pub fn short_title(self) -> &'static str {
        match self {
            Self::Drift => "Drift",
            other => other.title(),
        }
    }

    /// What the history calls it.
    #[must_use]
    pub fn metric(self) -> SpeakerMetric {
        match self {
            Self::Error => SpeakerMetric::Offset,
            Self::Latency => SpeakerMetric::Latency,
            Self::Drift => SpeakerMetric::Ppm,
            Self::Buffer => SpeakerMetric::Fill,
        }
    }

    /// A value as the crosshair says it.
    #[must_use]
    pub fn value(self, value: f64) -> String {
        match self {
            Self::Error => format::offset_measured(value),
            Self::Latency => format::latency(value),
            Self::Drift => format::ppm(Ppm(value)),
            Self::Buffer => format::percent(value / 100.0),
        }
    }
}
