//! Finds speakers and zones of a rig by what the user typed: the id, or the name
//! in any case; suggests near ones.

use super::{Failure, suggest};
use crate::rig::Rig;

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

fn find(what: &str, known: &[(&str, &str)], word: &str) -> Result<String, Failure> {
    let by_name = |name: &str| name.to_lowercase() == word.to_lowercase();
    let found = known
        .iter()
        .find(|(id, _)| *id == word)
        .or_else(|| known.iter().find(|(_, name)| by_name(name)));
    if let Some((id, _)) = found {
        return Ok((*id).to_owned());
    }
    let both = known.iter().flat_map(|(id, name)| [*id, *name]);
    let next = match suggest::near(word, both) {
        Some(near) => format!("Did you mean `{near}`?"),
        None if known.is_empty() => format!("Add one with `inphase {what} add`."),
        None => {
            let ids: Vec<&str> = known.iter().map(|(id, _)| *id).collect();
            format!("There are {}.", ids.join(", "))
        }
    };
    Err(Failure::Refused(format!(
        "There is no {what} named {word}. {next}"
    )))
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
                "There is no zone named kitchn. Did you mean `kitchen`?",
            ),
            ("x", "There is no zone named x. There are kitchen, bath."),
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
            "There is no speaker named left. Add one with `inphase speaker add`."
        );
    }
}
