//! Finds the speaker that stopped taking packets, across one adapter.
//!
//! A speaker that vanishes gives no sign for 20 s, and its packets stay in the few
//! buffers that the controller shares among all links, until they fill them: then
//! every speaker of the adapter starves, the healthy ones too. From outside all of
//! them stop at once. But the kernel serves the link with the fewest packets in the
//! controller first, so a healthy link is always served before the vanished one, and
//! the buffer that was taken last, for good, is the vanished one's: when all are
//! stuck, the one whose packet was taken last is guilty. A speaker that is stuck
//! while others go on is guilty of itself.
//!
//! One suspect at a time: the next one is named only when the others are still stuck
//! after the first has left. Time is an argument; nothing here allocates.

use crate::sync::time::Nanos;

/// Speakers of one adapter that are watched at most.
pub const MEMBERS: usize = 8;

/// What names a speaker here; the caller's own number.
pub type Member = u32;

/// Watches the speakers of one adapter.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    members: [Option<State>; MEMBERS],
    removal: Option<Removal>,
}

/// What a speaker's thread tells, best whenever it looks at its backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// When it looked.
    pub at: Nanos,
    /// Packets written since the stream began.
    pub written: u64,
    /// Packets of them that are still in the kernel.
    pub queued: u32,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The speaker to disconnect; call [`Watch::left`] when it is, and
    /// [`super::backoff::Backoff::harmed`] if it held up the others.
    pub suspect: Member,
    /// Why.
    pub why: Why,
    /// Since when it has taken nothing.
    pub since: Nanos,
}

/// Why a speaker is a suspect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It takes nothing while others do, or is alone.
    Alone,
    /// All are stuck, and its packet was the last to be taken.
    HoldsBuffers,
    /// All are still stuck after the last suspect has left.
    StillStuck,
}

#[derive(Debug, Clone, Copy)]
struct State {
    member: Member,
    taken: u64,
    queued: u32,
    /// When a packet was last seen to be taken.
    taken_at: Nanos,
    /// Since when packets wait without any being taken.
    stuck: Option<Nanos>,
    seen: Nanos,
}

#[derive(Debug, Clone, Copy)]
struct Removal {
    suspect: Member,
    named: Nanos,
    left: Option<Nanos>,
    pool: bool,
}

impl Watch {
    /// No speakers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A speaker's stream begins. `false` when too many are watched already.
    pub fn joined(&mut self, member: Member, now: Nanos) -> bool {
        self.forget(member);
        let Some(place) = self.members.iter_mut().find(|place| place.is_none()) else {
            return false;
        };
        *place = Some(State {
            member,
            taken: 0,
            queued: 0,
            taken_at: now,
            stuck: None,
            seen: now,
        });
        true
    }

    /// A speaker's stream ended, for whatever reason.
    pub fn left(&mut self, member: Member, now: Nanos) {
        self.forget(member);
        if let Some(removal) = &mut self.removal
            && removal.suspect == member
        {
            removal.left = Some(now);
        }
    }

    /// Takes what a speaker's thread saw. Looks of one speaker come in order of time.
    pub fn look(&mut self, member: Member, look: Look) {
        let states = self.members.iter_mut().flatten();
        let Some(state) = states.into_iter().find(|state| state.member == member) else {
            return;
        };
        let taken = look.written.saturating_sub(u64::from(look.queued));
        if taken > state.taken {
            state.taken = taken;
            state.taken_at = look.at;
            state.stuck = None;
        }
        state.queued = look.queued;
        state.seen = look.at;
        if look.queued == 0 {
            state.stuck = None;
        } else {
            let _since = state.stuck.get_or_insert(look.at);
        }
    }

    /// Whom to disconnect, if anyone; each suspect is named once. Ask every 50 ms.
    pub fn verdict(&mut self, now: Nanos) -> Option<Verdict> {
        if self.is_waiting(now) {
            return None;
        }
        let stuck_before = self.removal.filter(|removal| removal.pool);
        let all = self.all_stuck(now);
        let (found, why) = match (all, stuck_before) {
            (true, Some(_)) => (self.last_taken(now), Why::StillStuck),
            (true, None) => (self.last_taken(now), Why::HoldsBuffers),
            (false, _) => (self.longest_stuck(now), Why::Alone),
        };
        if found.is_none() && !self.any_stuck(now, SOON) {
            self.removal = None;
        }
        let suspect = found?;
        self.removal = Some(Removal {
            suspect: suspect.member,
            named: now,
            left: None,
            pool: why != Why::Alone,
        });
        Some(Verdict {
            suspect: suspect.member,
            why,
            since: suspect.taken_at,
        })
    }

    /// Whether a suspect is still being disconnected, or the others have not had the
    /// time to show that it was the right one.
    fn is_waiting(&self, now: Nanos) -> bool {
        self.removal.is_some_and(|removal| match removal.left {
            None => now - removal.named < LEAVING,
            Some(left) => now - left < HELPED,
        })
    }

    fn forget(&mut self, member: Member) {
        for place in &mut self.members {
            if place.is_some_and(|state| state.member == member) {
                *place = None;
            }
        }
    }

    /// Those that could take packets: named ones that do not leave are out of it.
    fn candidates(&self) -> impl Iterator<Item = &State> {
        let named = self.removal.map(|removal| removal.suspect);
        self.members
            .iter()
            .flatten()
            .filter(move |state| Some(state.member) != named)
    }

    /// Whether two or more want to send, and none can.
    fn all_stuck(&self, now: Nanos) -> bool {
        let mut stuck = 0;
        for state in self.candidates() {
            let idle = state.queued == 0 && now - state.taken_at > SOON;
            if state.is_stuck(now, SHARED) {
                stuck += 1;
            } else if !idle {
                return false;
            }
        }
        let needed = if self.removal.is_some() { 1 } else { 2 };
        stuck >= needed
    }

    fn any_stuck(&self, now: Nanos, longer: Nanos) -> bool {
        self.candidates().any(|state| state.is_stuck(now, longer))
    }

    fn last_taken(&self, now: Nanos) -> Option<State> {
        self.candidates()
            .filter(|state| state.is_stuck(now, SHARED))
            .max_by_key(|state| state.taken_at)
            .copied()
    }

    fn longest_stuck(&self, now: Nanos) -> Option<State> {
        // While another one has been stuck for nearly as long, this may be all of them.
        let nearly = self
            .candidates()
            .filter(|state| state.is_stuck(now, SOON))
            .count();
        let only = nearly == 1 || !self.all_stuck(now);
        self.candidates()
            .filter(|state| only && state.is_stuck(now, OWN))
            .min_by_key(|state| state.taken_at)
            .copied()
    }
}

impl State {
    fn is_stuck(&self, now: Nanos, longer: Nanos) -> bool {
        self.stuck.is_some_and(|since| now - since > longer)
    }
}

/// All stuck for so long is no fade of one link: those pass in 0.1 to 0.2 s each and
/// never hit all at once.
const SHARED: Nanos = Nanos(400_000_000);
/// One alone is given longer: it may only be in a deep fade, and harms nobody yet.
const OWN: Nanos = Nanos(700_000_000);
/// Taken within this is going on.
const SOON: Nanos = Nanos(200_000_000);
/// A suspect leaves within this or is not counted any more.
const LEAVING: Nanos = Nanos(2_500_000_000);
/// From a suspect's leaving until the others must have gone on. Longer than
/// `SHARED`, since their time as stuck goes on.
const HELPED: Nanos = Nanos(400_000_000);

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
