//! The real program among Bluetooth devices without a radio: a Linux kernel that runs
//! as a process, a real `bluetoothd`, a virtual Echo and virtual speakers, in simulated
//! time (`tests/bluetooth_lab`). What is judged is what the speakers themselves wrote
//! down: every sound they decoded, and the moment it left them.
//!
//! The first run builds the machine, in 5 minutes on 2 cores; `packaging/setup.sh test`
//! installs what that needs. Nothing here is skipped: where the machine cannot be built
//! or started, these tests fail and say why. How busy the computer is changes no figure.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// Sound begins with the Echo's pairing; from then on it has this long, in seconds.
const HEARD_WITHIN: f64 = 10.0;

fn lab() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bluetooth_lab")
}

/// Runs a program to its end; its words if it failed.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|e| format!("{command:?} cannot be started: {e}."))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr) + &text(&output.stdout))
    }
}

/// Builds the machine unless it is there already, once for all tests.
fn build() {
    static BUILT: OnceLock<Result<String, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| run(&mut Command::new(lab().join("build.sh"))));
    if let Err(words) = built {
        panic!("The Bluetooth lab is needed here and could not be built.\n{words}");
    }
}

/// The figures of a scenario.
struct Figures(Value);

impl Figures {
    fn of(scenario: &str) -> Self {
        build();
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bluetooth-{scenario}"));
        let told = run(Command::new(lab().join("scenario.py"))
            .arg(scenario)
            .args(["--json", "--binary", env!("CARGO_BIN_EXE_inphase"), "--out"])
            .arg(&out))
        .unwrap_or_else(|words| panic!("{words}"));
        eprintln!("{told}");
        Self(serde_json::from_str(&told).expect("the figures are JSON"))
    }

    fn number(&self, path: &str) -> f64 {
        self.0
            .pointer(path)
            .and_then(Value::as_f64)
            .unwrap_or_else(|| panic!("{path} could not be measured: {}", self.0))
    }

    fn list(&self, speaker: &str, what: &str) -> &[Value] {
        let list = self.0["speakers"][speaker][what].as_array();
        list.unwrap_or_else(|| panic!("{what} of {speaker} is no list"))
    }

    fn below(&self, path: &str, bar: f64) {
        let value = self.number(path);
        assert!(
            value.abs() <= bar,
            "{path} is {value}, the bar is {bar}: {}",
            self.0
        );
    }

    /// The speaker played all that the Echo sent, once, without a gap.
    fn is_intact(&self, speaker: &str) {
        let one = |what: &str| format!("/speakers/{speaker}/{what}");
        self.below(&one("heard_from_s"), HEARD_WITHIN);
        let last = self.number(&one("heard_until_s"));
        assert!(
            last >= self.number("/seconds") - 1.0,
            "{speaker} fell silent at {last} s"
        );
        let none: [Value; 0] = [];
        assert_eq!(self.list(speaker, "breaks"), none, "breaks of {speaker}");
        assert!(self.number(&one("correlation")) > 0.9, "{}", self.0);
    }

    /// And as Bluetooth: no packet was late, lost or damaged, every click came once.
    fn is_intact_by_radio(&self, speaker: &str) {
        self.is_intact(speaker);
        let none: [Value; 0] = [];
        assert_eq!(
            self.list(speaker, "underruns"),
            none,
            "underruns of {speaker}"
        );
        for what in [
            "lost_packets",
            "bad_frames",
            "clicks/missing",
            "clicks/doubled",
        ] {
            self.below(&format!("/speakers/{speaker}/{what}"), 0.0);
        }
    }

    /// The silences and jumps of a speaker from one time to another: how long from the
    /// first to the last, and how much in all, in milliseconds.
    fn outage(&self, speaker: &str, from: f64, to: f64) -> (f64, f64) {
        let breaks: Vec<_> = self
            .list(speaker, "breaks")
            .iter()
            .map(|one| {
                ["at_s", "silent_ms", "skipped_ms"].map(|key| one[key].as_f64().expect("a number"))
            })
            .filter(|[at, ..]| (from..to).contains(at))
            .collect();
        let Some([first, ..]) = breaks.first() else {
            return (0.0, 0.0);
        };
        let [last, silent, _] = breaks.last().expect("there is a first");
        // Sound that is left out is told where it goes on, once for silences in a row.
        let total = |of: usize| breaks.iter().map(|one| one[of].abs()).sum::<f64>();
        let lost = total(1).max(total(2));
        ((last - first) * 1e3 + silent, lost)
    }

    /// A speaker that went away is in its place soon after it can be reached.
    fn is_back(&self, speaker: &str) {
        self.below(
            &format!("/speakers/{speaker}/recovery/in_sync_after_s"),
            3.0,
        );
    }

    /// Lost at most 1.5 s in this time, once.
    fn loses_little(&self, speaker: &str, from: f64, to: f64) {
        let (span, lost) = self.outage(speaker, from, to);
        assert!(
            span <= 2500.0 && lost <= 1500.0,
            "{speaker} lost {lost} ms within {span} ms: {}",
            self.0
        );
    }

    fn loses_nothing(&self, speaker: &str, from: f64, to: f64) {
        let (_, lost) = self.outage(speaker, from, to);
        assert!(
            lost <= 0.0,
            "{speaker} lost {lost} ms from {from} to {to} s: {}",
            self.0
        );
    }
}

#[test]
fn the_instrument_is_sound() {
    build();
    let told = run(Command::new(lab().join("selftest.py")).arg("--room"));
    eprintln!("{}", told.unwrap_or_else(|words| panic!("{words}")));
}

#[test]
fn three_speakers_play_the_echo_together() {
    let figures = Figures::of("together");
    for speaker in ["Kitchen", "Study", "Bath"] {
        figures.is_intact_by_radio(speaker);
    }
    figures.below("/spread_ms/corrected/p99", 0.5);
    figures.below("/spread_ms/corrected_walk_us_per_s", 1.0);
    figures.below("/own_latency_ms", 60.0);
}

#[test]
fn wired_speakers_play_with_them() {
    let figures = Figures::of("wired");
    for speaker in ["Kitchen", "Study", "Bath"] {
        figures.is_intact_by_radio(speaker);
    }
    for speaker in ["Desk", "Shelf"] {
        figures.is_intact(speaker);
    }
    figures.below("/spread_ms/corrected/p99", 1.0);
}

#[test]
fn speakers_that_go_away_come_back_and_the_others_go_on() {
    let figures = Figures::of("faults");
    // Study vanishes at 30 s, Bath is switched off at 100 s.
    for speaker in ["Kitchen", "Bath"] {
        figures.loses_little(speaker, 20.0, 100.0);
    }
    figures.loses_nothing("Kitchen", 100.0, f64::INFINITY);
    figures.loses_nothing("Study", 100.0, f64::INFINITY);
    figures.is_back("Study");
    figures.is_back("Bath");
}

#[test]
fn a_second_adapter_does_not_notice() {
    let figures = Figures::of("two-adapters");
    // Kitchen and Attic are on the first one, with the Echo.
    for speaker in ["Kitchen", "Attic"] {
        figures.is_intact_by_radio(speaker);
    }
    figures.loses_little("Bath", 20.0, 100.0);
    figures.is_back("Study");
    figures.is_back("Bath");
}
