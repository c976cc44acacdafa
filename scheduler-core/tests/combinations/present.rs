//! The state at one entry of a log, derived from the calls that have returned: settings, pauses,
//! the end.

use std::time::Duration;

use crate::{
    log::{Entry, What},
    plan::{Disturbance, Ending, Settings},
};

/// The state that follows from the calls so far.
pub(crate) struct Present {
    /// Settings of the schedule as defined.
    defined: Settings,
    /// Present settings of the schedule.
    pub(crate) settings: Settings,
    pub(crate) is_paused: bool,
    pub(crate) is_schedule_paused: bool,
    pub(crate) is_removed: bool,
    /// How the scheduler is being shut down, and whether it was paused when the shutdown began.
    pub(crate) ending: Option<(Ending, bool)>,
    /// When the wall clock was last set.
    pub(crate) clock_set: Option<Duration>,
}

impl Present {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            defined: settings.clone(),
            settings: settings.clone(),
            is_paused: false,
            is_schedule_paused: false,
            is_removed: false,
            ending: None,
            clock_set: None,
        }
    }

    /// Updates the state by the next entry of the log.
    pub(crate) fn pass(&mut self, entry: &Entry) {
        match entry.what {
            What::Call(call) => self.call(call, entry.elapsed),
            What::Ruled(rule) => self.settings.rule = rule,
            _ => {}
        }
    }

    fn call(&mut self, call: Disturbance, elapsed: Duration) {
        use Disturbance as D;
        let settings = &mut self.settings;
        match call {
            D::Pause => self.is_paused = true,
            D::Resume => self.is_paused = false,
            D::PauseSchedule => self.is_schedule_paused = true,
            D::ResumeSchedule(_) => self.is_schedule_paused = false,
            D::ReplaceByEqual | D::UpdateToEqual => *settings = self.defined.clone(),
            D::UpdateOverlap(overlap) => settings.overlap = overlap,
            D::UpdateJitter(jitter) => settings.jitter = jitter,
            D::UpdateMaxInstances(limit) => settings.max_instances = limit,
            D::UpdateBufferLimit(limit) => settings.buffer_limit = limit,
            D::UpdateGroup(joins) => settings.grouped = joins,
            D::UpdateHours(hours) => settings.hours = hours,
            D::UpdateMisfire(misfire) => settings.misfire = misfire,
            D::Remove => self.is_removed = true,
            D::Jump(_) => self.clock_set = Some(elapsed),
            D::ShutDown(ending) => self.ending = Some((ending, self.is_paused)),
            // The next scheduler is started, not paused.
            D::Handover => (self.is_paused, self.ending) = (false, None),
            D::UpdateRule
            | D::UpdateHistory(_)
            | D::UpdateFailureLimit(_)
            | D::UpdateLabels
            | D::RunNow
            | D::Backfill(..)
            | D::OtherJob
            | D::Look
            | D::Stall(_) => {}
        }
    }
}
