//! For those who implement or decorate a [`Scheduler`](crate::Scheduler): reading what users hand
//! over, and the jobs of a scheduler of one's own.
//!
//! [`Timers`] are for a [`Runtime`](crate::Runtime) over an executor that cannot sleep.
//!
//! Whoever only brings an executor implements [`Runtime`](crate::Runtime), and needs nothing else of this.

mod own_job;
mod threads;
mod timers;

use std::{sync::Arc, time::Duration};

pub use self::{
    own_job::{OwnHost, OwnJob},
    threads::check_threads,
    timers::{Sleep, Timers},
};
pub use crate::job::Work;
use crate::{
    ErrorHandler, Job, JobContext, Options, Schedule, ScheduleId, Task, Trigger, job::JobPolicy,
    panic::Contained, trigger::Asked,
};

/// The settings of an [`Options`], read.
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
    /// How many jobs may run at a time.
    pub max_concurrent_jobs: Option<usize>,
    /// How many submitted jobs may wait.
    pub queue_limit: Option<usize>,
    /// How many events a subscriber may be behind.
    pub event_capacity: usize,
    /// How long the driver sleeps at least after a wake.
    pub wake_quantum: Duration,
    /// What is called for failures; if it is `None`, [`ReportErrors`](crate::ReportErrors) is.
    pub error_handler: Option<Arc<dyn ErrorHandler>>,
    /// How long the end of a job that failed waits for the error handler.
    pub handler_grace: Duration,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("max_concurrent_jobs", &self.max_concurrent_jobs)
            .field("queue_limit", &self.queue_limit)
            .field("event_capacity", &self.event_capacity)
            .field("wake_quantum", &self.wake_quantum)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The settings, for a scheduler that is to keep them.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            max_concurrent_jobs: self.max_concurrent_jobs,
            queue_limit: self.queue_limit,
            event_capacity: self.event_capacity,
            wake_quantum: self.wake_quantum,
            error_handler: self.error_handler.as_deref().cloned(),
            handler_grace: self.handler_grace,
        }
    }
}

impl Job {
    /// What there is to execute of it. The user's function is called for that, and may panic.
    #[must_use]
    pub fn into_work(self, context: JobContext) -> Work {
        self.body.into_work(|| context)
    }
}

impl Schedule {
    /// The id it was given.
    #[must_use]
    pub const fn own_id(&self) -> Option<&ScheduleId> {
        self.id.as_ref()
    }

    /// What it runs.
    #[must_use]
    pub const fn task(&self) -> &Task {
        &self.task
    }

    /// The rule by which it is due.
    #[must_use]
    pub fn trigger(&self) -> &Arc<dyn Trigger> {
        &self.trigger
    }

    /// The same schedule by another rule, made of the one it has.
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use scheduler_core::{Schedule, Task, trigger::{Interval, Once}};
    ///
    /// let once = Once::after(Duration::from_secs(1));
    /// let schedule = Schedule::new(once, Task::new(|_| async {}));
    /// let hourly = Interval::every(Duration::from_secs(3600))?;
    /// let schedule = schedule.map_trigger(|_| Arc::new(hourly));
    /// assert!(format!("{:?}", schedule.trigger()).contains("3600s"));
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

impl Job {
    /// What it asks for besides being run, if anything.
    #[must_use]
    pub const fn asked_policy(&self) -> Option<&Arc<JobPolicy>> {
        self.policy.as_ref()
    }
}
