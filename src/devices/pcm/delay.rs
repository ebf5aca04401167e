//! When a period will be at the converter, in spite of cpal's clamp.
//!
//! cpal hands out `callback` and `playback` instants; on ALSA their difference
//! is `snd_pcm_delay` at the wake-up. But cpal never lets `playback` go back:
//! it reports the highest instant so far. The clamp bites whenever the true
//! value falls below an earlier one: a delay report that was once too long
//! (coarse pointers with a short period), a queue dropped at an underrun, a
//! device whose audio clock restarts. Then `playback - callback` is too long,
//! by up to the whole fall, until real time has caught up.
//!
//! A clamped value is recognised because it equals the one before to the
//! nanosecond, which an unclamped one does only by a coincidence in which both
//! are right. What is used in its place is continuity: this period follows the
//! one before, so it is at the converter one period's time after it, but not
//! before now and not later than the clamped report.

use crate::sync::time::Nanos;

/// Follows one output stream's reports.
#[derive(Debug, Clone)]
pub(super) struct DelayTracker {
    rate: f64,
    /// cpal's last `playback` instant, in its own epoch.
    playback: Option<i64>,
    /// When the period after the last one is due, on our clock.
    next: Nanos,
}

impl DelayTracker {
    /// For a stream of `rate` frames per second.
    pub(super) fn new(rate: u32) -> Self {
        Self {
            rate: f64::from(rate.max(1)),
            playback: None,
            next: Nanos::ZERO,
        }
    }

    /// The delay of a period of `frames` frames whose callback began at `now`;
    /// `callback` and `playback` are cpal's instants in nanoseconds.
    pub(super) fn delay(
        &mut self,
        now: Nanos,
        callback: i64,
        playback: i64,
        frames: usize,
    ) -> Nanos {
        let reported = Nanos((playback - callback).max(0));
        let clamped = self.playback == Some(playback);
        self.playback = Some(playback);
        let delay = if clamped {
            (self.next - now).max(Nanos::ZERO).min(reported)
        } else {
            reported
        };
        self.next = now + delay + Nanos::from_secs(frames as f64 / self.rate);
        delay
    }

    /// The device ran dry: nothing is queued, so a clamped report that follows
    /// is measured against now.
    pub(super) fn restarted(&mut self, now: Nanos) {
        self.next = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// cpal's clamp.
    fn clamp(floor: &mut i64, playback: i64) -> i64 {
        *floor = (*floor).max(playback);
        *floor
    }

    const MS: i64 = 1_000_000;

    #[test]
    fn an_unclamped_report_passes_unchanged() {
        let mut tracker = DelayTracker::new(48_000);
        for period in 0..100 {
            let at = period * 4 * MS;
            let delay = tracker.delay(Nanos(at + 77), at, at + 5 * MS, 192);
            assert_eq!(delay, Nanos(5 * MS));
        }
    }

    #[test]
    fn one_report_that_is_too_long_does_not_spoil_the_following() {
        let mut tracker = DelayTracker::new(48_000);
        let mut floor = 0;
        for period in 0..20_i64 {
            let at = period * 4 * MS;
            let truth = 5 * MS;
            // One report is 10 ms too long; cpal repeats it for two periods.
            let report = if period == 5 { truth + 10 * MS } else { truth };
            let playback = clamp(&mut floor, at + report);
            let delay = tracker.delay(Nanos(at), at, playback, 192);
            if period > 7 {
                assert_eq!(delay, Nanos(truth), "period {period}");
            }
            assert!(delay <= Nanos(truth + 10 * MS));
        }
    }

    #[test]
    fn after_an_underrun_a_clamped_report_counts_from_now() {
        let mut tracker = DelayTracker::new(48_000);
        // 180 ms ahead, as when an audio clock that ran fast starts again.
        let _ = tracker.delay(Nanos(0), 0, 185 * MS, 192);
        tracker.restarted(Nanos(10 * MS));
        let delay = tracker.delay(Nanos(10 * MS), 10 * MS, 185 * MS, 192);
        assert_eq!(delay, Nanos::ZERO);
        let delay = tracker.delay(Nanos(10 * MS), 10 * MS, 185 * MS, 192);
        assert_eq!(delay, Nanos(4 * MS));
    }

    #[test]
    fn a_delay_is_never_negative() {
        let mut tracker = DelayTracker::new(48_000);
        assert_eq!(tracker.delay(Nanos(0), 50, 10, 192), Nanos::ZERO);
    }
}
