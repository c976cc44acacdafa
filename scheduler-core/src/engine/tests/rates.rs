//! Rate limits beside other jobs.

use std::{sync::Arc, time::Duration};

use crate::{
    EventKind, Job, Options, Shutdown,
    engine::{
        key_of,
        rig::{Rig, outcome},
        time::Kind,
    },
    job::{CancelMode, CancelReason, JobCell, JobControl, JobId, JobPolicy, JobStatus, RateLimit},
};

const SECOND: Duration = Duration::from_secs(1);

fn limited(group: &str) -> Job {
    let limit = RateLimit::new(group, 1, SECOND);
    Job::new(|_| async {}).policy(JobPolicy::default().rate_limit(limit))
}

fn ids(jobs: &[Arc<JobCell>]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id()).collect()
}

fn cancel(rig: &mut Rig, job: &JobCell) {
    let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
    rig.engine.cancel(key_of(job.id()), mode, why, &rig.now);
    rig.settle();
}

/// Returns whether any bucket has a deadline.
fn awaits_token(rig: &Rig) -> bool {
    let mut buckets = rig.engine.cx.deadlines.keys_of(Kind::Rate);
    buckets.next().is_some()
}

#[test]
fn jobs_of_a_group_start_at_its_rate_and_others_pass() {
    let mut rig = Rig::started(Options::default());
    let slow: Vec<_> = (0..3).map(|_| rig.submit(limited("slow"))).collect();
    let other = rig.submit(limited("other"));
    let plain = rig.submit(Job::new(|_| async {}));
    assert_eq!(rig.running(), [slow[0].id(), other.id(), plain.id()]);
    assert_eq!(
        rig.info(&slow[1]).map(|job| job.status),
        Some(JobStatus::Queued)
    );
    assert!(!rig.engine.is_idle(&rig.now));
    rig.advance(SECOND);
    assert_eq!(rig.running()[3..], [slow[1].id()]);
    rig.advance(SECOND);
    assert_eq!(rig.running()[4..], [slow[2].id()]);
    let throttled = |kind: &EventKind| matches!(kind, EventKind::JobThrottled(_));
    assert_eq!(
        rig.events().iter().filter(|kind| throttled(kind)).count(),
        2
    );
}

#[test]
fn the_line_keeps_its_order_whoever_comes() {
    let mut rig = Rig::started(Options::default());
    let mut jobs: Vec<_> = (0..3).map(|_| rig.submit(limited("g"))).collect();
    rig.advance(SECOND / 2);
    jobs.push(rig.submit(limited("g")));
    rig.advance(10 * SECOND);
    assert_eq!(rig.running(), ids(&jobs));
}

#[test]
fn in_the_line_too_the_higher_priority_goes_first() {
    let mut rig = Rig::started(Options::default());
    let jobs = [0, 0, 5].map(|priority| rig.submit(limited("g").priority(priority)));
    rig.advance(10 * SECOND);
    assert_eq!(rig.running(), [jobs[0].id(), jobs[2].id(), jobs[1].id()]);
}

#[test]
fn a_token_is_taken_at_the_start_and_not_in_the_queue() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let blocker = rig.submit(Job::new(|_| async {}));
    let jobs: Vec<_> = (0..3).map(|_| rig.submit(limited("g"))).collect();
    rig.advance(100 * SECOND);
    rig.succeed(&blocker);
    assert_eq!(rig.running(), [jobs[0].id()]);
    rig.succeed(&jobs[0]);
    // No burst has been saved up by waiting.
    assert!(rig.running().is_empty());
    rig.advance(SECOND);
    assert_eq!(rig.running(), [jobs[1].id()]);
}

#[test]
fn the_called_one_waits_for_its_permit_and_nobody_overtakes_it() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let jobs: Vec<_> = (0..3).map(|_| rig.submit(limited("g"))).collect();
    rig.advance(SECOND);
    rig.succeed(&jobs[0]);
    assert_eq!(rig.running(), [jobs[1].id()]);
    rig.advance(5 * SECOND);
    cancel(&mut rig, &jobs[2]);
    let last = rig.submit(limited("g"));
    rig.succeed(&jobs[1]);
    assert_eq!(rig.running(), [last.id()]);
}

/// Creates a group in which one job was requeued while there is no permit, and another one waits
/// for a token.
fn one_called() -> (Rig, [Arc<JobCell>; 3]) {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(2));
    let first = rig.submit(limited("g"));
    let called = rig.submit(limited("g"));
    let behind = rig.submit(limited("g"));
    rig.submit(Job::new(|_| async {}));
    rig.advance(5 * SECOND);
    (rig, [first, called, behind])
}

#[test]
fn nobody_is_called_before_the_last_one_called_has_started() {
    let (mut rig, [first, called, behind]) = one_called();
    rig.succeed(&first);
    assert_eq!(rig.running()[1..], [called.id()]);
    rig.succeed(&called);
    assert_eq!(rig.running().len(), 1, "a token is taken at the start");
    rig.advance(SECOND);
    assert_eq!(rig.running()[1..], [behind.id()]);
}

#[test]
fn a_newcomer_of_higher_priority_does_not_take_the_token_of_the_called_one() {
    let (mut rig, [first, called, behind]) = one_called();
    cancel(&mut rig, &behind);
    let newcomer = rig.submit(limited("g").priority(5));
    rig.succeed(&first);
    assert_eq!(rig.running()[1..], [called.id()]);
    rig.succeed(&called);
    rig.advance(SECOND);
    assert_eq!(rig.running()[1..], [newcomer.id()]);
}

#[test]
fn a_called_one_that_is_cancelled_lets_the_next_be_called() {
    let (mut rig, [first, called, behind]) = one_called();
    cancel(&mut rig, &called);
    rig.succeed(&first);
    assert_eq!(rig.running()[1..], [behind.id()]);
}

#[test]
fn who_finds_a_token_and_nobody_in_line_is_not_held_back() {
    for cancelled in [false, true] {
        let mut rig = Rig::started(Options::default());
        rig.submit(limited("g"));
        let second = rig.submit(limited("g"));
        if cancelled {
            cancel(&mut rig, &second);
        }
        rig.advance(2 * SECOND);
        rig.events();
        let third = rig.submit(limited("g"));
        assert_eq!(rig.running().last(), Some(&third.id()));
        let throttled = |kind: &EventKind| matches!(kind, EventKind::JobThrottled(_));
        assert!(!rig.events().iter().any(throttled));
    }
}

#[test]
fn a_bucket_without_a_line_is_not_watched() {
    let mut rig = Rig::started(Options::default());
    let first = rig.submit(limited("g"));
    assert!(!awaits_token(&rig));
    let second = rig.submit(limited("g"));
    assert!(awaits_token(&rig));
    cancel(&mut rig, &second);
    assert!(!awaits_token(&rig));
    rig.succeed(&first);
    assert!(!awaits_token(&rig));
}

#[test]
fn cancelled_ones_leave_the_line() {
    let mut rig = Rig::started(Options::default());
    let jobs: Vec<_> = (0..200).map(|_| rig.submit(limited("g"))).collect();
    for job in &jobs[1..199] {
        cancel(&mut rig, job);
        assert_eq!(outcome(job).as_deref(), Some("cancelled: on request"));
    }
    rig.advance(SECOND);
    assert_eq!(rig.running(), [jobs[0].id(), jobs[199].id()]);
    assert_eq!(rig.engine.metrics().queued, 0);
}

#[test]
fn the_wait_for_a_token_can_expire_and_takes_room() {
    let mut rig = Rig::started(Options::default().queue_limit(1));
    let first = rig.submit(limited("g"));
    let policy = JobPolicy::default()
        .rate_limit(RateLimit::new("g", 1, 100 * SECOND))
        .start_within(SECOND);
    let second = rig.submit(Job::new(|_| async {}).policy(policy));
    assert!(rig.engine.submit(limited("g"), None, 0, &rig.now).is_err());
    rig.advance(SECOND);
    assert_eq!(
        outcome(&second).as_deref(),
        Some("cancelled: it was not started in time")
    );
    assert_eq!(rig.running(), [first.id()]);
    rig.submit(limited("g"));
}

#[test]
fn while_paused_nobody_is_called_and_afterwards_the_rate_holds() {
    let mut rig = Rig::started(Options::default());
    let jobs: Vec<_> = (0..3).map(|_| rig.submit(limited("g"))).collect();
    rig.engine.pause(&rig.now).unwrap();
    rig.advance(60 * SECOND);
    assert_eq!(rig.running(), [jobs[0].id()]);
    rig.engine.resume(&rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.running(), [jobs[0].id(), jobs[1].id()]);
    rig.advance(SECOND);
    assert_eq!(rig.running(), ids(&jobs));
}

#[test]
fn a_shutdown_ends_those_in_the_line() {
    let mut rig = Rig::started(Options::default());
    let jobs: Vec<_> = (0..3).map(|_| rig.submit(limited("g"))).collect();
    rig.engine
        .shut_down(Shutdown::running_only(), &rig.now)
        .unwrap();
    rig.settle();
    assert_eq!(
        outcome(&jobs[2]).as_deref(),
        Some("cancelled: the scheduler shut down")
    );
    rig.succeed(&jobs[0]);
    assert_eq!(rig.engine.report().map(|report| report.unstarted), Some(2));
}

#[test]
fn limits_that_let_nothing_pass_are_refused() {
    let mut rig = Rig::new(Options::default());
    for limit in [
        RateLimit::new("g", 0, SECOND),
        RateLimit::new("g", 1, Duration::ZERO),
        RateLimit::new("g", 1, SECOND).burst(0),
    ] {
        let job = Job::new(|_| async {}).policy(JobPolicy::default().rate_limit(limit));
        let refused = rig
            .engine
            .submit(job, None, 0, &rig.now)
            .expect_err("refused");
        assert!(
            refused.0.to_string().contains("rate_limit"),
            "{}",
            refused.0
        );
    }
}

#[test]
fn the_numbers_of_a_later_job_apply_to_those_who_wait() {
    let of = |burst| JobPolicy::default().rate_limit(RateLimit::new("g", 1, SECOND).burst(burst));
    let job = |burst| Job::new(|_| async {}).policy(of(burst));
    let mut rig = Rig::started(Options::default());
    let jobs: Vec<_> = (0..2).map(|_| rig.submit(job(1))).collect();
    assert_eq!(rig.running(), [jobs[0].id()]);
    rig.submit(job(2).after(9 * SECOND));
    rig.settle();
    assert_eq!(rig.running(), ids(&jobs), "there is a token now");

    let mut rig = Rig::started(Options::default());
    let jobs: Vec<_> = (0..3).map(|_| rig.submit(job(2))).collect();
    rig.submit(job(1).after(9 * SECOND));
    rig.advance(SECOND);
    assert_eq!(rig.running(), ids(&jobs[..2]), "not yet");
    rig.advance(SECOND);
    assert_eq!(rig.running(), ids(&jobs));
    let throttled = |kind: &&EventKind| matches!(kind, EventKind::JobThrottled(_));
    let events = rig.events();
    assert_eq!(events.iter().filter(throttled).count(), 1);
}
