//! The threads for work that blocks: one for each piece of work, up to a limit, then it queues.
//!
//! They are not the workers, so work that blocks keeps no task from being polled. A thread that has
//! nothing to do waits a while for more, and ends at once with the pool's last task.

use std::{
    collections::VecDeque,
    fmt, io, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use scheduler_core::BlockingWork;

use crate::calm;

pub(crate) struct Blocking {
    limit: usize,
    keep_alive: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Work that has not been taken up, each piece with its number.
    queue: VecDeque<(u64, BlockingWork)>,
    last: u64,
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
        let (number, hire) = {
            let mut state = self.lock();
            state.last += 1;
            let number = state.last;
            state.queue.push_back((number, work));
            let hire = state.threads < self.limit && state.queue.len() > state.idle;
            state.threads += usize::from(hire);
            (number, hire)
        };
        if hire {
            return self.hire().or_else(|error| self.hire_failed(number, error));
        }
        self.changed.notify_one();
        Ok(())
    }

    fn hire(self: &Arc<Self>) -> io::Result<()> {
        let pool = self.clone();
        let thread = thread::Builder::new().name("scheduler-blocking".into());
        thread.spawn(move || pool.run()).map(drop)
    }

    /// A thread could not be had: no harm while there are others.
    fn hire_failed(&self, number: u64, error: io::Error) -> io::Result<()> {
        let refused = {
            let mut state = self.lock();
            state.threads -= 1;
            if state.threads > 0 {
                return Ok(());
            }
            let place = state.queue.iter().position(|(other, _)| *other == number);
            place.and_then(|place| state.queue.remove(place))
        };
        calm::destroy(refused);
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
            if let Some((_, work)) = state.queue.pop_front() {
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
        let queue = mem::take(&mut self.lock().queue);
        for work in queue {
            calm::destroy(work);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    use std::{collections::HashSet, sync::mpsc, time::Instant};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn until_idle(pool: &Blocking) {
        let end = Instant::now() + PATIENCE;
        while pool.lock().idle == 0 {
            assert!(Instant::now() < end, "the thread does not come back");
            thread::yield_now();
        }
    }

    #[test]
    fn a_thread_that_is_idle_is_used_again() {
        let pool = Arc::new(Blocking::new(8, 10 * PATIENCE));
        pool.set_wanted(true);
        let (done, ids) = mpsc::channel();
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let done = done.clone();
            let work = move || done.send(thread::current().id()).unwrap_or_default();
            pool.spawn(Box::new(work)).expect("a thread");
            seen.insert(ids.recv_timeout(PATIENCE).expect("it is done"));
            until_idle(&pool);
        }
        assert_eq!(seen.len(), 1);
        pool.set_wanted(false);
    }
}
