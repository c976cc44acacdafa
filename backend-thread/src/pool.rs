//! The workers: a bounded number of threads that poll tasks in the order in which they were woken.
//!
//! Workers exist only while tasks do: with the last task the last worker ends.

use std::{
    collections::{BTreeMap, VecDeque},
    io, mem,
    sync::{Arc, PoisonError},
};

use scheduler_core::BoxFuture;

use crate::{
    blocking::Blocking,
    hire::hire,
    primitives::{Condvar, Mutex, MutexGuard},
    task::{Polled, Task},
    timer::Timers,
};

#[derive(Debug)]
pub(crate) struct Pool {
    limit: usize,
    state: Mutex<State>,
    work: Condvar,
    timers: Arc<Timers>,
    blocking: Arc<Blocking>,
}

#[derive(Debug, Default)]
struct State {
    /// Tasks to be polled.
    ready: VecDeque<Arc<Task>>,
    /// All tasks that have not ended, so that none is lost when the pool closes.
    tasks: BTreeMap<u64, Arc<Task>>,
    last_id: u64,
    workers: usize,
    /// Workers that wait for work.
    sleeping: usize,
    closed: bool,
}

impl Pool {
    pub(crate) fn new(limit: usize, timers: Arc<Timers>, blocking: Arc<Blocking>) -> Self {
        Self {
            limit,
            state: Mutex::new(State::default()),
            work: Condvar::new(),
            timers,
            blocking,
        }
    }

    /// Takes a task.
    ///
    /// # Errors
    ///
    /// The operating system's, if there is no worker and none can be started.
    pub(crate) fn spawn(self: &Arc<Self>, future: BoxFuture<'static, ()>) -> io::Result<()> {
        let needs_worker = {
            let mut state = self.lock();
            state.last_id += 1;
            let task = Arc::new(Task::new(state.last_id, Arc::downgrade(self), future));
            state.tasks.insert(task.id, task.clone());
            state.ready.push_back(task);
            if state.tasks.len() == 1 {
                self.set_helpers_wanted(true);
            }
            let needs_worker = state.workers < self.limit && state.ready.len() > state.sleeping;
            state.workers += usize::from(needs_worker);
            needs_worker
        };
        if !needs_worker {
            self.notify();
            return Ok(());
        }
        let pool = self.clone();
        let hired = hire("scheduler-worker", move || pool.run());
        hired.or_else(|error| self.hire_failed(error))
    }

    /// A thread could not be had: no harm while there are others. Without any nothing is going on, and
    /// what was taken in the meantime has nobody to poll it either.
    fn hire_failed(&self, error: io::Error) -> io::Result<()> {
        let mut state = self.lock();
        state.workers -= 1;
        if state.workers > 0 {
            return Ok(());
        }
        self.drop_all(state);
        Err(error)
    }

    /// Puts a task that was woken at the end of the queue.
    pub(crate) fn queue(&self, task: Arc<Task>) {
        let wake = {
            let mut state = self.lock();
            if state.closed {
                return;
            }
            state.ready.push_back(task);
            state.sleeping > 0
        };
        if wake {
            self.work.notify_one();
        }
    }

    fn notify(&self) {
        if self.lock().sleeping > 0 {
            self.work.notify_one();
        }
    }

    /// The life of a worker.
    fn run(&self) {
        while let Some(task) = self.next() {
            match task.poll() {
                Polled::Ended => self.ended(task.id),
                Polled::Again => self.queue(task),
                Polled::Idle => self.drop_if_closed(&task),
            }
        }
    }

    /// The next task to poll; `None` when the worker is to end.
    fn next(&self) -> Option<Arc<Task>> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.ready.pop_front() {
                return Some(task);
            }
            if state.tasks.is_empty() || state.closed {
                state.workers -= 1;
                return None;
            }
            state.sleeping += 1;
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.sleeping -= 1;
        }
    }

    fn ended(&self, id: u64) {
        let mut state = self.lock();
        let task = state.tasks.remove(&id);
        let last = state.tasks.is_empty();
        if last {
            self.set_helpers_wanted(false);
        }
        drop(state);
        drop(task);
        if last {
            self.work.notify_all();
        }
    }

    /// A task that was being polled while the pool closed.
    fn drop_if_closed(&self, task: &Task) {
        if self.lock().closed {
            task.abort();
        }
    }

    /// Ends the pool: drops the tasks that have not ended, lets the workers go.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.work.notify_all();
        self.drop_all(state);
    }

    /// Drops all tasks, but for those that are being polled.
    fn drop_all(&self, mut state: MutexGuard<'_, State>) {
        self.set_helpers_wanted(false);
        let (tasks, ready) = (mem::take(&mut state.tasks), mem::take(&mut state.ready));
        drop(state);
        drop(ready);
        for task in tasks.into_values() {
            task.try_abort();
        }
    }

    /// Whether the threads beside the workers are to stay when they have nothing to do.
    fn set_helpers_wanted(&self, wanted: bool) {
        self.timers.set_wanted(wanted);
        self.blocking.set_wanted(wanted);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use scheduler_core::BlockingWork;

    use super::*;
    use crate::hire::tests::{self as hire, Hires};

    const PATIENCE: Duration = Duration::from_secs(30);

    fn pool(limit: usize) -> Arc<Pool> {
        let blocking = Arc::new(Blocking::new(1, 100 * PATIENCE));
        Arc::new(Pool::new(limit, Arc::default(), blocking))
    }

    impl Hires for Pool {
        fn give(self: &Arc<Self>, work: BlockingWork) -> io::Result<()> {
            self.spawn(Box::pin(async { work() }))
        }

        fn threads(&self) -> usize {
            self.lock().workers
        }

        fn until_left(self: &Arc<Self>) {
            let end = Instant::now() + PATIENCE;
            self.blocking.spawn(Box::new(|| ())).expect("a thread");
            // A thread that works owns what it works for.
            while self.lock().workers > 0 || Arc::strong_count(&self.blocking) > 1 {
                assert!(Instant::now() < end, "a worker is left, or a helper");
                std::thread::yield_now();
            }
            assert!(self.lock().tasks.is_empty() && self.lock().ready.is_empty());
        }
    }

    #[test]
    fn without_any_worker_a_task_is_refused_and_dropped() {
        hire::without_any_thread_work_is_refused_and_dropped(&pool(2));
    }

    #[test]
    fn while_there_is_a_worker_a_thread_that_is_refused_does_no_harm() {
        hire::while_there_is_a_thread_one_that_is_refused_does_no_harm(&pool(8));
    }

    #[test]
    fn what_counted_on_a_worker_that_is_refused_is_dropped_with_it() {
        hire::what_counted_on_a_thread_that_is_refused_is_dropped_with_it(pool);
    }
}
