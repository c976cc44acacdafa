//! Changes, pauses and removals of schedules with due instants.

use std::{sync::Weak, time::Duration};

use crate::{
    Conflict, EventKind, Misfire, MisfirePolicy, Options, Overlap, ResumeFrom, Schedule,
    ScheduleChange, ScheduleId, Task,
    engine::{
        Begin, Ended,
        rig::{Rig, outcome},
        time::{Kind, NEVER},
    },
    job::{CancelReason, JobCell, JobError, Retry},
    shell::Shared,
    trigger::Interval,
};

const TEN: Duration = Duration::from_secs(10);

fn task() -> Task {
    Task::new(|_| async { Err::<(), _>("no") })
}

fn every_ten() -> Schedule {
    let every = Interval::every(TEN).unwrap();
    Schedule::new(every, task()).id("s")
}

fn fire_all() -> Misfire {
    Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(TEN / 10)
}

fn id() -> ScheduleId {
    "s".into()
}

fn update(rig: &mut Rig, change: ScheduleChange) {
    rig.engine.update(&id(), change, &rig.now).unwrap();
    rig.settle();
}

fn resume(rig: &mut Rig, from: ResumeFrom) {
    rig.engine.resume_schedule(&id(), from, &rig.now).unwrap();
    rig.settle();
}

fn run_now(rig: &mut Rig) -> std::sync::Arc<JobCell> {
    let host = Weak::<Shared>::new();
    let cell = rig.engine.run_now(&id(), host, &rig.now).unwrap();
    rig.settle();
    cell
}

fn removed() -> Option<String> {
    Some(format!("cancelled: {}", CancelReason::ScheduleRemoved))
}

fn replace(rig: &mut Rig, schedule: Schedule) {
    rig.add(schedule.on_conflict(Conflict::Replace)).unwrap();
}

/// A way to give a schedule another overlap policy.
type Change = fn(&mut Rig, Overlap);

const CHANGES: [Change; 2] = [
    |rig, overlap| update(rig, ScheduleChange::new().overlap(overlap)),
    |rig, overlap| {
        let instants = rig.engine.schedule_info(&id()).unwrap();
        let next = instants.next.unwrap();
        replace(rig, every_ten().overlap(overlap).waiting_for(next));
    },
];

#[test]
fn runs_that_began_beside_others_count_for_the_policy_that_follows() {
    for change in CHANGES {
        for overlap in [Overlap::Skip, Overlap::BufferOne, Overlap::BufferAll] {
            let mut rig = Rig::started(Options::default());
            rig.add(every_ten().overlap(Overlap::AllowAll)).unwrap();
            rig.advance(2 * TEN);
            change(&mut rig, overlap);
            rig.advance(TEN);
            assert_eq!(rig.claims.len(), 2, "{overlap:?}");
            change(&mut rig, Overlap::AllowAll);
            rig.advance(TEN);
            let beside = rig.claims.len();
            change(&mut rig, overlap);
            rig.advance(TEN);
            assert_eq!(rig.claims.len(), beside, "{overlap:?}, again");
            rig.end_all();
            rig.advance(TEN);
            assert_eq!(rig.claims.len(), 1, "{overlap:?}, alone");
        }
    }
}

#[test]
fn a_run_that_takes_the_place_of_too_many_ends_as_many_as_it_must() {
    for overlap in [Overlap::CancelOther, Overlap::TerminateOther] {
        let mut rig = Rig::started(Options::default());
        rig.add(every_ten().overlap(Overlap::AllowAll)).unwrap();
        rig.advance(3 * TEN);
        update(&mut rig, ScheduleChange::new().overlap(overlap));
        rig.advance(TEN);
        let cancelling = |kind: &EventKind| matches!(kind, EventKind::JobCancelling(_));
        let ended = rig.events().iter().filter(|kind| cancelling(kind)).count();
        assert_eq!((rig.claims.len(), ended), (3, 3));
        for claim in std::mem::take(&mut rig.claims) {
            rig.engine
                .handle_finished(claim.key, &Ended::Dropped, &rig.now);
        }
        rig.settle();
        assert_eq!(rig.claims.len(), 1);
    }
}

#[test]
fn run_now_jobs_are_cancelled_with_their_schedule() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    rig.add(every_ten()).unwrap();
    let (runs, waits) = (run_now(&mut rig), run_now(&mut rig));
    assert_eq!(rig.engine.schedule_info(&id()).unwrap().running, 0);
    rig.engine.remove(&id(), &rig.now).unwrap();
    rig.settle();
    assert_eq!(outcome(&waits), removed());
    rig.succeed(&runs);
    assert_eq!(outcome(&runs), Some("succeeded".into()));
    assert_eq!(rig.engine.schedules.iter().count(), 0, "nothing is left");
}

#[test]
fn a_run_with_a_permit_does_not_begin_once_its_schedule_is_removed() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_ten()).unwrap();
    let host = Weak::<Shared>::new();
    let cell = rig.engine.run_now(&id(), host, &rig.now).unwrap();
    let claim = rig.engine.drain().claim.expect("it has a permit");
    rig.engine.remove(&id(), &rig.now).unwrap();
    let begin = rig.engine.begin(claim.key, claim.body, &rig.now);
    assert!(matches!(begin, Begin::Never(_)));
    rig.engine
        .handle_finished(claim.key, &Ended::NotBegun, &rig.now);
    rig.settle();
    assert_eq!(outcome(&cell), removed());
    assert_eq!(rig.engine.schedules.iter().count(), 0);
}

#[test]
fn a_pause_of_the_schedule_does_not_hold_what_a_call_asks_for() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_ten()).unwrap();
    rig.engine.pause_schedule(&id(), "", &rig.now).unwrap();
    let asked = run_now(&mut rig);
    assert_eq!(rig.running(), [crate::job::JobControl::id(&*asked)]);
    rig.advance(2 * TEN);
    assert_eq!(rig.claims.len(), 1, "the instants are held");
}

fn retried() -> Schedule {
    let often = Task::new(|_| async {}).retry(Retry::fixed(5, TEN / 2));
    Schedule::new(Interval::every(TEN).unwrap(), often).id("s")
}

#[test]
fn no_attempt_follows_the_removal_of_its_schedule() {
    for group in [None, Some("g")] {
        let mut rig = Rig::started(Options::default());
        let schedule = retried();
        rig.add(match group {
            Some(group) => schedule.group(group),
            None => schedule,
        })
        .unwrap();
        rig.advance(TEN);
        let (failing, resting) = (run_now(&mut rig), run_now(&mut rig));
        rig.fail(&resting);
        rig.engine.remove(&id(), &rig.now).unwrap();
        rig.settle();
        assert_eq!(outcome(&resting), removed());
        rig.fail(&failing);
        assert_eq!(outcome(&failing), Some("no".into()));
        let due = rig.claims.remove(0);
        let failed = Ended::Returned(Err(JobError::failed("no")));
        rig.engine.handle_finished(due.key, &failed, &rig.now);
        rig.advance(10 * TEN);
        assert!(rig.claims.is_empty(), "nothing starts");
        assert_eq!(rig.engine.schedules.iter().count(), 0);
        assert!(!rig.engine.schedules.has_groups());
    }
}

#[test]
fn the_driver_is_woken_for_every_deadline_after_a_pause() {
    let mut rig = Rig::started(Options::default());
    let paced = fire_all().pace(TEN / 2);
    let schedule = every_ten().overlap(Overlap::AllowAll).misfire(paced);
    rig.add(schedule).unwrap();
    rig.sleep_through(4 * TEN + TEN / 2);
    // Nothing is left but the turns of catch-up runs.
    rig.engine.pause(&rig.now).unwrap();
    rig.engine.cx.deadlines.clear_timers();
    rig.settle();
    rig.engine.resume(&rig.now).unwrap();
    assert!(rig.engine.cx.deadlines.next_of(Kind::Pace) < NEVER);
    assert!(rig.engine.drain().wake_driver);
}

/// Returns the jitter of the start for which the schedule waits.
fn shift_of(rig: &Rig) -> Duration {
    let mut records = rig.engine.schedules.iter().map(|(_, record)| record);
    let record = records.find(|record| *record.id() == id()).unwrap();
    Duration::from_nanos(record.shift())
}

#[test]
fn another_shift_counts_after_a_pause_too() {
    let (none, some) = (Duration::ZERO, Duration::from_secs(9));
    for from in [ResumeFrom::Now, ResumeFrom::WhereItStood] {
        for (old, new) in [(none, some), (some, none)] {
            let mut rig = Rig::started(Options::default());
            rig.add(every_ten().jitter(new).id("t")).unwrap();
            rig.add(every_ten().jitter(old)).unwrap();
            rig.engine.pause_schedule(&id(), "", &rig.now).unwrap();
            update(&mut rig, ScheduleChange::new().jitter(new));
            resume(&mut rig, from);
            let started = |rig: &Rig| rig.engine.schedule_info(&id()).unwrap().started;
            let shift = shift_of(&rig);
            assert_eq!(shift.is_zero(), new.is_zero());
            rig.advance(TEN + shift - Duration::from_nanos(1));
            assert_eq!(started(&rig), 0);
            rig.advance(Duration::from_nanos(1));
            assert_eq!(started(&rig), 1);
        }
    }
}

#[test]
fn another_length_of_the_history_counts_at_once() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_ten().overlap(Overlap::AllowAll)).unwrap();
    rig.advance(10 * TEN);
    let records = |rig: &Rig| rig.engine.history(&id()).unwrap();
    let all = records(&rig);
    assert_eq!(all.len(), 10);
    for (length, left) in [(3, 3), (5, 3), (0, 0)] {
        update(&mut rig, ScheduleChange::new().history(length));
        assert_eq!(records(&rig), all[10 - left..]);
    }
}

#[test]
fn an_imported_pause_keeps_its_beginning() {
    let mut rig = Rig::started(Options::default());
    let since = rig.now.wall() - TEN;
    let imported = || Schedule {
        paused_since: Some(since),
        ..every_ten().paused("broken")
    };
    rig.add(every_ten()).unwrap();
    replace(&mut rig, imported());
    let pause = |rig: &Rig| rig.engine.schedule_info(&id()).unwrap().paused.unwrap();
    assert_eq!(pause(&rig).since, since);
    rig.advance(TEN);
    replace(&mut rig, every_ten().paused("still"));
    assert_eq!(
        (&*pause(&rig).reason, pause(&rig).since),
        ("still", since),
        "it continues"
    );
}

#[test]
fn another_pace_counts_from_the_last_start() {
    let (slow, fast) = (Duration::from_secs(8), Duration::from_secs(3));
    for (before, after, due) in [
        (slow, fast, [1, 4]),
        (fast, slow, [6, 14]),
        (slow, Duration::ZERO, [0, 0]),
    ] {
        let mut rig = Rig::started(Options::default());
        let schedule = every_ten().overlap(Overlap::AllowAll);
        let until = Interval::every(TEN)
            .unwrap()
            .ending_at(rig.now.wall() + 3 * TEN);
        rig.add(schedule.misfire(fire_all().pace(before))).unwrap();
        rig.update(&id(), ScheduleChange::new().trigger(until))
            .unwrap();
        rig.sleep_through(3 * TEN + TEN / 2);
        assert_eq!(rig.claims.len(), 1);
        rig.advance(Duration::from_secs(2));
        update(
            &mut rig,
            ScheduleChange::new().misfire(fire_all().pace(after)),
        );
        let mut begun = Vec::new();
        for second in 0..20 {
            let new = rig.claims.len() - 1 - begun.len();
            begun.extend(std::iter::repeat_n(second, new));
            rig.advance(Duration::from_secs(1));
        }
        assert_eq!(begun, due, "{before:?} to {after:?}");
    }
}
