//! The report over the last hour: one HTML page, or Markdown with SVG files.
//!
//! Made from the history, the rig and the newest snapshot alone; the same
//! input gives the same bytes. Everything a user named is escaped. Takes about
//! 0.1 s for eight speakers: call it off the control thread.

use jiff::tz::TimeZone;

use crate::engine::history::History;
use crate::engine::snapshot::Snapshot;
use crate::rig::Rig;

mod drawings;
mod facts;
mod markdown;
mod page;
mod palette;
mod plot;
mod scale;

/// What a report is made from.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// The last hour.
    pub history: &'a History,
    /// Names, colours, zones.
    pub rig: &'a Rig,
    /// The state now.
    pub snapshot: &'a Snapshot,
    /// For the times in it.
    pub zone: TimeZone,
}

/// A report in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markdown {
    /// The document.
    pub text: String,
    /// Name and content of the SVG files it shows; put them beside it.
    pub plots: Vec<(String, String)>,
}

impl Report<'_> {
    /// One page that needs nothing else.
    #[must_use]
    pub fn html(&self) -> String {
        page::html(&facts::Facts::gather(self))
    }

    /// Markdown whose plots are files named `stem`-….svg.
    #[must_use]
    pub fn markdown(&self, stem: &str) -> Markdown {
        markdown::markdown(&facts::Facts::gather(self), stem)
    }
}

const PERCENTILES: &str = "p50 and p99 are the spread that half and 99 % of all measurements of \
                           the last hour stayed within, right to 1.2 %; max is the largest single \
                           one.";

const METHOD: [&str; 4] = [
    "These figures come from software, not from a microphone. At every block of sound a device \
     takes, Inphase notes this computer's clock and how much sound the device says it still holds. \
     From these it knows which sample each device plays at any moment; the offset is how far a \
     speaker is from where its group should be.",
    "What a device does not report (the delay inside a Bluetooth speaker, a television or an \
     amplifier) is not in the offset. It is part of the path latency, where it is an assumption \
     until it has been measured.",
    "The spread is the largest minus the smallest offset of the speakers that play together. \
     Values are taken 20 to 30 times a second. An hour is kept as the smallest, the largest and \
     the mean of every 4 seconds, so a single odd measurement is still visible.",
    "A gap in a line means that there was nothing to measure: the speaker was off, lost or \
     learning its clock.",
];
#[cfg(test)]
mod tests;
