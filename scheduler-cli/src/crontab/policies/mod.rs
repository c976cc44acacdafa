//! [`Policies`]: the settings of one entry, which a line `#@ key=value …` above it sets.
//!
//! Each key is a setting of the library, so that its documentation describes what the key does.

mod parse;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

pub(super) use self::parse::KEYS;

use scheduler_core::{
    Misfire, Overlap, Schedule, Task, Trigger,
    job::{JobPolicy, Retry},
    schedule::MisfirePolicy,
    trigger::Zone,
};

use crate::ping::Url;

/// Time between SIGTERM and SIGKILL after a timeout, as after the drain of a shutdown.
const TIMEOUT_GRACE: Duration = Duration::from_secs(5);

/// The delay before the second attempt, if only the number of attempts is set.
const BACKOFF: Duration = Duration::from_secs(1);

/// The settings of an entry. `None` is the default of the library.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Policies {
    pub(crate) id: Option<String>,
    pub(super) zone: Option<Zone>,
    pub(super) jitter: Option<Duration>,
    overlap: Option<Overlap>,
    max_instances: Option<usize>,
    buffer_limit: Option<usize>,
    pause_after_failures: Option<usize>,
    misfire: Option<MisfirePolicy>,
    grace: Option<Duration>,
    catch_up: Option<Duration>,
    pace: Option<Duration>,
    retry: Option<u32>,
    backoff: Option<Duration>,
    timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    timeout_grace: Option<Duration>,
    start_within: Option<Duration>,
    priority: Option<i32>,
    queue: Option<String>,
    pub(crate) ping: Option<Url>,
}

impl Policies {
    /// Creates the schedule of an entry.
    pub(crate) fn schedule(&self, trigger: Arc<dyn Trigger>, task: Task) -> Schedule {
        let schedule = Schedule::new(trigger, task.policy(self.job())).misfire(self.misfire());
        let schedule = self.overlap.into_iter().fold(schedule, Schedule::overlap);
        let schedule = self.jitter.into_iter().fold(schedule, Schedule::jitter);
        let instances = self.max_instances.into_iter();
        let schedule = instances.fold(schedule, Schedule::max_instances);
        let buffer = self.buffer_limit.into_iter();
        let schedule = buffer.fold(schedule, Schedule::buffer_limit);
        let failures = self.pause_after_failures.into_iter();
        failures.fold(schedule, Schedule::pause_after_failures)
    }

    fn misfire(&self) -> Misfire {
        let misfire = self.misfire.map_or_else(Misfire::default, Misfire::policy);
        let misfire = self.grace.into_iter().fold(misfire, Misfire::grace);
        let misfire = self.catch_up.into_iter().fold(misfire, Misfire::window);
        self.pace.into_iter().fold(misfire, Misfire::pace)
    }

    fn job(&self) -> JobPolicy {
        let mut policy = JobPolicy::default();
        policy.retry = self.retry();
        policy.timeout = self.timeout;
        policy.attempt_timeout = self.attempt_timeout;
        policy.timeout_grace = self.timeout_grace.unwrap_or(TIMEOUT_GRACE);
        policy.start_within = self.start_within;
        policy.priority = self.priority.unwrap_or_default();
        policy.queue = self.queue.as_deref().map(Arc::from);
        policy
    }

    fn retry(&self) -> Option<Retry> {
        let backoff = self.backoff.unwrap_or(BACKOFF);
        self.retry
            .map(|attempts| Retry::exponential(attempts, backoff))
    }
}
