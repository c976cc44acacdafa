//! Cases of R10: sleeps to deadlines that are hours to ages ahead, in real time.

use std::{
    future::poll_fn,
    sync::{Arc, mpsc},
    task::{Context, Poll, Waker},
    time::Duration,
};

use scheduler_core::{Runtime, runtime::BoxFuture};

use crate::{Backend, limits::patience};

/// Returns distances just above the powers of two of each unit that timers count in. A timer that
/// cannot count that far often truncates them to almost zero.
fn distances() -> Vec<Duration> {
    const LEAST: Duration = Duration::from_secs(600);
    let units: [fn(u64) -> Duration; 4] = [
        Duration::from_nanos,
        Duration::from_micros,
        Duration::from_millis,
        Duration::from_secs,
    ];
    let powers = units
        .iter()
        .flat_map(|unit| (20..64).map(|power| unit(1 << power)));
    let days = [1, 10, 25, 100, 1_000, 36_525];
    let days = days
        .into_iter()
        .map(|days| Duration::from_secs(days * 86_400));
    let far = |distance: &Duration| *distance >= LEAST;
    powers.chain(days).filter(far).collect()
}

/// Polls each sleep once. Returns those that have ended.
fn ended(sleeps: &mut [(Duration, BoxFuture<'static, ()>)]) -> Vec<Duration> {
    let mut nobody = Context::from_waker(Waker::noop());
    let is_ready = |sleep: &mut BoxFuture<'static, ()>| sleep.as_mut().poll(&mut nobody).is_ready();
    let mut is_ready = is_ready;
    let ended = sleeps
        .iter_mut()
        .filter_map(|(distance, sleep)| is_ready(sleep).then_some(*distance));
    ended.collect()
}

/// Begins a sleep of each length, and returns the lengths of the sleeps that ended almost at once.
async fn end_at_once(runtime: &Arc<dyn Runtime>, distances: &[Duration]) -> Vec<Duration> {
    const SOON: Duration = Duration::from_millis(30);
    let now = runtime.now().mono();
    let begin = |distance: &Duration| {
        let deadline = now.checked_add(*distance + Duration::from_millis(5))?;
        Some((*distance, runtime.sleep_until(deadline)))
    };
    let mut sleeps: Vec<_> = distances.iter().filter_map(begin).collect();
    let mut early = ended(&mut sleeps);
    sleeps.retain(|(distance, _)| !early.contains(distance));
    while runtime.now().mono() < now + SOON {
        runtime.sleep_until(now + SOON).await;
        yield_once().await;
    }
    early.extend(ended(&mut sleeps));
    early
}

async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A sleep may end early, so a sleep that did is restarted.
pub(super) fn far_deadlines_do_not_end_at_once(backend: &dyn Backend) {
    const ATTEMPTS: usize = 4;
    let harness = backend.harness();
    let (done, result) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let task = async move {
        let mut early = distances();
        for _ in 0..ATTEMPTS {
            if !early.is_empty() {
                early = end_at_once(&runtime, &early).await;
            }
        }
        done.send(early).unwrap_or_default();
    };
    harness.runtime.spawn(Box::pin(task)).expect("spawned");
    let early = result.recv_timeout(patience());
    let early = early.expect("the task that sleeps ends, without a panic");
    assert_eq!(early, [], "sleeps of these durations end at once");
}
