//! The calls that wait, for plain threads.

use std::{future::Future, ops::Deref, sync::Arc, time::Duration};

use crate::{
    Error, Job, JobHandle, Result, Scheduler, SchedulerExt, Shutdown, ShutdownReport, WaitingCall,
    block_on, context,
};

/// A scheduler whose waiting calls block the thread: for programs without any `async`.
///
/// The calls that do not wait are those of the scheduler itself, to which this dereferences. Inside
/// an asynchronous job, a listener or a handler every waiting call answers `WouldDeadlock` and does
/// nothing (`RT-009`).
#[derive(Debug, Clone)]
pub struct Blocking<S>(S);

impl<S: Scheduler> Blocking<S> {
    /// The waiting calls of `scheduler`, blocking.
    pub const fn new(scheduler: S) -> Self {
        Self(scheduler)
    }

    /// The scheduler itself.
    pub fn into_inner(self) -> S {
        self.0
    }

    /// [`Scheduler::start`].
    ///
    /// # Errors
    ///
    /// As there, and `WouldDeadlock`.
    pub fn start(&self) -> Result<()> {
        wait(self.0.start())
    }

    /// [`Scheduler::start_paused`].
    ///
    /// # Errors
    ///
    /// As there, and `WouldDeadlock`.
    pub fn start_paused(&self) -> Result<()> {
        wait(self.0.start_paused())
    }

    /// [`Scheduler::shutdown`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        wait(self.0.shutdown(how))
    }

    /// [`Scheduler::stopped`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn stopped(&self) -> Result<Arc<ShutdownReport>> {
        wait(self.0.stopped())
    }

    /// [`Scheduler::wait_idle`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_idle(&self) -> Result<()> {
        wait(self.0.wait_idle())
    }

    /// [`SchedulerExt::wait_and_close`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_and_close(&self, limit: Duration, then: Shutdown) -> Result<Arc<ShutdownReport>> {
        wait(self.0.wait_and_close(limit, then))
    }

    /// [`SchedulerExt::run_scoped`], for a function: starts the scheduler, calls `body`, waits for
    /// what that has begun, and shuts down.
    ///
    /// # Errors
    ///
    /// As there, and `WouldDeadlock`.
    pub fn run_scoped<T: Send>(
        &self,
        limit: Duration,
        body: impl FnOnce() -> T + Send,
    ) -> Result<(T, Arc<ShutdownReport>)> {
        wait(self.0.run_scoped(limit, async { body() }))
    }

    /// [`Scheduler::submit`].
    ///
    /// # Errors
    ///
    /// As there, and `WouldDeadlock`.
    pub fn submit(&self, job: Job) -> Result<JobHandle> {
        wait(self.0.submit(job))
    }
}

impl<S> Deref for Blocking<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

/// Waits on a plain thread; refused where the thread must not block (`RT-009`).
pub(crate) fn wait<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    if context::inside_async() {
        return Err(Error::WouldDeadlock(WaitingCall::Blocking));
    }
    block_on(call)
}
