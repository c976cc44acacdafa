//! Retries: one attempt after another.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use crate::{
    EventKind, Job, Options, Shutdown, Task,
    engine::{
        Ended,
        rig::{Rig, outcome},
        time::Kind,
    },
    job::{
        CancelMode, CancelReason, CancelRequest, CancelStatus, JobControl, JobError, JobPolicy,
        JobStatus, Retry,
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn task(retry: Retry) -> Task {
    Task::new(|_| async {}).retry(retry)
}

fn thrice() -> Task {
    task(Retry::exponential(3, SECOND))
}

#[test]
fn a_failure_is_followed_by_further_attempts_and_the_last_one_counts() {
    let mut rig = Rig::started(Options::default());
    let job = rig.submit(thrice());
    rig.fail(&job);
    assert_eq!(
        rig.info(&job).map(|job| job.status),
        Some(JobStatus::Retrying)
    );
    rig.advance(SECOND - Duration::from_nanos(1));
    assert!(rig.running().is_empty());
    rig.advance(Duration::from_nanos(1));
    assert_eq!(rig.running().len(), 1);
    assert_eq!(rig.info(&job).map(|job| job.attempt), Some(2));
    rig.fail(&job);
    rig.advance(2 * SECOND);
    rig.fail(&job);
    assert_eq!(outcome(&job).as_deref(), Some("no"));
    assert_eq!(
        (rig.engine.metrics().retried, rig.engine.metrics().failed),
        (2, 1)
    );
}

#[test]
fn a_success_ends_it() {
    let mut rig = Rig::started(Options::default());
    let job = rig.submit(thrice());
    rig.fail(&job);
    rig.advance(SECOND);
    rig.succeed(&job);
    assert_eq!(outcome(&job).as_deref(), Some("succeeded"));
    rig.advance(100 * SECOND);
    assert!(rig.running().is_empty());
}

#[test]
fn the_story_of_a_retry_is_told_in_order() {
    let mut rig = Rig::started(Options::default());
    let job = rig.submit(thrice());
    rig.events();
    rig.fail(&job);
    rig.advance(SECOND);
    rig.succeed(&job);
    let story = rig.events();
    let [
        EventKind::JobRetrying { attempt: 2, .. },
        EventKind::JobClaimed(_),
        EventKind::JobFinished { .. },
    ] = &story[..]
    else {
        panic!("{story:?}");
    };
}

#[test]
fn a_panic_is_tried_again_only_if_asked_for() {
    let mut rig = Rig::started(Options::default());
    let shy = rig.submit(thrice());
    let bold = rig.submit(task(Retry::fixed(2, SECOND).on_panic(true)));
    rig.end(&shy, &Ended::Panicked("boom".into()));
    rig.end(&bold, &Ended::Panicked("boom".into()));
    assert_eq!(outcome(&shy).as_deref(), Some("the job panicked: boom"));
    assert_eq!(outcome(&bold), None);
}

#[test]
fn what_was_lost_is_not_tried_again() {
    let mut rig = Rig::started(Options::default());
    let job = rig.submit(thrice());
    rig.end(&job, &Ended::Lost("gone"));
    assert_eq!(outcome(&job).as_deref(), Some("the job was lost: gone"));
}

#[test]
fn a_policy_that_panics_means_no() {
    let mut rig = Rig::started(Options::default());
    let job = rig.submit(task(Retry::custom(|_, _| panic!("own function"))));
    let picky = rig.submit(task(
        Retry::fixed(9, SECOND).only_if(|_| panic!("predicate")),
    ));
    rig.fail(&job);
    rig.fail(&picky);
    assert_eq!(outcome(&job).as_deref(), Some("no"));
    assert_eq!(outcome(&picky).as_deref(), Some("no"));
}

#[test]
fn a_retry_gives_its_permit_to_others_meanwhile() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let job = rig.submit(thrice());
    let other = rig.submit(Job::new(|_| async {}));
    rig.fail(&job);
    assert_eq!(rig.running(), [other.id()]);
    rig.advance(SECOND);
    assert_eq!(rig.running(), [other.id()]);
    rig.succeed(&other);
    assert_eq!(rig.running(), [job.id()]);
}

#[test]
fn a_cancelled_job_is_not_tried_again() {
    let mut rig = Rig::started(Options::default());
    let waiting = rig.submit(thrice());
    rig.fail(&waiting);
    let key = crate::engine::key_of(waiting.id());
    let reason = CancelReason::Requested;
    let answer = rig
        .engine
        .cancel(key, CancelMode::Immediate, reason, &rig.now);
    rig.advance(9 * SECOND);
    assert_eq!(answer, CancelStatus::Prevented);
    assert_eq!(outcome(&waiting).as_deref(), Some("cancelled: on request"));

    let running = rig.submit(task(Retry::fixed(9, SECOND).on_panic(true)));
    let key = crate::engine::key_of(running.id());
    rig.engine
        .cancel(key, CancelMode::Immediate, reason, &rig.now);
    rig.end(&running, &Ended::Panicked("while ending".into()));
    assert_eq!(
        outcome(&running).as_deref(),
        Some("the job panicked: while ending")
    );
    assert_eq!(rig.engine.metrics().retrying, 0);
}

#[test]
fn nothing_is_tried_again_while_shutting_down() {
    let mut rig = Rig::started(Options::default());
    let (running, waiting) = (rig.submit(thrice()), rig.submit(thrice()));
    rig.fail(&waiting);
    rig.engine
        .shut_down(Shutdown::running_only(), &rig.now)
        .unwrap();
    rig.settle();
    assert_eq!(
        outcome(&waiting).as_deref(),
        Some("cancelled: the scheduler shut down")
    );
    rig.fail(&running);
    assert_eq!(outcome(&running).as_deref(), Some("no"));
    let report = rig.engine.report().expect("it has ended");
    assert_eq!((report.cancelled.len(), report.unstarted), (1, 0));
}

#[test]
fn while_it_is_paused_no_attempt_begins() {
    let mut rig = Rig::started(Options::default());
    let job = rig.submit(thrice());
    rig.fail(&job);
    rig.engine.pause(&rig.now).unwrap();
    assert!(rig.engine.is_idle(&rig.now));
    rig.advance(9 * SECOND);
    assert!(rig.running().is_empty());
    rig.engine.resume(&rig.now).unwrap();
    assert!(!rig.engine.is_idle(&rig.now));
    rig.settle();
    assert_eq!(rig.running(), [job.id()]);
}

#[test]
fn what_one_attempt_was_told_does_not_reach_the_next() {
    let mut rig = Rig::started(Options::default());
    let policy = JobPolicy::default()
        .retry(Retry::fixed(2, SECOND))
        .attempt_timeout(SECOND);
    let job = rig.submit(Task::new(|_| async {}).policy(policy));
    let first = crate::JobContext::new(job.clone());
    rig.advance(SECOND);
    assert_eq!(job.cancel_request(), CancelRequest::Immediate);
    assert_eq!(first.cancel_reason(), Some(CancelReason::TimedOut));
    rig.end(&job, &Ended::Dropped);
    rig.advance(SECOND);
    let second = crate::JobContext::new(job.clone());
    assert_eq!((first.attempt(), second.attempt()), (1, 2));
    assert!(first.is_cancelled() && !second.is_cancelled());
    rig.end(&job, &Ended::Returned(Err(JobError::failed("late"))));
    assert_eq!(outcome(&job).as_deref(), Some("late"));
}

/// A waker that records that it was woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

#[test]
fn what_still_waits_for_the_end_of_an_attempt_is_resumed_by_the_next() {
    let mut rig = Rig::started(Options::default());
    let job = rig.submit(thrice());
    let first = crate::JobContext::new(job.clone());
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut cx = Context::from_waker(&waker);
    let mut told = pin!(first.cancelled());
    assert!(told.as_mut().poll(&mut cx).is_pending());
    rig.fail(&job);
    rig.advance(SECOND);
    assert_eq!(job.attempt(), 2);
    assert!(woken.0.load(SeqCst) && told.poll(&mut cx).is_ready());
}

#[test]
fn what_can_run_only_once_cannot_be_tried_again() {
    let mut rig = Rig::new(Options::default());
    let policy = JobPolicy::default().retry(Retry::fixed(2, SECOND));
    let job = Job::new(|_| async {}).policy(policy);
    let refused = rig
        .engine
        .submit(job, None, 0, &rig.now)
        .expect_err("refused");
    assert!(
        refused.0.to_string().contains("needs a Task"),
        "{}",
        refused.0
    );
}

#[test]
fn the_grace_of_an_attempt_ends_with_it() {
    let mut rig = Rig::started(Options::default());
    let slow = Task::new(|_| async {}).policy(
        JobPolicy::default()
            .retry(Retry::fixed(3, SECOND))
            .attempt_timeout(SECOND)
            .timeout_grace(10 * SECOND),
    );
    let job = rig.submit(slow);
    rig.advance(2 * SECOND);
    assert_eq!(
        rig.engine.cx.deadlines.keys_of(Kind::Grace).count(),
        1,
        "it was cancelled"
    );
    rig.fail(&job);
    assert!(
        rig.engine
            .cx
            .deadlines
            .keys_of(Kind::Grace)
            .next()
            .is_none(),
        "it has ended"
    );
    rig.advance(SECOND);
    assert_eq!(rig.info(&job).map(|job| job.attempt), Some(2));
}
