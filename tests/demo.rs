//! The demo from the command line: the real program with its six simulated
//! speakers, told and asked over the control socket.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/program.rs"]
mod program;

use std::time::Duration;

use program::{Home, Program, json, speaker};
use serde_json::Value;

fn demo() -> (Home, Program) {
    let home = Home::new();
    let demo = home.start(&["run", "--demo"]);
    let _ = all_in_phase(&home);
    (home, demo)
}

/// Waits until all six speakers are in phase and known to a few µs.
fn all_in_phase(home: &Home) -> Value {
    let known = |speaker: &Value| {
        speaker["state"] == "in_phase" && speaker["offset_sd_us"].as_f64().unwrap() < 10.0
    };
    home.wait_for("six speakers in phase", |status| {
        let speakers = status["speakers"].as_array().unwrap();
        status["transport"] == "playing" && speakers.len() == 6 && speakers.iter().all(known)
    })
}

fn offset(status: &Value, id: &str) -> f64 {
    speaker(status, id)["offset_us"]
        .as_f64()
        .unwrap_or(f64::NAN)
}

fn zones_of(status: &Value) -> Vec<String> {
    let zones = status["zones"].as_array().unwrap();
    let ids = zones.iter().map(|zone| zone["id"].as_str().unwrap().into());
    ids.collect()
}

#[test]
fn six_speakers_are_in_phase_and_a_trim_moves_one_by_its_size() {
    let (home, demo) = demo();
    let before = home.status();
    let spread = before["groups"][0]["spread_us"].as_f64().unwrap();
    assert!(spread < 100.0, "spread {spread} µs");

    let said = home.ask(&["set", "speakers.shelf-left.trim", "180us"]);
    assert!(said.contains("180 µs later"), "{said}");
    let moved = |status: &Value| offset(status, "shelf-left") - offset(&before, "shelf-left");
    let after = home.wait_for("the trim", |status| {
        speaker(status, "shelf-left")["trim_us"] == 180.0 && (moved(status) - 180.0).abs() < 30.0
    });
    println!("moved by {:.1} µs", moved(&after));
    // Wanted on purpose, so nothing is wrong with it, and nobody else moved.
    assert_eq!(speaker(&after, "shelf-left")["state"], "in_phase");
    for id in ["left-tower", "tv-bar", "sub"] {
        let by = offset(&after, id) - offset(&before, id);
        assert!(by.abs() < 30.0, "{id} moved by {by} µs");
    }

    let said = home.ask(&["undo"]);
    println!("undo: {said}");
    let _ = home.wait_for("the trim undone", |status| {
        speaker(status, "shelf-left")["trim_us"] == 0.0 && moved(status).abs() < 30.0
    });
    let _ = home.ask(&["redo"]);
    let _ = home.wait_for("the trim redone", |status| {
        speaker(status, "shelf-left")["trim_us"] == 180.0 && (moved(status) - 180.0).abs() < 30.0
    });
    home.quit(demo);
}

#[test]
fn zones_and_transport_follow_the_command_line_and_events_tell_of_it() {
    let (home, demo) = demo();
    assert_eq!(
        zones_of(&home.status()),
        ["living-room", "kitchen", "patio"]
    );
    let _ = home.ask(&["zone", "add", "garden", "--name", "Garden"]);
    let _ = home.ask(&["zone", "move", "garden", "1"]);
    let _ = home.ask(&["move", "shelf-right", "garden"]);
    let _ = home.ask(&["zone", "set", "garden", "gain", "-3", "dB"]);
    let status = home.wait_for("the new zone", |status| {
        zones_of(status) == ["garden", "living-room", "kitchen", "patio"]
            && status["zones"][0]["total"] == 1
            && status["zones"][2]["total"] == 1
    });
    assert_eq!(speaker(&status, "shelf-right")["state"], "in_phase");
    let table = home.ask(&["status"]);
    assert!(
        table.contains("Garden") && table.contains("Shelf right"),
        "{table}"
    );

    let said = home.ask(&["identify", "TV bar"]);
    assert!(said.contains("chirps"), "{said}");
    let said = home.run(&["identify", "tv-barr"]);
    assert_eq!(said.code, 1);
    assert!(
        said.sentence().contains("Did you mean \"tv-bar\"?"),
        "{said:?}"
    );
    let said = home.run(&["set", "speakers.tv-bar.trimm", "1ms"]);
    assert_eq!(said.code, 1);
    assert!(said.sentence().contains("trim"), "{said:?}");

    for (command, transport) in [
        ("pause", "paused"),
        ("resume", "playing"),
        ("stop", "stopped"),
        ("play-pause", "playing"),
    ] {
        let _ = home.ask(&[command]);
        let _ = home.wait_for(command, |status| status["transport"] == transport);
    }
    let _ = all_in_phase(&home);

    let events = home.ask(&["events", "--json"]);
    let events: Vec<Value> = events.lines().map(json).collect();
    let says = |text: &str| {
        events
            .iter()
            .any(|event| event["text"].as_str().unwrap().contains(text))
    };
    assert!(
        says("Playing on 6 devices") && says("Garden"),
        "{events:#?}"
    );
    let _ = home.wait_for_event("Playing on 6 devices");
    home.quit(demo);
}

#[test]
fn history_and_report_show_what_was_measured() {
    let (home, demo) = demo();
    let csv = home.ask(&["history", "--csv", "--last", "1m"]);
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| {
        let found = head.iter().position(|cell| *cell == name);
        found.unwrap_or_else(|| panic!("no column {name:?} in {head:?}"))
    };
    let (time, offset) = (column("monotonic (s)"), column("offset (µs) of TV bar"));
    let mut times = Vec::new();
    let mut offsets = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), head.len(), "{line}");
        for cell in &cells[1..] {
            assert!(cell.is_empty() || cell.parse::<f64>().is_ok(), "{cell:?}");
        }
        times.push(cells[time].parse::<f64>().unwrap());
        offsets.extend(cells[offset].parse::<f64>());
    }
    assert!(
        times.len() > 20 && times.is_sorted(),
        "{} rows",
        times.len()
    );
    assert!(!offsets.is_empty(), "the speaker was measured");

    let page = home.path("report.html");
    let said = home.ask(&["report", "--out", page.to_str().unwrap()]);
    assert!(said.starts_with("Wrote "), "{said}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("<html") && page.contains("</html>"));
    assert!(
        page.matches("<svg").count() >= 3,
        "plots of sync, latency and drift"
    );
    assert!(page.contains("TV bar"));
    let markdown = home.ask(&["report", "--markdown"]);
    assert!(markdown.contains("# ") && markdown.contains("svg"));
    let said = home.run(&["report", "--out", "/nowhere/report.html"]);
    assert_eq!(said.code, 1);
    assert!(said.sentence().contains("--out FILE"), "{said:?}");
    home.quit(demo);
}

#[test]
fn a_stopped_demo_gives_its_devices_back_and_rests() {
    let (home, demo) = demo();
    let _ = home.ask(&["stop"]);
    let status = home.wait_for("closed devices", |status| {
        let speakers = status["speakers"].as_array().unwrap();
        let closed = |speaker: &Value| {
            speaker["state"] == "ready" && speaker["path"].as_array().unwrap().is_empty()
        };
        speakers.iter().all(closed)
    });
    assert_eq!(status["transport"], "stopped");
    let before = demo.cpu();
    let seconds = 5;
    std::thread::sleep(Duration::from_secs(seconds));
    let used = demo.cpu() - before;
    let percent = 100.0 * used.as_secs_f64() / seconds as f64;
    println!("idle: {percent:.1} % of a core");
    // Playing takes several times as much; what is asked of a quiet machine is 1 %.
    assert!(percent < 50.0, "it does not rest: {percent:.1} %");
    let _ = home.ask(&["resume"]);
    let _ = all_in_phase(&home);
    home.quit(demo);
}
