//! Finding things in a rig, and names for new ones.

use super::{
    error::RigError,
    limits,
    model::{Rig, Role, Speaker, SpeakerId, Zone, ZoneId},
};

impl Rig {
    /// The speaker of this id.
    #[must_use]
    pub fn speaker(&self, id: &str) -> Option<&Speaker> {
        self.speakers.iter().find(|speaker| speaker.id == id)
    }

    /// The zone of this id.
    #[must_use]
    pub fn zone(&self, id: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == id)
    }

    /// The zone that a speaker is in; `None` on the rail.
    #[must_use]
    pub fn zone_of(&self, speaker: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.holds(speaker))
    }

    /// The speakers that are in a zone, in rig order.
    pub fn placed(&self) -> impl Iterator<Item = (&Zone, &Speaker)> {
        self.speakers
            .iter()
            .filter_map(|speaker| Some((self.zone_of(&speaker.id)?, speaker)))
    }

    /// The speakers that are in no zone, in rig order.
    pub fn on_the_rail(&self) -> impl Iterator<Item = &Speaker> {
        self.speakers
            .iter()
            .filter(|speaker| self.zone_of(&speaker.id).is_none())
    }

    /// The speaker of this id, to change.
    ///
    /// # Errors
    /// When there is none; suggests a near id.
    pub fn speaker_mut(&mut self, id: &str) -> Result<&mut Speaker, RigError> {
        let index = self.speaker_index(id)?;
        Ok(&mut self.speakers[index])
    }

    /// The zone of this id, to change.
    ///
    /// # Errors
    /// When there is none; suggests a near id.
    pub fn zone_mut(&mut self, id: &str) -> Result<&mut Zone, RigError> {
        let index = self.zone_index(id)?;
        Ok(&mut self.zones[index])
    }

    /// Position of a speaker in [`Rig::speakers`].
    ///
    /// # Errors
    /// When there is none; suggests a near id.
    pub fn speaker_index(&self, id: &str) -> Result<usize, RigError> {
        let ids = || self.speakers.iter().map(|speaker| speaker.id.as_str());
        ids()
            .position(|known| known == id)
            .ok_or_else(|| RigError::unknown("speaker", id, ids()))
    }

    /// Position of a zone in [`Rig::zones`].
    ///
    /// # Errors
    /// When there is none; suggests a near id.
    pub fn zone_index(&self, id: &str) -> Result<usize, RigError> {
        let ids = || self.zones.iter().map(|zone| zone.id.as_str());
        ids()
            .position(|known| known == id)
            .ok_or_else(|| RigError::unknown("zone", id, ids()))
    }

    /// A speaker id made from `name` that no speaker has.
    #[must_use]
    pub fn free_speaker_id(&self, name: &str) -> SpeakerId {
        free(name, "speaker", |id| self.speaker(id).is_some())
    }

    /// A zone id made from `name` that no zone has.
    #[must_use]
    pub fn free_zone_id(&self, name: &str) -> ZoneId {
        free(name, "zone", |id| self.zone(id).is_some())
    }

    /// The identity colour for a new speaker, 1 to 8: the lowest that nobody
    /// has, and when all are taken the lowest of the least used.
    #[must_use]
    pub fn free_slot(&self) -> u8 {
        let used = |slot: &u8| self.speakers.iter().filter(|s| s.slot == *slot).count();
        (1..=limits::SLOTS).min_by_key(used).unwrap_or(1)
    }
}

impl Speaker {
    /// What to call it in a sentence: its name, else its id.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() {
            &self.id
        } else {
            &self.name
        }
    }
}

impl Zone {
    /// Whether a speaker is in this zone.
    #[must_use]
    pub fn holds(&self, speaker: &str) -> bool {
        self.speakers.iter().any(|member| member == speaker)
    }

    /// Whether a subwoofer is in this zone, so that its other speakers play
    /// only what is above the crossover.
    #[must_use]
    pub fn has_sub(&self, rig: &Rig) -> bool {
        self.speakers
            .iter()
            .filter_map(|id| rig.speaker(id))
            .any(|speaker| speaker.role == Role::Sub)
    }

    /// What to call it in a sentence: its name, else its id.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() {
            &self.id
        } else {
            &self.name
        }
    }
}

/// A name as an id: lower-case ASCII letters, digits and `-`, at most 40
/// characters; `Küche links` becomes `kuche-links`. Empty when nothing of the
/// name can be kept.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' | '_' => slug.push(letter),
            // Apostrophes and combining marks belong to the word around them.
            '\'' | '’' | '\u{300}'..='\u{36f}' => {}
            _ => match plain(letter) {
                Some(letters) => slug.push_str(letters),
                None if slug.ends_with('-') || slug.is_empty() => {}
                None => slug.push('-'),
            },
        }
    }
    slug.truncate(SLUG_BYTES);
    slug.trim_end_matches('-').to_owned()
}

/// Whether a text may be an id: letters, digits, `-` and `_`, 1 to 60 of them.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=limits::NAME_CHARS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn free(name: &str, fallback: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut base = slug(name);
    if base.is_empty() {
        fallback.clone_into(&mut base);
    }
    (1_u64..)
        .map(|count| match count {
            1 => base.clone(),
            _ => format!("{base}-{count}"),
        })
        .find(|id| !taken(id))
        .unwrap_or(base)
}

/// The ASCII letters that a Latin letter is written with without its marks.
fn plain(letter: char) -> Option<&'static str> {
    LATIN
        .iter()
        .find(|(marked, _)| marked.contains(letter))
        .map(|(_, plain)| *plain)
}

const SLUG_BYTES: usize = 40;

const LATIN: &[(&str, &str)] = &[
    ("àáâãäåāăą", "a"),
    ("æ", "ae"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęě", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįı", "i"),
    ("ĵ", "j"),
    ("ķ", "k"),
    ("ĺļľł", "l"),
    ("ñńņň", "n"),
    ("òóôõöøōŏő", "o"),
    ("œ", "oe"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ß", "ss"),
    ("ţťțŧ", "t"),
    ("þ", "th"),
    ("ùúûüũūŭůűų", "u"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_slug_is_the_name_in_plain_letters() {
        for (name, id) in [
            ("Küche links", "kuche-links"),
            ("  Living   Room  ", "living-room"),
            ("Bose® SoundLink (2)", "bose-soundlink-2"),
            ("Straße/Ærø", "strasse-aero"),
            ("Cuisine d'été", "cuisine-dete"),
            ("U\u{308}ber", "uber"),
            ("日本", ""),
        ] {
            assert_eq!(slug(name), id, "{name}");
        }
    }

    #[test]
    fn free_ids_are_unique_valid_and_never_empty() {
        let mut rig = Rig::default();
        for name in [
            "Left",
            "left",
            "LEFT!",
            "日本",
            "",
            "Left",
            "x".repeat(99).as_str(),
        ] {
            let id = rig.free_speaker_id(name);
            assert!(is_id(&id), "{id}");
            assert!(rig.speaker(&id).is_none());
            rig.speakers.push(Speaker {
                id,
                ..Speaker::default()
            });
        }
        assert_eq!(rig.speakers[2].id, "left-3");
        assert_eq!(rig.speakers[4].id, "speaker-2");
    }

    #[test]
    fn slots_are_filled_lowest_first_and_then_reused() {
        let mut rig = Rig::default();
        for expected in [1, 2, 3, 4, 5, 6, 7, 8, 1, 2] {
            let slot = rig.free_slot();
            assert_eq!(slot, expected);
            rig.speakers.push(Speaker {
                slot,
                ..Speaker::default()
            });
        }
        drop(rig.speakers.remove(4));
        assert_eq!(rig.free_slot(), 5);
    }
}
