//! What is wished reaches the threads of open connections, and of those that open later.
#![allow(clippy::unwrap_used)]

use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, socketpair};

use super::*;
use crate::bluetooth::lines::Line;
use crate::bluetooth::link::{Stream, source};
use crate::bluetooth::pacing::Rules;
use crate::bluetooth::rtp::{Content, Packet};
use crate::bluetooth::sbc::Decoder;
use crate::devices::{Capture, Render};

const SPEAKER: Address = Address([1; 6]);
const ECHO: Address = Address([2; 6]);

fn pair() -> (OwnedFd, OwnedFd) {
    let flags = SockFlag::SOCK_CLOEXEC;
    socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags).unwrap()
}

struct Silence;

impl Render for Silence {
    fn render(&mut self, _now: Nanos, _delay: Nanos, out: &mut [f32]) {
        out.fill(0.0);
    }

    fn xrun(&mut self) {}
}

impl Capture for Silence {
    fn capture(&mut self, _now: Nanos, _captured: Nanos, _data: &[f32]) {}

    fn xrun(&mut self) {}
}

/// A speaker that is played silence, as it is opened with what is wished now.
fn speaker(shared: &Shared) -> (OwnedFd, Stream) {
    let (ours, theirs) = pair();
    let mut setup = speaker::Setup::new(Params::HIGH_QUALITY, USUAL_MTU);
    // Nothing is dropped on a busy machine.
    setup.rules = Rules {
        cover: Nanos(60_000_000_000),
        asleep: Nanos(60_000_000_000),
        ..Rules::new(48_000)
    };
    setup.keep_alive = shared.keeps_awake(SPEAKER);
    let (stream, handle) = speaker::start(ours, setup, Box::new(Silence)).unwrap();
    let link = Link::new(SPEAKER, "hci0".into(), setup.params, Line::Out(handle));
    shared.opened(link.begun(false, setup.keep_alive));
    (theirs, stream)
}

/// Whether the next packet is anything but digital silence.
fn is_noise(socket: &OwnedFd, decoder: &mut Decoder) -> bool {
    let mut bytes = vec![0; 4096];
    let length = recv(socket.as_raw_fd(), &mut bytes, MsgFlags::empty()).unwrap();
    let packet = Packet::parse(&bytes[..length]).unwrap();
    let Content::Frames { count } = packet.content else {
        panic!("a piece");
    };
    let mut body = packet.body;
    let mut noise = false;
    for _ in 0..count {
        let mut pcm = [0.0; 256];
        let frame = decoder.decode(body, &mut pcm).unwrap();
        body = &body[frame.consumed..];
        noise |= pcm.iter().any(|sample| sample.abs() > 1e-6);
    }
    noise
}

fn until(socket: &OwnedFd, decoder: &mut Decoder, noise: bool) {
    while is_noise(socket, decoder) != noise {}
}

fn awake() -> Wishes {
    Wishes {
        awake: BTreeSet::from([SPEAKER]),
        ..Wishes::default()
    }
}

#[test]
fn a_speaker_that_plays_silence_is_kept_awake_as_soon_as_it_is_wished_and_no_longer() {
    let shared = Shared::new(BTreeMap::new());
    let (socket, _stream) = speaker(&shared);
    let mut decoder = Decoder::new();
    // What wakes it ends by itself.
    until(&socket, &mut decoder, true);
    until(&socket, &mut decoder, false);
    shared.wish(&awake());
    until(&socket, &mut decoder, true);
    // Longer than what wakes it: 60 packets are more than half a second.
    for _ in 0..60 {
        assert!(is_noise(&socket, &mut decoder));
    }
    shared.wish(&Wishes::default());
    until(&socket, &mut decoder, false);
}

#[test]
fn a_speaker_that_is_opened_later_is_kept_awake_from_its_beginning() {
    let shared = Shared::new(BTreeMap::new());
    shared.wish(&awake());
    let (socket, _stream) = speaker(&shared);
    let mut decoder = Decoder::new();
    until(&socket, &mut decoder, true);
    for _ in 0..60 {
        assert!(is_noise(&socket, &mut decoder));
    }
    // Of another speaker nothing was said.
    assert!(!shared.keeps_awake(ECHO));
}

/// The depth that a source's thread has in force, once it is so.
fn until_depth(shared: &Shared, ms: f64) {
    while !shared.figures().iter().any(|of| of.depth_ms == ms) {
        std::thread::yield_now();
    }
}

#[test]
fn the_limits_of_a_source_that_plays_change_at_once_and_hold_for_the_next() {
    let shared = Shared::new(BTreeMap::new());
    let (ours, _theirs) = pair();
    let setup = source::Setup {
        rate: 44_100,
        channels: 2,
        limits: shared.limits(),
        learnt: None,
    };
    let (_stream, handle) = source::start(ours, setup, Box::new(Silence)).unwrap();
    let params = Params::HIGH_QUALITY;
    let link = Link::new(ECHO, "hci0".into(), params, Line::In(handle));
    shared.opened(link.within(setup.limits));
    until_depth(&shared, Limits::default().floor_ms);
    let wider = Limits {
        floor_ms: 80.0,
        ceiling_ms: 300.0,
    };
    shared.wish(&Wishes {
        limits: wider,
        ..Wishes::default()
    });
    until_depth(&shared, 80.0);
    assert_eq!(shared.limits(), wider);
}

#[test]
fn what_was_wished_while_a_connection_opened_is_not_forgotten() {
    let shared = Shared::new(BTreeMap::new());
    let (ours, theirs) = pair();
    let setup = speaker::Setup::new(Params::HIGH_QUALITY, USUAL_MTU);
    let (_stream, handle) = speaker::start(ours, setup, Box::new(Silence)).unwrap();
    let link = Link::new(SPEAKER, "hci0".into(), setup.params, Line::Out(handle));
    shared.wish(&awake());
    let before = shared.turnover();
    shared.opened(link);
    assert_eq!(shared.turnover(), before + 1);
    let mut decoder = Decoder::new();
    until(&theirs, &mut decoder, true);
    for _ in 0..60 {
        assert!(is_noise(&theirs, &mut decoder));
    }
    shared.closed(SPEAKER);
    assert_eq!(shared.turnover(), before + 2);
}
