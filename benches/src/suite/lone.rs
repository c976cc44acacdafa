use std::{sync::Arc, time::Instant};

use scheduler_core::{Job, Options, Scheduler, SchedulerExt};

use super::spawn::started;
use crate::{
    compare::{Comparison, per_op},
    host::{Host, on_each_host},
    latch::Latch,
    plan::Plan,
};

pub fn run(plan: &Plan) {
    let rounds = plan.rounds(15, 5);
    for size in plan.sizes(&[20_000], &[3_000]) {
        on_each_host!(compare(size, rounds));
    }
}

fn compare<H: Host>(host: H, size: usize, rounds: usize) {
    let scheduler = started(host, Options::default());
    let raw_size = size.min(H::MOST);
    Comparison::new(
        format!("one at a time, {size} no-op jobs, {}", H::NAME),
        "ns a job",
    )
    .with(H::RAW, || host.inside(raw(host, raw_size)))
    .with("scheduler", || host.inside(ours(scheduler.clone(), size)))
    .with("scheduler, posted: without a handle", || {
        host.inside(posted(scheduler.clone(), size))
    })
    .run(rounds);
}

async fn raw<H: Host>(host: H, size: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..size {
        host.spawn(async {}).await;
    }
    per_op(start.elapsed(), size)
}

async fn ours(scheduler: Arc<dyn Scheduler>, size: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..size {
        let handle = scheduler.spawn(async {}).expect("it runs");
        handle.wait().await.expect("no deadlock");
    }
    per_op(start.elapsed(), size)
}

async fn posted(scheduler: Arc<dyn Scheduler>, size: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..size {
        let latch = Latch::new(1);
        let hit = latch.clone();
        let job = Job::future(async move { hit.hit() });
        scheduler.post(job).expect("it runs");
        latch.opened().await;
    }
    per_op(start.elapsed(), size)
}
