//! The one line that says how the whole rig is doing, as data and as words.
//!
//! Pure: everything comes from a snapshot, the rig and the time silence has
//! lasted. Speakers in no zone and muted ones are not counted.

use super::{severity, word};
use crate::engine::format;
use crate::engine::snapshot::{Health, Snapshot, SpeakerState, Transport};
use crate::rig::{Rig, SpeakerId};
use crate::sync::time::Nanos;

/// What the line looks like: its glyph and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Nothing plays.
    #[default]
    Idle,
    /// Something is on its way.
    Busy,
    /// All in sync.
    Ok,
    /// Somebody drifts, or the source is silent.
    Warn,
    /// Somebody is out or lost.
    Err,
}

/// One speaker that is not as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// Which one.
    pub speaker: SpeakerId,
    /// What it does instead.
    pub health: Health,
    /// One plain sentence without a full stop, such as `Flip 6 left is reconnecting`.
    pub text: String,
}

/// The health of the whole rig.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HealthLine {
    /// Glyph and colour.
    pub level: Level,
    /// Such as `6 of 6 in sync` or `Nothing playing yet`.
    pub headline: String,
    /// Largest spread of any group, microseconds, while something plays.
    pub spread_us: Option<f64>,
    /// Largest target latency of any group, milliseconds, while something plays.
    pub latency_ms: Option<f64>,
    /// Who is not in sync and why, worst first.
    pub causes: Vec<Cause>,
}

impl HealthLine {
    /// Reads it from a snapshot. `silent` is for how long the source has
    /// delivered nothing, zero where nobody counts; it only matters while the
    /// transport waits.
    #[must_use]
    pub fn new(snapshot: &Snapshot, rig: &Rig, silent: Nanos) -> Self {
        match snapshot.transport {
            Transport::Stopped => Self::idle("Nothing playing yet"),
            Transport::Paused => Self::idle("Paused"),
            Transport::Starting | Transport::Playing => Self::playing(snapshot, rig),
            Transport::Waiting => Self {
                level: Level::Warn,
                headline: no_sound(snapshot, silent),
                ..Self::playing(snapshot, rig)
            },
        }
    }

    /// The parts in order: headline, worst cause, spread, latency.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let mut parts = vec![self.headline.clone()];
        parts.extend(self.causes.first().map(|cause| cause.text.clone()));
        parts.extend(
            self.spread_us
                .map(|us| format!("spread {}", format::spread(us))),
        );
        parts.extend(
            self.latency_ms
                .map(|ms| format!("latency {}", format::latency(ms))),
        );
        parts
    }

    /// The parts as one line: `6 of 6 in sync | spread 18 µs | latency 24.0 ms`.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts().join(" | ")
    }

    fn idle(headline: &str) -> Self {
        Self {
            headline: headline.into(),
            ..Self::default()
        }
    }

    fn playing(snapshot: &Snapshot, rig: &Rig) -> Self {
        let counted: Vec<_> = snapshot
            .speakers
            .iter()
            .filter(|speaker| speaker.state != Health::Muted && placed(rig, &speaker.id))
            .collect();
        if counted.is_empty() {
            let nobody = rig.zones.iter().all(|zone| zone.speakers.is_empty());
            return Self::idle(if nobody {
                "No speakers yet"
            } else {
                "All speakers are muted"
            });
        }
        let causes = causes(&counted, rig);
        let is_in_sync = |speaker: &&&SpeakerState| speaker.state == Health::InPhase;
        let in_sync = counted.iter().filter(is_in_sync).count();
        Self {
            level: level(&causes),
            headline: format!("{in_sync} of {} in sync", counted.len()),
            spread_us: largest(snapshot.groups.iter().filter_map(|group| group.spread_us)),
            latency_ms: largest(snapshot.groups.iter().map(|group| group.target_ms)),
            causes,
        }
    }
}

/// `7 of 8 in sync | Flip 6 left is reconnecting`: why, worst first. One that is in
/// sync whenever it sounds, and often does not, comes last.
fn causes(counted: &[&SpeakerState], rig: &Rig) -> Vec<Cause> {
    let mut causes: Vec<_> = counted
        .iter()
        .filter(|speaker| speaker.state != Health::InPhase)
        .map(|speaker| Cause {
            speaker: speaker.id.clone(),
            health: speaker.state,
            text: sentence(speaker, name(rig, &speaker.id)),
        })
        .collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(severity(cause.health)));
    let mut gappy: Vec<_> = counted
        .iter()
        .filter(|speaker| speaker.state == Health::InPhase && speaker.gaps >= MANY_GAPS)
        .collect();
    gappy.sort_by_key(|speaker| std::cmp::Reverse(speaker.gaps));
    causes.extend(gappy.into_iter().map(|speaker| Cause {
        speaker: speaker.id.clone(),
        health: Health::InPhase,
        text: format!(
            "{} had {} gaps in the last minute",
            name(rig, &speaker.id),
            speaker.gaps
        ),
    }));
    causes
}

fn sentence(speaker: &SpeakerState, name: &str) -> String {
    let problem = speaker.problem.as_deref().map(first_sentence);
    let problem = problem.filter(|problem| !problem.is_empty());
    if speaker.state == Health::Lost && problem.is_none_or(says_reconnecting) {
        return format!("{name} is reconnecting");
    }
    if let Some(problem) = problem {
        return about(name, problem);
    }
    let late = |us: f64| if us > 0.0 { "late" } else { "early" };
    match (speaker.state, speaker.offset_us) {
        (Health::Drifting | Health::Out, Some(us)) => {
            format!("{name} is {} {}", format::spread(us), late(us))
        }
        (Health::Connecting, _) if speaker.dropouts > 0 => format!("{name} is reconnecting"),
        (health, _) => format!("{name} is {}", word(health)),
    }
}

/// The line has room for one sentence; whatever lists the causes shows the rest.
fn first_sentence(problem: &str) -> &str {
    let first = problem.split_once(". ").map_or(problem, |(first, _)| first);
    first.trim().trim_end_matches('.')
}

fn says_reconnecting(problem: &str) -> bool {
    problem.to_lowercase().contains("reconnecting")
}

/// A problem says whose it is: the line stands alone, away from the speaker.
fn about(name: &str, problem: &str) -> String {
    if problem.contains(name) {
        problem.to_owned()
    } else {
        format!("{name}: {problem}")
    }
}

fn level(causes: &[Cause]) -> Level {
    match causes.first().map(|cause| cause.health) {
        None | Some(Health::Muted) => Level::Ok,
        Some(Health::Ready | Health::Connecting) => Level::Busy,
        Some(Health::Drifting | Health::InPhase) => Level::Warn,
        Some(Health::Out | Health::Lost) => Level::Err,
    }
}

fn no_sound(snapshot: &Snapshot, silent: Nanos) -> String {
    let title = snapshot
        .source
        .as_ref()
        .map_or("the source", |source| source.title.as_str());
    match silent.secs().floor() {
        seconds if seconds < 1.0 => format!("No sound from {title}"),
        seconds => format!("No sound from {title} for {seconds} s"),
    }
}

/// What the user calls a speaker; its id while it has no name.
fn name<'a>(rig: &'a Rig, id: &'a str) -> &'a str {
    rig.speakers
        .iter()
        .find(|speaker| speaker.id == id && !speaker.name.is_empty())
        .map_or(id, |speaker| speaker.name.as_str())
}

fn placed(rig: &Rig, id: &str) -> bool {
    rig.zones
        .iter()
        .any(|zone| zone.speakers.iter().any(|speaker| speaker == id))
}

/// So many gaps in a minute are no accident.
const MANY_GAPS: u32 = 3;

fn largest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.filter(|value| value.is_finite()).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::snapshot::{GroupState, SourceState};
    use crate::rig::{Speaker, Timing, Zone};

    fn rig(names: &[&str]) -> Rig {
        Rig {
            speakers: names
                .iter()
                .map(|name| Speaker {
                    id: name.to_lowercase(),
                    name: (*name).into(),
                    ..Speaker::default()
                })
                .collect(),
            zones: vec![Zone {
                id: "room".into(),
                speakers: names.iter().map(|name| name.to_lowercase()).collect(),
                ..Zone::default()
            }],
            ..Rig::default()
        }
    }

    fn snapshot(states: &[(&str, Health)]) -> Snapshot {
        Snapshot {
            transport: Transport::Playing,
            groups: vec![GroupState {
                zones: vec!["room".into()],
                timing: Timing::InSync,
                target_ms: 24.0,
                spread_us: Some(18.2),
            }],
            speakers: states
                .iter()
                .map(|(id, state)| SpeakerState {
                    id: (*id).into(),
                    state: *state,
                    offset_us: Some(-310.0),
                    ..SpeakerState::default()
                })
                .collect(),
            ..Snapshot::default()
        }
    }

    fn line(snapshot: &Snapshot, rig: &Rig) -> HealthLine {
        HealthLine::new(snapshot, rig, Nanos::from_secs(10.4))
    }

    #[test]
    fn all_in_sync_reads_as_specified() {
        let line = line(
            &snapshot(&[("left", Health::InPhase), ("right", Health::InPhase)]),
            &rig(&["Left", "Right"]),
        );
        assert_eq!(line.level, Level::Ok);
        assert_eq!(
            line.text(),
            "2 of 2 in sync | spread 18 µs | latency 24.0 ms"
        );
    }

    #[test]
    fn the_worst_cause_is_named_first() {
        let line = line(
            &snapshot(&[
                ("left", Health::Drifting),
                ("right", Health::InPhase),
                ("sub", Health::Lost),
            ]),
            &rig(&["Left", "Right", "Sub"]),
        );
        assert_eq!(line.level, Level::Err);
        assert_eq!(line.parts()[..2], ["1 of 3 in sync", "Sub is reconnecting"]);
        assert_eq!(line.causes[1].text, "Left is 310 µs early");
    }

    #[test]
    fn a_known_problem_speaks_for_itself_and_a_return_is_a_reconnect() {
        let mut shot = snapshot(&[("left", Health::Connecting), ("right", Health::InPhase)]);
        shot.speakers[0].dropouts = 1;
        let rig = rig(&["Left", "Right"]);
        let first = line(&shot, &rig);
        assert_eq!(first.causes[0].text, "Left is reconnecting");
        assert_eq!(first.level, Level::Busy);
        shot.speakers[0].problem = Some("PipeWire is holding Left.".into());
        assert_eq!(line(&shot, &rig).causes[0].text, "PipeWire is holding Left");
    }

    #[test]
    fn every_cause_says_in_one_sentence_whose_it_is() {
        let mut shot = snapshot(&[("left", Health::Lost), ("right", Health::InPhase)]);
        let rig = rig(&["Left", "Right"]);
        let mut said = |state, problem: &str| {
            shot.speakers[0].state = state;
            shot.speakers[0].problem = Some(problem.into());
            line(&shot, &rig).causes[0].text.clone()
        };
        assert_eq!(
            said(
                Health::Lost,
                "Link lost, reconnecting. The signal was weak."
            ),
            "Left is reconnecting"
        );
        assert_eq!(said(Health::Lost, ""), "Left is reconnecting");
        assert_eq!(said(Health::Lost, "Unplugged."), "Left: Unplugged");
        assert_eq!(
            said(
                Health::Connecting,
                "Left is used by another program. Close it."
            ),
            "Left is used by another program"
        );
        assert_eq!(
            said(Health::Out, "The device is busy. Close the other program."),
            "Left: The device is busy"
        );
    }

    #[test]
    fn whoever_is_in_sync_but_full_of_gaps_is_named_after_those_who_are_not() {
        let mut shot = snapshot(&[("left", Health::InPhase), ("right", Health::InPhase)]);
        let rig = rig(&["Left", "Right"]);
        shot.speakers[1].gaps = 2;
        assert_eq!(line(&shot, &rig).level, Level::Ok);
        shot.speakers[1].gaps = 12;
        let gappy = line(&shot, &rig);
        assert_eq!(gappy.level, Level::Warn);
        let said = ["2 of 2 in sync", "Right had 12 gaps in the last minute"];
        assert_eq!(gappy.parts()[..2], said);
        shot.speakers[0].state = Health::Connecting;
        let busy = line(&shot, &rig);
        assert_eq!(busy.level, Level::Busy);
        assert_eq!(busy.parts()[..2], ["1 of 2 in sync", "Left is connecting"]);
        assert_eq!(busy.causes.len(), 2);
    }

    #[test]
    fn muted_and_unplaced_speakers_are_not_counted() {
        let shot = snapshot(&[
            ("left", Health::InPhase),
            ("right", Health::Muted),
            ("attic", Health::Ready),
        ]);
        let some = line(&shot, &rig(&["Left", "Right"]));
        assert_eq!(some.headline, "1 of 1 in sync");
        assert_eq!(some.level, Level::Ok);
        let muted = line(&snapshot(&[("left", Health::Muted)]), &rig(&["Left"]));
        assert_eq!(muted.text(), "All speakers are muted");
        assert_eq!(line(&shot, &Rig::default()).text(), "No speakers yet");
    }

    #[test]
    fn idle_and_silence_say_so() {
        let rig = rig(&["Left"]);
        let mut shot = snapshot(&[("left", Health::InPhase)]);
        shot.transport = Transport::Stopped;
        assert_eq!(line(&shot, &rig).text(), "Nothing playing yet");
        assert_eq!(line(&shot, &rig).level, Level::Idle);
        shot.transport = Transport::Waiting;
        shot.source = Some(SourceState {
            title: "Echo Dot".into(),
            ..SourceState::default()
        });
        let waiting = line(&shot, &rig);
        assert_eq!(waiting.headline, "No sound from Echo Dot for 10 s");
        assert_eq!(waiting.level, Level::Warn);
        let at_once = HealthLine::new(&shot, &rig, Nanos::ZERO);
        assert_eq!(at_once.headline, "No sound from Echo Dot");
    }
}
