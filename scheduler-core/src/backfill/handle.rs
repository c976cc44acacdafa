//! [`BackfillHandle`]: waits for a backfill, reads its report, ends it.

use std::{fmt, sync::Arc, time::Duration};

use super::{BackfillControl, BackfillId, BackfillReport};
use crate::{
    Result, ScheduleId,
    contract::timeout::within,
    job::{CancelMode, caller::block_on_call},
};

/// Handle to a backfill. Dropping the last handle does not end the backfill.
///
/// ```
/// use chrono::{TimeDelta, Utc};
/// use scheduler_core::{
///     Blocking, Schedule, SchedulerExt, Shutdown, Task,
///     backfill::{Backfill, BackfillEnd},
///     trigger::Cron,
/// };
/// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
///
/// let hourly = Cron::parse("@hourly")?;
/// let report = scheduler.add(Schedule::new(hourly, Task::new(|_| async {})))?;
/// scheduler.start()?;
/// let yesterday = Utc::now() - TimeDelta::days(1)..=Utc::now();
/// let ran = report.backfill(Backfill::new(yesterday))?.wait_blocking()?;
/// assert_eq!(ran.end, Some(BackfillEnd::Completed));
/// # scheduler.shutdown(Shutdown::graceful())?;
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "the handle returns the result of the backfill, which continues if the handle is dropped"]
pub struct BackfillHandle {
    control: Arc<dyn BackfillControl>,
}

impl BackfillHandle {
    /// Creates a handle to a backfill of a third-party scheduler.
    pub fn new(control: Arc<dyn BackfillControl>) -> Self {
        Self { control }
    }

    /// Returns the id of the backfill.
    ///
    /// ```
    /// use scheduler_core::backfill::Backfill;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let backfill = daily.backfill(Backfill::new(week))?;
    /// let report = backfill.wait_blocking()?;
    /// assert_eq!(report.succeeded, 7);
    /// assert!(backfill.id().to_string().starts_with("backfill-"));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> BackfillId {
        self.control.id()
    }

    /// Returns the id of the schedule whose instants run.
    ///
    /// ```
    /// use scheduler_core::backfill::Backfill;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let backfill = daily.backfill(Backfill::new(week))?;
    /// assert_eq!(backfill.schedule().as_str(), "daily");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn schedule(&self) -> &ScheduleId {
        self.control.schedule()
    }

    /// Returns the report so far.
    ///
    /// ```
    /// use scheduler_core::backfill::{Backfill, BackfillEnd};
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let backfill = daily.backfill(Backfill::new(week).limit(3))?;
    /// backfill.wait_blocking()?;
    /// let report = backfill.report();
    /// assert_eq!((report.succeeded, report.failed), (3, 0));
    /// assert_eq!(report.end, Some(BackfillEnd::LimitReached));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> BackfillReport {
        self.control.report()
    }

    /// Returns whether the backfill and all of its runs have finished.
    ///
    /// ```
    /// use scheduler_core::backfill::Backfill;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let backfill = daily.backfill(Backfill::new(week))?;
    /// backfill.wait_blocking()?;
    /// assert!(backfill.is_finished());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.report().end.is_some()
    }

    /// Ends the backfill: no further run starts. Waiting jobs are cancelled, running jobs continue. Has
    /// no effect on a finished backfill.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::backfill::{Backfill, BackfillEnd};
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// // One run an hour: the first is enough.
    /// let backfill = daily.backfill(Backfill::new(week).pace(Duration::from_secs(3600)))?;
    /// backfill.stop();
    /// let report = backfill.wait_blocking()?;
    /// assert_eq!(report.end, Some(BackfillEnd::Cancelled));
    /// assert!(report.left.is_some(), "the first instant that did not run");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stop(&self) {
        self.control.end(None);
    }

    /// Ends the backfill as [`stop`](Self::stop) does, and requests the cancellation of its running jobs.
    ///
    /// ```
    /// use scheduler_core::{backfill::Backfill, job::CancelMode};
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let endless = Schedule::new(Cron::parse("@daily")?, Task::new(|_| std::future::pending::<()>()));
    /// let endless = scheduler.add(endless.id("endless"))?;
    /// let backfill = endless.backfill(Backfill::new(week))?;
    /// backfill.cancel(CancelMode::Immediate);
    /// assert_eq!(backfill.wait_blocking()?.succeeded, 0);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(&self, mode: CancelMode) {
        self.control.end(Some(mode));
    }

    /// Waits until the backfill and all of its runs have finished. Any number of callers may wait.
    ///
    /// ```
    /// use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, backfill::Backfill, trigger::Cron};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    /// # scheduler_core::implement::block_on(async {
    /// # scheduler.start().await?;
    ///
    /// let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// let daily = scheduler.add(daily.id("daily"))?;
    /// let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    /// let report = daily.backfill(Backfill::new(week))?.wait().await?;
    /// assert!(report.is_success() && report.succeeded == 7);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) inside one of its own runs, and inside another job
    /// if its runs can never get a permit (`BF-009`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    pub async fn wait(&self) -> Result<BackfillReport> {
        self.control.finished().await
    }

    /// Waits as [`wait`](Self::wait) does, but no longer than `limit`. The backfill continues after a
    /// timeout.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{ErrorKind, backfill::Backfill, implement::block_on};
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let slow = daily.backfill(Backfill::new(week).pace(Duration::from_secs(3600)))?;
    /// let late = block_on(slow.wait_timeout(Duration::from_millis(5))).unwrap_err();
    /// assert_eq!(late.kind(), ErrorKind::Timeout);
    /// assert!(!slow.is_finished(), "it continues");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`](crate::Error::Timeout) after `limit`. Otherwise as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    pub async fn wait_timeout(&self, limit: Duration) -> Result<BackfillReport> {
        within(limit, self.control.sleep(limit), self.wait()).await
    }

    /// Waits as [`wait`](Self::wait) does, and blocks the thread.
    ///
    /// ```
    /// use scheduler_core::backfill::Backfill;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let report = daily.backfill(Backfill::new(week))?.wait_blocking()?;
    /// assert_eq!(report.succeeded, 7);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`wait`](Self::wait), and [`WouldDeadlock`](crate::Error::WouldDeadlock) inside any asynchronous
    /// job, because its thread must not block (`RT-009`).
    pub fn wait_blocking(&self) -> Result<BackfillReport> {
        block_on_call(self.wait())
    }
}

impl fmt::Debug for BackfillHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackfillHandle")
            .field("id", &self.id())
            .field("schedule", self.schedule())
            .finish_non_exhaustive()
    }
}
