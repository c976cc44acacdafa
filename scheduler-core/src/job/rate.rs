//! [`RateLimit`]: how often the jobs of a group may start.

use std::{sync::Arc, time::Duration};

use crate::{Error, Result, contract::names::check_name};

/// A rate limit for the jobs of a group: a token bucket that fills evenly.
///
/// All jobs with the same group name share one bucket. If their numbers differ, those of the job that
/// was accepted last apply.
///
/// The jobs of a group may be in several queues. A token goes to the first job, by priority and age, whose queue can
/// start it. A job in a paused or full queue holds up none of another queue.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::job::RateLimit;
///
/// let polite = RateLimit::new("api", 100, Duration::from_secs(60)).burst(10);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Name of the group.
    pub group: Arc<str>,
    /// Number of starts in each period.
    pub count: u32,
    /// Length of the period.
    pub per: Duration,
    /// Number of jobs that may start at once after an idle period.
    pub burst: u32,
}

impl RateLimit {
    /// Allows `count` starts in each `per`, evenly spread, with a burst of one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::job::RateLimit;
    ///
    /// let limit = RateLimit::new("smtp", 10, Duration::from_secs(1));
    /// assert_eq!((&*limit.group, limit.count, limit.burst), ("smtp", 10, 1));
    /// ```
    #[must_use]
    pub fn new(group: impl Into<Arc<str>>, count: u32, per: Duration) -> Self {
        Self {
            group: group.into(),
            count,
            per,
            burst: 1,
        }
    }

    /// Sets the number of jobs that may start at once after an idle period.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{Job, job::{JobPolicy, RateLimit}};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// // One start an hour, of which the first two may come together.
    /// let limit = RateLimit::new("reports", 1, Duration::from_secs(3600)).burst(2);
    /// let report = || Job::new(|_| async {}).policy(JobPolicy::default().rate_limit(limit.clone()));
    /// scheduler.submit(report())?.join_blocking()?;
    /// scheduler.submit(report())?.join_blocking()?;
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check_name("rate_limit.group", &self.group)?;
        let problem = match self {
            Self { count: 0, .. } => "must allow at least one start in each period",
            Self { burst: 0, .. } => "must have a burst of at least one",
            Self {
                per: Duration::ZERO,
                ..
            } => "must be over a time above zero",
            _ => return Ok(()),
        };
        Err(Error::InvalidConfig {
            field: "rate_limit",
            problem: problem.into(),
        })
    }
}
