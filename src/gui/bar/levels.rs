//! The source's last few levels as small bars beside its state: sound that flows
//! is seen to flow.

use std::time::{Duration, Instant};

use crate::engine::Snapshot;
use crate::engine::snapshot::Transport;

/// One bar each.
pub const BARS: usize = 5;
/// Height of the lowest and the highest bar.
const HEIGHTS: (f32, f32) = (2.0, 11.0);
/// Faster than this, bars only flicker.
const EVERY: Duration = Duration::from_millis(100);
/// The lowest bar stands for this level and all below.
const QUIET_DB: f64 = -48.0;

/// The last levels, newest at the right.
#[derive(Debug, Default)]
pub struct Levels {
    shares: [f32; BARS],
    since: Option<Instant>,
}

impl Levels {
    /// Takes the source's level when it is time for another bar.
    pub fn tick(&mut self, snapshot: &Snapshot, now: Instant) {
        let due = |since: Instant| now.saturating_duration_since(since) >= EVERY;
        if self.since.is_none_or(due) {
            self.since = Some(now);
            self.shares.rotate_left(1);
            self.shares[BARS - 1] = share(snapshot);
        }
    }

    /// How high the bars are; all alike where nothing may move.
    pub fn heights(&self, moves: bool) -> [f32; BARS] {
        let (low, high) = HEIGHTS;
        let mean = self.shares.iter().sum::<f32>() / BARS as f32;
        self.shares.map(|share| {
            let share = if moves { share } else { mean.round() * 0.5 };
            (low + (high - low) * share).round()
        })
    }
}

fn share(snapshot: &Snapshot) -> f32 {
    let peaks = snapshot.source.iter().flat_map(|source| &source.peak_db);
    let peak = peaks.copied().fold(f64::NEG_INFINITY, f64::max);
    if snapshot.transport == Transport::Playing {
        (1.0 - peak / QUIET_DB).clamp(0.0, 1.0) as f32
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::snapshot::SourceState;

    #[test]
    fn louder_is_higher_and_silence_is_flat() {
        let at = |db| Snapshot {
            transport: Transport::Playing,
            source: Some(SourceState {
                peak_db: vec![db],
                ..SourceState::default()
            }),
            ..Snapshot::default()
        };
        assert!(share(&at(-6.0)) > share(&at(-20.0)));
        assert!(share(&at(-120.0)) == 0.0 && share(&at(3.0)) == 1.0);
        let mut levels = Levels::default();
        levels.tick(&at(-6.0), Instant::now());
        let heights = levels.heights(true);
        assert!(heights[BARS - 1] > heights[0]);
    }
}
