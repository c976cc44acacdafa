//! Adds, lists and removes schedules.

use std::collections::{BTreeSet, btree_map::Entry};

use chrono::{DateTime, Utc};

use super::{Schedules, plan::PlanRequest, record::ScheduleRecord};
use crate::{
    Conflict, Error, EventKind, Now, Operation, Result, Schedule, ScheduleChange, ScheduleId,
    ScheduleInfo, SkipReason, Task,
    engine::{Discarded, Engine, Key, cx::Cx, time::Kind},
    permit,
};

impl Schedules {
    /// Checks whether each schedule can be added after those before it.
    fn check_all(&self, schedules: &[Schedule], cx: &Cx) -> Result<()> {
        permit(cx.lifecycle.state(), Operation::Add)?;
        let mut new = BTreeSet::new();
        for schedule in schedules {
            schedule.validate()?;
            schedule.task.validate()?;
            let Some(id) = &schedule.id else { continue };
            let taken = !new.insert(id) || self.ids.contains_key(id);
            if taken && schedule.conflict == Conflict::Refuse {
                return Err(Error::DuplicateId(id.clone()));
            }
        }
        Ok(())
    }

    /// Queues the unused values of a schedule or change to be dropped after unlocking.
    pub(in crate::engine) fn discard_later(&mut self, change: ScheduleChange, cx: &mut Cx) {
        if !change.is_spent() {
            cx.discard(Discarded::Change(Box::new(change)));
        }
    }

    fn next_schedule_id(&mut self) -> ScheduleId {
        loop {
            self.made_up += 1;
            let id = ScheduleId::new(format!("schedule-{}", self.made_up));
            if !self.ids.contains_key(&id) {
                return id;
            }
        }
    }

    /// Removes a schedule from the list. Its record stays until its runs have finished.
    pub(in crate::engine) fn unlist(&mut self, key: Key) -> Option<ScheduleId> {
        let record = self.get_mut(key)?;
        record.over = true;
        record.nominal = None;
        let id = record.id.clone();
        self.ids.remove(&id);
        self.keep_history(key);
        Some(id)
    }

    pub(in crate::engine) fn discard_schedule(&mut self, key: Key, cx: &mut Cx) {
        if let Some(record) = self.records.remove(key) {
            cx.discard(Discarded::Schedule(Box::new(record)));
        }
    }

    pub(in crate::engine) fn key_of_schedule(&self, id: &ScheduleId) -> Result<Key> {
        let key = self.ids.get(id).copied();
        key.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    pub(in crate::engine) fn listed(&self, id: &ScheduleId) -> Result<&ScheduleRecord> {
        let record = self.get(self.key_of_schedule(id)?);
        record.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    #[cfg(test)]
    pub(in crate::engine) fn schedule_info(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        self.info(self.key_of_schedule(id).ok()?)
    }

    /// Returns the state of a schedule at `now`.
    pub(in crate::engine) fn schedule_info_at(
        &self,
        id: &ScheduleId,
        cx: &Cx,
    ) -> Option<ScheduleInfo> {
        self.info_at(self.key_of_schedule(id).ok()?, cx)
    }

    pub(in crate::engine) fn schedule_infos_at(&self, cx: &Cx) -> Vec<ScheduleInfo> {
        let keys = self.ids.values();
        keys.filter_map(|&key| self.info_at(key, cx)).collect()
    }

    fn info_at(&self, key: Key, cx: &Cx) -> Option<ScheduleInfo> {
        let mut info = self.info(key)?;
        self.note_cursor(key, &mut info, cx);
        Some(info)
    }

    fn info(&self, key: Key) -> Option<ScheduleInfo> {
        let (running, kept) = self.occupancy(key);
        Some(self.get(key)?.info(running, kept))
    }

    /// Returns what a preview needs without the lock: the trigger and the cursor.
    pub(in crate::engine) fn preview(
        &self,
        id: &ScheduleId,
        cx: &Cx,
    ) -> Result<(PlanRequest, Option<DateTime<Utc>>)> {
        let key = self.key_of_schedule(id)?;
        let record = self.listed(id)?;
        Ok((
            record.question(key, self.ask_first(record, cx)),
            record.nominal,
        ))
    }
}

impl Engine {
    pub(crate) fn add(&mut self, schedule: Schedule, now: &Now) -> Result<ScheduleId> {
        self.cx.begin(now);
        if let Err(error) = self.check_schedule(&schedule) {
            self.schedules
                .discard_later(ScheduleChange::all(schedule), &mut self.cx);
            return Err(error);
        }
        self.notice_step(now);
        let id = schedule
            .id
            .clone()
            .unwrap_or_else(|| self.schedules.next_schedule_id());
        // Looked up once, because comparing ids is expensive with many schedules.
        let key = match self.schedules.ids.entry(id.clone()) {
            Entry::Occupied(taken) => {
                let key = *taken.get();
                return self.add_again(id, key, schedule, now);
            }
            Entry::Vacant(place) => {
                let mut record = ScheduleRecord::added(id.clone(), schedule, &self.cx);
                self.schedules.departed.revive(&mut record);
                *place.insert(self.schedules.records.insert(record))
            }
        };
        self.publish(now, |_| EventKind::ScheduleAdded(id.clone()));
        if self.cx.lifecycle.has_started() {
            self.schedules.request_first(key, &mut self.cx);
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
                self.schedules
                    .discard_later(ScheduleChange::all(schedule), &mut self.cx);
                Err(Error::DuplicateId(id))
            }
            Conflict::Keep => {
                self.schedules
                    .discard_later(ScheduleChange::all(schedule), &mut self.cx);
                Ok(id)
            }
            Conflict::Replace => self.replace_schedule(id, key, schedule, now),
        }
    }

    fn check_schedule(&mut self, schedule: &Schedule) -> Result<()> {
        permit(self.cx.lifecycle.state(), Operation::Add)?;
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
        if let Err(error) = self.schedules.check_all(&schedules, &self.cx) {
            for refused in schedules {
                self.schedules
                    .discard_later(ScheduleChange::all(refused), &mut self.cx);
            }
            return Err(error);
        }
        schedules
            .into_iter()
            .map(|one| self.add(one, now))
            .collect()
    }

    /// Validates the policy of the task, and stores it.
    pub(in crate::engine) fn check_task(&mut self, task: &Task) -> Result<()> {
        task.validate()?;
        if let Some(policy) = &task.policy {
            self.jobs.note_priority(policy);
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, id: &ScheduleId, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::Remove)?;
        let key = self.schedules.key_of_schedule(id)?;
        self.ask_about_schedules();
        self.schedules
            .drop_kept(key, SkipReason::ScheduleRemoved, &mut self.cx);
        self.schedules
            .retire(key, None, SkipReason::ScheduleRemoved, &mut self.cx);
        self.end_backfills_of(key, now);
        let runs = self.schedules.runs_of(key);
        self.schedules.unlist(key);
        self.publish(now, |_| EventKind::ScheduleRemoved(id.clone()));
        for job in runs {
            self.prevent_starts(job, now);
        }
        self.schedules.drop_if_done(key, &mut self.cx);
        self.fill(now);
        Ok(())
    }

    /// Drops every schedule, for a shutdown.
    pub(in crate::engine) fn discard_schedules(&mut self, now: &Now) {
        let keys: Vec<Key> = self.schedules.keys();
        for &key in &keys {
            self.schedules
                .drop_kept(key, SkipReason::Shutdown, &mut self.cx);
            self.schedules
                .retire(key, None, SkipReason::Shutdown, &mut self.cx);
        }
        self.schedules.departed.keep_all();
        self.schedules.ids.clear();
        self.schedules.on_wall = 0;
        self.cx.deadlines.clear_all(Kind::Pace);
        self.schedules.groups.clear();
        for key in keys {
            self.schedules.keep_history(key);
            if let Some(record) = self.schedules.records.remove(key) {
                self.discard(Discarded::Schedule(Box::new(record)));
            }
        }
        self.schedules.undecided.clear();
        self.drop_questions(now);
    }
}
