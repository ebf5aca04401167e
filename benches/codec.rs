//! What it costs to feed Bluetooth speakers: encode, packetise and write.
//!
//! Budget: 8 % of one core for four speakers at 328 kb/s (44.1 kHz, joint stereo,
//! bitpool 53). A round is one packet for each, seven frames or 20.3 ms of sound, so
//! 1.63 ms. Measured is the thread's processor time; the sockets keep packets apart and
//! never wait, as the transports of a radio, and their far ends are emptied off the
//! clock. The other figures in the same
//! run say where it goes, and what the way in costs.

use std::cell::RefCell;
use std::hint::black_box;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use inphase::bluetooth::rtp::{Packet, Packetiser};
use inphase::bluetooth::sbc::{Decoder, Encoder, Params, Rate};

/// What a common speaker's link carries at once.
const MTU: usize = 895;

/// So many frames fit.
const FRAMES: usize = 7;

/// Rounds timed in one go: asking for the time costs a system call.
const BATCH: usize = 8;

const PARAMS: Params = Params {
    rate: Rate::Hz44100,
    bitpool: 53,
    ..Params::HIGH_QUALITY
};

fn processor_time() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .expect("every Linux has this clock")
        .into()
}

/// The way to one speaker, and its end.
struct Speaker {
    encoder: Encoder,
    packetiser: Packetiser,
    near: UnixDatagram,
    far: UnixDatagram,
}

impl Speaker {
    fn new() -> Self {
        let (near, far) = UnixDatagram::pair().expect("two sockets");
        near.set_nonblocking(true).expect("a socket need not wait");
        far.set_nonblocking(true).expect("a socket need not wait");
        Self {
            encoder: Encoder::new(PARAMS),
            packetiser: Packetiser::new(MTU, PARAMS).expect("seven frames fit"),
            near,
            far,
        }
    }

    /// Sends one packet of `sound`.
    fn send(&mut self, sound: &[f32]) {
        for pcm in sound.chunks_exact(PARAMS.frame_samples() * PARAMS.channels()) {
            let packet = self
                .packetiser
                .push(|place| self.encoder.encode(pcm, place));
            if let Some(packet) = packet {
                let sent = self.near.send(packet).expect("there is room for a batch");
                assert_eq!(sent, packet.len());
            }
        }
    }

    /// Takes the packets in. Returns how many there were.
    fn empty(&self) -> usize {
        let mut place = [0; MTU];
        std::iter::from_fn(|| self.far.recv(&mut place).ok()).count()
    }
}

/// Music-like: chords that move, and noise.
fn sound(samples: usize) -> Vec<f32> {
    let mut seed = 1u32;
    (0..2 * samples)
        .map(|i| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (seed >> 8) as f32 / (1 << 23) as f32 - 1.0;
            let time = (i / 2) as f32 / 44_100.0;
            let tone = |hz: f32| (std::f32::consts::TAU * hz * time).sin();
            0.2 * (tone(110.0) + tone(277.0) + tone(1318.0)) + 0.05 * noise
        })
        .collect()
}

/// Times `round`; `between` goes on off the clock, once after each batch.
fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut round: impl FnMut(usize),
    mut between: impl FnMut(usize),
) {
    let _ = group.bench_function(name, |b| {
        b.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for first in (0..rounds).step_by(BATCH) {
                let batch = (rounds - first).min(BATCH as u64) as usize;
                let begun = processor_time();
                (0..batch).for_each(&mut round);
                spent += processor_time() - begun;
                between(batch);
            }
            spent
        });
    });
}

fn speakers(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, count: usize, sound: &[f32]) {
    let speakers: Vec<_> = (0..count).map(|_| RefCell::new(Speaker::new())).collect();
    let packet = sound.len() / BATCH;
    measure(
        group,
        name,
        |round| {
            for speaker in &speakers {
                let sound = &sound[packet * round..][..packet];
                speaker.borrow_mut().send(black_box(sound));
            }
        },
        |batch| {
            for speaker in &speakers {
                assert_eq!(speaker.borrow().empty(), batch);
            }
        },
    );
}

/// The first packet of some sound.
fn packet(sound: &[f32]) -> Vec<u8> {
    let mut speaker = Speaker::new();
    speaker.send(sound);
    let mut packet = vec![0; MTU];
    let length = speaker.far.recv(&mut packet).expect("it was sent");
    packet.truncate(length);
    packet
}

fn codec(c: &mut Criterion) {
    let mut group = c.benchmark_group("Bluetooth, 20.3 ms of sound");
    let sound = sound(BATCH * FRAMES * PARAMS.frame_samples());
    let four = "four speakers: encode, packetise, write (budget 1.63 ms)";
    speakers(&mut group, four, 4, &sound);
    speakers(
        &mut group,
        "one speaker: encode, packetise, write",
        1,
        &sound,
    );

    let mut encoder = Encoder::new(PARAMS);
    let mut place = [0; Params::MAX_FRAME_LEN];
    let encode = |_| {
        for pcm in sound.chunks_exact(256).take(FRAMES) {
            let _ = black_box(encoder.encode(black_box(pcm), &mut place));
        }
    };
    measure(&mut group, "one speaker: encode alone", encode, |_| {});

    let bytes = packet(&sound);
    let decoder = RefCell::new(Decoder::new());
    let decode = |_| {
        let mut out = [0.0; Params::MAX_FRAME_VALUES];
        let mut body = Packet::parse(black_box(&bytes)).expect("a packet").body;
        while !body.is_empty() {
            let frame = decoder.borrow_mut().decode(body, &mut out);
            body = &body[frame.expect("a frame").consumed..];
        }
    };
    measure(&mut group, "one source: unpack and decode", decode, |_| {});
    let conceal = |_| {
        let mut out = [0.0; Params::MAX_FRAME_VALUES];
        for _ in 0..FRAMES {
            decoder.borrow_mut().conceal(black_box(&mut out));
        }
    };
    // A decoded packet ends the loss, so that the next one is looked into anew.
    let name = "one source: conceal a lost packet, decode the next";
    let both = |round| {
        conceal(round);
        decode(round);
    };
    measure(&mut group, name, both, |_| {});
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
