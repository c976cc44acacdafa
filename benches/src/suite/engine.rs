use std::time::Duration;

use scheduler_core::{Job, Schedule, SchedulerExt, Task, trigger::Interval};

use crate::{
    bare::Bare,
    compare::{Comparison, per_op},
    gauges::thread_time,
    plan::Plan,
};

const SECOND: Duration = Duration::from_secs(1);

pub fn run(plan: &Plan) {
    for size in plan.sizes(&[10_000, 100_000, 1_000_000], &[10_000]) {
        let rounds = plan.rounds((2_000_000 / size).clamp(5, 31), 5);
        Comparison::new(format!("engine alone, {size} jobs"), "ns a run")
            .with("boxed futures, made and polled", || boxed(size))
            .with("one-shot futures, due at once", || {
                one_shots(size, || Job::future(async {}))
            })
            .with("one-shot functions, due at once", || {
                one_shots(size, || Job::new(|_| async {}))
            })
            .with("schedules, due at once", || schedules(size))
            .run(rounds);
    }
}

/// Returns the baseline: the cost of the bodies without a scheduler.
fn boxed(size: usize) -> f64 {
    let jobs: Vec<_> = (0..size).map(|_| Box::pin(async {})).collect();
    let start = thread_time();
    for job in jobs {
        std::hint::black_box(futures_util::FutureExt::now_or_never(job));
    }
    per_op(thread_time() - start, size)
}

fn one_shots(size: usize, job: impl Fn() -> Job) -> f64 {
    let bare = Bare::started();
    for _ in 0..size {
        bare.scheduler()
            .post(job().after(SECOND))
            .expect("it is taken");
    }
    timed(&bare, size, 1)
}

fn schedules(size: usize) -> f64 {
    let bare = Bare::started();
    for _ in 0..size {
        let every = Interval::every(SECOND).expect("a second");
        let schedule = Schedule::new(every, Task::new(|_| async {}));
        bare.scheduler().add(schedule).expect("it is taken");
    }
    bare.advance(SECOND);
    timed(&bare, size, 2)
}

/// Advances by one second and checks that all jobs have run.
fn timed(bare: &Bare, size: usize, runs: usize) -> f64 {
    let start = thread_time();
    bare.advance(SECOND);
    let took = thread_time() - start;
    let ran = bare.scheduler().metrics().succeeded;
    assert_eq!(ran, (size * runs) as u64, "all have run");
    per_op(took, size)
}
