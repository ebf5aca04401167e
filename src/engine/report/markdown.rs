//! The report as Markdown, with its plots as SVG files beside it.

use std::fmt::Write as _;

use super::facts::{Facts, Table};
use super::{METHOD, Markdown, PERCENTILES, palette};

/// `stem` is the beginning of the plots' file names.
pub(super) fn markdown(facts: &Facts, stem: &str) -> Markdown {
    let mut text = format!(
        "# Inphase report: {}\n\n{}\n\n",
        escape(&facts.rig),
        escape(&facts.when)
    );
    for (label, value) in facts.headline.iter().chain(&facts.summary) {
        let _ = writeln!(text, "- {}: **{}**", escape(label), escape(value));
    }
    let _ = write!(
        text,
        "\n## Groups\n\n{}\n{PERCENTILES}\n\n## Speakers\n\n{}\nDropouts and xruns count from the \
         start of the engine.\n",
        table(&facts.groups),
        table(&facts.speakers)
    );
    let mut plots = Vec::new();
    for drawing in &facts.plots {
        let name = format!("{stem}-{}.svg", drawing.name);
        let _ = write!(
            text,
            "\n## {title}\n\n{caption}\n\n![{title}]({link})\n",
            title = drawing.title,
            caption = drawing.caption,
            link = name.replace(' ', "%20"),
        );
        plots.push((name, palette::light(&drawing.plot.svg())));
    }
    text += "\n## Events\n\n";
    if facts.events.rows.is_empty() {
        text += "Nothing happened.\n";
    } else {
        text += &table(&facts.events);
    }
    if facts.more_events > 0 {
        let _ = write!(
            text,
            "\n{} earlier events are not shown.\n",
            facts.more_events
        );
    }
    let _ = write!(
        text,
        "\n## How this was measured\n\n{}\n",
        METHOD.join("\n\n")
    );
    Markdown { text, plots }
}

/// Text that stays text: no HTML, no emphasis, no new cell, no new line.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, c| {
        match c {
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '&' => safe += "&amp;",
            '|' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' | '~' => {
                safe.push('\\');
                safe.push(c);
            }
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
        safe
    })
}

fn table(table: &Table) -> String {
    let mut text = format!("| {} |\n|", table.head.join(" | "));
    text += &"---|".repeat(table.head.len());
    text.push('\n');
    for row in &table.rows {
        let number = row
            .tag
            .map_or(String::new(), |(number, _)| format!("{number}. "));
        let cells: Vec<_> = row.cells.iter().map(|cell| escape(cell)).collect();
        let _ = writeln!(text, "| {number}{} |", cells.join(" | "));
    }
    text
}
