//! The height of a plot: a few fixed steps, so that a glance is enough to know
//! it, and changed seldom.
//!
//! A step is left when data does not fit or when it has used less than a quarter
//! of it for 10 s.

use super::Quantity;
use crate::sync::time::Nanos;

/// Which values a plot covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    quantity: Quantity,
    limit: f64,
}

/// A value with its label.
pub type Tick = (f64, String);

impl Scale {
    /// The smallest value.
    #[must_use]
    pub fn low(self) -> f64 {
        match self.quantity {
            Quantity::Error | Quantity::Drift => -self.limit,
            Quantity::Latency | Quantity::Buffer => 0.0,
        }
    }

    /// The largest.
    #[must_use]
    pub fn high(self) -> f64 {
        self.limit
    }

    /// 0 at the bottom, 1 at the top; nothing leaves the plot.
    #[must_use]
    pub fn height(self, value: f64) -> f32 {
        let share = (value - self.low()) / (self.high() - self.low());
        share.clamp(0.0, 1.0) as f32
    }

    /// The unit of the labels.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self.quantity {
            Quantity::Error if self.in_ms() => "ms",
            Quantity::Error => "µs",
            Quantity::Latency => "ms",
            Quantity::Drift => "ppm",
            Quantity::Buffer => "%",
        }
    }

    /// At most 5 bare numbers, highest first. The edge of the band, if there is
    /// one and it is not too near to zero, is one of them.
    #[must_use]
    pub fn ticks(self, band: Option<f64>) -> Vec<Tick> {
        let positive = match self.quantity {
            Quantity::Error | Quantity::Drift => self.signed_ticks(band),
            Quantity::Latency | Quantity::Buffer => self.parts(),
        };
        let label = |value: f64| (value, self.label(value));
        let below = positive.iter().rev().map(|value| -value);
        let mut ticks: Vec<Tick> = positive.iter().rev().copied().map(label).collect();
        ticks.push((0.0, "0".into()));
        if self.low() < 0.0 {
            ticks.extend(below.rev().map(label));
        }
        ticks
    }

    fn signed_ticks(self, band: Option<f64>) -> Vec<f64> {
        let (mantissa, power) = mantissa(self.limit);
        let factors: &[f64] = match mantissa {
            small if small < 1.5 => &[1.0],
            middle if middle < 3.1 => &[2.0],
            middle if middle < 4.0 => &[1.0, 2.0],
            _ => &[2.5, 5.0],
        };
        let mut ticks: Vec<f64> = factors.iter().map(|factor| factor * power).collect();
        if let Some(band) = band.filter(|band| *band <= self.limit && *band >= 0.15 * self.limit) {
            ticks.retain(|tick| (tick - band).abs() > 0.2 * self.limit);
            ticks.push(band);
            ticks.sort_by(f64::total_cmp);
        }
        let first = ticks.len().saturating_sub(2);
        ticks.split_off(first)
    }

    /// Halves or thirds of a scale that begins at zero.
    fn parts(self) -> Vec<f64> {
        let (mantissa, _) = mantissa(self.limit);
        let count = if mantissa < 1.1 { 2 } else { 3 };
        (1..=count)
            .map(|part| self.limit * f64::from(part) / f64::from(count))
            .collect()
    }

    fn label(self, value: f64) -> String {
        let shown = if self.in_ms() { value / 1000.0 } else { value };
        let size = shown.abs();
        let digits = if (size - size.round()).abs() < 0.01 {
            format!("{size:.0}")
        } else {
            format!("{size:.1}")
        };
        match self.quantity {
            Quantity::Error | Quantity::Drift if value > 0.0 => format!("+{digits}"),
            _ if value < 0.0 => format!("−{digits}"),
            _ => digits,
        }
    }

    fn in_ms(self) -> bool {
        self.quantity == Quantity::Error && self.limit >= 1000.0
    }
}

/// The step a plot stands at, and since when a smaller one would do.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Held {
    limit: Option<f64>,
    small_since: Option<Nanos>,
}

impl Held {
    /// The scale for data that reaches as far as `reach` from zero. It is never
    /// smaller than what shows `always`, such as the band of what is in phase.
    pub fn fit(&mut self, quantity: Quantity, reach: f64, always: f64, now: Nanos) -> Scale {
        let needed = step(quantity, reach.max(always));
        let limit = match self.limit {
            Some(limit) if reach.max(always) <= limit => self.shrunk(limit, needed, reach, now),
            _ => {
                self.small_since = None;
                needed
            }
        };
        self.limit = Some(limit);
        Scale { quantity, limit }
    }

    fn shrunk(&mut self, limit: f64, needed: f64, reach: f64, now: Nanos) -> f64 {
        if reach >= limit * LITTLE || needed >= limit {
            self.small_since = None;
            return limit;
        }
        let since = *self.small_since.get_or_insert(now);
        if now - since < PATIENCE {
            return limit;
        }
        self.small_since = None;
        needed
    }
}

/// The smallest step that holds a value.
fn step(quantity: Quantity, reach: f64) -> f64 {
    let steps: &[f64] = match quantity {
        Quantity::Error => &[50.0, 130.0, 320.0, 1.3e3, 13e3, 130e3, 1.3e6],
        Quantity::Latency => &[10.0, 30.0, 60.0, 150.0, 300.0, 600.0, 1500.0, 3000.0],
        Quantity::Drift => &[3.0, 13.0, 30.0, 130.0, 320.0, 1300.0],
        Quantity::Buffer => &[100.0],
    };
    let last = steps.last().copied().unwrap_or(1.0);
    let holds = |step: &&f64| **step >= reach;
    steps.iter().find(holds).copied().unwrap_or(last)
}

/// 1 to 10, and the power of ten it is to be multiplied by.
fn mantissa(value: f64) -> (f64, f64) {
    let power = 10f64.powf(value.log10().floor());
    (value / power, power)
}

/// The share of a step that is too little to keep it …
const LITTLE: f64 = 0.25;
/// … for so long.
const PATIENCE: Nanos = Nanos(10_000_000_000);
