//! When each packet of one speaker is encoded, on the reference clock.
//!
//! A packet is due when its last sample is: sample n leaves at `origin + n/rate`, so
//! packets of different lengths need the same lookahead, and nothing accumulates over
//! months. What cannot leave yet waits here, unencoded, never in the kernel, where it
//! could not be taken back: the kernel holds [`Rules::queue`] packets at most. A late
//! packet is sent while the speaker's own buffer covers it, in a burst if need be;
//! one that is later would only push all that follows behind, so it is dropped with
//! all that were due before now. The speaker has then run dry, and it begins again
//! with the first packet it gets: this must not be one that waited somewhere, so
//! nothing is sent until the kernel has let go of everything and the speaker has
//! played it out, but for a packet now and then that makes the kernel go on.
//!
//! Time is an argument; nothing here allocates.

use crate::sync::time::Nanos;

/// How a speaker's packets are paced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Frames of sound (samples of each channel) in a second.
    pub rate: u32,
    /// Packets that may wait in the kernel before the next one is encoded.
    pub queue: u32,
    /// A packet may leave this late: less than the speaker's buffer.
    pub cover: Nanos,
    /// Nothing is sent for so long after packets were dropped: longer than the
    /// speaker needs to play out what it got last.
    pub rest: Nanos,
    /// What is later than this is not even rendered: the machine was asleep.
    pub asleep: Nanos,
}

impl Rules {
    /// What suits nearly every speaker: 3 packets wait at most, 80 ms of the 100 to
    /// 200 ms that speakers hold may be used up, and 300 ms of silence let any of
    /// them run dry.
    #[must_use]
    pub const fn new(rate: u32) -> Self {
        Self {
            rate,
            queue: 3,
            cover: Nanos(80_000_000),
            rest: Nanos(300_000_000),
            asleep: Nanos(1_000_000_000),
        }
    }

    /// The same for a speaker that is known to play what it gets after `delay`.
    #[must_use]
    pub fn for_delay(self, delay: Nanos) -> Self {
        Self {
            cover: Nanos((delay.0 / 2).clamp(COVER_MIN.0, COVER_MAX.0)),
            rest: Nanos((delay.0 + REST_MORE.0).min(REST_MAX.0)),
            ..self
        }
    }
}

/// What to do with the next packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing before then; ask again.
    Wait(Nanos),
    /// Render, encode, write.
    Send(Place),
    /// Render and throw away, so that the lane stays on its line.
    Drop(Place),
    /// The machine stood still for long: leave out so many frames at once, unrendered.
    Leap(u64),
}

/// Where a packet stands on the speaker's timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its first frame since the stream began.
    pub first: u64,
    /// When that frame would be written by itself: on an exact line.
    pub time: Nanos,
    /// How late it is.
    pub late: Nanos,
}

/// What came of it so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Packets sent.
    pub sent: u64,
    /// Packets dropped or left out.
    pub dropped: u64,
    /// Packets that had to wait for the kernel.
    pub held: u64,
    /// How often the speaker was let run dry.
    pub rests: u64,
}

/// One speaker's schedule.
#[derive(Debug, Clone)]
pub struct Pacing {
    rules: Rules,
    origin: Nanos,
    next: u64,
    phase: Phase,
    holding: bool,
    /// When a packet last left while the speaker rests.
    nudged: Nanos,
    counts: Counts,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Flowing,
    /// Dropping on time; the kernel has been empty since then, if it is.
    Resting(Option<Nanos>),
}

impl Pacing {
    /// A schedule whose first frame is written at `origin`; see [`super::turns`].
    #[must_use]
    pub fn new(rules: Rules, origin: Nanos) -> Self {
        Self {
            rules,
            origin,
            next: 0,
            phase: Phase::Flowing,
            holding: false,
            nudged: origin,
            counts: Counts::default(),
        }
    }

    /// What to do with the next packet of `frames` frames at `now`, with `queued`
    /// packets in the kernel. Every answer but [`Step::Wait`] moves on by one packet
    /// ([`Step::Leap`] by many), so call again until it says wait.
    pub fn step(&mut self, now: Nanos, queued: u32, frames: u32) -> Step {
        let due = self.time_of(self.next + u64::from(frames));
        if now < due {
            return Step::Wait(due);
        }
        let late = now - due;
        if late > self.rules.asleep {
            return self.leap(late);
        }
        match self.phase {
            Phase::Resting(since) => self.rest(now, late, queued, frames, since),
            Phase::Flowing if late > self.rules.cover => {
                self.phase = Phase::Resting(None);
                self.nudged = now;
                self.counts.rests += 1;
                self.drop_packet(late, frames)
            }
            Phase::Flowing if queued >= self.rules.queue => {
                self.counts.held += u64::from(!self.holding);
                self.holding = true;
                Step::Wait(now + LOOK)
            }
            Phase::Flowing => {
                self.counts.sent += 1;
                Step::Send(self.take(late, frames))
            }
        }
    }

    /// The kernel refused the packet of the last [`Step::Send`] after all.
    pub fn refused(&mut self) {
        self.counts.sent -= 1;
        self.counts.dropped += 1;
    }

    /// What came of it so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The first frame of the next packet.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.next
    }

    /// When the next packet of `frames` frames is due.
    #[must_use]
    pub fn due(&self, frames: u32) -> Nanos {
        self.time_of(self.next + u64::from(frames))
    }

    /// How far the sound of the next packet is behind at `now`: its own lateness, and
    /// `queued` packets like it before it.
    #[must_use]
    pub fn behind(&self, now: Nanos, queued: u32, frames: u32) -> Nanos {
        let late = (now - self.due(frames)).max(Nanos::ZERO);
        let queued = i128::from(queued) * i128::from(frames) * 1_000_000_000;
        late + Nanos((queued / i128::from(self.rules.rate)) as i64)
    }

    /// Whether the speaker is being let run dry.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        matches!(self.phase, Phase::Resting(_))
    }

    fn rest(
        &mut self,
        now: Nanos,
        late: Nanos,
        queued: u32,
        frames: u32,
        empty_since: Option<Nanos>,
    ) -> Step {
        let since = (queued == 0).then(|| empty_since.unwrap_or(now));
        let over = since.map(|since| now - since - self.rules.rest);
        let on_time = |over: Nanos| {
            let allowed = Nanos(ON_TIME.0 + over.0 / 16).min(self.rules.cover);
            over >= Nanos::ZERO && late <= allowed
        };
        if over.is_some_and(on_time) {
            // The speaker begins anew with this packet, so it must be on time.
            self.phase = Phase::Flowing;
            self.counts.sent += 1;
            return Step::Send(self.take(late, frames));
        }
        self.phase = Phase::Resting(since);
        if queued > 0 && late <= self.rules.cover && now - self.nudged >= NUDGE {
            // The kernel sends what it holds only when it is given something: when a
            // neighbour that held the adapter's buffers has left, nothing else wakes it.
            self.nudged = now;
            self.counts.sent += 1;
            return Step::Send(self.take(late, frames));
        }
        self.drop_packet(late, frames)
    }

    fn drop_packet(&mut self, late: Nanos, frames: u32) -> Step {
        self.counts.dropped += 1;
        Step::Drop(self.take(late, frames))
    }

    fn leap(&mut self, late: Nanos) -> Step {
        let frames = (i128::from(late.0) * i128::from(self.rules.rate) / 1_000_000_000) as u64;
        self.next += frames;
        self.counts.dropped += 1;
        self.counts.rests += u64::from(!self.is_resting());
        self.phase = Phase::Resting(None);
        Step::Leap(frames)
    }

    fn take(&mut self, late: Nanos, frames: u32) -> Place {
        self.holding = false;
        let first = self.next;
        self.next += u64::from(frames);
        Place {
            first,
            time: self.time_of(first),
            late,
        }
    }

    /// Exact to the nanosecond for longer than any speaker lives.
    fn time_of(&self, frame: u64) -> Nanos {
        let nanos = i128::from(frame) * 1_000_000_000 / i128::from(self.rules.rate);
        self.origin + Nanos(nanos as i64)
    }
}

/// How many codec frames share a packet: as many as fit into `room` bytes and last no
/// longer than `longest`, and at least one.
#[must_use]
pub fn frames_per_packet(
    room: usize,
    frame_len: usize,
    frame_samples: usize,
    rate: u32,
    longest: Nanos,
) -> u8 {
    let by_size = room / frame_len.max(1);
    let samples = i128::from(longest.0.max(0)) * i128::from(rate) / 1_000_000_000;
    let by_time = samples as usize / frame_samples.max(1);
    by_size.min(by_time).clamp(1, MAX_FRAMES) as u8
}

/// What waits in the kernel, from the bytes it has allocated for the socket. A packet
/// costs more than its length, how much depends on the kernel's allocator: learnt from
/// the packets themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Backlog {
    cost: u64,
}

impl Backlog {
    /// A packet was written; the kernel held `before` and `after` bytes around it.
    pub fn wrote(&mut self, before: u64, after: u64) {
        let cost = after.saturating_sub(before);
        if cost > 0 {
            self.cost = cost;
        }
    }

    /// Packets in `bytes`, rounded up; 1 at least when there are any.
    #[must_use]
    pub fn packets(&self, bytes: u64) -> u32 {
        let cost = if self.cost > 0 { self.cost } else { USUAL_COST };
        u32::try_from(bytes.div_ceil(cost)).unwrap_or(u32::MAX)
    }
}

/// Sound in one packet by default. Each packet delays by its own length, but the air
/// is taken in whole slots: 4 frames of 328 kb/s (11 to 12 ms) are the most that fits
/// a packet of three slots, and cost 3 % more air than 7 frames in five slots.
pub const LONGEST: Nanos = Nanos(12_000_000);
/// How late the first packet after a rest may be; and a sixteenth of the time that it
/// has been waited for, since on a busy machine none may be on time.
const ON_TIME: Nanos = Nanos(2_000_000);
/// Between two packets that are sent only to wake the kernel.
const NUDGE: Nanos = Nanos(200_000_000);
/// How soon a full kernel is looked at again.
const LOOK: Nanos = Nanos(1_000_000);
const COVER_MIN: Nanos = Nanos(20_000_000);
const COVER_MAX: Nanos = Nanos(120_000_000);
const REST_MORE: Nanos = Nanos(150_000_000);
const REST_MAX: Nanos = Nanos(600_000_000);
/// What a packet of 450 to 1000 bytes costs on 64-bit kernels at most.
const USUAL_COST: u64 = 2304;
/// Four bits of the packet's header count the frames.
const MAX_FRAMES: usize = 15;

#[cfg(test)]
mod tests;
