//! The node whose speaker chirps: it blinks three times, so that the sound has a
//! twin to be seen. Where things are not to move it is marked, and stays so.

use std::time::{Duration, Instant};

use crate::rig::SpeakerId;

/// Who blinks, and since when.
#[derive(Debug, Default)]
pub struct Blink(Option<(SpeakerId, Instant)>);

impl Blink {
    /// Somebody else blinks from now on.
    pub fn begin(&mut self, speaker: SpeakerId, now: Instant) {
        self.0 = Some((speaker, now));
    }

    /// The speaker did not chirp after all.
    pub fn end(&mut self) {
        self.0 = None;
    }

    /// Whose node is lit.
    #[must_use]
    pub fn lit(&self, now: Instant, moves: bool) -> Option<&str> {
        let (speaker, since) = self.0.as_ref()?;
        let half = now.saturating_duration_since(*since).as_millis() / HALF.as_millis();
        let lit = half < 2 * TIMES - 1 && (!moves || half.is_multiple_of(2));
        lit.then_some(speaker)
    }
}

/// Lit and dark by turns, twice a second: nothing blinks faster.
const HALF: Duration = Duration::from_millis(250);
const TIMES: u128 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(moves: bool) -> String {
        let start = Instant::now();
        let mut blink = Blink::default();
        blink.begin("sub".into(), start);
        let at = |quarter: u64| start + Duration::from_millis(250 * quarter + 100);
        let sign = |quarter: u64| match blink.lit(at(quarter), moves) {
            Some("sub") => '#',
            Some(_) => '?',
            None => '.',
        };
        (0..8).map(sign).collect()
    }

    #[test]
    fn it_blinks_three_times_or_is_marked_once() {
        assert_eq!(seen(true), "#.#.#...");
        assert_eq!(seen(false), "#####...");
    }
}
