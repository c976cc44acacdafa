//! Cases of SC: which ends of runs count as consecutive failures.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use scheduler_core::{Task, job::CancelMode};

use super::stage::{HALF, SECOND, Stage};
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
