use super::*;
use crate::room::chance::Chance;

/// Runs packets of 640 frames at 44.1 kHz with `delay` added to each; returns the
/// range of the line's error and the largest rate error after `from` seconds.
fn run(
    ppm: f64,
    seed: u64,
    seconds: f64,
    from: f64,
    mut delay: impl FnMut(f64, &mut Chance) -> f64,
) -> (f64, f64, f64) {
    let mut line = Lower::new(44_100.0, None);
    let mut chance = Chance::new(seed, 0);
    let start = 1.0 + chance.between(0.0, 0.05);
    let (mut low, mut high, mut rate) = (f64::MAX, f64::MIN, 0.0f64);
    let mut frame = 0u64;
    while (frame as f64) < seconds * 44_100.0 {
        frame += 640;
        let truth = start + frame as f64 / (44_100.0 * Ppm(ppm).factor());
        let arrival = truth + delay(truth, &mut chance);
        let _late = line.observe(frame, Nanos::from_secs(arrival));
        if truth > from {
            let error = line.time_at(frame).secs() - truth;
            low = low.min(error);
            high = high.max(error);
            rate = rate.max((line.ppm().0 - ppm).abs());
        }
    }
    (low, high, rate)
}

/// Sent three at a time, every 45 ms.
fn clumps(truth: f64, chance: &mut Chance) -> f64 {
    (truth / 0.045).ceil() * 0.045 - truth + chance.between(0.0, 1e-3)
}

#[test]
fn clumps_are_seen_through() {
    for ppm in [-150.0, -60.0, 0.0, 150.0] {
        for seed in 0..8 {
            // Clumps of 45.0 ms beat with packets of 14.5 ms: 13 s pass until one
            // was sent at once, so a source that is not known yet needs a while.
            let (low, high, _) = run(ppm, seed, 300.0, 10.0, clumps);
            assert!(high - low < 1.5e-3, "{ppm} {seed}: {low} {high}");
            let (low, high, _) = run(ppm, seed, 300.0, 30.0, clumps);
            assert!(high - low < 1e-3, "{ppm} {seed}: {low} {high}");
            let (low, high, rate) = run(ppm, seed, 600.0, 130.0, clumps);
            assert!(high - low < 0.3e-3, "{ppm} {seed}: {low} {high}");
            assert!(rate < 3.0, "{ppm} {seed}: {rate}");
        }
    }
}

#[test]
fn heavy_tails_and_rare_stalls_are_seen_through() {
    let (low, high, rate) = run(80.0, 1, 600.0, 20.0, |_, chance| {
        let tail = -8e-3 * (1.0 - chance.unit()).ln();
        if chance.unit() < 1e-3 { 0.1 } else { tail }
    });
    assert!(high - low < 0.5e-3, "{low} {high}");
    assert!(rate < 50.0, "{rate}");
}

#[test]
fn a_slower_path_is_followed_without_a_jump() {
    let mut line = Lower::new(48_000.0, None);
    let mut last = None;
    for packet in 1..30_000u64 {
        let truth = packet as f64 * 0.0125;
        let delay = if truth > 100.0 { 5e-3 } else { 0.0 };
        let _late = line.observe(packet * 600, Nanos::from_secs(truth + delay));
        let error = line.time_at(packet * 600).secs() - truth;
        if truth > 5.0
            && let Some(last) = last
        {
            let step: f64 = error - last;
            assert!(step.abs() < 3e-6, "{step}");
        }
        last = Some(error);
    }
    assert!(
        last.is_some_and(|error| (error - 5e-3).abs() < 0.85e-3),
        "{last:?}"
    );
}
