//! Ends schedules whose triggers have ended, once no run is buffered.
//!
//! A trigger may end while runs wait for an earlier run, for their pace, or for the end of a pause.
//! Until they have left the buffer, the schedule stays listed, and can be paused, resumed and
//! removed.

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

    /// Removes an ended schedule from the list when no run is buffered, and drops an unlisted one when none of
    /// its runs is left.
    pub(in crate::engine) fn drop_if_done(&mut self, key: Key, cx: &mut Cx) {
        let Some(record) = self.get(key) else {
            return;
        };
        let (ended, is_listed) = (record.ended, !record.over);
        // Only a listed schedule can be resumed.
        let is_held = record.is_paused() && self.is_occupied(key);
        let may_run = is_listed && ended.is_none() || self.is_undecided(key);
        if record.keeps_late_runs() || may_run {
            return;
        }
        if is_listed {
            let is_to_go =
                !self.keeps_runs(key) && !is_held && ended != Some(ScheduleEnd::NeverDue);
            if !is_to_go {
                return;
            }
            self.leave_list(key, ended, cx);
        }
        let is_backfilled = self.get(key).is_some_and(ScheduleRecord::is_backfilled);
        if !self.is_occupied(key) && !is_backfilled {
            self.discard_schedule(key, cx);
        }
    }

    fn leave_list(&mut self, key: Key, ended: Option<ScheduleEnd>, cx: &mut Cx) {
        let id = self.unlist(key);
        // A fault was published when it happened.
        if let Some(id) = id.filter(|_| ended == Some(ScheduleEnd::Exhausted)) {
            cx.publish(|| EventKind::ScheduleExhausted(id));
        }
    }
}
