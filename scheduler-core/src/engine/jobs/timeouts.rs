//! Timeouts of a job: until its start (`start_within`), of an attempt, and of all attempts together.

use std::time::Duration;

use super::{JobRecord, Jobs, RunEnded, Stage, id_of};
use crate::{
    EventKind,
    engine::{
        Cx, Key,
        time::{Kind, NEVER, nanos},
    },
    job::{CancelMode, CancelReason, JobError, JobOutcome},
};

impl Jobs {
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
    /// Returns whether a timeout is armed.
    pub(super) fn is_limited(&self) -> bool {
        self.attempts()
            .is_some_and(|attempts| attempts.limit.is_set())
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
