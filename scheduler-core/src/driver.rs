//! The driver: the one task of a scheduler that waits for time to pass.

use std::{
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use crate::{engine::Rest, shared::Shared, within::first_of};

/// How long listeners that are still being called may hold up the end.
const LISTENER_GRACE: Duration = Duration::from_secs(5);

/// Drives the scheduler to its end.
///
/// `guard` is an argument, not a local: the runtime may drop the task before its first poll.
pub(crate) async fn drive(guard: DriverGuard) {
    let shared = &guard.shared;
    if !shared.driver_up(guard.attempt) {
        return;
    }
    let quantum = guard.quantum;
    let mut served_at = None;
    loop {
        shared.wake.reset();
        match shared.call(|engine, now| engine.handle_timeout(now)) {
            Rest::Ended => break,
            Rest::None => give_way().await,
            Rest::Until { deadline, served } => {
                if served {
                    served_at = Some(shared.runtime.now().mono);
                }
                let wait = shared.instant(deadline);
                let wait = wait.map(|at| not_before(at, served_at, quantum));
                first_of(shared.wake.wait(), sleep(shared, wait)).await;
            }
        }
    }
    finish(shared).await;
    guard.finished();
}

/// Dense deadlines are served together: not sooner than a quantum after the last ones.
fn not_before(deadline: Instant, served_at: Option<Instant>, quantum: Duration) -> Instant {
    let earliest = served_at.and_then(|at| at.checked_add(quantum));
    earliest.map_or(deadline, |earliest| earliest.max(deadline))
}

/// Waits until nobody calls listeners any more, within bounds.
async fn finish(shared: &Arc<Shared>) {
    shared.settle(false);
    let end = shared.runtime.now().mono + LISTENER_GRACE;
    while !shared.is_settled() {
        shared.wake.reset();
        if shared.is_settled() {
            return;
        }
        if shared.runtime.now().mono >= end {
            return shared.settle(true);
        }
        first_of(shared.wake.wait(), sleep(shared, Some(end))).await;
    }
}

async fn sleep(shared: &Shared, until: Option<Instant>) {
    match until {
        Some(deadline) => shared.runtime.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Lets the executor's other tasks run.
async fn give_way() {
    let mut given = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Ends the scheduler if the runtime drops the driver before its end.
pub(crate) struct DriverGuard {
    shared: Arc<Shared>,
    quantum: Duration,
    /// The start it was made for.
    attempt: u64,
    finished: bool,
}

impl DriverGuard {
    pub(crate) const fn new(shared: Arc<Shared>, quantum: Duration, attempt: u64) -> Self {
        Self {
            shared,
            quantum,
            attempt,
            finished: false,
        }
    }

    fn finished(mut self) {
        self.finished = true;
    }
}

impl Drop for DriverGuard {
    fn drop(&mut self) {
        if !self.finished {
            self.shared.driver_gone(self.attempt);
        }
    }
}
