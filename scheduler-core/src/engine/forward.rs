//! Calls of the machines for what has not been split off yet.

use super::{
    Engine, Key,
    jobs::{JobRecord, RunEnded},
};
use crate::{
    EventKind, Now,
    job::{CancelMode, CancelReason, CancelStatus, Start},
};

#[cfg(test)]
impl Engine {
    pub(crate) fn is_idle(&mut self, now: &Now) -> bool {
        self.cx.begin(now);
        super::lifecycle::is_idle(&self.jobs, &self.cx)
    }
}

impl Engine {
    pub(super) fn publish(&mut self, _now: &Now, kind: impl FnOnce(&Self) -> EventKind) {
        if self.cx.outbox.readers.is_observed() {
            let kind = kind(self);
            self.cx.publish(|| kind);
        }
    }

    pub(super) fn discard(&mut self, what: super::Discarded) {
        self.cx.discard(what);
    }

    pub(super) const fn ask_about_schedules(&mut self) {
        self.cx.ask_about_schedules();
    }

    pub(super) fn accept(&mut self, record: JobRecord, start: Start, _now: &Now) -> Key {
        self.jobs.accept(record, start, &mut self.cx)
    }

    pub(super) fn enqueue(&mut self, key: Key, _now: &Now) {
        self.jobs.enqueue(key, &self.schedules, &mut self.cx);
    }

    pub(super) fn fill(&mut self, _now: &Now) {
        self.jobs.fill(&self.schedules, &mut self.cx);
    }

    pub(super) fn prevent(&mut self, key: Key, reason: CancelReason, now: &Now) {
        let run = self.jobs.prevent(key, reason, &mut self.cx);
        self.run_ended(run, now);
    }

    pub(super) fn prevent_starts(&mut self, key: Key, now: &Now) {
        let run = self.jobs.prevent_starts(key, &mut self.cx);
        self.run_ended(run, now);
    }

    pub(super) fn cancel_job(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        let (status, run) = self.jobs.cancel(key, mode, reason, &mut self.cx);
        self.run_ended(run, now);
        status
    }

    /// Handles the end of a run: buffered runs may start, and a backfill may proceed.
    pub(super) fn run_ended(&mut self, run: Option<RunEnded>, now: &Now) {
        let Some(run) = run else {
            return;
        };
        self.schedules.note_run_end(&run);
        let Some(schedule) = run.schedule else {
            return self.note_backfill_run_end(run.job, &run.outcome, now);
        };
        if let Some(what) = &run.watched {
            self.schedules.paced_turn_over(schedule, what, &mut self.cx);
        }
        if !run.is_asked_for {
            self.count_run_end(schedule, &run.outcome, run.began, now);
        }
        self.schedules.leave_lane(schedule, run.accepted);
        self.occurrence_ended(schedule, now);
    }

    /// Handles the begin of a body for which a pace waits.
    pub(super) fn watched_start(&mut self, job: Key, now: &Now) {
        let Some(record) = self.jobs.get(job) else {
            return;
        };
        match (record.schedule(), record.watched().copied()) {
            (Some(schedule), Some(what)) => {
                self.schedules
                    .paced_turn_over(schedule, &what, &mut self.cx);
            }
            (None, Some(_)) => self.backfill_run_started(job, now),
            _ => {}
        }
    }
}
