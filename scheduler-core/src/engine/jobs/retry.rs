//! Retries. The engine knows whether a retry is possible; the user's policy, which is called without the
//! lock, decides whether one follows.

use std::{sync::Arc, time::Duration};

use super::record::{JobRecord, Stage, id_of};
use crate::engine::{Action, Engine, Key, time::nanos};
use crate::{
    EventKind, Now, State,
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

impl Engine {
    /// Requests a call of the retry policy, if a retry is possible. Returns whether it is.
    pub(in crate::engine) fn ask_for_retry(&mut self, key: Key, outcome: &JobOutcome) -> bool {
        let JobOutcome::Failed(failure) = outcome else {
            return false;
        };
        let closing = !(self.starts_jobs() || self.cx.lifecycle.state == State::Paused);
        let request = self
            .jobs
            .records
            .get(key)
            .and_then(|job| job.retry_request(key, failure));
        let Some(request) = request.filter(|_| !closing) else {
            return false;
        };
        if let Some(record) = self.jobs.records.get_mut(key) {
            record.stage = Stage::Deciding;
            if let Some(trial) = record.trial_mut() {
                trial.failure = Some(failure.clone());
            }
        }
        self.watch_limit(key, None);
        self.jobs.queue.retrying += 1;
        self.cx
            .outbox
            .actions
            .push_back(Action::Decide(Box::new(request)));
        true
    }

    /// Handles the result of a retry policy, unless the job was cancelled meanwhile.
    pub(crate) fn handle_retry(&mut self, key: Key, delay: Option<Duration>, now: &Now) {
        self.cx.begin(now);
        let Some(record) = self.jobs.records.get_mut(key) else {
            return;
        };
        if record.stage != Stage::Deciding {
            return;
        }
        let failure = record.trial_mut().and_then(|trial| trial.failure.take());
        let failure = failure.unwrap_or_else(|| JobError::Lost("its failure is missing".into()));
        let end = record.end_in_all();
        let elapsed = self.cx.clocks.elapsed(now);
        let due = delay.map(|delay| elapsed.saturating_add(nanos(delay)));
        // A retry that could only begin after the total timeout is not waited for.
        match due.filter(|&due| due < end && self.may_begin_at(due)) {
            Some(due) => self.rest(key, due, &failure, now),
            None => {
                self.jobs.queue.retrying -= 1;
                let outcome = JobOutcome::Failed(failure);
                self.note_closing_end(key, &outcome);
                self.finish(key, outcome, now);
            }
        }
    }

    /// Arms the next attempt of a job.
    fn rest(&mut self, key: Key, due: u64, failure: &JobError, now: &Now) {
        let Some(record) = self.jobs.records.get_mut(key) else {
            return;
        };
        record.stage = Stage::Retrying;
        record.due = due;
        let (end, next) = (record.end_in_all(), record.attempt() + 1);
        if let Some(cold) = &mut record.cold {
            cold.told = None;
            if let Some(grace) = cold.grace.take() {
                self.cx.deadlines.graces.remove(&(grace, key));
            }
        }
        self.cx.outbox.counters.retried += 1;
        self.watch_limit(key, Some(end));
        self.next_attempt(key, next);
        self.publish(now, |engine| EventKind::JobRetrying {
            job: id_of(key),
            attempt: next,
            due: engine.cx.clocks.steady(due),
            error: failure.clone(),
        });
        self.cx.arm(due, key.slot);
    }

    /// Clears the cancellation request of the last attempt.
    fn next_attempt(&mut self, key: Key, attempt: u32) {
        if let Some(cell) = self.cell_of(key) {
            cell.begin_attempt(attempt);
            self.cx.push(Action::AttemptOver(cell));
        }
    }
}

impl JobRecord {
    fn retry_request(&self, key: Key, failure: &JobError) -> Option<RetryRequest> {
        let policy = self.policy()?;
        let attempt = self.attempt();
        let is_last = self.cold.as_ref().is_some_and(|cold| cold.is_last);
        if is_last || self.told().is_some_and(|why| why != CancelReason::TimedOut) {
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
