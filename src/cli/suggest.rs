//! "Did you mean …": the nearest known name, by the measure clap and cargo use.

/// Below this similarity a guess would puzzle more than help; clap's own bound.
const LIKELY: f64 = 0.7;

/// The known name most like `word`, if one is like it at all.
#[must_use]
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro(&word, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > LIKELY)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_strange_ones_get_none() {
        let known = ["kitchen", "bath", "living"];
        assert_eq!(near("kitchn", known), Some("kitchen"));
        assert_eq!(near("Bath", known), Some("bath"));
        assert_eq!(near("zzz", known), None);
        assert_eq!(near("", known), None);
    }
}
