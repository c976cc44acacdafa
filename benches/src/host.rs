//! The executors: the same few operations on each, and our scheduler over it.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, LazyLock, Mutex, OnceLock},
    task::{Context, Poll},
    thread,
    time::Instant,
};

use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
use backend_smol::{SmolRuntime, SmolScheduler};
use backend_thread::{ThreadRuntime, ThreadScheduler};
use backend_tokio::{TokioRuntime, TokioScheduler};
use scheduler_core::{Options, Scheduler, implement::block_on};
use tokio::runtime::{Builder, Runtime};

/// One executor.
pub trait Host: Copy + Send + Sync + 'static {
    const NAME: &str;
    /// The name of the raw call in the tables.
    const RAW: &str;
    /// The maximum number of concurrent tasks; more would take too long.
    const MOST: usize = usize::MAX;

    type Join: Future + Send + Unpin;

    /// Runs `work` on a thread of the executor and waits for it.
    fn inside<T, F>(self, work: F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static;

    /// Spawns a task with the executor's own function.
    fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) -> Self::Join;

    /// Detaches a task.
    fn detach(join: Self::Join);

    /// Sleeps with the executor's own timer.
    fn sleep_until(self, deadline: Instant) -> impl Future<Output = ()> + Send;

    /// Returns our scheduler on this executor.
    fn scheduler(self, options: Options) -> Arc<dyn Scheduler>;
}

/// tokio with as many workers as there are cores.
#[derive(Debug, Clone, Copy)]
pub struct TokioMulti;

/// tokio on one thread.
#[derive(Debug, Clone, Copy)]
pub struct TokioCurrent;

/// smol's global executor.
#[derive(Debug, Clone, Copy)]
pub struct Smol;

/// async-std's global executor.
#[derive(Debug, Clone, Copy)]
pub struct AsyncStd;

/// No executor: a thread for each task.
#[derive(Debug, Clone, Copy)]
pub struct Threads;

/// A part of the names of the selected executors; all of them if unset.
pub static WANTED: OnceLock<String> = OnceLock::new();

/// Returns whether an executor is selected.
pub fn is_wanted<H: Host>(_: H) -> bool {
    WANTED.get().is_none_or(|wanted| H::NAME.contains(wanted))
}

/// Calls `$run(host, $arguments)` for each selected executor.
macro_rules! on_each_host {
    ($run:ident($($argument:expr),*)) => {
        on_each_host!(@[TokioMulti, TokioCurrent, Smol, AsyncStd, Threads] $run [$($argument),*]);
    };
    (@[$($host:ident),*] $run:ident $arguments:tt) => {
        $(on_each_host!(@one $host $run $arguments);)*
    };
    (@one $host:ident $run:ident [$($argument:expr),*]) => {
        if $crate::host::is_wanted($crate::host::$host) {
            $run($crate::host::$host, $($argument),*);
        }
    };
}

pub(crate) use on_each_host;

static MULTI: LazyLock<Runtime> = LazyLock::new(|| build(&mut Builder::new_multi_thread()));
static CURRENT: LazyLock<Runtime> = LazyLock::new(|| build(&mut Builder::new_current_thread()));

fn build(builder: &mut Builder) -> Runtime {
    builder.enable_time().build().expect("a tokio runtime")
}

macro_rules! tokio_host {
    ($host:ident, $name:literal, $runtime:ident, $inside:expr) => {
        impl Host for $host {
            const NAME: &str = $name;
            const RAW: &str = "tokio::spawn";

            type Join = tokio::task::JoinHandle<()>;

            fn inside<T, F>(self, work: F) -> T
            where
                T: Send + 'static,
                F: Future<Output = T> + Send + 'static,
            {
                let inside: fn(Pin<Box<dyn Future<Output = T> + Send>>) -> T = $inside;
                inside(Box::pin(work))
            }

            fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) -> Self::Join {
                tokio::spawn(task)
            }

            fn detach(join: Self::Join) {
                drop(join);
            }

            async fn sleep_until(self, deadline: Instant) {
                tokio::time::sleep_until(deadline.into()).await;
            }

            fn scheduler(self, options: Options) -> Arc<dyn Scheduler> {
                let runtime = TokioRuntime::new($runtime.handle().clone());
                let scheduler = TokioScheduler::with_options(runtime, options);
                Arc::new(scheduler.expect("valid options"))
            }
        }
    };
}

tokio_host!(TokioMulti, "tokio multi-thread", MULTI, |work| MULTI
    .block_on(MULTI.spawn(work))
    .expect("no panic"));
tokio_host!(TokioCurrent, "tokio current-thread", CURRENT, |work| {
    CURRENT.block_on(work)
});

impl Host for Smol {
    const NAME: &str = "smol";
    const RAW: &str = "smol::spawn";

    type Join = smol::Task<()>;

    fn inside<T, F>(self, work: F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        smol::block_on(smol::spawn(work))
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) -> Self::Join {
        smol::spawn(task)
    }

    fn detach(join: Self::Join) {
        join.detach();
    }

    async fn sleep_until(self, deadline: Instant) {
        smol::Timer::at(deadline).await;
    }

    fn scheduler(self, options: Options) -> Arc<dyn Scheduler> {
        let scheduler = SmolScheduler::with_options(SmolRuntime::global(), options);
        Arc::new(scheduler.expect("valid options"))
    }
}

impl Host for AsyncStd {
    const NAME: &str = "async-std";
    const RAW: &str = "async_std::task::spawn";

    type Join = async_std::task::JoinHandle<()>;

    fn inside<T, F>(self, work: F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        async_std::task::block_on(async_std::task::spawn(work))
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) -> Self::Join {
        async_std::task::spawn(task)
    }

    fn detach(join: Self::Join) {
        drop(join);
    }

    async fn sleep_until(self, deadline: Instant) {
        async_std::task::sleep(deadline.saturating_duration_since(Instant::now())).await;
    }

    fn scheduler(self, options: Options) -> Arc<dyn Scheduler> {
        let scheduler = AsyncStdScheduler::with_options(AsyncStdRuntime::new(), options);
        Arc::new(scheduler.expect("valid options"))
    }
}

impl Host for Threads {
    const NAME: &str = "thread";
    const RAW: &str = "std::thread::spawn";
    const MOST: usize = 2_000;

    type Join = Joining;

    fn inside<T, F>(self, work: F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        block_on(work)
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) -> Self::Join {
        Joining(Mutex::new(Some(thread::spawn(|| block_on(task)))))
    }

    fn detach(join: Self::Join) {
        drop(join);
    }

    async fn sleep_until(self, deadline: Instant) {
        thread::sleep(deadline.saturating_duration_since(Instant::now()));
    }

    fn scheduler(self, options: Options) -> Arc<dyn Scheduler> {
        let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options);
        Arc::new(scheduler.expect("valid options"))
    }
}

/// The end of a thread, as a future. Polling it blocks.
#[derive(Debug)]
pub struct Joining(Mutex<Option<thread::JoinHandle<()>>>);

impl Future for Joining {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if let Some(thread) = self.0.lock().expect("no panic").take() {
            thread.join().expect("no panic");
        }
        Poll::Ready(())
    }
}
