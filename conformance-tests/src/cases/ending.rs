//! A wrapper that lets a test end any runtime. At the end, it drops the remaining tasks.

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

use scheduler_core::{
    Runtime,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

/// A runtime that can be ended. Clones share one runtime.
#[derive(Clone)]
pub(super) struct Ending(Arc<Inner>);

struct Inner {
    runtime: Arc<dyn Runtime>,
    ended: AtomicBool,
    tasks: Mutex<Vec<Weak<Cell>>>,
}

/// A task. `None` once the task or the runtime has ended.
type Cell = Mutex<Option<BoxFuture<'static, ()>>>;

impl Ending {
    pub(super) fn over(runtime: Arc<dyn Runtime>) -> Self {
        Self(Arc::new(Inner {
            runtime,
            ended: AtomicBool::new(false),
            tasks: Mutex::default(),
        }))
    }

    /// Ends the runtime: it drops its tasks and refuses further ones.
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
            return Err(SpawnError::no_runtime("the runtime has ended"));
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
        // Check after listing the task: a concurrent `end` either drops the listed task or is seen
        // here.
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
