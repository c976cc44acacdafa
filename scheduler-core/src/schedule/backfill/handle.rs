//! A backfill, seen from outside: how it stands, how it ends, and how to end it.

use std::{
    fmt,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use async_trait::async_trait;

use super::{BackfillEnd, BackfillId, BackfillReport};
use crate::{
    BoxFuture, Result, ScheduleId, blocking,
    job::{CancelMode, JobHost},
    signal::Signal,
    within::within,
};

/// A backfill that was begun. Dropping the last handle leaves it going.
///
/// ```
/// # async fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
/// use chrono::{TimeDelta, Utc};
/// use scheduler_core::Backfill;
///
/// let week = Utc::now() - TimeDelta::days(7)..=Utc::now();
/// let backfill = scheduler.backfill(&"report".into(), Backfill::new(week))?;
/// let report = backfill.wait().await?;
/// println!("{}: {report}", backfill.id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "the handle tells what comes of the backfill; dropping it leaves it going"]
pub struct BackfillHandle {
    control: Arc<dyn BackfillControl>,
}

impl BackfillHandle {
    /// A handle to a backfill of somebody else's scheduler: for those who implement one.
    pub fn new(control: Arc<dyn BackfillControl>) -> Self {
        Self { control }
    }

    /// The backfill's identity.
    #[must_use]
    pub fn id(&self) -> BackfillId {
        self.control.id()
    }

    /// The schedule whose instants are run.
    #[must_use]
    pub fn schedule(&self) -> &ScheduleId {
        self.control.schedule()
    }

    /// How it stands.
    #[must_use]
    pub fn report(&self) -> BackfillReport {
        self.control.report()
    }

    /// Whether it has ended, its last run included.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.report().end.is_some()
    }

    /// Lets it start nothing more. Jobs of it that wait are cancelled, running ones go on. Does
    /// nothing after its end.
    pub fn stop(&self) {
        self.control.end(None);
    }

    /// As [`stop`](Self::stop), and asks its running jobs to end as `mode` says.
    pub fn cancel(&self, mode: CancelMode) {
        self.control.end(Some(mode));
    }

    /// Waits until it has ended, its last run included; any number may wait, at any time.
    ///
    /// # Errors
    ///
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) inside one of its own runs, and inside a job
    /// while its runs can never get a permit (`BF-009`).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    pub async fn wait(&self) -> Result<BackfillReport> {
        self.control.finished().await
    }

    /// Waits until it has ended, at most `limit` long. It goes on either way.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`](crate::Error::Timeout) when the time is over; else as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future only stops the waiting.
    pub async fn wait_timeout(&self, limit: Duration) -> Result<BackfillReport> {
        within(limit, self.control.sleep(limit), self.wait()).await
    }

    /// [`wait`](Self::wait) for a plain thread: blocks it.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait); [`WouldDeadlock`](crate::Error::WouldDeadlock) also inside any
    /// asynchronous job, whose thread must not block (`RT-009`).
    pub fn wait_blocking(&self) -> Result<BackfillReport> {
        blocking::wait(self.wait())
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

/// What stands behind a [`BackfillHandle`]: for those who implement a scheduler.
#[async_trait]
pub trait BackfillControl: Send + Sync + 'static {
    /// The backfill's identity.
    fn id(&self) -> BackfillId;

    /// The schedule whose instants are run.
    fn schedule(&self) -> &ScheduleId;

    /// How it stands.
    fn report(&self) -> BackfillReport;

    /// Lets it start nothing more; `runs` says how its running jobs are to end, if they are.
    fn end(&self, runs: Option<CancelMode>);

    /// Waits until it has ended, its last run included.
    ///
    /// # Errors
    ///
    /// [`WouldDeadlock`](crate::Error::WouldDeadlock) if the caller is what it would wait for.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future MUST only stop the waiting.
    async fn finished(&self) -> Result<BackfillReport>;

    /// A sleep on the scheduler's clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The scheduler behind a backfill.
pub(crate) trait BackfillHost: JobHost {
    /// How a backfill stands; `None` if it has ended.
    fn backfill_report(&self, id: BackfillId) -> Option<BackfillReport>;
    /// Lets a backfill start nothing more; `runs` says how its running jobs are to end.
    fn end_backfill(&self, id: BackfillId, runs: Option<CancelMode>);
}

/// One backfill, shared by the scheduler and everybody who waits.
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

    /// Records how it ended. [`announce`](Self::announce) is to follow, without a lock.
    pub(crate) fn settle(&self, report: BackfillReport) {
        drop(self.end.set(report));
    }

    /// Resumes those who wait for its end. Runs wakers.
    pub(crate) fn announce(&self) {
        self.finished.notify();
    }

    /// How it ended, or what is known of one whose scheduler is gone.
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
