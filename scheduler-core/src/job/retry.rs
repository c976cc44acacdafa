//! [`Retry`]: decides whether and when a failed attempt is retried.

#[cfg(feature = "serde")]
mod data;
mod delay;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use super::JobError;
use crate::base::panic::Contained;

/// Retry policy: whether a failed attempt is retried, and after which delay.
///
/// Attempts that returned an error or timed out are retried; panics only with
/// [`on_panic`](Self::on_panic). Cancelled jobs are never retried. During a shutdown a retry begins
/// only if it is due in time.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::job::Retry;
///
/// let retry = Retry::exponential(5, Duration::from_secs(1))
///     .max_delay(Duration::from_secs(60))
///     .jitter(0.5)
///     .only_if(|error| error.downcast_ref::<std::io::Error>().is_some());
/// ```
#[derive(Clone)]
pub struct Retry {
    attempts: u32,
    backoff: Backoff,
    jitter: f64,
    seed: u64,
    panics: bool,
    timeouts: bool,
    only_if: Option<Predicate>,
}

type Predicate = Contained<Arc<dyn Fn(&JobError) -> bool + Send + Sync>>;
type Delay = Contained<Arc<dyn Fn(u32, &JobError) -> Option<Duration> + Send + Sync>>;

#[derive(Clone)]
enum Backoff {
    Fixed(Duration),
    Exponential {
        first: Duration,
        factor: f64,
        most: Duration,
    },
    Own(Delay),
}

impl Retry {
    /// Allows `attempts` attempts in total, including the first, each `delay` after the previous one ended.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Task, job::Retry};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let third_time_lucky = Task::new(|job| async move {
    ///     if job.attempt() < 3 { Err("no answer") } else { Ok(()) }
    /// });
    /// let retry = Retry::fixed(3, Duration::ZERO);
    /// assert!(scheduler.submit(Job::from(third_time_lucky.retry(retry)))?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fixed(attempts: u32, delay: Duration) -> Self {
        Self::with_backoff(attempts, Backoff::Fixed(delay))
    }

    /// Allows `attempts` attempts in total, including the first. The second begins `first` after the first
    /// one ended; each further delay is twice as long.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Error, Job, Runtime, RuntimeScheduler, Scheduler, Task, job::Retry};
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(backend_thread::ThreadRuntime::new());
    /// let scheduler = RuntimeScheduler::new(time.clone());
    /// let retry = Retry::exponential(4, Duration::from_secs(1));
    /// let waited = time.run(async {
    ///     scheduler.start().await?;
    ///     let begun = time.now().mono();
    ///     let fails = Task::new(|_| async { Err::<(), _>("no disk") }).retry(retry);
    ///     scheduler.submit(Job::from(fails)).await?.wait().await?;
    ///     Ok::<_, Error>(time.now().mono() - begun)
    /// })?;
    /// assert_eq!(waited.as_secs(), 1 + 2 + 4);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn exponential(attempts: u32, first: Duration) -> Self {
        let backoff = Backoff::Exponential {
            first,
            factor: 2.0,
            most: Duration::MAX,
        };
        Self::with_backoff(attempts, backoff)
    }

    /// Computes each delay by a function, from the number of the failed attempt, counted from 1, and its
    /// error. `None` means no retry. The function is called without a lock; a panic counts as `None`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Task, job::Retry};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // At once after the first failure, and never after the second.
    /// let once_more = Retry::custom(|attempt, _| (attempt == 1).then_some(Duration::ZERO));
    /// let second_time = Task::new(|job| async move {
    ///     if job.attempt() < 2 { Err("no answer") } else { Ok(()) }
    /// });
    /// assert!(scheduler.submit(Job::from(second_time.retry(once_more)))?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn custom(
        delay: impl Fn(u32, &JobError) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        Self::with_backoff(u32::MAX, Backoff::Own(Contained::new(Arc::new(delay))))
    }

    fn with_backoff(attempts: u32, backoff: Backoff) -> Self {
        Self {
            attempts,
            backoff,
            jitter: 0.0,
            seed: 0,
            panics: false,
            timeouts: true,
            only_if: None,
        }
    }

    /// Sets the maximum number of attempts in total.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Task, job::Retry};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let retry = Retry::custom(|_, _| Some(Duration::ZERO)).max_attempts(2);
    /// let third_time = Task::new(|job| async move {
    ///     if job.attempt() < 3 { Err("no answer") } else { Ok(()) }
    /// });
    /// assert!(scheduler.submit(Job::from(third_time.retry(retry)))?.join_blocking().is_err());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the factor of the exponential delay, 2 by default. Values below 1 count as 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::job::Retry;
    ///
    /// // 1 s, 3 s, 9 s, …
    /// let steep = Retry::exponential(5, Duration::from_secs(1)).factor(3.0);
    /// assert!(format!("{steep:?}").contains("1s × 3ⁿ"), "{steep:?}");
    /// ```
    #[must_use]
    pub fn factor(mut self, by: f64) -> Self {
        if let Backoff::Exponential { factor, .. } = &mut self.backoff {
            *factor = if by.is_finite() { by.max(1.0) } else { 1.0 };
        }
        self
    }

    /// Sets the maximum of the exponential delay.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Error, Job, Runtime, RuntimeScheduler, Scheduler, Task, job::Retry};
    /// use scheduler_testing::VirtualRuntime;
    ///
    /// let time = VirtualRuntime::new(backend_thread::ThreadRuntime::new());
    /// let scheduler = RuntimeScheduler::new(time.clone());
    /// let retry = Retry::exponential(5, Duration::from_secs(1)).max_delay(Duration::from_secs(3));
    /// let waited = time.run(async {
    ///     scheduler.start().await?;
    ///     let begun = time.now().mono();
    ///     let fails = Task::new(|_| async { Err::<(), _>("no disk") }).retry(retry);
    ///     scheduler.submit(Job::from(fails)).await?.wait().await?;
    ///     Ok::<_, Error>(time.now().mono() - begun)
    /// })?;
    /// assert_eq!(waited.as_secs(), 1 + 2 + 3 + 3);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub const fn max_delay(mut self, limit: Duration) -> Self {
        if let Backoff::Exponential { most, .. } = &mut self.backoff {
            *most = limit;
        }
        self
    }

    /// Shortens each delay by up to this fraction, from 0 to 1, so that jobs that failed together are not
    /// retried together. A hash of the seed, the job and the attempt decides, so the delay is the same in
    /// every execution of the program.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Task, job::Retry};
    ///
    /// let retry = Retry::exponential(5, Duration::from_secs(1)).jitter(0.5);
    /// let fetch = Task::new(|_| async { Err::<(), _>("no route") }).retry(retry);
    /// # let _ = fetch;
    /// ```
    #[must_use]
    pub fn jitter(mut self, fraction: f64) -> Self {
        self.jitter = if fraction.is_finite() {
            fraction.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self
    }

    /// Sets the seed of the jitter. Give processes that run the same jobs different seeds, or their retries coincide.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::job::Retry;
    ///
    /// let process = u64::from(std::process::id());
    /// let retry = Retry::exponential(5, Duration::from_secs(1)).jitter(0.5).seed(process);
    /// # let _ = retry;
    /// ```
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets whether panics are retried. False by default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Task, job::Retry};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let careless = Task::new(|job| async move {
    ///     assert!(job.attempt() > 1, "the first attempt panics");
    /// });
    /// let retry = Retry::fixed(2, Duration::ZERO).on_panic(true);
    /// assert!(scheduler.submit(Job::from(careless.retry(retry)))?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn on_panic(mut self, again: bool) -> Self {
        self.panics = again;
        self
    }

    /// Sets whether timeouts are retried. True by default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, Task, job::{JobPolicy, OutcomeKind, Retry}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let hangs = Task::new(|_| std::future::pending::<()>());
    /// let policy = JobPolicy::default()
    ///     .attempt_timeout(Duration::from_millis(5))
    ///     .retry(Retry::fixed(1_000, Duration::ZERO).on_timeout(false));
    /// let outcome = scheduler.submit(Job::from(hangs.policy(policy)))?.wait_blocking()?;
    /// assert_eq!(outcome.kind(), OutcomeKind::TimedOut, "after one attempt");
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn on_timeout(mut self, again: bool) -> Self {
        self.timeouts = again;
        self
    }

    /// Retries only after errors for which `worth_it` returns true. It is called without a lock; a panic
    /// counts as false.
    ///
    /// ```
    /// use std::{io, time::Duration};
    /// use scheduler_core::{Job, Task, job::{JobError, Retry}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // A file that is missing will not appear; anything else may pass.
    /// let may_pass = |error: &JobError| {
    ///     let error = error.downcast_ref::<io::Error>();
    ///     error.is_none_or(|error| error.kind() != io::ErrorKind::NotFound)
    /// };
    /// let retry = Retry::fixed(1_000, Duration::from_secs(60)).only_if(may_pass);
    /// let read = Task::blocking(|_| std::fs::read("no such file"));
    /// assert!(scheduler.submit(Job::from(read.retry(retry)))?.join_blocking().is_err());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn only_if(mut self, worth_it: impl Fn(&JobError) -> bool + Send + Sync + 'static) -> Self {
        self.only_if = Some(Contained::new(Arc::new(worth_it)));
        self
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("attempts", &self.attempts)
            .field("backoff", &self.backoff)
            .field("jitter", &self.jitter)
            .field("on_panic", &self.panics)
            .field("on_timeout", &self.timeouts)
            .field("only_if", &self.only_if.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(delay) => write!(f, "{delay:?}"),
            Self::Exponential {
                first,
                factor,
                most,
            } => {
                write!(f, "{first:?} × {factor}ⁿ ≤ {most:?}")
            }
            Self::Own(_) => f.write_str("own function"),
        }
    }
}
