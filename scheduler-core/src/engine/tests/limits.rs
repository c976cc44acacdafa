//! Timeouts of attempts and jobs.

use std::time::Duration;

use crate::{
    EventKind, Job, Options, OutcomeKind, Task,
    engine::{
        Ended, key_of,
        rig::{Rig, outcome},
        time::Kind,
    },
    job::{CancelMode, CancelReason, CancelRequest, JobControl, JobPolicy, JobStatus, Retry},
};

const SECOND: Duration = Duration::from_secs(1);

fn job(policy: JobPolicy) -> Job {
    Job::new(|_| async {}).policy(policy)
}

fn task(policy: JobPolicy) -> Task {
    Task::new(|_| async {}).policy(policy)
}

#[test]
fn a_job_past_its_limit_is_dropped_and_has_timed_out() {
    let mut rig = Rig::started(Options::default());
    let late = rig.submit(job(JobPolicy::default().timeout(5 * SECOND)));
    rig.advance(5 * SECOND - Duration::from_nanos(1));
    assert_eq!(late.cancel_request(), CancelRequest::Nothing);
    rig.advance(Duration::from_nanos(1));
    assert_eq!(late.cancel_request(), CancelRequest::Immediate);
    rig.end(&late, &Ended::Dropped);
    assert_eq!(
        late.outcome().map(|end| end.kind()),
        Some(OutcomeKind::TimedOut)
    );
    assert_eq!(
        outcome(&late).as_deref(),
        Some("the job took longer than 5s in all")
    );
    let timed_out = |kind: &EventKind| matches!(kind, EventKind::JobTimedOut { attempt: 1, .. });
    assert_eq!(
        rig.events().iter().filter(|kind| timed_out(kind)).count(),
        1
    );
    assert_eq!(rig.engine.metrics().timed_out, 1);
}

#[test]
fn within_the_grace_it_may_end_by_itself_and_has_timed_out_all_the_same() {
    let mut rig = Rig::started(Options::default());
    let policy = JobPolicy::default()
        .attempt_timeout(SECOND)
        .timeout_grace(SECOND);
    let late = rig.submit(job(policy));
    rig.advance(SECOND);
    assert_eq!(late.cancel_request(), CancelRequest::Graceful);
    assert_eq!(late.orders().why, Some(CancelReason::TimedOut));
    rig.succeed(&late);
    assert_eq!(
        outcome(&late).as_deref(),
        Some("the job took longer than 1s")
    );
}

#[test]
fn past_the_grace_it_is_dropped() {
    let mut rig = Rig::started(Options::default());
    let policy = JobPolicy::default()
        .attempt_timeout(SECOND)
        .timeout_grace(SECOND);
    let late = rig.submit(job(policy));
    rig.advance(2 * SECOND);
    assert_eq!(late.cancel_request(), CancelRequest::Immediate);
    assert_eq!(late.orders().why, Some(CancelReason::TimedOut));
}

#[test]
fn what_ends_in_time_leaves_no_limit_behind() {
    let mut rig = Rig::started(Options::default());
    let quick = rig.submit(job(JobPolicy::default()
        .timeout(SECOND)
        .start_within(SECOND)));
    rig.succeed(&quick);
    rig.advance(9 * SECOND);
    assert_eq!(outcome(&quick).as_deref(), Some("succeeded"));
    assert!(
        rig.engine
            .cx
            .deadlines
            .keys_of(Kind::Limit)
            .next()
            .is_none()
    );
}

#[test]
fn each_attempt_has_its_limit_and_all_have_one_together() {
    let mut rig = Rig::started(Options::default());
    let policy = JobPolicy::default()
        .attempt_timeout(2 * SECOND)
        .timeout(7 * SECOND)
        .retry(Retry::fixed(99, SECOND));
    let late = rig.submit(task(policy));
    // 0 to 2, 3 to 5, and from 6 on the limit of all.
    for _ in 0..2 {
        rig.advance(2 * SECOND);
        rig.end(&late, &Ended::Dropped);
        rig.advance(SECOND);
    }
    assert_eq!(rig.info(&late).map(|job| job.attempt), Some(3));
    rig.advance(SECOND);
    assert_eq!(late.cancel_request(), CancelRequest::Immediate);
    rig.end(&late, &Ended::Dropped);
    assert_eq!(
        outcome(&late).as_deref(),
        Some("the job took longer than 7s in all")
    );
}

#[test]
fn an_attempt_that_could_only_begin_too_late_is_not_waited_for() {
    let mut rig = Rig::started(Options::default());
    let policy = JobPolicy::default()
        .timeout(5 * SECOND)
        .retry(Retry::fixed(9, 5 * SECOND));
    let failing = rig.submit(task(policy));
    rig.fail(&failing);
    assert_eq!(outcome(&failing).as_deref(), Some("no"));
}

#[test]
fn an_attempt_that_waits_for_a_permit_past_the_limit_has_timed_out() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let policy = JobPolicy::default()
        .timeout(5 * SECOND)
        .retry(Retry::fixed(9, SECOND));
    let failing = rig.submit(task(policy));
    rig.submit(job(JobPolicy::default()));
    rig.fail(&failing);
    rig.advance(4 * SECOND);
    assert_eq!(
        rig.info(&failing).map(|job| job.status),
        Some(JobStatus::Queued)
    );
    rig.advance(SECOND);
    assert_eq!(
        outcome(&failing).as_deref(),
        Some("the job took longer than 5s in all")
    );
}

#[test]
fn what_is_not_started_in_time_has_expired() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let first = rig.submit(Job::new(|_| async {}));
    let queued = rig.submit(job(JobPolicy::default().start_within(3 * SECOND)));
    rig.advance(3 * SECOND);
    assert_eq!(
        outcome(&queued).as_deref(),
        Some("cancelled: it was not started in time")
    );
    rig.succeed(&first);
    assert!(rig.running().is_empty());
}

#[test]
fn the_wait_for_a_start_counts_from_when_it_is_due() {
    let mut rig = Rig::new(Options::default().max_concurrent_jobs(1));
    let within = || job(JobPolicy::default().start_within(3 * SECOND));
    let early = rig.submit(within());
    rig.advance(100 * SECOND);
    rig.start();
    assert_eq!(rig.running(), [early.id()]);
    let delayed = rig.submit(within().after(10 * SECOND));
    rig.advance(12 * SECOND);
    assert_eq!(outcome(&delayed), None);
    rig.advance(SECOND);
    assert_eq!(
        outcome(&delayed).as_deref(),
        Some("cancelled: it was not started in time")
    );
}

#[test]
fn a_delayed_job_whose_time_passes_in_a_pause_has_expired() {
    for (passed, expires) in [(12, false), (13, true), (60, true)] {
        let mut rig = Rig::started(Options::default());
        let within = job(JobPolicy::default().start_within(3 * SECOND));
        let delayed = rig.submit(within.after(10 * SECOND));
        rig.engine.pause(&rig.now).unwrap();
        rig.advance(passed * SECOND);
        rig.engine.resume(&rig.now).unwrap();
        rig.settle();
        let expired = Some("cancelled: it was not started in time").filter(|_| expires);
        assert_eq!(outcome(&delayed).as_deref(), expired, "{passed} s");
        assert_eq!(rig.running().is_empty(), expires, "{passed} s");
    }
}

#[test]
fn it_expires_while_the_scheduler_is_paused() {
    let mut rig = Rig::started(Options::default());
    rig.engine.pause(&rig.now).unwrap();
    let queued = rig.submit(job(JobPolicy::default().start_within(SECOND)));
    rig.advance(SECOND);
    assert_eq!(
        outcome(&queued).as_deref(),
        Some("cancelled: it was not started in time")
    );
}

#[test]
fn a_request_to_end_counts_more_than_the_time_limit() {
    let mut rig = Rig::started(Options::default());
    let policy = JobPolicy::default()
        .attempt_timeout(SECOND)
        .timeout_grace(10 * SECOND)
        .retry(Retry::fixed(9, SECOND));
    let late = rig.submit(task(policy));
    rig.advance(SECOND);
    let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
    rig.engine.cancel(key_of(late.id()), mode, why, &rig.now);
    rig.settle();
    assert_eq!(late.orders().why, Some(CancelReason::Requested));
    rig.end(&late, &Ended::Dropped);
    assert_eq!(outcome(&late).as_deref(), Some("cancelled: on request"));
}

#[test]
fn limits_of_no_time_are_refused() {
    let mut rig = Rig::new(Options::default());
    for policy in [
        JobPolicy::default().timeout(Duration::ZERO),
        JobPolicy::default().attempt_timeout(Duration::ZERO),
    ] {
        let refused = rig
            .engine
            .submit(job(policy), None, 0, &rig.now)
            .expect_err("refused");
        assert!(
            refused.0.to_string().contains("must not be zero"),
            "{}",
            refused.0
        );
    }
}
