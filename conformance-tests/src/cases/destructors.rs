//! Cases of FT: user values whose destructors panic, wherever the scheduler drops them.

use std::{
    fmt,
    future::{Future, pending},
    panic::panic_any,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    ErrorKind, Event, EventFilter, EventKind, Job, JobHandle, Options, Schedule, SchedulerExt,
    Shutdown, State, Task, Trigger,
    failure::JobFailure,
    job::{CancelMode, CancelStatus, JobError, OutcomeKind, Retry},
};

use super::{bodies::assert_succeeds, leaks::await_that};
use crate::{Backend, World, gate::Counter, world::kind};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// A value whose destructor panics.
struct Bomb(Counter);

impl Bomb {
    /// Uses the bomb, so that a closure captures it.
    const fn hold(&self) {
        let _ = &self.0;
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.add();
        assert!(thread::panicking(), "a destructor panics");
    }
}

impl fmt::Debug for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bomb")
    }
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error that panics when dropped")
    }
}

impl std::error::Error for Bomb {}

/// Makes bombs, and counts those made and those dropped.
#[derive(Default)]
struct Bombs {
    made: Counter,
    ended: Counter,
}

impl Bombs {
    fn next(&self) -> Bomb {
        self.made.add();
        Bomb(self.ended.clone())
    }

    /// Waits until every bomb was dropped: a thread may still be running when its job has ended.
    fn await_all_ends(&self) {
        await_that("each bomb is dropped", || {
            self.ended.get() >= self.made.get()
        });
        assert_eq!(
            self.ended.get(),
            self.made.get(),
            "each bomb is dropped once"
        );
    }
}

type Make = fn(Bomb) -> Job;

/// Jobs that end by themselves, with their outcomes.
const ENDING: [(Make, OutcomeKind); 6] = [
    (in_a_future, OutcomeKind::Panicked),
    (after_the_answer, OutcomeKind::Succeeded),
    (in_a_blocking_body, OutcomeKind::Panicked),
    (in_the_error, OutcomeKind::Failed),
    (in_the_payload, OutcomeKind::Panicked),
    (in_the_policy, OutcomeKind::Failed),
];

fn in_a_future(held: Bomb) -> Job {
    Job::future(async move { held.hold() })
}

fn in_a_blocking_body(held: Bomb) -> Job {
    Job::blocking(move |_| held.hold())
}

fn after_the_answer(held: Bomb) -> Job {
    struct Answers(Bomb);

    impl Future for Answers {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            self.0.hold();
            Poll::Ready(())
        }
    }

    Job::future(Answers(held))
}

fn in_the_error(held: Bomb) -> Job {
    Job::future(async move { Err::<(), _>(held) })
}

fn in_the_payload(held: Bomb) -> Job {
    let throws = |held| -> () { panic_any(held) };
    Job::future(async move { throws(held) })
}

fn in_the_policy(held: Bomb) -> Job {
    let never = move |_, _: &JobError| {
        held.hold();
        None
    };
    let failing = Task::new(|_| async { Err::<(), _>("a failure") });
    failing.retry(Retry::custom(never)).into()
}

fn suspended(held: Bomb) -> Job {
    Job::new(move |_| async move {
        pending::<()>().await;
        held.hold();
    })
}

fn submit(world: &World, job: Job) -> JobHandle {
    world.call(|it| it.try_submit(job).expect("accepted"))
}

fn ends(world: &World, job: &JobHandle, wanted: OutcomeKind) {
    let outcome = world.run(job.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), wanted);
}

/// Asserts that the scheduler still runs another job.
fn runs_another_job(world: &World) {
    assert_eq!(world.state(), State::Running);
    assert_succeeds(world, &submit(world, Job::new(|_| async {})));
}

/// A job ends by itself, is dropped before or while it runs, is cancelled by the shutdown, or is
/// refused.
pub(super) fn each_job_ends_once_with_panicking_destructors(backend: &dyn Backend) {
    let bombs = Bombs::default();
    let mut world = World::new(backend).started();
    let mut jobs = Vec::new();
    for (make, wanted) in ENDING {
        let job = submit(&world, make(bombs.next()));
        ends(&world, &job, wanted);
        runs_another_job(&world);
        jobs.push(job);
    }
    let cancelled = [
        suspended(bombs.next()),
        in_a_future(bombs.next()).after(HOUR),
    ];
    for (job, wanted) in cancelled
        .into_iter()
        .zip([CancelStatus::Requested, CancelStatus::Prevented])
    {
        let job = submit(&world, job);
        world.settle();
        assert_eq!(world.call(|_| job.cancel(CancelMode::Immediate)), wanted);
        ends(&world, &job, OutcomeKind::Cancelled);
        runs_another_job(&world);
        jobs.push(job);
    }
    let left = [suspended, |held| in_a_blocking_body(held).after(HOUR)];
    let left = left.map(|make: Make| submit(&world, make(bombs.next())));
    world.settle();
    world.shut_down(Shutdown::immediate()).expect("shut down");
    left.iter()
        .for_each(|job| ends(&world, job, OutcomeKind::Cancelled));
    let refused = world.call(|it| kind(it.try_submit(in_a_future(bombs.next()))));
    assert_eq!(refused, Some(ErrorKind::ShutDown));
    jobs.extend(left);
    assert_each_ended_once(&world.events(), &jobs);
    drop((world, jobs));
    bombs.await_all_ends();
}

fn assert_each_ended_once(events: &[Event], jobs: &[JobHandle]) {
    for handle in jobs {
        let is_its_end = |event: &&Event| matches!(event.kind, EventKind::JobFinished { job, .. } if job == handle.id());
        assert_eq!(events.iter().filter(is_its_end).count(), 1);
    }
}

/// A trigger with one instant that holds a bomb.
#[derive(Debug)]
struct Holds(DateTime<Utc>, Bomb);

impl Trigger for Holds {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.1.hold();
        (after < self.0).then_some(self.0)
    }
}

/// Returns a schedule whose trigger and task each hold a bomb.
fn schedule(world: &World, bombs: &Bombs, after: TimeDelta, id: &str) -> Schedule {
    let held = bombs.next();
    let task = Task::new(move |_| {
        held.hold();
        async {}
    });
    Schedule::new(Holds(world.wall() + after, bombs.next()), task).id(id)
}

/// The values belong to schedules and listeners that are refused, exhausted, removed, or alive
/// until the end.
pub(super) fn destructors_of_user_values_may_panic(backend: &dyn Backend) {
    let bombs = Bombs::default();
    let (handles, heard, hears) = (bombs.next(), bombs.next(), bombs.next());
    let options = Options::default().on_error(move |_: &JobFailure| handles.hold());
    let world = World::with(backend, options);
    let hear = |held: Bomb| {
        let listener = Arc::new(move |_: &Event| held.hold());
        world.scheduler.add_listener(EventFilter::all(), listener)
    };
    let (removed, _stays) = (hear(heard), hear(hears));
    world.run(world.scheduler.start()).expect("started");
    for (seconds, id) in [(1, "runs"), (9_000, "removed"), (9_000, "stays")] {
        let schedule = schedule(&world, &bombs, TimeDelta::seconds(seconds), id);
        world.call(|it| it.add(schedule).expect("added"));
    }
    let taken = schedule(&world, &bombs, TimeDelta::hours(1), "stays");
    assert_eq!(
        world.call(|it| kind(it.add(taken))),
        Some(ErrorKind::DuplicateId)
    );
    world.advance(2 * SECOND);
    assert_eq!(world.scheduler.schedules().len(), 2);
    world.call(|it| it.schedule(&"removed".into()).remove().expect("exists"));
    runs_another_job(&world);
    assert!(world.call(|it| it.remove_listener(removed)), "registered");
    runs_another_job(&world);
    let unwanted = bombs.next();
    let unwanted = world.call(|it| it.spawn_value(async { unwanted }).expect("accepted"));
    world.settle();
    drop(unwanted);
    world.call(|it| {
        it.post(Job::new(|_| async { Err::<(), _>("a failure") }))
            .expect("accepted")
    });
    world.run(world.scheduler.wait_idle()).expect("idle");
    runs_another_job(&world);
    world.shut_down(Shutdown::graceful()).expect("shut down");
    drop(world);
    bombs.await_all_ends();
}
