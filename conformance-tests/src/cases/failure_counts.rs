//! Cases of SC: which ends of runs count as consecutive failures.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use scheduler_core::{
    Schedule, Task,
    job::CancelMode,
    schedule::{Conflict, ResumeFrom, ScheduleChange},
};

use super::stage::{HALF, SECOND, Stage, every, it_id};
use crate::Backend;

/// The second run lasts until it is cancelled. All others fail.
fn task() -> Task {
    let runs = Arc::new(AtomicUsize::new(0));
    Task::new(move |_| {
        let number = runs.fetch_add(1, Ordering::SeqCst);
        async move {
            if number == 1 {
                std::future::pending::<()>().await;
            }
            Err::<(), _>("disk on fire")
        }
    })
}

pub(super) fn a_cancelled_run_neither_fails_nor_ends_a_row_of_failures(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(stage.secondly_as(task()).pause_after_failures(2));
    stage.world.advance(2 * SECOND + HALF);
    let jobs = stage.world.call(|it| it.jobs());
    let [running] = &jobs[..] else {
        panic!("{jobs:?}")
    };
    stage
        .world
        .call(|it| it.cancel(running.id, CancelMode::Immediate));
    stage.world.settle();
    let info = stage.info();
    assert_eq!((info.failures, info.is_paused()), (1, false));
    stage.world.advance(SECOND);
    let info = stage.info();
    assert_eq!((info.failures, info.is_paused()), (2, true));
}

/// The schedule is paused while a run is active that fails afterwards.
pub(super) fn a_failure_does_not_replace_the_reason_of_a_pause(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let fails = Task::new(|job| async move {
        job.sleep(SECOND).await;
        Err::<(), _>("disk on fire")
    });
    stage.add(stage.secondly_as(fails).pause_after_failures(1));
    stage.world.advance(SECOND + HALF);
    stage.pause("maintenance");
    stage.world.advance(SECOND);
    let info = stage.info();
    let reason = info.paused.map(|pause| pause.reason.to_string());
    assert_eq!((info.failures, reason.as_deref()), (1, Some("maintenance")));
}

fn failing() -> Task {
    Task::new(|_| async { Err::<(), _>("disk on fire") })
}

/// A name, and a call after which earlier failures no longer count.
type Fresh = (&'static str, fn(&Stage));

const FRESH: [Fresh; 4] = [
    ("another task", |stage| {
        stage.update(ScheduleChange::new().task(failing()));
    }),
    ("a replacement", |stage| {
        let again = stage.secondly_as(failing()).pause_after_failures(2);
        stage.add(again.on_conflict(Conflict::Replace));
    }),
    ("a resumption", |stage| {
        stage.pause("held");
        stage.resume(ResumeFrom::Now);
    }),
    ("a new schedule", |stage| {
        let handle = stage.world.scheduler.schedule(&it_id());
        stage.world.call(|_| handle.remove().expect("removed"));
        let start = stage.at(0);
        let again = every(SECOND).starting_at(start);
        let again = Schedule::new(again, failing()).id("it");
        stage.add(again.pause_after_failures(2));
    }),
];

/// One run has failed, and two failures in a row pause the schedule.
pub(super) fn a_new_task_or_schedule_begins_a_row_of_failures(backend: &dyn Backend) {
    for (name, change) in FRESH {
        let stage = Stage::new(backend);
        stage.add(stage.secondly_as(failing()).pause_after_failures(2));
        stage.world.advance(SECOND + HALF);
        let state = || {
            let info = stage.info();
            (info.failures, info.is_paused())
        };
        assert_eq!(state(), (1, false), "{name}: before");
        change(&stage);
        stage.world.settle();
        assert_eq!(state(), (0, false), "{name}: at once");
        stage.world.advance(SECOND);
        assert_eq!(state(), (1, false), "{name}: a second later");
        stage.world.advance(SECOND);
        assert_eq!(state(), (2, true), "{name}: two seconds later");
    }
}
