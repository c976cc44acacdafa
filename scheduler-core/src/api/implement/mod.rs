//! Tools for third parties that implement or wrap a [`Scheduler`](crate::Scheduler): access to options,
//! jobs and schedules of users, and handles to jobs ([`OwnJob`]) and schedules
//! ([`ScheduleControl`]).
//!
//! [`Timers`] serve a [`Runtime`](crate::Runtime) over an executor without timers.
//!
//! To support another executor, implement [`Runtime`](crate::Runtime); nothing else here is needed.

mod own_job;
mod threads;

use std::{sync::Arc, time::Duration};

pub use self::{
    own_job::{OwnHost, OwnJob},
    threads::check_threads,
};
use crate::{
    ErrorHandler, Job, JobContext, Options, Schedule, ScheduleChange, ScheduleId, Task, Trigger,
    base::panic::Contained, job::JobPolicy, queue::Queue, trigger::Asked,
};
pub use crate::{
    backfill::control::BackfillControl,
    event::channel::{EventSender, event_channel},
    job::{body::Work, control::JobControl},
    queue::control::QueueControl,
    schedule::control::ScheduleControl,
    sync::{
        block_on::block_on,
        timers::{Sleep, Timers},
        yielding::yield_now,
    },
};

/// The values of an [`Options`].
///
/// ```
/// use scheduler_core::Options;
///
/// let settings = Options::default().max_concurrent_jobs(4).settings();
/// assert_eq!(settings.max_concurrent_jobs, Some(4));
/// assert!(settings.error_handler.is_none());
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Maximum number of jobs that run at the same time.
    pub max_concurrent_jobs: Option<usize>,
    /// Maximum number of submitted jobs that wait in the queue.
    pub queue_limit: Option<usize>,
    /// The queues beside [`DEFAULT`](crate::queue::DEFAULT).
    pub queues: Vec<Queue>,
    /// Number of unread events that a subscriber buffers.
    pub event_capacity: usize,
    /// Shortest sleep of the driver: due times that are closer together are handled in one turn.
    pub wake_quantum: Duration,
    /// Error handler; `None` means [`ReportErrors`](crate::ReportErrors).
    pub error_handler: Option<Arc<dyn ErrorHandler>>,
    /// Maximum time that a failed job waits for the error handler.
    pub handler_grace: Duration,
    /// Whether every job records the source location that created it.
    pub keep_spawn_sites: bool,
    /// Number of decisions that are kept for each schedule.
    pub history: usize,
    /// Number of results that are kept.
    pub kept_results: usize,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("max_concurrent_jobs", &self.max_concurrent_jobs)
            .field("queue_limit", &self.queue_limit)
            .field("event_capacity", &self.event_capacity)
            .field("wake_quantum", &self.wake_quantum)
            .field("history", &self.history)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// Returns the values of the options.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            max_concurrent_jobs: self.default_queue.concurrency,
            queue_limit: self.default_queue.limit,
            queues: self.queues.clone(),
            event_capacity: self.event_capacity,
            wake_quantum: self.wake_quantum,
            error_handler: self.error_handler.as_deref().cloned(),
            handler_grace: self.handler_grace,
            keep_spawn_sites: self.keep_spawn_sites,
            history: self.history,
            kept_results: self.kept_results,
        }
    }
}

impl Job {
    /// Returns whether the body blocks its thread, so that it must run on a thread outside the
    /// executor. Check for a pause on that thread, right before the body begins.
    ///
    /// ```
    /// use scheduler_core::Job;
    ///
    /// assert!(Job::blocking(|_| std::thread::yield_now()).is_blocking());
    /// assert!(!Job::future(async {}).is_blocking());
    /// ```
    #[must_use]
    pub const fn is_blocking(&self) -> bool {
        self.body.is_blocking()
    }

    /// Returns the body to execute. This calls the user's function, which may panic.
    #[must_use]
    pub fn into_work(self, context: JobContext) -> Work {
        self.body.into_work(|| context)
    }
}

impl Schedule {
    /// Returns the id that the user set.
    ///
    /// ```
    /// use scheduler_core::{Schedule, ScheduleId, Task, trigger::Once};
    ///
    /// let soon = Once::after(std::time::Duration::from_secs(1));
    /// let schedule = Schedule::new(soon, Task::new(|_| async {}));
    /// assert_eq!(schedule.get_id(), None);
    /// assert_eq!(schedule.id("soon").get_id(), Some(&ScheduleId::new("soon")));
    /// ```
    #[must_use]
    pub const fn get_id(&self) -> Option<&ScheduleId> {
        self.id.as_ref()
    }

    /// Returns the task.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Task, trigger::Once};
    ///
    /// let soon = Once::after(std::time::Duration::from_secs(1));
    /// let schedule = Schedule::new(soon, Task::new(|_| async {}).name("greet"));
    /// assert_eq!(schedule.get_task().get_name(), Some("greet"));
    /// ```
    #[must_use]
    pub const fn get_task(&self) -> &Task {
        &self.task
    }

    /// Returns the trigger.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Task, trigger::Cron};
    ///
    /// let daily = Cron::parse("@daily")?;
    /// let schedule = Schedule::new(daily.clone(), Task::new(|_| async {}));
    /// assert!(schedule.get_trigger().equals(&daily));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_trigger(&self) -> &Arc<dyn Trigger> {
        &self.trigger
    }

    /// Replaces the trigger by one that is derived from it.
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use scheduler_core::{Schedule, Task, trigger::{Interval, Once}};
    ///
    /// let once = Once::after(Duration::from_secs(1));
    /// let schedule = Schedule::new(once, Task::new(|_| async {}));
    /// let hourly = Interval::every(Duration::from_secs(3600))?;
    /// let schedule = schedule.map_trigger(|_| Arc::new(hourly));
    /// assert!(format!("{:?}", schedule.get_trigger()).contains("3600s"));
    /// # Ok::<(), scheduler_core::trigger::TriggerError>(())
    /// ```
    #[must_use]
    pub fn map_trigger(
        mut self,
        change: impl FnOnce(Arc<dyn Trigger>) -> Arc<dyn Trigger>,
    ) -> Self {
        let trigger = change(self.trigger.into_inner());
        self.timeline = trigger.timeline();
        self.asked = Asked::of(&*trigger);
        self.trigger = Contained::new(trigger);
        self
    }
}

impl ScheduleChange {
    /// Returns `schedule` with the settings of the change. The result is not validated.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Task, schedule::ScheduleChange, trigger::Cron};
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// let hourly = Cron::parse("@hourly")?;
    /// let changed = ScheduleChange::new().trigger(hourly.clone()).applied_to(daily);
    /// assert!(changed.get_trigger().equals(&hourly));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn applied_to(self, mut schedule: Schedule) -> Schedule {
        self.apply(&mut schedule.policies, &mut schedule.label);
        if let Some((trigger, timeline, asked)) = self.trigger {
            (schedule.trigger, schedule.timeline, schedule.asked) = (trigger, timeline, asked);
        }
        if let Some(task) = self.task {
            schedule.task = task;
        }
        schedule
    }
}

impl Job {
    /// Returns the policy, if one was set.
    ///
    /// ```
    /// use scheduler_core::Job;
    ///
    /// assert!(Job::new(|_| async {}).get_policy().is_none());
    /// assert!(Job::new(|_| async {}).tag("mail").get_policy().is_some());
    /// ```
    #[must_use]
    pub const fn get_policy(&self) -> Option<&Arc<JobPolicy>> {
        self.policy.as_ref()
    }
}
