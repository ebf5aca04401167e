//! Where the parts of the dock are: pure arithmetic from the regions.

use iced::Size;

use crate::gui::plot::Quantity;
use crate::gui::plot::chart::Margins;
use crate::gui::plot::pane::Place;
use crate::gui::regions::{Regions, Tab};

/// Where everything is, from the dock's top left.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The plots: what, from where across, how large.
    pub panes: Vec<(Quantity, f32, Place)>,
    /// All plots together, from the left of the first one.
    pub plots: Size,
    /// The column of tabs before the plots.
    pub tabs: f32,
    /// The list of events: from where across, and its width.
    pub list: Option<(f32, f32)>,
    /// The card about what is wrong, left of the list: its width.
    pub card: f32,
}

impl Layout {
    /// Of the dock in this window. `listed` is whether the list of events is
    /// shown beside the plots; in the compact layout, whether something is wrong.
    #[must_use]
    pub fn new(regions: &Regions, tab: Tab, listed: bool) -> Self {
        let Size { width, height } = regions.dock.size();
        match (regions.is_wide(), tab) {
            (true, _) => Self::wide(width, height, listed),
            (false, Tab::Plots) => Self::strip(width, height),
            (false, Tab::Log) => Self {
                card: if listed { CARD } else { 0.0 },
                list: Some(if listed {
                    (TABS + CARD, width - TABS - CARD)
                } else {
                    (TABS, width - TABS)
                }),
                ..Self::tabs(height)
            },
            (false, Tab::Tune) => Self::tabs(height),
        }
    }

    fn tabs(height: f32) -> Self {
        Self {
            panes: Vec::new(),
            plots: Size::new(0.0, height),
            tabs: TABS,
            list: None,
            card: 0.0,
        }
    }

    fn wide(width: f32, height: f32, listed: bool) -> Self {
        let room = if listed {
            (width * LISTED).round()
        } else {
            width
        };
        let shares: &[(Quantity, f32)] = if listed && width < 1000.0 {
            // The first plot's title and the switch of the range share a line.
            &[(Quantity::Error, 0.72), (Quantity::Buffer, 0.28)]
        } else if listed {
            &[(Quantity::Error, 0.66), (Quantity::Buffer, 0.34)]
        } else {
            &[
                (Quantity::Error, 0.424),
                (Quantity::Latency, 0.192),
                (Quantity::Drift, 0.192),
                (Quantity::Buffer, 0.192),
            ]
        };
        let margins = Margins {
            left: 34.0,
            right: 29.0,
            top: 50.0,
            bottom: 36.0,
        };
        let plots = Size::new(room - TOOLS, height);
        Self {
            panes: cut(shares, 0.0, plots, margins, width < 1000.0),
            plots,
            tabs: 0.0,
            list: listed.then_some((room, width - room)),
            card: 0.0,
        }
    }

    fn strip(width: f32, height: f32) -> Self {
        let shares = [
            (Quantity::Error, 0.458),
            (Quantity::Latency, 0.256),
            (Quantity::Drift, 0.286),
        ];
        let margins = Margins {
            left: 34.0,
            right: 28.0,
            top: 47.0,
            bottom: 29.0,
        };
        let plots = Size::new(width - TABS, height);
        Self {
            panes: cut(&shares, TABS, plots, margins, true),
            plots,
            ..Self::tabs(height)
        }
    }
}

/// The first plot has wider labels, `+1000` and the like.
fn cut(
    shares: &[(Quantity, f32)],
    left: f32,
    room: Size,
    margins: Margins,
    short: bool,
) -> Vec<(Quantity, f32, Place)> {
    let mut x = left;
    let mut panes = Vec::new();
    for (index, (quantity, share)) in shares.iter().enumerate() {
        let width = (room.width * share).round();
        let place = Place {
            size: Size::new(width, room.height),
            margins: Margins {
                left: if index == 0 { 48.0 } else { margins.left },
                ..margins
            },
            short,
        };
        panes.push((*quantity, x, place));
        x += width;
    }
    panes
}

/// Width of the column of tabs.
pub const TABS: f32 = 64.0;
/// Width of the column of tools at the right of the plots.
pub const TOOLS: f32 = 44.0;
/// Width of the card about a lost speaker in the compact layout.
const CARD: f32 = 380.0;
/// The plots' share of the dock beside the list of events.
const LISTED: f32 = 0.624;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_lie_beside_each_other_inside_the_dock() {
        for (width, height) in [
            (1440.0, 900.0),
            (1280.0, 800.0),
            (1024.0, 600.0),
            (960.0, 560.0),
        ] {
            for tab in [Tab::Tune, Tab::Plots, Tab::Log] {
                for listed in [false, true] {
                    let regions = Regions::new(Size::new(width, height), 232.0, tab, true);
                    let layout = Layout::new(&regions, tab, listed);
                    let mut x = layout.tabs;
                    for (_, left, place) in &layout.panes {
                        assert!((left - x).abs() < 1.5, "{layout:?}");
                        assert!(place.size.height == regions.dock.height);
                        x = left + place.size.width;
                    }
                    assert!(x <= regions.dock.width + 1.5, "{layout:?}");
                    if let Some((left, width)) = layout.list {
                        assert!(left >= x && left + width <= regions.dock.width + 0.5);
                    }
                }
            }
        }
    }
}
