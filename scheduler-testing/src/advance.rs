//! Advances the virtual time on request of a test.

use std::{sync::MutexGuard, time::Duration};

use super::{VirtualRuntime, current::current, horizon::Horizon, world::Core};

/// Calls that advance the time.
///
/// These calls block the thread, which must not run a participant.
impl VirtualRuntime {
    /// Waits until all is quiet, without advancing the time.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// let (sender, ran) = std::sync::mpsc::channel();
    /// time.spawn(Box::pin(async move { drop(sender.send(())) }))?;
    /// time.settle();
    /// assert!(ran.try_recv().is_ok());
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a participant calls it, or if it does not become quiet within the
    /// [patience](Self::with_patience).
    #[track_caller]
    pub fn settle(&self) {
        drop(self.quiet("settle"));
    }

    /// Advances the clock by `by`, after everything that can run now has run.
    ///
    /// Each timer on the way fires at its own instant, and the tasks that it wakes run before the next timer
    /// fires. Afterwards the clock is exactly `by` later, and all is quiet.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// let (sender, woken) = std::sync::mpsc::channel();
    /// let sleep = time.sleep(Duration::from_secs(60));
    /// time.spawn(Box::pin(async move {
    ///     sleep.await;
    ///     drop(sender.send(()));
    /// }))?;
    /// time.advance(Duration::from_secs(59));
    /// assert!(woken.try_recv().is_err());
    /// time.advance(Duration::from_secs(1));
    /// assert!(woken.try_recv().is_ok());
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a participant calls it, if there is no progress within the [patience](Self::with_patience), or if
    /// no [`Instant`](std::time::Instant) can represent the target.
    #[track_caller]
    pub fn advance(&self, by: Duration) {
        let core = self.quiet("advance");
        let Some(target) = core.clock.after(by) else {
            drop(core);
            panic!("virtual time cannot be advanced by {by:?}: no instant lies that far ahead");
        };
        let _horizon = Horizon::open(&self.world, core, target);
        self.world.wait_quiet().clock.move_to(target);
    }

    /// Advances the clock to the first timer, fires it alone, and runs the tasks that it wakes.
    ///
    /// Returns by how much the clock advanced, or `None` without a timer.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// time.spawn(time.sleep(Duration::from_secs(60)))?;
    /// time.settle();
    /// assert_eq!(time.advance_to_next_timer(), Some(Duration::from_secs(60)));
    /// assert_eq!(time.advance_to_next_timer(), None);
    /// # Ok::<(), scheduler_core::runtime::SpawnError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`settle`](Self::settle).
    #[track_caller]
    pub fn advance_to_next_timer(&self) -> Option<Duration> {
        let mut core = self.quiet("advance_to_next_timer");
        let before = core.clock.elapsed();
        let waker = core.clock.fire_first()?;
        let moved = core.clock.elapsed() - before;
        core.turns.seize_for_clock();
        drop(core);
        self.world.hand_on(self.world.fire(waker));
        self.settle();
        Some(moved)
    }

    #[track_caller]
    fn quiet(&self, call: &str) -> MutexGuard<'_, Core> {
        self.refuse_participants(call);
        self.world.wait_quiet()
    }

    /// Panics where waiting would deadlock: in a participant, and on the thread that polls the
    /// tasks of the runtime.
    #[track_caller]
    pub(super) fn refuse_participants(&self, call: &str) {
        if let Some(id) = current(&self.world) {
            let label = self.world.lock().turns.label(id);
            panic!("`{call}` was called by {label}, and would wait for it");
        }
        if let Err(error) = self.inner.check_blocking() {
            panic!("`{call}` cannot wait here: {error}");
        }
    }
}
