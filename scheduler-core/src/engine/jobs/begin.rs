//! The gate: decides whether the body of a job begins when its executor polls it.
//!
//! A permit is the right to run, not the begin of the body. A pause, a cancellation or an expired waiting
//! time in between is detected here. Timeouts of an attempt count from here (`RY-015`).

use super::{JobRecord, Jobs, RunEnded, Stage, StartRules, Wait, id_of, queue::Place};
use crate::{
    EventKind, State,
    engine::{Claim, Cx, Discarded, Ended, Key},
    job::{Body, CancelReason, JobOutcome},
};

/// Decision about a job at the gate.
pub(crate) enum Begin {
    /// The body begins now.
    Now(Body),
    /// The job waits for the end of a pause. The caller drops the returned parts after unlocking.
    Held(Option<Body>),
    /// The body never begins.
    Never(Body),
}

/// Decision about a job at the gate, without its body, which the caller holds.
pub(in crate::engine) enum Crossing {
    Begins,
    /// The body of a run begins, and the time of its start matters to its schedule or backfill.
    RunBegins,
    /// The job waits for the end of a pause of the scheduler.
    Returned,
    /// The run waits for its schedule. Its permit is free, and another run may be active.
    Aside(Wait),
    Never,
}

impl Jobs {
    /// Decides about a job with a permit whose executor is about to poll it. If the body is held
    /// back, the caller must [keep](Self::keep_body) it.
    pub(in crate::engine) fn cross(
        &mut self,
        key: Key,
        rules: &impl StartRules,
        cx: &mut Cx,
    ) -> Crossing {
        let record = self.records.get_mut(key);
        let Some(record) = record.filter(|record| record.stage == Stage::Running) else {
            return Crossing::Never;
        };
        if record.is_of_removed_schedule() || record.has_expired(|| cx.elapsed()) {
            return Crossing::Never;
        }
        let (watched, number) = (record.watched().is_some(), record.queue);
        if cx.lifecycle.state() == State::Paused {
            self.hold_back(key, cx);
            return Crossing::Returned;
        }
        if self.queues.get(number).is_paused() {
            if cx.lifecycle.state() == State::ShuttingDown {
                self.never_begin(key);
                return Crossing::Never;
            }
            self.hold_back(key, cx);
            return Crossing::Returned;
        }
        let wait = self.wait_of(key, rules);
        if wait == Some(Wait::Paused) || cx.lifecycle.begins_nothing() {
            if cx.lifecycle.state() == State::ShuttingDown {
                self.never_begin(key);
                return Crossing::Never;
            }
            return self.put_aside_at_gate(key, Wait::Paused, cx);
        }
        if wait == Some(Wait::Surplus) {
            return self.put_aside_at_gate(key, Wait::Surplus, cx);
        }
        if watched && self.begins_too_late(key, rules, cx) {
            return Crossing::Never;
        }
        self.begin_attempt(key, cx);
        self.publish(key, || EventKind::JobStarted(id_of(key)), cx);
        if watched {
            Crossing::RunBegins
        } else {
            Crossing::Begins
        }
    }

    fn never_begin(&mut self, key: Key) {
        if let Some(record) = self.records.get_mut(key) {
            let extras = record.extras.get_or_insert_default();
            extras.cancel_reason.get_or_insert(CancelReason::Shutdown);
        }
    }

    /// Finishes a job that has a permit and whose body has not begun.
    pub(super) fn withdraw(
        &mut self,
        key: Key,
        outcome: JobOutcome,
        cx: &mut Cx,
    ) -> Option<RunEnded> {
        self.take_permit_back(key, cx);
        self.finish(key, outcome, cx)
    }

    /// Reverts the claim of a job.
    fn take_permit_back(&mut self, key: Key, cx: &mut Cx) {
        self.give_back_permit(key, cx);
        self.refund_token(key, cx);
        if let Some(record) = self.records.get_mut(key) {
            record.stage = Stage::Queued;
            record.submitted = false;
            self.queues.get_mut(record.queue).undo_start();
        }
    }

    /// Returns the jobs that have permits and wait for a runner to the queue, until the pause ends.
    /// Finishes those that were cancelled. The caller drops the returned values after unlocking.
    pub(in crate::engine) fn hold_back_claims(&mut self, cx: &mut Cx) -> Vec<RunEnded> {
        let mut ended = Vec::new();
        for Claim { key, body, .. } in self.batch.take_all() {
            let left = match self.stage_of(key) {
                Some(Stage::Running) => {
                    self.hold_back(key, cx);
                    self.keep_body(key, body)
                }
                Some(Stage::Cancelling) => {
                    let outcome = self.outcome_of(key, &Ended::NotBegun);
                    ended.extend(self.withdraw(key, outcome, cx));
                    Some(body)
                }
                // It was cancelled.
                _ => Some(body),
            };
            if let Some(left) = left {
                cx.discard(Discarded::Body(left));
            }
        }
        ended
    }

    /// Releases the permit of a job. After the pause it is the first in the queue.
    fn hold_back(&mut self, key: Key, cx: &mut Cx) {
        self.take_permit_back(key, cx);
        self.note_returned(key);
        self.return_to_line(key);
    }

    /// Releases the permit of a run that waits for its schedule.
    fn put_aside_at_gate(&mut self, key: Key, wait: Wait, cx: &mut Cx) -> Crossing {
        self.take_permit_back(key, cx);
        self.note_returned(key);
        self.put_aside(key, wait);
        Crossing::Aside(wait)
    }

    /// Stores the body of a job that waits again. Returns unneeded values, to be dropped after
    /// unlocking.
    pub(in crate::engine) fn keep_body(&mut self, key: Key, body: Body) -> Option<Body> {
        let Some(record) = self.records.get_mut(key) else {
            return Some(body);
        };
        match record.body {
            Some(_) => Some(body),
            None => {
                record.body = Some(body);
                None
            }
        }
    }

    /// Records that the job had a permit for its present attempt.
    fn note_returned(&mut self, key: Key) {
        if let Some(record) = self.records.get_mut(key) {
            record.returned = true;
        }
    }

    /// Requeues a job before all jobs that have not had a permit yet.
    pub(super) fn return_to_line(&mut self, key: Key) {
        if let Some(record) = self.records.get_mut(key) {
            record.stage = Stage::Queued;
            let place = Place::Returned(record.rank(), record.turn);
            self.queues.push(record.queue, key, place);
        }
    }
}

impl JobRecord {
    /// Returns whether the schedule of the job was removed after it got its permit (`SC-012`).
    fn is_of_removed_schedule(&mut self) -> bool {
        let Some(extras) = self.extras.as_mut().filter(|extras| extras.is_last) else {
            return false;
        };
        extras
            .cancel_reason
            .get_or_insert(CancelReason::ScheduleRemoved);
        true
    }

    /// Returns whether the job has exceeded `start_within`.
    fn has_expired(&mut self, elapsed: impl FnOnce() -> u64) -> bool {
        let limit = self.start_limit();
        if limit.is_none_or(|limit| limit > elapsed()) {
            return false;
        }
        let extras = self.extras.get_or_insert_default();
        extras.cancel_reason = Some(CancelReason::Expired);
        true
    }
}
