#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const PACKET: u32 = 512;

fn millis(ms: f64) -> Nanos {
    Nanos::from_millis(ms)
}

/// Steps until it says wait; returns what was said before.
fn run(pacing: &mut Pacing, now: Nanos, queued: u32) -> Vec<Step> {
    let mut said = Vec::new();
    loop {
        match pacing.step(now, queued, PACKET) {
            Step::Wait(until) => {
                assert!(until > now);
                return said;
            }
            step => said.push(step),
        }
    }
}

#[test]
fn packets_leave_on_an_exact_line_for_a_week() {
    let mut pacing = Pacing::new(Rules::new(44_100), Nanos(77));
    let packets = 7 * 24 * 3600 * 44_100 / u64::from(PACKET);
    let mut now = Nanos(77);
    for packet in 0..packets.min(2_000_000) {
        now = match pacing.step(now, 0, PACKET) {
            Step::Wait(until) => until,
            other => panic!("{packet}: {other:?}"),
        };
        let Step::Send(place) = pacing.step(now, 0, PACKET) else {
            panic!("not sent when due");
        };
        assert_eq!(place.late, Nanos::ZERO);
        let exact = u128::from(packet * u64::from(PACKET)) * 1_000_000_000 / 44_100;
        assert_eq!(place.time.0 as u128, 77 + exact);
    }
    assert_eq!(pacing.counts().dropped, 0);
}

#[test]
fn longer_packets_need_no_more_lookahead() {
    let mut pacing = Pacing::new(Rules::new(48_000), Nanos::ZERO);
    let mut now = Nanos::ZERO;
    for frames in [512, 1024, 640, 128, 1920] {
        let Step::Wait(due) = pacing.step(now, 0, frames) else {
            panic!("sent early");
        };
        now = due;
        let Step::Send(place) = pacing.step(now, 0, frames) else {
            panic!("not sent when due");
        };
        let end = place.time + Nanos(i64::from(frames) * 1_000_000_000 / 48_000);
        assert!((end - now).abs() <= Nanos(1));
    }
}

#[test]
fn a_short_standstill_is_made_up_for_in_a_burst() {
    let mut pacing = Pacing::new(Rules::new(48_000), Nanos::ZERO);
    let said = run(&mut pacing, millis(75.0), 0);
    assert_eq!(said.len(), 7);
    assert!(said.iter().all(|step| matches!(step, Step::Send(_))));
    assert_eq!(pacing.counts().dropped, 0);
}

#[test]
fn after_a_long_standstill_delay_does_not_grow_and_the_speaker_runs_dry_first() {
    let rules = Rules::new(48_000);
    let mut pacing = Pacing::new(rules, Nanos::ZERO);
    let mut now = millis(400.0);
    let said = run(&mut pacing, now, 2);
    assert!(said.iter().all(|step| matches!(step, Step::Drop(_))));
    assert_eq!(said.len(), 37);
    let mut emptied = None;
    let begun = loop {
        let queued = u32::from(now < millis(500.0));
        if queued == 0 {
            let _first = emptied.get_or_insert(now);
        }
        match pacing.step(now, queued, PACKET) {
            Step::Wait(until) => now = until,
            Step::Drop(_) => {}
            Step::Send(_) if queued > 0 => {}
            Step::Send(place) => break place,
            Step::Leap(_) => panic!("not that long"),
        }
    };
    assert_eq!(begun.late, Nanos::ZERO);
    let silent = now - emptied.unwrap();
    assert!(silent >= rules.rest && silent < rules.rest + millis(11.0));
    assert_eq!(pacing.counts().rests, 1);
}

#[test]
fn a_stuck_kernel_is_nudged_now_and_then() {
    let mut pacing = Pacing::new(Rules::new(48_000), Nanos::ZERO);
    let ticks = (1..200).map(|tick| millis(10.0 * f64::from(tick)));
    let said: Vec<_> = ticks.flat_map(|now| run(&mut pacing, now, 3)).collect();
    assert!(pacing.is_resting());
    let sent = said.iter().filter(|step| matches!(step, Step::Send(_)));
    // Often enough to be heard again soon, and rarely enough to leave room.
    assert!((5..=10).contains(&sent.count()), "{said:?}");
}

#[test]
fn after_a_night_asleep_nothing_is_rendered_for_it() {
    let mut pacing = Pacing::new(Rules::new(48_000), Nanos::ZERO);
    let night = Nanos::from_secs(8.0 * 3600.0);
    let said = run(&mut pacing, night, 0);
    assert!(matches!(said[0], Step::Leap(_)));
    assert!(said.len() < 3, "{said:?}");
    assert!(pacing.is_resting());
}

#[test]
fn a_machine_that_is_never_on_time_plays_all_the_same() {
    let mut pacing = Pacing::new(Rules::new(48_000), Nanos::ZERO);
    let _dropped = run(&mut pacing, millis(300.0), 0);
    assert!(pacing.is_resting());
    while pacing.is_resting() {
        let now = pacing.due(PACKET) + millis(9.0);
        let _steps = run(&mut pacing, now, 0);
        assert!(now < millis(900.0));
    }
}

#[test]
fn a_full_kernel_holds_the_packet_here_and_is_looked_at_soon() {
    let mut pacing = Pacing::new(Rules::new(48_000), Nanos::ZERO);
    let due = millis(11.0);
    assert!(matches!(pacing.step(due, 3, PACKET), Step::Wait(until) if until - due <= millis(1.0)));
    assert!(matches!(
        pacing.step(due + millis(3.0), 3, PACKET),
        Step::Wait(_)
    ));
    assert!(matches!(
        pacing.step(due + millis(4.0), 2, PACKET),
        Step::Send(_)
    ));
    assert_eq!(pacing.counts().held, 1);
}

#[test]
fn frames_are_limited_by_size_time_and_the_header() {
    let frames = |room, longest| frames_per_packet(room, 119, 128, 48_000, millis(longest));
    assert_eq!(frames(882, 100.0), 7);
    assert_eq!(frames(882, 12.0), 4);
    assert_eq!(frames(882, 0.0), 1);
    assert_eq!(frames(50, 12.0), 1);
    assert_eq!(frames_per_packet(9000, 30, 128, 48_000, millis(500.0)), 15);
}

#[test]
fn the_cost_of_a_packet_is_learnt() {
    let mut backlog = Backlog::default();
    assert_eq!(backlog.packets(0), 0);
    backlog.wrote(0, 1280);
    backlog.wrote(1280, 1280);
    assert_eq!(backlog.packets(1280), 1);
    assert_eq!(backlog.packets(3 * 1280), 3);
    backlog.wrote(1280, 1280 + 768);
    assert_eq!(backlog.packets(1), 1);
}

proptest! {
    /// Whatever the machine and the kernel do, no packet leaves early or later than
    /// the speaker covers, and none is lost track of.
    #[test]
    fn nothing_leaves_too_late_and_every_frame_is_accounted_for(
        naps in prop::collection::vec((0.0f64..40.0, 0u32..5), 1..400),
        freeze in 0usize..400,
        length in 0.0f64..900.0,
    ) {
        let rules = Rules::new(48_000);
        let mut pacing = Pacing::new(rules, Nanos::ZERO);
        let mut now = Nanos::ZERO;
        let mut expected = 0;
        for (index, (nap, queued)) in naps.into_iter().enumerate() {
            now += millis(if index == freeze { length } else { nap });
            for step in run(&mut pacing, now, queued) {
                let (Step::Send(place) | Step::Drop(place)) = step else {
                    prop_assert!(false, "{step:?}");
                    break;
                };
                prop_assert_eq!(place.first, expected);
                expected += u64::from(PACKET);
                prop_assert!(place.late >= Nanos::ZERO);
                if matches!(step, Step::Send(_)) {
                    prop_assert!(place.late <= rules.cover);
                    // Only one that wakes a stuck kernel adds to what waits there.
                    prop_assert!(queued < rules.queue || pacing.is_resting());
                }
            }
        }
        let counts = pacing.counts();
        prop_assert_eq!((counts.sent + counts.dropped) * u64::from(PACKET), expected);
    }
}
