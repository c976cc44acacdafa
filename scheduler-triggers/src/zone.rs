//! [`Zone`]: time zones by name, and their offsets from UTC.
//!
//! The rules come from the IANA tz database of the system, or from the compiled-in copy.

mod abbreviation;
mod resolve;
mod suggest;
#[cfg(test)]
mod tests;
mod text;
mod transitions;

use std::fmt;

use self::suggest::Source;
pub use self::{
    suggest::NearestZones,
    transitions::{Transition, Transitions},
};

use chrono::{DateTime, FixedOffset, Offset as _, Utc};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

/// A time zone.
///
/// ```
/// use scheduler_triggers::Zone;
///
/// let berlin = Zone::named("europe/berlin")?;
/// assert_eq!(berlin.to_string(), "Europe/Berlin");
/// assert_eq!("Europe/Berlin".parse(), Ok(berlin));
/// # Ok::<(), scheduler_triggers::ZoneError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Error of a time zone that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// An abbreviation such as `CEST`. It names an offset at best, and may be ambiguous.
    #[error("{name:?} is an abbreviation, not a time zone: use one such as {}", zones.join(", "))]
    Abbreviation {
        /// The requested name.
        name: String,
        /// Zones that use the abbreviation.
        zones: &'static [&'static str],
    },

    /// An offset from UTC of a day or more.
    #[error("an offset of {seconds} s from UTC is out of range, expected less than 24 hours")]
    Offset {
        /// The offset.
        seconds: i32,
    },

    /// The time zone of the system is unknown.
    #[error("the system's time zone is unknown: {problem}")]
    System {
        /// The cause.
        problem: String,
    },

    /// The tz database has no zone with this name.
    #[error("unknown time zone {name:?}{}", suggest::sentence(nearest))]
    Unknown {
        /// The requested name.
        name: String,
        /// Similar valid names.
        nearest: NearestZones,
    },
}

/// A period with a constant offset from UTC, in seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    /// First second, inclusive; `i64::MIN` without a beginning.
    pub(super) start: i64,
    /// First second after the period, exclusive; `i64::MAX` without an end.
    pub(super) end: i64,
    /// Offset in seconds: local time is the instant plus this.
    pub(super) offset: i64,
    /// Offset in seconds from `end` on.
    pub(super) after: i64,
}

impl Zone {
    /// Returns the zone with this IANA name, ignoring case.
    ///
    /// # Errors
    ///
    /// [`ZoneError::Unknown`] with similar names.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// let error = Zone::named("Europe/Berln").unwrap_err();
    /// assert!(error.to_string().contains("Europe/Berlin"));
    /// ```
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        Self::from_database(Source::Any, name)
    }

    /// Returns the zone with this IANA name from the compiled-in tz database, so that the result does not
    /// depend on the machine.
    ///
    /// # Errors
    ///
    /// [`ZoneError::Unknown`] with similar names.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// assert!(Zone::bundled("Pacific/Apia").is_ok());
    /// ```
    pub fn bundled(name: &str) -> Result<Self, ZoneError> {
        Self::from_database(Source::Bundled, name)
    }

    /// Returns UTC.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// assert_eq!(Zone::utc().to_string(), "UTC");
    /// ```
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Creates a zone with a constant offset, in seconds east of UTC.
    ///
    /// # Errors
    ///
    /// [`ZoneError::Offset`] for a day or more.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// assert_eq!(Zone::fixed(5 * 3600 + 1800)?.to_string(), "+05:30");
    /// # Ok::<(), scheduler_triggers::ZoneError>(())
    /// ```
    pub fn fixed(seconds: i32) -> Result<Self, ZoneError> {
        let in_range = FixedOffset::east_opt(seconds).is_some();
        let offset = Offset::from_seconds(seconds).ok().filter(|_| in_range);
        offset
            .map(|offset| Self(TimeZone::fixed(offset)))
            .ok_or(ZoneError::Offset { seconds })
    }

    /// Returns the time zone of the system.
    ///
    /// # Errors
    ///
    /// [`ZoneError::System`] if it is unknown.
    ///
    /// ```
    /// # use scheduler_triggers::Zone;
    /// let here = Zone::system().unwrap_or_else(|_| Zone::utc());
    /// # let _ = here;
    /// ```
    pub fn system() -> Result<Self, ZoneError> {
        let zone = TimeZone::try_system();
        zone.map(Self).map_err(|error| ZoneError::System {
            problem: error.to_string(),
        })
    }

    /// Returns the offset from UTC at an instant, positive east of Greenwich.
    ///
    /// ```
    /// # use chrono::{DateTime, FixedOffset};
    /// # use scheduler_triggers::Zone;
    /// let winter = Zone::named("Europe/Berlin")?.offset_at(DateTime::UNIX_EPOCH);
    /// assert_eq!(winter.local_minus_utc(), 3600);
    /// # Ok::<(), scheduler_triggers::ZoneError>(())
    /// ```
    #[must_use]
    pub fn offset_at(&self, at: DateTime<Utc>) -> FixedOffset {
        let seconds = self.offset_second(at.timestamp());
        i32::try_from(seconds)
            .ok()
            .and_then(FixedOffset::east_opt)
            .unwrap_or_else(|| Utc.fix())
    }

    /// Converts an instant to local time, for printing. Near the first and last representable dates, where
    /// local time would be out of range, it stays in UTC.
    ///
    /// ```
    /// # use chrono::DateTime;
    /// # use scheduler_triggers::Zone;
    /// let local = Zone::named("Asia/Tokyo")?.to_local(DateTime::UNIX_EPOCH);
    /// assert_eq!(local.to_string(), "1970-01-01 09:00:00 +09:00");
    /// # Ok::<(), scheduler_triggers::ZoneError>(())
    /// ```
    #[must_use]
    pub fn to_local(&self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        let offset = self.offset_at(at);
        let is_shown = at.naive_utc().checked_add_offset(offset).is_some();
        at.with_timezone(&if is_shown { offset } else { Utc.fix() })
    }

    /// Returns the period of constant offset that contains `second`.
    pub(super) fn segment_at(&self, second: i64) -> Segment {
        let mut segment = Segment {
            start: i64::MIN,
            end: i64::MAX,
            offset: 0,
            after: 0,
        };
        // A transition at `second` itself begins the segment: it precedes the next second.
        match self.0.preceding(timestamp(second.saturating_add(1))).next() {
            Some(start) => {
                segment.start = start.timestamp().as_second();
                segment.offset = i64::from(start.offset().seconds());
            }
            None => segment.offset = self.offset_second(second),
        }
        segment.after = segment.offset;
        if let Some(end) = self.0.following(timestamp(second)).next() {
            segment.end = end.timestamp().as_second();
            segment.after = i64::from(end.offset().seconds());
        }
        segment
    }

    /// Returns the offset just before `second`, at which a period begins.
    pub(super) fn offset_before(&self, second: i64) -> i64 {
        self.offset_second(second.saturating_sub(1))
    }

    fn offset_second(&self, second: i64) -> i64 {
        i64::from(self.0.to_offset(timestamp(second)).seconds())
    }

    fn from_database(source: Source, name: &str) -> Result<Self, ZoneError> {
        let found = source.database().get(name).map(Self);
        found.map_err(|_| match abbreviation::zones(name) {
            Some(zones) => ZoneError::Abbreviation {
                name: name.to_owned(),
                zones,
            },
            None => {
                let name: String = name.chars().take(LONGEST_QUOTE).collect();
                ZoneError::Unknown {
                    nearest: NearestZones::to(&name, source),
                    name,
                }
            }
        })
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}

/// Clamps an instant to the range of the tz database.
fn timestamp(second: i64) -> Timestamp {
    let bounded = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(bounded).unwrap_or(Timestamp::UNIX_EPOCH)
}

const LONGEST_QUOTE: usize = 60;
