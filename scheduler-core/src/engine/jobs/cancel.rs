//! Cancels jobs.

use std::sync::Arc;

use super::record::{Stage, id_of};
use crate::engine::{
    Action, Engine, Key,
    outbox::Order,
    time::DUE_PER_TURN,
    time::{NEVER, nanos},
};
use crate::{
    EventKind, Now,
    job::{CancelMode, CancelReason, CancelStatus, JobCell, JobOutcome, Told},
};

impl Engine {
    /// Requests the cancellation of a job (`JB-008` … `JB-012`).
    pub(crate) fn cancel(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        self.cx.begin(now);
        let status = match self.jobs.records.get(key).map(|record| record.stage) {
            None => CancelStatus::TooLate,
            Some(Stage::Running | Stage::Cancelling) => self.tell(key, mode, reason, now),
            Some(_) => self.prevent(key, reason, now),
        };
        self.check_closed(now);
        status
    }

    /// Cancels a job that is not running.
    pub(in crate::engine) fn prevent(
        &mut self,
        key: Key,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        self.prevent_as(key, JobOutcome::Cancelled(reason), now)
    }

    /// Finishes a job that is not running, with this outcome.
    pub(in crate::engine) fn prevent_as(
        &mut self,
        key: Key,
        outcome: JobOutcome,
        now: &Now,
    ) -> CancelStatus {
        if !self.stand_down(key) {
            return CancelStatus::TooLate;
        }
        self.note_closing_end(key, &outcome);
        let schedule = self.conclude(key, outcome, now);
        if let Some(schedule) = schedule {
            self.occurrence_ended(schedule, now);
        }
        CancelStatus::Prevented
    }

    /// Handles a job of a removed schedule: a waiting job is cancelled, a running one is not retried
    /// (`SC-012`).
    pub(in crate::engine) fn prevent_starts(&mut self, key: Key, now: &Now) {
        let cold = self
            .jobs
            .records
            .get_mut(key)
            .and_then(|job| job.cold.as_mut());
        if let Some(cold) = cold {
            cold.is_last = true;
        }
        self.prevent(key, CancelReason::ScheduleRemoved, now);
    }

    /// Removes a job from where it waits. Returns whether it waited.
    fn stand_down(&mut self, key: Key) -> bool {
        match self.stage_of(key) {
            Some(Stage::Queued) => {
                self.leave_line(key);
                self.unqueue(key);
                self.tidy_queue();
            }
            Some(Stage::Throttled) => {
                self.leave_line(key);
                self.give_back_room(key);
            }
            Some(Stage::Delayed) => {
                self.undelay(key);
                self.cx.disarm();
                self.tidy_unarmed();
            }
            Some(Stage::Retrying) => {
                self.jobs.queue.retrying -= 1;
                self.cx.disarm();
            }
            Some(Stage::Deciding) => self.jobs.queue.retrying -= 1,
            Some(Stage::Parked) => self.jobs.queue.parked -= 1,
            Some(Stage::Surplus) => self.jobs.queue.surplus -= 1,
            Some(Stage::Running | Stage::Cancelling) | None => return false,
        }
        true
    }

    /// Sends a cancellation request to a running job. A later request can only be more urgent.
    pub(in crate::engine) fn tell(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        let grace = match mode {
            CancelMode::Graceful(grace) => self.cx.clocks.elapsed(now).saturating_add(nanos(grace)),
            CancelMode::Immediate => 0,
        };
        let Some(record) = self.jobs.records.get_mut(key) else {
            return CancelStatus::TooLate;
        };
        let first = std::mem::replace(&mut record.stage, Stage::Cancelling) == Stage::Running;
        let cold = record.cold.get_or_insert_default();
        // Its time limit was a reason to try again; this is none. Nor does the reason count for which the
        // gate turned it away unseen, when a call asks before its executor has said so.
        cold.told
            .take_if(|told| first || *told == CancelReason::TimedOut);
        let why = *cold.told.get_or_insert(reason);
        let known = cold.grace.unwrap_or(NEVER);
        if first || grace < known {
            cold.grace = Some(grace);
            self.cx.deadlines.graces.remove(&(known, key));
            self.apply_grace(key, grace, why);
        }
        if first {
            self.publish(now, |_| EventKind::JobCancelling(id_of(key)));
        }
        CancelStatus::Requested
    }

    pub(in crate::engine) fn apply_grace(&mut self, key: Key, grace: u64, why: CancelReason) {
        if grace > 0 {
            self.cx.deadlines.graces.insert((grace, key));
            self.cx.deadlines.note(grace);
        }
        if let Some(cell) = self.cell_of(key) {
            let order = Order::new(cell, told_with(grace), why);
            self.cx.push(Action::Tell(order));
        }
    }

    /// Drops jobs whose grace has elapsed.
    pub(in crate::engine) fn handle_graces(&mut self, elapsed: u64) {
        for _ in 0..DUE_PER_TURN {
            let Some(&(_, key)) = self
                .cx
                .deadlines
                .graces
                .first()
                .filter(|first| first.0 <= elapsed)
            else {
                return;
            };
            self.cx.deadlines.graces.pop_first();
            let cold = self
                .jobs
                .records
                .get_mut(key)
                .and_then(|job| job.cold.as_mut());
            let Some(cold) = cold else {
                continue;
            };
            cold.grace = Some(0);
            let why = cold.told.unwrap_or(CancelReason::Requested);
            self.apply_grace(key, 0, why);
        }
    }

    /// The cell of a running job that was claimed without one. `None` if it has been abandoned.
    pub(crate) fn attach_cell(&mut self, key: Key) -> Option<Arc<JobCell>> {
        let Some(record) = self.jobs.records.get_mut(key) else {
            return self.jobs.handling.attach_cell(key, &self.cx.host);
        };
        let is_new = record.cell.is_none();
        let cell = record.make_cell(key, &self.cx.host, &self.cx.clocks);
        // What was told since there is a cell, the cell was told.
        if let Some(why) = record.told().filter(|_| is_new) {
            let grace = record.cold.as_ref().and_then(|cold| cold.grace);
            cell.note_order(told_with(grace.unwrap_or(0)), why);
        }
        Some(cell)
    }
}

/// Creates the request for a body that is dropped at `grace`, or at once.
const fn told_with(grace: u64) -> Told {
    if grace == 0 { Told::Drop } else { Told::End }
}
