//! The virtual room's scenarios against their bars. Virtual time only; the
//! hours are cut to minutes here, `make bench` runs them whole.
#![allow(clippy::unwrap_used)]

use inphase::room::outcome::Outcome;
use inphase::room::run::{run, run_guarded};
use inphase::room::scenario::Scenario;

/// Aborts the process when the guarded work allocates or frees.
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

/// A file of tests/scenarios.
fn text(name: &str) -> String {
    let path = format!("{}/tests/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// Runs a file of tests/scenarios, cut to so many seconds.
fn outcome(name: &str, seconds: f64) -> Outcome {
    let mut scenario = Scenario::parse(&text(name)).unwrap();
    if std::env::var_os("INPHASE_WHOLE_HOURS").is_none() {
        scenario.seconds = scenario.seconds.min(seconds);
    }
    let outcome = run(&scenario);
    println!("{outcome}");
    outcome
}

fn assert_sound(outcome: &Outcome) {
    assert_eq!(outcome.lost_frames, 0, "{outcome}");
    assert_eq!(outcome.clicks, 0, "{outcome}");
    assert!(outcome.speakers.iter().all(|s| s.jumps == 0), "{outcome}");
}

#[test]
fn exact_reports_keep_eight_speakers_within_five_microseconds() {
    let outcome = outcome("b1", 420.0);
    assert!(outcome.spread_us.p99 <= 5.0, "{outcome}");
    assert!(outcome.spread_us.max <= 15.0, "{outcome}");
    assert!(outcome.rendered_frames > 0);
    assert_sound(&outcome);
}

#[test]
fn rough_usb_reports_keep_eight_speakers_within_forty_microseconds() {
    let outcome = outcome("b2", 660.0);
    assert!(outcome.spread_us.p99 <= 40.0, "{outcome}");
    assert!(outcome.spread_us.max <= 80.0, "{outcome}");
    assert!(outcome.rendered_frames > 0);
    assert_sound(&outcome);
}

#[test]
fn a_fault_of_one_speaker_costs_the_others_nothing_and_it_comes_back() {
    let outcome = outcome("b3", 480.0);
    assert!(outcome.spread_us.p99 <= 40.0, "{outcome}");
    assert!(outcome.spread_us.max <= 80.0, "{outcome}");
    assert_eq!(outcome.faults.len(), 8);
    assert!(outcome.slowest_recovery_s() <= 2.0, "{outcome}");
    assert_sound(&outcome);
}

#[test]
fn sixty_four_speakers_stay_together() {
    let outcome = outcome("b4", 40.0);
    assert_eq!(outcome.speakers.len(), 64);
    assert!(outcome.spread_us.max <= 80.0, "{outcome}");
    assert_sound(&outcome);
}

#[test]
fn a_sweeping_trim_slider_never_clicks() {
    for name in ["sweep", "hasty"] {
        let outcome = outcome(name, 50.0);
        assert!(outcome.rendered_frames > 2 * 49 * 48_000);
        assert_sound(&outcome);
    }
}

#[test]
fn trim_changes_settle_within_a_tenth_of_a_second_without_a_click() {
    let outcome = outcome("glide", 40.0);
    assert!(outcome.trim_settled_s.unwrap() <= 0.1, "{outcome}");
    assert_eq!(outcome.trims_unsettled, 0, "{outcome}");
    assert_sound(&outcome);
}

#[test]
fn lateness_does_not_become_an_offset() {
    let outcome = outcome("late", 300.0);
    assert!(outcome.spread_us.p99 <= 60.0, "{outcome}");
    assert_sound(&outcome);
}

#[test]
fn a_house_on_line_in_hears_one_sound() {
    let outcome = outcome("capture", 300.0);
    assert!(outcome.spread_us.p99 <= 50.0, "{outcome}");
    assert!(outcome.target_ms > 170.0 && outcome.target_ms < 210.0);
    assert_sound(&outcome);
}

#[test]
fn a_frozen_machine_is_back_in_sync_within_a_second() {
    let outcome = outcome("freeze", 120.0);
    assert!(outcome.slowest_recovery_s() <= 1.0, "{outcome}");
    assert!(outcome.spread_us.p99 <= 10.0, "{outcome}");
    assert_sound(&outcome);
}

#[test]
fn nothing_on_the_way_to_a_device_allocates_not_even_in_faults() {
    for (name, seconds) in [
        ("b3", 110.0),
        ("freeze", 35.0),
        ("hasty", 20.0),
        ("capture", 25.0),
    ] {
        let mut scenario = Scenario::parse(&text(name)).unwrap();
        scenario.seconds = seconds;
        scenario.fault.retain(|fault| fault.at < seconds);
        scenario.edit.clear();
        let mut pieces = 0_u64;
        let guarded = run_guarded(&scenario, &mut |work| {
            pieces += 1;
            assert_no_alloc::assert_no_alloc(work);
        });
        assert!(pieces >= guarded.callbacks && guarded.rendered_frames > 0);
    }
}

#[test]
fn equal_seeds_give_equal_outcomes_and_other_seeds_do_not() {
    let text = "seconds = 30\n[[speaker]]\ncount = 3\nppm_to = 50.0\njitter_ms = 1.0\n";
    let mut scenario = Scenario::parse(text).unwrap();
    let first = run(&scenario);
    assert_eq!(first, run(&scenario));
    scenario.seed = 2;
    assert_ne!(first.spread_us, run(&scenario).spread_us);
}
