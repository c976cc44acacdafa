//! [`Queue`]: a named line of jobs with its own limits.
//!
//! Every job belongs to one queue: the one that its [`JobPolicy::queue`](crate::job::JobPolicy::queue) names,
//! or [`DEFAULT`]. A queue gives permits to its own jobs and holds up no other queue (`QU-002`): ten slow
//! mails at a time in `mail` delay no job of `default`.

pub(crate) mod control;
mod handle;
mod info;

use std::{sync::Arc, time::Duration};

pub use self::{handle::QueueHandle, info::QueueInfo};
use crate::{
    Error, Result,
    contract::names::{check_name, check_text},
    job::RateLimit,
};

/// The name of the queue of the jobs that name none. It always exists.
pub const DEFAULT: &str = "default";

/// The settings of a queue, fixed when the scheduler is built. All limits are optional.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Blocking, Job, Options, Scheduler, SchedulerExt, Shutdown, queue::Queue};
/// # use backend_thread::{ThreadRuntime, ThreadScheduler};
///
/// let mail = Queue::named("mail")
///     .concurrency(10)
///     .limit(10_000)
///     .rate(100, Duration::from_secs(1));
/// let options = Options::default().queue(mail);
/// let scheduler = Blocking::new(ThreadScheduler::with_options(ThreadRuntime::new(), options)?);
/// scheduler.start()?;
/// let letter = Job::new(|job| async move { println!("sent by {}", job.queue()) });
/// scheduler.submit(letter.queue("mail"))?.join_blocking()?;
/// scheduler.shutdown(Shutdown::graceful())?;
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub(crate) name: Arc<str>,
    pub(crate) concurrency: Option<usize>,
    pub(crate) limit: Option<usize>,
    pub(crate) rate: Option<(u32, Duration)>,
    pub(crate) burst: Option<u32>,
    pub(crate) paused: Option<Arc<str>>,
}

impl Queue {
    /// Creates a queue without limits.
    ///
    /// Settings for [`DEFAULT`] replace
    /// [`max_concurrent_jobs`](crate::Options::max_concurrent_jobs) and
    /// [`queue_limit`](crate::Options::queue_limit) of the options.
    ///
    /// ```
    /// use scheduler_core::{Options, queue::Queue};
    ///
    /// let options = Options::default().queue(Queue::named("mail")).queue(Queue::named("reports"));
    /// assert!(options.validate().is_ok());
    /// assert!(options.queue(Queue::named("mail")).validate().is_err());
    /// ```
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            concurrency: None,
            limit: None,
            rate: None,
            burst: None,
            paused: None,
        }
    }

    /// Sets the maximum number of jobs of the queue that run at the same time.
    ///
    /// ```
    /// use scheduler_core::queue::Queue;
    ///
    /// let mail = Queue::named("mail").concurrency(10);
    /// ```
    #[must_use]
    pub const fn concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = Some(jobs);
        self
    }

    /// Sets the maximum number of submitted jobs that wait in the queue. Beyond it `submit` waits for a slot,
    /// and `try_submit` returns [`QueueFull`](crate::Error::QueueFull). Runs of schedules do not count.
    ///
    /// ```
    /// use scheduler_core::{ErrorKind, Job, Options, Scheduler, queue::Queue};
    /// # use backend_thread::{ThreadRuntime, ThreadScheduler};
    ///
    /// let options = Options::default().queue(Queue::named("mail").limit(1));
    /// let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
    /// let letter = || Job::new(|_| async {}).queue("mail");
    /// scheduler.try_submit(letter())?;
    /// let refused = scheduler.try_submit(letter()).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::QueueFull);
    /// // Another queue has slots of its own.
    /// scheduler.try_submit(Job::new(|_| async {}))?;
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub const fn limit(mut self, waiting: usize) -> Self {
        self.limit = Some(waiting);
        self
    }

    /// Allows `count` starts in each `per`, evenly spread. The first job that waits for a start delays the
    /// jobs behind it, of this queue only.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::queue::Queue;
    ///
    /// let mail = Queue::named("mail").rate(10, Duration::from_secs(1));
    /// ```
    #[must_use]
    pub const fn rate(mut self, count: u32, per: Duration) -> Self {
        self.rate = Some((count, per));
        self
    }

    /// Sets the number of jobs that may start at once after an idle period. Needs a [`rate`](Self::rate).
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::queue::Queue;
    ///
    /// let mail = Queue::named("mail").rate(10, Duration::from_secs(1)).burst(5);
    /// ```
    #[must_use]
    pub const fn burst(mut self, starts: u32) -> Self {
        self.burst = Some(starts);
        self
    }

    /// Creates the queue paused: it accepts jobs, and starts none before
    /// [`resume`](QueueHandle::resume).
    ///
    /// ```
    /// use scheduler_core::queue::Queue;
    ///
    /// let mail = Queue::named("mail").paused("the server moves");
    /// ```
    #[must_use]
    pub fn paused(mut self, reason: impl Into<Arc<str>>) -> Self {
        self.paused = Some(reason.into());
        self
    }

    /// Returns the name.
    ///
    /// ```
    /// use scheduler_core::queue::Queue;
    ///
    /// assert_eq!(Queue::named("mail").name(), "mail");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the rate limit, with the name of the queue as the group.
    pub(crate) fn rate_limit(&self) -> Option<RateLimit> {
        let (count, per) = self.rate?;
        let limit = RateLimit::new(self.name.clone(), count, per);
        Some(limit.burst(self.burst.unwrap_or(1)))
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check_name("queue", &self.name)?;
        if let Some(reason) = &self.paused {
            check_text("queue.paused", reason)?;
        }
        let problem = if self.concurrency == Some(0) {
            "has a concurrency of zero: nothing could ever pass"
        } else if self.limit == Some(0) {
            "has a limit of zero: nothing could ever pass"
        } else if self.rate.is_none() && self.burst.is_some() {
            "has a burst and no rate: set both"
        } else if let Some(Err(_)) = self.rate_limit().map(|limit| limit.validate()) {
            "needs a rate and a burst above zero, over a time above zero"
        } else {
            return Ok(());
        };
        Err(Error::InvalidConfig {
            field: "queue",
            problem: format!("{:?} {problem}", self.name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_reasons_are_visible_lines() {
        let refusal = |queue: Queue| queue.validate().unwrap_err().to_string();
        let named = |name: &str| refusal(Queue::named(name));
        let blank = "the setting `queue` must not consist of spaces: give it a name";
        assert_eq!(named(" "), blank);
        assert!(named("a\u{202e}b").contains("marks of direction"));
        assert!(named(&"x".repeat(2_000)).contains("found 2000: shorten it"));
        let turned = refusal(Queue::named("mail").paused("a\nb"));
        assert!(
            turned.starts_with("the setting `queue.paused` must not hold"),
            "{turned}"
        );
        assert!(Queue::named("mail").paused("").validate().is_ok());
    }
}
