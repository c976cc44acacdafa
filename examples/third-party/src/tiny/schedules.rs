//! Schedules: one task follows each of them, and handles control them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use scheduler_core::{
    Error, EventKind, Job, JobHandle, Result, Runtime, Schedule, ScheduleId, ScheduleInfo, State,
    backfill::{Backfill, BackfillHandle, BackfillTimes},
    implement::ScheduleControl,
    lifecycle::{LifecycleError, Operation, permit},
    schedule::{Decision, Explanation, Pause, ResumeFrom, ScheduleChange},
};

use super::{Inner, Shared, backfill::Run, either};

/// The present state of a schedule.
pub(super) struct Known {
    pub(super) schedule: Schedule,
    paused: Option<Pause>,
    /// Number of the task that follows the schedule. Each change of the trigger begins another one.
    follower: u64,
}

impl Inner {
    pub(super) fn known(&self, id: &ScheduleId) -> Result<&Known> {
        let known = self.schedules.get(id);
        known.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    fn known_mut(&mut self, id: &ScheduleId) -> Result<&mut Known> {
        let known = self.schedules.get_mut(id);
        known.ok_or_else(|| Error::UnknownSchedule(id.clone()))
    }

    pub(super) fn is_live(&self) -> bool {
        !matches!(self.state, State::New | State::Starting)
    }

    /// Checks whether all of these schedules can be added.
    fn check(&self, schedules: &[Schedule]) -> Result<()> {
        permit(self.state, Operation::Add)?;
        let ids = || schedules.iter().filter_map(Schedule::get_id);
        for (number, id) in ids().enumerate() {
            if self.schedules.contains_key(id) || ids().take(number).any(|known| known == id) {
                return Err(Error::DuplicateId(id.clone()));
            }
        }
        Ok(())
    }

    /// Adds a schedule that was [checked](Self::check).
    fn insert(&mut self, schedule: Schedule) -> ScheduleId {
        let id = schedule.get_id().cloned();
        let id = id.unwrap_or_else(|| self.free_id());
        let known = Known {
            schedule,
            paused: None,
            follower: 0,
        };
        self.schedules.insert(id.clone(), known);
        self.news.push(EventKind::ScheduleAdded(id.clone()));
        id
    }

    fn free_id(&mut self) -> ScheduleId {
        loop {
            let id = ScheduleId::new(format!("schedule-{}", self.number()));
            if !self.schedules.contains_key(&id) {
                return id;
            }
        }
    }
}

impl Known {
    pub(super) fn info(&self, id: &ScheduleId) -> ScheduleInfo {
        let mut info = ScheduleInfo::new(id.clone(), None, None, 0);
        info.paused = self.paused.clone();
        info
    }
}

impl Shared {
    pub(super) fn control(&self) -> Arc<dyn ScheduleControl> {
        Arc::new(Control(self.me.clone()))
    }

    /// Adds schedules by a call that returns their ids, and follows them.
    fn add<I: AsRef<[ScheduleId]>>(&self, add: impl FnOnce(&mut Inner) -> Result<I>) -> Result<I> {
        let (ids, live) = self.change(|inner| Ok::<_, Error>((add(inner)?, inner.is_live())))?;
        if live {
            ids.as_ref().iter().for_each(|id| self.follow(id.clone()));
        }
        Ok(ids)
    }

    /// Runs a schedule whenever it is due.
    pub(super) fn follow(&self, id: ScheduleId) {
        let me = self.me();
        let begun = self.change(|inner| {
            let number = inner.number();
            let known = inner.schedules.get_mut(&id)?;
            known.follower = number;
            Some((number, known.schedule.get_trigger().clone()))
        });
        let Some((number, trigger)) = begun else {
            return;
        };
        let task = async move {
            let live = me.runtime.now().wall();
            let rule = trigger.anchored(live).unwrap_or(trigger);
            let mut next = rule.first_from(live);
            while let Some(at) = next {
                let wait = (at - me.runtime.now().wall()).to_std().unwrap_or_default();
                either(me.sleep(wait), me.ended()).await;
                if !me.run_due(&id, number) {
                    return;
                }
                next = rule.next_after(at).filter(|next| *next > at);
            }
            me.change(|inner| {
                if inner.follows(&id, number) {
                    inner.schedules.remove(&id);
                    inner.news.push(EventKind::ScheduleExhausted(id));
                }
            });
        };
        drop(self.runtime.spawn(Box::pin(task)));
    }

    /// Runs a due instant, unless the schedule is paused. Returns whether the task must continue to
    /// follow the schedule.
    fn run_due(&self, id: &ScheduleId, follower: u64) -> bool {
        let inner = self.lock();
        if !inner.follows(id, follower) {
            return false;
        }
        let known = inner.schedules.get(id);
        let due = known.filter(|known| known.paused.is_none());
        let task = due.map(|known| known.schedule.get_task().clone());
        drop(inner);
        if let Some(task) = task {
            drop(self.accept(Job::from(task)));
        }
        true
    }
}

impl Inner {
    fn follows(&self, id: &ScheduleId, follower: u64) -> bool {
        let known = self.schedules.get(id);
        known.is_some_and(|known| known.follower == follower)
    }
}

/// The control of every handle. It does not keep the scheduler alive.
struct Control(std::sync::Weak<Shared>);

impl Control {
    /// Returns the scheduler. If it was dropped, returns the error of `operation` after a shutdown.
    fn shared(&self, id: &ScheduleId, operation: Operation) -> Result<Arc<Shared>> {
        let Some(shared) = self.0.upgrade() else {
            permit(State::ShutDown, operation)?;
            return Err(Error::UnknownSchedule(id.clone()));
        };
        permit(shared.lock().state, operation)?;
        Ok(shared)
    }
}

impl ScheduleControl for Control {
    fn add(&self, schedule: Schedule) -> Result<ScheduleId> {
        let shared = self.0.upgrade().ok_or(LifecycleError::ShutDown)?;
        let [id] = shared.add(|inner| {
            inner.check(std::slice::from_ref(&schedule))?;
            Ok([inner.insert(schedule)])
        })?;
        Ok(id)
    }

    fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleId>> {
        let shared = self.0.upgrade().ok_or(LifecycleError::ShutDown)?;
        shared.add(|inner| {
            inner.check(&schedules)?;
            Ok(schedules
                .into_iter()
                .map(|one| inner.insert(one))
                .collect::<Vec<_>>())
        })
    }

    fn list(&self) -> Vec<ScheduleInfo> {
        let Some(shared) = self.0.upgrade() else {
            return Vec::new();
        };
        let inner = shared.lock();
        let known = inner.schedules.iter();
        known.map(|(id, known)| known.info(id)).collect()
    }

    fn backfills(&self) -> Vec<BackfillHandle> {
        let Some(shared) = self.0.upgrade() else {
            return Vec::new();
        };
        let inner = shared.lock();
        let running = inner.backfills.iter().cloned();
        running.map(|run| BackfillHandle::new(run)).collect()
    }

    fn info(&self, id: &ScheduleId) -> Result<ScheduleInfo> {
        let shared = self.shared(id, Operation::Observe)?;
        let inner = shared.lock();
        Ok(inner.known(id)?.info(id))
    }

    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        let shared = self.shared(id, Operation::Observe)?;
        let rule = shared.lock().known(id)?.schedule.get_trigger().clone();
        let step = |at: &DateTime<Utc>| rule.next_after(*at).filter(|next| next > at);
        let first = rule.first_from(shared.runtime.now().wall());
        Ok(std::iter::successors(first, step).take(count).collect())
    }

    fn update(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let shared = self.shared(id, Operation::Add)?;
        let live = shared.change(|inner| {
            let known = inner.known_mut(id)?;
            known.schedule = change.applied_to(known.schedule.clone());
            Ok::<_, Error>(inner.is_live())
        })?;
        if live {
            shared.follow(id.clone());
        }
        Ok(())
    }

    fn pause(&self, id: &ScheduleId, reason: &str) -> Result<()> {
        let shared = self.shared(id, Operation::Add)?;
        let now = shared.runtime.now().wall();
        shared.lock().known_mut(id)?.paused = Some(Pause::new(reason.into(), now));
        Ok(())
    }

    fn resume(&self, id: &ScheduleId, _: ResumeFrom) -> Result<()> {
        let shared = self.shared(id, Operation::Add)?;
        shared.lock().known_mut(id)?.paused = None;
        Ok(())
    }

    fn remove(&self, id: &ScheduleId) -> Result<()> {
        self.shared(id, Operation::Remove)?.change(|inner| {
            inner.known(id)?;
            inner.schedules.remove(id);
            inner.news.push(EventKind::ScheduleRemoved(id.clone()));
            Ok(())
        })
    }

    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle> {
        let shared = self.shared(id, Operation::RunNow)?;
        let task = shared.lock().known(id)?.schedule.get_task().clone();
        shared.accept(Job::from(task))
    }

    fn backfill(&self, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        let shared = self.shared(id, Operation::Backfill)?;
        let schedule = shared.lock().known(id)?.schedule.clone();
        Ok(Run::begin(&shared, id, &schedule, &what))
    }

    fn backfill_times(&self, id: &ScheduleId, what: &Backfill) -> Result<BackfillTimes> {
        let shared = self.shared(id, Operation::Observe)?;
        let trigger = shared.lock().known(id)?.schedule.get_trigger().clone();
        Ok(BackfillTimes::of(trigger, what))
    }

    /// Returns an empty list, because this scheduler keeps no records.
    fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        self.info(id).map(|_| Vec::new())
    }

    fn explain(&self, id: &ScheduleId, instant: DateTime<Utc>) -> Result<Explanation> {
        let shared = self.shared(id, Operation::Observe)?;
        let rule = shared.lock().known(id)?.schedule.get_trigger().clone();
        let next = rule.next_after(instant);
        Ok(match rule.first_from(instant) {
            Some(first) if first != instant => Explanation::NoSuchInstant { next },
            None => Explanation::NoSuchInstant { next },
            _ if instant > shared.runtime.now().wall() => Explanation::NotYet,
            _ => Explanation::NoRecord,
        })
    }
}
