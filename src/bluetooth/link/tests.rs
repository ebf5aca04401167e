//! Both loops over a socket pair, in real time but judged by order and content alone.
#![allow(clippy::unwrap_used)]

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};

use super::{Nanos, outq, source, speaker};
use crate::bluetooth::arrival::Learnt;
use crate::bluetooth::arrival::depth::Limits;
use crate::bluetooth::bitpool::Step;
use crate::bluetooth::pacing::Rules;
use crate::bluetooth::rtp::{Content, Packet, Packetiser};
use crate::bluetooth::sbc::{Decoder, Encoder, Params};
use crate::devices::{Capture, Fault, Render, Stream};
use crate::sync::time::Ppm;

const PARAMS: Params = Params::HIGH_QUALITY;

fn pair() -> (OwnedFd, OwnedFd) {
    socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )
    .unwrap()
}

fn read(socket: &OwnedFd) -> Vec<u8> {
    let mut packet = vec![0; 4096];
    let length = recv(socket.as_raw_fd(), &mut packet, MsgFlags::empty()).unwrap();
    packet.truncate(length);
    packet
}

/// Waits for a fault; a test that hangs is stopped by its runner.
fn fault(stream: &mut dyn Stream, wanted: Fault) {
    while stream.fault() != Some(wanted) {
        std::thread::yield_now();
    }
}

/// Renders a ramp and tells when each block's first frame is at the speaker.
struct Ramp {
    next: u64,
    stamps: Sender<(u64, Nanos)>,
}

impl Render for Ramp {
    fn render(&mut self, now: Nanos, delay: Nanos, out: &mut [f32]) {
        let _told = self.stamps.send((self.next, now + delay));
        for frame in out.chunks_exact_mut(2) {
            frame.fill(ramp(self.next));
            self.next += 1;
        }
    }

    fn xrun(&mut self) {}
}

fn ramp(frame: u64) -> f32 {
    0.5 * (frame as f64 * 0.05).sin() as f32
}

fn play(
    setup: speaker::Setup,
) -> (
    OwnedFd,
    super::Stream,
    speaker::Handle,
    Receiver<(u64, Nanos)>,
) {
    let (ours, theirs) = pair();
    let (stamps, told) = channel();
    let (stream, handle) = speaker::start(ours, setup, Box::new(Ramp { next: 0, stamps })).unwrap();
    (theirs, stream, handle, told)
}

/// Rules under which a busy machine drops nothing.
fn patient() -> Rules {
    Rules {
        cover: Nanos(60_000_000_000),
        asleep: Nanos(60_000_000_000),
        ..Rules::new(48_000)
    }
}

#[test]
fn what_is_rendered_arrives_whole_in_order_and_on_an_exact_line() {
    let setup = speaker::Setup {
        rules: patient(),
        ..speaker::Setup::new(PARAMS, 895)
    };
    let (theirs, stream, _handle, stamps) = play(setup);
    let mut decoder = Decoder::new();
    let mut sound = Vec::new();
    for number in 0..20u16 {
        let bytes = read(&theirs);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.header.sequence, number);
        assert_eq!(u64::from(packet.header.timestamp), sound.len() as u64);
        let Content::Frames { count } = packet.content else {
            panic!("a piece");
        };
        let mut body = packet.body;
        for _ in 0..count {
            let mut pcm = [0.0; 256];
            let frame = decoder.decode(body, &mut pcm).unwrap();
            body = &body[frame.consumed..];
            sound.extend(pcm.chunks_exact(2).map(|frame| frame[0]));
        }
        assert!(body.is_empty());
    }
    drop(stream);
    for (frame, heard) in sound.iter().enumerate().skip(1000) {
        let meant = ramp(frame as u64 - 73);
        assert!((heard - meant).abs() < 0.02, "{frame}: {heard} {meant}");
    }
    let stamps: Vec<_> = stamps.iter().collect();
    let (_, origin) = stamps[0];
    for (frame, time) in stamps {
        let exact = (frame * 1_000_000_000 / 48_000) as i64;
        assert!(((time - origin).0 - exact).abs() <= 1, "{frame}");
    }
}

#[test]
fn a_speaker_that_reads_nothing_is_held_then_dropped_and_never_floods_the_kernel() {
    let setup = speaker::Setup {
        rules: Rules {
            cover: Nanos(20_000_000),
            rest: Nanos(0),
            ..Rules::new(48_000)
        },
        ..speaker::Setup::new(PARAMS, 895)
    };
    let (theirs, stream, mut handle, _stamps) = play(setup);
    while handle.figures().counts.dropped < 5 {
        std::thread::yield_now();
    }
    let figures = handle.figures();
    assert!(figures.counts.held > 0 && figures.counts.rests == 1);
    assert_eq!((figures.counts.sent, figures.queued), (3, 3));
    let mut looks = Vec::new();
    while let Some(look) = handle.look() {
        looks.push(look);
    }
    assert!(looks.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert_eq!(
        looks.last().map(|look| (look.written, look.queued)),
        Some((3, 3))
    );
    // What waited is read: it goes on where the clock is, with a hole in the timestamps.
    let mut ends = Vec::new();
    for _ in 0..4 {
        let bytes = read(&theirs);
        let packet = Packet::parse(&bytes).unwrap();
        ends.push((packet.header.sequence, packet.header.timestamp));
    }
    assert_eq!(ends[2], (2, 2 * 512));
    assert_eq!(ends[3].0, 3);
    assert!(ends[3].1 >= 8 * 512 && ends[3].1 % 128 == 0, "{ends:?}");
    drop(stream);
}

#[test]
fn the_bitpool_falls_while_packets_queue_and_what_arrives_is_well_formed() {
    let setup = speaker::Setup {
        rules: patient(),
        ..speaker::Setup::new(PARAMS.with_bitpool(53), 895)
    };
    let finest = setup.ladder().steps()[0];
    assert_eq!(
        finest,
        Step {
            bitpool: 53,
            frames: 4
        }
    );
    let (theirs, stream, mut handle, _stamps) = play(setup);
    // Nothing is read meanwhile, and there are no figures at first.
    while !(1..40).contains(&handle.figures().bitpool) {
        std::thread::yield_now();
    }
    let mut timestamp = 0;
    let mut coarse = false;
    while !coarse {
        let bytes = read(&theirs);
        assert!(bytes.len() <= speaker::THREE_SLOTS);
        let packet = Packet::parse(&bytes).unwrap();
        let Content::Frames { count } = packet.content else {
            panic!("a piece");
        };
        assert_eq!(packet.header.timestamp, timestamp);
        timestamp += u32::from(count) * 128;
        let params = Params::parse(packet.body).unwrap();
        assert_eq!(packet.body.len(), usize::from(count) * params.frame_len());
        coarse = params.bitpool < 40;
    }
    drop(stream);
}

#[test]
fn a_speaker_that_hangs_up_is_gone() {
    let (theirs, mut stream, _handle, _stamps) = play(speaker::Setup::new(PARAMS, 895));
    let _first = read(&theirs);
    drop(theirs);
    fault(&mut stream, Fault::Gone);
}

#[test]
fn a_transport_that_takes_no_frame_is_refused() {
    let (ours, _theirs) = pair();
    let (stamps, _told) = channel();
    let render = Box::new(Ramp { next: 0, stamps });
    let refused = speaker::start(ours, speaker::Setup::new(PARAMS, 48), render);
    assert!(matches!(refused, Err(speaker::Refused::Packet(_))));
}

#[test]
fn written_bytes_are_seen_until_they_are_taken() {
    let (ours, theirs) = pair();
    outq::prepare(&ours);
    assert_eq!(outq::queued(&ours), 0);
    let flags = MsgFlags::MSG_DONTWAIT;
    let _sent = send(ours.as_raw_fd(), &[0; 489], flags).unwrap();
    let one = outq::queued(&ours);
    assert!(one >= 489);
    let _sent = send(ours.as_raw_fd(), &[0; 489], flags).unwrap();
    assert_eq!(outq::queued(&ours), 2 * one);
    let _packets = (read(&theirs), read(&theirs));
    assert_eq!(outq::queued(&ours), 0);
}

/// What was captured: when, and the left channel; `None` for an overrun.
type Block = Option<(Nanos, Nanos, Vec<f32>)>;

struct Tape(Sender<Block>);

impl Capture for Tape {
    fn capture(&mut self, now: Nanos, captured: Nanos, data: &[f32]) {
        let left = data.chunks_exact(2).map(|frame| frame[0]).collect();
        let _told = self.0.send(Some((now, captured, left)));
    }

    fn xrun(&mut self) {
        let _told = self.0.send(None);
    }
}

/// Packets of the half second that a source is listened to before it is played.
const LISTENED: usize = 38;

/// An Echo's packets of five frames of a ramp.
struct Echo {
    socket: OwnedFd,
    encoder: Encoder,
    packetiser: Packetiser,
    next: u64,
}

impl Echo {
    fn packet(&mut self) -> Vec<u8> {
        self.packetiser.set_most_frames(5);
        loop {
            let pcm: Vec<f32> = (self.next..self.next + 128)
                .flat_map(|frame| [ramp(frame); 2])
                .collect();
            self.next += 128;
            let encoder = &mut self.encoder;
            if let Some(packet) = self.packetiser.push(|place| encoder.encode(&pcm, place)) {
                return packet.to_vec();
            }
        }
    }

    fn send(&mut self, packet: &[u8]) {
        let _sent = send(self.socket.as_raw_fd(), packet, MsgFlags::empty()).unwrap();
    }
}

fn record() -> (Echo, super::Stream, source::Handle, Receiver<Block>) {
    let (ours, theirs) = pair();
    let (blocks, told) = channel();
    let setup = source::Setup {
        rate: 48_000,
        channels: 2,
        limits: Limits::default(),
        learnt: Some(Learnt {
            ppm: Ppm(0.0),
            depth: Nanos::ZERO,
        }),
    };
    let (stream, handle) = source::start(ours, setup, Box::new(Tape(blocks))).unwrap();
    let echo = Echo {
        socket: theirs,
        encoder: Encoder::new(PARAMS),
        packetiser: Packetiser::new(672, PARAMS).unwrap(),
        next: 0,
    };
    (echo, stream, handle, told)
}

fn next(blocks: &Receiver<Block>) -> Block {
    blocks.recv_timeout(Duration::from_secs(20)).unwrap()
}

#[test]
fn packets_become_sound_and_what_is_lost_is_filled_to_the_frame() {
    let (mut echo, stream, _handle, blocks) = record();
    let mut sound: Vec<f32> = Vec::new();
    for number in 0..55 {
        let packet = echo.packet();
        // All at once or far apart: the timeline is the same.
        if number == 45 || number == 46 {
            continue;
        }
        echo.send(&packet);
        if number == 41 {
            echo.send(&packet);
            echo.send(b"no packet at all");
        }
    }
    assert_eq!(next(&blocks), None);
    let mut last = None;
    while sound.len() < (55 - LISTENED) * 640 {
        let (now, captured, left) = next(&blocks).unwrap();
        assert!(now > captured);
        assert!(last.is_none_or(|last| captured > last));
        last = Some(captured);
        sound.extend(left);
    }
    assert_eq!(sound.len(), (55 - LISTENED) * 640);
    for frame in (LISTENED * 640 + 300..45 * 640).chain(48 * 640..55 * 640) {
        let meant = ramp(frame as u64 - 73);
        assert!(
            (sound[frame - LISTENED * 640] - meant).abs() < 0.02,
            "{frame}"
        );
    }
    drop(stream);
}

#[test]
fn damaged_frames_are_concealed_in_their_place() {
    let (mut echo, stream, mut handle, blocks) = record();
    for number in 0..50 {
        let mut packet = echo.packet();
        if number == 46 {
            // The second frame's checksum.
            let at = 13 + PARAMS.frame_len() + 3;
            packet[at] ^= 0xff;
        }
        echo.send(&packet);
    }
    assert_eq!(next(&blocks), None);
    let mut frames = 0;
    while frames < (50 - LISTENED) * 640 {
        frames += next(&blocks).unwrap().2.len();
    }
    while handle.figures().bad == 0 {
        std::thread::yield_now();
    }
    drop(stream);
}

#[test]
fn an_echo_that_stops_is_gone_and_its_figures_are_told() {
    let (mut echo, mut stream, mut handle, blocks) = record();
    for _ in 0..=LISTENED {
        let packet = echo.packet();
        echo.send(&packet);
    }
    assert_eq!(next(&blocks), None);
    drop(echo);
    fault(&mut stream, Fault::Gone);
    let figures = handle.figures();
    assert_eq!(
        (figures.arrivals.packets, figures.bitpool, figures.frames),
        (39, 51, 5)
    );
}
