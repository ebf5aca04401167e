//! The rows of one family over the canvas, compact layout.

use iced::widget::{column, container, mouse_area, opaque, row, scrollable, space};
use iced::{Element, Length, Padding, Point};

use super::{Message, Rail, SIDE, advice, item, thin, title};
use crate::gui::action::Overlay;
use crate::gui::focus::{FocusId, Region};
use crate::gui::keys::Pointer;
use crate::gui::scene::Family;
use crate::gui::shared::Shared;
use crate::gui::style;

/// Its width.
pub const WIDTH: f32 = 252.0;
/// From rail and bar.
const MARGIN: f32 = 8.0;

impl Rail {
    /// The family whose rows are shown in a flyout.
    #[must_use]
    pub fn unfolded(shared: &Shared) -> Option<Family> {
        match shared.overlay {
            Some(Overlay::Rail(family)) => Some(family),
            _ => None,
        }
    }

    /// Everything in the flyout that can have the keyboard.
    #[must_use]
    pub fn flyout_focusables(&self, family: Family, shared: &Shared) -> Vec<FocusId> {
        let groups = shared.scene.rail.iter();
        let rows = groups
            .filter(|group| group.family == family)
            .flat_map(|group| &group.rows);
        let rows = rows.map(|row| FocusId::new(Region::Overlay, item(&row.payload)));
        let advised = (family == Family::Bluetooth).then(|| advice::focus(Region::Overlay, shared));
        advised.flatten().into_iter().chain(rows).collect()
    }

    /// Whether the flyout, or the way to it, is at this point of the window.
    #[must_use]
    pub fn covers(at: Point, shared: &Shared) -> bool {
        let right = shared.regions.rail.width + MARGIN + WIDTH;
        Self::unfolded(shared).is_some() && at.x <= right
    }

    /// Whether the pointer that carries something has left the flyout.
    #[must_use]
    pub fn is_left(pointer: Pointer, shared: &Shared) -> bool {
        match pointer {
            Pointer::Moved(at) => Self::unfolded(shared).is_some() && !Self::covers(at, shared),
            Pointer::Released => false,
        }
    }

    /// Draws the flyout over the window; a press beside it closes it.
    #[must_use]
    pub fn flyout<'a>(&'a self, family: Family, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let regions = &shared.regions;
        let group = shared
            .scene
            .rail
            .iter()
            .find(|group| group.family == family);
        let Some(group) = group else {
            return space().into();
        };
        let list = column![
            title(group, shared),
            self.group(group, Region::Overlay, shared)
        ]
        .padding(Padding::from([6.0, SIDE]).bottom(10.0))
        .width(WIDTH);
        let list = scrollable(list)
            .direction(scrollable::Direction::Vertical(thin()))
            .style(style::scroll(tokens));
        let panel = container(list)
            .width(WIDTH)
            .max_height(regions.rail.height - 2.0 * MARGIN)
            .style(|_| style::lifted(tokens, tokens.panel, tokens.zone_border));
        let beside = container(opaque(panel))
            .padding(MARGIN)
            .width(Length::Fill)
            .height(Length::Fill);
        column![
            space().height(regions.bar.height),
            row![
                space().width(regions.rail.width),
                mouse_area(beside).on_press(Message::Folded),
            ],
        ]
        .into()
    }
}
