//! A runtime that can be ended, over any that cannot: what is left of its tasks is dropped.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use scheduler_core::{BlockingWork, BoxFuture, Now, Runtime, SpawnError};

/// Clones are the same runtime.
#[derive(Clone)]
pub(super) struct Ending(Arc<Inner>);

struct Inner {
    runtime: Arc<dyn Runtime>,
    ended: AtomicBool,
    tasks: Mutex<Vec<Weak<Cell>>>,
}

/// A task, until it has ended or the runtime has.
type Cell = Mutex<Option<BoxFuture<'static, ()>>>;

impl Ending {
    pub(super) fn over(runtime: Arc<dyn Runtime>) -> Self {
        Self(Arc::new(Inner {
            runtime,
            ended: AtomicBool::new(false),
            tasks: Mutex::default(),
        }))
    }

    /// Takes no more tasks, and drops those there are.
    pub(super) fn end(&self) {
        self.0.ended.store(true, Ordering::SeqCst);
        let tasks = std::mem::take(&mut *lock(&self.0.tasks));
        for task in tasks.iter().filter_map(Weak::upgrade) {
            let dropped = lock(&task).take();
            drop(dropped);
        }
    }

    fn admit(&self) -> Result<(), SpawnError> {
        if self.0.ended.load(Ordering::SeqCst) {
            return Err(SpawnError::no_runtime("it has ended"));
        }
        Ok(())
    }
}

impl Runtime for Ending {
    fn name(&self) -> &str {
        self.0.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let task = Arc::new(Mutex::new(Some(task)));
        lock(&self.0.tasks).push(Arc::downgrade(&task));
        // Looked at after the task is listed, so that an end at this moment finds it or is found.
        self.admit()?;
        self.0.runtime.spawn(Box::pin(Polled(task)))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.0.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.admit()?;
        self.0.runtime.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        self.0.runtime.now()
    }

    fn parallelism(&self) -> std::num::NonZeroUsize {
        self.0.runtime.parallelism()
    }
}

struct Polled(Arc<Cell>);

impl Future for Polled {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut task = lock(&self.0);
        let Some(future) = task.as_mut() else {
            return Poll::Ready(());
        };
        future.as_mut().poll(cx)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
