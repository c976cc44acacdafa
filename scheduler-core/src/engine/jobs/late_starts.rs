//! Checks at the start of a run: whether it may still start.
//!
//! A run is decided when its instant is due, and may start much later because of an earlier run, its pace, its
//! rate limit or a missing permit. The catch-up window and the hours apply to the start (`MF-006`, `MF-007`).

use super::{AttemptState, JobRecord, Jobs, RunEnded, Stage, StartRules, Wait};
use crate::{
    SkipReason,
    engine::{Cx, Key, occurrence::Occurrence},
    job::CancelReason,
};

impl Jobs {
    /// Returns why the first attempt of a job may no longer begin.
    fn too_late_to_begin(
        &self,
        job: Key,
        rules: &impl StartRules,
        cx: &Cx,
    ) -> Option<CancelReason> {
        let record = self.records.get(job)?;
        let begins = |attempts: &AttemptState| attempts.started == 0;
        let what = record
            .watched()
            .filter(|_| record.attempts().is_none_or(begins))?;
        let schedule = record.schedule()?;
        let reason = rules.too_late(schedule, what, cx)?;
        Some(match reason {
            SkipReason::OutsideHours => CancelReason::OutsideHours,
            _ => CancelReason::Expired,
        })
    }

    /// Marks the first job in the queue to be prevented if it is too late to start. Returns whether it is.
    pub(super) fn prevents_late(&mut self, job: Key, rules: &impl StartRules, cx: &mut Cx) -> bool {
        let is_late = self.too_late_to_begin(job, rules, cx).is_some();
        if is_late {
            self.set_to_prevent(job, cx);
        }
        is_late
    }

    /// Marks a job at the head of the queue to be prevented by the driver's next turn, because its end may start
    /// others while the queue is being iterated.
    pub(super) fn set_to_prevent(&mut self, job: Key, cx: &mut Cx) {
        self.outside.too_late.push(job);
        cx.deadlines.note(0);
    }

    /// Returns whether the driver's next turn has jobs to prevent.
    pub(in crate::engine) const fn has_to_prevent(&self) -> bool {
        !self.outside.too_late.is_empty()
    }

    /// Takes the jobs that are too late to start, or whose schedules can no longer be resumed.
    pub(in crate::engine) fn take_to_prevent(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.outside.too_late)
    }

    /// Finishes a job that `take_to_prevent` returned, unless it has left the queue.
    pub(in crate::engine) fn prevent_late(
        &mut self,
        job: Key,
        rules: &impl StartRules,
        cx: &mut Cx,
    ) -> Option<RunEnded> {
        if !self.is_queued(job) {
            return None;
        }
        // Time or the hours may have changed since.
        let reason = match self.too_late_to_begin(job, rules, cx) {
            None if cx.lifecycle.drains() && self.is_paused(job, rules) => CancelReason::Shutdown,
            reason => reason.unwrap_or(CancelReason::Expired),
        };
        self.prevent(job, reason, cx)
    }

    /// Returns whether a job with a permit is too late to begin, and records the reason.
    pub(super) fn begins_too_late(&mut self, job: Key, rules: &impl StartRules, cx: &Cx) -> bool {
        let reason = self.too_late_to_begin(job, rules, cx);
        let extras = self
            .records
            .get_mut(job)
            .and_then(|job| job.extras.as_mut());
        let (Some(reason), Some(extras)) = (reason, extras) else {
            return false;
        };
        extras.cancel_reason = Some(reason);
        true
    }

    /// Returns whether a drain until `end` runs a waiting job.
    pub(in crate::engine) fn is_drained(
        &self,
        job: Key,
        end: u64,
        rules: &impl StartRules,
        cx: &Cx,
    ) -> bool {
        let record = self.records.get(job);
        let is_due = record.is_some_and(|record| record.is_due(cx.elapsed(), end));
        // Neither its queue nor its schedule can be resumed any longer, so that the wait would never end.
        is_due && !self.is_paused(job, rules)
    }

    /// Returns whether the job is in a paused queue, or a run of a paused schedule.
    pub(super) fn is_paused(&self, job: Key, rules: &impl StartRules) -> bool {
        self.queues.get(self.queue_of(job)).is_paused()
            || self.wait_of(job, rules) == Some(Wait::Paused)
    }
}

impl JobRecord {
    /// Returns whether the job is due at `elapsed`, or waits for a retry before `end`.
    const fn is_due(&self, elapsed: u64, end: u64) -> bool {
        match self.stage {
            Stage::Queued
            | Stage::Throttled
            | Stage::Limited
            | Stage::Surplus
            | Stage::Deciding => true,
            Stage::Delayed => self.due <= elapsed,
            Stage::Retrying => self.due < end,
            Stage::Parked | Stage::Running | Stage::Cancelling => false,
        }
    }

    /// Returns the run, if the time of its start matters.
    pub(in crate::engine) fn watched(&self) -> Option<&Occurrence> {
        self.extras.as_ref()?.watched.as_deref()
    }
}
