//! Cases of RY: cancels a job while a function of the user decides about its retry.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use scheduler_core::{
    Job, JobHandle, JobOutcome, Scheduler, Shutdown,
    job::{CancelMode, CancelReason, CancelStatus, Retry},
};

use crate::{Backend, World, gate::Counter, world::kind};

const SECOND: Duration = Duration::from_secs(1);

/// The function cancels its job, and then wants a retry nevertheless.
pub(super) fn a_job_may_be_cancelled_while_its_retry_is_decided(backend: &dyn Backend) {
    let world = World::new(backend);
    let (attempts, decisions) = (Counter::default(), Counter::default());
    let own: Arc<OnceLock<JobHandle>> = Arc::default();
    let (known, decided) = (own.clone(), decisions.clone());
    let cancels = Retry::custom(move |_, _| {
        let job = known.get()?;
        let status = job.cancel(CancelMode::Immediate);
        assert_eq!(status, CancelStatus::Prevented);
        decided.add();
        Some(SECOND)
    });
    let counted = attempts.clone();
    let fails = scheduler_core::Task::new(move |_| {
        counted.add();
        async { Err::<(), _>("a failure") }
    });
    let job = Job::from(fails.retry(cancels));
    let job = world.call(|it| it.try_submit(job).expect("accepted"));
    own.set(job).expect("set once");
    let world = world.started();
    let job = own.get().expect("set above");
    let outcome = world.run(job.wait()).expect("the job ends");
    assert!(
        matches!(outcome, JobOutcome::Cancelled(CancelReason::Requested)),
        "{outcome:?}"
    );
    assert_eq!(kind(world.run(world.scheduler.wait_idle())), None);
    let metrics = world.scheduler.metrics();
    assert_eq!(
        (metrics.jobs(), metrics.retrying, metrics.cancelled),
        (0, 0, 1)
    );
    world.advance(10 * SECOND);
    assert_eq!((attempts.get(), decisions.get()), (1, 1));
    world.shut_down(Shutdown::graceful()).expect("shut down");
}
