//! Counts consecutive failed runs of a schedule, and pauses it at the limit.

use std::sync::Arc;

use super::Schedules;
use crate::{
    base::text::{BRIEF, brief, visible},
    engine::{cx::Cx, jobs::RunEnded, slab::Key},
    job::{JobError, JobOutcome},
};

impl Schedules {
    pub(super) fn forget_failures(&mut self, key: Key) {
        let record = self.get_mut(key);
        if let Some(stats) = record.and_then(|record| record.stats.as_deref_mut()) {
            stats.failures = 0;
        }
    }

    /// Counts the outcome of a run after its last attempt. Runs that never began or were cancelled do not count
    /// (`SC-015`).
    pub(super) fn count_run_end(&mut self, key: Key, run: &RunEnded, cx: &mut Cx) {
        match &run.outcome {
            JobOutcome::Succeeded(()) => self.forget_failures(key),
            JobOutcome::Failed(error) if run.began.is_some() => self.count_failure(key, error, cx),
            _ => {}
        }
    }

    fn count_failure(&mut self, key: Key, error: &JobError, cx: &mut Cx) {
        let is_last = self.is_last_run(key);
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let limit = record.policies().failure_limit;
        // An existing pause keeps its reason, and a removed schedule or one with nothing left to run needs none.
        let may_pause = !record.over && !record.is_paused() && !is_last;
        let stats = record.stats_mut();
        stats.failures = stats.failures.saturating_add(1);
        let failures = stats.failures;
        if may_pause && limit.is_some_and(|limit| failures >= limit) {
            self.pause(key, reason(failures, error), None, cx);
        }
    }
}

/// Returns the reason of the pause: one line of a bounded length, as for a reason of a user.
fn reason(failures: usize, error: &JobError) -> Arc<str> {
    let error = error.to_string();
    let error = visible(&brief(&error, BRIEF)).to_string();
    match failures {
        1 => format!("a run failed: {error}").into(),
        _ => format!("{failures} runs in a row failed, the last one: {error}").into(),
    }
}
