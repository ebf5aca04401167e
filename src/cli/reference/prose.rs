//! What is written by hand in `docs`: its links lead somewhere, and its commands are
//! ones that the program takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::root;
use crate::cli::args::Cli;

/// All pages, and the README of the source tree.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = root().join("docs");
    let mut files: Vec<PathBuf> = [docs.clone(), docs.join("reference")]
        .iter()
        .flat_map(|dir| fs::read_dir(dir).expect("the pages are there"))
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    files.push(root().join("README.md"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("it is text");
        (path, text)
    };
    files.into_iter().map(read).collect()
}

/// The text outside of fenced and indented code.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        let fence = line.starts_with("```");
        fenced ^= fence;
        !(fenced || fence || line.starts_with("    "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The anchors of a page, as forges and mdBook make them of its headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// Why a link of this page leads nowhere.
fn broken(page: &Path, text: &str, link: &str) -> Option<String> {
    if link.contains("://") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => page.to_owned(),
        file => page.with_file_name("").join(file),
    };
    let there = match fs::read_to_string(&target) {
        Ok(_) if file.is_empty() => Some(text.to_owned()),
        Ok(there) => Some(there),
        Err(_) if target.exists() => None,
        Err(_) => return Some(format!("{}: {link} is not there", page.display())),
    };
    let missing = !anchor.is_empty() && !there.is_some_and(|text| anchors(&text).contains(anchor));
    missing.then(|| format!("{}: {link} has no such heading", page.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (page, text) in pages() {
        let words = prose(&text);
        for rest in words.split("](").skip(1) {
            let link = rest.split(')').next().unwrap_or(rest);
            seen += 1;
            wrong.extend(broken(&page, &text, link));
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("it is there");
    for (page, _) in pages() {
        let Ok(page) = page.strip_prefix(root().join("docs")) else {
            continue;
        };
        let link = format!("({})", page.display());
        let named = summary.contains(&link) || page == Path::new("SUMMARY.md");
        assert!(named, "{} is not in docs/SUMMARY.md", page.display());
    }
}

/// The commands of a page: lines of code, and code within a line.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let code = line.trim_start_matches("    ").trim_start_matches("$ ");
        if code.starts_with("inphase ") {
            found.push(code.to_owned());
        }
        if let Some((_, rest)) = code.split_once(" | inphase ") {
            found.push(format!("inphase {rest}"));
        }
        let inline = line.split('`').skip(1).step_by(2);
        found.extend(
            inline
                .filter(|code| code.starts_with("inphase "))
                .map(Into::into),
        );
    }
    found
}

/// One command in words, without what a shell makes of the rest of the line.
fn words(command: &str) -> Vec<String> {
    let ends = [" | ", " > ", " && ", " &", " # "];
    let end = ends.iter().filter_map(|end| command.find(end)).min();
    let command = &command[..end.unwrap_or(command.len())];
    let mut words = Vec::new();
    for (index, part) in command.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(Into::into));
        }
    }
    words
}

#[test]
fn every_command_is_one_that_the_program_takes() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    // The reference is made of the grammar itself.
    let by_hand = |(page, _): &(PathBuf, String)| !page.starts_with(root().join("docs/reference"));
    for (page, text) in pages().into_iter().filter(by_hand) {
        for command in commands(&text) {
            let words = words(&command.replace("--to …", "--to room:left"));
            // Said of commands in general, or the wrong answer is what is shown.
            let general = |word: &String| word.contains('…') || word == "COMMAND";
            if words.iter().any(general) {
                continue;
            }
            tried += 1;
            let error = Cli::try_parse_from(&words)
                .err()
                .filter(clap::Error::use_stderr);
            wrong.extend(error.map(|error| format!("{}: {command}: {error}", page.display())));
        }
    }
    assert!(tried > 100, "{tried}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The fenced blocks of a page in this language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let blocks = text.split(fence.as_str()).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap_or(rest))
        .collect()
}

#[test]
fn what_is_shown_of_files_can_be_read() {
    let mut seen = 0;
    for (page, text) in pages() {
        for block in blocks(&text, "toml") {
            seen += 1;
            let read = block.parse::<toml::Table>();
            assert!(read.is_ok(), "{}: {:?}", page.display(), read.err());
        }
    }
    assert!(seen > 5, "{seen}");
}

#[cfg(feature = "window")]
#[test]
fn the_theme_that_is_shown_is_one() {
    let text = fs::read_to_string(root().join("docs/themes.md")).expect("it is there");
    for block in blocks(&text, "toml") {
        let theme = crate::gui::tokens::Tokens::parse(block).expect("it is a theme");
        assert_eq!(theme.name, "Sea");
    }
}

/// All source text, with strings that are broken over lines in one piece.
fn sources() -> String {
    fn gather(dir: &Path, text: &mut String) {
        for entry in fs::read_dir(dir).expect("the sources are there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                gather(&path, text);
            } else if let Ok(more) = fs::read_to_string(&path) {
                text.push_str(&more);
            }
        }
    }
    let mut text = String::new();
    gather(&root().join("src"), &mut text);
    let parts = text.split("\\\n").enumerate();
    parts
        .map(|(index, part)| if index == 0 { part } else { part.trim_start() })
        .collect()
}

#[test]
fn what_the_program_is_said_to_say_it_does_say() {
    let sources = sources();
    let text = fs::read_to_string(root().join("docs/troubleshooting.md")).expect("it is there");
    let symptoms = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut seen = 0;
    for symptom in symptoms {
        let sentence = symptom.split('`').next().unwrap_or(symptom);
        for part in sentence
            .split('…')
            .map(str::trim)
            .filter(|part| part.len() > 4)
        {
            seen += 1;
            assert!(
                sources.contains(part.trim_matches('.')),
                "the program never says: {part}"
            );
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn a_command_is_cut_where_the_shell_goes_on() {
    let cut = words("inphase report --out \"a b.html\" > x | y # z");
    assert_eq!(cut, ["inphase", "report", "--out", "a b.html"]);
    let both = commands("    a | inphase play - --to x\nsee `inphase run` and `inphase stop`");
    assert_eq!(
        both,
        ["inphase play - --to x", "inphase run", "inphase stop"]
    );
}
