//! [`UnixTime`]: an instant as two integers, which are faster to calculate with than a date.

use chrono::{DateTime, Utc};

const SECOND: u64 = 1_000_000_000;

/// Seconds since the Unix epoch, and nanoseconds within the second. Nanoseconds in one `i64` would
/// only reach from 1677 to 2262.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UnixTime {
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
}

impl UnixTime {
    const LATEST: Self = Self::of(DateTime::<Utc>::MAX_UTC);

    pub(crate) const fn of(instant: DateTime<Utc>) -> Self {
        Self {
            seconds: instant.timestamp(),
            nanos: instant.timestamp_subsec_nanos(),
        }
    }

    /// Adds nanoseconds, saturating.
    pub(crate) fn after(self, nanos: u64) -> Self {
        // Cannot overflow: of 2^64 nanoseconds less than 2^35 seconds are left.
        let within = nanos % SECOND + u64::from(self.nanos);
        let later = (nanos / SECOND + within / SECOND) as i64;
        let seconds = self.seconds.saturating_add(later);
        if seconds > Self::LATEST.seconds {
            return Self::LATEST;
        }
        Self {
            seconds,
            nanos: (within % SECOND) as u32,
        }
    }

    pub(crate) fn date(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.seconds, self.nanos).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn every_instant_comes_back() {
        for at in [
            DateTime::UNIX_EPOCH,
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
            DateTime::from_timestamp(-1, 999_999_999).unwrap(),
        ] {
            assert_eq!(UnixTime::of(at).date(), at);
        }
    }

    #[test]
    fn it_adds_up_as_dates_do() {
        let before_epoch = DateTime::from_timestamp(-1, 999_999_999).unwrap();
        let nearly_over = DateTime::<Utc>::MAX_UTC - TimeDelta::nanoseconds(1);
        for at in [DateTime::UNIX_EPOCH, before_epoch, nearly_over] {
            for nanos in [
                0,
                1,
                2,
                SECOND - 1,
                SECOND,
                86_400 * SECOND,
                i64::MAX as u64,
            ] {
                let date = at.checked_add_signed(TimeDelta::nanoseconds(nanos as i64));
                let expected = date.unwrap_or(DateTime::<Utc>::MAX_UTC);
                assert_eq!(
                    UnixTime::of(at).after(nanos).date(),
                    expected,
                    "{at} + {nanos}"
                );
            }
        }
        let first = UnixTime::of(DateTime::<Utc>::MIN_UTC);
        assert!(first.after(u64::MAX).seconds > first.seconds);
    }
}
