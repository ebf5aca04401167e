//! A capture device as the source: learns its clock and fans its sound out,
//! all inside the device's own callback.

use rtrb::{Consumer, Producer, RingBuffer};

use super::fan::Fan;
use crate::devices::{Capture, StreamFormat};
use crate::sync::clock::Clock;
use crate::sync::time::{Nanos, Ppm, Stamp};

/// The callback side.
#[derive(Debug)]
pub struct Input {
    clock: Clock,
    fan: Fan,
    channels: usize,
    rate: f64,
    /// Index of the next frame on the source's timeline.
    next: u64,
    gap: bool,
    silence: Box<[f32]>,
    report: InputReport,
    since_report: usize,
    reports: Producer<InputReport>,
}

/// The input's state, about 40 times a second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct InputReport {
    /// When.
    pub time: Nanos,
    /// The source's clock is good enough to play by.
    pub settled: bool,
    /// Its rate error.
    pub ppm: Ppm,
    /// The largest age of a block's first frame when it was delivered, in seconds.
    pub age: f64,
    /// Peak since the last report per channel, linear.
    pub peak: [f32; 8],
    /// Overruns since the beginning.
    pub xruns: u32,
}

/// A capture callback for a stream of `format`, and where its reports come out.
#[must_use]
pub fn input(
    format: &StreamFormat,
    prior: Option<Ppm>,
    fan: Fan,
) -> (Input, Consumer<InputReport>) {
    let (report_in, report_out) = RingBuffer::new(64);
    let channels = usize::from(format.channels);
    let rate = f64::from(format.rate);
    let input = Input {
        clock: Clock::new(rate, format.noise, prior),
        fan,
        channels,
        rate,
        next: 0,
        gap: false,
        silence: vec![0.0; SILENCE * channels].into_boxed_slice(),
        report: InputReport::default(),
        since_report: 0,
        reports: report_in,
    };
    (input, report_out)
}

impl Capture for Input {
    fn capture(&mut self, now: Nanos, captured: Nanos, data: &[f32]) {
        self.fan.update();
        if std::mem::take(&mut self.gap) {
            self.fill_gap(captured);
        }
        self.clock.observe(Stamp {
            frame: self.next,
            time: captured,
        });
        self.meter(data);
        self.report.age = self.report.age.max((now - captured).secs());
        if let Some(line) = self.clock.line()
            && (self.clock.settled() || self.report.settled)
        {
            self.report.settled = true;
            self.fan.push(self.next, line, data);
        }
        let frames = data.len() / self.channels;
        self.next += frames as u64;
        self.send_report(now, frames);
    }

    fn xrun(&mut self) {
        self.report.xruns += 1;
        self.gap = true;
    }
}

impl Input {
    /// After an overrun the lost frames are replaced by silence, so that the
    /// timeline goes on and no lane has to jump.
    fn fill_gap(&mut self, captured: Nanos) {
        let Some(line) = self.clock.line() else {
            return;
        };
        let missing = (line.frame_at(captured) - self.next as f64).round();
        if missing > 0.0 && missing < self.rate * GAP_MAX {
            let mut missing = missing as usize;
            while missing > 0 {
                let frames = missing.min(SILENCE);
                self.fan
                    .push(self.next, line, &self.silence[..frames * self.channels]);
                self.next += frames as u64;
                missing -= frames;
            }
        } else {
            self.clock.restart();
        }
    }

    fn meter(&mut self, data: &[f32]) {
        for frame in data.chunks_exact(self.channels) {
            for (peak, sample) in self.report.peak.iter_mut().zip(frame) {
                *peak = peak.max(sample.abs());
            }
        }
    }

    fn send_report(&mut self, now: Nanos, frames: usize) {
        self.since_report += frames;
        if (self.since_report as f64) < self.rate / REPORTS_PER_SECOND {
            return;
        }
        self.since_report = 0;
        self.report.time = now;
        self.report.ppm = self.clock.ppm();
        let _fits = self.reports.push(self.report);
        self.report.age = 0.0;
        self.report.peak = [0.0; 8];
    }
}

const REPORTS_PER_SECOND: f64 = 40.0;
const SILENCE: usize = 512;
/// Seconds of lost input that are bridged by silence.
const GAP_MAX: f64 = 2.0;
