//! What is carried, lifted over everything. It follows the pointer, and over a
//! zone that offers two ways to land it snaps to the chosen one, so that it
//! hides none of the words that tell them apart.

use iced::widget::{column, container, pin, row, space, text};
use iced::{Alignment, Color, Element, Length, Padding, Point, Rectangle, Size, Vector, border};

use super::{Drag, Hand, Landing, Payload, edits};
use crate::gui::app::Message;
use crate::gui::graph::Graph;
use crate::gui::graph::layout::SLOT_PAD;
use crate::gui::icon::{self, Icon};
use crate::gui::scene::NodeView;
use crate::gui::shared::Shared;
use crate::gui::style::{self, radius};
use crate::gui::{fonts, widgets};
use crate::rig::Timing;

/// Draws it; nothing unless a pointer carries something.
#[must_use]
pub fn ghost<'a>(graph: &Graph, shared: &'a Shared) -> Element<'a, Message> {
    let Some(drag) = &shared.drag else {
        return space().into();
    };
    let Hand::Pointer { at, grab } = drag.hand else {
        return space().into();
    };
    let area = snapped(drag, graph, shared).unwrap_or_else(|| held(at, grab));
    let card = card(drag, area.size(), shared);
    // The shadow is part of what has to be painted anew when it moves on.
    let ground = style::boxed(
        Color::from_rgba8(0, 0, 0, 0.004),
        Color::TRANSPARENT,
        0.0,
        0.0,
    );
    let around = container(card).padding(AROUND).style(move |_| ground);
    pin(around).x(area.x - AROUND).y(area.y - AROUND).into()
}

/// Where it is at the pointer: it may be smaller than what was grabbed, but
/// stays under the pointer.
fn held(at: Point, grab: Vector) -> Rectangle {
    let x = grab.x.clamp(12.0, SIZE.width - 12.0);
    let y = grab.y.clamp(8.0, SIZE.height - 8.0);
    Rectangle::new(at - Vector::new(x, y), SIZE)
}

/// Where it lands in the window, if the zone under it offers slots: in the
/// strip of the first, and at the lower edge of the second, which has no strip.
fn snapped(drag: &Drag, graph: &Graph, shared: &Shared) -> Option<Rectangle> {
    let Some(Landing::Zone { zone, timing, .. }) = &drag.landing else {
        return None;
    };
    let zones = &shared.scene.zones;
    let index = zones.iter().position(|view| view.id == *zone)?;
    let layout = graph.layout(shared);
    let slots = layout.zones.get(index)?.slots?;
    let area = match timing {
        Some(Timing::Own) => Rectangle {
            y: slots.own.y + slots.own.height - SLOT_PAD,
            ..slots.strip
        },
        Some(Timing::InSync) | None => slots.strip,
    };
    let area = graph.in_window(area, shared);
    // What was scrolled away would take the carried thing along.
    shared
        .regions
        .canvas
        .contains(area.position())
        .then_some(area)
}

fn card<'a>(drag: &Drag, size: Size, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let slot = edits::slot(&drag.payload, shared);
    let is_zone = matches!(drag.payload, Payload::Zone(_));
    let edge = if is_zone {
        tokens.accent
    } else {
        tokens.identity(slot).0
    };
    let tag: Element<'a, Message> = if is_zone {
        icon::icon(Icon::LayoutGrid, 18.0, tokens.text).into()
    } else {
        widgets::tag(slot, 20.0, tokens)
    };
    let room = size.width - 100.0;
    let name = edits::name(&drag.payload, shared);
    let mut words = column![widgets::fitted(
        &name,
        room,
        fonts::NAME,
        fonts::SEMIBOLD,
        tokens.text,
        tokens
    )]
    .spacing(1.0);
    if size.height >= TWO_LINES {
        let detail = text(detail(&drag.payload, shared))
            .size(fonts::SMALL)
            .color(tokens.text_second)
            .wrapping(text::Wrapping::None);
        words = words.push(detail);
    }
    let grip = icon::icon(Icon::GripVertical, 18.0, tokens.text_second);
    let content = row![tag, words.width(Length::Fill), grip]
        .spacing(11.0)
        .align_y(Alignment::Center);
    let (ground, shadow) = (tokens.node_hover, style::shadow(tokens));
    container(content)
        .width(size.width)
        .padding(Padding::from([0.0, 13.0]))
        .center_y(size.height)
        .clip(true)
        .style(move |_| container::Style {
            shadow,
            border: border::rounded(radius::NODE).color(edge).width(2.0),
            ..style::boxed(ground, edge, 2.0, radius::NODE)
        })
        .into()
}

/// What is known of it, in a few words.
fn detail(payload: &Payload, shared: &Shared) -> String {
    if let Some(row) = shared.scene.row(payload) {
        let group = shared.scene.rail.iter().find(|group| {
            let same = |of: &&crate::gui::scene::RailRow| of.payload == *payload;
            group.rows.iter().any(|row| same(&row))
        });
        let family = group.map_or("", |group| group.family.title());
        return match row.radio.battery {
            Some(percent) => format!("{family} · {percent}%"),
            None => family.to_owned(),
        };
    }
    match payload {
        Payload::Zone(id) => match shared
            .link
            .rig
            .zone(id)
            .map_or(0, |zone| zone.speakers.len())
        {
            1 => "1 speaker".into(),
            count => format!("{count} speakers"),
        },
        Payload::Speaker(id) => shared
            .scene
            .node(id)
            .map_or_else(String::new, |(_, node)| of_node(node)),
        Payload::Device(_) => String::new(),
    }
}

fn of_node(node: &NodeView) -> String {
    format!("{} · {}", widgets::role_label(node.role), node.latency)
}

const SIZE: Size = Size::new(243.0, 61.0);
/// The least height that has room for more than the name.
const TWO_LINES: f32 = 44.0;
/// Room for the shadow: its blur and offset.
const AROUND: f32 = 56.0;
