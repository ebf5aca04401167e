//! The window's own choices: what each item of the dialog stands for.

use crate::desktop::Switches;
use crate::gui::prefs::{Motion, OnClose, Prefs, Renderer, SCALE, Unit};
use crate::store::AtLogin;

/// What the preferences become when this item is pressed; `None` for one that
/// is not about them.
pub(super) fn preferred(item: &str, prefs: &Prefs) -> Option<Prefs> {
    let mut prefs = prefs.clone();
    let (scope, key) = item.split_once('/')?;
    match scope {
        "theme" => key.clone_into(&mut prefs.theme),
        "scale" if key == "tv" => prefs.tv = !prefs.tv,
        "scale" => {
            let step = if key == "less" { -0.1 } else { 0.1 };
            let next = ((prefs.scale + step) * 20.0).round() / 20.0;
            prefs.scale = next.clamp(*SCALE.start(), *SCALE.end());
            prefs.tv = false;
        }
        "unit" => prefs.unit = found(&UNITS, key)?,
        "motion" => prefs.motion = found(&MOTIONS, key)?,
        "renderer" => prefs.renderer = found(&RENDERERS, key)?,
        "close" => prefs.on_close = found(&CLOSINGS, key)?,
        _ => return None,
    }
    Some(prefs)
}

/// What is wanted on the desktop when this switch is pressed.
pub(super) fn switched(mut switches: Switches, key: &str) -> Option<Switches> {
    let switch = match key {
        "media" => &mut switches.media,
        "tray" => &mut switches.tray,
        "notices" => &mut switches.notifications,
        "awake" => &mut switches.awake,
        _ => return None,
    };
    *switch = !*switch;
    Some(switches)
}

/// The value that this item's key stands for.
pub(super) fn found<T: Copy>(all: &[(&str, &str, T)], key: &str) -> Option<T> {
    all.iter()
        .find(|(known, ..)| *known == key)
        .map(|(.., value)| *value)
}

/// How this value is written in an item.
pub(super) fn key_of<T: PartialEq>(all: &[(&'static str, &str, T)], value: &T) -> &'static str {
    all.iter()
        .find(|(.., known)| known == value)
        .map_or("", |(key, ..)| key)
}

pub(super) const UNITS: [(&str, &str, Unit); 3] = [
    ("ms", "ms", Unit::Ms),
    ("us", "µs", Unit::Us),
    ("cm", "cm", Unit::Cm),
];

pub(super) const MOTIONS: [(&str, &str, Motion); 3] = [
    ("system", "System", Motion::System),
    ("full", "Full", Motion::Full),
    ("reduced", "Reduced", Motion::Reduced),
];

pub(super) const RENDERERS: [(&str, &str, Renderer); 3] = [
    ("auto", "Automatic", Renderer::Auto),
    ("gpu", "Graphics card", Renderer::Gpu),
    ("software", "Processor", Renderer::Software),
];

pub(super) const CLOSINGS: [(&str, &str, OnClose); 3] = [
    ("ask", "Ask", OnClose::Ask),
    ("keep", "Keep playing", OnClose::Keep),
    ("stop", "Stop", OnClose::Stop),
];

pub(super) const AT_LOGIN: [(&str, &str, AtLogin); 3] = [
    ("nothing", "Nothing", AtLogin::Nothing),
    ("engine", "Play", AtLogin::Engine),
    ("window", "Open the window", AtLogin::Window),
];

/// Reads one of them.
type IsOn = fn(&Switches) -> bool;

/// What the engine does on the desktop; each is on or off by itself.
pub(super) const DESKTOP: [(&str, &str, IsOn); 4] = [
    ("tray", "Tray", |of| of.tray),
    ("notices", "Notifications", |of| of.notifications),
    ("media", "Media keys", |of| of.media),
    ("awake", "Stay awake", |of| of.awake),
];
