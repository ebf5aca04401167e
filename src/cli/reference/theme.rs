//! `theme.md`: every key of a theme, with its value in the themes that come along.

use std::fs;

use toml::{Table, Value};

use super::{code, head, page, root, row, source};

#[test]
fn the_page_of_themes_names_every_key() {
    let themes = ["dark", "light", "contrast"].map(|name| (name, theme(name)));
    let keys = keys();
    let mut named: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
    named.sort_unstable();
    for (theme, table) in &themes {
        let mut given: Vec<&str> = table.keys().map(String::as_str).collect();
        given.sort_unstable();
        assert_eq!(named, given, "the keys of {theme}");
    }
    let mut text = String::from(BEGIN);
    text.push_str(&head(["key", "meaning", "dark", "light", "contrast"]));
    for (key, meaning) in &keys {
        let [dark, light, contrast] = themes.each_ref().map(|(_, table)| shown(&table[key]));
        text.push_str(&row([&code(key), meaning, &dark, &light, &contrast]));
    }
    page("theme.md", &text);
}

const BEGIN: &str = "\
# Keys of a theme

<!-- Made by `make docs` from src/gui/tokens.rs and themes. -->

A theme is a TOML file in `~/.config/inphase/themes`. Colours are `#RRGGBB` or `#RRGGBBAA`. Every
key may be left out and is then taken from the dark theme. A key that is not in this table is an
error, which the settings show.

";

/// The keys in the order of the code, each with its doc comment.
fn keys() -> Vec<(String, String)> {
    let text = source::read("gui/tokens.rs");
    let (_, text) = text.split_once("macro_rules!").expect("the keys are there");
    let (text, _) = text.split_once("impl Tokens").expect("the keys end there");
    let mut found = Vec::new();
    let mut doc = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("/// ") {
            doc.push_str(words);
            doc.push(' ');
        } else if let Some(name) = line.strip_suffix(',') {
            let name = name
                .trim_start_matches("pub ")
                .split(':')
                .next()
                .unwrap_or(name);
            found.push((name.to_owned(), doc.trim().to_owned()));
            doc.clear();
        } else if !line.starts_with("#[") {
            doc.clear();
        }
    }
    found
}

fn theme(name: &str) -> Table {
    let path = root().join(format!("themes/{name}.toml"));
    let text = fs::read_to_string(path).expect("the theme is there");
    text.parse().expect("the theme is TOML")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(" "),
        Value::String(text) => code(text),
        other => code(&other.to_string()),
    }
}
