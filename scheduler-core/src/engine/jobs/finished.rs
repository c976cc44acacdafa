//! What is said about a job that has finished.

use chrono::{DateTime, Utc};

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
        EventKind::JobFinished {
            job: id_of(key),
            outcome: outcome.clone(),
            schedule: extras.and_then(|extras| extras.schedule_id.clone()),
            nominal: self.nominal(cx),
            began: extras.and_then(|extras| extras.began).map(UnixTime::date),
            ended: cx.now().wall(),
            attempts: self.attempt(),
        }
    }

    /// Returns the nominal time of the job.
    fn nominal(&self, cx: &Cx) -> DateTime<Utc> {
        if let Some(cell) = &self.cell {
            return cell.nominal();
        }
        let nominal = self.extras.as_ref().and_then(|extras| extras.nominal);
        // A job that may be retried has a cell, so `due` is that of its first attempt.
        nominal
            .unwrap_or_else(|| cx.clocks().steady(self.due))
            .date()
    }
}
