//! The keyboard's way through the graph: Tab goes in reading order, arrows go to
//! what is nearest in their direction.

use iced::{Point, Rectangle};

use super::layout::Layout;
use crate::gui::action::Selection;
use crate::gui::focus::{FocusId, Region};
use crate::gui::scene::Scene;

/// The source.
#[must_use]
pub fn source_id() -> FocusId {
    FocusId::new(Region::Main, "source")
}

/// A zone's header.
#[must_use]
pub fn zone_id(zone: &str) -> FocusId {
    FocusId::new(Region::Main, format_args!("zone:{zone}"))
}

/// A speaker's node.
#[must_use]
pub fn node_id(speaker: &str) -> FocusId {
    FocusId::new(Region::Main, format_args!("speaker:{speaker}"))
}

/// What an id stands for; `None` for a button.
#[must_use]
pub fn selection(id: &FocusId) -> Option<Selection> {
    match id.item().split_once(':') {
        Some(("zone", zone)) => Some(Selection::Zone(zone.into())),
        Some(("speaker", speaker)) => Some(Selection::Speaker(speaker.into())),
        _ if id.item() == "source" => Some(Selection::Source),
        _ => None,
    }
}

/// Everything in the graph in reading order.
#[must_use]
pub fn all(scene: &Scene) -> Vec<FocusId> {
    let mut ids = vec![source_id()];
    for zone in &scene.zones {
        ids.push(zone_id(&zone.id));
        ids.extend(zone.nodes.iter().map(|node| node_id(&node.id)));
    }
    ids
}

/// Where this is, if it is in the graph.
#[must_use]
pub fn area(id: &FocusId, scene: &Scene, layout: &Layout) -> Option<Rectangle> {
    places(scene, layout)
        .into_iter()
        .find_map(|(of, area)| (of == *id).then_some(area))
}

/// The nearest one in a direction.
#[must_use]
pub fn beside(
    from: &FocusId,
    (across, down): (i32, i32),
    scene: &Scene,
    layout: &Layout,
) -> Option<FocusId> {
    let places = places(scene, layout);
    let (_, start) = places.iter().find(|(id, _)| id == from)?;
    let (start, ahead) = (start.center(), Point::new(across as f32, down as f32));
    let far = |area: &Rectangle| {
        let step = area.center() - start;
        let along = step.x * ahead.x + step.y * ahead.y;
        let aside = (step.x * ahead.y).abs() + (step.y * ahead.x).abs();
        // What lies more aside than ahead is another direction, except between
        // rows of different length.
        (along > 1.0).then_some(along + 2.5 * aside)
    };
    let candidates = places.iter().filter(|(id, _)| id != from);
    let candidates = candidates.filter_map(|(id, area)| Some((id, far(area)?)));
    let nearest = candidates.min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.map(|(id, _)| id.clone())
}

fn places(scene: &Scene, layout: &Layout) -> Vec<(FocusId, Rectangle)> {
    let mut places = vec![(source_id(), layout.source)];
    for (zone, place) in scene.zones.iter().zip(&layout.zones) {
        let header = Rectangle {
            height: layout.metrics.header,
            ..place.area
        };
        places.push((zone_id(&zone.id), header));
        let nodes = zone.nodes.iter().zip(&place.nodes);
        places.extend(nodes.map(|(node, area)| (node_id(&node.id), *area)));
    }
    places
}
