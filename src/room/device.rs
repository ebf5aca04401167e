//! A virtual output device that behaves as an ALSA card does: it asks for a
//! period when there is room for one, plays with its own crystal, reports its
//! delay as exactly or badly as told, runs dry when it is served late, and
//! knows the true time every frame leaves its converter.
//!
//! No clock is read here: the caller says what time it is, virtual or real.

use serde::{Deserialize, Serialize};

use super::chance::Chance;
use super::crystal::Crystal;
use crate::sync::time::Nanos;

/// How a device's delay report differs from the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DelayError {
    /// Off by a whole number of frames, at most this many, all equally likely;
    /// 0 = exact.
    Frames(f64),
    /// The pointer is rounded to the nearest step of this many milliseconds.
    QuantisedMs(f64),
    /// The pointer is that of the last step of this many milliseconds, so
    /// frames seem to be later than they are.
    StaleMs(f64),
    /// The delay is always the one at the exact end of a period, so a late
    /// callback makes frames seem late.
    Nominal,
}

impl Default for DelayError {
    fn default() -> Self {
        Self::Frames(1.0)
    }
}

/// The make of a device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceSpec {
    /// Frames per second by its own crystal.
    pub rate: u32,
    /// Frames per callback.
    pub period: u32,
    /// Frames it holds; a multiple of the period, at least two.
    pub buffer: u32,
    /// Error of the delay reports.
    pub delay_error: DelayError,
    /// Callbacks come 0 to this many seconds after there is room.
    pub jitter_s: f64,
    /// Latency after the converter that is part of the delay report, seconds.
    pub reported_s: f64,
    /// Latency after the converter that nobody is told, seconds.
    pub hidden_s: f64,
}

/// What happens when a device is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// It takes one period, now.
    Callback {
        /// Index of the first frame since the stream was opened.
        first: u64,
        /// How many frames.
        frames: usize,
        /// Until the first frame is at the converter, as the device reports.
        delay: Nanos,
    },
    /// It ran dry and starts again with the next callbacks.
    Xrun,
    /// There is no room yet.
    Wait,
}

/// A virtual output device.
#[derive(Debug, Clone)]
pub struct Device {
    spec: DeviceSpec,
    crystal: Crystal,
    chance: Chance,
    phase: Phase,
    written: u64,
    next: f64,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Closed,
    /// Taking periods until the buffer is full; frame `base` plays at `start`.
    Filling {
        base: u64,
        start: f64,
    },
    /// Frame `base` played when the crystal had counted `origin` seconds.
    Running {
        base: u64,
        origin: f64,
    },
}

/// Time a card takes from one period to the next while its buffer is filled.
const FILL_STEP: f64 = 20e-6;

impl Device {
    /// A closed device.
    #[must_use]
    pub fn new(spec: DeviceSpec, crystal: Crystal, chance: Chance) -> Self {
        Self {
            spec,
            crystal,
            chance,
            phase: Phase::Closed,
            written: 0,
            next: f64::INFINITY,
        }
    }

    /// Its make.
    #[must_use]
    pub fn spec(&self) -> &DeviceSpec {
        &self.spec
    }

    /// Its crystal.
    #[must_use]
    pub fn crystal(&self) -> &Crystal {
        &self.crystal
    }

    /// Its crystal, to stall it.
    pub fn crystal_mut(&mut self) -> &mut Crystal {
        &mut self.crystal
    }

    /// A new stream at `now`: frames count from zero.
    pub fn open(&mut self, now: f64) {
        self.written = 0;
        self.refill(now);
    }

    /// Ends the stream; what is in the buffer is not played.
    pub fn close(&mut self) {
        self.phase = Phase::Closed;
        self.next = f64::INFINITY;
    }

    /// When to call [`Device::wake`] next; infinite while closed.
    #[must_use]
    pub fn next_wake(&self) -> f64 {
        self.next
    }

    /// Puts the next look at the device off to `time`, as a frozen thread does.
    pub fn delay_wake(&mut self, time: f64) {
        self.next = self.next.max(time);
    }

    /// Looks at the device at `now`. Late calls are fine: it runs dry then.
    pub fn wake(&mut self, now: f64) -> Wake {
        match self.phase {
            Phase::Closed => Wake::Wait,
            Phase::Filling { base, start } => self.fill(base, start, now),
            Phase::Running { .. } => self.serve(now),
        }
    }

    /// When the (fractional) frame leaves the converter, true time in seconds;
    /// `None` while closed. Right for frames written since the last underrun.
    #[must_use]
    pub fn converter_time(&self, frame: f64) -> Option<f64> {
        let (base, origin) = match self.phase {
            Phase::Closed => return None,
            Phase::Filling { base, start } => (base, self.crystal.counted(start)),
            Phase::Running { base, origin } => (base, origin),
        };
        let seconds = (frame - base as f64) / f64::from(self.spec.rate);
        Some(self.crystal.time_of(origin + seconds))
    }

    fn refill(&mut self, now: f64) {
        let periods = self.spec.buffer / self.spec.period;
        self.phase = Phase::Filling {
            base: self.written,
            start: now + f64::from(periods) * FILL_STEP,
        };
        self.next = now;
    }

    fn fill(&mut self, base: u64, start: f64, now: f64) -> Wake {
        let first = self.written;
        let held = (first - base) as f64 / f64::from(self.spec.rate);
        self.written += u64::from(self.spec.period);
        self.next = now + FILL_STEP;
        if self.written - base >= u64::from(self.spec.buffer) {
            let start = start.max(now);
            self.phase = Phase::Running {
                base,
                origin: self.crystal.counted(start),
            };
            self.plan_wake(now);
        }
        Wake::Callback {
            first,
            frames: self.spec.period as usize,
            delay: Nanos::from_secs(held + self.spec.reported_s),
        }
    }

    fn serve(&mut self, now: f64) -> Wake {
        let queued = self.queued(now);
        if queued < 0.0 {
            self.refill(now);
            return Wake::Xrun;
        }
        // A thousandth of a frame forgives the rounding of the wake-up time.
        if queued + f64::from(self.spec.period) > f64::from(self.spec.buffer) + 1e-3 {
            self.plan_wake(now);
            return Wake::Wait;
        }
        let first = self.written;
        let delay = self.report(queued) / f64::from(self.spec.rate) + self.spec.reported_s;
        self.written += u64::from(self.spec.period);
        self.plan_wake(now);
        Wake::Callback {
            first,
            frames: self.spec.period as usize,
            delay: Nanos::from_secs(delay),
        }
    }

    /// Frames written and not yet played; negative when it ran dry.
    fn queued(&self, now: f64) -> f64 {
        match self.phase {
            Phase::Closed => 0.0,
            Phase::Filling { base, .. } => (self.written - base) as f64,
            Phase::Running { base, origin } => {
                let played = (self.crystal.counted(now) - origin) * f64::from(self.spec.rate);
                (self.written - base) as f64 - played.max(0.0)
            }
        }
    }

    fn plan_wake(&mut self, now: f64) {
        let room = f64::from(self.spec.buffer - self.spec.period);
        let due = self
            .converter_time(self.written as f64 - room)
            .unwrap_or(f64::INFINITY);
        let late = self.chance.between(0.0, self.spec.jitter_s);
        self.next = (due + late).max(now);
    }

    /// The delay in frames as the device reports it.
    fn report(&mut self, queued: f64) -> f64 {
        let rate = f64::from(self.spec.rate);
        let on_grid = |milliseconds: f64, round: fn(f64) -> f64| {
            let step = (rate * milliseconds * 1e-3).max(1e-9);
            let written = self.written as f64;
            written - round((written - queued) / step) * step
        };
        match self.spec.delay_error {
            DelayError::Frames(0.0) => queued,
            DelayError::Frames(most) => {
                let off = self.chance.between(-most - 0.5, most + 0.5).round();
                queued + off.clamp(-most, most)
            }
            DelayError::QuantisedMs(step) => on_grid(step, f64::round),
            DelayError::StaleMs(step) => on_grid(step, f64::floor),
            DelayError::Nominal => f64::from(self.spec.buffer - self.spec.period),
        }
        .max(0.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::room::crystal::CrystalSpec;

    fn spec() -> DeviceSpec {
        DeviceSpec {
            rate: 48_000,
            period: 256,
            buffer: 512,
            delay_error: DelayError::Frames(0.0),
            jitter_s: 0.0,
            reported_s: 0.0,
            hidden_s: 0.0,
        }
    }

    fn device(spec: DeviceSpec, ppm: f64) -> Device {
        let mut chance = Chance::new(5, 0);
        let crystal = Crystal::new(
            &CrystalSpec {
                ppm,
                ..CrystalSpec::default()
            },
            &mut chance,
        );
        Device::new(spec, crystal, chance)
    }

    /// Runs until `end`; gives the error of the stamp in frames per callback.
    /// A delay in frames is turned into time at the nominal rate, as real
    /// devices force us to: 256 frames at 100 ppm are 0.026 frames off.
    fn errors(device: &mut Device, end: f64) -> Vec<f64> {
        let mut found = Vec::new();
        device.open(1.0);
        while device.next_wake() < end {
            let now = device.next_wake();
            if let Wake::Callback { first, delay, .. } = device.wake(now) {
                let truth = device.converter_time(first as f64).expect("open");
                found.push((now + delay.secs() - truth) * 48_000.0);
            }
        }
        // The first two fill the buffer before the converter starts.
        found.split_off(2)
    }

    #[test]
    fn exact_reports_are_exact_and_callbacks_come_once_a_period() {
        let mut device = device(spec(), 100.0);
        let found = errors(&mut device, 11.0);
        assert!((found.len() as f64 - 10.0 * 48_000.0 * 1.0001 / 256.0).abs() < 2.0);
        assert!(found.iter().all(|e| e.abs() < 0.03));
    }

    #[test]
    fn reports_within_two_frames_stay_within_two_frames_and_have_no_bias() {
        let mut spec = spec();
        spec.delay_error = DelayError::Frames(2.0);
        let found = errors(&mut device(spec, -50.0), 61.0);
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        assert!(found.iter().all(|e| e.abs() <= 2.03));
        assert!(found.iter().any(|e| e.abs() > 1.9));
        assert!(mean.abs() < 0.05, "{mean}");
    }

    #[test]
    fn rounded_pointers_are_early_as_often_as_late() {
        let mut spec = spec();
        spec.delay_error = DelayError::QuantisedMs(1.0);
        spec.jitter_s = 0.002;
        let found = errors(&mut device(spec, 30.0), 121.0);
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        assert!(found.iter().all(|e| e.abs() <= 24.03));
        assert!(mean.abs() < 0.5, "{mean}");
    }

    #[test]
    fn stale_pointers_and_nominal_reports_are_only_ever_late() {
        for (error, most) in [
            (DelayError::StaleMs(1.0), 48.0),
            (DelayError::Nominal, 96.0),
        ] {
            let mut spec = spec();
            spec.delay_error = error;
            spec.jitter_s = 0.002;
            let found = errors(&mut device(spec, 30.0), 31.0);
            assert!(found.iter().all(|e| (-0.03..most + 0.1).contains(e)));
            assert!(found.iter().any(|&e| e > most * 0.9));
            assert!(found.iter().any(|&e| e < most * 0.1));
        }
    }

    #[test]
    fn a_late_callback_within_the_buffer_costs_nothing_and_beyond_it_an_xrun() {
        for (late, dry) in [(0.005, false), (0.012, true)] {
            let mut device = device(spec(), 0.0);
            device.open(0.0);
            let mut xruns = 0;
            for step in 0..100 {
                let now = device.next_wake();
                if step == 50 {
                    device.delay_wake(now + late);
                }
                let now = device.next_wake();
                xruns += usize::from(device.wake(now) == Wake::Xrun);
            }
            assert_eq!(xruns, usize::from(dry));
        }
    }

    #[test]
    fn frames_after_an_underrun_follow_the_restart() {
        let mut device = device(spec(), 0.0);
        device.open(0.0);
        for _ in 0..10 {
            let _ = device.wake(device.next_wake());
        }
        assert_eq!(device.wake(5.0), Wake::Xrun);
        let Wake::Callback { first, delay, .. } = device.wake(device.next_wake()) else {
            panic!("the buffer is filled again after an underrun");
        };
        assert_eq!(delay, Nanos::ZERO);
        let truth = device.converter_time(first as f64).expect("open");
        assert!((truth - 5.0).abs() < 1e-3);
    }

    #[test]
    fn a_stalled_device_asks_for_nothing_until_it_goes_on() {
        let mut device = device(spec(), 0.0);
        device.crystal_mut().stall(2.0, 3.0);
        device.open(1.0);
        let mut asked = Vec::new();
        while device.next_wake() < 8.0 {
            let now = device.next_wake();
            assert_ne!(device.wake(now), Wake::Xrun);
            asked.push(now);
        }
        assert!(!asked.iter().any(|t| (2.001..4.999).contains(t)));
        assert!(asked.iter().any(|&t| t > 7.9));
    }
}
