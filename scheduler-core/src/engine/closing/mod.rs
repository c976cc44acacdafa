//! [`Closing`]: the shutdown. Due and running jobs are drained, then cancelled, then dropped, then abandoned.

mod phases;
mod runtime_gone;
mod targets;
mod trigger_results;

use std::sync::Arc;

use self::phases::InProgress;
pub(super) use self::targets::Targets;
use crate::ShutdownReport;

/// The shutdown in progress, and the report of one that is complete.
#[derive(Default)]
pub(super) struct Closing {
    in_progress: Option<InProgress>,
    report: Option<Arc<ShutdownReport>>,
}

impl Closing {
    pub(super) const fn is_in_progress(&self) -> bool {
        self.in_progress.is_some()
    }

    /// Returns the report of the shutdown, once that is complete.
    pub(super) fn report(&self) -> Option<Arc<ShutdownReport>> {
        self.report.clone()
    }
}
