//! The getters: what the engine returns about its state.

use std::sync::Arc;

#[cfg(test)]
use super::idle;
use super::{
    Engine, Key, PlanRequest, QueueNumber, Subscriber,
    schedules::{explain::Known, trigger_change::PresentTrigger},
};
use crate::{
    Backfill, BackfillId, BackfillReport, BackfillTimes, Decision, HistoryPage, Metrics, Now,
    Result, Schedule, ScheduleChange, ScheduleId, ScheduleInfo, ShutdownReport, State,
    base::unix_time::UnixTime,
    event::NameSet,
    job::{Job, JobInfo, JobStatus},
    queue::QueueInfo,
    schedule::BackfillCell,
};

impl Engine {
    pub(crate) const fn state(&self) -> State {
        self.cx.lifecycle.state()
    }

    pub(crate) const fn start_number(&self) -> u64 {
        self.cx.lifecycle.start_number()
    }

    pub(crate) fn report(&self) -> Option<Arc<ShutdownReport>> {
        self.closing.report()
    }

    pub(crate) fn status(&self, key: Key) -> JobStatus {
        self.jobs.status(key)
    }

    pub(crate) fn queue_infos(&self) -> Vec<QueueInfo> {
        self.jobs.queue_infos()
    }

    pub(crate) fn queue_info(&self, name: &str) -> Result<QueueInfo> {
        self.jobs.queue_info(name)
    }

    /// Returns the number of the queue of a job.
    ///
    /// # Errors
    ///
    /// `UnknownQueue`.
    pub(crate) fn queue_of(&self, job: &Job) -> Result<QueueNumber> {
        self.jobs.find_queue(job)
    }

    pub(crate) fn job_infos(&self) -> Vec<JobInfo> {
        self.jobs.infos()
    }

    pub(crate) fn job_info(&self, key: Key) -> Option<JobInfo> {
        self.jobs.info(key)
    }

    /// Returns whether no other job can free the slot for which `waiter` waits (`AJ-023`).
    pub(crate) fn is_slot_wait_starved(&self, waiter: Key, queue: QueueNumber) -> bool {
        let idle_task = |key| self.backfills.idle_task(key);
        self.jobs.is_slot_wait_starved(waiter, queue, &idle_task)
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&mut self, now: &Now) -> bool {
        self.cx.begin(now);
        idle::is_idle(&self.jobs, &self.cx)
    }

    /// Returns the names of the events that any reader may want.
    pub(crate) const fn wanted(&self) -> NameSet {
        self.cx.outbox.readers.wanted()
    }

    pub(crate) fn subscribers(&self) -> Vec<Arc<Subscriber>> {
        self.cx.outbox.readers.subscribers()
    }

    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            schedules: self.schedules.len(),
            ..self.jobs.gauge(self.cx.outbox.counters())
        }
    }

    pub(crate) fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        self.schedules.history(id)
    }

    pub(crate) fn history_page(
        &self,
        id: &ScheduleId,
        page: &HistoryPage,
    ) -> Result<Vec<Decision>> {
        self.schedules.history_page(id, page)
    }

    /// Returns the facts about an instant of a schedule.
    pub(crate) fn explain(&self, id: &ScheduleId, instant: UnixTime, now: &Now) -> Result<Known> {
        self.cx.begin(now);
        self.schedules.explain(id, instant, &self.cx)
    }

    /// Returns whether a schedule has no further instant.
    pub(crate) fn has_ended(&self, id: &ScheduleId) -> bool {
        self.schedules.has_ended(id)
    }

    #[cfg(test)]
    pub(crate) fn schedule_info(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        self.schedules.schedule_info(id)
    }

    /// Returns the state of a schedule at `now`.
    pub(crate) fn schedule_info_at(&self, id: &ScheduleId, now: &Now) -> Option<ScheduleInfo> {
        self.cx.begin(now);
        self.schedules.schedule_info_at(id, &self.cx)
    }

    pub(crate) fn schedule_infos_at(&self, now: &Now) -> Vec<ScheduleInfo> {
        self.cx.begin(now);
        self.schedules.schedule_infos_at(&self.cx)
    }

    /// Returns the facts for a preview, which runs without the lock: the trigger and the cursor.
    pub(crate) fn preview(
        &self,
        id: &ScheduleId,
        now: &Now,
    ) -> Result<(PlanRequest, Option<UnixTime>)> {
        self.cx.begin(now);
        self.schedules.preview(id, &self.cx)
    }

    /// Returns the trigger with which a new trigger of the schedule must be compared.
    pub(crate) fn present_trigger(&self, id: &ScheduleId) -> Option<PresentTrigger> {
        self.schedules.present_trigger(id)
    }

    /// Returns the trigger that `schedule` would replace.
    pub(crate) fn trigger_to_replace(&self, schedule: &Schedule) -> Option<PresentTrigger> {
        self.schedules.trigger_to_replace(schedule)
    }

    /// Returns whether the trigger of `schedule` was compared with the present one that it would replace, if any.
    pub(crate) fn is_compared(&self, schedule: &Schedule) -> bool {
        self.schedules.is_compared(schedule)
    }

    /// Returns whether the trigger of a change was compared with the present one of the schedule.
    pub(crate) fn is_compared_change(&self, id: &ScheduleId, change: &ScheduleChange) -> bool {
        self.schedules.is_compared_change(id, change)
    }

    /// Returns the instants that a backfill would run now.
    pub(crate) fn backfill_times(
        &self,
        id: &ScheduleId,
        what: &Backfill,
        now: &Now,
    ) -> Result<BackfillTimes> {
        self.cx.begin(now);
        self.backfills.times(id, what, &self.schedules, &self.cx)
    }

    pub(crate) fn backfill_report(&self, id: BackfillId) -> Option<BackfillReport> {
        self.backfills.report(id)
    }

    /// Returns the backfills in progress, oldest first.
    pub(crate) fn backfill_cells(&self) -> Vec<Arc<BackfillCell>> {
        self.backfills.cells()
    }
}
