//! [`Unique`]: a list without duplicates.

use std::{collections::BTreeSet, ops::Deref};

/// Minimum length of a list whose duplicates are found by a set in place of a linear search.
const MANY: usize = 16;

/// A list of distinct values in insertion order. Adding a value takes a logarithmic number of
/// comparisons, so that hostile data with many tags stays cheap.
#[derive(Debug, Clone)]
pub(crate) struct Unique<T> {
    list: Vec<T>,
    /// Set of the same values, once the list is long.
    known: BTreeSet<T>,
}

impl<T> Default for Unique<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            known: BTreeSet::new(),
        }
    }
}

impl<T: Ord + Clone> Unique<T> {
    /// Adds a value, unless the list contains it.
    pub(crate) fn add(&mut self, value: T) {
        if self.list.len() >= MANY && self.known.is_empty() {
            self.known.extend(self.list.iter().cloned());
        }
        let is_new = if self.list.len() < MANY {
            !self.list.contains(&value)
        } else {
            self.known.insert(value.clone())
        };
        if is_new {
            self.list.push(value);
        }
    }

    pub(crate) fn into_list(self) -> Vec<T> {
        self.list
    }
}

impl<T: Ord + Clone> FromIterator<T> for Unique<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut unique = Self::default();
        values.into_iter().for_each(|value| unique.add(value));
        unique
    }
}

impl<T> Deref for Unique<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.list
    }
}

impl<T: PartialEq> PartialEq for Unique<T> {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl<T: Eq> Eq for Unique<T> {}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, cmp::Ordering};

    use super::*;

    thread_local! {
        static COMPARED: Cell<u64> = const { Cell::new(0) };
    }

    /// A value that counts its comparisons.
    #[derive(Debug, Clone, Copy)]
    struct Counted(u64);

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARED.set(COMPARED.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl PartialEq for Counted {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other) == Ordering::Equal
        }
    }

    impl Eq for Counted {}

    #[test]
    fn each_value_stands_once_in_the_order_in_which_it_came() {
        for count in [1, MANY, 3 * MANY] {
            let values = (0..count).rev().chain(0..count);
            let unique: Unique<_> = values.collect();
            assert!(unique.iter().copied().eq((0..count).rev()), "{count}");
            assert_eq!(unique.into_list().len(), count);
        }
    }

    #[test]
    fn twice_as_many_take_hardly_more_than_twice_as_many_comparisons() {
        let compared = |count| {
            COMPARED.set(0);
            let unique: Unique<_> = (0..count).map(Counted).collect();
            assert_eq!(unique.len() as u64, count);
            COMPARED.get()
        };
        let (n, twice, four_times) = (compared(1_000), compared(2_000), compared(4_000));
        assert!(
            twice * 10 < n * 25 && four_times * 10 < twice * 25,
            "{n} {twice} {four_times}"
        );
    }
}
