//! A shutdown that drains: accepted jobs that are due still start, and no further instant becomes
//! due (`SD-007`, `SD-009`).

use std::collections::BTreeMap;

use scheduler_core::State;

use super::{JobState, Machine, ScheduleState, Stage, closing::ClosingPhase};
use crate::model::scenario::Millis;

impl Machine {
    /// Removes all schedules. Returns those with a due instant or a buffered run.
    pub(super) fn take_due_schedules(&mut self) -> BTreeMap<u16, ScheduleState> {
        let now = self.now;
        let mut schedules = std::mem::take(&mut self.schedules);
        schedules.retain(|_, schedule| schedule.is_due(now) || !schedule.kept.is_empty());
        schedules
    }

    /// Returns whether accepted jobs start when it is their turn.
    pub(super) fn starts_jobs(&self) -> bool {
        let drains = self.closing.as_ref().is_some_and(|closing| closing.drains);
        self.state == State::Running || drains
    }

    /// Returns whether a job that has not started may still start in the shutdown.
    pub(super) fn drains_job(&self, job: &JobState) -> bool {
        let closing = self.closing.as_ref().filter(|closing| closing.drains);
        // No call can resume its queue any longer (`QU-009`).
        let closing = closing.filter(|_| !self.is_queue_paused(job.script.policy.queue));
        closing.is_some_and(|closing| match job.stage {
            Stage::Delayed(due) => due.is_some_and(|due| due <= closing.began),
            Stage::Queued | Stage::Throttled | Stage::Deciding => true,
            Stage::Retrying(_) => !job.attempts.is_too_late,
            _ => false,
        })
    }

    /// Marks the jobs whose next attempt would be due only after the drain (`RY-013`).
    pub(super) fn give_up_late_retries(&mut self, end: Option<Millis>) {
        for job in self.jobs_mut() {
            let late = |at: Millis| end.is_some_and(|end| at >= end);
            job.attempts.is_too_late = matches!(job.stage, Stage::Retrying(at) if late(at));
        }
    }

    /// Returns whether an attempt that is due at `due` may begin, given the end of the drain.
    pub(super) fn may_begin_at(&self, due: Millis) -> bool {
        let Some(closing) = &self.closing else {
            return true;
        };
        let in_drain = closing.drains && closing.phase == ClosingPhase::Drain;
        in_drain && closing.until.is_none_or(|until| due < until)
    }

    /// Returns whether an accepted job or a due instant may still start in the shutdown (`SD-007`).
    pub(super) fn has_more_to_drain(&self) -> bool {
        self.has_undecided() || self.jobs.values().any(|job| self.drains_job(job))
    }

    /// Returns whether the shutdown must still decide about an instant.
    pub(super) fn has_undecided(&self) -> bool {
        let Some(closing) = &self.closing else {
            return false;
        };
        let mut undecided = closing.undecided.values();
        undecided.any(|schedule| schedule.is_due(closing.began))
    }

    /// Returns whether the drain has ended.
    pub(in crate::model) fn has_drained(&self) -> bool {
        let closing = self.closing.as_ref();
        closing.is_some_and(|closing| closing.phase != ClosingPhase::Drain)
    }

    /// Returns the present time, or the time at which the shutdown began.
    pub(super) fn horizon(&self) -> Millis {
        let closing = self.closing.as_ref();
        closing.map_or(self.now, |closing| closing.began)
    }

    /// Returns the schedule with this id, even if it was removed and the shutdown still decides
    /// about its instants.
    pub(super) fn deciding(&self, id: u16) -> Option<&ScheduleState> {
        let undecided = || self.closing.as_ref()?.undecided.get(&id);
        self.schedules.get(&id).or_else(undecided)
    }

    /// Returns the schedule as [`deciding`](Self::deciding) does, to change it.
    pub(super) fn deciding_mut(&mut self, id: u16) -> Option<&mut ScheduleState> {
        let closing = self.closing.as_mut();
        let undecided = closing.and_then(|closing| closing.undecided.get_mut(&id));
        self.schedules.get_mut(&id).or(undecided)
    }

    /// Ends the drain: waiting jobs no longer start.
    pub(super) fn end_drain(&mut self) {
        let Some(closing) = &mut self.closing else {
            return;
        };
        self.groups.clear();
        closing.drains = false;
        for (id, schedule) in std::mem::take(&mut closing.undecided) {
            self.give_up(id, &schedule, "Shutdown");
        }
    }
}

impl ScheduleState {
    fn is_due(&self, now: Millis) -> bool {
        self.next.is_some_and(|at| at <= now)
    }
}
