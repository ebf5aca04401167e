//! Finds speakers and zones of a rig by what the user typed: the id, or the name
//! in any case; suggests near ones.

use super::Failure;
use crate::rig::{Rig, RigError, error::near};

/// The speaker's id.
///
/// # Errors
/// One sentence, with a near name if there is one.
pub(super) fn speaker(rig: &Rig, word: &str) -> Result<String, Failure> {
    let known: Vec<_> = rig.speakers.iter().map(|s| (&*s.id, &*s.name)).collect();
    find("speaker", &known, word)
}

/// The zone's id.
///
/// # Errors
/// One sentence, with a near name if there is one.
pub(super) fn zone(rig: &Rig, word: &str) -> Result<String, Failure> {
    let known: Vec<_> = rig.zones.iter().map(|z| (&*z.id, &*z.name)).collect();
    find("zone", &known, word)
}

fn find(kind: &'static str, known: &[(&str, &str)], word: &str) -> Result<String, Failure> {
    let by_name = |name: &str| name.to_lowercase() == word.to_lowercase();
    let found = known
        .iter()
        .find(|(id, _)| *id == word)
        .or_else(|| known.iter().find(|(_, name)| by_name(name)));
    if let Some((id, _)) = found {
        return Ok((*id).to_owned());
    }
    let ids = known.iter().map(|(id, _)| *id);
    let names = known.iter().map(|(_, name)| *name);
    let known = match near(word, ids.clone().chain(names)) {
        Some(near) => vec![near],
        None => ids.collect(),
    };
    Err(Failure::Refused(
        RigError::unknown(kind, word, known).to_string(),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::rig::Zone;

    fn rig() -> Rig {
        let zone = |id: &str, name: &str| Zone {
            id: id.into(),
            name: name.into(),
            ..Zone::default()
        };
        Rig {
            zones: vec![zone("kitchen", "Küche"), zone("bath", "Bath room")],
            ..Rig::default()
        }
    }

    #[test]
    fn names_are_found_by_id_and_by_name_in_any_case() {
        for (word, id) in [
            ("kitchen", "kitchen"),
            ("KÜCHE", "kitchen"),
            ("bath room", "bath"),
        ] {
            assert_eq!(zone(&rig(), word).unwrap(), id);
        }
    }

    #[test]
    fn unknown_names_suggest_near_ones() {
        let table = [
            (
                "kitchn",
                "There is no zone \"kitchn\". Did you mean \"kitchen\"?",
            ),
            (
                "kuche",
                "There is no zone \"kuche\". Did you mean \"Küche\"?",
            ),
            ("x", "There is no zone \"x\". Use one of: kitchen, bath."),
        ];
        for (word, expected) in table {
            let Err(Failure::Refused(message)) = zone(&rig(), word) else {
                panic!("{word} was found");
            };
            assert_eq!(message, expected);
        }
        let Err(Failure::Refused(message)) = speaker(&rig(), "left") else {
            panic!("found");
        };
        assert_eq!(
            message,
            "There is no speaker \"left\". Add a speaker first."
        );
    }
}
