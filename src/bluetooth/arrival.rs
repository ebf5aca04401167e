//! What comes in from an Echo: when each packet's sound was made, what is missing, and
//! how long it must be kept so that the radio's bursts are not heard.
//!
//! Packets carry a count of samples but come in clumps: one may be 5 ms after the last
//! and the next 20 ms, or three at once every 45 ms. The earliest ones ever are what
//! tells the source's clock, so [`line`](mod@line) lays a straight line below all arrivals of
//! two minutes, and [`depth`] says how far above it the late ones are. The engine gets
//! `captured` on that line, never the arrival itself, and the depth as the age of the
//! newest sound: latency is then the line's, and no burst, loss or pause moves it.
//!
//! A packet is ready when its last sample is, so arrivals are held against the ends of
//! packets; their lengths may differ.
//!
//! Time is an argument; nothing here allocates after it is made.

pub mod depth;
pub mod line;
mod slope;

use crate::bluetooth::rtp::{Arrival, Order};
use crate::sync::time::{Nanos, Ppm};
use depth::{Depth, Limits};
use line::Lower;

/// A packet as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// When it was read.
    pub at: Nanos,
    /// Its RTP sequence number.
    pub sequence: u16,
    /// Its RTP timestamp.
    pub timestamp: u32,
    /// Frames of sound (samples of each channel) in it.
    pub frames: u32,
}

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Play it.
    Play(Play),
    /// It is too late, was here already, or does not belong to the stream; or the
    /// source is listened to before it is played: half a second, or a whole one where
    /// it is not known yet.
    Ignore,
}

/// How to play a packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Play {
    /// The timeline begins anew with it: tell the engine of an overrun first.
    pub anew: bool,
    /// Frames that are missing before it, to be concealed.
    pub missing: u32,
    /// When the first of the missing frames was captured, or of the packet's own.
    pub captured: Nanos,
    /// Frames that pass in a second.
    pub rate: f64,
    /// How old any sound may be when it comes: longest packet and depth together.
    pub age: Nanos,
}

impl Play {
    /// When the frame `after` the first one was captured.
    #[must_use]
    pub fn captured_after(&self, after: u32) -> Nanos {
        self.captured + Nanos::from_secs(f64::from(after) / self.rate)
    }
}

/// What is worth keeping of a source for the next time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learnt {
    /// Its crystal's error.
    pub ppm: Ppm,
    /// The depth it needed.
    pub depth: Nanos,
}

/// What is shown of a source.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Packets that were played.
    pub packets: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Packets that came later than the depth covers: the speakers fell silent.
    pub late: u64,
    /// Packets that were thrown away.
    pub ignored: u64,
    /// How often the timeline began anew.
    pub restarts: u64,
    /// The depth in force.
    pub depth: Nanos,
    /// How far the latest packets lately were above the earliest.
    pub jitter: Nanos,
    /// The crystal's error.
    pub ppm: Ppm,
}

/// Follows one source's packets.
#[derive(Debug, Clone)]
pub struct Arrivals {
    rate: u32,
    order: Order,
    line: Lower,
    depth: Depth,
    /// Frames since the beginning, missing ones included: the end of the last packet.
    position: u64,
    expected: u32,
    length: u32,
    longest: u32,
    /// The next packet that is played begins the timeline.
    anew: bool,
    known: bool,
    /// How late the last packet was.
    late: Nanos,
    behind: Behind,
    figures: Figures,
}

/// Since when all packets have been much too late, and the least late of them.
#[derive(Debug, Clone, Copy, Default)]
struct Behind {
    since: Option<Nanos>,
    least: f64,
}

impl Arrivals {
    /// For a source of `rate` frames a second.
    #[must_use]
    pub fn new(rate: u32, limits: Limits, learnt: Option<Learnt>) -> Self {
        Self {
            rate,
            order: Order::new(),
            line: Lower::new(f64::from(rate), learnt.map(|learnt| learnt.ppm)),
            depth: Depth::new(limits, learnt.map(|learnt| learnt.depth)),
            position: 0,
            expected: 0,
            length: 0,
            longest: 0,
            anew: true,
            known: learnt.is_some(),
            late: Nanos::ZERO,
            behind: Behind::default(),
            figures: Figures::default(),
        }
    }

    /// Takes a packet. Packets are given in the order they were read.
    pub fn hear(&mut self, heard: Heard) -> Verdict {
        let (anew, missing) = match self.order.classify(heard.sequence) {
            Arrival::First => (true, 0),
            Arrival::Next => (false, self.left_out(&heard)),
            Arrival::Gap { missing } => {
                self.figures.lost += u64::from(missing);
                (false, self.lost(&heard, missing))
            }
            // Another numbering of the same sound, or another stream.
            Arrival::Restart => (false, self.left_out(&heard)),
            Arrival::Late { .. } | Arrival::Duplicate | Arrival::Stray => {
                self.figures.ignored += 1;
                return Verdict::Ignore;
            }
        };
        let beyond = missing as f64 > GAP_MAX * f64::from(self.rate)
            || self.lateness(&heard, missing).abs() > BREAK;
        if anew || beyond {
            self.begin(&heard)
        } else {
            let missing = missing + self.catch_up(&heard, missing);
            self.play(&heard, missing)
        }
    }

    /// Other limits, set by the user.
    pub fn set_limits(&mut self, limits: Limits) {
        self.depth.set_limits(limits);
    }

    /// How late the last packet was that belonged to the stream.
    #[must_use]
    pub fn late(&self) -> Nanos {
        self.late
    }

    /// What is shown.
    #[must_use]
    pub fn figures(&self) -> Figures {
        Figures {
            depth: self.depth.now(),
            jitter: self.depth.jitter(),
            ppm: self.line.ppm(),
            ..self.figures
        }
    }

    /// What is worth keeping, once there is something.
    #[must_use]
    pub fn learnt(&self) -> Option<Learnt> {
        self.line.is_sure().then(|| Learnt {
            ppm: self.line.ppm(),
            depth: self.depth.now(),
        })
    }

    fn begin(&mut self, heard: &Heard) -> Verdict {
        self.figures.restarts += u64::from(self.figures.packets > 0);
        self.known |= self.line.is_sure();
        self.line.restart();
        self.behind = Behind::default();
        self.anew = true;
        self.play(heard, 0)
    }

    fn play(&mut self, heard: &Heard, missing: u32) -> Verdict {
        let first = self.position;
        self.position += u64::from(missing) + u64::from(heard.frames);
        self.expected = heard.timestamp.wrapping_add(heard.frames);
        self.length = heard.frames;
        self.longest = self.longest.max(heard.frames);
        let late = self.line.observe(self.position, heard.at);
        self.late = Nanos::from_secs(late.max(0.0));
        self.figures.packets += 1;
        if self.line.is_warm() {
            self.figures.late += u64::from(Nanos::from_secs(late) > self.depth.now());
            self.depth.observe(late, heard.at);
        }
        let listen = if self.known { line::WARM } else { LISTEN };
        if self.anew && self.line.heard(self.position) < listen {
            return Verdict::Ignore;
        }
        self.known = true;
        let longest = f64::from(self.longest) / f64::from(self.rate);
        Verdict::Play(Play {
            anew: std::mem::take(&mut self.anew),
            missing,
            captured: self.line.time_at(first),
            rate: self.line.rate(),
            age: self.depth.now() + Nanos::from_secs(longest),
        })
    }

    /// How late a packet would be after so many missing frames, in seconds.
    fn lateness(&self, heard: &Heard, missing: u32) -> f64 {
        let end = self.position + u64::from(missing) + u64::from(heard.frames);
        self.line.lateness(end, heard.at)
    }

    /// Frames that the source itself left out: its timestamps jump, and the packet
    /// comes as much later. A jump that the packet's arrival does not bear out is
    /// the source's mistake.
    fn left_out(&self, heard: &Heard) -> u32 {
        let jump = heard.timestamp.wrapping_sub(self.expected);
        let seconds = f64::from(jump) / f64::from(self.rate);
        let plausible = seconds <= GAP_MAX && self.lateness(heard, jump) > -EARLY;
        if plausible { jump } else { 0 }
    }

    /// Frames of packets that were lost, by the timestamps where those agree with the
    /// number of packets.
    fn lost(&self, heard: &Heard, packets: u16) -> u32 {
        let packets = u32::from(packets);
        let jump = heard.timestamp.wrapping_sub(self.expected);
        let usual = packets * self.length.max(1);
        if jump >= packets && jump <= 2 * usual {
            jump
        } else {
            usual
        }
    }

    /// The source paused without saying so: everything has been late since then, and
    /// stays so. What it left out is put in, or latency would have to grow for good.
    fn catch_up(&mut self, heard: &Heard, missing: u32) -> u32 {
        let late = self.lateness(heard, missing);
        if late < PAUSE {
            self.behind = Behind::default();
            return 0;
        }
        let since = *self.behind.since.get_or_insert(heard.at);
        self.behind.least = if since == heard.at {
            late
        } else {
            self.behind.least.min(late)
        };
        if heard.at - since < PATIENCE {
            return 0;
        }
        let least = self.behind.least;
        self.behind = Behind::default();
        (least * f64::from(self.rate)) as u32
    }
}

/// Seconds that a source is listened to before it is played for the first time, so
/// that its sound does not begin with the discovery of its bursts.
const LISTEN: f64 = 1.2;
/// Seconds of missing sound that are filled in; more is a new beginning.
const GAP_MAX: f64 = 0.4;
/// A packet so many seconds off begins a new timeline at once.
const BREAK: f64 = 0.6;
/// How many seconds too early a packet may seem after a jump of the timestamps.
const EARLY: f64 = 20e-3;
/// Seconds late beyond which the source may have paused: more than bursts are long.
const PAUSE: f64 = 60e-3;
/// Unless the packets catch up within this, as they do after a standstill of the radio.
const PATIENCE: Nanos = Nanos(300_000_000);

#[cfg(test)]
mod tests;
