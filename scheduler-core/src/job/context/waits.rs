//! Cancellation of a job, and sleeps that end with it.

use std::{future::Future, task::Poll, time::Duration};

use super::{super::CancelReason, JobContext};

impl JobContext {
    /// Returns whether the cancellation of the job, or of this attempt, was requested.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{CancelMode, OutcomeKind}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // A loop without suspension checks between two chunks.
    /// let job = scheduler.submit(Job::blocking(|job| while !job.is_cancelled() {}))?;
    /// job.cancel(CancelMode::Graceful(Duration::from_secs(5)));
    /// assert_eq!(job.wait_blocking()?.kind(), OutcomeKind::Cancelled);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cell.orders().ends(self.attempt)
    }

    /// Returns why the cancellation was requested; `None` without a request.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{CancelMode, CancelReason}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let (sender, reasons) = std::sync::mpsc::channel();
    /// let job = scheduler.submit(Job::new(|job| async move {
    ///     sender.send(job.cancel_reason()).ok();
    ///     job.cancelled().await;
    ///     sender.send(job.cancel_reason()).ok();
    /// }))?;
    /// assert_eq!(reasons.recv()?, None);
    /// job.cancel(CancelMode::Graceful(Duration::from_secs(5)));
    /// assert_eq!(reasons.recv()?, Some(CancelReason::Requested));
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cancel_reason(&self) -> Option<CancelReason> {
        let order = self.cell.orders();
        order.why.filter(|_| order.attempt == self.attempt)
    }

    /// Waits until the cancellation of the job, or of this attempt, is requested.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{CancelMode, OutcomeKind}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let job = scheduler.submit(Job::new(|job| async move {
    ///     job.cancelled().await;
    ///     println!("closing the connection");
    /// }))?;
    /// job.cancel(CancelMode::Graceful(Duration::from_secs(5)));
    /// assert_eq!(job.wait_blocking()?.kind(), OutcomeKind::Cancelled);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops only the wait.
    pub async fn cancelled(&self) {
        self.cell.cancelled(self.attempt).await;
    }

    /// Sleeps on the clock of the scheduler. Returns early if the runtime ends.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Runtime, RuntimeScheduler, Scheduler};
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// // On virtual time an hour takes a moment.
    /// let time = VirtualRuntime::new(backend_thread::ThreadRuntime::new());
    /// let scheduler = RuntimeScheduler::new(time.clone());
    /// let begun = time.now().mono();
    /// time.run(async {
    ///     scheduler.start().await?;
    ///     let nap = Job::new(|job| async move { job.sleep(Duration::from_secs(3600)).await });
    ///     scheduler.submit(nap).await?.await
    /// })?;
    /// assert_eq!(time.now().mono() - begun, Duration::from_secs(3600));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future frees its timer.
    pub async fn sleep(&self, duration: Duration) {
        if let Some(host) = self.cell.host() {
            host.sleep_of_job(duration).await;
        }
    }

    /// Blocks the thread for `duration`, for blocking jobs. Returns true after the whole duration,
    /// and false as soon as the cancellation of the job is requested.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{CancelMode, OutcomeKind}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // It wakes as soon as the job is cancelled.
    /// let poll = Job::blocking(|job| while job.sleep_blocking(Duration::from_secs(3600)) {});
    /// let job = scheduler.submit(poll)?;
    /// job.cancel(CancelMode::Graceful(Duration::from_secs(5)));
    /// assert_eq!(job.wait_blocking()?.kind(), OutcomeKind::Cancelled);
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "a job should return when its cancellation was requested"]
    pub fn sleep_blocking(&self, duration: Duration) -> bool {
        crate::block_on(async {
            let mut end = std::pin::pin!(self.sleep(duration));
            let mut cancelled = std::pin::pin!(self.cancelled());
            std::future::poll_fn(|cx| match cancelled.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(false),
                Poll::Pending => end.as_mut().poll(cx).map(|()| true),
            })
            .await
        })
    }
}
