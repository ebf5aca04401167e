//! Reading plain data field by field: what is broken gets its default and is
//! told, what is not known is handed back so that it can be saved again.

use serde::{Serialize, de::DeserializeOwned};
use toml::{Table, Value};

use crate::rig::error::near;

/// What a salvage found.
#[derive(Debug, Default)]
pub struct Findings {
    /// One sentence per finding.
    pub said: Vec<String>,
    /// Something could not be kept.
    pub lost: bool,
}

impl Findings {
    /// Something could not be kept.
    pub fn lose(&mut self, text: String) {
        self.lost = true;
        self.said.push(text);
    }

    /// Several things could not be kept.
    pub fn lose_all(&mut self, texts: Vec<String>) {
        self.lost |= !texts.is_empty();
        self.said.extend(texts);
    }
}

/// Reads a value of type `T`; fields that are missing or broken have their
/// default. Fields that `T` does not have come back as the second part. `what`
/// is what is read, for sentences: `the speaker "left"`.
pub fn fields<T>(table: Table, what: &str, found: &mut Findings) -> (T, Table)
where
    T: Default + Serialize + DeserializeOwned,
{
    let mut value = T::default();
    let mut unknown = Table::new();
    let mut good = to_table(&value);
    for (key, given) in table {
        let earlier = good.insert(key.clone(), given.clone());
        match good.clone().try_into::<T>() {
            Ok(better) if to_table(&better).contains_key(&key) => value = better,
            Ok(_) => {
                let known: Vec<String> = to_table(&value).keys().cloned().collect();
                let hint = near(&key, known.iter().map(String::as_str))
                    .map_or_else(String::new, |near| format!(" Did you mean \"{near}\"?"));
                found.said.push(format!(
                    "\"{key}\" of {what} is not known to this version; it is kept.{hint}"
                ));
                restore(&mut good, &key, earlier);
                drop(unknown.insert(key, given));
            }
            Err(_) => {
                found.lose(format!(
                    "\"{key}\" of {what} could not be read and has its default now."
                ));
                restore(&mut good, &key, earlier);
            }
        }
    }
    (value, unknown)
}

/// Takes a part out of a table; `None` when it is missing, or told when it is
/// not of the kind that `read` takes.
pub fn take<T>(
    table: &mut Table,
    key: &str,
    what: &str,
    found: &mut Findings,
    read: impl Fn(Value) -> Option<T>,
) -> Option<T> {
    let part = read(table.remove(key)?);
    if part.is_none() {
        found.lose(format!(
            "{what} could not be read and is as at the beginning."
        ));
    }
    part
}

/// As a table.
pub fn table(value: Value) -> Option<Table> {
    match value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// As a list of values; a lone table is a list of one.
pub fn list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        Value::Table(table) => Some(vec![Value::Table(table)]),
        _ => None,
    }
}

/// A value of ours as a table.
pub fn to_table<T: Serialize>(value: &T) -> Table {
    Table::try_from(value).unwrap_or_default()
}

/// Adds what `place` does not have, at every depth.
pub fn add_missing(place: &mut Table, more: &Table) {
    for (key, value) in more {
        match (place.get_mut(key), value) {
            (None, value) => drop(place.insert(key.clone(), value.clone())),
            (Some(Value::Table(inner)), Value::Table(value)) => add_missing(inner, value),
            _ => {}
        }
    }
}

fn restore(table: &mut Table, key: &str, earlier: Option<Value>) {
    match earlier {
        Some(value) => drop(table.insert(key.to_owned(), value)),
        None => drop(table.remove(key)),
    }
}
