//! FT: an executor that moves its tasks: only the waker of the last poll of a task wakes it.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Wake, Waker},
    time::{Duration, Instant},
};

use scheduler_core::{
    Job, JobHandle, Options, Runtime, Scheduler, Shutdown,
    job::{CancelMode, OutcomeKind},
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use super::{
    bodies::{assert_succeeds, end_of},
    retries::{SECOND, submit},
};
use crate::{Backend, World, gate::Gate};

/// A runtime that gives each poll of a task a waker of its own.
struct Moving(Arc<dyn Runtime>);

/// The waker of one poll of a task.
struct OfPoll {
    waker: Waker,
    number: usize,
    last: Arc<AtomicUsize>,
}

impl Wake for OfPoll {
    fn wake(self: Arc<Self>) {
        if self.last.load(Ordering::SeqCst) == self.number {
            self.waker.wake_by_ref();
        }
    }
}

impl Runtime for Moving {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn spawn(&self, mut task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let last = Arc::new(AtomicUsize::new(0));
        self.0.spawn(Box::pin(poll_fn(move |cx| {
            let waker = OfPoll {
                waker: cx.waker().clone(),
                number: last.fetch_add(1, Ordering::SeqCst) + 1,
                last: last.clone(),
            };
            let waker = Waker::from(Arc::new(waker));
            task.as_mut().poll(&mut Context::from_waker(&waker))
        })))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.0.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.0.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        self.0.now()
    }
}

fn world(backend: &dyn Backend, options: Options) -> World {
    let moving = |runtime| -> Arc<dyn Runtime> { Arc::new(Moving(Arc::new(runtime))) };
    World::over_with(backend, options, moving).started()
}

/// Waits, and is polled again at once, with another waker.
async fn again<T>(wait: impl Future<Output = T>) -> T {
    let (mut wait, mut is_first) = (pin!(wait), true);
    poll_fn(|cx| {
        if std::mem::take(&mut is_first) {
            cx.waker().wake_by_ref();
        }
        wait.as_mut().poll(cx)
    })
    .await
}

/// Returns a job that is polled several times before it waits for `gate`.
fn polled_often(gate: &Gate) -> Job {
    let gate = gate.clone();
    Job::new(move |job| async move {
        for _ in 0..3 {
            again(job.sleep(SECOND)).await;
        }
        again(gate.pass()).await;
    })
}

/// Starts twenty jobs at once, which share runners, and waits until all of them wait.
fn waiting(world: &World, gate: &Gate) -> Vec<JobHandle> {
    world.call(|it| it.pause().expect("paused"));
    let jobs = (0..20).map(|_| submit(world, polled_often(gate)));
    let jobs = jobs.collect();
    world.call(|it| it.resume().expect("resumed"));
    world.advance(10 * SECOND);
    jobs
}

pub(super) fn a_request_reaches_a_task_that_was_moved(backend: &dyn Backend) {
    for mode in [CancelMode::Immediate, CancelMode::Graceful(SECOND)] {
        let world = world(backend, Options::default());
        for job in waiting(&world, &Gate::default()) {
            world.call(|_| job.cancel(mode));
            assert_eq!(end_of(&world, &job), OutcomeKind::Cancelled);
        }
    }
    let world = world(backend, Options::default());
    let policed = polled_often(&Gate::default()).timeout(9 * SECOND);
    let policed = submit(&world, policed);
    assert_eq!(end_of(&world, &policed), OutcomeKind::TimedOut);
    let jobs = waiting(&world, &Gate::default());
    let report = world.shut_down(Shutdown::immediate()).expect("shut down");
    assert_eq!(report.cancelled.len(), jobs.len());
}

/// Each job waits for the next one, and the last one for a slot.
pub(super) fn a_task_that_was_moved_waits_for_others(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(2).queue_limit(1);
    let (world, gate) = (world(backend, options), Gate::default());
    let scheduler = world.scheduler.clone();
    let held = submit(&world, polled_often(&gate));
    let waits = Job::new(move |job| async move {
        job.sleep(Duration::from_millis(1)).await;
        scheduler.post(Job::new(|_| async {}))?;
        let last = again(scheduler.submit(Job::new(|_| async {}))).await?;
        again(last.wait()).await.map(drop)
    });
    let waits = submit(&world, waits);
    world.advance(5 * SECOND);
    world.time.outside(|| gate.open());
    for job in [&held, &waits] {
        assert_succeeds(&world, job);
    }
    world.run(world.scheduler.wait_idle()).expect("idle");
}
