use std::{sync::Arc, time::Instant};

use scheduler_core::{Options, Scheduler, SchedulerExt};

use crate::{
    compare::{Comparison, per_op},
    host::{Host, on_each_host},
    plan::Plan,
};

/// The number of jobs that are spawned before the first is waited for.
const BURST: usize = 1_000;

pub fn run(plan: &Plan) {
    let rounds = plan.rounds(15, 5);
    for size in plan.sizes(&[100_000], &[10_000]) {
        on_each_host!(compare(size, rounds));
    }
}

fn compare<H: Host>(host: H, size: usize, rounds: usize) {
    let unlimited = started(host, Options::default());
    let limited = started(host, Options::default().max_concurrent_jobs(100));
    let raw_size = size.min(H::MOST);
    Comparison::new(
        format!("spawn and wait, {size} no-op jobs, {}", H::NAME),
        "ns a job",
    )
    .with(H::RAW, || host.inside(raw(host, raw_size)))
    .with("scheduler, no limit", || {
        host.inside(ours(unlimited.clone(), size))
    })
    .with("scheduler, limit of 100", || {
        host.inside(ours(limited.clone(), size))
    })
    .run(rounds);
}

/// Returns our scheduler, started.
pub fn started<H: Host>(host: H, options: Options) -> Arc<dyn Scheduler> {
    let scheduler = host.scheduler(options);
    let starting = scheduler.clone();
    host.inside(async move { starting.start().await.expect("it starts") });
    scheduler
}

async fn raw<H: Host>(host: H, size: usize) -> f64 {
    let start = Instant::now();
    let mut joins = Vec::with_capacity(BURST);
    for _ in 0..size / BURST {
        joins.extend((0..BURST).map(|_| host.spawn(async {})));
        for join in joins.drain(..) {
            join.await;
        }
    }
    per_op(start.elapsed(), size / BURST * BURST)
}

async fn ours(scheduler: Arc<dyn Scheduler>, size: usize) -> f64 {
    let start = Instant::now();
    let mut handles = Vec::with_capacity(BURST);
    for _ in 0..size / BURST {
        handles.extend((0..BURST).map(|_| scheduler.spawn(async {}).expect("it runs")));
        for handle in handles.drain(..) {
            handle.wait().await.expect("no deadlock");
        }
    }
    per_op(start.elapsed(), size / BURST * BURST)
}
