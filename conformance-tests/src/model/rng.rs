//! Numbers that follow from a seed, and from nothing else.

/// A generator of pseudo-random numbers (SplitMix64): the same seed gives the same numbers on every
/// machine, for ever, so that a seed names a scenario.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The numbers of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 if that is 0.
    pub const fn below(&mut self, limit: u64) -> u64 {
        let number = self.next();
        if limit == 0 { 0 } else { number % limit }
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the choices, each as often as its weight says; `None` if nothing weighs anything.
    pub fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> Option<T> {
        let total: u64 = choices.iter().map(|&(weight, _)| u64::from(weight)).sum();
        let mut at = self.below(total);
        choices.iter().find_map(|&(weight, choice)| {
            let hit = at < u64::from(weight);
            at = at.saturating_sub(u64::from(weight));
            hit.then_some(choice)
        })
    }

    /// One of them.
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
