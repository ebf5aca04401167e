//! Reads TOML that may be damaged anywhere. A valid document is read as such;
//! in any other, every line (or value of several lines) that makes sense on
//! its own is kept in its section, and the rest is left out and told.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// Reads whatever can be read. The second part says what was left out, one
/// sentence each, and is empty for a valid document.
pub fn parse(text: &str) -> (Table, Vec<String>) {
    match text.parse::<Table>() {
        Ok(table) => (table, Vec::new()),
        Err(_) => Reader::default().read(text),
    }
}

#[derive(Default)]
struct Reader {
    root: Table,
    /// The section that lines go to; `None` after a header that makes no sense.
    section: Option<Vec<String>>,
    lost: Vec<usize>,
    tries: usize,
}

impl Reader {
    fn read(mut self, text: &str) -> (Table, Vec<String>) {
        self.section = Some(Vec::new());
        let lines: Vec<&str> = text.lines().collect();
        let mut index = 0;
        while index < lines.len() {
            let line = lines[index].trim();
            let used = match line {
                "" => 1,
                _ if line.starts_with('#') => 1,
                _ if line.starts_with('[') => {
                    self.header(line, index);
                    1
                }
                _ => self.entry(&lines[index..], index),
            };
            index += used;
        }
        let told = tell(&self.lost);
        (self.root, told)
    }

    fn header(&mut self, line: &str, index: usize) {
        self.section = None;
        let bare = line.split('#').next().unwrap_or("").trim();
        let name = bare.trim_matches(['[', ']']).trim();
        let path: Vec<String> = name.split('.').map(|part| part.trim().to_owned()).collect();
        let known = |part: &String| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        };
        // One bracket may be gone; two on either side mean a list.
        let list = bare.starts_with("[[") || bare.ends_with("]]");
        let parsed = if path.iter().all(known) {
            Some(path)
        } else {
            header_path(line)
        };
        let opened = parsed.filter(|path| open(&mut self.root, path, list));
        if opened.is_none() {
            self.lost.push(index);
        }
        self.section = opened;
    }

    /// Takes one entry and returns how many lines it had.
    fn entry(&mut self, lines: &[&str], index: usize) -> usize {
        let Some((table, used)) = self.value(lines) else {
            self.lost.push(index);
            return 1;
        };
        let section = self.section.as_ref();
        let place = section.and_then(|path| at(&mut self.root, path));
        if !place.is_some_and(|place| merge_new(place, table)) {
            self.lost.push(index);
        }
        used
    }

    fn value(&mut self, lines: &[&str]) -> Option<(Table, usize)> {
        if let Ok(table) = lines[0].parse::<Table>() {
            return Some((table, 1));
        }
        let (_, value) = lines[0].split_once('=')?;
        let opens = ["[", "{", "\"\"\"", "'''"];
        if !opens
            .iter()
            .any(|open| value.trim_start().starts_with(open))
        {
            return None;
        }
        let mut text = lines[0].to_owned();
        for (more, line) in lines[1..].iter().take(VALUE_LINES).enumerate() {
            // A header inside a value means that its end is missing.
            if self.tries >= TRIES || line.starts_with('[') {
                return None;
            }
            self.tries += 1;
            text.push('\n');
            text.push_str(line);
            if let Ok(table) = text.parse::<Table>() {
                return Some((table, more + 2));
            }
        }
        None
    }
}

/// The path of a valid header with quoted parts.
fn header_path(line: &str) -> Option<Vec<String>> {
    let mut table: Table = line.parse().ok()?;
    let mut path = Vec::new();
    loop {
        let (key, value) = std::mem::take(&mut table).into_iter().next()?;
        path.push(key);
        match value {
            Value::Table(inner) if inner.is_empty() => return Some(path),
            Value::Table(inner) => table = inner,
            _ => return Some(path),
        }
    }
}

/// Makes the section of a header; `false` where something else is in its place.
fn open(root: &mut Table, path: &[String], list: bool) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    let Some(parent) = at(root, parents) else {
        return false;
    };
    match parent.get_mut(last) {
        None if list => {
            let first = Value::Array(vec![Value::Table(Table::new())]);
            drop(parent.insert(last.clone(), first));
            true
        }
        None => {
            drop(parent.insert(last.clone(), Value::Table(Table::new())));
            true
        }
        // Also where the second bracket of the header is gone.
        Some(Value::Array(items)) if items.iter().all(Value::is_table) => {
            items.push(Value::Table(Table::new()));
            true
        }
        Some(first @ Value::Table(_)) if list => {
            let item = std::mem::replace(first, Value::Array(Vec::new()));
            *first = Value::Array(vec![item, Value::Table(Table::new())]);
            true
        }
        Some(Value::Table(_)) => true,
        Some(_) => false,
    }
}

/// The table at a path; of lists the last item. Missing tables are made.
fn at<'a>(root: &'a mut Table, path: &[String]) -> Option<&'a mut Table> {
    path.iter().try_fold(root, |table, key| {
        let value = table
            .entry(key.clone())
            .or_insert_with(|| Value::Table(Table::new()));
        match value {
            Value::Table(inner) => Some(inner),
            Value::Array(items) => items.last_mut()?.as_table_mut(),
            _ => None,
        }
    })
}

/// Adds entries that are not there yet; `false` when any was there.
fn merge_new(place: &mut Table, new: Table) -> bool {
    let mut all = true;
    for (key, value) in new {
        match (place.get_mut(&key), value) {
            (None, value) => drop(place.insert(key, value)),
            (Some(Value::Table(old)), Value::Table(more)) => all &= merge_new(old, more),
            _ => all = false,
        }
    }
    all
}

/// Line numbers as sentences; many are summed up.
fn tell(lost: &[usize]) -> Vec<String> {
    let mut told: BTreeMap<usize, String> = lost
        .iter()
        .take(TOLD)
        .map(|index| {
            (
                *index,
                format!("Line {} made no sense and was left out.", index + 1),
            )
        })
        .collect();
    if lost.len() > TOLD {
        let more = format!(
            "{} more lines made no sense and were left out.",
            lost.len() - TOLD
        );
        let _ = told.insert(usize::MAX, more);
    }
    let mut told: Vec<String> = told.into_values().collect();
    if told.is_empty() {
        // Every line is fine, but not together, such as a section named twice.
        told.push("The file was not in order; every part of it was read on its own.".into());
    }
    told
}

/// Lines that one value may have.
const VALUE_LINES: usize = 64;

/// Tries at values of several lines in a file, so that megabytes of brackets
/// do not take minutes.
const TRIES: usize = 2_000;

/// Lines told one by one.
const TOLD: usize = 5;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lines_around_damage_are_kept_in_their_sections() {
        let text = "a = 1\nb = = 2\n[s]\nx = 'y'\n[[list]]\nn = 1\n[list]]\nn = 2\nm = [\n 1,\n 2,\n]\n[list.sub]\nk = true\n[li?st]\nn = 9\n";
        let (table, lost) = parse(text);
        let good = "a = 1\n[s]\nx = 'y'\n[[list]]\nn = 1\n[[list]]\nn = 2\nm = [1, 2]\n[list.sub]\nk = true\n";
        assert_eq!(table, good.parse::<Table>().unwrap());
        assert_eq!(lost[0], "Line 2 made no sense and was left out.");
        assert_eq!(lost.len(), 3);
    }

    #[test]
    fn an_unclosed_value_does_not_swallow_the_next_section() {
        let (table, lost) = parse("[[s]]\nc = [1\n[[s]]\nid = 'x'\n");
        assert_eq!(table["s"][1]["id"].as_str(), Some("x"));
        assert_eq!(lost.len(), 1);
    }

    #[test]
    fn of_double_entries_the_first_is_kept() {
        let (table, lost) = parse("a = 1\na = 2\n[t]\nb = 1\n[t]\nc = 2\n");
        assert_eq!(
            table,
            "a = 1\n[t]\nb = 1\nc = 2\n".parse::<Table>().unwrap()
        );
        assert_eq!(lost, ["Line 2 made no sense and was left out."]);
    }

    #[test]
    fn megabytes_of_brackets_end() {
        let (table, lost) = parse(&"a=[[[[\n".repeat(100_000));
        assert!(table.is_empty());
        assert_eq!(lost.len(), TOLD + 1);
    }
}
