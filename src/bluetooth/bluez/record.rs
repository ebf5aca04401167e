//! What we know of a device beyond what BlueZ says.

use std::sync::Arc;

use super::settings::{Backoff, Patience};
use crate::bluetooth::state::{Activity, Address, Aside, PlayerAction, Retry};

/// One device's record.
pub(super) struct Record {
    pub(super) activity: Activity,
    pub(super) failure: Option<String>,
    /// It shall be connected.
    pub(super) wanted: bool,
    pub(super) retry: Option<Retry>,
    /// Which retry is due; an older timer finds another number and does nothing.
    pub(super) turn: u64,
    pub(super) failed: u32,
    /// Why it was taken out, until it is tried again.
    pub(super) aside: Option<Aside>,
    pub(super) backoff: Box<dyn Backoff>,
    /// Connected a moment ago, its sound is about to follow.
    pub(super) settling: bool,
    /// It was connected when last looked at.
    pub(super) linked: bool,
    /// It had a sound connection when last looked at.
    pub(super) sounded: bool,
    /// It was paired when last looked at; `None` before the first look.
    pub(super) paired: Option<bool>,
    /// It is connected though nobody knows it, and is listed for that.
    pub(super) stranger: bool,
    /// The adapter it shall be used through, by id or address.
    pub(super) adapter: Option<String>,
    /// The transport whose socket was handed out.
    pub(super) acquired: Option<String>,
    /// What its player refused to do.
    pub(super) cannot: Vec<PlayerAction>,
}

impl Record {
    pub(super) fn new(address: Address, patience: &Arc<dyn Patience>) -> Self {
        Self {
            activity: Activity::None,
            failure: None,
            wanted: false,
            retry: None,
            turn: 0,
            failed: 0,
            aside: None,
            backoff: patience.backoff(address),
            settling: false,
            linked: false,
            sounded: false,
            paired: None,
            stranger: false,
            adapter: None,
            acquired: None,
            cannot: Vec::new(),
        }
    }

    /// BlueZ is gone: nothing is under way any more. What is wanted stays.
    pub(super) fn lost(&mut self) {
        self.rest();
        self.activity = Activity::None;
        self.settling = false;
        self.linked = false;
        self.sounded = false;
        self.paired = None;
        self.stranger = false;
        self.acquired = None;
        self.cannot.clear();
    }

    /// No retry is due.
    pub(super) fn rest(&mut self) {
        self.turn += 1;
        self.retry = None;
    }

    /// It is connected and has its sound.
    pub(super) fn succeeded(&mut self) {
        self.rest();
        self.settling = false;
        self.failure = None;
        self.failed = 0;
        self.aside = None;
        self.backoff.succeeded();
    }
}
