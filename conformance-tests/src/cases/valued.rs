//! Cases of AJ: jobs with a value and settings, by each way to submit them.

use std::time::Duration;

use scheduler_core::{
    ErrorKind, Job, JobContext, JobHandle, Options, SchedulerExt, Task,
    job::{JobPolicy, JobStatus, Retry, ValuedJob},
    scope::JobScope,
};

use super::{bodies::held, table::poll_once};
use crate::{Backend, World, gate::Gate, world::kind};

/// Returns a job of each kind. Its value is its name, if it has the metadata of its settings.
fn jobs() -> [(&'static str, ValuedJob<&'static str>); 4] {
    let value = |job: &JobContext, name| match job.metadata("owner") {
        Some("ops") => Ok(name),
        other => Err(format!("{other:?}")),
    };
    let retry = Retry::fixed(3, Duration::from_secs(1));
    let again = retry.clone();
    let second = move |job: JobContext| async move {
        if job.attempt() == 1 {
            return Err("not yet".to_owned());
        }
        value(&job, "retrying")
    };
    let once = JobPolicy::default().tag("a").metadata("owner", "ops");
    let policy = |name| match name {
        "retrying" => once.clone().retry(again.clone()),
        _ => once.clone(),
    };
    [
        (
            "new",
            ValuedJob::new(move |job| async move { value(&job, "new") }),
        ),
        (
            "future",
            ValuedJob::future(async { Ok::<_, String>("future") }),
        ),
        (
            "blocking",
            ValuedJob::blocking(move |job| value(&job, "blocking")),
        ),
        ("retrying", ValuedJob::retrying(retry, second)),
    ]
    .map(|(name, job)| (name, job.with(|job| job.policy(policy(name)).name(name))))
}

fn assert_kept(world: &World, name: &'static str, job: JobHandle<&'static str>) {
    assert_eq!(job.name().as_deref(), Some(name));
    let outcome = world.run(job.wait()).expect("it ends");
    assert_eq!(outcome.ok(), Some(name));
    assert_eq!(world.run(async { job.await }).expect("its value"), name);
}

pub(super) fn each_way_to_submit_can_keep_the_value(backend: &dyn Backend) {
    let world = World::new(backend).started();
    for (name, job) in jobs() {
        let job = world.call(|it| it.try_submit_valued(job).expect("accepted"));
        assert_kept(&world, name, job);
    }
    for (name, job) in jobs() {
        let job = world.run(async { world.scheduler.submit_valued(job).await });
        assert_kept(&world, name, job.expect("accepted"));
    }
}

pub(super) fn a_job_with_a_value_waits_for_a_slot_or_is_refused(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
    let world = World::with(backend, options).started();
    let gate = Gate::default();
    for _ in 0..2 {
        world.call(|it| it.post(held(&gate)).expect("accepted"));
    }
    let seven = || ValuedJob::new(|_| async { Ok::<_, String>(7) }).with(|job| job.name("seven"));
    let refused = world.call(|it| kind(it.try_submit_valued(seven())));
    assert_eq!(refused, Some(ErrorKind::QueueFull));
    let job = world.run(async {
        let mut call = std::pin::pin!(world.scheduler.submit_valued(seven()));
        assert!(poll_once(call.as_mut()).is_none(), "the queue is full");
        gate.open();
        call.await.expect("a slot is free")
    });
    assert_eq!(job.name().as_deref(), Some("seven"));
    assert_eq!(world.run(job.wait()).expect("it ends").ok(), Some(7));
    assert_eq!(job.status(), JobStatus::Finished);
}

pub(super) fn a_scope_keeps_the_values_of_its_jobs(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let scope = JobScope::new(world.scheduler.clone());
    let mut handles = Vec::new();
    for (name, job) in jobs() {
        handles.push((name, scope.try_submit_valued(job).expect("accepted")));
    }
    for (name, job) in jobs() {
        let job = world.run(scope.submit_valued(job));
        handles.push((name, job.expect("accepted")));
    }
    let report = world.run(scope.drain()).expect("it ends");
    assert_eq!(report.succeeded, handles.len());
    for (name, job) in handles {
        assert_eq!(job.name().as_deref(), Some(name));
        assert_eq!(world.run(async { job.await }).expect("its value"), name);
    }
}

/// Returns how many of three attempts were too late, and sees to it that they end all the same.
async fn second_thoughts(job: JobContext) -> Result<u32, String> {
    if job.attempt() < 3 {
        job.cancelled().await;
    }
    Ok(job.attempt())
}

/// Two attempts return a value after their timeout, so that it does not count. The third is in time.
pub(super) fn the_value_is_that_of_the_attempt_that_counts(backend: &dyn Backend) {
    let second = Duration::from_secs(1);
    let retry = Retry::fixed(3, second);
    let policy = JobPolicy::default().attempt_timeout(second);
    let policy = policy.timeout_grace(9 * second);
    let world = World::new(backend).started();
    let job = || {
        let job = ValuedJob::retrying(retry.clone(), second_thoughts);
        let policy = policy.clone().retry(retry.clone());
        job.with(|job| job.policy(policy))
    };
    let submit = || world.call(|it| it.try_submit_valued(job()).expect("accepted"));
    let (awaited, waited) = (submit(), submit());
    assert_eq!(world.run(async { awaited.await }).expect("its value"), 3);
    assert_eq!(world.run(waited.wait()).expect("it ends").ok(), Some(3));
    let outcome = waited.outcome().expect("it has ended");
    assert_eq!(outcome.ok(), Some(3));
    let kept = policy.clone().retry(retry.clone()).keep_result(60 * second);
    let kept = Job::from(Task::valued(second_thoughts).policy(kept));
    let kept = world.call(|it| it.try_submit(kept).expect("accepted"));
    world.run(kept.wait()).expect("it ends");
    let result = world.call(|it| it.result(kept.id())).expect("kept");
    assert_eq!(
        (*result.value::<u32>().expect("a value"), result.attempts),
        (3, 3)
    );
}
