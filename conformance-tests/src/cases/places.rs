//! Cases of R1, R2: tasks that are spawned from everywhere, and those that are refused, in real time.

use std::{
    future::{Future, poll_fn},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use scheduler_core::Runtime;

use super::{
    leaks::await_that,
    threads::{Meeting, parallelism},
};
use crate::{
    Backend, Harness,
    gate::{Counter, CountsDrop, Gate},
    limits::patience,
};

/// A call that spawns one task.
type Spawn = Box<dyn FnOnce() + Send>;

/// The name of a context, and a function that makes the call in this context.
type Place = (&'static str, fn(&Arc<dyn Runtime>, Spawn));

const PLACES: [Place; 7] = [
    ("a plain thread", |_, spawn| spawn()),
    ("a task", |runtime, spawn| in_a_task(runtime, spawn)),
    ("a task of a task", |runtime, spawn| {
        let on = runtime.clone();
        in_a_task(runtime, Box::new(move || in_a_task(&on, spawn)));
    }),
    ("blocking work", |runtime, spawn| {
        runtime.spawn_blocking(spawn).expect("spawned");
    }),
    ("a waker", |runtime, spawn| {
        let (wakes, on) = (Arc::new(Wakes(Mutex::new(Some(spawn)))), runtime.clone());
        in_a_task(runtime, Box::new(move || wakes_soon(&on, &wakes)));
    }),
    ("a destructor", |runtime, spawn| {
        let dropped = Dropped(Some(spawn));
        in_a_task(runtime, Box::new(move || drop(dropped)));
    }),
    ("the destructor of a task", |runtime, spawn| {
        let dropped = Dropped(Some(spawn));
        let task = poll_fn(move |_| {
            let _part_of_the_task = &dropped;
            Poll::Ready(())
        });
        runtime.spawn(Box::pin(task)).expect("spawned");
    }),
];

fn in_a_task(runtime: &Arc<dyn Runtime>, call: Spawn) {
    runtime
        .spawn(Box::pin(async move { call() }))
        .expect("spawned");
}

/// A waker that makes the call when it is woken for the first time.
struct Wakes(Mutex<Option<Spawn>>);

impl Wakes {
    fn take(&self) -> MutexGuard<'_, Option<Spawn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        let call = self.take().take();
        if let Some(call) = call {
            call();
        }
    }
}

/// Lets a sleep wake the waker, and keeps the sleep until then.
fn wakes_soon(runtime: &Arc<dyn Runtime>, wakes: &Arc<Wakes>) {
    const SOON: Duration = Duration::from_millis(5);
    let waker = Waker::from(wakes.clone());
    let mut sleep = runtime.sleep_until(runtime.now().mono() + SOON);
    let polled = sleep.as_mut().poll(&mut Context::from_waker(&waker));
    if polled.is_ready() {
        waker.wake();
        return;
    }
    let (on, wakes) = (runtime.clone(), wakes.clone());
    let keeps = async move {
        while wakes.take().is_some() {
            on.sleep_until(on.now().mono() + SOON).await;
        }
        drop(sleep);
    };
    runtime.spawn(Box::pin(keeps)).expect("spawned");
}

struct Dropped(Option<Spawn>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call();
        }
    }
}

pub(super) fn spawn_polls_inline_nowhere(backend: &dyn Backend) {
    let harness = backend.harness();
    for (name, place) in PLACES {
        let (polled, polls) = mpsc::channel();
        let runtime = harness.runtime.clone();
        let spawn = move || {
            let (spawner, spawns) = (thread::current().id(), Arc::new(AtomicBool::new(true)));
            let is_spawning = spawns.clone();
            let task = async move {
                let is_inline =
                    thread::current().id() == spawner && is_spawning.load(Ordering::SeqCst);
                polled.send(is_inline).unwrap_or_default();
            };
            runtime.spawn(Box::pin(task)).expect("spawned");
            spawns.store(false, Ordering::SeqCst);
        };
        place(&harness.runtime, Box::new(spawn));
        let is_inline = polls.recv_timeout(patience());
        assert_eq!(is_inline, Ok(false), "inside spawn, called in {name}");
    }
}

/// A lock that the runtime holds meanwhile would stop the call.
pub(super) fn tasks_and_wakers_may_call_their_runtime(backend: &dyn Backend) {
    let harness = backend.harness();
    for (name, place) in PLACES {
        let (done, ended) = mpsc::channel();
        let runtime = harness.runtime.clone();
        let calls = move || {
            let mut sleep = runtime.sleep_until(runtime.now().mono() + Duration::from_secs(3_600));
            let mut nobody = Context::from_waker(Waker::noop());
            let is_over = sleep.as_mut().poll(&mut nobody).is_ready();
            drop(sleep);
            let task = Box::pin(async move { done.send(is_over).unwrap_or_default() });
            runtime.spawn(task).expect("spawned");
        };
        // A sleep is polled and dropped inside tasks only.
        if name == "a plain thread" {
            continue;
        }
        place(&harness.runtime, Box::new(calls));
        let ended = ended.recv_timeout(patience());
        assert!(
            ended.is_ok(),
            "calls of the runtime in {name} do not return"
        );
    }
}

/// All threads of the runtime are busy, so that it cannot run what is spawned.
pub(super) fn a_burst_waits_for_a_thread_of_the_runtime(backend: &dyn Backend) {
    const COUNT: usize = 500;
    let harness = backend.harness();
    let (burst, ran, inline) = (Meeting::of(1), Counter::default(), Counter::default());
    for _ in 0..parallelism(&*harness.runtime) {
        let (burst, caller) = (burst.clone(), thread::current().id());
        let blocks = Box::pin(async move {
            if thread::current().id() != caller {
                burst.wait();
            }
        });
        harness.runtime.spawn(blocks).expect("spawned");
    }
    let (runtime, counts) = (harness.runtime.clone(), (ran.clone(), inline.clone()));
    let (done, returned) = mpsc::channel();
    thread::spawn(move || {
        let caller = thread::current().id();
        for _ in 0..COUNT {
            let (ran, inline) = counts.clone();
            let task = async move {
                if thread::current().id() == caller {
                    inline.add();
                }
                ran.add();
            };
            runtime.spawn(Box::pin(task)).expect("spawned");
        }
        done.send(()).unwrap_or_default();
    });
    let returned = returned.recv_timeout(patience());
    burst.arrive();
    assert!(returned.is_ok(), "spawn waits for a thread of the runtime");
    await_that("every task has run", || ran.get() == COUNT);
    assert_eq!(inline.get(), 0, "tasks that ran inside spawn");
}

/// Spawns `count` tasks that wait at the gate, and as many pieces of blocking work. Whatever is
/// refused must have been dropped when the call returns. Returns the number of those accepted.
fn spawn_many(harness: &Harness, count: usize, gate: &Gate, dropped: &Counter) -> usize {
    let mut accepted = 0;
    let mut note = |what: &str, is_refused: bool, is_dropped: &AtomicBool| {
        let is_leaked = is_refused && !is_dropped.load(Ordering::SeqCst);
        assert!(!is_leaked, "a refused {what} is not dropped");
        accepted += usize::from(!is_refused);
    };
    for _ in 0..count {
        let (task, work) = (Token::new(dropped), Token::new(dropped));
        let (task_dropped, work_dropped) = (task.is_dropped.clone(), work.is_dropped.clone());
        let gate = gate.clone();
        let mut passes = Box::pin(async move { gate.pass().await });
        // Not dropped by the task itself, but with it.
        let waits = Box::pin(poll_fn(move |cx| {
            let _part_of_the_task = &task;
            passes.as_mut().poll(cx)
        }));
        note("task", harness.runtime.spawn(waits).is_err(), &task_dropped);
        let taken = harness.runtime.spawn_blocking(Box::new(move || drop(work)));
        note("blocking call", taken.is_err(), &work_dropped);
    }
    accepted
}

/// Part of a task: shows whether the task was dropped.
struct Token {
    is_dropped: Arc<AtomicBool>,
    _counted: CountsDrop,
}

impl Token {
    fn new(dropped: &Counter) -> Self {
        Self {
            is_dropped: Arc::default(),
            _counted: dropped.on_drop(),
        }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.is_dropped.store(true, Ordering::SeqCst);
    }
}

pub(super) fn what_is_refused_is_dropped(backend: &dyn Backend) {
    const COUNT: usize = 200;
    let harness = backend.harness();
    let (gate, dropped) = (Gate::optional(), Counter::default());
    let accepted = spawn_many(&harness, COUNT, &gate, &dropped);
    gate.open();
    await_that("what was accepted has run", || dropped.get() == 2 * COUNT);
    assert!(accepted > 0, "everything was refused");
}

/// A runtime that has ended keeps no task, whether it refuses the task or not.
pub(super) fn a_runtime_that_has_ended_keeps_no_task(backend: &dyn Backend) {
    const COUNT: usize = 20;
    let Harness { runtime, guard } = backend.harness();
    drop(guard);
    let harness = Harness {
        runtime,
        guard: Box::new(()),
    };
    let (gate, dropped) = (Gate::optional(), Counter::default());
    spawn_many(&harness, COUNT, &gate, &dropped);
    gate.open();
    await_that("every task is dropped", || dropped.get() == 2 * COUNT);
}
