//! The walls between the modules, enforced on the source text.
//!
//! Comments, documentation and string literals are not code and are left out;
//! everything else counts, unit tests included. Each broken wall is reported as
//! `file:line: what, and the rule in words`. ARCHITECTURE.md says why each wall is there.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

mod walls {
    pub mod rules;
    pub mod tokens;
}

use walls::rules::{ALLOWED_IMPORTS, EDGE_CRATES, FORBIDDEN_IMPORTS, IMPURE, PURE};
use walls::tokens::{Token, code_only, tokens};

struct Breach {
    file: PathBuf,
    line: usize,
    what: String,
    rule: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(f, "{file}:{}: {}: {}", self.line, self.what, self.rule)
    }
}

/// A path such as `crate::sync::time`, with `crate` left out.
struct Import {
    line: usize,
    path: Vec<String>,
}

/// The module path of a file under `src`: `sync/lane.rs` is `["sync", "lane"]`.
fn module_path(file: &Path) -> Vec<String> {
    let parts = file.with_extension("");
    let mut parts: Vec<String> = parts
        .iter()
        .map(|p| p.to_string_lossy().into_owned())
        .collect();
    if matches!(parts.last().map(String::as_str), Some("lib" | "main")) {
        let _ = parts.pop();
    }
    parts
}

/// Every path of this crate that the code names, from `crate::` or by climbing
/// out with `super::`; braces are spread out.
fn imports(code: &[Token], depth: usize) -> Vec<Import> {
    let mut found = Vec::new();
    // One entry for each open brace: does it open a module?
    let mut braces: Vec<bool> = Vec::new();
    let mut i = 0;
    while i < code.len() {
        match code[i].text.as_str() {
            "{" => {
                let opens_module = i >= 2 && code[i - 2].text == "mod";
                braces.push(opens_module);
            }
            "}" => {
                let _ = braces.pop();
            }
            "crate" if code[i..].get(1).is_some_and(|t| t.text == "::") => {
                i = spread(code, i + 2, &[], &mut found);
                continue;
            }
            "super" => {
                let climbed = code[i..]
                    .chunks(2)
                    .take_while(|c| c.len() == 2 && c[0].text == "super" && c[1].text == "::")
                    .count();
                let here = depth + braces.iter().filter(|m| **m).count();
                if climbed > 0 && climbed >= here {
                    i = spread(code, i + 2 * climbed, &[], &mut found);
                    continue;
                }
                i += (2 * climbed).max(1);
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// Reads one path from `i` on, with its braces; returns where it ends.
fn spread(code: &[Token], mut i: usize, prefix: &[String], found: &mut Vec<Import>) -> usize {
    let mut path = prefix.to_vec();
    while let Some(t) = code.get(i) {
        if t.text == "{" {
            i += 1;
            while code.get(i).is_some_and(|t| t.text != "}") {
                i = if code[i].text == "," {
                    i + 1
                } else {
                    spread(code, i, &path, found)
                };
            }
            return i + 1;
        }
        if !t.is_word() && t.text != "*" {
            return i + 1;
        }
        path.push(t.text.clone());
        let line = t.line;
        i += 1;
        if code.get(i).is_none_or(|t| t.text != "::") {
            found.push(Import { line, path });
            // `name as other` inside braces.
            return if code.get(i).is_some_and(|t| t.text == "as") {
                i + 2
            } else {
                i
            };
        }
        i += 1;
    }
    i
}

/// What one file breaks.
fn breaches(file: &Path, text: &str) -> Vec<Breach> {
    let code = tokens(&code_only(text));
    let own = module_path(file);
    let top = own.first().map_or("", String::as_str);
    let mut found = Vec::new();
    let mut tell = |line: usize, what: String, rule: String| {
        found.push(Breach {
            file: Path::new("src").join(file),
            line,
            what,
            rule,
        });
    };
    if PURE.contains(&top) {
        for (words, reason) in IMPURE {
            for at in occurrences(&code, words) {
                tell(
                    code[at].line,
                    format!("`{}` in `{top}`", words.concat()),
                    (*reason).to_owned(),
                );
            }
        }
    }
    for (name, homes, reason) in EDGE_CRATES {
        let module = own.join("::");
        let at_home = |home: &&str| {
            let rest = module.strip_prefix(home);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if !homes.iter().any(at_home) {
            for at in occurrences(&code, &[name, "::"]) {
                tell(
                    code[at].line,
                    format!("`{name}` outside `{}`", homes.join("` and `")),
                    (*reason).to_owned(),
                );
            }
        }
    }
    for import in imports(&code, own.len()) {
        let path: Vec<&str> = import.path.iter().map(String::as_str).collect();
        let named = format!("`{top}` uses `crate::{}`", path.join("::"));
        if let Some((_, allowed)) = ALLOWED_IMPORTS.iter().find(|(m, _)| *m == top)
            && !allowed.iter().any(|a| path.starts_with(a))
        {
            let list: Vec<String> = allowed.iter().map(|a| a.join("::")).collect();
            tell(
                import.line,
                named,
                format!(
                    "this module imports downwards only, here {}",
                    list.join(", ")
                ),
            );
        } else if let Some((_, forbidden, reason)) =
            FORBIDDEN_IMPORTS.iter().find(|(m, _, _)| *m == top)
            && path.first().is_some_and(|p| forbidden.contains(p))
        {
            tell(import.line, named, (*reason).to_owned());
        }
    }
    found
}

/// Where this sequence of tokens begins as a path of its own, not inside a longer name.
fn occurrences(code: &[Token], words: &[&str]) -> Vec<usize> {
    (0..code.len())
        .filter(|&i| {
            words
                .iter()
                .enumerate()
                .all(|(k, w)| code.get(i + k).is_some_and(|t| t.text == *w))
        })
        .collect()
}

fn rust_files(directory: &Path, into: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).expect("the source directory can be read");
    for entry in entries {
        let path = entry.expect("a directory entry can be read").path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn no_module_reaches_over_its_wall() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    files.sort();
    for module in PURE {
        let file = source.join(module).with_extension("rs");
        assert!(
            files.contains(&file),
            "the pure module {module} is gone; mend the rules"
        );
    }
    let found: Vec<String> = files
        .iter()
        .flat_map(|f| {
            let text = fs::read_to_string(f).expect("a source file is UTF-8");
            breaches(f.strip_prefix(&source).expect("under src"), &text)
        })
        .map(|b| b.to_string())
        .collect();
    assert!(
        found.is_empty(),
        "{} walls broken:\n{}",
        found.len(),
        found.join("\n")
    );
}

fn told(file: &str, text: &str) -> Vec<String> {
    breaches(Path::new(file), text)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_clock_in_a_pure_module_is_found_with_its_line() {
    let found = told(
        "sync/lane.rs",
        "fn a() {}\nfn b() { let t = Instant::now(); }\n",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("src/sync/lane.rs:2: `Instant::now` in `sync`: "));
}

#[test]
fn comments_strings_and_other_words_are_not_code() {
    let text = r##"
        //! Never calls `tokio` or Instant::now().
        /* cpal::Device /* nested zbus::x */ sleep */
        const A: &str = "tokio::spawn // sleep";
        const B: &str = r#"log::info "quoted" zbus::y"#;
        const C: char = '"';
        fn lifetime<'a>(backlog: &'a [u8]) -> &'a [u8] { catalog::sleepy(backlog) }
    "##;
    assert_eq!(told("rig/model.rs", text), Vec::<String>::new());
}

#[test]
fn pure_modules_import_downwards_only() {
    assert_eq!(
        told("rig/edit.rs", "use crate::sync::time::Nanos;").len(),
        0
    );
    assert_eq!(
        told("rig/edit.rs", "use crate::sync::{mix::Role, time};").len(),
        0
    );
    assert_eq!(told("rig/edit.rs", "use crate::sync::lane::Lane;").len(), 1);
    assert_eq!(
        told("room.rs", "use crate::{room::air, sync::lane};").len(),
        0
    );
    assert_eq!(
        told("room/air.rs", "use crate::{sync::lane, rig::Rig as R};").len(),
        1
    );
    assert_eq!(
        told("sync/feed.rs", "fn f(r: &crate::rig::Rig) {}").len(),
        1
    );
}

#[test]
fn the_window_knows_plain_data_only() {
    let good = "use crate::{engine::Handle, rig::Rig, devices::{DeviceInfo, Radio}, sync::time};";
    assert_eq!(told("gui/app.rs", good).len(), 0);
    for bad in [
        "devices::pcm",
        "remote::Place",
        "cli",
        "sync::lane",
        "devices::Backend",
    ] {
        assert_eq!(
            told("gui/app.rs", &format!("use crate::{bad};")).len(),
            1,
            "{bad}"
        );
    }
}

#[test]
fn climbing_with_super_is_followed() {
    assert_eq!(told("sync/feed.rs", "use super::time::Nanos;").len(), 0);
    assert_eq!(told("sync/feed.rs", "use super::super::rig::Rig;").len(), 1);
    assert_eq!(
        told("sync/feed.rs", "mod tests { use super::super::time; }").len(),
        0
    );
    assert_eq!(
        told(
            "sync/feed.rs",
            "mod tests { use super::super::super::engine::Handle; }"
        )
        .len(),
        1
    );
}

#[test]
fn the_types_of_the_sound_systems_stay_at_their_edge() {
    assert_eq!(
        told("devices/alsa.rs", "use cpal::traits::HostTrait;").len(),
        0
    );
    assert_eq!(told("engine.rs", "fn f(d: cpal::Device) {}").len(), 1);
    assert_eq!(told("cli.rs", "use zbus::Connection;").len(), 1);
    assert_eq!(told("desktop.rs", "use zbus::Connection;").len(), 0);
    assert_eq!(told("desktop/portal.rs", "use zbus::Proxy;").len(), 0);
    assert_eq!(
        told("bluetooth/bluez/agent.rs", "use bluer::agent::Agent;").len(),
        0
    );
    assert_eq!(told("bluetooth/state.rs", "use bluer::Device;").len(), 1);
    assert_eq!(told("bluetooth/bluezoo.rs", "use bluer::Device;").len(), 1);
    assert_eq!(told("cli/launch.rs", "use iced::Task;").len(), 1);
    assert_eq!(told("devices.rs", "use crate::engine::Handle;").len(), 1);
    assert_eq!(told("engine/control.rs", "use crate::cli;").len(), 1);
}
