//! Next instants that users choose: schedules that begin in the past, and instants set by hand.

use chrono::{DateTime, Utc};

use super::{Schedule, ScheduleChange, search::asked};
use crate::{
    base::panic::Contained,
    trigger::{Asked, Trigger},
};

impl Schedule {
    /// Makes the schedule live since `instant` in place of now. Instants between then and now follow the
    /// misfire policy (`SC-027`).
    ///
    /// Rules without a start of their own, such as `Interval::every`, count from `instant`. `Once::at` needs no
    /// such call: an instant in the past is late. [`add`](crate::SchedulerExt::add) calls the trigger for it.
    /// With [`waiting_for`](Self::waiting_for) this call has no effect.
    ///
    /// ```
    /// # use scheduler_core::{Scheduler, SchedulerExt};
    /// use chrono::{TimeDelta, Utc};
    /// use scheduler_core::{Schedule, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let (start, hour) = (Utc::now() - TimeDelta::minutes(90), TimeDelta::hours(1));
    /// let hourly = Interval::every(hour.to_std()?)?.starting_at(start);
    /// let tidy = Schedule::new(hourly, Task::new(|_| async {})).live_since(start);
    /// assert_eq!(scheduler.add(tidy)?.info()?.next, Some(start), "it runs once for both");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn live_since(mut self, instant: DateTime<Utc>) -> Self {
        self.live_since = Some(instant);
        self
    }

    /// Finds the first instant at or after the time from which the schedule is live. This calls the trigger, so it
    /// runs without the lock.
    pub(crate) fn find_first(&mut self) {
        let since = self.live_since.take().filter(|_| self.next.is_none());
        let Some(since) = since else { return };
        let rule = &self.trigger;
        let (found, _) = asked(|| {
            let fixed = rule.anchored(since).map(Contained::new);
            let first = fixed.as_ref().unwrap_or(rule).first_from(since);
            let fixed = fixed.map(|rule| (rule.timeline(), Asked::of(&**rule), rule));
            Ok((first, fixed))
        });
        // A trigger that fails is asked again when the schedule starts, which reports the fault.
        let Ok((Some(first), fixed)) = found else {
            return;
        };
        if let Some((timeline, asked, rule)) = fixed {
            self.timeline = timeline;
            self.asked = asked;
            self.trigger = rule;
        }
        self.next = Some(first);
    }
}

impl ScheduleChange {
    /// Sets the next instant by hand (`SC-026`). It need not be an instant of the trigger, whose own instants
    /// follow: those after `next`. Due instants before it are recorded as
    /// [`ScheduleChanged`](crate::SkipReason::ScheduleChanged), and an instant in the past follows the misfire
    /// policy.
    ///
    /// ```
    /// use chrono::{TimeDelta, Utc};
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// let soon = Utc::now() + TimeDelta::minutes(5);
    /// daily.update(ScheduleChange::new().waiting_for(soon))?;
    /// assert_eq!(daily.info()?.next, Some(soon));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn waiting_for(mut self, next: DateTime<Utc>) -> Self {
        self.next = Some(next);
        self
    }
}
