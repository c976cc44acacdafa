//! Cases of RT: schedulers whose runtime ends before them.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    task::{Context, Waker},
    thread,
    time::Duration,
};

use scheduler_core::{
    Blocking, Job, Options, Scheduler, State, event::StateCause, implement::block_on,
    job::OutcomeKind, runtime::BoxFuture,
};

use super::ending::Ending;
use crate::{
    Backend,
    gate::Counter,
    limits::patience,
    world::{Live, quiet},
};

/// A job that never ends by itself. `begun` counts its start.
fn endless(begun: &Counter) -> Job {
    let begun = begun.clone();
    Job::new(move |_| {
        begun.add();
        std::future::pending::<()>()
    })
}

/// The guard of the runtime is dropped, which ends the runtime as its backend does.
pub(super) fn dropping_the_runtime_wakes_every_waiter(backend: &dyn Backend) {
    let Live {
        scheduler, guard, ..
    } = Live::new(backend).started();
    outlives(&scheduler, || drop(guard));
}

/// The runtime drops its tasks and refuses further ones, as any runtime does at its end.
pub(super) fn dropping_the_tasks_wakes_every_waiter(backend: &dyn Backend) {
    let harness = backend.harness();
    let ending = Ending::over(harness.runtime);
    let scheduler = backend.scheduler(Arc::new(ending.clone()), quiet(Options::default()));
    let scheduler = Blocking::new(scheduler.expect("the defaults are valid"));
    scheduler.start().expect("started");
    outlives(&scheduler, || ending.end());
}

fn outlives(scheduler: &Blocking<Arc<dyn Scheduler>>, end_the_runtime: impl FnOnce()) {
    let begun = Counter::default();
    let running = scheduler.try_submit(endless(&begun)).expect("accepted");
    let later = Job::new(|_| async {}).after(Duration::from_secs(3600));
    let later = scheduler.try_submit(later).expect("accepted");
    // A job that has not begun is cancelled, and a late waiter needs no wake.
    assert_eq!(begun.wait_for(1), 1, "the job does not begin");
    let mut wait = Box::pin(async move { running.wait().await });
    let waits = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(waits.is_pending());
    let waiting = thread::spawn(move || block_on(wait).expect("the job ends").kind());
    end_the_runtime();
    assert_eq!(waiting.join().expect("no panic"), OutcomeKind::Lost);
    let unstarted = later.wait_blocking().expect("the job ends").kind();
    assert_eq!(unstarted, OutcomeKind::Cancelled);
    let report = scheduler.stopped().expect("stopped");
    let end = (scheduler.state(), report.cause);
    assert_eq!(end, (State::ShutDown, StateCause::RuntimeGone));
}

/// The guard of the runtime is dropped, which ends the runtime as its backend does.
pub(super) fn a_sleep_ends_when_its_runtime_is_gone(backend: &dyn Backend) {
    any_sleep_ends(|length| {
        let Live {
            scheduler, guard, ..
        } = Live::new(backend).started();
        sleeps_end(length, &*scheduler.into_inner(), || drop(guard))
    });
}

/// The runtime drops its tasks and refuses further ones.
pub(super) fn a_sleep_ends_when_no_task_can_be_had(backend: &dyn Backend) {
    any_sleep_ends(|length| {
        let harness = backend.harness();
        let ending = Ending::over(harness.runtime);
        let scheduler = backend.scheduler(Arc::new(ending.clone()), quiet(Options::default()));
        let scheduler = scheduler.expect("the defaults are valid");
        block_on(scheduler.start()).expect("started");
        sleeps_end(length, &*scheduler, || ending.end())
    });
}

/// Repeats `sleeps_end` with longer sleeps until one outlives its runtime. A thread without a
/// processor may need longer to end the runtime than the first sleep takes.
fn any_sleep_ends(sleeps_end: impl FnMut(Duration) -> bool) {
    let mut lengths = [20, 200, 2_000, 20_000]
        .map(Duration::from_millis)
        .into_iter();
    assert!(lengths.any(sleeps_end), "no sleep outlives its runtime");
}

/// One sleep begins before the end of the runtime, one after it. Both are awaited on plain threads.
/// Returns whether the first one outlives the runtime.
fn sleeps_end(length: Duration, scheduler: &dyn Scheduler, end_the_runtime: impl FnOnce()) -> bool {
    let (done, ended) = mpsc::channel();
    let mut early = scheduler.sleep(length);
    let is_over = |sleep: &mut BoxFuture<'_, ()>| {
        let mut cx = Context::from_waker(Waker::noop());
        sleep.as_mut().poll(&mut cx).is_ready()
    };
    let was_over = is_over(&mut early);
    end_the_runtime();
    if was_over || is_over(&mut early) {
        return false;
    }
    for sleep in [early, scheduler.sleep(length)] {
        let done = done.clone();
        thread::spawn(move || {
            let ended = catch_unwind(AssertUnwindSafe(|| block_on(sleep)));
            done.send(ended.is_ok()).unwrap_or_default();
        });
    }
    for _ in 0..2 {
        let is_ended = ended.recv_timeout(patience());
        assert_eq!(is_ended, Ok(true), "a sleep panicked, or did not end");
    }
    true
}
