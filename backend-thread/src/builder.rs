//! How many threads, and for how long.

use std::{num::NonZeroUsize, sync::Arc, thread, time::Duration};

use scheduler_core::implement::Timers;

use crate::{ThreadRuntime, blocking::Blocking, pool::Pool};

/// Work that blocks has a thread each, up to so many.
const BLOCKING_LIMIT: NonZeroUsize = NonZeroUsize::new(512).expect("it is not zero");

/// How long a thread for work that blocks waits for more.
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

    /// How many threads poll tasks, at most. By default as many as the machine has cores, at least
    /// two.
    pub const fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.workers = workers;
        self
    }

    /// How many pieces of work may block at a time; more of it waits its turn. By default 512.
    ///
    /// Tasks never wait for it, they have the workers. But work that blocks until *other* such work
    /// has been done needs a thread for both: at the limit, where all of it waits for some that is
    /// still in the queue, none goes on. Wait in an asynchronous job instead, or raise the limit.
    pub const fn blocking_limit(mut self, limit: NonZeroUsize) -> Self {
        self.blocking_limit = limit;
        self
    }

    /// How long a thread for work that blocks waits for more of it before it ends. By default ten
    /// seconds. After a shutdown none waits.
    pub const fn keep_alive(mut self, keep_alive: Duration) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// The runtime; it starts nothing yet.
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
