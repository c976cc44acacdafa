//! Pseudo-random numbers that depend only on a seed.

/// A pseudo-random generator (SplitMix64). A seed gives the same numbers on every machine and in
/// every version, so a seed identifies a scenario.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// Creates a generator for a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number below `limit`, or 0 if `limit` is 0.
    pub const fn below(&mut self, limit: u64) -> u64 {
        let number = self.next();
        if limit == 0 { 0 } else { number % limit }
    }

    /// Returns `true` with a probability of `percent` in a hundred.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Returns one of the choices, with a probability in proportion to its weight. Returns `None`
    /// if all weights are 0.
    pub fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> Option<T> {
        let total: u64 = choices.iter().map(|&(weight, _)| u64::from(weight)).sum();
        let mut at = self.below(total);
        choices.iter().find_map(|&(weight, choice)| {
            let hit = at < u64::from(weight);
            at = at.saturating_sub(u64::from(weight));
            hit.then_some(choice)
        })
    }

    /// Returns one element with equal probability, or `None` if there is none.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = self.below(from.len() as u64);
        from.get(usize::try_from(at).unwrap_or(0)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_its_numbers() {
        let mut rng = Rng::new(20_261_122);
        assert_eq!(rng.next(), Rng::new(20_261_122).next());
        assert_ne!(rng.next(), Rng::new(20_261_122).next());
    }

    #[test]
    fn weights_count() {
        let mut rng = Rng::new(1);
        let choices = [(0, 'a'), (1, 'b'), (9, 'c')];
        let picked: Vec<_> = (0..1000).filter_map(|_| rng.weighted(&choices)).collect();
        let of = |c| picked.iter().filter(|&&p| p == c).count();
        assert_eq!(of('a'), 0);
        assert!((50..200).contains(&of('b')), "{}", of('b'));
        assert_eq!(rng.weighted::<char>(&[(0, 'a')]), None);
    }
}
