//! Where everything in the graph is: pure arithmetic from the number of zones
//! and speakers and the width there is.
//!
//! The source stands on top, the zones in columns in the user's order, wrapped
//! into rows, and the speakers in their zones in the user's order. Nothing is
//! placed by hand, so nothing overlaps and nothing is lost.

use iced::{Point, Rectangle};

use super::metrics::{Metrics, line_x, rectangle};
use super::track::Track;
use crate::rig::Timing;

/// What the layout has to know of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    /// Its speakers.
    pub nodes: usize,
    /// The lines of text in the two slots it offers to what is carried.
    pub slots: Option<(usize, usize)>,
}

/// Where everything is, from the top left of the graph's content.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The sizes it was made with.
    pub metrics: &'static Metrics,
    /// The source.
    pub source: Rectangle,
    /// The zones.
    pub zones: Vec<Place>,
    /// Where the lowest zone ends.
    pub bottom: f32,
}

/// Where a zone is.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its box.
    pub area: Rectangle,
    /// Whether this is the wide layout.
    pub wide: bool,
    /// Which row it is in.
    pub row: usize,
    /// Its speakers.
    pub nodes: Vec<Rectangle>,
    /// The box of an empty zone.
    pub empty: Option<Rectangle>,
    /// The slots it offers.
    pub slots: Option<Slots>,
    /// The way of the sound to it.
    pub track: Track,
    /// Where the needles of its speakers meet.
    pub line: f32,
}

/// Two ways to land in a zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slots {
    /// Join in sync.
    pub join: Rectangle,
    /// Where in it the carried thing lands.
    pub strip: Rectangle,
    /// Own timing.
    pub own: Rectangle,
}

/// What is at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// The source.
    Source,
    /// A zone; the header is where its name is.
    Zone {
        /// Which.
        zone: usize,
        /// Whether it is its header.
        header: bool,
    },
    /// A speaker of a zone.
    Node {
        /// Its zone.
        zone: usize,
        /// Which.
        node: usize,
    },
}

/// Columns side by side, and the width of each.
#[must_use]
pub fn columns(zones: usize, width: f32, metrics: &Metrics) -> (usize, f32) {
    let each = |count: usize| {
        let gaps = metrics.gap * (count - 1) as f32;
        (width - 2.0 * metrics.margin - gaps) / count as f32
    };
    let fits = |count: &usize| each(*count) >= metrics.least_column;
    let count = (1..=zones.max(1)).rev().find(fits).unwrap_or(1);
    (count, each(count).min(metrics.most_column))
}

impl Layout {
    /// Lays zones out in `width`.
    #[must_use]
    pub fn new(shapes: &[Shape], width: f32, metrics: &'static Metrics) -> Self {
        let size = metrics.source;
        let source = rectangle(
            ((width - size.width) / 2.0).round(),
            metrics.source_top,
            size.width,
            size.height,
        );
        let (count, column) = columns(shapes.len(), width, metrics);
        let all = column * count as f32 + metrics.gap * (count - 1) as f32;
        let left = (width - all) / 2.0;
        let mut top = source.y + size.height;
        let mut zones = Vec::new();
        for (row, shapes) in shapes.chunks(count).enumerate() {
            top += metrics.row_gap;
            let mut bottom = top;
            for (index, shape) in shapes.iter().enumerate() {
                let x = left + (column + metrics.gap) * index as f32;
                let mut zone = place(*shape, x, top, column, metrics);
                zone.row = row;
                zone.track = track(source, &zone, metrics);
                bottom = bottom.max(zone.area.y + zone.area.height);
                zones.push(zone);
            }
            top = bottom;
        }
        Self {
            metrics,
            source,
            zones,
            bottom: top,
        }
    }

    /// What is at this point.
    #[must_use]
    pub fn at(&self, point: Point) -> Option<Hit> {
        if self.source.contains(point) {
            return Some(Hit::Source);
        }
        let of_zone = |(_, place): &(usize, &Place)| place.area.contains(point);
        let (zone, place) = self.zones.iter().enumerate().find(of_zone)?;
        let of_node = |node: &Rectangle| node.contains(point);
        if let Some(node) = place.nodes.iter().position(of_node) {
            return Some(Hit::Node { zone, node });
        }
        let header = point.y < place.area.y + self.metrics.header;
        Some(Hit::Zone { zone, header })
    }

    /// The zone that something let go at this point falls into: a little around
    /// its box counts as well.
    #[must_use]
    pub fn zone_near(&self, point: Point) -> Option<usize> {
        let around = self.metrics.gap / 2.0;
        let near = |place: &Place| place.area.expand(around).contains(point);
        self.zones.iter().position(near)
    }

    /// The position among the zones that this point stands for, counted without
    /// the zone `carried`.
    #[must_use]
    pub fn order_at(&self, point: Point, carried: usize) -> usize {
        let reaches = |place: &&Place| place.area.y - self.metrics.row_gap <= point.y;
        let row = self.zones.iter().filter(reaches).map(|place| place.row);
        let row = row.max().unwrap_or(0);
        let others = self.zones.iter().enumerate();
        let others = others.filter(|(index, _)| *index != carried);
        let before = |place: &Place| {
            place.row < row || (place.row == row && place.area.center_x() < point.x)
        };
        others.filter(|(_, place)| before(place)).count()
    }
}

impl Slots {
    /// Which of the two is meant at this height.
    #[must_use]
    pub fn timing_at(&self, y: f32) -> Timing {
        let between = (self.join.y + self.join.height + self.own.y) / 2.0;
        if y < between {
            Timing::InSync
        } else {
            Timing::Own
        }
    }
}

impl Place {
    /// Before which speaker something at this height lands, counted without the
    /// speaker `carried`.
    #[must_use]
    pub fn index_at(&self, y: f32, carried: Option<usize>) -> usize {
        let nodes = self.nodes.iter().enumerate();
        let others = nodes.filter(|(index, _)| Some(*index) != carried);
        others.filter(|(_, node)| node.center_y() < y).count()
    }
}

fn place(shape: Shape, x: f32, top: f32, width: f32, metrics: &Metrics) -> Place {
    let inner = width - 2.0 * metrics.inset;
    let at = |y: f32, height: f32| rectangle(x + metrics.inset, y, inner, height);
    let step = metrics.node + metrics.node_gap;
    let node = |index: usize| at(top + metrics.header + step * index as f32, metrics.node);
    let nodes: Vec<Rectangle> = (0..shape.nodes).map(node).collect();
    let below = nodes.last().map(|last| last.y + last.height);
    let slots = shape.slots.map(|lines| {
        let from = below.map_or(top + metrics.slot_top, |y| y + metrics.node_gap);
        slots(lines, at(from, 0.0), metrics)
    });
    let empty =
        (nodes.is_empty() && slots.is_none()).then(|| at(top + metrics.empty_top, metrics.empty));
    let bottom = match (slots, empty, below) {
        (Some(slots), ..) => slots.own.y + slots.own.height + metrics.foot,
        (None, Some(empty), _) => empty.y + empty.height + metrics.empty_foot,
        (None, None, below) => below.unwrap_or(top) + metrics.foot,
    };
    Place {
        area: rectangle(x, top, width, bottom - top),
        wide: metrics.wide,
        row: 0,
        line: line_x(node(0), metrics.wide),
        nodes,
        empty,
        slots,
        track: Track::default(),
    }
}

/// Both slots below each other; `at` is the top line of the first.
fn slots((join, own): (usize, usize), at: Rectangle, metrics: &Metrics) -> Slots {
    let last = |lines: usize| SLOT_TEXT + SLOT_LINE * lines.saturating_sub(1) as f32;
    let strip = last(join) + SLOT_HINT + SLOT_STRIP;
    let join = Rectangle {
        height: strip + metrics.strip + SLOT_PAD,
        ..at
    };
    Slots {
        join,
        strip: rectangle(
            at.x + SLOT_PAD,
            at.y + strip,
            at.width - 2.0 * SLOT_PAD,
            metrics.strip,
        ),
        own: Rectangle {
            y: join.y + join.height + metrics.slot_gap,
            height: last(own) + SLOT_PAD + 14.0,
            ..at
        },
    }
}

/// From below the source along the free rows and gaps to the zone's top.
fn track(source: Rectangle, zone: &Place, metrics: &Metrics) -> Track {
    let from = Point::new(source.center_x(), source.y + source.height);
    let to = Point::new(zone.area.center_x(), zone.area.y);
    let trunk = from.y + metrics.row_gap - metrics.drop;
    let own = to.y - metrics.drop;
    let mut corners = vec![from, Point::new(from.x, trunk)];
    if zone.row > 0 {
        let lane = zone.area.x - metrics.gap / 2.0;
        corners.extend([Point::new(lane, trunk), Point::new(lane, own)]);
    }
    corners.extend([Point::new(to.x, own), to]);
    corners.dedup_by(|a, b| a.distance(*b) < 0.5);
    Track::new(&corners)
}

/// In a slot: from its top to the centre of its title.
pub const SLOT_TITLE: f32 = 22.0;
/// To the centre of its first line of text.
pub const SLOT_TEXT: f32 = 47.0;
/// From line to line.
pub const SLOT_LINE: f32 = 18.0;
/// From the last line to what happens after the drop.
pub const SLOT_HINT: f32 = 23.0;
/// From there to the strip.
const SLOT_STRIP: f32 = 16.0;
/// Around the strip.
pub const SLOT_PAD: f32 = 10.0;
