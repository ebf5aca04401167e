//! One speaker on a lane: reads its mix of the source at its own delay,
//! filters, scales, limits and meters it, and writes it to its channels.

use super::messages::SlotReport;
use super::plan::{Plan, SlotPlan, Voice};
use crate::sync::crossover::{Crossover, Side};
use crate::sync::gain::Gain;
use crate::sync::glide::Glide;
use crate::sync::intake::Intake;
use crate::sync::limiter::Limiter;
use crate::sync::meter::Meter;
use crate::sync::time::Nanos;
use crate::sync::walk::{Position, Walk};

/// Source channels a row mixes at most.
pub const ROW: usize = 8;

/// What a speaker is told to be. Plain data; changes ramp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlotSettings {
    /// Device channels (0-based) of its left or only side, and its right side.
    pub channels: [Option<u16>; 2],
    /// Per side, the share of every source channel.
    pub rows: [[f32; ROW]; 2],
    /// Linear gain with everything in it: speaker, zone, master, polarity,
    /// mute (0) and solo.
    pub gain: f32,
    /// From the source's timeline to the converter: target latency − path
    /// behind the converter + trim.
    pub delay: Nanos,
    /// Crossover part.
    pub filter: Filter,
    /// Some gain on the way exceeds unity: the limiter stands by.
    pub limit: bool,
}

/// A speaker's part of a crossover.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Filter {
    /// Full range.
    #[default]
    Off,
    /// Below this frequency in Hz.
    LowPass(f64),
    /// Above this frequency in Hz.
    HighPass(f64),
}

/// The running speaker.
#[derive(Debug)]
pub struct Slot {
    settings: SlotSettings,
    rate: f64,
    pub(super) glide: Glide,
    rows: [[f32; ROW]; 2],
    gain: Gain,
    low: [Crossover; 2],
    high: [Crossover; 2],
    limiter: Limiter,
    meter: Meter,
    chirp: Option<usize>,
    /// The last frame that sounded, to run out when the source runs dry.
    last: [f32; 2],
}

impl Slot {
    /// A speaker on a device of `rate`. Begins silent and fades in. Allocates.
    #[must_use]
    pub fn new(settings: SlotSettings, rate: u32) -> Self {
        let rate = f64::from(rate);
        let sides = settings.channels.iter().flatten().count().max(1);
        let mut slot = Self {
            rate,
            glide: Glide::new(settings.delay),
            rows: settings.rows,
            gain: Gain::new(0.0, rate),
            low: [Side::Low, Side::Low].map(|side| Crossover::new(side, rate)),
            high: [Side::High, Side::High].map(|side| Crossover::new(side, rate)),
            limiter: Limiter::new(rate),
            meter: Meter::new(rate, sides),
            chirp: None,
            last: [0.0; 2],
            settings,
        };
        slot.set(settings);
        slot
    }

    pub(super) fn set(&mut self, settings: SlotSettings) {
        self.glide.set(settings.delay);
        let (low, high) = match settings.filter {
            Filter::Off => (None, None),
            Filter::LowPass(hz) => (Some(hz), None),
            Filter::HighPass(hz) => (None, Some(hz)),
        };
        self.low.iter_mut().for_each(|side| side.set(low));
        self.high.iter_mut().for_each(|side| side.set(high));
        self.settings = settings;
    }

    pub(super) fn identify(&mut self) {
        self.chirp = Some(0);
    }

    pub(super) fn report(&self) -> SlotReport {
        let level = self.meter.level();
        SlotReport {
            delay: self.glide.now(),
            peak_db: level.peak_db as f32,
            rms_db: level.rms_db as f32,
        }
    }

    /// Adds the speaker's sound to `out`, interleaved in `channels`. `scratch`
    /// holds two samples a frame.
    pub(super) fn fill(
        &mut self,
        intake: &Intake,
        plan: &Plan,
        place: Option<&SlotPlan>,
        with: &mut With<'_>,
    ) {
        let frames = plan.frames;
        let sides: &[u16] = match &self.settings.channels {
            [Some(left), Some(right)] => &[*left, *right],
            [Some(only), None] | [None, Some(only)] => &[*only],
            [None, None] => return,
        };
        let stride = sides.len();
        let scratch = &mut with.scratch[..frames * stride];
        scratch.fill(0.0);
        self.steer_gain();
        let gain = self.gain.block(frames);
        if let (true, Some(place)) = (plan.sounding, place) {
            self.read(intake, place, frames, stride, scratch);
            for side in 0..stride {
                self.low[side].process(&mut scratch[side..], stride);
                self.high[side].process(&mut scratch[side..], stride);
            }
            shape(scratch, stride, plan, gain);
            self.run_out(scratch, stride, plan.until.min(frames));
        } else {
            self.run_out(scratch, stride, 0);
        }
        self.limiter.process(scratch, stride, &[0, 1][..stride]);
        if let Some(at) = self.chirp {
            add_chirp(scratch, stride, with.chirp, at);
            self.chirp = Some(at + frames).filter(|at| *at < with.chirp.len());
        }
        self.meter.push(scratch, stride);
        for (side, channel) in sides.iter().enumerate() {
            let from = scratch[side..].iter().step_by(stride);
            let to = with
                .out
                .iter_mut()
                .skip(usize::from(*channel))
                .step_by(with.channels);
            to.zip(from).for_each(|(to, sample)| *to += sample);
        }
    }

    /// The limiter is ready before the gain rises above unity, and stays until
    /// it has come down.
    fn steer_gain(&mut self) {
        if self.settings.limit {
            self.limiter.arm(true);
            if self.limiter.is_ready() {
                self.gain.set(self.settings.gain);
            }
        } else {
            self.gain.set(self.settings.gain);
            if self.gain.is_settled() {
                self.limiter.arm(false);
            }
        }
    }

    /// Where the data ends inside the block, the last frame runs out within a
    /// millisecond or two; nothing steps.
    fn run_out(&mut self, samples: &mut [f32], stride: usize, until: usize) {
        for side in 0..stride {
            if until > 0 {
                self.last[side] = samples[(until - 1) * stride + side];
            }
            // Skipped, not sliced: a block without an end leaves nothing behind it.
            let rest = samples.iter_mut().skip(until * stride + side);
            for sample in rest.step_by(stride) {
                self.last[side] *= RUN_OUT;
                if self.last[side].abs() < INAUDIBLE {
                    self.last[side] = 0.0;
                }
                *sample = self.last[side];
            }
        }
    }

    fn read(
        &mut self,
        intake: &Intake,
        place: &SlotPlan,
        frames: usize,
        stride: usize,
        out: &mut [f32],
    ) {
        let most = (frames as f64 / (RAMP * self.rate)) as f32;
        let mut voices = [(place.voice, 1.0, 1.0); 2];
        let count = match place.fade {
            None => 1,
            Some((new, from, to)) => {
                voices = [(place.voice, 1.0 - from, 1.0 - to), (new, from, to)];
                2
            }
        };
        let before = self.rows;
        let wanted = self.settings.rows.iter().flatten();
        for (gain, wanted) in self.rows.iter_mut().flatten().zip(wanted) {
            *gain = approach(*gain, *wanted, most);
        }
        for (voice, from, to) in &voices[..count] {
            self.read_voice(intake, voice, &before, (*from, *to), stride, out);
        }
    }

    /// Reads one voice through the rows as they move from `before` to now.
    fn read_voice(
        &self,
        intake: &Intake,
        voice: &Voice,
        before: &[[f32; ROW]; 2],
        share: (f32, f32),
        stride: usize,
        out: &mut [f32],
    ) {
        let (history, kernel) = intake.parts();
        let walk = |from: f32, to: f32| Walk {
            start: Position::from(voice.start),
            step: voice.step,
            gain_from: from * share.0,
            gain_to: to * share.1,
        };
        if stride == 2
            && before == &self.rows
            && let (Some(left), Some(right)) = (only(&self.rows[0]), only(&self.rows[1]))
        {
            return kernel.read_pair(history, [left, right], &walk(1.0, 1.0), out, 2, true);
        }
        for (side, (before, now)) in before.iter().zip(&self.rows).take(stride).enumerate() {
            let gains = before.iter().zip(now).take(history.channels());
            for (channel, (&from, &to)) in gains.enumerate() {
                if from != 0.0 || to != 0.0 {
                    kernel.read_block(
                        history,
                        channel,
                        &walk(from, to),
                        &mut out[side..],
                        stride,
                        true,
                    );
                }
            }
        }
    }
}

/// What a slot borrows from its lane to make sound.
#[derive(Debug)]
pub(super) struct With<'a> {
    /// The identify sound.
    pub chirp: &'a [f32],
    /// Two samples per frame.
    pub scratch: &'a mut [f32],
    /// The device's buffer.
    pub out: &'a mut [f32],
    /// Channels of `out`.
    pub channels: usize,
}

/// The one channel that a row passes at unity.
fn only(row: &[f32; ROW]) -> Option<usize> {
    let at = row.iter().position(|share| *share == 1.0)?;
    let rest = row
        .iter()
        .enumerate()
        .all(|(i, share)| i == at || *share == 0.0);
    rest.then_some(at)
}

/// Applies the speaker's gain and the lane's fade, both straight lines.
fn shape(samples: &mut [f32], stride: usize, plan: &Plan, gain: (f32, f32)) {
    let until = plan.until.min(plan.frames);
    let (from, to) = (gain.0 * plan.fade_from, gain.1 * plan.fade_to);
    if from == 1.0 && to == 1.0 {
        return;
    }
    // Data that ends early sounds in full until it ends.
    let to = if until < plan.frames { from } else { to };
    let slope = (to - from) / until.max(1) as f32;
    for (i, frame) in samples[..until * stride]
        .chunks_exact_mut(stride)
        .enumerate()
    {
        let gain = from + slope * i as f32;
        frame.iter_mut().for_each(|sample| *sample *= gain);
    }
}

fn add_chirp(samples: &mut [f32], stride: usize, chirp: &[f32], at: usize) {
    for (frame, tone) in samples.chunks_exact_mut(stride).zip(chirp.iter().skip(at)) {
        frame.iter_mut().for_each(|sample| *sample += tone);
    }
}

fn approach(now: f32, target: f32, most: f32) -> f32 {
    if (target - now).abs() <= most {
        target
    } else {
        now + most.copysign(target - now)
    }
}

/// −120 dB: ends the run before it becomes denormal.
const INAUDIBLE: f32 = 1e-6;
/// What is left of a sample a frame later: −60 dB after 6 ms at 48 kHz.
const RUN_OUT: f32 = 0.975;
/// Seconds a share of the mix takes for a full change.
const RAMP: f64 = 10e-3;
