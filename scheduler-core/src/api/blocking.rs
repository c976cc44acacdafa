//! [`Blocking`]: waiting calls for plain threads.

use std::{ops::Deref, sync::Arc, time::Duration};

use crate::{
    Job, JobHandle, Result, Scheduler, SchedulerExt, Shutdown, ShutdownReport,
    job::caller::block_on_call,
};

/// A scheduler whose waiting calls block the thread, for programs without `async`.
///
/// It dereferences to the scheduler, for the calls that do not wait. Inside an asynchronous job, a
/// listener or an error handler every waiting call returns `WouldDeadlock` and does nothing (`RT-009`).
#[derive(Debug, Clone)]
pub struct Blocking<S>(S);

impl<S: Scheduler> Blocking<S> {
    /// Wraps a scheduler.
    pub const fn new(scheduler: S) -> Self {
        Self(scheduler)
    }

    /// Returns the scheduler.
    pub fn into_inner(self) -> S {
        self.0
    }

    /// Calls [`Scheduler::start`], and blocks the thread until it completes.
    ///
    /// # Errors
    ///
    /// As the asynchronous call, and `WouldDeadlock`.
    pub fn start(&self) -> Result<()> {
        block_on_call(self.0.start())
    }

    /// Calls [`Scheduler::start_paused`], and blocks the thread until it completes.
    ///
    /// # Errors
    ///
    /// As the asynchronous call, and `WouldDeadlock`.
    pub fn start_paused(&self) -> Result<()> {
        block_on_call(self.0.start_paused())
    }

    /// Calls [`Scheduler::shutdown`], and blocks the thread until it completes.
    ///
    /// # Errors
    ///
    /// As the asynchronous call.
    pub fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        block_on_call(self.0.shutdown(how))
    }

    /// Calls [`Scheduler::stopped`], and blocks the thread until it completes.
    ///
    /// # Errors
    ///
    /// As the asynchronous call.
    pub fn stopped(&self) -> Result<Arc<ShutdownReport>> {
        block_on_call(self.0.stopped())
    }

    /// Calls [`Scheduler::wait_idle`], and blocks the thread until it completes.
    ///
    /// # Errors
    ///
    /// As the asynchronous call.
    pub fn wait_idle(&self) -> Result<()> {
        block_on_call(self.0.wait_idle())
    }

    /// Calls [`SchedulerExt::wait_and_close`], and blocks the thread until it completes.
    ///
    /// # Errors
    ///
    /// As the asynchronous call.
    pub fn wait_and_close(&self, limit: Duration, then: Shutdown) -> Result<Arc<ShutdownReport>> {
        block_on_call(self.0.wait_and_close(limit, then))
    }

    /// Starts the scheduler, calls `body`, waits until no job runs, and shuts down; the blocking
    /// counterpart of [`SchedulerExt::run_scoped`].
    ///
    /// # Errors
    ///
    /// As the asynchronous call, and `WouldDeadlock`.
    pub fn run_scoped<T: Send>(
        &self,
        limit: Duration,
        body: impl FnOnce() -> T + Send,
    ) -> Result<(T, Arc<ShutdownReport>)> {
        block_on_call(self.0.run_scoped(limit, async { body() }))
    }

    /// Calls [`Scheduler::submit`], and blocks the thread until it completes.
    ///
    /// # Errors
    ///
    /// As the asynchronous call, and `WouldDeadlock`.
    pub fn submit(&self, job: Job) -> Result<JobHandle> {
        block_on_call(self.0.submit(job))
    }
}

impl<S> Deref for Blocking<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}
