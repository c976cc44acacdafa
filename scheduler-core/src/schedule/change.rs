//! [`ScheduleChange`]: changes to an existing schedule.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    Hours, Misfire, Overlap, Schedule,
    compared::Compared,
    policies::{Label, Policies},
};
use crate::{
    Task,
    base::panic::Contained,
    trigger::{Asked, Timeline, Trigger, shared},
};

/// Policy of [`add`](crate::SchedulerExt::add) for an id that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Conflict {
    /// Returns `DuplicateId` and changes nothing.
    #[default]
    Refuse,
    /// Replaces the old definition. Its active runs continue and count for the new overlap policy;
    /// its pause and history remain (`SC-004`).
    ///
    /// An equal trigger keeps its next instant and its due instants (`SC-017`).
    /// [`Trigger::equals`] decides; a trigger that counts from the start of its schedule is compared
    /// as it was defined. A different trigger begins to count now, and due instants of the old one are
    /// recorded as [`ScheduleChanged`](crate::SkipReason::ScheduleChanged) (`SC-008`).
    /// [`waiting_for`](Schedule::waiting_for) overrides the next instant in both cases.
    Replace,
    /// Keeps the existing schedule, drops the new one, and returns the existing id.
    Keep,
}

/// How a paused schedule continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ResumeFrom {
    /// Continues now. Instants during the pause are skipped, and do not count as missed. An instant
    /// before the pause that was still delayed by jitter follows the misfire policy.
    #[default]
    Now,
    /// Continues at the cursor. Instants during the pause follow the misfire policy.
    WhereItStood,
    /// Continues at this instant, read off the present wall clock. Instants before it are skipped;
    /// instants after it follow the misfire policy.
    At(DateTime<Utc>),
}

/// A trigger with the results of calls that were made before taking the lock.
type Rule = (Contained<Arc<dyn Trigger>>, Timeline, Asked);

/// A change to a schedule. Settings that are not given stay as they are.
///
/// ```
/// use scheduler_core::{Overlap, schedule::ScheduleChange};
///
/// let change = ScheduleChange::new().overlap(Overlap::BufferOne).name("nightly report");
/// # let _ = change;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a change does nothing until a schedule is updated with it"]
pub struct ScheduleChange {
    pub(crate) trigger: Option<Rule>,
    pub(crate) task: Option<Task>,
    /// Result of comparing the trigger with the present one, once known.
    pub(crate) compared: Option<Compared>,
    edits: Vec<Edit>,
}

/// One setting, with its new value.
#[derive(Debug, Clone)]
enum Edit {
    Misfire(Misfire),
    Overlap(Overlap),
    Jitter(Duration),
    MaxInstances(usize),
    BufferLimit(usize),
    History(Option<usize>),
    Group(Option<Arc<str>>),
    Hours(Option<Hours>),
    FailureLimit(Option<usize>),
    Name(Option<Arc<str>>),
    Tags(Vec<Arc<str>>),
    Metadata(Arc<str>, Option<Arc<str>>),
    AllMetadata(BTreeMap<Arc<str>, Arc<str>>),
}

impl ScheduleChange {
    /// Creates an empty change.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes every setting to that of `schedule`, except the id. An equal trigger keeps its cursor.
    pub fn all(schedule: Schedule) -> Self {
        let Policies {
            misfire,
            overlap,
            jitter,
            max_instances,
            buffer_limit,
            history,
            group,
            hours,
            failure_limit,
        } = schedule.policies;
        let Label {
            name,
            tags,
            metadata,
        } = schedule.label;
        Self {
            trigger: Some((schedule.trigger, schedule.timeline, schedule.asked)),
            task: Some(schedule.task),
            compared: schedule.compared,
            edits: vec![
                Edit::Misfire(misfire),
                Edit::Overlap(overlap),
                Edit::Jitter(jitter),
                Edit::MaxInstances(max_instances),
                Edit::BufferLimit(buffer_limit),
                Edit::History(history),
                Edit::Group(group),
                Edit::Hours(hours),
                Edit::FailureLimit(failure_limit),
                Edit::Name(name),
                Edit::Tags(tags.into_list()),
                Edit::AllMetadata(metadata),
            ],
        }
    }

    /// Sets the trigger. Its first instant from now on is the next one.
    ///
    /// Due instants of the old trigger and waiting catch-up runs are recorded as
    /// [`ScheduleChanged`](crate::SkipReason::ScheduleChanged). Buffered runs stay. An equal trigger
    /// changes nothing. It may be an `Arc<dyn Trigger>`.
    pub fn trigger(mut self, trigger: impl Trigger) -> Self {
        let trigger = shared(trigger);
        let (timeline, asked) = (trigger.timeline(), Asked::of(&*trigger));
        self.trigger = Some((Contained::new(trigger), timeline, asked));
        self
    }

    /// Sets the task of the following runs.
    pub fn task(mut self, task: Task) -> Self {
        self.task = Some(task);
        self
    }

    /// Sets the misfire policy.
    pub fn misfire(self, misfire: Misfire) -> Self {
        self.with(Edit::Misfire(misfire))
    }

    /// Sets the overlap policy. It also decides about runs that are buffered now.
    pub fn overlap(self, overlap: Overlap) -> Self {
        self.with(Edit::Overlap(overlap))
    }

    /// Sets the limit of the jitter. If a shorter delay makes a waiting start due at once, the run
    /// counts as on time.
    pub fn jitter(self, jitter: Duration) -> Self {
        self.with(Edit::Jitter(jitter))
    }

    /// Sets the maximum number of active runs.
    pub fn max_instances(self, limit: usize) -> Self {
        self.with(Edit::MaxInstances(limit))
    }

    /// Sets the maximum number of buffered runs.
    pub fn buffer_limit(self, limit: usize) -> Self {
        self.with(Edit::BufferLimit(limit))
    }

    /// Sets the number of records that are kept.
    pub fn history(self, decisions: usize) -> Self {
        self.with(Edit::History(Some(decisions)))
    }

    /// Moves the schedule into a group, or with `None` out of its group.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    ///
    /// let into = ScheduleChange::new().group("reports");
    /// let out = ScheduleChange::new().group::<&str>(None);
    /// # let _ = (into, out);
    /// ```
    pub fn group<G: Into<Arc<str>>>(self, group: impl Into<Option<G>>) -> Self {
        self.with(Edit::Group(group.into().map(Into::into)))
    }

    /// Restricts late runs to these hours; `None` removes the restriction.
    pub fn late_hours(self, hours: impl Into<Option<Hours>>) -> Self {
        self.with(Edit::Hours(hours.into()))
    }

    /// Sets after how many consecutive failed runs the schedule is paused; `None` means never.
    pub fn pause_after_failures(self, limit: impl Into<Option<usize>>) -> Self {
        self.with(Edit::FailureLimit(limit.into()))
    }

    /// Sets the name.
    pub fn name(self, name: impl Into<Arc<str>>) -> Self {
        self.with(Edit::Name(Some(name.into())))
    }

    /// Replaces the tags.
    pub fn tags<T: Into<Arc<str>>>(self, tags: impl IntoIterator<Item = T>) -> Self {
        self.with(Edit::Tags(tags.into_iter().map(Into::into).collect()))
    }

    /// Sets the metadata value of a key; `None` removes the key.
    ///
    /// ```
    /// use scheduler_core::schedule::ScheduleChange;
    ///
    /// let moved = ScheduleChange::new().metadata("owner", "ops").metadata::<&str>("room", None);
    /// # let _ = moved;
    /// ```
    pub fn metadata<V: Into<Arc<str>>>(
        self,
        key: impl Into<Arc<str>>,
        value: impl Into<Option<V>>,
    ) -> Self {
        self.with(Edit::Metadata(key.into(), value.into().map(Into::into)))
    }

    fn with(mut self, edit: Edit) -> Self {
        self.edits.push(edit);
        self
    }

    /// Returns whether every user value has been moved out of the change.
    pub(crate) const fn is_spent(&self) -> bool {
        self.trigger.is_none() && self.task.is_none()
    }

    /// Applies the changes of settings and labels.
    pub(crate) fn apply(&self, policies: &mut Policies, label: &mut Label) {
        for edit in &self.edits {
            edit.clone().apply(policies, label);
        }
    }
}

impl Edit {
    fn apply(self, policies: &mut Policies, label: &mut Label) {
        match self {
            Self::Misfire(misfire) => policies.misfire = misfire,
            Self::Overlap(overlap) => policies.overlap = overlap,
            Self::Jitter(jitter) => policies.jitter = jitter,
            Self::MaxInstances(limit) => policies.max_instances = limit,
            Self::BufferLimit(limit) => policies.buffer_limit = limit,
            Self::History(decisions) => policies.history = decisions,
            Self::Group(group) => policies.group = group,
            Self::Hours(hours) => policies.hours = hours,
            Self::FailureLimit(limit) => policies.failure_limit = limit,
            Self::Name(name) => label.name = name,
            Self::Tags(tags) => {
                label.tags = tags.into_iter().collect();
            }
            Self::Metadata(key, Some(value)) => drop(label.metadata.insert(key, value)),
            Self::Metadata(key, None) => drop(label.metadata.remove(&key)),
            Self::AllMetadata(all) => label.metadata = all,
        }
    }
}
