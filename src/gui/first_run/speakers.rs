//! The second step: the speakers that were found, and those that are placed.

use iced::widget::{column, container, row, scrollable, text};
use iced::{Element, Length, Padding, alignment};

use super::Message;
use super::steps::{Entry, entry};
use crate::devices::DeviceKind;
use crate::gui::drag::Payload;
use crate::gui::focus::{FocusId, Region};
use crate::gui::icon::{self, Icon};
use crate::gui::rail;
use crate::gui::scene::{Mark, NodeView, RailRow};
use crate::gui::shared::Shared;
use crate::gui::{fonts, style};

/// A row's place in the keyboard's order.
pub fn focus(payload: &Payload) -> FocusId {
    FocusId::new(Region::Main, rail::item(payload))
}

/// Draws them.
pub fn view<'a>(room: f32, turn: f32, shared: &'a Shared) -> Element<'a, Message> {
    let scene = &shared.scene;
    let placed = scene.zones.iter().flat_map(|zone| {
        let row = |node| placed(node, &zone.name, room, shared);
        zone.nodes.iter().map(row)
    });
    let found = scene.rail.iter().flat_map(|group| &group.rows);
    let found = found.map(|row| found_row(row, room, turn, shared));
    let mut rows = column(placed.chain(found)).spacing(8).push(hint(shared));
    if scene.rail.iter().all(|group| group.rows.is_empty()) {
        // Why none was found may be known.
        let notices = shared.link.snapshot.notices.iter();
        rows = rows.extend(notices.map(|notice| remark(Icon::TriangleAlert, notice, shared)));
    }
    scrollable(rows)
        .direction(scrollable::Direction::Vertical(rail::thin()))
        .style(style::scroll(&shared.tokens))
        .height(Length::Fill)
        .into()
}

fn placed<'a>(node: &NodeView, zone: &str, room: f32, shared: &'a Shared) -> Element<'a, Message> {
    let of = Entry {
        icon: node.icon,
        title: node.name.clone(),
        detail: format!("In {zone}"),
        done: true,
        mark: None,
        button: None,
        tag: Some(node.slot),
    };
    let id = FocusId::new(Region::Main, format!("placed:{}", node.id));
    entry(&of, room, &id, shared).into()
}

fn found_row<'a>(
    of: &'a RailRow,
    room: f32,
    turn: f32,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let shown = Entry {
        icon: of.icon,
        title: of.name.clone(),
        detail: detail(of, shared),
        done: false,
        mark: Some((of.mark, turn)),
        button: of.pairable().map(|_| "Pair"),
        tag: of.slot,
    };
    let payload = of.payload.clone();
    let mut row =
        entry(&shown, room, &focus(&payload), shared).on_tap(Message::Tapped(payload.clone()));
    if rail::is_ready(of) {
        row = row.on_pick(move |at, grab| Message::Picked(payload.clone(), at, grab));
    }
    row.into()
}

/// `Bluetooth · 82%`, `2 channels`, or why it cannot be used.
fn detail(of: &RailRow, shared: &Shared) -> String {
    if of.pairable().is_some() {
        return "Bluetooth · not paired".into();
    }
    if !rail::is_ready(of) || of.mark == Mark::Connecting || of.mark == Mark::Out {
        return of.detail.clone();
    }
    let device = match &of.payload {
        Payload::Device(id) => Some(id.as_str()),
        Payload::Speaker(id) => {
            let speaker = shared.link.rig.speaker(id);
            speaker.map(|speaker| speaker.output.device.as_str())
        }
        Payload::Zone(_) => None,
    };
    let device = device.and_then(|id| shared.link.device(id));
    match device.map(|device| (device.kind, of.radio.battery, device.channels)) {
        Some((DeviceKind::Bluetooth, Some(battery), _)) => format!("Bluetooth · {battery}%"),
        Some((DeviceKind::Bluetooth, None, _)) => "Bluetooth".into(),
        Some((_, _, 1)) => "1 channel".into(),
        Some((_, _, channels @ 2..)) => format!("{channels} channels"),
        _ => of.detail.clone(),
    }
}

/// More appear by themselves.
fn hint<'a>(shared: &'a Shared) -> Element<'a, Message> {
    let words = "Speakers appear here once they are plugged in or switched on.";
    remark(Icon::Radar, words, shared)
}

fn remark<'a>(sign: Icon, words: &'a str, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let words = text(words)
        .size(fonts::SMALL)
        .color(tokens.text_third)
        .width(Length::Fill);
    let remark = row![icon::icon(sign, 16.0, tokens.text_third), words].spacing(10);
    container(remark.align_y(alignment::Vertical::Center))
        .padding(Padding::from([6.0, 14.0]))
        .into()
}
