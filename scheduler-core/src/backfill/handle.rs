//! [`BackfillHandle`]: waits for a backfill, reads its report, ends it.

use std::{
    fmt,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use async_trait::async_trait;

use super::{BackfillEnd, BackfillId, BackfillReport};
use crate::{
    BoxFuture, Result, ScheduleId,
    contract::timeout::within,
    job::{CancelMode, JobHost, caller::block_on_call},
    sync::signal::Signal,
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
    #[must_use]
    pub fn id(&self) -> BackfillId {
        self.control.id()
    }

    /// Returns the id of the schedule whose instants run.
    #[must_use]
    pub fn schedule(&self) -> &ScheduleId {
        self.control.schedule()
    }

    /// Returns the report so far.
    #[must_use]
    pub fn report(&self) -> BackfillReport {
        self.control.report()
    }

    /// Returns whether the backfill and all of its runs have finished.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.report().end.is_some()
    }

    /// Ends the backfill: no further run starts. Waiting jobs are cancelled, running jobs continue. Has
    /// no effect on a finished backfill.
    pub fn stop(&self) {
        self.control.end(None);
    }

    /// Ends the backfill as [`stop`](Self::stop) does, and requests the cancellation of its running jobs.
    pub fn cancel(&self, mode: CancelMode) {
        self.control.end(Some(mode));
    }

    /// Waits until the backfill and all of its runs have finished. Any number of callers may wait.
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
    /// # Errors
    ///
    /// As [`wait`](Self::wait). [`WouldDeadlock`](crate::Error::WouldDeadlock) also inside an asynchronous
    /// job, whose thread must not block (`RT-009`).
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

/// The scheduler's side of a [`BackfillHandle`]. Third-party schedulers implement it.
#[async_trait]
pub trait BackfillControl: Send + Sync + 'static {
    /// Returns the id of the backfill.
    fn id(&self) -> BackfillId;

    /// Returns the id of the schedule whose instants run.
    fn schedule(&self) -> &ScheduleId;

    /// Returns the report so far.
    fn report(&self) -> BackfillReport;

    /// Ends the backfill: no further run starts. With `runs`, cancels its running jobs too.
    fn end(&self, runs: Option<CancelMode>);

    /// Waits until the backfill and all of its runs have finished, and the error handlers of failed
    /// runs have returned.
    ///
    /// # Errors
    ///
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) if the caller would wait for itself.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future MUST stop nothing but the wait.
    async fn finished(&self) -> Result<BackfillReport>;

    /// Returns a future that completes after `duration` on the clock of the scheduler.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The scheduler behind a backfill.
pub(crate) trait BackfillHost: JobHost {
    /// Returns the report so far; `None` if the backfill has finished.
    fn backfill_report(&self, id: BackfillId) -> Option<BackfillReport>;
    /// Ends a backfill: no further run starts. With `runs`, cancels its running jobs too.
    fn end_backfill(&self, id: BackfillId, runs: Option<CancelMode>);
}

/// State of one backfill, shared by the scheduler and all waiters.
pub(crate) struct BackfillCell {
    id: BackfillId,
    schedule: ScheduleId,
    host: Weak<dyn BackfillHost>,
    end: OnceLock<BackfillReport>,
    finished: Signal,
}

impl BackfillCell {
    pub(crate) fn new(id: BackfillId, schedule: ScheduleId, host: Weak<dyn BackfillHost>) -> Self {
        Self {
            id,
            schedule,
            host,
            end: OnceLock::new(),
            finished: Signal::new(),
        }
    }

    /// Sets the final report. The caller then calls [`announce`](Self::announce) without a lock.
    pub(crate) fn set_report(&self, report: BackfillReport) {
        drop(self.end.set(report));
    }

    /// Wakes all waiters. Call it without a lock, because it runs wakers.
    pub(crate) fn announce(&self) {
        self.finished.notify();
    }

    /// Returns the final report, or an empty one if the scheduler was dropped.
    fn last_report(&self) -> BackfillReport {
        let interrupted = || BackfillReport {
            end: Some(BackfillEnd::Shutdown),
            ..BackfillReport::default()
        };
        self.end.get().cloned().unwrap_or_else(interrupted)
    }
}

#[async_trait]
impl BackfillControl for BackfillCell {
    fn id(&self) -> BackfillId {
        self.id
    }

    fn schedule(&self) -> &ScheduleId {
        &self.schedule
    }

    fn report(&self) -> BackfillReport {
        let going = || self.host.upgrade()?.backfill_report(self.id);
        match self.end.get() {
            Some(end) => end.clone(),
            None => going().unwrap_or_else(|| self.last_report()),
        }
    }

    fn end(&self, runs: Option<CancelMode>) {
        if let (None, Some(host)) = (self.end.get(), self.host.upgrade()) {
            host.end_backfill(self.id, runs);
        }
    }

    async fn finished(&self) -> Result<BackfillReport> {
        if let Some(end) = self.end.get() {
            return Ok(end.clone());
        }
        let _waiting = match self.host.upgrade() {
            Some(host) => crate::job::InnerWait::begin(host, self.id.as_target())?,
            None => return Ok(self.last_report()),
        };
        Ok(self.finished.until(|| self.end.get().cloned()).await)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        match self.host.upgrade() {
            Some(host) => host.sleep(duration),
            None => Box::pin(std::future::ready(())),
        }
    }
}

impl fmt::Debug for BackfillCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.id, f)
    }
}
