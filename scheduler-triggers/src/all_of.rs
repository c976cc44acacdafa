//! [`AllOf`]: due when all of several triggers agree.

use std::{fmt, ops::RangeInclusive, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

#[cfg(feature = "serde")]
use super::{AllOfSpec, Length, TriggerSpec, spec::written};
use super::{
    ClockEffect, ClockEffects, Repeats, Timeline, Trigger, TriggerError,
    equality::same_rule,
    instant::{ceiling_nanos, from_nanos, saturating, to_nanos},
    members,
    search::{Identity, Search, Way},
    text, work,
};

/// Due when all of its members are due within a threshold, at the earliest of their instants.
///
/// Precisely: at every instant of a member after which each other member has an instant within the
/// threshold. The threshold is one second by default.
///
/// The search for an agreement has a fixed number of steps. Members that never agree therefore return
/// `None` after some milliseconds. So do members that would agree only after ten thousand
/// disagreements, or eight thousand inside another combined trigger.
///
/// ```
/// use std::sync::Arc;
///
/// use chrono::{DateTime, Utc};
/// use scheduler_triggers::{AllOf, Cron, Trigger};
///
/// let thirteenth = Arc::new(Cron::parse("0 0 13 * *")?);
/// let friday = Arc::new(Cron::parse("0 0 * * FRI")?);
/// let both = AllOf::new([thirteenth as _, friday as _])?;
/// let new_year: DateTime<Utc> = "2024-01-01T00:00:00Z".parse()?;
/// assert_eq!(both.next_after(new_year), Some("2024-09-13T00:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllOf {
    members: Vec<Arc<dyn Trigger>>,
    threshold: Duration,
    identity: Identity,
}

impl AllOf {
    /// Combines several triggers.
    ///
    /// # Errors
    ///
    /// [`TriggerError::NoMembers`] without a member.
    ///
    /// ```
    /// # use scheduler_triggers::{AllOf, TriggerError};
    /// assert_eq!(AllOf::new([]).unwrap_err(), TriggerError::NoMembers);
    /// ```
    pub fn new(members: impl IntoIterator<Item = Arc<dyn Trigger>>) -> Result<Self, TriggerError> {
        members::some(members).map(|members| Self {
            members,
            threshold: Duration::from_secs(1),
            identity: Identity::new(),
        })
    }

    /// Sets the maximum distance, inclusive, of instants that agree.
    ///
    /// ```
    /// # use std::{sync::Arc, time::Duration};
    /// # use scheduler_triggers::{AllOf, Cron};
    /// let hourly = Arc::new(Cron::parse("@hourly")?);
    /// let exact = AllOf::new([hourly as _])?.threshold(Duration::ZERO);
    /// # let _ = exact;
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn threshold(self, threshold: Duration) -> Self {
        Self {
            threshold,
            identity: Identity::new(),
            ..self
        }
    }

    /// Returns whether all members would be due at a local time that the clock skips: each is due at the
    /// instant at which a clock without the change would show it, or the clock skips the time for it too.
    fn would_agree(&self, effect: &ClockEffect) -> bool {
        let at = effect.change().at();
        let _budget = work::open(work::QUESTION);
        self.members.iter().all(|member| {
            let mut effects = member.clock_effects(at..=at);
            work::charge()
                && (member.matches(effect.unchanged())
                    || effects.any(|other| effect.is_same_skip(&other)))
        })
    }

    fn nanoseconds(&self) -> i128 {
        i128::try_from(self.threshold.as_nanos()).unwrap_or(i128::MAX / 2)
    }

    /// Returns whether every member has an instant within the threshold from `at` on.
    fn agrees(&self, at: i128) -> bool {
        let end = at + self.nanoseconds();
        self.members.iter().all(|member| {
            let first = work::ask(|| member.next_after(saturating(at - 1)));
            first.is_some_and(|first| to_nanos(first) <= end)
        })
    }

    /// Returns the last instant of any member strictly before `before`.
    fn candidate(&self, before: i128) -> Option<i128> {
        let before = saturating(before);
        let last = self
            .members
            .iter()
            .filter_map(|member| work::ask(|| member.prev_before(before)));
        last.max().map(to_nanos)
    }

    /// Returns the latest candidate before `before`: earlier instants cannot agree, given the last instant
    /// of each member.
    fn latest(&self, before: i128) -> Option<i128> {
        let reach = saturating(before + self.nanoseconds());
        self.members.iter().try_fold(before - 1, |latest, member| {
            let last = work::ask(|| member.prev_before(reach))?;
            Some(latest.min(to_nanos(last)))
        })
    }
}

impl Trigger for AllOf {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let search = Search::begin(&self.identity, Way::There, after);
        let mut after = to_nanos(after);
        let mut heads = vec![after; self.members.len()];
        while search.step(saturating(after)) {
            for (head, member) in heads.iter_mut().zip(&self.members) {
                if *head <= after {
                    let after = from_nanos(after)?;
                    *head = to_nanos(work::ask(|| member.next_after(after))?);
                }
            }
            let (earliest, latest) = (*heads.iter().min()?, *heads.iter().max()?);
            if latest - earliest <= self.nanoseconds() {
                return from_nanos(earliest);
            }
            // The member whose turn is latest has none within the threshold of anything earlier.
            after = latest - self.nanoseconds() - 1;
        }
        None
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let search = Search::begin(&self.identity, Way::Back, before);
        let mut before = ceiling_nanos(before);
        while search.step(saturating(before)) {
            let candidate = self.candidate(self.latest(before)? + 1)?;
            if self.agrees(candidate) {
                return from_nanos(candidate);
            }
            before = candidate;
        }
        None
    }

    fn matches(&self, at: DateTime<Utc>) -> bool {
        let _budget = work::open(work::QUESTION);
        let matches = |member: &Arc<dyn Trigger>| work::charge() && member.matches(at);
        self.members.iter().any(matches) && self.agrees(to_nanos(at))
    }

    /// Returns the wall clock, unless all members follow elapsed time.
    fn repeats(&self) -> Repeats {
        let is_pattern = |member: &Arc<dyn Trigger>| matches!(member.repeats(), Repeats::Always);
        Repeats::of_pattern(self.members.iter().all(is_pattern))
    }

    fn timeline(&self) -> Timeline {
        members::timeline(&self.members)
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let members = members::anchored(&self.members, live)?;
        Some(Arc::new(Self {
            members,
            threshold: self.threshold,
            identity: Identity::new(),
        }))
    }

    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        let effects = ClockEffects::of_all(&self.members, &range);
        ClockEffects::new(effects.filter_map(|effect| {
            if effect.instants().is_empty() {
                self.would_agree(&effect).then_some(effect)
            } else {
                effect.kept(|at| self.matches(at))
            }
        }))
    }

    fn may_block(&self) -> bool {
        members::may_block(&self.members)
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        TriggerSpec::AllOf(AllOfSpec {
            triggers: written::members(&self.members)?,
            threshold: Some(Length(self.threshold)),
            tz: None,
        })
        .checked()
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for AllOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all of ")?;
        members::list(&self.members, f)?;
        write!(f, " within {}", text::length(self.threshold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cron, Interval, Once, upcoming};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn every(seconds: u64, start: i64) -> Arc<dyn Trigger> {
        let interval = Interval::every(Duration::from_secs(seconds)).unwrap();
        Arc::new(interval.starting_at(at(start)))
    }

    fn all<const N: usize>(members: [Arc<dyn Trigger>; N], threshold: u64) -> AllOf {
        AllOf::new(members)
            .unwrap()
            .threshold(Duration::from_secs(threshold))
    }

    fn seconds(trigger: &AllOf, count: usize) -> Vec<i64> {
        let instants = upcoming(trigger, at(-1)).take(count);
        instants.map(|at| at.timestamp()).collect()
    }

    #[test]
    fn members_agree_within_the_threshold_and_the_earliest_counts() {
        let fours = [every(4, 30), every(4, 31)];
        assert_eq!(seconds(&all(fours.clone(), 1), 3), [30, 34, 38]);
        assert!(seconds(&all(fours, 0), 3).is_empty());
        assert_eq!(seconds(&all([every(6, 0), every(4, 0)], 0), 3), [0, 12, 24]);
    }

    #[test]
    fn one_that_has_ended_ends_it() {
        let once = |second| Arc::new(Once::at(at(second))) as Arc<dyn Trigger>;
        assert_eq!(seconds(&all([once(30), once(31)], 1), 9), [30]);
        assert!(seconds(&all([once(30), once(32)], 1), 9).is_empty());
        assert_eq!(seconds(&all([once(30), every(1, 0)], 0), 9), [30]);
    }

    #[test]
    fn rules_that_never_agree_are_given_up() {
        let cron = |text: &str| Arc::new(Cron::parse(text).unwrap()) as Arc<dyn Trigger>;
        let never = all([cron("0 * * * *"), cron("30 * * * *")], 1);
        assert_eq!(never.next_after(at(0)), None);
        assert_eq!(never.prev_before(at(2_000_000_000)), None);
        assert!(!never.matches(at(0)));
        let nested = all(
            [Arc::new(never.clone()), Arc::new(never), cron("* * * * *")],
            1,
        );
        assert_eq!(nested.next_after(at(0)), None);
    }

    #[test]
    fn the_way_back_is_the_way_there() {
        for threshold in [0, 1, 2, 3, 10] {
            let both = all([every(6, 0), every(4, 1)], threshold);
            let there: Vec<_> = upcoming(&both, at(-1)).take(40).collect();
            for pair in there.windows(2) {
                assert_eq!(both.prev_before(pair[1]), Some(pair[0]), "{threshold}");
                assert!(both.matches(pair[0]), "{threshold}");
            }
            if let Some(first) = there.first() {
                assert_eq!(both.prev_before(*first), None);
            }
        }
    }

    #[test]
    fn a_threshold_without_end_does_not_overflow() {
        let both = all([every(6, 0), every(4, 1)], u64::MAX);
        assert_eq!(both.next_after(at(-1)), Some(at(0)));
        assert_eq!(both.next_after(DateTime::<Utc>::MAX_UTC), None);
        assert!(both.prev_before(DateTime::<Utc>::MAX_UTC).is_some());
        assert_eq!(both.prev_before(DateTime::<Utc>::MIN_UTC), None);
    }
}
