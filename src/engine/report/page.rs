//! The report as one HTML page: no script, no font, no picture from elsewhere.

use std::fmt::Write as _;

use super::facts::{Facts, Row, Table};
use super::palette;
use super::{METHOD, PERCENTILES};

pub(super) fn html(facts: &Facts) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>Inphase report: {rig}</title>\n<style>\n{variables}{style}</style>\n</head>\n\
         <body>\n<main>\n<header>\n<p class=\"brand\">Inphase report</p>\n<h1>{rig}</h1>\n\
         <p class=\"when\">{when}</p>\n</header>\n",
        rig = escape(&facts.rig),
        variables = palette::css_variables(),
        style = include_str!("page.css"),
        when = escape(&facts.when),
    );
    push_summary(&mut page, facts);
    push_section(&mut page, "Groups", &table(&facts.groups, 1));
    page += &format!("<p class=\"note\">{PERCENTILES}</p>\n");
    push_section(
        &mut page,
        "Speakers",
        &table(&facts.speakers, 4).replacen("<table", "<table class=\"nowrap\"", 1),
    );
    page += "<p class=\"note\">Dropouts and xruns count from the start of the engine.</p>\n";
    for drawing in &facts.plots {
        let svg = palette::themed(&drawing.plot.svg());
        let figure = format!(
            "<p class=\"note\">{}</p>\n<figure>{svg}</figure>\n",
            escape(&drawing.caption)
        );
        push_section(&mut page, drawing.title, &figure);
    }
    page += "<p class=\"legend\"><b class=\"err\">◆</b> dropout, lost, refused \
             <b class=\"warn\">▲</b> xrun, resync <b class=\"ok\">●</b> back \
             <b class=\"chg\">▮</b> setting changed. The shade around a line goes from the smallest \
             to the largest value, so an error of one moment stays visible.</p>\n";
    push_events(&mut page, facts);
    push_section(&mut page, "How this was measured", &paragraphs(&METHOD));
    let version = env!("CARGO_PKG_VERSION");
    let _ = write!(
        page,
        "<footer>Inphase {version}</footer>\n</main>\n</body>\n</html>\n"
    );
    page
}

/// Text that is safe anywhere in HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, c| {
        match c {
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '&' => safe += "&amp;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            c => safe.push(c),
        }
        safe
    })
}

fn push_section(page: &mut String, title: &str, inside: &str) {
    let _ = write!(
        page,
        "<section>\n<h2>{}</h2>\n{inside}</section>\n",
        escape(title)
    );
}

fn push_summary(page: &mut String, facts: &Facts) {
    *page += "<dl class=\"cards\">\n";
    for (label, value) in &facts.headline {
        let _ = writeln!(
            page,
            "<div><dt>{}</dt><dd>{}</dd></div>",
            escape(label),
            escape(value)
        );
    }
    *page += "</dl>\n<dl class=\"lines\">\n";
    for (label, value) in &facts.summary {
        let _ = writeln!(page, "<dt>{}</dt><dd>{}</dd>", escape(label), escape(value));
    }
    *page += "</dl>\n";
}

fn push_events(page: &mut String, facts: &Facts) {
    let mut inside = if facts.events.rows.is_empty() {
        "<p>Nothing happened.</p>\n".to_owned()
    } else {
        table(&facts.events, usize::MAX)
    };
    if facts.more_events > 0 {
        let _ = writeln!(
            inside,
            "<p class=\"note\">{} earlier events are not shown.</p>",
            facts.more_events
        );
    }
    push_section(page, "Events", &inside);
}

/// Columns from `numbers` on are right-aligned.
fn table(table: &Table, numbers: usize) -> String {
    let class = |index: usize| if index >= numbers { " class=\"n\"" } else { "" };
    let mut html = "<div class=\"wide\"><table>\n<thead><tr>".to_owned();
    for (index, head) in table.head.iter().enumerate() {
        let _ = write!(
            html,
            "<th scope=\"col\"{}>{}</th>",
            class(index),
            escape(head)
        );
    }
    html += "</tr></thead>\n<tbody>\n";
    for row in &table.rows {
        html += "<tr>";
        for (index, cell) in row.cells.iter().enumerate() {
            let tag = if index == 0 { tag(row) } else { String::new() };
            let _ = write!(html, "<td{}>{tag}{}</td>", class(index), escape(cell));
        }
        html += "</tr>\n";
    }
    html + "</tbody>\n</table></div>\n"
}

fn tag(row: &Row) -> String {
    row.tag.map_or_else(String::new, |(number, slot)| {
        format!(
            "<span class=\"tag\" style=\"background:var(--s{slot});color:var(--t{slot})\">\
             {number}</span>"
        )
    })
}

fn paragraphs(texts: &[&str]) -> String {
    texts.iter().fold(String::new(), |mut html, text| {
        let _ = writeln!(html, "<p>{}</p>", escape(text));
        html
    })
}
