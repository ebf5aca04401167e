//! Seeded random numbers: equal seeds give equal runs on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): one addition and three mixing steps
/// per number, period 2^64; plenty for jitter.
#[derive(Debug, Clone)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// A generator for `stream` of a run seeded with `seed`; streams are
    /// independent of each other, so adding a speaker changes no other one.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut chance = Self {
            state: seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95),
        };
        let _ = chance.bits();
        chance
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in 0..1, 1 excluded.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform from `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_numbers_and_streams_differ() {
        let mut first = Chance::new(7, 1);
        let mut second = Chance::new(7, 1);
        let mut other = Chance::new(7, 2);
        let numbers: Vec<u64> = (0..100).map(|_| first.bits()).collect();
        assert!(numbers.iter().all(|&n| n == second.bits()));
        assert!(numbers.iter().all(|&n| n != other.bits()));
    }

    #[test]
    fn uniform_numbers_have_the_mean_and_range_of_their_interval() {
        let mut chance = Chance::new(1, 0);
        let numbers: Vec<f64> = (0..100_000).map(|_| chance.between(-2.0, 4.0)).collect();
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        assert!((mean - 1.0).abs() < 0.03);
        assert!(numbers.iter().all(|n| (-2.0..4.0).contains(n)));
    }
}
