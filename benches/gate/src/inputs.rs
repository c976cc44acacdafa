//! The inputs whose size a user chooses, one function each.

mod groups;
mod queues;
mod rules;
mod schedules;
mod scopes;

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use scheduler_core::{Job, Options, Schedule, SchedulerExt, Task, Trigger, trigger::Interval};

use self::{groups::*, queues::*, rules::*, schedules::*, scopes::*};
use crate::{bare::Bare, growth::Input, measure::gate_measured};

const SECOND: Duration = Duration::from_secs(1);
const FAR: Duration = Duration::from_secs(3_600);

/// The limit for a pass over the elements.
const PASS: f64 = 2.2;
/// The limit for a pass that sorts, or whose result grows.
const LOOSE_PASS: f64 = 2.5;
/// The limit for calls whose cost does not depend on the number of elements.
const BESIDE: f64 = 1.15;
macro_rules! inputs {
    ($($name:ident $size:literal $most:ident)*) => {
        pub const INPUTS: &[Input] = &[$(
            Input { name: stringify!($name), size: $size, most: $most, run: $name },
        )*];
    };
}

inputs! {
    post_beside_pending 2_000 PASS
    cancel_beside_pending 2_000 BESIDE
    cancels_of_queued 1_000 PASS
    due_jobs 1_000 PASS
    listed_jobs 1_000 LOOSE_PASS
    queued_priorities 1_000 LOOSE_PASS
    throttled_in_a_group 500 PASS
    rate_groups 500 PASS
    retrying_jobs 500 PASS
    waiters_of_a_job 500 PASS
    waiters_of_the_queue 500 PASS
    tags_of_a_job 500 PASS
    readers 200 PASS
    readers_of_other_tags 200 PASS
    unread_events 500 PASS
    waiters_for_idle 500 PASS
    waits_given_up 500 PASS
    submits_given_up 500 PASS
    dropped_readers 500 PASS
    readers_that_come_and_go 500 PASS
    jobs_of_a_scope 500 PASS
    scopes 500 PASS
    post_beside_members 500 PASS
    metrics_beside_jobs 1_000 BESIDE
    look_beside_jobs 1_000 BESIDE
    shutdown_of_queued 500 PASS
    add_beside_schedules 1_000 BESIDE
    remove_beside_schedules 1_000 BESIDE
    update_beside_schedules 1_000 BESIDE
    run_now_beside_runs 500 BESIDE
    explain_beside_records 500 LOOSE_PASS
    shutdown_of_schedules 500 PASS
    added_together 500 PASS
    listed_schedules 500 PASS
    due_schedules 500 PASS
    schedules_of_a_group 200 PASS
    one_shots_of_a_group 200 PASS
    listed_group 200 LOOSE_PASS
    removals_from_a_group 200 PASS
    running_jobs_listed 500 LOOSE_PASS
    look_beside_runs 500 BESIDE
    removal_with_runs 500 PASS
    schedules_set_back 500 PASS
    buffered_arrival 500 BESIDE
    buffered_runs 500 PASS
    removal_with_buffered_runs 500 PASS
    surplus_runs 500 PASS
    runs_beside_others 500 BESIDE
    parked_runs 500 PASS
    late_instants 500 PASS
    paced_instants 500 PASS
    records_kept 500 PASS
    record_beside_others 500 BESIDE
    backfilled_instants 500 PASS
    backfills_at_once 100 PASS
    exported_schedules 200 PASS
    imported_schedules 200 PASS
    next_times 500 PASS
    members_of_any 100 PASS
    members_of_all 100 PASS
    cron_list 50 PASS
    cron_spaces 50 PASS
}

/// Prevents the compiler from removing a value.
fn keep<T>(value: T) {
    drop(std::hint::black_box(value));
}

fn far() -> Job {
    Job::future(async {}).after(FAR)
}

fn every(period: Duration) -> Interval {
    Interval::every(period).expect("not zero")
}

fn idle() -> Task {
    Task::new(|_| async {})
}

fn post(bare: &Bare, count: usize, job: impl Fn() -> Job) {
    for _ in 0..count {
        keep(bare.scheduler().post(job()).expect("accepted"));
    }
}

/// Adds `count` schedules of one trigger, with the ids "0", "1" and so on.
fn add(
    bare: &Bare,
    count: usize,
    trigger: impl Trigger + Clone,
    change: impl Fn(Schedule) -> Schedule,
) {
    for number in 0..count {
        let schedule = Schedule::new(trigger.clone(), idle()).id(number.to_string());
        keep(bare.scheduler().add(change(schedule)).expect("added"));
    }
}

/// Counts the cost of advancing the time by `by`, in which exactly `runs` jobs succeed.
fn count_runs(bare: &Bare, by: Duration, runs: usize) {
    let before = bare.scheduler().metrics().succeeded;
    gate_measured(|| bare.advance(by));
    let ran = bare.scheduler().metrics().succeeded - before;
    assert_eq!(ran, runs as u64, "all have run");
}

/// A flag that bodies wait for. Setting it wakes nothing, because the executor polls every task in
/// each turn.
#[derive(Clone, Default)]
struct Gate(Arc<AtomicBool>);

impl Gate {
    fn open(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn pass(&self) -> impl Future<Output = ()> + Send + use<> {
        let is_open = self.0.clone();
        poll_fn(move |_| match is_open.load(Ordering::Relaxed) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
    }
}

/// Returns a scheduler with one permit, and a job that holds the permit until the gate opens.
fn occupied(options: Options) -> (Bare, Gate) {
    let (bare, gate) = (Bare::with(options.max_concurrent_jobs(1)), Gate::default());
    post(&bare, 1, || Job::future(gate.pass()));
    bare.advance(Duration::ZERO);
    (bare, gate)
}
