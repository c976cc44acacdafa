//! Computes the previous instant of a trigger that implements only `next_after`.

use chrono::{DateTime, Utc};

use super::instant::{ceiling_nanos, from_nanos, to_nanos};

/// Returns the last instant strictly before `before`, by calls of `next_after` alone.
///
/// `next_after` is monotone, so "an instant exists between `t` and `before`" is true up to the result
/// and false after it. Doubling steps back, followed by bisection, find it with at most some two hundred
/// calls, for any number of instants.
pub(super) fn prev_before(
    next_after: impl Fn(DateTime<Utc>) -> Option<DateTime<Utc>>,
    before: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let end = ceiling_nanos(before);
    let due_between = |at: i128| {
        let next = next_after(from_nanos(at)?).map(to_nanos);
        next.filter(|next| at < *next && *next < end)
    };
    let window = gallop(due_between, end)?;
    from_nanos(bisect(due_between, window))
}

/// Returns an instant before `end`, and a time after which none exists.
///
/// The beginning of time is tried last, because a trigger that searches for its instants may give up
/// on a distance that long.
fn gallop(due_between: impl Fn(i128) -> Option<i128>, end: i128) -> Option<(i128, i128)> {
    let first_of_all = to_nanos(DateTime::<Utc>::MIN_UTC);
    let (mut reach, mut high) = (1, end);
    while end - reach > first_of_all {
        if let Some(found) = due_between(end - reach) {
            return Some((found, high));
        }
        high = end - reach;
        reach *= 2;
    }
    Some((due_between(first_of_all)?, high))
}

/// Returns the last instant, given an earlier or equal one and a time after which none exists.
fn bisect(due_between: impl Fn(i128) -> Option<i128>, (mut low, mut high): (i128, i128)) -> i128 {
    while let Some(later) = due_between(low) {
        low = later;
        let middle = low + (high - low) / 2;
        match due_between(middle) {
            Some(found) => low = found,
            None => high = middle,
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use chrono::TimeDelta;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    /// Returns a function that computes the next instant from exactly these instants.
    fn listed(seconds: &[i64]) -> impl Fn(DateTime<Utc>) -> Option<DateTime<Utc>> {
        let instants: Vec<_> = seconds.iter().map(|second| at(*second)).collect();
        move |after| instants.iter().copied().find(|instant| *instant > after)
    }

    #[test]
    fn a_rule_that_gives_up_on_a_long_way_is_found_from_near() {
        let rule = listed(&[10, 20]);
        let near = |after| rule(after).filter(|_| after > at(-1_000));
        assert_eq!(near(DateTime::<Utc>::MIN_UTC), None);
        assert_eq!(prev_before(near, at(20)), Some(at(10)));
    }

    #[test]
    fn the_last_one_before_is_found() {
        let rule = listed(&[10, 11, 500, 1_000_000]);
        for (before, expected) in [
            (at(10), None),
            (at(10) + TimeDelta::nanoseconds(1), Some(at(10))),
            (at(11), Some(at(10))),
            (at(12), Some(at(11))),
            (at(500), Some(at(11))),
            (at(1_000_001), Some(at(1_000_000))),
            (DateTime::<Utc>::MAX_UTC, Some(at(1_000_000))),
            (DateTime::<Utc>::MIN_UTC, None),
        ] {
            assert_eq!(prev_before(&rule, before), expected, "{before}");
        }
    }

    #[test]
    fn few_questions_are_enough_for_any_number_of_instants() {
        let asked = Cell::new(0);
        let every_nanosecond = |after: DateTime<Utc>| {
            asked.set(asked.get() + 1);
            after.checked_add_signed(TimeDelta::nanoseconds(1))
        };
        let just_before = DateTime::<Utc>::MAX_UTC - TimeDelta::nanoseconds(1);
        assert_eq!(
            prev_before(every_nanosecond, DateTime::<Utc>::MAX_UTC),
            Some(just_before)
        );
        let dense_then_empty =
            |after: DateTime<Utc>| every_nanosecond(after).filter(|next| *next < at(0));
        let last = at(0) - TimeDelta::nanoseconds(1);
        assert_eq!(
            prev_before(dense_then_empty, DateTime::<Utc>::MAX_UTC),
            Some(last)
        );
        assert!(asked.get() < 600, "{}", asked.get());
    }

    #[test]
    fn a_rule_that_does_not_move_on_ends_the_search() {
        assert_eq!(prev_before(Some, at(0)), None);
        assert_eq!(prev_before(|_| None, at(0)), None);
    }

    #[test]
    fn a_leap_second_is_after_the_second_before_it() {
        let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        let last = leap - TimeDelta::nanoseconds(500_000_001);
        let rule = |after| Some(last).filter(|instant| *instant > after);
        assert_eq!(prev_before(rule, leap), Some(last));
    }
}
