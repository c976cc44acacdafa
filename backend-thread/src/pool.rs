//! The workers: a bounded number of threads that poll tasks in the order in which they were woken.
//!
//! Up to the number of workers, tasks never wait for each other's polls, whether they were spawned
//! or woken. Workers exist only while tasks do: with the last task the last worker ends.

use std::{
    collections::{BTreeMap, VecDeque},
    io, mem,
    sync::{Arc, PoisonError},
};

use scheduler_core::{implement::Timers, runtime::BoxFuture};

use crate::{
    blocking::Blocking,
    primitives::{Condvar, Mutex, MutexGuard},
    start_threads::{PoolState, StartsThreads},
    task::{Polled, Task},
    thread_count::ThreadCount,
};

#[derive(Debug)]
pub(crate) struct Pool {
    state: Mutex<State>,
    work: Condvar,
    timers: Timers,
    blocking: Arc<Blocking>,
}

#[derive(Debug)]
pub(crate) struct State {
    /// Tasks that are ready to be polled.
    ready: VecDeque<Arc<Task>>,
    /// All unfinished tasks, so that closing the pool can drop them.
    tasks: BTreeMap<u64, Arc<Task>>,
    last_id: u64,
    threads: ThreadCount,
    closed: bool,
}

impl Pool {
    pub(crate) fn new(limit: usize, timers: Timers, blocking: Arc<Blocking>) -> Self {
        Self {
            state: Mutex::new(State {
                ready: VecDeque::new(),
                tasks: BTreeMap::new(),
                last_id: 0,
                threads: ThreadCount::new(limit),
                closed: false,
            }),
            work: Condvar::new(),
            timers,
            blocking,
        }
    }

    /// Spawns a task.
    ///
    /// # Errors
    ///
    /// The operating system's error, if there is no worker and none can be started.
    pub(crate) fn spawn(self: &Arc<Self>, future: BoxFuture<'static, ()>) -> io::Result<()> {
        let mut state = self.lock();
        state.last_id += 1;
        let task = Arc::new(Task::new(state.last_id, Arc::downgrade(self), future));
        state.tasks.insert(task.id, task.clone());
        // Under the lock, so that the end of an earlier task cannot release the helpers afterwards.
        if state.tasks.len() == 1 {
            self.keep_helpers();
        }
        self.push(state, task)
    }

    /// Puts a woken task at the end of the queue.
    pub(crate) fn queue(self: &Arc<Self>, task: Arc<Task>) {
        let state = self.lock();
        // The tasks of a closed pool are already aborted, or are about to be.
        if !state.closed {
            // If no worker could be started, the task has been dropped.
            drop(self.push(state, task));
        }
    }

    fn push(self: &Arc<Self>, mut state: MutexGuard<'_, State>, task: Arc<Task>) -> io::Result<()> {
        state.ready.push_back(task);
        let work = state.ready.len();
        let missing = state.threads.request(work);
        let is_idle = state.threads.is_idle();
        // Unlocked first, because the woken worker needs the lock at once.
        drop(state);
        if is_idle {
            self.work.notify_one();
        }
        self.start_missing(missing)
    }

    /// Puts `again` at the end of the queue, and returns the next task to poll. Returns `None` when
    /// the worker must end.
    fn next(&self, again: Option<Arc<Task>>) -> Option<Arc<Task>> {
        let mut state = self.lock();
        // At the end of the queue, so that a task that wakes itself starves no other.
        if !state.closed {
            state.ready.extend(again);
        }
        loop {
            if let Some(task) = state.ready.pop_front() {
                return Some(task);
            }
            if state.tasks.is_empty() || state.closed {
                state.threads.left();
                return None;
            }
            state.threads.begins_to_wait();
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.threads.ends_waiting();
        }
    }

    fn ended(&self, id: u64) {
        let mut state = self.lock();
        let task = state.tasks.remove(&id);
        let last = state.tasks.is_empty();
        if last {
            self.release_helpers();
        }
        // No task is dropped under the lock.
        drop(state);
        drop(task);
        if last {
            self.work.notify_all();
        }
    }

    /// Closes the pool: drops unfinished tasks, and lets the workers end.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.work.notify_all();
        self.drop_all(state);
    }

    /// Drops all tasks. A task that is being polled is dropped after its poll.
    fn drop_all(&self, mut state: MutexGuard<'_, State>) {
        self.release_helpers();
        let (tasks, ready) = (mem::take(&mut state.tasks), mem::take(&mut state.ready));
        // The destructors of futures are user code, so they run without the lock.
        drop(state);
        drop(ready);
        for task in tasks.into_values() {
            task.abort();
        }
    }

    /// Lets the idle timer and blocking threads wait for more work.
    fn keep_helpers(&self) {
        self.timers.retain();
        self.blocking.retain();
    }

    fn release_helpers(&self) {
        self.timers.release();
        self.blocking.release();
    }
}

impl PoolState for State {
    fn threads(&mut self) -> &mut ThreadCount {
        &mut self.threads
    }

    fn waiting(&self) -> usize {
        self.ready.len()
    }
}

impl StartsThreads for Pool {
    type State = State;

    const THREAD: &'static str = "scheduler-worker";

    fn run(self: &Arc<Self>) {
        let mut again = None;
        self.lock().threads.arrived();
        while let Some(task) = self.next(again.take()) {
            match task.poll() {
                Polled::Ended => self.ended(task.id),
                Polled::Again => again = Some(task),
                Polled::Idle => {}
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_work(&self, state: MutexGuard<'_, State>) {
        self.drop_all(state);
    }

    fn timers(&self) -> &Timers {
        &self.timers
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Barrier, mpsc::channel},
        time::{Duration, Instant},
    };

    use scheduler_core::{implement::yield_now, runtime::BlockingWork};

    use super::*;
    use crate::start_threads::tests::{self as refusals, Tested};

    const PATIENCE: Duration = Duration::from_secs(30);

    fn pool(limit: usize) -> Arc<Pool> {
        let timers = Timers::new();
        let blocking = Arc::new(Blocking::new(1, 100 * PATIENCE, timers.clone()));
        Arc::new(Pool::new(limit, timers, blocking))
    }

    impl Tested for Pool {
        fn give(self: &Arc<Self>, work: BlockingWork) -> io::Result<()> {
            self.spawn(Box::pin(async { work() }))
        }

        fn until_left(self: &Arc<Self>) {
            let end = Instant::now() + PATIENCE;
            self.blocking.spawn(Box::new(|| ())).expect("a thread");
            // A running thread holds a clone of its pool.
            while self.lock().threads.all() > 0 || Arc::strong_count(&self.blocking) > 1 {
                assert!(Instant::now() < end, "a worker is left, or a helper");
                std::thread::yield_now();
            }
            assert!(self.lock().tasks.is_empty() && self.lock().ready.is_empty());
        }
    }

    #[test]
    fn without_any_worker_a_task_is_refused_and_dropped() {
        refusals::without_any_thread_work_is_refused_and_dropped(&pool(2));
    }

    #[test]
    fn while_there_is_a_worker_others_that_are_refused_come_later() {
        refusals::threads_that_are_refused_come_later(&pool(8));
    }

    #[test]
    fn what_counted_on_a_worker_that_is_refused_is_dropped_with_it() {
        refusals::what_counted_on_a_thread_that_is_refused_is_dropped_with_it(pool);
    }

    #[test]
    fn a_task_that_yields_wakes_no_idle_worker() {
        const YIELDS: usize = 1_000;
        let pool = pool(2);
        let (both, known) = (Arc::new(Barrier::new(2)), pool.clone());
        let (count, counted) = channel();
        let meets = both.clone();
        let yields = async move {
            meets.wait();
            while !known.lock().threads.is_idle() {
                std::thread::yield_now();
            }
            let before = known.lock().threads.woken;
            for _ in 0..YIELDS {
                yield_now().await;
            }
            count
                .send(known.lock().threads.woken - before)
                .expect("a test that waits");
        };
        pool.spawn(Box::pin(yields)).expect("a worker");
        // Each task has a worker of its own; this one's is idle from now on.
        pool.spawn(Box::pin(async move { _ = both.wait() }))
            .expect("a worker");
        let woken = counted.recv_timeout(PATIENCE).expect("the task ends");
        // A condition variable may wake a thread without a cause, but not each time.
        assert!(woken < YIELDS / 100, "{woken} wakes of {YIELDS} yields");
    }
}
