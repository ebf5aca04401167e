//! Media keys and the media controls of panels: MPRIS.
//!
//! The interfaces are our own few lines: `mpris-server` brings zbus with a second
//! runtime, and cannot be put on a bus of the tests' choice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::object_server::SignalEmitter;
use zbus::{Connection, ObjectPath, OwnedVariant, Variant, fdo};

use super::shown::{Playing, Shown};
use super::wish::{Wish, Wishing};
use super::{APP_ID, NAME};
use crate::bluetooth::state::PlayerAction;
use crate::engine::Command;
use crate::rig::edit::Edit;

/// The name that media keys look for, without another instance's ending.
pub(super) const SERVICE: &str = "org.mpris.MediaPlayer2.inphase";
/// Where it is on the bus.
pub(super) const PATH: &str = "/org/mpris/MediaPlayer2";

/// What is shown, shared with the interfaces.
#[derive(Debug, Clone, Default)]
pub(super) struct Now(Arc<Mutex<(Shown, i64)>>);

impl Now {
    /// What is shown.
    pub(super) fn shown(&self) -> Shown {
        self.get(|(shown, _)| shown.clone())
    }

    /// Shows something else, at this position in microseconds.
    pub(super) fn set(&self, shown: &Shown, position: i64) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.0.clone_from(shown);
        now.1 = position;
    }

    fn get<T>(&self, of: impl FnOnce(&(Shown, i64)) -> T) -> T {
        of(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The program as a whole.
struct Root {
    wishing: Wishing,
}

#[zbus::interface(name = "org.mpris.MediaPlayer2")]
impl Root {
    fn raise(&self) {
        self.wishing.wish(Wish::Window(None));
    }
    fn quit(&self) {
        self.wishing.wish(Wish::Command(Command::Quit));
    }
    #[zbus(property)]
    fn can_quit(&self) -> bool {
        true
    }
    #[zbus(property)]
    fn can_raise(&self) -> bool {
        self.wishing.opens_windows()
    }
    #[zbus(property)]
    fn has_track_list(&self) -> bool {
        false
    }
    #[zbus(property)]
    fn identity(&self) -> &str {
        NAME
    }
    #[zbus(property)]
    fn desktop_entry(&self) -> &str {
        APP_ID
    }
    #[zbus(property)]
    fn supported_uri_schemes(&self) -> Vec<String> {
        Vec::new()
    }
    #[zbus(property)]
    fn supported_mime_types(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What plays.
struct Player {
    now: Now,
    wishing: Wishing,
}

impl Player {
    fn skip(&self, action: PlayerAction) {
        if let Some(command) = self.now.shown().skip(action) {
            self.wishing.wish(Wish::Command(command));
        }
    }
}

#[zbus::interface(name = "org.mpris.MediaPlayer2.Player")]
impl Player {
    fn next(&self) {
        self.skip(PlayerAction::Next);
    }
    fn previous(&self) {
        self.skip(PlayerAction::Previous);
    }
    fn pause(&self) {
        self.wishing.wish(Wish::Command(Command::Pause));
    }
    fn play_pause(&self) {
        self.wishing.wish(Wish::PlayPause);
    }
    fn stop(&self) {
        self.wishing.wish(Wish::Command(Command::Stop));
    }
    fn play(&self) {
        self.wishing.wish(Wish::Command(Command::Play));
    }
    /// A stream has no place to go to; the standard has such a call do nothing.
    fn seek(&self, _offset: i64) {}
    /// As for `Seek`.
    fn set_position(&self, _track: ObjectPath<'_>, _position: i64) {}
    fn open_uri(&self, _uri: &str) -> fdo::Result<()> {
        Err(fdo::Error::NotSupported(
            "Choose what is played in the window of Inphase.".into(),
        ))
    }
    #[zbus(property)]
    fn playback_status(&self) -> &str {
        self.now.get(|(shown, _)| match shown.playing {
            Playing::No => "Stopped",
            Playing::Paused => "Paused",
            Playing::Yes { .. } => "Playing",
        })
    }
    #[zbus(property)]
    fn rate(&self) -> f64 {
        1.0
    }
    #[zbus(property)]
    fn minimum_rate(&self) -> f64 {
        1.0
    }
    #[zbus(property)]
    fn maximum_rate(&self) -> f64 {
        1.0
    }
    #[zbus(property)]
    fn metadata(&self) -> HashMap<String, OwnedVariant> {
        self.now.get(|(shown, _)| metadata(shown))
    }
    #[zbus(property)]
    fn volume(&self) -> f64 {
        self.now.get(|(shown, _)| volume(shown))
    }
    #[zbus(property)]
    fn set_volume(&self, volume: f64) {
        for edit in edits(volume, &self.now.shown()) {
            self.wishing.turn(edit);
        }
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn position(&self) -> i64 {
        self.now.get(|(_, position)| *position)
    }
    #[zbus(property)]
    fn can_go_next(&self) -> bool {
        self.now.get(|(shown, _)| shown.skips.0)
    }
    #[zbus(property)]
    fn can_go_previous(&self) -> bool {
        self.now.get(|(shown, _)| shown.skips.1)
    }
    #[zbus(property)]
    fn can_play(&self) -> bool {
        self.now.get(|(shown, _)| shown.has_source)
    }
    #[zbus(property)]
    fn can_pause(&self) -> bool {
        self.now.get(|(shown, _)| shown.has_source)
    }
    #[zbus(property)]
    fn can_seek(&self) -> bool {
        false
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn can_control(&self) -> bool {
        true
    }
}

/// Puts it on the bus and takes the name; a second engine takes one of its own.
pub(super) async fn appear(bus: &Connection, now: &Now, wishing: &Wishing) -> zbus::Result<()> {
    let root = Root {
        wishing: wishing.clone(),
    };
    let player = Player {
        now: now.clone(),
        wishing: wishing.clone(),
    };
    let _first = bus.object_server().at(PATH, root).await?;
    let _first = bus.object_server().at(PATH, player).await?;
    if !super::own(bus, SERVICE).await? {
        let second = format!("{SERVICE}.instance{}", std::process::id());
        let _free = super::own(bus, &second).await?;
    }
    Ok(())
}

/// Takes it off the bus.
pub(super) async fn vanish(bus: &Connection) -> zbus::Result<()> {
    let second = format!("{SERVICE}.instance{}", std::process::id());
    for name in [SERVICE, &second] {
        let _was_ours = bus.release_name(name).await?;
    }
    let _there = bus.object_server().remove::<Player, _>(PATH).await?;
    let _there = bus.object_server().remove::<Root, _>(PATH).await?;
    Ok(())
}

/// Tells who listens what has changed.
pub(super) async fn tell(bus: &Connection, before: &Shown, after: &Shown) -> zbus::Result<()> {
    let interface = bus.object_server().interface::<_, Player>(PATH).await?;
    let player = interface.get().await;
    let emitter: &SignalEmitter<'_> = interface.signal_emitter();
    if before.playing != after.playing {
        player.playback_status_changed(emitter).await?;
    }
    if before.track != after.track {
        player.metadata_changed(emitter).await?;
    }
    if before.gain_db != after.gain_db || before.muted != after.muted {
        player.volume_changed(emitter).await?;
    }
    if before.has_source != after.has_source {
        player.can_play_changed(emitter).await?;
        player.can_pause_changed(emitter).await?;
    }
    if before.skips != after.skips {
        player.can_go_next_changed(emitter).await?;
        player.can_go_previous_changed(emitter).await?;
    }
    Ok(())
}

fn metadata(shown: &Shown) -> HashMap<String, OwnedVariant> {
    let track = &shown.track;
    let mut all = HashMap::new();
    let mut put = |key: &str, value: Variant<'_>| {
        // Only a file descriptor could fail to become one's own.
        if let Ok(value) = OwnedVariant::try_from(value) {
            let _new = all.insert(key.to_owned(), value);
        }
    };
    let id = if shown.has_source {
        TRACK
    } else {
        "/org/mpris/MediaPlayer2/TrackList/NoTrack"
    };
    if let Ok(id) = ObjectPath::try_from(id) {
        put("mpris:trackid", id.into());
    }
    if !shown.has_source {
        return all;
    }
    put("xesam:title", track.title.as_str().into());
    if !track.artist.is_empty() {
        put("xesam:artist", vec![track.artist.as_str()].into());
    }
    if !track.album.is_empty() {
        put("xesam:album", track.album.as_str().into());
    }
    if let Some(length) = track.length_us {
        put("mpris:length", length.into());
    }
    all
}

/// 1 is 0 dB; between, as loud as the hand expects: 18 dB for a half, as in the
/// desktop's own sliders.
fn volume(shown: &Shown) -> f64 {
    if shown.muted {
        return 0.0;
    }
    10_f64.powf(shown.gain_db / CUBIC)
}

/// What sets a volume: nothing at all is muted.
fn edits(volume: f64, shown: &Shown) -> Vec<Edit> {
    if !volume.is_finite() || volume <= 0.0 {
        return vec![Edit::set("settings.mute", "on")];
    }
    let db = (CUBIC * volume.log10()).clamp(SOFTEST, LOUDEST);
    let mut edits = vec![Edit::set("settings.gain", format!("{db:.1} dB"))];
    if shown.muted {
        edits.push(Edit::set("settings.mute", "off"));
    }
    edits
}

/// The only track there is.
const TRACK: &str = "/io/github/inphase/Inphase/Track";
/// dB for a tenth of the volume.
const CUBIC: f64 = 60.0;
/// What the master gain can be, in dB. Louder than 0 dB is no matter of a slider
/// in a panel.
const SOFTEST: f64 = -60.0;
const LOUDEST: f64 = 0.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_that_is_read_is_the_one_that_was_set() {
        let mut shown = Shown::default();
        for (set, read) in [(1.0, 1.0), (0.5, 0.5), (0.1, 0.1), (0.01, 0.1), (7.0, 1.0)] {
            let [Edit::Set { path, value }] = &edits(set, &shown)[..] else {
                panic!("one edit");
            };
            assert_eq!(path, "settings.gain");
            shown.gain_db = value.trim_end_matches(" dB").parse().unwrap_or(f64::NAN);
            assert!((volume(&shown) - read).abs() < 0.01, "{set}");
        }
    }

    #[test]
    fn no_volume_is_muted_and_any_volume_is_not() {
        let muted = Shown {
            muted: true,
            ..Shown::default()
        };
        assert_eq!(volume(&muted), 0.0);
        for silent in [0.0, -1.0, f64::NAN] {
            let mute = Edit::set("settings.mute", "on");
            assert_eq!(edits(silent, &Shown::default()), [mute]);
        }
        assert_eq!(edits(0.5, &muted)[1], Edit::set("settings.mute", "off"));
    }
}
