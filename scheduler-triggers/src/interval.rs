//! [`Interval`]: due after each period of elapsed time, without drift.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

#[cfg(feature = "serde")]
use super::{IntervalSpec, Length, TriggerSpec, spec::written};
use super::{Repeats, Timeline, Trigger, TriggerError, equality::same_rule, instant, text};

/// Due after each period of elapsed time: the n-th instant is exactly `start + n · period` (TM-001).
///
/// Slow jobs and clock changes do not move the instants. Without [`starting_at`](Self::starting_at)
/// the trigger counts from the start of its schedule, and is first due one period later.
///
/// ```
/// use std::time::Duration;
///
/// use chrono::{DateTime, TimeDelta};
/// use scheduler_triggers::{Interval, Trigger};
///
/// let start = DateTime::UNIX_EPOCH;
/// let interval = Interval::every(Duration::from_secs(90))?.starting_at(start);
/// assert_eq!(interval.first_from(start), Some(start));
/// assert_eq!(interval.next_after(start), Some(start + TimeDelta::seconds(90)));
/// # Ok::<(), scheduler_triggers::TriggerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Interval {
    period: Duration,
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    /// Whether the start itself is the first instant (n counts from 0), or one period later (from 1).
    at_start: bool,
}

impl Interval {
    /// Creates an interval of this period.
    ///
    /// A period beyond the last date is accepted and never due (TM-014).
    ///
    /// # Errors
    ///
    /// [`TriggerError::ZeroInterval`] if `period` is zero (TM-013).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use scheduler_triggers::Interval;
    /// assert!(Interval::every(Duration::from_millis(250)).is_ok());
    /// assert!(Interval::every(Duration::ZERO).is_err());
    /// ```
    pub fn every(period: Duration) -> Result<Self, TriggerError> {
        if period.is_zero() {
            return Err(TriggerError::ZeroInterval);
        }
        Ok(Self {
            period,
            start: None,
            end: None,
            at_start: false,
        })
    }

    /// Creates an interval of this number of seconds.
    ///
    /// # Errors
    ///
    /// [`TriggerError::NotFinite`] for NaN and infinities, [`TriggerError::OutOfRange`] for a
    /// negative or too large number (TM-012), [`TriggerError::ZeroInterval`] for less than half a
    /// nanosecond.
    ///
    /// ```
    /// # use scheduler_triggers::{Interval, TriggerError};
    /// assert!(Interval::from_secs_f64(0.25).is_ok());
    /// assert_eq!(Interval::from_secs_f64(f64::NAN), Err(TriggerError::NotFinite));
    /// ```
    pub fn from_secs_f64(seconds: f64) -> Result<Self, TriggerError> {
        if !seconds.is_finite() {
            return Err(TriggerError::NotFinite);
        }
        let period =
            Duration::try_from_secs_f64(seconds).map_err(|_| TriggerError::OutOfRange {
                what: "an interval",
                found: format!("{seconds} seconds"),
            })?;
        Self::every(period)
    }

    /// Sets the start, which is also the first instant.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chrono::{DateTime, TimeDelta};
    /// # use scheduler_triggers::{Interval, Trigger};
    /// # let start = DateTime::UNIX_EPOCH;
    /// let hourly = Interval::every(Duration::from_secs(3600))?.starting_at(start);
    /// let live = start + TimeDelta::minutes(61);
    /// assert_eq!(hourly.first_from(live), Some(start + TimeDelta::hours(2)));
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn starting_at(self, start: DateTime<Utc>) -> Self {
        Self {
            start: Some(start),
            at_start: true,
            ..self
        }
    }

    /// Sets the last possible instant, inclusive.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chrono::{DateTime, TimeDelta};
    /// # use scheduler_triggers::{Interval, Trigger};
    /// # let start = DateTime::UNIX_EPOCH;
    /// let end = start + TimeDelta::seconds(10);
    /// let twice = Interval::every(Duration::from_secs(10))?.starting_at(start).ending_at(end);
    /// assert_eq!(twice.next_after(start), Some(end));
    /// assert_eq!(twice.next_after(end), None);
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn ending_at(self, end: DateTime<Utc>) -> Self {
        Self {
            end: Some(end),
            ..self
        }
    }

    /// Makes the first instant the start of the schedule, not one period later.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chrono::DateTime;
    /// # use scheduler_triggers::{Interval, Trigger};
    /// # let live = DateTime::UNIX_EPOCH;
    /// let eager = Interval::every(Duration::from_secs(10))?.immediately();
    /// assert_eq!(eager.first_from(live), Some(live));
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn immediately(self) -> Self {
        Self {
            at_start: true,
            ..self
        }
    }

    /// Returns the period.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use scheduler_triggers::Interval;
    /// let period = Duration::from_secs(10);
    /// assert_eq!(Interval::every(period)?.period(), period);
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }

    pub(super) fn counted_from(&self, start: DateTime<Utc>) -> Self {
        Self {
            start: Some(start),
            ..self.clone()
        }
    }

    /// Computes the last of the first `count` instants from `from` on, without iterating.
    pub(super) fn nth_from(&self, from: DateTime<Utc>, count: usize) -> Option<DateTime<Utc>> {
        let first = instant::to_nanos(self.first_from(from)?);
        let period = i128::try_from(self.period.as_nanos()).ok()?;
        let further = i128::try_from(count).ok()?.checked_sub(1)?;
        let end = instant::to_nanos(self.end.unwrap_or(DateTime::<Utc>::MAX_UTC));
        let further = further.min((end - first) / period);
        instant::from_nanos(first + further * period)
    }

    /// Returns the latest instant that is not after `until`.
    fn last_at_most(&self, start: DateTime<Utc>, until: i128) -> Option<DateTime<Utc>> {
        let start = instant::to_nanos(start);
        let period = i128::try_from(self.period.as_nanos()).ok()?;
        let end = self
            .end
            .map_or(until, |end| until.min(instant::to_nanos(end)));
        let n = (end - start).div_euclid(period);
        let is_due = n >= i128::from(!self.at_start);
        instant::from_nanos(start + n * period).filter(|_| is_due)
    }

    /// Returns the earliest instant that is not before `from`.
    fn first_at_least(&self, start: DateTime<Utc>, from: i128) -> Option<DateTime<Utc>> {
        let start = instant::to_nanos(start);
        let period = i128::try_from(self.period.as_nanos()).ok()?;
        let begun = if from > start {
            (from - start - 1) / period + 1
        } else {
            0
        };
        let n = begun.max(i128::from(!self.at_start));
        instant::from_nanos(start + n * period).filter(|at| self.end.is_none_or(|end| *at <= end))
    }
}

impl Trigger for Interval {
    /// Without a start, the trigger behaves as if its schedule had started at `after`.
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.first_at_least(self.start.unwrap_or(after), instant::to_nanos(after) + 1)
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.last_at_most(self.start?, instant::ceiling_nanos(before) - 1)
    }

    /// Without a start, the trigger has no fixed instants.
    fn matches(&self, at: DateTime<Utc>) -> bool {
        let first = |start| self.first_at_least(start, instant::to_nanos(at));
        self.start.is_some_and(|start| first(start) == Some(at))
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.first_at_least(self.start.unwrap_or(live), instant::to_nanos(live))
    }

    fn repeats(&self) -> Repeats {
        Repeats::Always
    }

    fn timeline(&self) -> Timeline {
        Timeline::Elapsed
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        match self.start {
            Some(_) => None,
            None => Some(Arc::new(self.counted_from(live))),
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
        Ok(TriggerSpec::Interval(IntervalSpec {
            every: Length(self.period),
            start: self.start.map(written::instant).transpose()?,
            end: self.end.map(written::instant).transpose()?,
            immediately: self.start.is_none() && self.at_start,
            skip_start: self.start.is_some() && !self.at_start,
            tz: None,
        }))
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "every {}", text::length(self.period))?;
        let (start, end) = (self.start.map(text::instant), self.end.map(text::instant));
        text::bounds(f, start, end)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn every(seconds: u64) -> Interval {
        Interval::every(Duration::from_secs(seconds)).unwrap()
    }

    fn secs_error(seconds: f64) -> TriggerError {
        Interval::from_secs_f64(seconds).unwrap_err()
    }

    #[test]
    fn the_first_run_is_one_period_after_the_anchor() {
        let anchored = every(10).anchored(at(3)).unwrap();
        assert_eq!(every(10).first_from(at(3)), Some(at(13)));
        assert_eq!(anchored.first_from(at(3)), Some(at(13)));
        assert_eq!(anchored.next_after(at(-100)), Some(at(13)));
        assert_eq!(anchored.next_after(at(13)), Some(at(23)));
    }

    #[test]
    fn an_immediate_one_runs_at_the_anchor_itself() {
        let anchored = every(10).immediately().anchored(at(3)).unwrap();
        assert_eq!(every(10).immediately().first_from(at(3)), Some(at(3)));
        assert_eq!(anchored.first_from(at(3)), Some(at(3)));
        assert_eq!(anchored.next_after(at(3)), Some(at(13)));
    }

    #[test]
    fn it_never_drifts() {
        let third = Interval::every(Duration::from_nanos(333_333_333)).unwrap();
        let third = third.starting_at(at(0));
        let mut now = at(0);
        for n in 1..=10_000_i64 {
            now = third.next_after(now).unwrap();
            assert_eq!(now, at(0) + TimeDelta::nanoseconds(333_333_333 * n));
        }
    }

    #[test]
    fn the_step_is_strict_below_a_second() {
        let minutely = every(60).starting_at(at(0));
        let early = at(60) - TimeDelta::nanoseconds(1);
        assert_eq!(minutely.next_after(early), Some(at(60)));
        assert_eq!(minutely.next_after(at(60)), Some(at(120)));
    }

    #[test]
    fn the_end_is_inclusive() {
        let ended = every(10).starting_at(at(0)).ending_at(at(25));
        assert_eq!(ended.next_after(at(10)), Some(at(20)));
        assert_eq!(ended.next_after(at(20)), None);
        let on_the_end = every(10).starting_at(at(0)).ending_at(at(20));
        assert_eq!(on_the_end.next_after(at(10)), Some(at(20)));
    }

    #[test]
    fn only_a_rule_without_a_start_is_relative() {
        assert!(every(10).starting_at(at(0)).anchored(at(5)).is_none());
        assert_eq!(every(10).timeline(), Timeline::Elapsed);
    }

    #[test]
    fn the_ends_of_time_neither_panic_nor_overflow() {
        let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        let endless = Interval::every(Duration::MAX).unwrap();
        assert_eq!(endless.next_after(first), None);
        assert_eq!(endless.clone().starting_at(first).next_after(last), None);
        assert_eq!(endless.immediately().first_from(first), Some(first));
        assert_eq!(every(1).starting_at(first).next_after(last), None);
        let tiny = Interval::every(Duration::from_nanos(1))
            .unwrap()
            .starting_at(first);
        assert_eq!(
            tiny.next_after(last - TimeDelta::nanoseconds(1)),
            Some(last)
        );
    }

    #[test]
    fn seconds_that_make_no_sense_are_refused() {
        for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(secs_error(seconds), TriggerError::NotFinite);
        }
        for seconds in [-1.0, -1e-9, 1e20, f64::MAX, f64::MIN] {
            assert!(
                matches!(secs_error(seconds), TriggerError::OutOfRange { .. }),
                "{seconds}"
            );
        }
        for seconds in [0.0, -0.0, 1e-12, f64::MIN_POSITIVE] {
            assert_eq!(secs_error(seconds), TriggerError::ZeroInterval);
        }
        assert_eq!(
            Interval::from_secs_f64(1.5).unwrap().period(),
            Duration::from_millis(1500)
        );
    }
}
