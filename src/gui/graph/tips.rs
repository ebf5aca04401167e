//! What the pointer rests on, and what a tooltip says about it: the whole of what
//! is cut off, and for a number where it comes from.

use iced::{Point, Rectangle};

use super::face::node_name_room;
use super::layout::{Hit, Layout, Place};
use super::metrics::{node_parts, rectangle};
use crate::engine::format;
use crate::engine::snapshot::{OffsetSource, SpeakerState};
use crate::gui::scene::{Mark, NodeView, ZoneView};
use crate::gui::shared::Shared;
use crate::gui::{drag, fonts, measure};
use crate::rig::Timing;

/// A place that can have a tooltip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// On what.
    pub hit: Hit,
    /// On which part of it.
    pub part: Part,
}

/// Parts of zones and nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its name.
    Name,
    /// Its mark, phase bar or offset.
    Phase,
    /// Latency or problem.
    Latency,
    /// A zone's gain.
    Gain,
    /// Anything else.
    Rest,
}

/// What is at this point of the content.
#[must_use]
pub fn spot(layout: &Layout, point: Point) -> Option<Spot> {
    let hit = layout.at(point)?;
    let parts = parts(layout, hit);
    let found = parts.into_iter().find(|(_, area)| area.contains(point));
    Some(Spot {
        hit,
        part: found.map_or(Part::Rest, |(part, _)| part),
    })
}

/// What a tooltip about this must not cover: the whole node, or the zone's part.
#[must_use]
pub fn area(layout: &Layout, spot: Spot) -> Option<Rectangle> {
    if let Hit::Node { zone, node } = spot.hit {
        return layout.zones.get(zone)?.nodes.get(node).copied();
    }
    let parts = parts(layout, spot.hit);
    parts
        .into_iter()
        .find_map(|(part, area)| (part == spot.part).then_some(area))
}

/// What is said about it.
#[must_use]
pub fn words(spot: Spot, layout: &Layout, shared: &Shared) -> Option<String> {
    match spot.hit {
        Hit::Source => {
            let source = &shared.scene.source;
            Some(
                source
                    .problem
                    .clone()
                    .unwrap_or_else(|| format!("{}\n{}", source.name, source.detail)),
            )
        }
        Hit::Zone { zone, .. } => {
            let view = shared.scene.zones.get(zone)?;
            zone_words(spot.part, view, layout.zones.get(zone)?, shared)
        }
        Hit::Node { zone, node } => {
            let view = shared.scene.zones.get(zone)?.nodes.get(node)?;
            let area = *layout.zones.get(zone)?.nodes.get(node)?;
            node_words(spot.part, view, area, layout.metrics.wide, shared)
        }
    }
}

fn zone_words(part: Part, zone: &ZoneView, place: &Place, shared: &Shared) -> Option<String> {
    if let Some(reason) = drag::refusal(shared) {
        return Some(reason);
    }
    match part {
        Part::Name => {
            let width = measure::width(&zone.name, super::face::title_size(place), fonts::SEMIBOLD);
            (width > place.area.width * 0.4).then(|| zone.name.clone())
        }
        Part::Gain if zone.muted => {
            Some(format!("{} is muted; its gain is {}", zone.name, zone.gain))
        }
        Part::Gain => Some(format!("Gain of {}: {}", zone.name, zone.gain)),
        Part::Phase if zone.nodes.is_empty() => None,
        Part::Phase => Some(phase_of_zone(zone)),
        Part::Latency | Part::Rest => None,
    }
}

fn phase_of_zone(zone: &ZoneView) -> String {
    let word = zone.mark.word();
    let timing = match zone.timing {
        Timing::InSync => "",
        Timing::Own => ", on its own timing",
    };
    if zone.note.is_empty() {
        format!("{}: {word}{timing}", zone.name)
    } else if zone.note.contains(" of ") {
        format!("{}: {word}, {} play{timing}", zone.name, zone.note)
    } else {
        format!(
            "{}: {word}, first to last speaker {}{timing}",
            zone.name, zone.note
        )
    }
}

fn node_words(
    part: Part,
    node: &NodeView,
    area: Rectangle,
    wide: bool,
    shared: &Shared,
) -> Option<String> {
    let parts = node_parts(area, wide);
    let state = shared
        .link
        .snapshot
        .speakers
        .iter()
        .find(|of| of.id == node.id);
    let problem = state.and_then(|state| state.problem.clone());
    match part {
        Part::Name => {
            let width = measure::width(&node.name, fonts::NAME, fonts::SEMIBOLD);
            (width > node_name_room(node, &parts)).then(|| node.name.clone())
        }
        Part::Latency | Part::Phase if problem.is_some() => problem,
        Part::Phase => Some(phase_of_node(node, state)),
        Part::Latency if node.error_us.is_none() => None,
        Part::Latency => Some(format!("{} from the source to your ear", node.latency)),
        Part::Gain | Part::Rest => None,
    }
}

fn phase_of_node(node: &NodeView, state: Option<&SpeakerState>) -> String {
    let word = node.mark.word();
    let Some(error) = node.error_us else {
        return format!("{}: {word}", node.name);
    };
    // Whole microseconds below a millisecond; two decimals would say `± 0.00`.
    let value = if error.abs() < 999.5 && node.sd_us < 999.5 {
        format!("{} ± {}", node.offset, format::spread(node.sd_us))
    } else {
        format::measured_ms(error / 1000.0, node.sd_us / 1000.0)
    };
    let source = match state.map(|state| state.offset_source) {
        _ if node.mark == Mark::Estimated => "estimated, not yet checked by microphone",
        Some(OffsetSource::Microphone) => "heard by the microphone",
        Some(OffsetSource::Clock) => "from the device's own clock",
        Some(OffsetSource::Estimate) | None => "estimated",
    };
    format!("{}: {word}, {value}, {source}", node.name)
}

fn parts(layout: &Layout, hit: Hit) -> Vec<(Part, Rectangle)> {
    match hit {
        Hit::Source => vec![(Part::Rest, layout.source)],
        Hit::Zone { zone, .. } => zone_parts(&layout.zones[zone]),
        Hit::Node { zone, node } => {
            let place = &layout.zones[zone];
            node_spots(place.nodes[node], place.wide)
        }
    }
}

fn zone_parts(place: &Place) -> Vec<(Part, Rectangle)> {
    let Rectangle { x, y, width, .. } = place.area;
    let tall = if place.wide { 40.0 } else { 34.0 };
    let name = width * 0.4;
    let phase = 100.0_f32.min(width * 0.3);
    vec![
        (Part::Name, rectangle(x, y, name, tall)),
        (
            Part::Gain,
            rectangle(x + name, y, width - name - phase, tall),
        ),
        (Part::Phase, rectangle(x + width - phase, y, phase, tall)),
        (Part::Rest, place.area),
    ]
}

fn node_spots(area: Rectangle, wide: bool) -> Vec<(Part, Rectangle)> {
    let parts = node_parts(area, wide);
    let right = area.x + area.width;
    let name = rectangle(
        parts.name.x,
        area.y,
        parts.badges.x - 26.0 - parts.name.x,
        parts.name.y + 12.0 - area.y,
    );
    let mark = rectangle(right - 33.0, area.y, 33.0, parts.mark.y + 12.0 - area.y);
    let bar = parts.bar.expand(6.0);
    let offset = rectangle(right - 95.0, parts.offset.y - 11.0, 95.0, 22.0);
    let latency = if wide {
        rectangle(
            parts.problem.x,
            parts.latency.y - 11.0,
            area.width - 132.0,
            22.0,
        )
    } else {
        rectangle(right - 66.0, parts.latency.y - 11.0, 66.0, 22.0)
    };
    vec![
        (Part::Name, name),
        (Part::Phase, mark),
        (Part::Latency, latency),
        (Part::Phase, offset),
        (Part::Phase, bar),
        (Part::Rest, area),
    ]
}
