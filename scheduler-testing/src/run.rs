//! Runs code of a test as a client, which takes turns with the tasks.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use super::{
    VirtualRuntime,
    horizon::Horizon,
    stalled::Stalled,
    thread::{Rest, ThreadSeat},
};

/// Calls that run code as a client.
///
/// The calling thread becomes a client: it gets the turn when nothing else can run, and keeps it until it
/// sleeps or ends. It must not run a participant.
impl VirtualRuntime {
    /// Runs `future` to completion, and fires the next timer whenever all is quiet.
    ///
    /// The test reads like an ordinary asynchronous program, and takes no time:
    ///
    /// ```
    /// # use std::time::Instant;
    /// # use scheduler_core::{Runtime, implement::block_on, runtime::{BoxFuture, SpawnError}};
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
    /// If the future is [`Stalled`] (see [`try_run`](Self::try_run)), if a participant calls it, or if there
    /// is no progress within the [patience](Self::with_patience).
    #[track_caller]
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        match self.try_run(future) {
            Ok(output) => output,
            Err(stalled) => panic!("{stalled}"),
        }
    }

    /// Runs `future` as [`run`](Self::run) does, but returns an error if it can never complete.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// assert_eq!(time.try_run(async { 42 }).ok(), Some(42));
    /// assert!(time.try_run(std::future::pending::<()>()).is_err());
    /// # let _ = Duration::ZERO;
    /// ```
    ///
    /// # Errors
    ///
    /// [`Stalled`] if all is quiet, no timer is left, and the future is pending. In that case the
    /// future has been dropped.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run). A stalled [`block_on`](scheduler_core::implement::block_on) inside the future cannot be
    /// dropped; it panics with the message of [`Stalled`].
    #[track_caller]
    pub fn try_run<F: Future>(&self, future: F) -> Result<F::Output, Stalled> {
        self.refuse_participants("run");
        let participant = ThreadSeat::driver(&self.world);
        let rest = participant.rest();
        participant.run(|| {
            // Closed before the turn is given back; otherwise the clock would continue to advance.
            let _horizon = Horizon::open(&self.world, self.world.lock(), Duration::MAX);
            scheduler_core::implement::block_on(unless_stalled(future, &rest))
        })
    }

    /// Runs `future` to completion while other threads advance the time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// let clock = time.clone();
    /// let minute = time.sleep(Duration::from_secs(60));
    /// let waits = std::thread::spawn(move || clock.block_on(minute));
    /// while time.pending_timers() == 0 {
    ///     time.settle();
    /// }
    /// time.advance(Duration::from_secs(60));
    /// waits.join().expect("it has waited a minute");
    /// ```
    ///
    /// # Panics
    ///
    /// If a participant calls it, or if there is no progress within the [patience](Self::with_patience).
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.outside(|| scheduler_core::implement::block_on(future))
    }

    /// Runs `calls` as a participant, for several calls of a test that must not interleave with tasks.
    ///
    /// Tasks that it wakes or spawns run when it returns or sleeps in
    /// [`block_on`](scheduler_core::implement::block_on). Without it, they would run concurrently with the next call.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::Runtime;
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(ThreadRuntime::new());
    /// let (sender, order) = std::sync::mpsc::channel();
    /// time.outside(|| {
    ///     let first = sender.clone();
    ///     time.spawn(Box::pin(async move { drop(first.send("task")) })).expect("spawned");
    ///     drop(sender.send("test"));
    /// });
    /// time.settle();
    /// assert_eq!(order.try_iter().collect::<Vec<_>>(), ["test", "task"]);
    /// ```
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

/// Wraps a future, and stops polling it when its thread returns from a sleep without a wake-up.
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
