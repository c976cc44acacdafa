//! [`BackfillControl`]: the interface behind the handle of a backfill, and the core's implementation.

use std::{
    fmt,
    sync::{OnceLock, Weak},
    time::Duration,
};

use async_trait::async_trait;

use super::{BackfillEnd, BackfillId, BackfillReport};
use crate::{
    BoxFuture, Result, ScheduleId,
    job::{CancelMode, JobHost},
    sync::signal::Signal,
};

/// The scheduler's side of a [`BackfillHandle`](super::BackfillHandle). Third-party schedulers implement it.
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
    /// Dropping the future MUST stop only the wait.
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
