//! [`AnyOf`]: due when one of several triggers is.

use std::{fmt, ops::RangeInclusive, sync::Arc};

use chrono::{DateTime, Utc};

#[cfg(feature = "serde")]
use super::{AnyOfSpec, TriggerSpec, spec::written};
use super::{
    ClockEffects, Repeats, Timeline, Trigger, TriggerError, equality::same_rule, members, work,
};

/// Due at every instant of any of its members. An instant of several members counts once.
///
/// ```
/// use std::sync::Arc;
///
/// use chrono::DateTime;
/// use scheduler_triggers::{AnyOf, Cron, upcoming};
///
/// let weekdays = Arc::new(Cron::parse("0 9 * * MON-FRI")?);
/// let saturday = Arc::new(Cron::parse("0 11 * * SAT")?);
/// let opening = AnyOf::new([weekdays as _, saturday as _])?;
/// assert_eq!(upcoming(&opening, DateTime::UNIX_EPOCH).take(7).count(), 7);
/// # Ok::<(), scheduler_triggers::TriggerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyOf {
    members: Vec<Arc<dyn Trigger>>,
}

impl AnyOf {
    /// Combines several triggers.
    ///
    /// # Errors
    ///
    /// [`TriggerError::NoMembers`] without a member.
    ///
    /// ```
    /// # use scheduler_triggers::{AnyOf, TriggerError};
    /// assert_eq!(AnyOf::new([]).unwrap_err(), TriggerError::NoMembers);
    /// ```
    pub fn new(members: impl IntoIterator<Item = Arc<dyn Trigger>>) -> Result<Self, TriggerError> {
        members::some(members).map(|members| Self { members })
    }

    /// Combines any number of triggers. Without a member, the trigger is never due.
    #[cfg(feature = "serde")]
    pub(super) fn of(members: Vec<Arc<dyn Trigger>>) -> Result<Self, TriggerError> {
        members::few(&members).map(|()| Self { members })
    }

    /// Calls every member, until the work budget is spent.
    fn all<T>(&self, ask: impl Fn(&dyn Trigger) -> Option<T>) -> impl Iterator<Item = T> {
        let budget = work::open(work::QUESTION);
        let members = self.members.iter();
        members.filter_map(move |member| {
            let _open = &budget;
            work::ask(|| ask(&**member))
        })
    }
}

impl Trigger for AnyOf {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.all(|member| member.next_after(after)).min()
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.all(|member| member.prev_before(before)).max()
    }

    fn matches(&self, at: DateTime<Utc>) -> bool {
        self.all(|member| Some(member.matches(at)))
            .any(|matches| matches)
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.all(|member| member.first_from(live)).min()
    }

    fn repeats(&self) -> Repeats {
        let all: Vec<_> = self.members.iter().map(|member| member.repeats()).collect();
        if all.iter().all(|one| matches!(one, Repeats::Always)) {
            return Repeats::Always;
        }
        let parts = all.into_iter().zip(&self.members);
        let parts = parts.filter_map(|(repeats, member)| match repeats {
            Repeats::Never => None,
            Repeats::Always => Some(member.clone()),
            Repeats::Part(part) => Some(part),
        });
        let members: Vec<_> = parts.collect();
        if members.is_empty() {
            return Repeats::Never;
        }
        Repeats::Part(Arc::new(Self { members }))
    }

    /// Returns the wall clock, unless all members follow elapsed time.
    fn timeline(&self) -> Timeline {
        members::timeline(&self.members)
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let members = members::anchored(&self.members, live)?;
        Some(Arc::new(Self { members }))
    }

    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        ClockEffects::new(ClockEffects::of_all(&self.members, &range))
    }

    fn may_block(&self) -> bool {
        members::may_block(&self.members)
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        let triggers = written::members(&self.members)?;
        TriggerSpec::AnyOf(AnyOfSpec { triggers, tz: None }).checked()
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for AnyOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any of ")?;
        members::list(&self.members, f)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Interval, Once, upcoming};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn every(seconds: u64) -> Interval {
        Interval::every(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn its_instants_are_merged_and_shared_ones_count_once() {
        let fours = every(4).starting_at(at(0)).ending_at(at(16));
        let sixes = every(6).starting_at(at(0)).ending_at(at(18));
        let either = AnyOf::new([Arc::new(fours) as _, Arc::new(sixes) as _]).unwrap();
        let instants: Vec<_> = upcoming(&either, at(-1)).map(|at| at.timestamp()).collect();
        assert_eq!(instants, [0, 4, 6, 8, 12, 16, 18]);
        assert!(either.anchored(at(0)).is_none());
        assert_eq!(either.timeline(), Timeline::Elapsed);
    }

    #[test]
    fn members_without_a_start_are_anchored() {
        let mixed =
            AnyOf::new([Arc::new(every(10)) as _, Arc::new(Once::at(at(105))) as _]).unwrap();
        assert_eq!(mixed.timeline(), Timeline::Wall);
        let anchored = mixed.anchored(at(100)).unwrap();
        let instants: Vec<_> = upcoming(&*anchored, at(100)).take(3).collect();
        assert_eq!(instants, [at(105), at(110), at(120)]);
    }
}
