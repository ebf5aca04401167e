//! Scrolls the list so that the row that has the keyboard can be seen.

use iced::Task;
use iced::widget::operation::scroll_to;
use iced::widget::scrollable::AbsoluteOffset;

use super::{HEADING, LIST, Rail, advice, item, row};
use crate::gui::app;
use crate::gui::focus::Region;
use crate::gui::shared::Shared;

/// Height of a family's title.
pub const TITLE: f32 = 32.0;
/// Height of the line that says that a family has none.
pub const NONE: f32 = 28.0;
/// Between rows.
pub const GAP: f32 = 6.0;
/// Between families.
pub const BETWEEN: f32 = 4.0;

impl Rail {
    /// What scrolls there; nothing when it is in sight already.
    pub fn reveal(&self, shared: &Shared) -> Task<app::Message> {
        let focus = shared.focus.as_ref().filter(|_| shared.regions.is_wide());
        let focus = focus.filter(|id| id.region() == Some(Region::Rail));
        let Some(top) = focus.and_then(|id| top(id.item(), shared)) else {
            return Task::none();
        };
        let height = shared.regions.rail.height - HEADING;
        match offset(top, self.scrolled, height) {
            Some(y) => scroll_to(
                LIST,
                AbsoluteOffset {
                    x: None,
                    y: Some(y),
                },
            ),
            None => Task::none(),
        }
    }
}

/// Where the list must be scrolled to, if it must be.
fn offset(top: f32, scrolled: f32, height: f32) -> Option<f32> {
    let bottom = top + row::HEIGHT + GAP;
    if top - TITLE < scrolled {
        Some((top - TITLE).max(0.0))
    } else if bottom > scrolled + height {
        Some(bottom - height)
    } else {
        None
    }
}

/// Where a row begins in the list.
fn top(wanted: &str, shared: &Shared) -> Option<f32> {
    let mut y = 0.0;
    for group in &shared.scene.rail {
        y += TITLE;
        if let Some(height) = advice::height(group.family, shared) {
            if wanted == advice::ITEM {
                return Some(y);
            }
            y += height + GAP;
        }
        for row in &group.rows {
            if item(&row.payload) == wanted {
                return Some(y);
            }
            y += row::HEIGHT + GAP;
        }
        y += if group.rows.is_empty() { NONE } else { -GAP } + BETWEEN;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_in_sight_does_not_scroll_and_one_out_of_sight_just_enough() {
        assert_eq!(offset(32.0, 0.0, 300.0), None);
        assert_eq!(offset(300.0, 0.0, 300.0), Some(66.0));
        assert_eq!(offset(32.0, 66.0, 300.0), Some(0.0));
        assert_eq!(offset(200.0, 66.0, 300.0), None);
    }
}
