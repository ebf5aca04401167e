//! One speaker on a lane: reads its mix of the source at its own delay,
//! filters, scales, limits and meters it, and writes it to its channels.

use super::messages::SlotReport;
use super::plan::{Plan, SlotPlan, Voice};
use crate::sync::glide::Glide;
use crate::sync::intake::Intake;
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
    gain: f32,
    chirp: Option<usize>,
    meter: Meter,
}

#[derive(Debug, Clone, Copy, Default)]
struct Meter {
    peak: f32,
    squares: f64,
    count: u32,
}

impl Slot {
    /// A speaker on a device of `rate`. Begins silent and fades in. Allocates.
    #[must_use]
    pub fn new(settings: SlotSettings, rate: u32) -> Self {
        Self {
            rate: f64::from(rate),
            glide: Glide::new(settings.delay),
            rows: settings.rows,
            gain: 0.0,
            chirp: None,
            meter: Meter::default(),
            settings,
        }
    }

    pub(super) fn set(&mut self, settings: SlotSettings) {
        self.glide.set(settings.delay);
        self.settings = settings;
    }

    pub(super) fn identify(&mut self) {
        self.chirp = Some(0);
    }

    pub(super) fn report(&mut self) -> SlotReport {
        let meter = std::mem::take(&mut self.meter);
        let mean = meter.squares / f64::from(meter.count.max(1));
        SlotReport {
            delay: self.glide.now(),
            peak_db: decibels(f64::from(meter.peak)),
            rms_db: decibels(mean.sqrt()),
        }
    }

    /// Adds the speaker's sound to `out`.
    #[allow(clippy::too_many_arguments, reason = "one call site, all on the stack")]
    pub(super) fn fill(
        &mut self,
        intake: &Intake,
        plan: &Plan,
        place: &Option<SlotPlan>,
        chirp: &[f32],
        scratch: &mut [f32],
        out: &mut [f32],
        channels: usize,
    ) {
        let frames = plan.frames;
        let most = (frames as f64 / (RAMP * self.rate)) as f32;
        let gain_from = self.gain;
        self.gain = approach(
            self.gain,
            self.settings.gain,
            most * self.settings.gain.abs().max(self.gain.abs()).max(1.0),
        );
        let chirp_from = self.chirp;
        for side in 0..2 {
            let Some(channel) = self.settings.channels[side] else {
                continue;
            };
            let scratch = &mut scratch[..frames];
            scratch.fill(0.0);
            if plan.sounding
                && let Some(place) = place
            {
                self.read(side, intake, place, most, scratch);
                shape(scratch, plan, gain_from, self.gain);
            }
            if let Some(at) = chirp_from {
                add_chirp(scratch, chirp, at);
            }
            self.meter.add(scratch);
            for (to, sample) in out
                .iter_mut()
                .skip(usize::from(channel))
                .step_by(channels)
                .zip(&*scratch)
            {
                *to += sample;
            }
        }
        self.chirp = chirp_from
            .map(|at| at + frames)
            .filter(|at| *at < chirp.len());
    }

    fn read(&mut self, side: usize, intake: &Intake, place: &SlotPlan, most: f32, out: &mut [f32]) {
        let (history, kernel) = intake.parts();
        for channel in 0..history.channels().min(ROW) {
            let from = self.rows[side][channel];
            let to = approach(from, self.settings.rows[side][channel], most);
            self.rows[side][channel] = to;
            if from == 0.0 && to == 0.0 {
                continue;
            }
            let mut read = |voice: &Voice, gain_from: f32, gain_to: f32| {
                let walk = Walk {
                    start: Position::from(voice.start),
                    step: voice.step,
                    gain_from,
                    gain_to,
                };
                kernel.read_block(history, channel, &walk, out, 1, true);
            };
            match &place.fade {
                None => read(&place.voice, from, to),
                Some((new, share_from, share_to)) => {
                    read(
                        &place.voice,
                        from * (1.0 - share_from),
                        to * (1.0 - share_to),
                    );
                    read(new, from * share_from, to * share_to);
                }
            }
        }
    }
}

/// Applies the speaker's gain and the lane's fade, both straight lines.
fn shape(samples: &mut [f32], plan: &Plan, gain_from: f32, gain_to: f32) {
    let until = plan.until.min(samples.len());
    let (from, to) = (gain_from * plan.fade_from, gain_to * plan.fade_to);
    if from != 1.0 || to != 1.0 {
        let slope = (to - from) / until.max(1) as f32;
        for (i, sample) in samples[..until].iter_mut().enumerate() {
            *sample *= from + slope * i as f32;
        }
    }
    samples[until..].fill(0.0);
}

fn add_chirp(samples: &mut [f32], chirp: &[f32], at: usize) {
    for (sample, tone) in samples.iter_mut().zip(chirp.iter().skip(at)) {
        *sample += tone;
    }
}

fn approach(now: f32, target: f32, most: f32) -> f32 {
    if (target - now).abs() <= most {
        target
    } else {
        now + most.copysign(target - now)
    }
}

fn decibels(level: f64) -> f32 {
    (20.0 * level.max(1e-6).log10()) as f32
}

impl Meter {
    fn add(&mut self, samples: &[f32]) {
        for sample in samples {
            self.peak = self.peak.max(sample.abs());
            self.squares += f64::from(*sample) * f64::from(*sample);
        }
        self.count += samples.len() as u32;
    }
}

/// Seconds a gain takes for a full change.
const RAMP: f64 = 10e-3;
