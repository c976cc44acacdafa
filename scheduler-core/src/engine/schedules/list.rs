//! Adds, lists and removes schedules.

use std::collections::{BTreeSet, btree_map::Entry};

use super::{Schedules, plan::PlanRequest, record::ScheduleRecord};
use crate::{
    Conflict, Error, EventKind, Operation, Result, Schedule, ScheduleChange, ScheduleId,
    ScheduleInfo, SkipReason, Task,
    base::unix_time::UnixTime,
    engine::{Discarded, Key, cx::Cx, jobs::Jobs},
    permit,
};

impl Schedules {
    /// Checks whether each schedule can be added after those before it.
    pub(in crate::engine) fn check_all(
        &self,
        schedules: &[Schedule],
        jobs: &Jobs,
        cx: &Cx,
    ) -> Result<()> {
        permit(cx.lifecycle.state(), Operation::Add)?;
        let mut new = BTreeSet::new();
        for schedule in schedules {
            schedule.validate()?;
            schedule.task.validate()?;
            jobs.check_queue(&schedule.task)?;
            let Some(id) = &schedule.id else { continue };
            let taken = !new.insert(id) || self.is_taken(id);
            if taken && schedule.conflict == Conflict::Refuse {
                return Err(Error::DuplicateId(id.clone()));
            }
        }
        Ok(())
    }

    /// Hands the unused values of a schedule or change to the shell, which drops them after
    /// unlocking.
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
    pub(super) fn unlist(&mut self, key: Key) -> Option<ScheduleId> {
        let record = self.get_mut(key)?;
        record.over = true;
        record.nominal = None;
        let id = record.id.clone();
        self.ids.remove(&id);
        self.keep_history(key);
        Some(id)
    }

    pub(super) fn discard_schedule(&mut self, key: Key, cx: &mut Cx) {
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

    /// Returns the ids and keys of all listed schedules, ordered by id.
    pub(in crate::engine) fn all_listed(&self) -> (Vec<ScheduleId>, Vec<Key>) {
        self.ids.iter().map(|(id, key)| (id.clone(), *key)).unzip()
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

    /// Returns the facts for a preview, which runs without the lock: the trigger and the cursor.
    pub(in crate::engine) fn preview(
        &self,
        id: &ScheduleId,
        cx: &Cx,
    ) -> Result<(PlanRequest, Option<UnixTime>)> {
        let key = self.key_of_schedule(id)?;
        let record = self.listed(id)?;
        Ok((
            record.question(key, self.ask_first(record, cx)),
            record.nominal,
        ))
    }

    /// Adds a schedule that was [checked](Self::check_schedule), or replaces the one with its id.
    pub(in crate::engine) fn add(
        &mut self,
        schedule: Schedule,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> Result<ScheduleId> {
        let id = schedule
            .id
            .clone()
            .unwrap_or_else(|| self.next_schedule_id());
        // Looked up once, because comparing ids is expensive with many schedules.
        let key = match self.ids.entry(id.clone()) {
            Entry::Occupied(taken) => {
                let key = *taken.get();
                if self.keeps_id(key) {
                    return self.add_again(id, key, schedule, jobs, cx);
                }
                self.yield_id(key, cx);
                return self.add(schedule, jobs, cx);
            }
            Entry::Vacant(place) => {
                let mut record = ScheduleRecord::added(id.clone(), schedule, cx);
                self.departed.revive(&mut record);
                *place.insert(self.records.insert(record))
            }
        };
        cx.publish(|| EventKind::ScheduleAdded(id.clone()));
        if cx.lifecycle.has_started() {
            self.request_first(key, cx);
        }
        Ok(id)
    }

    /// Applies the conflict policy to an id that exists.
    fn add_again(
        &mut self,
        id: ScheduleId,
        key: Key,
        schedule: Schedule,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> Result<ScheduleId> {
        match schedule.conflict {
            Conflict::Refuse => {
                self.discard_later(ScheduleChange::all(schedule), cx);
                Err(Error::DuplicateId(id))
            }
            Conflict::Keep => {
                self.discard_later(ScheduleChange::all(schedule), cx);
                Ok(id)
            }
            Conflict::Replace => self.replace_schedule(id, key, schedule, jobs, cx),
        }
    }

    /// Checks whether a schedule can be added, and prepares the jobs for its task.
    pub(in crate::engine) fn check_schedule(
        &mut self,
        schedule: &Schedule,
        jobs: &mut Jobs,
        cx: &Cx,
    ) -> Result<()> {
        permit(cx.lifecycle.state(), Operation::Add)?;
        schedule.validate()?;
        self.check_task(&schedule.task, jobs)
    }

    /// Validates the policy of the task, and stores it.
    pub(super) fn check_task(&mut self, task: &Task, jobs: &mut Jobs) -> Result<()> {
        task.validate()?;
        jobs.check_queue(task)?;
        if let Some(policy) = &task.policy {
            jobs.note_priority(policy);
        }
        Ok(())
    }

    /// Begins to remove a schedule: its next and buffered instants are recorded as skipped.
    pub(in crate::engine) fn begin_removal(&mut self, key: Key, cx: &mut Cx) {
        cx.ask_about_schedules();
        self.drop_kept(key, SkipReason::ScheduleRemoved, cx);
        self.retire(key, None, SkipReason::ScheduleRemoved, cx);
    }

    /// Removes a schedule from the list. Its runs that have not started are cancelled, which frees permits.
    pub(in crate::engine) fn remove_listed(&mut self, key: Key, jobs: &mut Jobs, cx: &mut Cx) {
        let runs = self.runs_of(key);
        if let Some(id) = self.unlist(key) {
            cx.publish(|| EventKind::ScheduleRemoved(id));
        }
        for job in runs {
            let run = jobs.prevent_starts(job, cx);
            self.run_ended(run.as_ref(), jobs, cx);
        }
        self.drop_if_done(key, cx);
    }
}
