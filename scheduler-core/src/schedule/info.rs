//! [`ScheduleInfo`]: the state of a schedule.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    Cursor, Hours, Misfire, Overlap, ScheduleId,
    policies::{Label, Policies},
};
use crate::{Task, base::panic::Contained, trigger::Trigger};

/// The state of a schedule at the time of the call.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ScheduleInfo {
    /// Id of the schedule.
    pub id: ScheduleId,
    /// Name of the schedule.
    pub name: Option<Arc<str>>,
    /// Name of the task of the schedule.
    pub task: Option<Arc<str>>,
    /// The next instant, in UTC; `None` before the scheduler has started.
    pub next: Option<DateTime<Utc>>,
    /// Reason why there is no further instant until the trigger is changed.
    pub ended: Option<ScheduleEnd>,
    /// Number of jobs of the schedule that wait for a permit or run. Jobs of `run_now` do not
    /// count.
    pub running: usize,
    /// Number of buffered runs.
    pub kept: usize,
    /// The pause of the schedule, if it is paused.
    pub paused: Option<Pause>,
    /// Tags of the schedule.
    pub tags: Vec<Arc<str>>,
    /// Metadata of the schedule.
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
    /// Number of jobs that the schedule has started.
    pub started: u64,
    /// Number of instants that did not run, or a lower bound of it.
    pub skipped: u64,
    /// Number of consecutive failed runs.
    pub failures: usize,
    /// Nominal time of the last job that the schedule started.
    pub last: Option<DateTime<Utc>>,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) definition: Option<Definition>,
}

/// Reason why a listed schedule has no further instant.
///
/// ```
/// use scheduler_core::schedule::ScheduleEnd;
///
/// assert_eq!(ScheduleEnd::NeverDue.to_string(), "the trigger is never due");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ScheduleEnd {
    /// The trigger had no instant when the schedule started: for example 30 February, or a range of
    /// dates in the past. A different trigger ([`update`](crate::ScheduleHandle::update)) revives
    /// it.
    NeverDue,
    /// The trigger has no further instant. The schedule is listed until its last run has ended.
    Exhausted,
    /// The trigger panicked or did not advance. The schedule is listed until its last run has ended.
    Faulted,
}

impl fmt::Display for ScheduleEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverDue => "the trigger is never due",
            Self::Exhausted => "the trigger has no further instant",
            Self::Faulted => "the trigger failed",
        })
    }
}

/// The definition of a schedule, for exports.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) trigger: Contained<Arc<dyn Trigger>>,
    pub(crate) policies: Policies,
    #[cfg_attr(
        not(feature = "serde"),
        allow(dead_code, reason = "only exports look at it")
    )]
    pub(crate) cursor: Cursor,
    #[cfg_attr(
        not(feature = "serde"),
        allow(dead_code, reason = "only exports look at it")
    )]
    pub(crate) task: Task,
}

/// A pause of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Pause {
    /// The reason that the caller gave, or which failures led to the pause.
    pub reason: Arc<str>,
    /// Wall-clock time at which the pause began, in UTC.
    pub since: DateTime<Utc>,
}

impl Pause {
    /// Creates a pause. Third-party schedulers use this.
    #[must_use]
    pub const fn new(reason: Arc<str>, since: DateTime<Utc>) -> Self {
        Self { reason, since }
    }
}

impl ScheduleInfo {
    /// Creates the state of a schedule. Third-party schedulers use this, and set the other fields
    /// afterwards.
    #[must_use]
    pub const fn new(
        id: ScheduleId,
        task: Option<Arc<str>>,
        next: Option<DateTime<Utc>>,
        running: usize,
    ) -> Self {
        Self {
            id,
            name: None,
            task,
            next,
            ended: None,
            running,
            kept: 0,
            paused: None,
            tags: Vec::new(),
            metadata: BTreeMap::new(),
            started: 0,
            skipped: 0,
            failures: 0,
            last: None,
            definition: None,
        }
    }

    pub(crate) fn with_label(mut self, label: Label) -> Self {
        self.name = label.name;
        self.tags = label.tags.into_list();
        self.metadata = label.metadata;
        self
    }

    /// Returns whether the schedule has this tag.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).tag("demo"))?;
    /// let info = &scheduler.schedules()[0];
    /// assert!(info.has_tag("demo") && !info.has_tag("night"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| &**known == tag)
    }

    /// Returns whether the schedule is paused.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).paused("maintenance"))?;
    /// assert!(scheduler.schedules()[0].is_paused());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Returns the trigger; `None` if a third-party scheduler does not expose it.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every.clone(), task))?;
    /// let info = &scheduler.schedules()[0];
    /// assert!(info.trigger().is_some_and(|rule| rule.equals(&every)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn trigger(&self) -> Option<&Arc<dyn Trigger>> {
        Some(&self.definition.as_ref()?.trigger)
    }

    /// Returns the misfire policy.
    ///
    /// ```
    /// use scheduler_core::{Misfire, Schedule};
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task))?;
    /// assert_eq!(scheduler.schedules()[0].misfire(), Misfire::default());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn misfire(&self) -> Misfire {
        self.policies().misfire
    }

    /// Returns the overlap policy.
    ///
    /// ```
    /// use scheduler_core::{Overlap, Schedule};
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task))?;
    /// assert_eq!(scheduler.schedules()[0].overlap(), Overlap::Skip);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn overlap(&self) -> Overlap {
        self.policies().overlap
    }

    /// Returns the limit of the jitter.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task))?;
    /// assert_eq!(scheduler.schedules()[0].jitter(), Duration::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn jitter(&self) -> Duration {
        self.policies().jitter
    }

    /// Returns the maximum number of active runs.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task))?;
    /// assert_eq!(scheduler.schedules()[0].max_instances(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn max_instances(&self) -> usize {
        self.policies().max_instances
    }

    /// Returns the maximum number of buffered runs.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task))?;
    /// assert_eq!(scheduler.schedules()[0].buffer_limit(), 1_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn buffer_limit(&self) -> usize {
        self.policies().buffer_limit
    }

    /// Returns the group whose active runs count for the overlap policy.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).group("database"))?;
    /// assert_eq!(scheduler.schedules()[0].group(), Some("database"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.policies().group.as_deref()
    }

    /// Returns the hours in which late runs may start; `None` means at any hour.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task))?;
    /// assert!(scheduler.schedules()[0].late_hours().is_none(), "late runs start at any hour");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn late_hours(&self) -> Option<&Hours> {
        self.policies().hours.as_ref()
    }

    /// Returns after how many consecutive failed runs the schedule is paused; `None` means never.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).pause_after_failures(3))?;
    /// assert_eq!(scheduler.schedules()[0].pause_after_failures(), Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn pause_after_failures(&self) -> Option<usize> {
        self.policies().failure_limit
    }

    fn policies(&self) -> &Policies {
        const DEFAULT: &Policies = &Policies::DEFAULT;
        self.definition
            .as_ref()
            .map_or(DEFAULT, |definition| &definition.policies)
    }
}
