//! Whether a speaker is in phase, in words that do not flicker.
//!
//! Pure: time is an argument. What is a fact (the link is gone, the user muted
//! it) shows at once; what is measured must last: 2 s to get worse, 4 s to get
//! better, so a glyph never flickers. A zone shows its worst speaker.

use crate::engine::snapshot::Health;
use crate::rig::Settings;
use crate::sync::time::Nanos;

pub mod line;

pub use line::{Cause, HealthLine, Level};

/// How long an error must last before a speaker looks worse.
pub const WORSE_AFTER: Nanos = Nanos(2_000_000_000);
/// How long it must be gone before a speaker looks better.
pub const BETTER_AFTER: Nanos = Nanos(4_000_000_000);

/// Where "in phase" and "drifting" end, in microseconds of absolute offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// In phase up to and including this.
    pub in_phase_us: f64,
    /// Drifting up to and including this, out beyond.
    pub drifting_us: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self::from(&Settings::default())
    }
}

impl From<&Settings> for Thresholds {
    /// A band wider than 1 ms leaves no room to drift: beyond it is out.
    fn from(settings: &Settings) -> Self {
        Self {
            in_phase_us: settings.in_phase_us,
            drifting_us: settings.in_phase_us.max(1000.0),
        }
    }
}

impl Thresholds {
    /// What one measurement alone says.
    #[must_use]
    pub fn judge(&self, offset_us: f64) -> Health {
        match offset_us.abs() {
            small if small <= self.in_phase_us => Health::InPhase,
            middle if middle <= self.drifting_us => Health::Drifting,
            _ => Health::Out,
        }
    }
}

/// What the engine knows about a speaker right now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observed {
    /// Known, not playing.
    Idle,
    /// The device is being opened, or its clock learnt.
    Connecting,
    /// The device is gone, busy or failing.
    Gone,
    /// Silenced by the user.
    Muted,
    /// Sounding, this late (+) or early (−) in microseconds, once known.
    Playing(Option<f64>),
}

/// The memory behind one speaker's [`Health`].
#[derive(Debug, Clone, Default)]
pub struct Judge {
    shown: Health,
    /// Since when every measurement was worse than what is shown, and the
    /// mildest of them: the speaker is at least that bad.
    worse: Option<(Nanos, Health)>,
    /// Since when every measurement was better, and the worst of them.
    better: Option<(Nanos, Health)>,
    /// Since when measurements all said the same, for the first verdict.
    same: Option<(Nanos, Health)>,
    /// When the first measurement after connecting came.
    measuring: Option<Nanos>,
    /// Since when a playing speaker gave no measurement.
    silent: Option<Nanos>,
}

impl Judge {
    /// What is shown now.
    #[must_use]
    pub fn shown(&self) -> Health {
        self.shown
    }

    /// Takes what is known at `now`, which never goes back, and says what to
    /// show. Call it at least once a second while the speaker plays.
    pub fn observe(&mut self, now: Nanos, observed: Observed, limits: &Thresholds) -> Health {
        match observed {
            Observed::Idle => self.show(Health::Ready),
            Observed::Connecting => self.show(Health::Connecting),
            Observed::Gone => self.show(Health::Lost),
            Observed::Muted => self.show(Health::Muted),
            Observed::Playing(None) => self.no_measurement(now),
            Observed::Playing(Some(us)) if !us.is_finite() => self.no_measurement(now),
            Observed::Playing(Some(us)) => self.measurement(now, limits.judge(us)),
        }
        self.shown
    }

    /// Shows a fact, and forgets the measurements before it.
    fn show(&mut self, health: Health) {
        *self = Self {
            shown: health,
            ..Self::default()
        };
    }

    /// A number missing for a moment changes nothing; missing for longer means
    /// that the clock is being learnt again.
    fn no_measurement(&mut self, now: Nanos) {
        if !is_measured(self.shown) {
            self.show(Health::Connecting);
            return;
        }
        let since = *self.silent.get_or_insert(now);
        if now - since >= WORSE_AFTER {
            self.show(Health::Connecting);
        }
    }

    fn measurement(&mut self, now: Nanos, health: Health) {
        self.silent = None;
        if is_measured(self.shown) {
            self.follow(now, health);
        } else {
            self.settle(now, health);
        }
    }

    /// The first verdict: what has been true for 2 s, or after 4 s of changing
    /// its mind, what is true now.
    fn settle(&mut self, now: Nanos, health: Health) {
        self.shown = Health::Connecting;
        let since = match self.same {
            Some((since, same)) if same == health => since,
            _ => now,
        };
        self.same = Some((since, health));
        let measuring = *self.measuring.get_or_insert(now);
        if now - since >= WORSE_AFTER || now - measuring >= BETTER_AFTER {
            self.show(health);
        }
    }

    fn follow(&mut self, now: Nanos, health: Health) {
        let (shown, new) = (severity(self.shown), severity(health));
        self.worse = (new > shown).then(|| match self.worse {
            Some((since, mildest)) => (since, milder(mildest, health)),
            None => (now, health),
        });
        self.better = (new < shown).then(|| match self.better {
            Some((since, worst)) => (since, worse(worst, health)),
            None => (now, health),
        });
        if let Some((since, mildest)) = self.worse
            && now - since >= WORSE_AFTER
        {
            self.show(mildest);
        }
        if let Some((since, worst)) = self.better
            && now - since >= BETTER_AFTER
        {
            self.show(worst);
        }
    }
}

/// The worst of many, for a zone; `None` without speakers.
#[must_use]
pub fn worst(all: impl IntoIterator<Item = Health>) -> Option<Health> {
    all.into_iter().max_by_key(|health| severity(*health))
}

/// The word for it, as in the interface.
#[must_use]
pub fn word(health: Health) -> &'static str {
    match health {
        Health::Ready => "ready",
        Health::Connecting => "connecting",
        Health::InPhase => "in phase",
        Health::Drifting => "drifting",
        Health::Out => "out",
        Health::Lost => "lost",
        Health::Muted => "muted",
    }
}

/// Higher is worse. A speaker that is silent on purpose never hides one that plays.
#[must_use]
pub fn severity(health: Health) -> u8 {
    match health {
        Health::Muted => 0,
        Health::Ready => 1,
        Health::InPhase => 2,
        Health::Connecting => 3,
        Health::Drifting => 4,
        Health::Out => 5,
        Health::Lost => 6,
    }
}

fn is_measured(health: Health) -> bool {
    matches!(health, Health::InPhase | Health::Drifting | Health::Out)
}

fn milder(a: Health, b: Health) -> Health {
    if severity(a) < severity(b) { a } else { b }
}

fn worse(a: Health, b: Health) -> Health {
    if severity(a) > severity(b) { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds 20 measurements a second for `secs` and returns what is shown at the end.
    fn play(judge: &mut Judge, clock: &mut i64, secs: f64, us: impl Fn(i64) -> f64) -> Health {
        let steps = (secs * 20.0).round() as i64;
        for step in 0..steps {
            *clock += 50_000_000;
            let _ = judge.observe(
                Nanos(*clock),
                Observed::Playing(Some(us(step))),
                &Thresholds::default(),
            );
        }
        judge.shown()
    }

    fn in_phase() -> (Judge, i64) {
        let (mut judge, mut clock) = (Judge::default(), 0);
        assert_eq!(play(&mut judge, &mut clock, 2.1, |_| 12.0), Health::InPhase);
        (judge, clock)
    }

    #[test]
    fn thresholds_follow_the_settings_and_include_their_edge() {
        let limits = Thresholds::default();
        assert_eq!(limits.judge(-100.0), Health::InPhase);
        assert_eq!(limits.judge(100.1), Health::Drifting);
        assert_eq!(limits.judge(-1000.0), Health::Drifting);
        assert_eq!(limits.judge(1000.1), Health::Out);
        let wide = Thresholds::from(&Settings {
            in_phase_us: 2000.0,
            ..Settings::default()
        });
        assert_eq!(wide.judge(1500.0), Health::InPhase);
        assert_eq!(wide.judge(2500.0), Health::Out);
    }

    #[test]
    fn a_speaker_connects_for_two_seconds_before_it_is_in_phase() {
        let (mut judge, mut clock) = (Judge::default(), 0);
        assert_eq!(
            play(&mut judge, &mut clock, 1.9, |_| 5.0),
            Health::Connecting
        );
        assert_eq!(play(&mut judge, &mut clock, 0.2, |_| 5.0), Health::InPhase);
    }

    #[test]
    fn an_unsteady_start_gets_a_verdict_after_four_seconds() {
        let (mut judge, mut clock) = (Judge::default(), 0);
        let shown = play(&mut judge, &mut clock, 4.1, |step| {
            if step / 20 % 2 == 0 { 10.0 } else { 300.0 }
        });
        assert_ne!(shown, Health::Connecting);
    }

    #[test]
    fn getting_worse_takes_two_seconds_and_better_four() {
        let (mut judge, mut clock) = in_phase();
        assert_eq!(
            play(&mut judge, &mut clock, 2.0, |_| 300.0),
            Health::InPhase
        );
        assert_eq!(
            play(&mut judge, &mut clock, 0.1, |_| 300.0),
            Health::Drifting
        );
        assert_eq!(play(&mut judge, &mut clock, 3.9, |_| 3.0), Health::Drifting);
        assert_eq!(play(&mut judge, &mut clock, 0.2, |_| 3.0), Health::InPhase);
    }

    #[test]
    fn a_short_excursion_or_a_toggling_error_never_flickers() {
        let (mut judge, mut clock) = in_phase();
        let shown = play(&mut judge, &mut clock, 60.0, |step| {
            if step % 30 < 20 { 5000.0 } else { 5.0 }
        });
        assert_eq!(shown, Health::InPhase, "1 s out, 0.5 s in, for a minute");
    }

    #[test]
    fn an_error_that_varies_shows_the_mildest_it_always_was() {
        let (mut judge, mut clock) = in_phase();
        let shown = play(&mut judge, &mut clock, 2.1, |step| {
            if step % 2 == 0 { 5000.0 } else { 300.0 }
        });
        assert_eq!(shown, Health::Drifting);
        assert_eq!(play(&mut judge, &mut clock, 2.1, |_| 5000.0), Health::Out);
        let shown = play(&mut judge, &mut clock, 4.1, |step| {
            if step % 2 == 0 { 5.0 } else { 300.0 }
        });
        assert_eq!(shown, Health::Drifting, "better by the worst of 4 s");
    }

    #[test]
    fn facts_show_at_once_and_a_return_starts_over() {
        let (mut judge, mut clock) = in_phase();
        let limits = Thresholds::default();
        for (observed, shown) in [
            (Observed::Muted, Health::Muted),
            (Observed::Gone, Health::Lost),
            (Observed::Idle, Health::Ready),
            (Observed::Connecting, Health::Connecting),
        ] {
            assert_eq!(judge.observe(Nanos(clock), observed, &limits), shown);
        }
        assert_eq!(
            play(&mut judge, &mut clock, 1.0, |_| 2.0),
            Health::Connecting
        );
        assert_eq!(play(&mut judge, &mut clock, 1.2, |_| 2.0), Health::InPhase);
    }

    #[test]
    fn missing_numbers_are_forgiven_for_two_seconds() {
        let (mut judge, clock) = in_phase();
        let limits = Thresholds::default();
        let at = |secs: f64| Nanos(clock) + Nanos::from_secs(secs);
        for (secs, shown) in [
            (0.1, Health::InPhase),
            (2.0, Health::InPhase),
            (2.2, Health::Connecting),
        ] {
            assert_eq!(
                judge.observe(at(secs), Observed::Playing(None), &limits),
                shown
            );
        }
        let mut fresh = Judge::default();
        assert_eq!(
            fresh.observe(at(3.0), Observed::Playing(Some(f64::NAN)), &limits),
            Health::Connecting
        );
    }

    #[test]
    fn a_zone_shows_its_worst_speaker() {
        use Health::{Connecting, Drifting, InPhase, Lost, Muted, Out, Ready};
        assert_eq!(worst([]), None);
        assert_eq!(worst([InPhase, Muted, Ready]), Some(InPhase));
        assert_eq!(worst([InPhase, Connecting]), Some(Connecting));
        assert_eq!(worst([Drifting, Connecting, Out]), Some(Out));
        assert_eq!(worst([Out, Lost, InPhase]), Some(Lost));
    }
}
