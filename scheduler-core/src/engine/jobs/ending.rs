//! Ends of executions, and the outcomes that follow from them.

use std::sync::Arc;

use super::{JobExtras, JobRecord, Jobs, Stage, id_of};
use crate::{
    EventName, ScheduleId, State,
    base::unix_time::UnixTime,
    contract::shutdown::JobRef,
    engine::{
        Cx, Discarded, Key,
        occurrence::Occurrence,
        time::{Deadlines, Kind},
    },
    job::{CancelReason, JobCell, JobError, JobOutcome, OutcomeKind},
};

/// How the execution of a job ended.
pub(crate) enum Ended {
    /// The body returned.
    Returned(Result<(), JobError>),
    /// The body panicked.
    Panicked(String),
    /// The body was dropped after a cancellation request.
    Dropped,
    /// The body was dropped before it had begun.
    NotBegun,
    /// The runtime dropped or refused the body.
    Lost(&'static str),
}

/// A finished job, for its waiters and the error handler.
pub(crate) struct End {
    pub(crate) key: Key,
    pub(crate) outcome: JobOutcome,
    pub(crate) cell: Option<Arc<JobCell>>,
    pub(crate) extras: Option<Box<JobExtras>>,
}

impl End {
    fn of(key: Key, record: JobRecord, outcome: JobOutcome) -> Self {
        Self {
            key,
            outcome,
            cell: record.cell,
            extras: record.extras,
        }
    }

    /// Returns whether the end has a waiter to wake, or is a failure to report.
    pub(crate) fn matters(&self) -> bool {
        let failed = matches!(self.outcome, JobOutcome::Failed(_));
        self.cell.is_some() || self.extras.is_some() || failed
    }
}

/// Facts about a finished run, for its schedule or its backfill.
pub(in crate::engine) struct RunEnded {
    pub(in crate::engine) job: Key,
    /// The schedule to whose lane the run belonged; `None` for a run of a backfill.
    pub(in crate::engine) schedule: Option<Key>,
    pub(in crate::engine) schedule_id: ScheduleId,
    /// Number of the acceptance, by which the lane is sorted.
    pub(in crate::engine) accepted: u64,
    /// Whether a `run_now` call requested the run.
    pub(in crate::engine) is_asked_for: bool,
    /// The instant of the run; `None` if no policy checks the time of its start.
    pub(in crate::engine) watched: Option<Box<Occurrence>>,
    pub(in crate::engine) outcome: JobOutcome,
    /// Wall-clock time at which the first attempt began, if one did.
    pub(in crate::engine) began: Option<UnixTime>,
    /// Wall-clock time of the end.
    pub(in crate::engine) ended: UnixTime,
    pub(in crate::engine) attempts: u32,
}

impl RunEnded {
    pub(in crate::engine) const fn is_of_backfill(&self) -> bool {
        self.schedule.is_none()
    }
}

/// Whether the removal of a job adds it to the report of a shutdown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Report {
    Outcome,
    /// Adds nothing, because the caller has already added the job.
    Nothing,
}

/// The consequence of the end of an execution.
pub(in crate::engine) enum Finished {
    /// The job has finished.
    Job(Option<RunEnded>),
    /// The job waits for a retry. If it is a run of this schedule, another run may become active.
    Retries(Option<Key>),
}

impl Jobs {
    /// Returns how many runs of instants of a schedule have a permit.
    pub(in crate::engine) fn going_of(&self, schedule: Key) -> usize {
        self.going.of(schedule)
    }

    pub(in crate::engine) fn is_running(&self, key: Key) -> bool {
        matches!(self.stage_of(key), Some(Stage::Running | Stage::Cancelling))
    }

    /// Handles the end of an execution. Returns `None` if the job was abandoned before (`LC-016`).
    ///
    /// The caller keeps `ended`, and drops it after unlocking.
    pub(in crate::engine) fn handle_finished(
        &mut self,
        key: Key,
        ended: &Ended,
        cx: &mut Cx,
    ) -> Option<Finished> {
        if !self.is_running(key) {
            return None;
        }
        let outcome = self.outcome_of(key, ended);
        if matches!(ended, Ended::NotBegun) {
            return Some(Finished::Job(self.withdraw(key, outcome, cx)));
        }
        self.give_back_permit(key, cx);
        if self.ask_for_retry(key, &outcome, cx) {
            let record = self.records.get(key);
            return Some(Finished::Retries(record.and_then(JobRecord::schedule)));
        }
        Some(Finished::Job(self.finish(key, outcome, cx)))
    }

    pub(super) fn outcome_of(&mut self, key: Key, ended: &Ended) -> JobOutcome {
        let Some(record) = self.records.get_mut(key) else {
            return ended.outcome(None);
        };
        match ended {
            Ended::Returned(_) | Ended::Dropped => match record.timed_out() {
                Some(error) => JobOutcome::Failed(error),
                None => ended.outcome(record.cancel_reason()),
            },
            Ended::NotBegun => ended.outcome(record.cancel_reason()),
            Ended::Panicked(_) | Ended::Lost(_) => ended.outcome(None),
        }
    }

    /// Releases the permit of a running job. Wakes waiting `submit` calls, whose jobs may start at
    /// once.
    pub(super) fn give_back_permit(&mut self, key: Key, cx: &mut Cx) {
        if let Some(record) = self.records.get(key) {
            cx.outbox.note_freed(record.queue);
            self.queues.end(record.queue, record.rank());
            self.going.give_back(record.extras.as_deref());
            if record.policy().is_some() {
                self.give_back_task_permit(key);
            }
        }
    }

    /// Finishes a successful job whose end only wakes its waiters, without reading a clock. Returns `None` if the
    /// end may have further effects.
    pub(in crate::engine) fn finish_quietly(&mut self, key: Key, cx: &mut Cx) -> Option<End> {
        let quiet = cx.lifecycle.state() == State::Running
            && self.queues.queued() == 0
            && self.outside.gathering.is_none()
            && !cx.outbox.readers.wants(EventName::JobFinished)
            && self.records.get(key).is_some_and(JobRecord::ends_quietly);
        if !quiet {
            return None;
        }
        self.give_back_permit(key, cx);
        cx.outbox.count(OutcomeKind::Succeeded);
        let record = self.records.remove(key)?;
        if let Some(cell) = &record.cell {
            // Under the lock, so that a caller that sees no job left sees every outcome set (`LC-033`).
            cell.set_outcome(JobOutcome::Succeeded(()));
        }
        Some(End::of(key, record, JobOutcome::Succeeded(())))
    }

    /// Finishes a job that neither waits nor has a permit, and records its outcome for a shutdown.
    pub(super) fn finish(
        &mut self,
        key: Key,
        outcome: JobOutcome,
        cx: &mut Cx,
    ) -> Option<RunEnded> {
        self.remove(key, outcome, Report::Outcome, cx)
    }

    /// Finishes a running job whose body may still execute (`LC-016`).
    #[must_use]
    pub(in crate::engine) fn finish_running(
        &mut self,
        key: Key,
        outcome: JobOutcome,
        cx: &mut Cx,
    ) -> Option<RunEnded> {
        self.give_back_permit(key, cx);
        self.remove(key, outcome, Report::Nothing, cx)
    }

    /// Removes a job, publishes its outcome, and passes it to the waiters.
    fn remove(
        &mut self,
        key: Key,
        outcome: JobOutcome,
        report: Report,
        cx: &mut Cx,
    ) -> Option<RunEnded> {
        let mut record = self.records.remove(key)?;
        let attempt = record.attempt();
        if report == Report::Outcome {
            let job = || JobRef::new(id_of(key), record.name());
            cx.report.note(job, attempt, &outcome);
        }
        if cx.outbox.readers.wants(EventName::JobFinished) {
            let finished = record.finished(key, &outcome, cx);
            cx.publish_about(finished, record.about());
        }
        let mut run = None;
        if let Some(extras) = &mut record.extras {
            if let Some(attempts) = &extras.attempts {
                self.leave_groups(attempts, extras.policy.as_deref());
            }
            extras.clear_deadlines(key, &mut cx.deadlines);
            run = extras.run_ended(key, &outcome, attempt, cx);
            if extras.policy.is_some() {
                self.keep_result(key, &record, &outcome, cx);
            }
        }
        cx.outbox.count(outcome.kind());
        if let Some(body) = record.body.take() {
            cx.discard(Discarded::Body(body));
        }
        let end = End::of(key, record, outcome);
        self.set_outcome(&end, cx);
        if end.matters() {
            cx.outbox.push_end(end);
        }
        run
    }

    /// Sets the outcome for the waiters, unless the error handler must return first (`LC-033`).
    fn set_outcome(&mut self, end: &End, cx: &mut Cx) {
        let failed = matches!(end.outcome, JobOutcome::Failed(_));
        if failed {
            self.await_handler(end, cx);
        } else if let Some(cell) = &end.cell {
            cell.set_outcome(end.outcome.clone());
        }
    }
}

impl JobExtras {
    /// Clears the deadlines of a removed job.
    fn clear_deadlines(&mut self, key: Key, deadlines: &mut Deadlines) {
        deadlines.clear(Kind::Grace, key, &mut self.grace);
        if let Some(attempts) = &mut self.attempts {
            attempts.clear_limit(key, deadlines);
        }
    }

    /// Returns the facts about a finished run for its schedule or backfill.
    fn run_ended(
        &mut self,
        job: Key,
        outcome: &JobOutcome,
        attempts: u32,
        cx: &Cx,
    ) -> Option<RunEnded> {
        Some(RunEnded {
            job,
            schedule_id: self.schedule_id.clone()?,
            schedule: self.schedule,
            accepted: self.accepted,
            is_asked_for: self.is_asked_for(),
            watched: self.watched.take(),
            outcome: outcome.clone(),
            began: self.began,
            ended: cx.wall(),
            attempts,
        })
    }
}

impl Ended {
    /// Returns the outcome of a job. A job that received a cancellation request counts as
    /// cancelled, even if it returned a value; a panic remains a panic.
    fn outcome(&self, reason: Option<CancelReason>) -> JobOutcome {
        match (self, reason) {
            (Self::Panicked(message), _) => {
                JobOutcome::Failed(JobError::Panicked(message.as_str().into()))
            }
            (Self::Lost(how), _) => JobOutcome::Failed(JobError::Lost((*how).into())),
            (Self::Returned(_) | Self::Dropped | Self::NotBegun, Some(reason)) => {
                JobOutcome::Cancelled(reason)
            }
            (Self::Returned(Ok(())), None) => JobOutcome::Succeeded(()),
            (Self::Returned(Err(error)), None) => JobOutcome::Failed(error.clone()),
            (Self::Dropped | Self::NotBegun, None) => {
                JobOutcome::Cancelled(CancelReason::Requested)
            }
        }
    }
}
