use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{Job, Options, Scheduler, Shutdown};
use tokio_util::time::DelayQueue;

use crate::{
    compare::{Comparison, per_op},
    host::{Host, Threads, TokioMulti, on_each_host},
    latch::Latch,
    peers::{cron_scheduler, expired, one_shot},
    plan::Plan,
    pool::{Pool, Work},
};

/// tokio-cron-scheduler takes milliseconds for each job, so it gets fewer jobs.
const CRON_SCHEDULER_MOST: usize = 5_000;

pub fn run(plan: &Plan) {
    for size in plan.sizes(&[10_000, 100_000, 1_000_000], &[10_000]) {
        let rounds = plan.rounds((3_000_000 / size).clamp(7, 31), 5);
        on_each_host!(compare(size, rounds));
        compare_pool(size, rounds);
        compare_peers(size, rounds.min(7));
    }
}

fn compare<H: Host>(host: H, size: usize, rounds: usize) {
    let raw_size = size.min(H::MOST);
    Comparison::new(format!("{size} jobs due at once, {}", H::NAME), "ns a job")
        .with(H::RAW, || host.inside(raw(host, raw_size)))
        .with("scheduler, futures", || ours(host, size, future))
        .with("scheduler, functions that get a context", || {
            ours(host, size, function)
        })
        .run(rounds);
}

async fn raw<H: Host>(host: H, size: usize) -> f64 {
    let latch = Latch::new(size);
    let start = Instant::now();
    for _ in 0..size {
        let latch = latch.clone();
        H::detach(host.spawn(async move { latch.hit() }));
    }
    latch.opened().await;
    per_op(start.elapsed(), size)
}

fn future(latch: Arc<Latch>) -> Job {
    Job::future(async move { latch.hit() })
}

fn function(latch: Arc<Latch>) -> Job {
    Job::new(move |_| async move { latch.hit() })
}

/// Measures our scheduler: all jobs wait for one instant in a paused scheduler, which resumes when
/// it has come.
fn ours<H: Host>(host: H, size: usize, job: fn(Arc<Latch>) -> Job) -> f64 {
    let scheduler = host.scheduler(Options::default());
    let latch = Latch::new(size);
    for _ in 0..size {
        let job = job(latch.clone()).after(Duration::from_micros(1));
        scheduler.post(job).expect("it is taken");
    }
    host.inside(dispatch(scheduler, latch, size))
}

async fn dispatch(scheduler: Arc<dyn Scheduler>, latch: Arc<Latch>, size: usize) -> f64 {
    scheduler.start_paused().await.expect("it starts");
    thread::sleep(Duration::from_micros(10));
    let start = Instant::now();
    scheduler.resume().expect("it is paused");
    latch.opened().await;
    let took = start.elapsed();
    let end = scheduler.shutdown(Shutdown::graceful()).await;
    end.expect("nothing is abandoned");
    per_op(took, size)
}

fn compare_pool(size: usize, rounds: usize) {
    let workers = thread::available_parallelism().map_or(2, Into::into).max(2);
    let pool = Pool::new(workers);
    let title = format!("{size} jobs due at once, pool of threads without a scheduler");
    Comparison::new(title, "ns a job")
        .with("batches into a pool", || {
            Threads.inside(pooled(&pool, size))
        })
        .with("thread backend, futures", || ours(Threads, size, future))
        .run(rounds);
}

/// Creates the jobs before the clock starts, as for the scheduler.
fn pooled(pool: &Pool, size: usize) -> impl Future<Output = f64> + Send + 'static {
    let latch = Latch::new(size);
    let work = |_| {
        let latch = latch.clone();
        Box::new(move || latch.hit()) as Work
    };
    let works: Vec<_> = (0..size).map(work).collect();
    let start = Instant::now();
    pool.run_all(works);
    async move {
        latch.opened().await;
        per_op(start.elapsed(), size)
    }
}

fn compare_peers(size: usize, rounds: usize) {
    let cron_size = size.min(CRON_SCHEDULER_MOST);
    Comparison::new(
        format!("{size} jobs due at once, peers on tokio multi-thread"),
        "ns a job",
    )
    .with(TokioMulti::RAW, || TokioMulti.inside(raw(TokioMulti, size)))
    .with("scheduler, futures", || ours(TokioMulti, size, future))
    .with("DelayQueue, then tokio::spawn", || {
        TokioMulti.inside(delay_queue(size))
    })
    .run(rounds);
    Comparison::new(
        format!("{cron_size} jobs due at once, first to last run"),
        "ns a job",
    )
    .with("scheduler, futures", || ours(TokioMulti, cron_size, future))
    .with("tokio-cron-scheduler", || {
        TokioMulti.inside(cron_scheduler_span(cron_size))
    })
    .run(1);
}

async fn delay_queue(size: usize) -> f64 {
    let latch = Latch::new(size);
    let mut queue = DelayQueue::with_capacity(size);
    let due = tokio::time::Instant::now();
    for _ in 0..size {
        queue.insert_at(latch.clone(), due);
    }
    let start = Instant::now();
    while let Some(latch) = expired(&mut queue).await {
        drop(tokio::spawn(async move { latch.hit() }));
    }
    latch.opened().await;
    per_op(start.elapsed(), size)
}

/// Measures from the first run to the last one, because it checks for due jobs only twice a second.
async fn cron_scheduler_span(size: usize) -> f64 {
    let mut scheduler = cron_scheduler().await;
    let (first, all) = (Latch::new(1), Latch::new(size - 1));
    let due = Instant::now() + Duration::from_secs(4);
    for number in 0..size {
        let latch = if number == 0 { &first } else { &all };
        let job = one_shot(due, latch.clone());
        scheduler.add(job).await.expect("it is taken");
    }
    first.opened().await;
    let start = Instant::now();
    let waited = tokio::time::timeout(Duration::from_secs(10), all.opened()).await;
    let took = start.elapsed();
    scheduler.shutdown().await.expect("it ends");
    waited.map_or(f64::NAN, |()| per_op(took, size))
}
