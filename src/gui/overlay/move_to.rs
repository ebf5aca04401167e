//! "Move to…": every zone by name, without dragging.

use iced::Element;

use super::entry::{self, Entry};
use super::frame::{self, Place};
use super::{Dialog, Message, pieces};
use crate::engine::Command;
use crate::gui::action::{Action, Actions};
use crate::gui::drag::{self, Landing, Payload};
use crate::gui::icon::Icon;
use crate::gui::shared::Shared;
use crate::rig::{Timing, Zone};

#[derive(Debug)]
pub(super) struct MoveTo {
    payload: Payload,
}

impl MoveTo {
    pub(super) fn new(payload: Payload) -> Self {
        Self { payload }
    }

    fn entries(&self, shared: &Shared) -> Vec<Entry> {
        if let Payload::Zone(zone) = &self.payload {
            return self.places(zone, shared);
        }
        let zones = &shared.link.rig.zones;
        let here = match &self.payload {
            Payload::Speaker(id) => shared.link.rig.zone_of(id).map(|zone| zone.id.as_str()),
            _ => None,
        };
        let mut entries: Vec<Entry> = zones
            .iter()
            .map(|zone| {
                let landing = Landing::Zone {
                    zone: zone.id.clone(),
                    index: usize::MAX,
                    timing: None,
                };
                let is_here = here == Some(zone.id.as_str());
                let does = if is_here {
                    Vec::new()
                } else {
                    self.land(&landing, shared)
                };
                Entry::closing(format!("zone/{}", zone.id), zone.label(), does)
                    .icon(Icon::House)
                    .detail(about(zone))
                    .chosen(is_here)
            })
            .collect();
        if matches!(self.payload, Payload::Speaker(_)) {
            let does = if here.is_none() {
                Vec::new()
            } else {
                self.land(&Landing::Rail, shared)
            };
            entries.push(
                Entry::closing("none", "No zone", does)
                    .icon(Icon::CircleOff)
                    .detail("Known, and silent until it is in a zone")
                    .chosen(here.is_none()),
            );
        }
        entries
    }

    /// Where a zone can stand among the others.
    fn places(&self, moved: &str, shared: &Shared) -> Vec<Entry> {
        let zones = &shared.link.rig.zones;
        let from = zones.iter().position(|zone| zone.id == moved);
        let others = zones.iter().filter(|zone| zone.id != moved);
        let first = Some(("First".to_owned(), 0)).into_iter();
        let after = others
            .enumerate()
            .map(|(index, zone)| (format!("After {}", zone.label()), index + 1));
        first
            .chain(after)
            .map(|(label, index)| {
                let does = if from == Some(index) {
                    Vec::new()
                } else {
                    self.land(&Landing::Order(index), shared)
                };
                Entry::closing(format!("place/{index}"), label, does).chosen(from == Some(index))
            })
            .collect()
    }

    fn land(&self, landing: &Landing, shared: &Shared) -> Actions {
        let edit = drag::edit(&self.payload, landing, shared);
        edit.map_or_else(Vec::new, |edit| vec![Action::Tell(Command::Edit(edit))])
    }

    fn name(&self, shared: &Shared) -> String {
        let rig = &shared.link.rig;
        let known = match &self.payload {
            Payload::Speaker(id) => rig.speaker(id).map(|speaker| speaker.label().to_owned()),
            Payload::Zone(id) => rig.zone(id).map(|zone| zone.label().to_owned()),
            Payload::Device(id) => shared.link.device(id).map(|device| device.name.clone()),
        };
        known.unwrap_or_default()
    }
}

impl Dialog for MoveTo {
    fn items(&self, shared: &Shared) -> Vec<String> {
        let mut items = entry::items(&self.entries(shared));
        if items.is_empty() {
            items.push(CLOSE.into());
        }
        items
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        if item == CLOSE {
            return vec![Action::Close];
        }
        entry::press(self.entries(shared), item)
    }

    fn scrolled(&self, item: &str, shared: &Shared) -> Option<f32> {
        entry::scrolled(&self.entries(shared), item, most(shared))
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Centre
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let entries = self.entries(shared);
        let title = format!("Move {} to", self.name(shared));
        let title = crate::gui::measure::fitted(
            &title,
            WIDTH - 16.0,
            crate::gui::fonts::ZONE,
            crate::gui::fonts::SEMIBOLD,
        );
        let mut content =
            iced::widget::column![entry::list(&entries, WIDTH, most(shared), None, shared)]
                .spacing(8);
        if !entries.iter().any(|entry| entry.possible) {
            content = content
                .push(pieces::sentence(
                    "There is no other zone yet. Add one first.",
                    shared,
                ))
                .push(frame::buttons([pieces::push(
                    CLOSE,
                    None,
                    "Close",
                    crate::gui::style::Button::Secondary,
                    true,
                    shared,
                )]));
        }
        frame::card(&title, WIDTH + 24.0, content, shared)
    }
}

fn about(zone: &Zone) -> String {
    let count = match zone.speakers.len() {
        0 => "Empty".into(),
        1 => "1 speaker".to_owned(),
        more => format!("{more} speakers"),
    };
    match zone.timing {
        Timing::InSync => count,
        Timing::Own => format!("{count} · own timing"),
    }
}

fn most(shared: &Shared) -> f32 {
    (shared.regions.all.height - 180.0).min(480.0)
}

const CLOSE: &str = "close";
const WIDTH: f32 = 376.0;
