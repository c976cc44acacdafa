//! [`StoreTime`]: an instant as stores keep it.

use std::{fmt, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};

/// An instant in whole microseconds since 1970-01-01T00:00:00Z.
///
/// Every store keeps this precision, so an instant that was written comes back equal. A finer instant is cut to
/// the microsecond before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct StoreTime(i64);

impl StoreTime {
    /// Creates an instant from microseconds since 1970-01-01T00:00:00Z.
    ///
    /// ```
    /// use scheduler_core::store::StoreTime;
    ///
    /// assert_eq!(StoreTime::from_micros(1_500_000).to_string(), "1970-01-01T00:00:01.500000Z");
    /// ```
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Returns the instant that is later by `by`, at most the last one that can be written.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(by)))
    }

    /// Returns the instant that is earlier by `by`, at least the first one that can be written.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(by)))
    }

    /// Returns the instant as a date and time in UTC. `None` outside the range of `chrono`.
    #[must_use]
    pub const fn to_utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }
}

fn micros_of(by: Duration) -> i64 {
    i64::try_from(by.as_micros()).unwrap_or(i64::MAX)
}

impl From<DateTime<Utc>> for StoreTime {
    /// Cuts the instant to the microsecond before it, also before 1970.
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

impl fmt::Display for StoreTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_utc() {
            Some(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true)),
            None => write!(f, "{} µs since 1970", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_cut_to_the_microsecond_before_it() {
        for (written, micros) in [
            ("1970-01-01T00:00:00.000001999Z", 1),
            ("1969-12-31T23:59:59.999999001Z", -1),
            ("1970-01-01T00:00:00Z", 0),
        ] {
            let at: DateTime<Utc> = written.parse().expect("an instant");
            assert_eq!(
                StoreTime::from(at),
                StoreTime::from_micros(micros),
                "{written}"
            );
        }
    }

    #[test]
    fn sums_stop_at_the_ends_of_the_range() {
        let last = StoreTime::from_micros(i64::MAX);
        assert_eq!(last.plus(Duration::MAX), last);
        let first = StoreTime::from_micros(i64::MIN);
        assert_eq!(first.minus(Duration::MAX), first);
        assert_eq!(first.to_string(), format!("{} µs since 1970", i64::MIN));
    }
}
