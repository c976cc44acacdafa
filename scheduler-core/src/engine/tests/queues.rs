//! Named queues: permits, slots, rates and pauses of their own.

use std::{sync::Arc, time::Duration};

use crate::{
    Error, ErrorKind, EventKind, Job, Options, Schedule, ScheduleChange, Shutdown, Task,
    engine::{
        Freed, Key, key_of,
        rig::{Rig, outcome},
    },
    job::{CancelMode, CancelReason, JobCell, JobControl, JobId, JobPolicy, RateLimit, Retry},
    queue::{DEFAULT, Queue, QueueInfo},
    trigger::Interval,
};

const SECOND: Duration = Duration::from_secs(1);

fn job() -> Job {
    Job::new(|_| async {})
}

fn letter() -> Job {
    job().queue("mail")
}

fn with(queue: Queue) -> Options {
    Options::default().queue(queue)
}

fn mail() -> Queue {
    Queue::named("mail")
}

fn info(rig: &Rig) -> QueueInfo {
    rig.engine.queue_info("mail").expect("it exists")
}

fn ids(jobs: &[Arc<JobCell>]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id()).collect()
}

fn pause(rig: &mut Rig, reason: &str) {
    let paused = rig.engine.pause_queue("mail", reason, &rig.now);
    paused.expect("it exists");
    rig.settle();
}

fn resume(rig: &mut Rig) {
    let resumed = rig.engine.resume_queue("mail", &rig.now);
    resumed.expect("it exists");
    rig.settle();
}

fn key(job: &JobCell) -> Key {
    key_of(job.id())
}

#[test]
fn each_queue_has_permits_of_its_own() {
    let options = with(mail().concurrency(2)).max_concurrent_jobs(1);
    let mut rig = Rig::started(options);
    let letters = [(); 4].map(|()| rig.submit(letter()));
    let others = [(); 2].map(|()| rig.submit(job()));
    let running = [letters[0].id(), letters[1].id(), others[0].id()];
    assert_eq!(rig.running(), running);
    assert_eq!((info(&rig).running, info(&rig).queued), (2, 2));
    rig.succeed(&letters[1]);
    assert_eq!(rig.running()[2..], [letters[2].id()]);
    rig.succeed(&others[0]);
    assert_eq!(rig.running()[2..], [others[1].id()]);
    assert_eq!(info(&rig).started, 3);
    assert_eq!(rig.engine.metrics().running, 3);
}

#[test]
fn each_queue_has_an_order_of_its_own() {
    let mut rig = Rig::started(with(mail().concurrency(1)));
    let first = rig.submit(letter());
    let letters = [0, 5, 0].map(|priority| rig.submit(letter().priority(priority)));
    let mut order = Vec::new();
    let mut running = first;
    for next in [1, 0, 2] {
        rig.succeed(&running);
        order.extend(rig.running());
        running = letters[next].clone();
    }
    assert_eq!(order, [letters[1].id(), letters[0].id(), letters[2].id()]);
}

#[test]
fn each_queue_has_slots_of_its_own() {
    let mut rig = Rig::started(with(mail().concurrency(1).limit(1)).queue_limit(1));
    rig.submit(letter());
    rig.submit(letter());
    let refused = rig.engine.submit(letter(), None, 0, &rig.now).unwrap_err();
    assert!(matches!(&refused.0, Error::QueueFull { queue, limit: 1 } if &**queue == "mail"));
    rig.submit(job());
    // A caller that waits for a slot of the other queue is counted by that queue alone.
    assert!(rig.engine.submit(letter(), None, 1, &rig.now).is_err());
    assert!(rig.engine.submit(job(), None, 0, &rig.now).is_ok());
}

#[test]
fn an_unknown_queue_is_refused_by_every_call() {
    let mut rig = Rig::started(Options::default());
    let refused = rig.engine.submit(letter(), None, 0, &rig.now).unwrap_err();
    assert_eq!(refused.0.kind(), ErrorKind::NotFound);
    let every = || Interval::every(SECOND).unwrap();
    let good = || Schedule::new(every(), Task::new(|_| async {}));
    let bad = || Schedule::new(every(), Task::new(|_| async {}).queue("mail"));
    let kinds = [
        rig.add(bad()).unwrap_err().kind(),
        rig.engine
            .add_all(vec![good(), bad()], &rig.now)
            .unwrap_err()
            .kind(),
        rig.engine.queue_info("mail").unwrap_err().kind(),
        rig.engine
            .pause_queue("mail", "no", &rig.now)
            .unwrap_err()
            .kind(),
        rig.engine
            .resume_queue("mail", &rig.now)
            .unwrap_err()
            .kind(),
    ];
    assert_eq!(kinds, [ErrorKind::NotFound; 5]);
    let id = rig.add(good()).unwrap();
    let change = ScheduleChange::new().task(Task::new(|_| async {}).queue("mail"));
    assert_eq!(
        rig.update(&id, change).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(rig.engine.metrics().schedules, 1);
}

#[test]
fn a_rate_spaces_the_starts_of_its_queue_only() {
    let mut rig = Rig::started(with(mail().rate(1, SECOND)));
    let letters = [(); 3].map(|()| rig.submit(letter()));
    let other = rig.submit(job());
    assert_eq!(rig.running(), [letters[0].id(), other.id()]);
    rig.advance(SECOND);
    assert_eq!(rig.running()[2..], [letters[1].id()]);
    rig.advance(SECOND);
    assert_eq!(rig.running()[3..], [letters[2].id()]);
    assert_eq!(rig.engine.metrics().queued, 0);
}

#[test]
fn plain_jobs_of_the_default_queue_keep_its_rate() {
    let mut rig = Rig::started(with(Queue::named(DEFAULT).rate(2, SECOND).burst(2)));
    let jobs = [(); 4].map(|()| rig.submit(job()));
    assert_eq!(rig.running(), ids(&jobs[..2]));
    rig.advance(SECOND);
    assert_eq!(rig.running(), ids(&jobs));
}

#[test]
fn a_rate_saves_up_nothing_while_no_permit_is_free() {
    let mut rig = Rig::started(with(mail().concurrency(1).rate(1, SECOND)));
    let letters = [(); 3].map(|()| rig.submit(letter()));
    rig.advance(10 * SECOND);
    rig.succeed(&letters[0]);
    assert_eq!(rig.running(), [letters[1].id()]);
    rig.succeed(&letters[1]);
    assert!(rig.running().is_empty(), "the token comes in a second");
    rig.advance(SECOND);
    assert_eq!(rig.running(), [letters[2].id()]);
}

#[test]
fn a_pause_holds_back_what_has_a_permit_already() {
    let mut rig = Rig::started(with(mail().concurrency(2).rate(2, SECOND).burst(2)));
    rig.is_blocked = true;
    let letters = [(); 3].map(|()| rig.submit(letter()));
    let other = rig.submit(job());
    pause(&mut rig, "the server moves");
    rig.unblock();
    assert_eq!(rig.running(), [other.id()], "other queues continue");
    let state = info(&rig);
    assert_eq!((state.queued, state.running, state.started), (3, 0, 0));
    resume(&mut rig);
    // The tokens that were not used have come back.
    assert_eq!(rig.running()[1..], ids(&letters[..2]));
}

#[test]
fn a_pause_has_a_reason_and_events() {
    let mut rig = Rig::started(with(mail()));
    rig.events();
    pause(&mut rig, "one");
    rig.advance(SECOND);
    let since = info(&rig).paused.expect("it is paused").since;
    pause(&mut rig, "two");
    let again = info(&rig).paused.expect("it is paused");
    assert_eq!((&*again.reason, again.since), ("two", since));
    resume(&mut rig);
    resume(&mut rig);
    let text = |kind: EventKind| match kind {
        EventKind::QueuePaused { queue, reason } => format!("{queue}: {reason}"),
        EventKind::QueueResumed { queue } => format!("{queue} resumed"),
        other => format!("{other:?}"),
    };
    let events: Vec<_> = rig.events().into_iter().map(text).collect();
    assert_eq!(events, ["mail: one", "mail: two", "mail resumed"]);
}

#[test]
fn a_queue_may_begin_paused() {
    let mut rig = Rig::started(with(mail().paused("not yet")));
    let letter = rig.submit(letter());
    assert!(rig.running().is_empty());
    assert_eq!(
        info(&rig).paused.map(|pause| pause.reason),
        Some("not yet".into())
    );
    resume(&mut rig);
    assert_eq!(rig.running(), [letter.id()]);
}

#[test]
fn a_pause_of_the_default_queue_holds_plain_jobs() {
    let mut rig = Rig::started(Options::default());
    rig.engine.pause_queue(DEFAULT, "no", &rig.now).unwrap();
    let plain = rig.submit(job());
    assert!(rig.running().is_empty() && !rig.engine.is_idle(&rig.now));
    rig.engine.resume_queue(DEFAULT, &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.running(), [plain.id()]);
}

#[test]
fn runs_and_retries_stay_in_their_queue() {
    let mut rig = Rig::started(with(mail().concurrency(1)));
    let blocker = rig.submit(letter());
    let policy = JobPolicy::default()
        .queue("mail")
        .retry(Retry::fixed(2, SECOND));
    let task = Task::new(|_| async { Err::<(), _>("busy") }).policy(policy);
    let every = Interval::every(5 * SECOND).unwrap();
    rig.add(Schedule::new(every, task)).unwrap();
    rig.advance(5 * SECOND);
    assert_eq!((rig.claims.len(), info(&rig).queued), (1, 1));
    rig.succeed(&blocker);
    let run = rig.claims[0].cell.clone().expect("it has a policy");
    let second = rig.submit(letter());
    rig.fail(&run);
    assert_eq!(
        rig.running(),
        [second.id()],
        "its permit is free between attempts"
    );
    rig.advance(SECOND);
    assert_eq!(info(&rig).queued, 1);
    rig.succeed(&second);
    assert_eq!(rig.running(), [run.id()]);
}

#[test]
fn jobs_that_need_no_permit_are_held_by_a_pause_and_no_other_limit() {
    let mut rig = Rig::started(with(mail().concurrency(1)));
    let health = || job().policy(JobPolicy::default().queue("mail").unlimited());
    rig.submit(letter());
    let first = rig.submit(health());
    assert_eq!(rig.running()[1..], [first.id()]);
    pause(&mut rig, "no");
    let second = rig.submit(health());
    assert_eq!(rig.running().len(), 2);
    resume(&mut rig);
    assert_eq!(rig.running()[2..], [second.id()]);
}

#[test]
fn a_drain_cancels_the_jobs_of_a_paused_queue() {
    let mut rig = Rig::started(with(mail().concurrency(1)).max_concurrent_jobs(1));
    let retried = JobPolicy::default()
        .queue("mail")
        .retry(Retry::fixed(2, SECOND));
    let task = Task::new(|_| async { Err::<(), _>("busy") }).policy(retried);
    let running = rig.submit(Job::from(task));
    let held = rig.submit(letter());
    let [first, second] = [(); 2].map(|()| rig.submit(job()));
    pause(&mut rig, "no");
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    rig.settle();
    assert_eq!(
        outcome(&held),
        Some("cancelled: the scheduler shut down".into())
    );
    rig.fail(&running);
    assert_eq!(
        outcome(&running),
        Some("cancelled: the scheduler shut down".into())
    );
    rig.succeed(&first);
    rig.succeed(&second);
    assert!(rig.engine.report().is_some(), "nothing is left to wait for");
}

#[test]
fn waiters_for_a_slot_are_woken_when_jobs_start_at_once_again() {
    let rate = RateLimit::new("group", 1, SECOND);
    let limited = || {
        Job::from(task_with(
            JobPolicy::default().queue("mail").rate_limit(rate.clone()),
        ))
    };
    let mut rig = Rig::started(with(mail().limit(1)));
    let first = rig.submit(limited());
    rig.succeed(&first);
    rig.submit(limited());
    rig.engine.drain();
    for wake in [
        |rig: &mut Rig| {
            rig.engine.pause_queue("mail", "no", &rig.now).unwrap();
            rig.engine.drain();
            rig.engine.resume_queue("mail", &rig.now).unwrap();
        },
        |rig: &mut Rig| {
            rig.engine.pause(&rig.now).unwrap();
            rig.engine.drain();
            rig.engine.resume(&rig.now).unwrap();
        },
    ] {
        wake(&mut rig);
        assert_ne!(rig.engine.drain().freed, Freed::Nothing);
    }
}

fn task_with(policy: JobPolicy) -> Task {
    Task::new(|_| async {}).policy(policy)
}

#[test]
fn what_is_cancelled_leaves_its_queue() {
    let mut rig = Rig::started(with(mail().concurrency(1).limit(2)));
    rig.submit(letter());
    let waiting = [(); 2].map(|()| rig.submit(letter()));
    for job in &waiting {
        let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
        rig.engine.cancel(key(job), mode, why, &rig.now);
        rig.settle();
    }
    assert_eq!(info(&rig).queued, 0);
    rig.submit(letter());
    rig.submit(letter());
}

/// Two queues of one permit each, both taken, and a waiting job in each.
fn crossed() -> (Rig, [Arc<JobCell>; 4]) {
    let options = with(mail().concurrency(1)).max_concurrent_jobs(1);
    let mut rig = Rig::started(options);
    let jobs = [letter(), job(), letter(), job()].map(|job| rig.submit(job));
    (rig, jobs)
}

#[test]
fn a_wait_for_a_job_of_a_queue_that_goes_on_is_none_for_ever() {
    let (mut rig, [letter, _other, _, queued]) = crossed();
    assert!(rig.engine.begin_wait(key(&letter), key(&queued)).is_ok());
}

#[test]
fn a_wait_for_a_job_of_the_own_full_queue_is_refused() {
    let (mut rig, [letter, _, second, _]) = crossed();
    let refused = rig
        .engine
        .begin_wait(key(&letter), key(&second))
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WouldDeadlock);
}

#[test]
fn waits_across_two_queues_that_would_never_end_are_refused() {
    let (mut rig, [letter, other, second, queued]) = crossed();
    assert!(rig.engine.begin_wait(key(&letter), key(&queued)).is_ok());
    let refused = rig
        .engine
        .begin_wait(key(&other), key(&second))
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WouldDeadlock);
    rig.engine.end_wait(key(&letter), key(&queued));
    assert!(rig.engine.begin_wait(key(&other), key(&second)).is_ok());
}

#[test]
fn a_wait_for_a_slot_is_judged_by_its_own_queue() {
    let options = with(mail().concurrency(1).limit(1)).max_concurrent_jobs(1);
    let mut rig = Rig::started(options);
    let [letter, other] = [letter(), job()].map(|job| rig.submit(job));
    rig.submit(self::letter());
    let number = rig.engine.queue_of(&self::letter()).expect("it exists");
    rig.engine.begin_slot_wait(key(&other), number);
    assert!(!rig.engine.is_slot_wait_starved(key(&other), number));
    rig.engine.begin_slot_wait(key(&letter), number);
    assert!(rig.engine.is_slot_wait_starved(key(&letter), number));
}
