//! Consequences of the end of a run for its schedule.

use std::sync::Arc;

use super::{Schedules, ledger::Ledger};
use crate::{
    ScheduleId,
    engine::{
        Key,
        cx::Cx,
        jobs::{Jobs, RunEnded},
    },
    job::JobId,
};

impl Schedules {
    /// Handles the end of a run: its outcome is recorded and counted, and buffered runs may start.
    pub(in crate::engine) fn run_ended(
        &mut self,
        run: Option<&RunEnded>,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let Some(run) = run else {
            return;
        };
        self.note_run_end(run);
        let Some(schedule) = run.schedule else {
            return;
        };
        if let Some(what) = &run.watched {
            self.finish_paced_turn(schedule, what, cx);
        }
        if !run.is_asked_for {
            self.count_run_end(schedule, run, cx);
        }
        self.leave_lane(schedule, run.accepted, jobs, cx);
    }

    /// Records the outcome of a finished run.
    pub(in crate::engine) fn note_run_end(&mut self, run: &RunEnded) {
        // Usually its schedule is listed, and needs no search by its id.
        let own = run.schedule.and_then(|key| self.records.get_mut(key));
        if let Some(own) = own.filter(|own| !own.over) {
            if let Some(stats) = own.stats.as_deref_mut() {
                stats.ledger.note_end(run);
            }
            return;
        }
        if let Some(ledger) = self.ledger_under(&run.schedule_id) {
            ledger.note_end(run);
        }
    }

    /// Returns the ledger of an id, if there is one.
    fn ledger_under(&mut self, id: &ScheduleId) -> Option<&mut Ledger> {
        let key = self.listed_as(id);
        match key.and_then(|key| self.records.get_mut(key)) {
            Some(record) => record.stats.as_deref_mut().map(|stats| &mut stats.ledger),
            None => self.departed.ledger_mut(id),
        }
    }

    /// Records the text of the error of a failed run.
    pub(in crate::engine) fn note_error(
        &mut self,
        schedule: &ScheduleId,
        job: JobId,
        error: &Arc<str>,
    ) {
        if let Some(ledger) = self.ledger_under(schedule) {
            ledger.note_error(job, error);
        }
    }

    /// Removes a finished run from its lane, where buffered runs may start.
    fn leave_lane(&mut self, key: Key, accepted: u64, jobs: &mut Jobs, cx: &mut Cx) {
        let Some(of) = self.lane_of(key) else {
            return;
        };
        let part = self.lane_mut(&of).and_then(|lane| lane.leave(accepted));
        if let (Some(part), Some(record)) = (part, self.get_mut(key)) {
            record.stats_mut().presence.leave(part);
        }
        self.start_allowed(&of, jobs, cx);
        self.tidy_group(&of);
        self.drop_if_done(key, cx);
    }
}
