//! Adds, lists and removes schedules.

use std::collections::{BTreeSet, btree_map::Entry};

use chrono::{DateTime, Utc};

use super::{plan::PlanRequest, record::ScheduleRecord};
use crate::{
    Conflict, Error, EventKind, Now, Operation, Result, Schedule, ScheduleChange, ScheduleId,
    ScheduleInfo, SkipReason, Task,
    engine::{Discarded, Engine, Key},
    permit,
};

impl Engine {
    pub(crate) fn add(&mut self, schedule: Schedule, now: &Now) -> Result<ScheduleId> {
        self.cx.begin(now);
        if let Err(error) = self.check_schedule(&schedule) {
            self.discard_later(ScheduleChange::all(schedule));
            return Err(error);
        }
        self.notice_step(now);
        let id = schedule
            .id
            .clone()
            .unwrap_or_else(|| self.next_schedule_id());
        // Looked up once, because comparing ids is expensive with many schedules.
        let key = match self.schedules.ids.entry(id.clone()) {
            Entry::Occupied(taken) => {
                let key = *taken.get();
                return self.add_again(id, key, schedule, now);
            }
            Entry::Vacant(place) => {
                let mut record = ScheduleRecord::added(id.clone(), schedule, &self.cx.clocks, now);
                self.schedules.departed.revive(&mut record);
                *place.insert(self.schedules.records.insert(record))
            }
        };
        self.publish(now, |_| EventKind::ScheduleAdded(id.clone()));
        if self.has_started() {
            self.request_first(key, now);
        }
        Ok(id)
    }

    /// Error for an existing id.
    fn add_again(
        &mut self,
        id: ScheduleId,
        key: Key,
        schedule: Schedule,
        now: &Now,
    ) -> Result<ScheduleId> {
        match schedule.conflict {
            Conflict::Refuse => {
                self.discard_later(ScheduleChange::all(schedule));
                Err(Error::DuplicateId(id))
            }
            Conflict::Keep => {
                self.discard_later(ScheduleChange::all(schedule));
                Ok(id)
            }
            Conflict::Replace => self.replace_schedule(id, key, schedule, now),
        }
    }

    fn check_schedule(&mut self, schedule: &Schedule) -> Result<()> {
        permit(self.cx.lifecycle.state, Operation::Add)?;
        schedule.validate()?;
        self.check_task(&schedule.task)
    }

    /// Adds all schedules or none.
    pub(crate) fn add_all(
        &mut self,
        schedules: Vec<Schedule>,
        now: &Now,
    ) -> Result<Vec<ScheduleId>> {
        self.cx.begin(now);
        if let Err(error) = self.check_all(&schedules) {
            for refused in schedules {
                self.discard_later(ScheduleChange::all(refused));
            }
            return Err(error);
        }
        schedules
            .into_iter()
            .map(|one| self.add(one, now))
            .collect()
    }

    /// Checks whether each schedule can be added after those before it.
    fn check_all(&self, schedules: &[Schedule]) -> Result<()> {
        permit(self.cx.lifecycle.state, Operation::Add)?;
        let mut new = BTreeSet::new();
        for schedule in schedules {
            schedule.validate()?;
            schedule.task.validate()?;
            let Some(id) = &schedule.id else { continue };
            let taken = !new.insert(id) || self.schedules.ids.contains_key(id);
            if taken && schedule.conflict == Conflict::Refuse {
                return Err(Error::DuplicateId(id.clone()));
            }
        }
        Ok(())
    }

    /// Validates the policy of the task, and stores it.
    pub(in crate::engine) fn check_task(&mut self, task: &Task) -> Result<()> {
        task.validate()?;
        if let Some(policy) = &task.policy {
            self.note_priority(policy);
        }
        Ok(())
    }

    /// Queues the unused values of a schedule or change to be dropped after unlocking.
    pub(in crate::engine) fn discard_later(&mut self, change: ScheduleChange) {
        if !change.is_spent() {
            self.discard(Discarded::Change(Box::new(change)));
        }
    }

    fn next_schedule_id(&mut self) -> ScheduleId {
        loop {
            self.schedules.made_up += 1;
            let id = ScheduleId::new(format!("schedule-{}", self.schedules.made_up));
            if !self.schedules.ids.contains_key(&id) {
                return id;
            }
        }
    }

    /// Removes a schedule from the list. Its record stays until its runs have finished.
    pub(in crate::engine) fn unlist(&mut self, key: Key) -> Option<ScheduleId> {
        let record = self.schedules.get_mut(key)?;
        record.over = true;
        record.nominal = None;
        let id = record.id.clone();
        self.schedules.ids.remove(&id);
        self.keep_history(key);
        Some(id)
    }

    pub(in crate::engine) fn discard_schedule(&mut self, key: Key) {
        if let Some(record) = self.schedules.records.remove(key) {
            self.discard(Discarded::Schedule(Box::new(record)));
        }
    }

    pub(crate) fn remove(&mut self, id: &ScheduleId, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state, Operation::Remove)?;
        let key = self.key_of_schedule(id)?;
        self.ask_about_schedules();
        self.drop_kept(key, SkipReason::ScheduleRemoved, now);
        self.retire(key, None, SkipReason::ScheduleRemoved, now);
        self.end_backfills_of(key, now);
        let runs = self.runs_of(key);
        self.unlist(key);
        self.publish(now, |_| EventKind::ScheduleRemoved(id.clone()));
        for job in runs {
            self.prevent_starts(job, now);
        }
        self.drop_if_done(key, now);
        self.fill(now);
        Ok(())
    }

    /// Drops every schedule, for a shutdown.
    pub(in crate::engine) fn discard_schedules(&mut self, now: &Now) {
        let keys: Vec<Key> = self.schedules.keys();
        for &key in &keys {
            self.drop_kept(key, SkipReason::Shutdown, now);
            self.retire(key, None, SkipReason::Shutdown, now);
        }
        self.schedules.departed.keep_all();
        self.schedules.ids.clear();
        self.schedules.on_wall = 0;
        self.cx.deadlines.paces.clear();
        self.schedules.groups.clear();
        for key in keys {
            self.keep_history(key);
            if let Some(record) = self.schedules.records.remove(key) {
                self.discard(Discarded::Schedule(Box::new(record)));
            }
        }
        self.schedules.undecided.clear();
        self.drop_questions(now);
    }

    pub(in crate::engine) fn key_of_schedule(&self, id: &ScheduleId) -> Result<Key> {
        let key = self.schedules.ids.get(id).copied();
        key.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    pub(in crate::engine) fn listed(&self, id: &ScheduleId) -> Result<&ScheduleRecord> {
        let record = self.schedules.get(self.key_of_schedule(id)?);
        record.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    #[cfg(test)]
    pub(crate) fn schedule_info(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        self.info(self.key_of_schedule(id).ok()?)
    }

    /// Returns the state of a schedule at `now`.
    pub(crate) fn schedule_info_at(&self, id: &ScheduleId, now: &Now) -> Option<ScheduleInfo> {
        self.info_at(self.key_of_schedule(id).ok()?, now)
    }

    pub(crate) fn schedule_infos_at(&self, now: &Now) -> Vec<ScheduleInfo> {
        let keys = self.schedules.ids.values();
        keys.filter_map(|&key| self.info_at(key, now)).collect()
    }

    fn info_at(&self, key: Key, now: &Now) -> Option<ScheduleInfo> {
        let mut info = self.info(key)?;
        self.note_cursor(key, &mut info, now);
        Some(info)
    }

    fn info(&self, key: Key) -> Option<ScheduleInfo> {
        let (running, kept) = self.occupancy(key);
        Some(self.schedules.get(key)?.info(running, kept))
    }

    /// Returns what a preview needs without the lock: the trigger and the cursor.
    pub(crate) fn preview(
        &self,
        id: &ScheduleId,
        now: &Now,
    ) -> Result<(PlanRequest, Option<DateTime<Utc>>)> {
        let key = self.key_of_schedule(id)?;
        let record = self.listed(id)?;
        Ok((
            record.question(key, self.ask_first(record, now)),
            record.nominal,
        ))
    }
}
