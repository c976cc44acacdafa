//! Cases of SC: handles to schedules that exist, have been replaced, have gone, or never existed.

use std::{
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    time::Duration,
};

use scheduler_core::{
    Error, ErrorKind, Result, Schedule, ScheduleHandle, Scheduler, SchedulerExt, Shutdown, Task,
    backfill::Backfill,
    job::OutcomeKind,
    schedule::{Conflict, HistoryPage, ResumeFrom, ScheduleChange},
    trigger::Once,
};

use super::stage::{HALF, SECOND, Stage, every, it_id};
use crate::{Backend, World, gate::Counter};

type Call = (&'static str, fn(&ScheduleHandle) -> Result<()>);

fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::UNIX_EPOCH
}

/// The calls that read records, which outlive their schedule (`LG-006`).
const RECORDS: &[Call] = &[
    ("history", |it| it.history().map(drop)),
    ("history_page", |it| {
        it.history_page(&HistoryPage::new(now()..=now())).map(drop)
    }),
    ("explain", |it| it.explain(now()).map(drop)),
];

/// The calls that do not read records, in an order in which each is possible.
const CALLS: &[Call] = &[
    ("info", |it| it.info().map(drop)),
    ("next_times", |it| it.next_times(1).map(drop)),
    ("update", |it| it.update(ScheduleChange::new().name("new"))),
    ("reschedule", |it| it.reschedule(every(SECOND))),
    ("pause", |it| it.pause("why not")),
    ("resume", |it| it.resume(ResumeFrom::Now)),
    ("run_now", |it| it.run_now().map(drop)),
    ("backfill", |it| {
        it.backfill(Backfill::new(now()..=now())).map(drop)
    }),
    ("backfill_times", |it| {
        it.backfill_times(&Backfill::new(now()..=now())).map(drop)
    }),
    ("remove", ScheduleHandle::remove),
];

/// Checks that each of `calls` returns `UnknownSchedule` with the id of the handle.
fn assert_unknown(world: &World, handle: &ScheduleHandle, calls: &[Call]) {
    for (name, call) in calls {
        let answer = world.call(|_| call(handle));
        let is_right = matches!(&answer, Err(Error::UnknownSchedule(id)) if id == handle.id());
        assert!(is_right, "{name}: {answer:?}");
    }
}

pub(super) fn every_call_about_an_unknown_id_is_refused_alike(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let handle = world.scheduler.schedule(&"unknown".into());
    world.events();
    assert_unknown(&world, &handle, CALLS);
    assert_unknown(&world, &handle, RECORDS);
    assert!(world.events().is_empty());
    assert!(world.scheduler.schedules().is_empty());
}

pub(super) fn a_handle_outlives_its_schedule(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let removed = stage.world.call(|it| it.add(stage.secondly()));
    let removed = removed.expect("added");
    let once = Schedule::new(Once::after(SECOND), stage.record.task()).id("once");
    let ended = stage.world.call(|it| it.add(once)).expect("added");
    stage.world.advance(SECOND + HALF);
    stage.world.call(|_| removed.remove()).expect("it exists");
    for handle in [removed, ended] {
        assert_unknown(&stage.world, &handle, CALLS);
        for (name, call) in RECORDS {
            let answer = stage.world.call(|_| call(&handle));
            assert!(answer.is_ok(), "{name}: {answer:?}");
        }
    }
}

fn named(stage: &Stage, name: &str) -> Schedule {
    stage.secondly().name(name).on_conflict(Conflict::Replace)
}

fn name_by(stage: &Stage, handle: &ScheduleHandle) -> Option<String> {
    let info = stage.world.call(|_| handle.info()).expect("it exists");
    info.name.as_deref().map(Into::into)
}

pub(super) fn a_kept_handle_serves_the_replacement(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let before = stage.world.scheduler.schedule(&it_id());
    let kept = stage.world.call(|it| it.add(named(&stage, "first")));
    let kept = kept.expect("added");
    stage
        .world
        .call(|it| it.add(named(&stage, "second")))
        .expect("replaced");
    for handle in [&before, &kept] {
        assert_eq!(name_by(&stage, handle).as_deref(), Some("second"));
    }
    stage.world.call(|_| kept.pause("kept")).expect("paused");
    assert!(stage.info().is_paused());
    stage.world.call(|_| kept.remove()).expect("removed");
    stage
        .world
        .call(|it| it.add(named(&stage, "third")))
        .expect("added");
    assert_eq!(name_by(&stage, &kept).as_deref(), Some("third"));
    let run = stage.world.call(|_| kept.run_now()).expect("it exists");
    stage.world.run(run.wait()).expect("the job ends");
    assert_eq!(stage.record.runs().len(), 1);
}

/// Returns the kinds of the results of every call that does not read records.
fn kinds(world: &World, handle: &ScheduleHandle) -> Vec<(&'static str, Option<ErrorKind>)> {
    let kind = |call: &fn(&ScheduleHandle) -> Result<()>| {
        let answer = world.call(|_| call(handle));
        answer.err().map(|error| error.kind())
    };
    CALLS
        .iter()
        .map(|(name, call)| (*name, kind(call)))
        .collect()
}

pub(super) fn a_handle_keeps_no_scheduler_alive(backend: &dyn Backend) {
    let over = Stage::new(backend);
    let over_handle = over
        .world
        .call(|it| it.add(over.secondly()))
        .expect("added");
    over.world
        .shut_down(Shutdown::graceful())
        .expect("shut down");

    let mut world = World::new(backend).started();
    let task = Task::new(|_| std::future::pending::<()>());
    let schedule = Schedule::new(every(SECOND), task).id("it");
    let handle = world.call(|it| it.add(schedule)).expect("added");
    let run = world.call(|_| handle.run_now()).expect("it exists");
    world.settle();
    let other = World::new(backend);
    let scheduler = std::mem::replace(&mut world.scheduler, other.scheduler.clone());
    world.run(async move { drop(scheduler) });
    let outcome = world.run(run.wait_timeout(Duration::from_secs(60)));
    let outcome = outcome.expect("the drop ends the job");
    assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
    assert_eq!(kinds(&world, &handle), kinds(&over.world, &over_handle));
    // The records went with the scheduler.
    assert_unknown(&world, &handle, RECORDS);
}

/// Returns a task whose first run makes every call of a handle.
fn meddling(handle: &ScheduleHandle, succeeded: &Counter) -> Task {
    let (handle, succeeded) = (handle.clone(), succeeded.clone());
    let is_first = AtomicBool::new(true);
    Task::new(move |_| {
        let first = is_first.swap(false, SeqCst).then(|| handle.clone());
        let succeeded = succeeded.clone();
        async move {
            if let Some(handle) = first {
                handle.run_now()?.wait().await?;
                for (_, call) in RECORDS.iter().chain(CALLS) {
                    call(&handle)?;
                }
                succeeded.add();
            }
            Ok::<_, Error>(())
        }
    })
}

pub(super) fn a_run_may_use_the_handle_of_its_schedule(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let succeeded = Counter::default();
    let handle = stage.world.scheduler.schedule(&it_id());
    stage.add(stage.secondly_as(meddling(&handle, &succeeded)));
    let run = stage.world.call(|_| handle.run_now()).expect("it exists");
    let outcome = stage.world.run(run.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
    assert_eq!(succeeded.get(), 1);
    assert_unknown(&stage.world, &handle, CALLS);
}
