//! One Echo's stream: read, put in order, decode, conceal, capture.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv};
use rtrb::{Consumer, Producer, RingBuffer};

use super::{Board, Stream, Woken, wait};
use crate::bluetooth::arrival::depth::Limits;
use crate::bluetooth::arrival::{self, Arrivals, Heard, Learnt, Play, Verdict};
use crate::bluetooth::rtp::{Content, MAX_FRAMES, Packet};
use crate::bluetooth::sbc::{Decoder, Params};
use crate::devices::{self, Capture};
use crate::sync::time::Nanos;

/// What a stream is started with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setup {
    /// Frames of sound in a second, as agreed.
    pub rate: u32,
    /// Channels, as agreed.
    pub channels: u16,
    /// The jitter buffer's limits.
    pub limits: Limits,
    /// What was learnt of this source last time.
    pub learnt: Option<Learnt>,
}

/// What is shown of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// What the packets' arrivals say.
    pub arrivals: arrival::Figures,
    /// Packets and frames that made no sense.
    pub bad: u64,
    /// The bitpool that the source uses.
    pub bitpool: u8,
    /// Codec frames in the last packet.
    pub frames: u8,
    /// What is worth keeping, once there is something.
    pub learnt: Option<Learnt>,
}

/// The Bluetooth side's end.
pub struct Handle {
    arrived: Arc<AtomicI64>,
    limits: Producer<Limits>,
    figures: Consumer<Figures>,
    newest: Figures,
}

/// Starts a stream on a transport's socket.
///
/// # Errors
/// When the system has no thread left.
pub fn start(
    socket: OwnedFd,
    setup: Setup,
    capture: Box<dyn Capture>,
) -> std::io::Result<(Stream, Handle)> {
    let (limit_in, limit_out) = RingBuffer::new(32);
    let (figure_in, figure_out) = RingBuffer::new(32);
    let board = Arc::new(Board::default());
    let arrived = Arc::new(AtomicI64::new(0));
    let mut loop_ = Loop::new(
        socket,
        setup,
        capture,
        (Arc::clone(&board), Arc::clone(&arrived)),
        limit_out,
        figure_in,
    );
    let stream = Stream::start("inphase-bt-in", board, move || loop_.run())?;
    let handle = Handle {
        arrived,
        limits: limit_in,
        figures: figure_out,
        newest: Figures::default(),
    };
    Ok((stream, handle))
}

impl Handle {
    /// Sets the jitter buffer's limits; `false` when the stream has not listened for
    /// long.
    pub fn set_limits(&mut self, limits: Limits) -> bool {
        self.limits.push(limits).is_ok()
    }

    /// The newest figures.
    pub fn figures(&mut self) -> Figures {
        while let Ok(figures) = self.figures.pop() {
            self.newest = figures;
        }
        self.newest
    }

    /// When the last packet came, or would have had it waited for nothing, if one has.
    #[must_use]
    pub fn arrived(&self) -> Option<Nanos> {
        let at = Nanos(self.arrived.load(Ordering::Relaxed));
        (at > Nanos::ZERO).then_some(at)
    }
}

struct Loop {
    socket: OwnedFd,
    setup: Setup,
    capture: Box<dyn Capture>,
    board: Arc<Board>,
    /// When the last packet came.
    arrived: Arc<AtomicI64>,
    limits: Consumer<Limits>,
    figures: Producer<Figures>,
    arrivals: Arrivals,
    decoder: Decoder,
    packet: Box<[u8]>,
    pcm: Box<[f32]>,
    bad: u64,
    bitpool: u8,
    frames: u8,
    told: Nanos,
}

impl Loop {
    fn new(
        socket: OwnedFd,
        setup: Setup,
        capture: Box<dyn Capture>,
        (board, arrived): (Arc<Board>, Arc<AtomicI64>),
        limits: Consumer<Limits>,
        figures: Producer<Figures>,
    ) -> Self {
        Self {
            socket,
            capture,
            board,
            arrived,
            limits,
            figures,
            arrivals: Arrivals::new(setup.rate, setup.limits, setup.learnt),
            setup,
            decoder: Decoder::new(),
            packet: vec![0; PACKET_MAX].into_boxed_slice(),
            pcm: vec![0.0; MAX_FRAMES * Params::MAX_FRAME_VALUES].into_boxed_slice(),
            bad: 0,
            bitpool: 0,
            frames: 0,
            told: Nanos::ZERO,
        }
    }

    fn run(&mut self) {
        self.board.rise();
        while !self.board.is_closing() {
            while let Ok(limits) = self.limits.pop() {
                self.arrivals.set_limits(limits);
            }
            let lost = match wait(self.socket.as_fd(), LOOK, true) {
                Woken::Time => false,
                Woken::Readable => self.read_all(),
                Woken::Gone => true,
            };
            self.tell(devices::now(), lost);
            if lost {
                Board::set(&self.board.gone);
                return;
            }
        }
    }

    /// Reads what there is. Returns whether that was the end.
    fn read_all(&mut self) -> bool {
        loop {
            match recv(
                self.socket.as_raw_fd(),
                &mut self.packet,
                MsgFlags::MSG_DONTWAIT,
            ) {
                Ok(0) => return true,
                Ok(length) => self.take(length, devices::now()),
                Err(Errno::EAGAIN) => return false,
                Err(Errno::EINTR) => {}
                Err(_) => return true,
            }
        }
    }

    fn take(&mut self, length: usize, at: Nanos) {
        let Some((heard, count)) = self.understand(length, at) else {
            self.bad += 1;
            return;
        };
        let verdict = self.arrivals.hear(heard);
        // When it would have come had it waited for nothing.
        let free = at - self.arrivals.late();
        self.arrived.store(free.0, Ordering::Relaxed);
        if let Verdict::Play(play) = verdict {
            if play.anew {
                self.capture.xrun();
            }
            self.fill(&play);
            self.decode(length, count, &heard, &play);
        }
    }

    /// What a packet says of itself, where it is one of whole frames as agreed.
    fn understand(&mut self, length: usize, at: Nanos) -> Option<(Heard, u8)> {
        let packet = Packet::parse(&self.packet[..length]).ok()?;
        let Content::Frames { count } = packet.content else {
            return None;
        };
        let params = Params::parse(packet.body).ok()?;
        let agreed = params.rate.hz() == self.setup.rate
            && params.channels() == usize::from(self.setup.channels);
        if !agreed {
            return None;
        }
        (self.bitpool, self.frames) = (params.bitpool, count);
        let heard = Heard {
            at,
            sequence: packet.header.sequence,
            timestamp: packet.header.timestamp,
            frames: u32::from(count) * params.frame_samples() as u32,
        };
        Some((heard, count))
    }

    /// Conceals what is missing before a packet.
    fn fill(&mut self, play: &Play) {
        let channels = usize::from(self.setup.channels);
        let mut done = 0;
        while done < play.missing {
            let frames = (play.missing - done).min(FILL);
            let block = &mut self.pcm[..frames as usize * channels];
            self.decoder.conceal(block);
            let captured = play.captured_after(done);
            self.capture.capture(captured + play.age, captured, block);
            done += frames;
        }
    }

    /// Decodes a packet into one block; frames that are damaged are concealed.
    fn decode(&mut self, length: usize, count: u8, heard: &Heard, play: &Play) {
        let channels = usize::from(self.setup.channels);
        let samples = heard.frames as usize * channels;
        let each = samples / usize::from(count.max(1));
        let mut body = Packet::parse(&self.packet[..length]).map_or(&[][..], |packet| packet.body);
        for block in self.pcm[..samples].chunks_exact_mut(each.max(1)) {
            match self.decoder.decode(body, block) {
                Ok(frame) if frame.samples * channels == each => {
                    body = &body[frame.consumed..];
                }
                Ok(_) | Err(_) => {
                    self.bad += 1;
                    self.decoder.conceal(block);
                    body = &[];
                }
            }
        }
        // The engine is told how old sound may be, not how old this packet is: its
        // latency follows the depth, and no single packet moves it.
        let captured = play.captured_after(play.missing);
        self.capture
            .capture(captured + play.age, captured, &self.pcm[..samples]);
    }

    fn tell(&mut self, now: Nanos, at_once: bool) {
        if now - self.told < TELL && !at_once {
            return;
        }
        self.told = now;
        let _fits = self.figures.push(Figures {
            arrivals: self.arrivals.figures(),
            bad: self.bad,
            bitpool: self.bitpool,
            frames: self.frames,
            learnt: self.arrivals.learnt(),
        });
    }
}

/// Larger than any transport's unit.
const PACKET_MAX: usize = 8192;
/// Frames of concealment at once: one codec frame, which is what fades.
const FILL: u32 = 128;
/// How often orders are looked for when nothing comes.
const LOOK: Nanos = Nanos(50_000_000);
/// Between two figures.
const TELL: Nanos = Nanos(100_000_000);
