//! [`JobPolicy`]: labels, priority, retries, timeouts and limits of a job.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{RateLimit, Retry};
use crate::{Error, Result};

/// Labels, priority, retries, timeouts and limits of a job, or of every run of a task. All are
/// optional, and unused ones cost nothing.
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
    /// Tags, to select jobs and events.
    pub tags: Vec<Arc<str>>,
    /// Further facts about the job, by key.
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
    /// Priority among jobs that are due at the same instant or wait for a permit. Higher numbers start
    /// first, equal ones in the order of submission. 0 by default.
    pub priority: i32,
    /// Retry policy; `None` means one attempt.
    pub retry: Option<Retry>,
    /// Timeout of each attempt, counted from its first poll.
    pub attempt_timeout: Option<Duration>,
    /// Timeout of all attempts and the delays between them, counted from the first poll of the first
    /// attempt. If a retry could not begin in time, the failure is final at once.
    pub timeout: Option<Duration>,
    /// Grace between a timeout, which sends a cancellation request, and the drop of the attempt.
    pub timeout_grace: Duration,
    /// Maximum time between the due time and the begin of the body. The first poll decides.
    pub start_within: Option<Duration>,
    /// Rate limit that the job shares with its group.
    pub rate_limit: Option<RateLimit>,
    /// Whether the job runs without a permit, exempt from the concurrency limit.
    pub besides_limit: bool,
}

impl JobPolicy {
    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Arc<str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Sets the metadata value of a key.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Sets the [`priority`](Self::priority).
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets the retry policy.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Sets the timeout of each attempt (`RY-007`).
    #[must_use]
    pub const fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// Sets the timeout of all attempts together (`RY-008`).
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets the grace between a timeout and the drop of the attempt.
    #[must_use]
    pub const fn timeout_grace(mut self, grace: Duration) -> Self {
        self.timeout_grace = grace;
        self
    }

    /// Sets the maximum time between the due time and the begin of the body. After it the job is cancelled
    /// as [`Expired`](super::CancelReason::Expired) (`RY-010`).
    #[must_use]
    pub const fn start_within(mut self, limit: Duration) -> Self {
        self.start_within = Some(limit);
        self
    }

    /// Sets the rate limit.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Exempts the job from the concurrency limit.
    #[must_use]
    pub const fn besides_limit(mut self) -> Self {
        self.besides_limit = true;
        self
    }

    /// Returns whether the job has this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| **known == *tag)
    }

    /// Validates the policy for a body that can run `repeatedly`, or only once.
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
