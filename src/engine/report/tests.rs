#![allow(clippy::unwrap_used)]
use super::*;
use crate::engine::history::group_id;
use crate::engine::snapshot::{
    Event, EventKind, GroupState, Health, OffsetSource, Provenance, SourceState, SpeakerState,
    Stage, Transport,
};
use crate::rig::{Output, Role, Speaker, Timing, Zone};
use crate::sync::time::{Nanos, Ppm};

const NAMES: [&str; 8] = [
    "Kitchen left",
    "Kitchen right",
    "Sofa left",
    "Sofa right",
    "Sub",
    "Flip 6 left",
    "Flip 6 right",
    "Bedroom",
];
const PPM: [f64; 8] = [-118.0, -71.0, -33.5, -4.0, 12.4, 46.0, 80.0, 119.0];
const END: i64 = 1_790_000_000_000;

fn rig() -> Rig {
    let speakers: Vec<_> = NAMES
        .iter()
        .enumerate()
        .map(|(n, name)| Speaker {
            id: format!("s{n}"),
            name: (*name).into(),
            output: Output {
                device: format!("alsa:hw:CARD=DAC{n},DEV=0"),
                ..Output::default()
            },
            role: if n % 2 == 0 { Role::L } else { Role::R },
            slot: n as u8 + 1,
            ..Speaker::default()
        })
        .collect();
    let zone = |id: &str, name: &str, range: std::ops::Range<usize>, timing| Zone {
        id: id.into(),
        name: name.into(),
        speakers: speakers[range].iter().map(|s| s.id.clone()).collect(),
        timing,
        ..Zone::default()
    };
    Rig {
        name: "Ground floor".into(),
        zones: vec![
            zone("living", "Living room", 0..7, Timing::InSync),
            zone("bed", "Bedroom", 7..8, Timing::Own),
        ],
        speakers,
        ..Rig::default()
    }
}

/// A number from −1 to 1 that is always the same for the same input.
fn noise(n: usize, step: i64) -> f64 {
    let mut hash = (n as u64) << 32 ^ step as u64;
    for _ in 0..2 {
        hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (hash >> 40) as f64 / f64::from(1 << 23) - 1.0
}

fn speaker(n: usize, step: i64, rate: i64) -> SpeakerState {
    let secs = step as f64 / rate as f64;
    let lost = n == 2 && (1500.0..1530.0).contains(&secs) || n == 6 && secs > 3200.0;
    let slow = (secs / 400.0 + n as f64).sin();
    let spike = n == 4 && step == 2400 * rate;
    let path = match n {
        5 | 6 => 148.0,
        _ => 6.0 + n as f64 * 2.3,
    };
    SpeakerState {
        id: format!("s{n}"),
        state: if lost { Health::Lost } else { Health::InPhase },
        offset_us: Some(if spike {
            2_300.0
        } else {
            noise(n, step) * (3.0 + n as f64) + slow * 6.0
        }),
        offset_source: OffsetSource::Clock,
        path: vec![Stage {
            name: "device buffer".into(),
            ms: path + noise(n, step) * 0.3,
            provenance: Provenance::Reported,
        }],
        ppm: Some(Ppm(PPM[n] + slow * 2.0 + noise(n, step) * 0.4)),
        fill: if spike {
            0.02
        } else {
            0.35 + n as f64 * 0.05 + noise(n, step) * 0.08
        },
        peak_db: -12.0,
        dropouts: u64::from(n == 2 || n == 4),
        xruns: u64::from(n == 4),
        ..SpeakerState::default()
    }
}

fn snapshot(step: i64, rate: i64, last: i64) -> Snapshot {
    let speakers: Vec<_> = (0..8).map(|n| speaker(n, step, rate)).collect();
    let offsets = speakers[..7]
        .iter()
        .filter(|speaker| speaker.state == Health::InPhase)
        .filter_map(|speaker| speaker.offset_us);
    let (low, high) = offsets.fold((f64::MAX, f64::MIN), |(low, high), us| {
        (low.min(us), high.max(us))
    });
    let group = |zone: &str, timing, target_ms, spread_us| GroupState {
        zones: vec![zone.into()],
        timing,
        target_ms,
        spread_us: Some(spread_us),
    };
    Snapshot {
        time: Nanos::from_secs(900.0 + step as f64 / rate as f64),
        unix_ms: END + (step - last) * 1000 / rate,
        transport: Transport::Playing,
        source: Some(SourceState {
            id: "capture:alsa:hw:CARD=Codec,DEV=0".into(),
            title: "Line in".into(),
            rate: 44_100,
            channels: 2,
            ppm: Some(Ppm(20.2)),
            buffer_ms: 12.0,
            ..SourceState::default()
        }),
        groups: vec![
            group("living", Timing::InSync, 164.0, high - low),
            group("bed", Timing::Own, 31.0, 0.0),
        ],
        speakers,
        notices: vec!["Real-time priority was denied. Install rtkit, then start again.".into()],
        ..Snapshot::default()
    }
}

fn event(secs: f64, span: i64, kind: EventKind, speaker: Option<&str>, text: &str) -> Event {
    Event {
        time: Nanos::from_secs(900.0 + secs),
        unix_ms: END + ((secs - span as f64) * 1000.0) as i64,
        kind,
        speaker: speaker.map(Into::into),
        text: text.into(),
    }
}

/// `span` seconds of eight speakers, with what goes wrong in an hour.
fn recorded(span: i64, rate: i64) -> (History, Snapshot) {
    let mut history = History::new();
    let last = span * rate;
    for step in 0..=last {
        history.push(&snapshot(step, rate, last));
    }
    let length = Nanos::from_millis(2.3);
    for (secs, kind, speaker, text) in [
        (3.0, EventKind::Info, None, "Playing Line in on 8 speakers."),
        (
            700.0,
            EventKind::Changed,
            Some("s1"),
            "Kitchen right plays 180 µs later.",
        ),
        (
            1500.0,
            EventKind::Lost,
            Some("s2"),
            "Sofa left went away. Plug it in again.",
        ),
        (
            1530.0,
            EventKind::Back,
            Some("s2"),
            "Sofa left is back in sync after 30 s.",
        ),
        (
            2400.0,
            EventKind::Dropout { length },
            Some("s4"),
            "Sub was silent for 2.3 ms.",
        ),
        (2400.1, EventKind::Xrun, Some("s4"), "Sub ran out of sound."),
        (
            2401.0,
            EventKind::Resync { by: length },
            Some("s4"),
            "Sub jumped by +2.30 ms to be in sync.",
        ),
        (
            3200.0,
            EventKind::Lost,
            Some("s6"),
            "Flip 6 right went away. Bring it nearer.",
        ),
    ] {
        if secs <= span as f64 {
            history.push_event(event(secs, span, kind, speaker, text));
        }
    }
    (history, snapshot(last, rate, last))
}

fn page(span: i64, rig: &Rig) -> String {
    let (history, snapshot) = recorded(span, 5);
    report(&history, &snapshot, rig).html()
}

fn document(span: i64, rig: &Rig, stem: &str) -> Markdown {
    let (history, snapshot) = recorded(span, 5);
    report(&history, &snapshot, rig).markdown(stem)
}

fn report<'a>(history: &'a History, snapshot: &'a Snapshot, rig: &'a Rig) -> Report<'a> {
    Report {
        history,
        rig,
        snapshot,
        zone: TimeZone::UTC,
    }
}

/// Every element that is opened is closed, in order.
fn assert_well_formed(markup: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in markup.split('<').skip(1) {
        let inside = tag.split('>').next().unwrap();
        let name = inside.split([' ', '\n']).next().unwrap();
        let void = inside.ends_with('/') || name.starts_with('!') || name == "meta";
        if let Some(closing) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closing), "{inside}");
        } else if !void {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn an_hour_becomes_one_page_that_needs_nothing_else() {
    let page = page(3600, &rig());
    // To look at it: INPHASE_REPORT_TO=page.html cargo test an_hour_becomes
    if let Some(path) = std::env::var_os("INPHASE_REPORT_TO") {
        std::fs::write(path, &page).unwrap();
    }
    assert_well_formed(&page);
    assert_eq!(page.matches("<svg ").count(), 4);
    for needed in ["<script", "http://", "https://", "url(", "@import", "<img"] {
        let foreign = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!foreign.contains(needed), "{needed}");
    }
    assert!(
        !page.contains("\"#0100"),
        "every stand-in colour has become a variable"
    );
    for shown in NAMES
        .into_iter()
        .chain(["Ground floor", "Sub was silent for 2.3 ms."])
    {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(page.len() < 3_000_000, "{}", page.len());
}

#[test]
fn a_single_bad_sample_of_an_hour_is_drawn_and_told() {
    let page = page(3600, &rig());
    assert!(
        page.contains("+2.30 ms"),
        "the latest offset of the subwoofer"
    );
    let sync = page.split("<svg ").nth(1).unwrap();
    let points: Vec<(f64, f64)> = sync
        .split("points=\"")
        .skip(1)
        .flat_map(|rest| rest.split('"').next().unwrap().split_whitespace())
        .map(|point| point.split_once(',').unwrap())
        .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
        .collect();
    // Straight to 20 µs at 3/4 of the height, then logarithmic to 10 ms at the top.
    let height = 0.75 + 0.25 * 115f64.ln() / 500f64.ln();
    let y = 2320.0 - height * (2320.0 - 60.0);
    let x = 660.0 + 2400.0 / 3600.0 * (9960.0 - 660.0);
    assert!(
        points
            .iter()
            .any(|p| (p.0 - x).abs() < 25.0 && (p.1 - y).abs() < 2.0),
        "no point near {x}, {y}"
    );
}

#[test]
fn names_are_text_and_never_markup() {
    let mut rig = rig();
    let evil = "<b>\"Bold\" & 'co'</b><script>alert(1)</script>|*x*`";
    rig.name = evil.into();
    rig.speakers[0].name = evil.into();
    rig.zones[1].name = evil.into();
    let (page, markdown) = (page(60, &rig), document(60, &rig, "report"));
    assert_well_formed(&page);
    assert!(!page.contains("<b>\"Bold") && !page.contains("<script>"));
    assert!(page.contains("&lt;b&gt;&quot;Bold&quot; &amp; &#39;co&#39;&lt;/b&gt;"));
    assert!(!markdown.text.contains("<b>") && !markdown.text.contains("<script>"));
    let rows = markdown
        .text
        .lines()
        .filter(|line| line.starts_with("| 1. "));
    for row in rows {
        let cells = row.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 14, "{row}");
    }
}

#[test]
fn markdown_names_the_plots_it_comes_with() {
    let markdown = document(600, &rig(), "my report");
    let names: Vec<_> = markdown
        .plots
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let expected =
        ["sync", "latency", "drift", "buffer"].map(|plot| format!("my report-{plot}.svg"));
    assert_eq!(names, expected);
    for (name, svg) in &markdown.plots {
        assert!(markdown.text.contains(&name.replace(' ', "%20")), "{name}");
        assert_well_formed(svg);
        assert!(!svg.contains("var(") && !svg.contains("\"#0100"), "{name}");
    }
}

#[test]
fn nothing_recorded_is_a_page_too() {
    let page = report(&History::new(), &Snapshot::default(), &Rig::default()).html();
    assert_well_formed(&page);
    assert!(page.contains("Nothing was recorded yet") && page.contains("Nothing happened."));
    assert!(page.contains("Nothing playing yet"));
    assert!(!page.contains("NaN"));
}

#[test]
fn the_same_hour_gives_the_same_bytes() {
    let rig = rig();
    assert_eq!(page(60, &rig), page(60, &rig));
}

#[test]
fn every_group_has_a_row() {
    let (history, snapshot) = recorded(30, 20);
    let ids: Vec<_> = snapshot.groups.iter().map(group_id).collect();
    assert_eq!(ids, ["in sync", "bed"]);
    let page = report(&history, &snapshot, &rig()).html();
    assert!(page.contains("All in-sync zones") && page.contains("Bedroom (own timing)"));
}
