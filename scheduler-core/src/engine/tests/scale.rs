//! Tests with many jobs.

use std::{sync::Arc, time::Duration};

use crate::{
    Job, Options, Shutdown,
    engine::{
        Ended,
        rig::{Rig, outcome},
    },
    job::JobCell,
};

const MANY: usize = 100_000;

fn many(rig: &mut Rig) -> Vec<Arc<JobCell>> {
    (0..MANY)
        .map(|_| rig.submit(Job::new(|_| async {})))
        .collect()
}

/// Uses one deadline for all jobs, to distinguish entries that cannot be removed from entries that
/// were not handled yet.
#[test]
fn a_hundred_thousand_jobs_end_at_once() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(MANY / 2));
    let jobs = many(&mut rig);
    assert_eq!(rig.claims.len(), MANY / 2);
    let how = Shutdown::immediate().abandon_after(Duration::from_secs(1));
    rig.engine.shut_down(how, &rig.now).unwrap();
    rig.settle();
    for claim in std::mem::take(&mut rig.claims) {
        rig.engine
            .handle_finished(claim.key, &Ended::Dropped, &rig.now);
    }
    rig.settle();
    let report = rig.engine.report().expect("it has ended");
    assert_eq!(
        (report.cancelled.len(), report.unstarted),
        (MANY / 2, MANY / 2)
    );
    assert!(report.abandoned.is_empty());
    let ended = |job: &Arc<JobCell>| outcome(job).is_some_and(|how| how.starts_with("cancelled"));
    assert!(jobs.iter().all(ended));
}

/// Keys of removed jobs must not remain in the queue.
#[test]
fn cancelled_jobs_leave_no_trace_in_the_queue() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    for job in &many(&mut rig)[1..] {
        let key = crate::engine::key_of(crate::job::JobControl::id(&**job));
        let (mode, why) = (
            crate::job::CancelMode::Immediate,
            crate::job::CancelReason::Requested,
        );
        rig.engine.cancel(key, mode, why, &rig.now);
    }
    rig.settle();
    assert_eq!(rig.engine.metrics().queued, 0);
    assert!(rig.engine.jobs.ready_len() <= 64);
}
