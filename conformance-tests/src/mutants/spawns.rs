//! Flaws of how a runtime takes tasks and blocking work.

use std::{
    cell::Cell,
    future::poll_fn,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use scheduler_core::{
    Runtime,
    runtime::{BlockingWork, BoxFuture, SpawnError},
};

use super::flawed::Flaw;

thread_local! {
    static IS_IN_A_TASK: Cell<bool> = const { Cell::new(false) };
}

/// Mutant 638: a task that is spawned inside a task is polled at once.
pub(super) struct PollsInlineInTasks;

impl Flaw for PollsInlineInTasks {
    fn spawn(
        &self,
        on: &Arc<dyn Runtime>,
        mut task: BoxFuture<'static, ()>,
    ) -> Result<(), SpawnError> {
        if IS_IN_A_TASK.get() {
            let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if polled.is_ready() {
                return Ok(());
            }
        }
        on.spawn(Box::pin(poll_fn(move |cx| {
            let outer = IS_IN_A_TASK.replace(true);
            let polled = task.as_mut().poll(cx);
            IS_IN_A_TASK.set(outer);
            polled
        })))
    }
}

/// Mutant 639: one task of ten is refused, and leaked.
#[derive(Default)]
pub(super) struct LeaksWhatItRefuses(AtomicUsize);

impl Flaw for LeaksWhatItRefuses {
    fn spawn(&self, on: &Arc<dyn Runtime>, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        if self.0.fetch_add(1, Ordering::SeqCst) % 10 == 9 {
            std::mem::forget(task);
            return Err(SpawnError::failed(std::io::Error::other("too many tasks")));
        }
        on.spawn(task)
    }
}

/// Mutant 650: a wake during a poll is lost.
pub(super) struct LosesWakesOfPolls;

/// The waker of one poll, which does nothing until the poll has returned.
struct AfterPoll {
    waker: Waker,
    has_returned: AtomicBool,
}

impl Wake for AfterPoll {
    fn wake(self: Arc<Self>) {
        if self.has_returned.load(Ordering::SeqCst) {
            self.waker.wake_by_ref();
        }
    }
}

impl Flaw for LosesWakesOfPolls {
    fn spawn(
        &self,
        on: &Arc<dyn Runtime>,
        mut task: BoxFuture<'static, ()>,
    ) -> Result<(), SpawnError> {
        on.spawn(Box::pin(poll_fn(move |cx| {
            let own = Arc::new(AfterPoll {
                waker: cx.waker().clone(),
                has_returned: AtomicBool::new(false),
            });
            let polled = task
                .as_mut()
                .poll(&mut Context::from_waker(&own.clone().into()));
            own.has_returned.store(true, Ordering::SeqCst);
            polled
        })))
    }
}

/// Mutant 646: an ended task is dropped under a lock that spawn takes.
#[derive(Default)]
pub(super) struct DropsUnderItsLock(Arc<Mutex<()>>);

impl Flaw for DropsUnderItsLock {
    fn spawn(&self, on: &Arc<dyn Runtime>, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let lock = self.0.clone();
        drop(lock.lock().unwrap_or_else(PoisonError::into_inner));
        let mut task = Some(task);
        on.spawn(Box::pin(poll_fn(move |cx| {
            let polled = task.as_mut().map(|task| task.as_mut().poll(cx));
            if polled == Some(Poll::Pending) {
                return Poll::Pending;
            }
            let _held = lock.lock().unwrap_or_else(PoisonError::into_inner);
            task = None;
            Poll::Ready(())
        })))
    }
}

/// Mutant 649: with a hundred tasks in its queue, spawn polls the task.
#[derive(Default)]
pub(super) struct RunsWhatIsTooMuch(Arc<AtomicUsize>);

impl Flaw for RunsWhatIsTooMuch {
    fn spawn(
        &self,
        on: &Arc<dyn Runtime>,
        mut task: BoxFuture<'static, ()>,
    ) -> Result<(), SpawnError> {
        let waiting = self.0.clone();
        if waiting.load(Ordering::SeqCst) >= 100 {
            let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if polled.is_ready() {
                return Ok(());
            }
        }
        waiting.fetch_add(1, Ordering::SeqCst);
        let mut is_first = true;
        on.spawn(Box::pin(poll_fn(move |cx| {
            if std::mem::take(&mut is_first) {
                waiting.fetch_sub(1, Ordering::SeqCst);
            }
            task.as_mut().poll(cx)
        })))
    }
}

/// Mutant 636: blocking work has four threads.
pub(super) struct FourThreads(mpsc::Sender<BlockingWork>);

impl FourThreads {
    pub(super) fn new() -> Self {
        let (work, queue) = mpsc::channel::<BlockingWork>();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..4 {
            let queue = queue.clone();
            let next = move || {
                let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                queue.recv().ok()
            };
            thread::spawn(move || std::iter::from_fn(next).for_each(|work| work()));
        }
        Self(work)
    }
}

impl Flaw for FourThreads {
    fn spawn_blocking(&self, _: &Arc<dyn Runtime>, work: BlockingWork) -> Result<(), SpawnError> {
        let refused = |_| SpawnError::no_runtime("its threads have ended");
        self.0.send(work).map_err(refused)
    }
}

/// Mutant 641: blocking work runs on the calling thread.
pub(super) struct BlocksTheCaller;

impl Flaw for BlocksTheCaller {
    fn spawn_blocking(&self, _: &Arc<dyn Runtime>, work: BlockingWork) -> Result<(), SpawnError> {
        work();
        Ok(())
    }
}

/// Mutant 642: every 300th piece of blocking work is lost.
#[derive(Default)]
pub(super) struct LosesBlockingWork(AtomicUsize);

impl Flaw for LosesBlockingWork {
    fn spawn_blocking(&self, on: &Arc<dyn Runtime>, work: BlockingWork) -> Result<(), SpawnError> {
        if self.0.fetch_add(1, Ordering::SeqCst) % 300 == 299 {
            return Ok(());
        }
        on.spawn_blocking(work)
    }
}

/// Mutant 644: blocking work runs on the threads of the tasks.
pub(super) struct BlocksTheTasks;

impl Flaw for BlocksTheTasks {
    fn spawn_blocking(&self, on: &Arc<dyn Runtime>, work: BlockingWork) -> Result<(), SpawnError> {
        let mut work = Some(work);
        on.spawn(Box::pin(poll_fn(move |_| {
            work.take().into_iter().for_each(|work| work());
            Poll::Ready(())
        })))
    }
}
