//! Least squares: the slope of scattered points, and how much it is worth.

/// A slope and its weight, 1 / variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slope {
    pub slope: f64,
    pub weight: f64,
}

/// Sums of a least-squares fit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Regression {
    count: f64,
    x: f64,
    late: f64,
    xx: f64,
    xl: f64,
    ll: f64,
}

impl Regression {
    pub fn add(&mut self, x: f64, late: f64) {
        self.count += 1.0;
        self.x += x;
        self.late += late;
        self.xx += x * x;
        self.xl += x * late;
        self.ll += late * late;
    }

    /// The spread of x: sum of squares about its mean.
    fn spread(&self) -> f64 {
        self.xx - self.x * self.x / self.count.max(1.0)
    }

    fn steepness(&self) -> f64 {
        let spread = self.spread();
        if self.count < 3.0 || spread <= 0.0 {
            return 0.0;
        }
        (self.xl - self.x * self.late / self.count) / spread
    }

    /// How far above the fit a point is; nowhere before there is one.
    pub fn residual(&self, x: f64, late: f64) -> f64 {
        if self.count < 3.0 {
            return 0.0;
        }
        let mean = self.x / self.count;
        late - self.late / self.count - self.steepness() * (x - mean)
    }

    /// One standard deviation of the points about the fit.
    pub fn scatter(&self) -> f64 {
        if self.count < 3.0 {
            return f64::INFINITY;
        }
        let all = self.ll - self.late * self.late / self.count;
        let explained = self.steepness().powi(2) * self.spread();
        ((all - explained).max(0.0) / (self.count - 2.0)).sqrt()
    }

    /// The slope; points scatter by `floor` at least.
    pub fn slope(&self, floor: f64) -> Slope {
        let scatter = CORRELATED * self.scatter().max(floor).max(SCATTER_MIN);
        let spread = self.spread();
        let known = self.count >= 3.0 && spread > 0.0;
        Slope {
            slope: self.steepness(),
            weight: if known {
                spread / (scatter * scatter)
            } else {
                0.0
            },
        }
    }
}

/// Clumps beat with the packets for seconds, so neighbouring buckets err alike.
const CORRELATED: f64 = 2.0;
/// Points are never believed to be better than this, seconds.
pub(super) const SCATTER_MIN: f64 = 50e-6;
