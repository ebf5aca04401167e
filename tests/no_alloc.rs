//! The audio threads never touch the heap: a lane, and a capture with lanes behind
//! it, go through everything that can happen to them under a guard that aborts the
//! process at the first allocation, reallocation or free.

#![allow(clippy::unwrap_used)]

use std::process::Command;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use inphase::devices::{Capture as _, Noise, StreamFormat};
use inphase::engine::{fan::fan, input::input};
use inphase::sync::feed::feed;
use inphase::sync::lane::{Filter, LaneCommand, LaneEvent, LaneReport, SlotSettings};
use inphase::sync::time::Nanos;
use lane_rig::{LaneRig, Spec, Stamps, tone};

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "support/lane_rig.rs"]
mod lane_rig;

#[global_allocator]
static GUARD: AllocDisabler = AllocDisabler;

/// Set in the child that is to break the rule.
const BREAK_IT: &str = "INPHASE_TEST_ALLOCATE";

#[test]
fn the_guard_aborts_at_an_allocation() {
    if std::env::var_os(BREAK_IT).is_some() {
        let grown = assert_no_alloc(|| vec![1u8; 4096]);
        assert_eq!(grown.len(), 4096);
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_guard_aborts_at_an_allocation"])
        .env(BREAK_IT, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&child.stderr);
    assert!(!child.status.success());
    assert!(told.contains("memory allocation of 4096 bytes"), "{told}");
}

/// A stereo lane whose every render is guarded, and what it told.
struct Guarded {
    rig: LaneRig,
    events: Vec<LaneEvent>,
    reports: Vec<LaneReport>,
    peak: f32,
}

impl Guarded {
    fn new(stamps: Stamps) -> Self {
        let mut rig = LaneRig::new(Spec {
            ppm: 80.0,
            frames: 256,
            channels: 2,
            stamps,
            signal: |frame, channel| tone(997 + 4 * u64::from(channel), frame),
        });
        rig.place(0, rig.settings());
        Self {
            rig,
            events: Vec::new(),
            reports: Vec::new(),
            peak: 0.0,
        }
    }

    /// Runs on; the source is late unless `feeding`.
    fn run(&mut self, seconds: f64, feeding: bool) {
        self.peak = 0.0;
        for _ in 0..(seconds * lane_rig::RATE) as usize / 256 {
            self.deaf(1, feeding);
            self.rig.handle.sweep();
            self.events
                .extend(std::iter::from_fn(|| self.rig.handle.event()));
            self.reports.extend(self.rig.handle.report());
        }
    }

    /// Runs on for some periods while nobody empties the lane's rings.
    fn deaf(&mut self, periods: usize, feeding: bool) {
        for _ in 0..periods {
            self.rig.prepare(feeding);
            let out = assert_no_alloc(|| self.rig.render());
            self.peak = out.iter().fold(self.peak, |peak, x| peak.max(x.abs()));
        }
    }

    fn change(&mut self, change: impl Fn(&mut SlotSettings)) {
        let mut settings = self.rig.settings();
        change(&mut settings);
        self.rig.set(0, settings);
    }

    fn send(&mut self, command: LaneCommand) {
        assert!(self.rig.handle.send(command));
    }

    fn xrun(&mut self) {
        assert_no_alloc(|| self.rig.xrun());
    }

    fn last(&self) -> &LaneReport {
        self.reports.last().unwrap()
    }

    fn told(&self, wanted: impl Fn(&LaneEvent) -> bool) -> bool {
        self.events.iter().any(wanted)
    }
}

#[test]
fn a_lane_plays_and_is_tuned_without_the_heap() {
    for stamps in [Stamps::Prompt, Stamps::Usb] {
        let mut lane = Guarded::new(stamps);
        lane.run(4.0, true);
        assert!((lane.peak - 0.5).abs() < 0.01, "{}", lane.peak);

        // A small delay glides, a large one cross-fades.
        lane.change(|to| to.delay = Nanos::from_millis(40.3));
        lane.run(0.2, true);
        lane.change(|to| to.delay = Nanos::from_millis(240.0));
        lane.run(0.02, true);
        lane.change(|to| to.delay = Nanos::from_millis(15.0));
        lane.run(0.5, true);
        assert!((lane.last().slots[0].unwrap().delay - 0.015).abs() < 1e-6);

        // Far too loud: armed, the limiter holds it at -1 dBFS.
        lane.change(|to| (to.gain, to.limit) = (4.0, true));
        lane.run(0.1, true);
        lane.run(0.5, true);
        assert!(lane.peak > 0.8 && lane.peak < 0.892, "{}", lane.peak);

        // Mono on one side, then swapped, then both behind a crossover.
        lane.change(|to| {
            to.rows[0][1] = 0.5;
            to.channels[1] = None;
        });
        lane.run(0.2, true);
        lane.change(|to| to.rows.swap(0, 1));
        lane.run(0.2, true);
        lane.change(|to| to.filter = Filter::LowPass(80.0));
        lane.run(0.2, true);
        lane.change(|to| to.filter = Filter::HighPass(80.0));
        lane.run(0.2, true);
        lane.change(|_| {});
        lane.run(0.2, true);
        lane.run(0.2, true);
        assert!((lane.peak - 0.5).abs() < 0.01, "{}", lane.peak);

        lane.send(LaneCommand::Identify(0));
        lane.run(0.05, true);
        assert!(lane.peak > 0.6, "{}", lane.peak);
        lane.run(0.2, true);
    }
}

#[test]
fn speakers_and_sources_come_and_go_without_the_heap() {
    let mut lane = Guarded::new(Stamps::Prompt);
    lane.run(2.0, true);
    let one_side = |lane: &Guarded| SlotSettings {
        channels: [Some(1), None],
        ..lane.rig.settings()
    };
    lane.rig.place(1, one_side(&lane));
    lane.run(0.2, true);
    assert!(lane.peak > 0.7, "{}", lane.peak);
    lane.rig.place(1, one_side(&lane));
    lane.run(0.2, true);
    lane.send(LaneCommand::Remove(1));
    // Out-of-range and empty slots are nothing to a lane.
    lane.rig.place(99, one_side(&lane));
    lane.send(LaneCommand::Remove(99));
    lane.send(LaneCommand::Identify(5));
    lane.run(0.2, true);
    assert!(lane.last().slots[1].is_none());

    let old = lane.rig.swap_intake();
    lane.run(0.5, true);
    assert!(old.is_abandoned() && lane.peak > 0.4 && lane.last().open);
    // Replaced before it was ever used.
    let old = [lane.rig.swap_intake(), lane.rig.swap_intake()];
    lane.run(0.5, true);
    assert!(
        old.iter()
            .all(inphase::sync::feed::FeedWriter::is_abandoned)
            && lane.last().open
    );

    lane.send(LaneCommand::Gate(false));
    lane.run(0.2, true);
    assert!(!lane.last().open);
    lane.send(LaneCommand::Gate(true));
    lane.send(LaneCommand::Lock(true));
    lane.run(0.5, true);
    assert!(lane.last().open && lane.last().locked);
}

#[test]
fn faults_cost_no_heap() {
    let mut lane = Guarded::new(Stamps::Prompt);
    lane.run(3.0, true);
    lane.run(0.5, false);
    assert!(lane.last().starved);
    lane.run(1.0, true);
    assert!(lane.told(|event| matches!(event, LaneEvent::Dropout { .. })));

    lane.rig.stall(0.7);
    lane.run(2.0, true);
    assert!(lane.told(|event| matches!(event, LaneEvent::Resync { .. })));

    lane.xrun();
    lane.rig.stall(0.02);
    lane.run(2.0, true);
    assert!(lane.told(|event| matches!(event, LaneEvent::Xrun { .. })));
    assert!(lane.last().open && lane.peak > 0.4);
}

#[test]
fn a_lane_that_nobody_listens_to_fills_its_rings_without_the_heap() {
    let mut lane = Guarded::new(Stamps::Prompt);
    lane.run(2.0, true);
    // 64 reports, events and replaced speakers fit; these are more of each.
    for _ in 0..100 {
        lane.xrun();
        lane.rig.place(1, lane.rig.settings());
        lane.deaf(8, true);
    }
    lane.run(2.0, true);
    assert!(lane.last().unreported >= 36, "{}", lane.last().unreported);
    assert!(lane.last().open);
}

#[test]
fn a_capture_feeds_three_lanes_without_the_heap() {
    let format = StreamFormat {
        rate: 48_000,
        channels: 2,
        period: 256,
        buffer: 1024,
        noise: Noise::OneSided,
        clock: None,
    };
    let (mut fan, mut handle) = fan();
    let mut readers = Vec::new();
    for id in 0..3 {
        let (writer, reader) = feed(2, 24_000);
        handle.add(id, writer);
        readers.push(reader);
    }
    fan.update();
    let (mut input, mut reports) = input(&format, None, fan);
    let block: Vec<f32> = (0..512).map(|i| tone(997, i / 2)).collect();
    let mut heard = [0u64; 3];
    let mut settled = false;
    for period in 0..2000u64 {
        match period {
            600 => handle.remove(1),
            700 => {
                let (writer, reader) = feed(2, 24_000);
                handle.add(1, writer);
                readers[1] = reader;
            }
            _ => {}
        }
        // Ten periods are lost in an overrun, later more than can be bridged.
        let lost = 10 * u64::from(period > 1000) + 600 * u64::from(period > 1500);
        let captured = Nanos::from_secs(1.0 + ((period + lost) * 256) as f64 / 48_000.0);
        let now = captured + Nanos::from_millis(5.4);
        assert_no_alloc(|| {
            if period == 1001 || period == 1501 {
                input.xrun();
            }
            input.capture(now, captured, &block);
        });
        settled |= reports.pop().is_ok_and(|report| report.settled);
        handle.sweep();
        // The third lane does not read: its feed fills up and stays full.
        for (reader, heard) in readers.iter_mut().zip(&mut heard).take(2) {
            while let Some(chunk) = reader.next(|_, _| ()) {
                *heard += u64::from(chunk.frames);
            }
        }
    }
    assert!(settled);
    let played = 2000 * 256;
    assert!(heard[0] > played * 8 / 10, "{heard:?}");
    assert!(
        heard[1] > heard[0] / 2 && heard[1] < heard[0] - 90 * 256,
        "{heard:?}"
    );
}
