//! The cache of a long empty range of time, so that a search crosses it only once.

use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The longest empty range found, in seconds since the Unix epoch.
///
/// If a clock change skips the time of day every year, the search covers a hundred years before it
/// finds nothing. The cache avoids a repeated search and does not change any result.
#[derive(Debug, Default)]
pub(crate) struct EmptyRange(Mutex<Range<i64>>);

impl EmptyRange {
    /// Returns the first second at or after `at` that may be due.
    pub(crate) fn end_from(&self, at: i64) -> i64 {
        let known = self.known();
        if known.contains(&at) { known.end } else { at }
    }

    /// Returns the last second at or before `at` that may be due.
    pub(crate) fn start_until(&self, at: i64) -> i64 {
        let known = self.known();
        if known.contains(&at) {
            known.start.saturating_sub(1)
        } else {
            at
        }
    }

    /// Records that no second of `found` is due.
    pub(crate) fn insert(&self, found: Range<i64>) {
        let mut known = self.known();
        let touches = found.start <= known.end && known.start <= found.end;
        if touches && !known.is_empty() {
            *known = known.start.min(found.start)..known.end.max(found.end);
        } else if length(&found) > length(&known) {
            *known = found;
        }
    }

    fn known(&self) -> MutexGuard<'_, Range<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn length(stretch: &Range<i64>) -> i64 {
    stretch.end.saturating_sub(stretch.start)
}

impl Clone for EmptyRange {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.known().clone()))
    }
}

/// The cache is not part of the rule, so it is ignored.
impl PartialEq for EmptyRange {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for EmptyRange {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_crossed_to_begin_with() {
        let empty_range = EmptyRange::default();
        for at in [i64::MIN, 0, i64::MAX] {
            assert_eq!(
                (empty_range.end_from(at), empty_range.start_until(at)),
                (at, at)
            );
        }
    }

    #[test]
    fn what_was_found_empty_is_crossed_in_both_directions() {
        let empty_range = EmptyRange::default();
        empty_range.insert(10..20);
        let crossed = |at| (empty_range.end_from(at), empty_range.start_until(at));
        assert_eq!(
            [9, 10, 19, 20].map(crossed),
            [(9, 9), (20, 9), (20, 9), (20, 20)]
        );
    }

    #[test]
    fn stretches_that_touch_are_one_and_of_others_the_longest_is_kept() {
        let empty_range = EmptyRange::default();
        for found in [10..20, 20..30, 5..12, 100..110, 12..14] {
            empty_range.insert(found);
        }
        assert_eq!(*empty_range.clone().known(), 5..30);
        empty_range.insert(100..i64::MAX);
        assert_eq!(*empty_range.known(), 100..i64::MAX);
        empty_range.insert(i64::MIN..100);
        assert_eq!(*empty_range.known(), i64::MIN..i64::MAX);
    }
}
