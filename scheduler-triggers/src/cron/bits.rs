//! A set of small numbers as a bit mask.

use std::ops::{BitAnd, BitOr};

/// A set of numbers from 0 to 63.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Bits(u64);

impl Bits {
    /// Returns every number from `first` to `last`, which must not be empty.
    pub(crate) const fn range(first: u32, last: u32) -> Self {
        Self(u64::MAX >> (63 - (last - first)) << first)
    }

    /// Repeats the numbers from 0 to 6: `n` is in the result if `n % 7` was in the set.
    pub(crate) const fn repeated_weekly(self) -> Self {
        Self(self.0 * 0x0102_0408_1020_4081)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn contains(self, value: u32) -> bool {
        value < 64 && self.0 >> value & 1 == 1
    }

    pub(crate) fn first(self) -> Option<u32> {
        (self.0 != 0).then(|| self.0.trailing_zeros())
    }

    pub(crate) fn last(self) -> Option<u32> {
        self.0.checked_ilog2()
    }

    /// Returns the smallest number that is at least `value`.
    pub(crate) fn at_least(self, value: u32) -> Option<u32> {
        Self(self.0 & u64::MAX.checked_shl(value)?).first()
    }

    /// Returns the largest number that is at most `value`.
    pub(crate) fn at_most(self, value: u32) -> Option<u32> {
        Self(self.0 & u64::MAX >> 63_u32.saturating_sub(value)).last()
    }

    pub(crate) fn insert(&mut self, value: u32) {
        self.0 |= 1_u64.checked_shl(value).unwrap_or(0);
    }

    /// Returns every number plus one.
    pub(crate) const fn one_up(self) -> Self {
        Self(self.0 << 1)
    }

    /// Returns every number minus `by`, which must be less than 64. Negative numbers are dropped.
    pub(crate) const fn shifted_down(self, by: u32) -> Self {
        Self(self.0 >> by)
    }

    pub(crate) fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Returns the numbers in ascending order.
    pub(crate) fn iter(self) -> impl Iterator<Item = u32> {
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
    fn a_range_reaches_both_edges() {
        assert_eq!(Bits::range(0, 63), Bits(u64::MAX));
        assert_eq!(Bits::range(63, 63), Bits::from_iter([63]));
        assert_eq!(Bits::range(2, 4), Bits::from_iter([2, 3, 4]));
    }

    #[test]
    fn a_repeated_week_goes_on_to_the_end_of_the_month() {
        let tuesdays = Bits::from_iter([2]).repeated_weekly();
        let expected = [2, 9, 16, 23, 30, 37, 44, 51, 58];
        assert_eq!(tuesdays.iter().collect::<Vec<_>>(), expected);
        assert_eq!(Bits::range(0, 6).repeated_weekly(), Bits::range(0, 62));
    }
}
