//! [`Limited`]: the first instants of another trigger, up to a number.

use std::{any::Any, fmt, iter, ops::RangeInclusive, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ClockEffects, Interval, Timeline, Trigger, TriggerError,
    equality::same_rule,
    pointer::Inner,
    search::{STEPS, counted},
    text, upcoming_from, work,
};
#[cfg(feature = "serde")]
use super::{LimitedSpec, TriggerSpec, spec::written};

/// The first `max` instants of another trigger, counted from a fixed instant:
/// [`counting_from`](Self::counting_from), or the start of the schedule. It is not due before that
/// instant.
///
/// If the wall clock is set back by more than three hours, the start of the schedule was wrong. The
/// instants are then counted again from the present. A count from a fixed instant stays.
///
/// A trigger has no state, so it counts instants, not runs: a missed instant counts too. The
/// instants are counted once, in advance. If the inner trigger needs disproportionate searches to
/// find them, counting stops early, and the trigger ends there. If counting needs more than 100,000
/// calls of the inner trigger, the schedule is faulted; to avoid that, count from a fixed instant.
/// For an [`Interval`] the result is computed directly.
///
/// ```
/// use std::sync::Arc;
///
/// use chrono::DateTime;
/// use scheduler_triggers::{Cron, Limited, upcoming};
///
/// let hourly = Arc::new(Cron::parse("@hourly")?);
/// let twice = Limited::new(hourly, 2)?.counting_from(DateTime::UNIX_EPOCH);
/// let hours: Vec<_> = upcoming(&twice, DateTime::<chrono::Utc>::MIN_UTC).collect();
/// assert_eq!(hours, [DateTime::UNIX_EPOCH, DateTime::from_timestamp(3600, 0).unwrap()]);
/// # Ok::<(), scheduler_triggers::TriggerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited {
    inner: Inner,
    max: usize,
    counted: Option<Counted>,
}

/// The first instant that may count, and the last one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counted {
    start: DateTime<Utc>,
    last: Option<DateTime<Utc>>,
}

impl Limited {
    /// Limits `inner` to its first `max` instants.
    ///
    /// # Errors
    ///
    /// [`TriggerError::OutOfRange`] for zero, and for more than a million, because they are counted one by
    /// one.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use scheduler_triggers::{Cron, Limited};
    /// assert!(Limited::new(Arc::new(Cron::parse("@daily")?), 0).is_err());
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn new(inner: Arc<dyn Trigger>, max: usize) -> Result<Self, TriggerError> {
        if (1..=MOST).contains(&max) {
            Ok(Self {
                inner: Inner(inner),
                max,
                counted: None,
            })
        } else {
            Err(TriggerError::OutOfRange {
                what: "a limit of 1 to 1000000 instants",
                found: max.to_string(),
            })
        }
    }

    /// Sets the instant from which to count, inclusive.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{DateTime, TimeDelta};
    /// # use scheduler_triggers::{Cron, Limited, Trigger};
    /// let noon = DateTime::UNIX_EPOCH + TimeDelta::hours(12);
    /// let once = Limited::new(Arc::new(Cron::parse("@hourly")?), 1)?.counting_from(noon);
    /// assert_eq!(once.next_after(DateTime::UNIX_EPOCH), Some(noon));
    /// assert_eq!(once.next_after(noon), None);
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn counting_from(self, start: DateTime<Utc>) -> Self {
        let inner = self.inner.anchored(start).map_or(self.inner, Inner);
        let last = last_of(&*inner, start, self.max);
        Self {
            inner,
            max: self.max,
            counted: Some(Counted { start, last }),
        }
    }
}

impl Trigger for Limited {
    /// Without a fixed instant, the trigger behaves as if its schedule had started at `after`.
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Some(Counted { start, last }) = self.counted else {
            return self.inner.next_after(after);
        };
        let just_before = start.checked_sub_signed(TimeDelta::nanoseconds(1));
        let after = just_before.map_or(after, |before| before.max(after));
        let next = self.inner.next_after(after);
        next.filter(|next| Some(*next) <= last)
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Counted { start, last } = self.counted?;
        let last = last.filter(|last| *last < before);
        let previous = last.or_else(|| self.inner.prev_before(before));
        previous.filter(|previous| *previous >= start)
    }

    fn matches(&self, at: DateTime<Utc>) -> bool {
        let counts = |counted: Counted| counted.start <= at && Some(at) <= counted.last;
        self.counted.is_some_and(counts) && self.inner.matches(at)
    }

    fn timeline(&self) -> Timeline {
        self.inner.timeline()
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        match self.counted {
            Some(_) => None,
            None => Some(Arc::new(self.clone().counting_from(live))),
        }
    }

    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        let effects = self.inner.clock_effects(range);
        let Some(Counted { start, last }) = self.counted else {
            return effects;
        };
        let is_due = move |at| start <= at && Some(at) <= last;
        ClockEffects::new(effects.filter_map(move |effect| effect.kept(is_due)))
    }

    fn may_block(&self) -> bool {
        self.inner.may_block()
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        let trigger = written::inner(&*self.inner)?;
        let start = self.counted.map(|counted| written::instant(counted.start));
        TriggerSpec::Limited(LimitedSpec {
            from_live: start.is_none() && trigger.start().is_some(),
            trigger,
            count: self.max,
            start: start.transpose()?,
            tz: None,
        })
        .checked()
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_rule(f)?;
        write!(
            f,
            ", {} {}",
            self.max,
            if self.max == 1 { "time" } else { "times" }
        )?;
        text::bounds(
            f,
            self.counted.map(|counted| text::instant(counted.start)),
            None::<&str>,
        )
    }
}

/// Returns the last of the first `max` instants, or of those that were found within the limits of steps
/// and calls.
fn last_of(rule: &dyn Trigger, start: DateTime<Utc>, max: usize) -> Option<DateTime<Utc>> {
    let any: &dyn Any = rule;
    if let Some(interval) = any.downcast_ref::<Interval>() {
        return interval.nth_from(start, max);
    }
    let _budget = work::open(work::DOCUMENT);
    let mut instants = upcoming_from(rule, start).take(max);
    let mut left = STEPS_AHEAD;
    let within = iter::from_fn(|| {
        let (next, made) = counted(|| work::ask(|| instants.next()));
        let more = (left + STEPS_EACH).checked_sub(made);
        if more.is_none() {
            work::give_up();
        }
        left = more?;
        next
    });
    within.last()
}

const MOST: usize = 1_000_000;
/// Number of search steps that counting may take for each instant, on average.
const STEPS_EACH: u32 = 8;
/// Number of search steps that counting may take in excess: enough for ten worst-case instants.
const STEPS_AHEAD: u32 = 10 * STEPS;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Interval, upcoming};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn tens() -> Interval {
        Interval::every(Duration::from_secs(10)).unwrap()
    }

    #[test]
    fn only_the_first_ones_are_due() {
        let limited = Limited::new(Arc::new(tens().starting_at(at(0))), 3).unwrap();
        let limited = limited.counting_from(at(15));
        let there: Vec<_> = upcoming(&limited, at(-100)).collect();
        assert_eq!(there, [at(20), at(30), at(40)]);
        assert_eq!(limited.prev_before(at(1_000)), Some(at(40)));
        assert_eq!(limited.prev_before(at(40)), Some(at(30)));
        assert_eq!(limited.prev_before(at(20)), None);
        assert!(limited.matches(at(20)) && !limited.matches(at(10)) && !limited.matches(at(50)));
        assert_eq!(
            limited.to_string(),
            "every 10s from 1970-01-01T00:00:00Z, 3 times from 1970-01-01T00:00:15Z"
        );
    }

    #[test]
    fn the_last_instant_of_an_interval_is_that_of_a_list() {
        let short = tens().starting_at(at(0)).ending_at(at(995));
        for (rule, start) in [
            (short.clone(), 3),
            (tens().counted_from(at(0)), -20),
            (short, 996),
        ] {
            for max in [1, 2, 50, 99, 100, 101, 1_000_000] {
                let listed = upcoming_from(&rule, at(start)).take(max.min(2_000)).last();
                let counted = last_of(&rule, at(start), max);
                if max < 2_000 || rule.next_after(at(1_000)).is_none() {
                    assert_eq!(counted, listed, "{rule} {start} {max}");
                }
            }
        }
        let rule = tens().starting_at(at(0));
        let close_to_the_end = DateTime::<Utc>::MAX_UTC - TimeDelta::seconds(25);
        let listed = upcoming_from(&rule, close_to_the_end).last();
        assert!(listed.is_some());
        assert_eq!(last_of(&rule, close_to_the_end, 10), listed);
    }

    #[test]
    fn it_counts_from_the_instant_it_becomes_live() {
        let relative = Limited::new(Arc::new(tens()), 2).unwrap();
        assert_eq!(relative.next_after(at(5)), Some(at(15)));
        let anchored = relative.anchored(at(5)).unwrap();
        assert_eq!(
            upcoming(&*anchored, at(5)).collect::<Vec<_>>(),
            [at(15), at(25)]
        );
        assert!(anchored.anchored(at(9)).is_none());
    }

    #[test]
    fn a_rule_with_fewer_instants_ends_earlier() {
        let ending = tens().starting_at(at(0)).ending_at(at(10));
        let limited = Limited::new(Arc::new(ending), 5)
            .unwrap()
            .counting_from(at(0));
        assert_eq!(
            upcoming(&limited, at(-1)).collect::<Vec<_>>(),
            [at(0), at(10)]
        );
        let over = limited.counting_from(at(11));
        assert_eq!(
            (over.next_after(at(0)), over.prev_before(at(99))),
            (None, None)
        );
    }
}
