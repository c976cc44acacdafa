//! The gate: decides whether the body of a job begins when its executor polls it.
//!
//! A permit is the right to run, not the begin of the body. A pause, a cancellation or an expired waiting
//! time in between is detected here. Timeouts of an attempt count from here (`RY-015`).

use crate::engine::{
    Discarded, Ended, Engine, Key,
    jobs::{JobRecord, Rank, Stage, id_of},
    schedules::surplus::Wait,
};
use crate::{
    EventKind, Now, State,
    job::{Body, CancelReason, JobOutcome},
    sync::gate::Asks,
};

/// Decision about a job at the gate.
pub(crate) enum Begin {
    /// Its body begins now.
    Now(Body),
    /// The job waits for the end of a pause. The caller drops the returned parts after unlocking.
    Held(Option<Body>),
    /// Its body never begins.
    Never(Body),
}

impl Engine {
    /// Returns which jobs must cross the gate.
    pub(crate) const fn asks(&self) -> Asks {
        self.cx.lifecycle.asks()
    }

    /// Decides about a job with a permit whose executor is about to poll it.
    pub(crate) fn begin(&mut self, key: Key, body: Body, now: &Now) -> Begin {
        self.cx.begin(now);
        let record = self.jobs.records.get_mut(key);
        let Some(record) = record.filter(|record| record.stage == Stage::Running) else {
            return Begin::Never(body);
        };
        let elapsed = || self.cx.clocks.elapsed(now);
        if record.is_of_removed_schedule() || record.has_expired(elapsed) {
            return Begin::Never(body);
        }
        let watched = record.watched().is_some();
        if self.cx.lifecycle.state == State::Paused {
            return Begin::Held(self.hold_back_at_gate(key, body));
        }
        let wait = self.wait_of(key);
        if wait == Some(Wait::Paused) || self.holds_in_closing() {
            return match self.cx.lifecycle.state {
                State::ShuttingDown => self.never_begin(key, body),
                _ => {
                    let left = self.park_at_gate(key, body);
                    self.release_beside(key, now);
                    self.fill(now);
                    Begin::Held(left)
                }
            };
        }
        if wait == Some(Wait::Surplus) {
            let left = self.hold_surplus_at_gate(key, body);
            self.fill(now);
            return Begin::Held(left);
        }
        if watched {
            if self.begins_too_late(key, now) {
                return Begin::Never(body);
            }
            self.watched_start(key, now);
        }
        self.begin_attempt(key, now);
        self.publish(now, |_| EventKind::JobStarted(id_of(key)));
        Begin::Now(body)
    }

    fn never_begin(&mut self, key: Key, body: Body) -> Begin {
        if let Some(record) = self.jobs.records.get_mut(key) {
            let cold = record.cold.get_or_insert_default();
            cold.told.get_or_insert(CancelReason::Shutdown);
        }
        Begin::Never(body)
    }

    /// Makes all runs cross the gate from now on.
    pub(in crate::engine) const fn ask_about_schedules(&mut self) {
        self.cx.outbox.gate_moved |= !self.cx.lifecycle.asks_about_schedules;
        self.cx.lifecycle.asks_about_schedules = true;
    }

    /// Finishes a job that has a permit and whose body has not begun.
    pub(in crate::engine) fn withdraw(&mut self, key: Key, outcome: JobOutcome, now: &Now) {
        self.take_permit_back(key);
        self.note_closing_end(key, &outcome);
        self.finish(key, outcome, now);
    }

    /// Reverts the claim of a job.
    pub(in crate::engine) fn take_permit_back(&mut self, key: Key) {
        self.give_back_permit(key);
        self.refund_token(key);
        if let Some(record) = self.jobs.records.get_mut(key) {
            record.stage = Stage::Queued;
            record.submitted = false;
        }
    }

    /// Parks the jobs that have permits and wait for a runner until the end of the pause.
    pub(in crate::engine) fn hold_back_claims(&mut self, now: &Now) {
        for claim in self.jobs.batch.take_all() {
            let left = match self.stage_of(claim.key) {
                Some(Stage::Running) => self.hold_back_at_gate(claim.key, claim.body),
                Some(Stage::Cancelling) => {
                    self.handle_finished(claim.key, &Ended::NotBegun, now);
                    Some(claim.body)
                }
                // It was cancelled.
                _ => Some(claim.body),
            };
            if let Some(left) = left {
                self.discard(Discarded::Body(left));
            }
        }
    }

    /// Releases the permit of a job, which is first in line after the pause.
    fn hold_back_at_gate(&mut self, key: Key, body: Body) -> Option<Body> {
        self.take_permit_back(key);
        self.note_returned(key);
        self.return_to_line(key);
        self.keep_body(key, body)
    }

    /// Releases the permit of a run of a paused schedule.
    fn park_at_gate(&mut self, key: Key, body: Body) -> Option<Body> {
        self.take_permit_back(key);
        self.note_returned(key);
        self.park(key);
        self.keep_body(key, body)
    }

    pub(in crate::engine) fn keep_body(&mut self, key: Key, body: Body) -> Option<Body> {
        let Some(record) = self.jobs.records.get_mut(key) else {
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

    /// Parks a run of a paused schedule.
    pub(in crate::engine) fn park(&mut self, key: Key) {
        let turn = self.turn_in_line(key);
        let Some(record) = self.jobs.records.get_mut(key) else {
            return;
        };
        record.stage = Stage::Parked;
        let schedule = record.schedule();
        self.jobs.queue.parked += 1;
        if let Some(record) = schedule.and_then(|key| self.schedules.get_mut(key)) {
            record.life().parked.push((turn, key));
        }
    }

    /// Requeues the parked runs of a resumed schedule before all others.
    pub(in crate::engine) fn release_parked(&mut self, schedule: Key, now: &Now) {
        let record = self.schedules.get_mut(schedule);
        let life = record.and_then(|record| record.life.as_deref_mut());
        let mut parked = life.map(|life| std::mem::take(&mut life.parked));
        let parked = parked.get_or_insert_default();
        parked.sort_unstable();
        for &(_, key) in &*parked {
            if self.stage_of(key) != Some(Stage::Parked) {
                continue;
            }
            self.jobs.queue.parked -= 1;
            self.return_to_line(key);
        }
        self.fill(now);
    }

    /// Returns whether the job had a permit for its present attempt.
    pub(in crate::engine) fn note_returned(&mut self, key: Key) {
        if let Some(record) = self.jobs.records.get_mut(key) {
            record.returned = true;
        }
    }

    /// Requeues a job before all jobs that have not had a permit.
    pub(in crate::engine) fn return_to_line(&mut self, key: Key) {
        if let Some(record) = self.jobs.records.get_mut(key) {
            self.jobs.queue.queued += 1;
            record.stage = Stage::Queued;
            let besides = record.rank() == Rank::Besides;
            self.jobs
                .queue
                .ready
                .push_returned(key, record.turn, besides);
        }
    }

    /// Returns whether the job is a run of a paused schedule.
    pub(in crate::engine) fn is_of_paused(&self, job: Key) -> bool {
        self.wait_of(job) == Some(Wait::Paused)
    }
}

impl JobRecord {
    /// Returns whether the schedule of the job was removed after it got its permit (`SC-012`).
    fn is_of_removed_schedule(&mut self) -> bool {
        let Some(cold) = self.cold.as_mut().filter(|cold| cold.is_last) else {
            return false;
        };
        cold.told.get_or_insert(CancelReason::ScheduleRemoved);
        true
    }

    /// Returns whether the job has exceeded `start_within`.
    fn has_expired(&mut self, elapsed: impl FnOnce() -> u64) -> bool {
        let limit = self.start_limit();
        if limit.is_none_or(|limit| limit > elapsed()) {
            return false;
        }
        let cold = self.cold.get_or_insert_default();
        cold.told = Some(CancelReason::Expired);
        true
    }
}
