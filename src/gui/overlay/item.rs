//! What can be done with one speaker, zone or the source: the menu behind "…".

use iced::Element;
use iced::widget::column;

use super::entry::{self, Entry};
use super::frame::{self, Place};
use super::{Dialog, Message, focus_id, pieces};
use crate::engine::Command;
use crate::gui::action::{Action, Actions, Overlay, Selection};
use crate::gui::commands;
use crate::gui::drag::Payload;
use crate::gui::icon::Icon;
use crate::gui::keys::Press;
use crate::gui::radio::{self, Standing};
use crate::gui::shared::Shared;
use crate::gui::{fonts, measure, style};
use crate::rig::edit::Edit;
use crate::rig::{Speaker, Timing, Zone};

#[derive(Debug)]
pub(super) struct ItemMenu {
    what: Selection,
    /// The new name, while one is written, and what is wrong with it.
    naming: Option<Naming>,
}

#[derive(Debug, Default)]
struct Naming {
    name: String,
    wrong: Option<String>,
}

impl ItemMenu {
    pub(super) fn new(what: Selection) -> Self {
        Self { what, naming: None }
    }

    fn entries(&self, shared: &Shared) -> Vec<Entry> {
        let rig = &shared.link.rig;
        match &self.what {
            Selection::Speaker(id) => rig.speaker(id).map_or_else(Vec::new, |speaker| {
                let mut entries = of_speaker(speaker, rig.zone_of(id));
                entries.extend(of_radio(speaker, shared));
                entries
            }),
            Selection::Zone(id) => rig
                .zone(id)
                .map_or_else(Vec::new, |zone| of_zone(zone, rig.zones.len())),
            Selection::Source => of_source(shared),
            Selection::Nothing => vec![
                verb("Add a zone", "N", vec![add_zone(shared)]).icon(Icon::Plus),
                verb("Scan for devices", "R", vec![Action::Tell(Command::Rescan)])
                    .icon(Icon::Radar),
            ],
        }
    }

    fn name(&self, shared: &Shared) -> String {
        let rig = &shared.link.rig;
        let known = match &self.what {
            Selection::Speaker(id) => rig.speaker(id).map(Speaker::label),
            Selection::Zone(id) => rig.zone(id).map(Zone::label),
            Selection::Source => Some(shared.scene.source.name.as_str()),
            Selection::Nothing => Some(rig.name.as_str()),
        };
        known.unwrap_or_default().to_owned()
    }

    fn rename(&self, name: &str) -> Option<Edit> {
        let path = match &self.what {
            Selection::Speaker(id) => format!("speakers.{id}.name"),
            Selection::Zone(id) => format!("zones.{id}.name"),
            Selection::Source | Selection::Nothing => return None,
        };
        Some(Edit::set(path, name))
    }

    fn named(&mut self, shared: &Shared) -> Actions {
        let Some(name) = self.naming.as_ref().map(|naming| naming.name.clone()) else {
            return Vec::new();
        };
        let Some(edit) = self.rename(&name) else {
            return Vec::new();
        };
        match pieces::check(&edit, shared) {
            Ok(()) => {
                let mut actions = vec![Action::Close];
                if name.trim() != self.name(shared) {
                    actions.extend(pieces::tell(edit));
                }
                actions
            }
            Err(wrong) => {
                let wrong = Some(wrong);
                self.naming = Some(Naming { name, wrong });
                Vec::new()
            }
        }
    }
}

impl Dialog for ItemMenu {
    fn items(&self, shared: &Shared) -> Vec<String> {
        if self.naming.is_some() {
            return [NAME, CANCEL, SAVE].map(Into::into).into();
        }
        entry::items(&self.entries(shared))
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        match item {
            RENAME => {
                self.naming = Some(Naming {
                    name: self.name(shared),
                    wrong: None,
                });
                vec![Action::Focus(Some(focus_id(NAME)))]
            }
            NAME | SAVE => self.named(shared),
            CANCEL => vec![Action::Close],
            _ => entry::press(self.entries(shared), item),
        }
    }

    fn typed(&mut self, _item: &str, text: String) {
        self.naming = Some(Naming {
            name: text,
            wrong: None,
        });
    }

    fn key(&mut self, _item: &str, press: &Press, shared: &Shared) -> Option<Actions> {
        if self.naming.is_some() {
            return None;
        }
        // The letters beside the entries work while they can be seen.
        let letter = press.letter()?;
        let entries = self.entries(shared);
        let shown = letter.to_uppercase().to_string();
        let meant = entries.into_iter().find(|entry| entry.keys == shown)?;
        Some(meant.does)
    }

    fn place(&self, shared: &Shared) -> Place {
        let regions = &shared.regions;
        if regions.is_wide() {
            Place::RightTop {
                x: 16.0,
                y: regions.bar.height + 52.0,
            }
        } else {
            Place::LeftBottom {
                x: 76.0,
                y: regions.dock.height + 4.0,
            }
        }
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let title = measure::fitted(
            &self.name(shared),
            WIDTH - 16.0,
            fonts::ZONE,
            fonts::SEMIBOLD,
        );
        let Some(naming) = &self.naming else {
            let list = entry::list(&self.entries(shared), WIDTH, 440.0, None, shared);
            return frame::card(&title, WIDTH + 24.0, list, shared);
        };
        let wrong = naming.wrong.as_deref();
        let field = pieces::field(NAME, &naming.name, "Name", wrong.is_some(), shared);
        let mut content = column![field].spacing(8);
        if let Some(wrong) = wrong {
            content = content.push(pieces::wrong(wrong, shared));
        }
        let content = content.push(frame::buttons([
            pieces::push(
                CANCEL,
                None,
                "Cancel",
                style::Button::Secondary,
                true,
                shared,
            ),
            pieces::push(SAVE, None, "Rename", style::Button::Primary, true, shared),
        ]));
        frame::card(&title, WIDTH + 24.0, content, shared)
    }
}

fn of_speaker(speaker: &Speaker, zone: Option<&Zone>) -> Vec<Entry> {
    let id = &speaker.id;
    let set =
        |field: &str, value: &str| pieces::tell(Edit::set(format!("speakers.{id}.{field}"), value));
    let payload = Payload::Speaker(id.clone());
    let out = zone.map_or_else(Vec::new, |_| {
        pieces::tell(Edit::MoveSpeaker {
            speaker: id.clone(),
            zone: None,
            index: 0,
        })
    });
    let identify = vec![Action::Send(Command::Identify(id.clone()))];
    vec![
        rename(),
        verb(
            "Move to…",
            "M",
            vec![Action::Open(Overlay::MoveTo(payload))],
        )
        .icon(Icon::ArrowRightLeft),
        verb("Identify", "I", identify).icon(Icon::BellRing),
        verb(
            if speaker.muted { "Unmute" } else { "Mute" },
            "X",
            set("mute", on(!speaker.muted)),
        )
        .icon(Icon::VolumeX),
        verb(
            if speaker.solo { "End solo" } else { "Solo" },
            "S",
            set("solo", on(!speaker.solo)),
        )
        .icon(Icon::Headphones),
        verb("Invert polarity", "", set("polarity", inverted(speaker)))
            .icon(Icon::FlipVertical2)
            .chosen(speaker.inverted),
        verb("Remove from zone", "", out).icon(Icon::Unlink2),
        verb(
            "Remove from rig",
            "",
            pieces::tell(Edit::RemoveSpeaker(id.clone())),
        )
        .icon(Icon::Trash2),
    ]
}

/// All about its link, where it has a radio.
fn of_radio(speaker: &Speaker, shared: &Shared) -> Option<Entry> {
    let (state, device) = (radio::state(shared)?, radio::device_of(speaker, shared)?);
    let open = vec![Action::Open(Overlay::Device(device.address))];
    let entry = verb("Bluetooth…", "", open).icon(Icon::Bluetooth);
    Some(entry.detail(Standing::of(device, state).words))
}

fn of_zone(zone: &Zone, zones: usize) -> Vec<Entry> {
    let id = &zone.id;
    let set =
        |field: &str, value: &str| pieces::tell(Edit::set(format!("zones.{id}.{field}"), value));
    let timing = |of: Timing, label: &str, value: &str| {
        let does = if zone.timing == of {
            Vec::new()
        } else {
            set("timing", value)
        };
        verb(label, "", does).chosen(zone.timing == of)
    };
    let order = if zones > 1 {
        vec![Action::Open(Overlay::MoveTo(Payload::Zone(id.clone())))]
    } else {
        Vec::new()
    };
    vec![
        rename(),
        verb("Move among zones…", "", order).icon(Icon::ArrowRightLeft),
        verb(
            if zone.muted { "Unmute" } else { "Mute" },
            "X",
            set("mute", on(!zone.muted)),
        )
        .icon(Icon::VolumeX),
        timing(Timing::InSync, "In sync with other zones", "in-sync").icon(Icon::Link2),
        timing(Timing::Own, "Own timing", "own").icon(Icon::Unlink2),
        verb(
            "Remove zone",
            "",
            pieces::tell(Edit::RemoveZone(id.clone())),
        )
        .icon(Icon::Trash2),
    ]
}

fn of_source(shared: &Shared) -> Vec<Entry> {
    let has = shared.link.rig.source.is_some();
    let when = |does: Actions| if has { does } else { Vec::new() };
    let play = vec![Action::Send(commands::play_pause(shared))];
    let stop = vec![Action::Send(Command::Stop)];
    let device = shared.scene.source.address;
    let device =
        device.filter(|of| radio::state(shared).is_some_and(|all| all.device(*of).is_some()));
    let link = device.map(|address| {
        let open = vec![Action::Open(Overlay::Device(address))];
        verb("Bluetooth…", "", open).icon(Icon::Bluetooth)
    });
    let mut entries = vec![
        verb("Choose another…", "", vec![Action::Open(Overlay::Source)]).icon(Icon::Plug),
        verb("Play or pause", "", when(play)).icon(Icon::Play),
        verb("Stop", "", when(stop)).icon(Icon::Square),
        verb("No source", "", when(pieces::tell(Edit::SetSource(None)))).icon(Icon::CircleOff),
    ];
    entries.extend(link);
    entries
}

fn rename() -> Entry {
    Entry::inner(RENAME, "Rename…").icon(Icon::Pencil)
}

fn verb(label: &str, keys: &str, does: Actions) -> Entry {
    Entry::closing(label, label, does).keys(keys)
}

fn add_zone(shared: &Shared) -> Action {
    Action::Tell(Command::Edit(Edit::AddZone(Zone {
        name: commands::zone_name(&shared.link.rig),
        ..Zone::default()
    })))
}

fn on(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn inverted(speaker: &Speaker) -> &'static str {
    if speaker.inverted {
        "normal"
    } else {
        "inverted"
    }
}

const RENAME: &str = "rename";
const NAME: &str = "name";
const SAVE: &str = "save";
const CANCEL: &str = "cancel";
const WIDTH: f32 = 264.0;
