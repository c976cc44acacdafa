//! [`JobRecord`]: a job in the engine, from its acceptance to its end.

use std::{panic::Location, sync::Arc};

use super::AttemptState;
use crate::{
    Error, EventName, RunFacts, ScheduleId, Task,
    base::unix_time::UnixTime,
    engine::{Cx, Key, QueueNumber, occurrence::Occurrence, time::Due},
    event::About,
    job::{Body, CancelReason, Job, JobCell, JobId, JobPolicy},
};

/// An unfinished job. Rarely used fields are in `JobExtras`.
pub(crate) struct JobRecord {
    /// The body; `None` once the job was claimed.
    pub(super) body: Option<Body>,
    pub(super) stage: Stage,
    pub(super) queue: QueueNumber,
    /// Whether the job counts for the limit of its queue while it is queued.
    pub(super) submitted: bool,
    /// Whether the job had a permit and was returned by the gate.
    pub(super) returned: bool,
    /// Claim number, by which returned jobs keep their order.
    pub(super) turn: u32,
    /// Deadline of the due time; before the start of the scheduler, the delay.
    pub(super) due: u64,
    pub(super) extras: Option<Box<JobExtras>>,
    /// State shared with the handle and the body.
    pub(super) cell: Option<Arc<JobCell>>,
}

/// Rarely used fields.
#[derive(Default)]
pub(crate) struct JobExtras {
    pub(crate) name: Option<Arc<str>>,
    /// The schedule to whose lane the job belongs.
    pub(super) schedule: Option<Key>,
    /// Number of the acceptance, by which the lane is sorted; 0 for a job without a lane.
    pub(super) accepted: u64,
    pub(crate) schedule_id: Option<ScheduleId>,
    /// Nominal time, if it differs from the deadline.
    pub(super) nominal: Option<UnixTime>,
    /// Reason of the cancellation request.
    pub(super) cancel_reason: Option<CancelReason>,
    /// Deadline at which the grace ends. It has passed if there is no grace.
    pub(super) grace: Due,
    /// Set if no retry may begin, because the schedule was removed.
    pub(super) is_last: bool,
    /// Policy of the job.
    pub(crate) policy: Option<Arc<JobPolicy>>,
    /// Attempts and timeouts.
    pub(super) attempts: Option<Box<AttemptState>>,
    /// The instant of the run; `None` if no policy checks the time of its start.
    pub(super) watched: Option<Box<Occurrence>>,
    /// Facts about the run of a schedule; `None` for an ordinary run.
    pub(super) run: Option<Box<RunFacts>>,
    /// Wall-clock time at which the first attempt began, if it crossed the gate.
    pub(super) began: Option<UnixTime>,
    /// Source location that created the job.
    pub(crate) made_at: Option<&'static Location<'static>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Delayed,
    Queued,
    /// The job waits for a token of its rate limit.
    Throttled,
    /// The job waits for another job of its task to end.
    Limited,
    /// The job waits for the result of its retry policy.
    Deciding,
    /// The job waits for its next attempt.
    Retrying,
    /// The run waits until its schedule is resumed.
    Parked,
    /// The run waits until fewer runs of its schedule are active.
    Surplus,
    Running,
    Cancelling,
}

/// A refused job and the error. The caller drops or resubmits the job after unlocking.
pub(crate) type Refused = Box<(Error, Job)>;

impl JobRecord {
    /// Creates the job of a run. `lane` is the schedule whose lane it enters.
    pub(in crate::engine) fn of_run(
        task: &Task,
        lane: Option<Key>,
        schedule: ScheduleId,
        occurrence: &Occurrence,
    ) -> Self {
        Self {
            body: Some(task.body()),
            stage: Stage::Queued,
            queue: QueueNumber::DEFAULT,
            submitted: false,
            returned: false,
            turn: 0,
            due: 0,
            extras: Some(Box::new(JobExtras {
                run: occurrence.facts(),
                name: task.name.clone(),
                policy: task.policy.clone(),
                made_at: Some(task.made_at),
                schedule: lane,
                schedule_id: Some(schedule),
                nominal: Some(occurrence.nominal),
                ..JobExtras::default()
            })),
            cell: None,
        }
    }

    /// Returns the due time of a job that was delayed, and is due.
    pub(super) fn delayed_until(&self) -> Option<u64> {
        let extras = self.extras.as_ref();
        let is_run = extras.is_some_and(|extras| extras.schedule_id.is_some());
        (!self.submitted && !is_run).then_some(self.due)
    }

    /// Sets the state that the handle shares.
    pub(in crate::engine) fn with_cell(mut self, cell: Arc<JobCell>) -> Self {
        self.cell = Some(cell);
        self
    }

    /// Sets the facts about the run.
    pub(in crate::engine) fn with_facts(mut self, facts: RunFacts) -> Self {
        self.extras.get_or_insert_default().run = Some(Box::new(facts));
        self
    }

    /// Makes the gate check whether the run may still start.
    pub(in crate::engine) fn watching(mut self, what: Occurrence) -> Self {
        self.extras.get_or_insert_default().watched = Some(Box::new(what));
        self
    }

    /// Records the begin of the first attempt, for the ledger, the event of the end and the kept result.
    pub(super) fn note_begin(&mut self, cx: &Cx) {
        if cx.outbox.readers.wants(EventName::JobFinished) {
            self.extras.get_or_insert_default();
        }
        if let Some(extras) = &mut self.extras {
            extras.began.get_or_insert_with(|| cx.wall());
        }
    }

    /// Returns whether a timer entry with this deadline is current.
    pub(in crate::engine) fn waits_for(&self, deadline: u64) -> bool {
        matches!(self.stage, Stage::Delayed | Stage::Retrying) && self.due == deadline
    }

    /// Returns the facts for event filters.
    pub(in crate::engine) fn about(&self) -> About<'_> {
        let policy = self.policy();
        About {
            schedule: self
                .extras
                .as_ref()
                .and_then(|extras| extras.schedule_id.as_ref()),
            tags: policy.map_or(&[], |policy| &policy.tags),
        }
    }

    pub(in crate::engine) fn policy(&self) -> Option<&Arc<JobPolicy>> {
        self.extras.as_ref()?.policy.as_ref()
    }

    pub(in crate::engine) fn attempts(&self) -> Option<&AttemptState> {
        self.extras.as_ref()?.attempts.as_deref()
    }

    pub(super) fn attempts_mut(&mut self) -> Option<&mut AttemptState> {
        self.extras.as_mut()?.attempts.as_deref_mut()
    }

    /// Returns the number of started attempts.
    pub(in crate::engine) fn attempt(&self) -> u32 {
        let started = matches!(self.stage, Stage::Running | Stage::Cancelling);
        self.attempts()
            .map_or_else(|| u32::from(started), |attempts| attempts.started)
    }

    /// Returns the body for one attempt. A job that may be retried keeps a copy.
    pub(super) fn body_to_run(&mut self) -> Option<Body> {
        let again = self.policy().is_some_and(|policy| policy.retry.is_some());
        if again {
            self.body.as_ref()?.repeated()
        } else {
            self.body.take()
        }
    }

    pub(in crate::engine) fn wall_instant(&self) -> Option<UnixTime> {
        self.extras
            .as_ref()?
            .nominal
            .filter(|_| self.stage == Stage::Delayed)
    }

    /// Returns whether a success has no effect except waking the waiters.
    pub(super) fn ends_quietly(&self) -> bool {
        let is_quiet = |extras: &JobExtras| {
            let JobExtras {
                name: _,
                nominal: _,
                schedule: _,
                accepted: _,
                // Its end is recorded in the history of its schedule.
                schedule_id,
                cancel_reason,
                grace,
                is_last: _,
                policy,
                attempts,
                // Matters until it starts.
                watched: _,
                run: _,
                // Matters to runs of schedules and to readers of events.
                began: _,
                made_at: _,
            } = extras;
            let asks = policy.is_some() || attempts.is_some();
            schedule_id.is_none() && cancel_reason.is_none() && !grace.is_set() && !asks
        };
        self.stage == Stage::Running && self.extras.as_deref().is_none_or(is_quiet)
    }

    pub(super) fn name(&self) -> Option<Arc<str>> {
        self.extras.as_ref()?.name.clone()
    }

    /// Returns the schedule to whose lane the job belongs.
    pub(in crate::engine) fn schedule(&self) -> Option<Key> {
        self.extras.as_ref()?.schedule
    }

    pub(in crate::engine) fn cancel_reason(&self) -> Option<CancelReason> {
        self.extras.as_ref()?.cancel_reason
    }

    /// Returns the job's cell, and creates it if there is none.
    pub(super) fn make_cell(&mut self, key: Key, cx: &Cx) -> Arc<JobCell> {
        let (extras, due) = (self.extras.as_deref(), self.due);
        let make = || {
            let nominal = extras.and_then(|extras| extras.nominal);
            let nominal = nominal.unwrap_or_else(|| cx.clocks().steady(due));
            let facts = extras.map(JobExtras::facts).unwrap_or_default();
            let cell = JobCell::of_job(id_of(key), nominal, facts, Some(cx.host().clone()));
            Arc::new(cell)
        };
        self.cell.get_or_insert_with(make).clone()
    }
}

pub(crate) fn id_of(key: Key) -> JobId {
    JobId::from_bits(key.to_bits())
}

pub(crate) fn key_of(id: JobId) -> Key {
    Key::from_bits(id.to_bits())
}
