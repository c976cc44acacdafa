//! AJ: each call that cancels jobs passes on how.

use std::time::Duration;

use scheduler_core::{
    Job, JobHandle, Scheduler,
    job::{CancelMode, OutcomeKind},
    scope::JobScope,
};

use super::retries::SECOND;
use crate::{Backend, World, gate::Counter};

/// A name, and a call that cancels a job of the scope after a second at most.
type Way = (&'static str, fn(&World, Scope, &JobHandle, CancelMode));

type Scope = JobScope<std::sync::Arc<dyn Scheduler>>;

const WAYS: [Way; 6] = [
    ("Scheduler::cancel", |world, _scope, job, mode| {
        world.call(|it| it.cancel(job.id(), mode));
        world.run(job.wait()).expect("it ends");
    }),
    ("JobHandle::cancel", |world, _scope, job, mode| {
        world.call(|_| job.cancel(mode));
        world.run(job.wait()).expect("it ends");
    }),
    ("JobHandle::wait_or_cancel", |world, _scope, job, mode| {
        let late = world.run(job.wait_or_cancel(SECOND, mode));
        late.expect_err("it has not ended yet");
        world.run(job.wait()).expect("it ends");
    }),
    ("JobHandle::close", |world, _scope, job, mode| {
        world.run(job.close(60 * SECOND, mode)).expect("it ends");
    }),
    ("JobScope::cancel", |world, scope, job, mode| {
        world.call(|_| scope.cancel(mode));
        world.run(job.wait()).expect("it ends");
    }),
    ("JobScope::drain_within", |world, scope, _, mode| {
        let report = world.run(scope.drain_within(SECOND, mode));
        assert_eq!(report.expect("it ends").cancelled.len(), 1);
    }),
];

/// Returns a job that needs a second to end after a request, and counts if it has it.
fn polite(ended: &Counter) -> Job {
    let ended = ended.clone();
    Job::new(move |job| async move {
        job.cancelled().await;
        job.sleep(SECOND).await;
        ended.add();
    })
}

pub(super) fn each_way_to_cancel_keeps_its_mode(backend: &dyn Backend) {
    let modes = [
        (CancelMode::Graceful(Duration::from_secs(10)), 1),
        (CancelMode::Graceful(SECOND / 2), 0),
        (CancelMode::Immediate, 0),
    ];
    for (name, way) in WAYS {
        for (mode, ends) in modes {
            let (world, ended) = (World::new(backend).started(), Counter::default());
            let scope = JobScope::new(world.scheduler.clone());
            let job = scope.try_submit(polite(&ended)).expect("accepted");
            world.settle();
            way(&world, scope, &job, mode);
            let outcome = world.run(job.wait()).expect("it has ended");
            assert_eq!(outcome.kind(), OutcomeKind::Cancelled, "{name}, {mode:?}");
            assert_eq!(ended.get(), ends, "{name}, {mode:?}");
        }
    }
}
