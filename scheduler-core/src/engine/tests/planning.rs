//! When triggers are called, what their results change, and when the clocks are compared.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Misfire, MisfirePolicy, Options, Overlap, ResumeFrom, Schedule, ScheduleChange, ScheduleId,
    Task,
    base::unix_time::UnixTime,
    engine::{
        Action, Rest,
        rig::{self, Rig},
        schedules::{jitter, plan::plan},
    },
    job::JobContext,
    trigger::{Interval, Once, Trigger},
};

const SECOND: Duration = Duration::from_secs(1);
const TEN: Duration = Duration::from_secs(10);
const MINUTE: u64 = 60_000_000_000;

fn every(period: Duration, id: &str) -> Schedule {
    let every = Interval::every(period).unwrap();
    Schedule::new(every, Task::new(|_| async {})).id(id)
}

fn once(at: DateTime<Utc>) -> Schedule {
    Schedule::new(Once::at(at), Task::new(|_| async {})).id("once")
}

fn shift(rig: &Rig, id: &str) -> u64 {
    let mut all = rig.engine.schedules.iter();
    let found = all.find(|(_, record)| record.id().as_str() == id);
    found.expect("it is there").1.shift()
}

fn revision(rig: &Rig) -> u32 {
    let mut all = rig.engine.schedules.iter();
    all.next().expect("it is there").1.revision()
}

#[test]
fn the_answer_to_an_old_question_is_void() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    rig.engine.add(every(TEN, "s"), &rig.now).unwrap();
    let hourly = Interval::every(3_600 * SECOND).unwrap();
    let change = ScheduleChange::new().trigger(hourly);
    rig.engine.update(&"s".into(), change, &rig.now).unwrap();
    let is_asked = |action| match action {
        Action::Plan(asked) => Some(asked),
        _ => None,
    };
    let actions = rig.engine.drain().actions().into_iter();
    let asked: Vec<_> = actions.filter_map(is_asked).collect();
    assert_eq!(asked.len(), 2);
    for asked in asked.iter().rev() {
        rig.engine.handle_plan(asked, plan(asked), &rig.now);
    }
    rig.settle();
    let next = rig.engine.schedule_info(&"s".into()).unwrap().next;
    assert_eq!(next, Some(start + TimeDelta::hours(1)));
    rig.advance(TEN);
    assert!(rig.claims.is_empty());
}

#[test]
fn the_wall_clock_is_watched_while_something_waits_for_it() {
    let mut rig = Rig::started(Options::default());
    let at = rig.now.wall() + TimeDelta::hours(1);
    let rest = |rig: &mut Rig| match rig.engine.handle_timeout(&rig.now) {
        Rest::Until { deadline, .. } => deadline - rig.elapsed(),
        other => panic!("{other:?}"),
    };
    assert!(rest(&mut rig) > MINUTE);
    rig.add(once(at)).unwrap();
    assert_eq!(
        (rig.engine.schedules.on_wall(), rest(&mut rig)),
        (1, MINUTE)
    );
    let id = ScheduleId::new("once");
    rig.engine.pause_schedule(&id, "", &rig.now).unwrap();
    assert_eq!(rig.engine.schedules.on_wall(), 0);
    let from = ResumeFrom::WhereItStood;
    rig.engine.resume_schedule(&id, from, &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.engine.schedules.on_wall(), 1);
    rig.advance(3_600 * SECOND);
    assert_eq!((rig.engine.schedules.on_wall(), rig.claims.len()), (0, 1));
    rig.submit(crate::Job::new(|_| async {}).at(at + TimeDelta::hours(1)));
    assert_eq!(rest(&mut rig), MINUTE, "a job of the wall clock too");
}

#[test]
fn every_schedule_has_shifts_of_its_own_and_another_limit_shifts_anew() {
    let mut rig = Rig::started(Options::default());
    for id in ["a", "b"] {
        rig.add(every(100 * SECOND, id).jitter(80 * SECOND))
            .unwrap();
    }
    assert!(shift(&rig, "a") != shift(&rig, "b"));
    rig.add(every(100 * SECOND, "c")).unwrap();
    assert_eq!(shift(&rig, "c"), 0);
    let change = ScheduleChange::new().jitter(80 * SECOND);
    rig.engine.update(&"c".into(), change, &rig.now).unwrap();
    rig.settle();
    assert!(shift(&rig, "c") > 0);
}

#[test]
fn a_trigger_is_not_asked_again_for_a_change_that_moves_nothing() {
    let mut rig = Rig::started(Options::default());
    rig.add(every(TEN, "s")).unwrap();
    let before = revision(&rig);
    let change = ScheduleChange::new().name("other");
    rig.engine.update(&"s".into(), change, &rig.now).unwrap();
    rig.settle();
    assert_eq!(revision(&rig), before);
}

#[test]
fn no_start_comes_before_its_shift_however_long_the_driver_slept() {
    let hundred = 100 * SECOND;
    let limit = 80 * SECOND;
    for slept in (0..80).map(|n| (200 + n * 5) * SECOND) {
        let mut rig = Rig::started(Options::default());
        let start = rig.now.wall();
        let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 });
        let schedule = every(hundred, "s").jitter(limit).misfire(all);
        rig.add(schedule.overlap(Overlap::AllowAll)).unwrap();
        rig.sleep_through(slept);
        let runs = rig.runs(start);
        assert!(!runs.is_empty());
        for second in runs {
            let nominal = start + TimeDelta::seconds(second);
            let shift = rig::shift(nominal, nominal + hundred, limit);
            assert!(
                nominal + shift <= rig.now.wall(),
                "{second} after {slept:?}"
            );
        }
    }
}

#[test]
fn a_schedule_that_leaves_its_group_leaves_the_runs_of_the_others_there() {
    let mut rig = Rig::started(Options::default());
    for id in ["a", "b"] {
        rig.add(every(TEN, id).group("g")).unwrap();
    }
    rig.advance(TEN);
    let running = rig.claims[0].cell.as_ref().unwrap().schedule().cloned();
    assert_eq!((running, rig.claims.len()), (Some("a".into()), 1));
    let change = ScheduleChange::new().group::<&str>(None);
    rig.engine.update(&"b".into(), change, &rig.now).unwrap();
    rig.advance(TEN);
    let running = rig.claims.iter().map(|claim| claim.cell.as_ref().unwrap());
    let running: Vec<_> = running.filter_map(|cell| cell.schedule()).collect();
    assert_eq!(running, [&ScheduleId::new("a"), &ScheduleId::new("b")]);
}

#[test]
fn a_run_knows_its_schedule_and_where_its_task_was_made() {
    let mut rig = Rig::started(Options::default());
    let task = Task::new(|_| async {}).tag("t");
    rig.add(Schedule::new(Interval::every(TEN).unwrap(), task).id("s"))
        .unwrap();
    rig.advance(TEN);
    let cell = rig.claims[0].cell.clone().unwrap();
    let job = JobContext::new(cell);
    assert_eq!(job.schedule(), Some(&"s".into()));
    assert!(job.has_tag("t") && !job.has_tag("u"));
    assert_eq!(job.backfill(), None);
    let info = &rig.engine.job_infos()[0];
    assert!(info.spawned_at.is_some_and(|at| at.file() == file!()));
    let is_told = |kind: &crate::EventKind| {
        matches!(kind, crate::EventKind::JobScheduled { .. }) && kind.schedule() == job.schedule()
    };
    assert!(rig.events().iter().any(is_told));
}

/// A trigger that counts how often it is dropped.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Trigger for Counted {
    fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn the_engine_destroys_nothing_of_the_user_s_itself() {
    let mut rig = Rig::started(Options::default());
    let dropped = Arc::new(AtomicUsize::new(0));
    let unknown = ScheduleId::new("unknown");
    let trigger = ScheduleChange::new().trigger(Counted(dropped.clone()));
    let held = Counted(dropped.clone());
    let task = Task::new(move |_| {
        let _ = &held;
        async {}
    });
    for (change, expected) in [(trigger, 1), (ScheduleChange::new().task(task), 2)] {
        assert!(rig.engine.update(&unknown, change, &rig.now).is_err());
        assert_eq!(dropped.load(SeqCst), expected - 1);
        rig.settle();
        assert_eq!(dropped.load(SeqCst), expected);
    }
}

#[test]
fn shifts_stay_below_the_next_instant_however_near() {
    let nominal = UnixTime::EPOCH;
    let next = Some(nominal.after(1));
    for seed in 0..64 {
        assert_eq!(jitter::shift(seed, nominal, next, TEN), 0);
    }
}

#[test]
fn a_driver_that_sleeps_for_long_is_woken_to_watch_the_wall_clock() {
    let mut rig = Rig::started(Options::default());
    rig.submit(crate::Job::new(|_| async {}).after(3_600 * SECOND));
    let at = rig.now.wall() + TimeDelta::hours(2);
    let job = crate::Job::new(|_| async {}).at(at);
    assert!(rig.engine.submit(job, None, 0, &rig.now).is_ok());
    assert!(rig.engine.drain().wake_driver, "for a job");
    let mut rig = Rig::started(Options::default());
    rig.submit(crate::Job::new(|_| async {}).after(3_600 * SECOND));
    rig.engine.add(once(at), &rig.now).unwrap();
    for action in rig.engine.drain().actions() {
        if let Action::Plan(asked) = action {
            let plan = plan(&asked);
            rig.engine.handle_plan(&asked, plan, &rig.now);
        }
    }
    assert!(rig.engine.drain().wake_driver, "for a schedule");
}
