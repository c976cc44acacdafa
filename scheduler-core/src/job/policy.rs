//! What a job may ask for besides being run.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{RateLimit, Retry};
use crate::{Error, Result};

/// What a job, or every run of a task, asks for besides being run. All of it is optional, and what
/// is not asked for costs nothing.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Task, job::{JobPolicy, RateLimit, Retry}};
///
/// let careful = JobPolicy::default()
///     .tag("mail")
///     .retry(Retry::exponential(5, Duration::from_secs(1)).jitter(0.5))
///     .attempt_timeout(Duration::from_secs(30))
///     .start_within(Duration::from_secs(600))
///     .rate_limit(RateLimit::new("smtp", 10, Duration::from_secs(1)));
/// let send = Task::new(|_| async { /* … */ }).policy(careful);
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct JobPolicy {
    /// Labels, to select jobs and events by.
    pub tags: Vec<Arc<str>>,
    /// Whatever else is to be known of the job.
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
    /// Who goes first among those that are due at one instant, or wait for a permit: the higher
    /// number; among equals the one that was submitted first. 0 unless set.
    pub priority: i32,
    /// Whether and when a failed attempt is followed by another.
    pub retry: Option<Retry>,
    /// How long one attempt may take, counted from its first poll.
    pub attempt_timeout: Option<Duration>,
    /// How long all attempts together may take, the pauses between them included; counted from the
    /// first poll of the first one. A failure after which no attempt could begin in time is the last one, at once.
    pub timeout: Option<Duration>,
    /// How long an attempt has to end by itself when its time is over, before it is dropped.
    pub timeout_grace: Duration,
    /// How long the job may wait until its body begins, counted from when it is due. Whether it is too
    /// late is decided at the first poll.
    pub start_within: Option<Duration>,
    /// How many jobs of a group may start in a stretch of time.
    pub rate_limit: Option<RateLimit>,
    /// Whether the job runs besides the limit of concurrent jobs: it needs no permit and takes
    /// none.
    pub besides_limit: bool,
}

impl JobPolicy {
    /// With one more label.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Arc<str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// With something else that is to be known of the job.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// With this [`priority`](Self::priority).
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// With another attempt after one that failed.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// With a limit to the time of each attempt (`RY-007`).
    #[must_use]
    pub const fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// With a limit to the time of all attempts together (`RY-008`).
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// With so much time to end by itself for what has come to its time limit.
    #[must_use]
    pub const fn timeout_grace(mut self, grace: Duration) -> Self {
        self.timeout_grace = grace;
        self
    }

    /// With a limit to the time it may wait to be started; past it the job is cancelled as
    /// [`Expired`](super::CancelReason::Expired) (`RY-010`).
    #[must_use]
    pub const fn start_within(mut self, limit: Duration) -> Self {
        self.start_within = Some(limit);
        self
    }

    /// With a limit to how often jobs of its group start.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Besides the limit of concurrent jobs.
    #[must_use]
    pub const fn besides_limit(mut self) -> Self {
        self.besides_limit = true;
        self
    }

    /// Whether the job has this label.
    #[must_use]
    pub fn is_tagged(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| **known == *tag)
    }

    /// Checks that it makes sense for a body that can be run `repeatedly`, or only once.
    pub(crate) fn validate(&self, repeatedly: bool) -> Result<()> {
        not_zero("attempt_timeout", self.attempt_timeout)?;
        not_zero("timeout", self.timeout)?;
        if let Some(limit) = &self.rate_limit {
            limit.validate()?;
        }
        if self.retry.is_some() && !repeatedly {
            return Err(Error::InvalidConfig {
                field: "retry",
                problem: "needs a Task: this job's function can be called only once".into(),
            });
        }
        Ok(())
    }
}

fn not_zero(field: &'static str, limit: Option<Duration>) -> Result<()> {
    match limit {
        Some(Duration::ZERO) => Err(Error::InvalidConfig {
            field,
            problem: "must not be zero: nothing could ever end in time".into(),
        }),
        _ => Ok(()),
    }
}
