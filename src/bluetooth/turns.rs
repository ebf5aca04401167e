//! Who sends when on one adapter, and when a new stream had best begin.
//!
//! A radio sends one packet at a time. A speaker plays on the timeline that its first
//! packet begins, so that packet must wait for no other: it is sent when the air is
//! free, as far from the packets before and after it as there is room. Streams whose
//! packets last equally long then never meet as long as their clocks agree.
//!
//! Time is an argument; nothing here allocates.

use crate::sync::time::Nanos;

/// The packets of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// When one of them begins its way, in the past or to come.
    pub at: Nanos,
    /// How long it takes, the answer included.
    pub air: Nanos,
    /// From one to the next.
    pub every: Nanos,
}

impl Turn {
    /// How far a packet that is sent at `sent` and takes `air` keeps from this stream's:
    /// from the one before or to the one after, whichever is nearer. Negative when they
    /// meet.
    fn distance(&self, sent: Nanos, air: Nanos) -> Nanos {
        let every = self.every.0.max(1);
        let since = (sent.0 - self.at.0).rem_euclid(every);
        Nanos((since - self.air.0).min(every - since - air.0))
    }
}

/// When the first packet of a stream, which takes `air`, had best be sent: at `from` or
/// up to 60 ms later, where the nearest packet of the `others` is farthest; the
/// earliest such moment, and at once when there is nobody.
#[must_use]
pub fn best(from: Nanos, air: Nanos, others: &[Turn]) -> Nanos {
    let distance = |sent: Nanos| {
        let each = others.iter().map(|other| other.distance(sent, air).0);
        each.min().unwrap_or(0)
    };
    let mut best = (from, distance(from));
    let mut sent = from;
    while sent < from + HORIZON {
        sent += STEP;
        let found = distance(sent);
        if found > best.1 + WORTH {
            best = (sent, found);
        }
    }
    best.0
}

/// Packets of 4 and of 5 codec frames meet in the same way every 58 ms.
const HORIZON: Nanos = Nanos(60_000_000);
const STEP: Nanos = Nanos(125_000);
/// A later moment must keep so much farther.
const WORTH: i64 = 50_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn turn(at_ms: f64, air_ms: f64, every_ms: f64) -> Turn {
        Turn {
            at: Nanos::from_millis(at_ms),
            air: Nanos::from_millis(air_ms),
            every: Nanos::from_millis(every_ms),
        }
    }

    #[test]
    fn where_nobody_sends_it_begins_at_once() {
        let from = Nanos(123);
        assert_eq!(best(from, Nanos::from_millis(2.5), &[]), from);
    }

    #[test]
    fn an_echo_and_three_speakers_of_one_period_never_meet() {
        let mut turns = vec![turn(1.0, 3.75, 14.5)];
        for from in [100.0, 100.4, 103.0] {
            let air = Nanos::from_millis(2.5);
            let sent = best(Nanos::from_millis(from), air, &turns);
            assert!(
                turns
                    .iter()
                    .all(|other| other.distance(sent, air).millis() > 0.6)
            );
            turns.push(turn(sent.millis(), 2.5, 14.5));
        }
    }

    #[test]
    fn beside_shorter_packets_the_first_one_waits_for_nobody() {
        let others = [
            turn(0.0, 2.5, 11.6),
            turn(5.0, 3.75, 14.5),
            turn(3.0, 2.5, 11.6),
        ];
        let air = Nanos::from_millis(2.5);
        let sent = best(Nanos::from_millis(50.0), air, &others);
        assert!(
            others
                .iter()
                .all(|other| other.distance(sent, air) > Nanos::ZERO)
        );
    }

    proptest! {
        #[test]
        fn it_is_never_in_the_past_nor_much_later(
            from in 0i64..1_000_000_000_000, at in 0i64..1_000_000_000_000,
            air in 0i64..20_000_000, every in 0i64..50_000_000,
        ) {
            let other = Turn { at: Nanos(at), air: Nanos(air), every: Nanos(every) };
            let sent = best(Nanos(from), Nanos(2_500_000), &[other]);
            prop_assert!(sent.0 >= from && sent <= Nanos(from) + HORIZON);
        }
    }
}
