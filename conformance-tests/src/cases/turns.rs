//! Cases of TM: a driver that always has something to do still yields to other tasks, in real time.

use std::{
    future::poll_fn,
    num::NonZeroUsize,
    sync::{Arc, mpsc},
    task::Poll,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Event, EventFilter, Job, Options, Runtime, Schedule, Scheduler, SchedulerExt, Shutdown, Task,
    Trigger,
    event::EventName,
    implement::block_on,
    job::CancelMode,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
    trigger::Interval,
};

use crate::{Backend, Harness, gate::Counter, limits::patience, world::Live};

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
        Some(Now::system().wall())
    }
}

/// A job that yields [`TURNS`] times and counts its polls. It also yields until the schedule has
/// run once more.
fn yields(polls: &Counter, runs: &Counter) -> Job {
    let (polls, runs) = (polls.clone(), runs.clone());
    Job::new(move |_| {
        let (polls, runs) = (polls.clone(), runs.clone());
        let before = runs.get();
        poll_fn(move |cx| {
            polls.add();
            if polls.get() >= TURNS && runs.get() > before {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    })
}

/// A task that does nothing but count its runs.
fn counts(runs: &Counter) -> Task {
    let runs = runs.clone();
    Task::new(move |_| {
        runs.add();
        async {}
    })
}

/// Waits until the schedule has run once more.
fn runs_again(runs: &Counter, what: &str) {
    let next = runs.get() + 1;
    assert!(runs.wait_for(next) >= next, "{what}: {} runs", next - 1);
}

/// Checks that jobs run beside `schedule`, and that it runs before, beside and after them.
fn runs_beside(live: &Live, schedule: Schedule, runs: &Counter, what: &str) {
    live.scheduler.add(schedule).expect("added");
    // A trigger may be asked on another thread. Without this wait, all jobs may end before the first
    // run, and have then competed with nothing.
    runs_again(runs, what);
    let polls = Counter::default();
    let job = live.scheduler.try_submit(yields(&polls, runs));
    let job = job.expect("accepted");
    let ended = block_on(job.wait_timeout(patience()));
    assert!(
        ended.is_ok(),
        "{what}: the job was polled {} times, the schedule ran {} times",
        polls.get(),
        runs.get()
    );
    for number in 0..TURNS {
        let job = live.scheduler.spawn(async {}).expect("accepted");
        let ended = block_on(job.wait_timeout(patience()));
        assert!(ended.is_ok(), "{what}: {number} jobs ran");
    }
    runs_again(runs, what);
}

/// Checks a schedule with this trigger with the default quantum, and with a quantum of zero.
fn starves_no_job<T: Trigger>(backend: &dyn Backend, trigger: impl Fn() -> T, what: &str) {
    for quantum in [
        Options::default(),
        Options::default().wake_quantum(Duration::ZERO),
    ] {
        let live = Live::with(backend, quantum).started();
        let runs = Counter::default();
        let schedule = Schedule::new(trigger(), counts(&runs));
        runs_beside(&live, schedule, &runs, what);
        live.scheduler
            .shutdown(Shutdown::immediate())
            .expect("shut down");
    }
}

pub(super) fn the_shortest_interval_starves_no_job(backend: &dyn Backend) {
    for period in [1, 100, 1_000] {
        starves_no_job(backend, || every(period), &format!("every {period} ns"));
    }
}

pub(super) fn a_trigger_that_is_always_due_starves_no_job(backend: &dyn Backend) {
    starves_no_job(backend, || Present, "always now");
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
    /// Enough sleeps for the driver and the sleeping jobs. A busy loop would make tens of thousands.
    const FEW: usize = 5_000;
    let Harness { runtime, guard } = backend.harness();
    let sleeps = Counter::default();
    let at_once = AtOnce {
        runtime,
        sleeps: sleeps.clone(),
    };
    let scheduler = backend.scheduler(Arc::new(at_once), Options::default());
    let scheduler = scheduler.expect("the options are valid");
    let early = EventFilter::only([EventName::SleepsEndEarly]);
    let (sender, heard) = mpsc::channel();
    let listener = move |event: &Event| drop(sender.send(event.clone()));
    scheduler.add_listener(early.clone(), Arc::new(listener));
    let mut early = scheduler.subscribe(early);
    block_on(scheduler.start()).expect("started");
    are_noticed(&*scheduler);
    let wait = Duration::from_millis(300);
    let begun = Instant::now();
    for job in waits(wait) {
        let job = scheduler.try_submit(job).expect("accepted");
        block_on(job.wait()).expect("the job ends");
        assert!(begun.elapsed() >= wait, "the job's sleep ended too early");
    }
    let made = sleeps.get();
    assert!(made <= FEW, "{made} sleeps were begun");
    block_on(scheduler.shutdown(Shutdown::graceful())).expect("shut down");
    // Each reader receives the last event of the scheduler too.
    let told = |event: Event| {
        let early = event.kind.name() == EventName::SleepsEndEarly;
        early.then(|| format!("{event:?}"))
    };
    let read: Vec<_> = std::iter::from_fn(|| early.try_next())
        .filter_map(told)
        .collect();
    assert_eq!(read.len(), 1, "the event is published once");
    assert_eq!(read, heard.try_iter().filter_map(told).collect::<Vec<_>>());
    drop(guard);
}

/// A job that sleeps for `wait`, and one that starts after `wait`.
fn waits(wait: Duration) -> [Job; 2] {
    let sleeper = Job::new(move |job| async move { job.sleep(wait).await });
    [sleeper, Job::new(|_| async {}).after(wait)]
}

/// Waits until the scheduler has published that sleeps end early.
///
/// The jobs wait for as long as this function does. A short wait may be over before enough sleeps
/// have ended early, if the process has no processor meanwhile.
fn are_noticed(scheduler: &dyn Scheduler) {
    let events = Counter::default();
    let told = events.clone();
    let listener = move |_: &Event| told.add();
    let filter = EventFilter::only([EventName::SleepsEndEarly]);
    let listening = scheduler.add_listener(filter, Arc::new(listener));
    let accept = |job| scheduler.try_submit(job).expect("accepted");
    let jobs = waits(patience()).map(accept);
    assert_eq!(events.wait_for(1), 1, "no early end was noticed");
    for job in jobs {
        job.cancel(CancelMode::Immediate);
    }
    scheduler.remove_listener(listening);
}
