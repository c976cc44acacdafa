//! Cases of FT: wakers of waiting calls. Each is called once, without a lock held, and dropped afterwards.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
    time::{Duration, Instant},
};

use scheduler_core::{
    EventFilter, Job, JobHandle, Options, Runtime, Scheduler, Shutdown,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use super::bodies::{assert_succeeds, held};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A name, and a call that waits until the gate of a [`Stage`] is opened.
type Way = (&'static str, fn(&Stage) -> Call);

const WAYS: [Way; 4] = [
    ("the end of a job", |on| {
        let job = on.running.clone();
        Box::pin(async move { _ = job.wait().await })
    }),
    ("idleness", |on| {
        let it = on.world.scheduler.clone();
        Box::pin(async move { _ = it.wait_idle().await })
    }),
    ("the end", |on| {
        let it = on.world.scheduler.clone();
        Box::pin(async move { _ = it.stopped().await })
    }),
    ("an event", |on| {
        let mut stream = on.world.scheduler.subscribe(EventFilter::jobs());
        Box::pin(async move { _ = stream.next().await })
    }),
];

/// A `submit` that waits for a slot, for a stage whose queue has a limit.
const FOR_A_SLOT: Way = ("a slot in the queue", |on| {
    let (it, job) = (on.world.scheduler.clone(), Job::new(|_| async {}));
    Box::pin(async move { _ = it.submit(job).await })
});

/// A scheduler in which one job runs until the gate is opened, and one has the only slot in the
/// queue.
struct Stage {
    world: World,
    gate: Gate,
    running: JobHandle,
}

impl Stage {
    fn new(backend: &dyn Backend) -> Self {
        let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
        let world = World::with(backend, options).started();
        let gate = Gate::default();
        let running = world.call(|it| it.try_submit(held(&gate)).expect("accepted"));
        world.settle();
        let queued = Job::new(|_| async {});
        world.call(|it| it.post(queued).expect("accepted"));
        world.settle();
        Self {
            world,
            gate,
            running,
        }
    }

    /// Polls `call` once with `waker`.
    fn wait(&self, call: &mut Call, waker: &Waker) {
        let poll = || call.as_mut().poll(&mut Context::from_waker(waker));
        assert!(self.world.time.outside(poll).is_pending());
    }

    /// Opens the gate and ends the scheduler, so that every pending call completes.
    fn end(&self) {
        self.world.time.outside(|| self.gate.open());
        self.world.settle();
        let request = |it: &dyn Scheduler| it.request_shutdown(Shutdown::graceful());
        self.world.call(request).expect("requested");
        self.world
            .run(self.world.scheduler.stopped())
            .expect("stopped");
        self.world.settle();
    }
}

struct Panics(Counter);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.add();
        panic!("a waker panics");
    }
}

struct Counts(Counter);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.add();
    }
}

pub(super) fn a_panicking_waker_does_not_block_other_waiters(backend: &dyn Backend) {
    for way in WAYS {
        one_panics(backend, way);
    }
}

pub(super) fn a_panicking_waker_does_not_block_a_submit(backend: &dyn Backend) {
    one_panics(backend, FOR_A_SLOT);
}

/// One of three waiting calls has a waker that panics: the first, the second or the last.
fn one_panics(backend: &dyn Backend, (name, way): Way) {
    for place in 0..3 {
        let stage = Stage::new(backend);
        let (panicked, woken) = (Counter::default(), Counter::default());
        let mut waits: Vec<Call> = (0..3).map(|_| way(&stage)).collect();
        for (at, wait) in waits.iter_mut().enumerate() {
            let waker = match at == place {
                true => Waker::from(Arc::new(Panics(panicked.clone()))),
                false => Waker::from(Arc::new(Counts(woken.clone()))),
            };
            stage.wait(wait, &waker);
        }
        stage.end();
        let calls = (panicked.get(), woken.get());
        assert!(calls.0 >= 1 && calls.1 >= 2, "{name}, {place}: {calls:?}");
    }
}

/// A waker that polls its call inside `wake`, as executors without a queue do.
struct PollsAtOnce {
    call: Mutex<Option<Call>>,
    ended: Counter,
    /// Called first on each wake.
    first: Box<dyn Fn() + Send + Sync>,
}

impl PollsAtOnce {
    /// Polls the call, unless a poll of it is running.
    fn poll(self: &Arc<Self>) {
        let waker = Waker::from(self.clone());
        let Ok(mut call) = self.call.try_lock() else {
            return;
        };
        let polled = call
            .as_mut()
            .map(|call| call.as_mut().poll(&mut Context::from_waker(&waker)));
        if polled.is_some_and(|polled| polled.is_ready()) {
            *call = None;
            self.ended.add();
        }
    }
}

impl Wake for PollsAtOnce {
    fn wake(self: Arc<Self>) {
        (self.first)();
        self.poll();
    }
}

pub(super) fn a_waiter_polled_by_its_own_waker_continues(backend: &dyn Backend) {
    for (name, way) in WAYS {
        let stage = Stage::new(backend);
        let ended = Counter::default();
        for _ in 0..3 {
            let call = Mutex::new(Some(way(&stage)));
            let polls = Arc::new(PollsAtOnce {
                call,
                ended: ended.clone(),
                first: Box::new(|| {}),
            });
            stage.world.time.outside(|| polls.poll());
        }
        assert_eq!(ended.get(), 0, "{name}: the calls wait");
        stage.end();
        assert_eq!(ended.get(), 3, "{name}");
    }
}

/// The scheduler became idle, and the waker submits another job before it polls `wait_idle` again.
pub(super) fn a_waiter_that_waits_again_during_its_wake_waits(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let (ended, gate, is_woken) = (Counter::default(), Gate::default(), AtomicBool::new(false));
    let (scheduler, held_by) = (stage.world.scheduler.clone(), gate.clone());
    let first = move || {
        if !is_woken.swap(true, Ordering::SeqCst) {
            scheduler.post(held(&held_by)).expect("accepted");
        }
    };
    let idle = stage.world.scheduler.clone();
    let call: Call = Box::pin(async move { _ = idle.wait_idle().await });
    let polls = Arc::new(PollsAtOnce {
        call: Mutex::new(Some(call)),
        ended: ended.clone(),
        first: Box::new(first),
    });
    stage.world.time.outside(|| polls.poll());
    stage.world.time.outside(|| stage.gate.open());
    stage.world.settle();
    assert_eq!(ended.get(), 0, "another job runs");
    stage.world.time.outside(|| gate.open());
    stage.world.settle();
    assert_eq!(ended.get(), 1, "the scheduler is idle");
    stage.end();
}

/// A hundred other jobs are submitted and end meanwhile.
pub(super) fn a_waiter_is_woken_only_for_its_own_event(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    let running = world.call(|it| it.try_submit(held(&gate)).expect("accepted"));
    world.settle();
    let stage = Stage {
        world,
        gate,
        running,
    };
    let woken = Counter::default();
    let waker = Waker::from(Arc::new(Counts(woken.clone())));
    let ways = WAYS[..3].iter().cycle().take(30);
    let mut waits: Vec<Call> = ways.map(|(_, way)| way(&stage)).collect();
    for wait in &mut waits {
        stage.wait(wait, &waker);
    }
    for _ in 0..100 {
        let other = stage
            .world
            .call(|it| it.try_submit(Job::new(|_| async {})).expect("accepted"));
        assert_succeeds(&stage.world, &other);
        // Calls that were woken early wait again.
        for wait in &mut waits {
            stage.wait(wait, &waker);
        }
    }
    let early = woken.get();
    assert!(early <= waits.len(), "{early} wakes for other jobs");
    stage.end();
    assert!(woken.get() >= waits.len(), "{} wakes", woken.get());
}

/// Returns a waker, and a weak reference that shows whether a clone of it is still alive.
fn counted() -> (Waker, Weak<Counts>) {
    let counts = Arc::new(Counts(Counter::default()));
    let kept = Arc::downgrade(&counts);
    (counts.into(), kept)
}

pub(super) fn a_completed_wait_keeps_no_waker(backend: &dyn Backend) {
    for way in WAYS {
        none_is_kept(backend, way);
    }
}

pub(super) fn a_completed_submit_keeps_no_waker(backend: &dyn Backend) {
    none_is_kept(backend, FOR_A_SLOT);
}

/// Checks a call that is dropped, one that is polled again with another waker, and one that
/// completes.
fn none_is_kept(backend: &dyn Backend, (name, way): Way) {
    let stage = Stage::new(backend);
    let ((given_up, first), (replaced, second), (ended, third)) = (counted(), counted(), counted());
    let mut wait = way(&stage);
    stage.wait(&mut wait, &given_up);
    stage.world.time.outside(|| drop(wait));
    let mut wait = way(&stage);
    stage.wait(&mut wait, &replaced);
    stage.wait(&mut wait, &ended);
    drop((given_up, replaced));
    let kept = (first.strong_count(), second.strong_count());
    assert_eq!(kept, (0, 0), "{name}: dropped call and replaced waker");
    drop(ended);
    stage.end();
    stage.world.time.outside(|| drop(wait));
    assert_eq!(third.strong_count(), 0, "{name}: completed call");
}

/// A runtime that counts the living wakers of its tasks.
struct Counting {
    runtime: Arc<dyn Runtime>,
    live: Arc<()>,
}

/// A waker of a task that is counted while it is alive.
struct Live(
    Waker,
    #[expect(dead_code, reason = "its clones are counted")] Arc<()>,
);

impl Wake for Live {
    fn wake(self: Arc<Self>) {
        self.0.wake_by_ref();
    }
}

impl Runtime for Counting {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, mut task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let live = self.live.clone();
        self.runtime.spawn(Box::pin(std::future::poll_fn(move |cx| {
            let waker = Waker::from(Arc::new(Live(cx.waker().clone(), live.clone())));
            task.as_mut().poll(&mut Context::from_waker(&waker))
        })))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.runtime.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        self.runtime.now()
    }
}

/// The handle of an ended job keeps the outcome, but no waker of the job's task.
pub(super) fn the_handle_of_an_ended_job_keeps_no_waker(backend: &dyn Backend) {
    let live = Arc::new(());
    let counted = live.clone();
    let world = World::over(backend, |runtime| {
        Arc::new(Counting {
            runtime: Arc::new(runtime),
            live: counted,
        })
    });
    let world = world.started();
    let run = || {
        let job = Job::new(|job| async move { job.sleep(Duration::from_secs(1)).await });
        let job = world.call(|it| it.try_submit(job).expect("accepted"));
        assert_succeeds(&world, &job);
        world.settle();
        job
    };
    drop(run());
    let before = Arc::strong_count(&live);
    let handles: Vec<_> = (0..50).map(|_| run()).collect();
    let after = Arc::strong_count(&live);
    assert!(after < before + 10, "{before} before, {after} after");
    assert_eq!(handles.len(), 50);
}
