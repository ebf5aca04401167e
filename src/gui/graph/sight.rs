//! Which part of the graph is seen, and how large.

use iced::{Point, Rectangle, Size, Transformation};

use super::layout::Layout;

/// Zoom and scroll. Across, the graph always fits: columns wrap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// 0.7 to 1.3.
    pub zoom: f32,
    /// From the top of the content, in pixels of the window.
    pub scroll: f32,
}

impl Default for Sight {
    fn default() -> Self {
        Self {
            zoom: 1.0,
            scroll: 0.0,
        }
    }
}

impl Sight {
    /// The point of the content at this point of the canvas.
    #[must_use]
    pub fn inside(&self, at: Point) -> Point {
        Point::new(at.x / self.zoom, (at.y + self.scroll) / self.zoom)
    }

    /// Brings the content into the canvas.
    #[must_use]
    pub fn into_canvas(&self) -> Transformation {
        Transformation::translate(0.0, -self.scroll) * Transformation::scale(self.zoom)
    }

    /// Where in the canvas a part of the content is.
    #[must_use]
    pub fn outside(&self, area: Rectangle) -> Rectangle {
        area * self.into_canvas()
    }

    /// How far it can be scrolled. What floats at the bottom hides nothing for
    /// good: a graph that is too high can be scrolled past it.
    #[must_use]
    pub fn reach(&self, layout: &Layout, canvas: Size) -> f32 {
        let bottom = layout.bottom * self.zoom;
        let floating = if layout.metrics.wide { FLOATING } else { 10.0 };
        if bottom + floating <= canvas.height {
            0.0
        } else {
            bottom + FLOATING - canvas.height
        }
    }

    /// Scrolls by `by` as far as it goes.
    pub fn scroll_by(&mut self, by: f32, layout: &Layout, canvas: Size) {
        let reach = self.reach(layout, canvas);
        self.scroll = (self.scroll + by).clamp(0.0, reach).round();
    }

    /// Scrolls as little as needed to show `area`.
    pub fn show(&mut self, area: Rectangle, layout: &Layout, canvas: Size) {
        let seen = self.outside(area.expand(8.0));
        let below = seen.y + seen.height - (canvas.height - FLOATING);
        let by = if seen.y < 0.0 { seen.y } else { below.max(0.0) };
        self.scroll_by(by, layout, canvas);
    }

    /// Zooms, within limits.
    pub fn zoom_by(&mut self, by: f32) {
        self.zoom = ((self.zoom + by) * 10.0).round().clamp(7.0, 13.0) / 10.0;
    }
}

/// Height of the legend and the buttons.
pub const FLOATING: f32 = 52.0;
