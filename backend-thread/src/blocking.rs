//! Threads for blocking work: one thread for each piece of work, up to a limit, with a queue beyond
//! it.
//!
//! They are separate from the workers, so blocking work never delays the poll of a task. An idle
//! thread waits a while for more work, and ends at once with the pool's last task.

use std::{
    collections::VecDeque,
    fmt, io, mem,
    sync::{Arc, PoisonError},
    time::Duration,
};

use scheduler_core::{implement::Timers, runtime::BlockingWork};

use crate::{
    panic_safe,
    primitives::{Condvar, Mutex, MutexGuard},
    start_threads::{PoolState, StartsThreads},
    thread_count::ThreadCount,
};

pub(crate) struct Blocking {
    keep_alive: Duration,
    state: Mutex<State>,
    changed: Condvar,
    timers: Timers,
}

pub(crate) struct State {
    /// Work that no thread has taken yet.
    queue: VecDeque<BlockingWork>,
    threads: ThreadCount,
    /// Whether the pool has tasks, which may submit more blocking work.
    is_retained: bool,
}

impl Blocking {
    pub(crate) fn new(limit: usize, keep_alive: Duration, timers: Timers) -> Self {
        Self {
            keep_alive,
            state: Mutex::new(State {
                queue: VecDeque::new(),
                threads: ThreadCount::new(limit),
                is_retained: false,
            }),
            changed: Condvar::new(),
            timers,
        }
    }

    /// Queues blocking work and starts a thread for it if one is missing.
    ///
    /// # Errors
    ///
    /// The operating system's error, if there is no thread and none can be started.
    pub(crate) fn spawn(self: &Arc<Self>, work: BlockingWork) -> io::Result<()> {
        let (missing, is_idle) = {
            let mut state = self.lock();
            state.queue.push_back(work);
            let work = state.queue.len();
            (state.threads.request(work), state.threads.is_idle())
        };
        if is_idle {
            self.changed.notify_one();
        }
        self.start_missing(missing)
    }

    /// Returns the next work, or `None` when the thread must end.
    fn next(&self) -> Option<BlockingWork> {
        let mut state = self.lock();
        let mut patient = true;
        loop {
            if let Some(work) = state.queue.pop_front() {
                return Some(work);
            }
            if !state.is_retained || !patient {
                state.threads.left();
                return None;
            }
            state.threads.begins_to_wait();
            let waited = self.changed.wait_timeout(state, self.keep_alive);
            let (after, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = after;
            state.threads.ends_waiting();
            // After a timeout the queue is checked once more before the thread ends.
            patient = !timeout.timed_out();
        }
    }

    /// Lets idle threads wait for more work, until [`release`](Self::release) is called.
    pub(crate) fn retain(&self) {
        self.lock().is_retained = true;
    }

    pub(crate) fn release(&self) {
        self.lock().is_retained = false;
        self.changed.notify_all();
    }

    /// Drops the work that no thread has taken.
    pub(crate) fn close(&self) {
        drop_all(self.lock());
    }
}

fn drop_all(mut state: MutexGuard<'_, State>) {
    let queue = mem::take(&mut state.queue);
    // The destructors of work are user code, so they run without the lock.
    drop(state);
    queue.into_iter().for_each(panic_safe::destroy);
}

impl PoolState for State {
    fn threads(&mut self) -> &mut ThreadCount {
        &mut self.threads
    }

    fn waiting(&self) -> usize {
        self.queue.len()
    }
}

impl StartsThreads for Blocking {
    type State = State;

    const THREAD: &'static str = "scheduler-blocking";

    fn run(self: &Arc<Self>) {
        self.lock().threads.arrived();
        while let Some(work) = self.next() {
            panic_safe::call(work);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_work(&self, state: MutexGuard<'_, State>) {
        drop_all(state);
    }

    fn timers(&self) -> &Timers {
        &self.timers
    }
}

impl fmt::Debug for Blocking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking")
            .field("keep_alive", &self.keep_alive)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::mpsc::channel, thread, time::Instant};

    use super::*;
    use crate::start_threads::tests::{self as refusals, Tested};

    const PATIENCE: Duration = Duration::from_secs(60);

    fn until(pool: &Blocking, what: impl Fn(&State) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !what(&pool.lock()) {
            assert!(Instant::now() < end, "it does not come to that");
            thread::yield_now();
        }
    }

    #[test]
    fn a_thread_that_is_idle_is_used_again() {
        let pool = Arc::new(Blocking::new(8, 10 * PATIENCE, Timers::new()));
        pool.retain();
        let (done, ids) = channel();
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let done = done.clone();
            let work = move || done.send(thread::current().id()).unwrap_or_default();
            pool.spawn(Box::new(work)).expect("a thread");
            seen.insert(ids.recv_timeout(PATIENCE).expect("it is done"));
            until(&pool, |state| state.threads.is_idle());
        }
        assert_eq!(seen.len(), 1);
        pool.release();
    }

    impl Tested for Blocking {
        fn give(self: &Arc<Self>, work: BlockingWork) -> io::Result<()> {
            self.spawn(work)
        }

        fn until_left(self: &Arc<Self>) {
            until(self, |state| {
                state.threads.all() == 0 && state.queue.is_empty()
            });
        }
    }

    fn pool(limit: usize) -> Arc<Blocking> {
        Arc::new(Blocking::new(limit, PATIENCE, Timers::new()))
    }

    #[test]
    fn without_any_thread_work_is_refused_and_dropped() {
        refusals::without_any_thread_work_is_refused_and_dropped(&pool(2));
    }

    #[test]
    fn while_there_is_a_thread_others_that_are_refused_come_later() {
        refusals::threads_that_are_refused_come_later(&pool(8));
    }

    #[test]
    fn what_counted_on_a_thread_that_is_refused_is_dropped_with_it() {
        refusals::what_counted_on_a_thread_that_is_refused_is_dropped_with_it(pool);
    }
}
