//! Attempt counter and timeouts of a job: `start_within`, per attempt, total.

use std::time::Duration;

use super::{JobRecord, Jobs, Rank, RunEnded, Stage, id_of, task_limits::TaskSeat};
use crate::{
    EventKind,
    engine::{
        Cx, Key,
        time::{Deadlines, Due, Kind, NEVER, nanos},
    },
    job::{CancelMode, CancelReason, JobError, JobOutcome, JobPolicy},
};

/// Attempts and timeouts of a job with a policy.
#[derive(Default)]
pub(crate) struct AttemptState {
    /// Number of attempts that have begun.
    pub(super) started: u32,
    /// Whether the body of the current attempt has been polled.
    pub(in crate::engine) begun: bool,
    /// When the first attempt began.
    began: Option<u64>,
    /// Deadline of the timeout that is armed.
    limit: Due,
    /// The timeout that the current attempt reached.
    timed_out: Option<JobError>,
    /// Error of the last attempt, while its retry policy is being called.
    pub(in crate::engine) failure: Option<JobError>,
    /// The bucket of the job's rate limit.
    pub(in crate::engine) bucket: Option<Key>,
    /// The position among the jobs of its bucket, from the first question for a token until the attempt begins. It
    /// outlasts a pause at the gate.
    pub(super) ticket: Option<u64>,
    /// The claim to a permit of the task, if its running jobs are limited.
    pub(super) task: Option<TaskSeat>,
}

impl AttemptState {
    /// Disarms the timeout of the job with this key.
    pub(super) fn clear_limit(&mut self, key: Key, deadlines: &mut Deadlines) {
        deadlines.clear(Kind::Limit, key, &mut self.limit);
    }
}

impl Jobs {
    /// Sets up the attempts and timeouts of an accepted job.
    pub(super) fn begin_attempts(&mut self, key: Key, cx: &mut Cx) {
        let policy = self.records.get(key).and_then(JobRecord::policy);
        let Some(policy) = policy.cloned() else {
            return;
        };
        self.note_priority(&policy);
        let rate = policy.rate_limit.as_ref();
        let elapsed = cx.elapsed();
        let bucket = rate.map(|limit| self.rates.join(limit, elapsed));
        let limit = policy.task_limit.as_ref();
        let task = limit.map(|limit| self.task_limits.join(limit));
        if let Some(bucket) = bucket {
            // The numbers of this job may bring the next token forward, or put it off.
            self.rates.watch(bucket, &mut cx.deadlines);
        }
        let extras = self
            .records
            .get_mut(key)
            .and_then(|job| job.extras.as_mut());
        if let Some(extras) = extras {
            extras.attempts = Some(Box::new(AttemptState {
                bucket,
                task,
                ..AttemptState::default()
            }));
        }
    }

    /// Enables gathering by priority, from the first job with a priority on.
    pub(in crate::engine) const fn note_priority(&mut self, policy: &JobPolicy) {
        self.outside.is_ranked |= policy.priority != 0;
    }

    /// Arms `start_within` of a job. It counts from the due time of a delayed job, which may have come in a
    /// pause (`RY-010`).
    pub(super) fn limit_waiting(&mut self, key: Key, cx: &mut Cx) {
        let Some(limit) = self.waiting_limit(key) else {
            return;
        };
        if cx.lifecycle.has_started() {
            let due = self.records.get(key).and_then(JobRecord::delayed_until);
            let begin = due.unwrap_or_else(|| cx.elapsed());
            self.set_limit(key, begin.saturating_add(nanos(limit)), cx);
        } else {
            self.outside.unlimited.push(key);
        }
    }

    fn waiting_limit(&self, key: Key) -> Option<Duration> {
        let record = self.records.get(key)?;
        let never_started = record.attempts()?.started == 0;
        record.policy()?.start_within.filter(|_| never_started)
    }

    /// Arms `start_within` of jobs that were queued before the start.
    pub(in crate::engine) fn limit_early(&mut self, cx: &mut Cx) {
        for key in std::mem::take(&mut self.outside.unlimited) {
            self.limit_waiting(key, cx);
        }
    }

    /// Prepares an attempt of a job that got its permit.
    pub(super) fn count_claim(&mut self, key: Key) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let (number, rank) = (record.queue, record.rank());
        self.queues.get_mut(number).exempt(rank);
        if let Some(attempts) = record.attempts_mut() {
            attempts.begun = false;
        }
        self.take_task_permit(key);
    }

    /// Arms the timeouts of an attempt that begins.
    pub(in crate::engine) fn begin_attempt(&mut self, key: Key, cx: &mut Cx) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        record.note_begin(cx);
        let per_attempt = record.policy().and_then(|p| p.attempt_timeout);
        let Some(attempts) = record.attempts_mut() else {
            return;
        };
        let elapsed = cx.elapsed();
        attempts.started += 1;
        attempts.begun = true;
        attempts.ticket = None;
        if let Some(seat) = &mut attempts.task {
            seat.ticket = None;
        }
        attempts.began.get_or_insert(elapsed);
        let is_watched = attempts.limit.is_set();
        let attempt_end = per_attempt.map_or(NEVER, |limit| elapsed.saturating_add(nanos(limit)));
        let end = attempt_end.min(record.end_in_all());
        if is_watched || end != NEVER {
            self.set_limit(key, end, cx);
        }
    }

    /// Arms a timeout of a job in place of the previous one.
    pub(super) fn set_limit(&mut self, key: Key, limit: u64, cx: &mut Cx) {
        if let Some(attempts) = self.records.get_mut(key).and_then(JobRecord::attempts_mut) {
            cx.deadlines
                .set(Kind::Limit, key, &mut attempts.limit, limit);
        }
    }

    /// Disarms the timeout of a job.
    pub(super) fn clear_limit(&mut self, key: Key, cx: &mut Cx) {
        if let Some(attempts) = self.records.get_mut(key).and_then(JobRecord::attempts_mut) {
            attempts.clear_limit(key, &mut cx.deadlines);
        }
    }

    /// Handles the expired timeout of a job.
    pub(in crate::engine) fn handle_limit(&mut self, key: Key, cx: &mut Cx) -> Option<RunEnded> {
        self.clear_limit(key, cx);
        let record = self.records.get(key)?;
        let error = record.limit_passed(cx.elapsed())?;
        match record.stage {
            Stage::Queued
            | Stage::Throttled
            | Stage::Limited
            | Stage::Parked
            | Stage::Surplus
            | Stage::Retrying => {
                let outcome = match record.attempt() {
                    0 => JobOutcome::Cancelled(CancelReason::Expired),
                    _ => JobOutcome::Failed(error),
                };
                self.prevent_as(key, outcome, cx)
            }
            Stage::Running if !record.has_begun() => {
                let outcome = match record.attempt() {
                    0 => JobOutcome::Cancelled(CancelReason::Expired),
                    _ => JobOutcome::Failed(error),
                };
                self.withdraw(key, outcome, cx)
            }
            Stage::Running => {
                self.time_out(key, error, cx);
                None
            }
            Stage::Delayed | Stage::Deciding | Stage::Cancelling => None,
        }
    }

    fn time_out(&mut self, key: Key, error: JobError, cx: &mut Cx) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let grace = record
            .policy()
            .map_or(Duration::ZERO, |policy| policy.timeout_grace);
        if let Some(attempts) = record.attempts_mut() {
            attempts.timed_out = Some(error);
        }
        let attempt = record.attempt();
        let timed_out = || EventKind::JobTimedOut {
            job: id_of(key),
            attempt,
        };
        self.publish(key, timed_out, cx);
        let mode = if grace.is_zero() {
            CancelMode::Immediate
        } else {
            CancelMode::Graceful(grace)
        };
        self.request_cancel(key, mode, CancelReason::TimedOut, cx);
    }
}

impl JobRecord {
    pub(super) fn rank(&self) -> Rank {
        match self.policy() {
            Some(policy) if policy.unlimited => Rank::Besides,
            Some(policy) => Rank::Priority(policy.priority),
            None => Rank::Priority(0),
        }
    }

    /// Returns whether a timeout is armed.
    pub(super) fn is_limited(&self) -> bool {
        self.attempts()
            .is_some_and(|attempts| attempts.limit.is_set())
    }

    /// Returns whether the body of the current attempt has begun.
    fn has_begun(&self) -> bool {
        self.attempts().is_none_or(|attempts| attempts.begun)
    }

    /// Returns the deadline by which it must begin, unless it has begun.
    pub(super) fn start_limit(&self) -> Option<u64> {
        self.policy()?.start_within?;
        let unbegun = self.attempts().filter(|attempts| attempts.started == 0);
        unbegun?.limit.at()
    }

    /// Returns the deadline of the total timeout.
    pub(super) fn end_in_all(&self) -> u64 {
        let began = self.attempts().and_then(|attempts| attempts.began);
        let limit = self.policy().and_then(|policy| policy.timeout);
        match (began, limit) {
            (Some(began), Some(limit)) => began.saturating_add(nanos(limit)),
            _ => NEVER,
        }
    }

    /// Returns the error of the expired timeout.
    fn limit_passed(&self, elapsed: u64) -> Option<JobError> {
        let policy = self.policy()?;
        let in_all = self.end_in_all() <= elapsed;
        let limit = if in_all {
            policy.timeout
        } else {
            policy.attempt_timeout
        };
        Some(JobError::TimedOut {
            limit: limit.or(policy.start_within)?,
            in_all,
        })
    }

    /// Returns the timeout that caused the cancellation request, if one did.
    pub(in crate::engine) fn timed_out(&mut self) -> Option<JobError> {
        if self.cancel_reason() != Some(CancelReason::TimedOut) {
            return None;
        }
        self.attempts_mut()?.timed_out.take()
    }
}
