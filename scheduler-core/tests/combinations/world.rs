//! An executor on one thread with its own clocks: time advances only when a scenario advances it,
//! after every woken task has run.

use std::{
    collections::VecDeque,
    future::poll_fn,
    mem,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Runtime,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

/// Number of turns after which a loop without end is assumed.
const MOST_TURNS: usize = 100_000;

/// The executor, its clocks and its tasks.
#[derive(Clone)]
pub(crate) struct World(Arc<State>);

struct State {
    clocks: Mutex<Now>,
    tasks: Mutex<Vec<Task>>,
    blocking: Mutex<VecDeque<BlockingWork>>,
    deadlines: Mutex<Vec<Instant>>,
}

struct Task {
    future: BoxFuture<'static, ()>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

impl World {
    /// Creates a world whose wall clock shows `wall`.
    pub(crate) fn at(wall: DateTime<Utc>) -> Self {
        let now = Now::new(Now::system().mono(), wall);
        Self(Arc::new(State {
            clocks: Mutex::new(now),
            tasks: Mutex::default(),
            blocking: Mutex::default(),
            deadlines: Mutex::default(),
        }))
    }

    pub(crate) fn read(&self) -> Now {
        *lock(&self.0.clocks)
    }

    /// Polls woken tasks until none is left.
    pub(crate) fn settle(&self) {
        for _ in 0..MOST_TURNS {
            if !self.turn() {
                return;
            }
        }
        panic!("something never rests");
    }

    /// Polls every woken task. Returns whether there were any.
    fn turn(&self) -> bool {
        let work = lock(&self.0.blocking).pop_front();
        if let Some(work) = work {
            work();
            return true;
        }
        let now = self.read().mono();
        let before = lock(&self.0.deadlines).len();
        lock(&self.0.deadlines).retain(|deadline| *deadline > now);
        let due = lock(&self.0.deadlines).len() < before;
        let mut tasks = mem::take(&mut *lock(&self.0.tasks));
        let mut polled = false;
        tasks.retain_mut(|task| {
            if !task.woken.0.swap(false, Ordering::SeqCst) && !due {
                return true;
            }
            polled = true;
            let waker = Waker::from(task.woken.clone());
            let mut cx = Context::from_waker(&waker);
            task.future.as_mut().poll(&mut cx).is_pending()
        });
        let mut all = lock(&self.0.tasks);
        tasks.append(&mut all);
        *all = tasks;
        polled
    }

    /// Advances time from deadline to deadline, and polls the tasks.
    pub(crate) fn advance(&self, by: Duration) {
        let end = self.read().mono() + by;
        self.settle();
        while let Some(next) = self.next_deadline(end) {
            self.pass(next - self.read().mono());
            self.settle();
        }
        self.pass(end - self.read().mono());
        self.settle();
    }

    fn next_deadline(&self, end: Instant) -> Option<Instant> {
        let deadlines = lock(&self.0.deadlines);
        deadlines
            .iter()
            .copied()
            .filter(|deadline| *deadline <= end)
            .min()
    }

    /// Advances both clocks without polling a task, as if the executor were blocked.
    pub(crate) fn pass(&self, by: Duration) {
        let mut now = lock(&self.0.clocks);
        *now = Now::new(now.mono() + by, now.wall() + by);
    }

    /// Sets the wall clock.
    pub(crate) fn jump(&self, seconds: i64) {
        let mut now = lock(&self.0.clocks);
        *now = Now::new(now.mono(), now.wall() + TimeDelta::seconds(seconds));
    }

    /// Runs a future to completion without advancing time.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..MOST_TURNS {
            if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
                return value;
            }
            self.turn();
        }
        panic!("the call never returns");
    }
}

impl Runtime for World {
    fn name(&self) -> &str {
        "world"
    }

    fn spawn(&self, future: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        lock(&self.0.tasks).push(Task { future, woken });
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let world = self.clone();
        let mut noted = false;
        Box::pin(poll_fn(move |_| {
            if world.read().mono() >= deadline {
                return Poll::Ready(());
            }
            if !mem::replace(&mut noted, true) {
                lock(&world.0.deadlines).push(deadline);
            }
            Poll::Pending
        }))
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        lock(&self.0.blocking).push_back(work);
        Ok(())
    }

    fn now(&self) -> Now {
        self.read()
    }
}
