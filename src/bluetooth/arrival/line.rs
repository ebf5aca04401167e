//! The straight line below all arrivals: the source's clock, seen through a radio that
//! only ever delays.
//!
//! Arrivals are gathered in buckets of a second over two minutes. The slope is the
//! regression of the buckets' least arrivals and of their means, each weighted by how
//! little it scatters (even bursts have a steady mean; a radio that becomes busier has
//! a steady least), and of what is usual while little is known. The line with that
//! slope is then moved down until it lies below all of them. What is shown follows it
//! so slowly that it is not heard, and never jumps.

use super::slope::{Regression, SCATTER_MIN, Slope};
use crate::sync::time::{Nanos, Ppm};

/// The line below all arrivals.
#[derive(Debug, Clone)]
pub struct Lower {
    rate: f64,
    /// Slope that is assumed, and how sure that is.
    usual: f64,
    usual_sd: f64,
    origin: Nanos,
    first: u64,
    begun: bool,
    /// Seconds in which what is shown may still jump.
    snap: f64,
    /// What the source had in store at the beginning is over.
    warm: bool,
    /// The least lateness after the store, above the line.
    store: f64,
    /// How far what is shown is meant to be from the target, once that is certain.
    bias: Option<f64>,
    /// Closed buckets in a ring, the oldest at `oldest`.
    ring: [Bucket; BUCKETS],
    oldest: usize,
    count: usize,
    open: Option<Open>,
    target: Straight,
    shown: Straight,
}

/// Where an arrival is: `x` by the source's nominal clock and how much later than that
/// it came, in seconds since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Point {
    x: f64,
    late: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    least: Point,
    mean: Point,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    from: f64,
    least: Point,
    /// Weighted sums of all points.
    sum: Point,
    weight: f64,
}

/// `at + slope · (x − x0)`.
#[derive(Debug, Clone, Copy, Default)]
struct Straight {
    x0: f64,
    at: f64,
    slope: f64,
}

impl Straight {
    fn value(&self, x: f64) -> f64 {
        self.at + self.slope * (x - self.x0)
    }
}

impl Lower {
    /// For a nominal rate; `known` is the crystal's error of last time.
    #[must_use]
    pub fn new(rate: f64, known: Option<Ppm>) -> Self {
        let (usual, usual_sd) = match known {
            // A fast crystal makes its frames early.
            Some(ppm) => (1.0 / ppm.factor() - 1.0, KNOWN_SD),
            None => (0.0, UNKNOWN_SD),
        };
        Self {
            rate,
            usual,
            usual_sd,
            origin: Nanos::ZERO,
            first: 0,
            begun: false,
            snap: if known.is_some() { WARM } else { SNAP },
            warm: false,
            store: f64::INFINITY,
            bias: None,
            ring: [Bucket::default(); BUCKETS],
            oldest: 0,
            count: 0,
            open: None,
            target: Straight::default(),
            shown: Straight::default(),
        }
    }

    /// Forgets where the frames are in time, but not how fast they come.
    pub fn restart(&mut self) {
        if self.is_sure() {
            self.usual = self.target.slope;
            self.usual_sd = KNOWN_SD;
            self.snap = WARM;
        }
        self.begun = false;
        self.warm = false;
        self.store = f64::INFINITY;
        self.bias = None;
        self.count = 0;
        self.oldest = 0;
        self.open = None;
    }

    /// A packet that ends before `frame` came at `at`. Returns how late, in seconds.
    pub fn observe(&mut self, frame: u64, at: Nanos) -> f64 {
        if !self.begun {
            self.begin(frame, at);
        }
        let point = self.point(frame, at);
        if !self.warm {
            self.warm_up(point);
        }
        if self.warm {
            self.gather(point);
        }
        let below = self.target.value(point.x) - point.late;
        self.target.at -= below.max(0.0);
        self.follow(point.x);
        point.late - self.shown.value(point.x)
    }

    /// Seconds of sound before `frame` since the line began.
    #[must_use]
    pub fn heard(&self, frame: u64) -> f64 {
        self.x(frame)
    }

    /// Whether lateness means something yet.
    #[must_use]
    pub fn is_warm(&self) -> bool {
        self.warm
    }

    /// How late a packet that ends before `frame` and comes at `at` is, in seconds.
    #[must_use]
    pub fn lateness(&self, frame: u64, at: Nanos) -> f64 {
        if !self.begun {
            return 0.0;
        }
        let point = self.point(frame, at);
        point.late - self.shown.value(point.x)
    }

    /// When the sound before `frame` is ready at best.
    #[must_use]
    pub fn time_at(&self, frame: u64) -> Nanos {
        let x = self.x(frame);
        self.origin + Nanos::from_secs(x + self.shown.value(x))
    }

    /// Frames that pass in a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate / (1.0 + self.shown.slope)
    }

    /// The crystal's error.
    #[must_use]
    pub fn ppm(&self) -> Ppm {
        Ppm((1.0 / (1.0 + self.target.slope) - 1.0) * 1e6)
    }

    /// Whether the slope comes from what was heard.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.begun && self.count as f64 * BUCKET > SURE
    }

    fn begin(&mut self, frame: u64, at: Nanos) {
        self.begun = true;
        self.origin = at;
        self.first = frame;
        let straight = Straight {
            slope: self.usual,
            ..Straight::default()
        };
        self.target = straight;
        self.shown = straight;
    }

    /// Sources begin with a burst of what they had in store; that is no clock. What
    /// comes then says where the line is.
    fn warm_up(&mut self, point: Point) {
        let above = point.late - self.target.value(point.x);
        if point.x > STORE {
            self.store = self.store.min(above);
        }
        if point.x > WARM {
            self.warm = true;
            self.target.at += self.store.max(0.0);
        }
    }

    fn x(&self, frame: u64) -> f64 {
        (frame as f64 - self.first as f64) / self.rate
    }

    fn point(&self, frame: u64, at: Nanos) -> Point {
        let x = self.x(frame);
        Point {
            x,
            late: (at - self.origin).secs() - x,
        }
    }

    fn gather(&mut self, point: Point) {
        let open = self.open.get_or_insert(Open {
            from: point.x,
            least: point,
            sum: Point::default(),
            weight: 0.0,
        });
        // Least along the line, not in absolute terms: a bucket has a slope, too.
        let slope = self.target.slope;
        if point.late - slope * point.x < open.least.late - slope * open.least.x {
            open.least = point;
        }
        // Tapered, or clumps that are cut by the bucket's ends would shift its mean.
        let part = ((point.x - open.from) / BUCKET).clamp(0.0, 1.0);
        let weight = part * (1.0 - part) + 1e-6;
        open.sum.x += weight * point.x;
        open.sum.late += weight * point.late;
        open.weight += weight;
        if point.x - open.from >= BUCKET {
            let bucket = Bucket {
                least: open.least,
                mean: Point {
                    x: open.sum.x / open.weight,
                    late: open.sum.late / open.weight,
                },
            };
            self.open = None;
            self.close(bucket);
        }
    }

    fn close(&mut self, bucket: Bucket) {
        let at = (self.oldest + self.count) % BUCKETS;
        self.ring[at] = bucket;
        if self.count < BUCKETS {
            self.count += 1;
        } else {
            self.oldest = (self.oldest + 1) % BUCKETS;
        }
        self.fit();
    }

    fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        (0..self.count).map(|index| &self.ring[(self.oldest + index) % BUCKETS])
    }

    fn fit(&mut self) {
        let Some(end) = self.buckets().last().map(|bucket| bucket.least.x) else {
            return;
        };
        let spreads = self.buckets().map(|of| of.mean.late - of.least.late);
        let spread = spreads.sum::<f64>() / self.count as f64;
        let usual = Slope {
            slope: self.usual,
            weight: self.usual_sd.powi(-2),
        };
        let slopes = [
            usual,
            self.regress(end, BEAT * spread, |bucket| bucket.least),
            self.regress(end, 0.0, |bucket| bucket.mean),
        ];
        let weight: f64 = slopes.iter().map(|of| of.weight).sum();
        let slope = slopes.iter().map(|of| of.weight * of.slope).sum::<f64>() / weight;
        let most = if self.is_sure() {
            SLOPE_MAX
        } else {
            SLOPE_LIKELY
        };
        let slope = slope.clamp(-most, most);
        let least = self
            .buckets()
            .map(|of| of.least.late - slope * (of.least.x - end))
            .fold(f64::INFINITY, f64::min);
        self.target = Straight {
            x0: end,
            at: least,
            slope,
        };
    }

    /// The slope of what `of` takes from each bucket, and how much it is worth: buckets
    /// that scatter say little. Those that stand out upwards are left out.
    fn regress(&self, end: f64, floor: f64, of: impl Fn(&Bucket) -> Point) -> Slope {
        let mut limit = f64::INFINITY;
        let mut fit = Regression::default();
        for _ in 0..2 {
            let before = fit;
            fit = Regression::default();
            for bucket in self.buckets() {
                let point = of(bucket);
                let (x, late) = (point.x - end, point.late);
                if before.residual(x, late) < limit {
                    fit.add(x, late);
                }
            }
            limit = 3.0 * fit.scatter() + SCATTER_MIN;
        }
        fit.slope(floor)
    }

    /// Moves what is shown to `x`, nearer to the target.
    fn follow(&mut self, x: f64) {
        let passed = (x - self.shown.x0).max(0.0);
        let before = self.shown.value(x);
        let error = self.target.value(x) - before;
        let at = if x < self.snap {
            // Nothing has sounded yet; but time never goes back.
            before + error.max(-(0.5 * passed).min(BACK))
        } else {
            let (follow, slew, dead) = self.pace(x, error);
            let error = error + self.bias.unwrap_or(0.0);
            let beyond = error - error.clamp(-dead, dead);
            before + (beyond / follow).clamp(-slew, slew) * passed
        };
        let smooth = if x < EARLY { 1.0 } else { SMOOTH };
        let nearer = (passed / smooth).min(1.0);
        let slope = self.shown.slope + (self.target.slope - self.shown.slope) * nearer;
        self.shown = Straight { x0: x, at, slope };
    }

    /// How what is shown follows; once the target is certain it stays as far from it as
    /// it then is.
    fn pace(&mut self, x: f64, error: f64) -> (f64, f64, f64) {
        let known = self.count >= CERTAIN;
        if known && self.bias.is_none() {
            self.bias = Some(-error.clamp(-PACE.2, PACE.2));
        }
        match (x < EARLY, known) {
            (true, _) => EARLY_PACE,
            (false, false) => PACE,
            (false, true) => LATE_PACE,
        }
    }
}

/// Seconds of arrivals in a bucket.
const BUCKET: f64 = 1.0;
/// Two minutes of them.
const BUCKETS: usize = 120;
/// Buckets after which the line is certain to a quarter of a millisecond.
const CERTAIN: usize = 60;
/// Crystals differ by this.
const UNKNOWN_SD: f64 = 150e-6;
/// The same crystal on another day.
const KNOWN_SD: f64 = 5e-6;
/// Hardly any crystal is worse, and until the slope is sure none is believed to be.
const SLOPE_LIKELY: f64 = 250e-6;
/// No crystal is worse.
const SLOPE_MAX: f64 = 1500e-6;
/// Clumps that beat with the buckets let the least arrivals climb like a wrong clock,
/// by up to this share of what is between least and mean.
const BEAT: f64 = 0.1;
/// Seconds after which the slope is worth keeping.
const SURE: f64 = 20.0;
/// Seconds of sound that a source may have in store, and until the line is where it
/// should be.
const STORE: f64 = 0.25;
pub(super) const WARM: f64 = 0.5;
/// Seconds in which an unknown source's line may still jump: clumps that beat with the packets
/// need half a second until one was early.
const SNAP: f64 = 1.0;
/// Seconds at most that it then jumps back at once: less than a packet.
const BACK: f64 = 4e-3;
/// Seconds in which an error shrinks to 1/e, the rate at most (0.17 cent, and 0.9 cent
/// in the first seconds), and the error in seconds that is left alone: latency that
/// moves is worse than latency that is most of a millisecond too long.
const PACE: (f64, f64, f64) = (20.0, 100e-6, 0.8e-3);
const LATE_PACE: (f64, f64, f64) = (20.0, 100e-6, 0.1e-3);
const EARLY_PACE: (f64, f64, f64) = (1.0, 500e-6, 0.0);
const EARLY: f64 = 10.0;
/// Seconds over which a new slope comes into force.
const SMOOTH: f64 = 3.0;

#[cfg(test)]
mod tests;
