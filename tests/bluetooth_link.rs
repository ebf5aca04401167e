//! An Echo's bursty stream through the engine's own input, feed and lane, in virtual
//! time: its latency must not move, whatever the radio and both crystals do. The hours
//! are cut to minutes here; `INPHASE_WHOLE_HOURS=1` runs them whole.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use inphase::bluetooth::arrival::depth::Limits;
use inphase::bluetooth::arrival::{Arrivals, Heard, Learnt, Verdict};
use inphase::bluetooth::bitpool::{Adaptive, Ladder};
use inphase::bluetooth::pacing::{Pacing, Rules};
use inphase::bluetooth::sbc::Params;
use inphase::bluetooth::stall::{Look, Watch};
use inphase::devices::{Capture, StreamFormat};
use inphase::engine::fan::fan;
use inphase::engine::input::{Input, InputReport, input};
use inphase::room::chance::Chance;
use inphase::sync::clock::Noise;
use inphase::sync::feed::feed;
use inphase::sync::intake::Intake;
use inphase::sync::kernel::{Kernel, Quality};
use inphase::sync::lane::{
    Filter, Lane, LaneCommand, LaneConfig, LaneEvent, LaneHandle, ROW, SlotSettings, lane,
};
use inphase::sync::time::{Nanos, Ppm};
use rtrb::Consumer;

/// Aborts the process when the guarded work allocates or frees.
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

/// As an Echo sends: 44.1 kHz, five frames of 128 in a packet.
const ECHO_RATE: u32 = 44_100;
const PACKET: u32 = 640;
const PACKET_S: f64 = PACKET as f64 / ECHO_RATE as f64;
/// A packet of five slots at 3 Mb/s.
const AIR_S: f64 = 3.75e-3;
/// A sound card with two periods of 256 in its buffer.
const CARD_RATE: u32 = 48_000;
const PERIOD: u64 = 256;
const HELD: u64 = 512;
/// As the engine adds to the slowest path of a live source.
const MARGIN_S: f64 = 1.5e-3;
/// Growth of a target that its margin takes up.
const TOLERANCE_S: f64 = 0.7e-3;

/// How packets come out of the radio.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Radio {
    /// One 5, one 5 and one 20 parts of 30 after the last.
    FiveFiveTwenty,
    /// All that is ready, every 45 ms.
    Clumps,
    /// Anything up to 12 ms late, rarely 25.
    Busy,
}

impl Radio {
    /// When a packet comes that is ready at `ready`.
    fn arrival(self, number: u64, ready: f64, chance: &mut Chance) -> f64 {
        let jitter = chance.between(0.0, 1e-3);
        let late = match self {
            Self::FiveFiveTwenty => PACKET_S * [1.0, 0.5, 0.0][(number % 3) as usize],
            Self::Clumps => (ready / 0.045).ceil() * 0.045 - ready,
            Self::Busy if chance.unit() < 1e-3 => chance.between(12e-3, 25e-3),
            Self::Busy => chance.between(0.0, 12e-3),
        };
        ready + late + jitter
    }
}

struct Case {
    radio: Radio,
    /// Error of the Echo's crystal.
    ppm: f64,
    learnt: Option<Learnt>,
    seconds: f64,
    /// When the Echo begins, against the radio's clumps.
    start: f64,
}

/// What was heard from a moment on.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: f64,
    least: f64,
    most: f64,
}

impl Span {
    fn new(from: f64) -> Self {
        Self {
            from,
            least: f64::MAX,
            most: f64::MIN,
        }
    }

    fn add(&mut self, time: f64, latency: f64) {
        if time >= self.from {
            self.least = self.least.min(latency);
            self.most = self.most.max(latency);
        }
    }

    /// The change in milliseconds.
    fn change(&self) -> f64 {
        (self.most - self.least) * 1e3
    }
}

#[derive(Debug)]
struct Outcome {
    /// From 10 s and from 30 s on, in seconds from the Echo's sample to the converter.
    spans: [Span; 2],
    began: f64,
    silences: u32,
    late_silences: u32,
    resyncs: u32,
    growths: u32,
    depth_ms: f64,
    learnt: Option<Learnt>,
}

impl Outcome {
    /// The longest time from a packet's arrival at best to its first frame's turn at
    /// the converter, in seconds.
    fn after_packet(&self) -> f64 {
        self.spans[0].most - PACKET_S - AIR_S
    }
}

struct World {
    case: Case,
    chance: Chance,
    arrivals: Arrivals,
    input: Input,
    reports: Consumer<InputReport>,
    lane: Lane,
    handle: LaneHandle,
    age: f64,
    ahead: f64,
    target: Option<f64>,
    sent: u64,
    /// The first frame that was played: the engine counts from there.
    first: Option<u64>,
    next_packet: f64,
    last_packet: f64,
    outcome: Outcome,
}

/// When the Echo begins at the earliest.
const START_S: f64 = 5.0;

impl World {
    fn new(case: Case) -> Self {
        let format = StreamFormat {
            rate: ECHO_RATE,
            channels: 2,
            period: PACKET,
            buffer: 0,
            noise: Noise::Exact,
            clock: None,
        };
        let (pushing, mut joining) = fan();
        let (input, reports) = input(&format, case.learnt.map(|of| of.ppm), pushing);
        let (lane, mut handle) = lane(LaneConfig {
            rate: CARD_RATE,
            channels: 2,
            max_frames: 512,
            noise: Noise::TwoSided,
            prior: None,
            chirp: Box::new([]),
        });
        let (writer, reader) = feed(2, ECHO_RATE as usize * 6 / 10);
        let kernel = Kernel::for_rates(ECHO_RATE, CARD_RATE, Quality::default());
        let intake = Intake::new(reader, Arc::new(kernel), ECHO_RATE, 1.5);
        joining.add(0, writer);
        assert!(handle.send(LaneCommand::Intake(Box::new(intake))));
        let mut world = Self {
            chance: Chance::new(11, case.ppm.to_bits()),
            arrivals: Arrivals::new(ECHO_RATE, Limits::default(), case.learnt),
            case,
            input,
            reports,
            lane,
            handle,
            age: 0.0,
            ahead: 0.0,
            target: None,
            sent: 0,
            first: None,
            next_packet: 0.0,
            last_packet: 0.0,
            outcome: Outcome {
                spans: [Span::new(START_S + 10.0), Span::new(START_S + 30.0)],
                began: 0.0,
                silences: 0,
                late_silences: 0,
                resyncs: 0,
                growths: 0,
                depth_ms: 0.0,
                learnt: None,
            },
        };
        world.plan_packet();
        world
    }

    /// When the Echo made a sample.
    fn made(&self, frame: f64) -> f64 {
        self.case.start + frame / (f64::from(ECHO_RATE) * Ppm(self.case.ppm).factor())
    }

    fn plan_packet(&mut self) {
        let ready = self.made((self.sent + u64::from(PACKET)) as f64) + AIR_S;
        let number = self.sent / u64::from(PACKET);
        let at = self.case.radio.arrival(number, ready, &mut self.chance);
        // A link keeps the order.
        self.next_packet = at.max(self.last_packet + 1e-4);
    }

    fn packet(&mut self) {
        let number = self.sent / u64::from(PACKET);
        let heard = Heard {
            at: Nanos::from_secs(self.next_packet),
            sequence: number as u16,
            timestamp: self.sent as u32,
            frames: PACKET,
        };
        let verdict = assert_no_alloc::assert_no_alloc(|| self.arrivals.hear(heard));
        match verdict {
            Verdict::Play(play) => {
                assert_eq!((play.missing, play.anew), (0, self.first.is_none()));
                let _first = self.first.get_or_insert(self.sent);
                let sound = [0.0; 2 * PACKET as usize];
                let now = play.captured + play.age;
                self.input.capture(now, play.captured, &sound);
            }
            Verdict::Ignore => assert!(self.first.is_none(), "packet {number}"),
        }
        self.sent += u64::from(PACKET);
        self.last_packet = self.next_packet;
        self.plan_packet();
        while let Ok(report) = self.reports.pop() {
            self.age = report.age;
            if report.settled && self.outcome.began == 0.0 {
                self.outcome.began = self.last_packet - START_S;
            }
        }
    }

    /// The engine's targets: as late as the slowest path needs, never earlier again.
    fn aim(&mut self, time: f64) {
        let settled = self.outcome.began > 0.0 && time > START_S + self.outcome.began + 0.1;
        if !settled || self.ahead == 0.0 {
            return;
        }
        let least = inphase::engine::seats::least_delay(self.ahead, self.age).unwrap();
        let wanted = least + MARGIN_S;
        match self.target {
            Some(target) if wanted <= target + TOLERANCE_S => return,
            Some(_) => self.outcome.growths += 1,
            None => {
                assert!(self.handle.send(LaneCommand::Gate(true)));
            }
        }
        self.target = Some(wanted);
        assert!(self.handle.slot(0, settings(wanted), CARD_RATE));
    }

    fn callback(&mut self, first: u64) {
        let crystal = f64::from(CARD_RATE) * Ppm(20.0).factor();
        let heard = 1.0 + first as f64 / crystal;
        let now = heard - HELD as f64 / crystal + self.chance.between(0.0, 60e-6);
        let frames = ((heard - now) * f64::from(CARD_RATE)).round();
        let delay = Nanos::from_secs(frames / f64::from(CARD_RATE));
        let plan = self
            .lane
            .plan(Nanos::from_secs(now), delay, PERIOD as usize);
        self.ahead = self
            .ahead
            .max(delay.secs() + PERIOD as f64 / f64::from(CARD_RATE));
        if plan.sounding
            && let Some(slot) = plan.slots[0]
        {
            let latency = heard - self.made(slot.voice.start + self.first.unwrap() as f64);
            for span in &mut self.outcome.spans {
                span.add(heard, latency);
            }
        }
        while let Some(event) = self.handle.event() {
            match event {
                LaneEvent::Dropout { at, .. } => {
                    self.outcome.silences += 1;
                    let late = at.secs() > START_S + 10.0;
                    self.outcome.late_silences += u32::from(late);
                }
                LaneEvent::Resync { .. } => self.outcome.resyncs += 1,
                LaneEvent::Xrun { .. } => {}
            }
        }
        let _report = self.handle.report();
        self.handle.sweep();
        self.aim(now);
    }
}

fn settings(delay: f64) -> SlotSettings {
    let mut rows = [[0.0; ROW]; 2];
    rows[0][0] = 1.0;
    rows[1][1] = 1.0;
    SlotSettings {
        channels: [Some(0), Some(1)],
        rows,
        gain: 1.0,
        delay: Nanos::from_secs(delay),
        filter: Filter::Off,
        limit: false,
    }
}

fn run(case: Case) -> Outcome {
    let end = START_S + case.seconds;
    let mut world = World::new(case);
    let mut first = 0;
    loop {
        let due = 1.0 + first as f64 / f64::from(CARD_RATE) - 0.0107;
        if due > end {
            break;
        }
        while world.next_packet < due {
            world.packet();
        }
        world.callback(first);
        first += PERIOD;
    }
    world.outcome.depth_ms = world.arrivals.figures().depth.millis();
    world.outcome.learnt = world.arrivals.learnt();
    let outcome = &world.outcome;
    println!(
        "{:?} {:+} ppm {}: sound after {:.2} s; {:.1} ms from packet to converter ({:.1} ms from \
         the Echo's sample); change {:.3} ms from 10 s, {:.3} ms from 30 s; depth {:.0} ms; \
         silences {}, after 10 s {}; resyncs {}, growths {}",
        world.case.radio,
        world.case.ppm,
        if world.case.learnt.is_some() {
            "known"
        } else {
            "new"
        },
        outcome.began,
        outcome.after_packet() * 1e3,
        outcome.spans[0].most * 1e3,
        outcome.spans[0].change(),
        outcome.spans[1].change(),
        outcome.depth_ms,
        outcome.silences,
        outcome.late_silences,
        outcome.resyncs,
        outcome.growths,
    );
    world.outcome
}

fn seconds() -> f64 {
    if std::env::var_os("INPHASE_WHOLE_HOURS").is_some() {
        7200.0
    } else {
        300.0
    }
}

/// The bars for a radio whose bursts repeat.
fn judge(radio: Radio) {
    for ppm in [-150.0, 150.0] {
        let case = |learnt| Case {
            radio,
            ppm,
            learnt,
            seconds: seconds(),
            start: START_S,
        };
        let new = run(case(None));
        let known = run(case(new.learnt));
        for outcome in [&new, &known] {
            assert_eq!(outcome.late_silences, 0);
            assert!(
                outcome.after_packet() <= 0.080,
                "{}",
                outcome.after_packet()
            );
            let change = outcome.spans[0].change();
            assert!(change <= 1.0, "{change} ms");
        }
        assert_eq!(known.silences, 0);
    }
}

#[test]
fn five_five_twenty_does_not_move_latency() {
    judge(Radio::FiveFiveTwenty);
}

#[test]
fn clumps_do_not_move_latency() {
    judge(Radio::Clumps);
}

/// How clumps beat with packets depends on when the Echo happened to begin.
#[test]
fn clumps_do_not_move_latency_whenever_the_echo_begins() {
    for ppm in [-150.0, -40.0, 40.0, 150.0] {
        for phase in 0..6 {
            let outcome = run(Case {
                radio: Radio::Clumps,
                ppm,
                learnt: None,
                seconds: 120.0,
                start: START_S + 7.3e-3 * f64::from(phase),
            });
            assert_eq!(outcome.silences, 0);
            let change = outcome.spans[0].change();
            assert!(change <= 1.0, "{change} ms");
        }
    }
}

#[test]
fn deciding_about_packets_allocates_nothing() {
    let ladder = Ladder::new(Params::HIGH_QUALITY, 19, 535, 4);
    let mut coding = Adaptive::new(ladder);
    let mut pacing = Pacing::new(Rules::new(CARD_RATE), Nanos::ZERO);
    let mut watch = Watch::new();
    assert!(watch.joined(1, Nanos::ZERO) && watch.joined(2, Nanos::ZERO));
    let mut named = 0;
    assert_no_alloc::assert_no_alloc(|| {
        for millis in 0..5000 {
            let now = Nanos(millis * 1_000_000);
            let queued = if millis < 2000 { 0 } else { 3 };
            let step = coding.next(now, pacing.behind(now, queued, 512));
            let _step = pacing.step(now, queued, u32::from(step.frames) * 128);
            for member in 1..3 {
                let written = pacing.counts().sent;
                watch.look(
                    member,
                    Look {
                        at: now,
                        written,
                        queued,
                    },
                );
            }
            named += u32::from(watch.verdict(now).is_some());
        }
    });
    assert!(named > 0);
}

/// What has never been seen cannot be covered: the first rare spikes are heard, and
/// latency grows to what they need and no further.
#[test]
fn rare_spikes_are_covered_once_they_are_known() {
    let case = |learnt| Case {
        radio: Radio::Busy,
        ppm: 60.0,
        learnt,
        seconds: seconds(),
        start: START_S,
    };
    let new = run(case(None));
    assert!(new.silences <= 4 && new.growths <= 4, "{new:?}");
    assert!(new.depth_ms <= 31.0, "{new:?}");
    let known = run(case(new.learnt));
    assert_eq!(known.silences, 0);
    // Two spikes of the largest kind within two minutes come once in a while.
    assert!(known.growths <= 1, "{known:?}");
    assert!(known.spans[0].change() <= 1.5, "{known:?}");
}
