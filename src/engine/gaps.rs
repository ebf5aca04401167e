//! How often a speaker fell silent lately. The counters of a device only grow;
//! whoever listens wants to know whether it still happens.

use std::collections::VecDeque;

use crate::sync::time::Nanos;

/// The gaps of one speaker. Plain data, no thread, no clock.
#[derive(Debug, Clone, Default)]
pub struct Gaps {
    counted: Option<u64>,
    at: VecDeque<Nanos>,
}

impl Gaps {
    /// Takes the device's counter as it stands at `now`, and tells how much it grew
    /// in the last minute. What was counted before it was first asked, or before the
    /// device was opened anew, is not lately.
    pub fn lately(&mut self, counter: u64, now: Nanos) -> u32 {
        let before = self.counted.replace(counter).unwrap_or(counter);
        let new = counter.saturating_sub(before).min(MOST as u64) as usize;
        self.at.extend(std::iter::repeat_n(now, new));
        let old = self.at.iter().take_while(|then| now - **then > LATELY);
        let surplus = self.at.len().saturating_sub(MOST);
        let gone = old.count().max(surplus);
        drop(self.at.drain(..gone));
        self.at.len() as u32
    }
}

/// What "lately" is.
pub const LATELY: Nanos = Nanos(60_000_000_000);
/// More are not told apart.
const MOST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_count_for_a_minute() {
        let mut gaps = Gaps::default();
        let mut at = |secs: f64, counter| gaps.lately(counter, Nanos::from_secs(secs));
        assert_eq!(at(0.0, 7), 0);
        assert_eq!(at(10.0, 8), 1);
        assert_eq!(at(40.0, 12), 5);
        assert_eq!(at(70.0, 12), 5);
        assert_eq!(at(70.1, 12), 4);
        assert_eq!(at(100.1, 12), 0);
    }

    #[test]
    fn a_device_that_is_opened_anew_counts_from_zero() {
        let mut gaps = Gaps::default();
        let mut at = |counter| gaps.lately(counter, Nanos::ZERO);
        assert_eq!([at(5), at(6), at(0), at(1)], [0, 1, 1, 2]);
    }

    #[test]
    fn a_device_that_breaks_all_the_time_takes_little_memory() {
        let mut gaps = Gaps::default();
        let at = |n: u64| (n * 5000, Nanos::from_secs(n as f64));
        let all = (0..50)
            .map(at)
            .map(|(counter, now)| gaps.lately(counter, now));
        assert_eq!(all.last(), Some(1000));
        assert!(gaps.at.len() <= 1000);
    }
}
