//! Changing a schedule that is there already.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    Hours, Misfire, Overlap, Schedule,
    policies::{Label, Policies},
};
use crate::{
    Task,
    engine::Compared,
    panic::Contained,
    trigger::{Asked, Timeline, Trigger},
};

/// What [`add`](crate::Scheduler::add) does if there is a schedule of that id already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Conflict {
    /// Answers `DuplicateId`, and leaves everything as it is.
    #[default]
    Refuse,
    /// The new definition takes the place of the old one. Runs of it go on and count for the new
    /// overlap policy; a pause and the history stay (`SC-004`).
    ///
    /// An equal trigger keeps its place: the instant it waits for, and what is due (`SC-017`). Equal
    /// is what [`Trigger::equals`] says; a rule that counts from the instant its schedule became live
    /// is compared as it was defined. Another trigger counts from now: what is due of the old one is
    /// recorded as [`ScheduleChanged`](crate::SkipReason::ScheduleChanged) (`SC-008`).
    /// [`waiting_for`](Schedule::waiting_for) says otherwise for either.
    Replace,
    /// Keeps the schedule that is there, drops the new one and answers its id.
    Keep,
}

/// Where a schedule goes on after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ResumeFrom {
    /// From now: instants that came while it was paused are passed over, and not missed. One that
    /// came before the pause, and waited for the shift of its start, goes by its misfire policy.
    #[default]
    Now,
    /// From where it stood: what came while it was paused goes by its misfire policy.
    WhereItStood,
    /// From this instant of the wall clock as it is now: what came before it is passed over, what came
    /// after goes by its misfire policy.
    At(DateTime<Utc>),
}

/// A trigger, and what was asked of it where user code may be called.
type Rule = (Contained<Arc<dyn Trigger>>, Timeline, Asked);

/// A change to a schedule: only what is named changes.
///
/// ```
/// use scheduler_core::{Overlap, ScheduleChange};
///
/// let change = ScheduleChange::new().overlap(Overlap::BufferOne).name("nightly report");
/// # let _ = change;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a change does nothing until a schedule is updated with it"]
pub struct ScheduleChange {
    pub(crate) trigger: Option<Rule>,
    pub(crate) task: Option<Task>,
    /// How the trigger compares with the one that is there, once that is known.
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
    /// Nothing changes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything becomes as in `schedule`, except its id. An equal trigger keeps its place.
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

    /// Another trigger: the next instant is the first one from now on, and what is due of the old one
    /// is recorded as [`ScheduleChanged`](crate::SkipReason::ScheduleChanged). Late runs that wait
    /// for their turn go with the old trigger; instants that are kept stay. Nothing changes if the
    /// triggers are equal.
    pub fn trigger(self, trigger: impl Trigger) -> Self {
        self.shared_trigger(Arc::new(trigger))
    }

    /// The same for a trigger that is shared or whose type is not known.
    pub fn shared_trigger(mut self, trigger: Arc<dyn Trigger>) -> Self {
        let (timeline, asked) = (trigger.timeline(), Asked::of(&*trigger));
        self.trigger = Some((Contained::new(trigger), timeline, asked));
        self
    }

    /// Another task, from the next run on.
    pub fn task(mut self, task: Task) -> Self {
        self.task = Some(task);
        self
    }

    /// Another misfire policy.
    pub fn misfire(self, misfire: Misfire) -> Self {
        self.with(Edit::Misfire(misfire))
    }

    /// Another overlap policy, also for instants that are being kept.
    pub fn overlap(self, overlap: Overlap) -> Self {
        self.with(Edit::Overlap(overlap))
    }

    /// Another limit to the shift of starts. A start that waits for its shift and becomes due by a shorter
    /// one is on time: it was not late until then.
    pub fn jitter(self, jitter: Duration) -> Self {
        self.with(Edit::Jitter(jitter))
    }

    /// Another limit to the runs at a time.
    pub fn max_instances(self, limit: usize) -> Self {
        self.with(Edit::MaxInstances(limit))
    }

    /// Another limit to the instants that are kept.
    pub fn buffer_limit(self, limit: usize) -> Self {
        self.with(Edit::BufferLimit(limit))
    }

    /// Another number of remembered decisions.
    pub fn history(self, decisions: usize) -> Self {
        self.with(Edit::History(Some(decisions)))
    }

    /// Into this group, or out of any.
    ///
    /// ```
    /// use scheduler_core::ScheduleChange;
    ///
    /// let into = ScheduleChange::new().group("reports");
    /// let out = ScheduleChange::new().group::<&str>(None);
    /// # let _ = (into, out);
    /// ```
    pub fn group<G: Into<Arc<str>>>(self, group: impl Into<Option<G>>) -> Self {
        self.with(Edit::Group(group.into().map(Into::into)))
    }

    /// Late runs only within these hours, or at any.
    pub fn only_within(self, hours: impl Into<Option<Hours>>) -> Self {
        self.with(Edit::Hours(hours.into()))
    }

    /// Paused after so many failed runs in a row, or never.
    pub fn pause_after_failures(self, limit: impl Into<Option<usize>>) -> Self {
        self.with(Edit::FailureLimit(limit.into()))
    }

    /// Another name.
    pub fn name(self, name: impl Into<Arc<str>>) -> Self {
        self.with(Edit::Name(Some(name.into())))
    }

    /// These tags and no others.
    pub fn tags<T: Into<Arc<str>>>(self, tags: impl IntoIterator<Item = T>) -> Self {
        self.with(Edit::Tags(tags.into_iter().map(Into::into).collect()))
    }

    /// This value under that key; no value takes the key out.
    ///
    /// ```
    /// use scheduler_core::ScheduleChange;
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

    /// Whether nothing of the user's own is left in it.
    pub(crate) const fn is_spent(&self) -> bool {
        self.trigger.is_none() && self.task.is_none()
    }

    /// Makes the changes of settings and labels.
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
