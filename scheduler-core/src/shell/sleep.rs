//! Sleeps on the clock of the runtime, however early its sleeps end.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use crate::{
    Now, contract::timeout::first_of, engine::EarlySleeps, shell::shared::Shared,
    sync::timers::Timers,
};

/// Sleeps from `begun` until `end` on the runtime's clock, however early the runtime's sleeps end
/// (`R4`).
pub(crate) async fn sleep_until(shared: &Shared, end: Instant, mut begun: Instant) {
    let mut early = EarlySleeps::default();
    while begun < end {
        shared.runtime.sleep_until(end).await;
        let now = shared.runtime.now().mono();
        let left = end.saturating_duration_since(now);
        let wait = early.ended(now.saturating_duration_since(begun), left);
        begun = match wait {
            None => now,
            Some(wait) => {
                shared.call(|engine, now| engine.handle_early_sleeps(left, now));
                wait_for(wait).await;
                shared.runtime.now().mono()
            }
        };
    }
}

/// Sleeps for a duration on the clock of the runtime.
pub(crate) async fn sleep(shared: &Shared, duration: Duration) {
    let begun = shared.runtime.now().mono();
    sleep_until(shared, end_of(begun, duration), begun).await;
}

/// Sleeps for a duration, or until the runtime is lost.
pub(crate) async fn sleep_of_job(shared: &Shared, duration: Duration) {
    // The loss is awaited apart: a blocking job outlives it, and its sleep may not end with the runtime, or may
    // begin on other timers while the runtime ends.
    first_of(sleep(shared, duration), shared.until_lost()).await;
}

fn end_of(begun: Instant, duration: Duration) -> Instant {
    /// Adds a duration to an instant, clamped if it overflows.
    const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);
    begun.checked_add(duration.min(FOREVER)).unwrap_or(begun)
}

/// Waits in real time on a thread, without the runtime's sleeps.
async fn wait_for(wait: Duration) {
    static TIMERS: LazyLock<Timers> = LazyLock::new(Timers::new);
    if let Some(end) = Now::system().mono().checked_add(wait) {
        TIMERS.sleep_until(end).await;
    }
}
