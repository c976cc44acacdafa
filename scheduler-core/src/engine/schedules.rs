//! The life of a schedule: added, armed, due, exhausted; and its overlap policy.

use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{
    Action, Ask, Engine, Plan, PlanRequest,
    jobs::{Cold, JobRecord},
    slab::Key,
};
use crate::{
    Error, EventKind, Misfire, Now, Operation, Overlap, Result, Schedule, ScheduleId, ScheduleInfo,
    SkipReason, State, Task, Timeline,
    job::{CancelMode, CancelReason, JobCell, JobHost, Start},
    permit,
    trigger::Trigger,
};

/// Marks the token of a timer as that of a schedule rather than of a job.
pub(super) const SCHEDULE: u32 = 1 << 31;

/// How many instants [`Overlap::BufferAll`] keeps.
const BUFFER: usize = 1_000;

/// How long [`Overlap::CancelOther`] gives an earlier run to end by itself.
const REPLACE_GRACE: Duration = Duration::from_secs(5);

pub(crate) struct ScheduleRecord {
    id: ScheduleId,
    trigger: Arc<dyn Trigger>,
    task: Task,
    misfire: Misfire,
    overlap: Overlap,
    /// The instant it waits for.
    nominal: Option<DateTime<Utc>>,
    /// The deadline of that instant, if it is armed.
    due: Option<u64>,
    /// Runs of it that wait or go.
    active: Vec<Key>,
    /// Instants that run when those have ended.
    buffer: VecDeque<DateTime<Utc>>,
    /// Its trigger has no further instant; it is kept only for its runs.
    exhausted: bool,
}

impl Engine {
    pub(crate) fn add(&mut self, schedule: Schedule, now: &Now) -> Result<ScheduleId> {
        permit(self.state, Operation::Add)?;
        schedule.task.validate()?;
        if let Some(policy) = &schedule.task.policy {
            self.note_priority(policy);
        }
        let id = match schedule.id {
            Some(id) if self.schedule_ids.contains_key(&id) => return Err(Error::DuplicateId(id)),
            Some(id) => id,
            None => self.next_schedule_id(),
        };
        let key = self.schedules.insert(ScheduleRecord {
            id: id.clone(),
            trigger: schedule.trigger,
            task: schedule.task,
            misfire: schedule.misfire,
            overlap: schedule.overlap,
            nominal: None,
            due: None,
            active: Vec::new(),
            buffer: VecDeque::new(),
            exhausted: false,
        });
        self.schedule_ids.insert(id.clone(), key);
        self.publish(now, |_| EventKind::ScheduleAdded(id.clone()));
        if self.has_started() {
            self.request_first(key, now);
        }
        Ok(id)
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

    /// Asks every schedule that was added before the start for its first instant.
    pub(super) fn request_all_first(&mut self, now: &Now) {
        let keys: Vec<Key> = self.schedules.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.request_first(key, now);
        }
    }

    fn request_first(&mut self, key: Key, now: &Now) {
        let ask = Ask::First {
            wall: self.clocks.reading(Timeline::Wall, now),
            elapsed: self.clocks.reading(Timeline::Elapsed, now),
        };
        self.request(key, ask);
    }

    fn request(&mut self, key: Key, ask: Ask) {
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        self.planning += 1;
        self.actions.push_back(Action::Plan(PlanRequest {
            schedule: key,
            trigger: record.trigger.clone(),
            misfire: record.misfire,
            ask,
        }));
    }

    /// The schedule in `slot` has come to its deadline, unless the entry is stale.
    pub(super) fn schedule_due(&mut self, slot: u32, deadline: u64, now: &Now) {
        let Some(key) = self.schedules.key_of_slot(slot) else {
            return self.timers.note_discarded();
        };
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let Some(nominal) = record.nominal.filter(|_| record.due == Some(deadline)) else {
            return self.timers.note_discarded();
        };
        let timeline = record.trigger.timeline();
        record.due = None;
        let reading = self.clocks.reading(timeline, now);
        if nominal > reading {
            // The wall clock was set back: not yet (`TM-002`).
            return self.arm_schedule(key, nominal, now);
        }
        self.wall_schedules -= usize::from(timeline == Timeline::Wall);
        let ask = Ask::Due {
            nominal,
            now: reading,
        };
        self.request(key, ask);
    }

    /// The answer of a trigger.
    pub(crate) fn handle_plan(&mut self, key: Key, plan: Plan, now: &Now) {
        self.planning -= 1;
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        if let Some(absolute) = plan.trigger {
            record.trigger = absolute;
        }
        if let Some(problem) = plan.fault {
            return self.fault(key, &problem, now);
        }
        if let Some(nominal) = plan.skipped {
            self.skip(key, nominal, SkipReason::Misfire, now);
        }
        for nominal in plan.runs {
            self.occurrence(key, nominal, now);
        }
        match plan.next {
            Some(next) => self.wait_for(key, next, now),
            None => self.exhaust(key, now),
        }
    }

    fn wait_for(&mut self, key: Key, nominal: DateTime<Utc>, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        record.nominal = Some(nominal);
        self.wall_schedules += usize::from(record.trigger.timeline() == Timeline::Wall);
        self.arm_schedule(key, nominal, now);
    }

    fn arm_schedule(&mut self, key: Key, nominal: DateTime<Utc>, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let due = self
            .clocks
            .deadline(record.trigger.timeline(), nominal, now);
        record.due = Some(due);
        self.arm(due, key.slot | SCHEDULE);
    }

    /// Arms schedules of the wall clock anew, after it was set (`TM-004`, `TM-005`).
    pub(super) fn rearm_wall_schedules(&mut self, now: &Now) {
        if self.wall_schedules == 0 {
            return;
        }
        let on_wall = |record: &ScheduleRecord| record.trigger.timeline() == Timeline::Wall;
        let armed = |(key, record): (Key, &ScheduleRecord)| match (record.due, record.nominal) {
            (Some(_), Some(nominal)) if on_wall(record) => Some((key, nominal)),
            _ => None,
        };
        let moved: Vec<_> = self.schedules.iter().filter_map(armed).collect();
        for (key, nominal) in moved {
            self.disarm();
            self.arm_schedule(key, nominal, now);
        }
    }

    fn exhaust(&mut self, key: Key, now: &Now) {
        if let Some(id) = self.unlist(key) {
            self.publish(now, |_| EventKind::ScheduleExhausted(id.clone()));
        }
        self.drop_if_done(key);
    }

    fn fault(&mut self, key: Key, problem: &Arc<str>, now: &Now) {
        if let Some(schedule) = self.unlist(key) {
            self.publish(now, |_| EventKind::ScheduleFaulted {
                schedule: schedule.clone(),
                problem: problem.clone(),
            });
        }
        self.drop_if_done(key);
    }

    /// Takes a schedule off the list; it is kept only until its runs have ended.
    fn unlist(&mut self, key: Key) -> Option<ScheduleId> {
        let record = self.schedules.get_mut(key)?;
        record.exhausted = true;
        record.nominal = None;
        self.schedule_ids.remove(&record.id);
        Some(record.id.clone())
    }

    fn drop_if_done(&mut self, key: Key) {
        let done = |record: &ScheduleRecord| {
            record.exhausted && record.active.is_empty() && record.buffer.is_empty()
        };
        if self.schedules.get(key).is_some_and(done) {
            self.discard_schedule(key);
        }
    }

    fn discard_schedule(&mut self, key: Key) {
        if let Some(record) = self.schedules.remove(key) {
            self.actions
                .push_back(Action::DiscardSchedule(Box::new(record)));
        }
    }

    /// An instant is to run: what its overlap policy says.
    fn occurrence(&mut self, key: Key, nominal: DateTime<Utc>, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        if record.active.is_empty() || record.overlap == Overlap::AllowAll {
            return self.start_occurrence(key, nominal, now);
        }
        let kept = record.buffer.len();
        match record.overlap {
            Overlap::BufferOne if kept == 0 => record.buffer.push_back(nominal),
            Overlap::BufferAll if kept < BUFFER => record.buffer.push_back(nominal),
            Overlap::CancelOther => {
                self.replace(key, nominal, CancelMode::Graceful(REPLACE_GRACE), now);
            }
            Overlap::TerminateOther => self.replace(key, nominal, CancelMode::Immediate, now),
            Overlap::Skip | Overlap::BufferOne | Overlap::BufferAll | Overlap::AllowAll => {
                self.skip(key, nominal, SkipReason::Overlap, now);
            }
        }
    }

    /// Cancels the earlier runs; the new one follows when they have ended.
    fn replace(&mut self, key: Key, nominal: DateTime<Utc>, mode: CancelMode, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let overtaken = record.buffer.pop_back();
        record.buffer.push_back(nominal);
        let earlier = record.active.clone();
        if let Some(overtaken) = overtaken {
            self.skip(key, overtaken, SkipReason::Overlap, now);
        }
        for job in earlier {
            self.cancel(job, mode, CancelReason::Replaced, now);
        }
    }

    fn skip(&mut self, key: Key, nominal: DateTime<Utc>, reason: SkipReason, now: &Now) {
        let Some(schedule) = self.schedules.get(key).map(|record| record.id.clone()) else {
            return;
        };
        self.publish(now, |_| EventKind::OccurrencesSkipped {
            schedule: schedule.clone(),
            nominal,
            reason,
        });
    }

    fn start_occurrence(&mut self, key: Key, nominal: DateTime<Utc>, now: &Now) {
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        let cold = Cold::of_schedule(&record.task, Some(key), record.id.clone(), nominal);
        let job = JobRecord::of_schedule(record.task.body(), cold);
        let job = self.accept(job, Start::At(nominal), now);
        if let Some(record) = self.schedules.get_mut(key) {
            record.active.push(job);
        }
        self.enqueue(job, now);
    }

    /// A run of the schedule has ended: the next one that was kept follows.
    pub(super) fn occurrence_ended(&mut self, key: Key, job: Key, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        record.active.retain(|&active| active != job);
        if !record.active.is_empty() {
            return;
        }
        match record.buffer.pop_front() {
            Some(nominal) => self.start_occurrence(key, nominal, now),
            None => self.drop_if_done(key),
        }
    }

    /// Runs a schedule's task besides its instants: its overlap policy neither holds nor counts
    /// the run.
    pub(crate) fn run_now(
        &mut self,
        id: &ScheduleId,
        host: Weak<dyn JobHost>,
        now: &Now,
    ) -> Result<Arc<JobCell>> {
        permit(self.state, Operation::RunNow)?;
        let record = self.listed(id)?;
        let cell = JobCell::new(record.task.name.clone(), Some(record.id.clone()), host)
            .with_policy(record.task.policy.clone());
        let cell = Arc::new(cell);
        let cold = Cold::of_schedule(&record.task, None, record.id.clone(), now.wall);
        let mut job = JobRecord::of_schedule(record.task.body(), cold);
        job.cell = Some(cell.clone());
        let job = self.accept(job, Start::Now, now);
        self.enqueue(job, now);
        Ok(cell)
    }

    pub(crate) fn remove(&mut self, id: &ScheduleId, now: &Now) -> Result<()> {
        permit(self.state, Operation::Remove)?;
        let key = self.key_of_schedule(id)?;
        let Some(record) = self.schedules.get_mut(key) else {
            return Err(Error::UnknownSchedule(id.clone()));
        };
        record.buffer.clear();
        let on_wall = record.trigger.timeline() == Timeline::Wall;
        let (armed, runs) = (record.due.is_some(), record.active.clone());
        self.wall_schedules -= usize::from(armed && on_wall);
        if armed {
            self.disarm();
        }
        self.schedule_ids.remove(id);
        self.publish(now, |_| EventKind::ScheduleRemoved(id.clone()));
        self.discard_schedule(key);
        for job in runs {
            self.prevent(job, CancelReason::ScheduleRemoved, now);
        }
        self.fill(now);
        Ok(())
    }

    /// Forgets every schedule: the scheduler shuts down.
    pub(super) fn discard_schedules(&mut self) {
        self.schedule_ids.clear();
        self.wall_schedules = 0;
        let keys: Vec<Key> = self.schedules.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.discard_schedule(key);
        }
    }

    fn key_of_schedule(&self, id: &ScheduleId) -> Result<Key> {
        let key = self.schedule_ids.get(id).copied();
        key.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    fn listed(&self, id: &ScheduleId) -> Result<&ScheduleRecord> {
        let record = self.schedules.get(self.key_of_schedule(id)?);
        record.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    pub(crate) fn schedule_info(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        self.listed(id).ok().map(ScheduleRecord::info)
    }

    pub(crate) fn schedule_infos(&self) -> Vec<ScheduleInfo> {
        let keys = self.schedule_ids.values();
        keys.filter_map(|&key| self.schedules.get(key))
            .map(ScheduleRecord::info)
            .collect()
    }

    /// What is needed to preview a schedule without the lock: its trigger and where it stands.
    pub(crate) fn preview(
        &self,
        id: &ScheduleId,
        now: &Now,
    ) -> Result<(PlanRequest, Option<DateTime<Utc>>)> {
        let key = self.key_of_schedule(id)?;
        let record = self.listed(id)?;
        let request = PlanRequest {
            schedule: key,
            trigger: record.trigger.clone(),
            misfire: record.misfire,
            ask: Ask::First {
                wall: self.clocks.reading(Timeline::Wall, now),
                elapsed: self.clocks.reading(Timeline::Elapsed, now),
            },
        };
        Ok((request, record.nominal))
    }

    pub(super) fn has_started(&self) -> bool {
        !matches!(self.state, State::New | State::Starting)
    }
}

impl ScheduleRecord {
    /// Whether a timer with this deadline is still wanted.
    pub(super) fn waits_for(&self, deadline: u64) -> bool {
        self.due == Some(deadline)
    }

    fn info(&self) -> ScheduleInfo {
        ScheduleInfo::new(
            self.id.clone(),
            self.task.name.clone(),
            self.nominal,
            self.active.len(),
        )
    }
}
