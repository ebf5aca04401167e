//! The reference pages of the documentation, made from the code itself, so that
//! there is no second copy of the truth: commands from the grammar, meanings from
//! the doc comments of the types, ranges and defaults from what the types do,
//! examples by serialising values.
//!
//! `make docs` writes `docs/reference`; a plain run of these tests fails when a
//! committed page is not what the code says.

use std::fs;
use std::path::PathBuf;

mod commands;
mod control;
mod examples;
#[cfg(feature = "window")]
mod keys;
mod prose;
mod rig;
mod source;
#[cfg(feature = "window")]
mod theme;

/// Whether to write the pages instead of comparing them.
const WRITE: &str = "INPHASE_DOCS";

/// Compares a page with the committed one, or writes it.
fn page(name: &str, text: &str) {
    let path = root().join("docs/reference").join(name);
    if std::env::var_os(WRITE).is_some_and(|mode| mode == "write") {
        fs::write(&path, text).expect("the source tree can be written");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let stale = committed
        .lines()
        .zip(text.lines())
        .position(|(old, new)| old != new)
        .unwrap_or_else(|| committed.lines().count().min(text.lines().count()));
    assert!(
        committed == text,
        "docs/reference/{name} is not what the code says, from line {} on. Run: make docs",
        stale + 1
    );
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One row of a table, with the signs that would end a cell escaped.
fn row<const N: usize>(cells: [&str; N]) -> String {
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a table.
fn head<const N: usize>(titles: [&str; N]) -> String {
    row(titles) + &row(["---"; N])
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("plain data becomes JSON")
}
