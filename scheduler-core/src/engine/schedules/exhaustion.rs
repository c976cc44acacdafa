//! Ends schedules whose triggers have ended, once none of their runs is left.
//!
//! A trigger may end while runs wait for an earlier run, for their pace, for a permit or for the end
//! of a pause, or while they run. Until they have ended, the schedule stays listed, and can be paused,
//! resumed and removed. Its id is free for a new schedule as soon as no run is buffered, so that a run
//! may add the next schedule under its own id.

use std::sync::Arc;

use super::{Schedules, record::ScheduleRecord};
use crate::{
    EventKind, ScheduleEnd, ScheduleId,
    engine::{Key, cx::Cx},
};

impl Schedules {
    /// Handles the end of a schedule's trigger.
    pub(super) fn end_trigger(&mut self, key: Key, end: ScheduleEnd, cx: &mut Cx) {
        if let Some(record) = self.get_mut(key) {
            record.nominal = None;
            record.ended = Some(end);
        }
        self.drop_if_done(key, cx);
    }

    /// Returns whether a schedule has no further instant.
    pub(in crate::engine) fn has_ended(&self, id: &ScheduleId) -> bool {
        self.listed(id).is_ok_and(|record| record.ended.is_some())
    }

    /// Handles a fault of a schedule's trigger.
    pub(super) fn handle_fault(&mut self, key: Key, problem: &Arc<str>, cx: &mut Cx) {
        if let Some(record) = self.get(key) {
            let schedule = record.id.clone();
            cx.publish(|| EventKind::ScheduleFaulted {
                schedule,
                problem: problem.clone(),
            });
        }
        self.end_trigger(key, ScheduleEnd::Faulted, cx);
    }

    /// Removes an ended schedule from the list, and drops an unlisted one, when none of its runs is left.
    pub(in crate::engine) fn drop_if_done(&mut self, key: Key, cx: &mut Cx) {
        let Some(record) = self.get(key) else {
            return;
        };
        let (ended, is_listed) = (record.ended, !record.over);
        let may_run = is_listed && ended.is_none() || self.is_undecided(key);
        if record.keeps_late_runs() || may_run || self.is_occupied(key) {
            return;
        }
        if is_listed {
            if ended == Some(ScheduleEnd::NeverDue) {
                return;
            }
            self.leave_list(key, ended, cx);
        }
        if !self.get(key).is_some_and(ScheduleRecord::is_backfilled) {
            self.discard_schedule(key, cx);
        }
    }

    /// Returns whether nothing of a schedule is left but the run that is ending.
    pub(super) fn is_last_run(&self, key: Key) -> bool {
        let is_over = |record: &ScheduleRecord| record.ended.is_some() && !record.keeps_late_runs();
        self.get(key).is_some_and(is_over) && self.occupied_by(key) <= 1
    }

    /// Returns whether a listed schedule keeps its id for itself. One that has ended does not, unless runs of it
    /// are buffered or held by its pause.
    pub(super) fn keeps_id(&self, key: Key) -> bool {
        let Some(record) = self.get(key) else {
            return false;
        };
        let has_ended = matches!(
            record.ended,
            Some(ScheduleEnd::Exhausted | ScheduleEnd::Faulted)
        );
        !has_ended || record.keeps_late_runs() || record.is_paused() || self.keeps_runs(key)
    }

    /// Returns whether a schedule keeps this id for itself.
    pub(super) fn is_taken(&self, id: &ScheduleId) -> bool {
        self.ids.get(id).is_some_and(|&key| self.keeps_id(key))
    }

    /// Removes an ended schedule from the list, because a new one takes its id.
    pub(super) fn yield_id(&mut self, key: Key, cx: &mut Cx) {
        let ended = self.get(key).and_then(|record| record.ended);
        self.leave_list(key, ended, cx);
        self.drop_if_done(key, cx);
    }

    fn leave_list(&mut self, key: Key, ended: Option<ScheduleEnd>, cx: &mut Cx) {
        let id = self.unlist(key);
        // A fault was published when it happened.
        if let Some(id) = id.filter(|_| ended == Some(ScheduleEnd::Exhausted)) {
            cx.publish(|| EventKind::ScheduleExhausted(id));
        }
    }
}
