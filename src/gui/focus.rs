//! Where the keyboard is. iced gives focus to text fields only, so the window
//! keeps its own: one [`FocusId`], one ring drawn around it.
//!
//! Ids are paths such as `rail/room:bath` or `inspector/mute`; what stands
//! before the first slash is the region. Tab goes from region to region, arrows
//! go inside one, F6 goes to the next region.

use std::fmt::{self, Display, Formatter};

/// One thing that can have the keyboard.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FocusId(String);

impl FocusId {
    /// An item of a region.
    pub fn new(region: Region, item: impl Display) -> Self {
        Self(format!("{}/{item}", region.name()))
    }

    /// The part after the region.
    #[must_use]
    pub fn item(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, item)| item)
    }

    /// Which part of the window it is in.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        let (region, _) = self.0.split_once('/')?;
        Region::ALL.into_iter().find(|known| known.name() == region)
    }
}

impl Display for FocusId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The parts of the window that Tab visits, in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// The bar at the top.
    Bar,
    /// The speakers that are not in a zone.
    Rail,
    /// The graph, or the page shown in its place.
    Main,
    /// The inspector, or the Tune tab.
    Inspector,
    /// The plots, the log, the tabs.
    Dock,
    /// The sentence at the bottom, while it offers Undo.
    Toast,
    /// The dialog that is open; while one is, Tab stays in it.
    Overlay,
}

impl Region {
    /// In reading order.
    pub const ALL: [Self; 7] = [
        Self::Bar,
        Self::Rail,
        Self::Main,
        Self::Inspector,
        Self::Dock,
        Self::Toast,
        Self::Overlay,
    ];

    /// As it stands in a [`FocusId`].
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Rail => "rail",
            Self::Main => "main",
            Self::Inspector => "inspector",
            Self::Dock => "dock",
            Self::Toast => "toast",
            Self::Overlay => "overlay",
        }
    }
}

/// The item `step` places further in `items`, which wrap around; the first one
/// when `current` is not among them.
#[must_use]
pub fn beside(items: &[FocusId], current: Option<&FocusId>, step: isize) -> Option<FocusId> {
    let count = items.len() as isize;
    let at = current.and_then(|id| items.iter().position(|item| item == id));
    let next = match at {
        _ if count == 0 => return None,
        Some(at) => (at as isize + step).rem_euclid(count),
        None if step < 0 => count - 1,
        None => 0,
    };
    items.get(next as usize).cloned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_id_knows_its_region_and_item() {
        let id = FocusId::new(Region::Rail, "alsa:hw:CARD=DAC/x");
        assert_eq!(id.region(), Some(Region::Rail));
        assert_eq!(id.item(), "alsa:hw:CARD=DAC/x");
    }

    #[test]
    fn going_past_the_end_comes_back_at_the_beginning() {
        let items: Vec<_> = ["a", "b", "c"]
            .map(|item| FocusId::new(Region::Bar, item))
            .into();
        assert_eq!(beside(&items, Some(&items[2]), 1).unwrap(), items[0]);
        assert_eq!(beside(&items, Some(&items[0]), -1).unwrap(), items[2]);
        assert_eq!(beside(&items, None, 1).unwrap(), items[0]);
        assert_eq!(beside(&items, None, -1).unwrap(), items[2]);
        assert_eq!(beside(&[], None, 1), None);
    }
}
