//! [`Bounded`]: another trigger between two instants.

use std::{fmt, ops::RangeInclusive, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

#[cfg(feature = "serde")]
use super::{BoundedSpec, TriggerError, TriggerSpec, spec::written};
use super::{ClockEffects, Repeats, Timeline, Trigger, equality::same_rule, pointer::Inner, text};

/// The instants of another trigger from a start to an end, both included.
///
/// ```
/// use std::sync::Arc;
///
/// use chrono::{DateTime, Utc};
/// use scheduler_triggers::{Bounded, Cron, upcoming};
///
/// let summer = Bounded::new(Arc::new(Cron::parse("0 12 1 * *")?))
///     .starting_at("2024-06-01T00:00:00Z".parse()?)
///     .ending_at("2024-08-31T00:00:00Z".parse()?);
/// assert_eq!(upcoming(&summer, DateTime::UNIX_EPOCH).count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded {
    inner: Inner,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Bounded {
    /// Wraps `inner` without bounds.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Bounded, Cron, Trigger};
    /// let daily = Arc::new(Cron::parse("@daily")?);
    /// let day: DateTime<Utc> = "2024-06-01T00:00:00Z".parse()?;
    /// let bounded = Bounded::new(daily.clone());
    /// assert_eq!(bounded.next_after(day), daily.next_after(day));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(inner: Arc<dyn Trigger>) -> Self {
        Self {
            inner: Inner(inner),
            start: DateTime::<Utc>::MIN_UTC,
            end: DateTime::<Utc>::MAX_UTC,
        }
    }

    /// Sets the first possible instant, inclusive.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Bounded, Cron, Trigger};
    /// let daily = Arc::new(Cron::parse("@daily")?);
    /// let day: DateTime<Utc> = "2024-06-01T00:00:00Z".parse()?;
    /// let summer = Bounded::new(daily).starting_at(day);
    /// assert_eq!(summer.next_after(DateTime::UNIX_EPOCH), Some(day));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn starting_at(self, start: DateTime<Utc>) -> Self {
        Self { start, ..self }
    }

    /// Sets the last possible instant, inclusive.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Bounded, Cron, Trigger};
    /// let daily = Arc::new(Cron::parse("@daily")?);
    /// let day: DateTime<Utc> = "2024-06-01T00:00:00Z".parse()?;
    /// let spring = Bounded::new(daily).ending_at(day);
    /// assert!(spring.matches(day));
    /// assert_eq!(spring.next_after(day), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ending_at(self, end: DateTime<Utc>) -> Self {
        Self { end, ..self }
    }
}

impl Trigger for Bounded {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let just_before = self.start.checked_sub_signed(TimeDelta::nanoseconds(1));
        let after = just_before.map_or(after, |start| start.max(after));
        self.inner.next_after(after).filter(|at| *at <= self.end)
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let just_after = self.end.checked_add_signed(TimeDelta::nanoseconds(1));
        let before = just_after.map_or(before, |end| end.min(before));
        let last = self.inner.prev_before(before);
        last.filter(|at| *at >= self.start)
    }

    fn matches(&self, at: DateTime<Utc>) -> bool {
        (self.start..=self.end).contains(&at) && self.inner.matches(at)
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = self.inner.first_from(live.max(self.start));
        first.filter(|at| *at >= self.start && *at <= self.end)
    }

    fn repeats(&self) -> Repeats {
        let whole = self.clone();
        self.inner.repeats().map(|part| Self {
            inner: Inner(part),
            ..whole
        })
    }

    fn timeline(&self) -> Timeline {
        self.inner.timeline()
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let inner = Inner(self.inner.anchored(live)?);
        Some(Arc::new(Self {
            inner,
            ..self.clone()
        }))
    }

    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        let bounds = self.start..=self.end;
        let effects = self.inner.clock_effects(range);
        ClockEffects::new(effects.filter_map(move |effect| effect.kept(|at| bounds.contains(&at))))
    }

    fn may_block(&self) -> bool {
        self.inner.may_block()
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        let start = (self.start != DateTime::<Utc>::MIN_UTC).then_some(self.start);
        let end = (self.end != DateTime::<Utc>::MAX_UTC).then_some(self.end);
        let bounded = BoundedSpec {
            trigger: written::inner(&*self.inner)?,
            start: start.map(written::instant).transpose()?,
            end: end.map(written::instant).transpose()?,
            tz: None,
        };
        bounded.simplified().checked()
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Bounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_rule(f)?;
        let start = (self.start > DateTime::<Utc>::MIN_UTC).then(|| text::instant(self.start));
        let end = (self.end < DateTime::<Utc>::MAX_UTC).then(|| text::instant(self.end));
        text::bounds(f, start, end)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Interval, upcoming};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn both_bounds_are_inclusive() {
        let tens = Interval::every(Duration::from_secs(10))
            .unwrap()
            .starting_at(at(0));
        let bounded = Bounded::new(Arc::new(tens))
            .starting_at(at(20))
            .ending_at(at(40));
        let instants: Vec<_> = upcoming(&bounded, at(-5)).collect();
        assert_eq!(instants, [at(20), at(30), at(40)]);
        assert_eq!(bounded.first_from(at(0)), Some(at(20)));
        assert_eq!(bounded.first_from(at(25)), Some(at(30)));
        assert_eq!(bounded.first_from(at(41)), None);
    }

    #[test]
    fn a_relative_rule_is_anchored_inside() {
        let tens = Interval::every(Duration::from_secs(10)).unwrap();
        let bounded = Bounded::new(Arc::new(tens)).ending_at(at(25));
        let anchored = bounded.anchored(at(3)).unwrap();
        assert_eq!(
            upcoming(&*anchored, at(3)).collect::<Vec<_>>(),
            [at(13), at(23)]
        );
        assert_eq!(anchored.timeline(), Timeline::Elapsed);
    }

    #[test]
    fn without_bounds_nothing_changes() {
        let tens = Interval::every(Duration::from_secs(10))
            .unwrap()
            .starting_at(at(0));
        let free = Bounded::new(Arc::new(tens.clone()));
        assert_eq!(free.next_after(at(5)), tens.next_after(at(5)));
        assert_eq!(free.next_after(DateTime::<Utc>::MIN_UTC), Some(at(0)));
    }
}
