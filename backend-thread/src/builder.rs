//! The builder of the runtime: the number of threads, and how long idle ones wait.

use std::{num::NonZeroUsize, sync::Arc, thread, time::Duration};

use scheduler_core::implement::Timers;

use crate::{ThreadRuntime, blocking::Blocking, pool::Pool};

/// The default limit of threads for blocking work.
const BLOCKING_LIMIT: NonZeroUsize = NonZeroUsize::new(512).expect("it is not zero");

/// The default time for which an idle blocking thread waits for more work.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The settings of a [`ThreadRuntime`], made by [`ThreadRuntime::builder`].
///
/// ```
/// use std::{num::NonZeroUsize, time::Duration};
/// use backend_thread::ThreadRuntime;
///
/// let runtime = ThreadRuntime::builder()
///     .workers(NonZeroUsize::new(4).expect("not zero"))
///     .blocking_limit(NonZeroUsize::new(64).expect("not zero"))
///     .keep_alive(Duration::from_secs(1))
///     .build();
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is built until build is called"]
pub struct Builder {
    workers: NonZeroUsize,
    blocking_limit: NonZeroUsize,
    keep_alive: Duration,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let two = NonZeroUsize::MIN.saturating_add(1);
        Self {
            workers: thread::available_parallelism().map_or(two, |cores| cores.max(two)),
            blocking_limit: BLOCKING_LIMIT,
            keep_alive: KEEP_ALIVE,
        }
    }

    /// Sets the maximum number of threads that poll tasks. The default is the number of cores, and
    /// at least two.
    pub const fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.workers = workers;
        self
    }

    /// Sets the maximum number of threads for blocking work; further work is queued. The default is
    /// 512.
    ///
    /// Tasks never wait for these threads, because workers poll them. Blocking work that waits for
    /// *other* blocking work needs a thread for both. At the limit, threads that all wait for
    /// queued work deadlock. Wait in an asynchronous job instead, or raise the limit.
    pub const fn blocking_limit(mut self, limit: NonZeroUsize) -> Self {
        self.blocking_limit = limit;
        self
    }

    /// Sets how long an idle blocking thread waits for more work before it ends. The default is ten
    /// seconds. After a shutdown, idle threads end at once.
    pub const fn keep_alive(mut self, keep_alive: Duration) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// Builds the runtime. No thread is started yet.
    #[must_use]
    pub fn build(&self) -> ThreadRuntime {
        let timers = Timers::new();
        let limit = self.blocking_limit.get();
        let blocking = Arc::new(Blocking::new(limit, self.keep_alive, timers.clone()));
        let pool = Pool::new(self.workers.get(), timers.clone(), blocking.clone());
        ThreadRuntime {
            workers: self.workers,
            pool: Arc::new(pool),
            timers,
            blocking,
        }
    }
}
