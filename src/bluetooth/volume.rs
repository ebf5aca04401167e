//! A device's own volume: 0 to 127 over the air, 0 to 100 % for people.

/// The highest volume there is.
pub const LOUDEST: u8 = 127;

/// 0 to 127, with parts where a hand turns it, as 0 to 100 %.
#[must_use]
pub fn percent(volume: f64) -> f64 {
    volume / f64::from(LOUDEST) * 100.0
}

/// The volume nearest to 0 to 100 %; more is taken as all.
#[must_use]
pub fn of_percent(percent: u8) -> u8 {
    let volume = f64::from(percent.min(100)) / 100.0 * f64::from(LOUDEST);
    volume.round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_percentage_is_read_back_as_it_was_written() {
        for said in 0..=100 {
            let back = percent(f64::from(of_percent(said))).round() as u8;
            assert_eq!(back, said);
        }
        assert_eq!(
            (of_percent(0), of_percent(100), of_percent(255)),
            (0, 127, 127)
        );
    }
}
