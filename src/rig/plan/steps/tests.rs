#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{super::tests::rig, *};
use crate::rig::{
    arbitrary,
    edit::{Edit, apply},
};

fn changed(rig: &Rig, edit: &Edit) -> Vec<Step> {
    let mut new = rig.clone();
    let _ = apply(&mut new, edit).unwrap();
    steps(rig, &new)
}

fn move_to(speaker: &str, zone: Option<&str>) -> Edit {
    Edit::MoveSpeaker {
        speaker: speaker.into(),
        zone: zone.map(Into::into),
        index: 0,
    }
}

fn example() -> Rig {
    rig(
        &[
            ("a", "alsa:x#1"),
            ("b", "alsa:x#2"),
            ("c", "alsa:y"),
            ("d", "alsa:z"),
            ("e", "alsa:x#3,4"),
        ],
        &[("one", &["a", "b", "c"]), ("two", &["d"])],
    )
}

#[test]
fn an_equal_rig_needs_nothing() {
    assert!(steps(&example(), &example()).is_empty());
}

#[test]
fn moving_between_equal_zones_only_retimes_or_not_even_that() {
    assert!(changed(&example(), &move_to("a", Some("two"))).is_empty());
    let mut rig = example();
    rig.zones[1].timing = Timing::Own;
    assert_eq!(changed(&rig, &move_to("a", Some("two"))), [Step::Retime]);
}

#[test]
fn the_rail_takes_a_speaker_off_its_lane_and_closes_a_lane_left_empty() {
    let off = changed(&example(), &move_to("a", None));
    assert_eq!(
        off,
        [
            Step::Leave {
                device: "alsa:x".into(),
                speaker: "a".into()
            },
            Step::Retime
        ]
    );
    let off = changed(&example(), &move_to("c", None));
    assert_eq!(
        off,
        [
            Step::Close {
                device: "alsa:y".into()
            },
            Step::Retime
        ]
    );
    let on = changed(&example(), &move_to("e", Some("one")));
    assert!(
        matches!(&on[0], Step::Join { device, channels, .. } if device == "alsa:x" && *channels == [3, 4])
    );
    assert!(!on.iter().any(|step| matches!(step, Step::Widen { .. })));
}

#[test]
fn a_new_output_leaves_the_old_lane_and_joins_the_new() {
    let steps = changed(&example(), &Edit::set("speakers.a.output", "alsa:y#3"));
    assert_eq!(
        steps[0],
        Step::Leave {
            device: "alsa:x".into(),
            speaker: "a".into()
        }
    );
    assert_eq!(
        steps[1],
        Step::Widen {
            device: "alsa:y".into(),
            channels: 3
        }
    );
    assert!(matches!(&steps[2], Step::Join { device, .. } if device == "alsa:y"));
    assert!(matches!(&steps[3], Step::Tune { speaker, .. } if speaker == "a"));
}

#[test]
fn gains_and_trims_tune_and_nothing_else() {
    for (path, value, speakers) in [
        ("speakers.a.gain", "-3 dB", 1),
        ("speakers.a.trim", "180us", 1),
        ("zones.one.gain", "-3 dB", 3),
        ("settings.mute", "on", 4),
        ("speakers.a.solo", "on", 3),
    ] {
        let steps = changed(&example(), &Edit::set(path, value));
        assert_eq!(steps.len(), speakers, "{path}: {steps:?}");
        assert!(steps.iter().all(|step| matches!(step, Step::Tune { .. })));
    }
    for (path, value) in [
        ("speakers.a.distance", "3 m"),
        ("settings.temperature", "30"),
        ("settings.target", "25 ms"),
    ] {
        assert_eq!(
            changed(&example(), &Edit::set(path, value)),
            [Step::Retime],
            "{path}"
        );
    }
    let steps = changed(&example(), &Edit::set("speakers.a.name", "Anna"));
    assert!(steps.is_empty());
}

/// What an engine would have open after doing the steps.
#[derive(Debug, Clone, PartialEq, Default)]
struct Doll {
    lanes: BTreeMap<String, (u16, BTreeMap<SpeakerId, Vec<u16>>)>,
    tunings: BTreeMap<SpeakerId, Tuning>,
}

impl Doll {
    fn playing(rig: &Rig) -> Self {
        let mut doll = Self::default();
        for lane in lanes(rig) {
            doll.open(&lane);
            for (id, _) in &lane.speakers {
                let _ = doll.tunings.insert(id.clone(), tuning(rig, id).unwrap());
            }
        }
        doll
    }

    fn open(&mut self, lane: &LanePlan) {
        let speakers = lane.speakers.iter().cloned().collect();
        let before = self
            .lanes
            .insert(lane.device.clone(), (lane.channels, speakers));
        assert!(before.is_none(), "opened twice");
    }

    fn perform(&mut self, step: &Step) {
        match step {
            Step::Leave { device, speaker } => {
                assert!(
                    self.lanes
                        .get_mut(device)
                        .unwrap()
                        .1
                        .remove(speaker)
                        .is_some()
                );
                let _ = self.tunings.remove(speaker);
            }
            Step::Close { device } => {
                for id in self.lanes.remove(device).unwrap().1.keys() {
                    let _ = self.tunings.remove(id);
                }
            }
            Step::Widen { device, channels } => self.lanes.get_mut(device).unwrap().0 = *channels,
            Step::Open(lane) => self.open(lane),
            Step::Join {
                device,
                speaker,
                channels,
            } => {
                let lane = self.lanes.get_mut(device).unwrap();
                assert!(lane.1.insert(speaker.clone(), channels.clone()).is_none());
            }
            Step::Tune { speaker, tuning } => {
                let _ = self.tunings.insert(speaker.clone(), *tuning);
            }
            Step::Reformat { .. } | Step::Retime | Step::Source(_) => {}
        }
    }
}

proptest! {
    #[test]
    fn the_steps_lead_from_the_old_rig_to_the_new(old in arbitrary::rig(), picks in prop::collection::vec(arbitrary::pick(), 1..6)) {
        let mut new = old.clone();
        for pick in &picks {
            let edit = arbitrary::edit(&new, pick);
            let _ = apply(&mut new, &edit);
        }
        let mut doll = Doll::playing(&old);
        for step in steps(&old, &new) {
            doll.perform(&step);
        }
        let goal = Doll::playing(&new);
        prop_assert_eq!(&doll.tunings, &goal.tunings);
        for (device, (channels, speakers)) in &goal.lanes {
            let (open, playing) = &doll.lanes[device];
            prop_assert_eq!(playing, speakers);
            prop_assert!(open >= channels);
        }
        prop_assert_eq!(doll.lanes.len(), goal.lanes.len());
    }

    #[test]
    fn moves_and_levels_never_open_or_close_what_another_plays_on(rig in arbitrary::rig(), pick in arbitrary::pick()) {
        let edit = arbitrary::edit(&rig, &pick);
        let mine = match &edit {
            Edit::MoveSpeaker { speaker, .. } => rig.speaker(speaker).map(|s| s.output.device.clone()),
            Edit::Set { path, .. } if ["gain", "trim", "mute", "solo", "polarity", "distance"].iter().any(|end| path.ends_with(end)) => None,
            _ => return Ok(()),
        };
        let mut new = rig.clone();
        if apply(&mut new, &edit).is_err() {
            return Ok(());
        }
        let others: Vec<String> = lanes(&rig)
            .into_iter()
            .filter(|lane| lane.speakers.iter().any(|(id, _)| match &edit {
                Edit::MoveSpeaker { speaker, .. } => id != speaker,
                _ => true,
            }))
            .map(|lane| lane.device)
            .collect();
        for step in steps(&rig, &new) {
            let device = match &step {
                Step::Open(lane) => &lane.device,
                Step::Close { device } | Step::Widen { device, .. } => device,
                Step::Reformat { .. } => return Err(TestCaseError::fail("reformat")),
                _ => continue,
            };
            prop_assert_eq!(Some(device), mine.as_ref());
            // A speaker that clashed may take over its channel.
            prop_assert!(!others.contains(device), "{:?}", step);
        }
    }
}
