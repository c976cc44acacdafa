//! The end of a scheduler whose runtime has dropped the driver: all jobs end as lost.

use std::collections::BTreeSet;

use super::{Closing, Targets};
use crate::{
    engine::Key,
    job::{JobError, JobOutcome},
};

impl Closing {
    /// Ends everything, because the runtime dropped the driver. The error handler will still be called for the
    /// failures `queued`.
    pub(in crate::engine) fn handle_driver_gone(
        &mut self,
        queued: &BTreeSet<Key>,
        targets: &mut Targets<'_>,
    ) {
        targets.end_drain();
        self.await_no_trigger_results(targets);
        // Without a driver their grace could not expire.
        targets.write_off_handlers(queued);
        targets.finish_all_lost();
        targets.backfills.resolve_unhandled(targets.cx);
        self.check(targets);
    }
}

impl Targets<'_> {
    /// Finishes all running jobs, because the runtime was dropped.
    pub(super) fn finish_all_lost(&mut self) {
        for key in self.jobs.running_keys() {
            let lost = JobError::Lost("the runtime was dropped".into());
            let run = self
                .jobs
                .finish_lost(key, JobOutcome::Failed(lost), self.cx);
            self.run_ended(run.as_ref());
        }
    }
}
