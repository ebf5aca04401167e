//! From an Echo: reads packets, decodes them, makes up what is missing, and gives
//! the engine sound whose time is that of the source's own clock.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nix::errno::Errno;
use nix::poll::PollFlags;

use super::{Gauge, Running, Wire, hurry, is_over, wait};
use crate::bluetooth::arrival::depth::Limits;
use crate::bluetooth::arrival::{Arrivals, Heard, Learnt, Play, Verdict};
use crate::bluetooth::capability::Configuration;
use crate::bluetooth::rtp::{Content, Packet};
use crate::bluetooth::sbc::{Decoder, Params};
use crate::devices::{Capture, Fault, Stream, now};
use crate::sync::time::Nanos;

/// An open connection from a source.
#[derive(Debug)]
pub struct Opened {
    /// The socket, non-blocking.
    pub socket: OwnedFd,
    /// What was agreed on.
    pub configuration: Configuration,
    /// How deep the jitter buffer may be.
    pub limits: Limits,
    /// What was learnt of it before.
    pub learnt: Option<Learnt>,
}

/// Starts the thread. `open` may block; it is called there. `done` is called at the
/// end, after the socket was closed, with what is worth keeping.
///
/// # Errors
/// When the system has no threads left.
pub fn start(
    gauge: Arc<Gauge>,
    capture: Box<dyn Capture>,
    open: impl FnOnce() -> Option<Opened> + Send + 'static,
    done: impl FnOnce(Option<Learnt>) + Send + 'static,
) -> std::io::Result<Box<dyn Stream>> {
    Running::start("inphase-bt-in", move |wire| {
        let Some(opened) = open() else {
            wire.raise(Fault::Paused);
            done(None);
            return;
        };
        hurry(wire);
        let mut receiver = Receiver::new(opened, gauge, capture);
        receiver.run(wire);
        let learnt = receiver.arrivals.learnt();
        drop(receiver);
        done(learnt);
    })
}

struct Receiver {
    socket: OwnedFd,
    params: Params,
    arrivals: Arrivals,
    decoder: Decoder,
    packet: Box<[u8]>,
    /// One codec frame, and all of a packet.
    frame: Box<[f32]>,
    sound: Vec<f32>,
    capture: Box<dyn Capture>,
    gauge: Arc<Gauge>,
    began: bool,
    /// How long a packet is.
    spacing: Nanos,
}

impl Receiver {
    fn new(opened: Opened, gauge: Arc<Gauge>, capture: Box<dyn Capture>) -> Self {
        let params = opened.configuration.params;
        gauge.bitpool.store(params.bitpool, Ordering::Relaxed);
        Self {
            socket: opened.socket,
            params,
            arrivals: Arrivals::new(params.rate.hz(), opened.limits, opened.learnt),
            decoder: Decoder::new(),
            packet: vec![0; LARGEST].into_boxed_slice(),
            frame: vec![0.0; Params::MAX_FRAME_VALUES].into_boxed_slice(),
            sound: Vec::with_capacity(MOST_FRAMES * Params::MAX_FRAME_VALUES),
            capture,
            gauge,
            began: false,
            spacing: Nanos::ZERO,
        }
    }

    fn run(&mut self, wire: &Wire) {
        while !wire.stops() {
            let events = wait(self.socket.as_fd(), PollFlags::POLLIN, LOOK);
            // What came before the end is still there to be read.
            if events.contains(PollFlags::POLLIN) {
                match nix::unistd::read(&self.socket, &mut self.packet) {
                    Ok(0) => return wire.raise(Fault::Paused),
                    Ok(length) => self.take(length, now()),
                    Err(Errno::EAGAIN | Errno::EINTR) => {}
                    Err(_) => return wire.raise(Fault::Paused),
                }
            } else if is_over(events) {
                return wire.raise(Fault::Paused);
            }
        }
    }

    fn take(&mut self, length: usize, at: Nanos) {
        let Ok(packet) = Packet::parse(&self.packet[..length]) else {
            return;
        };
        let Content::Frames { count } = packet.content else {
            return;
        };
        let heard = Heard {
            at,
            sequence: packet.header.sequence,
            timestamp: packet.header.timestamp,
            frames: u32::from(count) * self.params.frame_samples() as u32,
        };
        self.spacing = Nanos::from_secs(f64::from(heard.frames) / f64::from(self.params.rate.hz()));
        let verdict = self.arrivals.hear(heard);
        let body = packet.body.len();
        let begin = length - body;
        if let Verdict::Play(play) = verdict {
            self.play(&play, begin, length, usize::from(count), at);
        }
        self.show(at);
    }

    fn play(&mut self, play: &Play, begin: usize, end: usize, count: usize, at: Nanos) {
        if play.anew && std::mem::replace(&mut self.began, true) {
            self.capture.xrun();
        }
        self.conceal(play);
        let channels = self.params.channels();
        let values = self.params.frame_samples() * channels;
        self.sound.clear();
        let mut body = &self.packet[begin..end];
        for _ in 0..count {
            let out = &mut self.frame[..values];
            match self.decoder.decode(body, out) {
                // The source may change the bitpool, but nothing that we count by.
                Ok(frame) if frame.params.frame_samples() * frame.params.channels() == values => {
                    body = body.get(frame.consumed..).unwrap_or_default();
                }
                _ => {
                    self.decoder.conceal(out);
                    body = body.get(self.params.frame_len()..).unwrap_or_default();
                }
            }
            if self.sound.len() + values <= self.sound.capacity() {
                self.sound.extend_from_slice(out);
            }
        }
        let captured = play.captured_after(play.missing);
        let ready = at.max(captured + play.age);
        self.capture.capture(ready, captured, &self.sound);
    }

    /// Sound for what never came, in pieces of one frame.
    fn conceal(&mut self, play: &Play) {
        let channels = self.params.channels();
        let mut made = 0;
        while made < play.missing {
            let frames = (play.missing - made).min(self.params.frame_samples() as u32);
            let out = &mut self.frame[..frames as usize * channels];
            self.decoder.conceal(out);
            let captured = play.captured_after(made);
            self.capture.capture(captured + play.age, captured, out);
            made += frames;
        }
        let concealed = u64::from(play.missing);
        let _before = self.gauge.concealed.fetch_add(concealed, Ordering::Relaxed);
    }

    fn show(&self, at: Nanos) {
        let figures = self.arrivals.figures();
        let gauge = &self.gauge;
        gauge.packets.store(figures.packets, Ordering::Relaxed);
        gauge.lost.store(figures.lost, Ordering::Relaxed);
        gauge.dropped.store(figures.ignored, Ordering::Relaxed);
        gauge.depth.store(figures.depth.0, Ordering::Relaxed);
        gauge.jitter.store(figures.jitter.0, Ordering::Relaxed);
        gauge.arrived.store(at.0, Ordering::Relaxed);
        gauge.spacing.store(self.spacing.0, Ordering::Relaxed);
        gauge.at.store(at.0, Ordering::Release);
    }
}

/// No link carries more at once.
const LARGEST: usize = 4096;
/// Four bits of a packet's header count its frames.
const MOST_FRAMES: usize = 15;
/// How often a silent source's thread looks whether it is to end.
const LOOK: Nanos = Nanos(100_000_000);
