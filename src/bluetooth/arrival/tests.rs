#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const FRAMES: u32 = 640;
const RATE: u32 = 44_100;
const BEFORE: u64 = 40;

/// An honest source: packet n as it leaves, on time. [`arrivals`] has heard those
/// before the first one.
fn packet(number: u64) -> Heard {
    let number = number.wrapping_add(BEFORE);
    let end = (number + 1) * u64::from(FRAMES);
    Heard {
        at: Nanos::from_secs(10.0 + end as f64 / f64::from(RATE)),
        sequence: (number as u16).wrapping_add(65_500),
        timestamp: ((number * u64::from(FRAMES)) as u32).wrapping_add(u32::MAX - 10_000),
        frames: FRAMES,
    }
}

fn later(heard: Heard, millis: f64) -> Heard {
    Heard {
        at: heard.at + Nanos::from_millis(millis),
        ..heard
    }
}

/// Of a source that is known, and plays.
fn arrivals() -> Arrivals {
    let learnt = Learnt {
        ppm: Ppm(0.0),
        depth: Nanos::ZERO,
    };
    let mut arrivals = Arrivals::new(RATE, Limits::default(), Some(learnt));
    for number in 0..BEFORE {
        let _play = arrivals.hear(packet(number.wrapping_sub(BEFORE)));
    }
    arrivals
}

fn played(verdict: Verdict) -> Play {
    match verdict {
        Verdict::Play(play) => play,
        Verdict::Ignore => panic!("ignored"),
    }
}

proptest! {
    /// Losses and duplicates in any order, across the wraps of both counters: every
    /// frame has its place, and the place its time.
    #[test]
    fn every_frame_keeps_its_place(
        fates in prop::collection::vec(
            prop_oneof![8 => Just(0u8), 1 => Just(1), 1 => Just(2)], 20..600),
        jitter in prop::collection::vec(0.0f64..12.0, 600),
    ) {
        let mut arrivals = arrivals();
        let mut position = BEFORE * u64::from(FRAMES);
        for (number, fate) in fates.iter().enumerate() {
            let heard = later(packet(number as u64), jitter[number]);
            if *fate == 1 {
                continue;
            }
            let play = played(arrivals.hear(heard));
            prop_assert!(!play.anew);
            position += u64::from(play.missing) + u64::from(FRAMES);
            prop_assert_eq!(position, (number as u64 + 1 + BEFORE) * u64::from(FRAMES));
            if *fate == 2 {
                prop_assert_eq!(arrivals.hear(later(heard, 1.0)), Verdict::Ignore);
            }
        }
    }

    /// Hostile numbers never panic, and never ask for more than is filled in.
    #[test]
    fn any_numbers_are_survived(
        packets in prop::collection::vec(
            (any::<u16>(), any::<u32>(), 0u32..2000, 0.0f64..200.0), 1..300),
    ) {
        let mut arrivals = arrivals();
        let mut at = Nanos::ZERO;
        for (sequence, timestamp, frames, after) in packets {
            at += Nanos::from_millis(after);
            let heard = Heard { at, sequence, timestamp, frames };
            if let Verdict::Play(play) = arrivals.hear(heard) {
                prop_assert!(f64::from(play.missing) <= 1.1 * f64::from(RATE));
                prop_assert!(play.rate.is_finite() && play.rate > 40_000.0);
                prop_assert!(play.age <= Nanos::from_millis(200.0));
            }
        }
    }
}

#[test]
fn one_before_its_time_is_put_in_order_as_a_loss() {
    let mut arrivals = arrivals();
    for number in 0..50 {
        let _play = played(arrivals.hear(packet(number)));
    }
    assert_eq!(played(arrivals.hear(packet(51))).missing, FRAMES);
    assert_eq!(arrivals.hear(packet(50)), Verdict::Ignore);
    assert_eq!(played(arrivals.hear(packet(52))).missing, 0);
    assert_eq!(arrivals.figures().lost, 1);
}

/// Runs packets of which those from `from` on come `millis` later than they should;
/// returns the missing frames that were put in.
fn pause(arrivals: &mut Arrivals, from: u64, to: u64, millis: f64, skip: u32) -> (u32, u64) {
    let (mut missing, mut begun) = (0, 0);
    for number in from..to {
        let mut heard = later(packet(number), millis);
        heard.timestamp = heard.timestamp.wrapping_add(skip);
        if let Verdict::Play(play) = arrivals.hear(heard) {
            missing += play.missing;
            begun += u64::from(play.anew);
        }
    }
    (missing, begun)
}

#[test]
fn a_pause_that_is_told_is_filled_with_as_much_silence() {
    let mut arrivals = arrivals();
    assert_eq!(pause(&mut arrivals, 0, 700, 0.0, 0), (0, 0));
    let before = arrivals.line.lateness(arrivals.position, packet(699).at);
    assert_eq!(pause(&mut arrivals, 700, 1400, 200.0, 8820), (8820, 0));
    let after = arrivals
        .line
        .lateness(arrivals.position, later(packet(1399), 200.0).at);
    assert!((after - before).abs() < 1e-4, "{before} {after}");
}

#[test]
fn a_pause_that_is_not_told_is_filled_before_latency_grows() {
    let mut arrivals = arrivals();
    let _begun = pause(&mut arrivals, 0, 700, 0.0, 0);
    let (missing, begun) = pause(&mut arrivals, 700, 1400, 200.0, 0);
    assert_eq!(begun, 0);
    assert!(
        (f64::from(missing) / f64::from(RATE) - 0.2).abs() < 1e-3,
        "{missing}"
    );
    let late = arrivals
        .line
        .lateness(arrivals.position, later(packet(1399), 200.0).at);
    assert!(late.abs() < 1e-3, "{late}");
}

#[test]
fn a_standstill_of_the_radio_is_waited_out() {
    let mut arrivals = arrivals();
    let _begun = pause(&mut arrivals, 0, 700, 0.0, 0);
    let burst = packet(714).at;
    for number in 700..=714 {
        let heard = Heard {
            at: burst,
            ..packet(number)
        };
        assert_eq!(played(arrivals.hear(heard)).missing, 0);
    }
    assert_eq!(pause(&mut arrivals, 715, 1000, 0.0, 0), (0, 0));
}

#[test]
fn a_long_pause_is_a_new_beginning_that_knows_the_crystal() {
    let mut arrivals = arrivals();
    let _begun = pause(&mut arrivals, 0, 3000, 0.0, 0);
    let ppm = arrivals.figures().ppm;
    assert_eq!(pause(&mut arrivals, 3000, 3050, 5000.0, 0), (0, 1));
    assert!(arrivals.figures().ppm.0.abs() < 1.0 && ppm.0.abs() < 1.0);
    assert_eq!(arrivals.figures().restarts, 1);
}

#[test]
fn timestamps_that_count_something_else_are_not_believed() {
    let mut arrivals = arrivals();
    let _begun = pause(&mut arrivals, 0, 1, 0.0, 0);
    for number in 1..500u64 {
        let mut heard = packet(number);
        // As some sources do: microseconds, or nothing.
        heard.timestamp = (number * 14_512) as u32;
        let play = played(arrivals.hear(heard));
        assert_eq!(play.missing, 0);
    }
    let mut heard = packet(502);
    heard.timestamp = 502 * 14_512;
    assert_eq!(played(arrivals.hear(heard)).missing, 2 * FRAMES);
}

#[test]
fn what_was_learnt_saves_the_learning() {
    let mut arrivals = arrivals();
    assert_eq!(arrivals.learnt(), None);
    for number in 0..3000 {
        let late = if number % 3 == 0 { 29.0 } else { 0.0 };
        let _play = arrivals.hear(later(packet(number), late));
    }
    let learnt = arrivals.learnt().unwrap();
    assert!(learnt.ppm.0.abs() < 2.0 && learnt.depth > Nanos::from_millis(30.0));
    let again = Arrivals::new(RATE, Limits::default(), Some(learnt));
    assert_eq!(again.figures().depth, learnt.depth);
}

#[test]
fn a_burst_at_the_beginning_is_no_latency() {
    for known in [None, arrivals().learnt()] {
        let mut arrivals = Arrivals::new(RATE, Limits::default(), known);
        for number in 0..3000 {
            let mut heard = packet(number);
            if number < 15 {
                heard.at = packet(0).at;
            }
            let _play = arrivals.hear(heard);
        }
        assert_eq!(arrivals.figures().depth, Nanos::from_millis(15.0));
        assert!(arrivals.figures().jitter < Nanos::from_millis(2.0));
    }
}

#[test]
fn an_unknown_source_is_listened_to_first() {
    let mut arrivals = Arrivals::new(RATE, Limits::default(), None);
    let mut first = None;
    for number in 0..200 {
        if let Verdict::Play(play) = arrivals.hear(packet(number)) {
            assert_eq!(play.anew, first.is_none());
            let _first = first.get_or_insert(number);
        }
    }
    assert!(
        first.is_some_and(|number| (75..90).contains(&number)),
        "{first:?}"
    );
}
