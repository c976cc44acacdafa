//! Consequences of the end of a run for its schedule.

use super::Schedules;
use crate::engine::{
    cx::Cx,
    jobs::{Jobs, RunEnded},
};

impl Schedules {
    /// Handles the end of a run: its outcome is recorded and counted, and buffered runs may start.
    pub(in crate::engine) fn run_ended(
        &mut self,
        run: Option<&RunEnded>,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let Some(run) = run else {
            return;
        };
        self.note_run_end(run);
        let Some(schedule) = run.schedule else {
            return;
        };
        if let Some(what) = &run.watched {
            self.finish_paced_turn(schedule, what, cx);
        }
        if !run.is_asked_for {
            self.count_run_end(schedule, run, cx);
        }
        self.leave_lane(schedule, run.accepted, jobs, cx);
    }
}
