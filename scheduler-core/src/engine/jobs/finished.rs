//! The event about the end of a job.

use super::{JobRecord, id_of};
use crate::{
    EventKind,
    base::unix_time::UnixTime,
    engine::{Cx, Key},
    job::JobOutcome,
};

impl JobRecord {
    /// Returns the event about the end of the job.
    pub(super) fn finished(&self, key: Key, outcome: &JobOutcome, cx: &Cx) -> EventKind {
        let extras = self.extras.as_deref();
        let nominal = match &self.cell {
            Some(cell) => cell.nominal(),
            // A job that may be retried has a cell, so `due` is that of its first attempt.
            None => extras
                .and_then(|extras| extras.nominal)
                .unwrap_or_else(|| cx.clocks().steady(self.due))
                .date(),
        };
        EventKind::JobFinished {
            job: id_of(key),
            outcome: outcome.clone(),
            schedule: extras.and_then(|extras| extras.schedule_id.clone()),
            nominal,
            began: extras.and_then(|extras| extras.began).map(UnixTime::date),
            ended: cx.now().wall(),
            attempts: self.attempt(),
        }
    }
}
