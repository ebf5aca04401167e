//! What follows from a rig: which devices are open with which speakers on
//! them, what each speaker does to the sound, and when everything is heard
//! ([`timing`]).
//!
//! Outputs on the same device share one lane. Speakers in no zone do not play,
//! but their channels are counted when a device is opened, so that moving one
//! in from the rail opens nothing anew.

pub mod latency;

use std::collections::BTreeMap;

pub use self::latency::{Alignment, Cost, Group, GroupId, Paths, Timeline, cost_of, timing};
use super::model::{Rig, Role, Speaker, SpeakerId};
use crate::sync::time::Nanos;

/// One device and the speakers that play on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanePlan {
    /// The device's id.
    pub device: String,
    /// What to find the device by when the system renumbered it; may be empty.
    pub key: String,
    /// Channels to open it with: enough for every speaker of the rig on this
    /// device, playing or not; at least 2 unless all chose the first channel.
    pub channels: u16,
    /// Who plays, in rig order, and on which 1-based channels. Nobody shares a
    /// channel. An [empty choice](super::model::Output::channels) stays empty:
    /// the first two channels, or the only one.
    pub speakers: Vec<(SpeakerId, Vec<u16>)>,
}

/// The lanes of a rig, by device. Of two speakers on the same channel the
/// first in the rig plays; the other one is a
/// [problem](super::validate::problems). Speakers without a device are left out.
#[must_use]
pub fn lanes(rig: &Rig) -> Vec<LanePlan> {
    let mut lanes: BTreeMap<&str, LanePlan> = BTreeMap::new();
    for speaker in sounding(rig) {
        let output = &speaker.output;
        let lane = lanes.entry(&output.device).or_insert_with(|| LanePlan {
            device: output.device.clone(),
            key: String::new(),
            channels: channels_of(rig, &output.device),
            speakers: Vec::new(),
        });
        if lane.key.is_empty() {
            lane.key.clone_from(&output.key);
        }
        lane.speakers
            .push((speaker.id.clone(), output.channels.clone()));
    }
    lanes.into_values().collect()
}

/// Two speakers that play on the same channel.
#[derive(Debug, Clone, Copy)]
pub struct Clash<'a> {
    /// The one that has the channel.
    pub playing: &'a Speaker,
    /// The one that stays silent.
    pub silent: &'a Speaker,
    /// The 1-based channel.
    pub channel: u16,
}

/// Speakers that stay silent because another plays on their channel.
pub fn clashes(rig: &Rig) -> impl Iterator<Item = Clash<'_>> {
    share_out(rig).1.into_iter()
}

/// What a speaker does to the sound, everything added up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    /// What part of the stream it plays.
    pub role: Role,
    /// Speaker, zone and master gain together, dB.
    pub gain_db: f64,
    /// Muted by itself, its zone, the master, or because another one is solo.
    pub silent: bool,
    /// Polarity inverted.
    pub inverted: bool,
    /// What part of the spectrum it plays.
    pub band: Band,
    /// The user's delay on top of the alignment; positive plays later.
    pub trim: Nanos,
}

/// What part of the spectrum a speaker plays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Band {
    /// All of it.
    Full,
    /// Above the crossover, in Hz; its zone has a subwoofer.
    Above(f64),
    /// Below the crossover, in Hz; it is the subwoofer.
    Below(f64),
}

/// What a speaker does to the sound; `None` when it is unknown or in no zone.
///
/// Only solos of speakers in zones count. LFE speakers keep the whole band:
/// their channel is low already.
#[must_use]
pub fn tuning(rig: &Rig, speaker: &str) -> Option<Tuning> {
    let zone = rig.zone_of(speaker)?;
    let speaker = rig.speaker(speaker)?;
    let any_solo = rig.placed().any(|(_, other)| other.solo);
    let band = match speaker.role {
        Role::Sub => Band::Below(zone.crossover_hz),
        Role::Lfe => Band::Full,
        _ if zone.has_sub(rig) => Band::Above(zone.crossover_hz),
        _ => Band::Full,
    };
    Some(Tuning {
        role: speaker.role,
        gain_db: speaker.gain_db + zone.gain_db + rig.settings.gain_db,
        silent: speaker.muted || zone.muted || rig.settings.muted || (any_solo && !speaker.solo),
        inverted: speaker.inverted,
        band,
        trim: Nanos(speaker.trim_us * 1000),
    })
}

/// The speakers that play, in rig order.
fn sounding(rig: &Rig) -> Vec<&Speaker> {
    share_out(rig).0
}

fn share_out(rig: &Rig) -> (Vec<&Speaker>, Vec<Clash<'_>>) {
    let mut taken: BTreeMap<(&str, u16), &Speaker> = BTreeMap::new();
    let (mut sounding, mut clashes) = (Vec::new(), Vec::new());
    for (_, speaker) in rig.placed() {
        let device = speaker.output.device.as_str();
        if device.is_empty() {
            continue;
        }
        let channels = speaker.output.channels_in_use();
        let holder = channels
            .iter()
            .find_map(|channel| Some((*channel, *taken.get(&(device, *channel))?)));
        if let Some((channel, playing)) = holder {
            clashes.push(Clash {
                playing,
                silent: speaker,
                channel,
            });
            continue;
        }
        for channel in channels {
            let _ = taken.insert((device, *channel), speaker);
        }
        sounding.push(speaker);
    }
    (sounding, clashes)
}

fn channels_of(rig: &Rig, device: &str) -> u16 {
    rig.speakers
        .iter()
        .filter(|speaker| speaker.output.device == device)
        .flat_map(|speaker| speaker.output.channels_in_use())
        .copied()
        .max()
        .unwrap_or(2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::rig::{edit, edit::Edit, model::Zone};

    pub(super) fn rig(speakers: &[(&str, &str)], zones: &[(&str, &[&str])]) -> Rig {
        let mut rig = Rig::default();
        for (id, output) in speakers {
            rig.speakers.push(Speaker {
                id: (*id).into(),
                output: output.parse().unwrap(),
                ..Speaker::default()
            });
        }
        for (id, members) in zones {
            rig.zones.push(Zone {
                id: (*id).into(),
                speakers: members.iter().map(ToString::to_string).collect(),
                ..Zone::default()
            });
        }
        rig
    }

    #[test]
    fn outputs_of_one_device_share_a_lane() {
        let rig = rig(
            &[
                ("a", "alsa:x#1"),
                ("b", "alsa:x#3,4"),
                ("c", "alsa:y"),
                ("d", "alsa:x#8"),
                ("e", "alsa:z"),
            ],
            &[("one", &["b"]), ("two", &["a", "c"])],
        );
        let lanes = lanes(&rig);
        assert_eq!(lanes.len(), 2);
        assert_eq!(
            lanes[0].speakers,
            [("a".into(), vec![1]), ("b".into(), vec![3, 4])]
        );
        assert_eq!(lanes[0].channels, 8, "the speaker on the rail counts");
        assert_eq!((lanes[1].speakers.len(), lanes[1].channels), (1, 2));
    }

    #[test]
    fn a_channel_belongs_to_the_first_speaker_that_plays_on_it() {
        let mut rig = rig(
            &[("a", "alsa:x#1,2"), ("b", "alsa:x#2,3"), ("c", "alsa:x#3")],
            &[("z", &["a", "b", "c"])],
        );
        let playing = |rig: &Rig| -> Vec<SpeakerId> {
            lanes(rig)[0]
                .speakers
                .iter()
                .map(|(id, _)| id.clone())
                .collect()
        };
        assert_eq!(playing(&rig), ["a", "c"]);
        drop(rig.zones[0].speakers.remove(0));
        assert_eq!(playing(&rig), ["b"]);
    }

    #[test]
    fn gains_add_up_and_solo_silences_the_rest() {
        let mut rig = rig(
            &[("a", "alsa:x"), ("b", "alsa:y"), ("c", "alsa:z")],
            &[("z", &["a", "b"])],
        );
        for (path, value) in [
            ("settings.gain", "-1"),
            ("zones.z.gain", "-2"),
            ("speakers.a.gain", "-3"),
            ("speakers.c.solo", "on"),
        ] {
            let _ = edit::apply(&mut rig, &Edit::set(path, value)).unwrap();
        }
        assert_eq!(tuning(&rig, "a").unwrap().gain_db, -6.0);
        assert!(
            !tuning(&rig, "a").unwrap().silent,
            "a solo on the rail does not count"
        );
        assert!(tuning(&rig, "c").is_none());
        rig.speakers[1].solo = true;
        assert!(tuning(&rig, "a").unwrap().silent);
        assert!(!tuning(&rig, "b").unwrap().silent);
        rig.settings.muted = true;
        assert!(tuning(&rig, "b").unwrap().silent);
    }

    #[test]
    fn a_subwoofer_splits_the_band_of_its_own_zone() {
        let mut rig = rig(
            &[("a", "alsa:x"), ("sub", "alsa:y"), ("other", "alsa:z")],
            &[("z", &["a", "sub"]), ("y", &["other"])],
        );
        rig.speakers[1].role = Role::Sub;
        assert_eq!(tuning(&rig, "a").unwrap().band, Band::Above(80.0));
        assert_eq!(tuning(&rig, "sub").unwrap().band, Band::Below(80.0));
        assert_eq!(tuning(&rig, "other").unwrap().band, Band::Full);
    }
}
