//! `rig.md`: every key of `rig.toml`. Meanings are the doc comments of the model;
//! defaults, ranges and the path of `inphase set` are found by trying.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::source::{self, Item, Member};
use super::{code, head, json, page, row};
use crate::rig::{
    Output, Rig, Role, Settings, Source, Speaker, Target, TestSignal, Timing, Zone, field, validate,
};

const MODEL: &str = "rig/model.rs";

#[test]
fn the_page_of_the_rig_names_every_key() {
    let mut text = String::from(BEGIN);
    text.push_str(&format!("```toml\n{}```\n\n", toml(&full())));
    section(
        &mut text,
        "The rig",
        "Rig",
        &["settings", "speakers", "zones", "source"],
    );
    section(&mut text, "[settings]", "Settings", &[]);
    section(&mut text, "[[speakers]]", "Speaker", &["output"]);
    text.push_str(
        "`output` may be a text as on the command line, `output = \"alsa:hw:CARD=DAC,DEV=0#3,4\"`. \
         Inphase writes a table:\n\n",
    );
    section(&mut text, "[speakers.output]", "Output", &[]);
    section(&mut text, "[[zones]]", "Zone", &[]);
    sources(&mut text);
    words(&mut text);
    page("rig.md", &text);
}

const BEGIN: &str = "\
# rig.toml

<!-- Made by `make docs` from src/rig/model.rs. -->

`~/.config/inphase/rig.toml` (or `$XDG_CONFIG_HOME/inphase`, or `--config-dir`) holds everything
you set up. Inphase rewrites it; change it by hand while Inphase does not run. Every key may be
left out and then has its default. A number out of range is taken as the nearest one allowed. What
cannot be read costs only itself: Inphase says what, and keeps a copy of the damaged file beside it.
Keys that Inphase does not know are kept.

*set* is the path for `inphase set PATH VALUE`, which takes values with units and needs no restart.

An example with every key:

";

/// A rig in which nothing is as a new one, for examples and trials.
fn full() -> Rig {
    Rig {
        name: "My house".into(),
        source: Some(Source::Test {
            signal: TestSignal::Sine,
        }),
        settings: Settings {
            temperature_c: 22.0,
            target: Target::FixedMs(40.0),
            period: 256,
            rate: Some(44_100),
            in_phase_us: 50.0,
            jitter_min_ms: 20.0,
            jitter_max_ms: 120.0,
            gain_db: -6.0,
            muted: true,
        },
        speakers: vec![Speaker {
            id: "left".into(),
            name: "Left tower".into(),
            output: Output {
                device: "alsa:hw:CARD=Multi,DEV=0".into(),
                channels: vec![1],
                key: "alsa:hw:CARD=Multi,DEV=0".into(),
            },
            role: Role::Mono,
            gain_db: -1.5,
            muted: false,
            solo: true,
            inverted: false,
            keep_awake: false,
            trim_us: 250,
            distance_m: 2.8,
            slot: 1,
        }],
        zones: vec![Zone {
            id: "living-room".into(),
            name: "Living room".into(),
            speakers: vec!["left".into()],
            gain_db: -4.0,
            muted: true,
            timing: Timing::InSync,
            crossover_hz: 90.0,
        }],
        ..Rig::default()
    }
}

fn toml(value: &impl Serialize) -> String {
    toml::to_string(value).expect("the rig is saved so")
}

/// A table of the keys of one type; `apart` have sections of their own.
fn section(text: &mut String, title: &str, name: &str, apart: &[&str]) {
    let item = source::item(MODEL, name);
    let example = example(name);
    let keys: Vec<&String> = example.keys().collect();
    let mut documented = item.names();
    documented.sort_unstable();
    assert_eq!(documented, keys, "the keys of {name}");
    let set = settable();
    text.push_str(&format!("## {title}\n\n{}\n\n", item.doc));
    text.push_str(&head(["key", "type", "default", "range", "set", "meaning"]));
    for member in item
        .members
        .iter()
        .filter(|of| !apart.contains(&of.name.as_str()))
    {
        let pointer = format!("{}/{}", place(name), member.name);
        let default = default_of(name).get(&member.name).cloned();
        text.push_str(&row([
            &code(&member.name),
            &kind(&member.kind),
            &written(default.unwrap_or(Value::Null)),
            &range(&pointer),
            &set.get(&pointer).map_or(String::new(), |path| code(path)),
            &member.doc.replace("`None`", "no value"),
        ]));
    }
    text.push('\n');
}

/// Where a type's first value is in the document.
fn place(name: &str) -> &'static str {
    match name {
        "Settings" => "/settings",
        "Speaker" => "/speakers/0",
        "Output" => "/speakers/0/output",
        "Zone" => "/zones/0",
        _ => "",
    }
}

fn example(name: &str) -> Map<String, Value> {
    let whole = json(&full());
    let value = whole.pointer(place(name)).cloned();
    object(value.expect("the full rig has it"))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no table"),
    }
}

fn default_of(name: &str) -> Map<String, Value> {
    object(match name {
        "Settings" => json(&Settings::default()),
        "Speaker" => json(&Speaker::default()),
        "Output" => json(&Output::default()),
        "Zone" => json(&Zone::default()),
        _ => json(&Rig::default()),
    })
}

/// A value as TOML writes it.
fn written(value: Value) -> String {
    match value {
        Value::Null => "not there".into(),
        Value::String(text) if text.is_empty() => "empty".into(),
        other => code(&other.to_string()),
    }
}

/// What the program takes of a number that is far too small or too large.
fn range(pointer: &str) -> String {
    let least = taken(pointer, &[-1e12, 0.0]);
    let most = taken(pointer, &[1e12, f64::from(u32::MAX), 255.0]);
    let show = |number: f64| format!("{number}").replace('-', "−");
    match (least, most) {
        (Some(least), Some(most)) if least < most => format!("{} to {}", show(least), show(most)),
        _ => String::new(),
    }
}

/// What becomes of the first of these that fits the type; `None` where nothing
/// is a number or nothing is mended.
fn taken(pointer: &str, given: &[f64]) -> Option<f64> {
    given.iter().find_map(|&number| {
        let mut whole = json(&full());
        let place = whole.pointer_mut(pointer)?;
        if !place.is_number() {
            return None;
        }
        *place = if place.is_f64() {
            Value::from(number)
        } else {
            Value::from(number as i64)
        };
        let mut rig: Rig = serde_json::from_value(whole).ok()?;
        let said = validate::sanitise(&mut rig);
        let after = json(&rig).pointer(pointer)?.as_f64()?;
        (number == 0.0 || !said.is_empty()).then_some(after)
    })
}

/// The path of `inphase set` for each place in the document that it changes.
fn settable() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for row in field::FIELDS {
        let path = row.path.replace("speakers.ID", "speakers.left");
        let path = path.replace("zones.ID", "zones.living-room");
        let mut changed = full();
        let before = json(&changed);
        let _said = field::set(&mut changed, &path, row.example).expect("examples work");
        let after = json(&changed);
        let mut places = Vec::new();
        differences(&before, &after, String::new(), &mut places);
        assert!(
            !places.is_empty(),
            "{}: choose another value above",
            row.path
        );
        // It is found anew for each output.
        places.retain(|place| !place.ends_with("/output/key"));
        for place in places {
            let taken = found.insert(place, row.path.to_owned());
            assert_eq!(taken, None, "{}", row.path);
        }
    }
    found
}

fn differences(before: &Value, after: &Value, at: String, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) if before.len() == after.len() => {
            for (key, value) in after {
                let before = before.get(key).unwrap_or(&Value::Null);
                differences(before, value, format!("{at}/{key}"), found);
            }
        }
        (Value::Array(before), Value::Array(after))
            if before.len() == after.len() && after.iter().all(Value::is_object) =>
        {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                differences(before, after, format!("{at}/{index}"), found);
            }
        }
        (before, after) if before != after => found.push(at),
        _ => {}
    }
}

/// A Rust type in plain words.
fn kind(rust: &str) -> String {
    let inside = |of: &str| {
        rust.strip_prefix(of)
            .and_then(|rest| rest.strip_suffix('>'))
    };
    if let Some(inner) = inside("Option<") {
        return format!("{}, or not there", kind(inner));
    }
    if let Some(inner) = inside("Vec<") {
        return format!("list of {}s", kind(inner));
    }
    match rust {
        "f64" => "number".into(),
        "u8" | "u16" | "u32" | "i64" => "whole number".into(),
        "bool" => "`true` or `false`".into(),
        "String" | "SpeakerId" | "ZoneId" => "text".into(),
        "Role" | "Target" | "Timing" | "TestSignal" => {
            format!("[{0}](#{1})", said(rust), anchor(rust))
        }
        other => other.to_lowercase(),
    }
}

fn said(name: &str) -> &'static str {
    match name {
        "Role" => "a role",
        "Target" => "a target",
        "Timing" => "a timing",
        _ => "a signal",
    }
}

fn anchor(name: &str) -> &'static str {
    match name {
        "Role" => "roles",
        "Target" => "targets",
        "Timing" => "timings",
        _ => "test-signals",
    }
}

fn sources(text: &mut String) {
    let item = source::item(MODEL, "Source");
    let examples = [
        Source::Files {
            paths: vec!["/music/one.flac".into(), "/music/two.mp3".into()],
            repeat: true,
        },
        Source::Capture {
            device: "alsa:hw:CARD=Codec,DEV=0".into(),
        },
        Source::Desktop,
        Source::Monitor {
            sink: "pulse:alsa_output.pci".into(),
        },
        Source::Pipe {
            path: "/tmp/music.fifo".into(),
            format: "s16le".into(),
            rate: 44_100,
            channels: 2,
        },
        Source::Test {
            signal: TestSignal::Pink,
        },
    ];
    text.push_str(&format!(
        "## [source]\n\n{} `kind` says which; not there before one is chosen. It may be a text as on \
         the command line, `source = \"test:pink\"`. *set*: `source`.\n\n",
        item.doc
    ));
    text.push_str(&head(["kind", "key", "type", "meaning"]));
    let mut kinds = Vec::new();
    for example in &examples {
        let mut keys = object(json(example));
        let name = keys.remove("kind").expect("sources are tagged");
        let name = name.as_str().expect("tags are texts").to_owned();
        let member = item.member(&name);
        let documented: Vec<&str> = member.fields.iter().map(|of| of.name.as_str()).collect();
        let given: Vec<&str> = keys.keys().map(String::as_str).collect();
        let mut sorted = documented.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, given, "the keys of {name}");
        text.push_str(&row([&code(&format!("\"{name}\"")), "", "", &member.doc]));
        for field in &member.fields {
            text.push_str(&row([
                "",
                &code(&field.name),
                &kind(&field.kind),
                &field.doc,
            ]));
        }
        kinds.push(name);
    }
    assert_eq!(item.names(), kinds, "every kind has an example");
    text.push('\n');
    for example in &examples {
        text.push_str(&format!("```toml\n[source]\n{}```\n\n", toml(example)));
    }
}

/// The words that a key of these types may have.
fn words(text: &mut String) {
    text.push_str("## Targets\n\n");
    let targets = source::item(MODEL, "Target");
    let examples = [Target::Auto, Target::FixedMs(25.0)].map(|of| {
        let whole = toml(&BTreeMap::from([("target", of)]));
        whole.trim().replace("\n\n", "\n")
    });
    table(text, &targets.members, &examples);
    list::<Role>(text, "Roles", &source::item("sync/mix.rs", "Role"));
    list::<Timing>(text, "Timings", &source::item(MODEL, "Timing"));
    list::<TestSignal>(text, "Test signals", &source::item(MODEL, "TestSignal"));
    let _end = text.pop();
}

fn table(text: &mut String, members: &[Member], examples: &[String]) {
    assert_eq!(members.len(), examples.len());
    text.push_str(&head(["written", "meaning"]));
    for (member, example) in members.iter().zip(examples) {
        let example = example.replace("[target]\n", "");
        let example = match example.strip_prefix("target = ") {
            Some(value) => value.to_owned(),
            None => format!("{{ {example} }}"),
        };
        text.push_str(&row([&code(&example), &member.doc]));
    }
    text.push('\n');
}

/// A table of words, each of which must be read as one of the type.
fn list<T: DeserializeOwned + Serialize>(text: &mut String, title: &str, item: &Item) {
    text.push_str(&format!("## {title}\n\n{}\n\n", item.doc));
    text.push_str(&head(["written", "meaning"]));
    for member in &item.members {
        let word = Value::String(member.name.clone());
        let read: T = serde_json::from_value(word.clone()).expect("the word is read");
        assert_eq!(json(&read), word);
        text.push_str(&row([&code(&format!("\"{}\"", member.name)), &member.doc]));
    }
    text.push('\n');
}
