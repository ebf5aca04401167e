//! The menu of the compact layout: what its bar has no room for.

use iced::Element;

use super::entry::{self, Entry};
use super::frame::{self, Place};
use super::{Dialog, Message};
use crate::gui::action::Actions;
use crate::gui::commands::Verb;
use crate::gui::icon::Icon;
use crate::gui::shared::Shared;

#[derive(Debug)]
pub(super) struct Menu;

impl Dialog for Menu {
    fn items(&self, shared: &Shared) -> Vec<String> {
        entry::items(&entries(shared))
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        entry::press(entries(shared), item)
    }

    fn place(&self, shared: &Shared) -> Place {
        Place::RightTop {
            x: 8.0,
            y: shared.regions.bar.height,
        }
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let list = entry::list(&entries(shared), WIDTH, 480.0, None, shared);
        frame::bare(WIDTH + 24.0, list, shared)
    }
}

fn entries(shared: &Shared) -> Vec<Entry> {
    let of_verb = |(verb, icon): (Verb, Icon)| {
        let row = verb.row()?;
        Some(Entry::of_verb(row, shared).icon(icon))
    };
    let demo = shared.link.snapshot.demo;
    let shown = |(verb, _): &(Verb, Icon)| demo || *verb != Verb::LeaveDemo;
    let shown = SHOWN.into_iter().filter(shown);
    shown.filter_map(of_verb).collect()
}

const SHOWN: [(Verb, Icon); 10] = [
    (Verb::PlayPause, Icon::Play),
    (Verb::Undo, Icon::Undo2),
    (Verb::Redo, Icon::Redo2),
    (Verb::Scan, Icon::Radar),
    (Verb::Presets, Icon::FolderOpen),
    (Verb::Settings, Icon::Settings),
    (Verb::Commands, Icon::Search),
    (Verb::Keys, Icon::Keyboard),
    (Verb::FullScreen, Icon::Maximize2),
    (Verb::LeaveDemo, Icon::Undo2),
];
const WIDTH: f32 = 276.0;
