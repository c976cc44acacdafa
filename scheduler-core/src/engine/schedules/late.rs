//! Checks at the start of a run: whether it may still start, and which run follows.
//!
//! A run is decided when its instant is due, and may start much later because of an earlier run, its pace, its
//! rate limit or a missing permit. The catch-up window and the hours apply to the start (`MF-006`, `MF-007`),
//! and the pace is between starts (`MF-008`, `BF-004`).

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Hours, Now, SkipReason,
    engine::{
        Engine, Key,
        jobs::{AttemptState, JobRecord},
        occurrence::Occurrence,
    },
    job::CancelReason,
    schedule::Policies,
};

/// Returns the maximum lateness of a start at the wall-clock time `wall`, with the reason for later ones.
pub(in crate::engine) fn age_limit(
    policies: &Policies,
    wall: DateTime<Utc>,
) -> Option<(TimeDelta, SkipReason)> {
    let grace = TimeDelta::from_std(policies.misfire.grace).unwrap_or(TimeDelta::MAX);
    let open = |hours: &Hours| hours.contains(wall);
    if policies.hours.as_ref().is_some_and(|hours| !open(hours)) {
        return Some((grace, SkipReason::OutsideHours));
    }
    let window = TimeDelta::from_std(policies.misfire.window?).unwrap_or(TimeDelta::MAX);
    Some((window.max(grace), SkipReason::CatchUpWindow))
}

impl Engine {
    /// Returns why an instant may no longer start; `None` if it may.
    pub(in crate::engine) fn too_late(
        &self,
        key: Key,
        what: &Occurrence,
        now: &Now,
    ) -> Option<SkipReason> {
        let record = self.schedules.get(key)?;
        let (age, reason) = age_limit(record.policies(), now.wall)?;
        let reading = record.reading(&self.cx);
        let late = reading.signed_duration_since(what.nominal) - what.shift;
        (late > age).then_some(reason)
    }

    /// Returns why the first attempt of a job may no longer begin.
    fn too_late_to_begin(&self, job: Key, now: &Now) -> Option<CancelReason> {
        let record = self.jobs.records.get(job)?;
        let begins = |trial: &AttemptState| trial.attempt == 0;
        let what = record
            .watched()
            .filter(|_| record.trial().is_none_or(begins))?;
        let schedule = record.cold.as_ref()?.schedule?;
        let reason = self.too_late(schedule, what, now)?;
        Some(match reason {
            SkipReason::OutsideHours => CancelReason::OutsideHours,
            _ => CancelReason::Expired,
        })
    }

    /// Sets the first job in the queue aside if it is too late to start.
    ///
    /// The driver's next turn finishes it, because its end may start others while the queue is being iterated.
    pub(in crate::engine) fn set_aside_if_late(&mut self, job: Key, now: &Now) -> bool {
        let is_late = self.too_late_to_begin(job, now).is_some();
        if is_late {
            self.set_aside(job);
        }
        is_late
    }

    /// A job at the head of the line is to end in the driver's next turn: it does not start.
    pub(in crate::engine) fn set_aside(&mut self, job: Key) {
        self.jobs.queue.too_late.push(job);
        self.cx.deadlines.note(0);
    }

    /// Finishes jobs that are too late to start, or that can no longer be resumed.
    pub(in crate::engine) fn prevent_late(&mut self, now: &Now) {
        for job in std::mem::take(&mut self.jobs.queue.too_late) {
            if !self.is_queued(job) {
                continue;
            }
            // Time or the hours may have changed since.
            let reason = match self.too_late_to_begin(job, now) {
                None if self.cx.lifecycle.drains && self.is_of_paused(job) => {
                    CancelReason::Shutdown
                }
                reason => reason.unwrap_or(CancelReason::Expired),
            };
            self.prevent(job, reason, now);
            self.fill(now);
            self.check_closed(now);
        }
    }

    /// Finishes a job that has its permit but is too late, with the reason.
    pub(in crate::engine) fn begins_too_late(&mut self, job: Key, now: &Now) -> bool {
        let reason = self.too_late_to_begin(job, now);
        let cold = self
            .jobs
            .records
            .get_mut(job)
            .and_then(|job| job.cold.as_mut());
        let (Some(reason), Some(cold)) = (reason, cold) else {
            return false;
        };
        cold.told = Some(reason);
        true
    }

    /// Handles the begin of a body for which a pace waits.
    pub(in crate::engine) fn watched_start(&mut self, job: Key, now: &Now) {
        let cold = self
            .jobs
            .records
            .get(job)
            .and_then(|record| record.cold.as_deref());
        let Some(cold) = cold else {
            return;
        };
        match (cold.schedule, cold.watched.as_deref()) {
            (Some(schedule), Some(&what)) => {
                self.schedules
                    .paced_turn_over(schedule, &what, &mut self.cx);
            }
            _ => self.backfill_run_started(job, now),
        }
    }
}

impl JobRecord {
    /// A run whose start is checked.
    pub(in crate::engine) fn watched(&self) -> Option<&Occurrence> {
        self.cold.as_ref()?.watched.as_deref()
    }
}

impl Policies {
    /// Returns whether the time of the start matters.
    pub(in crate::engine) fn watch_starts(&self) -> bool {
        let misfire = &self.misfire;
        misfire.window.is_some() || self.hours.is_some() || !misfire.pace.is_zero()
    }
}
