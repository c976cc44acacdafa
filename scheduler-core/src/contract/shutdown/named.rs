//! [`Named`]: a list in a report that counts all entries and names a bounded number of them.

use std::{fmt, ops::Index, slice};

/// Maximum number of entries in a list.
const KEPT: usize = 1_000;
/// Maximum number of entries in the text form.
const WRITTEN: usize = 10;

/// The first 1,000 jobs of a list in a report, with the number of all.
///
/// ```
/// use scheduler_core::shutdown::Named;
///
/// let numbers: Named<u32> = (0..2_000).collect();
/// assert_eq!((numbers.len(), numbers.iter().count()), (2_000, 1_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<T> {
    kept: Vec<T>,
    total: usize,
}

impl<T> Named<T> {
    /// Creates an empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            kept: Vec::new(),
            total: 0,
        }
    }

    /// Counts an entry, and stores it if there are fewer than 1,000.
    pub fn push(&mut self, one: T) {
        self.total += 1;
        if self.kept.len() < KEPT {
            self.kept.push(one);
        }
    }

    /// Returns the number of all entries, including those that are not stored.
    ///
    /// ```
    /// use scheduler_core::shutdown::Named;
    ///
    /// let many: Named<usize> = (0..5_000).collect();
    /// assert_eq!((many.len(), many.iter().count()), (5_000, 1_000), "all count, some are kept");
    /// ```
    #[must_use]
    pub const fn len(&self) -> usize {
        self.total
    }

    /// Returns whether there are no entries.
    ///
    /// ```
    /// use scheduler_core::shutdown::Named;
    ///
    /// assert!(Named::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Iterates over the stored entries, in order.
    ///
    /// ```
    /// use scheduler_core::shutdown::Named;
    ///
    /// let jobs: Named<_> = ["mail", "copy"].into_iter().collect();
    /// assert!(jobs.iter().eq(&["mail", "copy"]));
    /// assert_eq!(jobs.to_string(), "2 (mail, copy)");
    /// ```
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.kept.iter()
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Extend<T> for Named<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, more: I) {
        more.into_iter().for_each(|one| self.push(one));
    }
}

impl<T> FromIterator<T> for Named<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        let mut list = Self::new();
        list.extend(all);
        list
    }
}

impl<'a, T> IntoIterator for &'a Named<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> Index<usize> for Named<T> {
    type Output = T;

    /// Returns the stored entry at a position.
    fn index(&self, position: usize) -> &T {
        &self.kept[position]
    }
}

impl<T: fmt::Display> fmt::Display for Named<T> {
    /// Formats the number and the first ten names: `3 (mail, copy, job 7.1)`, `12 (a, …, j and 2
    /// more)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.total)?;
        for (position, one) in self.kept.iter().take(WRITTEN).enumerate() {
            write!(f, "{}{one}", if position == 0 { " (" } else { ", " })?;
        }
        match self.total.checked_sub(WRITTEN) {
            _ if self.total == 0 => Ok(()),
            None | Some(0) => f.write_str(")"),
            Some(more) => write!(f, " and {more} more)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_some_are_named() {
        let list = |count: usize| (0..count).collect::<Named<usize>>();
        assert_eq!(list(0).to_string(), "0");
        assert_eq!(list(2).to_string(), "2 (0, 1)");
        assert!(list(10).to_string().ends_with(", 9)"));
        assert!(list(12).to_string().ends_with(", 9 and 2 more)"));
        let many = list(5 * KEPT);
        assert_eq!(
            (many.len(), many.iter().count(), many[7]),
            (5 * KEPT, KEPT, 7)
        );
    }
}
