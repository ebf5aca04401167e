//! The sound connections that are open: whose they are, and what their threads tell.

use serde::{Deserialize, Serialize};

use super::airtime;
use super::arrival::Learnt;
use super::arrival::depth::Limits;
use super::link::{source, speaker};
use super::sbc::Params;
use super::shared::Wishes;
use super::stall::Look;
use super::state::Address;
use super::turns::Turn;
use crate::sync::time::Nanos;

/// What is shown of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Whose it is.
    pub address: Address,
    /// The adapter whose air it uses.
    pub adapter: String,
    /// Whether sound comes in.
    pub incoming: bool,
    /// Packets sent, or played.
    pub packets: u64,
    /// Packets that wait in the kernel now.
    pub queued: u32,
    /// Packets not sent because they were late or the kernel was full; of a source,
    /// thrown away.
    pub dropped: u64,
    /// Packets that never came.
    pub lost: u64,
    /// The bitpool now; 0 before the first packet.
    pub bitpool: u8,
    /// How long sound is kept against jitter, in milliseconds.
    pub depth_ms: f64,
    /// How late packets come or leave, in milliseconds.
    pub jitter_ms: f64,
}

/// Which way sound goes, and how to talk to the thread that moves it.
pub(super) enum Line {
    Out(speaker::Handle),
    In(source::Handle),
}

/// An open connection.
pub(super) struct Link {
    pub(super) address: Address,
    pub(super) adapter: String,
    params: Params,
    line: Line,
    /// What the thread was told of its adapter's air.
    crowded: bool,
    /// What a speaker's thread was told of silence.
    awake: bool,
    /// What a source's thread was told of its jitter buffer.
    limits: Limits,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn new(address: Address, adapter: String, params: Params, line: Line) -> Self {
        Self {
            address,
            adapter,
            params,
            line,
            crowded: false,
            awake: false,
            limits: Limits::default(),
        }
    }

    /// The same, begun in crowded air or not, and kept awake or not.
    pub(super) fn begun(self, crowded: bool, awake: bool) -> Self {
        Self {
            crowded,
            awake,
            ..self
        }
    }

    /// The same, begun within these limits.
    pub(super) fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    pub(super) fn incoming(&self) -> bool {
        matches!(self.line, Line::In(_))
    }

    /// What is shown of it.
    pub(super) fn figures(&mut self) -> Figures {
        let incoming = self.incoming();
        let none = Figures {
            address: self.address,
            adapter: self.adapter.clone(),
            incoming,
            packets: 0,
            queued: 0,
            dropped: 0,
            lost: 0,
            bitpool: 0,
            depth_ms: 0.0,
            jitter_ms: 0.0,
        };
        match &mut self.line {
            Line::Out(handle) => {
                let now = handle.figures();
                Figures {
                    packets: now.counts.sent,
                    queued: now.queued,
                    dropped: now.counts.dropped,
                    bitpool: now.bitpool,
                    jitter_ms: now.late.millis(),
                    ..none
                }
            }
            Line::In(handle) => {
                let now = handle.figures();
                Figures {
                    packets: now.arrivals.packets,
                    dropped: now.arrivals.ignored + now.bad,
                    lost: now.arrivals.lost,
                    bitpool: now.bitpool,
                    depth_ms: now.arrivals.depth.millis(),
                    jitter_ms: now.arrivals.jitter.millis(),
                    ..none
                }
            }
        }
    }

    /// What it takes of the air.
    pub(super) fn air(&mut self, name: &str) -> airtime::Link {
        let (bitpool, frames) = match &mut self.line {
            Line::Out(handle) => {
                let now = handle.figures();
                (now.bitpool, now.frames)
            }
            Line::In(handle) => {
                let now = handle.figures();
                (now.bitpool, now.frames)
            }
        };
        let params = self.params.with_bitpool(bitpool.max(Params::MIN_BITPOOL));
        let frames = usize::from(frames.max(1));
        airtime::Link {
            name: name.to_owned(),
            ..airtime::Link::new(self.address.to_string(), params, frames, self.incoming())
        }
    }

    /// Tells a speaker's thread whether its adapter's air is crowded.
    pub(super) fn set_crowded(&mut self, crowded: bool) {
        if let Line::Out(handle) = &mut self.line
            && self.crowded != crowded
            && handle.order(speaker::Order::Crowded(crowded))
        {
            self.crowded = crowded;
        }
    }

    /// Tells its thread what is wished, where that is new.
    pub(super) fn wish(&mut self, wishes: &Wishes) {
        self.set_awake(wishes.awake.contains(&self.address));
        self.set_limits(wishes.limits);
    }

    fn set_awake(&mut self, awake: bool) {
        if let Line::Out(handle) = &mut self.line
            && self.awake != awake
            && handle.order(speaker::Order::KeepAlive(awake))
        {
            self.awake = awake;
        }
    }

    fn set_limits(&mut self, limits: Limits) {
        if let Line::In(handle) = &mut self.line
            && self.limits != limits
            && handle.set_limits(limits)
        {
            self.limits = limits;
        }
    }

    /// What a speaker's thread saw of its backlog since the last call.
    pub(super) fn looks(&mut self) -> Vec<Look> {
        match &mut self.line {
            Line::Out(handle) => std::iter::from_fn(|| handle.look()).collect(),
            Line::In(_) => Vec::new(),
        }
    }

    /// When its packets are in the air, once there was one.
    pub(super) fn turn(&mut self) -> Option<Turn> {
        let air = self.air("");
        let (air, every) = (air.air(), Nanos::from_millis(air.packet_ms));
        let at = match &self.line {
            Line::In(handle) => handle.arrived()? - air,
            Line::Out(handle) => handle.sent()?,
        };
        Some(Turn { at, air, every })
    }

    /// What is worth keeping of a source.
    pub(super) fn learnt(&mut self) -> Option<Learnt> {
        match &mut self.line {
            Line::In(handle) => handle.figures().learnt,
            Line::Out(_) => None,
        }
    }
}
