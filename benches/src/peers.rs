//! Other schedulers.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_cron_scheduler::{Job, JobScheduler};
use tokio_util::time::DelayQueue;

use crate::latch::Latch;

/// tokio-cron-scheduler loses jobs unless its channels can hold all jobs that are due at once.
const CHANNEL: usize = 131_072;

/// Waits until the next entry of a queue is due. Returns `None` if the queue is empty.
pub async fn expired<T>(queue: &mut DelayQueue<T>) -> Option<T> {
    poll_fn(|cx| queue.poll_expired(cx))
        .await
        .map(|entry| entry.into_inner())
}

/// Returns a running tokio-cron-scheduler.
pub async fn cron_scheduler() -> JobScheduler {
    let scheduler = JobScheduler::new_with_channel_size(CHANNEL).await;
    let scheduler = scheduler.expect("it can be made");
    scheduler.start().await.expect("it starts");
    scheduler
}

/// Returns a one-shot job that hits the latch at about `at`; its resolution is one second.
pub fn one_shot(at: Instant, latch: Arc<Latch>) -> Job {
    let hit = move || {
        let latch = latch.clone();
        Box::pin(async move { latch.hit() }) as Pin<Box<dyn Future<Output = ()> + Send>>
    };
    Job::new_one_shot_at_instant_async(at, move |_, _| hit()).expect("a job")
}

/// Returns a job that recurs with a long period.
pub fn recurring(every: Duration) -> Job {
    Job::new_repeated_async(every, |_, _| Box::pin(async {})).expect("a job")
}
