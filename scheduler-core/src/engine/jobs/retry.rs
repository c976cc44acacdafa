//! Retries. The engine knows whether a retry is possible; the user's policy, which is called without the
//! lock, decides whether one follows.

use std::{sync::Arc, time::Duration};

use super::{Finished, JobRecord, Jobs, Stage, StartRules, id_of};
use crate::{
    EventKind, EventName, State,
    engine::{
        Action, Cx, Key,
        time::{Kind, nanos},
    },
    job::{CancelReason, JobError, JobOutcome, JobPolicy},
};

/// A requested call of a retry policy.
pub(crate) struct RetryRequest {
    pub(crate) job: Key,
    policy: Arc<JobPolicy>,
    attempt: u32,
    failure: JobError,
    salt: u64,
}

impl RetryRequest {
    /// Returns the delay until the next attempt, or `None` without a retry. Calls user code, which may panic.
    pub(crate) fn ask(&self) -> Option<Duration> {
        let retry = self.policy.retry.as_ref()?;
        retry.delay(self.attempt, &self.failure, self.salt)
    }
}

impl Jobs {
    /// Requests a call of the retry policy, if a retry is possible. Returns whether it is.
    pub(super) fn ask_for_retry(&mut self, key: Key, outcome: &JobOutcome, cx: &mut Cx) -> bool {
        let JobOutcome::Failed(failure) = outcome else {
            return false;
        };
        let may_retry = cx.lifecycle.starts_jobs() || cx.lifecycle.state() == State::Paused;
        let Some(record) = self.records.get_mut(key).filter(|_| may_retry) else {
            return false;
        };
        let Some(request) = record.retry_request(key, failure) else {
            return false;
        };
        record.stage = Stage::Deciding;
        if let Some(attempts) = record.attempts_mut() {
            attempts.failure = Some(failure.clone());
        }
        self.clear_limit(key, cx);
        self.outside.retrying += 1;
        cx.push(Action::Decide(Box::new(request)));
        true
    }

    /// Handles the result of a retry policy. Returns `None` if the caller has nothing to do: the
    /// job waits for its next attempt, or was cancelled meanwhile.
    pub(in crate::engine) fn handle_retry(
        &mut self,
        key: Key,
        delay: Option<Duration>,
        rules: &impl StartRules,
        cx: &mut Cx,
    ) -> Option<Finished> {
        let record = self.records.get_mut(key)?;
        if record.stage != Stage::Deciding {
            return None;
        }
        let failure = record
            .attempts_mut()
            .and_then(|attempts| attempts.failure.take());
        let failure = failure.unwrap_or_else(|| JobError::Lost("its failure is missing".into()));
        let end = record.end_in_all();
        let due = delay.map(|delay| cx.elapsed().saturating_add(nanos(delay)));
        // A retry that could only begin after the total timeout is not waited for.
        match due.filter(|&due| due < end && cx.lifecycle.may_begin_at(due)) {
            Some(_) if cx.lifecycle.drains() && self.is_paused(key, rules) => {
                // Its queue or schedule can no longer be resumed, so the drain must not wait for the retry.
                Some(Finished::Job(self.prevent(key, CancelReason::Shutdown, cx)))
            }
            Some(due) => {
                self.await_attempt(key, due, &failure, cx);
                None
            }
            None => {
                self.outside.retrying -= 1;
                let outcome = JobOutcome::Failed(failure);
                Some(Finished::Job(self.finish(key, outcome, cx)))
            }
        }
    }

    /// Arms the next attempt of a job.
    fn await_attempt(&mut self, key: Key, due: u64, failure: &JobError, cx: &mut Cx) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        record.stage = Stage::Retrying;
        record.due = due;
        let (end, next) = (record.end_in_all(), record.attempt() + 1);
        if let Some(extras) = &mut record.extras {
            extras.cancel_reason = None;
            cx.deadlines.clear(Kind::Grace, key, &mut extras.grace);
        }
        cx.outbox.count_retried();
        self.set_limit(key, end, cx);
        self.end_attempt(key, next, cx);
        if cx.outbox.readers.wants(EventName::JobRetrying) {
            let retrying = EventKind::JobRetrying {
                job: id_of(key),
                attempt: next,
                due: cx.clocks().steady(due).date(),
                error: failure.clone(),
            };
            self.publish(key, || retrying, cx);
        }
        cx.arm(due, key.slot);
    }

    /// Clears the cancellation request of the last attempt.
    fn end_attempt(&mut self, key: Key, next: u32, cx: &mut Cx) {
        if let Some(cell) = self.cell_of(key) {
            cell.begin_attempt(next);
            cx.push(Action::AttemptOver(cell));
        }
    }
}

impl JobRecord {
    fn retry_request(&self, key: Key, failure: &JobError) -> Option<RetryRequest> {
        let policy = self.policy()?;
        let attempt = self.attempt();
        let is_last = self.extras.as_ref().is_some_and(|extras| extras.is_last);
        if is_last
            || self
                .cancel_reason()
                .is_some_and(|why| why != CancelReason::TimedOut)
        {
            return None;
        }
        let may = policy.retry.as_ref()?.might_follow(attempt, failure);
        may.then(|| RetryRequest {
            job: key,
            policy: policy.clone(),
            attempt,
            failure: failure.clone(),
            salt: key.to_bits(),
        })
    }
}
