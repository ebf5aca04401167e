#![allow(clippy::unwrap_used)]
use super::*;
use crate::engine::snapshot::{EventKind, Health, Provenance, Stage};
use crate::sync::time::Ppm;

const START: f64 = 1234.5;

fn shot(step: i64, rate: f64, speakers: &[(&str, Option<f64>)]) -> Snapshot {
    let secs = START + step as f64 / rate;
    Snapshot {
        time: Nanos::from_secs(secs),
        unix_ms: 1_790_000_000_000 + (secs * 1e3) as i64,
        source: Some(SourceState {
            ppm: Some(Ppm(3.0)),
            buffer_ms: 40.0,
            ..SourceState::default()
        }),
        groups: vec![GroupState {
            zones: vec!["room".into()],
            timing: Timing::InSync,
            target_ms: 24.0,
            spread_us: speakers.first().and_then(|(_, us)| *us).map(f64::abs),
        }],
        speakers: speakers
            .iter()
            .map(|(id, us)| SpeakerState {
                id: (*id).into(),
                state: Health::InPhase,
                offset_us: *us,
                path: vec![
                    Stage {
                        name: "device buffer".into(),
                        ms: 8.0,
                        provenance: Provenance::Reported,
                    },
                    Stage {
                        name: "air".into(),
                        ms: 2.5,
                        provenance: Provenance::Computed,
                    },
                ],
                ppm: Some(Ppm(12.0)),
                fill: 0.5,
                peak_db: -6.0,
                ratio_ppm: 9.0,
                ..SpeakerState::default()
            })
            .collect(),
        ..Snapshot::default()
    }
}

/// A deterministic wobble of ±40 µs.
fn wobble(step: i64) -> f64 {
    let hash = (step as u64 ^ 0x9e37_79b9).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
    (hash % 8000) as f64 / 100.0 - 40.0
}

fn filled(steps: i64, rate: f64, us: impl Fn(i64) -> Option<f64>) -> History {
    let mut history = History::new();
    for step in 0..steps {
        history.push(&shot(step, rate, &[("left", us(step))]));
    }
    history
}

const OFFSET: Of<'_> = Of::Speaker("left", SpeakerMetric::Offset);

#[test]
fn a_spike_of_one_sample_is_still_there_an_hour_later() {
    let spike = 20 * 60;
    let history = filled(20 * 3590, 20.0, |step| {
        Some(if step == spike { 5000.0 } else { wobble(step) })
    });
    for columns in [50, 400, 1000] {
        let trace = history.trace(OFFSET, Range::Hour, columns);
        let hit: Vec<_> = trace.columns().filter(|c| c.max == 5000.0).collect();
        assert_eq!(hit.len(), 1, "{columns}");
        assert!((hit[0].time.secs() - START - 60.0).abs() < 3600.0 / columns as f64 + 4.0);
        assert!(trace.columns().count() <= columns);
        assert_eq!(trace.runs.len(), 1, "no gaps were made up");
    }
    assert_eq!(
        history.stats(OFFSET, Range::Minute).unwrap().max.max(40.0),
        40.0
    );
}

#[test]
fn buckets_equal_the_raw_samples_they_were_made_of() {
    for rate in [20.0, 30.0] {
        let history = filled(59 * rate as i64, rate, |step| Some(wobble(step)));
        let raw = history.stats(OFFSET, Range::Minute).unwrap();
        for (range, columns) in [
            (Range::Minute, 7),
            (Range::TenMinutes, 900),
            (Range::TenMinutes, 3),
            (Range::Hour, 900),
            (Range::Hour, 2),
        ] {
            let made = history.trace(OFFSET, range, columns).stats().unwrap();
            assert_eq!((made.min, made.max), (raw.min, raw.max), "{range:?}");
            assert!((made.mean - raw.mean).abs() < 1e-3, "{range:?} {columns}");
        }
        let samples: u32 = history
            .trace(OFFSET, Range::Hour, 100)
            .columns()
            .map(|column| column.count)
            .sum();
        assert_eq!(i64::from(samples), 59 * rate as i64);
    }
}

#[test]
fn columns_are_never_more_than_asked_for_and_stay_put_while_time_goes_on() {
    let mut history = filled(20 * 700, 20.0, |step| Some(wobble(step)));
    let before = history.trace(OFFSET, Range::TenMinutes, 120);
    for step in 20 * 700..20 * 703 {
        history.push(&shot(step, 20.0, &[("left", Some(wobble(step)))]));
        for range in Range::ALL {
            for columns in [2, 3, 64, 120, 5000] {
                let trace = history.trace(OFFSET, range, columns);
                assert!(trace.columns().count() <= columns, "{range:?} {columns}");
            }
        }
    }
    let after = history.trace(OFFSET, Range::TenMinutes, 120);
    let same = before
        .columns()
        .filter(|column| after.columns().any(|other| other == *column))
        .count();
    assert!(same >= before.columns().count() - 3, "{same}");
}

#[test]
fn gaps_stay_gaps_in_every_view() {
    let silent = |step: i64| (20 * 30..20 * 45).contains(&step);
    let history = filled(20 * 59, 20.0, |step| (!silent(step)).then(|| wobble(step)));
    for range in [Range::Minute, Range::TenMinutes, Range::Hour] {
        let trace = history.trace(OFFSET, range, 1000);
        assert_eq!(trace.runs.len(), 2, "{range:?}");
        let step = trace.runs[1][0].time - trace.runs[0].last().unwrap().time;
        assert!(step.secs() > 10.0, "{range:?} {}", step.secs());
    }
    let latency = Of::Speaker("left", SpeakerMetric::Latency);
    assert_eq!(history.trace(latency, Range::Minute, 1000).runs.len(), 1);
}

#[test]
fn a_pause_without_snapshots_is_a_gap_too() {
    let mut history = filled(20 * 10, 20.0, |_| Some(1.0));
    for step in 20 * 30..20 * 40 {
        history.push(&shot(step, 20.0, &[("left", Some(1.0))]));
    }
    for range in [Range::Minute, Range::TenMinutes, Range::Hour] {
        assert_eq!(history.trace(OFFSET, range, 800).runs.len(), 2, "{range:?}");
    }
}

#[test]
fn a_lost_speaker_leaves_a_gap_in_all_its_series() {
    let mut history = filled(100, 20.0, |_| Some(1.0));
    let mut lost = shot(100, 20.0, &[("left", Some(1.0))]);
    lost.speakers[0].state = Health::Lost;
    history.push(&lost);
    history.push(&shot(101, 20.0, &[]));
    history.push(&shot(102, 20.0, &[("left", Some(1.0))]));
    for metric in SpeakerMetric::ALL {
        let trace = history.trace(Of::Speaker("left", metric), Range::TenSeconds, 2000);
        assert_eq!(trace.runs.len(), 2, "{metric:?}");
        assert_eq!(trace.columns().map(|c| c.count).sum::<u32>(), 101);
    }
}

#[test]
fn what_is_not_known_yet_is_left_out() {
    let mut history = History::new();
    let mut coming = shot(0, 20.0, &[("left", Some(164_000.0))]);
    coming.speakers[0].state = Health::Connecting;
    coming.speakers[0].ppm_sd = 60.0;
    history.push(&coming);
    let mut there = shot(1, 20.0, &[("left", Some(3.0))]);
    there.speakers[0].ppm_sd = 2.0;
    history.push(&there);
    for (metric, value) in [
        (SpeakerMetric::Offset, 3.0),
        (SpeakerMetric::Ppm, 12.0),
        (SpeakerMetric::Fill, 50.0),
    ] {
        let stats = history.stats(Of::Speaker("left", metric), Range::TenSeconds);
        assert_eq!(stats.map(|stats| stats.mean), Some(value), "{metric:?}");
    }
}

#[test]
fn every_quantity_arrives_under_its_name() {
    let history = filled(10, 20.0, |_| Some(-7.0));
    let mean = |of| history.stats(of, Range::TenSeconds).map(|stats| stats.mean);
    for (metric, value) in SpeakerMetric::ALL
        .into_iter()
        .zip([-7.0, 10.5, 12.0, 50.0, -6.0, 9.0])
    {
        assert_eq!(mean(Of::Speaker("left", metric)), Some(value), "{metric:?}");
    }
    assert_eq!(mean(Of::Group(IN_SYNC, GroupMetric::Spread)), Some(7.0));
    assert_eq!(mean(Of::Group(IN_SYNC, GroupMetric::Target)), Some(24.0));
    assert_eq!(mean(Of::Source(SourceMetric::Ppm)), Some(3.0));
    assert_eq!(mean(Of::Source(SourceMetric::Buffer)), Some(40.0));
    assert_eq!(mean(Of::Speaker("nobody", SpeakerMetric::Ppm)), None);
    assert_eq!(history.speakers().collect::<Vec<_>>(), ["left"]);
}

#[test]
fn values_that_are_not_numbers_are_gaps() {
    let history = filled(40, 20.0, |step| {
        Some(if step == 20 { f64::NAN } else { 1.0 })
    });
    let trace = history.trace(OFFSET, Range::TenSeconds, 1000);
    assert_eq!(trace.runs.len(), 2);
    assert!(trace.columns().all(|column| column.mean == 1.0));
}

#[test]
fn time_that_does_not_advance_is_ignored() {
    let mut history = filled(40, 20.0, |_| Some(1.0));
    history.push(&shot(3, 20.0, &[("left", Some(99.0))]));
    history.push(&shot(39, 20.0, &[("left", Some(99.0))]));
    assert_eq!(history.stats(OFFSET, Range::Minute).unwrap().max, 1.0);
}

#[test]
fn thirty_two_speakers_stay_under_ten_megabytes_whatever_comes_and_goes() {
    let names: Vec<_> = (0..32).map(|n| format!("speaker-{n}")).collect();
    let all: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), Some(1.0)))
        .collect();
    let mut history = History::new();
    for step in 0..50 {
        history.push(&shot(step, 20.0, &all));
    }
    let full = history.bytes();
    assert!(full < 8_000_000, "{full}");
    for step in 50..5000 {
        history.push(&shot(step, 20.0, &all));
    }
    assert_eq!(history.bytes(), full, "nothing grows with time");

    for step in 0..300 {
        let name = format!("passing-{step}");
        history.push(&shot(5000 + step, 20.0, &[(name.as_str(), Some(1.0))]));
    }
    assert!(history.speakers().count() <= MAX_SPEAKERS);
    history.push(&shot(5000 + 20 * 4000, 20.0, &[("left", Some(1.0))]));
    assert_eq!(history.speakers().collect::<Vec<_>>(), ["left"]);
}

#[test]
fn percentiles_of_the_spread_cover_the_hour() {
    let history = filled(20 * 600, 20.0, |step| Some((step % 100) as f64 + 0.5));
    let p50 = history.spread_quantile(IN_SYNC, 0.5).unwrap();
    let p99 = history.spread_quantile(IN_SYNC, 0.99).unwrap();
    assert!(
        (p50 - 50.0).abs() < 2.0 && (p99 - 99.0).abs() < 2.5,
        "{p50} {p99}"
    );
    assert_eq!(history.spread_quantile("nowhere", 0.5), None);
}

#[test]
fn events_of_a_range_are_found() {
    let mut history = filled(20 * 50, 20.0, |_| Some(1.0));
    for secs in [5.0, 45.0] {
        history.push_event(Event {
            time: Nanos::from_secs(START + secs),
            unix_ms: 0,
            kind: EventKind::Xrun,
            speaker: Some("left".into()),
            text: "Left ran dry.".into(),
        });
    }
    assert_eq!(history.events(Range::TenSeconds).count(), 1);
    assert_eq!(history.events(Range::Hour).count(), 2);
}

/// A reader of RFC 4180 that knows nothing of the writer.
fn parse_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (vec![], vec![], String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => {
                let _ = chars.next();
                field.push('"');
            }
            ('"', _) => quoted = !quoted,
            (',', false) => row.push(std::mem::take(&mut field)),
            ('\r', false) => assert_eq!(chars.peek(), Some(&'\n')),
            ('\n', false) => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (c, _) => field.push(c),
        }
    }
    assert!(field.is_empty() && row.is_empty(), "the last line ends");
    rows
}

fn csv(history: &History, range: Range, name: &str) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    let name = |id: &str| {
        if id == "left" {
            name.into()
        } else {
            id.to_owned()
        }
    };
    history.write_csv(&mut out, range, &name).unwrap();
    parse_csv(&String::from_utf8(out).unwrap())
}

#[test]
fn csv_parses_back_to_the_samples() {
    let history = filled(200, 20.0, |step| (step != 100).then(|| wobble(step)));
    let table = csv(&history, Range::TenSeconds, "Left");
    assert_eq!(table.len(), 1 + 200);
    assert!(table.iter().all(|row| row.len() == table[0].len()));
    assert_eq!(
        table[0][..3],
        ["time (UTC)", "monotonic (s)", "offset (µs) of Left"]
    );
    for (step, row) in table[1..].iter().enumerate() {
        let secs: f64 = row[1].parse().unwrap();
        assert!((secs - START - step as f64 / 20.0).abs() < 1e-5);
        let wall: jiff::Timestamp = row[0].parse().unwrap();
        assert_eq!(
            wall.as_millisecond(),
            1_790_000_000_000 + (secs * 1e3).round() as i64
        );
        if step == 100 {
            assert_eq!(row[2], "");
        } else {
            let us: f64 = row[2].parse().unwrap();
            assert!((us - wobble(step as i64)).abs() < 1e-4);
        }
    }
}

#[test]
fn csv_of_buckets_has_mean_minimum_and_maximum() {
    let history = filled(20 * 30, 20.0, |step| Some(wobble(step)));
    let table = csv(&history, Range::Hour, "Left");
    assert_eq!(
        table[0][2..5],
        [
            "offset mean (µs) of Left",
            "offset min (µs) of Left",
            "offset max (µs) of Left"
        ]
    );
    let max = table[1..]
        .iter()
        .map(|row| row[4].parse::<f64>().unwrap())
        .fold(f64::MIN, f64::max);
    assert_eq!(
        max,
        history.stats(OFFSET, Range::Minute).unwrap().max.into_f32()
    );
}

trait IntoF32 {
    fn into_f32(self) -> f64;
}

impl IntoF32 for f64 {
    /// As the shortest decimal of the stored 32-bit number reads back.
    fn into_f32(self) -> f64 {
        (self as f32).to_string().parse().unwrap()
    }
}

#[test]
fn csv_quotes_names_and_keeps_them_from_being_formulas() {
    let history = filled(5, 20.0, |_| Some(1.0));
    let name = "=1+1, \"big\"\nleft";
    let table = csv(&history, Range::TenSeconds, name);
    assert_eq!(table[0][2], format!("offset (µs) of {name}"));
    assert!(
        table[0]
            .iter()
            .all(|cell| !cell.starts_with(['=', '+', '-', '@']))
    );
}

#[test]
fn a_writer_that_fails_is_reported() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let history = filled(5, 20.0, |_| Some(1.0));
    let result = history.write_csv(&mut Full, Range::Hour, &str::to_owned);
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
}

#[test]
fn ranges_read_back_their_labels() {
    for range in Range::ALL {
        assert_eq!(Range::parse(range.label()), Some(range));
    }
    assert_eq!(Range::parse("10MIN"), Some(Range::TenMinutes));
    assert_eq!(Range::parse("soon"), None);
}
