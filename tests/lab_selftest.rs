//! The instrument before the measurement: builds the speaker lab and lets it check
//! its own noise floor, so that a figure from it can be believed.
//!
//! Takes about 8 s and needs gcc, libasound2-dev and python3-numpy
//! (`packaging/setup.sh test`). No figure here depends on how busy the machine is:
//! the lab's devices are functions of time, and the probe plays through 2 s of buffer.

use std::path::Path;
use std::process::{Command, Output};

fn run(program: &str, arguments: &[&str], build: &Path) -> Output {
    Command::new(program)
        .args(arguments)
        .env("LAB_BUILD", build)
        .output()
        .unwrap_or_else(|e| {
            panic!("{program} cannot be started ({e}). Run packaging/setup.sh test.")
        })
}

fn told(output: &Output) -> String {
    format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn the_lab_builds_and_its_noise_floor_is_below_a_hundredth_of_a_microsecond() {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab");
    let build = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lab");
    let selftest = lab.join("selftest.py");
    let selftest = selftest.to_str().expect("the source path is UTF-8");

    let done = run("python3", &[selftest], &build);
    let text = told(&done);
    assert!(done.status.success(), "{text}");
    assert!(text.contains("The instrument is sound."), "{text}");
    assert!(text.contains("three defects found 3"), "{text}");
    for speaker in ["lab1", "lab2", "lab3", "lab4"] {
        assert!(
            text.contains(&format!("playback: {speaker}")),
            "{speaker} was not measured: {text}"
        );
    }
    for object in [
        "libasound_module_pcm_lab.so",
        "libslowtime.so",
        "freeze",
        "probe",
    ] {
        assert!(build.join(object).exists(), "{object} was not built");
    }
}
