//! Ends schedules whose triggers have ended, once no run is buffered.
//!
//! A trigger may end while runs wait: for an earlier run, for their pace, or for the end of a pause. Until
//! then the schedule stays listed, and can be paused, resumed and removed.

use std::sync::Arc;

use super::record::ScheduleRecord;
use crate::{
    EventKind, Now, ScheduleEnd, ScheduleId,
    engine::{Engine, Key},
};

impl Engine {
    /// Handles the end of a schedule's trigger.
    pub(in crate::engine) fn end_rule(&mut self, key: Key, end: ScheduleEnd, now: &Now) {
        if let Some(record) = self.schedules.get_mut(key) {
            record.nominal = None;
            record.ended = Some(end);
        }
        self.drop_if_done(key, now);
    }

    /// Returns whether a schedule has no further instant.
    pub(crate) fn has_ended(&self, id: &ScheduleId) -> bool {
        self.listed(id).is_ok_and(|record| record.ended.is_some())
    }

    /// Handles a fault of a schedule's trigger.
    pub(in crate::engine) fn fault(&mut self, key: Key, problem: &Arc<str>, now: &Now) {
        if let Some(record) = self.schedules.get(key) {
            let schedule = record.id.clone();
            self.publish(now, |_| EventKind::ScheduleFaulted {
                schedule,
                problem: problem.clone(),
            });
        }
        self.end_rule(key, ScheduleEnd::Faulted, now);
    }

    /// Removes an ended schedule from the list when no run is buffered, and drops an unlisted one when none of
    /// its runs is left.
    pub(in crate::engine) fn drop_if_done(&mut self, key: Key, now: &Now) {
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        let (ended, is_listed) = (record.ended, !record.over);
        // Only a listed schedule can be resumed.
        let is_held = record.is_paused() && self.is_occupied(key);
        let may_run = is_listed && ended.is_none() || self.schedules.is_undecided(key);
        if record.keeps_late_runs() || may_run {
            return;
        }
        let (_, kept) = self.occupancy(key);
        if is_listed {
            let is_to_go = kept == 0 && !is_held && ended != Some(ScheduleEnd::NeverDue);
            if !is_to_go {
                return;
            }
            self.leave_list(key, ended, now);
        }
        let is_backfilled = self
            .schedules
            .get(key)
            .is_some_and(ScheduleRecord::is_backfilled);
        if !self.is_occupied(key) && !is_backfilled {
            self.discard_schedule(key);
        }
    }

    fn leave_list(&mut self, key: Key, ended: Option<ScheduleEnd>, now: &Now) {
        let id = self.unlist(key);
        // A fault was published when it happened.
        if let Some(id) = id.filter(|_| ended == Some(ScheduleEnd::Exhausted)) {
            self.publish(now, |_| EventKind::ScheduleExhausted(id));
        }
    }
}
