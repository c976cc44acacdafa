//! Instants as integers, with arithmetic that cannot overflow.

use chrono::{DateTime, Utc};

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// Returns the nanoseconds since the Unix epoch. A leap second maps to the last nanosecond before its
/// end, which preserves the order of instants.
pub(super) fn to_nanos(at: DateTime<Utc>) -> i128 {
    let nanos = i128::from(at.timestamp_subsec_nanos()).min(NANOS_PER_SECOND - 1);
    i128::from(at.timestamp()) * NANOS_PER_SECOND + nanos
}

/// Returns the nanoseconds of an exclusive upper bound. A leap second maps to the following second.
pub(super) fn ceiling_nanos(at: DateTime<Utc>) -> i128 {
    let is_leap = at.timestamp_subsec_nanos() >= 1_000_000_000;
    to_nanos(at) + i128::from(is_leap)
}

/// Converts nanoseconds since the Unix epoch to an instant; `None` beyond the representable dates.
pub(super) fn from_nanos(nanos: i128) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from(nanos.div_euclid(NANOS_PER_SECOND)).ok()?;
    let rest = u32::try_from(nanos.rem_euclid(NANOS_PER_SECOND)).ok()?;
    DateTime::from_timestamp(seconds, rest)
}

/// Converts nanoseconds since the Unix epoch to an instant, clamped to the representable dates.
pub(super) fn saturating(nanos: i128) -> DateTime<Utc> {
    let end = if nanos < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    from_nanos(nanos).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_there_is_survives_the_round_trip() {
        for at in [
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
            DateTime::UNIX_EPOCH,
        ] {
            assert_eq!(from_nanos(to_nanos(at)), Some(at));
        }
    }

    #[test]
    fn beyond_the_last_date_there_is_none() {
        assert_eq!(from_nanos(to_nanos(DateTime::<Utc>::MAX_UTC) + 1), None);
        assert_eq!(from_nanos(i128::MAX), None);
        assert_eq!(from_nanos(i128::MIN), None);
    }

    #[test]
    fn a_leap_second_stays_before_the_next_minute() {
        let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        let next = DateTime::from_timestamp(1_483_228_800, 0).unwrap();
        assert!(to_nanos(leap) < to_nanos(next));
    }
}
