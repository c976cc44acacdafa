//! Injects faults: spawns that fail or are held back, and steps of the wall clock.

use chrono::TimeDelta;
use scheduler_core::runtime::SpawnError;

use super::VirtualRuntime;

impl VirtualRuntime {
    /// Sets the wall clock forward or back. This neither affects the monotonic clock nor wakes a task.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// let before = time.now();
    /// time.jump_wall(chrono::TimeDelta::hours(-1));
    /// assert_eq!(time.now().wall(), before.wall() - chrono::TimeDelta::hours(1));
    /// assert_eq!(time.now().mono(), before.mono());
    /// ```
    pub fn jump_wall(&self, by: TimeDelta) {
        self.world.lock().clock.jump_wall(by);
    }

    /// Accepts spawns from now on, but does not run them until [`release_spawns`](Self::release_spawns).
    /// Held spawns do not prevent the rest from being quiet.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.hold_spawns();
    /// let (sender, ran) = std::sync::mpsc::channel();
    /// time.spawn(Box::pin(async move { drop(sender.send(())) }))?;
    /// time.settle();
    /// assert!(ran.try_recv().is_err());
    /// time.release_spawns();
    /// time.settle();
    /// assert!(ran.try_recv().is_ok());
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    pub fn hold_spawns(&self) {
        self.world.lock().spawns.hold();
    }

    /// Runs the held spawns, in the order in which they were spawned.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.hold_spawns();
    /// time.spawn(Box::pin(async {}))?;
    /// time.release_spawns();
    /// time.settle();
    /// assert_eq!(time.participants(), 0);
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    pub fn release_spawns(&self) {
        self.world.release_spawns();
    }

    /// Makes the next spawn, of a task or of a blocking closure, fail with `error`.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::{Runtime, runtime::SpawnError};
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.fail_next_spawn(SpawnError::no_runtime("closed"));
    /// assert!(time.spawn(Box::pin(async {})).is_err());
    /// assert!(time.spawn(Box::pin(async {})).is_ok());
    /// ```
    pub fn fail_next_spawn(&self, error: SpawnError) {
        self.fail_spawn_after(0, error);
    }

    /// Accepts `others` spawns, and makes the one after them fail with `error`.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::{Runtime, runtime::SpawnError};
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.fail_spawn_after(1, SpawnError::no_runtime("closed"));
    /// assert!(time.spawn(Box::pin(async {})).is_ok());
    /// assert!(time.spawn(Box::pin(async {})).is_err());
    /// ```
    pub fn fail_spawn_after(&self, others: u64, error: SpawnError) {
        let replaced = self.world.lock().spawns.fail_after(others, error);
        drop(replaced);
    }
}
