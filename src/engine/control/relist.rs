//! Whether devices are being listed: one listing at a time, and a change that comes
//! while one is under way, which may have looked already, leads to another.

/// One listing, and whether another shall follow.
#[derive(Debug, Default)]
pub(super) struct Relist {
    under_way: bool,
    again: bool,
}

impl Relist {
    /// Something changed. Returns whether to begin a listing now.
    pub(super) fn asked(&mut self) -> bool {
        self.again = self.under_way;
        !std::mem::replace(&mut self.under_way, true)
    }

    /// The one that was begun has its result, or could not begin. Returns whether to
    /// ask again.
    pub(super) fn over(&mut self) -> bool {
        self.under_way = false;
        std::mem::take(&mut self.again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_while_one_is_under_way_leads_to_another() {
        let mut listing = Relist::default();
        assert!(listing.asked());
        assert!(!listing.asked());
        assert!(!listing.asked());
        assert!(listing.over());
        assert!(listing.asked());
        assert!(!listing.over());
        assert!(listing.asked());
    }
}
