//! [`Once`]: due once, at an instant or after a delay.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

#[cfg(feature = "serde")]
use super::{Length, OnceSpec, TriggerError, TriggerSpec, spec::written};
use super::{Timeline, Trigger, equality::same_rule, instant, text};

/// A single instant.
///
/// ```
/// use std::time::Duration;
///
/// use chrono::DateTime;
/// use scheduler_triggers::{Once, Trigger};
///
/// let noon = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
/// let once = Once::at(noon);
/// assert_eq!(once.next_after(DateTime::UNIX_EPOCH), Some(noon));
/// assert_eq!(once.next_after(noon), None);
///
/// let soon = Once::after(Duration::from_secs(300));
/// assert_eq!(soon.first_from(noon), Some(noon + Duration::from_secs(300)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Once(When);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum When {
    At(DateTime<Utc>),
    /// A delay after the start of the schedule.
    After(Duration),
    /// The instant of a delay whose schedule has started; `None` is beyond the last date.
    Elapsed(Option<DateTime<Utc>>),
}

impl Once {
    /// Creates a trigger that is due at `at`. If that has passed when the schedule starts, the misfire
    /// policy decides about it (TM-008).
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use scheduler_triggers::{Once, Trigger};
    /// let at = DateTime::UNIX_EPOCH;
    /// assert_eq!(Once::at(at).first_from(at + TimeDelta::days(1)), Some(at));
    /// ```
    #[must_use]
    pub fn at(at: DateTime<Utc>) -> Self {
        Self(When::At(at))
    }

    /// Creates a trigger that is due `delay` of elapsed time after the start of its schedule. A delay
    /// beyond the last date is accepted and never due (TM-014).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chrono::DateTime;
    /// # use scheduler_triggers::{Once, Trigger};
    /// assert_eq!(Once::after(Duration::MAX).first_from(DateTime::UNIX_EPOCH), None);
    /// ```
    #[must_use]
    pub fn after(delay: Duration) -> Self {
        Self(When::After(delay))
    }

    /// Creates a trigger that is due at an instant of elapsed time, or never.
    #[cfg(feature = "serde")]
    pub(super) fn elapsed(at: Option<DateTime<Utc>>) -> Self {
        Self(When::Elapsed(at))
    }

    fn instant(&self) -> Option<DateTime<Utc>> {
        match self.0 {
            When::At(at) => Some(at),
            When::After(_) => None,
            When::Elapsed(at) => at,
        }
    }
}

impl Trigger for Once {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.instant().filter(|at| *at > after)
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.instant().filter(|at| *at < before)
    }

    fn matches(&self, at: DateTime<Utc>) -> bool {
        self.instant() == Some(at)
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.0 {
            When::After(delay) => later(live, delay),
            _ => self.instant(),
        }
    }

    fn timeline(&self) -> Timeline {
        match self.0 {
            When::At(_) => Timeline::Wall,
            When::After(_) | When::Elapsed(_) => Timeline::Elapsed,
        }
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        match self.0 {
            When::After(delay) => Some(Arc::new(Self(When::Elapsed(later(live, delay))))),
            _ => None,
        }
    }

    fn may_block(&self) -> bool {
        false
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        let (at, after, elapsed) = match self.0 {
            When::At(at) => (Some(at), None, false),
            When::After(delay) => (None, Some(delay), false),
            When::Elapsed(at) => (at, None, true),
        };
        Ok(TriggerSpec::Once(OnceSpec {
            at: at.map(written::instant).transpose()?,
            after: after.map(Length),
            elapsed,
            tz: None,
        }))
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0, self.instant()) {
            (_, Some(at)) => write!(f, "once at {}", text::instant(at)),
            (When::After(delay), None) => write!(f, "once after {}", text::length(*delay)),
            (_, None) => f.write_str("never"),
        }
    }
}

fn later(start: DateTime<Utc>, delay: Duration) -> Option<DateTime<Utc>> {
    let delay = i128::try_from(delay.as_nanos()).ok()?;
    instant::from_nanos(instant::to_nanos(start) + delay)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn an_instant_is_due_once_and_only_once() {
        let once = Once::at(at(100));
        assert_eq!(once.next_after(at(99)), Some(at(100)));
        assert_eq!(
            once.next_after(at(100) - TimeDelta::nanoseconds(1)),
            Some(at(100))
        );
        assert_eq!(once.next_after(at(100)), None);
        assert_eq!(once.timeline(), Timeline::Wall);
        assert!(once.anchored(at(0)).is_none());
    }

    #[test]
    fn a_passed_instant_is_still_the_first() {
        assert_eq!(Once::at(at(100)).first_from(at(5_000)), Some(at(100)));
    }

    #[test]
    fn a_delay_counts_from_the_start_in_elapsed_time() {
        let relative = Once::after(Duration::from_millis(1500));
        let absolute = relative.anchored(at(10)).unwrap();
        let due = at(11) + TimeDelta::milliseconds(500);
        assert_eq!(relative.first_from(at(10)), Some(due));
        assert_eq!(absolute.first_from(at(99)), Some(due));
        assert_eq!(absolute.next_after(at(10)), Some(due));
        assert_eq!(absolute.next_after(due), None);
        assert_eq!(absolute.timeline(), Timeline::Elapsed);
        assert!(absolute.anchored(at(20)).is_none());
    }

    #[test]
    fn no_delay_is_due_at_once() {
        let absolute = Once::after(Duration::ZERO).anchored(at(10)).unwrap();
        assert_eq!(absolute.first_from(at(10)), Some(at(10)));
    }

    #[test]
    fn an_endless_delay_is_never_due() {
        let endless = Once::after(Duration::MAX);
        assert_eq!(endless.first_from(DateTime::<Utc>::MAX_UTC), None);
        assert_eq!(endless.anchored(at(0)).unwrap().first_from(at(0)), None);
    }
}
