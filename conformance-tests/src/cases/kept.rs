//! Cases of JB: results that are kept after the end of their jobs.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use scheduler_core::{
    Error, ErrorKind, Job, JobId, JobOutcome, Options, Schedule, Scheduler, SchedulerExt, Shutdown,
    Task,
    job::{CancelMode, CancelReason, JobPolicy, JobResult, OutcomeKind, ResultError, Retry},
    trigger::Once,
};

use super::retries::{SECOND, post, submit};
use crate::{Backend, World, gate::Counter, world::kind};

fn result(world: &World, id: JobId) -> Result<JobResult, Error> {
    world.call(|it| it.result(id))
}

/// Returns the error of a result that is not there.
fn missing(world: &World, id: JobId) -> Option<ResultError> {
    match result(world, id) {
        Err(Error::Result(error)) => Some(error),
        _ => None,
    }
}

fn keeping(task: Task, time: Duration) -> Job {
    Job::from(task.keep_result(time))
}

fn seven() -> Task {
    Task::valued(|_| async { Ok::<_, String>(7_u32) })
}

pub(super) fn a_kept_result_has_the_outcome_and_the_value(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let begin = world.wall();
    let task = Task::valued(|job| async move {
        job.sleep(SECOND).await;
        match job.attempt() {
            1 => Err("not yet"),
            _ => Ok(Box::new(7_u32)),
        }
    });
    let task = task.name("seven").retry(Retry::fixed(2, SECOND));
    let schedule = Schedule::new(Once::after(SECOND), task.keep_result(60 * SECOND)).id("due");
    let schedule = world.call(|it| it.add(schedule).expect("added"));
    world.advance(2 * SECOND);
    let job = world
        .call(|it| it.jobs().first().map(|job| job.id))
        .expect("it runs");
    world.advance(2 * SECOND);
    let kept = result(&world, job).expect("kept");
    assert_eq!((kept.job, kept.name.as_deref()), (job, Some("seven")));
    assert_eq!(kept.schedule.as_ref(), Some(schedule.id()));
    assert_eq!(kept.nominal, begin + SECOND);
    assert_eq!(kept.began, Some(begin + SECOND));
    assert_eq!(kept.ended, begin + 4 * SECOND);
    assert_eq!(kept.expires, begin + 64 * SECOND);
    assert_eq!(
        (kept.attempts, kept.outcome.kind()),
        (2, OutcomeKind::Succeeded)
    );
    for _ in 0..2 {
        let again = result(&world, job).expect("any number of times");
        assert_eq!(**again.value::<Box<u32>>().expect("its value"), 7);
    }
    let blocking = Task::blocking_valued(|_| Ok::<_, String>("text".to_owned()));
    let blocking = submit(&world, keeping(blocking, SECOND));
    world.run(blocking.wait()).expect("it ends");
    let text = result(&world, blocking.id())
        .expect("kept")
        .value::<String>();
    assert_eq!(text.expect("its value").as_str(), "text");
}

pub(super) fn a_kept_failure_has_the_error(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let begin = world.wall();
    let failing = Task::valued(|_| async { Err::<u32, _>("no disk") });
    let failed = submit(&world, keeping(failing, SECOND));
    let late = seven().policy(JobPolicy::default().keep_result(SECOND));
    let cancelled = submit(&world, Job::from(late).after(SECOND));
    world.call(|_| cancelled.cancel(CancelMode::Immediate));
    world.settle();
    let kept = result(&world, failed.id()).expect("kept");
    assert!(kept.name.is_none() && kept.schedule.is_none(), "{kept:?}");
    assert_eq!(kept.attempts, 1);
    let error = kept.value::<u32>().expect_err("it failed");
    assert_eq!(
        (error.kind(), error.to_string()),
        (ErrorKind::JobFailed, "no disk".into())
    );
    let kept = result(&world, cancelled.id()).expect("kept");
    assert_eq!((kept.began, kept.attempts, kept.ended), (None, 0, begin));
    let reason = match kept.outcome {
        JobOutcome::Cancelled(reason) => Some(reason),
        _ => None,
    };
    assert_eq!(reason, Some(CancelReason::Requested));
    assert_eq!(kind(kept.value::<u32>()), Some(ErrorKind::JobFailed));
}

/// A value that calls the scheduler when it is dropped, which must therefore hold no lock.
struct Calls(Weak<dyn Scheduler>, Counter);

impl Drop for Calls {
    fn drop(&mut self) {
        if let Some(scheduler) = self.0.upgrade() {
            scheduler.metrics();
        }
        self.1.add();
    }
}

fn calling(world: &World, dropped: &Counter) -> Task {
    let (scheduler, dropped) = (Arc::downgrade(&world.scheduler), dropped.clone());
    Task::valued(move |_| {
        let value = Calls(scheduler.clone(), dropped.clone());
        async { Ok::<_, String>(value) }
    })
}

pub(super) fn a_result_expires_when_its_time_ends(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let dropped = Counter::default();
    let job = submit(&world, keeping(calling(&world, &dropped), 10 * SECOND));
    let brief = submit(&world, keeping(seven(), SECOND));
    world.advance(10 * SECOND - Duration::from_millis(1));
    assert!(result(&world, job.id()).is_ok());
    assert_eq!(
        missing(&world, brief.id()),
        Some(ResultError::Expired(brief.id()))
    );
    assert_eq!(dropped.get(), 0);
    world.advance(Duration::from_millis(1));
    assert_eq!(dropped.get(), 1, "without a call");
    assert_eq!(
        missing(&world, job.id()),
        Some(ResultError::Expired(job.id()))
    );
    assert_eq!(
        kind(result(&world, job.id())),
        Some(ErrorKind::NoLongerKept)
    );
}

pub(super) fn a_result_outlives_the_shutdown(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let job = submit(&world, keeping(seven(), 10 * SECOND));
    world.shut_down(Shutdown::graceful()).expect("shut down");
    let kept = result(&world, job.id()).expect("kept");
    assert_eq!(*kept.value::<u32>().expect("its value"), 7);
    world.advance(10 * SECOND);
    assert_eq!(
        missing(&world, job.id()),
        Some(ResultError::Expired(job.id()))
    );
}

pub(super) fn the_result_that_expires_first_makes_room(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().kept_results(2)).started();
    let dropped = Counter::default();
    let mut jobs = Vec::new();
    for seconds in [30, 10, 20] {
        let job = submit(&world, keeping(calling(&world, &dropped), seconds * SECOND));
        world.run(job.wait()).expect("it ends");
        jobs.push(job.id());
    }
    assert_eq!(dropped.get(), 1);
    assert_eq!(
        missing(&world, jobs[1]),
        Some(ResultError::Displaced(jobs[1]))
    );
    for (job, seconds) in [(jobs[0], 30), (jobs[2], 20)] {
        let kept = result(&world, job).expect("kept");
        assert_eq!(kept.expires, kept.ended + seconds * SECOND);
    }
    let none = World::with(backend, Options::default().kept_results(0)).started();
    let job = submit(&none, keeping(seven(), SECOND));
    none.run(job.wait()).expect("it ends");
    assert_eq!(
        missing(&none, job.id()),
        Some(ResultError::NotKept(job.id()))
    );
}

pub(super) fn what_has_no_result_says_why(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let unknown = JobId::from_bits(u64::MAX);
    assert_eq!(kind(result(&world, unknown)), Some(ErrorKind::NotFound));
    let late = submit(&world, keeping(seven(), SECOND).after(SECOND));
    assert_eq!(
        missing(&world, late.id()),
        Some(ResultError::Unfinished(late.id()))
    );
    assert_eq!(
        kind(result(&world, late.id())),
        Some(ErrorKind::NotFinished)
    );
    let plain = submit(&world, Job::from(seven()));
    let silent = submit(&world, keeping(Task::new(|_| async {}), SECOND));
    post(&world, Job::new(|_| async {}));
    world.settle();
    assert_eq!(
        missing(&world, plain.id()),
        Some(ResultError::NotKept(plain.id()))
    );
    assert_eq!(kind(result(&world, plain.id())), Some(ErrorKind::NotKept));
    let kept = result(&world, silent.id()).expect("kept");
    assert_eq!(kind(kept.value::<u32>()), Some(ErrorKind::OtherType));
    world.advance(SECOND);
    let kept = result(&world, late.id()).expect("kept");
    assert_eq!(kind(kept.value::<u64>()), Some(ErrorKind::OtherType));
    let zero = Job::new(|_| async {}).keep_result(Duration::ZERO);
    let refused = world.call(|it| kind(it.try_submit(zero)));
    assert_eq!(refused, Some(ErrorKind::InvalidConfig));
}
