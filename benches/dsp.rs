//! What one stereo lane costs per block of 256 frames (5.3 ms at 48 kHz).
//!
//! Budget for everything together: 15 µs on one core, 0.3 % of real time.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use inphase::sync::crossover::{Crossover, Side};
use inphase::sync::history::History;
use inphase::sync::kernel::{Kernel, NOMINAL_CUTOFF, Quality};
use inphase::sync::limiter::Limiter;
use inphase::sync::meter::Meter;
use inphase::sync::walk::{Position, Walk};

const FRAMES: usize = 256;
const RATE: f64 = 48_000.0;

fn history() -> History {
    let mut history = History::new(2, 1 << 15);
    let samples: Vec<f32> = (0..1 << 16).map(|i| (i as f32 * 0.37).sin()).collect();
    history.push_interleaved(&samples);
    history
}

fn reading(c: &mut Criterion) {
    let history = history();
    let kernel = Kernel::new(NOMINAL_CUTOFF, Quality::Standard);
    let mut out = [0.0f32; 2 * FRAMES];
    let start = Position::new(10_000, 0.3);
    for (name, step) in [("at +80 ppm", 1.000_08), ("44.1 to 48 kHz", 0.918_75)] {
        let walk = Walk::plain(start, step);
        let _ = c.bench_function(&format!("read a pair, {name}"), |b| {
            b.iter(|| kernel.read_pair(&history, [0, 1], black_box(&walk), &mut out, 2, false));
        });
        let _ = c.bench_function(&format!("read two channels, {name}"), |b| {
            b.iter(|| {
                kernel.read_block(&history, 0, black_box(&walk), &mut out, 2, false);
                kernel.read_block(&history, 1, black_box(&walk), &mut out[1..], 2, false);
            });
        });
    }
    let walk = Walk::plain(Position::new(10_000, 0.0), 1.0);
    let _ = c.bench_function("copy a pair, locked", |b| {
        b.iter(|| kernel.read_pair(&history, [0, 1], black_box(&walk), &mut out, 2, false));
    });
}

fn storing(c: &mut Criterion) {
    let mut history = history();
    let block = [0.1f32; 2 * FRAMES];
    let _ = c.bench_function("push a stereo block", |b| {
        b.iter(|| history.push_interleaved(black_box(&block)));
    });
}

fn shaping(c: &mut Criterion) {
    let tone: Vec<f32> = (0..2 * FRAMES)
        .map(|i| 2.0 * (i as f32 * 0.05).sin())
        .collect();
    let mut out = tone.clone();
    let mut filters = [Crossover::new(Side::High, RATE); 2];
    filters
        .iter_mut()
        .for_each(|filter| filter.jump(Some(80.0)));
    let _ = c.bench_function("crossover, two channels", |b| {
        b.iter(|| {
            out.copy_from_slice(&tone);
            filters[0].process(black_box(&mut out), 2);
            filters[1].process(black_box(&mut out[1..]), 2);
        });
    });
    let mut limiter = Limiter::new(RATE);
    limiter.arm(true);
    let _ = c.bench_function("limiter, two channels", |b| {
        b.iter(|| {
            out.copy_from_slice(&tone);
            limiter.process(black_box(&mut out), 2, &[0, 1]);
        });
    });
    let mut meter = Meter::new(RATE, 2);
    let _ = c.bench_function("meter, two channels", |b| {
        b.iter(|| {
            meter.push(black_box(&tone), 2);
            meter.push(black_box(&tone[1..]), 2);
        });
    });
}

criterion_group!(benches, reading, storing, shaping);
criterion_main!(benches);
