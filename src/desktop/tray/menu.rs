//! The tray's menu, as `com.canonical.dbusmenu` has it: the panel draws it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::object_server::SignalEmitter;
use zbus::{OwnedVariant, Variant, fdo};

use super::wish_of;
use crate::desktop::shown::Shown;
use crate::desktop::wish::Wishing;

/// The menu's place on the bus.
pub(super) const PATH: &str = "/MenuBar";

/// What can be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// Open the window.
    Window,
    /// Play or pause.
    Play,
    /// Mute everything, or not.
    Mute,
    /// End the engine.
    Quit,
}

/// One line of the menu, as the protocol has it: a number and its properties.
type Line = (i32, HashMap<String, OwnedVariant>);
/// The menu as a tree; it has one level.
type Layout = (i32, HashMap<String, OwnedVariant>, Vec<OwnedVariant>);

/// What the menu shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    revision: u32,
    shown: Shown,
    windows: bool,
}

impl Shared {
    /// Shows this from now on; whether that is anything new.
    pub(super) fn set(&self, shown: &Shown, windows: bool) -> bool {
        let mut content = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |shown: &Shown| {
            (
                shown.words.clone(),
                shown.plays(),
                shown.has_source,
                shown.muted,
            )
        };
        let new = of(&content.shown) != of(shown) || content.windows != windows;
        content.shown.clone_from(shown);
        content.windows = windows;
        content.revision += u32::from(new);
        new
    }

    /// Counts what was new.
    pub(super) fn revision(&self) -> u32 {
        self.with(|content| content.revision)
    }

    fn with<T>(&self, of: impl FnOnce(&Content) -> T) -> T {
        of(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The menu.
pub(super) struct Menu {
    shared: Shared,
    wishing: Wishing,
}

impl Menu {
    pub(super) fn new(shared: Shared, wishing: Wishing) -> Self {
        Self { shared, wishing }
    }

    fn press(&self, id: i32, event: &str) -> bool {
        let entry = ENTRIES.iter().find(|(of, _)| *of == id);
        if let (Some((_, entry)), "clicked") = (entry, event) {
            self.wishing.wish(wish_of(*entry));
        }
        (0..=LAST).contains(&id)
    }
}

#[zbus::interface(name = "com.canonical.dbusmenu")]
#[allow(
    clippy::needless_pass_by_value,
    reason = "arguments from the bus are owned"
)]
impl Menu {
    fn get_layout(
        &self,
        parent_id: i32,
        _recursion_depth: i32,
        _property_names: Vec<String>,
    ) -> fdo::Result<(u32, Layout)> {
        self.shared.with(|content| {
            let lines = lines(content);
            if parent_id == 0 {
                let children = lines.into_iter().filter_map(|(id, properties)| {
                    let leaf: Layout = (id, properties, Vec::new());
                    OwnedVariant::try_from(Variant::new(leaf)).ok()
                });
                let root = properties(&[("children-display", "submenu".into())]);
                return Ok((content.revision, (0, root, children.collect())));
            }
            let line = lines.into_iter().find(|(id, _)| *id == parent_id);
            let (id, properties) = line.ok_or_else(unknown)?;
            Ok((content.revision, (id, properties, Vec::new())))
        })
    }
    fn get_group_properties(&self, ids: Vec<i32>, _names: Vec<String>) -> Vec<Line> {
        let lines = self.shared.with(lines).into_iter();
        lines
            .filter(|(id, _)| ids.is_empty() || ids.contains(id))
            .collect()
    }
    fn get_property(&self, id: i32, name: &str) -> fdo::Result<OwnedVariant> {
        let lines = self.shared.with(lines);
        let line = lines.into_iter().find(|(of, _)| *of == id);
        let (_, mut properties) = line.ok_or_else(unknown)?;
        properties.remove(name).ok_or_else(unknown)
    }
    fn event(&self, id: i32, event_id: &str, _data: Variant<'_>, _time: u32) -> fdo::Result<()> {
        if self.press(id, event_id) {
            Ok(())
        } else {
            Err(unknown())
        }
    }
    fn event_group(&self, events: Vec<(i32, String, OwnedVariant, u32)>) -> Vec<i32> {
        let unknown = events
            .iter()
            .filter(|(id, event, ..)| !self.press(*id, event));
        unknown.map(|(id, ..)| *id).collect()
    }
    /// What is shown is told as it changes.
    fn about_to_show(&self, _id: i32) -> bool {
        false
    }
    fn about_to_show_group(&self, ids: Vec<i32>) -> (Vec<i32>, Vec<i32>) {
        let unknown = ids.into_iter().filter(|id| !(0..=LAST).contains(id));
        (Vec::new(), unknown.collect())
    }
    #[zbus(property)]
    fn version(&self) -> u32 {
        3
    }
    #[zbus(property)]
    fn text_direction(&self) -> &str {
        "ltr"
    }
    #[zbus(property)]
    fn status(&self) -> &str {
        "normal"
    }
    #[zbus(property)]
    fn icon_theme_path(&self) -> Vec<String> {
        Vec::new()
    }
    #[zbus(signal)]
    pub(super) async fn layout_updated(
        emitter: &SignalEmitter<'_>,
        revision: u32,
        parent: i32,
    ) -> zbus::Result<()>;
}

fn unknown() -> fdo::Error {
    fdo::Error::InvalidArgs("The menu has no such entry.".into())
}

/// Health in words, then what can be done.
fn lines(content: &Content) -> Vec<Line> {
    let shown = &content.shown;
    let play = if shown.plays() { "Pause" } else { "Play" };
    let rule = || properties(&[("type", "separator".into())]);
    let mut lines = vec![
        (
            1,
            properties(&[
                ("label", label(&shown.words).into()),
                ("enabled", false.into()),
            ]),
        ),
        (2, rule()),
    ];
    if content.windows {
        lines.push((3, properties(&[("label", "Open Inphase".into())])));
    }
    lines.extend([
        (
            4,
            properties(&[("label", play.into()), ("enabled", shown.has_source.into())]),
        ),
        (
            5,
            properties(&[
                ("label", "Mute".into()),
                ("toggle-type", "checkmark".into()),
                ("toggle-state", i32::from(shown.muted).into()),
            ]),
        ),
        (6, rule()),
        (LAST, properties(&[("label", "Stop and quit".into())])),
    ]);
    lines
}

/// In a label, `_` marks the letter that presses it.
fn label(words: &str) -> String {
    words.replace('_', "__")
}

fn properties(all: &[(&str, Variant<'_>)]) -> HashMap<String, OwnedVariant> {
    let own = |(name, value): &(&str, Variant<'_>)| {
        let value = value.try_to_owned().ok()?;
        Some(((*name).to_owned(), value))
    };
    all.iter().filter_map(own).collect()
}

const LAST: i32 = 7;
/// What the numbers of the lines stand for.
const ENTRIES: [(i32, Entry); 4] = [
    (3, Entry::Window),
    (4, Entry::Play),
    (5, Entry::Mute),
    (LAST, Entry::Quit),
];
