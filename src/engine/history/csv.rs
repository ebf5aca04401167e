//! The history as a table: RFC 4180, one row per sample or bucket.
//!
//! The first two columns are the wall time (ISO 8601, UTC) and the monotonic
//! time in seconds. Up to 1 min there is one column per quantity; beyond, a
//! mean, a minimum and a maximum. A field without a value is empty. Headers
//! begin with the quantity, never with a name the user chose, so a
//! spreadsheet does not take a name for a formula.

use std::io::{self, Write};

use super::store::{Series, Tier};
use super::{History, Range};

impl History {
    /// Writes `range` to `out`. `name` says what to call a speaker or group in
    /// the header; it is given the id.
    ///
    /// # Errors
    /// Whatever `out` fails with.
    pub fn write_csv(
        &self,
        out: &mut impl Write,
        range: Range,
        name: &dyn Fn(&str) -> String,
    ) -> io::Result<()> {
        let tier = range.tier();
        let table = self.table(name);
        let mut header = vec!["time (UTC)".to_owned(), "monotonic (s)".to_owned()];
        for (title, _) in &table {
            header.extend(headers(title, tier));
        }
        write_row(out, &header)?;
        let axis = self.axes.of(tier);
        for (slot, when) in axis.rows(self.since(range)) {
            let mut row = vec![wall_time(when.unix_ms), format!("{:.6}", when.time.secs())];
            for (_, series) in &table {
                row.extend(cells(series, tier, slot));
            }
            write_row(out, &row)?;
        }
        out.flush()
    }

    fn table(&self, name: &dyn Fn(&str) -> String) -> Vec<(Title, &Series)> {
        let mut table = Vec::new();
        let mut add = |quantity: &'static str, unit: &'static str, of: String, series| {
            table.push((Title { quantity, unit, of }, series));
        };
        for (id, speaker) in &self.speakers {
            for metric in super::SpeakerMetric::ALL {
                let (quantity, unit) = metric.title();
                add(
                    quantity,
                    unit,
                    name(id),
                    speaker.series.get(metric as usize),
                );
            }
        }
        for (id, group) in &self.groups {
            for metric in super::GroupMetric::ALL {
                let (quantity, unit) = metric.title();
                add(quantity, unit, name(id), group.series.get(metric as usize));
            }
        }
        for metric in super::SourceMetric::ALL {
            let (quantity, unit) = metric.title();
            add(
                quantity,
                unit,
                "source".into(),
                self.source.get(metric as usize),
            );
        }
        table
            .into_iter()
            .filter_map(|(title, series)| Some((title, series?)))
            .collect()
    }
}

struct Title {
    quantity: &'static str,
    unit: &'static str,
    of: String,
}

fn headers(title: &Title, tier: Tier) -> Vec<String> {
    let Title { quantity, unit, of } = title;
    let one = |what: &str| format!("{quantity}{what} ({unit}) of {of}");
    match tier {
        Tier::Raw => vec![one("")],
        Tier::Fine | Tier::Coarse => vec![one(" mean"), one(" min"), one(" max")],
    }
}

fn cells(series: &Series, tier: Tier, slot: usize) -> Vec<String> {
    let bucket = series.at(tier, slot);
    let values: &[f32] = match tier {
        Tier::Raw => &[bucket.mean],
        Tier::Fine | Tier::Coarse => &[bucket.mean, bucket.min, bucket.max],
    };
    values
        .iter()
        .map(|value| match bucket.count {
            0 => String::new(),
            _ => value.to_string(),
        })
        .collect()
}

fn wall_time(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms)
        .map(|time| format!("{time:.3}"))
        .unwrap_or_default()
}

fn write_row(out: &mut impl Write, fields: &[String]) -> io::Result<()> {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if field.contains([',', '"', '\r', '\n']) {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}
