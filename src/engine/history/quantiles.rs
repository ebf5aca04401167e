//! Percentiles of an hour without keeping an hour: one histogram per minute.
//!
//! Bins are logarithmic, 100 to a decade from 0.1 µs to 1 s, so that a
//! percentile is right to 1.2 %. Fixed size: 61 minutes of 700 bins, 171 kB.

use std::collections::VecDeque;

use crate::sync::time::Nanos;

/// Percentiles of a size in microseconds over the last hour.
#[derive(Debug, Clone, Default)]
pub(super) struct Quantiles {
    minutes: VecDeque<Minute>,
}

#[derive(Debug, Clone)]
struct Minute {
    index: i64,
    bins: Box<[u32]>,
}

impl Quantiles {
    /// What it takes at most.
    pub const BYTES: usize = MINUTES * (BINS * size_of::<u32>() + size_of::<Minute>());

    pub fn push(&mut self, time: Nanos, us: f64) {
        let index = time.0.div_euclid(60_000_000_000);
        if self.minutes.back().is_none_or(|last| last.index != index) {
            self.begin(index);
        }
        if let Some(minute) = self.minutes.back_mut() {
            minute.bins[bin(us)] += 1;
        }
    }

    /// The value that `share` (0 to 1) of the samples do not exceed.
    pub fn at(&self, share: f64) -> Option<f64> {
        let total: u64 = self.counts().sum();
        let wanted = ((total as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.counts().position(|count| {
            seen += count;
            seen >= wanted
        });
        found.map(centre)
    }

    fn begin(&mut self, index: i64) {
        while self
            .minutes
            .front()
            .is_some_and(|old| index - old.index >= MINUTES as i64)
        {
            let _ = self.minutes.pop_front();
        }
        self.minutes.push_back(Minute {
            index,
            bins: vec![0; BINS].into(),
        });
    }

    fn counts(&self) -> impl Iterator<Item = u64> + '_ {
        (0..BINS).map(|bin| {
            self.minutes
                .iter()
                .map(|minute| u64::from(minute.bins[bin]))
                .sum()
        })
    }
}

fn bin(us: f64) -> usize {
    let position = (us.max(SMALLEST) / SMALLEST).log10() * PER_DECADE;
    (position as usize).min(BINS - 1)
}

fn centre(bin: usize) -> f64 {
    SMALLEST * 10f64.powf((bin as f64 + 0.5) / PER_DECADE)
}

const MINUTES: usize = 61;
const SMALLEST: f64 = 0.1;
const PER_DECADE: f64 = 100.0;
const BINS: usize = 700;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_two_percent_and_forget_after_an_hour() {
        let mut quantiles = Quantiles::default();
        for n in 0..72_000 {
            quantiles.push(Nanos(n * 50_000_000), (n % 1000) as f64 * 0.1);
        }
        for share in [0.5, 0.9, 0.99] {
            let found = quantiles.at(share).unwrap_or(0.0);
            assert!((found / (share * 100.0) - 1.0).abs() < 0.02, "{found}");
        }
        for n in 0..72_000 {
            quantiles.push(Nanos::from_secs(7300.0) + Nanos(n * 50_000_000), 500.0);
        }
        let found = quantiles.at(0.01).unwrap_or(0.0);
        assert!((found / 500.0 - 1.0).abs() < 0.02, "{found}");
        assert!(quantiles.minutes.len() <= MINUTES);
        assert_eq!(Quantiles::default().at(0.5), None);
    }
}
