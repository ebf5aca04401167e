//! Learns a device's clock from time stamps: where each frame is in time, how
//! fast the crystal runs, and how sure that is. Constant memory, no clock of
//! its own, a few dozen operations a stamp.
//!
//! Stamps are reduced in windows (50 ms at first, growing to 1 s) and the
//! windows drive a two-state Kalman filter (time error, rate error) whose
//! process noise follows the innovations.
//!
//! The reduction fits the error. One-sided lateness: the window's minimum, less
//! its expected excess. Two-sided bounded error: the midrange, whose error
//! falls with 1/n instead of 1/√n (Rider 1957, "The midrange of a sample as an
//! estimator of the population midrange"); the mean where the error has tails.

use serde::{Deserialize, Serialize};

use super::time::{Line, Nanos, Ppm, Stamp};

/// How a device's time stamps scatter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noise {
    /// Only ever late: callbacks and pointers read after the fact.
    #[default]
    OneSided,
    /// Early as often as late: rounded delay reports.
    TwoSided,
    /// Not at all: the backend has laid the line itself, as those of radio links do,
    /// whose scatter only they can judge. It may bend, slowly.
    Exact,
}

/// The estimator. One per device or capture source.
#[derive(Debug, Clone)]
pub struct Clock {
    nominal: f64,
    noise: Noise,
    /// Stamps still to be ignored: streams start with irregular ones.
    skip: u32,
    line: Option<Line>,
    started: Nanos,
    last: Nanos,
    /// Covariance of (time error in s, relative rate error).
    covariance: [f64; 3],
    process: f64,
    surprise: f64,
    window: Window,
    /// Usual range of the residuals in a window, seconds.
    range: f64,
    jitter: f64,
    suspects: Suspects,
    /// Windows in a row that were far off.
    outliers: u32,
    relocks: u32,
}

/// Stamps of the running window, as residuals against the line in seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    count: u32,
    first: Nanos,
    last: Nanos,
    min: f64,
    min_at: Nanos,
    max: f64,
    sum: f64,
    squares: f64,
}

/// Stamps in a row that do not fit the line.
#[derive(Debug, Clone, Copy, Default)]
struct Suspects {
    count: u32,
    min: f64,
    max: f64,
    sum: f64,
}

/// What a window says: residual, its variance, and when.
struct Reduced {
    residual: f64,
    variance: f64,
    at: Nanos,
}

impl Clock {
    /// A clock that knows nothing but the nominal `rate` in frames per second,
    /// or also last time's rate error.
    #[must_use]
    pub fn new(rate: f64, noise: Noise, prior: Option<Ppm>) -> Self {
        let mut clock = Self {
            nominal: rate,
            noise,
            skip: skip(noise),
            line: None,
            started: Nanos::ZERO,
            last: Nanos::ZERO,
            covariance: [0.0; 3],
            process: PROCESS_MIN,
            surprise: 1.0,
            window: Window::default(),
            range: 0.0,
            jitter: 0.0,
            suspects: Suspects::default(),
            outliers: 0,
            relocks: 0,
        };
        clock.covariance[2] = match prior {
            Some(_) => square(PRIOR_SD),
            None => square(UNKNOWN_SD),
        };
        clock.nominal = rate;
        clock.line = prior.map(|ppm| Line {
            at: Nanos::ZERO,
            frame: f64::NAN,
            rate: rate * ppm.factor(),
        });
        clock
    }

    /// Takes one stamp. Stamps come in order of time.
    pub fn observe(&mut self, stamp: Stamp) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        let Some(line) = self.line.filter(|line| !line.frame.is_nan()) else {
            self.begin(stamp);
            return;
        };
        self.last = stamp.time;
        if self.noise == Noise::Exact {
            self.follow(line, stamp);
            return;
        }
        let residual = (stamp.time - line.at).secs() - line.secs_to(stamp.frame as f64);
        if self.is_suspect(residual) {
            self.suspect(residual, stamp);
            return;
        }
        self.suspects.count = 0;
        self.window.add(residual, stamp.time);
        let length = (stamp.time - self.window.first).secs();
        if self.window.count >= MIN_STAMPS && length >= self.window_length(stamp.time) {
            self.close_window();
        }
    }

    /// Forgets where the frames are but not how fast they run: after an
    /// underrun, when the device was restarted.
    pub fn restart(&mut self) {
        self.skip = skip(self.noise);
        self.relocks += 1;
        if let Some(line) = &mut self.line {
            line.frame = f64::NAN;
        }
        self.covariance[1] = 0.0;
        self.covariance[2] = self.covariance[2].max(square(RESTART_SD));
        self.window = Window::default();
        self.suspects = Suspects::default();
    }

    /// The line in force; `None` before the first usable stamp.
    #[must_use]
    pub fn line(&self) -> Option<Line> {
        self.line.filter(|line| !line.frame.is_nan())
    }

    /// One standard deviation of the line's time now, in seconds.
    #[must_use]
    pub fn sd(&self) -> f64 {
        match self.line() {
            Some(line) => {
                let ahead = (self.last - line.at).secs();
                let [p11, p12, p22] = self.covariance;
                (p11 + 2.0 * p12 * ahead + p22 * ahead * ahead)
                    .max(0.0)
                    .sqrt()
            }
            None => f64::INFINITY,
        }
    }

    /// Whether the line is good enough to play by.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.line().is_some()
            && self.suspects.count == 0
            && self.sd() < SETTLED_SD
            && (self.noise == Noise::Exact || (self.last - self.started).secs() > SETTLED_AGE)
    }

    /// The crystal's rate error.
    #[must_use]
    pub fn ppm(&self) -> Ppm {
        match self.line {
            Some(line) => Ppm((line.rate / self.nominal - 1.0) * 1e6),
            None => Ppm(0.0),
        }
    }

    /// One standard deviation of [`Clock::ppm`], in ppm.
    #[must_use]
    pub fn ppm_sd(&self) -> f64 {
        self.covariance[2].sqrt() * 1e6
    }

    /// Scatter of the stamps around the line, one standard deviation in seconds.
    #[must_use]
    pub fn jitter(&self) -> f64 {
        self.jitter
    }

    /// How often the line had to be found anew (stall, underrun, jump).
    #[must_use]
    pub fn relocks(&self) -> u32 {
        self.relocks
    }

    fn begin(&mut self, stamp: Stamp) {
        let rate = self.line.map_or(self.nominal, |line| line.rate);
        self.line = Some(Line {
            at: stamp.time,
            frame: stamp.frame as f64,
            rate,
        });
        self.started = stamp.time;
        self.last = stamp.time;
        self.covariance[0] = square(FIRST_SD);
        self.covariance[1] = 0.0;
        self.window = Window::default();
        self.range = 0.0;
        self.surprise = 1.0;
    }

    /// Takes an exact stamp as it is. The rate is that between the stamps, whose whole
    /// nanoseconds are smoothed out.
    fn follow(&mut self, line: Line, stamp: Stamp) {
        let passed = (stamp.time - line.at).secs();
        let frames = stamp.frame as f64 - line.frame;
        if passed <= 0.0 || frames <= 0.0 {
            return;
        }
        let late = passed - line.secs_to(stamp.frame as f64);
        if late.abs() > EXACT_JUMP {
            self.shift(late, stamp);
        }
        let share = (passed / EXACT_SMOOTH).min(1.0);
        self.line = Some(Line {
            at: stamp.time,
            frame: stamp.frame as f64,
            rate: line.rate + (frames / passed - line.rate) * share,
        });
        self.covariance = [square(FLOOR_SD), 0.0, square(RESTART_SD)];
    }

    /// Whether a residual cannot come from this line and this noise.
    fn is_suspect(&self, residual: f64) -> bool {
        let doubt = 6.0 * self.sd();
        let late = (5.0 * self.range).max(SUSPECT_LATE) + doubt;
        let early = match self.noise {
            Noise::OneSided => self.range.max(SUSPECT_EARLY) + doubt,
            Noise::TwoSided | Noise::Exact => late,
        };
        residual > late || residual < -early
    }

    /// Three in a row that agree with each other mean the device's time jumped.
    fn suspect(&mut self, residual: f64, stamp: Stamp) {
        self.suspects.add(residual);
        let suspects = self.suspects;
        let agree = suspects.max - suspects.min < self.range.max(SUSPECT_LATE);
        if !agree {
            self.suspects = Suspects::default();
            self.suspects.add(residual);
        } else if suspects.count >= SUSPECTS {
            let shift = match self.noise {
                Noise::OneSided => suspects.min,
                Noise::TwoSided | Noise::Exact => suspects.sum / f64::from(suspects.count),
            };
            self.shift(shift, stamp);
        }
    }

    fn shift(&mut self, seconds: f64, stamp: Stamp) {
        if let Some(line) = &mut self.line {
            *line = line.moved_to(stamp.time);
            line.frame -= seconds * line.rate;
        }
        self.relocks += 1;
        self.started = stamp.time;
        self.covariance = [
            square(self.range.max(FIRST_SD)),
            0.0,
            self.covariance[2].max(square(RESTART_SD)),
        ];
        self.window = Window::default();
        self.suspects = Suspects::default();
    }

    fn window_length(&self, now: Nanos) -> f64 {
        ((now - self.started).secs() * WINDOW_GROWTH).clamp(WINDOW_MIN, WINDOW_MAX)
    }

    fn close_window(&mut self) {
        let reduced = self.window.reduce(self.noise);
        let range = self.window.max - self.window.min;
        self.range = if self.range > 0.0 {
            // A freeze of the machine widens one window; do not let it open the gate for long.
            self.range + 0.2 * (range.min(2.0 * self.range) - self.range)
        } else {
            range
        };
        self.jitter = self.window.sd();
        self.window = Window::default();
        self.update(&reduced);
    }

    fn update(&mut self, reduced: &Reduced) {
        let Some(line) = &mut self.line else { return };
        let elapsed = (reduced.at - line.at).secs().max(0.0);
        let [mut p11, mut p12, mut p22] = self.covariance;
        let q = self.process;
        p11 += elapsed * (2.0 * p12 + elapsed * (p22 + q * elapsed / 3.0));
        p12 += elapsed * (p22 + q * elapsed / 2.0);
        p22 += q * elapsed;
        let residual = reduced.residual;
        // A crystal does not jump. One window far off means that every stamp in
        // it was late (a busy machine): it gets no say, unless more follow.
        let sd = (p11 + reduced.variance).sqrt();
        let far = residual.abs() > OUTLIER * sd;
        self.outliers = if far { self.outliers + 1 } else { 0 };
        let variance = match (far, self.outliers > OUTLIERS) {
            (false, _) => reduced.variance,
            (true, false) => residual * residual,
            (true, true) => {
                p11 += residual * residual;
                reduced.variance
            }
        };
        let total = p11 + variance;
        let (k1, k2) = (p11 / total, p12 / total);
        let rate = line.rate;
        let moved = line.moved_to(reduced.at);
        *line = Line {
            at: moved.at,
            frame: moved.frame - k1 * residual * rate,
            rate: rate * (1.0 - k2 * residual),
        };
        self.covariance = [(1.0 - k1) * p11, (1.0 - k1) * p12, p22 - k2 * p12];
        if !far {
            self.adapt(residual * residual / total);
        }
    }

    /// Residuals larger than predicted mean that the crystal wanders faster.
    fn adapt(&mut self, surprise: f64) {
        self.surprise += 0.1 * (surprise.min(9.0) - self.surprise);
        if self.surprise > 1.8 {
            self.process = (self.process * 1.3).min(PROCESS_MAX);
        } else if self.surprise < 0.9 {
            self.process = (self.process * 0.97).max(PROCESS_MIN);
        }
    }
}

impl Window {
    fn add(&mut self, residual: f64, at: Nanos) {
        if self.count == 0 {
            *self = Self {
                first: at,
                min: f64::INFINITY,
                max: f64::NEG_INFINITY,
                ..Self::default()
            };
        }
        if residual < self.min {
            self.min = residual;
            self.min_at = at;
        }
        self.last = at;
        self.max = self.max.max(residual);
        self.sum += residual;
        self.squares += residual * residual;
        self.count += 1;
    }

    fn mean(&self) -> f64 {
        self.sum / f64::from(self.count)
    }

    fn sd(&self) -> f64 {
        let mean = self.mean();
        (self.squares / f64::from(self.count) - mean * mean)
            .max(0.0)
            .sqrt()
    }

    fn reduce(&self, noise: Noise) -> Reduced {
        let n = f64::from(self.count);
        match noise {
            Noise::OneSided => {
                // Between an exponential (1/n) and a uniform (2/n) lower edge.
                let scale = (self.mean() - self.min).min(LATENESS_MAX) / n;
                Reduced {
                    residual: self.min - 1.5 * scale,
                    variance: square(2.0 * scale) + square(FLOOR_SD),
                    at: self.min_at,
                }
            }
            Noise::TwoSided | Noise::Exact => {
                let range = self.max - self.min;
                let sd = self.sd();
                let bounded = self.count >= 16 && sd > 0.25 * range;
                let (residual, variance) = if bounded {
                    (
                        0.5 * (self.max + self.min),
                        range * range / (2.0 * (n + 1.0) * (n + 2.0)),
                    )
                } else {
                    (self.mean(), sd * sd / n)
                };
                Reduced {
                    residual,
                    variance: variance + square(FLOOR_SD),
                    at: Nanos((self.first.0 + self.last.0) / 2),
                }
            }
        }
    }
}

impl Suspects {
    fn add(&mut self, residual: f64) {
        if self.count == 0 {
            self.min = residual;
            self.max = residual;
            self.sum = 0.0;
        }
        self.min = self.min.min(residual);
        self.max = self.max.max(residual);
        self.sum += residual;
        self.count += 1;
    }
}

fn skip(noise: Noise) -> u32 {
    if noise == Noise::Exact { 0 } else { SKIP }
}

fn square(x: f64) -> f64 {
    x * x
}

/// ALSA streams call back twice while filling and once irregularly after.
const SKIP: u32 = 4;
const MIN_STAMPS: u32 = 6;
const WINDOW_MIN: f64 = 0.05;
const WINDOW_MAX: f64 = 1.0;
const WINDOW_GROWTH: f64 = 0.2;
/// Sound cards of ±1000 ppm exist; two thirds are within ±100.
const UNKNOWN_SD: f64 = 300e-6;
/// A crystal from one day to the next, mostly temperature.
const PRIOR_SD: f64 = 3e-6;
const RESTART_SD: f64 = 0.5e-6;
/// The first stamp may be late by a pointer step or a scheduling delay.
const FIRST_SD: f64 = 2e-3;
const FLOOR_SD: f64 = 0.3e-6;
const LATENESS_MAX: f64 = 5e-3;
const SUSPECTS: u32 = 3;
/// Standard deviations beyond which a window is not believed at first, and for
/// how many windows.
const OUTLIER: f64 = 5.0;
const OUTLIERS: u32 = 3;
const SUSPECT_LATE: f64 = 2e-3;
const SUSPECT_EARLY: f64 = 0.5e-3;
/// Rate random walk in 1/s: 0.15 ppm after a second at the least, which a
/// crystal warming by 0.1 °C/s reaches.
const PROCESS_MIN: f64 = 2e-14;
const PROCESS_MAX: f64 = 1e-11;
/// Exact stamps that are off by more than this are a new line.
const EXACT_JUMP: f64 = 2e-3;
/// Seconds over which the rate between exact stamps is smoothed.
const EXACT_SMOOTH: f64 = 0.25;
const SETTLED_SD: f64 = 20e-6;
const SETTLED_AGE: f64 = 0.2;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A deterministic generator (SplitMix64) for uniform numbers in 0..1.
    struct Random(u64);
    impl Random {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// Feeds `seconds` of stamps at 256 frames a period with the given error in
    /// seconds and returns the largest line error after `from` seconds.
    fn worst_error(
        clock: &mut Clock,
        ppm: f64,
        seconds: f64,
        from: f64,
        mut error: impl FnMut(&mut Random) -> f64,
    ) -> f64 {
        let rate = 48_000.0 * Ppm(ppm).factor();
        let mut random = Random(7);
        let mut worst: f64 = 0.0;
        let mut frame = 0u64;
        while (frame as f64) < seconds * rate {
            let truth = 100.0 + frame as f64 / rate;
            let time = Nanos::from_secs(truth + error(&mut random));
            clock.observe(Stamp { frame, time });
            if truth - 100.0 > from {
                let line = clock.line().unwrap();
                let believed = (line.at.secs() - truth) + line.secs_to(frame as f64);
                worst = worst.max(believed.abs());
            }
            frame += 256;
        }
        worst
    }

    #[test]
    fn rounded_delay_reports_are_seen_through_to_a_few_microseconds() {
        let mut clock = Clock::new(48_000.0, Noise::TwoSided, None);
        let worst = worst_error(&mut clock, 120.0, 300.0, 10.0, |r| (r.next() - 0.5) * 1e-3);
        assert!(worst < 15e-6, "{worst}");
        assert!((clock.ppm().0 - 120.0).abs() < 1.0, "{:?}", clock.ppm());
    }

    #[test]
    fn whole_frame_errors_are_seen_through_below_a_microsecond() {
        let mut clock = Clock::new(48_000.0, Noise::TwoSided, None);
        let worst = worst_error(&mut clock, -80.0, 300.0, 10.0, |r| {
            (r.next() * 5.0 - 2.5).round() / 48_000.0
        });
        assert!(worst < 2e-6, "{worst}");
    }

    #[test]
    fn lateness_does_not_become_an_offset() {
        let mut clock = Clock::new(48_000.0, Noise::OneSided, None);
        let worst = worst_error(&mut clock, 50.0, 300.0, 10.0, |r| r.next() * 1e-3);
        assert!(worst < 25e-6, "{worst}");
    }

    #[test]
    fn rare_freezes_of_the_machine_do_not_move_the_line() {
        for noise in [Noise::OneSided, Noise::TwoSided] {
            let mut clock = Clock::new(48_000.0, noise, None);
            let worst = worst_error(&mut clock, 50.0, 300.0, 10.0, |r| {
                if r.next() < 1e-3 {
                    0.1
                } else {
                    r.next() * 50e-6
                }
            });
            let bias = if noise == Noise::TwoSided { 25e-6 } else { 0.0 };
            assert!((worst - bias).abs() < 6e-6, "{noise:?} {worst}");
            assert_eq!(clock.relocks(), 0);
        }
    }

    #[test]
    fn a_busy_spell_does_not_move_the_line_and_a_lasting_shift_does() {
        let mut clock = Clock::new(48_000.0, Noise::OneSided, None);
        let mut random = Random(11);
        let (mut worst, mut last): (f64, f64) = (0.0, 0.0);
        for period in 0..20_000u64 {
            let truth = 5.0 + (period * 256) as f64 / 48_000.0;
            // A second and a half in which every stamp is late, then a lasting shift.
            let late = match period {
                6000..6300 | 12_000.. => 150e-6,
                _ => 0.0,
            };
            clock.observe(Stamp {
                frame: period * 256,
                time: Nanos::from_secs(truth + late + random.next() * 100e-6),
            });
            let line = clock.line();
            let error = line.map_or(1.0, |line| {
                (line.at.secs() - truth) + line.secs_to((period * 256) as f64)
            });
            if (4000..12_000).contains(&period) {
                worst = worst.max(error.abs());
            }
            last = error;
        }
        assert!(worst < 10e-6, "{worst}");
        assert!((last - 150e-6).abs() < 10e-6, "{last}");
        assert_eq!(clock.relocks(), 0);
    }

    #[test]
    fn a_stall_is_found_within_a_quarter_second() {
        for noise in [Noise::OneSided, Noise::TwoSided] {
            let mut clock = Clock::new(48_000.0, noise, None);
            let mut random = Random(3);
            let mut settled_after = None;
            for period in 0..12_000u64 {
                let stalled = if period >= 6000 { 0.5 } else { 0.0 };
                let truth = 5.0 + stalled + (period * 256) as f64 / 48_000.0;
                clock.observe(Stamp {
                    frame: period * 256,
                    time: Nanos::from_secs(truth + random.next() * 100e-6),
                });
                if period > 6000 && settled_after.is_none() && clock.settled() {
                    settled_after = Some((period - 6000) * 256);
                }
            }
            assert_eq!(clock.relocks(), 1);
            let frames = settled_after.unwrap();
            assert!(frames < 12_000 + 2000, "{noise:?}: {frames} frames");
        }
    }

    #[test]
    fn exact_stamps_are_followed_where_they_bend_and_a_jump_is_a_new_line() {
        let mut clock = Clock::new(48_000.0, Noise::Exact, None);
        let mut time = Nanos::from_secs(5.0);
        for period in 0..2000u64 {
            // From 100 ppm fast to 200 ppm slow, and 5 ms lost on the way.
            let ppm = if period < 1000 { 100.0 } else { -200.0 };
            time += Nanos::from_secs(640.0 / (48_000.0 * Ppm(ppm).factor()));
            if period == 1500 {
                time += Nanos::from_millis(5.0);
            }
            let stamp = Stamp {
                frame: period * 640,
                time,
            };
            clock.observe(stamp);
            assert_eq!(clock.settled(), period > 0, "{period}");
            if let Some(line) = clock.line() {
                assert!((line.frame_at(time) - stamp.frame as f64).abs() < 1e-6);
            }
            if period == 990 {
                assert!((clock.ppm().0 - 100.0).abs() < 0.2, "{:?}", clock.ppm());
            }
        }
        assert!((clock.ppm().0 + 200.0).abs() < 0.2, "{:?}", clock.ppm());
        assert_eq!(clock.relocks(), 1);
    }

    #[test]
    fn a_known_rate_settles_at_once_and_a_restart_keeps_it() {
        let mut clock = Clock::new(48_000.0, Noise::OneSided, Some(Ppm(80.0)));
        let error = worst_error(&mut clock, 80.0, 2.0, 0.6, |r| r.next() * 100e-6);
        assert!(error < 20e-6, "{error}");
        clock.restart();
        assert!(clock.line().is_none() && !clock.settled());
        assert!((clock.ppm().0 - 80.0).abs() < 4.0);
    }
}
