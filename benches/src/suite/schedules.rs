use std::{
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};

use scheduler_core::{
    Options, Schedule, ScheduleHandle, Scheduler, SchedulerExt, Shutdown, Task, trigger::Interval,
};
use tokio_util::time::DelayQueue;

use super::spawn::started;
use crate::{
    compare::{Comparison, per_op},
    host::{Host, TokioMulti},
    peers::{cron_scheduler, recurring},
    plan::Plan,
};

/// tokio-cron-scheduler gets slower with each job it has.
const CRON_SCHEDULER_MOST: usize = 10_000;

const FAR: Duration = Duration::from_secs(3_600);

/// The times for adding and for removing, for each schedule.
type Took = (f64, f64);

pub fn run(plan: &Plan) {
    for size in plan.sizes(&[10_000, 100_000, 1_000_000], &[10_000]) {
        let rounds = plan.rounds((2_000_000 / size).clamp(3, 15), 3);
        compare(
            &format!("adding {size} far schedules"),
            size,
            rounds,
            |took| took.0,
        );
        compare(
            &format!("removing {size} far schedules"),
            size,
            rounds,
            |took| took.1,
        );
    }
}

fn compare(title: &str, size: usize, rounds: usize, figure: fn(Took) -> f64) {
    let comparison = Comparison::new(title, "ns a schedule")
        .with("a tokio task that sleeps, each", || {
            figure(TokioMulti.inside(tasks(size)))
        })
        .with("scheduler", || figure(ours(size)))
        .with("DelayQueue", || {
            figure(TokioMulti.inside(delay_queue(size)))
        });
    if size > CRON_SCHEDULER_MOST {
        return comparison.run(rounds);
    }
    comparison
        .with("tokio-cron-scheduler", || {
            figure(TokioMulti.inside(peer(size)))
        })
        .run(rounds);
}

/// Returns all numbers below `size` in a pseudo-random order.
fn shuffled(size: usize) -> impl Iterator<Item = usize> {
    let step = 2_654_435_761 % size;
    let step = (step..).find(|&step| gcd(step, size) == 1).unwrap_or(1);
    (0..size).map(move |number| number * step % size)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

async fn tasks(size: usize) -> Took {
    let far = tokio::time::Instant::now() + FAR;
    let start = Instant::now();
    let sleepers: Vec<_> = (0..size)
        .map(|_| {
            tokio::spawn(async move {
                tokio::time::sleep_until(far).await;
                pending::<()>().await;
            })
        })
        .collect();
    let added = per_op(start.elapsed(), size);
    let start = Instant::now();
    for number in shuffled(size) {
        sleepers[number].abort();
    }
    // Wait for each task, because an abort alone leaves the drop to the workers.
    for sleeper in sleepers {
        drop(sleeper.await);
    }
    (added, per_op(start.elapsed(), size))
}

fn ours(size: usize) -> Took {
    let scheduler = started(TokioMulti, Options::default());
    let task = Task::new(|_| async {});
    let start = Instant::now();
    let schedules: Vec<_> = (0..size).map(|_| add(&scheduler, &task)).collect();
    let added = per_op(start.elapsed(), size);
    let start = Instant::now();
    for number in shuffled(size) {
        schedules[number].remove().expect("it is there");
    }
    let removed = per_op(start.elapsed(), size);
    TokioMulti.inside(async move {
        let end = scheduler.shutdown(Shutdown::immediate()).await;
        end.expect("nothing is abandoned");
    });
    (added, removed)
}

fn add(scheduler: &Arc<dyn Scheduler>, task: &Task) -> ScheduleHandle {
    let every = Interval::every(FAR).expect("an hour");
    let schedule = Schedule::new(every, task.clone());
    scheduler.add(schedule).expect("it is taken")
}

async fn delay_queue(size: usize) -> Took {
    let start = Instant::now();
    let mut queue = DelayQueue::new();
    let keys: Vec<_> = (0..size).map(|number| queue.insert(number, FAR)).collect();
    let added = per_op(start.elapsed(), size);
    let start = Instant::now();
    for number in shuffled(size) {
        queue.remove(&keys[number]);
    }
    (added, per_op(start.elapsed(), size))
}

async fn peer(size: usize) -> Took {
    let mut scheduler = cron_scheduler().await;
    let start = Instant::now();
    let mut ids = Vec::new();
    for _ in 0..size {
        ids.push(scheduler.add(recurring(FAR)).await.expect("it is taken"));
    }
    let added = per_op(start.elapsed(), size);
    let start = Instant::now();
    for number in shuffled(size) {
        scheduler.remove(&ids[number]).await.expect("it is there");
    }
    let removed = per_op(start.elapsed(), size);
    scheduler.shutdown().await.expect("it ends");
    (added, removed)
}
