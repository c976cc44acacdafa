//! Iterators over the instants of a trigger.

use chrono::{DateTime, TimeDelta, Utc};

use super::Trigger;

/// Returns an iterator over the instants strictly after `after`, in order.
///
/// It ends with the trigger, or where a faulty trigger does not advance (TM-009).
///
/// ```
/// use chrono::{DateTime, Utc};
/// use scheduler_triggers::{Cron, upcoming};
///
/// let cron = Cron::parse("0 0 29 2 *")?;
/// let leap_days: Vec<_> = upcoming(&cron, DateTime::UNIX_EPOCH).take(2).collect();
/// assert_eq!(leap_days[1].to_string(), "1976-02-29 00:00:00 UTC");
/// # Ok::<(), scheduler_triggers::CronError>(())
/// ```
#[must_use]
pub fn upcoming(trigger: &dyn Trigger, after: DateTime<Utc>) -> Upcoming<'_> {
    Upcoming {
        trigger,
        after: Some(after),
    }
}

/// Returns an iterator over the instants at or after `from`, in order.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use scheduler_triggers::{Cron, upcoming_from};
///
/// let midnight = DateTime::UNIX_EPOCH;
/// assert_eq!(upcoming_from(&Cron::parse("@daily")?, midnight).next(), Some(midnight));
/// # Ok::<(), scheduler_triggers::CronError>(())
/// ```
#[must_use]
pub fn upcoming_from(trigger: &dyn Trigger, from: DateTime<Utc>) -> Upcoming<'_> {
    let just_before = from.checked_sub_signed(TimeDelta::nanoseconds(1));
    upcoming(trigger, just_before.unwrap_or(DateTime::<Utc>::MIN_UTC))
}

/// Iterator of [`upcoming`] and [`upcoming_from`].
#[derive(Debug, Clone)]
pub struct Upcoming<'a> {
    trigger: &'a dyn Trigger,
    after: Option<DateTime<Utc>>,
}

impl Iterator for Upcoming<'_> {
    type Item = DateTime<Utc>;

    fn next(&mut self) -> Option<DateTime<Utc>> {
        let after = self.after?;
        self.after = self.trigger.next_after(after).filter(|next| *next > after);
        self.after
    }
}

impl std::iter::FusedIterator for Upcoming<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Once;

    #[derive(Debug)]
    struct Stuck;

    impl Trigger for Stuck {
        fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
            Some(after)
        }
    }

    #[test]
    fn it_ends_with_the_trigger() {
        let once = Once::at(DateTime::UNIX_EPOCH);
        let mut instants = upcoming(&once, DateTime::<Utc>::MIN_UTC);
        assert_eq!(instants.next(), Some(DateTime::UNIX_EPOCH));
        assert_eq!((instants.next(), instants.next()), (None, None));
    }

    #[test]
    fn a_trigger_that_does_not_move_on_ends_it() {
        assert_eq!(upcoming(&Stuck, DateTime::UNIX_EPOCH).count(), 0);
    }
}
