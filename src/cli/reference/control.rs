//! `control.md`: every request, answer and field of the control socket.

use serde::Serialize;
use serde_json::Value;

use super::source::{self, Member};
use super::{code, examples, head, json, page, row};
use crate::bluetooth::Order;
use crate::remote::{Ask, MAX_LINE, Outcome, PROTOCOL, Push};

/// The types whose fields are listed: heading, file, name.
const TYPES: &[(&str, &str)] = &[
    ("engine/snapshot.rs", "Snapshot"),
    ("engine/snapshot.rs", "SourceState"),
    ("engine/snapshot.rs", "GroupState"),
    ("engine/snapshot.rs", "ZoneState"),
    ("engine/snapshot.rs", "SpeakerState"),
    ("engine/snapshot.rs", "Stage"),
    ("engine/snapshot.rs", "Event"),
    ("rig/plan/latency.rs", "Cost"),
    ("devices.rs", "DeviceInfo"),
    ("devices.rs", "Radio"),
    ("devices.rs", "Inside"),
    ("bluetooth/state.rs", "State"),
    ("bluetooth/state.rs", "Adapter"),
    ("bluetooth/state.rs", "Device"),
    ("bluetooth/state.rs", "Retry"),
    ("bluetooth/state.rs", "Transport"),
    ("bluetooth/state.rs", "Player"),
    ("bluetooth/state.rs", "PairingWindow"),
    ("bluetooth/state.rs", "Request"),
    ("bluetooth/state.rs", "Owner"),
    ("bluetooth/state.rs", "Handover"),
    ("bluetooth/lines.rs", "Figures"),
    ("bluetooth/airtime.rs", "Report"),
];

/// The types that are one of several words, or of several forms.
const WORDS: &[(&str, &str)] = &[
    ("engine/snapshot.rs", "Transport"),
    ("engine/snapshot.rs", "Health"),
    ("engine/snapshot.rs", "OffsetSource"),
    ("engine/snapshot.rs", "Provenance"),
    ("engine/snapshot.rs", "EventKind"),
    ("rig/plan/latency.rs", "GroupId"),
    ("rig/model.rs", "Timing"),
    ("sync/mix.rs", "Role"),
    ("devices.rs", "Direction"),
    ("devices.rs", "DeviceKind"),
    ("devices.rs", "Presence"),
    ("devices.rs", "Known"),
    ("bluetooth/state/service.rs", "Service"),
    ("bluetooth/state/service.rs", "Unavailable"),
    ("bluetooth/state.rs", "Kind"),
    ("bluetooth/state.rs", "Activity"),
    ("bluetooth/state.rs", "Aside"),
    ("bluetooth/state.rs", "Standing"),
    ("bluetooth/state.rs", "Role"),
    ("bluetooth/state.rs", "TransportState"),
    ("bluetooth/state.rs", "PlayerStatus"),
    ("bluetooth/state.rs", "PlayerAction"),
    ("bluetooth/state.rs", "Asked"),
    ("bluetooth/state.rs", "Verdict"),
    ("bluetooth/airtime.rs", "Advice"),
];

#[test]
fn the_page_of_the_control_socket_has_every_request_and_every_field() {
    let mut text = String::from(
        "# Control socket\n\n<!-- Made by `make docs` from src/remote.rs and the types it carries. -->\n\n",
    );
    let words = source::module_doc("remote.rs");
    let words = words.replace("[`MAX_LINE`]", &MAX_LINE.to_string());
    let words = words.replace(
        "[`PROTOCOL`]",
        &format!("the version of the protocol, now {PROTOCOL}"),
    );
    text.push_str(&words);
    text.push_str("\n\n## First line\n\n");
    lines(&mut text, &[crate::remote::line(&examples::hello())]);
    fields(&mut text, "remote.rs", "Hello", &json(&examples::hello()));
    requests(&mut text);
    text.push_str(
        "## Fields\n\nTimes named `time` are nanoseconds of a clock that only goes on; \
                   `unix_ms` is the clock on the wall.\n\n",
    );
    for (file, name) in TYPES {
        text.push_str(&format!("### {}\n\n", title(file, name)));
        fields(&mut text, file, name, &examples::of_file(file, name));
    }
    text.push_str("## Words\n\n");
    for (file, name) in WORDS {
        let item = source::item(file, name);
        text.push_str(&format!("### {}\n\n{}\n\n", title(file, name), item.doc));
        text.push_str(&head(["written", "meaning"]));
        for member in &item.members {
            text.push_str(&row([&code(&form(member)), &member.doc]));
        }
        text.push('\n');
    }
    let _end = text.pop();
    let text = text.replace("`None`", "`null`");
    let fields = "[rig.toml](rig.md), column *set*";
    page("control.md", &text.replace("`field::FIELDS`", fields));
}

fn requests(text: &mut String) {
    text.push_str("## Commands\n\nA command is answered with one sentence about what was done, or why not:\n\n");
    let done = json(&crate::engine::Reply {
        message: "Left tower now plays 180 µs later.".into(),
    });
    let refused = "There is no speaker named lef. Did you mean `left`?".to_owned();
    lines(
        text,
        &[
            examples::answer(Outcome::Ok(done)),
            examples::answer(Outcome::Error(refused)),
        ],
    );
    let commands = examples::commands();
    let lines_of = |command: &_| examples::request(Ask::Command(Clone::clone(command)));
    all(
        text,
        "engine/command.rs",
        "Command",
        &commands,
        &[],
        lines_of,
    );

    text.push_str(
        "## Edits\n\nWhat `edit` and `hold` take. A speaker, a zone and a source have the keys of \
                   [rig.toml](rig.md); what is left out has its default.\n\n",
    );
    let line = |edit: &_| {
        examples::request(Ask::Command(crate::engine::Command::Edit(Clone::clone(
            edit,
        ))))
    };
    all(text, "rig/edit.rs", "Edit", &examples::edits(), &[], line);

    text.push_str(
        "## Bluetooth\n\nWhat `bluetooth` takes. It is answered at once with what is begun; what \
                   came of it is told by an event and in the state.\n\n",
    );
    let orders = examples::orders();
    let line = |order: &Order| {
        assert!(!order.is_internal());
        examples::request(Ask::Command(crate::engine::Command::Bluetooth(
            order.clone(),
        )))
    };
    let internal = ["acquire", "release", "want", "drop"];
    all(
        text,
        "bluetooth/bluez/order.rs",
        "Order",
        &orders,
        &internal,
        line,
    );

    text.push_str("## Questions\n\n");
    let (questions, answers): (Vec<_>, Vec<_>) = examples::questions().into_iter().unzip();
    let item = source::item("remote.rs", "Question");
    assert_eq!(
        item.names(),
        names(&questions),
        "every question has an example"
    );
    text.push_str(&head(["question", "answered with", "example"]));
    for ((question, answer), member) in questions.iter().zip(answers).zip(&item.members) {
        let line = examples::request(Ask::Query(question.clone()));
        let words = format!("{} {}", member.doc, inner(member));
        text.push_str(&row([words.trim(), answer, &code(line.trim_end())]));
    }

    text.push_str(
        "\n## Watching\n\n`watch` is answered with `null`; from then on lines come without being \
                   asked for, until `unwatch`.\n\n",
    );
    let item = source::item("remote.rs", "Topic");
    let topics = examples::topics();
    let known: Vec<_> = topics.iter().map(|(topic, _)| *topic).collect();
    assert_eq!(item.names(), names(&known), "every topic has an example");
    for ((topic, push), member) in topics.iter().zip(&item.members) {
        text.push_str(&format!("### {}\n\n{}\n\n", member.name, member.doc));
        let request = [Ask::Watch(*topic), Ask::Unwatch(*topic)].map(examples::request);
        lines(text, &request);
        let pretty = serde_json::to_string_pretty(push).expect("plain data becomes JSON");
        text.push_str(&format!(
            "One such line, here broken into several:\n\n```json\n{pretty}\n```\n\n"
        ));
    }
    let lost = crate::remote::line(&Push::LostEvents(12));
    text.push_str("### Lost events\n\nWhere events came faster than the client took them:\n\n");
    lines(text, &[lost]);
    let kinds = examples::events();
    let item = source::item("engine/snapshot.rs", "EventKind");
    assert_eq!(
        item.names(),
        names(&kinds),
        "every kind of event has an example"
    );
}

/// A table of all variants of an enum, each with its line.
fn all<T: Serialize>(
    text: &mut String,
    file: &str,
    name: &str,
    values: &[T],
    hidden: &[&str],
    line: impl Fn(&T) -> String,
) {
    let item = source::item(file, name);
    let mut members = item
        .members
        .iter()
        .filter(|of| !hidden.contains(&of.name.as_str()));
    let known: Vec<&str> = members.clone().map(|of| of.name.as_str()).collect();
    assert_eq!(known, names(values), "every {name} has an example");
    for value in values {
        let member = members.next().expect("as many as values");
        text.push_str(
            &format!("**{}** — {} {}\n\n", member.name, member.doc, inner(member))
                .replace(" \n", "\n"),
        );
        lines(text, &[line(value)]);
    }
}

/// What the fields of a variant mean.
fn inner(member: &Member) -> String {
    let fields = member
        .fields
        .iter()
        .map(|field| format!("`{}`: {}", field.name, field.doc));
    fields.collect::<Vec<_>>().join(" ")
}

/// What serde calls each of these variants.
fn names<T: Serialize>(values: &[T]) -> Vec<String> {
    let name = |value: &T| match json(value) {
        Value::String(name) => name,
        Value::Object(map) => map.keys().next().expect("a tag").clone(),
        other => panic!("{other} has no name"),
    };
    values.iter().map(name).collect()
}

fn lines(text: &mut String, all: &[String]) {
    text.push_str(&format!("```json\n{}```\n\n", all.concat()));
}

/// A table of the fields of a type, which must be those of the value.
fn fields(text: &mut String, file: &str, name: &str, value: &Value) {
    let item = source::item(file, name);
    let mut documented = item.names();
    documented.sort_unstable();
    let given: Vec<&String> = value
        .as_object()
        .map(|map| map.keys().collect())
        .unwrap_or_default();
    assert_eq!(documented, given, "the fields of {name}");
    if name != "Hello" {
        text.push_str(&format!("{}\n\n", item.doc));
    }
    text.push_str(&head(["field", "type", "meaning"]));
    for member in &item.members {
        text.push_str(&row([
            &code(&member.name),
            &kind(&member.kind, file),
            &member.doc,
        ]));
    }
    text.push('\n');
}

/// A Rust type in plain words, linked where the page explains it.
fn kind(rust: &str, file: &str) -> String {
    for (of, words) in [
        ("Option<", "or null"),
        ("Vec<", ""),
        ("Arc<", ""),
        ("Box<", ""),
    ] {
        let Some(inner) = rust
            .strip_prefix(of)
            .and_then(|rest| rest.strip_suffix('>'))
        else {
            continue;
        };
        let inner = kind(inner, file);
        return match (of, words) {
            ("Vec<", _) => format!("list: {inner}"),
            (_, "") => inner,
            (_, words) => format!("{inner} {words}"),
        };
    }
    match rust {
        "f64" | "Ppm" => "number".into(),
        "u8" | "u16" | "u32" | "u64" | "i64" | "i16" | "usize" => "whole number".into(),
        "bool" => "true or false".into(),
        "String" | "PathBuf" | "SpeakerId" | "ZoneId" | "Address" => "text".into(),
        "Nanos" => "nanoseconds".into(),
        "Version" => "two whole numbers".into(),
        other => linked(other, file),
    }
}

/// A link to the type of this name, the one of the same file first.
fn linked(name: &str, file: &str) -> String {
    let all = || {
        TYPES
            .iter()
            .chain(WORDS)
            .filter(|(_, known)| *known == name)
    };
    let (home, _) = all()
        .find(|(home, _)| *home == file)
        .or_else(|| all().next())
        .unwrap_or_else(|| panic!("{name} is not explained"));
    let title = title(home, name);
    format!("[{title}](#{})", title.to_lowercase().replace(' ', "-"))
}

/// Names that Bluetooth shares with the engine are told apart.
fn title(file: &str, name: &str) -> String {
    let several = TYPES
        .iter()
        .chain(WORDS)
        .filter(|(_, known)| *known == name)
        .count()
        > 1;
    match (several || name == "State") && file.starts_with("bluetooth") {
        true => format!("Bluetooth {name}"),
        false => name.to_owned(),
    }
}

/// How a variant is written.
fn form(member: &Member) -> String {
    let name = &member.name;
    if !member.fields.is_empty() {
        let fields: Vec<String> = member
            .fields
            .iter()
            .map(|of| format!("\"{}\":…", of.name))
            .collect();
        return format!("{{\"{name}\":{{{}}}}}", fields.join(","));
    }
    match member.kind.as_str() {
        "" => format!("\"{name}\""),
        _ => format!("{{\"{name}\":…}}"),
    }
}
