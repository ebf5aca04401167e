//! What one lane costs end to end, `Lane::render` with everything in it: commands,
//! clock, servo, interpolation, gain, meter, report.
//!
//! Budget: 15 µs for a stereo block of 256 frames (5.3 ms at 48 kHz) on one core,
//! 0.3 % of real time. Measured is the thread's processor time, which other programs
//! on the machine disturb less than the wall clock. The alternative in the same run does the interpolation
//! alone, with rubato's sinc of 64 taps and cubic interpolation.

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use inphase::sync::lane::{Filter, LaneCommand, SlotSettings};
use lane_rig::{LaneRig, Spec, Stamps, tone};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/support/lane_rig.rs"]
mod lane_rig;

const FRAMES: usize = 256;
/// Blocks timed in one go: asking for the time costs a system call.
const BATCH: usize = 32;

fn processor_time() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .expect("every Linux has this clock")
        .into()
}

/// A lane that has played for three virtual seconds, with one speaker on it.
fn playing(channels: u16, ppm: f64, change: impl Fn(&mut SlotSettings)) -> LaneRig {
    let mut rig = LaneRig::new(Spec {
        ppm,
        frames: FRAMES,
        channels,
        stamps: Stamps::Prompt,
        signal: |frame, channel| tone(997 + 4 * u64::from(channel), frame),
    });
    let mut settings = rig.settings();
    change(&mut settings);
    rig.place(0, settings);
    if ppm == 0.0 {
        assert!(rig.handle.send(LaneCommand::Lock(true)));
    }
    let sound = rig.run(3.0);
    assert!(sound[sound.len() - 1000..].iter().any(|x| x.abs() > 0.1));
    rig
}

/// Times the render alone; feeding the source is the source's work.
fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut rig: LaneRig) {
    let _ = group.bench_function(name, |b| {
        b.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for first in (0..rounds).step_by(BATCH) {
                let batch = (rounds - first).min(BATCH as u64);
                rig.feed_ahead(BATCH);
                let begun = processor_time();
                for _ in 0..batch {
                    rig.prepare(false);
                    let _ = black_box(rig.render());
                }
                spent += processor_time() - begun;
            }
            spent
        });
    });
    let report = rig.handle.report().expect("a lane that renders reports");
    assert!(report.open && !report.starved);
}

fn lanes(c: &mut Criterion) {
    let mut group = c.benchmark_group("one lane, 256 frames");
    let plain = |_: &mut SlotSettings| {};
    let filtered = |settings: &mut SlotSettings| {
        settings.filter = Filter::HighPass(80.0);
        settings.limit = true;
    };
    measure(
        &mut group,
        "stereo, resampling at +80 ppm, unity gain (budget 15 µs)",
        playing(2, 80.0, plain),
    );
    measure(
        &mut group,
        "stereo, resampling at +80 ppm, crossover and limiter",
        playing(2, 80.0, filtered),
    );
    measure(
        &mut group,
        "mono, resampling at +80 ppm, unity gain",
        playing(1, 80.0, plain),
    );
    measure(
        &mut group,
        "stereo, locked, bit-exact copy",
        playing(2, 0.0, plain),
    );
    let _ = group.bench_function("alternative: rubato sinc 64 cubic, stereo, +80 ppm", rubato);
    group.finish();
}

fn rubato(b: &mut criterion::Bencher<'_>) {
    let parameters = SincInterpolationParameters::new(64, WindowFunction::BlackmanHarris2)
        .f_cutoff(0.92)
        .interpolation(SincInterpolationType::Cubic);
    let mut resampler =
        Async::<f32>::new_sinc(1.000_08, 1.1, &parameters, FRAMES, 2, FixedAsync::Output)
            .expect("the parameters are valid");
    let tone: Vec<f32> = (0..4 * FRAMES as u64).map(|i| tone(997, i / 2)).collect();
    let mut out = vec![0.0f32; 2 * FRAMES];
    let mut process = || {
        let frames = resampler.input_frames_next();
        let input = InterleavedSlice::new(black_box(&tone), 2, frames).expect("long enough");
        let mut output = InterleavedSlice::new_mut(&mut out, 2, FRAMES).expect("long enough");
        resampler
            .process_into_buffer(&input, &mut output, None)
            .expect("the sizes are those it asked for")
    };
    b.iter_custom(|rounds| {
        let begun = processor_time();
        for _ in 0..rounds {
            let _ = black_box(process());
        }
        processor_time() - begun
    });
}

criterion_group!(benches, lanes);
criterion_main!(benches);
