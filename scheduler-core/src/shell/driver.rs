//! The driver: the task of a scheduler that waits for deadlines.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    contract::timeout::first_of,
    engine::Rest,
    shell::{shared::Shared, sleep::sleep_until},
    sync::yielding::yield_now,
};

/// Maximum time that the end of the scheduler waits for running listener calls.
const LISTENER_GRACE: Duration = Duration::from_secs(5);

/// Runs driver turns until the scheduler has ended.
///
/// `guard` is an argument, not a local, because the runtime may drop the task before its first poll.
pub(crate) async fn drive(guard: DriverGuard) {
    let shared = &guard.shared;
    if !shared.driver_up(guard.start_number) {
        return;
    }
    let quantum = guard.quantum;
    let mut served_at = None;
    loop {
        shared.call_postponed_handlers();
        match shared.call(|engine, now| engine.handle_timeout(now)) {
            Rest::Ended => break,
            Rest::None => yield_now().await,
            Rest::Until { served, .. } => {
                if served {
                    served_at = Some(shared.runtime.now().mono());
                }
                // Reset before the state is read: a ring after the reading ends the sleep.
                shared.wake.reset();
                if shared.call_postponed_handlers() {
                    continue;
                }
                // Triggers were called after the turn, and their results may have set an earlier deadline.
                let (deadline, now) = shared.next_turn();
                let wait = shared.instant(deadline);
                let wait = wait.map(|at| not_before(at, served_at, quantum));
                let wait = first_of(shared.wake.wait(), sleep(shared, wait, now));
                and_give_way(wait).await;
            }
        }
    }
    finish(shared).await;
    guard.finished();
}

/// Delays a deadline to at least one quantum after the last turn, so that dense deadlines share a turn.
fn not_before(deadline: Instant, served_at: Option<Instant>, quantum: Duration) -> Instant {
    let earliest = served_at.and_then(|at| at.checked_add(quantum));
    earliest.map_or(deadline, |earliest| earliest.max(deadline))
}

/// Waits a bounded time until no listener is being called.
async fn finish(shared: &Arc<Shared>) {
    shared.close_unless_busy();
    let end = shared.runtime.now().mono() + LISTENER_GRACE;
    while !shared.is_closed() {
        // Reset before the check: a close after it ends the sleep.
        shared.wake.reset();
        if shared.is_closed() {
            return;
        }
        let now = shared.runtime.now().mono();
        if now >= end {
            return shared.close();
        }
        first_of(shared.wake.wait(), sleep(shared, Some(end), now)).await;
    }
}

/// Sleeps until `until`, or until the alarm rings. `now` is a reading of the clock just taken.
async fn sleep(shared: &Shared, until: Option<Instant>, now: Instant) {
    match until {
        Some(deadline) => sleep_until(shared, deadline, now).await,
        None => std::future::pending().await,
    }
}

/// Awaits `wait`, and yields even if it is ready at once, so that a busy scheduler starves no other task.
async fn and_give_way(wait: impl Future) {
    let mut wait = pin!(wait);
    let mut has_waited = false;
    poll_fn(|cx| {
        let polled = wait.as_mut().poll(cx).map(drop);
        has_waited |= polled.is_pending();
        polled
    })
    .await;
    if !has_waited {
        yield_now().await;
    }
}

/// Drop guard that ends the scheduler if the runtime drops the driver.
pub(crate) struct DriverGuard {
    shared: Arc<Shared>,
    quantum: Duration,
    /// Number of the start that created the guard.
    start_number: u64,
    finished: bool,
}

impl DriverGuard {
    pub(crate) const fn new(shared: Arc<Shared>, quantum: Duration, start_number: u64) -> Self {
        Self {
            shared,
            quantum,
            start_number,
            finished: false,
        }
    }

    fn finished(mut self) {
        self.finished = true;
        self.shared.call_remaining_handlers();
    }
}

impl Drop for DriverGuard {
    fn drop(&mut self) {
        if !self.finished {
            self.shared.driver_gone(self.start_number);
        }
    }
}
