//! Why a change of the rig was refused: one sentence that says what to do next.

/// Why a change of the rig was refused. The rig is then as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RigError {
    /// A name that nothing has.
    #[error("There is no {kind} \"{name}\". {hint}")]
    Unknown {
        /// What was looked for: `speaker`, `zone`, `setting`, …
        kind: &'static str,
        /// The name as given.
        name: String,
        /// A near name, or what there is.
        hint: String,
    },
    /// A name that something has already.
    #[error("There is already a {kind} \"{name}\". Choose another id.")]
    Taken {
        /// `speaker` or `zone`.
        kind: &'static str,
        /// The id as given.
        name: String,
    },
    /// A number outside its range; says the range.
    #[error("Use {range}.")]
    Range {
        /// Such as `−250 to +250 ms`.
        range: &'static str,
    },
    /// A text that cannot be understood.
    #[error("{what}")]
    Value {
        /// One sentence with the next step.
        what: String,
    },
}

impl RigError {
    /// There is no such name; suggests a near one, or says what there is.
    pub fn unknown<'a>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let hint = match near(name, known.iter().copied()) {
            Some(near) => format!("Did you mean \"{near}\"?"),
            None if known.is_empty() => format!("Add a {kind} first."),
            None if known.len() > MANY => format!("Use one of: {}, ….", known[..MANY].join(", ")),
            None => format!("Use one of: {}.", known.join(", ")),
        };
        Self::Unknown {
            kind,
            name: name.to_owned(),
            hint,
        }
    }

    /// A text that cannot be understood; `what` is one sentence with the next step.
    pub fn value(what: impl Into<String>) -> Self {
        Self::Value { what: what.into() }
    }
}

/// The known name that looks most like `name`, if any is near.
pub fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|other| (likeness(&name, &other.to_lowercase()), other))
        .filter(|(score, _)| *score >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

/// One slip (a letter too many, missing, wrong or swapped with its neighbour)
/// counts as near even in words too short for Jaro-Winkler, such as `onw`.
fn likeness(name: &str, other: &str) -> f64 {
    let slips = strsim::osa_distance(name, other);
    let near = if slips == 1 && name.len() > 2 {
        NEAR
    } else {
        0.0
    };
    strsim::jaro_winkler(name, other).max(near)
}

/// Jaro-Winkler similarity from which a name is worth suggesting: `lfet` and
/// `left` have 0.925, `gian` and `gain` 0.925, `kitchen` and `attic` 0.45.
const NEAR: f64 = 0.75;

/// Names listed when none is near; more would not fit a line.
const MANY: usize = 12;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_near_name_is_suggested() {
        let error = RigError::unknown("speaker", "lfet", ["right", "left", "sub"]);
        assert_eq!(
            error.to_string(),
            "There is no speaker \"lfet\". Did you mean \"left\"?"
        );
    }

    #[test]
    fn without_a_near_name_the_known_ones_are_listed() {
        let error = RigError::unknown("zone", "attic", ["kitchen", "bath"]);
        assert_eq!(
            error.to_string(),
            "There is no zone \"attic\". Use one of: kitchen, bath."
        );
        let error = RigError::unknown("zone", "attic", []);
        assert_eq!(
            error.to_string(),
            "There is no zone \"attic\". Add a zone first."
        );
    }
}
