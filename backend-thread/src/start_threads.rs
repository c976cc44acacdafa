//! Starts threads, and retries after the operating system has refused one.

use std::{
    io,
    sync::{Arc, Weak},
    task::{Wake, Waker},
    time::{Duration, Instant},
};

use scheduler_core::implement::Timers;

use crate::{
    primitives::{MutexGuard, thread},
    thread_count::{Refusal, ThreadCount},
};

/// The delay before a new attempt, if nothing else triggers one sooner.
const AGAIN: Duration = Duration::from_millis(100);

/// Starts a thread called `name`.
///
/// # Errors
///
/// The error of the operating system.
fn start_thread(name: &str, life: impl FnOnce() + Send + 'static) -> io::Result<()> {
    #[cfg(test)]
    tests::refused()?;
    let thread = thread::Builder::new().name(name.into());
    thread.spawn(life).map(drop)
}

/// The state of a pool, under its lock.
pub(crate) trait PoolState {
    fn threads(&mut self) -> &mut ThreadCount;

    /// Returns how many pieces of work no thread has taken.
    fn waiting(&self) -> usize;
}

/// A pool that may lack threads.
pub(crate) trait StartsThreads: Send + Sync + Sized + 'static {
    type State: PoolState;

    /// The name of its threads.
    const THREAD: &'static str;

    /// Runs work until the thread must end.
    fn run(self: &Arc<Self>);

    /// Locks the state.
    fn lock(&self) -> MutexGuard<'_, Self::State>;

    /// Unlocks the state, then drops all waiting work, because no thread would take it.
    fn drop_work(&self, state: MutexGuard<'_, Self::State>);

    /// Returns the timers that schedule a new attempt.
    fn timers(&self) -> &Timers;

    /// Requests the threads that waiting work lacks at a new attempt. Returns how many to start.
    fn request_again(&self) -> usize {
        let mut state = self.lock();
        let work = state.waiting();
        let threads = state.threads();
        threads.reminded();
        threads.request(work)
    }

    /// Handles `count` refused threads. If no other thread exists, drops all waiting work.
    fn refused(&self, count: usize) -> Refusal {
        let mut state = self.lock();
        let refusal = state.threads().refusal(count);
        if refusal == Refusal::NoThread {
            self.drop_work(state);
        }
        refusal
    }

    /// Starts `missing` threads, which are already counted. If the system refuses one while others
    /// exist, schedules a new attempt.
    ///
    /// # Errors
    ///
    /// The operating system's error, if the pool has no thread.
    fn start_missing(self: &Arc<Self>, missing: usize) -> io::Result<()> {
        for left in (1..=missing).rev() {
            let pool = self.clone();
            if let Err(error) = start_thread(Self::THREAD, move || pool.run()) {
                return match self.refused(left) {
                    Refusal::NoThread => Err(error),
                    Refusal::Remind => {
                        try_again(self);
                        Ok(())
                    }
                    Refusal::Wait => Ok(()),
                };
            }
        }
        Ok(())
    }
}

/// Schedules a new attempt to start the threads that `pool` lacks.
///
/// Without it, waiting work could depend on threads that are all busy for a long time.
fn try_again<P: StartsThreads>(pool: &Arc<P>) {
    let waker = Waker::from(Arc::new(Reminder(Arc::downgrade(pool))));
    pool.timers().wake_at(Instant::now() + AGAIN, waker);
}

struct Reminder<P>(Weak<P>);

impl<P: StartsThreads> Wake for Reminder<P> {
    fn wake(self: Arc<Self>) {
        if let Some(pool) = self.0.upgrade() {
            // If no thread could be started, the pool has dropped its waiting work.
            drop(pool.start_missing(pool.request_again()));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        cell::RefCell,
        io,
        sync::{
            Arc,
            mpsc::{Receiver, RecvTimeoutError, Sender, channel},
        },
        time::Duration,
    };

    use scheduler_core::runtime::BlockingWork;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// The error message for a refused thread.
    const REFUSED: &str = "as many threads as there may be";

    thread_local! {
        /// A callback that runs before the next thread requested on this thread is refused.
        static REFUSAL: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    }

    /// Refuses the next thread that this thread requests, after a call of `meanwhile`.
    pub(crate) fn refuse_next(meanwhile: impl FnOnce() + 'static) {
        REFUSAL.set(Some(Box::new(meanwhile)));
    }

    pub(super) fn refused() -> io::Result<()> {
        let Some(meanwhile) = REFUSAL.take() else {
            return Ok(());
        };
        meanwhile();
        Err(io::Error::other(REFUSED))
    }

    use super::StartsThreads;

    /// A pool under test.
    pub(crate) trait Tested: StartsThreads {
        fn give(self: &Arc<Self>, work: BlockingWork) -> io::Result<()>;

        /// Waits until the pool has no thread and no work.
        fn until_left(self: &Arc<Self>);
    }

    /// Returns blocking work that ends when the sender is dropped. The receiver gets a message when
    /// the work is done, and is disconnected when the work is dropped.
    fn work() -> (Sender<()>, Receiver<()>, BlockingWork) {
        let (go, gate) = channel::<()>();
        let (ended, end) = channel();
        let work = move || {
            assert!(gate.recv().is_err());
            ended.send(()).expect("the test looks");
        };
        (go, end, Box::new(work))
    }

    fn is_dropped(end: &Receiver<()>) {
        let gone = Err(RecvTimeoutError::Disconnected);
        assert_eq!(end.recv_timeout(PATIENCE), gone, "dropped, not done");
    }

    fn is_done(end: &Receiver<()>) {
        assert_eq!(end.recv_timeout(PATIENCE), Ok(()));
    }

    pub(crate) fn without_any_thread_work_is_refused_and_dropped(pool: &Arc<impl Tested>) {
        for _ in 0..3 {
            let (_go, end, refused) = work();
            refuse_next(|| ());
            let error = pool.give(refused).expect_err("there is no thread");
            assert_eq!(error.to_string(), REFUSED);
            is_dropped(&end);
            pool.until_left();
        }
        let (go, end, taken) = work();
        pool.give(taken).expect("there are threads again");
        drop(go);
        is_done(&end);
        pool.until_left();
    }

    /// All refused work waits for the work that was submitted last, and no thread is free until
    /// then.
    pub(crate) fn threads_that_are_refused_come_later(pool: &Arc<impl Tested>) {
        let (go, first_end, first) = work();
        pool.give(first).expect("there is a thread");
        let (gone, ends): (Vec<_>, Vec<_>) = [(); 3]
            .map(|()| {
                let (go, end, next) = work();
                refuse_next(|| ());
                pool.give(next).expect("a thread will come to it");
                (go, end)
            })
            .into_iter()
            .unzip();
        drop(gone);
        ends.iter().for_each(is_done);
        drop(go);
        is_done(&first_end);
        pool.until_left();
    }

    /// Tests a pool that may start another thread, which is refused too, and a pool that may not.
    pub(crate) fn what_counted_on_a_thread_that_is_refused_is_dropped_with_it<P: Tested>(
        pool: impl Fn(usize) -> Arc<P>,
    ) {
        for limit in [1, 2] {
            let pool = pool(limit);
            let (_first_go, first_end, first) = work();
            let (_second_go, second_end, second) = work();
            let other = pool.clone();
            refuse_next(move || {
                if limit > 1 {
                    refuse_next(|| ());
                }
                other.give(second).expect("a thread is on its way");
            });
            assert!(pool.give(first).is_err());
            is_dropped(&first_end);
            is_dropped(&second_end);
            pool.until_left();
        }
    }
}
