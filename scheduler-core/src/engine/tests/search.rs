//! Which instants are the last ones, however unevenly they lie.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{engine::search::last_due, trigger::Trigger};

/// Its instants, in seconds, in order.
#[derive(Debug)]
struct Listed(Vec<i64>);

impl Trigger for Listed {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.0.partition_point(|&second| at(second) <= after);
        self.0.get(next).map(|&second| at(second))
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

/// The last `max` instants of those listed, all of which are due.
fn last(seconds: &[i64], max: usize) -> Vec<i64> {
    let trigger = Listed(seconds.to_vec());
    let (first, latest) = (seconds[0], *seconds.last().unwrap());
    let found = last_due(&trigger, at(first), at(latest), max).unwrap();
    found.iter().map(DateTime::timestamp).collect()
}

#[test]
fn few_instants_are_all_listed() {
    assert_eq!(last(&[0, 10, 20], 3), [0, 10, 20]);
    assert_eq!(last(&[0, 10, 20], 2), [10, 20]);
    assert_eq!(last(&[0], 1), [0]);
}

#[test]
fn instants_that_lie_closest_at_the_end_are_looked_for_further_back() {
    let mut seconds: Vec<_> = (0..100).map(|day| day * 86_400).collect();
    seconds.push(99 * 86_400 + 1);
    let wanted = seconds[seconds.len() - 20..].to_vec();
    assert_eq!(last(&seconds, 20), wanted);
}

#[test]
fn instants_that_lie_closer_further_back_are_counted_one_by_one() {
    let dense = 0..20_000;
    let seconds: Vec<_> = dense.chain([30_000, 40_000]).collect();
    for max in [1, 2, 3, 5] {
        let wanted = seconds[seconds.len() - max..].to_vec();
        assert_eq!(last(&seconds, max), wanted, "the last {max}");
    }
}
