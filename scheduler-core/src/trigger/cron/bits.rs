//! A set of small numbers as a bit mask.

use std::ops::{BitAnd, BitOr};

/// A set of numbers from 0 to 63.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Bits(u64);

impl Bits {
    /// Every number from `first` to `last`.
    pub(super) fn range(first: u32, last: u32) -> Self {
        (first..=last).collect()
    }

    /// Every seventh number from `first` on.
    pub(super) fn every_seventh_from(first: u32) -> Self {
        Self(0x8102_0408_1020_4081).shifted_up(first)
    }

    pub(super) fn contains(self, value: u32) -> bool {
        value < 64 && self.0 >> value & 1 == 1
    }

    pub(super) fn first(self) -> Option<u32> {
        (self.0 != 0).then(|| self.0.trailing_zeros())
    }

    pub(super) fn last(self) -> Option<u32> {
        self.0.checked_ilog2()
    }

    /// The smallest number that is at least `value`.
    pub(super) fn at_least(self, value: u32) -> Option<u32> {
        Self(self.0 & u64::MAX.checked_shl(value)?).first()
    }

    /// The largest number that is at most `value`.
    pub(super) fn at_most(self, value: u32) -> Option<u32> {
        Self(self.0 & u64::MAX >> 63_u32.saturating_sub(value)).last()
    }

    pub(super) fn insert(&mut self, value: u32) {
        self.0 |= 1_u64.checked_shl(value).unwrap_or(0);
    }

    /// Every number made larger by `by`; what grows beyond 63 is lost.
    pub(super) fn shifted_up(self, by: u32) -> Self {
        Self(self.0.checked_shl(by).unwrap_or(0))
    }

    pub(super) fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The numbers, the smallest first.
    pub(super) fn iter(self) -> impl Iterator<Item = u32> {
        std::iter::successors(self.first(), move |value| self.at_least(value + 1))
    }
}

impl BitAnd for Bits {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Bits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<u32> for Bits {
    fn from_iter<T: IntoIterator<Item = u32>>(values: T) -> Self {
        values.into_iter().fold(Self::default(), |mut bits, value| {
            bits.insert(value);
            bits
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_the_mask_are_found() {
        let edges = Bits::from_iter([0, 31, 63]);
        assert_eq!(edges.iter().collect::<Vec<_>>(), [0, 31, 63]);
        assert_eq!(
            (edges.at_least(1), edges.at_least(63), edges.at_least(64)),
            (Some(31), Some(63), None)
        );
        assert_eq!(
            (edges.at_most(62), edges.at_most(0), edges.at_most(99)),
            (Some(31), Some(0), Some(63))
        );
        assert_eq!(
            (Bits::default().first(), Bits::default().last()),
            (None, None)
        );
        assert!(!edges.contains(64) && edges.contains(63));
    }

    #[test]
    fn every_seventh_number_is_a_week_apart() {
        let mondays = Bits::every_seventh_from(3) & Bits::range(1, 31);
        assert_eq!(mondays.iter().collect::<Vec<_>>(), [3, 10, 17, 24, 31]);
    }
}
