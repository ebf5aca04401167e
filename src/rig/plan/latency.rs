//! When everything is heard: the target latency of each sync group, and the
//! delay that makes each speaker meet it.
//!
//! A speaker's path is what the engine knows of its latency (source, buffers,
//! device) plus the air: distance / [speed of sound](quantity::speed_of_sound).
//! So nearer speakers wait, and all arrive together. The target is the slowest
//! path plus a margin. A trim below zero needs room to play earlier: where the
//! wait is shorter than that, the target grows.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
};

use serde::{Deserialize, Serialize};

use crate::{
    rig::{
        edit::{Edit, apply},
        error::RigError,
        model::{Rig, Speaker, SpeakerId, Target, Timing, Zone, ZoneId},
        quantity,
    },
    sync::time::Nanos,
};

/// How long sound takes to each speaker, without the air.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// From source capture to the converter or the speaker's cone. Speakers
    /// that are missing here are not waited for.
    pub speakers: BTreeMap<SpeakerId, Nanos>,
    /// What the target exceeds the slowest path by, so that the slowest lane
    /// has room to correct; not negative.
    pub margin: Nanos,
}

impl Paths {
    /// 1 ms: at ±200 ppm the slowest lane can stray for 5 s before it is used up.
    pub const MARGIN: Nanos = Nanos(1_000_000);
}

impl From<BTreeMap<SpeakerId, Nanos>> for Paths {
    fn from(speakers: BTreeMap<SpeakerId, Nanos>) -> Self {
        Self {
            speakers,
            margin: Self::MARGIN,
        }
    }
}

/// Which sync group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupId {
    /// All in-sync zones together.
    InSync,
    /// An own-timing zone alone.
    Own(ZoneId),
}

impl Display for GroupId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::InSync => f.write_str("the zones in sync"),
            Self::Own(zone) => f.write_str(zone),
        }
    }
}

/// All sync groups that have speakers; the in-sync group first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// The groups.
    pub groups: Vec<Group>,
}

impl Timeline {
    /// The alignment of a speaker, if its path is known and it is in a zone.
    #[must_use]
    pub fn alignment(&self, speaker: &str) -> Option<&Alignment> {
        self.groups
            .iter()
            .flat_map(|group| &group.speakers)
            .find(|alignment| alignment.speaker == speaker)
    }

    /// The group of this name.
    #[must_use]
    pub fn group(&self, id: &GroupId) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == *id)
    }
}

/// A sync group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Which one.
    pub id: GroupId,
    /// Its zones in rig order, also those without speakers.
    pub zones: Vec<ZoneId>,
    /// Source capture to ear. While no path is known: the fixed target, or the
    /// margin.
    pub target: Nanos,
    /// The user's fixed target was too short for the slowest path.
    pub raised: bool,
    /// Whose path decides the target; the first of equals. `None` when a fixed
    /// target does, or no path is known.
    pub slowest: Option<SpeakerId>,
    /// Those whose path is known, in rig order.
    pub speakers: Vec<Alignment>,
}

/// How one speaker meets its group's target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// Which speaker.
    pub speaker: SpeakerId,
    /// Its path with the air.
    pub path: Nanos,
    /// The air alone.
    pub air: Nanos,
    /// Delay that makes it meet the target: target − path, at least the margin
    /// unless a trim needs it.
    pub alignment: Nanos,
    /// Alignment plus the user's trim: what the lane delays by; never negative.
    pub delay: Nanos,
}

/// Computes the targets and alignments of a rig.
#[must_use]
pub fn timing(rig: &Rig, paths: &Paths) -> Timeline {
    let mut zones: BTreeMap<GroupId, Vec<&Zone>> = BTreeMap::new();
    for zone in &rig.zones {
        zones.entry(group_of(zone)).or_default().push(zone);
    }
    let groups = zones
        .into_iter()
        .filter(|(_, zones)| zones.iter().any(|zone| !zone.speakers.is_empty()))
        .map(|(id, zones)| group(rig, paths, id, &zones))
        .collect();
    Timeline { groups }
}

/// What an edit does to the latency of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Which group.
    pub group: GroupId,
    /// Its target before; `None` = it had no speakers.
    pub before: Option<Nanos>,
    /// Its target after; `None` = it will have no speakers.
    pub after: Option<Nanos>,
}

/// What an edit would do to the latency of every group that has speakers
/// before or after, for previewing a drop. The rig is not changed.
///
/// # Errors
/// Those of [`apply`].
pub fn cost_of(rig: &Rig, paths: &Paths, edit: &Edit) -> Result<Vec<Cost>, RigError> {
    let mut changed = rig.clone();
    let _ = apply(&mut changed, edit)?;
    let targets = |rig: &Rig| -> BTreeMap<GroupId, Nanos> {
        let groups = timing(rig, paths).groups.into_iter();
        groups.map(|group| (group.id, group.target)).collect()
    };
    let (before, after) = (targets(rig), targets(&changed));
    let mut groups: Vec<GroupId> = before.keys().chain(after.keys()).cloned().collect();
    groups.sort();
    groups.dedup();
    Ok(groups
        .into_iter()
        .map(|group| Cost {
            before: before.get(&group).copied(),
            after: after.get(&group).copied(),
            group,
        })
        .collect())
}

/// How long sound is in the air to the listener.
#[must_use]
pub fn air(distance_m: f64, temperature_c: f64) -> Nanos {
    Nanos::from_secs(distance_m / quantity::speed_of_sound(temperature_c))
}

fn group_of(zone: &Zone) -> GroupId {
    match zone.timing {
        Timing::InSync => GroupId::InSync,
        Timing::Own => GroupId::Own(zone.id.clone()),
    }
}

fn group(rig: &Rig, paths: &Paths, id: GroupId, zones: &[&Zone]) -> Group {
    let members: Vec<(&Speaker, Nanos, Nanos)> = rig
        .speakers
        .iter()
        .filter(|speaker| zones.iter().any(|zone| zone.holds(&speaker.id)))
        .filter_map(|speaker| {
            let air = air(speaker.distance_m, rig.settings.temperature_c);
            Some((speaker, *paths.speakers.get(&speaker.id)? + air, air))
        })
        .collect();
    // The margin is room to correct; trims that fit into it need no more.
    let need =
        |(speaker, path, _): &(&Speaker, Nanos, Nanos)| *path + paths.margin.max(-trim(speaker));
    let slowest = members.iter().map(need).max();
    let wanted = match (&id, rig.settings.target) {
        (GroupId::InSync, Target::FixedMs(ms)) => Some(Nanos::from_millis(ms)),
        _ => None,
    };
    let target = wanted.max(slowest).unwrap_or(paths.margin);
    let decides = |member: &&(&Speaker, Nanos, Nanos)| {
        need(member) == target && wanted.is_none_or(|wanted| wanted < target)
    };
    Group {
        zones: zones.iter().map(|zone| zone.id.clone()).collect(),
        target,
        raised: wanted.is_some_and(|wanted| wanted < target),
        slowest: members
            .iter()
            .find(decides)
            .map(|(speaker, ..)| speaker.id.clone()),
        speakers: members
            .iter()
            .map(|(speaker, path, air)| Alignment {
                speaker: speaker.id.clone(),
                path: *path,
                air: *air,
                alignment: target - *path,
                delay: target - *path + trim(speaker),
            })
            .collect(),
        id,
    }
}

fn trim(speaker: &Speaker) -> Nanos {
    Nanos(speaker.trim_us * 1000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::{super::tests::rig, *};
    use crate::rig::arbitrary;

    fn millis(ms: f64) -> Nanos {
        Nanos::from_millis(ms)
    }

    fn paths(list: &[(&str, f64)]) -> Paths {
        let speakers: BTreeMap<_, _> = list
            .iter()
            .map(|(id, ms)| ((*id).to_owned(), millis(*ms)))
            .collect();
        speakers.into()
    }

    fn two_zones() -> Rig {
        rig(
            &[("dac", "alsa:x"), ("hdmi", "alsa:y"), ("bt", "alsa:z")],
            &[("kitchen", &["dac", "hdmi"]), ("bath", &["bt"])],
        )
    }

    #[test]
    fn the_slowest_path_decides_and_the_others_wait() {
        let paths = paths(&[("dac", 5.0), ("hdmi", 12.0), ("bt", 180.0)]);
        let line = timing(&two_zones(), &paths);
        assert_eq!(line.groups.len(), 1);
        let group = &line.groups[0];
        assert_eq!(
            (group.target, group.slowest.as_deref()),
            (millis(181.0), Some("bt"))
        );
        assert_eq!(group.zones, ["kitchen", "bath"]);
        assert_eq!(line.alignment("dac").unwrap().alignment, millis(176.0));
        assert_eq!(line.alignment("bt").unwrap().alignment, millis(1.0));
    }

    #[test]
    fn own_timing_lets_a_zone_go_ahead() {
        let paths = paths(&[("dac", 5.0), ("hdmi", 12.0), ("bt", 180.0)]);
        let mut rig = two_zones();
        rig.zones[1].timing = Timing::Own;
        rig.settings.target = Target::FixedMs(20.0);
        let line = timing(&rig, &paths);
        let (sync, own) = (&line.groups[0], &line.groups[1]);
        assert_eq!(
            (sync.target, sync.raised, sync.slowest.as_deref()),
            (millis(20.0), false, None)
        );
        assert_eq!(
            (&own.id, own.target),
            (&GroupId::Own("bath".into()), millis(181.0))
        );
        rig.settings.target = Target::FixedMs(10.0);
        let line = timing(&rig, &paths);
        assert!(line.groups[0].raised);
        assert_eq!(line.groups[0].target, millis(13.0));
        assert_eq!(line.groups[0].slowest.as_deref(), Some("hdmi"));
    }

    #[test]
    fn nearer_speakers_wait_for_the_sound_of_farther_ones() {
        let mut rig = two_zones();
        rig.settings.temperature_c = 20.0;
        rig.speakers[0].distance_m = 1.0;
        rig.speakers[1].distance_m = 4.0;
        let line = timing(&rig, &paths(&[("dac", 5.0), ("hdmi", 5.0)]));
        let wait =
            line.alignment("dac").unwrap().alignment - line.alignment("hdmi").unwrap().alignment;
        assert!(
            (wait.micros() - 3.0 / 343.2146 * 1e6).abs() < 0.1,
            "{}",
            wait.micros()
        );
        assert!((air(10.0, 20.0) - air(10.0, 21.0)).micros() > 48.0);
    }

    #[test]
    fn an_early_trim_beyond_the_margin_makes_the_group_wait() {
        let mut rig = two_zones();
        let paths = paths(&[("dac", 5.0), ("hdmi", 12.0)]);
        rig.speakers[1].trim_us = -600;
        assert_eq!(timing(&rig, &paths).groups[0].target, millis(13.0));
        rig.speakers[1].trim_us = -3000;
        let line = timing(&rig, &paths);
        assert_eq!(line.groups[0].target, millis(15.0));
        assert_eq!(line.alignment("hdmi").unwrap().delay, Nanos::ZERO);
        rig.speakers[1].trim_us = 3000;
        assert_eq!(timing(&rig, &paths).groups[0].target, millis(13.0));
    }

    #[test]
    fn the_cost_of_a_drop_is_told_beforehand() {
        let paths = paths(&[("dac", 5.0), ("hdmi", 12.0), ("bt", 180.0)]);
        let mut rig = two_zones();
        rig.zones[1].timing = Timing::Own;
        let drop = Edit::MoveSpeaker {
            speaker: "bt".into(),
            zone: Some("kitchen".into()),
            index: 0,
        };
        let costs = cost_of(&rig, &paths, &drop).unwrap();
        assert_eq!(
            costs,
            [
                Cost {
                    group: GroupId::InSync,
                    before: Some(millis(13.0)),
                    after: Some(millis(181.0))
                },
                Cost {
                    group: GroupId::Own("bath".into()),
                    before: Some(millis(181.0)),
                    after: None
                },
            ]
        );
        assert!(cost_of(&rig, &paths, &Edit::RemoveZone("x".into())).is_err());
    }

    #[test]
    fn unknown_paths_are_not_waited_for() {
        let line = timing(&two_zones(), &paths(&[]));
        assert_eq!(line.groups[0].target, Paths::MARGIN);
        assert!(line.groups[0].speakers.is_empty() && line.groups[0].slowest.is_none());
        assert!(timing(&Rig::default(), &paths(&[])).groups.is_empty());
    }

    proptest! {
        #[test]
        fn all_of_a_group_arrive_at_its_target(rig in arbitrary::rig(), seed in prop::collection::vec(0_i64..400_000_000, 8)) {
            let speakers = rig.speakers.iter().zip(seed).map(|(s, ns)| (s.id.clone(), Nanos(ns)));
            let paths = Paths::from(speakers.collect::<BTreeMap<_, _>>());
            let line = timing(&rig, &paths);
            for group in &line.groups {
                for one in &group.speakers {
                    prop_assert_eq!(one.path + one.alignment, group.target);
                    prop_assert!(one.alignment >= paths.margin);
                    prop_assert!(one.delay >= Nanos::ZERO);
                    prop_assert_eq!(one.delay - one.alignment, trim(rig.speaker(&one.speaker).unwrap()));
                }
            }
            let placed = rig.placed().count();
            prop_assert_eq!(line.groups.iter().map(|g| g.speakers.len()).sum::<usize>(), placed);
        }
    }
}
