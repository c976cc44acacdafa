//! How often jobs may start.

use std::{sync::Arc, time::Duration};

use crate::{Error, Result};

/// How many jobs of a group may start in a stretch of time: a bucket of tokens that fills evenly.
///
/// The group is the name: all jobs whose limits have the same name share the bucket. If their
/// numbers differ, those of the job that was accepted last count.
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
    /// The group.
    pub group: Arc<str>,
    /// How many starts.
    pub count: u32,
    /// In which stretch of time.
    pub per: Duration,
    /// How many may start at once after a time without any.
    pub burst: u32,
}

impl RateLimit {
    /// `count` starts in each `per`, evenly spread, and one at once.
    #[must_use]
    pub fn new(group: impl Into<Arc<str>>, count: u32, per: Duration) -> Self {
        Self {
            group: group.into(),
            count,
            per,
            burst: 1,
        }
    }

    /// With so many at once after a time without any.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let problem = match self {
            Self { count: 0, .. } => "must allow more than zero starts: nothing could ever pass",
            Self { burst: 0, .. } => "must have a burst above zero: nothing could ever pass",
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
