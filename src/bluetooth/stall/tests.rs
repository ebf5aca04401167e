use proptest::prelude::*;

use super::model::{Model, World};
use super::*;

fn world(speakers: usize) -> impl Strategy<Value = World> {
    (
        prop::collection::vec(0.0f64..0.05, speakers),
        prop::collection::vec(0.0f64..1.0, speakers),
        prop::sample::select(vec![512u32, 896]),
        any::<bool>(),
        any::<bool>(),
        any::<u64>(),
    )
        .prop_map(move |(loss, phases, frames, echo, calling, seed)| World {
            loss,
            phases,
            frames,
            // More than four streams do not fit the air.
            echo: echo && speakers < 4,
            calling,
            seed,
        })
}

fn some_world() -> impl Strategy<Value = World> {
    (2usize..5).prop_flat_map(world)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_vanished_speaker_is_found_within_a_second_and_nobody_else_is_taken(
        world in some_world(),
        who in any::<prop::sample::Index>(),
        at in 2.0f64..3.0,
    ) {
        let guilty = who.index(world.loss.len());
        let mut model = Model::new(world);
        model.run(at);
        prop_assert!(model.named.is_empty());
        let vanished = model.now;
        model.vanish(guilty);
        model.run(4.0);
        prop_assert_eq!(model.named.len(), 1, "{:?}", &model.named);
        let (verdict, when) = model.named[0];
        prop_assert_eq!(verdict.suspect as usize, guilty);
        // Until its packets fill the buffers it is no stall: that takes up to 0.2 s.
        let took = (when - vanished) as f64 * 1e-4;
        prop_assert!(took < 1.0, "{took}");
        prop_assert!(model.starved() < 0.1, "{}", model.starved());
    }

    #[test]
    fn losses_and_fades_are_no_stall(
        world in some_world(),
        who in any::<prop::sample::Index>(),
        fades in prop::collection::vec((0.1f64..1.0, 20i64..250), 1..5),
    ) {
        let count = world.loss.len();
        let mut model = Model::new(world);
        for (after, millis) in fades {
            model.run(after + 0.5);
            model.fade(who.index(count), millis);
        }
        model.run(2.0);
        prop_assert!(model.named.is_empty(), "{:?}", &model.named);
    }

    #[test]
    fn two_that_vanish_together_are_both_found_and_the_others_are_not_taken(
        world in world(4),
        at in 2.0f64..3.0,
        apart in 0.0f64..0.3,
    ) {
        let mut model = Model::new(world);
        model.run(at);
        model.vanish(0);
        model.run(apart);
        model.vanish(2);
        model.run(5.0);
        let named: Vec<_> = model.named.iter().map(|(verdict, _)| verdict.suspect).collect();
        prop_assert!(named.contains(&0) && named.contains(&2), "{named:?}");
        prop_assert!(named.len() == 2, "{named:?}");
        prop_assert!(model.starved() < 0.1);
    }
}

fn look(at: f64, written: u64, queued: u32) -> Look {
    Look {
        at: Nanos::from_millis(at),
        written,
        queued,
    }
}

#[test]
fn one_that_is_alone_is_named_after_its_own_patience() {
    let mut watch = Watch::new();
    assert!(watch.joined(7, Nanos::ZERO));
    watch.look(7, look(10.0, 1, 0));
    watch.look(7, look(20.0, 2, 1));
    watch.look(7, look(700.0, 4, 3));
    assert_eq!(watch.verdict(Nanos::from_millis(700.0)), None);
    let verdict = watch.verdict(Nanos::from_millis(730.0));
    assert!(verdict.is_some_and(|verdict| verdict.suspect == 7 && verdict.why == Why::Alone));
    assert_eq!(watch.verdict(Nanos::from_millis(800.0)), None);
}

#[test]
fn when_the_first_suspect_does_not_help_the_next_one_is_named() {
    let mut watch = Watch::new();
    for member in 0..3 {
        assert!(watch.joined(member, Nanos::ZERO));
        watch.look(member, look(10.0 + f64::from(member), 5, 0));
        watch.look(member, look(20.0 + f64::from(member), 6, 1));
    }
    let first = watch.verdict(Nanos::from_millis(450.0));
    assert!(first.is_some_and(|v| v.suspect == 2 && v.why == Why::HoldsBuffers));
    watch.left(2, Nanos::from_millis(500.0));
    assert_eq!(watch.verdict(Nanos::from_millis(800.0)), None);
    let second = watch.verdict(Nanos::from_millis(950.0));
    assert!(second.is_some_and(|v| v.suspect == 1 && v.why == Why::StillStuck));
}

#[test]
fn a_speaker_that_rests_is_no_suspect_and_no_witness() {
    let mut watch = Watch::new();
    for member in 0..3 {
        assert!(watch.joined(member, Nanos::ZERO));
    }
    watch.look(2, look(5.0, 5, 0));
    for member in 0..2 {
        watch.look(member, look(10.0 + f64::from(member), 5, 0));
        watch.look(member, look(20.0 + f64::from(member), 6, 1));
    }
    let verdict = watch.verdict(Nanos::from_millis(450.0));
    assert!(verdict.is_some_and(|v| v.suspect == 1));
}
