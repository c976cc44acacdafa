//! FT: wakers of those who wait, which are called once each, outside of everything, and let go.

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
    BlockingWork, BoxFuture, EventFilter, Job, JobHandle, Now, Options, Runtime, Scheduler,
    Shutdown, SpawnError,
};

use super::bodies::{assert_succeeds, held};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A way to wait for what happens when the gate of a [`Stage`] is opened.
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

/// For a scheduler whose queue has a limit.
const FOR_ROOM: Way = ("a place in the queue", |on| {
    let (it, job) = (on.world.scheduler.clone(), Job::new(|_| async {}));
    Box::pin(async move { _ = it.submit(job).await })
});

/// One job runs until the gate is opened, and one has the only place in the queue.
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

    /// Begins to wait with that waker.
    fn wait(&self, call: &mut Call, waker: &Waker) {
        let poll = || call.as_mut().poll(&mut Context::from_waker(waker));
        assert!(self.world.time.outside(poll).is_pending());
    }

    /// Has everything come about that somebody may wait for.
    fn end(&self) {
        self.world.time.outside(|| self.gate.open());
        self.world.settle();
        let request = |it: &dyn Scheduler| it.request_shutdown(Shutdown::graceful());
        self.world.call(request).expect("it begins");
        self.world
            .run(self.world.scheduler.stopped())
            .expect("it ends");
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
    one_panics(backend, FOR_ROOM);
}

/// Of three who wait one has a waker that panics: the first, the second or the last.
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

/// Polls what waits within the call by which it is woken, as executors without a queue do.
struct PollsAtOnce {
    call: Mutex<Option<Call>>,
    ended: Counter,
    /// What it does first when it is woken.
    first: Box<dyn Fn() + Send + Sync>,
}

impl PollsAtOnce {
    /// Unless it is being polled.
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
        assert_eq!(ended.get(), 0, "{name}: it waits");
        stage.end();
        assert_eq!(ended.get(), 3, "{name}");
    }
}

/// It was idle, and whoever is woken for that submits another job before it looks.
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
    assert_eq!(ended.get(), 1, "it is idle");
    stage.end();
}

/// A hundred other jobs come and end meanwhile.
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
        // Whoever was woken for nothing waits again.
        for wait in &mut waits {
            stage.wait(wait, &waker);
        }
    }
    let early = woken.get();
    assert!(early <= waits.len(), "{early} wakes for other jobs");
    stage.end();
    assert!(woken.get() >= waits.len(), "{} wakes", woken.get());
}

/// A waker, and whether anybody still has it.
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
    none_is_kept(backend, FOR_ROOM);
}

/// The wait was given up, or polled again with another waker, or has come to its end.
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
    assert_eq!(kept, (0, 0), "{name}: given up and replaced");
    drop(ended);
    stage.end();
    stage.world.time.outside(|| drop(wait));
    assert_eq!(third.strong_count(), 0, "{name}: at its end");
}

/// A runtime that counts the wakers of its tasks that somebody has.
struct Counting {
    runtime: Arc<dyn Runtime>,
    live: Arc<()>,
}

/// A waker of a task, which is counted as long as somebody has it.
struct Live(
    Waker,
    #[expect(dead_code, reason = "it is counted")] Arc<()>,
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

/// Handles are kept for their outcome; the tasks behind them are not.
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
