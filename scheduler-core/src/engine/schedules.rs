//! The schedules there are: added, listed, removed, over.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{
    Discarded, Engine, PlanRequest,
    history::DEPARTED,
    record::{Held, ScheduleRecord},
    slab::Key,
};
use crate::{
    Conflict, Error, EventKind, Now, Operation, Result, Schedule, ScheduleChange, ScheduleId,
    ScheduleInfo, SkipReason, Task, permit,
};

impl Engine {
    pub(crate) fn add(&mut self, schedule: Schedule, now: &Now) -> Result<ScheduleId> {
        if let Err(error) = self.check_schedule(&schedule) {
            self.discard_later(ScheduleChange::all(schedule));
            return Err(error);
        }
        let id = schedule
            .id
            .clone()
            .unwrap_or_else(|| self.next_schedule_id());
        match self.schedule_ids.get(&id) {
            None => self.insert(id.clone(), schedule, now),
            Some(&key) => match schedule.conflict {
                Conflict::Refuse => {
                    self.discard_later(ScheduleChange::all(schedule));
                    return Err(Error::DuplicateId(id));
                }
                Conflict::Keep => self.discard_later(ScheduleChange::all(schedule)),
                Conflict::Replace => return self.replace_schedule(id, key, schedule, now),
            },
        }
        Ok(id)
    }

    fn check_schedule(&mut self, schedule: &Schedule) -> Result<()> {
        permit(self.state, Operation::Add)?;
        schedule.validate()?;
        self.check_task(&schedule.task)
    }

    /// Adds all of them, or none.
    pub(crate) fn add_all(
        &mut self,
        schedules: Vec<Schedule>,
        now: &Now,
    ) -> Result<Vec<ScheduleId>> {
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

    /// Whether each could be added, after those before it.
    fn check_all(&self, schedules: &[Schedule]) -> Result<()> {
        permit(self.state, Operation::Add)?;
        let mut new = BTreeSet::new();
        for schedule in schedules {
            schedule.validate()?;
            schedule.task.validate()?;
            let Some(id) = &schedule.id else { continue };
            let taken = !new.insert(id) || self.schedule_ids.contains_key(id);
            if taken && schedule.conflict == Conflict::Refuse {
                return Err(Error::DuplicateId(id.clone()));
            }
        }
        Ok(())
    }

    /// Whether what the task asks for makes sense; and notes it.
    pub(super) fn check_task(&mut self, task: &Task) -> Result<()> {
        task.validate()?;
        if let Some(policy) = &task.policy {
            self.note_priority(policy);
        }
        Ok(())
    }

    fn insert(&mut self, id: ScheduleId, schedule: Schedule, now: &Now) {
        let (paused, since) = (schedule.paused.clone(), schedule.paused_since);
        let mut record = ScheduleRecord::new(id.clone(), schedule);
        if let Some(reason) = paused {
            let since = since.unwrap_or(now.wall);
            let reading = record.own(&self.clocks, since, now);
            record.held = Some(Box::new(Held::new(reason, since, reading)));
        }
        self.revive_history(&mut record);
        let key = self.schedules.insert(record);
        self.schedule_ids.insert(id.clone(), key);
        self.publish(now, |_| EventKind::ScheduleAdded(id));
        if self.has_started() {
            self.request_first(key, now);
        }
    }

    /// Destroys what was not taken of a schedule or a change, where no lock is held.
    pub(super) fn discard_later(&mut self, change: ScheduleChange) {
        if !change.is_spent() {
            self.discard(Discarded::Change(Box::new(change)));
        }
    }

    fn next_schedule_id(&mut self) -> ScheduleId {
        loop {
            self.schedule_counter += 1;
            let id = ScheduleId::new(format!("schedule-{}", self.schedule_counter));
            if !self.schedule_ids.contains_key(&id) {
                return id;
            }
        }
    }

    /// Takes a schedule off the list; it is kept only until its runs have ended.
    pub(super) fn unlist(&mut self, key: Key) -> Option<ScheduleId> {
        let record = self.schedules.get_mut(key)?;
        record.over = true;
        record.nominal = None;
        let id = record.id.clone();
        self.schedule_ids.remove(&id);
        self.keep_history(key, DEPARTED);
        Some(id)
    }

    pub(super) fn discard_schedule(&mut self, key: Key) {
        if let Some(record) = self.schedules.remove(key) {
            self.discard(Discarded::Schedule(Box::new(record)));
        }
    }

    pub(crate) fn remove(&mut self, id: &ScheduleId, now: &Now) -> Result<()> {
        permit(self.state, Operation::Remove)?;
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

    /// Forgets every schedule: the scheduler shuts down.
    pub(super) fn discard_schedules(&mut self, now: &Now) {
        let keys: Vec<Key> = self.schedules.iter().map(|(key, _)| key).collect();
        for &key in &keys {
            self.drop_kept(key, SkipReason::Shutdown, now);
        }
        self.drop_questions(now);
        self.schedule_ids.clear();
        self.wall_schedules = 0;
        self.paces.clear();
        self.groups.clear();
        for key in keys {
            self.keep_history(key, usize::MAX);
            if let Some(record) = self.schedules.remove(key) {
                self.discard(Discarded::Schedule(Box::new(record)));
            }
        }
    }

    pub(super) fn key_of_schedule(&self, id: &ScheduleId) -> Result<Key> {
        let key = self.schedule_ids.get(id).copied();
        key.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    pub(super) fn listed(&self, id: &ScheduleId) -> Result<&ScheduleRecord> {
        let record = self.schedules.get(self.key_of_schedule(id)?);
        record.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    #[cfg(test)]
    pub(crate) fn schedule_info(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        self.info(self.key_of_schedule(id).ok()?)
    }

    /// A schedule as it stands at `now`.
    pub(crate) fn schedule_info_at(&self, id: &ScheduleId, now: &Now) -> Option<ScheduleInfo> {
        self.info_at(self.key_of_schedule(id).ok()?, now)
    }

    pub(crate) fn schedule_infos_at(&self, now: &Now) -> Vec<ScheduleInfo> {
        let keys = self.schedule_ids.values();
        keys.filter_map(|&key| self.info_at(key, now)).collect()
    }

    fn info_at(&self, key: Key, now: &Now) -> Option<ScheduleInfo> {
        let mut info = self.info(key)?;
        if let Some(definition) = &mut info.definition {
            definition.lag = self.schedules.get(key)?.lag(&self.clocks, now);
        }
        Some(info)
    }

    fn info(&self, key: Key) -> Option<ScheduleInfo> {
        let (running, kept) = self.occupancy(key);
        Some(self.schedules.get(key)?.info(running, kept))
    }

    /// What is needed to preview a schedule without the lock: its trigger and where it stands.
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
