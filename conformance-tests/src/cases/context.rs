//! Cases of JC: the facts, the cancellation and the progress that go through a job's context.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use scheduler_core::{
    Event, EventKind, Job, JobContext, JobHandle, Options, Scheduler, SchedulerExt, Shutdown, Task,
    job::{CancelMode, CancelReason},
};

use super::bodies::{assert_succeeds, telling};
use crate::{Backend, World, gate::Gate};

const SECOND: Duration = Duration::from_secs(1);

fn post(world: &World, job: impl Into<Job>) {
    world.call(|scheduler| scheduler.post(job.into()).expect("accepted"));
}

fn submit(world: &World, job: impl Into<Job>) -> JobHandle {
    world.call(|scheduler| scheduler.try_submit(job.into()).expect("accepted"))
}

/// Returns the name, tags, metadata, attempt and nominal time that the context reports, as text.
fn seen(job: &JobContext) -> String {
    let tags: Vec<_> = job.tags().collect();
    format!(
        "{:?} {tags:?} {:?} {} {} {}",
        job.name(),
        job.metadata("owner"),
        job.has_tag("b"),
        job.attempt(),
        job.nominal().to_rfc3339(),
    )
}

/// In the context, the handle, the list and the event. Its id distinguishes it.
pub(super) fn a_job_without_a_name_has_none(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let gate = Gate::default();
    let jobs = [0; 2].map(|_| {
        let opened = gate.clone();
        let job = telling(move |job| async move {
            assert_eq!(job.name(), None);
            opened.pass().await;
        });
        submit(&world, job)
    });
    let listed = world.scheduler.jobs();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|job| job.name.is_none()), "{listed:?}");
    assert!(jobs.iter().all(|job| job.name().is_none()), "{jobs:?}");
    assert_ne!(jobs[0].id(), jobs[1].id());
    world.time.outside(|| gate.open());
    for job in &jobs {
        assert_succeeds(&world, job);
    }
    for event in world.events() {
        if let EventKind::JobScheduled { name, .. } = event.kind {
            assert_eq!(name, None);
        }
    }
}

pub(super) fn a_job_knows_itself(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (saw, sees) = mpsc::channel();
    let also = saw.clone();
    let wanted = r#"Some("self") ["a", "b"] Some("me") true 1 2026-01-01T00:00:01+00:00"#;
    for job in [
        Job::new(move |job| async move {
            {
                let _ = saw.send(seen(&job));
            }
        }),
        Job::blocking(move |job| drop(also.send(seen(&job)))),
    ] {
        let policy = scheduler_core::job::JobPolicy::default()
            .tag("a")
            .tag("b")
            .metadata("owner", "me");
        let at = "2026-01-01T00:00:01Z".parse().expect("a valid instant");
        let job = submit(&world, job.policy(policy).name("self").at(at));
        assert_succeeds(&world, &job);
        assert_eq!(sees.try_recv().as_deref(), Ok(wanted));
    }
}

pub(super) fn progress_is_visible_everywhere(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let job = Job::new(move |job| async move {
        job.report_progress(0.25, "a quarter");
        opened.pass().await;
        job.report_progress(7.0, "all");
    });
    let job = submit(&world, job);
    world.settle();
    let text = |job: &JobHandle| job.progress().map(|progress| progress.text.to_string());
    assert_eq!(text(&job).as_deref(), Some("a quarter"));
    let listed = world.scheduler.job(job.id()).and_then(|job| job.progress);
    assert_eq!(listed.map(|progress| progress.fraction), Some(0.25));
    world.time.outside(|| gate.open());
    assert_succeeds(&world, &job);
    assert_eq!(text(&job).as_deref(), Some("all"));
    let told = |event: &Event| match &event.kind {
        EventKind::JobProgress { progress, .. } => Some(progress.fraction),
        _ => None,
    };
    let told: Vec<_> = world.events().iter().filter_map(told).collect();
    assert_eq!(told, [0.25, 1.0]);
}

pub(super) fn a_job_sees_the_reason_of_its_cancellation(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let reason = Arc::new(Mutex::new(None));
    let polite = || {
        let reason = reason.clone();
        Job::new(move |job| async move {
            assert_eq!(job.cancel_reason(), None);
            job.cancelled().await;
            assert!(job.is_cancelled());
            *reason.lock().expect("not poisoned") = job.cancel_reason();
        })
    };
    let seen = || *reason.lock().expect("not poisoned");
    let grace = CancelMode::Graceful(60 * SECOND);
    let job = submit(&world, polite());
    world.settle();
    world.run(job.close(SECOND, grace)).expect("the job ends");
    assert_eq!(seen(), Some(CancelReason::Requested));
    let policy = scheduler_core::job::JobPolicy::default()
        .timeout(SECOND)
        .timeout_grace(SECOND);
    let job = submit(&world, polite().policy(policy));
    world.run(job.wait()).expect("the job ends");
    assert_eq!(seen(), Some(CancelReason::TimedOut));
    post(&world, polite());
    world.settle();
    let how = Shutdown::drain_within(SECOND).cancel_grace(SECOND);
    world.shut_down(how).expect("shut down");
    assert_eq!(seen(), Some(CancelReason::Shutdown));
}

/// A task that outlives its attempt sees the attempt as cancelled. The next attempt does not.
pub(super) fn every_clone_of_a_context_sees_the_end_of_its_attempt(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let first = Arc::new(Mutex::new(None::<JobContext>));
    let kept = first.clone();
    let task = Task::new(move |job: JobContext| {
        let kept = kept.clone();
        async move {
            assert!(
                !job.is_cancelled(),
                "the second attempt sees the cancellation of the first"
            );
            if job.attempt() > 1 {
                return;
            }
            *kept.lock().expect("not poisoned") = Some(job.clone());
            std::future::pending::<()>().await;
        }
    });
    let policy = scheduler_core::job::JobPolicy::default()
        .attempt_timeout(SECOND)
        .retry(scheduler_core::job::Retry::fixed(2, SECOND));
    let job = submit(&world, task.policy(policy));
    assert_succeeds(&world, &job);
    let first = first.lock().expect("not poisoned").take();
    let first = first.expect("the first attempt stored its context");
    assert!(first.is_cancelled());
    world.run(first.cancelled());
}

pub(super) fn a_blocking_sleep_ends_with_the_cancellation(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (saw, sees) = mpsc::channel();
    let job = Job::blocking(move |job| {
        let whole = job.sleep_blocking(SECOND);
        let _ = saw.send((whole, job.sleep_blocking(60 * SECOND)));
    });
    let job = submit(&world, job);
    world.advance(2 * SECOND);
    world
        .run(job.close(SECOND, CancelMode::Graceful(SECOND)))
        .expect("the drain ends");
    assert_eq!(sees.try_recv(), Ok((true, false)));
    assert_eq!(world.time.elapsed(), 2 * SECOND);
}

pub(super) fn a_job_reaches_its_scheduler_while_it_exists(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (saw, sees) = mpsc::channel();
    let nested = saw.clone();
    let job = Job::blocking(move |job| {
        let scheduler = job.scheduler().expect("the scheduler exists");
        let inner = Job::new(move |_| async move {
            {
                let _ = nested.send("inner");
            }
        });
        let handle = scheduler.try_submit(inner).expect("accepted");
        handle.wait_blocking().expect("the job ends");
        let _ = saw.send("outer");
    });
    let job = submit(&world, job);
    assert_succeeds(&world, &job);
    assert_eq!(sees.try_iter().collect::<Vec<_>>(), ["inner", "outer"]);
}

/// The end of another job starts the queued one, whose context must not hold facts of the other.
pub(super) fn a_queued_job_keeps_its_identity(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(1);
    let world = World::with(backend, options).started();
    let (saw, sees) = mpsc::channel();
    let jobs = ["first", "second", "third"].map(|name| {
        let saw = saw.clone();
        let job = Job::new(move |job| async move {
            let tags: Vec<_> = job.tags().map(str::to_owned).collect();
            let _ = saw.send((job.id(), job.name().map(|name| name.to_string()), tags));
        });
        (submit(&world, job.name(name).tag(name)), name)
    });
    for (job, name) in &jobs {
        assert_succeeds(&world, job);
        let wanted = (job.id(), Some((*name).to_owned()), vec![(*name).to_owned()]);
        assert_eq!(sees.try_recv(), Ok(wanted));
    }
}
