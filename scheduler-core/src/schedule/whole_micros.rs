//! [`WholeMicros`]: a trigger in the precision of stores.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    base::unix_time::UnixTime,
    trigger::{Timeline, Trigger},
};

const MICROSECOND: u32 = 1_000;

/// A trigger whose instants are moved to whole microseconds: each to the first one that is not before it, so that no
/// run starts early. Instants that become equal are one instant.
#[derive(Debug)]
pub(crate) struct WholeMicros(pub(crate) Arc<dyn Trigger>);

impl Trigger for WholeMicros {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.next_after(cut(after)).map(raised)
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = self.0.first_from(cut(live)).map(raised)?;
        if first < live {
            return self.next_after(live);
        }
        Some(first)
    }

    fn timeline(&self) -> Timeline {
        self.0.timeline()
    }

    /// The fixed trigger is stored, so it is the one of the program.
    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        self.0.anchored(live)
    }

    fn may_block(&self) -> bool {
        self.0.may_block()
    }
}

/// Returns the last whole microsecond that is not after `at`.
fn cut(at: DateTime<Utc>) -> DateTime<Utc> {
    let at = UnixTime::of(at);
    at.saturating_add(-i128::from(at.nanos() % MICROSECOND))
        .date()
}

/// Returns the first whole microsecond that is not before `at`.
fn raised(at: DateTime<Utc>) -> DateTime<Utc> {
    raise(UnixTime::of(at)).date()
}

pub(crate) fn raise(at: UnixTime) -> UnixTime {
    match at.nanos() % MICROSECOND {
        0 => at,
        above => at.saturating_add(i128::from(MICROSECOND - above)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::trigger::Interval;

    /// Returns the instants from `from` on, in nanoseconds.
    fn instants(period: u64, from: i64) -> Vec<i64> {
        let start = DateTime::from_timestamp_nanos(0);
        let every = Interval::every(Duration::from_nanos(period)).expect("a period");
        let whole = WholeMicros(Arc::new(every.starting_at(start)));
        let next = |at: &DateTime<Utc>| whole.next_after(*at);
        let first = whole.first_from(DateTime::from_timestamp_nanos(from));
        std::iter::successors(first, next)
            .take(4)
            .filter_map(|at| at.timestamp_nanos_opt())
            .collect()
    }

    #[test]
    fn instants_are_whole_microseconds_not_before_those_of_the_trigger() {
        assert_eq!(instants(1_500, 0), [0, 2_000, 3_000, 5_000]);
        assert_eq!(instants(1_500, 1_500), [2_000, 3_000, 5_000, 6_000]);
        assert_eq!(instants(333, 1), [1_000, 2_000, 3_000, 4_000]);
        assert_eq!(instants(2_000, 1), [2_000, 4_000, 6_000, 8_000]);
        assert_eq!(instants(1_500, -700), [0, 2_000, 3_000, 5_000]);
    }
}
