//! Jobs that start at once, on tokio's current-thread runtime.

use std::sync::Arc;

use backend_tokio::{TokioRuntime, TokioScheduler};
use scheduler_core::{EventFilter, Job, Options, Scheduler, SchedulerExt, job::JobPolicy};
use tokio::runtime::Builder;

use super::keep;
use crate::measure::gate_measured;

/// The number of jobs that are spawned before the first is waited for.
const BURST: usize = 1_000;

/// A running scheduler with its single-threaded runtime.
struct Stage {
    runtime: tokio::runtime::Runtime,
    scheduler: Arc<dyn Scheduler>,
}

impl Stage {
    fn new(options: Options) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a tokio runtime");
        let made = TokioRuntime::new(runtime.handle().clone());
        let scheduler = TokioScheduler::with_options(made, options).expect("valid options");
        runtime.block_on(scheduler.start()).expect("it starts");
        Self {
            runtime,
            scheduler: Arc::new(scheduler),
        }
    }

    /// Runs `work` once without counting, so that tables have grown, and then with counting.
    fn count<F: Future<Output = ()>>(&self, work: impl Fn(Arc<dyn Scheduler>) -> F) {
        self.runtime.block_on(work(self.scheduler.clone()));
        gate_measured(|| self.runtime.block_on(work(self.scheduler.clone())));
    }
}

async fn bursts(scheduler: Arc<dyn Scheduler>, jobs: usize, policy: Option<JobPolicy>) {
    let mut handles = Vec::with_capacity(BURST);
    for _ in 0..jobs / BURST {
        for _ in 0..BURST {
            let spawned = match &policy {
                None => scheduler.spawn(async {}),
                Some(policy) => scheduler.spawn_with(|job| job.policy(policy.clone()), async {}),
            };
            handles.push(spawned.expect("it is accepted"));
        }
        for handle in handles.drain(..) {
            keep(handle.wait().await);
        }
    }
}

pub fn spawn_limited(jobs: usize) {
    let stage = Stage::new(Options::default().max_concurrent_jobs(100));
    stage.count(|scheduler| bursts(scheduler, jobs, None));
}

pub fn spawn_unlimited(jobs: usize) {
    let stage = Stage::new(Options::default());
    stage.count(|scheduler| bursts(scheduler, jobs, None));
}

pub fn spawn_with_timeout(jobs: usize) {
    let stage = Stage::new(Options::default());
    let policy = JobPolicy::default().timeout(std::time::Duration::from_secs(60));
    stage.count(|scheduler| bursts(scheduler, jobs, Some(policy.clone())));
}

pub fn spawn_observed(jobs: usize) {
    let stage = Stage::new(Options::default());
    let _stream = stage.scheduler.subscribe(EventFilter::all());
    stage.count(|scheduler| bursts(scheduler, jobs, None));
}

pub fn spawn_lone(jobs: usize) {
    let stage = Stage::new(Options::default());
    stage.count(|scheduler| async move {
        for _ in 0..jobs {
            let spawned = scheduler.spawn(async {}).expect("it is accepted");
            keep(spawned.wait().await);
        }
    });
}

pub fn post_lone(jobs: usize) {
    let stage = Stage::new(Options::default());
    stage.count(|scheduler| async move {
        for _ in 0..jobs {
            keep(
                scheduler
                    .post(Job::future(async {}))
                    .expect("it is accepted"),
            );
            scheduler.wait_idle().await.expect("no deadlock");
        }
    });
}

/// The concurrency limit is always reached, and the queue never fills.
pub fn submit_at_limit(jobs: usize) {
    let stage = Stage::new(Options::default().max_concurrent_jobs(1));
    stage.count(|scheduler| bursts(scheduler, jobs, None));
}

/// Every `submit` but the first few waits for a slot in the queue.
pub fn submit_blocked(jobs: usize) {
    let stage = Stage::new(Options::default().max_concurrent_jobs(1).queue_limit(1));
    stage.count(|scheduler| async move {
        for _ in 0..jobs {
            keep(
                scheduler
                    .submit(Job::future(async {}))
                    .await
                    .expect("it is accepted"),
            );
        }
        scheduler.wait_idle().await.expect("no deadlock");
    });
}
