//! Ends of executions, and the outcomes that follow from them.

use std::sync::Arc;

use super::{
    ready::Rank,
    record::{JobExtras, JobRecord, Stage, id_of},
};
use crate::engine::{Discarded, Engine, Key};
use crate::{
    EventKind, EventName, Now, State,
    job::{CancelReason, JobCell, JobError, JobOutcome, OutcomeKind, Progress},
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
    pub(crate) cold: Option<Box<JobExtras>>,
}

impl End {
    fn of(key: Key, record: JobRecord, outcome: JobOutcome) -> Self {
        Self {
            key,
            outcome,
            cell: record.cell,
            cold: record.cold,
        }
    }

    /// Returns whether there is a waiter or a failure to report.
    pub(crate) fn matters(&self) -> bool {
        let failed = matches!(self.outcome, JobOutcome::Failed(_));
        self.cell.is_some() || self.cold.is_some() || failed
    }
}

impl Engine {
    /// Publishes the progress of a job. Called only while there are event readers.
    pub(crate) fn handle_progress(&mut self, key: Key, progress: &Arc<Progress>, now: &Now) {
        self.cx.begin(now);
        if self.is_running(key) {
            self.publish(now, |_| EventKind::JobProgress {
                job: id_of(key),
                progress: progress.clone(),
            });
        }
    }

    pub(in crate::engine) fn is_running(&self, key: Key) -> bool {
        let stage = self.jobs.records.get(key).map(|record| record.stage);
        matches!(stage, Some(Stage::Running | Stage::Cancelling))
    }

    /// Handles the end of an execution. Has no effect if the job was abandoned before (`LC-016`).
    ///
    /// The caller keeps `ended`, and drops it after unlocking.
    pub(crate) fn handle_finished(&mut self, key: Key, ended: &Ended, now: &Now) {
        self.cx.begin(now);
        if !self.is_running(key) {
            return;
        }
        let outcome = self.outcome_of(key, ended);
        if matches!(ended, Ended::NotBegun) {
            return self.withdraw(key, outcome, now);
        }
        self.give_back_permit(key);
        if self.ask_for_retry(key, &outcome) {
            self.release_beside(key, now);
            return self.fill(now);
        }
        self.note_closing_end(key, &outcome);
        self.finish(key, outcome, now);
    }

    fn outcome_of(&mut self, key: Key, ended: &Ended) -> JobOutcome {
        let Some(record) = self.jobs.records.get_mut(key) else {
            return ended.outcome(None);
        };
        match ended {
            Ended::Returned(_) | Ended::Dropped => match record.timed_out() {
                Some(error) => JobOutcome::Failed(error),
                None => ended.outcome(record.told()),
            },
            Ended::NotBegun => ended.outcome(record.told()),
            Ended::Panicked(_) | Ended::Lost(_) => ended.outcome(None),
        }
    }

    /// Releases the permit of a running job and wakes waiting submits, whose jobs may start at once.
    pub(in crate::engine) fn give_back_permit(&mut self, key: Key) {
        self.cx.outbox.slot_freed = true;
        self.jobs.queue.running -= 1;
        let rank = self.jobs.records.get(key).map(JobRecord::rank);
        self.jobs.queue.besides -= usize::from(rank == Some(Rank::Besides));
    }

    /// Starts jobs that waited for the permit or slot of a finished job.
    pub(in crate::engine) fn finish(&mut self, key: Key, outcome: JobOutcome, now: &Now) {
        let schedule = self.conclude(key, outcome, now);
        if let Some(schedule) = schedule {
            self.occurrence_ended(schedule, now);
        }
        self.fill(now);
        self.check_closed(now);
    }

    /// Finishes a successful job whose end only wakes its waiters, without reading a clock. Returns `None` if the
    /// end may have further effects.
    pub(crate) fn finish_quietly(&mut self, key: Key) -> Option<End> {
        let quiet = self.cx.lifecycle.state == State::Running
            && self.jobs.queue.queued == 0
            && self.jobs.queue.gathering.is_none()
            && !self.cx.outbox.readers.wants(EventName::JobFinished)
            && self
                .jobs
                .records
                .get(key)
                .is_some_and(JobRecord::ends_quietly);
        if !quiet {
            return None;
        }
        self.give_back_permit(key);
        self.count(OutcomeKind::Succeeded);
        let record = self.jobs.records.remove(key)?;
        if let Some(cell) = &record.cell {
            // Under the lock, so that a caller that sees no job left sees every outcome set (`LC-033`).
            cell.settle(JobOutcome::Succeeded(()));
        }
        Some(End::of(key, record, JobOutcome::Succeeded(())))
    }

    /// Removes a job with its outcome, and returns its schedule.
    pub(in crate::engine) fn conclude(
        &mut self,
        key: Key,
        outcome: JobOutcome,
        now: &Now,
    ) -> Option<Key> {
        if self.jobs.records.get(key).is_some() {
            self.publish(now, |_| EventKind::JobFinished {
                job: id_of(key),
                outcome: outcome.clone(),
            });
        }
        self.note_early_end(key, &outcome);
        self.watch_limit(key, None);
        let mut record = self.jobs.records.remove(key)?;
        if let Some(bucket) = record.trial().and_then(|trial| trial.bucket) {
            self.jobs.rates.leave(bucket);
        }
        self.count(outcome.kind());
        if let Some(body) = record.body.take() {
            self.discard(Discarded::Body(body));
        }
        let schedule = record.cold.as_ref().and_then(|cold| cold.schedule);
        if let Some(cold) = &record.cold {
            let began = record.attempt() > 0;
            self.schedules.note_run_end(cold, key, &outcome, began);
            if let (Some(schedule), Some(what)) = (cold.schedule, &cold.watched) {
                self.schedules.paced_turn_over(schedule, what, &mut self.cx);
            }
            if let Some(schedule) = cold.schedule {
                if !cold.is_asked_for() {
                    self.count_run_end(schedule, &outcome, began, now);
                }
                self.schedules
                    .leave_lane(schedule, cold.accepted, (record.turn, key));
            } else if cold.schedule_id.is_some() {
                self.note_backfill_run_end(key, &outcome, now);
            }
        }
        if let Some(grace) = record.cold.as_ref().and_then(|cold| cold.grace) {
            self.cx.deadlines.graces.remove(&(grace, key));
        }
        let end = End::of(key, record, outcome);
        self.settle(&end, now);
        if end.matters() {
            self.cx.outbox.push_end(end);
        }
        schedule
    }

    /// Resolves the job, unless its error handler must return first (`LC-033`).
    fn settle(&mut self, end: &End, now: &Now) {
        let failed = matches!(end.outcome, JobOutcome::Failed(_));
        if failed {
            self.await_handler(end, now);
        } else if let Some(cell) = &end.cell {
            cell.settle(end.outcome.clone());
        }
    }

    fn count(&mut self, outcome: OutcomeKind) {
        let counter = match outcome {
            OutcomeKind::Succeeded => &mut self.cx.outbox.counters.succeeded,
            OutcomeKind::Failed => &mut self.cx.outbox.counters.failed,
            OutcomeKind::TimedOut => &mut self.cx.outbox.counters.timed_out,
            OutcomeKind::Panicked => &mut self.cx.outbox.counters.panicked,
            OutcomeKind::Cancelled => &mut self.cx.outbox.counters.cancelled,
            OutcomeKind::Lost => &mut self.cx.outbox.counters.lost,
        };
        *counter += 1;
    }
}

impl Ended {
    /// Returns the outcome of a job. A job that received a cancellation request counts as cancelled, whatever it
    /// returned; a panic stays a panic.
    fn outcome(&self, told: Option<CancelReason>) -> JobOutcome {
        match (self, told) {
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
