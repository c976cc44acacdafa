//! A runtime under virtual time: what it is made of, what it tells, and what can be done to it.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{BlockingWork, BoxFuture, Now, Runtime, SpawnError};

use super::{sleep::Sleep, task::SerialTask, thread::ThreadSeat, world::World};

const PATIENCE: Duration = Duration::from_secs(30);

/// The same on every machine and every runtime, and enough for tasks to take turns.
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
/// # use scheduler_core::{BoxFuture, SpawnError, block_on};
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
/// // `Threads` stands for the runtime of a backend.
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

/// Making one.
impl VirtualRuntime {
    /// Decorates `inner`. The wall clock shows 2026-01-01T00:00:00Z.
    pub fn new(inner: impl Runtime) -> Self {
        Self {
            inner: Arc::new(inner),
            world: Arc::new(World::new(PATIENCE)),
        }
    }

    /// The same, with another reading of the wall clock at the start.
    #[must_use]
    pub fn starting_at(self, wall: DateTime<Utc>) -> Self {
        self.world.lock().clock.start_at(wall);
        self
    }

    /// The same, with another limit to the real time that is waited without any progress: no timer
    /// fires and nothing becomes quiet. 30 s by default.
    ///
    /// Whoever waits longer panics with a message that names who is still running: the calls that
    /// move the time, clients, and blocking closures that sleep in [`block_on`](scheduler_core::block_on),
    /// so that a test that has failed can also end.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        self.world.lock().patience = patience;
        self
    }
}

/// Reading it.
impl VirtualRuntime {
    /// How much virtual time has passed.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.world.lock().clock.elapsed()
    }

    /// A future that ends when `duration` has passed, counted from this call.
    ///
    /// # Panics
    ///
    /// If no [`Instant`] lies that far ahead.
    pub fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleep_until(self.now().mono + duration)
    }

    /// How many timers are set: sleeps that were polled and have neither ended nor been dropped.
    #[must_use]
    pub fn pending_timers(&self) -> usize {
        self.world.lock().clock.pending_timers()
    }

    /// How many timers have fired so far.
    #[must_use]
    pub fn timer_fires(&self) -> u64 {
        self.world.lock().clock.fires()
    }

    /// How many turns were taken so far: polls of tasks, and stretches between two sleeps of
    /// threads. What idles must not take any.
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.world.lock().turns.polls()
    }

    /// How many tasks, blocking closures and clients there are.
    #[must_use]
    pub fn participants(&self) -> usize {
        self.world.lock().turns.len()
    }

    /// How many wakes and spawns came from elsewhere while a participant was running.
    ///
    /// Each of them came at an accidental moment: if there are any, the order of execution may
    /// differ the next time. Calls that a test makes while all is quiet do not count, nor do those
    /// inside of [`outside`](Self::outside).
    #[must_use]
    pub fn foreign_wakes(&self) -> u64 {
        self.world.lock().turns.foreign_wakes()
    }

    /// How many tasks and blocking closures were spawned so far, refused ones included.
    #[must_use]
    pub fn spawns(&self) -> u64 {
        self.world.lock().spawns.attempts()
    }
}

/// Disturbing it.
impl VirtualRuntime {
    /// Sets the wall clock forward or back. The monotonic clock is not affected, nobody is woken.
    pub fn jump_wall(&self, by: TimeDelta) {
        self.world.lock().clock.jump_wall(by);
    }

    /// Holds back what is spawned from now on: it is accepted, but does not run until
    /// [`release_spawns`](Self::release_spawns). It does not keep the rest from being quiet.
    pub fn hold_spawns(&self) {
        self.world.lock().spawns.hold();
    }

    /// Lets run what was held back, in the order in which it was spawned.
    pub fn release_spawns(&self) {
        self.world.release_spawns();
    }

    /// Has the next spawn, of a task or of a blocking closure, fail with `error`.
    pub fn fail_next_spawn(&self, error: SpawnError) {
        self.fail_spawn_after(0, error);
    }

    /// Lets `others` spawns pass and has the one after them fail with `error`.
    pub fn fail_spawn_after(&self, others: u64, error: SpawnError) {
        let replaced = self.world.lock().spawns.fail_after(others, error);
        drop(replaced);
    }
}

impl Runtime for VirtualRuntime {
    /// That of the inner runtime.
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
        let seat = ThreadSeat::blocking(&self.world);
        self.inner.spawn_blocking(Box::new(|| seat.run(work)))
    }

    /// Two, whatever the inner runtime can do: the order of execution does not depend on it.
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
