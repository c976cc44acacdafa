//! What is looked at once more when a run starts: whether it still may, and whose turn comes next.
//!
//! A run is decided when its instant is due, and may start much later: an earlier run goes, its pace
//! or its rate limit holds it, there is no permit. The catch-up window and the hours hold for the
//! start (`MF-006`, `MF-007`), and the pace lies between starts (`MF-008`, `BF-004`).

use chrono::{DateTime, TimeDelta, Utc};

use super::{Engine, jobs::JobRecord, plan::Occurrence, slab::Key, trial::Trial};
use crate::{Hours, Now, SkipReason, job::CancelReason, schedule::Policies};

/// How late a run may be to start at all with the wall clock at `wall`, if there is a limit; and
/// why not, if it is later.
pub(super) fn age_limit(
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
    /// Why an instant of a schedule may not start any more, if it may not.
    pub(super) fn too_late(&self, key: Key, what: &Occurrence, now: &Now) -> Option<SkipReason> {
        let record = self.schedules.get(key)?;
        let (age, reason) = age_limit(record.policies(), now.wall)?;
        let reading = record.reading(&self.clocks, now);
        let late = reading.signed_duration_since(what.nominal) - what.shift;
        (late > age).then_some(reason)
    }

    /// The same for a job whose first attempt is to begin.
    fn too_late_to_begin(&self, job: Key, now: &Now) -> Option<CancelReason> {
        let record = self.jobs.get(job)?;
        let begins = |trial: &Trial| trial.attempt == 0;
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

    /// Sets a job at the head of the line aside if it has come too late to start.
    ///
    /// It ends in the driver's next turn: its end lets others start, and the line is being gone over.
    pub(super) fn set_aside_if_late(&mut self, job: Key, now: &Now) -> bool {
        let is_late = self.too_late_to_begin(job, now).is_some();
        if is_late {
            self.set_aside(job);
        }
        is_late
    }

    /// A job at the head of the line is to end in the driver's next turn: it does not start.
    pub(super) fn set_aside(&mut self, job: Key) {
        self.queue.too_late.push(job);
        self.note_deadline(0);
    }

    /// Ends the jobs that have come too late to start, or that nothing resumes any more.
    pub(super) fn prevent_late(&mut self, now: &Now) {
        for job in std::mem::take(&mut self.queue.too_late) {
            if !self.is_queued(job) {
                continue;
            }
            // It was too late, and time or the hours may have moved on since.
            let reason = match self.too_late_to_begin(job, now) {
                None if self.drains && self.is_of_paused(job) => CancelReason::Shutdown,
                reason => reason.unwrap_or(CancelReason::Expired),
            };
            self.prevent(job, reason, now);
            self.fill(now);
            self.check_closed(now);
        }
    }

    /// The same for a job that has its permit, and has come too late nevertheless: it is told why its
    /// body never begins.
    pub(super) fn begins_too_late(&mut self, job: Key, now: &Now) -> bool {
        let reason = self.too_late_to_begin(job, now);
        let cold = self.jobs.get_mut(job).and_then(|job| job.cold.as_mut());
        let (Some(reason), Some(cold)) = (reason, cold) else {
            return false;
        };
        cold.told = Some(reason);
        true
    }

    /// The body of a run begins, for which its schedule or its backfill waits.
    pub(super) fn watched_start(&mut self, job: Key, now: &Now) {
        let cold = self.jobs.get(job).and_then(|record| record.cold.as_deref());
        let Some(cold) = cold else {
            return;
        };
        match (cold.schedule, cold.watched.as_deref()) {
            (Some(schedule), Some(&what)) => self.paced_turn_over(schedule, &what, now),
            _ => self.backfill_run_started(job, now),
        }
    }
}

impl JobRecord {
    /// The run whose start is looked at.
    pub(super) fn watched(&self) -> Option<&Occurrence> {
        self.cold.as_ref()?.watched.as_deref()
    }
}

impl Policies {
    /// Whether something depends on when exactly a run starts.
    pub(super) fn watch_starts(&self) -> bool {
        let misfire = &self.misfire;
        misfire.window.is_some() || self.hours.is_some() || !misfire.pace.is_zero()
    }
}
