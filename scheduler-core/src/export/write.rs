//! Converts schedules to data.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;

use super::{
    DecidedData, HoursData, LeftOut, NotData, PauseData, PolicyData, RateLimitData, ScheduleData,
    TaskData, TaskLimitData,
};
use crate::{
    Hours, ScheduleInfo, Task,
    base::{
        panic::caught,
        text::{BRIEF, brief},
        unix_time::{UnixTime, delta_of},
    },
    job::{JobPolicy, RateLimit, Retry, TaskLimit},
    schedule::Policies,
    trigger::{Trigger, TriggerError, Zone},
};
#[cfg(feature = "store")]
use crate::{Schedule, ScheduleId, export::ExportError};

/// Returns a schedule as data, or the reason why it cannot be written.
pub(super) fn schedule(info: &ScheduleInfo) -> Result<ScheduleData, LeftOut> {
    // A trigger of the user's is asked what it is, and printed.
    let data = caught(|| data(info)).unwrap_or_else(|message| {
        let rule = format!("a trigger that panicked ({})", brief(&message, BRIEF));
        Err(NotData::Trigger(TriggerError::NotData { rule }))
    });
    data.map_err(|reason| LeftOut::new(info.id.clone(), reason.shortened()))
}

impl NotData {
    /// Shortens the description of a trigger in the error.
    fn shortened(self) -> Self {
        match self {
            Self::Trigger(TriggerError::NotData { rule }) => {
                let rule = brief(&rule, LONGEST_RULE);
                Self::Trigger(TriggerError::NotData { rule })
            }
            other => other,
        }
    }
}

/// Maximum number of characters of a trigger in an error.
const LONGEST_RULE: usize = 400;

fn data(info: &ScheduleInfo) -> Result<ScheduleData, NotData> {
    let definition = info.definition.as_ref().ok_or(NotData::Untold)?;
    let cursor = &definition.cursor;
    let next = cursor.next(&*definition.trigger).map(UnixTime::date);
    Ok(ScheduleData {
        name: info.name.as_deref().map(str::to_owned),
        tags: texts(&info.tags),
        metadata: notes(&info.metadata),
        paused: info.paused.as_ref().map(|pause| PauseData {
            reason: pause.reason.to_string(),
            since: Some(cursor.paused_since.map_or(pause.since, UnixTime::date)),
        }),
        next,
        by_hand: next.is_some_and(|next| !definition.trigger.matches(next)),
        lag: next.map_or(TimeDelta::zero(), |_| delta_of(cursor.lag)),
        decided: DecidedData::of(&cursor.decided),
        ..settings(
            info.id.as_str(),
            &*definition.trigger,
            &definition.task,
            &definition.policies,
        )?
    })
}

/// Returns the settings of a schedule, without its labels and its place in time.
fn settings(
    id: &str,
    trigger: &dyn Trigger,
    of: &Task,
    policies: &Policies,
) -> Result<ScheduleData, NotData> {
    Ok(ScheduleData {
        id: id.to_owned(),
        name: None,
        tags: Vec::new(),
        metadata: BTreeMap::new(),
        trigger: trigger.spec().map_err(NotData::Trigger)?,
        task: task(of)?,
        misfire: policies.misfire.into(),
        overlap: policies.overlap,
        jitter: policies.jitter,
        max_instances: policies.max_instances,
        buffer_limit: policies.buffer_limit,
        group: policies.group.as_deref().map(str::to_owned),
        late_hours: policies.hours.as_ref().map(hours).transpose()?,
        pause_after_failures: policies.failure_limit,
        history: policies.history,
        paused: None,
        next: None,
        by_hand: false,
        lag: TimeDelta::zero(),
        decided: None,
    })
}

#[cfg(feature = "store")]
impl ScheduleData {
    /// Returns the settings of a schedule that has an id, without its place in time.
    pub(crate) fn of(schedule: &Schedule) -> Result<Self, ExportError> {
        let id = schedule.id.as_ref().map_or("", ScheduleId::as_str);
        let label = &schedule.label;
        let data = caught(|| {
            let settings = settings(id, &**schedule.trigger, &schedule.task, &schedule.policies)?;
            Ok(Self {
                name: label.name.as_deref().map(str::to_owned),
                tags: texts(&label.tags),
                metadata: notes(&label.metadata),
                ..settings
            })
        });
        let data = data.unwrap_or_else(|message| {
            let rule = format!("a trigger that panicked ({})", brief(&message, BRIEF));
            Err(NotData::Trigger(TriggerError::NotData { rule }))
        });
        data.map_err(|reason| ExportError::new(vec![LeftOut::new(id.into(), reason.shortened())]))
    }
}

fn task(task: &Task) -> Result<TaskData, NotData> {
    let closure = || NotData::Closure {
        task: task.name.clone(),
    };
    let origin = task.origin().ok_or_else(closure)?;
    let label = task.get_name().filter(|label| *label != &*origin.name);
    Ok(TaskData {
        name: origin.name.to_string(),
        args: origin.args.clone(),
        label: label.map(str::to_owned),
        policy: task.policy.as_deref().map(policy).transpose()?,
    })
}

fn policy(policy: &JobPolicy) -> Result<PolicyData, NotData> {
    let data = PolicyData::from(policy);
    if data.retry.is_none() && policy.retry.is_some() {
        return Err(NotData::Retry);
    }
    Ok(data)
}

impl From<&JobPolicy> for PolicyData {
    /// Converts a policy. A retry policy that is code is left out.
    fn from(policy: &JobPolicy) -> Self {
        let retry = policy.retry.as_ref();
        Self {
            tags: texts(&policy.tags),
            metadata: notes(&policy.metadata),
            priority: policy.priority,
            retry: retry.and_then(Retry::as_data),
            attempt_timeout: policy.attempt_timeout,
            timeout: policy.timeout,
            timeout_grace: policy.timeout_grace,
            start_within: policy.start_within,
            rate_limit: policy.rate_limit.as_ref().map(RateLimitData::from),
            task_limit: policy.task_limit.as_ref().map(TaskLimitData::from),
            queue: policy.queue.as_deref().map(str::to_owned),
            keep_result: policy.keep_result,
            unlimited: policy.unlimited,
        }
    }
}

/// Returns the hours as data, unless the text of their zone means another zone.
fn hours(hours: &Hours) -> Result<HoursData, NotData> {
    let data = HoursData::from(hours);
    if data.zone.parse::<Zone>().as_ref() == Ok(hours.zone()) {
        Ok(data)
    } else {
        Err(NotData::Zone { zone: data.zone })
    }
}

impl From<&RateLimit> for RateLimitData {
    fn from(limit: &RateLimit) -> Self {
        Self {
            group: limit.group.to_string(),
            count: limit.count,
            per: limit.per,
            burst: limit.burst,
        }
    }
}

impl From<&TaskLimit> for TaskLimitData {
    fn from(limit: &TaskLimit) -> Self {
        Self {
            task: limit.task.to_string(),
            jobs: limit.jobs,
        }
    }
}

fn texts(texts: &[Arc<str>]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn notes(notes: &BTreeMap<Arc<str>, Arc<str>>) -> BTreeMap<String, String> {
    let owned = |(key, value): (&Arc<str>, &Arc<str>)| (key.to_string(), value.to_string());
    notes.iter().map(owned).collect()
}
