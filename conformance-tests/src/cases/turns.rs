//! TM: a driver that always has something to do still yields to other tasks, in real time.

use std::{
    future::poll_fn,
    num::NonZeroUsize,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    EventFilter, Job, Options, Runtime, Schedule, Scheduler, SchedulerExt, Shutdown, Task, Trigger,
    event::EventName,
    implement::block_on,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
    trigger::Interval,
};

use crate::{
    Backend, Harness,
    gate::{Counter, Mark},
    limits::patience,
    world::Live,
};

/// How often the other task must be polled, and how many other jobs must run.
const TURNS: usize = 200;

fn every(nanos: u64) -> Interval {
    Interval::every(Duration::from_nanos(nanos)).expect("not zero")
}

/// A trigger whose next instant is always now.
#[derive(Debug)]
struct Present;

impl Trigger for Present {
    fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(Now::system().wall)
    }
}

/// A job that yields [`TURNS`] times and counts its polls.
fn yields(polls: &Counter) -> Job {
    let polls = polls.clone();
    Job::new(move |_| {
        let polls = polls.clone();
        poll_fn(move |cx| {
            polls.add();
            if polls.get() >= TURNS {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    })
}

fn runs_beside(live: &Live, schedule: Schedule, what: &str) {
    live.scheduler.add(schedule).expect("added");
    let polls = Counter::default();
    let job = live.scheduler.try_submit(yields(&polls));
    let job = job.expect("accepted");
    let ended = block_on(job.wait_timeout(patience()));
    assert!(
        ended.is_ok(),
        "{what}: the job was polled {} times",
        polls.get()
    );
    for number in 0..TURNS {
        let job = live.scheduler.spawn(async {}).expect("accepted");
        let ended = block_on(job.wait_timeout(patience()));
        assert!(ended.is_ok(), "{what}: {number} jobs ran");
    }
}

/// Checks the schedule with the default quantum, and with a quantum of zero.
fn starves_no_job(backend: &dyn Backend, schedule: impl Fn() -> Schedule, what: &str) {
    for quantum in [
        Options::default(),
        Options::default().wake_quantum(Duration::ZERO),
    ] {
        let live = Live::with(backend, quantum).started();
        runs_beside(&live, schedule(), what);
        live.scheduler
            .shutdown(Shutdown::immediate())
            .expect("shut down");
    }
}

pub(super) fn the_shortest_interval_starves_no_job(backend: &dyn Backend) {
    for period in [1, 100, 1_000] {
        let ran = Mark::default();
        let schedule = || {
            let ran = ran.clone();
            let task = move |_| {
                ran.reach();
                async {}
            };
            Schedule::new(every(period), Task::new(task))
        };
        starves_no_job(backend, schedule, &format!("every {period} ns"));
    }
}

pub(super) fn a_trigger_that_is_always_due_starves_no_job(backend: &dyn Backend) {
    let ran = Mark::default();
    let schedule = || {
        let ran = ran.clone();
        let task = move |_| {
            ran.reach();
            async {}
        };
        Schedule::new(Present, Task::new(task))
    };
    starves_no_job(backend, schedule, "always now");
}

/// A runtime whose sleeps end at once.
struct AtOnce {
    runtime: Arc<dyn Runtime>,
    sleeps: Counter,
}

impl Runtime for AtOnce {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.runtime.spawn(task)
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        self.sleeps.add();
        Box::pin(async {})
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.runtime.spawn_blocking(work)
    }

    fn parallelism(&self) -> NonZeroUsize {
        self.runtime.parallelism()
    }

    fn now(&self) -> Now {
        self.runtime.now()
    }
}

pub(super) fn sleeps_that_end_at_once_cause_no_busy_loop(backend: &dyn Backend) {
    /// Enough sleeps for the driver and the sleeping job. A busy loop would make thousands.
    const FEW: usize = 300;
    let Harness { runtime, guard } = backend.harness();
    let sleeps = Counter::default();
    let at_once = AtOnce {
        runtime,
        sleeps: sleeps.clone(),
    };
    let scheduler = backend.scheduler(Arc::new(at_once), Options::default());
    let scheduler = scheduler.expect("the options are valid");
    let mut early = scheduler.subscribe(EventFilter::only([EventName::SleepsEndEarly]));
    block_on(scheduler.start()).expect("started");
    let wait = Duration::from_millis(300);
    let begun = Instant::now();
    let sleeper = Job::new(move |job| async move { job.sleep(wait).await });
    for job in [sleeper, Job::new(|_| async {}).after(wait)] {
        let job = scheduler.try_submit(job).expect("accepted");
        block_on(job.wait()).expect("the job ends");
        assert!(begun.elapsed() >= wait, "the job's sleep ended too early");
    }
    let made = sleeps.get();
    assert!(made <= FEW, "{made} sleeps were begun");
    block_on(scheduler.shutdown(Shutdown::graceful())).expect("shut down");
    let told = std::iter::from_fn(|| early.try_next());
    let told = told.filter(|event| event.kind.name() == EventName::SleepsEndEarly);
    let told = told.count();
    assert_eq!(told, 1, "the event is published once");
    drop(guard);
}
