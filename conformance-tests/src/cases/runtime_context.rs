//! RT: where calls come from, and who goes first.

use std::{thread, time::Duration};

use scheduler_core::{
    Blocking, ErrorKind, EventKind, Job, OutcomeKind, RuntimeScheduler, Scheduler, SchedulerExt,
    Shutdown, State, StateCause, block_on,
};

use crate::{Backend, World, gate::Counter, world::kind};

pub(super) fn dropping_the_last_handle_ends_it_without_waiting(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let dropped = Counter::default();
    let token = dropped.on_drop();
    let job = world.scheduler.spawn(async move {
        let _token = token;
        std::future::pending::<()>().await;
    });
    let job = job.expect("accepted");
    world.settle();
    let other = World::new(backend);
    let scheduler = std::mem::replace(&mut world.scheduler, other.scheduler.clone());
    world.time.outside(|| drop(scheduler));
    assert_eq!(
        world.run(job.wait()).expect("it ends").kind(),
        OutcomeKind::Cancelled
    );
    assert_eq!(dropped.get(), 1);
    let ends = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::StateChanged {
                to: State::ShutDown,
                cause: StateCause::Dropped,
                ..
            }
        )
    };
    let events = world.events();
    assert_eq!(
        events.iter().filter(|event| ends(&event.kind)).count(),
        1,
        "{events:?}"
    );
}

pub(super) fn dropping_a_new_scheduler_cancels_what_it_holds(backend: &dyn Backend) {
    let harness = backend.harness();
    let scheduler = RuntimeScheduler::new(harness.runtime);
    let job = scheduler.spawn(async {}).expect("accepted");
    drop(scheduler);
    assert_eq!(
        job.wait_blocking().expect("it ends").kind(),
        OutcomeKind::Cancelled
    );
}

pub(super) fn a_job_may_own_the_last_handle(backend: &dyn Backend) {
    let harness = backend.harness();
    let scheduler = Blocking::new(RuntimeScheduler::new(harness.runtime));
    scheduler.start().expect("it starts");
    let owned = scheduler.clone();
    let job = Job::blocking(move |job| {
        let owned = owned;
        block_on(job.sleep(Duration::from_millis(1)));
        drop(owned);
    });
    let job = scheduler.try_submit(job).expect("accepted");
    drop(scheduler);
    let outcome = job.wait_blocking().expect("it ends").kind();
    assert!(
        matches!(outcome, OutcomeKind::Succeeded | OutcomeKind::Cancelled),
        "{outcome}"
    );
}

pub(super) fn calls_from_plain_threads_work(backend: &dyn Backend) {
    let harness = backend.harness();
    let scheduler = Blocking::new(RuntimeScheduler::new(harness.runtime));
    let other = scheduler.clone();
    let calls = move || {
        other.start().expect("it starts");
        let job = other.submit(Job::new(|_| async {})).expect("accepted");
        other.pause().expect("it pauses");
        other.resume().expect("it resumes");
        job.wait_blocking().expect("it ends").kind()
    };
    let outcome = thread::spawn(calls).join().expect("no panic");
    assert_eq!(outcome, OutcomeKind::Succeeded);
    scheduler.wait_idle().expect("idle");
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
}

pub(super) fn blocking_calls_inside_a_job_are_refused(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let other = world.scheduler.spawn(async {}).expect("accepted");
    let blocking = Blocking::new(world.scheduler.clone());
    let job = world.scheduler.try_submit(Job::new(move |_| async move {
        let refused = Some(ErrorKind::WouldDeadlock);
        assert_eq!(kind(blocking.shutdown(Shutdown::now())), refused);
        assert_eq!(kind(blocking.wait_idle()), refused);
        assert_eq!(kind(blocking.stopped()), refused);
        assert_eq!(kind(other.wait_blocking()), refused);
    }));
    let outcome = world.run(job.expect("accepted").wait()).expect("it ends");
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
}

/// On a runtime that nobody can end the driver is dropped by other means: it is never polled again
/// once its runtime is gone, so only backends that can be stopped are asked.
pub(super) fn a_runtime_that_goes_wakes_every_waiter(backend: &dyn Backend) {
    if !backend.stops_with_its_guard() {
        return;
    }
    let harness = backend.harness();
    let scheduler = Blocking::new(RuntimeScheduler::new(harness.runtime));
    scheduler.start().expect("it starts");
    let running = scheduler
        .spawn(std::future::pending::<()>())
        .expect("accepted");
    let later = Job::new(|_| async {}).after(Duration::from_secs(3600));
    let later = scheduler.try_submit(later).expect("accepted");
    let waiting = thread::spawn(move || running.wait_blocking().expect("it ends").kind());
    drop(harness.guard);
    assert_eq!(waiting.join().expect("no panic"), OutcomeKind::Lost);
    assert_eq!(
        later.wait_blocking().expect("it ends").kind(),
        OutcomeKind::Cancelled
    );
    let report = scheduler.stopped().expect("it ends");
    assert_eq!(
        (scheduler.state(), report.cause),
        (State::ShutDown, StateCause::RuntimeGone)
    );
}

pub(super) fn nothing_is_left_after_the_end(backend: &dyn Backend) {
    let world = World::new(backend).started();
    for number in 0..50 {
        let job = Job::new(|job| async move { job.sleep(Duration::from_secs(1)).await });
        world
            .scheduler
            .post(job.after(Duration::from_secs(number)))
            .expect("accepted");
    }
    world.advance(Duration::from_secs(10));
    world.shut_down(Shutdown::now()).expect("it ends");
    world.settle();
    assert_eq!(
        (world.time.pending_timers(), world.time.participants()),
        (0, 0)
    );
}
