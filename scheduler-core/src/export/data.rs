//! [`ScheduleDocument`]: the fields of a document of schedules.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DecidedData, duplicates::Tree, durations, object};
use crate::{Hours, Misfire, MisfirePolicy, Overlap, trigger::TriggerSpec};

/// Schedules as data: a JSON object `{"version":1,"schedules":[…]}`.
///
/// Other versions and unknown fields are refused. All problems are reported at once.
///
/// ```
/// use scheduler_core::export::ScheduleDocument;
///
/// let document: ScheduleDocument = r#"{"version": 1, "schedules": []}"#.parse()?;
/// assert!(document.schedules.is_empty());
/// let refused = r#"{"version": 2, "schedules": [], "format": 7}"#.parse::<ScheduleDocument>().unwrap_err();
/// assert_eq!(refused.problems.len(), 2, "the field \"format\" is not known either");
/// assert!(refused.to_string().contains("version: unknown version 2, expected 1"));
/// # Ok::<(), scheduler_core::export::ImportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
#[non_exhaustive]
pub struct ScheduleDocument {
    /// Version of the format: 1.
    pub version: u32,
    /// The schedules.
    pub schedules: Vec<ScheduleData>,
}

/// One schedule. Omitted fields have their defaults.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScheduleData {
    /// Id of the schedule.
    pub id: String,
    /// Name of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Tags of the schedule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Metadata of the schedule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Trigger of the schedule.
    pub trigger: TriggerSpec,
    /// Task of the schedule.
    pub task: TaskData,
    /// Misfire policy of the schedule.
    #[serde(skip_serializing_if = "MisfireData::is_default")]
    pub misfire: MisfireData,
    /// Overlap policy of the schedule.
    pub overlap: Overlap,
    /// Limit of its jitter.
    #[serde(with = "durations", skip_serializing_if = "Duration::is_zero")]
    pub jitter: Duration,
    /// Maximum number of active runs.
    pub max_instances: usize,
    /// Maximum number of buffered runs.
    pub buffer_limit: usize,
    /// Group whose active runs count for the overlap policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Hours in which late runs may start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_hours: Option<HoursData>,
    /// Number of consecutive failed runs after which it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_after_failures: Option<usize>,
    /// Number of records that are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<usize>,
    /// Pause of the schedule, if it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<PauseData>,
    /// Next instant of the schedule; by default the first one after the import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
    /// Whether the next instant was set by hand, and is no instant of the trigger.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// Difference between the wall clock and the timeline of a schedule that follows elapsed time.
    /// Negative if the timeline is ahead: `"-1h"`.
    #[serde(with = "durations::signed", skip_serializing_if = "TimeDelta::is_zero")]
    pub lag: TimeDelta,
    /// Instants that a wall-clock schedule has decided; by default all before its next instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<DecidedData>,
}

/// A registered task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TaskData {
    /// Name of the task in its registry.
    pub name: String,
    /// Arguments of the task.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub args: Value,
    /// Name of its jobs, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Policy of the jobs. Without one, the registered policy of the task applies.
    #[serde(
        default,
        deserialize_with = "object::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub policy: Option<PolicyData>,
}

/// A misfire policy, as [`Misfire`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MisfireData {
    /// Maximum lateness of an instant that counts as on time.
    #[serde(with = "durations")]
    pub grace: Duration,
    /// Policy for later instants: `"skip"`, `{"fire_once":"latest"}`, `{"fire_all":{"max":3}}`.
    pub policy: MisfirePolicy,
    /// Maximum lateness of a run.
    #[serde(with = "durations::optional", skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
    /// Minimum time between the starts of two catch-up runs.
    #[serde(with = "durations", skip_serializing_if = "Duration::is_zero")]
    pub pace: Duration,
}

/// Hours of the day, as [`Hours`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HoursData {
    /// Begin, inclusive, in local time.
    pub from: NaiveTime,
    /// End, exclusive, in local time.
    pub until: NaiveTime,
    /// Time zone.
    pub zone: String,
}

/// A pause, as [`Pause`](crate::Pause).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PauseData {
    /// Reason.
    pub reason: String,
    /// When the pause began; by default at the import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

/// The policy of a job, as [`JobPolicy`](crate::job::JobPolicy).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PolicyData {
    /// Tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Metadata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Priority; higher numbers start first.
    pub priority: i32,
    /// Retry policy.
    #[serde(
        deserialize_with = "object::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub retry: Option<RetryData>,
    /// Timeout of each attempt.
    #[serde(with = "durations::optional", skip_serializing_if = "Option::is_none")]
    pub attempt_timeout: Option<Duration>,
    /// Timeout of all attempts together.
    #[serde(with = "durations::optional", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Grace between a timeout and the drop of the attempt.
    #[serde(with = "durations", skip_serializing_if = "Duration::is_zero")]
    pub timeout_grace: Duration,
    /// Maximum time between the due time and the begin of the body.
    #[serde(with = "durations::optional", skip_serializing_if = "Option::is_none")]
    pub start_within: Option<Duration>,
    /// Rate limit that the job shares with its group.
    #[serde(
        deserialize_with = "object::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub rate_limit: Option<RateLimitData>,
    /// See [`JobPolicy::task_limit`](crate::job::JobPolicy::task_limit).
    #[serde(
        deserialize_with = "object::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub task_limit: Option<TaskLimitData>,
    /// Name of the queue, if it is not the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// How long the result is kept after the end.
    #[serde(with = "durations::optional", skip_serializing_if = "Option::is_none")]
    pub keep_result: Option<Duration>,
    /// Whether the job runs without a permit.
    #[serde(skip_serializing_if = "is_false")]
    pub unlimited: bool,
}

/// A retry policy, as [`Retry`](crate::job::Retry).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryData {
    /// Maximum number of attempts in total.
    pub attempts: u32,
    /// Delay between the end of the first attempt and the second one.
    #[serde(with = "durations")]
    pub delay: Duration,
    /// Factor of each further delay; by default all delays are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Maximum delay.
    #[serde(
        default,
        with = "durations::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_delay: Option<Duration>,
    /// Maximum fraction by which a delay is shortened.
    #[serde(default)]
    pub jitter: f64,
    /// Seed of the jitter.
    #[serde(default)]
    pub seed: u64,
    /// Whether panics are retried.
    #[serde(default)]
    pub on_panic: bool,
    /// Whether timeouts are retried.
    #[serde(default = "yes")]
    pub on_timeout: bool,
}

/// A rate limit, as [`RateLimit`](crate::job::RateLimit).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimitData {
    /// Name of the group.
    pub group: String,
    /// Number of starts in each period.
    pub count: u32,
    /// Length of the period.
    #[serde(with = "durations")]
    pub per: Duration,
    /// Number of jobs that may start at once after an idle period.
    #[serde(default = "one")]
    pub burst: u32,
}

/// A limit on the running jobs of a task, as [`TaskLimit`](crate::job::TaskLimit).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TaskLimitData {
    /// Name of the task.
    pub task: String,
    /// Maximum number of running jobs.
    pub jobs: usize,
}

const fn yes() -> bool {
    true
}

const fn one() -> u32 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl MisfireData {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for MisfireData {
    fn default() -> Self {
        Misfire::default().into()
    }
}

impl From<Misfire> for MisfireData {
    fn from(misfire: Misfire) -> Self {
        let Misfire {
            grace,
            policy,
            window,
            pace,
        } = misfire;
        Self {
            grace,
            policy,
            window,
            pace,
        }
    }
}

impl From<MisfireData> for Misfire {
    fn from(data: MisfireData) -> Self {
        Self {
            grace: data.grace,
            policy: data.policy,
            window: data.window,
            pace: data.pace,
        }
    }
}

impl From<&Hours> for HoursData {
    fn from(hours: &Hours) -> Self {
        Self {
            from: hours.from(),
            until: hours.until(),
            zone: hours.zone().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn what_is_missing_is_as_by_default() {
        let retry = json!({"attempts": 3, "delay": "1s"});
        let retry: RetryData = from_value(retry).unwrap();
        assert!(retry.on_timeout && !retry.on_panic);
        let limit = json!({"group": "g", "count": 5, "per": "1s"});
        let limit: RateLimitData = from_value(limit).unwrap();
        assert_eq!(limit.burst, 1);
    }

    #[test]
    fn what_is_as_by_default_is_not_written() {
        let mut policy = PolicyData::default();
        assert_eq!(to_value(&policy).unwrap(), json!({"priority": 0}));
        policy.unlimited = true;
        let besides = json!({"priority": 0, "unlimited": true});
        assert_eq!(to_value(&policy).unwrap(), besides);
    }
}
