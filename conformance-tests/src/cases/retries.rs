//! Cases of RY: attempts, priorities and rates.

use std::{sync::Mutex, time::Duration};

use scheduler_core::{
    ErrorKind, Event, EventKind, Job, JobContext, JobHandle, JobOutcome, Options, Scheduler,
    SchedulerExt, Shutdown, Task,
    failure::JobFailure,
    job::{
        CancelMode, CancelReason, CancelStatus, JobPolicy, JobStatus, OutcomeKind, RateLimit, Retry,
    },
};

use super::bodies::{assert_succeeds, counting, end_of, held};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

pub(super) const SECOND: Duration = Duration::from_secs(1);

pub(super) fn post(world: &World, job: impl Into<Job>) {
    world.call(|scheduler| scheduler.post(job.into()).expect("accepted"));
}

pub(super) fn submit(world: &World, job: impl Into<Job>) -> JobHandle {
    world.call(|scheduler| scheduler.try_submit(job.into()).expect("accepted"))
}

/// Returns a task that fails, and logs when each attempt began.
pub(super) fn failing(world: &World, log: &Log) -> Task {
    let (time, log) = (world.time.clone(), log.clone());
    Task::new(move |_| {
        log.note(time.elapsed());
        async { Err::<(), _>("a failure") }
    })
}

#[derive(Clone, Default)]
pub(super) struct Log(std::sync::Arc<Mutex<Vec<Duration>>>);

impl Log {
    pub(super) fn note(&self, at: Duration) {
        self.0.lock().expect("not poisoned").push(at);
    }

    pub(super) fn times(&self) -> Vec<Duration> {
        self.0.lock().expect("not poisoned").clone()
    }
}

fn retried(events: &[Event]) -> usize {
    let retrying = |event: &&Event| matches!(event.kind, EventKind::JobRetrying { .. });
    events.iter().filter(retrying).count()
}

pub(super) fn failed_attempts_are_retried_until_one_succeeds(backend: &dyn Backend) {
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
        .expect("the job ends");
    assert_eq!(outcome.ok(), Some(5));
    assert_eq!(world.time.elapsed(), (1 + 2 + 3 + 3) * SECOND);
    assert_eq!(world.scheduler.metrics().retried, 4);
    assert_eq!(retried(&world.events()), 4);
}

pub(super) fn the_last_failure_is_the_outcome_and_reported_once(backend: &dyn Backend) {
    let (told, tells) = std::sync::mpsc::channel();
    let options = Options::default().on_error(move |failure: &JobFailure| {
        let _ = told.send(failure.attempt);
    });
    let world = World::with(backend, options).started();
    let log = Log::default();
    let job = submit(&world, failing(&world, &log).retry(Retry::fixed(3, SECOND)));
    let outcome = world.run(job.wait()).expect("the job ends");
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

pub(super) fn panics_are_retried_only_on_request(backend: &dyn Backend) {
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

pub(super) fn user_functions_decide_about_retries_and_may_panic(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let log = Log::default();
    let own = Retry::custom(|attempt, error| {
        assert_eq!(error.to_string(), "a failure");
        (attempt < 3).then(|| attempt * SECOND)
    });
    let job = submit(&world, failing(&world, &log).retry(own));
    world.run(job.wait()).expect("the job ends");
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
    let outcome = world.run(job.wait()).expect("the job ends");
    assert!(
        matches!(outcome, JobOutcome::Cancelled(CancelReason::Requested)),
        "{outcome:?}"
    );
    world.advance(100 * SECOND);
    assert_eq!(log.times().len(), 1);
}

pub(super) fn started(events: &[Event]) -> Vec<scheduler_core::JobId> {
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

/// One retry is due before the deadline, another after it, and a third job has no retry left.
pub(super) fn a_retry_in_time_begins_during_a_shutdown(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let log = Log::default();
    let near = failing(&world, &log).retry(Retry::fixed(2, 3 * SECOND));
    let near = submit(&world, near);
    world.settle();
    let report = world
        .shut_down(Shutdown::drain_within(5 * SECOND))
        .expect("shut down");
    assert_eq!(log.times(), [Duration::ZERO, 3 * SECOND]);
    assert_eq!(
        near.outcome().map(|end| end.kind()),
        Some(OutcomeKind::Failed)
    );
    assert_eq!((report.failed.len(), world.time.elapsed()), (1, 3 * SECOND));
}

pub(super) fn no_late_retry_begins_during_a_shutdown(backend: &dyn Backend) {
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
    let resting = submit(&world, failing(&world, &log).retry(retry).name("resting"));
    world.settle();
    let report = world.run(async {
        world
            .scheduler
            .request_shutdown(Shutdown::drain_within(SECOND))
            .expect("requested");
        gate.open();
        world.scheduler.stopped().await
    });
    let report = report.expect("shut down");
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

pub(super) fn a_contradictory_policy_is_refused(backend: &dyn Backend) {
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
