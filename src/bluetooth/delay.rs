//! How long a speaker takes from a packet's arrival until its sound: measured by
//! microphone, or else as it reports, or else as speakers of its class usually do.
//!
//! Kept for each device and codec, as plain data. A measurement belongs to one
//! connection: after another one it is stale, and moves with the speaker's own report
//! where there is one. Reports that jitter change nothing; one that stays changes the
//! value once, and the engine glides there.

use serde::{Deserialize, Serialize};

use crate::sync::time::Nanos;

/// Where a latency comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// By microphone, on this connection.
    Measured,
    /// By microphone, on an earlier connection.
    Stale,
    /// By the speaker.
    Reported,
    /// Usual for its class.
    Assumed,
}

/// A speaker's latency as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// From a packet's arrival until its sound.
    pub latency: Nanos,
    /// One standard deviation of it.
    pub uncertainty: Nanos,
    /// Where it comes from.
    pub from: Provenance,
}

/// What a device is, for what is usual of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A loudspeaker, or not known.
    #[default]
    Speaker,
    /// Worn: shorter buffers, for films and games.
    Headphones,
    /// A television, a soundbar, a receiver: more processing.
    Theatre,
    /// A car.
    Car,
}

impl Class {
    /// What is usual, and one standard deviation of it.
    #[must_use]
    pub fn usual(self) -> Known {
        let (millis, sd) = match self {
            Self::Speaker => (150.0, 50.0),
            Self::Headphones => (130.0, 50.0),
            Self::Theatre => (200.0, 80.0),
            Self::Car => (250.0, 100.0),
        };
        Known {
            latency: Nanos::from_millis(millis),
            uncertainty: Nanos::from_millis(sd),
            from: Provenance::Assumed,
        }
    }
}

/// What was learnt of one speaker with one codec. Nonsense is ignored when it is used.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// By microphone, in milliseconds.
    pub measured_ms: Option<f64>,
    /// One standard deviation of that.
    pub measured_sd_ms: Option<f64>,
    /// What the speaker reported when it was measured.
    pub reported_then_ms: Option<f64>,
    /// What the speaker reported last.
    pub reported_ms: Option<f64>,
}

/// One connected speaker's latency.
#[derive(Debug, Clone)]
pub struct Delay {
    class: Class,
    entry: Entry,
    /// Measured on this connection.
    fresh: bool,
    /// The report in force, of this connection.
    report: Option<Nanos>,
    /// The last reports, and how many.
    recent: [Nanos; RECENT],
    count: usize,
    /// A report that differs, and since when.
    differs: Option<Nanos>,
}

impl Delay {
    /// On a new connection; what was measured before is stale.
    #[must_use]
    pub fn new(class: Class, entry: Entry) -> Self {
        Self {
            class,
            entry,
            fresh: false,
            report: None,
            recent: [Nanos::ZERO; RECENT],
            count: 0,
            differs: None,
        }
    }

    /// The speaker reported its delay. Returns whether [`Delay::known`] changed.
    pub fn reported(&mut self, now: Nanos, delay: Nanos) -> bool {
        if !(Nanos::ZERO..=REPORT_MAX).contains(&delay) {
            return false;
        }
        self.recent.rotate_right(1);
        self.recent[0] = delay;
        self.count = (self.count + 1).min(RECENT);
        self.settle(now)
    }

    /// Time passes: a report that stays comes into force. Returns whether
    /// [`Delay::known`] changed.
    pub fn settle(&mut self, now: Nanos) -> bool {
        if self.count == 0 {
            return false;
        }
        let Some(report) = self.report else {
            return self.take(self.recent[0]);
        };
        // The newest is what the speaker says; the median is what it says mostly.
        let steady = (self.recent[0] - self.median()).abs() <= JITTER;
        if (self.recent[0] - report).abs() <= JITTER {
            self.differs = None;
            return false;
        }
        let since = *self.differs.get_or_insert(now);
        let lasted = now - since;
        if lasted >= STAYS && steady || lasted >= STAYS_LONG {
            return self.take(self.recent[0]);
        }
        false
    }

    /// It was measured by microphone, on this connection.
    pub fn measured(&mut self, latency: Nanos, uncertainty: Nanos) {
        self.fresh = true;
        self.entry.measured_ms = Some(latency.millis());
        self.entry.measured_sd_ms = Some(uncertainty.millis());
        self.entry.reported_then_ms = self.report.map(Nanos::millis);
    }

    /// The best that is known.
    #[must_use]
    pub fn known(&self) -> Known {
        if let Some(measured) = self.entry.measured_ms.and_then(sane) {
            return self.by_measurement(measured);
        }
        match self.report {
            Some(latency) => Known {
                latency,
                uncertainty: REPORT_SD,
                from: Provenance::Reported,
            },
            None => self.class.usual(),
        }
    }

    /// What is worth keeping.
    #[must_use]
    pub fn entry(&self) -> Entry {
        self.entry
    }

    fn by_measurement(&self, measured: Nanos) -> Known {
        let sd = self.entry.measured_sd_ms.and_then(sane).unwrap_or(STALE_SD);
        let then = self.entry.reported_then_ms.and_then(sane);
        let moved = match (self.report, then) {
            (Some(report), Some(then)) => report - then,
            _ => Nanos::ZERO,
        };
        Known {
            latency: (measured + moved).max(Nanos::ZERO),
            uncertainty: if self.fresh { sd } else { sd.max(STALE_SD) },
            from: if self.fresh {
                Provenance::Measured
            } else {
                Provenance::Stale
            },
        }
    }

    fn take(&mut self, report: Nanos) -> bool {
        let before = self.known();
        self.differs = None;
        self.report = Some(report);
        self.entry.reported_ms = Some(report.millis());
        self.known() != before
    }

    fn median(&self) -> Nanos {
        let mut recent = self.recent;
        let recent = &mut recent[..self.count];
        recent.sort_unstable();
        recent[recent.len() / 2]
    }
}

/// A figure from a file that may say anything.
fn sane(millis: f64) -> Option<Nanos> {
    (millis.is_finite() && (0.0..=REPORT_MAX.millis()).contains(&millis))
        .then(|| Nanos::from_millis(millis))
}

const RECENT: usize = 5;
/// No speaker takes longer.
const REPORT_MAX: Nanos = Nanos(3_000_000_000);
/// Reports that differ by no more are the same.
const JITTER: Nanos = Nanos(3_000_000);
/// Another report must stay for so long.
const STAYS: Nanos = Nanos(2_000_000_000);
/// Reports that never settle are followed all the same, rarely.
const STAYS_LONG: Nanos = Nanos(10_000_000_000);
/// Reports are off by tens of milliseconds, some by hundreds.
const REPORT_SD: Nanos = Nanos(30_000_000);
/// Between two connections of one speaker.
const STALE_SD: Nanos = Nanos(15_000_000);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(ms: f64) -> Nanos {
        Nanos::from_millis(ms)
    }

    #[test]
    fn a_microphone_beats_a_report_beats_what_is_usual() {
        let mut delay = Delay::new(Class::Speaker, Entry::default());
        assert_eq!(delay.known().from, Provenance::Assumed);
        assert!(delay.reported(Nanos::ZERO, millis(180.0)));
        assert_eq!(delay.known().latency, millis(180.0));
        delay.measured(millis(213.0), millis(0.3));
        assert_eq!(delay.known().latency, millis(213.0));
        assert_eq!(delay.known().from, Provenance::Measured);
    }

    #[test]
    fn after_a_reconnect_a_measurement_is_stale_and_moves_with_the_report() {
        let mut delay = Delay::new(Class::Speaker, Entry::default());
        let _changed = delay.reported(Nanos::ZERO, millis(180.0));
        delay.measured(millis(213.0), millis(0.3));
        let mut again = Delay::new(Class::Speaker, delay.entry());
        assert_eq!(again.known().latency, millis(213.0));
        assert_eq!(again.known().from, Provenance::Stale);
        assert!(again.known().uncertainty >= millis(15.0));
        assert!(again.reported(Nanos::ZERO, millis(200.0)));
        assert_eq!(again.known().latency, millis(233.0));
    }

    #[test]
    fn jitter_changes_nothing_and_what_stays_changes_once() {
        let mut delay = Delay::new(Class::Speaker, Entry::default());
        let _first = delay.reported(Nanos::ZERO, millis(150.0));
        let mut changes = 0;
        for second in 0..60 {
            let jitter = f64::from(second % 3) - 1.0;
            let now = Nanos::from_secs(f64::from(second));
            changes += u32::from(delay.reported(now, millis(150.0 + 2.0 * jitter)));
        }
        // One stray report.
        changes += u32::from(delay.reported(Nanos::from_secs(60.0), millis(320.0)));
        changes += u32::from(delay.reported(Nanos::from_secs(60.5), millis(150.0)));
        changes += u32::from(delay.settle(Nanos::from_secs(65.0)));
        assert_eq!(changes, 0);
        for tenth in 0..100 {
            let now = Nanos::from_secs(70.0 + 0.1 * f64::from(tenth));
            changes += u32::from(delay.reported(now, millis(190.0)));
        }
        assert_eq!((changes, delay.known().latency), (1, millis(190.0)));
    }

    #[test]
    fn one_report_that_stays_is_enough() {
        let mut delay = Delay::new(Class::Car, Entry::default());
        let _first = delay.reported(Nanos::ZERO, millis(150.0));
        assert!(!delay.reported(Nanos::from_secs(10.0), millis(400.0)));
        assert!(!delay.settle(Nanos::from_secs(11.0)));
        assert!(
            (0..200).any(|tenth| delay.settle(Nanos::from_secs(11.0 + 0.1 * f64::from(tenth))))
        );
        assert_eq!(delay.known().latency, millis(400.0));
    }

    proptest! {
        #[test]
        fn no_file_and_no_report_makes_a_latency_that_cannot_be(
            measured in prop::option::of(prop::num::f64::ANY),
            sd in prop::option::of(prop::num::f64::ANY),
            then in prop::option::of(prop::num::f64::ANY),
            reports in prop::collection::vec(any::<i64>(), 0..20),
        ) {
            let entry = Entry {
                measured_ms: measured,
                measured_sd_ms: sd,
                reported_then_ms: then,
                reported_ms: None,
            };
            let mut delay = Delay::new(Class::Speaker, entry);
            for (second, report) in reports.into_iter().enumerate() {
                let _changed = delay.reported(Nanos::from_secs(second as f64), Nanos(report));
                let known = delay.known();
                prop_assert!(known.latency.abs() <= Nanos::from_secs(6.0));
                prop_assert!(known.uncertainty >= Nanos::ZERO);
            }
        }
    }
}
