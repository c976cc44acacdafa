//! Tests with runtimes that drop their tasks, and with callers that drop the futures of their calls.

use super::{scheduler, started, threads::Threads};
use scheduler_core::{
    Blocking, EventFilter, Job, JobHandle, Options, Runtime, RuntimeScheduler, Scheduler,
    SchedulerExt, Shutdown, State,
    implement::block_on,
    job::OutcomeKind,
    runtime::{BlockingWork, BoxFuture, SpawnError},
};
use std::{
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

struct NoWake;

impl Wake for NoWake {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_dropped_start_goes_on_by_itself() {
    let scheduler = scheduler();
    {
        let waker = Waker::from(Arc::new(NoWake));
        let mut start = Scheduler::start(&*scheduler);
        let _ = start.as_mut().poll(&mut Context::from_waker(&waker));
    }
    while scheduler.state() != State::Running {
        thread::yield_now();
    }
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

/// Accepts work until it is switched to drop all work, like an executor that is shutting down.
#[derive(Debug, Clone, Default)]
struct Dropping(Arc<AtomicBool>);

impl Runtime for Dropping {
    fn name(&self) -> &str {
        "dropping"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        if self.0.load(SeqCst) {
            return Ok(());
        }
        Threads.spawn(task)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        if self.0.load(SeqCst) {
            return Ok(());
        }
        Threads.spawn_blocking(work)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Threads.sleep_until(deadline)
    }
}

/// Queues jobs one after the other, with a listener, on a runtime that drops all its tasks.
fn dropped_in_line(job: impl Fn() -> Job) {
    const JOBS: usize = 20_000;
    let runtime = Dropping::default();
    let options = Options::default().max_concurrent_jobs(1);
    let scheduler = RuntimeScheduler::with_options(runtime.clone(), options);
    let scheduler = Blocking::new(scheduler.unwrap());
    scheduler.add_listener(EventFilter::all(), Arc::new(|_: &scheduler_core::Event| {}));
    scheduler.start_paused().unwrap();
    runtime.0.store(true, SeqCst);
    let jobs: Vec<_> = (0..JOBS)
        .map(|_| scheduler.try_submit(job()).unwrap())
        .collect();
    scheduler.resume().unwrap();
    for job in jobs {
        assert_eq!(job.wait_blocking().unwrap().kind(), OutcomeKind::Lost);
    }
    scheduler.shutdown(Shutdown::immediate()).unwrap();
}

#[test]
fn a_runtime_that_drops_all_it_is_given_is_no_recursion() {
    dropped_in_line(|| Job::new(|_| async {}));
    dropped_in_line(|| Job::blocking(|_| ()));
}

/// Polls a future once, and returns whether it is pending.
fn is_pending(future: std::pin::Pin<&mut impl Future>) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    future.poll(&mut cx).is_pending()
}

#[test]
fn a_wait_that_was_given_up_is_no_wait() {
    let scheduler = started();
    let other = Arc::new(OnceLock::new());
    let (given_up, begun) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let (first, gave_up, begins) = (other.clone(), given_up.clone(), begun.clone());
    let second = Job::new(move |job| async move {
        while !gave_up.load(SeqCst) {
            job.sleep(Duration::from_millis(1)).await;
        }
        let first: &JobHandle = first.get().unwrap();
        let mut waits = std::pin::pin!(first.wait());
        let is_pending = is_pending(waits.as_mut());
        begins.store(true, SeqCst);
        assert!(is_pending, "it is refused");
        waits.await.map(drop)
    });
    let second = scheduler.try_submit(second).unwrap();
    let target = second.clone();
    let first = Job::new(move |job| async move {
        assert!(is_pending(std::pin::pin!(target.wait())));
        given_up.store(true, SeqCst);
        while !begun.load(SeqCst) {
            job.sleep(Duration::from_millis(1)).await;
        }
    });
    other.set(scheduler.try_submit(first).unwrap()).unwrap();
    let outcome = second.wait_blocking().unwrap();
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

#[test]
fn dropping_the_last_handle_ends_everything() {
    let scheduler = started();
    let mut events = scheduler.subscribe(EventFilter::scheduler());
    let stuck = scheduler.spawn(std::future::pending::<()>()).unwrap();
    drop(scheduler);
    assert_eq!(
        stuck.wait_blocking().unwrap().kind(),
        OutcomeKind::Cancelled
    );
    while let Some(event) = block_on(events.next()) {
        drop(event);
    }
}
