//! Flaws of how a runtime runs its tasks.

use std::{
    future::Future,
    mem::ManuallyDrop,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Instant,
};

use scheduler_core::{
    Runtime,
    implement::block_on,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

/// A runtime whose `spawn` is replaced.
struct Spawning<F> {
    runtime: Arc<dyn Runtime>,
    spawn: F,
    parallelism: NonZeroUsize,
}

type Task = BoxFuture<'static, ()>;

impl<F> Runtime for Spawning<F>
where
    F: Fn(&dyn Runtime, Task) -> Result<(), SpawnError> + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: Task) -> Result<(), SpawnError> {
        (self.spawn)(&*self.runtime, task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.runtime.spawn_blocking(work)
    }

    fn parallelism(&self) -> NonZeroUsize {
        self.parallelism
    }

    fn now(&self) -> Now {
        self.runtime.now()
    }
}

/// Wraps `runtime` and replaces its `spawn`.
pub(super) fn spawning<F>(runtime: Arc<dyn Runtime>, spawn: F) -> Arc<dyn Runtime>
where
    F: Fn(&dyn Runtime, Task) -> Result<(), SpawnError> + Send + Sync + 'static,
{
    let parallelism = runtime.parallelism();
    Arc::new(Spawning {
        runtime,
        spawn,
        parallelism,
    })
}

/// Mutant 91: spawn polls the task once.
pub(super) fn polls_inline(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    spawning(runtime, |runtime, mut task| {
        let mut cx = Context::from_waker(Waker::noop());
        match task.as_mut().poll(&mut cx) {
            Poll::Ready(()) => Ok(()),
            Poll::Pending => runtime.spawn(task),
        }
    })
}

/// Mutant 92: a task that is dropped before its end is leaked.
pub(super) fn leaks_what_is_dropped(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    spawning(runtime, |runtime, task| {
        runtime.spawn(Box::pin(Leaked(ManuallyDrop::new(task))))
    })
}

struct Leaked(ManuallyDrop<Task>);

impl Future for Leaked {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

/// A task in shared ownership: dropping this future does not drop the task.
struct Handed(Arc<Mutex<Task>>);

impl Future for Handed {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut task = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        task.as_mut().poll(cx)
    }
}

/// Mutant 547: a task is leaked if its runtime panics while spawning it.
pub(super) fn leaks_at_a_panic(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    spawning(runtime, |runtime, task| {
        let task = Arc::new(Mutex::new(task));
        let handed = Box::pin(Handed(task.clone()));
        let spawned = catch_unwind(AssertUnwindSafe(|| runtime.spawn(handed)));
        spawned.unwrap_or_else(|_| {
            std::mem::forget(task);
            Ok(())
        })
    })
}

/// Mutant 99: one task of eight is neither polled nor dropped.
pub(super) fn forgets_some(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    let spawned = AtomicUsize::new(0);
    spawning(runtime, move |runtime, task| {
        match spawned.fetch_add(1, Ordering::SeqCst) % 8 {
            7 => {
                std::mem::forget(task);
                Ok(())
            }
            _ => runtime.spawn(task),
        }
    })
}

/// Mutant 93: tasks run one after the other, each to its end.
pub(super) fn runs_one_after_the_other(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    let (tasks, queue) = mpsc::channel::<Task>();
    thread::spawn(move || queue.into_iter().for_each(block_on));
    spawning(runtime, move |_, task| {
        let refused = |_| SpawnError::no_runtime("its only thread has ended");
        tasks.send(task).map_err(refused)
    })
}

/// Mutant 440: a task that blocks its thread delays every other task.
pub(super) fn polls_one_at_a_time(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    let turn = Arc::new(Mutex::new(()));
    spawning(runtime, move |runtime, mut task| {
        let turn = turn.clone();
        runtime.spawn(Box::pin(std::future::poll_fn(move |cx| {
            let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
            task.as_mut().poll(cx)
        })))
    })
}

/// Mutant 441: jobs that are due together share one thread.
pub(super) fn has_one_thread(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    Arc::new(Spawning {
        runtime,
        spawn: |runtime: &dyn Runtime, task| runtime.spawn(task),
        parallelism: NonZeroUsize::MIN,
    })
}

/// Mutant 442: a task that wakes itself is polled again before all others.
pub(super) fn polls_the_same_again(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    let (ready, queue) = mpsc::channel::<Arc<Repeated>>();
    thread::spawn(move || queue.into_iter().for_each(|task| task.poll()));
    spawning(runtime, move |_, task| {
        let task = Arc::new(Repeated {
            task: Mutex::new(Some(task)),
            is_woken: AtomicBool::new(true),
            ready: ready.clone(),
        });
        let refused = |_| SpawnError::no_runtime("its only thread has ended");
        ready.send(task).map_err(refused)
    })
}

struct Repeated {
    task: Mutex<Option<Task>>,
    is_woken: AtomicBool,
    ready: mpsc::Sender<Arc<Self>>,
}

impl Repeated {
    fn poll(self: Arc<Self>) {
        let waker = Waker::from(self.clone());
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        while self.is_woken.swap(false, Ordering::SeqCst) {
            let Some(future) = task.as_mut() else {
                return;
            };
            if future
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_ready()
            {
                *task = None;
            }
        }
    }
}

impl Wake for Repeated {
    fn wake(self: Arc<Self>) {
        if !self.is_woken.swap(true, Ordering::SeqCst) {
            let ready = self.ready.clone();
            ready.send(self).unwrap_or_default();
        }
    }
}
