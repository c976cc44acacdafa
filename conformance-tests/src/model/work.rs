//! Jobs and schedules as data: their scripts, and the policies of their jobs.

use std::time::Duration;

use scheduler_core::{
    Overlap,
    job::{JobPolicy, RateLimit, Retry},
    queue::{self, Queue},
};
use serde::{Deserialize, Serialize};

use super::scenario::{Call, Millis};

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// The unique number of the job, by which other steps refer to it.
    pub tag: u16,
    /// Whether the job blocks its thread.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocking: bool,
    /// The delay before the job may start.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay: Millis,
    /// The limits and attempts of the job.
    #[serde(default, skip_serializing_if = "PolicySpec::is_plain")]
    pub policy: PolicySpec,
    /// The steps of the job.
    pub script: Vec<Step>,
}

/// A schedule with a fixed interval.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// The id of the schedule.
    pub id: u16,
    /// The interval.
    pub every: Millis,
    /// The policy for an instant that is due while a run is active.
    #[serde(default, skip_serializing_if = "OverlapSpec::is_default")]
    pub overlap: OverlapSpec,
    /// Whether the runs block their threads.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocking: bool,
    /// The limits and attempts of each run.
    #[serde(default, skip_serializing_if = "PolicySpec::is_plain")]
    pub policy: PolicySpec,
    /// The steps of each run. They submit no jobs.
    pub script: Vec<Step>,
}

/// How many runs of a schedule may be active, and what happens to further ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OverlapSpec {
    /// The policy for an instant beyond the active runs.
    pub policy: OverlapPolicy,
    /// The maximum number of active runs.
    pub instances: usize,
    /// The maximum number of buffered runs.
    pub buffer: usize,
}

impl Default for OverlapSpec {
    fn default() -> Self {
        Self {
            policy: OverlapPolicy::Skip,
            instances: 1,
            buffer: 1_000,
        }
    }
}

impl OverlapSpec {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// An overlap policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverlapPolicy {
    /// The instant is skipped.
    #[default]
    Skip,
    /// The run starts beside the others.
    AllowAll,
    /// One run is buffered, and further ones are skipped.
    BufferOne,
    /// All runs are buffered.
    BufferAll,
    /// The active run is cancelled, with a grace of five seconds.
    CancelOther,
    /// The active run is cancelled at once.
    TerminateOther,
}

impl OverlapPolicy {
    /// Returns the grace of the run that a later one replaces.
    pub(crate) const fn grace(self) -> Option<Millis> {
        match self {
            Self::CancelOther => Some(5_000),
            Self::TerminateOther => Some(0),
            Self::Skip | Self::AllowAll | Self::BufferOne | Self::BufferAll => None,
        }
    }
}

impl From<OverlapPolicy> for Overlap {
    fn from(policy: OverlapPolicy) -> Self {
        match policy {
            OverlapPolicy::Skip => Self::Skip,
            OverlapPolicy::AllowAll => Self::AllowAll,
            OverlapPolicy::BufferOne => Self::BufferOne,
            OverlapPolicy::BufferAll => Self::BufferAll,
            OverlapPolicy::CancelOther => Self::CancelOther,
            OverlapPolicy::TerminateOther => Self::TerminateOther,
        }
    }
}

/// The limits and attempts of a job; times are in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySpec {
    /// The rate that the job shares with its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateSpec>,
    /// The retry policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetrySpec>,
    /// The timeout of each attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt_timeout: Option<Millis>,
    /// The timeout of all attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// The grace between a timeout and the drop of the attempt.
    #[serde(skip_serializing_if = "is_zero")]
    pub timeout_grace: Millis,
    /// The time in which the first attempt must begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_within: Option<Millis>,
    /// The number of the queue; 0 is the default one.
    #[serde(skip_serializing_if = "is_default_queue")]
    pub queue: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_default_queue(queue: &u8) -> bool {
    *queue == 0
}

/// Returns the name of the queue with this number.
pub(crate) fn queue_name(number: u8) -> String {
    match number {
        0 => queue::DEFAULT.to_owned(),
        number => format!("q{number}"),
    }
}

/// The settings of a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueSpec {
    /// The maximum number of running jobs of the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<usize>,
    /// The maximum number of jobs that wait in the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The time between two starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<Millis>,
    /// The number of jobs that may start at once; 0 is the default of one.
    #[serde(skip_serializing_if = "is_default_queue")]
    pub burst: u8,
    /// Whether the queue is paused from the beginning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

impl QueueSpec {
    /// Returns the settings for the core of the queue with this number.
    pub(super) fn named(self, number: u8) -> Queue {
        let mut queue = Queue::named(queue_name(number));
        if let Some(jobs) = self.concurrency {
            queue = queue.concurrency(jobs);
        }
        if let Some(waiting) = self.limit {
            queue = queue.limit(waiting);
        }
        if let Some(spacing) = self.spacing {
            queue = queue
                .rate(1, time(spacing))
                .burst(u32::from(self.burst.max(1)));
        }
        if self.paused {
            queue = queue.paused("from the begin");
        }
        queue
    }
}

/// The rate of a group: a number of starts in a period, and how many may start at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateSpec {
    /// The number of the group.
    pub group: u8,
    /// The number of starts in each period.
    pub count: u32,
    /// The period.
    pub per: Millis,
    /// The number of jobs that may start at once.
    pub burst: u32,
}

/// A retry policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrySpec {
    /// The number of attempts, including the first.
    pub attempts: u8,
    /// The delay after the first attempt.
    pub delay: Millis,
    /// Whether each further delay is twice as long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubles: bool,
    /// Whether panics are retried.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub panics: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(time: &Millis) -> bool {
    *time == 0
}

impl PolicySpec {
    /// Returns whether the job has no limits and one attempt.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl From<PolicySpec> for JobPolicy {
    fn from(spec: PolicySpec) -> Self {
        let mut policy = Self::default().timeout_grace(time(spec.timeout_grace));
        policy.rate_limit = spec.rate.map(RateLimit::from);
        policy.retry = spec.retry.map(Retry::from);
        policy.attempt_timeout = spec.attempt_timeout.map(time);
        policy.timeout = spec.timeout.map(time);
        policy.start_within = spec.start_within.map(time);
        if spec.queue > 0 {
            policy.queue = Some(queue_name(spec.queue).into());
        }
        policy
    }
}

impl From<RateSpec> for RateLimit {
    fn from(spec: RateSpec) -> Self {
        let group = format!("g{}", spec.group);
        Self::new(group, spec.count, time(spec.per)).burst(spec.burst)
    }
}

impl From<RetrySpec> for Retry {
    fn from(spec: RetrySpec) -> Self {
        let (attempts, delay) = (u32::from(spec.attempts), time(spec.delay));
        let retry = if spec.doubles {
            Self::exponential(attempts, delay)
        } else {
            Self::fixed(attempts, delay)
        };
        retry.on_panic(spec.panics)
    }
}

const fn time(length: Millis) -> Duration {
    Duration::from_millis(length)
}

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Does nothing, except that every step writes a line to the trace.
    Witness,
    /// Yields to other tasks.
    Yield,
    /// Sleeps. A cancelled blocking job ends here.
    Sleep(Millis),
    /// Sleeps, and ignores a cancellation.
    Deaf(Millis),
    /// Waits for a gate. A cancelled blocking job ends here.
    Gate(u8),
    /// Waits until the job is cancelled or the scenario ends.
    UntilTold,
    /// Returns an error.
    Fail,
    /// Panics.
    Panic,
    /// Makes a call.
    Call(Box<Call>),
}
