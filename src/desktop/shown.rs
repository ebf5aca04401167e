//! What a desktop shows of the engine, as plain data made from its state.
//!
//! Pure: everything comes from a snapshot and the rig.

use std::path::Path;

use crate::bluetooth::Order;
use crate::bluetooth::state::{Address, Device, PlayerAction};
use crate::engine::Command;
use crate::engine::health::{HealthLine, Level};
use crate::engine::snapshot::{Health, Snapshot, Transport};
use crate::rig::{Rig, Source, SpeakerId};
use crate::sync::time::Nanos;

/// What is shown at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shown {
    /// Whether it plays.
    pub playing: Playing,
    /// Whether there is anything to play.
    pub has_source: bool,
    /// What plays.
    pub track: Track,
    /// Who plays it, where tracks can be asked for; and which ways.
    pub player: Option<Address>,
    /// There is a next track, and one before.
    pub skips: (bool, bool),
    /// Volume in dB.
    pub gain_db: f64,
    /// All is muted.
    pub muted: bool,
    /// How the speakers are.
    pub level: Level,
    /// The same in words, one line.
    pub words: String,
    /// Speakers in zones: what they are called, and whether they are lost or sound.
    pub speakers: Vec<Heard>,
}

/// Whether it plays, in the three words of media keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Playing {
    /// Stopped.
    #[default]
    No,
    /// Held.
    Paused,
    /// Plays, or waits for a source that pauses.
    Yes {
        /// The source delivers nothing.
        silent: bool,
    },
}

/// What plays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Track {
    /// Track, file or device.
    pub title: String,
    /// Artist; empty where not known.
    pub artist: String,
    /// Album; empty where not known.
    pub album: String,
    /// Length in microseconds, where known.
    pub length_us: Option<i64>,
}

/// A speaker in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    /// Which it is; two may have one name, and a name may change.
    pub id: SpeakerId,
    /// What it is called.
    pub name: String,
    /// It is lost.
    pub lost: bool,
    /// It sounds, well or not.
    pub sounds: bool,
}

impl Shown {
    /// What is shown of this.
    pub(super) fn new(snapshot: &Snapshot, rig: &Rig) -> Self {
        let line = HealthLine::new(snapshot, rig, Nanos::ZERO);
        let device = source_device(snapshot, rig);
        let player = device.and_then(|device| device.player.as_ref());
        let can = |action| player.is_some_and(|player| player.can.contains(&action));
        Self {
            playing: match snapshot.transport {
                Transport::Stopped => Playing::No,
                Transport::Paused => Playing::Paused,
                Transport::Starting | Transport::Playing => Playing::Yes { silent: false },
                Transport::Waiting => Playing::Yes { silent: true },
            },
            has_source: rig.source.is_some(),
            track: track(snapshot, rig, device),
            player: device.map(|device| device.address),
            skips: (can(PlayerAction::Next), can(PlayerAction::Previous)),
            gain_db: rig.settings.gain_db,
            muted: rig.settings.muted,
            level: line.level,
            words: words(&line),
            speakers: speakers(snapshot, rig),
        }
    }

    /// Whether sound flows, or would if the source had any.
    pub(super) fn plays(&self) -> bool {
        matches!(self.playing, Playing::Yes { .. })
    }

    /// What play/pause is to do.
    pub(super) fn toggle(&self) -> Command {
        if self.plays() {
            Command::Pause
        } else {
            Command::Play
        }
    }

    /// Another track, where the source can.
    pub(super) fn skip(&self, action: PlayerAction) -> Option<Command> {
        let address = self.player?;
        Some(Command::Bluetooth(Order::Player { address, action }))
    }
}

/// Where in the source it is, in microseconds.
pub(super) fn position_us(snapshot: &Snapshot) -> i64 {
    let source = snapshot.source.as_ref();
    let position = source.and_then(|source| source.position_s);
    position.map_or(0, micros)
}

fn micros(seconds: f64) -> i64 {
    // A float becomes the nearest integer, whatever it is.
    (seconds * 1e6) as i64
}

/// The Bluetooth device that is the source.
fn source_device<'a>(snapshot: &'a Snapshot, rig: &Rig) -> Option<&'a Device> {
    let Some(Source::Capture { device }) = &rig.source else {
        return None;
    };
    let state = snapshot.bluetooth.as_ref()?;
    state.device(Address::of_id(device)?)
}

/// What a source tells of its track, else what the source is.
fn track(snapshot: &Snapshot, rig: &Rig, device: Option<&Device>) -> Track {
    let told = device.and_then(|device| device.player.as_ref());
    if let Some(player) = told.filter(|player| !player.title.is_empty()) {
        return Track {
            title: player.title.clone(),
            artist: player.artist.clone(),
            album: player.album.clone(),
            length_us: player.duration_ms.map(|ms| i64::from(ms) * 1000),
        };
    }
    let source = snapshot.source.as_ref();
    let title = source.map(|source| source.title.clone());
    let title = title.filter(|title| !title.is_empty());
    Track {
        title: title.unwrap_or_else(|| rig.source.as_ref().map_or_else(String::new, named)),
        length_us: source
            .and_then(|source| source.duration_s)
            .filter(|seconds| seconds.is_finite())
            .map(micros),
        ..Track::default()
    }
}

/// What a source is called before it has told anything.
fn named(source: &Source) -> String {
    match source {
        Source::Desktop => "Desktop audio".into(),
        Source::Files { paths, .. } => {
            let first = paths.first().map(Path::new).and_then(Path::file_name);
            first.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        }
        other => other.to_string(),
    }
}

/// The headline and the worst cause: figures that change with every look are
/// for the window.
fn words(line: &HealthLine) -> String {
    let mut words = line.headline.clone();
    if let Some(cause) = line.causes.first() {
        words = format!("{words} | {}", cause.text);
    }
    words
}

fn speakers(snapshot: &Snapshot, rig: &Rig) -> Vec<Heard> {
    let placed = rig.zones.iter().flat_map(|zone| &zone.speakers);
    let states = placed.filter_map(|id| {
        let state = snapshot.speakers.iter().find(|of| of.id == *id)?;
        Some((id.clone(), rig.speaker(id)?.label().to_owned(), state.state))
    });
    states
        .map(|(id, name, state)| Heard {
            id,
            name,
            lost: state == Health::Lost,
            sounds: matches!(state, Health::InPhase | Health::Drifting | Health::Out),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::bluetooth::simulated::Simulated;
    use crate::bluetooth::state::{Player, State};
    use crate::engine::snapshot::SourceState;
    use std::sync::Arc;

    const ECHO: &str = "bt:AA:BB:CC:DD:EE:FF";

    fn echo() -> Rig {
        Rig {
            source: Some(Source::Capture {
                device: ECHO.into(),
            }),
            ..Rig::default()
        }
    }

    #[test]
    fn a_track_that_the_source_tells_is_shown_before_the_source_itself() {
        let source = SourceState {
            title: "Echo Dot".into(),
            duration_s: Some(12.5),
            ..SourceState::default()
        };
        let mut snapshot = Snapshot {
            source: Some(source),
            ..Snapshot::default()
        };
        let shown = Shown::new(&snapshot, &echo());
        assert_eq!(shown.track.title, "Echo Dot");
        assert_eq!(shown.track.length_us, Some(12_500_000));
        assert_eq!(shown.skip(PlayerAction::Next), None);

        let player = Player {
            title: "Song".into(),
            artist: "Band".into(),
            duration_ms: Some(200_000),
            can: vec![PlayerAction::Next],
            ..Player::default()
        };
        let mut state: State = Simulated::default().state().clone();
        state.devices.truncate(1);
        state.devices[0].address = Address::of_id(ECHO).unwrap();
        state.devices[0].player = Some(player);
        snapshot.bluetooth = Some(Arc::new(state));
        let shown = Shown::new(&snapshot, &echo());
        assert_eq!(
            (&*shown.track.title, &*shown.track.artist),
            ("Song", "Band")
        );
        assert_eq!(shown.track.length_us, Some(200_000_000));
        assert_eq!(shown.skips, (true, false));
        assert!(shown.skip(PlayerAction::Next).is_some());
    }

    #[test]
    fn play_pause_depends_on_what_it_does() {
        for (transport, expected) in [
            (Transport::Stopped, Command::Play),
            (Transport::Paused, Command::Play),
            (Transport::Starting, Command::Pause),
            (Transport::Playing, Command::Pause),
            (Transport::Waiting, Command::Pause),
        ] {
            let snapshot = Snapshot {
                transport,
                ..Snapshot::default()
            };
            let shown = Shown::new(&snapshot, &Rig::default());
            assert_eq!(shown.toggle(), expected, "{transport:?}");
        }
    }
}
