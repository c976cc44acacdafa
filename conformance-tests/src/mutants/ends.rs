//! Flaws of shutdowns and of the end.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    thread,
    time::Duration,
};

use async_trait::async_trait;
use scheduler_core::{
    ErrorKind, Event, EventKind, Result, Scheduler, Shutdown, ShutdownReport, State,
    event::Listener,
    job::{CancelMode, JobError},
    shutdown::{FailedJob, FailureWatch, Named},
};

use super::twist::{Scene, Twist, empty_report};

/// Mutant 07: a shutdown that joins another one returns at once.
pub(super) struct SecondShutdownReturns;

#[async_trait]
impl Twist for SecondShutdownReturns {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        match on.inner.state() {
            State::ShuttingDown => Ok(empty_report()),
            _ => on.inner.shutdown(how).await,
        }
    }
}

/// Mutant 770: stopped returns as soon as a shutdown has begun.
pub(super) struct StopsEarly;

#[async_trait]
impl Twist for StopsEarly {
    async fn stopped(&self, on: &Scene) -> Result<Arc<ShutdownReport>> {
        let mut end = on.inner.stopped();
        poll_fn(|cx| match end.as_mut().poll(cx) {
            Poll::Pending if on.inner.state() == State::ShuttingDown => {
                Poll::Ready(Ok(empty_report()))
            }
            result => result,
        })
        .await
    }
}

/// Mutant 09: shutdown inside a job waits for that job.
pub(super) struct WaitsForItself;

#[async_trait]
impl Twist for WaitsForItself {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        match on.inner.shutdown(how).await {
            Err(error) if error.kind() == ErrorKind::WouldDeadlock => {
                on.inner.request_shutdown(how)?;
                std::future::pending().await
            }
            answer => answer,
        }
    }
}

/// Mutant 10: shutdown inside a job cancels that job.
pub(super) struct CancelsTheCaller;

impl CancelsTheCaller {
    fn cancel_all(on: &Scene) {
        for job in on.inner.jobs() {
            on.inner.cancel(job.id, CancelMode::Immediate);
        }
    }
}

#[async_trait]
impl Twist for CancelsTheCaller {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        match on.inner.shutdown(how).await {
            Err(error) if error.kind() == ErrorKind::WouldDeadlock => {
                Self::cancel_all(on);
                Ok(empty_report())
            }
            answer => answer,
        }
    }

    fn request_shutdown(&self, on: &Scene, how: Shutdown) -> Result<()> {
        on.inner.request_shutdown(how)?;
        Self::cancel_all(on);
        Ok(())
    }
}

/// Mutant 11: a shutdown waits past its deadline for a job that ignores its cancellation.
pub(super) struct IgnoresTheDeadline;

#[async_trait]
impl Twist for IgnoresTheDeadline {
    async fn shutdown(&self, on: &Scene, _: Shutdown) -> Result<Arc<ShutdownReport>> {
        on.inner.shutdown(Shutdown::graceful()).await
    }
}

/// Mutant 12: listeners receive an event after the end.
#[derive(Default)]
pub(super) struct PublishesAfterTheEnd(Mutex<Vec<Arc<dyn Listener>>>);

#[async_trait]
impl Twist for PublishesAfterTheEnd {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        let answer = on.inner.shutdown(how).await;
        let listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (listeners, runtime) = (listeners.clone(), on.runtime.clone());
        let late = async move {
            let later = runtime.now().mono() + Duration::from_secs(1);
            runtime.sleep_until(later).await;
            let kind = EventKind::ScheduleAdded("late".into());
            let event = Event::new(u64::MAX, runtime.now().wall(), kind);
            for listener in listeners {
                listener.on_event(&event);
            }
        };
        on.runtime.spawn(Box::pin(late)).unwrap_or_default();
        answer
    }

    fn heard(&self, _: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.push(listener.clone());
        listener
    }
}

/// Mutant 13: a shutdown runs all queued jobs.
pub(super) struct DrainsTheQueue;

#[async_trait]
impl Twist for DrainsTheQueue {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        if on.inner.state() == State::Running {
            on.inner.wait_idle().await?;
        }
        on.inner.shutdown(how).await
    }
}

/// Mutant 15: dropping the future of a shutdown undoes it.
pub(super) struct UndoesTheShutdown;

struct ResumesWhenDropped<'a>(&'a Scene);

impl Drop for ResumesWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.inner.resume().unwrap_or_default();
    }
}

#[async_trait]
impl Twist for UndoesTheShutdown {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        if on.inner.state() == State::Running {
            on.inner.pause()?;
            let undone = ResumesWhenDropped(on);
            on.inner.wait_idle().await?;
            std::mem::forget(undone);
        }
        on.inner.shutdown(how).await
    }
}

/// Mutant 25: each scheduler leaves a thread behind.
pub(super) struct LeavesAThread;

#[async_trait]
impl Twist for LeavesAThread {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        thread::spawn(|| {
            loop {
                thread::park();
            }
        });
        on.inner.shutdown(how).await
    }
}

/// Mutant 62: shutdown after the end succeeds.
pub(super) struct EndsAgain;

#[async_trait]
impl Twist for EndsAgain {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        match on.inner.state() {
            State::ShutDown => Ok(empty_report()),
            _ => on.inner.shutdown(how).await,
        }
    }
}

/// Mutant 63: a shutdown during the start is lost.
pub(super) struct LosesTheShutdown;

#[async_trait]
impl Twist for LosesTheShutdown {
    fn request_shutdown(&self, on: &Scene, how: Shutdown) -> Result<()> {
        match on.inner.state() {
            State::Starting => Ok(()),
            _ => on.inner.request_shutdown(how),
        }
    }
}

/// Mutant 64: a shutdown while paused runs the held jobs first.
pub(super) struct ReleasesWhatIsHeld;

#[async_trait]
impl Twist for ReleasesWhatIsHeld {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        if on.inner.state() == State::Paused {
            on.inner.resume()?;
            on.inner.wait_idle().await?;
        }
        on.inner.shutdown(how).await
    }
}

/// A twist that changes each shutdown report.
pub(super) struct Reports(pub(super) fn(&mut ShutdownReport));

#[async_trait]
impl Twist for Reports {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        let report = on.inner.shutdown(how).await?;
        let mut report = ShutdownReport::clone(&report);
        (self.0)(&mut report);
        Ok(Arc::new(report))
    }
}

/// Mutant 137: a job that the shutdown interrupts counts as failed.
pub(super) const COUNTS_INTERRUPTED_AS_FAILED: Reports = Reports(|report| {
    let interrupted = std::mem::take(&mut report.cancelled);
    let failed = interrupted
        .iter()
        .cloned()
        .map(|job| FailedJob::new(job, JobError::failed("interrupted")));
    report.failed.extend(failed);
});
/// Mutant 147: failures are missing in the shutdown report.
pub(super) const SWALLOWS_FAILURES: Reports = Reports(|report| report.failed = Named::default());

/// Mutant 216: failures before the shutdown are missing in its report.
pub(super) struct ForgetsWhatCameBefore;

impl Twist for ForgetsWhatCameBefore {
    fn watch_failures(&self, _on: &Scene) -> FailureWatch {
        FailureWatch::default()
    }
}

/// Mutant 149: a shutdown waits for all further attempts.
pub(super) struct WaitsForRetries;

#[async_trait]
impl Twist for WaitsForRetries {
    fn request_shutdown(&self, on: &Scene, how: Shutdown) -> Result<()> {
        if on.inner.state() != State::Running {
            return on.inner.request_shutdown(how);
        }
        let inner = on.inner.clone();
        let later = async move {
            inner.wait_idle().await.unwrap_or_default();
            inner.request_shutdown(how).unwrap_or_default();
        };
        on.runtime.spawn(Box::pin(later)).unwrap_or_default();
        Ok(())
    }
}
