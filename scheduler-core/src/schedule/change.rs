//! [`ScheduleChange`]: changes to an existing schedule.

mod edit;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use self::edit::Edit;
use super::{
    Hours, Misfire, Overlap, Schedule,
    compared::Compared,
    policies::{Label, Policies},
};
use crate::{
    Task,
    base::panic::Contained,
    trigger::{Asked, Timeline, Trigger, shared},
};

/// A trigger with the results of calls that were made before taking the lock.
type Rule = (Contained<Arc<dyn Trigger>>, Timeline, Asked);

/// A change to a schedule. Settings that are not given stay as they are.
///
/// ```
/// use scheduler_core::{Overlap, schedule::ScheduleChange};
///
/// let change = ScheduleChange::new().overlap(Overlap::BufferOne).name("nightly report");
/// # let _ = change;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a change does nothing until a schedule is updated with it"]
pub struct ScheduleChange {
    pub(crate) trigger: Option<Rule>,
    pub(crate) task: Option<Task>,
    /// Result of comparing the trigger with the present one, once known.
    pub(crate) compared: Option<Compared>,
    /// The next instant, set by hand.
    pub(crate) next: Option<DateTime<Utc>>,
    edits: Vec<Edit>,
}

impl ScheduleChange {
    /// Creates an empty change.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// let before = daily.info()?;
    /// daily.update(ScheduleChange::new())?;
    /// assert_eq!(daily.info()?.next, before.next, "an empty change changes nothing");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes every setting to that of `schedule`, except the id. An equal trigger keeps its cursor.
    ///
    /// ```
    /// use scheduler_core::{Overlap, schedule::ScheduleChange};
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// let fresh = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// daily.update(ScheduleChange::all(fresh.overlap(Overlap::BufferAll).tag("night")))?;
    /// let info = daily.info()?;
    /// assert!(info.overlap() == Overlap::BufferAll && info.has_tag("night"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn all(schedule: Schedule) -> Self {
        let Policies {
            misfire,
            overlap,
            jitter,
            max_instances,
            buffer_limit,
            history,
            group,
            hours,
            failure_limit,
        } = schedule.policies;
        let Label {
            name,
            tags,
            metadata,
        } = schedule.label;
        Self {
            trigger: Some((schedule.trigger, schedule.timeline, schedule.asked)),
            task: Some(schedule.task),
            compared: schedule.compared,
            next: None,
            edits: vec![
                Edit::Misfire(misfire),
                Edit::Overlap(overlap),
                Edit::Jitter(jitter),
                Edit::MaxInstances(max_instances),
                Edit::BufferLimit(buffer_limit),
                Edit::History(history),
                Edit::Group(group),
                Edit::Hours(hours),
                Edit::FailureLimit(failure_limit),
                Edit::Name(name),
                Edit::Tags(tags.into_list()),
                Edit::AllMetadata(metadata),
            ],
        }
    }

    /// Sets the trigger. Its first instant from now on is the next one.
    ///
    /// Due instants of the old trigger and waiting catch-up runs are recorded as
    /// [`ScheduleChanged`](crate::SkipReason::ScheduleChanged). Buffered runs stay. An equal trigger
    /// changes nothing. It may be an `Arc<dyn Trigger>`.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// let weekly = Cron::parse("@weekly")?;
    /// daily.update(ScheduleChange::new().trigger(weekly.clone()))?;
    /// assert!(daily.info()?.trigger().is_some_and(|rule| rule.equals(&weekly)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trigger(mut self, trigger: impl Trigger) -> Self {
        let trigger = shared(trigger);
        let (timeline, asked) = (trigger.timeline(), Asked::of(&*trigger));
        self.trigger = Some((Contained::new(trigger), timeline, asked));
        self
    }

    /// Sets the task of the following runs.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.update(ScheduleChange::new().task(Task::new(|_| async {}).name("new")))?;
    /// assert_eq!(daily.info()?.task.as_deref(), Some("new"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn task(mut self, task: Task) -> Self {
        self.task = Some(task);
        self
    }

    /// Sets the misfire policy.
    ///
    /// ```
    /// use scheduler_core::{Misfire, schedule::{MisfirePolicy, ScheduleChange}};
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// let skip = Misfire::policy(MisfirePolicy::Skip);
    /// daily.update(ScheduleChange::new().misfire(skip))?;
    /// assert_eq!(daily.info()?.misfire(), skip);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn misfire(self, misfire: Misfire) -> Self {
        self.with(Edit::Misfire(misfire))
    }

    /// Sets the overlap policy. It also decides about runs that are buffered now.
    ///
    /// ```
    /// use scheduler_core::{Overlap, schedule::ScheduleChange};
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.update(ScheduleChange::new().overlap(Overlap::AllowAll))?;
    /// assert_eq!(daily.info()?.overlap(), Overlap::AllowAll);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn overlap(self, overlap: Overlap) -> Self {
        self.with(Edit::Overlap(overlap))
    }

    /// Sets the limit of the jitter. If a shorter delay makes a waiting start due at once, the run
    /// counts as on time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.update(ScheduleChange::new().jitter(Duration::from_secs(60)))?;
    /// assert_eq!(daily.info()?.jitter(), Duration::from_secs(60));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn jitter(self, jitter: Duration) -> Self {
        self.with(Edit::Jitter(jitter))
    }

    /// Sets the maximum number of active runs.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.update(ScheduleChange::new().max_instances(3))?;
    /// assert_eq!(daily.info()?.max_instances(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_instances(self, limit: usize) -> Self {
        self.with(Edit::MaxInstances(limit))
    }

    /// Sets the maximum number of buffered runs.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.update(ScheduleChange::new().buffer_limit(10))?;
    /// assert_eq!(daily.info()?.buffer_limit(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buffer_limit(self, limit: usize) -> Self {
        self.with(Edit::BufferLimit(limit))
    }

    /// Sets the number of records that are kept.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.run_now()?.join_blocking()?;
    /// daily.update(ScheduleChange::new().history(0))?;
    /// assert!(daily.history()?.is_empty());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn history(self, decisions: usize) -> Self {
        self.with(Edit::History(Some(decisions)))
    }

    /// Moves the schedule into a group, or with `None` out of its group.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    ///
    /// let into = ScheduleChange::new().group("reports");
    /// let out = ScheduleChange::new().group::<&str>(None);
    /// # let _ = (into, out);
    /// ```
    pub fn group<G: Into<Arc<str>>>(self, group: impl Into<Option<G>>) -> Self {
        self.with(Edit::Group(group.into().map(Into::into)))
    }

    /// Restricts late runs to these hours; `None` removes the restriction.
    ///
    /// ```
    /// use chrono::NaiveTime;
    /// use scheduler_core::{schedule::{Hours, ScheduleChange}, trigger::Zone};
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day");
    /// let night = Hours::new(hour(22), hour(6), Zone::named("Europe/Berlin")?);
    /// daily.update(ScheduleChange::new().late_hours(night.clone()))?;
    /// assert_eq!(daily.info()?.late_hours(), Some(&night));
    /// daily.update(ScheduleChange::new().late_hours(None))?;
    /// assert_eq!(daily.info()?.late_hours(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn late_hours(self, hours: impl Into<Option<Hours>>) -> Self {
        self.with(Edit::Hours(hours.into()))
    }

    /// Sets after how many consecutive failed runs the schedule is paused; `None` means never.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.update(ScheduleChange::new().pause_after_failures(3))?;
    /// assert_eq!(daily.info()?.pause_after_failures(), Some(3));
    /// daily.update(ScheduleChange::new().pause_after_failures(None))?;
    /// assert_eq!(daily.info()?.pause_after_failures(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pause_after_failures(self, limit: impl Into<Option<usize>>) -> Self {
        self.with(Edit::FailureLimit(limit.into()))
    }

    /// Sets the name.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.update(ScheduleChange::new().name("Every night"))?;
    /// assert_eq!(daily.info()?.name.as_deref(), Some("Every night"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(self, name: impl Into<Arc<str>>) -> Self {
        self.with(Edit::Name(Some(name.into())))
    }

    /// Replaces the tags.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    ///
    /// daily.update(ScheduleChange::new().tags(["night", "report"]))?;
    /// let info = daily.info()?;
    /// assert!(info.has_tag("night") && info.has_tag("report"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tags<T: Into<Arc<str>>>(self, tags: impl IntoIterator<Item = T>) -> Self {
        self.with(Edit::Tags(tags.into_iter().map(Into::into).collect()))
    }

    /// Sets the metadata value of a key; `None` removes the key.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    ///
    /// let moved = ScheduleChange::new().metadata("owner", "ops").metadata::<&str>("room", None);
    /// # let _ = moved;
    /// ```
    pub fn metadata<V: Into<Arc<str>>>(
        self,
        key: impl Into<Arc<str>>,
        value: impl Into<Option<V>>,
    ) -> Self {
        self.with(Edit::Metadata(key.into(), value.into().map(Into::into)))
    }

    fn with(mut self, edit: Edit) -> Self {
        self.edits.push(edit);
        self
    }

    /// Returns whether every user value has been moved out of the change.
    pub(crate) const fn is_spent(&self) -> bool {
        self.trigger.is_none() && self.task.is_none()
    }

    /// Applies the changes of settings and labels.
    pub(crate) fn apply(&self, policies: &mut Policies, label: &mut Label) {
        for edit in &self.edits {
            edit.clone().apply(policies, label);
        }
    }
}
