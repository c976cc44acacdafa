//! The threads for work that blocks: one for each piece of work, up to a limit, then it queues.
//!
//! They are not the workers, so work that blocks keeps no task from being polled. A thread that has
//! nothing to do waits a while for more, and ends at once with the pool's last task.

use std::{
    collections::VecDeque,
    fmt, io, mem,
    sync::{Arc, PoisonError},
    time::Duration,
};

use scheduler_core::BlockingWork;

use crate::{
    calm,
    hire::hire,
    primitives::{Condvar, Mutex, MutexGuard},
};

pub(crate) struct Blocking {
    limit: usize,
    keep_alive: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Work that has not been taken up.
    queue: VecDeque<BlockingWork>,
    threads: usize,
    /// Threads that wait for work.
    idle: usize,
    /// The pool has tasks, which may want to block again.
    wanted: bool,
}

impl Blocking {
    pub(crate) fn new(limit: usize, keep_alive: Duration) -> Self {
        Self {
            limit,
            keep_alive,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Takes work.
    ///
    /// # Errors
    ///
    /// The operating system's, if there is no thread and none can be started.
    pub(crate) fn spawn(self: &Arc<Self>, work: BlockingWork) -> io::Result<()> {
        let needs_thread = {
            let mut state = self.lock();
            state.queue.push_back(work);
            let needs_thread = state.threads < self.limit && state.queue.len() > state.idle;
            state.threads += usize::from(needs_thread);
            needs_thread
        };
        if !needs_thread {
            self.changed.notify_one();
            return Ok(());
        }
        let pool = self.clone();
        let hired = hire("scheduler-blocking", move || pool.run());
        hired.or_else(|error| self.hire_failed(error))
    }

    /// A thread could not be had: no harm while there are others. Without any nobody will take up what
    /// is in the queue, all of it.
    fn hire_failed(&self, error: io::Error) -> io::Result<()> {
        let mut state = self.lock();
        state.threads -= 1;
        if state.threads > 0 {
            return Ok(());
        }
        drop_all(state);
        Err(error)
    }

    /// The life of a thread.
    fn run(&self) {
        while let Some(work) = self.next() {
            calm::call(work);
        }
    }

    /// The next work; `None` when the thread is to end.
    fn next(&self) -> Option<BlockingWork> {
        let mut state = self.lock();
        let mut patient = true;
        loop {
            if let Some(work) = state.queue.pop_front() {
                return Some(work);
            }
            if !state.wanted || !patient {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            let waited = self.changed.wait_timeout(state, self.keep_alive);
            let (after, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = after;
            state.idle -= 1;
            patient = !timeout.timed_out();
        }
    }

    /// Whether threads are to stay for a while when there is no work.
    pub(crate) fn set_wanted(&self, wanted: bool) {
        self.lock().wanted = wanted;
        if !wanted {
            self.changed.notify_all();
        }
    }

    /// Drops the work that has not been taken up.
    pub(crate) fn close(&self) {
        drop_all(self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn drop_all(mut state: MutexGuard<'_, State>) {
    let queue = mem::take(&mut state.queue);
    drop(state);
    queue.into_iter().for_each(calm::destroy);
}

impl fmt::Debug for Blocking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking")
            .field("limit", &self.limit)
            .field("keep_alive", &self.keep_alive)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::mpsc::channel, thread, time::Instant};

    use super::*;
    use crate::hire::tests::{self as hire, Hires};

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
        let pool = Arc::new(Blocking::new(8, 10 * PATIENCE));
        pool.set_wanted(true);
        let (done, ids) = channel();
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let done = done.clone();
            let work = move || done.send(thread::current().id()).unwrap_or_default();
            pool.spawn(Box::new(work)).expect("a thread");
            seen.insert(ids.recv_timeout(PATIENCE).expect("it is done"));
            until(&pool, |state| state.idle == 1);
        }
        assert_eq!(seen.len(), 1);
        pool.set_wanted(false);
    }

    impl Hires for Blocking {
        fn give(self: &Arc<Self>, work: BlockingWork) -> io::Result<()> {
            self.spawn(work)
        }

        fn threads(&self) -> usize {
            self.lock().threads
        }

        fn until_left(self: &Arc<Self>) {
            until(self, |state| state.threads == 0 && state.queue.is_empty());
        }
    }

    fn pool(limit: usize) -> Arc<Blocking> {
        Arc::new(Blocking::new(limit, PATIENCE))
    }

    #[test]
    fn without_any_thread_work_is_refused_and_dropped() {
        hire::without_any_thread_work_is_refused_and_dropped(&pool(2));
    }

    #[test]
    fn while_there_is_a_thread_one_that_is_refused_does_no_harm() {
        hire::while_there_is_a_thread_one_that_is_refused_does_no_harm(&pool(8));
    }

    #[test]
    fn what_counted_on_a_thread_that_is_refused_is_dropped_with_it() {
        hire::what_counted_on_a_thread_that_is_refused_is_dropped_with_it(pool);
    }
}
