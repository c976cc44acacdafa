//! The policies of a [`Schedule`].

use std::{sync::Arc, time::Duration};

use super::{Hours, Misfire, Overlap, Schedule};

impl Schedule {
    /// Sets the policy for late instants.
    ///
    /// ```
    /// use scheduler_core::{Misfire, Schedule, schedule::MisfirePolicy};
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// let skip = Misfire::policy(MisfirePolicy::Skip);
    /// scheduler.add(Schedule::new(every, task).misfire(skip))?;
    /// assert_eq!(scheduler.schedules()[0].misfire(), skip);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn misfire(mut self, misfire: Misfire) -> Self {
        self.policies.misfire = misfire;
        self
    }

    /// Restricts runs later than the grace to these hours; outside of them they are missed. The time
    /// of the start counts: a run that waits for a permit may become late.
    ///
    /// ```
    /// use chrono::NaiveTime;
    /// use scheduler_core::{Schedule, schedule::Hours, trigger::Zone};
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day");
    /// let night = Hours::new(hour(22), hour(6), Zone::named("Europe/Berlin")?);
    /// scheduler.add(Schedule::new(every, task).late_hours(night.clone()))?;
    /// assert_eq!(scheduler.schedules()[0].late_hours(), Some(&night));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn late_hours(mut self, hours: Hours) -> Self {
        self.policies.hours = Some(hours);
        self
    }

    /// Sets the policy for an instant that is due while an earlier run is active.
    ///
    /// ```
    /// use scheduler_core::{Overlap, Schedule};
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).overlap(Overlap::BufferOne))?;
    /// assert_eq!(scheduler.schedules()[0].overlap(), Overlap::BufferOne);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.policies.overlap = overlap;
        self
    }

    /// Sets how many runs may be active before the overlap policy applies. One by default.
    ///
    /// No body begins beside as many others as the limit allows at that time, unless the policy is
    /// [`Overlap::AllowAll`]. Runs that were accepted before a lower limit was set wait for others to end.
    ///
    /// ```
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// let plain = Schedule::new(every, task);
    /// assert!(scheduler.add(plain.clone().max_instances(0)).is_err());
    /// scheduler.add(plain.max_instances(3))?;
    /// assert_eq!(scheduler.schedules()[0].max_instances(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn max_instances(mut self, limit: usize) -> Self {
        self.policies.max_instances = limit;
        self
    }

    /// Sets the maximum number of buffered runs. 1,000 by default.
    ///
    /// ```
    /// use scheduler_core::{Overlap, Schedule};
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).overlap(Overlap::BufferAll).buffer_limit(10))?;
    /// assert_eq!(scheduler.schedules()[0].buffer_limit(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn buffer_limit(mut self, limit: usize) -> Self {
        self.policies.buffer_limit = limit;
        self
    }

    /// Puts the schedule into a group. The active runs of all schedules of the group count for the
    /// overlap policy, except those of schedules under [`Overlap::AllowAll`]. Each schedule keeps its own
    /// policy and limit.
    ///
    /// ```
    /// use scheduler_core::{Overlap, Schedule};
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// // Neither export begins while the other one runs.
    /// for id in ["customers", "orders"] {
    ///     let export = Schedule::new(every.clone(), task.clone()).id(id);
    ///     scheduler.add(export.group("database").overlap(Overlap::BufferOne))?;
    /// }
    /// assert!(scheduler.schedules().iter().all(|info| info.group() == Some("database")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn group(mut self, group: impl Into<Arc<str>>) -> Self {
        self.policies.group = Some(group.into());
        self
    }

    /// Delays each start by up to `limit`, and by less than the time to the next instant. A hash of
    /// the id and the instant decides, so the delay is the same in every process. The nominal time
    /// does not change.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::Schedule;
    /// # use scheduler_core::{Scheduler, SchedulerExt, Task, trigger::Interval};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # let every = Interval::every(std::time::Duration::from_secs(60))?;
    /// # let task = Task::new(|_| async {});
    ///
    /// scheduler.add(Schedule::new(every, task).jitter(Duration::from_secs(10)))?;
    /// assert_eq!(scheduler.schedules()[0].jitter(), Duration::from_secs(10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn jitter(mut self, limit: Duration) -> Self {
        self.policies.jitter = limit;
        self
    }

    /// Pauses the schedule after `limit` consecutive failed runs, with the last error as the reason.
    /// Never by default.
    ///
    /// A run counts once, after its last attempt. Runs that were cancelled or never began, and runs of
    /// [`run_now`](crate::ScheduleHandle::run_now), do not count. A success, a resumption and a new task
    /// reset the count.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use scheduler_core::{Schedule, Task, trigger::Interval};
    /// let hourly = Interval::every(Duration::from_secs(3600))?;
    /// let import = Task::new(|_| async { Err::<(), _>("the file is not there") });
    /// let schedule = Schedule::new(hourly, import).id("import").pause_after_failures(3);
    /// # let _ = schedule;
    /// # Ok::<(), scheduler_core::trigger::TriggerError>(())
    /// ```
    #[must_use]
    pub fn pause_after_failures(mut self, limit: usize) -> Self {
        self.policies.failure_limit = Some(limit);
        self
    }

    /// Sets the number of records that are kept for [`history`](crate::ScheduleHandle::history). The
    /// default is [`Options::history`](crate::Options::history).
    ///
    /// ```
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// let report = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {})).history(1);
    /// let report = scheduler.add(report)?;
    /// # scheduler.start()?;
    /// for _ in 0..3 {
    ///     report.run_now()?.join_blocking()?;
    /// }
    /// assert_eq!(report.history()?.len(), 1);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn history(mut self, decisions: usize) -> Self {
        self.policies.history = Some(decisions);
        self
    }
}
