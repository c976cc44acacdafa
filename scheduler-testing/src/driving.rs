//! Moving the time, and taking part from outside.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::MutexGuard,
    task::Poll,
    time::Duration,
};

use super::{
    VirtualRuntime,
    current::current,
    horizon::Horizon,
    stalled::Stalled,
    thread::{Rest, ThreadSeat},
    world::Core,
};

/// Moving the time.
///
/// All of these calls block the calling thread, which must not be running a participant.
impl VirtualRuntime {
    /// Waits until all is quiet. The time does not move.
    ///
    /// # Panics
    ///
    /// If called by a participant, or if it does not become quiet within the
    /// [patience](Self::with_patience).
    #[track_caller]
    pub fn settle(&self) {
        drop(self.quiet("settle"));
    }

    /// Moves the clock by `by`, after everything that can run now has run.
    ///
    /// On the way, each timer fires at its own instant, and what it woke runs before the next one
    /// fires. At last the clock stands at exactly `by` later, and all is quiet.
    ///
    /// # Panics
    ///
    /// If called by a participant, if no timer fires within the [patience](Self::with_patience)
    /// although it is not quiet, or if no [`Instant`](std::time::Instant) lies that far ahead.
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

    /// Moves the clock to the first timer, fires that one alone, and lets run what it woke.
    ///
    /// Answers by how much the clock moved, or `None` if no timer was set.
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

    /// Waiting for itself would take for ever, and so would blocking the thread of its tasks.
    #[track_caller]
    fn refuse_participants(&self, call: &str) {
        if let Some(id) = current(&self.world) {
            let label = self.world.lock().turns.label(id);
            panic!("`{call}` was called by {label}, and would wait for it");
        }
        if let Err(error) = self.inner.check_blocking() {
            panic!("`{call}` cannot wait here: {error}");
        }
    }
}

/// Taking part from outside.
///
/// The calling thread becomes a client: it takes its turn when nothing else can run, and keeps it
/// until it sleeps or is done. It must not be running a participant already.
impl VirtualRuntime {
    /// Runs `future` to its end; whenever all is quiet before that, the next timer is fired.
    ///
    /// A test reads like any asynchronous program, and takes no time:
    ///
    /// ```
    /// # use std::time::Instant;
    /// # use scheduler_core::{BoxFuture, Runtime, SpawnError, block_on};
    /// # struct Threads;
    /// # impl Runtime for Threads {
    /// #     fn name(&self) -> &str { "threads" }
    /// #     fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
    /// #         std::thread::spawn(|| block_on(task));
    /// #         Ok(())
    /// #     }
    /// #     fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> { unreachable!() }
    /// # }
    /// use std::time::Duration;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(Threads);
    /// let answer = time.run(async {
    ///     time.sleep(Duration::from_secs(86_400)).await;
    ///     42
    /// });
    /// assert_eq!(answer, 42);
    /// assert_eq!(time.elapsed(), Duration::from_secs(86_400));
    /// ```
    ///
    /// # Panics
    ///
    /// If the future is [`Stalled`]: see [`try_run`](Self::try_run). If called by a participant, or
    /// if no timer fires within the [patience](Self::with_patience) although it is not quiet.
    #[track_caller]
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        match self.try_run(future) {
            Ok(output) => output,
            Err(stalled) => panic!("{stalled}"),
        }
    }

    /// As [`run`](Self::run), but answers when nothing will ever happen again.
    ///
    /// # Errors
    ///
    /// [`Stalled`] if all is quiet, no timer is left, and the future is not done. It has been
    /// dropped then.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run). A plain [`block_on`](scheduler_core::block_on) inside of the future that stalls
    /// cannot be given up: it panics with the message of [`Stalled`].
    #[track_caller]
    pub fn try_run<F: Future>(&self, future: F) -> Result<F::Output, Stalled> {
        self.refuse_participants("run");
        let seat = ThreadSeat::driver(&self.world);
        let rest = seat.rest();
        seat.run(|| {
            // Closed before the turn is given back, or else the clock would run on.
            let _horizon = Horizon::open(&self.world, self.world.lock(), Duration::MAX);
            scheduler_core::block_on(unless_stalled(future, &rest))
        })
    }

    /// Runs `future` to its end, while somebody else moves the time: it does not move by itself.
    ///
    /// # Panics
    ///
    /// If called by a participant, or if nobody runs and no timer fires within the
    /// [patience](Self::with_patience).
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.outside(|| scheduler_core::block_on(future))
    }

    /// Calls `calls` as a participant: for the calls a test makes from outside, while others run.
    ///
    /// What it wakes and spawns runs when it is done, or sleeps in
    /// [`block_on`](scheduler_core::block_on). Without it, the first call would set off others that run
    /// beside the next one.
    ///
    /// # Panics
    ///
    /// As [`block_on`](Self::block_on).
    #[track_caller]
    pub fn outside<T>(&self, calls: impl FnOnce() -> T) -> T {
        self.refuse_participants("outside");
        ThreadSeat::client(&self.world).run(calls)
    }
}

/// Gives a future up when its thread was woken by nobody, for nobody is left to do so.
async fn unless_stalled<F: Future>(future: F, rest: &Rest) -> Result<F::Output, Stalled> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => rest
            .stalled()
            .map_or(Poll::Pending, |s| Poll::Ready(Err(s))),
    })
    .await
}
