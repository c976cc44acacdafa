//! [`UnixTime`]: an instant as two integers, which are faster to calculate with than a date.

use std::num::NonZeroU32;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

const SECOND: u64 = 1_000_000_000;

/// An instant: seconds since the Unix epoch, and nanoseconds within the second. One 64-bit number of
/// nanoseconds would only reach from 1677 to 2262.
///
/// It has the range of [`DateTime<Utc>`] and converts to it without loss. A difference is a number of
/// nanoseconds in an `i128`, which holds the largest difference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Packed to the size of a `DateTime`, because every record of a job or schedule contains several.
#[repr(Rust, packed(4))]
pub(crate) struct UnixTime {
    seconds: i64,
    /// One more than the nanoseconds, so that an `Option` takes no more memory.
    nanos_and_one: NonZeroU32,
}

impl UnixTime {
    pub(crate) const EPOCH: Self = Self::new(0, 0);
    const EARLIEST: Self = Self::of(DateTime::<Utc>::MIN_UTC);
    pub(crate) const LATEST: Self = Self::of(DateTime::<Utc>::MAX_UTC);

    /// Creates an instant from seconds and nanoseconds. A leap second has more than 10⁹ nanoseconds, as in chrono.
    pub(crate) const fn new(seconds: i64, nanos: u32) -> Self {
        Self {
            seconds,
            nanos_and_one: NonZeroU32::MIN.saturating_add(nanos),
        }
    }

    pub(crate) const fn of(instant: DateTime<Utc>) -> Self {
        Self::new(instant.timestamp(), instant.timestamp_subsec_nanos())
    }

    /// Creates an instant from the nanoseconds since the epoch.
    pub(crate) const fn of_nanos(nanos: i64) -> Self {
        let within = nanos.rem_euclid(SECOND as i64);
        Self::new(nanos.div_euclid(SECOND as i64), within as u32)
    }

    pub(crate) const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Returns the nanoseconds within the second.
    pub(crate) const fn nanos(self) -> u32 {
        self.nanos_and_one.get() - 1
    }

    /// Returns the nanoseconds since the epoch.
    pub(crate) const fn total(self) -> i128 {
        self.seconds as i128 * SECOND as i128 + self.nanos() as i128
    }

    /// Returns the date, for users and their triggers.
    pub(crate) fn date(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.seconds, self.nanos())
            .unwrap_or_else(|| self.after(0).carried())
    }

    /// Returns the date of an instant outside of any leap second.
    fn carried(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.seconds, self.nanos()).unwrap_or_default()
    }

    /// Returns the nanoseconds from `earlier` to this instant.
    pub(crate) const fn since(self, earlier: Self) -> i128 {
        self.total() - earlier.total()
    }

    /// Adds nanoseconds, saturating.
    pub(crate) fn after(self, nanos: u64) -> Self {
        // Cannot overflow: of 2^64 nanoseconds less than 2^35 seconds are left.
        let within = nanos % SECOND + u64::from(self.nanos());
        let later = (nanos / SECOND + within / SECOND) as i64;
        let seconds = self.seconds.saturating_add(later);
        Self::new(seconds, (within % SECOND) as u32).min(Self::LATEST)
    }

    /// Adds nanoseconds, unless chrono cannot represent the sum.
    pub(crate) fn checked_add(self, nanos: i128) -> Option<Self> {
        let sum = self.total().checked_add(nanos)?;
        let seconds = sum.div_euclid(i128::from(SECOND));
        let within = sum.rem_euclid(i128::from(SECOND));
        let sum = Self::new(i64::try_from(seconds).ok()?, within as u32);
        (Self::EARLIEST <= sum && sum <= Self::LATEST).then_some(sum)
    }

    /// Adds nanoseconds, clamped to the representable instants.
    pub(crate) fn saturating_add(self, nanos: i128) -> Self {
        let end = if nanos < 0 {
            Self::EARLIEST
        } else {
            Self::LATEST
        };
        self.checked_add(nanos).unwrap_or(end)
    }
}

/// Converts instants to dates. The calendar date is computed once for the instants of one day.
#[derive(Debug, Default)]
pub(crate) struct Today {
    /// Seconds from the epoch to the begin of the day.
    midnight: i64,
    day: NaiveDate,
}

impl Today {
    pub(crate) fn date(&mut self, at: UnixTime) -> DateTime<Utc> {
        self.within(at).unwrap_or_else(|| {
            let date = at.date();
            // The date of a leap second may be one of the next second.
            self.midnight = date.timestamp() - i64::from(date.num_seconds_from_midnight());
            self.day = date.date_naive();
            date
        })
    }

    /// Returns the date of an instant of this day.
    fn within(&self, at: UnixTime) -> Option<DateTime<Utc>> {
        let seconds = at.seconds().checked_sub(self.midnight)?;
        let seconds = u32::try_from(seconds).ok()?;
        let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, at.nanos())?;
        Some(self.day.and_time(time).and_utc())
    }
}

impl Default for UnixTime {
    fn default() -> Self {
        Self::EPOCH
    }
}

impl std::fmt::Debug for UnixTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.date().fmt(f)
    }
}

/// Returns the nanoseconds of a difference.
pub(crate) fn nanos_of(delta: TimeDelta) -> i128 {
    i128::from(delta.num_seconds()) * i128::from(SECOND) + i128::from(delta.subsec_nanos())
}

/// Returns a difference of nanoseconds, clamped to the representable ones.
pub(crate) fn delta_of(nanos: i128) -> TimeDelta {
    let seconds = i64::try_from(nanos.div_euclid(i128::from(SECOND))).ok();
    let within = nanos.rem_euclid(i128::from(SECOND)) as u32;
    let end = if nanos < 0 {
        TimeDelta::MIN
    } else {
        TimeDelta::MAX
    };
    let delta = seconds.and_then(|seconds| TimeDelta::new(seconds, within));
    delta.unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400 * SECOND as i64;

    fn instants() -> [DateTime<Utc>; 6] {
        [
            DateTime::UNIX_EPOCH,
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
            DateTime::from_timestamp(-1, 999_999_999).unwrap(),
            DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap(),
            DateTime::<Utc>::MAX_UTC - TimeDelta::nanoseconds(1),
        ]
    }

    #[test]
    fn every_instant_comes_back() {
        for at in instants() {
            assert_eq!(UnixTime::of(at).date(), at);
        }
        assert_eq!(size_of::<Option<UnixTime>>(), size_of::<DateTime<Utc>>());
    }

    #[test]
    fn days_that_are_remembered_give_the_same_dates() {
        let mut today = Today::default();
        let near = |at: DateTime<Utc>| {
            let around = [-1, 0, 1].map(|day| UnixTime::of(at).saturating_add((day * DAY).into()));
            around.into_iter().chain([UnixTime::of(at)])
        };
        for at in instants().into_iter().flat_map(near) {
            assert_eq!(today.date(at), at.date());
        }
        for seconds in [-86_401, -86_400, -1, 0, 59, 86_399, 86_400] {
            for nanos in [0, 999_999_999, 1_250_000_000] {
                let at = UnixTime::new(seconds, nanos);
                assert_eq!(today.date(at), at.date(), "{seconds} s, {nanos} ns");
            }
        }
    }

    #[test]
    fn instants_are_ordered_as_dates() {
        let mut dates = instants();
        dates.sort();
        let mut times = instants().map(UnixTime::of);
        times.sort();
        assert_eq!(times.map(UnixTime::date), dates);
    }

    /// chrono stores a leap second after any second, but parses one only at the end of a minute.
    #[test]
    fn a_leap_second_elsewhere_becomes_the_next_second() {
        let odd = UnixTime::new(10, 1_250_000_000);
        assert_eq!(
            odd.date(),
            DateTime::from_timestamp(11, 250_000_000).unwrap()
        );
    }

    #[test]
    fn sums_are_those_of_dates() {
        for at in instants()
            .into_iter()
            .filter(|at| at.timestamp_subsec_nanos() < 1_000_000_000)
        {
            for nanos in [0, 1, 2, 999_999_999, 1_000_000_000, DAY, i64::MAX] {
                let time = UnixTime::of(at);
                for signed in [nanos, -nanos] {
                    let delta = TimeDelta::nanoseconds(signed);
                    let sum = at.checked_add_signed(delta);
                    let found = time.checked_add(signed.into());
                    assert_eq!(found.map(UnixTime::date), sum, "{at} + {delta}");
                    if let Some(sum) = sum {
                        assert_eq!(UnixTime::of(sum).since(time), i128::from(signed));
                    }
                }
                assert_eq!(
                    time.after(nanos.unsigned_abs()),
                    time.saturating_add(nanos.into())
                );
            }
            assert_eq!(
                UnixTime::of(at).saturating_add(i128::MIN),
                UnixTime::EARLIEST
            );
            assert_eq!(UnixTime::of(at).saturating_add(i128::MAX), UnixTime::LATEST);
        }
        assert_eq!(UnixTime::LATEST.after(u64::MAX), UnixTime::LATEST);
    }

    #[test]
    fn differences_come_back() {
        for nanos in [0, 1, -1, DAY.into(), -i128::from(DAY) - 1] {
            assert_eq!(nanos_of(delta_of(nanos)), nanos);
        }
        let widest = UnixTime::LATEST.since(UnixTime::EARLIEST);
        assert_eq!(nanos_of(delta_of(-widest)), -widest);
        let (least, most) = (delta_of(i128::MIN), delta_of(i128::MAX));
        assert_eq!((least, most), (TimeDelta::MIN, TimeDelta::MAX));
        for nanos in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(UnixTime::of_nanos(nanos).total(), nanos.into());
        }
    }
}
