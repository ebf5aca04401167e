#![allow(clippy::unwrap_used)]

use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, Sender, channel};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};

use super::*;
use crate::bluetooth::arrival::depth::Limits;
use crate::bluetooth::capability::Configuration;
use crate::bluetooth::rtp::{Content, Packet, Packetiser};
use crate::bluetooth::sbc::{Decoder, Encoder, Params, Rate};
use crate::devices::{Capture, Render, now};

const MTU: u16 = 895;

fn params() -> Params {
    Params {
        rate: Rate::Hz44100,
        ..Params::HIGH_QUALITY
    }
}

fn configuration() -> Configuration {
    Configuration {
        params: params(),
        min_bitpool: 2,
    }
}

fn pair() -> (OwnedFd, OwnedFd) {
    let family = AddressFamily::Unix;
    socketpair(family, SockType::SeqPacket, None, SockFlag::SOCK_NONBLOCK).unwrap()
}

/// The next packet that comes; as long as it takes, for the machine may be busy.
fn next(far: &OwnedFd) -> Vec<u8> {
    use std::os::fd::AsFd as _;
    let mut packet = vec![0; 2048];
    for _ in 0..300 {
        let _ready = wait(far.as_fd(), PollFlags::POLLIN, Nanos(100_000_000));
        if let Ok(length) = nix::unistd::read(far, &mut packet) {
            packet.truncate(length);
            return packet;
        }
    }
    panic!("nothing came within 30 s");
}

fn fault(stream: &mut dyn Stream, done: &Receiver<()>) -> Option<Fault> {
    done.recv().unwrap();
    stream.fault()
}

/// Plays the number of the frame, and tells when each was to be heard.
struct Ramp {
    next: u32,
    told: Sender<(u32, Nanos)>,
}

impl Render for Ramp {
    fn render(&mut self, now: Nanos, delay: Nanos, out: &mut [f32]) {
        let _test_is_over = self.told.send((self.next, now + delay));
        for frame in out.chunks_exact_mut(2) {
            frame.fill(if self.next % 4410 < 2205 { 0.3 } else { -0.3 });
            self.next += 1;
        }
    }
    fn xrun(&mut self) {}
}

fn speaker_on(near: OwnedFd) -> (Box<dyn Stream>, Receiver<(u32, Nanos)>, Receiver<()>) {
    let (told, tells) = channel();
    let (ended, ends) = channel();
    let opened = speaker::Opened {
        socket: near,
        mtu: MTU,
        configuration: configuration(),
        inside: None,
        origin: now(),
    };
    let stream = speaker::start(
        Arc::default(),
        Box::new(Ramp { next: 0, told }),
        move || Some(opened),
        move || drop(ended.send(())),
    )
    .unwrap();
    (stream, tells, ends)
}

#[test]
fn packets_come_in_order_and_count_every_sample() {
    let (near, far) = pair();
    let (stream, _tells, _ends) = speaker_on(near);
    let mut decoder = Decoder::new();
    let mut out = [0.0; Params::MAX_FRAME_VALUES];
    let mut expected: Option<(u16, u32)> = None;
    for _ in 0..20 {
        let bytes = next(&far);
        assert!(bytes.len() <= usize::from(MTU));
        let packet = Packet::parse(&bytes).unwrap();
        let Content::Frames { count } = packet.content else {
            panic!("a fragment");
        };
        let samples = u32::from(count) * params().frame_samples() as u32;
        if let Some((sequence, timestamp)) = expected {
            assert_eq!(packet.header.sequence, sequence);
            // What is dropped on a busy machine leaves a hole in the timestamps.
            assert_eq!((packet.header.timestamp - timestamp) % samples, 0);
        }
        let header = packet.header;
        expected = Some((header.sequence.wrapping_add(1), header.timestamp + samples));
        let mut body = packet.body;
        for _ in 0..count {
            let frame = decoder.decode(body, &mut out).unwrap();
            body = &body[frame.consumed..];
        }
        assert!(body.is_empty());
    }
    drop(stream);
}

#[test]
fn the_lane_sees_an_exact_line_however_late_the_thread_wakes() {
    let (near, far) = pair();
    let (stream, tells, _ends) = speaker_on(near);
    for _ in 0..20 {
        let _packet = next(&far);
    }
    drop(stream);
    let told: Vec<_> = tells.iter().collect();
    let (first, began) = told[0];
    for (frame, heard) in &told {
        let nominal = f64::from(frame - first) / 44_100.0;
        let off = (*heard - began).secs() - nominal;
        // A machine that stands still for a second makes the stream leap.
        assert!(
            off.abs() < 1e-6 || off > 0.5,
            "frame {frame} is {off} s off"
        );
    }
}

#[test]
fn a_speaker_that_hangs_up_is_gone() {
    let (near, far) = pair();
    let (mut stream, _tells, ends) = speaker_on(near);
    let _packet = next(&far);
    drop(far);
    assert_eq!(fault(&mut *stream, &ends), Some(Fault::Gone));
    assert_eq!(stream.fault(), None);
}

#[test]
fn a_speaker_that_takes_nothing_costs_packets_and_no_time() {
    let (near, far) = pair();
    let (stream, tells, ends) = speaker_on(near);
    // Nobody reads, and the lane is called all the same.
    let mut last = 0;
    while last < 44_100 {
        last = tells.recv().unwrap().0;
    }
    drop(stream);
    ends.recv().unwrap();
    drop(far);
}

#[test]
fn what_cannot_be_opened_is_to_be_tried_again() {
    let (told, _tells) = channel();
    let (ended, ends) = channel();
    let mut stream = speaker::start(
        Arc::default(),
        Box::new(Ramp { next: 0, told }),
        || None,
        move || drop(ended.send(())),
    )
    .unwrap();
    assert_eq!(fault(&mut *stream, &ends), Some(Fault::Reopen));
}

/// What a source delivered.
#[derive(Debug, PartialEq)]
enum Told {
    Sound { captured: Nanos, frames: usize },
    Xrun,
}

struct Ear(Sender<Told>);

impl Capture for Ear {
    fn capture(&mut self, _now: Nanos, captured: Nanos, data: &[f32]) {
        let frames = data.len() / 2;
        let _test_is_over = self.0.send(Told::Sound { captured, frames });
    }
    fn xrun(&mut self) {
        let _test_is_over = self.0.send(Told::Xrun);
    }
}

fn source_on(near: OwnedFd) -> (Box<dyn Stream>, Receiver<Told>, Receiver<()>) {
    let (told, tells) = channel();
    let (ended, ends) = channel();
    let opened = source::Opened {
        socket: near,
        configuration: configuration(),
        limits: Limits::default(),
        learnt: None,
    };
    let stream = source::start(
        Arc::default(),
        Box::new(Ear(told)),
        move || Some(opened),
        move |_| drop(ended.send(())),
    )
    .unwrap();
    (stream, tells, ends)
}

fn packets(count: usize) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(params());
    let mut packetiser = Packetiser::new(672, params()).unwrap();
    let mut made = Vec::new();
    while made.len() < count {
        let packet = packetiser.push(|place| encoder.encode(&[0.1; 256], place));
        made.extend(packet.map(<[u8]>::to_vec));
    }
    made
}

#[test]
fn every_frame_of_a_source_is_delivered_and_lost_ones_are_made_up() {
    let (near, far) = pair();
    let (stream, tells, ends) = source_on(near);
    let packets = packets(12);
    let each = 5 * params().frame_samples();
    for (at, packet) in packets.iter().enumerate() {
        if at != 6 {
            let _written = nix::unistd::write(&far, packet).unwrap();
        }
    }
    drop(far);
    ends.recv().unwrap();
    drop(stream);
    let told: Vec<_> = tells.iter().collect();
    let frames = |told: &Told| match told {
        Told::Sound { frames, .. } => *frames,
        Told::Xrun => 0,
    };
    let total: usize = told.iter().map(frames).sum();
    assert_eq!(total, 12 * each, "{told:?}");
    let moments: Vec<_> = told
        .iter()
        .filter_map(|told| match told {
            Told::Sound { captured, .. } => Some(*captured),
            Told::Xrun => None,
        })
        .collect();
    assert!(moments.is_sorted(), "{moments:?}");
}

#[test]
fn a_source_that_stops_has_paused() {
    let (near, far) = pair();
    let (mut stream, _tells, ends) = source_on(near);
    drop(far);
    assert_eq!(fault(&mut *stream, &ends), Some(Fault::Paused));
}

#[test]
fn rubbish_from_a_source_is_ignored() {
    let (near, far) = pair();
    let (stream, tells, ends) = source_on(near);
    let _written = nix::unistd::write(&far, &[0; 3]).unwrap();
    let _written = nix::unistd::write(&far, &[0xFF; 600]).unwrap();
    let good = &packets(1)[0];
    let _written = nix::unistd::write(&far, good).unwrap();
    drop(far);
    ends.recv().unwrap();
    drop(stream);
    assert_eq!(tells.iter().count(), 1);
}
