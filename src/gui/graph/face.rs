//! What is to be seen of the source, the zones and the speakers apart from what
//! moves. Equal faces look equal, so a layer is drawn anew only when its faces
//! differ from the last ones.

use std::rc::Rc;
use std::sync::Arc;

use super::layout::{Hit, Layout, Place};
use super::metrics::node_parts;
use super::sight::Sight;
use crate::gui::action::Selection;
use crate::gui::drag::{self, Drag, Hand, Landing, Offer, Payload, SlotWords};
use crate::gui::scene::{Mark, NodeView, ZoneView};
use crate::gui::shared::Shared;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, measure, widgets};
use crate::rig::Timing;

/// How something is lit up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Light {
    /// Shown in the inspector.
    pub selected: bool,
    /// Under the pointer.
    pub hovered: bool,
    /// Has the keyboard.
    pub focused: bool,
}

/// A speaker's node.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names say what they are")]
pub struct NodeFace {
    pub name: String,
    pub slot: u8,
    pub role: &'static str,
    pub icon: char,
    pub mark: Mark,
    pub problem: Option<String>,
    pub solo: bool,
    pub muted: bool,
    pub meters: u8,
    /// Nothing can be measured: there is no link.
    pub lost: bool,
    /// It is being carried; only its place is shown.
    pub hole: bool,
    pub light: Light,
    /// 1 = fully there.
    pub fade: f32,
}

/// How the sound gets to a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It flows.
    Playing,
    /// Nothing is wanted.
    Idle,
    /// It should flow and does not.
    Broken,
}

/// A zone's box.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names say what they are")]
pub struct ZoneFace {
    pub name: String,
    pub gain: String,
    pub muted: bool,
    pub own: bool,
    pub mark: Option<Mark>,
    pub latency: String,
    pub flow: Flow,
    pub offer: Offer,
    pub hole: bool,
    pub light: Light,
    /// Before which node an insertion line is drawn.
    pub line: Option<usize>,
    /// What lands in the strip or the box.
    pub landing: Option<String>,
    pub words: Option<SlotWords>,
    /// The slot it would land in.
    pub slot: Option<Timing>,
    pub fade: f32,
}

/// Everything that both cached layers show.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names say what they are")]
pub struct Faces {
    pub layout: Rc<Layout>,
    pub sight: Sight,
    pub tokens: Arc<Tokens>,
    pub zones: Vec<ZoneFace>,
    pub nodes: Vec<Vec<NodeFace>>,
    pub source: SourceFace,
    /// Identity colour of what is carried.
    pub carried: u8,
    /// The zone before which the carried zone lands; the count = at the end.
    pub order: Option<usize>,
    /// Rings turn, so the live layer draws them.
    pub turning: bool,
}

/// The source's node.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names say what they are")]
pub struct SourceFace {
    pub icon: char,
    pub name: String,
    pub note: String,
    pub troubled: bool,
    pub light: Light,
}

impl Faces {
    /// Of what is shown now.
    #[must_use]
    pub fn new(layout: &Rc<Layout>, sight: Sight, hover: Option<Hit>, shared: &Shared) -> Self {
        let scene = &shared.scene;
        let both = || scene.zones.iter().zip(&layout.zones).enumerate();
        let carried = shared.drag.as_ref();
        Self {
            layout: layout.clone(),
            sight,
            tokens: shared.tokens.clone(),
            zones: both()
                .map(|(index, (zone, place))| zone_face(index, zone, place, hover, shared))
                .collect(),
            nodes: both()
                .map(|(index, (zone, place))| node_faces(index, zone, place, hover, shared))
                .collect(),
            source: source_face(layout, hover, shared),
            carried: carried.map_or(1, |drag| drag::slot(&drag.payload, shared)),
            order: carried.and_then(|drag| order(drag, shared)),
            turning: shared.moves(),
        }
    }
}

fn source_face(layout: &Layout, hover: Option<Hit>, shared: &Shared) -> SourceFace {
    let source = &shared.scene.source;
    let wide = layout.metrics.wide;
    let room = if wide { 108.0 } else { 114.0 };
    let (size, font) = if wide {
        (fonts::ZONE, fonts::SEMIBOLD)
    } else {
        (fonts::NAME, fonts::SEMIBOLD)
    };
    let note = match (&source.problem, source.zones) {
        (Some(problem), _) => problem.clone(),
        (None, 0) => "plays nowhere yet".into(),
        (None, 1) => "plays to 1 zone".into(),
        (None, zones) => format!("plays to {zones} zones"),
    };
    SourceFace {
        icon: source.icon.into(),
        name: measure::fitted(&source.name, room, size, font),
        note: measure::fitted(&note, room, fonts::SMALL, fonts::REGULAR),
        troubled: source.problem.is_some(),
        light: Light {
            selected: shared.selection == Selection::Source,
            hovered: hover == Some(Hit::Source),
            focused: shared.has_focus(&super::walk::source_id()),
        },
    }
}

fn zone_face(
    index: usize,
    zone: &ZoneView,
    place: &Place,
    hover: Option<Hit>,
    shared: &Shared,
) -> ZoneFace {
    let offer = drag::offer(&zone.id, shared);
    let header = Hit::Zone {
        zone: index,
        header: true,
    };
    let carried = shared.drag.as_ref();
    let over = offer == Offer::Over;
    let landing = carried.and_then(|drag| drag.landing.as_ref());
    let (line, slot) = match landing {
        Some(Landing::Zone { index, timing, .. }) if over => (Some(*index), *timing),
        _ => (None, None),
    };
    let gain = shows_gain(zone, place).then(|| gain_words(&zone.gain));
    let carried_zone = |drag: &Drag| drag.payload == Payload::Zone(zone.id.clone());
    ZoneFace {
        name: measure::fitted(
            &zone.name,
            name_room(zone, place),
            title_size(place),
            fonts::SEMIBOLD,
        ),
        gain: gain.unwrap_or_default(),
        muted: zone.muted,
        own: zone.timing == Timing::Own,
        mark: (!zone.nodes.is_empty()).then_some(zone.mark),
        latency: zone.latency.clone(),
        flow: match (zone.flows, shared.scene.active && !zone.nodes.is_empty()) {
            (true, _) => Flow::Playing,
            (false, true) if zone.mark == Mark::Out => Flow::Broken,
            _ => Flow::Idle,
        },
        offer,
        hole: carried.is_some_and(carried_zone),
        light: Light {
            selected: shared.selection == Selection::Zone(zone.id.clone()),
            hovered: hover == Some(header),
            focused: shared.has_focus(&super::walk::zone_id(&zone.id)),
        },
        line: line
            .filter(|_| place.slots.is_none() || slot == Some(Timing::InSync))
            .map(|line| drawn_before(line, zone, carried)),
        landing: carried
            .filter(|_| over)
            .map(|drag| landing_name(drag, shared)),
        words: place
            .slots
            .and_then(|slots| drag::slot_words(&zone.id, slots.join.width, shared)),
        slot,
        fade: fade(offer),
    }
}

/// What stands in the strip; nothing where the ghost covers it.
fn landing_name(drag: &Drag, shared: &Shared) -> String {
    match drag.hand {
        Hand::Pointer { .. } => String::new(),
        Hand::Keyboard | Hand::Tap => drag::name(&drag.payload, shared),
    }
}

/// Landings count without what is carried; lines are drawn among all nodes.
fn drawn_before(index: usize, zone: &ZoneView, carried: Option<&Drag>) -> usize {
    let carried = carried.and_then(|drag| match &drag.payload {
        Payload::Speaker(id) => zone.nodes.iter().position(|node| node.id == *id),
        _ => None,
    });
    index + usize::from(carried.is_some_and(|at| index > at))
}

fn fade(offer: Offer) -> f32 {
    if offer == Offer::Refused { 0.35 } else { 1.0 }
}

/// Size of a zone's name.
#[must_use]
pub fn title_size(place: &Place) -> f32 {
    if place.wide { fonts::ZONE } else { fonts::NAME }
}

/// Room for a zone's name: what its gain, note and mark leave.
fn name_room(zone: &ZoneView, place: &Place) -> f32 {
    let gain = if shows_gain(zone, place) {
        gain_room(zone)
    } else if zone.muted {
        28.0
    } else {
        0.0
    };
    header_room(zone, place) - gain
}

/// Room of name and gain together.
fn header_room(zone: &ZoneView, place: &Place) -> f32 {
    let size = if place.wide {
        fonts::NAME
    } else {
        fonts::SMALL
    };
    let note = measure::width(&zone.note, size, fonts::REGULAR).max(34.0);
    place.area.width - 15.0 - 35.0 - note - 10.0
}

fn gain_room(zone: &ZoneView) -> f32 {
    32.0 + measure::width(&gain_words(&zone.gain), fonts::SMALL, fonts::REGULAR)
}

/// Whole decibels without their decimal: there is little room.
fn gain_words(gain: &str) -> String {
    gain.replacen(".0", "", 1)
}

/// The gain is shown where it leaves the name enough room.
fn shows_gain(zone: &ZoneView, place: &Place) -> bool {
    let name = measure::width(&zone.name, title_size(place), fonts::SEMIBOLD);
    let all = name.min(110.0) + gain_room(zone);
    place.wide && !zone.nodes.is_empty() && all <= header_room(zone, place)
}

fn node_faces(
    zone_index: usize,
    zone: &ZoneView,
    place: &Place,
    hover: Option<Hit>,
    shared: &Shared,
) -> Vec<NodeFace> {
    let fade = fade(drag::offer(&zone.id, shared));
    let nodes = zone.nodes.iter().zip(&place.nodes).enumerate();
    nodes
        .map(|(index, (node, area))| {
            let parts = node_parts(*area, place.wide);
            let hit = Hit::Node {
                zone: zone_index,
                node: index,
            };
            let carried = shared.drag.as_ref();
            let payload = Payload::Speaker(node.id.clone());
            NodeFace {
                name: measure::fitted(
                    &node.name,
                    node_name_room(node, &parts),
                    fonts::NAME,
                    fonts::SEMIBOLD,
                ),
                slot: node.slot,
                role: widgets::role_label(node.role),
                icon: node.icon.into(),
                mark: node.mark,
                problem: node.problem.as_ref().map(|problem| {
                    measure::fitted(problem, parts.problem_room, fonts::SMALL, fonts::MEDIUM)
                }),
                solo: node.solo,
                muted: node.muted,
                meters: node.meters,
                lost: node.mark == Mark::Out && node.error_us.is_none(),
                hole: carried.is_some_and(|drag| drag.payload == payload),
                light: Light {
                    selected: shared.selection.speaker() == Some(&node.id),
                    hovered: hover == Some(hit),
                    focused: shared.has_focus(&super::walk::node_id(&node.id)),
                },
                fade,
            }
        })
        .collect()
}

/// Room for a speaker's name.
#[must_use]
pub fn node_name_room(node: &NodeView, parts: &super::metrics::NodeParts) -> f32 {
    let role = badge_width(widgets::role_label(node.role)) + 6.0;
    let solo = if node.solo {
        badge_width(SOLO) + 6.0
    } else {
        0.0
    };
    let muted = if node.muted { 22.0 } else { 0.0 };
    parts.badges.x - role - solo - muted - parts.name.x
}

/// Width of a badge around a word.
#[must_use]
pub fn badge_width(word: &str) -> f32 {
    (measure::width(word, fonts::TICK, fonts::SEMIBOLD) + 14.0)
        .max(26.0)
        .round()
}

/// The badge of a speaker that alone may sound.
pub const SOLO: &str = "Solo";

fn order(drag: &Drag, shared: &Shared) -> Option<usize> {
    let (Payload::Zone(id), Some(Landing::Order(index))) = (&drag.payload, &drag.landing) else {
        return None;
    };
    let zones = &shared.scene.zones;
    let own = zones.iter().position(|zone| zone.id == *id)?;
    Some(index + usize::from(*index > own))
}
