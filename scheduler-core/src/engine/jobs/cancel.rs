//! Cancels jobs.

use std::sync::Arc;

use super::{Jobs, RunEnded, Stage, id_of};
use crate::{
    EventKind,
    engine::{
        Action, Cx, Key,
        outbox::Order,
        time::{DUE_PER_TURN, Kind, NEVER, nanos},
    },
    job::{CancelMode, CancelReason, CancelRequest, CancelStatus, JobCell, JobOutcome},
};

impl Jobs {
    /// Requests the cancellation of a job (`JB-008` … `JB-012`).
    pub(in crate::engine) fn cancel(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        cx: &mut Cx,
    ) -> (CancelStatus, Option<RunEnded>) {
        match self.stage_of(key) {
            None if self.records.has_issued(key) => (CancelStatus::TooLate, None),
            None => (CancelStatus::Unknown, None),
            Some(Stage::Running | Stage::Cancelling) => {
                self.request_cancel(key, mode, reason, cx);
                (CancelStatus::Requested, None)
            }
            Some(_) => (CancelStatus::Prevented, self.prevent(key, reason, cx)),
        }
    }

    /// Cancels a job that is not running.
    #[must_use]
    pub(in crate::engine) fn prevent(
        &mut self,
        key: Key,
        reason: CancelReason,
        cx: &mut Cx,
    ) -> Option<RunEnded> {
        self.prevent_as(key, JobOutcome::Cancelled(reason), cx)
    }

    /// Finishes a job that is not running, with this outcome.
    pub(super) fn prevent_as(
        &mut self,
        key: Key,
        outcome: JobOutcome,
        cx: &mut Cx,
    ) -> Option<RunEnded> {
        if !self.stand_down(key, cx) {
            return None;
        }
        self.finish(key, outcome, cx)
    }

    /// Handles the removal of a job's schedule: a waiting job is cancelled, a running one is not
    /// retried (`SC-012`).
    #[must_use]
    pub(in crate::engine) fn prevent_starts(&mut self, key: Key, cx: &mut Cx) -> Option<RunEnded> {
        let extras = self
            .records
            .get_mut(key)
            .and_then(|job| job.extras.as_mut());
        if let Some(extras) = extras {
            extras.is_last = true;
        }
        self.prevent(key, CancelReason::ScheduleRemoved, cx)
    }

    /// Removes a job from the queue or timer in which it waits. Returns false if it did not wait.
    fn stand_down(&mut self, key: Key, cx: &mut Cx) -> bool {
        match self.stage_of(key) {
            Some(Stage::Queued) => {
                self.leave_lines(key, cx);
                self.unqueue(key, cx);
                self.tidy_queue(self.queue_of(key));
            }
            Some(Stage::Throttled | Stage::Limited) => {
                self.leave_lines(key, cx);
                self.free_slot(key, cx);
            }
            Some(Stage::Delayed) => {
                self.undelay(key);
                cx.disarm();
                self.tidy_unarmed();
            }
            Some(Stage::Retrying) => {
                self.outside.retrying -= 1;
                cx.disarm();
            }
            Some(Stage::Deciding) => self.outside.retrying -= 1,
            Some(Stage::Parked | Stage::Surplus) => self.leave_aside(key),
            Some(Stage::Running | Stage::Cancelling) | None => return false,
        }
        true
    }

    /// Sends a cancellation request to a running job. A later request can only be more urgent.
    pub(in crate::engine) fn request_cancel(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        cx: &mut Cx,
    ) {
        let grace = match mode {
            CancelMode::Graceful(grace) => cx.elapsed().saturating_add(nanos(grace)),
            CancelMode::Immediate => 0,
        };
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let first = std::mem::replace(&mut record.stage, Stage::Cancelling) == Stage::Running;
        let extras = record.extras.get_or_insert_default();
        // Its time limit was a reason to try again; this is none. Nor does the reason count for which the
        // gate turned it away unseen, when a call asks before its executor has said so.
        extras
            .cancel_reason
            .take_if(|reason| first || *reason == CancelReason::TimedOut);
        let why = *extras.cancel_reason.get_or_insert(reason);
        if first || grace < extras.grace.at().unwrap_or(NEVER) {
            self.set_grace(key, grace, why, cx);
        }
        if first {
            self.publish(key, || EventKind::JobCancelling(id_of(key)), cx);
        }
    }

    /// Sends the request to a running job, and sets the deadline at which its body is dropped; at
    /// once if `grace` is 0.
    fn set_grace(&mut self, key: Key, grace: u64, why: CancelReason, cx: &mut Cx) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let due = &mut record.extras.get_or_insert_default().grace;
        if grace == 0 {
            cx.deadlines.pass(Kind::Grace, key, due);
        } else {
            cx.deadlines.set(Kind::Grace, key, due, grace);
        }
        if let Some(cell) = self.cell_of(key) {
            let order = Order::new(cell, request_with(grace), why);
            cx.push(Action::RequestCancel(order));
        }
    }

    /// Drops jobs whose grace has elapsed.
    pub(in crate::engine) fn handle_graces(&mut self, cx: &mut Cx) {
        for _ in 0..DUE_PER_TURN {
            let Some(key) = cx.deadlines.pop_due(Kind::Grace, cx.elapsed()) else {
                return;
            };
            let reason = self
                .records
                .get(key)
                .and_then(|record| record.cancel_reason());
            self.set_grace(key, 0, reason.unwrap_or(CancelReason::Requested), cx);
        }
    }

    /// Finishes a running job whose runtime was dropped. The runtime may wait for a blocking thread, so the job
    /// gets a cancellation request.
    #[must_use]
    pub(in crate::engine) fn finish_lost(
        &mut self,
        key: Key,
        outcome: JobOutcome,
        cx: &mut Cx,
    ) -> Option<RunEnded> {
        self.set_grace(key, 0, CancelReason::Shutdown, cx);
        self.finish_running(key, outcome, cx)
    }

    /// Returns the cell of a running job, and creates it if there is none. Returns `None` if the
    /// job was abandoned.
    pub(in crate::engine) fn attach_cell(&mut self, key: Key, cx: &Cx) -> Option<Arc<JobCell>> {
        let Some(record) = self.records.get_mut(key) else {
            return self.handling.attach_cell(key, cx.host());
        };
        let is_new = record.cell.is_none();
        let cell = record.make_cell(key, cx);
        // A cell that already existed has received the request before.
        if let Some(why) = record.cancel_reason().filter(|_| is_new) {
            let grace = record.extras.as_ref().and_then(|extras| extras.grace.at());
            cell.note_order(request_with(grace.unwrap_or(0)), why);
        }
        Some(cell)
    }
}

/// Creates the request for a body that is dropped at the deadline `grace`, or at once if that is 0.
const fn request_with(grace: u64) -> CancelRequest {
    if grace == 0 {
        CancelRequest::Immediate
    } else {
        CancelRequest::Graceful
    }
}
