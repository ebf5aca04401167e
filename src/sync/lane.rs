//! The real-time path of one output device: feed → clock and servo →
//! interpolation → role, delay, gain → device buffer.
//!
//! [`Lane::render`] is called from the device's own thread. It never blocks,
//! allocates, frees, locks or logs; commands come and reports leave through
//! rings, and what must be freed goes home in one. The control side holds the
//! [`LaneHandle`].

mod messages;
mod plan;
mod slot;

#[cfg(test)]
mod tests;

use rtrb::{Consumer, Producer, RingBuffer};

pub use messages::{LaneCommand, LaneEvent, LaneReport, SlotReport};
pub use plan::{Plan, SlotPlan, Voice};
pub use slot::{Filter, ROW, SlotSettings};

use super::clock::{Clock, Noise};
use super::glide::smooth;
use super::intake::Intake;
use super::servo::{Servo, Track};
use super::time::{Nanos, Ppm, Stamp};
use slot::{Slot, With};

/// Speakers on one device at most: a pair each on a 32-channel interface.
pub const MAX_SLOTS: usize = 16;

/// What a lane is built for.
#[derive(Debug, Clone)]
pub struct LaneConfig {
    /// Device frames per second.
    pub rate: u32,
    /// Channels of the device's interleaved buffer.
    pub channels: u16,
    /// Most frames a callback may ask for; more are rendered in pieces.
    pub max_frames: usize,
    /// How the device's stamps scatter.
    pub noise: Noise,
    /// The crystal's rate as measured last time.
    pub prior: Option<Ppm>,
    /// The identify sound at the device's rate, mono.
    pub chirp: Box<[f32]>,
}

/// The real-time side.
#[derive(Debug)]
pub struct Lane {
    config: LaneConfig,
    clock: Clock,
    servo: Servo,
    intake: Option<Box<Intake>>,
    pending: Option<Box<Intake>>,
    slots: [Option<Box<Slot>>; MAX_SLOTS],
    scratch: Box<[f32]>,
    written: u64,
    relocks: u32,
    /// The user lets it sound.
    gate: bool,
    /// 0 = silent, 1 = open.
    fade: f64,
    /// Silent because the source is late since then.
    starved: Option<Nanos>,
    /// Must fall silent to jump.
    jump: bool,
    now: Nanos,
    report: messages::Collector,
    commands: Consumer<LaneCommand>,
    reports: Producer<LaneReport>,
    events: Producer<LaneEvent>,
    garbage: Producer<Garbage>,
}

/// The control side. Dropping it does not stop the lane.
#[derive(Debug)]
pub struct LaneHandle {
    commands: Producer<LaneCommand>,
    reports: Consumer<LaneReport>,
    events: Consumer<LaneEvent>,
    garbage: Consumer<Garbage>,
}

/// What the lane sends home to be freed.
#[derive(Debug)]
#[allow(dead_code, reason = "held only to be dropped on the control side")]
enum Garbage {
    Intake(Box<Intake>),
    Slot(Box<Slot>),
}

/// Builds both sides.
#[must_use]
pub fn lane(config: LaneConfig) -> (Lane, LaneHandle) {
    let (command_in, command_out) = RingBuffer::new(256);
    let (report_in, report_out) = RingBuffer::new(64);
    let (event_in, event_out) = RingBuffer::new(64);
    let (garbage_in, garbage_out) = RingBuffer::new(64);
    let lane = Lane {
        clock: Clock::new(f64::from(config.rate), config.noise, config.prior),
        servo: Servo::default(),
        intake: None,
        pending: None,
        slots: Default::default(),
        scratch: vec![0.0; config.max_frames * 2].into_boxed_slice(),
        written: 0,
        relocks: 0,
        gate: false,
        fade: 0.0,
        starved: None,
        jump: false,
        now: Nanos::ZERO,
        report: messages::Collector::default(),
        config,
        commands: command_out,
        reports: report_in,
        events: event_in,
        garbage: garbage_in,
    };
    let handle = LaneHandle {
        commands: command_in,
        reports: report_out,
        events: event_out,
        garbage: garbage_out,
    };
    (lane, handle)
}

impl LaneHandle {
    /// Sends a command; `false` when the lane has not read for long.
    pub fn send(&mut self, command: LaneCommand) -> bool {
        self.commands.push(command).is_ok()
    }

    /// Puts a speaker on the lane, or changes it.
    pub fn slot(&mut self, index: usize, settings: SlotSettings, rate: u32) -> bool {
        self.send(LaneCommand::Place(
            index,
            Box::new(Slot::new(settings, rate)),
        ))
    }

    /// The newest report, if there is a new one.
    pub fn report(&mut self) -> Option<LaneReport> {
        let mut newest = None;
        while let Ok(report) = self.reports.pop() {
            newest = Some(report);
        }
        newest
    }

    /// The oldest untold event.
    pub fn event(&mut self) -> Option<LaneEvent> {
        self.events.pop().ok()
    }

    /// Frees what the lane has sent home.
    pub fn sweep(&mut self) {
        while self.garbage.pop().is_ok() {}
    }

    /// Whether the lane is gone (its stream was closed).
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.commands.is_abandoned()
    }
}

impl Lane {
    /// Fills `out`, interleaved. Its first frame will be at the converter at
    /// `now + delay`. Every sample is written.
    pub fn render(&mut self, now: Nanos, delay: Nanos, out: &mut [f32]) {
        let channels = usize::from(self.config.channels);
        let rate = f64::from(self.config.rate);
        let piece = self.config.max_frames * channels;
        let mut ahead = delay;
        for out in out.chunks_mut(piece) {
            let frames = out.len() / channels;
            let plan = self.plan(now, ahead, frames);
            self.fill(&plan, out);
            ahead += Nanos::from_secs(frames as f64 / rate);
        }
    }

    /// Decides what the next `frames` frames read, without making sound.
    pub fn plan(&mut self, now: Nanos, delay: Nanos, frames: usize) -> Plan {
        self.now = now;
        self.take_commands();
        self.swap_intake();
        let first = self.written;
        self.clock.observe(Stamp {
            frame: first,
            time: now + delay,
        });
        self.watch_clock();
        let track = self.track(first, frames);
        self.written += frames as u64;
        let plan = self.lay_out(first, frames, track);
        self.report.block(now, delay, &plan, &self.config);
        self.send_report(&plan);
        plan
    }

    /// Makes the sound of a plan. `out` holds `plan.frames` frames.
    pub fn fill(&mut self, plan: &Plan, out: &mut [f32]) {
        out.fill(0.0);
        let Some(intake) = &self.intake else { return };
        for (slot, place) in self.slots.iter_mut().zip(&plan.slots) {
            let Some(slot) = slot else { continue };
            let mut with = With {
                chirp: &self.config.chirp,
                scratch: &mut self.scratch,
                out: &mut *out,
                channels: usize::from(self.config.channels),
            };
            slot.fill(intake, plan, place.as_ref(), &mut with);
        }
    }

    /// The device ran dry and was restarted: where its frames are must be
    /// learnt anew.
    pub fn xrun(&mut self) {
        self.clock.restart();
        self.emit(LaneEvent::Xrun { at: self.now });
    }

    fn take_commands(&mut self) {
        while let Ok(command) = self.commands.pop() {
            match command {
                LaneCommand::Intake(intake) => {
                    if let Some(old) = self.pending.replace(intake) {
                        self.send_home(Garbage::Intake(old));
                    }
                }
                LaneCommand::Place(index, slot) => self.place(index, Some(slot)),
                LaneCommand::Set(index, settings) => {
                    if let Some(Some(slot)) = self.slots.get_mut(index) {
                        slot.set(settings);
                    }
                }
                LaneCommand::Remove(index) => self.place(index, None),
                LaneCommand::Gate(open) => self.gate = open,
                LaneCommand::Lock(locked) => {
                    if self.servo.is_locked() != locked {
                        self.servo.lock(locked);
                        self.jump = true;
                    }
                }
                LaneCommand::Identify(index) => {
                    if let Some(Some(slot)) = self.slots.get_mut(index) {
                        slot.identify();
                    }
                }
            }
        }
    }

    fn place(&mut self, index: usize, slot: Option<Box<Slot>>) {
        let Some(place) = self.slots.get_mut(index) else {
            if let Some(slot) = slot {
                self.send_home(Garbage::Slot(slot));
            }
            return;
        };
        if let Some(old) = std::mem::replace(place, slot) {
            self.send_home(Garbage::Slot(old));
        }
    }

    fn swap_intake(&mut self) {
        if self.fade == 0.0
            && let Some(new) = self.pending.take()
        {
            self.servo.release();
            self.starved = None;
            if let Some(old) = self.intake.replace(new) {
                self.send_home(Garbage::Intake(old));
            }
        }
        if let Some(intake) = &mut self.intake {
            intake.absorb();
        }
        if let Some(pending) = &mut self.pending {
            pending.absorb();
        }
    }

    /// Sends an object home; should the ring be full it is leaked rather than
    /// freed here.
    fn send_home(&mut self, garbage: Garbage) {
        if let Err(rtrb::PushError::Full(garbage)) = self.garbage.push(garbage) {
            std::mem::forget(garbage);
        }
    }

    fn watch_clock(&mut self) {
        if self.clock.relocks() != self.relocks {
            self.relocks = self.clock.relocks();
            self.jump = true;
        }
    }

    /// The block's base positions, before any speaker's delay.
    fn track(&mut self, first: u64, frames: usize) -> Option<Track> {
        let device = self.clock.line()?;
        let source = self.intake.as_ref()?.line()?;
        if self.fade == 0.0 {
            self.servo.release();
            if self.jump {
                self.jump = false;
                self.report.jumped = true;
            }
        }
        let track = self.servo.advance(&device, &source, first, frames);
        if track.late.abs() > JUMP {
            self.jump = true;
            self.report.by = track.late;
        }
        Some(track)
    }

    fn lay_out(&mut self, first: u64, frames: usize, track: Option<Track>) -> Plan {
        let rate = f64::from(self.config.rate);
        let seconds = frames as f64 / rate;
        let mut plan = Plan::silent(first, frames);
        let (Some(track), Some(intake)) = (track, &self.intake) else {
            self.fade = 0.0;
            return plan;
        };
        let silent = self.fade == 0.0;
        plan.track = track;
        plan.lay_voices(
            &mut self.slots,
            track,
            intake.rate(),
            seconds,
            silent,
            self.servo.is_locked(),
        );
        let wanted = plan.wanted(intake.half());
        let usable = usable_frames(&wanted, intake, frames, track.step);
        plan.slack = (intake.end() as f64 - wanted.last) / f64::from(intake.rate());
        self.fade_block(
            &mut plan,
            seconds,
            usable,
            wanted.first >= intake.start() as f64,
        );
        plan
    }

    fn fade_block(&mut self, plan: &mut Plan, seconds: f64, usable: usize, reaches_back: bool) {
        let enough = usable >= plan.frames;
        let open = self.gate
            && !self.jump
            && self.pending.is_none()
            // Once open, doubt alone closes nothing: only a jump does.
            && (self.clock.settled() || self.fade > 0.0)
            && enough
            && (reaches_back || self.fade > 0.0);
        plan.fade_from = smooth(self.fade) as f32;
        if self.fade > 0.0 && !enough {
            plan.until = usable.min(plan.frames);
            self.fade = 0.0;
            self.starved = Some(self.now);
        } else if open {
            if self.fade == 0.0 {
                self.opened();
            }
            self.fade = (self.fade + seconds / FADE_IN).min(1.0);
        } else {
            self.fade = (self.fade - seconds / FADE_OUT).max(0.0);
        }
        plan.fade_to = smooth(self.fade) as f32;
        plan.sounding = plan.fade_from > 0.0 || plan.fade_to > 0.0;
    }

    fn opened(&mut self) {
        if let Some(since) = self.starved.take() {
            let length = self.now - since;
            self.emit(LaneEvent::Dropout { at: since, length });
        }
        if std::mem::take(&mut self.report.jumped) {
            let by = Nanos::from_secs(std::mem::take(&mut self.report.by));
            self.emit(LaneEvent::Resync { at: self.now, by });
        }
    }

    fn emit(&mut self, event: LaneEvent) {
        if self.events.push(event).is_err() {
            self.report.unreported += 1;
        }
    }

    fn send_report(&mut self, plan: &Plan) {
        if !self.report.is_due(f64::from(self.config.rate)) {
            return;
        }
        let mut report = self.report.take();
        report.ppm = self.clock.ppm();
        report.ppm_sd = self.clock.ppm_sd();
        report.clock_sd = self.clock.sd();
        report.jitter = self.clock.jitter();
        report.settled = self.clock.settled();
        report.open = self.fade > 0.0;
        report.locked = self.servo.is_locked();
        report.starved = self.starved.is_some();
        let source = self
            .intake
            .as_ref()
            .map_or(1.0, |intake| f64::from(intake.rate()));
        report.ratio = Ppm((plan.track.step * f64::from(self.config.rate) / source - 1.0) * 1e6);
        for (slot, of) in self.slots.iter().zip(&mut report.slots) {
            *of = slot.as_ref().map(|slot| slot.report());
        }
        let _ = self.reports.push(report);
    }
}

/// How many frames of the block the source's data covers.
fn usable_frames(wanted: &plan::Wanted, intake: &Intake, frames: usize, step: f64) -> usize {
    let spare = intake.end() as f64 - wanted.last;
    let more = (spare / step).floor();
    (frames as f64 + more).max(0.0) as usize
}

/// Beyond this the lane jumps under a short silence instead of pulling.
const JUMP: f64 = 0.5e-3;
/// Seconds to full sound.
const FADE_IN: f64 = 10e-3;
/// Seconds to silence.
const FADE_OUT: f64 = 10e-3;
