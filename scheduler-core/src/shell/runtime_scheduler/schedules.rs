//! The control of schedule handles.

use std::sync::{Arc, Weak};

use chrono::{DateTime, Utc};

use super::upgrade;
use crate::{
    Backfill, BackfillHandle, BackfillTimes, Decision, Error, Explanation, HistoryPage,
    LifecycleError, Now, Operation, Result, ResumeFrom, Schedule, ScheduleChange, ScheduleControl,
    ScheduleId, ScheduleInfo,
    base::unix_time::UnixTime,
    engine::{Engine, plan},
    job::JobHandle,
    schedule::search::MOST_LISTED,
    shell::shared::Shared,
};

/// The control of every schedule handle of a scheduler. It does not keep the scheduler alive.
pub(super) struct Schedules(Weak<Shared>);

impl Schedules {
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    fn shared(&self, id: &ScheduleId, operation: Operation) -> Result<Arc<Shared>> {
        upgrade(&self.0, operation, || Error::UnknownSchedule(id.clone()))
    }
}

impl ScheduleControl for Schedules {
    fn add(&self, schedule: Schedule) -> Result<ScheduleId> {
        match self.0.upgrade() {
            Some(shared) => shared.add_compared(schedule),
            None => Err(LifecycleError::ShutDown.into()),
        }
    }

    fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleId>> {
        match self.0.upgrade() {
            Some(shared) => shared.add_all_compared(schedules),
            None => Err(LifecycleError::ShutDown.into()),
        }
    }

    fn list(&self) -> Vec<ScheduleInfo> {
        self.0.upgrade().map_or_else(Vec::new, |shared| {
            shared.ask(|engine, now| engine.schedule_infos_at(now))
        })
    }

    fn backfills(&self) -> Vec<BackfillHandle> {
        let cells = self
            .0
            .upgrade()
            .map_or_else(Vec::new, |shared| shared.look(Engine::backfill_cells));
        let handles = cells.into_iter().map(|cell| BackfillHandle::new(cell));
        handles.collect()
    }

    fn info(&self, id: &ScheduleId) -> Result<ScheduleInfo> {
        let shared = self.shared(id, Operation::Observe)?;
        let info = shared.ask(|engine, now| engine.schedule_info_at(id, now));
        info.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        let preview = |engine: &mut Engine, now: &Now| {
            let preview = engine.preview(id, now)?;
            Ok::<_, Error>(Some(preview).filter(|_| !engine.has_ended(id)))
        };
        let shared = self.shared(id, Operation::Observe)?;
        let Some((question, armed)) = shared.ask(preview)? else {
            return Ok(Vec::new());
        };
        let first = plan(&question);
        let first_instant = first.next_nominal();
        let from = armed.or(first_instant);
        let rule = match first.trigger {
            Some((absolute, _)) if armed.is_none() => question.with_trigger(absolute),
            _ => question,
        };
        let step = |at: &UnixTime| rule.preview_after(*at);
        // A trigger may never end, and a caller may pass `usize::MAX`.
        let count = count.min(MOST_LISTED);
        let instants = std::iter::successors(from, step).take(count);
        Ok(instants.map(UnixTime::date).collect())
    }

    fn update(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let shared = self.shared(id, Operation::Add)?;
        shared.update_compared(id, change)
    }

    fn pause(&self, id: &ScheduleId, reason: &str) -> Result<()> {
        let shared = self.shared(id, Operation::Add)?;
        shared.pause(|engine, now| engine.pause_schedule(id, reason, now))
    }

    fn resume(&self, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        let shared = self.shared(id, Operation::Add)?;
        shared.call(|engine, now| engine.resume_schedule(id, from, now))
    }

    fn remove(&self, id: &ScheduleId) -> Result<()> {
        let shared = self.shared(id, Operation::Remove)?;
        shared.pause(|engine, now| engine.remove(id, now))
    }

    fn remove_all(&self) -> Result<Vec<ScheduleId>> {
        match self.0.upgrade() {
            Some(shared) => shared.pause(Engine::remove_all),
            None => Err(LifecycleError::ShutDown.into()),
        }
    }

    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle> {
        let shared = self.shared(id, Operation::RunNow)?;
        let host = self.0.clone();
        let cell = shared.call(|engine, now| engine.run_now(id, host, now))?;
        Ok(JobHandle::new(cell))
    }

    fn backfill(&self, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        let shared = self.shared(id, Operation::Backfill)?;
        let host = self.0.clone();
        let cell = shared.call(|engine, now| engine.backfill(id, what, host, now))?;
        Ok(BackfillHandle::new(cell))
    }

    fn backfill_times(&self, id: &ScheduleId, what: &Backfill) -> Result<BackfillTimes> {
        let shared = self.shared(id, Operation::Observe)?;
        shared.ask(|engine, now| engine.backfill_times(id, what, now))
    }

    fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        let shared = self.shared(id, Operation::Observe)?;
        shared.look(|engine| engine.history(id))
    }

    fn history_page(&self, id: &ScheduleId, page: &HistoryPage) -> Result<Vec<Decision>> {
        let shared = self.shared(id, Operation::Observe)?;
        shared.look(|engine| engine.history_page(id, page))
    }

    fn explain(&self, id: &ScheduleId, instant: DateTime<Utc>) -> Result<Explanation> {
        let shared = self.shared(id, Operation::Observe)?;
        let instant = UnixTime::of(instant);
        let known = shared.ask(|engine, now| engine.explain(id, instant, now))?;
        Ok(known.explain(instant))
    }
}
