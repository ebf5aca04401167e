//! A lane on a virtual device with a crystal and stamps of its own, and a source
//! that keeps it fed, in virtual time: what the tests and benches of the render
//! path share. Only [`LaneRig::render`] is the lane's work; all else prepares it.

use std::f64::consts::TAU;
use std::sync::Arc;

use inphase::sync::clock::Noise;
use inphase::sync::feed::{FeedWriter, feed};
use inphase::sync::intake::Intake;
use inphase::sync::kernel::{Kernel, Quality};
use inphase::sync::lane::{
    Filter, Lane, LaneCommand, LaneConfig, LaneHandle, ROW, SlotSettings, lane,
};
use inphase::sync::time::{Line, Nanos, Ppm};

pub const RATE: f64 = 48_000.0;

/// How a device says when its frames are heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stamps {
    /// Callbacks 0 to 60 µs late; delays are whole frames.
    Prompt,
    /// Callbacks 0 to 2 ms late; delays rounded to whole milliseconds.
    Usb,
}

/// What to build. The device and the source both have `channels` channels.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    pub ppm: f64,
    pub frames: usize,
    pub channels: u16,
    pub stamps: Stamps,
    /// The source's sample at a frame of a channel.
    pub signal: fn(u64, u16) -> f32,
}

pub struct LaneRig {
    pub handle: LaneHandle,
    lane: Lane,
    writer: FeedWriter,
    spec: Spec,
    fed: u64,
    rendered: u64,
    /// Time the device has lost by standing still, seconds.
    shift: f64,
    random: u64,
    now: Nanos,
    delay: Nanos,
    block: Vec<f32>,
    out: Vec<f32>,
}

impl LaneRig {
    pub fn new(spec: Spec) -> Self {
        let noise = match spec.stamps {
            Stamps::Prompt => Noise::OneSided,
            Stamps::Usb => Noise::TwoSided,
        };
        let (lane, mut handle) = lane(LaneConfig {
            rate: RATE as u32,
            channels: spec.channels,
            max_frames: 512,
            noise,
            prior: None,
            chirp: vec![0.25; 4800].into(),
        });
        let (writer, intake) = source(spec.channels);
        assert!(handle.send(LaneCommand::Intake(intake)));
        assert!(handle.send(LaneCommand::Gate(true)));
        Self {
            handle,
            lane,
            writer,
            spec,
            fed: 0,
            rendered: 0,
            shift: 0.0,
            random: 1,
            now: Nanos::ZERO,
            delay: Nanos::ZERO,
            block: Vec::new(),
            out: vec![0.0; spec.frames * usize::from(spec.channels)],
        }
    }

    /// A speaker on the device's first channels, at unity gain.
    pub fn settings(&self) -> SlotSettings {
        let mut rows = [[0.0; ROW]; 2];
        rows[0][0] = 1.0;
        rows[1][1] = 1.0;
        SlotSettings {
            channels: [Some(0), (self.spec.channels > 1).then_some(1)],
            rows,
            gain: 1.0,
            delay: Nanos::from_millis(40.0),
            filter: Filter::Off,
            limit: false,
        }
    }

    /// Puts a speaker into a slot.
    pub fn place(&mut self, slot: usize, settings: SlotSettings) {
        assert!(self.handle.slot(slot, settings, RATE as u32));
    }

    /// Changes the speaker in a slot.
    pub fn set(&mut self, slot: usize, settings: SlotSettings) {
        assert!(self.handle.send(LaneCommand::Set(slot, settings)));
    }

    /// Gives the lane a new feed from here on; returns the old one's writer.
    pub fn swap_intake(&mut self) -> FeedWriter {
        let (writer, intake) = source(self.spec.channels);
        assert!(self.handle.send(LaneCommand::Intake(intake)));
        std::mem::replace(&mut self.writer, writer)
    }

    /// The device stands still for so long.
    pub fn stall(&mut self, seconds: f64) {
        self.shift += seconds;
    }

    /// The device ran dry: [`Lane::xrun`].
    pub fn xrun(&mut self) {
        self.lane.xrun();
    }

    /// Feeds the source, unless it is late, and sets the time of the next render.
    pub fn prepare(&mut self, feeding: bool) {
        let crystal = RATE * Ppm(self.spec.ppm).factor();
        let heard = 1.0 + self.shift + self.rendered as f64 / crystal;
        // Four periods are queued when the callback is due.
        let due = heard - 4.0 * self.spec.frames as f64 / crystal;
        let chance = self.chance();
        let (now, delay) = match self.spec.stamps {
            Stamps::Prompt => {
                let now = due + 60e-6 * chance;
                (now, 4.0 * self.spec.frames as f64 / RATE)
            }
            Stamps::Usb => {
                let now = due + 2e-3 * chance;
                (now, ((heard - now) * 1e3).round() * 1e-3)
            }
        };
        (self.now, self.delay) = (Nanos::from_secs(now), Nanos::from_secs(delay));
        if feeding {
            self.feed_until(((now - 1.0) * RATE).max(0.0) as u64 + 2000);
        }
    }

    /// Feeds so much that the next `periods` need no feeding.
    pub fn feed_ahead(&mut self, periods: usize) {
        let frames = periods as u64 * self.spec.frames as u64;
        self.feed_until(self.rendered + frames + 2000);
    }

    /// The lane's work for one period, and nothing else. Returns its sound.
    pub fn render(&mut self) -> &[f32] {
        self.rendered += self.spec.frames as u64;
        self.lane.render(self.now, self.delay, &mut self.out);
        &self.out
    }

    /// Runs on and returns the sound.
    pub fn run(&mut self, seconds: f64) -> Vec<f32> {
        let mut all = Vec::new();
        for _ in 0..(seconds * RATE) as usize / self.spec.frames {
            self.prepare(true);
            all.extend_from_slice(self.render());
        }
        all
    }

    fn feed_until(&mut self, frame: u64) {
        const CHUNK: u64 = 240;
        let line = Line {
            at: Nanos::from_secs(1.0),
            frame: 0.0,
            rate: RATE,
        };
        while self.fed < frame {
            self.block.clear();
            for frame in self.fed..self.fed + CHUNK {
                let signal = self.spec.signal;
                self.block
                    .extend((0..self.spec.channels).map(|channel| signal(frame, channel)));
            }
            let _fits = self.writer.push(self.fed, line, &self.block);
            self.fed += CHUNK;
        }
    }

    /// Uniform in 0..1, the same in every run.
    fn chance(&mut self) -> f64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.random >> 40) as f64 / (1u64 << 24) as f64
    }
}

/// A sine of half of full scale.
pub fn tone(hz: u64, frame: u64) -> f32 {
    let phase = (frame * hz % RATE as u64) as f64 / RATE;
    (0.5 * (TAU * phase).sin()) as f32
}

fn source(channels: u16) -> (FeedWriter, Box<Intake>) {
    let (writer, reader) = feed(channels, 24_000);
    let kernel = Arc::new(Kernel::for_rates(
        RATE as u32,
        RATE as u32,
        Quality::default(),
    ));
    (
        writer,
        Box::new(Intake::new(reader, kernel, RATE as u32, 1.5)),
    )
}
