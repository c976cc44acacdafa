//! The counters match the jobs at any moment, and finished jobs leave nothing behind.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    ErrorKind, Job, Options, Schedule, Task,
    base::unix_time::UnixTime,
    engine::{Ended, key_of, rig::Rig},
    job::{
        CancelMode, CancelReason, JobCell, JobControl, JobError, JobOutcome, JobPolicy, RateLimit,
        Retry,
    },
    trigger::Once,
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn one_at_a_time() -> Rig {
    Rig::started(Options::default().max_concurrent_jobs(1))
}

fn plain() -> Job {
    Job::new(|_| async {})
}

fn again() -> Task {
    Task::new(|_| async {}).retry(Retry::fixed(9, SECOND))
}

fn one_a_second() -> Job {
    let limit = RateLimit::new("g", 1, SECOND);
    plain().policy(JobPolicy::default().rate_limit(limit))
}

fn in_an_hour(rig: &Rig, id: &str) -> Schedule {
    let later = Once::at(rig.now.wall() + TimeDelta::hours(1));
    Schedule::new(later, Task::new(|_| async {})).id(id)
}

fn cancel(rig: &mut Rig, job: &JobCell) {
    let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
    rig.engine.cancel(key_of(job.id()), mode, why, &rig.now);
    rig.settle();
}

/// Returns the numbers of delayed, queued, retrying and running jobs.
fn counts(rig: &Rig) -> [usize; 4] {
    let counts = rig.engine.metrics();
    [
        counts.delayed,
        counts.queued,
        counts.retrying,
        counts.running,
    ]
}

#[test]
fn every_job_is_counted_where_it_stands() {
    let mut rig = one_at_a_time();
    rig.submit(plain().after(10 * SECOND));
    assert_eq!(counts(&rig), [1, 0, 0, 0]);
    let first = rig.submit(again());
    assert_eq!(counts(&rig), [1, 0, 0, 1]);
    rig.submit(plain());
    assert_eq!(counts(&rig), [1, 1, 0, 1]);
    rig.fail(&first);
    assert_eq!(counts(&rig), [1, 0, 1, 1]);
    let schedule = in_an_hour(&rig, "s");
    rig.add(schedule).unwrap();
    let counted = rig.engine.metrics();
    assert_eq!((counted.jobs(), counted.schedules), (3, 1));
    rig.advance(10 * SECOND);
    assert_eq!(counts(&rig), [0, 2, 0, 1]);
    (0..3).for_each(|_| rig.end_oldest());
    assert_eq!(counts(&rig), [0; 4]);
    assert!(rig.engine.is_idle(&rig.now));
}

#[test]
fn who_waits_for_a_token_is_queued_like_who_waits_for_a_permit() {
    let mut rig = one_at_a_time();
    rig.submit(one_a_second());
    let waiting: Vec<_> = (0..2).map(|_| rig.submit(one_a_second())).collect();
    rig.submit(plain());
    assert_eq!(counts(&rig), [0, 3, 0, 1]);
    cancel(&mut rig, &waiting[0]);
    assert_eq!(counts(&rig), [0, 2, 0, 1]);
    rig.end_oldest();
    assert_eq!(counts(&rig), [0, 1, 0, 1]);
    rig.end_oldest();
    rig.advance(SECOND);
    assert_eq!(counts(&rig), [0, 0, 0, 1]);
}

#[test]
fn who_is_cancelled_is_counted_nowhere() {
    let mut rig = one_at_a_time();
    let delayed = rig.submit(plain().after(HOUR));
    let retrying = rig.submit(again());
    rig.submit(plain());
    rig.fail(&retrying);
    let queued = rig.submit(plain());
    assert_eq!(counts(&rig), [1, 1, 1, 1]);
    for (job, left) in [
        (delayed, [0, 1, 1, 1]),
        (retrying, [0, 1, 0, 1]),
        (queued, [0, 0, 0, 1]),
    ] {
        cancel(&mut rig, &job);
        assert_eq!(counts(&rig), left);
    }
}

#[test]
fn jobs_of_the_wall_clock_are_counted_while_they_wait() {
    let mut rig = Rig::started(Options::default());
    let at = rig.now.wall() + TimeDelta::hours(1);
    let given_up = rig.submit(plain().at(at));
    rig.submit(plain().at(at));
    rig.submit(plain().after(HOUR));
    assert_eq!(rig.engine.jobs.on_wall(), 2);
    cancel(&mut rig, &given_up);
    assert_eq!(rig.engine.jobs.on_wall(), 1);
    rig.advance(HOUR);
    assert_eq!((rig.engine.jobs.on_wall(), rig.claims.len()), (0, 2));
}

#[test]
fn a_trigger_that_is_being_asked_is_something_under_way() {
    let mut rig = Rig::started(Options::default());
    let schedule = in_an_hour(&rig, "s");
    assert!(rig.engine.is_idle(&rig.now));
    rig.engine.add(schedule, &rig.now).unwrap();
    assert!(!rig.engine.is_idle(&rig.now));
    rig.settle();
    assert!(rig.engine.is_idle(&rig.now));
}

#[test]
fn timers_of_what_is_gone_do_not_pile_up_and_the_others_stay() {
    let mut rig = Rig::started(Options::default());
    for round in 0..3_000 {
        let job = rig.submit(plain().after(HOUR));
        let id = format!("schedule {round}");
        let schedule = in_an_hour(&rig, &id);
        rig.add(schedule).unwrap();
        if round % 1_000 > 0 {
            cancel(&mut rig, &job);
            rig.engine.remove(&id.into(), &rig.now).unwrap();
            rig.settle();
        }
        assert!(rig.engine.cx.deadlines.timer_count() < 3_000);
    }
    rig.advance(HOUR);
    assert_eq!(rig.claims.len(), 6, "three jobs, three runs");
}

#[test]
fn a_schedule_is_kept_until_its_last_run_has_ended_and_no_longer() {
    let mut rig = Rig::started(Options::default());
    let kept = |rig: &Rig| rig.engine.schedules.iter().count();
    let schedule = in_an_hour(&rig, "removed");
    rig.add(schedule).unwrap();
    rig.engine.remove(&"removed".into(), &rig.now).unwrap();
    assert_eq!(kept(&rig), 0);
    let schedule = in_an_hour(&rig, "over");
    rig.add(schedule).unwrap();
    rig.advance(HOUR);
    assert_eq!((kept(&rig), rig.claims.len()), (1, 1), "its last run goes");
    rig.end_oldest();
    assert_eq!(kept(&rig), 0);
}

#[test]
fn timers_of_jobs_alone_do_not_pile_up_and_the_others_stay() {
    let mut rig = Rig::started(Options::default());
    for round in 0..3_000 {
        let job = rig.submit(plain().after(HOUR));
        if round % 1_000 > 0 {
            cancel(&mut rig, &job);
        }
        assert!(rig.engine.cx.deadlines.timer_count() < 1_500);
    }
    rig.advance(HOUR);
    assert_eq!(rig.claims.len(), 3);
}

#[test]
fn a_job_whose_next_attempt_would_come_too_late_is_counted_nowhere() {
    let mut rig = Rig::started(Options::default());
    let policy = JobPolicy::default()
        .retry(Retry::fixed(9, 10 * SECOND))
        .timeout(SECOND);
    let job = rig.submit(Task::new(|_| async {}).policy(policy));
    rig.fail(&job);
    assert_eq!(counts(&rig), [0; 4]);
    assert!(job.outcome().is_some() && rig.engine.is_idle(&rig.now));
}

#[test]
fn a_job_that_is_cancelled_while_its_policy_is_asked_is_counted_nowhere() {
    let mut rig = one_at_a_time();
    let job = rig.submit(again());
    let claim = rig.claims.remove(0);
    let failed = Ended::Returned(Err(JobError::failed("no")));
    rig.engine.handle_finished(claim.key, &failed, &rig.now);
    assert_eq!(counts(&rig), [0, 0, 1, 0]);
    cancel(&mut rig, &job);
    assert_eq!(counts(&rig), [0; 4]);
    assert!(matches!(job.outcome(), Some(JobOutcome::Cancelled(_))));
}

#[test]
fn a_full_queue_says_so_and_takes_what_may_start_at_once() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(2).queue_limit(1));
    rig.submit(one_a_second());
    rig.submit(one_a_second());
    let at_once = rig.submit(plain());
    assert_eq!(
        rig.running().last(),
        Some(&at_once.id()),
        "a permit is free"
    );
    let refused = rig.engine.submit(plain(), None, 0, &rig.now);
    let refused = refused.expect_err("the job that waits for a token has the slot");
    assert_eq!(refused.0.kind(), ErrorKind::QueueFull);
    assert!(
        is_taken(&mut one_at_a_time(), plain(), usize::MAX),
        "no limit"
    );
}

#[test]
fn what_a_job_was_given_is_kept_each_by_itself() {
    let mut rig = one_at_a_time();
    let mut bare = Rig::started(Options::default().keep_spawn_sites(false));
    for rig in [&mut rig, &mut bare] {
        rig.submit(plain());
        let named = rig.submit(plain().name("n"));
        let policy = rig.submit(plain().policy(JobPolicy::default().tag("t")));
        let wall = rig.submit(plain().at(rig.now.wall() + TimeDelta::hours(1)));
        assert_eq!(rig.info(&named).unwrap().name.as_deref(), Some("n"));
        let tagged = rig.info(&policy).unwrap().policy;
        assert!(tagged.is_some_and(|policy| policy.has_tag("t")));
        let record = rig.engine.jobs.get(key_of(wall.id())).unwrap();
        assert_eq!(record.wall_instant(), Some(UnixTime::of(wall.nominal())));
    }
}

#[test]
fn what_was_submitted_before_the_start_waits_from_the_start_on() {
    let mut rig = Rig::new(Options::default().max_concurrent_jobs(1));
    rig.now.pass(10 * SECOND);
    let hurried = JobPolicy::default().start_within(5 * SECOND);
    for job in [plain(), plain().policy(hurried)] {
        assert!(rig.engine.submit(job, None, 0, &rig.now).is_ok());
    }
    let delayed = plain().after(5 * SECOND);
    assert!(rig.engine.submit(delayed, None, 0, &rig.now).is_ok());
    rig.now.pass(10 * SECOND);
    rig.start();
    rig.advance(4 * SECOND);
    assert_eq!(counts(&rig), [1, 1, 0, 1]);
    rig.advance(SECOND);
    assert_eq!(counts(&rig), [0, 1, 0, 1], "one expired, one became due");
}

#[test]
fn keys_of_what_was_cancelled_do_not_pile_up() {
    let mut rig = one_at_a_time();
    rig.submit(one_a_second());
    for _ in 0..1_000 {
        for job in [plain(), one_a_second()] {
            let job = rig.submit(job);
            cancel(&mut rig, &job);
        }
        assert!(rig.engine.jobs.ready_len() <= 66);
    }
    rig.submit(plain());
    rig.submit(one_a_second());
    rig.end_oldest();
    rig.end_oldest();
    rig.advance(SECOND);
    rig.end_oldest();
    assert_eq!(counts(&rig), [0; 4]);
}

/// Returns whether a job is accepted if `before` submits wait before it.
fn is_taken(rig: &mut Rig, job: Job, before: usize) -> bool {
    let taken = rig.engine.submit(job, None, before, &rig.now).is_ok();
    rig.settle();
    taken
}

#[test]
fn a_newcomer_takes_what_those_who_wait_leave_over() {
    let options = Options::default().max_concurrent_jobs(2).queue_limit(2);
    let mut rig = Rig::started(options);
    for places in (1..=4).rev() {
        assert!(!is_taken(&mut rig, plain(), places), "{places} of them");
        assert!(is_taken(&mut rig, plain().after(HOUR), places));
        assert!(is_taken(&mut rig, plain(), places - 1), "{places} of them");
    }
    assert_eq!(counts(&rig), [4, 2, 0, 2]);
    assert!(!is_taken(&mut rig, plain(), 0));
}

#[test]
fn what_may_not_start_at_once_has_its_place_in_the_queue_only() {
    let options = Options::default().max_concurrent_jobs(2).queue_limit(1);
    let mut rig = Rig::started(options);
    assert!(!is_taken(&mut rig, one_a_second(), 1));
    assert!(is_taken(&mut rig, plain(), 1));
    rig.engine.pause(&rig.now).unwrap();
    assert!(!is_taken(&mut rig, plain(), 1));
    assert!(is_taken(&mut rig, plain(), 0));
}

#[test]
fn a_permit_that_becomes_free_is_room_for_what_may_start_at_once() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1).queue_limit(1));
    rig.submit(one_a_second());
    rig.end_oldest();
    rig.submit(one_a_second());
    rig.submit(plain());
    assert!(!is_taken(&mut rig, plain(), 0), "no permit, no place");
    let claim = rig.claims.remove(0);
    let ended = Ended::Returned(Ok(()));
    rig.engine.handle_finished(claim.key, &ended, &rig.now);
    assert_ne!(
        rig.engine.drain().freed,
        crate::engine::Freed::Nothing,
        "no waiter would be woken"
    );
    assert!(is_taken(&mut rig, plain(), 0));
}
