//! To a speaker: renders, encodes and writes one packet after the other, each
//! when it is due.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::socket::{setsockopt, sockopt};

use super::outq::Outq;
use super::{Gauge, Running, Wire, hurry, is_over, wait};
use crate::bluetooth::capability::Configuration;
use crate::bluetooth::pacing::{Backlog, LONGEST, Pacing, Place, Rules, Step, frames_per_packet};
use crate::bluetooth::rtp::{OVERHEAD, Packetiser};
use crate::bluetooth::sbc::{self, Encoder, Params};
use crate::devices::{Fault, Render, Stream, now};
use crate::sync::time::Nanos;

/// An open connection to a speaker.
#[derive(Debug)]
pub struct Opened {
    /// The socket, non-blocking.
    pub socket: OwnedFd,
    /// Largest packet.
    pub mtu: u16,
    /// What was agreed on.
    pub configuration: Configuration,
    /// What the speaker takes inside, where known.
    pub inside: Option<Nanos>,
    /// When the first packet may begin: never before now.
    pub origin: Nanos,
}

/// Samples of each channel in every packet over a link that carries `mtu` bytes.
#[must_use]
pub fn packet_frames(params: &Params, mtu: usize) -> u32 {
    let room = mtu.saturating_sub(OVERHEAD);
    let (len, samples) = (params.frame_len(), params.frame_samples());
    let frames = frames_per_packet(room, len, samples, params.rate.hz(), LONGEST);
    u32::from(frames) * samples as u32
}

/// Starts the thread. `open` may block; it is called there. `done` is called at the
/// end, after the socket was closed.
///
/// # Errors
/// When the system has no threads left.
pub fn start(
    gauge: Arc<Gauge>,
    render: Box<dyn Render>,
    open: impl FnOnce() -> Option<Opened> + Send + 'static,
    done: impl FnOnce() + Send + 'static,
) -> std::io::Result<Box<dyn Stream>> {
    Running::start("inphase-bt-out", move |wire| {
        if let Some(opened) = open() {
            hurry(wire);
            match Sender::new(opened, gauge, render) {
                Some(mut sender) => sender.run(wire),
                None => wire.raise(Fault::Reopen),
            }
        } else {
            wire.raise(Fault::Reopen);
        }
        done();
    })
}

struct Sender {
    socket: OwnedFd,
    pacing: Pacing,
    outq: Outq,
    backlog: Backlog,
    encoder: Encoder,
    packetiser: Packetiser,
    /// Samples of each channel in a packet, and in one codec frame of both.
    frames: u32,
    values: usize,
    length: Nanos,
    /// What the filters of both ends take.
    codec: Nanos,
    pcm: Box<[f32]>,
    render: Box<dyn Render>,
    gauge: Arc<Gauge>,
    written: u64,
}

impl Sender {
    /// `None` when the link carries no packet of this kind.
    fn new(opened: Opened, gauge: Arc<Gauge>, render: Box<dyn Render>) -> Option<Self> {
        let params = opened.configuration.params;
        let mtu = usize::from(opened.mtu);
        let mut packetiser = Packetiser::new(mtu, params).ok()?;
        let frames = packet_frames(&params, mtu);
        packetiser.set_most_frames(frames as usize / params.frame_samples());
        // What waits in the kernel cannot be taken back. Refused, it is only larger.
        let _smaller = setsockopt(&opened.socket, sockopt::SndBuf, &SEND_BUFFER);
        let outq = Outq::of_idle(opened.socket.as_fd());
        let rate = params.rate.hz();
        let rules = Rules::new(rate);
        let rules = opened
            .inside
            .map_or(rules, |inside| rules.for_delay(inside));
        gauge.bitpool.store(params.bitpool, Ordering::Relaxed);
        Some(Self {
            socket: opened.socket,
            pacing: Pacing::new(rules, opened.origin),
            outq,
            backlog: Backlog::default(),
            encoder: Encoder::new(params),
            packetiser,
            frames,
            values: params.frame_samples() * params.channels(),
            length: Nanos::from_secs(f64::from(frames) / f64::from(rate)),
            codec: Nanos::from_secs(sbc::delay(params.subbands) as f64 / f64::from(rate)),
            pcm: vec![0.0; frames as usize * params.channels()].into_boxed_slice(),
            render,
            gauge,
            written: 0,
        })
    }

    fn run(&mut self, wire: &Wire) {
        while !wire.stops() {
            let time = now();
            let queued = self.backlog.packets(self.outq.held(self.socket.as_fd()));
            self.show(time, queued);
            match self.pacing.step(time, queued, self.frames) {
                Step::Wait(until) => {
                    let events = wait(self.socket.as_fd(), PollFlags::empty(), until - now());
                    if is_over(events) {
                        wire.raise(Fault::Gone);
                        return;
                    }
                }
                Step::Send(place) => {
                    self.draw(place);
                    if !self.send() {
                        wire.raise(Fault::Gone);
                        return;
                    }
                }
                Step::Drop(place) => {
                    self.draw(place);
                    self.packetiser.skip(self.frames);
                }
                Step::Leap(frames) => {
                    self.packetiser.skip(frames as u32);
                    self.render.xrun();
                }
            }
        }
    }

    /// Has the lane fill a packet. It sees an exact line: the packet's own place in
    /// time, whenever this thread wakes up.
    fn draw(&mut self, place: Place) {
        let time = now();
        let heard = place.time + self.length + AIR + self.codec;
        self.render.render(time, heard - time, &mut self.pcm);
    }

    /// Returns whether the link is still there.
    fn send(&mut self) -> bool {
        let Self {
            encoder,
            packetiser,
            pcm,
            values,
            socket,
            ..
        } = self;
        let before = self.outq.held(socket.as_fd());
        let mut result = Ok(0);
        for frame in pcm.chunks_exact(*values) {
            if let Some(packet) = packetiser.push(|place| encoder.encode(frame, place)) {
                result = nix::unistd::write(&*socket, packet);
            }
        }
        match result {
            Ok(_) => {
                self.written += 1;
                let after = self.outq.held(self.socket.as_fd());
                self.backlog.wrote(before, after);
                true
            }
            Err(Errno::EAGAIN | Errno::ENOBUFS | Errno::EINTR) => {
                self.pacing.refused();
                true
            }
            Err(error) => {
                tracing::debug!("a speaker's link ended: {error}");
                false
            }
        }
    }

    fn show(&self, time: Nanos, queued: u32) {
        let gauge = &self.gauge;
        gauge.packets.store(self.written, Ordering::Relaxed);
        gauge.queued.store(queued, Ordering::Relaxed);
        let dropped = self.pacing.counts().dropped;
        gauge.dropped.store(dropped, Ordering::Relaxed);
        gauge.at.store(time.0, Ordering::Release);
    }
}

/// From writing a packet until the speaker has it, undisturbed: two or three slots
/// each way, and what controllers take.
const AIR: Nanos = Nanos(3_500_000);
/// The kernel doubles it: seven packets.
const SEND_BUFFER: usize = 8192;
