//! [`ScheduleControl`]: the scheduler's side of every [`ScheduleHandle`](super::ScheduleHandle).

use chrono::{DateTime, Utc};

use super::{
    Decision, Explanation, HistoryPage, ResumeFrom, Schedule, ScheduleChange, ScheduleId,
    ScheduleInfo,
};
use crate::{
    Error, Result,
    backfill::{Backfill, BackfillHandle, BackfillTimes},
    job::JobHandle,
};

/// The schedules of a scheduler, and its side of every [`ScheduleHandle`](crate::ScheduleHandle).
/// Third-party schedulers implement it. It does not keep the scheduler alive.
///
/// Each call that takes an id has the contract of the method of the same name on the handle. It first
/// checks the state with [`permit`](crate::permit), and then returns
/// [`UnknownSchedule`](crate::Error::UnknownSchedule) with the given id if no schedule has it (`SC-020`).
pub trait ScheduleControl: Send + Sync + 'static {
    /// Adds a schedule and returns its id, as [`add`](crate::SchedulerExt::add) does.
    ///
    /// # Errors
    ///
    /// `DuplicateId`, `ShutDown` or `InvalidConfig`.
    fn add(&self, schedule: Schedule) -> Result<ScheduleId>;

    /// Adds all of the schedules or none of them, and returns their ids in the same order, as
    /// [`add_all`](crate::Scheduler::add_all) does.
    ///
    /// # Errors
    ///
    /// `DuplicateId`, `ShutDown` or `InvalidConfig`.
    fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleId>>;

    /// Returns all schedules, ordered by id; an empty list if the scheduler was dropped.
    fn list(&self) -> Vec<ScheduleInfo>;

    /// Returns the backfills that are in progress, oldest first; an empty list if the scheduler was dropped.
    fn backfills(&self) -> Vec<BackfillHandle>;

    /// Returns the settings and the state of a schedule.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    fn info(&self, id: &ScheduleId) -> Result<ScheduleInfo>;

    /// Returns the next `count` instants of a schedule, or fewer if `count` is unreasonably high.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>>;

    /// Changes the given settings of a schedule, all of them or none.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule), `ShutDown` or `InvalidConfig`.
    fn update(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()>;

    /// Pauses a schedule.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule) or `ShutDown`.
    fn pause(&self, id: &ScheduleId, reason: &str) -> Result<()>;

    /// Resumes a paused schedule.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule) or `ShutDown`.
    fn resume(&self, id: &ScheduleId, from: ResumeFrom) -> Result<()>;

    /// Removes a schedule.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    fn remove(&self, id: &ScheduleId) -> Result<()>;

    /// Removes every schedule, and returns their ids. [`RuntimeScheduler`](crate::RuntimeScheduler) does it in
    /// one step, in which nothing becomes due (`SC-028`).
    ///
    /// # Errors
    ///
    /// Those of [`remove`](Self::remove), except [`UnknownSchedule`](crate::Error::UnknownSchedule).
    fn remove_all(&self) -> Result<Vec<ScheduleId>> {
        let mut removed = Vec::new();
        for ScheduleInfo { id, .. } in self.list() {
            match self.remove(&id) {
                Ok(()) => removed.push(id),
                Err(Error::UnknownSchedule(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    /// Runs the task of a schedule now.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule), `NotRunning` or `ShutDown`.
    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle>;

    /// Runs the task once for each trigger instant in a range.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule), `NotRunning`, `ShutDown` or `InvalidConfig`.
    fn backfill(&self, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle>;

    /// Returns the instants that a backfill would run.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule) or `InvalidConfig`.
    fn backfill_times(&self, id: &ScheduleId, what: &Backfill) -> Result<BackfillTimes>;

    /// Returns the latest decisions about the instants of a schedule, oldest first.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>>;

    /// Returns a page of the decisions about the instants of a schedule in a range, oldest first. The default
    /// selects it from the [`history`](Self::history).
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule) or `InvalidConfig`.
    fn history_page(&self, id: &ScheduleId, page: &HistoryPage) -> Result<Vec<Decision>> {
        page.select(&self.history(id)?)
    }

    /// Explains why a schedule ran at an instant, or why it did not.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](crate::Error::UnknownSchedule).
    fn explain(&self, id: &ScheduleId, instant: DateTime<Utc>) -> Result<Explanation>;
}
