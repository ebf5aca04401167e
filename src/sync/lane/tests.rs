//! Properties of a whole lane in virtual time.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::*;
use crate::sync::feed::{FeedWriter, feed};
use crate::sync::kernel::{Kernel, Quality};
use crate::sync::lane::slot::ROW;
use crate::sync::time::Line;

const RATE: f64 = 48_000.0;
const PERIOD: usize = 192;

/// A device with its own crystal, a lane on it, and a source that keeps the
/// lane fed with `signal(frame)`.
struct Rig {
    lane: Lane,
    handle: LaneHandle,
    writer: FeedWriter,
    source: Line,
    fed: u64,
    device_rate: f64,
    period: u64,
    shift: f64,
    random: u64,
    signal: fn(u64) -> f32,
}

fn settings(delay_ms: f64) -> SlotSettings {
    let mut rows = [[0.0; ROW]; 2];
    rows[0][0] = 1.0;
    SlotSettings {
        channels: [Some(0), None],
        rows,
        gain: 1.0,
        delay: Nanos::from_millis(delay_ms),
        filter: Filter::Off,
        limit: false,
    }
}

impl Rig {
    fn new(ppm: f64, signal: fn(u64) -> f32) -> Self {
        let (mut lane, mut handle) = lane(LaneConfig {
            rate: 48_000,
            channels: 1,
            max_frames: 256,
            noise: Noise::OneSided,
            prior: None,
            chirp: vec![0.25; 4800].into(),
        });
        let (writer, reader) = feed(1, 24_000);
        let kernel = Arc::new(Kernel::for_rates(48_000, 48_000, Quality::default()));
        let intake = Box::new(Intake::new(reader, kernel, 48_000, 1.3));
        assert!(handle.send(LaneCommand::Intake(intake)));
        assert!(handle.slot(0, settings(20.0), 48_000));
        assert!(handle.send(LaneCommand::Gate(true)));
        lane.take_commands();
        Self {
            lane,
            handle,
            writer,
            source: Line {
                at: Nanos::from_secs(1.0),
                frame: 0.0,
                rate: RATE,
            },
            fed: 0,
            device_rate: RATE * Ppm(ppm).factor(),
            period: 0,
            shift: 0.0,
            random: 1,
            signal,
        }
    }

    /// True time at which device frame `frame` is at the converter.
    fn truth(&self, frame: u64) -> f64 {
        1.0 + self.shift + frame as f64 / self.device_rate
    }

    fn feed_until(&mut self, frame: u64) {
        while self.fed < frame {
            let samples: Vec<f32> = (self.fed..self.fed + 480).map(self.signal).collect();
            let _ = self.writer.push(self.fed, self.source, &samples);
            self.fed += 480;
        }
    }

    /// Renders one period; returns its first device frame and the samples.
    fn period(&mut self, feeding: bool) -> (u64, Vec<f32>) {
        let first = self.period * PERIOD as u64;
        self.period += 1;
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let late = (self.random >> 40) as f64 / (1u64 << 24) as f64 * 60e-6;
        // One period is still queued when the callback comes; delays are whole frames.
        let now = self.truth(first) - PERIOD as f64 / self.device_rate + late;
        if feeding {
            self.feed_until(((now - 1.0) * RATE) as u64 + 2000);
        }
        let mut out = vec![9.0; PERIOD];
        let delay = Nanos::from_secs(PERIOD as f64 / RATE);
        self.lane.render(Nanos::from_secs(now), delay, &mut out);
        (first, out)
    }

    fn run(&mut self, seconds: f64) -> (u64, Vec<f32>) {
        let mut all = Vec::new();
        let start = self.period * PERIOD as u64;
        for _ in 0..(seconds * RATE / PERIOD as f64) as usize {
            all.extend(self.period(true).1);
        }
        (start, all)
    }
}

/// Value = position, so that every sample tells where it was read.
fn ramp(frame: u64) -> f32 {
    (frame % 65_536) as f32 / 65_536.0
}

fn sine(frame: u64) -> f32 {
    let phase = (frame * 997 % 48_000) as f64 / RATE;
    (0.5 * (std::f64::consts::TAU * phase).sin()) as f32
}

fn largest_step(samples: &[f32]) -> f32 {
    samples
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f32::max)
}

/// What the sine steps by at most, with 1 % for fades.
const SINE_STEP: f32 = 0.5 * 0.1305 * 1.01;

#[test]
fn every_frame_is_heard_when_it_should_be() {
    for ppm in [-120.0, 0.0, 80.0] {
        let mut rig = Rig::new(ppm, ramp);
        let _ = rig.run(10.0);
        let (start, samples) = rig.run(5.0);
        for (i, sample) in samples.iter().enumerate() {
            let heard = rig.truth(start + i as u64) - 1.0 - 20e-3;
            let wanted = heard * RATE % 65_536.0;
            if !(200.0..65_300.0).contains(&wanted) {
                continue;
            }
            let read = f64::from(*sample) * 65_536.0;
            let late_us = (wanted - read) / RATE * 1e6;
            assert!(late_us.abs() < 12.0, "{ppm} ppm: {late_us} µs");
        }
    }
}

#[test]
fn sound_begins_within_a_second_and_without_a_click() {
    let mut rig = Rig::new(100.0, sine);
    let (_, samples) = rig.run(1.5);
    assert!(largest_step(&samples) < SINE_STEP);
    let silent = samples.iter().take_while(|s| **s == 0.0).count();
    assert!(silent < 48_000, "{silent}");
    assert!(samples[60_000..].iter().any(|s| *s > 0.49));
}

#[test]
fn sweeping_the_delay_never_clicks() {
    let mut rig = Rig::new(80.0, sine);
    let _ = rig.run(3.0);
    let mut all = Vec::new();
    for step in 0..600 {
        let sweep = 5.0 * (f64::from(step) / 40.0).sin();
        assert!(rig.handle.send(LaneCommand::Set(0, settings(20.0 + sweep))));
        for _ in 0..4 {
            all.extend(rig.period(true).1);
        }
    }
    let step = largest_step(&all);
    assert!(step < SINE_STEP, "{step}");
    assert!(all.iter().fold(0.0f32, |a, s| a.max(*s)) < 0.503);
}

#[test]
fn a_late_source_fades_out_and_in_and_is_told() {
    let mut rig = Rig::new(50.0, sine);
    let _ = rig.run(3.0);
    let mut all = rig.period(true).1;
    for _ in 0..60 {
        all.extend(rig.period(false).1);
    }
    assert!(all[all.len() - 100..].iter().all(|s| *s == 0.0));
    all.extend(rig.run(0.5).1);
    assert!(all[all.len() - 200..].iter().any(|s| *s > 0.49));
    let worst = largest_step(&all);
    assert!(worst < SINE_STEP, "{worst}");
    let event = rig.handle.event().unwrap();
    assert!(
        matches!(event, LaneEvent::Dropout { length, .. } if length > Nanos::from_millis(100.0))
    );
}

#[test]
fn a_stalled_device_is_back_in_sync_within_half_a_second() {
    let mut rig = Rig::new(-40.0, ramp);
    let _ = rig.run(5.0);
    rig.shift += 0.7;
    let (start, samples) = rig.run(3.0);
    let mut last_bad = 0;
    for (i, sample) in samples.iter().enumerate() {
        let wanted = (rig.truth(start + i as u64) - 1.0 - 20e-3) * RATE % 65_536.0;
        let off = (wanted - f64::from(*sample) * 65_536.0).abs() / RATE * 1e6;
        if (200.0..65_300.0).contains(&wanted) && off > 20.0 {
            last_bad = i;
        }
    }
    assert!(last_bad < 24_000, "{last_bad}");
    let told = std::iter::from_fn(|| rig.handle.event())
        .any(|event| matches!(event, LaneEvent::Resync { by, .. } if by.abs() > Nanos::from_millis(600.0)));
    assert!(told);
}

#[test]
fn a_locked_lane_is_bit_exact() {
    let mut rig = Rig::new(0.0, sine);
    assert!(rig.handle.send(LaneCommand::Lock(true)));
    let (_, samples) = rig.run(4.0);
    let tail = &samples[samples.len() - 9600..];
    let source: Vec<f32> = (0..48_000).map(sine).collect();
    let offset = (0..38_000)
        .find(|at| source[*at..*at + 64] == tail[..64])
        .unwrap();
    assert_eq!(source[offset..offset + 9600], *tail);
}

#[test]
fn a_source_change_fades() {
    let mut rig = Rig::new(20.0, sine);
    let _ = rig.run(3.0);
    let (writer, reader) = feed(1, 24_000);
    let kernel = Arc::new(Kernel::for_rates(48_000, 48_000, Quality::default()));
    let intake = Box::new(Intake::new(reader, kernel, 48_000, 1.3));
    assert!(rig.handle.send(LaneCommand::Intake(intake)));
    rig.writer = writer;
    let (_, samples) = rig.run(1.0);
    assert!(largest_step(&samples) < SINE_STEP);
    assert!(samples[40_000..].iter().any(|s| *s > 0.49));
    rig.handle.sweep();
}

#[test]
fn reports_tell_the_crystal_and_the_level() {
    let mut rig = Rig::new(80.0, sine);
    let _ = rig.run(20.0);
    let _ = rig.handle.report();
    let _ = rig.run(0.5);
    let report = rig.handle.report().unwrap();
    assert!((report.ppm.0 - 80.0).abs() < 0.5, "{:?}", report.ppm);
    assert!((report.ratio.0 + 80.0).abs() < 1.0, "{:?}", report.ratio);
    assert!(report.open && report.settled && report.late.abs() < 5e-6);
    let slot = report.slots[0].unwrap();
    assert!((slot.peak_db + 6.02).abs() < 0.05 && (slot.rms_db + 9.03).abs() < 0.1);
}
