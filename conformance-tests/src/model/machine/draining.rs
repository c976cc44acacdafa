//! A shutdown that drains: accepted jobs that are due still start, nothing new becomes due (`SD-007`,
//! `SD-009`).

use std::collections::BTreeMap;

use scheduler_core::State;

use super::{JobState, Machine, ScheduleState, Stage, closing::ClosingPhase};
use crate::model::scenario::Millis;

impl Machine {
    /// Ends all schedules: those of which an instant is due are returned.
    pub(super) fn take_due_schedules(&mut self) -> BTreeMap<u16, ScheduleState> {
        let now = self.now;
        let mut schedules = std::mem::take(&mut self.schedules);
        schedules.retain(|_, schedule| schedule.next.is_some_and(|at| at <= now));
        schedules
    }

    /// Whether accepted jobs start when it is their turn.
    pub(super) fn starts_jobs(&self) -> bool {
        let drains = self.closing.as_ref().is_some_and(|closing| closing.drains);
        self.state == State::Running || drains
    }

    /// Whether a job that has not started may still start in the shutdown.
    pub(super) fn drains_job(&self, job: &JobState) -> bool {
        let closing = self.closing.as_ref().filter(|closing| closing.drains);
        closing.is_some_and(|closing| match job.stage {
            Stage::Delayed(due) => due.is_some_and(|due| due <= closing.began),
            Stage::Queued => true,
            _ => false,
        })
    }

    /// Whether anything that was accepted is still to start in the shutdown (`SD-007`).
    pub(super) fn has_more_to_drain(&self) -> bool {
        self.has_undecided() || self.jobs.values().any(|job| self.drains_job(job))
    }

    /// Whether the shutdown is still to decide about an instant.
    pub(super) fn has_undecided(&self) -> bool {
        let closing = self.closing.as_ref();
        closing.is_some_and(|closing| !closing.undecided.is_empty())
    }

    /// Whether the time of the drain was over.
    pub(in crate::model) fn has_drained(&self) -> bool {
        let closing = self.closing.as_ref();
        closing.is_some_and(|closing| closing.phase != ClosingPhase::Drain)
    }

    /// The time, or the one at which the shutdown began.
    pub(super) fn horizon(&self) -> Millis {
        let closing = self.closing.as_ref();
        closing.map_or(self.now, |closing| closing.began)
    }

    /// The schedule whose instants are decided about under that id.
    pub(super) fn deciding(&self, id: u16) -> Option<&ScheduleState> {
        let undecided = || self.closing.as_ref()?.undecided.get(&id);
        self.schedules.get(&id).or_else(undecided)
    }

    /// The same, to be changed.
    pub(super) fn deciding_mut(&mut self, id: u16) -> Option<&mut ScheduleState> {
        let closing = self.closing.as_mut();
        let undecided = closing.and_then(|closing| closing.undecided.get_mut(&id));
        self.schedules.get_mut(&id).or(undecided)
    }

    /// All instants of the schedule have been decided about, as far as the shutdown is concerned.
    pub(super) fn note_decided(&mut self, id: u16) {
        if let Some(closing) = &mut self.closing {
            closing.undecided.remove(&id);
        }
    }

    /// Waiting jobs no longer start.
    pub(super) fn end_drain(&mut self) {
        let Some(closing) = &mut self.closing else {
            return;
        };
        closing.drains = false;
        for (id, schedule) in std::mem::take(&mut closing.undecided) {
            self.give_up(id, &schedule, "Shutdown");
        }
    }
}
