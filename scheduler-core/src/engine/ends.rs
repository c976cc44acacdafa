//! The end of a schedule's rule, and with it of the schedule, once nothing of it is to come.
//!
//! A rule may have no further instant while some are still kept: for an earlier run, for their turn
//! in catching up, for the end of a pause. Until they have had their turn the schedule stays on the
//! list, where it can be seen, paused, resumed and removed.

use std::sync::Arc;

use super::{Engine, slab::Key};
use crate::{EventKind, Now, ScheduleEnd, ScheduleId};

impl Engine {
    /// The rule of a schedule has come to its end.
    pub(super) fn end_rule(&mut self, key: Key, end: ScheduleEnd, now: &Now) {
        if let Some(record) = self.schedules.get_mut(key) {
            record.nominal = None;
            record.ended = Some(end);
        }
        self.drop_if_done(key, now);
    }

    /// Whether a schedule waits for no instant and never will.
    pub(crate) fn has_ended(&self, id: &ScheduleId) -> bool {
        self.listed(id).is_ok_and(|record| record.ended.is_some())
    }

    /// The trigger of a schedule did something that no trigger may.
    pub(super) fn fault(&mut self, key: Key, problem: &Arc<str>, now: &Now) {
        if let Some(record) = self.schedules.get(key) {
            let schedule = record.id.clone();
            self.publish(now, |_| EventKind::ScheduleFaulted {
                schedule,
                problem: problem.clone(),
            });
        }
        self.end_rule(key, ScheduleEnd::Faulted, now);
    }

    /// Takes a schedule off the list whose rule has ended and of which no instant is kept, and
    /// forgets one that is off the list when nothing of it runs or waits.
    pub(super) fn drop_if_done(&mut self, key: Key, now: &Now) {
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        let (ended, is_listed) = (record.ended, !record.over);
        // Only a listed schedule can be resumed.
        let is_held = record.is_paused() && self.is_occupied(key);
        let may_run = is_listed && ended.is_none() || self.is_undecided(key);
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
        if !self.is_occupied(key) && !self.is_backfilled(key) {
            self.discard_schedule(key);
        }
    }

    fn leave_list(&mut self, key: Key, ended: Option<ScheduleEnd>, now: &Now) {
        let id = self.unlist(key);
        // A fault was told when it came up.
        if let Some(id) = id.filter(|_| ended == Some(ScheduleEnd::Exhausted)) {
            self.publish(now, |_| EventKind::ScheduleExhausted(id));
        }
    }
}
