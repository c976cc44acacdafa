//! The ends of runs, as the scheduler reports them.

use super::{Desk, Given, RunEnd, RunEnded, StoredId, UNFIT_DELAY};

impl Desk {
    /// Handles the end of a run. Returns whether the run counts: its lease was not lost.
    pub(crate) fn handle_ended(&mut self, job: StoredId, ended: RunEnded, now: u64) -> bool {
        let Some(run) = self.held.end(job) else {
            return false;
        };
        self.note_run_ended(run.run());
        match run.result(ended, self.clock.at(now)) {
            RunEnd::Finish(end) => self.finish(run.claim, end, now),
            RunEnd::GiveBack(given, due) => self.give_back(run.claim, given, due, now),
        }
        true
    }

    /// Handles a claimed job that the node cannot run: the task is unknown here, or refuses the arguments (`ST-033`).
    pub(crate) fn handle_unfit(&mut self, job: StoredId, unknown_task: Option<String>, now: u64) {
        let Some(run) = self.held.end(job) else {
            return;
        };
        self.unfit.extend(unknown_task);
        let later = self.clock.at(now).plus(UNFIT_DELAY);
        self.give_back(run.claim, Given::Unbegun, Some(later), now);
    }
}
