//! The last due instants of a trigger, for any spacing of its instants.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    base::unix_time::UnixTime,
    schedule::search::{last_due, next_after},
    trigger::Trigger,
};

/// Instants of the trigger in seconds, in order.
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

const fn time(second: i64) -> UnixTime {
    UnixTime::new(second, 0)
}

/// Returns the last `max` of these instants, all of which are due.
fn last(seconds: &[i64], max: usize) -> Vec<i64> {
    let trigger = Listed(seconds.to_vec());
    let (first, latest) = (seconds[0], *seconds.last().unwrap());
    let found = last_due(&trigger, time(first), time(latest), max).unwrap();
    found.iter().map(|instant| instant.seconds()).collect()
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
fn instants_that_lie_closer_further_back_are_found_by_bisection() {
    let dense = 0..20_000;
    let seconds: Vec<_> = dense.chain([30_000, 40_000]).collect();
    for max in [1, 2, 3, 5] {
        let wanted = seconds[seconds.len() - max..].to_vec();
        assert_eq!(last(&seconds, max), wanted, "the last {max}");
    }
}

/// A million instants are in one microsecond, long before the last ones.
#[derive(Debug)]
struct Cluster;

impl Trigger for Cluster {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (first, end) = (at(1_000), at(1_000) + TimeDelta::milliseconds(2));
        if after < first {
            return Some(first);
        }
        if after < end {
            return Some(after + TimeDelta::nanoseconds(1));
        }
        let next = 2_000 + (after.timestamp() - 2_000).max(-1000).div_euclid(1_000) * 1_000 + 1_000;
        Some(at(next.max(2_000)))
    }
}

#[test]
fn the_last_ones_are_found_behind_a_cluster_of_two_million() {
    let latest = time(10_000);
    for max in [2, 8, 9, 10, 11, 50] {
        let found = last_due(&Cluster, time(1_000), latest, max).unwrap();
        assert_eq!(found.len(), max);
        assert_eq!(found.last(), Some(&latest), "the latest is never dropped");
        assert!(
            found
                .windows(2)
                .all(|pair| next_after(&Cluster, pair[0]) == Some(pair[1]))
        );
    }
}

#[test]
fn as_many_as_asked_for_are_bounded() {
    let many: Vec<_> = (0..120_000).collect();
    let found = last(&many, usize::MAX);
    assert_eq!((found.len(), found[0]), (100_000, 20_000));
}
