//! The provided calls that request the end of a scheduler and wait for it.

use std::{future::poll_fn, sync::Arc, task::Poll};

use super::Scheduler;
use crate::{Error, Result, Shutdown, ShutdownReport, WaitingCall};

/// Requests a shutdown and waits for the end.
pub(super) async fn request_and_wait<S: Scheduler + ?Sized>(
    scheduler: &S,
    how: Shutdown,
) -> Result<Arc<ShutdownReport>> {
    let mut end = scheduler.stopped();
    // Polled before the request: a caller that may not wait begins no shutdown.
    let early = poll_fn(|cx| match end.as_mut().poll(cx) {
        Poll::Ready(end) => Poll::Ready(Some(end)),
        Poll::Pending => Poll::Ready(None),
    });
    let early = early.await.transpose().map_err(|error| match error {
        Error::WouldDeadlock(_) => Error::WouldDeadlock(WaitingCall::Shutdown),
        other => other,
    })?;
    scheduler.request_shutdown(how)?;
    let report = match early {
        Some(report) => report,
        None => end.await?,
    };
    if report.abandoned.is_empty() {
        Ok(report)
    } else {
        Err(Error::Abandoned(report))
    }
}
