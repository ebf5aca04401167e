//! Which part of the window is where: pure arithmetic from its size.
//!
//! Drag and drop works across rail and canvas, so everybody must agree on where
//! things are without asking a widget tree.

use iced::{Point, Rectangle, Size, Vector};

/// The two layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakpoint {
    /// 1280 x 800 and more: rail, inspector and dock are always open.
    Wide,
    /// Down to 960 x 560: icon rail, and a strip with tabs at the bottom.
    Compact,
}

/// What the strip of the compact layout shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Delay, gain and role of the selected speaker.
    #[default]
    Tune,
    /// The plots.
    Plots,
    /// The event log.
    Log,
}

/// Where everything is, in logical pixels from the top left of the content,
/// which is at least [`LEAST`] large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regions {
    /// Which layout.
    pub breakpoint: Breakpoint,
    /// The whole content; larger than a window that is too small.
    pub all: Rectangle,
    /// The bar at the top.
    pub bar: Rectangle,
    /// The rail at the left.
    pub rail: Rectangle,
    /// The graph.
    pub canvas: Rectangle,
    /// The inspector at the right; empty in the compact layout.
    pub inspector: Rectangle,
    /// The dock or strip at the bottom.
    pub dock: Rectangle,
}

/// The smallest content; a smaller window scrolls.
pub const LEAST: Size = Size::new(960.0, 560.0);
/// Where the wide layout begins.
pub const WIDE: Size = Size::new(1280.0, 800.0);
/// The part of the picture at each edge that a television may not show.
pub const OVERSCAN: f32 = 0.03;
/// The dock's height that the user may choose, wide layout.
pub const DOCK: std::ops::RangeInclusive<f32> = 160.0..=480.0;

impl Regions {
    /// Cuts the window up. `dock` is the dock's height in the wide layout;
    /// `inspected` is whether the rig is there to be inspected (not on the
    /// first-run page).
    #[must_use]
    pub fn new(window: Size, dock: f32, tab: Tab, inspected: bool) -> Self {
        let all = Size::new(
            window.width.max(LEAST.width),
            window.height.max(LEAST.height),
        );
        let wide = window.width >= WIDE.width && window.height >= WIDE.height;
        let sizes = match (wide, inspected) {
            (true, true) => Sizes {
                bar: 64.0,
                rail: 256.0,
                inspector: 328.0,
                dock: dock
                    .clamp(*DOCK.start(), *DOCK.end())
                    .min(all.height - 64.0 - 300.0),
            },
            (true, false) => Sizes {
                bar: 64.0,
                rail: 256.0,
                inspector: 0.0,
                dock: 0.0,
            },
            (false, true) => Sizes {
                bar: 52.0,
                rail: 64.0,
                inspector: 0.0,
                dock: if tab == Tab::Plots { 236.0 } else { 150.0 },
            },
            (false, false) => Sizes {
                bar: 52.0,
                rail: 64.0,
                inspector: 0.0,
                dock: 0.0,
            },
        };
        let breakpoint = if wide {
            Breakpoint::Wide
        } else {
            Breakpoint::Compact
        };
        Self::cut(breakpoint, all, &sizes)
    }

    fn cut(breakpoint: Breakpoint, all: Size, sizes: &Sizes) -> Self {
        let middle = all.height - sizes.bar - sizes.dock;
        let left = all.width - sizes.inspector;
        let at = |x, y, width, height| Rectangle::new(Point::new(x, y), Size::new(width, height));
        Self {
            breakpoint,
            all: at(0.0, 0.0, all.width, all.height),
            bar: at(0.0, 0.0, all.width, sizes.bar),
            rail: at(0.0, sizes.bar, sizes.rail, middle),
            canvas: at(sizes.rail, sizes.bar, left - sizes.rail, middle),
            inspector: at(left, sizes.bar, sizes.inspector, all.height - sizes.bar),
            dock: at(0.0, sizes.bar + middle, left, sizes.dock),
        }
    }

    /// The same for a television, which may cut off the edges of its picture:
    /// nothing is within [`OVERSCAN`] of them.
    #[must_use]
    pub fn for_television(window: Size, dock: f32, tab: Tab, inspected: bool) -> Self {
        let margin = Vector::new(window.width * OVERSCAN, window.height * OVERSCAN);
        let safe = Size::new(
            window.width - 2.0 * margin.x,
            window.height - 2.0 * margin.y,
        );
        Self::new(safe, dock, tab, inspected).shifted(margin)
    }

    fn shifted(self, by: Vector) -> Self {
        Self {
            breakpoint: self.breakpoint,
            all: self.all + by,
            bar: self.bar + by,
            rail: self.rail + by,
            canvas: self.canvas + by,
            inspector: self.inspector + by,
            dock: self.dock + by,
        }
    }

    /// Whether this is the wide layout.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        self.breakpoint == Breakpoint::Wide
    }
}

struct Sizes {
    bar: f32,
    rail: f32,
    inspector: f32,
    dock: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_fill_the_window_without_overlap() {
        for (width, height) in [
            (1440.0, 900.0),
            (1280.0, 800.0),
            (1024.0, 600.0),
            (700.0, 400.0),
            (3840.0, 2160.0),
        ] {
            for tab in [Tab::Tune, Tab::Plots] {
                for inspected in [true, false] {
                    let of = Regions::new(Size::new(width, height), 232.0, tab, inspected);
                    let parts = [of.bar, of.rail, of.canvas, of.inspector, of.dock];
                    let area: f32 = parts.iter().map(Rectangle::area).sum();
                    assert!((area - of.all.area()).abs() < 1.0, "{width} {height}");
                    for (index, a) in parts.iter().enumerate() {
                        for b in &parts[index + 1..] {
                            assert!(a.intersection(b).is_none(), "{a:?} {b:?}");
                        }
                    }
                    assert!(of.canvas.height >= 270.0 && of.canvas.width >= 600.0);
                }
            }
        }
    }

    #[test]
    fn a_television_keeps_its_edges_free() {
        let window = Size::new(1097.0, 617.0);
        let of = Regions::for_television(window, 232.0, Tab::Tune, true);
        let margin = Vector::new(window.width * OVERSCAN, window.height * OVERSCAN);
        for part in [of.all, of.bar, of.rail, of.canvas, of.dock] {
            assert!(part.x >= margin.x - 0.1 && part.y >= margin.y - 0.1);
            assert!(part.x + part.width <= window.width - margin.x + 0.1);
            assert!(part.y + part.height <= window.height - margin.y + 0.1);
        }
    }

    #[test]
    fn the_wide_layout_needs_both_width_and_height() {
        let at = |width, height| {
            Regions::new(Size::new(width, height), 232.0, Tab::Tune, true).breakpoint
        };
        assert_eq!(at(1280.0, 800.0), Breakpoint::Wide);
        assert_eq!(at(1279.0, 800.0), Breakpoint::Compact);
        assert_eq!(at(1280.0, 799.0), Breakpoint::Compact);
    }
}
