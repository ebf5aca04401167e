//! One Bluetooth speaker's stream: render, encode, packetise, write, each packet when
//! [`Pacing`] says so.
//!
//! The lane is told exact times: sample n is at the speaker at `origin + n/rate` and a
//! constant (the packet it waits in, the codec's filters, the air), whenever the thread
//! really wakes up. What the speaker itself takes is not in it.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, send};
use rtrb::{Consumer, Producer, RingBuffer};

use super::wake::Wake;
use super::{Board, Stream, Woken, outq, wait};
use crate::bluetooth::airtime;
use crate::bluetooth::bitpool::{Adaptive, Ladder, Step};
use crate::bluetooth::pacing::{self, Backlog, Counts, Pacing, Place, Rules};
use crate::bluetooth::rtp::{OVERHEAD, Packetiser, RtpError};
use crate::bluetooth::sbc::{self, Encoder, Params};
use crate::bluetooth::stall::Look;
use crate::devices::{self, Render};
use crate::sync::time::Nanos;

/// What a stream is started with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// What was agreed; its bitpool is the ceiling.
    pub params: Params,
    /// The bitpool is never lowered beneath this.
    pub floor: u8,
    /// Bytes that the transport takes at once.
    pub mtu: usize,
    /// Bytes of a packet at most, [`THREE_SLOTS`] or more where air is short.
    pub packet: usize,
    /// Sound of a packet at most; [`pacing::LONGEST`].
    pub longest: Nanos,
    /// How packets are paced.
    pub rules: Rules,
    /// The adapter's air is crowded: do without the finest step of coding.
    pub crowded: bool,
    /// When the first packet begins, see [`crate::bluetooth::turns`]; not in the past.
    pub origin: Nanos,
    /// Keep the speaker awake in silence.
    pub keep_alive: bool,
}

impl Setup {
    /// The usual for a speaker that agreed to `params` and takes `mtu` bytes.
    #[must_use]
    pub fn new(params: Params, mtu: usize) -> Self {
        Self {
            params,
            floor: FLOOR.min(params.bitpool),
            mtu,
            packet: THREE_SLOTS,
            longest: pacing::LONGEST,
            rules: Rules::new(params.rate.hz()),
            crowded: false,
            origin: devices::now() + LEAD,
            keep_alive: false,
        }
    }

    /// The coding steps: packets no larger than they may be, unless not even one frame
    /// fits.
    #[must_use]
    pub fn ladder(&self) -> Ladder {
        let frame = self.params.frame_len();
        let least = self.mtu.min(self.packet).saturating_sub(OVERHEAD);
        let room = if frame <= least {
            least
        } else {
            self.mtu.saturating_sub(OVERHEAD)
        };
        let frames = pacing::frames_per_packet(
            room,
            frame,
            self.params.frame_samples(),
            self.params.rate.hz(),
            self.longest,
        );
        Ladder::new(self.params, self.floor, room, frames)
    }

    /// Frames of sound in the first packet and, while nothing disturbs, all others.
    #[must_use]
    pub fn period(&self) -> u32 {
        let frames = usize::from(self.coding().step().frames);
        (frames * self.params.frame_samples()) as u32
    }

    /// From one packet to the next, and how long one is in the air.
    #[must_use]
    pub fn turn(&self) -> (Nanos, Nanos) {
        let step = self.coding().step();
        let params = self.params.with_bitpool(step.bitpool);
        let link = airtime::Link::new(String::new(), params, step.frames.into(), false);
        (Nanos::from_millis(link.packet_ms), link.air())
    }

    fn coding(&self) -> Adaptive {
        let mut coding = Adaptive::new(self.ladder());
        coding.set_crowded(self.crowded);
        coding
    }
}

/// What is shown of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// What came of the packets.
    pub counts: Counts,
    /// Packets in the kernel.
    pub queued: u32,
    /// How late the latest packet lately left.
    pub late: Nanos,
    /// Bitpool in force.
    pub bitpool: u8,
    /// Codec frames in a packet.
    pub frames: u8,
    /// The lead-in is over.
    pub awake: bool,
}

/// What a running stream can be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// Whether the adapter's air is crowded, see [`Setup::crowded`].
    Crowded(bool),
    /// Switch keep-alive.
    KeepAlive(bool),
}

/// The Bluetooth side's end.
pub struct Handle {
    sent: Arc<AtomicI64>,
    orders: Producer<Order>,
    looks: Consumer<Look>,
    figures: Consumer<Figures>,
    newest: Figures,
}

/// Starts a stream on a transport's socket.
///
/// # Errors
/// When no frame fits the transport, or the system has no thread left.
pub fn start(
    socket: OwnedFd,
    setup: Setup,
    render: Box<dyn Render>,
) -> Result<(Stream, Handle), Refused> {
    let (order_in, order_out) = RingBuffer::new(32);
    let (look_in, look_out) = RingBuffer::new(1024);
    let (figure_in, figure_out) = RingBuffer::new(32);
    let board = Arc::new(Board::default());
    let sent = Arc::new(AtomicI64::new(0));
    let wires = Wires {
        sent: Arc::clone(&sent),
        board: Arc::clone(&board),
        orders: order_out,
        looks: look_in,
        figures: figure_in,
    };
    let mut loop_ = Loop::new(socket, setup, render, wires)?;
    let stream = Stream::start("inphase-bt-out", board, move || loop_.run())
        .map_err(|error| Refused::Thread(error.to_string()))?;
    let handle = Handle {
        sent,
        orders: order_in,
        looks: look_out,
        figures: figure_out,
        newest: Figures::default(),
    };
    Ok((stream, handle))
}

/// Why a stream cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No frame fits.
    #[error(
        "The speaker takes packets that are too small for its own codec settings: {0}. Disconnect it and connect it again."
    )]
    Packet(RtpError),
    /// No thread.
    #[error(
        "The system has no thread left for the speaker: {0}. Close some programs and try again."
    )]
    Thread(String),
}

impl Handle {
    /// Tells the stream something; `false` when it has not listened for long.
    pub fn order(&mut self, order: Order) -> bool {
        self.orders.push(order).is_ok()
    }

    /// The oldest look at the backlog that was not taken yet, for
    /// [`crate::bluetooth::stall::Watch`].
    pub fn look(&mut self) -> Option<Look> {
        self.looks.pop().ok()
    }

    /// The newest figures.
    pub fn figures(&mut self) -> Figures {
        while let Ok(figures) = self.figures.pop() {
            self.newest = figures;
        }
        self.newest
    }

    /// When the last packet was due, if one was.
    #[must_use]
    pub fn sent(&self) -> Option<Nanos> {
        let at = Nanos(self.sent.load(Ordering::Relaxed));
        (at > Nanos::ZERO).then_some(at)
    }
}

struct Wires {
    /// When the last packet was due.
    sent: Arc<AtomicI64>,
    board: Arc<Board>,
    orders: Consumer<Order>,
    looks: Producer<Look>,
    figures: Producer<Figures>,
}

struct Loop {
    socket: OwnedFd,
    render: Box<dyn Render>,
    wires: Wires,
    pacing: Pacing,
    coding: Adaptive,
    step: Step,
    /// What the first packet of a timeline is coded with: `ahead` holds for its length.
    first: Step,
    encoder: Encoder,
    packetiser: Packetiser,
    backlog: Backlog,
    wake: Wake,
    pcm: Box<[f32]>,
    channels: usize,
    /// From a sample's place on the schedule until it is at the speaker.
    ahead: Nanos,
    written: u64,
    late: Nanos,
    told: Nanos,
}

impl Loop {
    fn new(
        socket: OwnedFd,
        setup: Setup,
        render: Box<dyn Render>,
        wires: Wires,
    ) -> Result<Self, Refused> {
        outq::prepare(&socket);
        let params = setup.params;
        let rate = params.rate.hz();
        let coding = setup.coding();
        let finest = params.with_bitpool(coding.step().bitpool);
        let channels = params.channels();
        let span = |samples: u64| Nanos((samples * 1_000_000_000 / u64::from(rate)) as i64);
        let period = span(u64::from(setup.period()));
        let filters = span(sbc::delay(params.subbands) as u64);
        Ok(Self {
            packetiser: Packetiser::new(setup.mtu, finest).map_err(Refused::Packet)?,
            encoder: Encoder::new(finest),
            step: coding.step(),
            first: coding.step(),
            coding,
            pacing: Pacing::new(
                Rules {
                    rate,
                    ..setup.rules
                },
                setup.origin,
            ),
            backlog: Backlog::default(),
            wake: Wake::new(rate, setup.keep_alive),
            pcm: vec![0.0; FRAMES_MAX * Params::MAX_FRAME_VALUES].into_boxed_slice(),
            channels,
            ahead: period + filters + AIR,
            written: 0,
            late: Nanos::ZERO,
            told: Nanos::ZERO,
            socket,
            render,
            wires,
        })
    }

    fn run(&mut self) {
        self.wires.board.rise();
        while !self.wires.board.is_closing() {
            self.obey();
            let now = devices::now();
            let queued = self.look(now);
            self.tell(now, queued);
            if let Err(flag) = self.advance(now, queued) {
                Board::set(match flag {
                    Lost::Gone => &self.wires.board.gone,
                    Lost::Refused => &self.wires.board.reopen,
                });
                return;
            }
        }
    }

    fn advance(&mut self, now: Nanos, queued: u32) -> Result<(), Lost> {
        self.adapt(now, queued);
        match self.pacing.step(now, queued, self.samples()) {
            pacing::Step::Wait(until) => {
                let looking = if queued > 0 { now + LOOK } else { until };
                match wait(self.socket.as_fd(), until.min(looking) - now, false) {
                    Woken::Time => Ok(()),
                    Woken::Readable | Woken::Gone => Err(Lost::Gone),
                }
            }
            pacing::Step::Send(place) => {
                self.late = self.late.max(place.late);
                let due = now - place.late;
                self.wires.sent.store(due.0, Ordering::Relaxed);
                self.sound(place, now);
                self.send()
            }
            pacing::Step::Drop(place) => {
                self.sound(place, now);
                self.packetiser.skip(self.samples());
                Ok(())
            }
            pacing::Step::Leap(frames) => {
                self.render.xrun();
                Board::set(&self.wires.board.xrun);
                self.packetiser.skip(frames as u32);
                Ok(())
            }
        }
    }

    /// Frames of sound in the next packet.
    fn samples(&self) -> u32 {
        u32::from(self.step.frames) * self.encoder.params().frame_samples() as u32
    }

    /// Chooses the coding of a packet that is due.
    fn adapt(&mut self, now: Nanos, queued: u32) {
        if now < self.pacing.due(self.samples()) {
            return;
        }
        let step = if self.pacing.is_resting() {
            // The speaker will begin a new timeline.
            self.coding.restart();
            self.first
        } else {
            let behind = self.pacing.behind(now, queued, self.samples());
            self.coding.next(now, behind)
        };
        if step != self.step && self.packetiser.set_bitpool(step.bitpool) {
            self.encoder.set_bitpool(step.bitpool);
            self.step = step;
        }
        self.packetiser
            .set_most_frames(usize::from(self.step.frames));
    }

    fn sound(&mut self, place: Place, now: Nanos) {
        let samples = self.samples() as usize * self.channels;
        let block = &mut self.pcm[..samples];
        self.render
            .render(now, place.time + self.ahead - now, block);
        self.wake.dress(block, self.channels);
    }

    fn send(&mut self) -> Result<(), Lost> {
        let per_frame = self.encoder.params().frame_samples() * self.channels;
        let count = usize::from(self.step.frames);
        for (index, pcm) in self.pcm.chunks_exact(per_frame).take(count).enumerate() {
            let encoder = &mut self.encoder;
            let complete = self.packetiser.push(|place| encoder.encode(pcm, place));
            if let Some(packet) = complete {
                debug_assert_eq!(index + 1, count);
                let before = outq::queued(&self.socket);
                match write(&self.socket, packet) {
                    Ok(()) => {
                        self.written += 1;
                        self.backlog.wrote(before, outq::queued(&self.socket));
                    }
                    Err(Errno::EAGAIN | Errno::EINTR | Errno::ENOBUFS) => self.pacing.refused(),
                    Err(Errno::EMSGSIZE) => return Err(Lost::Refused),
                    Err(_) => return Err(Lost::Gone),
                }
            }
        }
        Ok(())
    }

    fn look(&mut self, now: Nanos) -> u32 {
        let queued = self.backlog.packets(outq::queued(&self.socket));
        let _fits = self.wires.looks.push(Look {
            at: now,
            written: self.written,
            queued,
        });
        queued
    }

    fn obey(&mut self) {
        while let Ok(order) = self.wires.orders.pop() {
            match order {
                Order::Crowded(crowded) => self.coding.set_crowded(crowded),
                Order::KeepAlive(on) => self.wake.set_keep_alive(on),
            }
        }
    }

    fn tell(&mut self, now: Nanos, queued: u32) {
        if now - self.told < TELL {
            return;
        }
        self.told = now;
        let _fits = self.wires.figures.push(Figures {
            counts: self.pacing.counts(),
            queued,
            late: std::mem::take(&mut self.late),
            bitpool: self.step.bitpool,
            frames: self.step.frames,
            awake: self.wake.is_awake(),
        });
    }
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy)]
enum Lost {
    /// The speaker, or the link to it.
    Gone,
    /// The transport does not take what was agreed.
    Refused,
}

fn write(socket: &OwnedFd, packet: &[u8]) -> Result<(), Errno> {
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    send(socket.as_raw_fd(), packet, flags).map(drop)
}

/// The largest packet that takes three slots at 3 Mb/s: 552 bytes less L2CAP's four.
pub const THREE_SLOTS: usize = 548;
/// From writing a packet of three slots until it is at the speaker, both ways' slots
/// included.
const AIR: Nanos = Nanos(2_500_000);
/// What speakers' own quality settings call the least: about 130 kb/s.
const FLOOR: u8 = 19;
/// The first packet is due so long after the beginning.
const LEAD: Nanos = Nanos(5_000_000);
/// How soon the kernel is looked at again while packets wait in it: finer than a packet
/// is in the air, so that the order in which they were taken is seen.
const LOOK: Nanos = Nanos(1_000_000);
/// Between two figures.
const TELL: Nanos = Nanos(100_000_000);
/// Codec frames in a packet at most.
const FRAMES_MAX: usize = 15;
