//! Due whenever one of several rules is.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Timeline, Trigger, TriggerError};

/// Due at every instant of any of its members; an instant that several share counts once.
///
/// ```
/// use std::sync::Arc;
///
/// use chrono::DateTime;
/// use scheduler_core::trigger::{AnyOf, Cron, upcoming};
///
/// let weekdays = Arc::new(Cron::parse("0 9 * * MON-FRI")?);
/// let saturday = Arc::new(Cron::parse("0 11 * * SAT")?);
/// let opening = AnyOf::new([weekdays as _, saturday as _])?;
/// assert_eq!(upcoming(&opening, DateTime::UNIX_EPOCH).take(7).count(), 7);
/// # Ok::<(), scheduler_core::trigger::TriggerError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AnyOf {
    members: Vec<Arc<dyn Trigger>>,
}

impl AnyOf {
    /// One rule of several.
    ///
    /// # Errors
    ///
    /// [`TriggerError::NoMembers`] if there are none.
    ///
    /// ```
    /// # use scheduler_core::trigger::{AnyOf, TriggerError};
    /// assert_eq!(AnyOf::new([]).unwrap_err(), TriggerError::NoMembers);
    /// ```
    pub fn new(members: impl IntoIterator<Item = Arc<dyn Trigger>>) -> Result<Self, TriggerError> {
        let members: Vec<_> = members.into_iter().collect();
        if members.is_empty() {
            Err(TriggerError::NoMembers)
        } else {
            Ok(Self { members })
        }
    }
}

impl Trigger for AnyOf {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.members
            .iter()
            .filter_map(|member| member.next_after(after))
            .min()
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.members
            .iter()
            .filter_map(|member| member.first_from(live))
            .min()
    }

    /// The wall clock, unless all members count elapsed time.
    fn timeline(&self) -> Timeline {
        let is_elapsed = |member: &Arc<dyn Trigger>| member.timeline() == Timeline::Elapsed;
        if self.members.iter().all(is_elapsed) {
            Timeline::Elapsed
        } else {
            Timeline::Wall
        }
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let anchored: Vec<_> = self
            .members
            .iter()
            .map(|member| member.anchored(live))
            .collect();
        if anchored.iter().all(Option::is_none) {
            return None;
        }
        let pairs = anchored.into_iter().zip(&self.members);
        let members = pairs.map(|(anchored, member)| anchored.unwrap_or_else(|| member.clone()));
        Some(Arc::new(Self {
            members: members.collect(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::trigger::{Interval, Once, upcoming};

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
