use std::{
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};

use scheduler_core::{Job, Options, Shutdown};

use super::spawn::started;
use crate::{
    compare::{Comparison, per_op},
    host::{Host, Smol, Threads, TokioMulti},
    plan::Plan,
};

const FAR: Duration = Duration::from_secs(3_600);

pub fn run(plan: &Plan) {
    let rounds = plan.rounds(9, 3);
    for size in plan.sizes(&[100_000], &[10_000]) {
        Comparison::new(
            format!("ending with {size} jobs, tokio multi-thread"),
            "ns a job",
        )
        .with("dropping a runtime with a task each", || {
            tokio_runtime(size)
        })
        .with("scheduler, jobs that wait", || waiting(TokioMulti, size))
        .with("scheduler, jobs that run", || running(TokioMulti, size))
        .run(rounds);
        Comparison::new(format!("ending with {size} jobs, smol"), "ns a job")
            .with("dropping an executor with a task each", || {
                smol_executor(size)
            })
            .with("scheduler, jobs that wait", || waiting(Smol, size))
            .with("scheduler, jobs that run", || running(Smol, size))
            .run(rounds);
        Comparison::new(format!("ending with {size} jobs, thread"), "ns a job")
            .with("scheduler, jobs that wait", || waiting(Threads, size))
            .with("scheduler, jobs that run", || running(Threads, size))
            .run(rounds);
    }
}

fn tokio_runtime(size: usize) -> f64 {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_time().build().expect("a tokio runtime");
    for _ in 0..size {
        runtime.spawn(async { tokio::time::sleep(FAR).await });
    }
    let start = Instant::now();
    drop(runtime);
    per_op(start.elapsed(), size)
}

fn smol_executor(size: usize) -> f64 {
    let executor = Arc::new(smol::Executor::new());
    for _ in 0..size {
        executor
            .spawn(async { _ = smol::Timer::after(FAR).await })
            .detach();
    }
    while executor.try_tick() {}
    let start = Instant::now();
    drop(executor);
    per_op(start.elapsed(), size)
}

fn waiting<H: Host>(host: H, size: usize) -> f64 {
    let scheduler = started(host, Options::default());
    for _ in 0..size {
        let job = Job::future(async {}).after(FAR);
        scheduler.post(job).expect("it is taken");
    }
    host.inside(async move {
        let start = Instant::now();
        let end = scheduler.shutdown(Shutdown::immediate()).await;
        end.expect("nothing is abandoned");
        per_op(start.elapsed(), size)
    })
}

/// Measures the drop of suspended jobs.
fn running<H: Host>(host: H, size: usize) -> f64 {
    let scheduler = started(host, Options::default());
    for _ in 0..size {
        let job = Job::future(pending::<()>());
        scheduler.post(job).expect("it is taken");
    }
    host.inside(async move {
        host.sleep_until(Instant::now() + Duration::from_millis(50))
            .await;
        let how = Shutdown::immediate().abandon_after(Duration::from_secs(60));
        let start = Instant::now();
        let end = scheduler.shutdown(how).await;
        end.expect("nothing is abandoned");
        per_op(start.elapsed(), size)
    })
}
