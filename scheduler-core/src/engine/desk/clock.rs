//! [`StoreClock`]: the clock of the store, as the node estimates it.

use std::time::Duration;

use super::StoreTime;

/// How long the best sample counts, in nanoseconds. Clocks drift.
const FRESH: u64 = 60_000_000_000;

/// The clock of the store: the monotonic clock of the node and an offset (`ST-011`).
///
/// An answer holds the time of the store at some point of its round trip, so the error is at most half of it. The
/// shortest round trip of the last minute counts.
#[derive(Debug)]
pub(super) struct StoreClock {
    /// Reading of the monotonic clock.
    mono: u64,
    /// Time of the store at that reading.
    store: StoreTime,
    /// Round trip of the sample; `None` for a guess.
    trip: Option<u64>,
}

impl StoreClock {
    /// Creates the clock before the first answer, from the wall clock of the node.
    pub(super) const fn new(mono: u64, wall: StoreTime) -> Self {
        Self {
            mono,
            store: wall,
            trip: None,
        }
    }

    pub(super) fn at(&self, mono: u64) -> StoreTime {
        if mono >= self.mono {
            self.store.plus(Duration::from_nanos(mono - self.mono))
        } else {
            self.store.minus(Duration::from_nanos(self.mono - mono))
        }
    }

    /// Returns when the clock of the store shows this time. A microsecond is rounded up, so that it has passed.
    pub(super) fn mono(&self, at: StoreTime) -> u64 {
        let micros = i128::from(at.micros()) - i128::from(self.store.micros());
        let mono = i128::from(self.mono) + micros * 1_000;
        u64::try_from(mono.max(0)).unwrap_or(u64::MAX)
    }

    /// Takes the time of an answer. The call was sent and answered at these readings.
    pub(super) fn sample(&mut self, sent: u64, answered: u64, store: StoreTime) {
        let trip = answered.saturating_sub(sent);
        let is_stale = answered.saturating_sub(self.mono) > FRESH;
        // A store whose clock was set gives a time that the estimate cannot explain.
        let expected = self.at(sent + trip / 2);
        let error = Duration::from_micros(expected.micros().abs_diff(store.micros()));
        let is_set = error > Duration::from_nanos(trip) + Duration::from_secs(1);
        if is_stale || is_set || self.trip.is_none_or(|best| trip <= best) {
            *self = Self {
                mono: sent + trip / 2,
                store,
                trip: Some(trip),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn at(seconds: i64) -> StoreTime {
        StoreTime::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_shortest_round_trip_counts() {
        let mut clock = StoreClock::new(0, at(0));
        clock.sample(10 * SECOND, 12 * SECOND, at(100));
        assert_eq!(clock.at(11 * SECOND), at(100));
        clock.sample(20 * SECOND, 20 * SECOND, at(109));
        assert_eq!(clock.at(21 * SECOND), at(110));
        clock.sample(30 * SECOND, 30 * SECOND + 900_000_000, at(119));
        assert_eq!(
            clock.at(31 * SECOND),
            at(120),
            "the longer trip does not count"
        );
    }

    #[test]
    fn a_clock_that_was_set_counts_at_once() {
        let mut clock = StoreClock::new(0, at(0));
        clock.sample(0, 0, at(100));
        clock.sample(SECOND, 2 * SECOND, at(7));
        assert_eq!(clock.at(3 * SECOND / 2), at(7));
    }

    #[test]
    fn a_time_of_the_store_has_passed_at_its_reading() {
        let mut clock = StoreClock::new(0, at(0));
        clock.sample(1, 1, at(100));
        assert_eq!(clock.mono(at(101)), SECOND + 1);
        assert!(clock.at(clock.mono(at(101))) >= at(101));
        assert_eq!(clock.mono(at(-5)), 0);
    }
}
