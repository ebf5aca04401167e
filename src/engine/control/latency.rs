//! Target latencies from what the lanes report, and every lane's settings from
//! the rig and the targets.

use std::collections::BTreeMap;

use super::Control;
use crate::devices::{DeviceInfo, DeviceKind, Inside};
use crate::engine::CommandError;
use crate::engine::clock::now;
use crate::engine::seats;
use crate::engine::snapshot::{EventKind, Transport};
use crate::engine::source::Active;
use crate::rig::edit::{Edit, apply};
use crate::rig::error::RigError;
use crate::rig::plan::{Cost, LanePlan, Paths, Timeline, cost_of, lanes, timing};
use crate::rig::{Rig, Speaker, SpeakerId};
use crate::sync::lane::MAX_SLOTS;
use crate::sync::time::Nanos;

/// The targets in force.
#[derive(Debug, Default)]
pub(super) struct Latency {
    /// Every group's target and every speaker's alignment.
    pub line: Timeline,
    /// Added because a live source was late, in seconds.
    extra: f64,
    /// When it was late lately.
    late: Vec<Nanos>,
    /// How old its sound may be, as the targets were set for, in seconds.
    age: f64,
}

impl Latency {
    /// Forgets that the source was late.
    pub fn calm(&mut self) {
        self.extra = 0.0;
        self.late.clear();
    }

    /// From the source's timeline to the converter for a speaker on a device
    /// with `behind` of unreported latency.
    fn delay(&self, speaker: &str, behind: Nanos) -> Nanos {
        let group = self.line.groups.iter().find_map(|group| {
            let of = group.speakers.iter().find(|of| of.speaker == speaker)?;
            Some((group.target, of))
        });
        group.map_or(GUESS, |(target, of)| {
            let trim = of.delay - of.alignment;
            target - behind - of.air + trim
        })
    }
}

impl Control {
    /// Computes every group's target from what the lanes report. While sound
    /// flows targets only grow, and not for trifles, so that a returning device
    /// moves nobody;
    /// `fresh` lets them shrink.
    pub(super) fn set_targets(&mut self, fresh: bool) {
        let rig = self.heard();
        let live = self.source.as_ref().is_some_and(Active::has_clock);
        self.latency.age = self.source.as_ref().map_or(0.0, Active::age);
        let paths = Paths {
            speakers: self.known_paths(),
            margin: Paths::MARGIN
                + Nanos::from_secs(self.latency.extra)
                + if live { LIVE_MARGIN } else { Nanos::ZERO },
        };
        let mut line = timing(&rig, &paths);
        let mut said = Vec::new();
        for group in &mut line.groups {
            let Some(before) = self.latency.line.group(&group.id).map(|old| old.target) else {
                continue;
            };
            if fresh {
                continue;
            }
            let more = before - group.target;
            if more > -TOLERANCE {
                // A little slower fits into the margin and is not worth moving anybody.
                group.target = before;
                for speaker in &mut group.speakers {
                    speaker.alignment += more;
                    speaker.delay += more;
                }
            } else {
                said.push(format!(
                    "The latency of {} is now {:.1} ms instead of {:.1} ms, so that nobody is late.",
                    group.id,
                    group.target.millis(),
                    before.millis(),
                ));
            }
        }
        self.latency.line = line;
        for text in said {
            self.event(EventKind::Info, None, text);
        }
        self.reseat();
    }

    /// What an edit would do to the latency of every group.
    pub(in crate::engine) fn cost(&self, edit: &Edit) -> Result<Vec<Cost>, CommandError> {
        let rig = self.desk.rig();
        let refused = |error: RigError| CommandError {
            message: error.to_string(),
        };
        let mut changed = (*rig).clone();
        let _said = apply(&mut changed, edit).map_err(refused)?;
        // Speakers whose device is not open, and those that the edit adds, are
        // as slow as their device is expected to be.
        let period = Nanos::from_secs(f64::from(rig.settings.period) / 48_000.0);
        let mut paths = expected_paths(&changed, &self.devices, period);
        paths.extend(self.known_paths());
        cost_of(&rig, &Paths::from(paths), edit).map_err(refused)
    }

    /// Path of every speaker without the air: as its lane reports, or as it was
    /// when its device went away, so that it can return to its place.
    fn known_paths(&self) -> BTreeMap<SpeakerId, Nanos> {
        let mut paths = BTreeMap::new();
        let age = self.source.as_ref().map_or(0.0, Active::age);
        for output in self.outputs.values() {
            let behind = behind(&self.devices, &output.id);
            let measured = output
                .report
                .filter(|report| report.settled)
                .and_then(|_| seats::least_delay(output.ahead, age))
                .map(|least| Nanos::from_secs(least) + behind);
            for seat in output.speakers() {
                let before = self.latency.line.alignment(&seat.speaker);
                if let Some(path) = measured.or(before.map(|of| of.path - of.air)) {
                    let _new = paths.insert(seat.speaker.clone(), path);
                }
            }
        }
        paths
    }

    /// The rig changed: targets follow its zones, trims and distances.
    pub(super) fn replan(&mut self) {
        if self.transport == Transport::Playing {
            self.set_targets(false);
        } else {
            self.reseat();
        }
    }

    /// Tells every lane what its speakers are now, and takes off those that left.
    pub(super) fn reseat(&mut self) {
        let rig = self.heard();
        let source = self.source.as_ref().and_then(Active::format);
        let source_channels = source.map_or(2, |format| format.channels);
        let lanes = lanes(&rig);
        for lane in &lanes {
            if !self.seat_lane(&rig, lane, source_channels) {
                let text = format!(
                    "{} plays {MAX_SLOTS} speakers at most. Move the others to another device.",
                    lane.device
                );
                if self.observer.notice(text.clone()) {
                    self.event(EventKind::Refused, None, text);
                }
            }
        }
        let time = now();
        for (id, output) in &mut self.outputs {
            let lane = lanes.iter().find(|lane| lane.device == *id);
            let stays = |speaker: &str| {
                lane.is_some_and(|lane| lane.speakers.iter().any(|(of, _)| of == speaker))
            };
            let gone: Vec<_> = output
                .speakers()
                .filter(|seat| !stays(&seat.speaker))
                .map(|seat| seat.speaker.clone())
                .collect();
            for speaker in gone {
                output.unseat(&speaker, time);
            }
        }
    }

    /// Returns whether all found a seat.
    fn seat_lane(&mut self, rig: &Rig, lane: &LanePlan, source_channels: u16) -> bool {
        let behind = behind(&self.devices, &lane.device);
        let Some(output) = self.outputs.get_mut(&lane.device) else {
            return true;
        };
        let mut all = true;
        let channels = output
            .format()
            .map_or(lane.channels, |format| format.channels);
        for (speaker, _) in &lane.speakers {
            let delay = self.latency.delay(speaker, behind);
            if let Some(settings) = seats::settings(rig, speaker, channels, source_channels, delay)
            {
                all &= output.seat(speaker, settings);
            }
        }
        all
    }

    /// A radio source says itself how much room its bursts need. When that grows, the
    /// targets grow before it is late again.
    pub(super) fn follow_radio(&mut self) {
        let age = self.source.as_ref().filter(|source| source.is_radio());
        let age = age.map_or(0.0, Active::age);
        if self.transport == Transport::Playing && age > self.latency.age + TOLERANCE.secs() {
            self.set_targets(false);
        }
    }

    /// A live source that keeps being late needs more room. One that says itself how
    /// much gets that, and no more.
    pub(super) fn source_was_late(&mut self, time: Nanos) {
        let blind = |source: &Active| source.has_clock() && !source.is_radio();
        let live = self.source.as_ref().is_some_and(blind);
        if !live || self.transport != Transport::Playing {
            return;
        }
        let latency = &mut self.latency;
        latency.late.retain(|then| time - *then < LATE_WINDOW);
        latency.late.push(time);
        if latency.late.len() >= LATE_COUNT * self.outputs.len().max(1) && latency.extra < EXTRA_MAX
        {
            latency.late.clear();
            latency.extra += EXTRA_STEP;
            self.set_targets(false);
        }
    }

    /// Target latency of the in-sync group, or of the first one.
    pub(super) fn target(&self) -> Nanos {
        self.latency
            .line
            .groups
            .first()
            .map_or(GUESS, |group| group.target)
    }
}

/// Latency inside a device that its stream's delay leaves out.
pub(super) fn behind(devices: &[DeviceInfo], id: &str) -> Nanos {
    inside(devices, id).map_or(Nanos::ZERO, |inside| Nanos::from_millis(inside.ms))
}

/// The same with what it rests on.
pub(super) fn inside(devices: &[DeviceInfo], id: &str) -> Option<Inside> {
    let device = devices.iter().find(|device| device.id == id);
    device.and_then(|device| device.inside)
}

/// The path of every speaker in a zone without the air, as far as its device
/// says before it is opened.
fn expected_paths(rig: &Rig, devices: &[DeviceInfo], period: Nanos) -> BTreeMap<SpeakerId, Nanos> {
    let path = |speaker: &Speaker| {
        let device = devices.iter().find(|of| of.id == speaker.output.device)?;
        Some((speaker.id.clone(), expected_path(device, period)))
    };
    rig.placed()
        .filter_map(|(_, speaker)| path(speaker))
        .collect()
}

/// What a device's path will be: what it says, or what is usual for its kind;
/// and what a lane needs in any case.
fn expected_path(device: &DeviceInfo, period: Nanos) -> Nanos {
    let usual = match device.kind {
        DeviceKind::Bluetooth => BLUETOOTH + RADIO_BUFFER,
        DeviceKind::Network => NETWORK,
        _ => period + period,
    };
    let stated = device.latency_ms.map(Nanos::from_millis);
    stated.unwrap_or(usual) + seats::REACH_TIME
}

/// Delay while nothing is known yet; lanes are measured with it, then it is replaced.
const GUESS: Nanos = Nanos(60_000_000);
/// Growth of a target that its margin takes up.
const TOLERANCE: Nanos = Nanos(700_000);
/// A live source is delivered with jitter.
const LIVE_MARGIN: Nanos = Nanos(500_000);
/// Commercial SBC speakers measure 100 to 200 ms.
const BLUETOOTH: Nanos = Nanos(150_000_000);
/// What a sound server holds ahead of a radio link.
const RADIO_BUFFER: Nanos = Nanos(40_000_000);
/// Players on the network hold this much, as far as they can be told.
const NETWORK: Nanos = Nanos(100_000_000);
const LATE_WINDOW: Nanos = Nanos(10_000_000_000);
const LATE_COUNT: usize = 2;
const EXTRA_STEP: f64 = 2e-3;
const EXTRA_MAX: f64 = 40e-3;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::devices::{Direction, Presence, Radio};
    use crate::rig::plan::GroupId;
    use crate::rig::{Output, Zone};

    fn device(id: &str, kind: DeviceKind, latency_ms: Option<f64>) -> DeviceInfo {
        DeviceInfo {
            id: id.into(),
            name: id.into(),
            direction: Direction::Output,
            kind,
            channels: 2,
            rates: Vec::new(),
            is_default: false,
            key: id.into(),
            presence: Presence::Ready,
            radio: Radio::default(),
            latency_ms,
            inside: None,
        }
    }

    fn speaker(id: &str, device: &str) -> Speaker {
        Speaker {
            id: id.into(),
            output: Output {
                device: device.into(),
                ..Output::default()
            },
            ..Speaker::default()
        }
    }

    #[test]
    fn what_is_dragged_in_costs_what_its_device_is_expected_to_take() {
        let devices = [
            device("alsa:dac", DeviceKind::Usb, None),
            device("pulse:flip", DeviceKind::Bluetooth, None),
            device("room:flip", DeviceKind::Bluetooth, Some(170.0)),
        ];
        let rig = Rig {
            speakers: vec![speaker("dac", "alsa:dac"), speaker("lost", "alsa:gone")],
            zones: vec![Zone {
                id: "kitchen".into(),
                speakers: vec!["dac".into(), "lost".into()],
                ..Zone::default()
            }],
            ..Rig::default()
        };
        let period = Nanos::from_millis(4.0);
        let cost = |device: &str| {
            let edit = Edit::All(vec![
                Edit::AddSpeaker(speaker("new", device)),
                Edit::MoveSpeaker {
                    speaker: "new".into(),
                    zone: Some("kitchen".into()),
                    index: 0,
                },
            ]);
            let mut changed = rig.clone();
            let _said = apply(&mut changed, &edit).unwrap();
            let paths = Paths::from(expected_paths(&changed, &devices, period));
            let costs = cost_of(&rig, &paths, &edit).unwrap();
            assert_eq!(costs[0].group, GroupId::InSync);
            let millis = |of: Option<Nanos>| of.unwrap().millis();
            (millis(costs[0].before), millis(costs[0].after))
        };
        assert_eq!(cost("pulse:flip"), (9.75, 191.75));
        assert_eq!(cost("room:flip"), (9.75, 171.75));
        assert_eq!(cost("alsa:dac"), (9.75, 9.75));
        assert_eq!(cost("alsa:nowhere"), (9.75, 9.75));
    }
}
