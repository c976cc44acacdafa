//! Jobs that become due in simulated time.

use std::{sync::Arc, time::Duration};

use scheduler_core::{
    Job, Overlap, Schedule, SchedulerExt, Task, Trigger,
    job::{JobPolicy, RateLimit, Retry},
    trigger::{Cron, Interval},
};

use crate::{bare::Bare, measure::gate_measured};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Advances the time by `by` and counts the instructions. Checks that exactly `runs` jobs have
/// succeeded.
fn count_runs(bare: &Bare, by: Duration, runs: usize) {
    let before = bare.scheduler().metrics().succeeded;
    gate_measured(|| bare.advance(by));
    let after = bare.scheduler().metrics().succeeded;
    assert_eq!(after - before, runs as u64, "all have run");
}

fn post(bare: &Bare, jobs: usize, job: impl Fn() -> Job) {
    for _ in 0..jobs {
        bare.scheduler().post(job()).expect("it is accepted");
    }
}

fn add(
    bare: &Bare,
    schedules: usize,
    trigger: impl Trigger + Clone,
    change: impl Fn(Schedule) -> Schedule,
) {
    for _ in 0..schedules {
        let schedule = Schedule::new(trigger.clone(), Task::new(|_| async {}));
        bare.scheduler()
            .add(change(schedule))
            .expect("it is accepted");
    }
}

pub fn due_future(jobs: usize) {
    let bare = Bare::started();
    post(&bare, jobs, || Job::future(async {}).after(SECOND));
    count_runs(&bare, SECOND, jobs);
}

pub fn due_function(jobs: usize) {
    let bare = Bare::started();
    post(&bare, jobs, || Job::new(|_| async {}).after(SECOND));
    count_runs(&bare, SECOND, jobs);
}

pub fn interval_run(schedules: usize) {
    let bare = Bare::started();
    let every = Interval::every(SECOND).expect("a second");
    add(&bare, schedules, every, |schedule| schedule);
    bare.advance(SECOND);
    count_runs(&bare, SECOND, schedules);
}

pub fn cron_run(schedules: usize) {
    let bare = Bare::started();
    let every = Cron::parse("* * * * *").expect("each minute");
    add(&bare, schedules, every, |schedule| schedule);
    bare.advance(MINUTE);
    count_runs(&bare, MINUTE, schedules);
}

/// Measures runs that fail once and succeed at their second attempt.
pub fn retried_run(jobs: usize) {
    let bare = Bare::started();
    post(&bare, jobs, || {
        let body = |job: scheduler_core::JobContext| async move {
            match job.attempt() {
                1 => Err(std::fmt::Error),
                _ => Ok(()),
            }
        };
        let task = Task::new(body).retry(Retry::fixed(2, SECOND));
        Job::from(task).after(SECOND)
    });
    gate_measured(|| (0..3).for_each(|_| bare.advance(SECOND)));
    let ran = bare.scheduler().metrics().succeeded;
    assert_eq!(ran, jobs as u64, "all have run");
}

/// Of two runs that are due together, the second is buffered.
pub fn buffered_run(schedules: usize) {
    let bare = Bare::started();
    let every = Interval::every(SECOND).expect("a second");
    add(&bare, schedules / 2, every, |schedule| {
        schedule.overlap(Overlap::BufferOne)
    });
    bare.advance(SECOND);
    gate_measured(|| {
        bare.advance(SECOND);
        bare.advance(SECOND);
    });
}

/// Jobs of one group start one after the other, limited by its rate.
pub fn rate_limited_job(jobs: usize) {
    let bare = Bare::started();
    let many = u32::try_from(jobs).expect("few jobs");
    let limit = RateLimit::new("group", many, SECOND);
    let policy = Arc::new(JobPolicy::default().rate_limit(limit));
    post(&bare, jobs, || Job::future(async {}).policy(policy.clone()));
    gate_measured(|| (0..many).for_each(|_| bare.advance(SECOND / many)));
    let ran = bare.scheduler().metrics().succeeded;
    assert_eq!(ran, jobs as u64, "all have run");
}
