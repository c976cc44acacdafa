//! Work that recurs: a task, a trigger, and what to do when the two meet trouble.

use std::{borrow::Borrow, fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use crate::{Task, trigger::Trigger};

/// The identity of a schedule within its scheduler: a name of the user's choice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleId(Arc<str>);

impl ScheduleId {
    /// The id with this text.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for ScheduleId {
    fn from(id: T) -> Self {
        Self::new(id)
    }
}

impl Borrow<str> for ScheduleId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A task, when to run it, and the policies for when that does not go smoothly.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Overlap, Schedule, Task, trigger::Interval};
///
/// let every = Interval::every(Duration::from_secs(10))?;
/// let schedule = Schedule::new(every, Task::new(|_| async { println!("tick") }))
///     .id("tick")
///     .overlap(Overlap::Skip);
/// # Ok::<(), scheduler_core::trigger::TriggerError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(crate) id: Option<ScheduleId>,
    pub(crate) trigger: Arc<dyn Trigger>,
    pub(crate) task: Task,
    pub(crate) misfire: Misfire,
    pub(crate) overlap: Overlap,
}

impl Schedule {
    /// Runs `task` whenever `trigger` is due.
    pub fn new(trigger: impl Trigger, task: Task) -> Self {
        Self::with_trigger(Arc::new(trigger), task)
    }

    /// The same for a trigger that is shared or whose type is not known.
    #[must_use]
    pub fn with_trigger(trigger: Arc<dyn Trigger>, task: Task) -> Self {
        Self {
            id: None,
            trigger,
            task,
            misfire: Misfire::default(),
            overlap: Overlap::default(),
        }
    }

    /// Under this id; without one the scheduler gives it a number.
    #[must_use]
    pub fn id(mut self, id: impl Into<ScheduleId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// What to do about instants that were noticed too late.
    #[must_use]
    pub fn misfire(mut self, misfire: Misfire) -> Self {
        self.misfire = misfire;
        self
    }

    /// What to do when an instant is due while an earlier run is still going.
    #[must_use]
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.overlap = overlap;
        self
    }
}

/// What to do about due instants that are noticed late: after a pause, a suspend, a forward jump
/// of the clock, or under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfire {
    /// How late an instant may be noticed and still count as on time; the boundary is included
    /// (`TM-007`).
    pub grace: Duration,
    /// What to do about the instants that are later than that.
    pub policy: MisfirePolicy,
}

impl Misfire {
    /// This policy with the default grace of 60 s.
    #[must_use]
    pub const fn policy(policy: MisfirePolicy) -> Self {
        Self {
            grace: Duration::from_secs(60),
            policy,
        }
    }

    /// The same policy with another grace.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}

impl Default for Misfire {
    /// One run for all that were missed, for the latest of them; a grace of 60 s.
    fn default() -> Self {
        Self::policy(MisfirePolicy::FireOnce(Which::Latest))
    }
}

/// What to do about instants that are later than the grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MisfirePolicy {
    /// Run none of them.
    Skip,
    /// Run once for all of them.
    FireOnce(Which),
    /// Run for each of them, for the latest `max` at most.
    FireAll {
        /// How many runs at most.
        max: usize,
    },
}

/// Which of several missed instants the one run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The first one missed.
    Earliest,
    /// The last one missed.
    Latest,
}

/// What to do when an instant is due while an earlier run of the schedule is waiting or going.
/// The rules are Temporal's overlap policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overlap {
    /// Pass the new one over.
    #[default]
    Skip,
    /// Keep one to run when the earlier one has ended; pass over what comes while one is kept.
    BufferOne,
    /// Keep all, up to 1,000, and run them one after the other.
    BufferAll,
    /// Cancel the earlier one gracefully, and run the new one when it has ended.
    CancelOther,
    /// Drop the earlier one at its next suspension, and run the new one when it has ended.
    TerminateOther,
    /// Run both.
    AllowAll,
}

/// A schedule, seen from outside.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScheduleInfo {
    /// Its id.
    pub id: ScheduleId,
    /// The name of its task.
    pub task: Option<Arc<str>>,
    /// The instant it waits for; `None` before the scheduler has started.
    pub next: Option<DateTime<Utc>>,
    /// How many of its runs are going now.
    pub running: usize,
}

impl ScheduleInfo {
    /// A description: for those who implement a scheduler.
    #[must_use]
    pub const fn new(
        id: ScheduleId,
        task: Option<Arc<str>>,
        next: Option<DateTime<Utc>>,
        running: usize,
    ) -> Self {
        Self {
            id,
            task,
            next,
            running,
        }
    }
}
