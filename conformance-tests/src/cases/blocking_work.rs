//! Cases of R12: blocking work runs beside the tasks, in real time.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use scheduler_core::Runtime;

use super::threads::Meeting;
use crate::{Backend, limits::patience};

/// Each piece of blocking work blocks its thread until all of them run.
pub(super) fn dozens_of_blocking_calls_run_at_once(backend: &dyn Backend) {
    const AT_ONCE: usize = 36;
    let harness = backend.harness();
    let (meeting, caller) = (Meeting::of(AT_ONCE), thread::current().id());
    let (met, meetings) = mpsc::channel();
    for _ in 0..AT_ONCE {
        let (meeting, met) = (meeting.clone(), met.clone());
        let work = move || {
            meeting.arrive();
            let is_beside = thread::current().id() != caller;
            met.send(is_beside && meeting.wait()).unwrap_or_default();
        };
        harness
            .runtime
            .spawn_blocking(Box::new(work))
            .expect("spawned");
    }
    for number in 0..AT_ONCE {
        let met = meetings.recv_timeout(2 * patience());
        assert_eq!(
            met,
            Ok(true),
            "{number} of {AT_ONCE} blocking calls ran at once"
        );
    }
}

/// The work blocks until a task has run, and so does a task until its work has run.
pub(super) fn blocking_work_and_tasks_do_not_wait_for_each_other(backend: &dyn Backend) {
    let harness = backend.harness();
    let runtime = harness.runtime.clone();
    let (done, ended) = mpsc::channel();
    let work = move || {
        let (polled, polls) = mpsc::channel();
        let task = Box::pin(async move { polled.send(()).unwrap_or_default() });
        runtime.spawn(task).expect("spawned");
        done.send(polls.recv_timeout(patience()))
            .unwrap_or_default();
    };
    spawn_beside(&harness.runtime, work);
    let ran = ended.recv_timeout(2 * patience());
    assert_eq!(ran, Ok(Ok(())), "a task beside blocking work");

    let runtime = harness.runtime.clone();
    let (done, ended) = mpsc::channel();
    let task = async move {
        let (worked, works) = mpsc::channel();
        spawn_beside(&runtime, move || worked.send(()).unwrap_or_default());
        done.send(works.recv_timeout(patience()))
            .unwrap_or_default();
    };
    harness.runtime.spawn(Box::pin(task)).expect("spawned");
    let ran = ended.recv_timeout(2 * patience());
    assert_eq!(ran, Ok(Ok(())), "blocking work beside a task that blocks");
}

/// Spawns blocking work that must run on another thread than the calling one.
fn spawn_beside(runtime: &Arc<dyn Runtime>, work: impl FnOnce() + Send + 'static) {
    let caller = thread::current().id();
    let work = move || {
        if thread::current().id() != caller {
            work();
        }
    };
    runtime.spawn_blocking(Box::new(work)).expect("spawned");
}

/// Plain threads spawn short work at the same time, so that threads of the runtime end and begin.
pub(super) fn no_blocking_work_is_lost(backend: &dyn Backend) {
    const THREADS: usize = 4;
    const OF_EACH: usize = 250;
    let harness = backend.harness();
    let (done, ended) = mpsc::channel();
    for _ in 0..THREADS {
        let (runtime, done) = (harness.runtime.clone(), done.clone());
        thread::spawn(move || {
            for _ in 0..OF_EACH {
                let done = done.clone();
                let work = Box::new(move || done.send(()).unwrap_or_default());
                runtime.spawn_blocking(work).expect("spawned");
            }
        });
    }
    drop(done);
    for number in 0..THREADS * OF_EACH {
        let ran = ended.recv_timeout(patience());
        assert_eq!(ran, Ok(()), "{number} blocking calls have run");
    }
}
