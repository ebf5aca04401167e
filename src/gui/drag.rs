//! Picking something up and putting it down: the same steps by mouse, by touch
//! and by keyboard. Pure, and what is dropped becomes one
//! [`Edit`](crate::rig::edit::Edit).

mod carrying;
mod edits;
mod ghost;
mod headline;
mod offers;

use iced::{Point, Vector};

use crate::engine::CommandError;
use crate::rig::plan::Cost;
use crate::rig::{SpeakerId, Timing, ZoneId};

pub use carrying::step;
pub use edits::{edit, is_placed, name, slot};
pub use ghost::ghost;
pub use headline::{Headline, headline};
pub use offers::{Offer, SlotWords, offer, refusal, slot_words};

/// What is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// A speaker of the rig.
    Speaker(SpeakerId),
    /// A device that is no speaker yet.
    Device(String),
    /// A zone.
    Zone(ZoneId),
}

/// How it is carried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hand {
    /// At the pointer, from the point it was grabbed at.
    Pointer {
        /// The pointer, from the top left of the content.
        at: Point,
        /// From the top left of the thing to the pointer.
        grab: Vector,
    },
    /// By arrow keys.
    Keyboard,
    /// Tapped; the next tap on a zone puts it down.
    Tap,
}

/// Where it would land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landing {
    /// In a zone before the speaker at `index`, counted without the carried one.
    Zone {
        /// The zone.
        zone: ZoneId,
        /// The position.
        index: usize,
        /// What the zone's timing becomes; `None` leaves it.
        timing: Option<Timing>,
    },
    /// A zone among the zones, counted without itself.
    Order(usize),
    /// Back to the rail.
    Rail,
}

/// Something that is being carried.
#[derive(Debug, Clone, PartialEq)]
pub struct Drag {
    /// What.
    pub payload: Payload,
    /// How.
    pub hand: Hand,
    /// Where it would land now; `None` = back to where it was.
    pub landing: Option<Landing>,
    /// What joining in sync would cost, and what its own timing would, for the
    /// zone it is over.
    pub costs: Option<Costs>,
}

/// What a drop into a zone does to latency, as the engine's planner says.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// The zone they are for.
    pub zone: ZoneId,
    /// Joining in sync with everybody.
    pub in_sync: Vec<Cost>,
    /// The zone on its own.
    pub own: Vec<Cost>,
}

/// One step of a drag.
#[derive(Debug, Clone)]
pub enum Step {
    /// Picked up.
    Begin(Payload, Hand),
    /// The pointer moved.
    Moved(Point),
    /// An arrow key: zones to the right (or left), positions down (or up).
    Key {
        /// Zones to the right.
        across: i32,
        /// Positions down.
        down: i32,
    },
    /// It would land here now.
    Over(Option<Landing>),
    /// The planner answered.
    Costed(ZoneId, Result<(Vec<Cost>, Vec<Cost>), CommandError>),
    /// While something waits for it, this place was tapped.
    Tapped(Option<Landing>),
    /// Put down.
    Drop,
    /// Back to where it was.
    Cancel,
}
