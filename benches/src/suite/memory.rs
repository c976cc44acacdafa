use std::{hint::black_box, sync::Arc, time::Duration};

use counting::{Count, count};
use scheduler_core::{
    Job, Options, Schedule, Scheduler, SchedulerExt, Shutdown, Task, trigger::Interval,
};
use tokio_util::time::DelayQueue;

use super::spawn::started;
use crate::{
    bare::Bare,
    compare::Comparison,
    host::{Host, TokioCurrent},
    peers::{cron_scheduler, recurring},
    plan::Plan,
    pool::Work,
};

const FAR: Duration = Duration::from_secs(3_600);

/// tokio-cron-scheduler gets slower with each job it has.
const CRON_SCHEDULER_MOST: usize = 10_000;

/// Returns a figure of one contender, for each job or schedule.
type Figure = fn(Count) -> i64;

const FIGURES: [(&str, &str, Figure); 3] = [
    ("live memory", "bytes each", |count| count.bytes),
    ("live memory with malloc's headers", "bytes each", |count| {
        count.bytes_with_headers
    }),
    ("live allocations", "each", |count| count.live),
];

pub fn run(plan: &Plan) {
    for size in plan.sizes(&[1_000_000], &[100_000]) {
        for (title, unit, figure) in FIGURES {
            pending_one_shots(size, title, unit, figure);
            pending_schedules(size, title, unit, figure);
        }
        runs(size);
    }
}

fn each(size: usize, figure: Figure, (_, count): ((), Count)) -> f64 {
    figure(count) as f64 / size as f64
}

fn pending_one_shots(size: usize, title: &str, unit: &'static str, figure: Figure) {
    let title = format!("{title}: {size} pending one-shots that hold 16 bytes");
    Comparison::new(title, unit)
        .with("a tokio task that sleeps, each", || {
            TokioCurrent
                .inside(async move { each(size, figure, count(|| (0..size).for_each(sleeper))) })
        })
        .with("scheduler", || {
            let scheduler = started(TokioCurrent, Options::default());
            let post = |number| {
                let job = Job::future(hold(number)).after(FAR);
                scheduler.post(job).expect("it is taken");
            };
            let counted = count(|| (0..size).for_each(post));
            ended(scheduler);
            each(size, figure, counted)
        })
        .with("DelayQueue of boxed closures", || {
            TokioCurrent.inside(async move {
                let mut queue = DelayQueue::new();
                let insert = |number| _ = queue.insert(boxed(number), FAR);
                each(size, figure, count(|| (0..size).for_each(insert)))
            })
        })
        .run(1);
}

/// Shuts a scheduler down before the next count, so that its memory is not freed during it.
fn ended(scheduler: Arc<dyn Scheduler>) {
    TokioCurrent.inside(async move {
        let end = scheduler.shutdown(Shutdown::immediate()).await;
        end.expect("nothing is abandoned");
        // The driver task ends shortly afterwards.
        tokio::time::sleep(Duration::from_millis(20)).await;
    });
}

/// Returns a body that holds 16 bytes.
fn hold(number: usize) -> impl Future<Output = ()> + Send {
    let held = [number; 2];
    async move { _ = black_box(held) }
}

fn boxed(number: usize) -> Work {
    let held = [number; 2];
    Box::new(move || _ = black_box(held))
}

fn sleeper(number: usize) {
    let body = hold(number);
    drop(tokio::spawn(async move {
        tokio::time::sleep(FAR).await;
        body.await;
    }));
}

fn pending_schedules(size: usize, title: &str, unit: &'static str, figure: Figure) {
    let peer_size = size.min(CRON_SCHEDULER_MOST);
    Comparison::new(format!("{title}: {size} schedules"), unit)
        .with("a tokio task with an interval, each", || {
            TokioCurrent
                .inside(async move { each(size, figure, count(|| (0..size).for_each(ticker))) })
        })
        .with("scheduler", || {
            let scheduler = started(TokioCurrent, Options::default());
            let add = |_| {
                let every = Interval::every(FAR).expect("an hour");
                let schedule = Schedule::new(every, Task::new(|_| async {}));
                scheduler.add(schedule).expect("it is taken");
            };
            let counted = count(|| (0..size).for_each(add));
            ended(scheduler);
            each(size, figure, counted)
        })
        .with("tokio-cron-scheduler", || {
            let scheduler = TokioCurrent.inside(cron_scheduler());
            let add = || {
                TokioCurrent.inside(add_to_peer(scheduler.clone(), peer_size));
            };
            each(peer_size, figure, count(add))
        })
        .run(1);
}

fn ticker(_: usize) {
    drop(tokio::spawn(async {
        let mut interval = tokio::time::interval(FAR);
        loop {
            interval.tick().await;
        }
    }));
}

async fn add_to_peer(scheduler: tokio_cron_scheduler::JobScheduler, size: usize) {
    for _ in 0..size {
        scheduler.add(recurring(FAR)).await.expect("it is taken");
    }
}

/// Counts runs on an executor whose only allocation is the box of the task.
fn runs(size: usize) {
    println!("\nallocations of {size} runs, from the instant they are due to their end");
    for (name, job) in [
        ("one-shot future", (|| Job::future(async {})) as fn() -> Job),
        ("one-shot function", || Job::new(|_| async {})),
    ] {
        let bare = Bare::started();
        for _ in 0..size {
            let job = job().after(Duration::from_secs(1));
            bare.scheduler().post(job).expect("it is taken");
        }
        let ((), count) = count(|| bare.advance(Duration::from_secs(2)));
        println!(
            "  {name:<44} {:.3} a run",
            count.allocations as f64 / size as f64
        );
    }
    let bare = Bare::started();
    for _ in 0..size {
        let every = Interval::every(Duration::from_secs(1)).expect("a second");
        let schedule = Schedule::new(every, Task::new(|_| async {}));
        bare.scheduler().add(schedule).expect("it is taken");
    }
    let ((), count) = count(|| bare.advance(Duration::from_secs(1)));
    println!(
        "  {:<44} {:.3} a run",
        "schedule",
        count.allocations as f64 / size as f64
    );
}
