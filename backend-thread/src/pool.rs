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
    primitives::{Condvar, Mutex, MutexGuard, thread},
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
        let (task, hire) = {
            let mut state = self.lock();
            state.last_id += 1;
            let task = Arc::new(Task::new(state.last_id, Arc::downgrade(self), future));
            state.tasks.insert(task.id, task.clone());
            state.ready.push_back(task.clone());
            if state.tasks.len() == 1 {
                self.set_helpers_wanted(true);
            }
            let hire = state.workers < self.limit && state.ready.len() > state.sleeping;
            state.workers += usize::from(hire);
            (task, hire)
        };
        if !hire {
            self.notify();
            return Ok(());
        }
        self.hire().or_else(|error| self.hire_failed(&task, error))
    }

    fn hire(self: &Arc<Self>) -> io::Result<()> {
        let pool = self.clone();
        let worker = thread::Builder::new().name("scheduler-worker".into());
        worker.spawn(move || pool.run()).map(drop)
    }

    /// A thread could not be had: no harm while there are others.
    fn hire_failed(&self, task: &Arc<Task>, error: io::Error) -> io::Result<()> {
        let mut state = self.lock();
        state.workers -= 1;
        if state.workers > 0 {
            drop(state);
            self.notify();
            return Ok(());
        }
        state.tasks.remove(&task.id);
        state.ready.retain(|ready| ready.id != task.id);
        drop(state);
        task.abort();
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
        let (tasks, ready) = {
            let mut state = self.lock();
            state.closed = true;
            self.set_helpers_wanted(false);
            (mem::take(&mut state.tasks), mem::take(&mut state.ready))
        };
        self.work.notify_all();
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
