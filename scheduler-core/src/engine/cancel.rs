//! Telling jobs to end.

use std::sync::Arc;

use super::{
    Action, Engine,
    clock::{NEVER, nanos},
    jobs::{Stage, id_of},
    slab::Key,
};
use crate::{
    EventKind, Now,
    job::{CancelMode, CancelReason, CancelStatus, JobCell, JobOutcome, Told},
};

impl Engine {
    /// Asks a job to end (`JB-008` … `JB-012`).
    pub(crate) fn cancel(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        let status = match self.jobs.get(key).map(|record| record.stage) {
            None => CancelStatus::TooLate,
            Some(Stage::Delayed | Stage::Queued) => self.prevent(key, reason, now),
            Some(Stage::Running | Stage::Cancelling) => self.tell(key, mode, reason, now),
        };
        self.check_closed(now);
        status
    }

    /// Ends a job that has not started.
    pub(super) fn prevent(&mut self, key: Key, reason: CancelReason, now: &Now) -> CancelStatus {
        match self.jobs.get(key).map(|record| record.stage) {
            Some(Stage::Queued) => {
                self.unqueue(key);
                self.tidy_queue();
            }
            Some(Stage::Delayed) => {
                self.undelay(key);
                self.disarm();
            }
            _ => return CancelStatus::TooLate,
        }
        let schedule = self.conclude(key, JobOutcome::Cancelled(reason), now);
        if let Some(schedule) = schedule {
            self.occurrence_ended(schedule, key, now);
        }
        CancelStatus::Prevented
    }

    /// Tells a running job to end. A later call can only make it more urgent.
    pub(super) fn tell(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        let grace = match mode {
            CancelMode::Graceful(grace) => self.clocks.elapsed(now).saturating_add(nanos(grace)),
            CancelMode::Immediate => 0,
        };
        let Some(record) = self.jobs.get_mut(key) else {
            return CancelStatus::TooLate;
        };
        let first = std::mem::replace(&mut record.stage, Stage::Cancelling) == Stage::Running;
        let cold = record.cold.get_or_insert_default();
        cold.told.get_or_insert(reason);
        let known = cold.grace.unwrap_or(NEVER);
        if first || grace < known {
            cold.grace = (grace > 0).then_some(grace);
            self.graces.remove(&(known, key));
            self.apply_grace(key, grace);
        }
        if first {
            self.publish(now, |_| EventKind::JobCancelling(id_of(key)));
        }
        CancelStatus::Requested
    }

    fn apply_grace(&mut self, key: Key, grace: u64) {
        if grace > 0 {
            self.graces.insert((grace, key));
            self.note_deadline(grace);
        }
        let what = if grace == 0 { Told::Drop } else { Told::End };
        if let Some(cell) = self.cell_of(key) {
            self.actions.push_back(Action::Tell(cell, what));
        }
    }

    /// Drops what has not ended within its grace.
    pub(super) fn handle_graces(&mut self, elapsed: u64) {
        while let Some(&(grace, key)) = self.graces.first() {
            if grace > elapsed {
                return;
            }
            self.graces.pop_first();
            if let Some(cold) = self
                .jobs
                .get_mut(key)
                .and_then(|record| record.cold.as_mut())
            {
                cold.grace = None;
            }
            self.apply_grace(key, 0);
        }
    }

    /// The cell of a running job that was claimed without one. `None` if it has been abandoned.
    pub(crate) fn attach_cell(&mut self, key: Key) -> Option<Arc<JobCell>> {
        let record = self.jobs.get_mut(key)?;
        let cell = record.make_cell(key, &self.host, &self.clocks);
        match record.told() {
            None => {}
            Some(_)
                if record
                    .cold
                    .as_ref()
                    .is_some_and(|cold| cold.grace.is_some()) =>
            {
                cell.tell(Told::End);
            }
            Some(_) => cell.tell(Told::Drop),
        }
        Some(cell)
    }
}
