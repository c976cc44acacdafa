//! RY: attempts, limits of time, priorities and rates.

use std::{sync::Mutex, time::Duration};

use scheduler_core::{
    ErrorKind, Event, EventKind, Job, JobContext, JobFailure, JobHandle, Options, OutcomeKind,
    Scheduler, SchedulerExt, Shutdown, Task,
    job::{
        CancelMode, CancelReason, CancelStatus, JobOutcome, JobPolicy, JobStatus, RateLimit, Retry,
    },
};

use super::bodies::{assert_succeeds, counting, end_of, held};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

const SECOND: Duration = Duration::from_secs(1);

fn post(world: &World, job: impl Into<Job>) {
    world.call(|scheduler| scheduler.post(job.into()).expect("accepted"));
}

fn submit(world: &World, job: impl Into<Job>) -> JobHandle {
    world.call(|scheduler| scheduler.try_submit(job.into()).expect("accepted"))
}

/// A task that fails, and writes down when each attempt began.
fn failing(world: &World, log: &Log) -> Task {
    let (time, log) = (world.time.clone(), log.clone());
    Task::new(move |_| {
        log.note(time.elapsed());
        async { Err::<(), _>("a failure") }
    })
}

#[derive(Clone, Default)]
struct Log(std::sync::Arc<Mutex<Vec<Duration>>>);

impl Log {
    fn note(&self, at: Duration) {
        self.0.lock().expect("no panic while it is held").push(at);
    }

    fn times(&self) -> Vec<Duration> {
        self.0.lock().expect("no panic while it is held").clone()
    }
}

fn retried(events: &[Event]) -> usize {
    let retrying = |event: &&Event| matches!(event.kind, EventKind::JobRetrying { .. });
    events.iter().filter(retrying).count()
}

pub(super) fn a_failed_attempt_is_followed_until_one_succeeds(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let retry = Retry::exponential(9, SECOND).max_delay(3 * SECOND);
    let spawned = world.call(|scheduler| {
        scheduler.spawn_retrying(retry, |job: JobContext| async move {
            if job.attempt() < 5 {
                Err("not yet")
            } else {
                Ok(job.attempt())
            }
        })
    });
    let outcome = world
        .run(spawned.expect("accepted").wait())
        .expect("it ends");
    assert_eq!(outcome.ok(), Some(5));
    assert_eq!(world.time.elapsed(), (1 + 2 + 3 + 3) * SECOND);
    assert_eq!(world.scheduler.metrics().retried, 4);
    assert_eq!(retried(&world.events()), 4);
}

pub(super) fn the_last_failure_is_the_outcome_and_told_once(backend: &dyn Backend) {
    let (told, tells) = std::sync::mpsc::channel();
    let options = Options::default().on_error(move |failure: &JobFailure| {
        let _ = told.send(failure.attempt);
    });
    let world = World::with(backend, options).started();
    let log = Log::default();
    let job = submit(&world, failing(&world, &log).retry(Retry::fixed(3, SECOND)));
    let outcome = world.run(job.wait()).expect("it ends");
    assert_eq!(outcome.kind(), OutcomeKind::Failed);
    assert_eq!(log.times(), [0, 1, 2].map(|second| second * SECOND));
    assert_eq!(tells.try_iter().collect::<Vec<_>>(), [3]);
}

pub(super) fn jitter_is_bounded_and_the_same_in_every_run(backend: &dyn Backend) {
    let run = || {
        let world = World::new(backend).started();
        let log = Log::default();
        let retry = Retry::fixed(4, 10 * SECOND).jitter(0.5);
        for _ in 0..3 {
            post(&world, failing(&world, &log).retry(retry.clone()));
        }
        world.advance(100 * SECOND);
        log.times()
    };
    let first = run();
    assert_eq!(first.len(), 12);
    assert!(
        first[3..]
            .iter()
            .all(|&at| at > 5 * SECOND && at <= 30 * SECOND),
        "{first:?}"
    );
    assert!(
        first[3..].windows(2).any(|pair| pair[0] != pair[1]),
        "{first:?}"
    );
    assert_eq!(first, run());
}

pub(super) fn panics_are_tried_again_only_if_asked_for(backend: &dyn Backend) {
    let world = World::new(backend).started();
    for (again, wanted) in [(false, 1), (true, 3)] {
        let attempts = Counter::default();
        let counted = attempts.clone();
        let task = Task::new(move |_| {
            counted.add();
            async { assert!(never(), "boom") }
        });
        let retry = Retry::fixed(3, SECOND).on_panic(again);
        let job = submit(&world, task.retry(retry));
        assert_eq!(end_of(&world, &job), OutcomeKind::Panicked);
        assert_eq!(attempts.get(), wanted);
    }
}

const fn never() -> bool {
    false
}

pub(super) fn own_functions_decide_and_may_panic(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let log = Log::default();
    let own = Retry::custom(|attempt, error| {
        assert_eq!(error.to_string(), "a failure");
        (attempt < 3).then(|| attempt * SECOND)
    });
    let job = submit(&world, failing(&world, &log).retry(own));
    world.run(job.wait()).expect("it ends");
    assert_eq!(log.times(), [0, 1, 3].map(|second| second * SECOND));
    for retry in [
        Retry::custom(|_, _| panic!("the function panics")),
        Retry::fixed(9, SECOND).only_if(|_| panic!("the predicate panics")),
        Retry::fixed(9, SECOND).only_if(|error| error.downcast_ref::<std::io::Error>().is_some()),
    ] {
        let log = Log::default();
        let job = submit(&world, failing(&world, &log).retry(retry));
        assert_eq!(end_of(&world, &job), OutcomeKind::Failed);
        assert_eq!(log.times().len(), 1);
    }
}

pub(super) fn between_attempts_a_job_holds_no_permit(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let (log, ran) = (Log::default(), Counter::default());
    let job = submit(
        &world,
        failing(&world, &log).retry(Retry::fixed(9, 10 * SECOND)),
    );
    world.settle();
    assert_eq!(job.status(), JobStatus::Retrying);
    let other = submit(&world, counting(&ran));
    assert_succeeds(&world, &other);
    assert_eq!(
        world.call(|_| job.cancel(CancelMode::Immediate)),
        CancelStatus::Prevented
    );
    let outcome = world.run(job.wait()).expect("it ends");
    assert!(
        matches!(outcome, JobOutcome::Cancelled(CancelReason::Requested)),
        "{outcome:?}"
    );
    world.advance(100 * SECOND);
    assert_eq!(log.times().len(), 1);
}

pub(super) fn an_attempt_past_its_limit_is_dropped_and_tried_again(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let dropped = Counter::default();
    let drops = dropped.clone();
    let task = Task::new(move |job| {
        let token = drops.on_drop();
        async move {
            let _token = token;
            if job.attempt() < 3 {
                std::future::pending::<()>().await;
            }
        }
    });
    let policy = JobPolicy::default()
        .attempt_timeout(2 * SECOND)
        .retry(Retry::fixed(9, SECOND));
    let job = submit(&world, task.policy(policy));
    assert_succeeds(&world, &job);
    assert_eq!((dropped.get(), world.time.elapsed()), (3, 6 * SECOND));
    let timed_out = |event: &&Event| matches!(event.kind, EventKind::JobTimedOut { .. });
    assert_eq!(world.events().iter().filter(timed_out).count(), 2);
}

pub(super) fn the_limit_of_all_attempts_ends_the_job(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let policy = JobPolicy::default()
        .attempt_timeout(2 * SECOND)
        .timeout(7 * SECOND)
        .retry(Retry::fixed(99, SECOND));
    let stuck = Task::new(|_| std::future::pending::<()>()).policy(policy);
    let job = submit(&world, stuck);
    let outcome = world.run(job.wait()).expect("it ends");
    assert_eq!(outcome.kind(), OutcomeKind::TimedOut);
    assert_eq!(world.time.elapsed(), 7 * SECOND);
    // An attempt that could only begin past the limit is not waited for.
    let log = Log::default();
    let policy = JobPolicy::default()
        .timeout(SECOND)
        .retry(Retry::fixed(9, SECOND));
    let job = submit(&world, failing(&world, &log).policy(policy));
    assert_eq!(end_of(&world, &job), OutcomeKind::Failed);
    assert_eq!(world.time.elapsed(), 7 * SECOND);
}

pub(super) fn a_blocking_job_past_its_limit_sees_why(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (saw, sees) = std::sync::mpsc::channel();
    let job = Job::blocking(move |job| {
        let slept = job.sleep_blocking(60 * SECOND);
        let _ = saw.send((slept, job.cancel_reason()));
    });
    let job = submit(&world, job.timeout(SECOND));
    let outcome = world.run(job.wait()).expect("it ends");
    assert_eq!(outcome.kind(), OutcomeKind::TimedOut);
    assert_eq!(
        sees.try_recv().ok(),
        Some((false, Some(CancelReason::TimedOut)))
    );
    assert_eq!(world.time.elapsed(), SECOND);
}

pub(super) fn what_is_not_started_in_time_never_runs(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let (gate, polled) = (Gate::default(), Counter::default());
    post(&world, held(&gate));
    let policy = JobPolicy::default().start_within(SECOND);
    let job = submit(&world, counting(&polled).policy(policy));
    let outcome = world.run(job.wait()).expect("it ends");
    assert!(
        matches!(outcome, JobOutcome::Cancelled(CancelReason::Expired)),
        "{outcome:?}"
    );
    assert_eq!(world.time.elapsed(), SECOND);
    world.time.outside(|| gate.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!(polled.get(), 0);
}

/// The executor is busy: what is spawned is not polled for a while.
fn after_busy_time(world: &World, busy: Duration, job: Job) -> JobHandle {
    world.time.hold_spawns();
    let job = submit(world, job);
    world.advance(busy);
    world.time.release_spawns();
    job
}

pub(super) fn an_attempt_has_its_time_from_its_first_poll_on(backend: &dyn Backend) {
    for policy in [
        JobPolicy::default().attempt_timeout(2 * SECOND),
        JobPolicy::default().timeout(2 * SECOND),
    ] {
        let world = World::new(backend).started();
        let sleepy = Job::new(|job| async move { job.sleep(SECOND).await });
        let job = after_busy_time(&world, 5 * SECOND, sleepy.policy(policy.clone()));
        assert_succeeds(&world, &job);
        let stuck = Job::new(|_| std::future::pending::<()>());
        let job = after_busy_time(&world, 5 * SECOND, stuck.policy(policy));
        assert_eq!(end_of(&world, &job), OutcomeKind::TimedOut);
        assert_eq!(world.time.elapsed(), 13 * SECOND);
    }
}

pub(super) fn what_cannot_begin_in_time_never_begins(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let polled = Counter::default();
    let policy = JobPolicy::default().start_within(SECOND);
    let job = after_busy_time(&world, 5 * SECOND, counting(&polled).policy(policy.clone()));
    let outcome = world.run(job.wait()).expect("it ends");
    let expired = matches!(outcome, JobOutcome::Cancelled(CancelReason::Expired));
    assert!(expired, "{outcome:?}");
    assert_eq!((polled.get(), started(&world.events()).len()), (0, 0));
    let late = after_busy_time(&world, SECOND / 2, counting(&polled).policy(policy));
    assert_succeeds(&world, &late);
}

fn started(events: &[Event]) -> Vec<scheduler_core::JobId> {
    let started = |event: &Event| match event.kind {
        EventKind::JobStarted(job) => Some(job),
        _ => None,
    };
    events.iter().filter_map(started).collect()
}

pub(super) fn the_higher_priority_starts_first(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let due = |priority: i32| Job::new(|_| async {}).priority(priority).after(SECOND);
    let due = [-1, 0, 0, 5].map(|priority| submit(&world, due(priority)).id());
    world.advance(SECOND);
    assert_eq!(started(&world.events()), [due[3], due[1], due[2], due[0]]);

    let mut world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let gate = Gate::default();
    let first = submit(&world, held(&gate)).id();
    let queued = [-1, 0, 0, 5].map(|priority| submit(&world, held(&gate).priority(priority)).id());
    world.time.outside(|| gate.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
    let order = [first, queued[3], queued[1], queued[2], queued[0]];
    assert_eq!(started(&world.events()), order);
}

pub(super) fn a_group_starts_no_faster_than_its_rate(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let limit = RateLimit::new("api", 2, SECOND).burst(2);
    let policy = std::sync::Arc::new(JobPolicy::default().rate_limit(limit));
    let log = Log::default();
    let (time, notes) = (world.time.clone(), log.clone());
    let task = Task::new(move |_| {
        notes.note(time.elapsed());
        async {}
    });
    for _ in 0..5 {
        post(&world, task.clone().policy(policy.clone()));
    }
    let other = submit(&world, Job::new(|_| async {}));
    world.settle();
    assert_eq!(
        other.outcome().map(|end| end.kind()),
        Some(OutcomeKind::Succeeded)
    );
    world.run(world.scheduler.wait_idle()).expect("idle");
    let halves = [0, 0, 1, 2, 3].map(|half| half * SECOND / 2);
    assert_eq!(log.times(), halves);
}

/// One attempt is due in time, another is not, and a third job has failed for good.
pub(super) fn an_attempt_in_time_begins_while_it_shuts_down(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let log = Log::default();
    let near = failing(&world, &log).retry(Retry::fixed(2, 3 * SECOND));
    let near = submit(&world, near);
    world.settle();
    let report = world
        .shut_down(Shutdown::within(5 * SECOND))
        .expect("it ends");
    assert_eq!(log.times(), [Duration::ZERO, 3 * SECOND]);
    assert_eq!(
        near.outcome().map(|end| end.kind()),
        Some(OutcomeKind::Failed)
    );
    assert_eq!((report.failed.len(), world.time.elapsed()), (1, 3 * SECOND));
}

pub(super) fn no_attempt_begins_while_it_shuts_down(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (gate, attempts) = (Gate::default(), Counter::default());
    let (opened, counted) = (gate.clone(), attempts.clone());
    let held = Task::new(move |_| {
        counted.add();
        let gate = opened.clone();
        async move {
            gate.pass().await;
            Err::<(), _>("a failure")
        }
    });
    let running = submit(&world, held.retry(Retry::fixed(9, 60 * SECOND)));
    let log = Log::default();
    let retry = Retry::fixed(9, 60 * SECOND);
    let resting = submit(&world, failing(&world, &log).retry(retry).named("resting"));
    world.settle();
    let report = world.run(async {
        world
            .scheduler
            .request_shutdown(Shutdown::within(SECOND))
            .expect("it begins to end");
        gate.open();
        world.scheduler.stopped().await
    });
    let report = report.expect("it ends");
    assert_eq!(
        running.outcome().map(|end| end.kind()),
        Some(OutcomeKind::Failed)
    );
    assert_eq!(
        resting.outcome().map(|end| end.kind()),
        Some(OutcomeKind::Cancelled)
    );
    assert_eq!(report.cancelled[0].name.as_deref(), Some("resting"));
    assert_eq!(
        (report.failed.len(), report.unstarted, attempts.get()),
        (1, 0, 1)
    );
}

pub(super) fn a_policy_that_makes_no_sense_is_refused(backend: &dyn Backend) {
    let world = World::new(backend);
    let once = || Job::new(|_| async {});
    for job in [
        once().policy(JobPolicy::default().retry(Retry::fixed(2, SECOND))),
        once().timeout(Duration::ZERO),
        once().policy(JobPolicy::default().attempt_timeout(Duration::ZERO)),
        once().policy(JobPolicy::default().rate_limit(RateLimit::new("g", 0, SECOND))),
        once().policy(JobPolicy::default().rate_limit(RateLimit::new("g", 1, SECOND).burst(0))),
    ] {
        let refused = world.call(|scheduler| kind(scheduler.try_submit(job)));
        assert_eq!(refused, Some(ErrorKind::InvalidConfig));
    }
    assert_eq!(world.scheduler.metrics().accepted, 0);
}
