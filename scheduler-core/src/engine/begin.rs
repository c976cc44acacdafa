//! Whether the body of a job begins, when its executor comes to it.
//!
//! A permit is the right to run, not the beginning. What comes between is looked at here: a pause, a
//! cancellation, a limit of the waiting time. Limits of an attempt count from here (`RY-015`).

use super::{
    Discarded, Ended, Engine,
    jobs::{JobRecord, Stage, id_of},
    ready::Rank,
    slab::Key,
    surplus::Wait,
};
use crate::{
    EventKind, Now, State,
    gate::Asks,
    job::{Body, CancelReason, JobOutcome},
};

/// What becomes of a job at the gate.
pub(crate) enum Begin {
    /// Its body begins now.
    Now(Body),
    /// It waits for the end of a pause. What the engine did not take back is to be destroyed
    /// without a lock.
    Held(Option<Body>),
    /// Its body never begins.
    Never(Body),
}

impl Engine {
    /// What is asked before a body begins.
    pub(crate) const fn asks(&self) -> Asks {
        match self.state {
            State::Running => Asks::Nothing {
                schedules: self.asks_about_schedules,
            },
            _ => Asks::All,
        }
    }

    /// The executor has come to a job that has a permit: its body is to begin now, if it may.
    pub(crate) fn begin(&mut self, key: Key, body: Body, now: &Now) -> Begin {
        let record = self.jobs.get_mut(key);
        let Some(record) = record.filter(|record| record.stage == Stage::Running) else {
            return Begin::Never(body);
        };
        let elapsed = || self.clocks.elapsed(now);
        if record.is_of_removed_schedule() || record.has_expired(elapsed) {
            return Begin::Never(body);
        }
        let watched = record.watched().is_some();
        if self.state == State::Paused {
            return Begin::Held(self.hold_back_at_gate(key, body));
        }
        let wait = self.wait_of(key);
        if wait == Some(Wait::Paused) || self.holds_in_closing() {
            return match self.state {
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
        if let Some(record) = self.jobs.get_mut(key) {
            let cold = record.cold.get_or_insert_default();
            cold.told.get_or_insert(CancelReason::Shutdown);
        }
        Begin::Never(body)
    }

    /// From now on the engine is asked before the body of a run begins.
    pub(super) const fn ask_about_schedules(&mut self) {
        self.gate_moved |= !self.asks_about_schedules;
        self.asks_about_schedules = true;
    }

    /// Ends a job that has a permit and whose body has not begun.
    pub(super) fn withdraw(&mut self, key: Key, outcome: JobOutcome, now: &Now) {
        self.take_permit_back(key);
        self.note_closing_end(key, &outcome);
        self.finish(key, outcome, now);
    }

    /// As if the job had not been claimed yet.
    pub(super) fn take_permit_back(&mut self, key: Key) {
        self.give_back_permit(key);
        self.refund_token(key);
        if let Some(record) = self.jobs.get_mut(key) {
            record.stage = Stage::Queued;
            record.submitted = false;
        }
    }

    /// The jobs that have permits and wait for a runner wait for the end of the pause instead.
    pub(super) fn hold_back_claims(&mut self, now: &Now) {
        for claim in self.batch.take_all() {
            let left = match self.stage_of(claim.key) {
                Some(Stage::Running) => self.hold_back_at_gate(claim.key, claim.body),
                Some(Stage::Cancelling) => {
                    self.handle_finished(claim.key, &Ended::NotBegun, now);
                    Some(claim.body)
                }
                // It has been withdrawn.
                _ => Some(claim.body),
            };
            if let Some(left) = left {
                self.discard(Discarded::Body(left));
            }
        }
    }

    /// A job gives its permit back, and gets it again before all others when the pause is over.
    fn hold_back_at_gate(&mut self, key: Key, body: Body) -> Option<Body> {
        self.take_permit_back(key);
        self.note_returned(key);
        self.return_to_line(key);
        self.keep_body(key, body)
    }

    /// A run of a paused schedule gives its permit back.
    fn park_at_gate(&mut self, key: Key, body: Body) -> Option<Body> {
        self.take_permit_back(key);
        self.note_returned(key);
        self.park(key);
        self.keep_body(key, body)
    }

    pub(super) fn keep_body(&mut self, key: Key, body: Body) -> Option<Body> {
        let Some(record) = self.jobs.get_mut(key) else {
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

    /// A run of a paused schedule waits until that is resumed.
    pub(super) fn park(&mut self, key: Key) {
        let turn = self.turn_in_line(key);
        let Some(record) = self.jobs.get_mut(key) else {
            return;
        };
        record.stage = Stage::Parked;
        let schedule = record.schedule();
        self.queue.parked += 1;
        if let Some(record) = schedule.and_then(|key| self.schedules.get_mut(key)) {
            record.life().parked.push((turn, key));
        }
    }

    /// The schedule has been resumed: the runs it held back come before all others.
    pub(super) fn release_parked(&mut self, schedule: Key, now: &Now) {
        let record = self.schedules.get_mut(schedule);
        let life = record.and_then(|record| record.life.as_deref_mut());
        let mut parked = life.map(|life| std::mem::take(&mut life.parked));
        let parked = parked.get_or_insert_default();
        parked.sort_unstable();
        for &(_, key) in &*parked {
            if self.stage_of(key) != Some(Stage::Parked) {
                continue;
            }
            self.queue.parked -= 1;
            self.return_to_line(key);
        }
        self.fill(now);
    }

    /// The job has had a permit for the attempt that it waits for.
    pub(super) fn note_returned(&mut self, key: Key) {
        if let Some(record) = self.jobs.get_mut(key) {
            record.returned = true;
        }
    }

    /// The job waits for a permit again, before all others whose turn has not come yet.
    pub(super) fn return_to_line(&mut self, key: Key) {
        if let Some(record) = self.jobs.get_mut(key) {
            self.queue.queued += 1;
            record.stage = Stage::Queued;
            let besides = record.rank() == Rank::Besides;
            self.queue.ready.push_returned(key, record.turn, besides);
        }
    }

    /// Whether the job is the run of an instant whose schedule is paused.
    pub(super) fn is_of_paused(&self, job: Key) -> bool {
        self.wait_of(job) == Some(Wait::Paused)
    }
}

impl JobRecord {
    /// Whether the schedule of the job has been removed since it got its permit (`SC-012`).
    fn is_of_removed_schedule(&mut self) -> bool {
        let Some(cold) = self.cold.as_mut().filter(|cold| cold.is_last) else {
            return false;
        };
        cold.told.get_or_insert(CancelReason::ScheduleRemoved);
        true
    }

    /// Whether the job has waited too long to begin at all.
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
