//! Runs a scenario: virtual devices ask for sound, players answer, and the
//! meter hears the result, all in virtual time. Equal scenarios give equal
//! outcomes on every machine. No allocation per callback.

mod desk;
mod setup;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::device::Wake;
use super::meter::{Heard, Meter, WARM_UP};
use super::outcome::Outcome;
use super::player::{Block, Player, Task, Workshop};
use super::scenario::{Audio, EditSpec, FaultKind, FaultSpec, Scenario, SpeakerSpec};
use super::source::{Source, Tone};
use crate::sync::clock::{Clock, Noise};
use crate::sync::time::{Line, Nanos};
use desk::Desk;
use setup::{edits, excuses, faults, source, target_s};

/// Runs a scenario that [`Scenario::check`] accepts, on the engine's lanes.
#[must_use]
pub fn run(scenario: &Scenario) -> Outcome {
    run_guarded(scenario, &mut |work| work())
}

/// The same, with every piece of real-time work handed to `guard` to be run:
/// tests let it watch for allocations.
#[must_use]
pub fn run_guarded(scenario: &Scenario, guard: Guard<'_>) -> Outcome {
    let mut workshop = Workshop::default();
    let make =
        |spec: &SpeakerSpec, scenario: &Scenario, task: &Task| workshop.build(spec, scenario, task);
    run_with(scenario, make, guard)
}

/// Runs the work it is given, once.
pub type Guard<'a> = &'a mut dyn FnMut(&mut dyn FnMut());

/// Runs a scenario that [`Scenario::check`] accepts, with a player made by
/// `make` for every stream that is opened.
fn run_with<P: Player>(
    scenario: &Scenario,
    make: impl FnMut(&SpeakerSpec, &Scenario, &Task) -> P,
    guard: Guard<'_>,
) -> Outcome {
    let mut world = World::new(scenario, make, guard);
    world.run();
    world.outcome()
}

/// The first frame of a file is due here, seconds: until then clocks are learnt.
const START: f64 = 2.0;
/// A file is read this far ahead, seconds.
const AHEAD: f64 = 0.2;

/// What happens next; the order breaks ties, so that runs are repeatable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Source,
    Fault(usize),
    Reopen(usize),
    Edit(usize),
    Wake { desk: usize, generation: u32 },
    Second,
}

struct World<'a, P, F> {
    scenario: &'a Scenario,
    make: F,
    guard: Guard<'a>,
    desks: Vec<Desk<P>>,
    source: Source,
    source_clock: Clock,
    tone: Tone,
    material: Vec<f32>,
    faults: Vec<(usize, FaultSpec)>,
    edits: Vec<(usize, EditSpec)>,
    queue: BinaryHeap<Reverse<(i64, What)>>,
    meter: Meter,
    target_s: f64,
    callbacks: u64,
    rendered: u64,
}

impl<'a, P, F> World<'a, P, F>
where
    P: Player,
    F: FnMut(&SpeakerSpec, &Scenario, &Task) -> P,
{
    fn new(scenario: &'a Scenario, make: F, guard: Guard<'a>) -> Self {
        let specs = scenario.speakers();
        let faults = faults(scenario, &specs);
        let edits = edits(scenario, &specs);
        let desks: Vec<Desk<P>> = specs
            .into_iter()
            .enumerate()
            .map(|(index, spec)| Desk::new(index, spec, scenario, &faults))
            .collect();
        let source = source(scenario);
        let target_s = target_s(scenario, &desks, &source);
        let meter = Meter::new(desks.len(), &excuses(&faults, &edits), scenario.seconds);
        let rate = f64::from(scenario.source.rate);
        let samples = scenario.source.period as usize * usize::from(scenario.source.channels);
        Self {
            scenario,
            make,
            guard,
            source_clock: Clock::new(rate, Noise::TwoSided, None),
            tone: Tone {
                hz: scenario.sine_hz,
                amplitude: 10.0_f64.powf(scenario.level_db / 20.0),
                rate,
            },
            material: vec![0.0; samples],
            queue: BinaryHeap::with_capacity(2 * desks.len() + faults.len() + 64),
            desks,
            source,
            faults,
            edits,
            meter,
            target_s,
            callbacks: 0,
            rendered: 0,
        }
    }

    fn run(&mut self) {
        for desk in 0..self.desks.len() {
            self.open(desk, 0.001 + desk as f64 * 0.0007);
        }
        self.push(self.source.next_wake(), What::Source);
        self.push(1.0, What::Second);
        for index in 0..self.faults.len() {
            self.push(self.faults[index].1.at, What::Fault(index));
        }
        if let Some((_, first)) = self.edits.first() {
            self.push(first.at, What::Edit(0));
        }
        let end = nanos(self.scenario.seconds);
        while let Some(Reverse((time, what))) = self.queue.pop() {
            if time >= end {
                break;
            }
            let now = time as f64 * 1e-9;
            self.meter.advance(now);
            match what {
                What::Source => self.deliver(now),
                What::Fault(index) => self.fault(index, now),
                What::Reopen(desk) => self.open(desk, now),
                What::Edit(index) => self.edit(index),
                What::Wake { desk, generation } => self.wake(desk, generation, time),
                What::Second => self.second(now),
            }
        }
    }

    fn push(&mut self, time: f64, what: What) {
        if time.is_finite() {
            self.queue.push(Reverse((nanos(time), what)));
        }
    }

    fn open(&mut self, index: usize, now: f64) {
        let desk = &mut self.desks[index];
        if now < desk.away_until {
            self.push(now + self.scenario.reopen_s, What::Reopen(index));
            return;
        }
        let task = Task {
            target: Nanos::from_secs(self.target_s),
            air: Nanos::from_secs(desk.air_s),
            trim: Nanos::from_secs(desk.trim_s),
            start: Nanos::from_secs(START + self.target_s),
            prior: desk.prior,
        };
        desk.player = Some((self.make)(&desk.spec, self.scenario, &task));
        desk.device.open(now);
        desk.generation += 1;
        desk.edge = None;
        desk.last = None;
        let generation = desk.generation;
        let next = desk.device.next_wake();
        self.push(
            next,
            What::Wake {
                desk: index,
                generation,
            },
        );
    }

    fn deliver(&mut self, now: f64) {
        let period = self.source.wake();
        let line = if self.source.has_clock() {
            self.source_clock.observe(period.stamp);
            self.source_clock.line().unwrap_or(Line {
                at: period.stamp.time,
                frame: period.stamp.frame as f64,
                rate: self.tone.rate,
            })
        } else {
            self.source.nominal()
        };
        let samples = if self.is_sounding(now) {
            let channels = self.scenario.source.channels;
            self.tone.write(period.first, channels, &mut self.material);
            &self.material[..]
        } else {
            &[]
        };
        for desk in &mut self.desks {
            if let Some(player) = &mut desk.player {
                player.feed(&period, line, samples);
            }
        }
        let next = self.source.next_wake();
        self.push(next.max(now), What::Source);
    }

    fn fault(&mut self, index: usize, now: f64) {
        let (who, fault) = &self.faults[index];
        let (who, back) = (*who, fault.at + fault.length);
        let desk = &mut self.desks[who];
        match fault.kind {
            // The crystal knows from the beginning.
            FaultKind::Stall => {}
            FaultKind::Freeze => desk.device.delay_wake(back),
            FaultKind::Vanish | FaultKind::Busy => {
                desk.device.close();
                desk.prior = desk
                    .player
                    .take()
                    .and_then(|mut player| player.ppm())
                    .or(desk.prior);
                desk.away_until = back;
                desk.generation += 1;
                self.meter.cut(who, now);
                self.push(now + self.scenario.reopen_s, What::Reopen(who));
            }
        }
    }

    fn edit(&mut self, index: usize) {
        let (who, edit) = &self.edits[index];
        let desk = &mut self.desks[*who];
        desk.trim_s = edit.trim_us * 1e-6;
        if let Some(player) = &mut desk.player {
            player.trim(Nanos::from_micros(edit.trim_us));
        }
        if let Some((_, next)) = self.edits.get(index + 1) {
            self.push(next.at, What::Edit(index + 1));
        }
    }

    fn second(&mut self, now: f64) {
        for desk in &mut self.desks {
            let Some(learnt) = desk.player.as_mut().and_then(Player::ppm) else {
                continue;
            };
            desk.prior = Some(learnt);
            if now >= WARM_UP {
                let error = learnt.0 - desk.device.crystal().ppm_at(now);
                desk.ppm_squares += error * error;
                desk.ppm_count += 1;
            }
        }
        self.push(now + 1.0, What::Second);
    }

    fn wake(&mut self, index: usize, generation: u32, time: i64) {
        let now = time as f64 * 1e-9;
        let desk = &mut self.desks[index];
        if desk.generation != generation {
            return;
        }
        if nanos(desk.device.next_wake()) <= time {
            match desk.device.wake(now) {
                Wake::Callback {
                    first,
                    frames,
                    delay,
                } => {
                    self.callbacks += 1;
                    self.serve(index, Nanos(time), first, frames, delay);
                }
                Wake::Xrun => {
                    desk.xruns += 1;
                    desk.edge = None;
                    desk.last = None;
                    if let Some(player) = &mut desk.player {
                        (self.guard)(&mut || player.xrun());
                    }
                }
                Wake::Wait => {}
            }
        }
        let next = self.desks[index].device.next_wake();
        self.push(
            next,
            What::Wake {
                desk: index,
                generation,
            },
        );
    }

    fn serve(&mut self, index: usize, now: Nanos, first: u64, frames: usize, delay: Nanos) {
        let rendering = self.is_rendering(now.secs());
        let desk = &mut self.desks[index];
        let Some(player) = &mut desk.player else {
            return;
        };
        let mut block = Block::default();
        (self.guard)(&mut || block = player.plan(now, delay, frames));
        let Some((from, to)) = desk.heard(first, frames) else {
            return;
        };
        let heard = Heard {
            from,
            to,
            frames,
            start: block.start,
            step: block.step,
            sounding: block.sounding,
        };
        let (source, late) = (&self.source, self.target_s + desk.trim_s);
        let rate = f64::from(desk.spec.rate);
        self.meter.hear(index, &heard, rate, |position| {
            source.time_of(position) + late
        });
        if rendering == Rendering::No {
            desk.last = None;
            return;
        }
        desk.render(frames, self.guard);
        if rendering == Rendering::Settling || self.meter.in_fault(index, from, to) {
            desk.last = None;
            return;
        }
        self.rendered += frames as u64;
        let silent = desk.listen(frames, self.tone.largest_step(rate));
        if silent && block.sounding {
            self.meter.silent(index, from, to, frames);
        }
    }

    /// Whether material delivered now must have samples.
    fn is_sounding(&self, now: f64) -> bool {
        match self.scenario.audio {
            Audio::Off => false,
            Audio::Spot => spot(now + SPOT_LEAD) < SPOT_LEAD + SPOT + 1.0,
            Audio::Full => true,
        }
    }

    fn is_rendering(&self, now: f64) -> Rendering {
        match self.scenario.audio {
            Audio::Off => Rendering::No,
            Audio::Full => Rendering::Yes,
            Audio::Spot if spot(now) < SPOT_SETTLE => Rendering::Settling,
            Audio::Spot if spot(now) < SPOT_SETTLE + SPOT => Rendering::Yes,
            Audio::Spot => Rendering::No,
        }
    }

    fn outcome(&self) -> Outcome {
        let end = self.scenario.seconds;
        let speakers: Vec<_> = self
            .desks
            .iter()
            .enumerate()
            .map(|(index, desk)| desk.outcome(self.meter.speaker(index), end))
            .collect();
        let (trim_settled_s, trims_unsettled) = self.meter.trims();
        Outcome {
            scenario: self.scenario.name.clone(),
            seconds: end,
            target_ms: self.target_s * 1e3,
            callbacks: self.callbacks,
            spread_us: self.meter.spread(),
            start_spread_us: self.meter.start_spread(),
            lost_frames: speakers.iter().map(|s| s.lost_frames).sum(),
            lost_at_start: speakers.iter().map(|s| s.lost_at_start).sum(),
            clicks: speakers.iter().map(|s| s.clicks).sum(),
            steepest: self.desks.iter().map(|d| d.steepest).fold(0.0, f64::max),
            rendered_frames: self.rendered,
            faults: self
                .meter
                .recoveries(|index| self.desks[index].spec.name.clone()),
            speakers,
            trim_settled_s,
            trims_unsettled,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rendering {
    No,
    /// Rendered, but filters still hold old material.
    Settling,
    Yes,
}

/// One second is rendered in every sixty, the first one at second 20.
const SPOT: f64 = 1.0;
const SPOT_SETTLE: f64 = 0.1;
/// Material must sound this long before: longer than any path.
const SPOT_LEAD: f64 = 4.0;

fn spot(time: f64) -> f64 {
    (time - 20.0).rem_euclid(60.0)
}

/// To the next whole nanosecond, so that nothing is looked at too early.
fn nanos(seconds: f64) -> i64 {
    (seconds * 1e9).ceil() as i64
}
