//! A schedule, seen from outside.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Hours, Misfire, Overlap, ScheduleId,
    policies::{Label, Policies},
};
use crate::{Task, panic::Contained, trigger::Trigger};

/// A schedule, seen from outside.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScheduleInfo {
    /// Its id.
    pub id: ScheduleId,
    /// Its own name.
    pub name: Option<Arc<str>>,
    /// The name of its task.
    pub task: Option<Arc<str>>,
    /// The instant it waits for; `None` before the scheduler has started.
    pub next: Option<DateTime<Utc>>,
    /// Why it waits for no instant and never will, until its trigger is changed.
    pub ended: Option<ScheduleEnd>,
    /// How many of its runs are waiting or going now.
    pub running: usize,
    /// How many instants are kept to run later.
    pub kept: usize,
    /// Whether and why it is paused.
    pub paused: Option<Pause>,
    /// Its tags.
    pub tags: Vec<Arc<str>>,
    /// What was noted about it.
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
    /// How many jobs it has started.
    pub started: u64,
    /// How many of its instants were not run: at least so many.
    pub skipped: u64,
    /// How many of its runs in a row have failed.
    pub failures: usize,
    /// The instant it last started a job for.
    pub last: Option<DateTime<Utc>>,
    pub(crate) definition: Option<Definition>,
}

/// Why a schedule that is still listed waits for no instant.
///
/// ```
/// use scheduler_core::ScheduleEnd;
///
/// assert_eq!(ScheduleEnd::NeverDue.to_string(), "its trigger is never due");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScheduleEnd {
    /// Its trigger had no instant when the schedule became live: 30 February, or a range of dates
    /// that is over. Another trigger ([`update`](crate::Scheduler::update)) makes it live again.
    NeverDue,
    /// Its trigger has no further instant. It is listed until those that are kept have had their
    /// turn.
    Exhausted,
    /// Its trigger panicked or did not advance. It is listed until the instants that are kept have
    /// had their turn.
    Faulted,
}

impl fmt::Display for ScheduleEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverDue => "its trigger is never due",
            Self::Exhausted => "its trigger has no further instant",
            Self::Faulted => "its trigger failed",
        })
    }
}

/// What a schedule is made of.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) trigger: Contained<Arc<dyn Trigger>>,
    pub(crate) policies: Policies,
    /// How far its timeline lags behind the wall clock.
    #[cfg_attr(
        not(feature = "serde"),
        allow(dead_code, reason = "only exports look at it")
    )]
    pub(crate) lag: TimeDelta,
    #[cfg_attr(
        not(feature = "serde"),
        allow(dead_code, reason = "only exports look at it")
    )]
    pub(crate) task: Task,
}

/// A pause of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pause {
    /// Why, in the words of whoever paused it.
    pub reason: Arc<str>,
    /// Since when, on the wall clock.
    pub since: DateTime<Utc>,
}

impl Pause {
    /// A pause: for those who implement a scheduler.
    #[must_use]
    pub const fn new(reason: Arc<str>, since: DateTime<Utc>) -> Self {
        Self { reason, since }
    }
}

impl ScheduleInfo {
    /// A description: for those who implement a scheduler. What is not given is empty, and may be
    /// set after.
    #[must_use]
    pub const fn new(
        id: ScheduleId,
        task: Option<Arc<str>>,
        next: Option<DateTime<Utc>>,
        running: usize,
    ) -> Self {
        Self {
            id,
            name: None,
            task,
            next,
            ended: None,
            running,
            kept: 0,
            paused: None,
            tags: Vec::new(),
            metadata: BTreeMap::new(),
            started: 0,
            skipped: 0,
            failures: 0,
            last: None,
            definition: None,
        }
    }

    pub(crate) fn with_label(mut self, label: Label) -> Self {
        self.name = label.name;
        self.tags = label.tags.into_list();
        self.metadata = label.metadata;
        self
    }

    /// Whether it has this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| &**known == tag)
    }

    /// Whether it is paused.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Its trigger; `None` if the scheduler does not tell.
    #[must_use]
    pub fn trigger(&self) -> Option<&Arc<dyn Trigger>> {
        Some(&self.definition.as_ref()?.trigger)
    }

    /// Its misfire policy.
    #[must_use]
    pub fn misfire(&self) -> Misfire {
        self.policies().misfire
    }

    /// Its overlap policy.
    #[must_use]
    pub fn overlap(&self) -> Overlap {
        self.policies().overlap
    }

    /// How far its starts are shifted at most.
    #[must_use]
    pub fn jitter(&self) -> Duration {
        self.policies().jitter
    }

    /// How many of its runs may be waiting or going at a time.
    #[must_use]
    pub fn max_instances(&self) -> usize {
        self.policies().max_instances
    }

    /// How many instants are kept at most.
    #[must_use]
    pub fn buffer_limit(&self) -> usize {
        self.policies().buffer_limit
    }

    /// The group it shares its overlap policy's notion of "running" with.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.policies().group.as_deref()
    }

    /// When its late runs may start; `None`: at any hour.
    #[must_use]
    pub fn only_within(&self) -> Option<&Hours> {
        self.policies().hours.as_ref()
    }

    /// After how many failed runs in a row it is paused; `None`: never.
    #[must_use]
    pub fn pause_after_failures(&self) -> Option<usize> {
        self.policies().failure_limit
    }

    fn policies(&self) -> &Policies {
        const DEFAULT: &Policies = &Policies::DEFAULT;
        self.definition
            .as_ref()
            .map_or(DEFAULT, |definition| &definition.policies)
    }
}
