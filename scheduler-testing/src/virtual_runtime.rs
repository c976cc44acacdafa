//! [`VirtualRuntime`]: its construction, readings and faults.

mod faults;

use std::{
    fmt,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Runtime,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use super::{sleep::Sleep, task::SerialTask, thread::ThreadSeat, world::World};

const PATIENCE: Duration = Duration::from_secs(30);

/// Reported parallelism: the same on every machine and runtime, and enough for tasks to interleave.
const PARALLELISM: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// Decorates any [`Runtime`] with virtual time and one order of execution.
///
/// Clones are the same runtime: give one to the scheduler, keep one to move the time. See the
/// [module](super) for the rules.
///
/// ```
/// use std::{sync::{Arc, Mutex}, time::Duration};
/// use scheduler_core::Runtime;
/// use scheduler_testing::VirtualRuntime;
/// # use std::time::Instant;
/// # use scheduler_core::{implement::block_on, runtime::{BoxFuture, SpawnError}};
/// # struct Threads;
/// # impl Runtime for Threads {
/// #     fn name(&self) -> &str { "threads" }
/// #     fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
/// #         std::thread::spawn(|| block_on(task));
/// #         Ok(())
/// #     }
/// #     fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> { unreachable!() }
/// # }
///
/// // `Threads` is the runtime of a backend.
/// let time = VirtualRuntime::new(Threads);
/// let log = Arc::new(Mutex::new(Vec::new()));
/// for (name, hours) in [("late", 2), ("early", 1)] {
///     let (clock, log) = (time.clone(), log.clone());
///     time.spawn(Box::pin(async move {
///         clock.sleep(Duration::from_secs(3600 * hours)).await;
///         log.lock().unwrap().push((name, clock.elapsed()));
///     }))?;
/// }
/// time.advance(Duration::from_secs(86_400));
///
/// let hour = Duration::from_secs(3600);
/// assert_eq!(*log.lock().unwrap(), [("early", hour), ("late", 2 * hour)]);
/// # Ok::<(), SpawnError>(())
/// ```
#[derive(Clone)]
pub struct VirtualRuntime {
    pub(super) inner: Arc<dyn Runtime>,
    pub(super) world: Arc<World>,
}

/// Constructors.
impl VirtualRuntime {
    /// Decorates `inner`. The wall clock starts at 2026-01-01T00:00:00Z.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// assert_eq!(time.now().wall().to_rfc3339(), "2026-01-01T00:00:00+00:00");
    /// ```
    pub fn new(inner: impl Runtime) -> Self {
        Self {
            inner: Arc::new(inner),
            world: Arc::new(World::new(PATIENCE)),
        }
    }

    /// Sets the time at which the wall clock starts.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let summer = "2024-06-01T00:00:00Z".parse()?;
    /// let time = VirtualRuntime::new(ThreadRuntime::new()).starting_at(summer);
    /// assert_eq!(time.now().wall(), summer);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn starting_at(self, wall: DateTime<Utc>) -> Self {
        self.world.lock().clock.start_at(wall);
        self
    }

    /// Sets the maximum real time without progress, in which no timer fires and nothing becomes quiet. 30 s
    /// by default.
    ///
    /// After it, every waiting thread panics with a message that names the running participants, so that a
    /// failed test ends. This affects calls that advance the time, clients, and blocking closures in
    /// [`block_on`](scheduler_core::implement::block_on).
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new()).with_patience(Duration::from_secs(120));
    /// # let _ = time;
    /// ```
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        self.world.lock().patience = patience;
        self
    }
}

/// Getters.
impl VirtualRuntime {
    /// Returns the virtual time that has elapsed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.advance(Duration::from_secs(60));
    /// assert_eq!(time.elapsed(), Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.world.lock().clock.elapsed()
    }

    /// Returns a future that completes `duration` after this call.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.run(time.sleep(Duration::from_secs(86_400)));
    /// assert_eq!(time.elapsed(), Duration::from_secs(86_400));
    /// ```
    ///
    /// # Panics
    ///
    /// If no [`Instant`] can represent the end.
    pub fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleep_until(self.now().mono() + duration)
    }

    /// Returns the number of set timers: sleeps that were polled, and have neither completed nor been dropped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.spawn(time.sleep(Duration::from_secs(1)))?;
    /// time.settle();
    /// assert_eq!(time.pending_timers(), 1);
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    #[must_use]
    pub fn pending_timers(&self) -> usize {
        self.world.lock().clock.pending_timers()
    }

    /// Returns the number of timers that have fired.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.spawn(time.sleep(Duration::from_secs(1)))?;
    /// time.settle();
    /// time.advance(Duration::from_secs(1));
    /// assert_eq!(time.timer_fires(), 1);
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    #[must_use]
    pub fn timer_fires(&self) -> u64 {
        self.world.lock().clock.fires()
    }

    /// Returns the number of turns that were taken: polls of tasks, and periods between two sleeps of
    /// threads. An idle program takes none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.spawn(time.sleep(Duration::from_secs(1)))?;
    /// time.settle();
    /// let before = time.polls();
    /// time.settle();
    /// assert_eq!(time.polls(), before, "an idle program takes no turns");
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.world.lock().turns.polls()
    }

    /// Returns the number of tasks, blocking closures and clients.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.spawn(time.sleep(Duration::from_secs(1)))?;
    /// time.settle();
    /// assert_eq!(time.participants(), 1);
    /// time.advance(Duration::from_secs(1));
    /// assert_eq!(time.participants(), 0);
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    #[must_use]
    pub fn participants(&self) -> usize {
        self.world.lock().turns.len()
    }

    /// Returns the number of wake-ups and spawns from outside while a participant ran.
    ///
    /// Their timing is accidental: if there are any, the order of execution may differ next time. Calls of a
    /// test while all is quiet, and calls inside [`outside`](Self::outside), do not count.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.spawn(time.sleep(Duration::from_secs(1)))?;
    /// time.settle();
    /// time.advance(Duration::from_secs(1));
    /// assert_eq!(time.foreign_wakes(), 0, "the next run has the same order");
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    #[must_use]
    pub fn foreign_wakes(&self) -> u64 {
        self.world.lock().turns.foreign_wakes()
    }

    /// Returns the number of tasks and blocking closures that were spawned, including refused ones.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.spawn(time.sleep(Duration::from_secs(1)))?;
    /// time.settle();
    /// assert_eq!(time.spawns(), 1);
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    #[must_use]
    pub fn spawns(&self) -> u64 {
        self.world.lock().spawns.attempts()
    }
}

impl Runtime for VirtualRuntime {
    /// Returns the name of the inner runtime.
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.admit()?;
        self.inner
            .spawn(Box::pin(SerialTask::new(&self.world, task)))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(Sleep::new(self.world.clone(), deadline))
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.admit()?;
        let participant = ThreadSeat::blocking(&self.world);
        self.inner
            .spawn_blocking(Box::new(|| participant.run(work)))
    }

    /// Returns two for every inner runtime, so that the order of execution does not depend on it.
    fn parallelism(&self) -> NonZeroUsize {
        PARALLELISM
    }

    fn check_blocking(&self) -> Result<(), SpawnError> {
        self.inner.check_blocking()
    }

    fn now(&self) -> Now {
        self.world.lock().clock.now()
    }
}

impl VirtualRuntime {
    fn admit(&self) -> Result<(), SpawnError> {
        self.world.lock().spawns.attempt()
    }
}

impl fmt::Debug for VirtualRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualRuntime")
            .field("inner", &self.inner.name())
            .field("elapsed", &self.elapsed())
            .field("participants", &self.participants())
            .field("pending_timers", &self.pending_timers())
            .finish_non_exhaustive()
    }
}
