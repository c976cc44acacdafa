//! Publishes the progress that jobs report.

use std::sync::Arc;

use super::{Jobs, id_of};
use crate::{
    EventKind,
    engine::{Cx, Key},
    job::Progress,
};

impl Jobs {
    /// Publishes the progress of a job. Called only while there are event readers.
    pub(in crate::engine) fn handle_progress(
        &self,
        key: Key,
        progress: &Arc<Progress>,
        cx: &mut Cx,
    ) {
        if self.is_running(key) {
            let kind = || EventKind::JobProgress {
                job: id_of(key),
                progress: progress.clone(),
            };
            self.publish(key, kind, cx);
        }
    }
}
