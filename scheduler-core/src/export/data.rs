//! What a schedule is as data: the fields of the document.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{labels, object, tree::Tree};
use crate::{Hours, Misfire, MisfirePolicy, Overlap, trigger::TriggerSpec};

/// Schedules as data: a JSON object `{"version":1,"schedules":[…]}`.
///
/// Another version and fields that are not known are refused, with all problems at once.
///
/// ```
/// use scheduler_core::export::ScheduleDocument;
///
/// let document: ScheduleDocument = r#"{"version": 1, "schedules": []}"#.parse()?;
/// assert!(document.schedules.is_empty());
/// let refused = r#"{"version": 2, "schedules": [], "format": 7}"#.parse::<ScheduleDocument>().unwrap_err();
/// assert_eq!(refused.problems.len(), 2, "the field \"format\" is not known either");
/// assert!(refused.to_string().contains("version: found 2, and only version 1 is known"));
/// # Ok::<(), scheduler_core::export::ImportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
#[non_exhaustive]
pub struct ScheduleDocument {
    /// Of which form it is: 1.
    pub version: u32,
    /// The schedules.
    pub schedules: Vec<ScheduleData>,
}

/// One schedule. What is missing in the document is as by default.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScheduleData {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What was noted about it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// When it is due.
    pub trigger: TriggerSpec,
    /// What it runs.
    pub task: TaskData,
    /// What to do about instants that are noticed late.
    #[serde(skip_serializing_if = "MisfireData::is_default")]
    pub misfire: MisfireData,
    /// What to do about instants that meet an earlier run.
    pub overlap: Overlap,
    /// How far its starts are shifted at most.
    #[serde(with = "labels", skip_serializing_if = "Duration::is_zero")]
    pub jitter: Duration,
    /// How many runs there may be at a time.
    pub max_instances: usize,
    /// How many instants are kept at most.
    pub buffer_limit: usize,
    /// The group whose runs it overlaps with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// When late runs may start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_within: Option<HoursData>,
    /// After how many failed runs in a row it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_after_failures: Option<usize>,
    /// How many decisions are remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<usize>,
    /// Whether and why it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<PauseData>,
    /// The instant it waits for; without one it begins anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
    /// How far its timeline lags behind the wall clock: an interval counts elapsed time, and does not
    /// follow a clock that is set. Negative if it is ahead: `"-1h"`.
    #[serde(with = "labels::signed", skip_serializing_if = "TimeDelta::is_zero")]
    pub lag: TimeDelta,
}

/// A registered task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TaskData {
    /// Its name in the registry.
    pub name: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub args: Value,
    /// How its jobs are called, if not by that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What its jobs ask for; without it what the registry says.
    #[serde(
        default,
        deserialize_with = "object::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub policy: Option<PolicyData>,
}

/// What to do about instants that are noticed late, as [`Misfire`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MisfireData {
    /// How late is still on time.
    #[serde(with = "labels")]
    pub grace: Duration,
    /// What to do about what is later: `"skip"`, `{"fire_once":"latest"}`, `{"fire_all":{"max":3}}`.
    pub policy: MisfirePolicy,
    /// What is older is given up.
    #[serde(with = "labels::optional", skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
    /// The time between the starts of two catch-up runs.
    #[serde(with = "labels", skip_serializing_if = "Duration::is_zero")]
    pub pace: Duration,
}

/// A part of the day, as [`Hours`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HoursData {
    /// When it begins.
    pub from: NaiveTime,
    /// When it ends.
    pub until: NaiveTime,
    /// By whose clocks.
    pub zone: String,
}

/// A pause, as [`Pause`](crate::Pause).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PauseData {
    /// Why.
    pub reason: String,
    /// Since when; since the import without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

/// What a job asks for, as [`JobPolicy`](crate::job::JobPolicy).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PolicyData {
    /// Labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whatever else is to be known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Who goes first.
    pub priority: i32,
    /// Whether and when a failed attempt is followed by another.
    #[serde(
        deserialize_with = "object::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub retry: Option<RetryData>,
    /// How long one attempt may take.
    #[serde(with = "labels::optional", skip_serializing_if = "Option::is_none")]
    pub attempt_timeout: Option<Duration>,
    /// How long all attempts may take.
    #[serde(with = "labels::optional", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// How long an attempt has to end by itself.
    #[serde(with = "labels", skip_serializing_if = "Duration::is_zero")]
    pub timeout_grace: Duration,
    /// How long the job may wait to be started.
    #[serde(with = "labels::optional", skip_serializing_if = "Option::is_none")]
    pub start_within: Option<Duration>,
    /// How many jobs of a group may start in a stretch of time.
    #[serde(
        deserialize_with = "object::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub rate_limit: Option<RateLimitData>,
    /// Whether the job needs no permit.
    #[serde(skip_serializing_if = "is_false")]
    pub besides_limit: bool,
}

/// Whether a failed attempt is followed by another, as [`Retry`](crate::job::Retry).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryData {
    /// How many attempts in all.
    pub attempts: u32,
    /// How long after the end of the first attempt the second one is due.
    #[serde(with = "labels")]
    pub delay: Duration,
    /// How much longer each further delay is; fixed without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Up to which the delay grows.
    #[serde(
        default,
        with = "labels::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_delay: Option<Duration>,
    /// By which part of it a delay is shortened at most.
    #[serde(default)]
    pub jitter: f64,
    /// The seed of the jitter.
    #[serde(default)]
    pub seed: u64,
    /// Whether an attempt that panicked is tried again.
    #[serde(default)]
    pub on_panic: bool,
    /// Whether an attempt that ran out of its time is tried again.
    #[serde(default = "yes")]
    pub on_timeout: bool,
}

/// How often jobs may start, as [`RateLimit`](crate::job::RateLimit).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimitData {
    /// The group.
    pub group: String,
    /// How many starts.
    pub count: u32,
    /// In which stretch of time.
    #[serde(with = "labels")]
    pub per: Duration,
    /// How many at once after a time without any.
    #[serde(default = "one")]
    pub burst: u32,
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
        policy.besides_limit = true;
        let besides = json!({"priority": 0, "besides_limit": true});
        assert_eq!(to_value(&policy).unwrap(), besides);
    }
}
