//! The sizes of the graph in its two layouts, in logical pixels at zoom 1, and
//! where the parts of a speaker's node are.

use iced::{Point, Rectangle, Size};

/// Every size that the layout needs.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the names say what they measure")]
pub struct Metrics {
    pub wide: bool,
    /// Free space at the left and right.
    pub margin: f32,
    /// Between columns.
    pub gap: f32,
    pub least_column: f32,
    pub most_column: f32,
    pub source: Size,
    pub source_top: f32,
    /// Between rows; the edges run there.
    pub row_gap: f32,
    /// From where the edges run down to the zone.
    pub drop: f32,
    /// From the zone's top to the centre of its name.
    pub title: f32,
    /// From the zone's top to its first node.
    pub header: f32,
    /// From the zone's top to where its phase line begins.
    pub line_top: f32,
    pub node: f32,
    pub node_gap: f32,
    /// From the zone's border to its nodes.
    pub inset: f32,
    pub foot: f32,
    /// From an empty zone's top to its box.
    pub empty_top: f32,
    pub empty: f32,
    pub empty_foot: f32,
    /// From the zone's top to the first slot when there are no nodes.
    pub slot_top: f32,
    pub slot_gap: f32,
    /// The strip in which what is carried lands.
    pub strip: f32,
}

impl Metrics {
    /// Of one of the layouts.
    #[must_use]
    pub fn of(wide: bool) -> &'static Self {
        if wide { &WIDE } else { &COMPACT }
    }
}

static WIDE: Metrics = Metrics {
    wide: true,
    margin: 20.0,
    gap: 16.0,
    least_column: 240.0,
    most_column: 440.0,
    source: Size::new(320.0, 56.0),
    source_top: 16.0,
    row_gap: 44.0,
    drop: 24.0,
    title: 23.0,
    header: 68.0,
    line_top: 41.0,
    node: 84.0,
    node_gap: 8.0,
    inset: 10.0,
    foot: 8.0,
    empty_top: 52.0,
    empty: 96.0,
    empty_foot: 11.0,
    slot_top: 46.0,
    slot_gap: 9.0,
    strip: 68.0,
};

static COMPACT: Metrics = Metrics {
    wide: false,
    margin: 14.0,
    gap: 12.0,
    least_column: 240.0,
    most_column: 440.0,
    source: Size::new(300.0, 42.0),
    source_top: 8.0,
    row_gap: 34.0,
    drop: 20.0,
    title: 20.0,
    header: 39.0,
    line_top: 33.0,
    node: 56.0,
    node_gap: 6.0,
    inset: 9.0,
    foot: 8.0,
    empty_top: 41.0,
    empty: 64.0,
    empty_foot: 10.0,
    slot_top: 38.0,
    slot_gap: 6.0,
    strip: 54.0,
};

/// Where the parts of a node are.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the names say what they are")]
pub struct NodeParts {
    /// One below the other in time, side by side on screen.
    pub meters: [Rectangle; 2],
    pub tag: Rectangle,
    /// Left end and vertical centre.
    pub name: Point,
    /// Right end and vertical centre of the badges.
    pub badges: Point,
    pub mark: Point,
    pub bar: Rectangle,
    /// Centre of the device's icon; there is none in the compact layout.
    pub icon: Option<Point>,
    /// Right end and vertical centre.
    pub offset: Point,
    /// Left (wide) or right (compact) end and vertical centre.
    pub latency: Point,
    /// Left end and vertical centre, in place of offset and latency.
    pub problem: Point,
    /// The room for it.
    pub problem_room: f32,
}

/// Where the parts of the node at `area` are.
#[must_use]
pub fn node_parts(area: Rectangle, wide: bool) -> NodeParts {
    if wide {
        wide_node(area)
    } else {
        compact_node(area)
    }
}

fn wide_node(area: Rectangle) -> NodeParts {
    let (x, y, right) = (area.x, area.y, area.x + area.width);
    let meter = |index: f32| rectangle(x + 11.0 + 7.0 * index, y + 12.0, 5.0, 60.0);
    NodeParts {
        meters: [meter(0.0), meter(1.0)],
        tag: rectangle(x + 36.0, y + 11.0, 20.0, 20.0),
        name: Point::new(x + 63.0, y + 21.0),
        badges: Point::new(right - 36.0, y + 21.0),
        mark: Point::new(right - 20.0, y + 21.0),
        bar: rectangle(x + 38.0, y + 44.0, area.width - 51.0, 6.0),
        icon: Some(Point::new(x + 44.0, y + 68.0)),
        offset: Point::new(right - 13.0, y + 68.0),
        latency: Point::new(x + 56.0, y + 68.0),
        problem: Point::new(x + 37.0, y + 68.0),
        problem_room: area.width - 50.0,
    }
}

fn compact_node(area: Rectangle) -> NodeParts {
    let (x, y, right) = (area.x, area.y, area.x + area.width);
    let meter = |index: f32| rectangle(x + 10.0 + 6.0 * index, y + 10.0, 4.0, 36.0);
    // What is left beside the widest offset and latency, and no more than asked.
    let length = (area.width * 0.364)
        .min(area.width - 31.0 - 160.0)
        .max(40.0);
    let bar = rectangle(x + 32.0, y + 38.5, length, 6.0);
    let problem = bar.x + bar.width + 12.0;
    NodeParts {
        meters: [meter(0.0), meter(1.0)],
        tag: rectangle(x + 30.0, y + 8.0, 20.0, 20.0),
        name: Point::new(x + 57.0, y + 18.0),
        badges: Point::new(right - 33.0, y + 18.0),
        mark: Point::new(right - 18.0, y + 18.0),
        bar,
        icon: None,
        offset: Point::new(right - 69.0, y + 41.0),
        latency: Point::new(right - 11.0, y + 41.0),
        problem: Point::new(problem, y + 41.0),
        problem_room: right - 11.0 - problem,
    }
}

/// The bar's centre: where all needles of a zone make one line.
#[must_use]
pub fn line_x(node: Rectangle, wide: bool) -> f32 {
    node_parts(node, wide).bar.center_x()
}

/// A rectangle by its four numbers.
#[must_use]
pub fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Rectangle {
    Rectangle::new(Point::new(x, y), Size::new(width, height))
}
